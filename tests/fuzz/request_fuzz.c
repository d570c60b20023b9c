/* Requests of strangers through the engine of the local service, some calls one after the other:
 * each is one byte for the call, two for the length of its message (little-endian), the message.
 * There are tables `t` (key p STRING, n INTEGER) and `u` (p STRING, n auto-increment), and rows in
 * `t`. Property: a refusal says why in UTF-8 and changes no row and no table; an answer is a
 * message of its call, and its rows read back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/tablestore/wire.h>
#include <otsfs/text/utf8.h>

#include "../../tools/service/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_US (INT64_C(1700000000000) * 1000)
#define STORAGE_BYTES ((size_t)64 * 1024 * 1024)
#define CALLS_MAX 12

static const struct {
	const char *action;
	const ProtobufCMessageDescriptor *answer;
} calls[] = {
	{"CreateTable", &ots__wire__create_table_response__descriptor},
	{"ListTable", &ots__wire__list_table_response__descriptor},
	{"DescribeTable", &ots__wire__describe_table_response__descriptor},
	{"UpdateTable", &ots__wire__update_table_response__descriptor},
	{"DeleteTable", &ots__wire__delete_table_response__descriptor},
	{"PutRow", &ots__wire__put_row_response__descriptor},
	{"UpdateRow", &ots__wire__update_row_response__descriptor},
	{"DeleteRow", &ots__wire__delete_row_response__descriptor},
	{"BatchWriteRow", &ots__wire__batch_write_row_response__descriptor},
	{"GetRow", &ots__wire__get_row_response__descriptor},
	{"BatchGetRow", &ots__wire__batch_get_row_response__descriptor},
	{"GetRange", &ots__wire__get_range_response__descriptor},
	{"ComputeSplitPointsBySize", &ots__wire__compute_split_points_by_size_response__descriptor},
	{"ListSearchIndex", &ots__wire__list_table_response__descriptor}, /* empty as well */
};

struct stage {
	struct ots_engine *engine;
	struct ots_buffer reply;
	struct ots_buffer body; /* of a call of our own */
	struct ots_fault fault;
};

static int64_t wall_us(void *self)
{
	(void)self;
	return NOW_US;
}

static int64_t monotonic_ms(void *self)
{
	(void)self;
	return 0;
}

static const struct ots_clock standing = {.wall_us = wall_us, .monotonic_ms = monotonic_ms};

static bool call(struct stage *stage, const char *action, struct ots_bytes body)
{
	bool good;

	stage->reply.len = 0;
	stage->fault.kind = OTS_FAULT_NONE;
	stage->fault.message[0] = '\0';
	good = ots_engine_call(stage->engine,
			       (struct ots_bytes){(const uint8_t *)action, strlen(action)}, body,
			       &stage->reply, &stage->fault);
	if (good != (stage->fault.kind == OTS_FAULT_NONE))
		abort();
	return good;
}

static void must(struct stage *stage, const char *action, const ProtobufCMessage *message)
{
	const size_t size = protobuf_c_message_get_packed_size(message);

	stage->body.len = 0;
	if (!ots_buffer_reserve(&stage->body, size))
		abort();
	if (size > 0)
		stage->body.len = protobuf_c_message_pack(message, stage->body.bytes);
	if (!call(stage, action, (struct ots_bytes){stage->body.bytes, stage->body.len}))
		abort();
}

static struct ots_wire_cell text_cell(const char *name, const char *text)
{
	return (struct ots_wire_cell){.name = {(const uint8_t *)name, strlen(name)},
				      .has_value = true,
				      .value = {.kind = OTS_VT_STRING,
						.as.bytes = {(const uint8_t *)text, strlen(text)}}};
}

static struct ots_wire_cell number_cell(const char *name, enum ots_variant kind, int64_t n)
{
	return (struct ots_wire_cell){.name = {(const uint8_t *)name, strlen(name)},
				      .has_value = true,
				      .value = {.kind = kind, .as.integer = n}};
}

