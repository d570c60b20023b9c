/** @file base64.h
 *  Base64 of RFC 4648. Threads: pure functions. */
#ifndef OTSFS_TEXT_BASE64_H
#define OTSFS_TEXT_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

/** Length of the standard form with padding. */
static inline size_t ots_base64_length(size_t len)
{
	return len / 3 * 4 + (len % 3 != 0 ? 4 : 0);
}

/** Standard alphabet, with padding, no line breaks. @param out  ots_base64_length(len) bytes */
void ots_base64_encode(const void *bytes, size_t len, char *out);

/** Reads both alphabets (even mixed), with or without padding, CR and LF anywhere; nothing else.
 *  @param out  at least text.len / 4 * 3 + 3 bytes; may not overlap the text
 *  @return false: another byte, one digit left over, bits set behind the last byte, wrong padding
 */
bool ots_base64_decode(struct ots_bytes text, uint8_t *out, size_t *out_len);

#endif
