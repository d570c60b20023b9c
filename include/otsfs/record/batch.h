/** @file batch.h
 *  Some records and the memory they live in.
 *  Threads: the caller serialises. Ownership: a batch owns its arena; its records borrow from the
 *  arena and, until the source's next call, from the bytes that were decoded. */
#ifndef OTSFS_RECORD_BATCH_H
#define OTSFS_RECORD_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/error.h>
#include <otsfs/record/record.h>

/** Where in the object a batch lies, so that reading can begin there again. */
struct ots_place {
	uint64_t offset; /**< byte */
	uint64_t line;   /**< line number of that byte, from 1 */
};

struct ots_batch {
	struct ots_arena arena;
	struct ots_record *records;
	size_t count;
	size_t cap;
	struct ots_place begin; /**< of the first byte that this batch stands for */
	struct ots_place end;   /**< of the byte after; where the next batch begins */
};

/** @param cap_bytes  of the arena: what is decoded beyond the borrowed bytes */
void ots_batch_init(struct ots_batch *batch, size_t cap_bytes);
void ots_batch_release(struct ots_batch *batch);

/** Empty it and keep its memory. */
void ots_batch_reset(struct ots_batch *batch);

/** A new zeroed record at the end. @return NULL without memory; valid until the next add */
struct ots_record *ots_batch_add(struct ots_batch *batch);

/** Take the last record away again (its cells stay in the arena until reset). */
void ots_batch_drop_last(struct ots_batch *batch);

/** Add a deep copy: names, values, cells, all in this batch's arena.
 *  @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_batch_add_copy(struct ots_batch *batch, const struct ots_record *record,
				   struct ots_error *err) OTS_MUST_USE;

#endif
