/** @file writer.h
 *  Objects written, deleted and asked for: what a store that is no mere source can do. A store
 *  whose backend cannot says OTS_UNSUPPORTED.
 *  Threads: a writer belongs to one thread at a time; the rest as store.h. */
#ifndef OTSFS_OBJECT_WRITER_H
#define OTSFS_OBJECT_WRITER_H

#include <otsfs/object/store.h>

/** An object being written: bytes in order. It appears whole when it is finished, or not at all. */
struct ots_writer;

struct ots_write_request {
	struct ots_bytes key;
	const char *content_type;  /**< NULL: application/octet-stream */
	bool no_overwrite;         /**< OTS_EXISTS when the key is there (oss-protocol 3.6: has no
				    * effect in a bucket with versions) */
	bool resume;               /**< go on with parts of an upload of this key that was cut off:
				    * those with the same bytes are not sent again */
	struct ots_cancel *cancel; /**< may be NULL; outlives the writer */
};

/** Bytes up to which an object goes in one request; above it in parts of this size, which double
 *  every 2000 parts (10,000 parts at most: 484 GiB). Four parts are held and sent at once. */
#define OTS_WRITE_PART_BYTES ((size_t)8 * 1024 * 1024)

/** Nothing is sent yet. @param out  for ots_writer_finish() or ots_writer_abort()
 *  @return OTS_OK, OTS_UNSUPPORTED, OTS_NOT_FOUND (no key can be so), OTS_NO_MEMORY */
enum ots_status ots_store_write(struct ots_store *store, const struct ots_write_request *request,
				struct ots_writer **out, struct ots_error *err) OTS_MUST_USE;

/** Append. Blocks while four parts are on their way. After a failure only abort is left.
 *  @return OTS_OK, OTS_DENIED, OTS_EXISTS, OTS_TIMEOUT, OTS_LIMIT, OTS_CANCELLED … */
enum ots_status ots_writer_put(struct ots_writer *writer, const void *bytes, size_t len,
			       struct ots_error *err) OTS_MUST_USE;

/** Have the object appear; its checksum has been compared then. The writer is gone in every case.
 *  @return as ots_writer_put() */
enum ots_status ots_writer_finish(struct ots_writer *writer, struct ots_error *err) OTS_MUST_USE;

/** Give up. What was sent is taken back, but for parts that a later one may resume. NULL does
 *  nothing. */
void ots_writer_abort(struct ots_writer *writer);

/** Delete one object; one that is not there is OTS_OK too.
 *  @return OTS_OK, OTS_UNSUPPORTED, OTS_DENIED, OTS_TIMEOUT … */
enum ots_status ots_store_delete(struct ots_store *store, struct ots_bytes key,
				 struct ots_error *err) OTS_MUST_USE;

/** What became of asking for a cold object. */
enum ots_thaw {
	OTS_THAW_ASKED,     /**< it will be readable some time later */
	OTS_THAW_READY,     /**< it is readable, now for so many days more */
	OTS_THAW_UNDER_WAY, /**< somebody has asked before */
	OTS_THAW_NOT_COLD   /**< it needs no asking */
};

/** @param days  how long it stays readable; 1 to 7 for Archive, to 365 for the colder classes
 *  @param tier  `Expedited`, `Standard`, `Bulk`; NULL: the service's default
 *  @return OTS_OK, OTS_UNSUPPORTED, OTS_NOT_FOUND, OTS_DENIED, OTS_USAGE (days) … */
enum ots_status ots_store_thaw(struct ots_store *store, struct ots_bytes key, unsigned days,
			       const char *tier, enum ots_thaw *outcome,
			       struct ots_error *err) OTS_MUST_USE;

#endif
