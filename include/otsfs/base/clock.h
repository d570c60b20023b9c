/** @file clock.h
 *  Time as an object, so that tests bring their own and nothing sleeps in them.
 *  Threads: a clock may be asked by many at once. */
#ifndef OTSFS_BASE_CLOCK_H
#define OTSFS_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

struct ots_clock {
	int64_t (*wall_us)(void *self);      /**< microseconds since 1970, UTC */
	int64_t (*monotonic_ms)(void *self); /**< for durations only */
	void *self;
};

/** The machine's clock. Static, immutable. */
extern const struct ots_clock ots_clock_system;

static inline int64_t ots_clock_wall_us(const struct ots_clock *clock)
{
	return clock->wall_us(clock->self);
}

static inline int64_t ots_clock_monotonic_ms(const struct ots_clock *clock)
{
	return clock->monotonic_ms(clock->self);
}

/** A moment split into the parts of a proleptic Gregorian calendar. */
struct ots_civil {
	int32_t year;
	uint8_t month, day;           /**< from 1 */
	uint8_t hour, minute, second; /**< from 0 */
	uint32_t microsecond;
};

/** Microseconds since 1970 to a date in UTC. Any int64 is a valid input. */
struct ots_civil ots_civil_from_us(int64_t us);

/** The inverse. @return false when a part is out of its range (no leap seconds, 31 April …) */
bool ots_civil_to_us(const struct ots_civil *civil, int64_t *us);

#define OTS_TIME_TEXT_BYTES 40

/** `2026-11-21T02:30:00.123456Z`, with @p digits (0, 3 or 6) of the fraction.
 *  @param out  OTS_TIME_TEXT_BYTES. @return length without the NUL */
size_t ots_time_print(int64_t us, unsigned digits, char out[OTS_TIME_TEXT_BYTES]);

/** Reads `yyyy-MM-ddTHH:mm:ss[.1 to 9 digits](Z|±HH:MM)`. @return false when it is not that */
bool ots_time_parse(struct ots_bytes text, int64_t *us);

#endif
