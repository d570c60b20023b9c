#include "range.h"

#include <string.h>

/* Digits at the front; one that does not fit is the largest there is. @return false: none */
static bool take_number(struct ots_bytes *text, uint64_t *out)
{
	const size_t before = text->len;

	*out = 0;
	while (text->len > 0 && text->at[0] >= '0' && text->at[0] <= '9') { /* ends: text shrinks */
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, (uint64_t)(text->at[0] - '0'), out))
			*out = UINT64_MAX / 10;
		text->at++;
		text->len--;
	}
	return text->len < before;
}

/* What cannot be served as asked: ignored as it always was, or refused as HTTP has it. */
static enum ots_oss_range beyond(bool standard)
{
	return standard ? OTS_OSS_RANGE_INVALID : OTS_OSS_RANGE_WHOLE;
}

static enum ots_oss_range last_bytes(struct ots_bytes text, bool standard, uint64_t size,
				     uint64_t *first, uint64_t *count)
{
	uint64_t n;

	text.at++;
	text.len--;
	if (!take_number(&text, &n))
		return OTS_OSS_RANGE_WHOLE;
	if (text.len > 0)
		return text.at[0] == ',' ? beyond(standard) : OTS_OSS_RANGE_WHOLE;
	if (n == 0 || size == 0)
		return beyond(standard);
	if (n > size && !standard)
		return OTS_OSS_RANGE_WHOLE;
	*count = n < size ? n : size;
	*first = size - *count;
	return OTS_OSS_RANGE_PART;
}

enum ots_oss_range ots_oss_range(struct ots_bytes range, bool standard, uint64_t size,
				 uint64_t *first, uint64_t *count)
{
	static const char unit[] = "bytes=";
	uint64_t last = UINT64_MAX;
	bool open;

	if (range.len < sizeof unit || memcmp(range.at, unit, sizeof unit - 1) != 0)
		return OTS_OSS_RANGE_WHOLE;
	range.at += sizeof unit - 1;
	range.len -= sizeof unit - 1;
	if (range.at[0] == '-')
		return last_bytes(range, standard, size, first, count);
	if (!take_number(&range, first) || range.len == 0 || range.at[0] != '-')
		return OTS_OSS_RANGE_WHOLE;
	range.at++;
	range.len--;
	open = !take_number(&range, &last);
	if (range.len > 0) /* several ranges: the help pages disagree, none is served */
		return range.at[0] == ',' ? beyond(standard) : OTS_OSS_RANGE_WHOLE;
	if (!open && last < *first)
		return OTS_OSS_RANGE_WHOLE;
	if (*first >= size)
		return beyond(standard);
	if (open || last >= size) {
		if (!open && !standard)
			return OTS_OSS_RANGE_WHOLE;
		last = size - 1;
	}
	*count = last - *first + 1;
	return OTS_OSS_RANGE_PART;
}
