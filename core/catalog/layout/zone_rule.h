/* The rule at the end of a zone file: how the zone goes on behind its last transition, as POSIX
 * writes TZ: `CET-1CEST,M3.5.0,M10.5.0/3`. */
#ifndef CORE_CATALOG_ZONE_RULE_H
#define CORE_CATALOG_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>

struct ots_zone_day {
	enum zone_day_kind {
		ZONE_DAY_OF_MONTH, /* Mm.w.d: week w (5: the last) of month m, weekday d */
		ZONE_DAY_JULIAN,   /* Jn: 1 to 365, no 29 February */
		ZONE_DAY_OF_YEAR   /* n: 0 to 365 */
	} kind;
	int32_t month, week, day;
	int32_t time_s; /* of the day, by the clock before the change */
};

struct ots_zone_rule {
	int32_t standard_offset, summer_offset; /* seconds east of UTC */
	bool has_summer;
	struct ots_zone_day start, end; /* of summer time */
};

/* @return false when the text is not such a rule */
bool ots_zone_rule_parse(struct ots_bytes text, struct ots_zone_rule *rule);

int32_t ots_zone_rule_offset_at(const struct ots_zone_rule *rule, int64_t utc_s);

#endif
