#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_FOLDER "/usr/share/zoneinfo/"
#define ZONE_NAME_MAX_BYTES 64
/* The largest file of the 2024 database has 3.6 KB. */
#define ZONE_FILE_MAX_BYTES ((size_t)256 * 1024)
#define OFFSET_MAX_S (26 * 3600) /* RFC 8536, section 3.2: between -25 and 26 hours */

void ots_zone_release(struct ots_zone *zone)
{
	free(zone->at);
	free(zone->offset);
	*zone = (struct ots_zone){0};
}

/* Header of one block of a zone file. Source: RFC 8536, section 3.1. */
struct block {
	uint8_t version;
	uint32_t isut_count, isstd_count, leap_count, time_count, type_count, char_count;
};

static bool take_u32be(struct ots_cursor *in, uint32_t *out)
{
	struct ots_cursor v;

	if (!ots_take(in, 4, &v))
		return false;
	*out = (uint32_t)v.at[0] << 24 | (uint32_t)v.at[1] << 16 | (uint32_t)v.at[2] << 8 |
	       (uint32_t)v.at[3];
	return true;
}

static bool take_time(struct ots_cursor *in, size_t width, int64_t *out)
{
	uint32_t high = 0, low;

	if (width == 8 && !take_u32be(in, &high))
		return false;
	if (!take_u32be(in, &low))
		return false;
	*out = width == 8 ? (int64_t)((uint64_t)high << 32 | low) : (int64_t)(int32_t)low;
	return true;
}

static bool take_header(struct ots_cursor *in, struct block *block)
{
	struct ots_cursor magic, reserved;

	return ots_take(in, 4, &magic) && memcmp(magic.at, "TZif", 4) == 0 &&
	       ots_u8(in, &block->version) && ots_take(in, 15, &reserved) &&
	       take_u32be(in, &block->isut_count) && take_u32be(in, &block->isstd_count) &&
	       take_u32be(in, &block->leap_count) && take_u32be(in, &block->time_count) &&
	       take_u32be(in, &block->type_count) && take_u32be(in, &block->char_count);
}

/* Take @p count pieces of @p width bytes; counts have 32 bits, so that the product fits. */
static bool take_run(struct ots_cursor *in, uint32_t count, size_t width, struct ots_cursor *out)
{
	const uint64_t size = (uint64_t)count * width;

	return size <= in->left && ots_take(in, (size_t)size, out);
}

static bool skip_block(struct ots_cursor *in, const struct block *block, size_t width)
{
	struct ots_cursor skipped;

	return take_run(in, block->time_count, width + 1, &skipped) &&
	       take_run(in, block->type_count, 6, &skipped) &&
	       take_run(in, block->char_count, 1, &skipped) &&
	       take_run(in, block->leap_count, width + 4, &skipped) &&
	       take_run(in, block->isstd_count, 1, &skipped) &&
	       take_run(in, block->isut_count, 1, &skipped);
}

static bool type_offset(struct ots_cursor types, size_t index, int32_t *out)
{
	struct ots_cursor before, record;
	uint32_t raw;

	if (!ots_take(&types, index * 6, &before) || !ots_take(&types, 6, &record) ||
	    !take_u32be(&record, &raw))
		return false;
	*out = (int32_t)raw;
	return *out > -OFFSET_MAX_S && *out < OFFSET_MAX_S;
}

/* Times, then the type of each, then what a type means. */
static enum ots_status read_block(struct ots_cursor *in, const struct block *block, size_t width,
				  struct ots_zone *zone, struct ots_error *err)
{
	struct ots_cursor times, indexes, types, rest;

	if (!take_run(in, block->time_count, width, &times) ||
	    !take_run(in, block->time_count, 1, &indexes) ||
	    !take_run(in, block->type_count, 6, &types) ||
	    !take_run(in, block->char_count, 1, &rest) ||
	    !take_run(in, block->leap_count, width + 4, &rest) ||
	    !take_run(in, block->isstd_count, 1, &rest) ||
	    !take_run(in, block->isut_count, 1, &rest))
		return ots_fail(err, OTS_CORRUPT, "zone file cut short at byte %llu",
				(unsigned long long)in->offset);
	if (block->leap_count > 0)
		return ots_fail(err, OTS_CORRUPT, "zone file counts leap seconds");
	if (!type_offset(types, 0, &zone->first_offset))
		return ots_fail(err, OTS_CORRUPT, "zone file has no valid first type");
	zone->at = calloc((size_t)block->time_count + 1, sizeof *zone->at);
	zone->offset = calloc((size_t)block->time_count + 1, sizeof *zone->offset);
	if (zone->at == NULL || zone->offset == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "zone of %u transitions", block->time_count);
	for (size_t i = 0; i < block->time_count; i++) {
		uint8_t type;

		if (!take_time(&times, width, &zone->at[i]) || !ots_u8(&indexes, &type) ||
		    type >= block->type_count || !type_offset(types, type, &zone->offset[i]) ||
		    (i > 0 && zone->at[i] <= zone->at[i - 1]))
			return ots_fail(err, OTS_CORRUPT, "zone file has a bad transition %zu", i);
		zone->count = i + 1;
	}
	return OTS_OK;
}

/* Behind the second block: a line feed, the rule, a line feed. An empty rule is none. */
static bool read_footer(struct ots_cursor *in, struct ots_zone *zone)
{
	struct ots_cursor feed, text;
	const uint8_t *end;

	if (!ots_take(in, 1, &feed) || feed.at[0] != '\n' || in->left == 0)
		return false;
	end = memchr(in->at, '\n', in->left);
	if (end == NULL || !ots_take(in, (size_t)(end - in->at), &text))
		return false;
	zone->has_rule = text.left > 0;
	return text.left == 0 ||
	       ots_zone_rule_parse((struct ots_bytes){text.at, text.left}, &zone->rule);
}

