/** @file engine.h
 *  The calls of the service without HTTP: one message in, one message or a fault out.
 *  Source: tablestore-protocol sections 2 to 6.
 *  Threads: locked inside; ots_engine_free() comes last, from one. */
#ifndef OTSFS_SERVICE_ENGINE_H
#define OTSFS_SERVICE_ENGINE_H

#include <otsfs/base/buffer.h>
#include <otsfs/base/clock.h>

#include "fault.h"
#include "storage/storage.h"

struct ots_engine;

struct ots_engine_options {
	const struct ots_clock *clock; /**< borrowed */
	/** The same key twice in one batch is applied in order instead of refused (4.5). */
	bool apply_repeated_keys;
	/** The storage keeps no rows (ots_storage_open_discard()): batches of writes are answered
	 *  without a look into their rows. */
	bool discard;
};

/** @param storage  taken over when OTS_OK is returned, else still the caller's
 *  @return OTS_OK, OTS_NO_MEMORY, OTS_CORRUPT and the statuses of a storage */
enum ots_status ots_engine_new(const struct ots_storage *storage,
			       const struct ots_engine_options *options, struct ots_engine **out,
			       struct ots_error *err) OTS_MUST_USE;
void ots_engine_free(struct ots_engine *engine);

/** Whether there is such a call. */
bool ots_engine_knows(struct ots_bytes action);

/** Do one call. Blocks for the storage and for other calls.
 *  @param action    `PutRow`
 *  @param body      the request message, not yet looked at
 *  @param refusals  of a batch's rows by position, OTS_LIMIT_BATCH_ROWS of them; NULL: none
 *  @param reply     empty; holds the response message when true is returned. The caller's
 *  @return false: the fault says why, and nothing was changed */
bool ots_engine_call_refusing(struct ots_engine *engine, struct ots_bytes action,
			      struct ots_bytes body, const struct ots_row_refusal *refusals,
			      struct ots_buffer *reply, struct ots_fault *fault);

/** The same without refusals. */
bool ots_engine_call(struct ots_engine *engine, struct ots_bytes action, struct ots_bytes body,
		     struct ots_buffer *reply, struct ots_fault *fault);

/** Room that a reply may need. */
extern const size_t ots_engine_reply_max_bytes;

#endif
