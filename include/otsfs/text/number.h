/** @file number.h
 *  Integers and doubles to and from text. Locale plays no part.
 *  Threads: pure functions. */
#ifndef OTSFS_TEXT_NUMBER_H
#define OTSFS_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

#define OTS_INTEGER_TEXT_BYTES 21 /**< "-9223372036854775808", 20 and one to spare */
#define OTS_DOUBLE_TEXT_BYTES 32

/** `-?[0-9]+` within int64; leading zeros pass. @return false for anything else */
bool ots_parse_i64(struct ots_bytes text, int64_t *out);
/** `[0-9]+` within uint64. */
bool ots_parse_u64(struct ots_bytes text, uint64_t *out);

/** @return length; no NUL is written */
size_t ots_print_i64(int64_t n, char out[OTS_INTEGER_TEXT_BYTES]);
size_t ots_print_u64(uint64_t n, char out[OTS_INTEGER_TEXT_BYTES]);

/** Correctly rounded. Takes `-?digits[.digits][(e|E)[+-]digits]` and nothing around it.
 *  A finite text that overflows to infinity is refused; underflow to zero is not.
 *  @return false: not a number, or too large */
bool ots_parse_double(struct ots_bytes text, double *out);

/** The shortest text that reads back to the same bits: plain decimal when 1e-5 <= |x| < 1e17 with a
 *  digit on both sides of the point, else `d.ddde+XX` with at least two exponent digits; `-0.0`
 *  kept. Source: parquet-format 4.3. @param x finite. @return length; no NUL */
size_t ots_print_double(double x, char out[OTS_DOUBLE_TEXT_BYTES]);

/** As ots_print_double(): the shortest text that reads back to the same float. @param x finite */
size_t ots_print_float(float x, char out[OTS_DOUBLE_TEXT_BYTES]);

/** Sizes as options take them: `512`, `64K`, `512M`, `2G` (powers of 1024; `KiB`, `MB` … too).
 *  @return false: not a size, or above int64 */
bool ots_parse_size(struct ots_bytes text, uint64_t *out);

#endif
