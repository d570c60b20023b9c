#include "condition.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <otsfs/text/http_date.h>

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == ',';
}

/* Whether a list of entity tags, quoted or not, has this one or is `*`. */
static bool lists(struct ots_bytes list, const char *etag)
{
	const size_t len = strlen(etag);
	size_t at = 0;

	while (at < list.len) { /* ends: each turn passes a tag */
		size_t from, to;

		while (at < list.len && is_blank(list.at[at]))
			at++;
		from = at;
		while (at < list.len && !is_blank(list.at[at]))
			at++;
		to = at;
		if (to - from == 1 && list.at[from] == '*')
			return true;
		if (to - from >= 2 && list.at[from] == '"' && list.at[to - 1] == '"') {
			from++;
			to--;
		}
		if (to - from == len && strncasecmp((const char *)list.at + from, etag, len) == 0)
			return true;
	}
	return false;
}

enum ots_oss_condition ots_oss_condition(const struct ots_oss_conditions *conditions,
					 const char *etag, int64_t mtime_us)
{
	const int64_t seconds = mtime_us - mtime_us % 1000000;
	int64_t date;

	if (conditions->match.len > 0) {
		if (!lists(conditions->match, etag))
			return OTS_OSS_CONDITION_FAILED;
	} else if (ots_http_date_parse(conditions->unmodified_since, &date) && seconds > date) {
		return OTS_OSS_CONDITION_FAILED;
	}
	if (conditions->none_match.len > 0) {
		if (lists(conditions->none_match, etag))
			return OTS_OSS_CONDITION_NOT_MODIFIED;
	} else if (ots_http_date_parse(conditions->modified_since, &date) && seconds <= date) {
		return OTS_OSS_CONDITION_NOT_MODIFIED;
	}
	return OTS_OSS_CONDITION_MET;
}
