#include <otsfs/tablestore/client.h>

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#include "client_call.h"
#include "decode.h"
#include "wire/batch_write.h"

static enum ots_status out_of_memory(struct ots_error *err)
{
	return ots_fail(err, OTS_NO_MEMORY, "request");
}

static bool is_plain_put(const struct ots_record *record)
{
	for (size_t i = 0; i < record->cell_count; i++) {
		if (record->cells[i].action != OTS_CELL_PUT)
			return false;
	}
	return record->op == OTS_PUT;
}

static enum ots_status pack_put(const char *table, const struct ots_record *record,
				struct client_scratch *scratch, struct ots_error *err)
{
	Ots__Wire__PutRowRequest request = OTS__WIRE__PUT_ROW_REQUEST__INIT;
	Ots__Wire__Condition condition = OTS__WIRE__CONDITION__INIT;
	struct client_name name;
	enum ots_status status = ots_client_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status != OTS_OK)
		return status;
	if (!is_plain_put(record))
		return ots_fail(err, OTS_USAGE, "PutRow takes puts only, this is an %s record",
				ots_op_word(record->op));
	if (!ots_plainbuffer_put_record(&scratch->text, record))
		return ots_buffer_fail(&scratch->text, ots_plainbuffer_record_size(record), "row",
				       err);
	condition.row_existence = OTS__WIRE__ROW_EXISTENCE_EXPECTATION__IGNORE;
	request.table_name = name.text;
	request.row = (ProtobufCBinaryData){scratch->text.len, scratch->text.bytes};
	request.condition = &condition;
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_put_row(struct ots_client *client, const char *table,
				   const struct ots_record *record, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	enum ots_status status;

	if (scratch == NULL)
		return out_of_memory(err);
	status = pack_put(table, record, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/PutRow", CLIENT_SMALL_ANSWER_BYTES, cancel,
					 scratch, err);
	if (status == OTS_OK)
		status = ots_decode_put_row(client_answer(scratch), err);
	return ots_client_done(client, scratch, "PutRow", ots_bytes_of(table), status, err);
}

/* A key alone has the layout of a put without attributes (3.5). */
static enum ots_status put_key(const struct ots_key_column *key, size_t key_count,
			       struct ots_buffer *out, struct ots_error *err)
{
	struct ots_record record = {.op = OTS_PUT, .key_count = (uint8_t)key_count};

	if (key_count == 0 || key_count > OTS_KEY_COLUMNS_MAX)
		return ots_fail(err, OTS_USAGE, "a key of %zu columns", key_count);
	memcpy(record.key, key, key_count * sizeof *key);
	if (!ots_plainbuffer_put_record(out, &record))
		return ots_buffer_fail(out, ots_plainbuffer_record_size(&record), "key", err);
	return OTS_OK;
}

static enum ots_status pack_get(const char *table, const struct ots_key_column *key,
				size_t key_count, int32_t max_versions,
				struct client_scratch *scratch, struct ots_error *err)
{
	Ots__Wire__GetRowRequest request = OTS__WIRE__GET_ROW_REQUEST__INIT;
	struct client_name name;
	enum ots_status status = ots_client_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status == OTS_OK)
		status = put_key(key, key_count, &scratch->text, err);
	if (status != OTS_OK)
		return status;
	request.table_name = name.text;
	request.primary_key = (ProtobufCBinaryData){scratch->text.len, scratch->text.bytes};
	request.has_max_versions = 1;
	request.max_versions = max_versions;
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_get_row(struct ots_client *client, const char *table,
				   const struct ots_key_column *key, size_t key_count,
				   int32_t max_versions, struct ots_batch *batch,
				   struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	enum ots_status status;

	if (scratch == NULL)
		return out_of_memory(err);
	ots_batch_reset(batch);
	status = pack_get(table, key, key_count, max_versions, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/GetRow", CLIENT_ROWS_ANSWER_BYTES, cancel,
					 scratch, err);
	if (status == OTS_OK)
		status = ots_decode_get_row(client_answer(scratch), batch, err);
	return ots_client_done(client, scratch, "GetRow", ots_bytes_of(table), status, err);
}

