/* Time zones without the process's own: a fixed offset, or a file of the zone database. */
#ifndef CORE_CATALOG_ZONE_H
#define CORE_CATALOG_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

#include "zone_rule.h"

struct ots_zone {
	int64_t *at;     /* transitions, ascending, in UTC seconds; the zone's own */
	int32_t *offset; /* seconds east of UTC from the transition of the same index on */
	size_t count;
	int32_t first_offset; /* before the first transition; of a fixed zone the only one */
	bool has_rule;        /* for what is behind the last transition */
	struct ots_zone_rule rule;
};

/* @param name  NULL, "UTC", `±HH:MM` or a name of the zone database
 * @return OTS_OK, OTS_USAGE (no such zone, quoted), OTS_CORRUPT, OTS_NO_MEMORY */
enum ots_status ots_zone_open(const char *name, struct ots_zone *zone,
			      struct ots_error *err) OTS_MUST_USE;

/* The bytes of a zone file (RFC 8536). @return OTS_OK, OTS_CORRUPT, OTS_NO_MEMORY */
enum ots_status ots_zone_parse(struct ots_bytes file, struct ots_zone *zone,
			       struct ots_error *err) OTS_MUST_USE;
void ots_zone_release(struct ots_zone *zone);

/* Seconds east of UTC that clocks show at a moment. */
int32_t ots_zone_offset_at(const struct ots_zone *zone, int64_t utc_s);

/* The moment a clock shows @p local_s (seconds since 1970 as if it were UTC): the earlier of two,
 * and what an unturned clock would have shown where clocks jump over it. */
int64_t ots_zone_to_utc(const struct ots_zone *zone, int64_t local_s);

#endif
