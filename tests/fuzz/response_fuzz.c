/* Answers of the service through the client's decoders: the first byte says which call, the rest is
 * the body. Property: a refusal says why, a success says nothing, and the walk over a batch answer
 * in place takes no message that the generated unpacker refuses for its table or its counts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/tablestore/answer.h"
#include "../../core/tablestore/decode.h"
#include <otsfs/tablestore/wire.h>

#define ROWS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_name(void *arg, struct ots_bytes name)
{
	*(size_t *)arg += name.len;
	return true;
}

static enum ots_status list_tables(struct ots_bytes body, struct ots_error *err)
{
	size_t bytes = 0;

	return ots_decode_list_tables(body, take_name, &bytes, err);
}

static enum ots_status describe_table(struct ots_bytes body, struct ots_error *err)
{
	struct ots_schema schema;
	enum ots_status status;

	ots_schema_init(&schema);
	status = ots_decode_describe_table(body, "t1", &schema, err);
	if (status == OTS_OK && (schema.key_count == 0 || schema.key_count > OTS_KEY_COLUMNS_MAX))
		abort();
	ots_schema_release(&schema);
	return status;
}

static enum ots_status get_row(struct ots_bytes body, struct ots_error *err)
{
	struct ots_batch batch;
	enum ots_status status;

	ots_batch_init(&batch, (size_t)16 * 1024 * 1024);
	status = ots_decode_get_row(body, &batch, err);
	if (status == OTS_OK && batch.count > 1)
		abort();
	ots_batch_release(&batch);
	return status;
}

static enum ots_status get_range(struct ots_bytes body, struct ots_error *err)
{
	struct ots_batch batch;
	struct ots_buffer next;
	enum ots_status status;

	ots_batch_init(&batch, (size_t)16 * 1024 * 1024);
	ots_buffer_init(&next, 65536);
	status = ots_decode_get_range(body, NULL, &next, &batch, err);
	ots_buffer_release(&next);
	ots_batch_release(&batch);
	return status;
}

/* What the generated unpacker says to the same bytes. */
static bool same_counts(struct ots_bytes body)
{
	Ots__Wire__BatchWriteRowResponse *message;
	ProtobufCAllocator allocator;
	struct ots_arena arena;
	bool same = true;

	ots_arena_init(&arena, ots_wire_arena_cap(body.len));
	allocator = ots_wire_allocator(&arena);
	message = ots__wire__batch_write_row_response__unpack(&allocator, body.len, body.at);
	if (message != NULL)
		same = message->n_tables == 1 && message->tables[0]->n_rows == ROWS;
	ots_arena_release(&arena);
	return same;
}

static enum ots_status batch_write(struct ots_bytes body, struct ots_error *err)
{
	struct ots_row_result results[ROWS] = {{.status = OTS_OK}};
	enum ots_status status = ots_decode_batch_write(body, "t1", "id", results, ROWS, err);

	if (status == OTS_OK && !same_counts(body))
		abort();
	for (size_t i = 0; status == OTS_OK && i < ROWS; i++) {
		if ((results[i].status == OTS_OK) != (results[i].error.text[0] == '\0'))
			abort();
	}
	return status;
}

static enum ots_status error_body(struct ots_bytes body, struct ots_error *err)
{
	const enum ots_status status = ots_answer_error(body, 503, err);

	if (status == OTS_OK)
		abort();
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static enum ots_status (*const calls[])(struct ots_bytes, struct ots_error *) = {
		list_tables, describe_table, ots_decode_put_row, get_row,
		get_range,   batch_write,    error_body};
	struct ots_error err = {0};
	enum ots_status status;

	if (size == 0)
		return 0;
	status = calls[data[0] % (sizeof calls / sizeof *calls)](
		(struct ots_bytes){data + 1, size - 1}, &err);
	if ((status == OTS_OK) != (err.text[0] == '\0') || err.status != status)
		abort();
	return 0;
}
