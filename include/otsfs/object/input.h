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

/** As ots_input_open(), told more: what is read first, and a wish to stop (OTS_CANCELLED). */
enum ots_status ots_input_open_as(struct ots_store *store, const struct ots_open_request *request,
				  struct ots_input **out, struct ots_error *err) OTS_MUST_USE;

/** An input over bytes in memory, borrowed until close: tests, fuzzing, small staged text.
 *  @param name  what messages call it; copied */
enum ots_status ots_input_from_memory(struct ots_bytes bytes, const char *name,
				      struct ots_input **out, struct ots_error *err) OTS_MUST_USE;

void ots_input_close(struct ots_input *input);

/** Key, size, mtime, etag as pinned; valid until close. */
const struct ots_entry *ots_input_entry(const struct ots_input *input);

/** Fill @p buf from byte @p offset; *got < len only at the object's end. Blocks on I/O.
 *  @return OTS_OK, OTS_CHANGED, OTS_IO, OTS_TIMEOUT …, OTS_CORRUPT (the last byte of an object
 *          that was read whole, and whose checksum is not the store's) */
enum ots_status ots_input_read(struct ots_input *input, uint64_t offset, void *buf, size_t len,
			       size_t *got, struct ots_error *err) OTS_MUST_USE;

/** Until it is told another (or NULL), ots_input_read() of it ends when somebody asks to stop: for
 *  decoders, which are handed the input alone. Not beside reads of other threads.
 *  @param cancel  borrowed until then */
void ots_input_set_cancel(struct ots_input *input, struct ots_cancel *cancel);

/** As ots_input_read(), until somebody asks to stop (OTS_CANCELLED, within 20 ms). */
enum ots_status ots_input_read_until(struct ots_input *input, uint64_t offset, void *buf,
				     size_t len, size_t *got, struct ots_cancel *cancel,
				     struct ots_error *err) OTS_MUST_USE;

/** Whether the object is still the one that was opened.
 *  @return OTS_OK, OTS_CHANGED, or what looking at it returns */
enum ots_status ots_input_check(struct ots_input *input, struct ots_error *err) OTS_MUST_USE;

/** Whether reads wait for a network and can be begun without waiting: ots_input_begin() serves. */
bool ots_input_is_remote(const struct ots_input *input);

/** A read that was begun. */
struct ots_input_read;

#define OTS_INPUT_PIECES_MAX 8

/** The bytes of a read, or why there are none; pieces are borrowed for the call. Called once, from
 *  the thread that brought the last byte, or inside ots_input_begin(); with no lock held. */
typedef void ots_input_done_fn(void *arg, enum ots_status status, const struct ots_bytes *pieces,
			       size_t piece_count, const struct ots_error *err);

/** Begin to read; of an input that is remote. Fewer bytes than @p len come at the object's end, and
 *  where they lie in too many pieces. Where the bytes are in memory done is called before this
 *  returns, and *out is NULL.
 *  @param out  for ots_input_end(), which must come: also after done */
void ots_input_begin(struct ots_input *input, uint64_t offset, size_t len, ots_input_done_fn *done,
		     void *arg, struct ots_input_read **out);

/** Nobody waits for the read any more: done is called with OTS_CANCELLED, unless it was called
 *  already. Any thread, not inside done. */
void ots_input_cancel(struct ots_input_read *read);

/** Let go of a read; its done is called all the same. NULL does nothing. */
void ots_input_end(struct ots_input_read *read);

#endif
