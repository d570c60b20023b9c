/** @file source.h
 *  A pull iterator of batches: every decoder is one.
 *  Threads: the caller serialises the calls on one source. */
#ifndef OTSFS_RECORD_SOURCE_H
#define OTSFS_RECORD_SOURCE_H

#include <otsfs/base/error.h>
#include <otsfs/record/batch.h>

struct ots_source;

struct ots_source_ops {
	/** Fill the reset @p batch. Rules as for ots_source_next(). */
	enum ots_status (*next)(void *self, struct ots_batch *batch, struct ots_error *err);
	void (*close)(void *self); /* the last call on self */
};

/** @param ops   borrowed: a static const table
 *  @param self  taken over when OTS_OK is returned, else still the caller's
 *  @return OTS_OK or OTS_NO_MEMORY */
enum ots_status ots_source_new(const struct ots_source_ops *ops, void *self,
			       struct ots_source **out, struct ots_error *err) OTS_MUST_USE;

/** The next records, in the object's order. Resets @p batch first; what it held before is gone.
 *  A count of 0 with OTS_OK is the end. A record that cannot be decoded ends the source: the
 *  records before it are handed out first, then the error, on this and every later call.
 *  @return OTS_OK; OTS_CORRUPT, OTS_LIMIT, OTS_UNSUPPORTED with the place; what the input returns;
 *          OTS_NO_MEMORY */
enum ots_status ots_source_next(struct ots_source *source, struct ots_batch *batch,
				struct ots_error *err) OTS_MUST_USE;

void ots_source_close(struct ots_source *source);

#endif
