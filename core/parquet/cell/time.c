/* Dates, times and moments. Source: parquet-format, section 4.5. */
#include "cell.h"

#include <string.h>

#include <otsfs/text/number.h>

#include "../encoding/load.h"

#define JULIAN_EPOCH 2440588 /* 1970-01-01 */
#define NS_PER_DAY INT64_C(86400000000000)

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static char *put_two(unsigned n, char *to)
{
	to[0] = (char)('0' + n / 10);
	to[1] = (char)('0' + n % 10);
	return to + 2;
}

/* Four digits at least; a sign in front of years that have more, or are before 0. */
static char *put_year(int64_t year, char *to)
{
	const uint64_t size = (uint64_t)(year < 0 ? -year : year);
	char digits[OTS_INTEGER_TEXT_BYTES];
	const size_t len = ots_print_u64(size, digits);

	if (year < 0 || year > 9999)
		*to++ = year < 0 ? '-' : '+';
	for (size_t i = len; i < 4; i++)
		*to++ = '0';
	memcpy(to, digits, len);
	return to + len;
}

/* The date of a day since 1970, kept for the next value. Proleptic Gregorian; years run from March,
 * eras are 400 years of 146097 days. */
static void set_day(struct cell *cell, int64_t day)
{
	const int64_t z = day + 719468;
	const int64_t era = floor_div(z, 146097);
	const int64_t doe = z - era * 146097;
	const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	const int64_t mp = (5 * doy + 2) / 153;
	const int64_t month = mp < 10 ? mp + 3 : mp - 9;
	char *to = put_year(yoe + era * 400 + (month <= 2), cell->date);

	*to++ = '-';
	to = put_two((unsigned)month, to);
	*to++ = '-';
	to = put_two((unsigned)(doy - (153 * mp + 2) / 5 + 1), to);
	cell->day = day;
	cell->date_len = (size_t)(to - cell->date);
}

static char *put_day(struct cell *cell, int64_t day, char *to)
{
	if (day != cell->day)
		set_day(cell, day);
	memcpy(to, cell->date, sizeof cell->date);
	return to + cell->date_len;
}

/* HH:MM:SS and @p digits of a fraction, of units since midnight. */
static char *put_clock(int64_t units, int64_t per_second, unsigned digits, char *to)
{
	const unsigned seconds = (unsigned)(units / per_second);
	uint64_t fraction = (uint64_t)(units % per_second);

	to = put_two(seconds / 3600, to);
	*to++ = ':';
	to = put_two(seconds / 60 % 60, to);
	*to++ = ':';
	to = put_two(seconds % 60, to);
	*to++ = '.';
	for (unsigned i = digits; i > 0; i--, fraction /= 10)
		to[i - 1] = (char)('0' + fraction % 10);
	return to + digits;
}

static const struct {
	int64_t per_second;
	unsigned digits;
} units[] = {
	[UNIT_NONE] = {1, 0},
	[UNIT_MILLIS] = {1000, 3},
	[UNIT_MICROS] = {1000000, 6},
	[UNIT_NANOS] = {1000000000, 9},
};

static char *put_quote(const struct cell *cell, char *to)
{
	*to = '"';
	return to + cell->json;
}

size_t cell_print_date(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	char *at = put_day(cell, (int32_t)load_u32(value), put_quote(cell, to));

	(void)len;
	return (size_t)(put_quote(cell, at) - to);
}

size_t cell_print_time(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	const int64_t per_second = units[cell->leaf->unit].per_second;
	const int64_t n = len == 4 ? (int32_t)load_u32(value) : (int64_t)load_u64(value);
	char *at;

	if (n < 0 || n >= 86400 * per_second) /* no time of a day: what is stored */
		return ots_print_i64(n, to);
	at = put_clock(n, per_second, units[cell->leaf->unit].digits, put_quote(cell, to));
	*at = 'Z';
	return (size_t)(put_quote(cell, at + cell->leaf->utc) - to);
}

size_t cell_print_timestamp(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	const int64_t per_second = units[cell->leaf->unit].per_second;
	const int64_t n = (int64_t)load_u64(value);
	const int64_t day = floor_div(n, 86400 * per_second);
	char *at = put_day(cell, day, put_quote(cell, to));

	(void)len;
	*at++ = 'T';
	/* Modulo 2^64, since day * units of a day may pass int64 where the difference does not. */
	at = put_clock((int64_t)((uint64_t)n - (uint64_t)day * (uint64_t)(86400 * per_second)),
		       per_second, units[cell->leaf->unit].digits, at);
	*at = 'Z';
	return (size_t)(put_quote(cell, at + cell->leaf->utc) - to);
}

size_t cell_print_int96(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	const int64_t ns = (int64_t)load_u64(value);
	const int64_t carry = floor_div(ns, NS_PER_DAY);
	const int64_t day = (int64_t)(int32_t)load_u32(value + 8) - JULIAN_EPOCH + carry;
	char *at = put_day(cell, day, put_quote(cell, to));

	(void)len;
	*at++ = 'T';
	at = put_clock((int64_t)((uint64_t)ns - (uint64_t)carry * (uint64_t)NS_PER_DAY), 1000000000,
		       9, at);
	return (size_t)(put_quote(cell, at) - to);
}

size_t cell_print_interval(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	const uint32_t ms = load_u32(value + 8);
	char *at = put_quote(cell, to);

	(void)len;
	*at++ = 'P';
	at += ots_print_u64(load_u32(value), at);
	*at++ = 'M';
	at += ots_print_u64(load_u32(value + 4), at);
	*at++ = 'D';
	*at++ = 'T';
	at += ots_print_u64(ms / 1000, at);
	*at++ = '.';
	*at++ = (char)('0' + ms / 100 % 10);
	at = put_two(ms % 100, at);
	*at++ = 'S';
	return (size_t)(put_quote(cell, at) - to);
}
