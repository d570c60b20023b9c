/** @file encoder.h
 *  Batches in, bytes of one form out.
 *  Threads: an encoder keeps no state between calls; one may serve many threads. */
#ifndef OTSFS_RECORD_ENCODER_H
#define OTSFS_RECORD_ENCODER_H

#include <otsfs/base/buffer.h>
#include <otsfs/base/error.h>
#include <otsfs/record/batch.h>

struct ots_encoder {
	const char *name; /**< as in `cat --as NAME` */
	/** What stands before the first record (a header line), or NULL. */
	enum ots_status (*begin)(struct ots_buffer *out, struct ots_error *err);
	/** Append one record; on failure @p out is as it was.
	 *  @return OTS_OK, OTS_NO_MEMORY, OTS_LIMIT (the buffer's), OTS_UNSUPPORTED */
	enum ots_status (*record)(const struct ots_record *record, struct ots_buffer *out,
				  struct ots_error *err);
};

/** Every record of @p batch, in order. */
enum ots_status ots_encode_batch(const struct ots_encoder *encoder, const struct ots_batch *batch,
				 struct ots_buffer *out, struct ots_error *err) OTS_MUST_USE;

#endif
