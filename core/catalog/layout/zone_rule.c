#include "zone_rule.h"

#include <otsfs/base/clock.h>

#define DAY_S 86400
#define US_PER_S 1000000

static bool take_byte(struct ots_cursor *in, uint8_t byte)
{
	struct ots_cursor taken;

	return in->left > 0 && in->at[0] == byte && ots_take(in, 1, &taken);
}

/* A decimal number of at most @p max. */
static bool take_number(struct ots_cursor *in, int32_t max, int32_t *out)
{
	int32_t value = 0;
	uint8_t c;

	if (in->left == 0 || in->at[0] < '0' || in->at[0] > '9')
		return false;
	while (in->left > 0 && in->at[0] >= '0' && in->at[0] <= '9') { /* ends: takes a byte */
		if (!ots_u8(in, &c))
			return false;
		value = value * 10 + (c - '0');
		if (value > max)
			return false;
	}
	*out = value;
	return true;
}

/* `[+-]h[:mm[:ss]]` in seconds. */
static bool take_time(struct ots_cursor *in, int32_t max_hours, int32_t *out)
{
	const bool negative = take_byte(in, '-');
	int32_t hours, minutes = 0, seconds = 0;

	if (!negative)
		(void)take_byte(in, '+');
	if (!take_number(in, max_hours, &hours))
		return false;
	if (take_byte(in, ':')) {
		if (!take_number(in, 59, &minutes))
			return false;
		if (take_byte(in, ':') && !take_number(in, 59, &seconds))
			return false;
	}
	*out = (hours * 60 + minutes) * 60 + seconds;
	if (negative)
		*out = -*out;
	return true;
}

/* `CET`, or anything between angle brackets. */
static bool take_name(struct ots_cursor *in)
{
	const bool quoted = take_byte(in, '<');
	size_t len = 0;
	uint8_t c;

	while (in->left > 0) { /* ends: each turn takes a byte or leaves */
		c = in->at[0];
		if (quoted ? c == '>' : (c | 0x20) < 'a' || (c | 0x20) > 'z')
			break;
		if (!ots_u8(in, &c))
			return false;
		len++;
	}
	return quoted ? take_byte(in, '>') : len >= 3;
}

static bool take_day(struct ots_cursor *in, struct ots_zone_day *day)
{
	*day = (struct ots_zone_day){.time_s = 2 * 3600};
	if (take_byte(in, 'M')) {
		day->kind = ZONE_DAY_OF_MONTH;
		if (!take_number(in, 12, &day->month) || day->month < 1 || !take_byte(in, '.') ||
		    !take_number(in, 5, &day->week) || day->week < 1 || !take_byte(in, '.') ||
		    !take_number(in, 6, &day->day))
			return false;
	} else if (take_byte(in, 'J')) {
		day->kind = ZONE_DAY_JULIAN;
		if (!take_number(in, 365, &day->day) || day->day < 1)
			return false;
	} else {
		day->kind = ZONE_DAY_OF_YEAR;
		if (!take_number(in, 365, &day->day))
			return false;
	}
	return !take_byte(in, '/') || take_time(in, 167, &day->time_s);
}

bool ots_zone_rule_parse(struct ots_bytes text, struct ots_zone_rule *rule)
{
	struct ots_cursor in = {text.at, text.len, 0};
	int32_t west;

	*rule = (struct ots_zone_rule){0};
	if (!take_name(&in) || !take_time(&in, 24, &west))
		return false;
	rule->standard_offset = -west; /* POSIX counts westward */
	if (in.left == 0)
		return true;
	rule->has_summer = true;
	rule->summer_offset = rule->standard_offset + 3600;
	if (!take_name(&in))
		return false;
	if (in.left > 0 && in.at[0] != ',') {
		if (!take_time(&in, 24, &west))
			return false;
		rule->summer_offset = -west;
	}
	return take_byte(&in, ',') && take_day(&in, &rule->start) && take_byte(&in, ',') &&
	       take_day(&in, &rule->end) && in.left == 0;
}

/* Day of a date counted from 1970; the date is valid by construction. */
static int64_t days_of(int32_t year, int32_t month, int32_t day)
{
	const struct ots_civil civil = {.year = year, .month = (uint8_t)month, .day = (uint8_t)day};
	int64_t us = 0;

	(void)ots_civil_to_us(&civil, &us);
	return us / ((int64_t)DAY_S * US_PER_S);
}

static bool is_leap(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t day_in_year(const struct ots_zone_day *day, int32_t year)
{
	static const int32_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t first, weekday;
	int32_t date, last;

	if (day->kind == ZONE_DAY_OF_YEAR)
		return days_of(year, 1, 1) + day->day;
	if (day->kind == ZONE_DAY_JULIAN)
		return days_of(year, 1, 1) + day->day - 1 + (is_leap(year) && day->day > 59);
	first = days_of(year, day->month, 1);
	weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
	last = month_days[day->month - 1] + (day->month == 2 && is_leap(year));
	date = (int32_t)((day->day - weekday + 7) % 7) + 7 * (day->week - 1);
	while (date >=
	       last) /* ends: takes a week off; at most once, for a fifth that is not there */
		date -= 7;
	return first + date;
}

int32_t ots_zone_rule_offset_at(const struct ots_zone_rule *rule, int64_t utc_s)
{
	int64_t start, end;
	int32_t year;

	if (!rule->has_summer)
		return rule->standard_offset;
	if (utc_s < 0 || utc_s > INT64_MAX / US_PER_S / 2)
		return rule->standard_offset; /* no rule reaches there */
	year = ots_civil_from_us((utc_s + rule->standard_offset) * US_PER_S).year;
	if (year > 9998)
		return rule->standard_offset;
	start = day_in_year(&rule->start, year) * DAY_S + rule->start.time_s -
		rule->standard_offset;
	end = day_in_year(&rule->end, year) * DAY_S + rule->end.time_s - rule->summer_offset;
	if (start < end)
		return utc_s >= start && utc_s < end ? rule->summer_offset : rule->standard_offset;
	return utc_s >= end && utc_s < start ? rule->standard_offset : rule->summer_offset;
}
