/** @file fault.h
 *  A store over another one that fails on cue, for tests: the n-th call, short or wrong bytes, a
 *  changed ETag. */
#ifndef OTSFS_OBJECT_FAULT_H
#define OTSFS_OBJECT_FAULT_H

#include <otsfs/object/store.h>

enum ots_fault_kind {
	OTS_FAULT_NONE,
	OTS_FAULT_STATUS, /**< the call returns `status` */
	OTS_FAULT_CHANGE, /**< reads answer OTS_CHANGED from then on */
	OTS_FAULT_CORRUPT /**< one byte of the read is flipped */
};

struct ots_fault_plan {
	enum ots_fault_kind kind;
	enum ots_status status;
	uint64_t nth; /**< the call that fails, counted over all operations, from 1 */
	bool sticky;  /**< every later call too */
};

/** @param below  taken over when OTS_OK is returned
 *  @param plan   copied */
enum ots_status ots_fault_open(struct ots_store *below, const struct ots_fault_plan *plan,
			       struct ots_store **out, struct ots_error *err) OTS_MUST_USE;

/** Calls so far, so that a test can sweep every n. */
uint64_t ots_fault_calls(const struct ots_store *store);

#endif
