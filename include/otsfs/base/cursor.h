/** @file cursor.h
 *  A borrowed window on bytes that we did not write. Checking and consuming are one step: a read
 *  moves the cursor, or fails and leaves it as it was.
 *  Threads: a plain value; the caller serialises. */
#ifndef OTSFS_BASE_CURSOR_H
#define OTSFS_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ots_cursor {
	const uint8_t *at;
	size_t left;
	uint64_t offset; /**< of `at` in the whole object, for messages */
};

/** A borrowed run of bytes without a place: text, a name, a value. Not NUL-terminated. */
struct ots_bytes {
	const uint8_t *at;
	size_t len;
};

/** Take @p n bytes into @p out. @return false when fewer are left */
static inline bool ots_take(struct ots_cursor *c, size_t n, struct ots_cursor *out)
{
	if (n > c->left) /* compare, never add: a sum can wrap */
		return false;
	*out = (struct ots_cursor){c->at, n, c->offset};
	if (n > 0) { /* NULL + 0 is undefined in C11 */
		c->at += n;
		c->left -= n;
		c->offset += n;
	}
	return true;
}

static inline bool ots_u8(struct ots_cursor *c, uint8_t *out)
{
	struct ots_cursor v;

	if (!ots_take(c, 1, &v))
		return false;
	*out = v.at[0];
	return true;
}

static inline bool ots_u32le(struct ots_cursor *c, uint32_t *out)
{
	struct ots_cursor v;

	if (!ots_take(c, 4, &v))
		return false;
	*out = (uint32_t)v.at[0] | (uint32_t)v.at[1] << 8 | (uint32_t)v.at[2] << 16 |
	       (uint32_t)v.at[3] << 24;
	return true;
}

static inline bool ots_u64le(struct ots_cursor *c, uint64_t *out)
{
	struct ots_cursor v;
	uint64_t n = 0;

	if (!ots_take(c, 8, &v))
		return false;
	for (unsigned i = 0; i < 8; i++)
		n |= (uint64_t)v.at[i] << (8 * i);
	*out = n;
	return true;
}

#endif
