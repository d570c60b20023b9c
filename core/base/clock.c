#include <otsfs/base/clock.h>

#include <stdio.h>
#include <time.h>

#define US_PER_SECOND INT64_C(1000000)
#define SECONDS_PER_DAY INT64_C(86400)

static int64_t system_wall_us(void *self)
{
	struct timespec now;

	(void)self;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * US_PER_SECOND + (int64_t)now.tv_nsec / 1000;
}

static int64_t system_monotonic_ms(void *self)
{
	struct timespec now;

	(void)self;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + (int64_t)now.tv_nsec / 1000000;
}

const struct ots_clock ots_clock_system = {system_wall_us, system_monotonic_ms, NULL};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since 1970-01-01 of a civil date. Years run from March, so that the leap day is the last
 * day of a year; eras are 400 years of 146097 days. */
static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
	const int64_t y = year - (month <= 2);
	const int64_t era = floor_div(y, 400);
	const int64_t year_of_era = y - era * 400;
	const int64_t day_of_year =
		(153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
	const int64_t day_of_era =
		year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

struct ots_civil ots_civil_from_us(int64_t us)
{
	const int64_t seconds = floor_div(us, US_PER_SECOND);
	const int64_t days = floor_div(seconds, SECONDS_PER_DAY);
	const int64_t second_of_day = seconds - days * SECONDS_PER_DAY;
	const int64_t z = days + 719468;
	const int64_t era = floor_div(z, 146097);
	const int64_t doe = z - era * 146097;
	const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	const int64_t mp = (5 * doy + 2) / 153;
	const int64_t month = mp < 10 ? mp + 3 : mp - 9;

	return (struct ots_civil){
		.year = (int32_t)(yoe + era * 400 + (month <= 2)),
		.month = (uint8_t)month,
		.day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1),
		.hour = (uint8_t)(second_of_day / 3600),
		.minute = (uint8_t)(second_of_day / 60 % 60),
		.second = (uint8_t)(second_of_day % 60),
		.microsecond = (uint32_t)(us - seconds * US_PER_SECOND),
	};
}

static unsigned days_in_month(int32_t year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

bool ots_civil_to_us(const struct ots_civil *civil, int64_t *us)
{
	if (civil->month < 1 || civil->month > 12 || civil->day < 1 || civil->year < 0 ||
	    civil->year > 9999 || civil->day > days_in_month(civil->year, civil->month) ||
	    civil->hour > 23 || civil->minute > 59 || civil->second > 59 ||
	    civil->microsecond > 999999)
		return false;
	*us = ((days_from_civil(civil->year, civil->month, civil->day) * 24 + civil->hour) * 60 +
	       civil->minute) *
		      60 * US_PER_SECOND +
	      (int64_t)civil->second * US_PER_SECOND + (int64_t)civil->microsecond;
	return true;
}

size_t ots_time_print(int64_t us, unsigned digits, char out[OTS_TIME_TEXT_BYTES])
{
	const struct ots_civil c = ots_civil_from_us(us);
	int n = snprintf(out, OTS_TIME_TEXT_BYTES, "%04d-%02u-%02uT%02u:%02u:%02u", (int)c.year,
			 (unsigned)c.month, (unsigned)c.day, (unsigned)c.hour, (unsigned)c.minute,
			 (unsigned)c.second);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (digits == 3)
		n = snprintf(out + len, OTS_TIME_TEXT_BYTES - len, ".%03uZ",
			     (unsigned)(c.microsecond / 1000));
	else if (digits == 6)
		n = snprintf(out + len, OTS_TIME_TEXT_BYTES - len, ".%06uZ",
			     (unsigned)c.microsecond);
	else
		n = snprintf(out + len, OTS_TIME_TEXT_BYTES - len, "Z");
	return n < 0 ? len : len + (size_t)n;
}

static bool digits_take(struct ots_bytes *text, unsigned count, uint32_t *out)
{
	uint32_t n = 0;

	if (text->len < count)
		return false;
	for (unsigned i = 0; i < count; i++) {
		const uint8_t byte = text->at[i];

		if (byte < '0' || byte > '9')
			return false;
		n = n * 10 + (uint32_t)(byte - '0');
	}
	text->at += count;
	text->len -= count;
	*out = n;
	return true;
}

static bool char_take(struct ots_bytes *text, char c)
{
	if (text->len == 0 || text->at[0] != (uint8_t)c)
		return false;
	text->at++;
	text->len--;
	return true;
}

static bool fraction_take(struct ots_bytes *text, uint32_t *microsecond)
{
	uint32_t n = 0, digit;
	unsigned count = 0;

	*microsecond = 0;
	if (!char_take(text, '.'))
		return true;
	while (count < 9 && digits_take(text, 1, &digit)) {
		if (count < 6)
			n = n * 10 + digit;
		count++;
	}
	for (unsigned i = count; i < 6; i++)
		n *= 10;
	*microsecond = n;
	return count > 0;
}

static bool zone_take(struct ots_bytes *text, int64_t *offset_us)
{
	uint32_t hour, minute;
	int64_t sign = 1;

	*offset_us = 0;
	if (char_take(text, 'Z'))
		return true;
	if (char_take(text, '-'))
		sign = -1;
	else if (!char_take(text, '+'))
		return false;
	if (!digits_take(text, 2, &hour) || !char_take(text, ':') ||
	    !digits_take(text, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*offset_us = sign * (int64_t)(hour * 60 + minute) * 60 * US_PER_SECOND;
	return true;
}

bool ots_time_parse(struct ots_bytes text, int64_t *us)
{
	uint32_t year, month, day, hour, minute, second, microsecond;
	struct ots_civil civil;
	int64_t offset_us;

	if (!digits_take(&text, 4, &year) || !char_take(&text, '-') ||
	    !digits_take(&text, 2, &month) || !char_take(&text, '-') ||
	    !digits_take(&text, 2, &day) || !char_take(&text, 'T') ||
	    !digits_take(&text, 2, &hour) || !char_take(&text, ':') ||
	    !digits_take(&text, 2, &minute) || !char_take(&text, ':') ||
	    !digits_take(&text, 2, &second) || !fraction_take(&text, &microsecond) ||
	    !zone_take(&text, &offset_us) || text.len != 0)
		return false;
	civil = (struct ots_civil){.year = (int32_t)year,
				   .month = (uint8_t)month,
				   .day = (uint8_t)day,
				   .hour = (uint8_t)hour,
				   .minute = (uint8_t)minute,
				   .second = (uint8_t)second,
				   .microsecond = microsecond};
	if (!ots_civil_to_us(&civil, us))
		return false;
	*us -= offset_us;
	return true;
}