enum ots_status ots_zone_parse(struct ots_bytes file, struct ots_zone *zone, struct ots_error *err)
{
	struct ots_cursor in = {file.at, file.len, 0};
	struct ots_zone read = {0};
	struct block block;
	enum ots_status status;

	if (!take_header(&in, &block))
		return ots_fail(err, OTS_CORRUPT, "no header of a zone file");
	if (block.version < '2') {
		status = read_block(&in, &block, 4, &read, err);
	} else {
		if (!skip_block(&in, &block, 4) || !take_header(&in, &block))
			return ots_fail(err, OTS_CORRUPT, "zone file cut short at byte %llu",
					(unsigned long long)in.offset);
		status = read_block(&in, &block, 8, &read, err);
		if (status == OTS_OK && !read_footer(&in, &read))
			status = ots_fail(err, OTS_CORRUPT,
					  "zone file has no valid rule at its end");
	}
	if (status == OTS_OK)
		*zone = read;
	else
		ots_zone_release(&read);
	return status;
}

static bool two_digits(const char *text, int32_t max, int32_t *out)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*out = (text[0] - '0') * 10 + (text[1] - '0');
	return *out <= max;
}

/* `±HH:MM` */
static bool fixed_offset(const char *name, int32_t *out)
{
	int32_t hours, minutes;

	if ((name[0] != '+' && name[0] != '-') || strlen(name) != 6 || name[3] != ':' ||
	    !two_digits(name + 1, 23, &hours) || !two_digits(name + 4, 59, &minutes))
		return false;
	*out = (hours * 60 + minutes) * 60;
	if (name[0] == '-')
		*out = -*out;
	return true;
}

/* Letters, digits, `_`, `+`, `-` and single inner slashes: no dot, so that no name leaves the
 * folder of zones. */
static bool is_zone_name(const char *name)
{
	const size_t len = strlen(name);

	if (len == 0 || len > ZONE_NAME_MAX_BYTES || name[0] == '/' || name[len - 1] == '/')
		return false;
	for (size_t i = 0; i < len; i++) {
		const char c = name[i];
		const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && strchr("_+-/", c) == NULL)
			return false;
		if (c == '/' && name[i + 1] == '/')
			return false;
	}
	return true;
}

static enum ots_status read_zone_file(const char *name, struct ots_zone *zone,
				      struct ots_error *err)
{
	char path[sizeof ZONE_FOLDER + ZONE_NAME_MAX_BYTES];
	uint8_t *bytes = NULL;
	size_t len;
	FILE *file;
	enum ots_status status;

	(void)snprintf(path, sizeof path, ZONE_FOLDER "%s", name);
	file = fopen(path, "rbe");
	if (file == NULL)
		return ots_fail(err, OTS_USAGE,
				"time zone \"%s\": not in " ZONE_FOLDER
				"; UTC, +08:00 or a name such as Asia/Shanghai is expected",
				name);
	bytes = malloc(ZONE_FILE_MAX_BYTES + 1);
	if (bytes == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "time zone \"%s\"", name);
		goto out;
	}
	len = fread(bytes, 1, ZONE_FILE_MAX_BYTES + 1, file);
	if (ferror(file) || len == 0 || len > ZONE_FILE_MAX_BYTES) {
		status = ots_fail(err, OTS_USAGE, "time zone \"%s\": %s is not a zone file", name,
				  path);
		goto out;
	}
	status = ots_zone_parse((struct ots_bytes){bytes, len}, zone, err);
	if (status != OTS_OK)
		status = ots_context(err, "time zone \"%s\"", name);
out:
	free(bytes);
	(void)fclose(file);
	return status;
}

enum ots_status ots_zone_open(const char *name, struct ots_zone *zone, struct ots_error *err)
{
	int32_t offset = 0;

	if (name == NULL || strcmp(name, "UTC") == 0 || fixed_offset(name, &offset)) {
		*zone = (struct ots_zone){.first_offset = offset};
		return OTS_OK;
	}
	if (!is_zone_name(name))
		return ots_fail(err, OTS_USAGE,
				"time zone \"%.80s\": UTC, +08:00 or a name such as Asia/Shanghai "
				"is expected",
				name);
	return read_zone_file(name, zone, err);
}

int32_t ots_zone_offset_at(const struct ots_zone *zone, int64_t utc_s)
{
	size_t low = 0, high = zone->count;

	while (low < high) { /* ends: the range halves */
		const size_t middle = low + (high - low) / 2;

		if (zone->at[middle] <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == zone->count && zone->has_rule)
		return ots_zone_rule_offset_at(&zone->rule, utc_s);
	return low == 0 ? zone->first_offset : zone->offset[low - 1];
}

int64_t ots_zone_to_utc(const struct ots_zone *zone, int64_t local_s)
{
	/* No zone turns its clocks twice within two days. */
	const int32_t before = ots_zone_offset_at(zone, local_s - 86400);
	const int32_t after = ots_zone_offset_at(zone, local_s + 86400);

	if (ots_zone_offset_at(zone, local_s - before) == before)
		return local_s - before;
	if (ots_zone_offset_at(zone, local_s - after) == after)
		return local_s - after;
	return local_s - before; /* inside a jump */
}
