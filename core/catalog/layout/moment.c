#include "moment.h"

#include <stdio.h>

#include <otsfs/base/clock.h>

#define US_PER_S 1000000
#define LAST_US 253402300799999999 /* 9999-12-31T23:59:59.999999Z */

bool ots_digits(struct ots_bytes text, int64_t *out)
{
	int64_t value = 0;

	if (text.len == 0 || text.len > 18) /* 18 digits always fit */
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (text.at[i] - '0');
	}
	*out = value;
	return true;
}

static int64_t label_number(const char *label)
{
	int64_t value = 0;

	for (; *label != '\0'; label++) /* ends: a label has at most seven digits and a NUL */
		value = value * 10 + (*label - '0');
	return value;
}

bool ots_moment_from_labels(const struct ots_zone *zone, struct ots_placement *placement)
{
	int64_t parts[OTS_TIME_PARTS_MAX] = {0, 1, 1, 0, 0};
	struct ots_civil civil;
	int64_t local_us;

	for (unsigned i = 0; i < placement->depth; i++)
		parts[i] = label_number(placement->labels[i]);
	civil = (struct ots_civil){.year = (int32_t)parts[0],
				   .month = (uint8_t)parts[1],
				   .day = (uint8_t)parts[2],
				   .hour = (uint8_t)parts[3],
				   .minute = (uint8_t)parts[4]};
	if (!ots_civil_to_us(&civil, &local_us))
		return false;
	placement->path_us = ots_zone_to_utc(zone, local_us / US_PER_S) * US_PER_S;
	placement->has_path_time = true;
	return true;
}

void ots_moment_hour_labels(int64_t us, char labels[OTS_TIME_PARTS_MAX][8])
{
	const struct ots_civil c = ots_civil_from_us(us);
	const int year = c.year < 0 ? 0 : c.year > 9999 ? 9999 : c.year;

	(void)snprintf(labels[0], sizeof labels[0], "%04d", year);
	(void)snprintf(labels[1], sizeof labels[1], "%02u", (unsigned)c.month);
	(void)snprintf(labels[2], sizeof labels[2], "%02u", (unsigned)c.day);
	(void)snprintf(labels[3], sizeof labels[3], "%02u", (unsigned)c.hour);
}

bool ots_moment_from_name(int64_t us, struct ots_placement *placement)
{
	if (us < 0 || us > LAST_US)
		return false;
	placement->has_name_time = true;
	placement->name_us = us;
	if (placement->depth == 0) {
		ots_moment_hour_labels(us, placement->labels);
		placement->depth = 4;
	}
	return true;
}