static void make_table(struct stage *stage, const char *name, bool counts)
{
	Ots__Wire__CreateTableRequest request = OTS__WIRE__CREATE_TABLE_REQUEST__INIT;
	Ots__Wire__TableMeta meta = OTS__WIRE__TABLE_META__INIT;
	Ots__Wire__PrimaryKeySchema column[2], *columns[] = {&column[0], &column[1]};
	Ots__Wire__ReservedThroughput throughput = OTS__WIRE__RESERVED_THROUGHPUT__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__TableOptions options = OTS__WIRE__TABLE_OPTIONS__INIT;
	char text[2] = {name[0], '\0'}, p[] = "p", n[] = "n";

	for (size_t i = 0; i < 2; i++)
		ots__wire__primary_key_schema__init(&column[i]);
	column[0].name = p;
	column[0].type = OTS__WIRE__PRIMARY_KEY_TYPE__STRING;
	column[1].name = n;
	column[1].type = OTS__WIRE__PRIMARY_KEY_TYPE__INTEGER;
	column[1].has_option = counts;
	column[1].option = OTS__WIRE__PRIMARY_KEY_OPTION__AUTO_INCREMENT;
	meta.table_name = text;
	meta.n_primary_key = 2;
	meta.primary_key = columns;
	throughput.capacity_unit = &unit;
	options.has_max_versions = 1;
	options.max_versions = 3;
	options.has_deviation_cell_version_in_sec = 1;
	options.deviation_cell_version_in_sec = INT64_C(2000000000);
	request.table_meta = &meta;
	request.reserved_throughput = &throughput;
	request.table_options = &options;
	must(stage, "CreateTable", &request.base);
}

static void make_rows(struct stage *stage)
{
	for (int64_t i = 0; i < 3; i++) {
		struct ots_wire_cell cells[] = {number_cell("c", OTS_VT_INTEGER, i),
						text_cell("s", "v")};
		struct ots_wire_row row = {.key_count = 2, .cells = cells, .cell_count = 2};
		Ots__Wire__PutRowRequest request = OTS__WIRE__PUT_ROW_REQUEST__INIT;
		Ots__Wire__Condition condition = OTS__WIRE__CONDITION__INIT;
		struct ots_buffer bytes;
		char name[] = "t";

		ots_buffer_init(&bytes, 4096);
		row.key[0] = text_cell("p", "a");
		row.key[1] = number_cell("n", OTS_VT_INTEGER, i);
		if (!ots_plainbuffer_put_row(&bytes, &row))
			abort();
		request.table_name = name;
		request.row = (ProtobufCBinaryData){bytes.len, bytes.bytes};
		request.condition = &condition;
		must(stage, "PutRow", &request.base);
		ots_buffer_release(&bytes);
	}
}

/* Append the rows of a table as a reader sees them; nothing where it is gone, or has another key.
 */
static void put_rows(struct stage *stage, const char *table, struct ots_buffer *out)
{
	Ots__Wire__GetRangeRequest request = OTS__WIRE__GET_RANGE_REQUEST__INIT;
	struct ots_wire_row low = {.key_count = 2}, high = {.key_count = 2};
	struct ots_buffer bounds, body;
	char name[2] = {table[0], '\0'};
	size_t half, size;

	ots_buffer_init(&bounds, 4096);
	ots_buffer_init(&body, 4096);
	low.key[0] = number_cell("p", OTS_VT_INF_MIN, 0);
	low.key[1] = number_cell("n", OTS_VT_INF_MIN, 0);
	high.key[0] = number_cell("p", OTS_VT_INF_MAX, 0);
	high.key[1] = number_cell("n", OTS_VT_INF_MAX, 0);
	if (!ots_plainbuffer_put_row(&bounds, &low))
		abort();
	half = bounds.len;
	if (!ots_plainbuffer_put_row(&bounds, &high))
		abort();
	request.table_name = name;
	request.has_max_versions = 1;
	request.max_versions = 100;
	request.inclusive_start_primary_key = (ProtobufCBinaryData){half, bounds.bytes};
	request.exclusive_end_primary_key =
		(ProtobufCBinaryData){bounds.len - half, bounds.bytes + half};
	size = ots__wire__get_range_request__get_packed_size(&request);
	if (!ots_buffer_reserve(&body, size))
		abort();
	body.len = ots__wire__get_range_request__pack(&request, body.bytes);
	if (call(stage, "GetRange", (struct ots_bytes){body.bytes, body.len}) &&
	    !ots_buffer_put(out, stage->reply.bytes, stage->reply.len))
		abort();
	ots_buffer_release(&body);
	ots_buffer_release(&bounds);
}