enum ots_status ots_client_batch_write(struct ots_client *client, const char *table,
				       const struct ots_record *const *records, size_t count,
				       struct ots_row_result *results, struct ots_cancel *cancel,
				       struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	struct ots_bytes id = {NULL, 0};
	char request_id[sizeof err->request_id] = "";
	enum ots_status status;

	if (scratch == NULL)
		return out_of_memory(err);
	status = ots_batch_write_encode(&scratch->body, ots_bytes_of(table), records, count, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/BatchWriteRow", CLIENT_SMALL_ANSWER_BYTES,
					 cancel, scratch, err);
	if (status == OTS_OK) {
		if (ots_http_response_header(&scratch->response, "x-ots-requestid", &id) &&
		    id.len < sizeof request_id)
			memcpy(request_id, id.at, id.len);
		status = ots_decode_batch_write(client_answer(scratch), table, request_id, results,
						count, err);
	}
	return ots_client_done(client, scratch, "BatchWriteRow", ots_bytes_of(table), status, err);
}

/* The bound below or above every key: a placeholder in each column. */
static bool put_bound(const struct ots_schema *schema, enum ots_variant kind,
		      struct ots_buffer *out)
{
	struct ots_wire_row row = {.key_count = schema->key_count};

	for (size_t i = 0; i < schema->key_count; i++)
		row.key[i] = (struct ots_wire_cell){
			.name = schema->key[i].name, .has_value = true, .value = {.kind = kind}};
	return ots_plainbuffer_put_row(out, &row);
}

static enum ots_status pack_range(const char *table, const struct ots_schema *schema,
				  int32_t max_versions, int32_t limit,
				  const struct ots_buffer *start, struct client_scratch *scratch,
				  struct ots_error *err)
{
	Ots__Wire__GetRangeRequest request = OTS__WIRE__GET_RANGE_REQUEST__INIT;
	struct ots_buffer *text = &scratch->text;
	struct client_name name;
	size_t start_len;
	bool ok;
	enum ots_status status = ots_client_name_set(&name, ots_bytes_of(table), "table name", err);

	if (status != OTS_OK)
		return status;
	if (schema->key_count == 0)
		return ots_fail(err, OTS_USAGE, "the key columns are not known");
	ok = start != NULL ? ots_buffer_put(text, start->bytes, start->len)
			   : put_bound(schema, OTS_VT_INF_MIN, text);
	start_len = text->len;
	if (!ok || !put_bound(schema, OTS_VT_INF_MAX, text))
		return ots_buffer_fail(text, 1, "bounds of the range", err);
	request.table_name = name.text;
	request.direction = OTS__WIRE__DIRECTION__FORWARD;
	request.has_max_versions = 1;
	request.max_versions = max_versions;
	request.has_limit = limit > 0;
	request.limit = limit;
	request.inclusive_start_primary_key = (ProtobufCBinaryData){start_len, text->bytes};
	request.exclusive_end_primary_key =
		(ProtobufCBinaryData){text->len - start_len, text->bytes + start_len};
	return ots_client_pack(&request.base, scratch, err);
}

enum ots_status ots_client_get_range(struct ots_client *client, const char *table,
				     const struct ots_schema *schema, int32_t max_versions,
				     int32_t limit, const struct ots_buffer *start,
				     struct ots_buffer *next, struct ots_batch *batch,
				     struct ots_cancel *cancel, struct ots_error *err)
{
	struct client_scratch *scratch = ots_client_scratch_take(client);
	enum ots_status status;

	if (scratch == NULL)
		return out_of_memory(err);
	ots_batch_reset(batch);
	status = pack_range(table, schema, max_versions, limit, start, scratch, err);
	if (status == OTS_OK)
		status = ots_client_call(client, "/GetRange", CLIENT_ROWS_ANSWER_BYTES, cancel,
					 scratch, err);
	if (status == OTS_OK)
		status = ots_decode_get_range(client_answer(scratch), start, next, batch, err);
	return ots_client_done(client, scratch, "GetRange", ots_bytes_of(table), status, err);
}
