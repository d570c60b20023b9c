/** @file utf8.h
 *  UTF-8 as Unicode defines it (no surrogates, nothing above U+10FFFF, shortest forms only).
 *  Threads: pure functions. */
#ifndef OTSFS_TEXT_UTF8_H
#define OTSFS_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

/** Whether all of it is UTF-8. Fast for ASCII. */
bool ots_utf8_valid(struct ots_bytes text);

/** Bytes of the well-formed character at the front: 1 to 4; 0 when it is not one. */
size_t ots_utf8_length(struct ots_bytes text);

/** Length of the maximal bad run at the front that one U+FFFD stands for (at least 1). */
size_t ots_utf8_bad_length(struct ots_bytes text);

/** Write a code point (not a surrogate, at most 0x10FFFF). @return bytes written, 1 to 4 */
size_t ots_utf8_put(uint32_t code_point, uint8_t out[4]);

#endif
