/** @file power_table.h
 *  Powers of ten with 128 bits of significand, for printing and reading doubles.
 *  Source: parquet-format, Appendix B, step 3. */
#ifndef OTSFS_CORE_TEXT_POWER_TABLE_H
#define OTSFS_CORE_TEXT_POWER_TABLE_H

#include <stdint.h>

#define OTS_POWER_FIRST (-292)
#define OTS_POWER_LAST 324

/** ceil(10^n * 2^(127 - floor(log2 10^n))): the top bit is always set. */
struct ots_power {
	uint64_t high;
	uint64_t low;
};

/** Of 10^n at n - OTS_POWER_FIRST. */
extern const struct ots_power ots_powers[OTS_POWER_LAST - OTS_POWER_FIRST + 1];

/** floor(log2(10^n)) for |n| <= 400. */
static inline int ots_floor_log2_pow10(int n)
{
	return (n * 1741647) >> 19;
}

#endif
