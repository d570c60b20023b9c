/** @file buffer.h
 *  Bytes that grow at the end, up to a limit. The hot way is ots_buffer_reserve() once and writing
 *  through `bytes + len`.
 *  Threads: the caller serialises. */
#ifndef OTSFS_BASE_BUFFER_H
#define OTSFS_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <otsfs/base/error.h>

struct ots_buffer {
	uint8_t *bytes; /**< NULL while cap is 0 */
	size_t len;
	size_t cap;
	size_t limit; /**< len never passes this */
};

static inline void ots_buffer_init(struct ots_buffer *b, size_t limit_bytes)
{
	*b = (struct ots_buffer){.limit = limit_bytes};
}

void ots_buffer_release(struct ots_buffer *b);

/** As ots_buffer_release(), of a buffer that held secrets: they are overwritten first. Growing
 *  leaves copies behind, so reserve all the room before the first secret is put. */
void ots_buffer_release_wiped(struct ots_buffer *b);

/** Not for callers: grow so that @p more bytes fit behind len. */
bool ots_buffer_grow(struct ots_buffer *b, size_t more);

/** Make room for @p more bytes behind len.
 *  @return false when the limit or the allocator says no; nothing has changed then */
static inline bool ots_buffer_reserve(struct ots_buffer *b, size_t more)
{
	return more <= b->cap - b->len || ots_buffer_grow(b, more);
}

/** Append. @return false as ots_buffer_reserve(); nothing is appended then */
static inline bool ots_buffer_put(struct ots_buffer *b, const void *bytes, size_t len)
{
	if (!ots_buffer_reserve(b, len))
		return false;
	if (len > 0)
		memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	return true;
}

static inline bool ots_buffer_put_byte(struct ots_buffer *b, uint8_t byte)
{
	if (!ots_buffer_reserve(b, 1))
		return false;
	b->bytes[b->len++] = byte;
	return true;
}

/** Append a C string without its NUL. */
static inline bool ots_buffer_puts(struct ots_buffer *b, const char *text)
{
	return ots_buffer_put(b, text, strlen(text));
}

/** Append printf text. @return false as above, or when the text passes 64 KiB */
bool ots_buffer_printf(struct ots_buffer *b, const char *format, ...) OTS_PRINTF(2, 3);

/** The one error for a buffer that could not grow: OTS_LIMIT at the limit, else OTS_NO_MEMORY. */
enum ots_status ots_buffer_fail(const struct ots_buffer *b, size_t more, const char *what,
				struct ots_error *err);

#endif
