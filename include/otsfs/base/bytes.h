/** @file bytes.h
 *  Small questions about a borrowed run of bytes.
 *  Threads: plain values. */
#ifndef OTSFS_BASE_BYTES_H
#define OTSFS_BASE_BYTES_H

#include <stdbool.h>
#include <string.h>

#include <otsfs/base/cursor.h>

/** A C string without its NUL, borrowed. */
static inline struct ots_bytes ots_bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static inline bool ots_bytes_equal(struct ots_bytes a, struct ots_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/** Whether the bytes are those of @p word, case and all. */
static inline bool ots_bytes_are(struct ots_bytes bytes, const char *word)
{
	return ots_bytes_equal(bytes, ots_bytes_of(word));
}

#endif
