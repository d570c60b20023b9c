/** @file window.h
 *  A sliding window over an input, for decoders of text: some bytes of the object in memory, where
 *  in the object they stand, and more on demand. How a decoder's next() uses it:
 *
 *      status = ots_window_fill(&w, err);            once, at the start of each batch
 *      batch->begin = w.place;
 *      while not ots_window_batch_full(&w, batch):
 *          bytes = ots_window_bytes(&w);             nothing left and at the end: done
 *          decode one record from bytes, told ots_window_at_end(&w)
 *          whole:  ots_window_consume(&w, its bytes, its line feeds)
 *          short:  the batch has records: hand it out, the next call goes on from here
 *                  it has none: ots_window_more(&w, err), begin the record anew
 *      batch->end = w.place;
 *
 *  Memory: what was borrowed from the window, consumed or not, stays valid until the next
 *  ots_window_fill(), ots_window_more() or ots_window_close().
 *  Threads: a plain value; the caller serialises. */
#ifndef OTSFS_CORE_FORMAT_WINDOW_H
#define OTSFS_CORE_FORMAT_WINDOW_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/format/records.h>

#define OTS_BATCH_BYTES ((size_t)1024 * 1024)
#define OTS_DECODE_MEMORY_BYTES ((size_t)256 * 1024 * 1024)

/** place, batch_bytes and memory_bytes may be read; the rest is the window's own. */
struct ots_window {
	struct ots_input *input;
	uint8_t *bytes;
	size_t cap;
	size_t start; /* of what is not consumed, in bytes */
	size_t len;   /* of what is not consumed */
	size_t limit_bytes;
	uint64_t end_offset;    /* no byte at or behind it is read */
	struct ots_place place; /**< of the first byte not consumed */
	size_t batch_bytes;     /**< input bytes a batch should stand for, at least 1 */
	size_t memory_bytes;    /**< for window and arena together */
};

/** Set up; nothing is read yet. The window takes at most half of the memory allowed, so that as
 * much stays for the arena.
 *  @param options  may be NULL: all of the object, default sizes
 *  @return OTS_OK; OTS_USAGE when begin lies behind the end */
enum ots_status ots_window_open(struct ots_window *w, struct ots_input *input,
				const struct ots_records_options *options,
				struct ots_error *err) OTS_MUST_USE;
void ots_window_close(struct ots_window *w);

/** What is in hand and not consumed. */
static inline struct ots_bytes ots_window_bytes(const struct ots_window *w)
{
	/* Before the first fill there is no memory, and NULL + 0 is undefined in C11. */
	return (struct ots_bytes){w->start > 0 ? w->bytes + w->start : w->bytes, w->len};
}

/** Whether nothing comes behind ots_window_bytes(). */
static inline bool ots_window_at_end(const struct ots_window *w)
{
	return w->place.offset + w->len == w->end_offset;
}

/** Pass over @p n bytes in hand that hold @p line_feeds LF. Moves no memory. */
static inline void ots_window_consume(struct ots_window *w, size_t n, size_t line_feeds)
{
	assert(n <= w->len);
	w->start += n;
	w->len -= n;
	w->place.offset += n;
	w->place.line += line_feeds;
}

/** Have batch_bytes in hand, or all that is left. Blocks on I/O.
 *  @return OTS_OK, OTS_NO_MEMORY, or as ots_input_read() (OTS_CHANGED …), named by the object */
enum ots_status ots_window_fill(struct ots_window *w, struct ots_error *err) OTS_MUST_USE;

/** Have more in hand than now, for a record that is not whole yet. Not at the end. Blocks on I/O.
 *  @return as ots_window_fill(); OTS_LIMIT with the place when the window may not grow any more */
enum ots_status ots_window_more(struct ots_window *w, struct ots_error *err) OTS_MUST_USE;

/** At the front of an object: pass over a UTF-8 mark (backup-formats 6.1). Call after the first
 *  ots_window_fill(). @return OTS_OK, or as ots_window_more() */
enum ots_status ots_window_skip_mark(struct ots_window *w, struct ots_error *err) OTS_MUST_USE;

/** Whether @p batch, begun at batch->begin, stands for enough: its bytes, or its records' memory.
 */
bool ots_window_batch_full(const struct ots_window *w, const struct ots_batch *batch);

/** The arena's share: what the window's own memory leaves of memory_bytes. */
size_t ots_window_arena_bytes(const struct ots_window *w);

/** Hold the arena of @p batch to that share until ots_arena_set_cap()
 *  with what this returns: the cap before. */
size_t ots_window_cap_arena(const struct ots_window *w, struct ots_batch *batch);

#endif
