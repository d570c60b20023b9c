/** @file input.h
 *  One object, its size and ETag pinned at opening. Every read checks that the object is still that
 *  one: a changed object is OTS_CHANGED, a shorter one too, never a mix of two contents.
 *  Threads: reads may run at once; close comes last. */
#ifndef OTSFS_OBJECT_INPUT_H
#define OTSFS_OBJECT_INPUT_H

#include <otsfs/object/store.h>

struct ots_input;

/** @param etag  NULL: whatever is there now; else the object must still have it (OTS_CHANGED)
 *  @param out   the caller's, for ots_input_close(); borrows @p store
 *  @return OTS_OK, OTS_NOT_FOUND, OTS_CHANGED, OTS_DENIED, OTS_IO, OTS_NO_MEMORY … */
enum ots_status ots_input_open(struct ots_store *store, struct ots_bytes key, const char *etag,
			       struct ots_input **out, struct ots_error *err) OTS_MUST_USE;

/** An input over bytes in memory, borrowed until close: tests, fuzzing, small staged text.
 *  @param name  what messages call it; copied */
enum ots_status ots_input_from_memory(struct ots_bytes bytes, const char *name,
				      struct ots_input **out, struct ots_error *err) OTS_MUST_USE;

void ots_input_close(struct ots_input *input);

/** Key, size, mtime, etag as pinned; valid until close. */
const struct ots_entry *ots_input_entry(const struct ots_input *input);

/** Fill @p buf from byte @p offset; *got < len only at the object's end. Blocks on I/O.
 *  @return OTS_OK, OTS_CHANGED, OTS_IO, OTS_NETWORK, OTS_TIMEOUT */
enum ots_status ots_input_read(struct ots_input *input, uint64_t offset, void *buf, size_t len,
			       size_t *got, struct ots_error *err) OTS_MUST_USE;

#endif
