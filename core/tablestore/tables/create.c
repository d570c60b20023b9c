/* CreateTable. */
#include <otsfs/tablestore/tables.h>

#include <limits.h>

#include <otsfs/tablestore/wire.h>

#include "../client_call.h"
#include "../names.h"

/* What CreateTableRequest points at. */
struct create_parts {
	struct client_name table;
	struct client_name names[OTS_KEY_COLUMNS_MAX];
	Ots__Wire__PrimaryKeySchema key[OTS_KEY_COLUMNS_MAX];
	Ots__Wire__PrimaryKeySchema *key_list[OTS_KEY_COLUMNS_MAX];
	Ots__Wire__TableMeta meta;
	Ots__Wire__CapacityUnit unit;
	Ots__Wire__ReservedThroughput throughput;
	Ots__Wire__TableOptions options;
};

static bool key_type(enum ots_type from, Ots__Wire__PrimaryKeyType *to)
{
	switch (from) {
	case OTS_STRING: *to = OTS__WIRE__PRIMARY_KEY_TYPE__STRING; return true;
	case OTS_INTEGER: *to = OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER; return true;
	case OTS_BINARY: *to = OTS__WIRE__PRIMARY_KEY_TYPE__BINARY; return true;
	case OTS_DOUBLE:
	case OTS_BOOLEAN: break;
	}
	return false;
}

static enum ots_status fill_key(const struct ots_schema *schema, struct create_parts *parts,
				struct ots_error *err)
{
	if (schema->key_count == 0 || schema->key_count > OTS_KEY_COLUMNS_MAX)
		return ots_fail(err, OTS_USAGE, "a table of %zu key columns", schema->key_count);
	for (size_t i = 0; i < schema->key_count; i++) {
		const struct ots_schema_column *from = &schema->key[i];
		Ots__Wire__PrimaryKeySchema *to = &parts->key[i];
		enum ots_status status =
			ots_name_set(&parts->names[i], from->name, "name of a key column", err);

		if (status != OTS_OK)
			return status;
		ots__wire__primary_key_schema__init(to);
		to->name = parts->names[i].text;
		if (!key_type(from->type, &to->type))
			return ots_fail(err, OTS_USAGE, "key column '%s' cannot be %s",
					parts->names[i].text, ots_type_word(from->type));
		to->has_option = from->auto_increment;
		to->option = OTS__WIRE__PRIMARY_KEY_OPTION__AUTO_INCREMENT;
		parts->key_list[i] = to;
	}
	return OTS_OK;
}

static enum ots_status fill_options(const struct ots_schema *schema, struct create_parts *parts,
				    struct ots_error *err)
{
	Ots__Wire__TableOptions *options = &parts->options;

	ots__wire__table_options__init(options);
	if (schema->ttl_seconds > INT32_MAX || schema->ttl_seconds < -1 ||
	    schema->max_versions > INT32_MAX || schema->max_versions < 0)
		return ots_fail(err, OTS_USAGE, "a table with TTL %lld and %lld versions",
				(long long)schema->ttl_seconds, (long long)schema->max_versions);
	options->has_time_to_live = 1;
	options->time_to_live = schema->ttl_seconds != 0 ? (int32_t)schema->ttl_seconds : -1;
	options->has_max_versions = 1;
	options->max_versions = schema->max_versions != 0 ? (int32_t)schema->max_versions : 1;
	options->has_deviation_cell_version_in_sec = schema->version_offset_seconds > 0;
	options->deviation_cell_version_in_sec = schema->version_offset_seconds;
	return OTS_OK;
}

static enum ots_status pack_create(const struct ots_schema *schema, struct client_scratch *scratch,
				   struct ots_error *err)
{
	Ots__Wire__CreateTableRequest request = OTS__WIRE__CREATE_TABLE_REQUEST__INIT;
	struct create_parts parts;
	enum ots_status status = ots_name_set(&parts.table, schema->table, "table name", err);

	if (status == OTS_OK)
		status = fill_key(schema, &parts, err);
	if (status == OTS_OK)
		status = fill_options(schema, &parts, err);
	if (status != OTS_OK)
		return status;
	ots__wire__table_meta__init(&parts.meta);
	parts.meta.table_name = parts.table.text;
	parts.meta.n_primary_key = schema->key_count;
	parts.meta.primary_key = parts.key_list;
	ots__wire__capacity_unit__init(&parts.unit);
	parts.unit.has_read = 1;
	parts.unit.has_write = 1;
	ots__wire__reserved_throughput__init(&parts.throughput);
	parts.throughput.capacity_unit = &parts.unit;
	request.table_meta = &parts.meta;
	request.reserved_throughput = &parts.throughput;
	request.table_options = &parts.options;
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_create_table(struct ots_client *client, const struct ots_schema *schema,
					struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	status = pack_create(schema, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/CreateTable", CLIENT_SMALL_ANSWER_BYTES, cancel,
					 scratch, err);
	return ots_client_done(client, scratch, "CreateTable", schema->table, status, err);
}
