#include "decode.h"

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

enum ots_status ots_decode_list_tables(struct ots_bytes body, ots_table_name_fn *fn, void *arg,
				       struct ots_error *err)
{
	Ots__Wire__ListTableResponse *list;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status = OTS_OK;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	list = ots__wire__list_table_response__unpack(&allocator, body.len, body.at);
	if (list == NULL) {
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no ListTableResponse", body.len);
		goto out;
	}
	for (size_t i = 0; i < list->n_table_names; i++) {
		const char *name = list->table_names[i];

		if (!fn(arg, ots_bytes_of(name)))
			break;
	}
out:
	ots_arena_release(&arena);
	return status;
}

/* @return false: a number that no key column has */
static bool key_type(int number, enum ots_type *type)
{
	switch (number) {
	case OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER: *type = OTS_INTEGER; return true;
	case OTS__WIRE__PRIMARY_KEY_TYPE__STRING: *type = OTS_STRING; return true;
	case OTS__WIRE__PRIMARY_KEY_TYPE__BINARY: *type = OTS_BINARY; return true;
	default: return false;
	}
}

static bool column_type(int number, enum ots_type *type)
{
	switch (number) {
	case OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_INTEGER: *type = OTS_INTEGER; return true;
	case OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_DOUBLE: *type = OTS_DOUBLE; return true;
	case OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_BOOLEAN: *type = OTS_BOOLEAN; return true;
	case OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_STRING: *type = OTS_STRING; return true;
	case OTS__WIRE__DEFINED_COLUMN_TYPE__DCT_BLOB: *type = OTS_BINARY; return true;
	default: return false;
	}
}

static bool copy_name(struct ots_schema *schema, const char *name, struct ots_bytes *out)
{
	out->len = strlen(name);
	out->at = ots_arena_copy(&schema->arena, name, out->len);
	return out->at != NULL;
}

static enum ots_status take_key(const Ots__Wire__TableMeta *meta, struct ots_schema *schema,
				struct ots_error *err)
{
	if (meta->n_primary_key == 0 || meta->n_primary_key > OTS_KEY_COLUMNS_MAX)
		return ots_fail(err, OTS_CORRUPT, "the answer's table has %zu key columns",
				meta->n_primary_key);
	schema->key_count = 0;
	for (size_t i = 0; i < meta->n_primary_key; i++) {
		const Ots__Wire__PrimaryKeySchema *from = meta->primary_key[i];
		struct ots_schema_column *to = &schema->key[i];

		if (!key_type((int)from->type, &to->type))
			return ots_fail(err, OTS_CORRUPT, "key column '%s' has unknown type %d",
					from->name, (int)from->type);
		to->auto_increment =
			from->has_option &&
			(int)from->option == OTS__WIRE__PRIMARY_KEY_OPTION__AUTO_INCREMENT;
		if (!copy_name(schema, from->name, &to->name))
			return ots_fail(err, OTS_NO_MEMORY, "schema");
	}
	schema->key_count = meta->n_primary_key;
	return OTS_OK;
}

/* A type that a newer service knows says nothing about the column: it is left out. */
static enum ots_status take_columns(const Ots__Wire__TableMeta *meta, struct ots_schema *schema,
				    struct ots_error *err)
{
	const size_t count = meta->n_defined_column;

	schema->column_count = 0;
	if (count > SIZE_MAX / sizeof *schema->columns)
		return ots_fail(err, OTS_NO_MEMORY, "schema");
	schema->columns = ots_arena_alloc(&schema->arena, count * sizeof *schema->columns);
	if (schema->columns == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "schema");
	for (size_t i = 0; i < count; i++) {
		const Ots__Wire__DefinedColumnSchema *from = meta->defined_column[i];
		struct ots_schema_column *to = &schema->columns[schema->column_count];

		*to = (struct ots_schema_column){.auto_increment = false};
		if (!column_type((int)from->type, &to->type))
			continue;
		if (!copy_name(schema, from->name, &to->name))
			return ots_fail(err, OTS_NO_MEMORY, "schema");
		schema->column_count++;
	}
	return OTS_OK;
}

static void take_settings(const Ots__Wire__TableOptions *options,
			  const Ots__Wire__ReservedThroughputDetails *reserved,
			  struct ots_table_settings *settings)
{
	*settings = (struct ots_table_settings){
		.ttl_seconds = options->has_time_to_live ? options->time_to_live : 0,
		.max_versions = options->has_max_versions ? options->max_versions : 0,
		.version_offset_seconds = options->has_deviation_cell_version_in_sec
						  ? options->deviation_cell_version_in_sec
						  : 0,
		.allow_update = !options->has_allow_update || options->allow_update,
		.reserved = {reserved->capacity_unit->has_read ? reserved->capacity_unit->read : 0,
			     reserved->capacity_unit->has_write ? reserved->capacity_unit->write
								: 0},
		.increased_s = reserved->last_increase_time,
		.decreased_s = reserved->has_last_decrease_time ? reserved->last_decrease_time : 0,
	};
}

static enum ots_status take_description(const Ots__Wire__DescribeTableResponse *from,
					const char *table, struct ots_schema *schema,
					struct ots_table_settings *settings, struct ots_error *err)
{
	enum ots_status status;

	if (strcmp(from->table_meta->table_name, table) != 0)
		return ots_fail(err, OTS_CORRUPT, "asked for table '%s', the answer is about '%s'",
				table, from->table_meta->table_name);
	status = take_key(from->table_meta, schema, err);
	if (status == OTS_OK)
		status = take_columns(from->table_meta, schema, err);
	if (status != OTS_OK)
		return status;
	if (!copy_name(schema, table, &schema->table))
		return ots_fail(err, OTS_NO_MEMORY, "schema");
	take_settings(from->table_options, from->reserved_throughput_details, settings);
	schema->ttl_seconds = settings->ttl_seconds;
	schema->max_versions = settings->max_versions;
	schema->version_offset_seconds = settings->version_offset_seconds;
	schema->refuses_update = !settings->allow_update;
	return OTS_OK;
}

enum ots_status ots_decode_describe_table(struct ots_bytes body, const char *table,
					  struct ots_schema *schema,
					  struct ots_table_settings *settings,
					  struct ots_error *err)
{
	Ots__Wire__DescribeTableResponse *from;
	struct ots_table_settings own;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__describe_table_response__unpack(&allocator, body.len, body.at);
	if (from == NULL)
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no DescribeTableResponse",
				  body.len);
	else
		status = take_description(from, table, schema, settings != NULL ? settings : &own,
					  err);
	ots_arena_release(&arena);
	return status;
}

enum ots_status ots_decode_update_table(struct ots_bytes body, struct ots_table_settings *settings,
					struct ots_error *err)
{
	Ots__Wire__UpdateTableResponse *from;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	enum ots_status status = OTS_OK;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	from = ots__wire__update_table_response__unpack(&allocator, body.len, body.at);
	if (from == NULL)
		status = ots_fail(err, OTS_CORRUPT, "%zu bytes are no UpdateTableResponse",
				  body.len);
	else if (settings != NULL)
		take_settings(from->table_options, from->reserved_throughput_details, settings);
	ots_arena_release(&arena);
	return status;
}
