/** @file call.h
 *  One call while it is worked on, and the state of the engine that the calls share.
 *  Threads: a call belongs to one thread; `locked` of the engine to the holder of its mutex. */
#ifndef OTSFS_SERVICE_CALL_H
#define OTSFS_SERVICE_CALL_H

#include <pthread.h>

#include <otsfs/tablestore/wire.h>

#include "catalog.h"
#include "engine.h"
#include "limits.h"
#include "storage/key.h"
#include "storage/row.h"

struct ots_engine {
	const struct ots_clock *clock;
	bool apply_repeated_keys;
	bool discard;          /* rows are not kept */
	pthread_mutex_t mutex; /* of locked: a storage serves one caller at a time */
	struct {
		struct ots_storage storage;
		struct ots_catalog catalog;
		struct ots_buffer row;  /* the blob of the row that is being worked on */
		struct ots_buffer blob; /* what is made of it: a row borrows from the old one */
	} locked;
};

struct ots_call {
	struct ots_engine *engine;
	struct ots_bytes body;
	struct ots_arena arena; /* all that the call makes but the reply */
	ProtobufCAllocator allocator;
	struct ots_buffer *reply;
	struct ots_fault *fault;
	const struct ots_row_refusal *refusals; /* one for each row of a batch; NULL: none */
	int64_t now_ms;                         /* one moment for the whole call */
};

/** @return false with the fault filled */
typedef bool ots_call_fn(struct ots_call *call);

ots_call_fn ots_call_create_table;
ots_call_fn ots_call_list_table;
ots_call_fn ots_call_describe_table;
ots_call_fn ots_call_update_table;
ots_call_fn ots_call_delete_table;
ots_call_fn ots_call_put_row;
ots_call_fn ots_call_update_row;
ots_call_fn ots_call_delete_row;
ots_call_fn ots_call_batch_write_row;
ots_call_fn ots_call_get_row;
ots_call_fn ots_call_batch_get_row;
ots_call_fn ots_call_get_range;
ots_call_fn ots_call_compute_splits;
ots_call_fn ots_call_list_search_index;

/** BatchWriteRow where rows are not kept: a plain batch to one table that is there is answered by
 *  its frame alone, each row as written (calls/discard.c).
 *  @return false: it is not that plain, or wrong; nothing was done, and the full call is to look */
bool ots_call_discard_batch(struct ots_call *call);

/** The fault of a body that is no message of the call. @return false */
bool ots_call_bad_message(struct ots_call *call);
/** The fault without memory for one request. @return false */
bool ots_call_no_memory(struct ots_fault *fault);

/** The row at that position of a batch fails if it is to be refused on cue. */
void ots_call_refuse_row(struct ots_call *call, size_t position, struct ots_fault *fault);

/** Append a response message. */
bool ots_call_reply(struct ots_call *call, const ProtobufCMessage *message);

/** The table of a request, or OTSObjectNotExist. NULL with the fault filled. */
const struct ots_table *ots_call_table_locked(struct ots_call *call, const char *name);

/** Begin a change of the storage, and end one: commit when @p good, else undo.
 *  @return whether it is kept */
bool ots_call_begin_locked(struct ots_call *call);
bool ots_call_end_locked(struct ots_call *call, bool good);

/** The key of a row as the storage orders it (storage/key.h); bytes of the call's arena. */
bool ots_call_encode_key(struct ots_call *call, const struct ots_wire_cell *key, size_t key_count,
			 struct ots_bytes *out, struct ots_fault *fault);

/** A row as PlainBuffer, header included; bytes of the call's arena. */
bool ots_call_encode_row(struct ots_call *call, const struct ots_wire_row *row, uint8_t **out,
			 size_t *len);

/** ceil(bytes / 4096), at least 1 (4.7). */
int32_t ots_capacity_units(size_t bytes);

#endif
