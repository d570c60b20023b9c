#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"

/* A page of GetRange, and the one row that may pass its end. */
const size_t ots_engine_reply_max_bytes = OTS_LIMIT_RANGE_BYTES + 2 * OTS_LIMIT_ROW_BYTES;

/* What one call may hold beside its body and its reply. A body takes the most when it is made of
 * nothing but two-byte members; a row when it is made of one-byte cells. Both are legal and neither
 * is honest, so they are cut off here. */
#define CALL_ARENA_BYTES ((size_t)256 * 1024 * 1024)

static const struct {
	const char *action;
	ots_call_fn *call;
} calls[] = {
	{"CreateTable", ots_call_create_table},
	{"ListTable", ots_call_list_table},
	{"DescribeTable", ots_call_describe_table},
	{"UpdateTable", ots_call_update_table},
	{"DeleteTable", ots_call_delete_table},
	{"PutRow", ots_call_put_row},
	{"UpdateRow", ots_call_update_row},
	{"DeleteRow", ots_call_delete_row},
	{"BatchWriteRow", ots_call_batch_write_row},
	{"GetRow", ots_call_get_row},
	{"BatchGetRow", ots_call_batch_get_row},
	{"GetRange", ots_call_get_range},
	{"ComputeSplitPointsBySize", ots_call_compute_splits},
	{"ListSearchIndex", ots_call_list_search_index},
};

static ots_call_fn *find_call(struct ots_bytes action)
{
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (strlen(calls[i].action) == action.len &&
		    memcmp(calls[i].action, action.at, action.len) == 0)
			return calls[i].call;
	return NULL;
}

bool ots_engine_knows(struct ots_bytes action)
{
	return action.len > 0 && find_call(action) != NULL;
}

enum ots_status ots_engine_new(const struct ots_storage *storage,
			       const struct ots_engine_options *options, struct ots_engine **out,
			       struct ots_error *err)
{
	struct ots_engine *engine = calloc(1, sizeof *engine);
	enum ots_status status;

	if (engine == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "service");
	status = ots_catalog_load(&engine->locked.catalog, storage, err);
	if (status != OTS_OK) {
		ots_catalog_release(&engine->locked.catalog);
		free(engine);
		return status;
	}
	engine->clock = options->clock;
	engine->apply_repeated_keys = options->apply_repeated_keys;
	engine->discard = options->discard;
	engine->locked.storage = *storage;
	ots_buffer_init(&engine->locked.row, OTS_LIMIT_ROW_BYTES);
	ots_buffer_init(&engine->locked.blob, OTS_LIMIT_ROW_BYTES);
	(void)pthread_mutex_init(&engine->mutex, NULL);
	*out = engine;
	return OTS_OK;
}

void ots_engine_free(struct ots_engine *engine)
{
	if (engine == NULL)
		return;
	engine->locked.storage.ops->close(engine->locked.storage.self);
	ots_catalog_release(&engine->locked.catalog);
	ots_buffer_release(&engine->locked.row);
	ots_buffer_release(&engine->locked.blob);
	(void)pthread_mutex_destroy(&engine->mutex);
	free(engine);
}

bool ots_engine_call(struct ots_engine *engine, struct ots_bytes action, struct ots_bytes body,
		     struct ots_buffer *reply, struct ots_fault *fault)
{
	return ots_engine_call_refusing(engine, action, body, NULL, reply, fault);
}

void ots_call_refuse_row(struct ots_call *call, size_t position, struct ots_fault *fault)
{
	if (call->refusals != NULL && call->refusals[position].code != NULL)
		(void)ots_refuse_on_cue(fault, call->refusals[position].code, 0,
					call->refusals[position].message);
}

bool ots_engine_call_refusing(struct ots_engine *engine, struct ots_bytes action,
			      struct ots_bytes body, const struct ots_row_refusal *refusals,
			      struct ots_buffer *reply, struct ots_fault *fault)
{
	ots_call_fn *call_fn = find_call(action);
	struct ots_call call = {
		.engine = engine,
		.body = body,
		.reply = reply,
		.fault = fault,
		.refusals = refusals,
		.now_ms = ots_clock_wall_us(engine->clock) / 1000,
	};
	bool good;