/* All that a refusal must leave as it was. */
static void put_state(struct stage *stage, struct ots_buffer *out)
{
	out->len = 0;
	if (!call(stage, "ListTable", (struct ots_bytes){NULL, 0}) ||
	    !ots_buffer_put(out, stage->reply.bytes, stage->reply.len))
		abort();
	put_rows(stage, "t", out);
	put_rows(stage, "u", out);
}

static void check_refusal(const struct ots_fault *fault)
{
	const struct ots_bytes text = {(const uint8_t *)fault->message, strlen(fault->message)};

	if (text.len == 0 || !ots_utf8_valid(text) || ots_fault_code(fault)[0] == '\0')
		abort();
}

static void check_rows(ProtobufCBinaryData rows)
{
	struct ots_plainbuffer_reader reader = {.in = {rows.data, rows.len, 0}};
	struct ots_wire_row row;
	struct ots_arena arena;
	bool more = true;

	ots_arena_init(&arena, STORAGE_BYTES);
	while (more) { /* ends: each turn takes a row or leaves */
		ots_arena_reset(&arena);
		if (ots_plainbuffer_next(&reader, SIZE_MAX / 1024, &arena, &row, &more, NULL) !=
		    OTS_OK)
			abort();
	}
	ots_arena_release(&arena);
}

static void check_answer(const struct stage *stage, size_t which)
{
	ProtobufCMessage *message = protobuf_c_message_unpack(calls[which].answer, NULL,
							      stage->reply.len, stage->reply.bytes);

	if (message == NULL)
		abort();
	if (message->descriptor == &ots__wire__get_range_response__descriptor)
		check_rows(((Ots__Wire__GetRangeResponse *)message)->rows);
	else if (message->descriptor == &ots__wire__get_row_response__descriptor)
		check_rows(((Ots__Wire__GetRowResponse *)message)->row);
	protobuf_c_message_free_unpacked(message, NULL);
}

static void open_stage(struct stage *stage)
{
	/* A batch may repeat a key here: that is the way with more to go wrong. */
	const struct ots_engine_options options = {.clock = &standing, .apply_repeated_keys = true};
	struct ots_storage storage;

	memset(stage, 0, sizeof *stage);
	ots_buffer_init(&stage->reply, ots_engine_reply_max_bytes);
	ots_buffer_init(&stage->body, 65536);
	if (ots_storage_open_memory(STORAGE_BYTES, &storage, NULL) != OTS_OK ||
	    ots_engine_new(&storage, &options, &stage->engine, NULL) != OTS_OK)
		abort();
	make_table(stage, "t", false);
	make_table(stage, "u", true);
	make_rows(stage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ots_cursor in = {data, size, 0};
	struct ots_buffer before, after;
	struct stage stage;

	open_stage(&stage);
	ots_buffer_init(&before, STORAGE_BYTES);
	ots_buffer_init(&after, STORAGE_BYTES);
	put_state(&stage, &before);
	for (size_t i = 0; i < CALLS_MAX && in.left >= 3; i++) {
		struct ots_cursor head, body;
		size_t which, len;

		(void)ots_take(&in, 3, &head);
		which = head.at[0] % (sizeof calls / sizeof *calls);
		len = (size_t)head.at[1] | (size_t)head.at[2] << 8;
		(void)ots_take(&in, len < in.left ? len : in.left, &body);
		if (call(&stage, calls[which].action, (struct ots_bytes){body.at, body.left})) {
			check_answer(&stage, which);
			put_state(&stage, &before);
			continue;
		}
		check_refusal(&stage.fault);
		put_state(&stage, &after);
		if (before.len != after.len || memcmp(before.bytes, after.bytes, after.len) != 0)
			abort();
	}
	ots_buffer_release(&after);
	ots_buffer_release(&before);
	ots_engine_free(stage.engine);
	ots_buffer_release(&stage.body);
	ots_buffer_release(&stage.reply);
	return 0;
}
