/* DescribeTable, UpdateTable, DeleteTable, ListTable. */
#include <otsfs/tablestore/tables.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#include "../client_call.h"
#include "../names.h"
#include "decode.h"

enum ots_status ots_client_describe_table(struct ots_client *client, const char *table,
					  struct ots_schema *schema,
					  struct ots_table_settings *settings,
					  struct ots_cancel *cancel, struct ots_error *err)
{
	Ots__Wire__DescribeTableRequest request = OTS__WIRE__DESCRIBE_TABLE_REQUEST__INIT;
	struct client_scratch *scratch = ots_client_scratch_take(client);
	struct client_name name;
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	status = ots_name_set(&name, ots_bytes_of(table), "table name", err);
	request.table_name = name.text;
	if (status == OTS_OK)
		status = ots_client_pack(&request.base, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/DescribeTable", CLIENT_SMALL_ANSWER_BYTES,
					 cancel, scratch, err);
	if (status == OTS_OK)
		status = ots_decode_describe_table(client_answer(scratch), table, schema, settings,
						   err);
	return ots_client_done(client, scratch, "DescribeTable", ots_bytes_of(table), status, err);
}

/* What UpdateTableRequest points at. */
struct update_parts {
	struct client_name name;
	Ots__Wire__TableOptions options;
	Ots__Wire__ReservedThroughput throughput;
	Ots__Wire__CapacityUnit unit;
};

/* @return whether an option is to change at all */
static bool fill_options(const struct ots_table_change *change, Ots__Wire__TableOptions *options)
{
	ots__wire__table_options__init(options);
	options->has_time_to_live = change->ttl_seconds != 0;
	options->time_to_live = change->ttl_seconds;
	options->has_max_versions = change->max_versions != 0;
	options->max_versions = change->max_versions;
	options->has_deviation_cell_version_in_sec = change->version_offset_seconds != 0;
	options->deviation_cell_version_in_sec = change->version_offset_seconds;
	options->has_allow_update = change->updates != OTS_UPDATES_AS_IS;
	options->allow_update = change->updates == OTS_UPDATES_ALLOWED;
	return options->has_time_to_live || options->has_max_versions ||
	       options->has_deviation_cell_version_in_sec || options->has_allow_update;
}

static enum ots_status pack_update(const char *table, const struct ots_table_change *change,
				   struct client_scratch *scratch, struct ots_error *err)
{
	Ots__Wire__UpdateTableRequest request = OTS__WIRE__UPDATE_TABLE_REQUEST__INIT;
	struct update_parts parts;
	enum ots_status status = ots_name_set(&parts.name, ots_bytes_of(table), "table name", err);

	if (status != OTS_OK)
		return status;
	request.table_name = parts.name.text;
	if (fill_options(change, &parts.options))
		request.table_options = &parts.options;
	if (change->has_reserved) {
		ots__wire__capacity_unit__init(&parts.unit);
		parts.unit.has_read = parts.unit.has_write = 1;
		parts.unit.read = change->reserved.read;
		parts.unit.write = change->reserved.write;
		ots__wire__reserved_throughput__init(&parts.throughput);
		parts.throughput.capacity_unit = &parts.unit;
		request.reserved_throughput = &parts.throughput;
	}
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_update_table(struct ots_client *client, const char *table,
					const struct ots_table_change *change,
					struct ots_table_settings *settings,
					struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	status = pack_update(table, change, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/UpdateTable", CLIENT_SMALL_ANSWER_BYTES, cancel,
					 scratch, err);
	if (status == OTS_OK)
		status = ots_decode_update_table(client_answer(scratch), settings, err);
	return ots_client_done(client, scratch, "UpdateTable", ots_bytes_of(table), status, err);
}

enum ots_status ots_client_delete_table(struct ots_client *client, const char *table,
					struct ots_cancel *cancel, struct ots_error *err)
{
	Ots__Wire__DeleteTableRequest request = OTS__WIRE__DELETE_TABLE_REQUEST__INIT;
	struct client_scratch *scratch = ots_client_scratch_take(client);
	struct client_name name;
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	status = ots_name_set(&name, ots_bytes_of(table), "table name", err);
	request.table_name = name.text;
	if (status == OTS_OK)
		status = ots_client_pack(&request.base, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/DeleteTable", CLIENT_SMALL_ANSWER_BYTES, cancel,
					 scratch, err);
	return ots_client_done(client, scratch, "DeleteTable", ots_bytes_of(table), status, err);
}

enum ots_status ots_client_list_tables(struct ots_client *client, ots_table_name_fn *fn, void *arg,
				       struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	enum ots_status status;

	if (scratch == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "request");
	/* ListTableRequest has no field: its body has no byte. */
	status = ots_client_call(client, "/ListTable", CLIENT_SMALL_ANSWER_BYTES, cancel, scratch,
				 err);
	if (status == OTS_OK)
		status = ots_decode_list_tables(client_answer(scratch), fn, arg, err);
	return ots_client_done(client, scratch, "ListTable", (struct ots_bytes){NULL, 0}, status,
			       err);
}