	if (call_fn == NULL)
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Unsupported operation: %.*s.",
				  action.len < 256 ? (int)action.len : 256,
				  action.len > 0 ? (const char *)action.at : "");
	ots_arena_init(&call.arena, CALL_ARENA_BYTES);
	call.allocator = ots_wire_allocator(&call.arena);
	good = call_fn(&call);
	ots_arena_release(&call.arena);
	return good;
}

bool ots_call_bad_message(struct ots_call *call)
{
	return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
			  "The request body is no valid message of the operation.");
}

bool ots_call_no_memory(struct ots_fault *fault)
{
	return ots_refuse(fault, OTS_FAULT_INTERNAL,
			  "The request needs more memory than one request may take.");
}

bool ots_call_reply(struct ots_call *call, const ProtobufCMessage *message)
{
	const size_t len = protobuf_c_message_get_packed_size(message);

	if (!ots_buffer_reserve(call->reply, len))
		return ots_call_no_memory(call->fault);
	if (len > 0)
		call->reply->len +=
			protobuf_c_message_pack(message, call->reply->bytes + call->reply->len);
	return true;
}

const struct ots_table *ots_call_table_locked(struct ots_call *call, const char *name)
{
	const struct ots_catalog_entry *entry =
		ots_catalog_find(&call->engine->locked.catalog, name);

	if (entry != NULL)
		return &entry->table;
	(void)ots_refuse(call->fault, OTS_FAULT_NOT_EXIST, "Requested table does not exist.");
	return NULL;
}

bool ots_call_begin_locked(struct ots_call *call)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	struct ots_error err = {.status = OTS_OK};

	return storage->ops->begin(storage->self, &err) == OTS_OK ||
	       ots_refuse_error(call->fault, &err);
}

bool ots_call_end_locked(struct ots_call *call, bool good)
{
	const struct ots_storage *storage = &call->engine->locked.storage;
	struct ots_error err = {.status = OTS_OK};

	if (good && storage->ops->commit(storage->self, &err) == OTS_OK)
		return true;
	if (good)
		(void)ots_refuse_error(call->fault, &err);
	storage->ops->rollback(storage->self);
	return false;
}

/* Move what a buffer holds to the arena of the call. */
static uint8_t *keep(struct ots_call *call, struct ots_buffer *buffer, bool good, size_t *len)
{
	uint8_t *out = good ? ots_arena_copy(&call->arena, buffer->bytes, buffer->len) : NULL;

	*len = buffer->len;
	ots_buffer_release(buffer);
	return out;
}

/* No more than the column takes in the storage's order: a tag and an INTEGER, or every byte
 * escaped and an end. */
static size_t key_room(const struct ots_wire_value *value)
{
	return 9 + 2 * ots_value_bytes(value);
}

bool ots_call_encode_key(struct ots_call *call, const struct ots_wire_cell *key, size_t key_count,
			 struct ots_bytes *out, struct ots_fault *fault)
{
	struct ots_buffer buffer = {.len = 0}; /* over the arena's bytes: it never grows */
	size_t room = 0;
	bool good;

	for (size_t i = 0; i < key_count; i++)
		room += key_room(&key[i].value); /* values were held against their limit */
	buffer.bytes = ots_arena_alloc(&call->arena, room);
	buffer.cap = buffer.limit = room;
	good = buffer.bytes != NULL;
	for (size_t i = 0; good && i < key_count; i++)
		good = ots_key_put(&buffer, &key[i].value);
	*out = (struct ots_bytes){buffer.bytes, buffer.len};
	return good || ots_call_no_memory(fault);
}

bool ots_call_encode_row(struct ots_call *call, const struct ots_wire_row *row, uint8_t **out,
			 size_t *len)
{
	struct ots_buffer buffer;

	ots_buffer_init(&buffer, ots_engine_reply_max_bytes);
	*out = keep(call, &buffer, ots_plainbuffer_put_row(&buffer, row), len);
	return *out != NULL || ots_call_no_memory(call->fault);
}

int32_t ots_capacity_units(size_t bytes)
{
	const size_t units = bytes / 4096 + (bytes % 4096 != 0);

	return units == 0 ? 1 : units > INT32_MAX ? INT32_MAX : (int32_t)units;
}
