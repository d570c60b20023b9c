/** @file checked.h
 *  Sums and products of sizes that cannot wrap unseen. Pure functions. */
#ifndef OTSFS_BASE_CHECKED_H
#define OTSFS_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @return false, and *out unspecified, when the sum does not fit */
static inline bool ots_size_add(size_t a, size_t b, size_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

static inline bool ots_size_mul(size_t a, size_t b, size_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

static inline bool ots_u64_add(uint64_t a, uint64_t b, uint64_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

/** Narrow an unsigned 64-bit length to size_t. @return false when it does not fit */
static inline bool ots_to_size(uint64_t n, size_t *out)
{
	*out = (size_t)n;
	return (uint64_t)*out == n;
}

#endif
