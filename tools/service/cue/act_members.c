#include "members.h"

#include <string.h>

#include <otsfs/base/bytes.h>

#define MS_MAX 86400000       /* a day */
#define SKEW_MAX_S 315360000  /* ten years */
#define RATE_MAX 1e9          /* rows a second */
#define TEXT_MAX_BYTES 1000   /* of a message: what one of the service holds */
#define BODY_MAX_BYTES 524288 /* half of the largest file */
#define CODE_MAX_BYTES 63
#define MOMENT_MAX_S 1e9

static enum ots_status wrong(struct ots_cue_reader *reader, const struct ots_cue_field *field,
			     enum ots_json_token found, const struct ots_json_text *text)
{
	return ots_cue_field_wrong(reader, "do.", field->name, field->expected, found, text);
}

/* A word as codes and states are: it can stand in a message, a header, a log as it is. */
static enum ots_status read_word(struct ots_cue_reader *reader, const struct ots_cue_field *field,
				 enum ots_json_token first, const struct ots_json_text *text,
				 void *base)
{
	struct ots_bytes *out = (void *)((uint8_t *)base + field->target);
	bool good = false;
	const enum ots_status status = ots_cue_take_text(reader, first, text, out, &good);

	if (status != OTS_OK)
		return status;
	if (good && out->len >= 1 && out->len <= CODE_MAX_BYTES &&
	    strspn((const char *)out->at,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == out->len)
		return OTS_OK;
	return wrong(reader, field, first, text);
}

/* `[seconds, rows_per_s]`, its OTS_JSON_ARRAY taken. */
static bool read_point(struct ots_cue_reader *reader, struct ots_cue_point *point,
		       enum ots_json_token *token, struct ots_json_text *text)
{
	*token = ots_json_next(&reader->json, text);
	if (!ots_cue_take_real(*token, text, 0, MOMENT_MAX_S, &point->second))
		return false;
	*token = ots_json_next(&reader->json, text);
	if (!ots_cue_take_real(*token, text, 0, RATE_MAX, &point->rows_per_s))
		return false;
	*token = ots_json_next(&reader->json, text);
	return *token == OTS_JSON_ARRAY_END;
}

/* How many elements the list at hand has, without taking any. */
static size_t count_elements(const struct ots_cue_reader *reader)
{
	struct ots_json ahead = reader->json;
	size_t count = 0;

	for (;; count++) { /* ends: each turn takes an element of the line, or returns */
		const enum ots_json_token first = ots_json_next(&ahead, NULL);

		if (first == OTS_JSON_ARRAY_END ||
		    ots_json_skip_from(&ahead, first) != OTS_JSON_NULL)
			return count;
	}
}

static enum ots_status read_trace(struct ots_cue_reader *reader, const struct ots_cue_field *field,
				  enum ots_json_token first, const struct ots_json_text *text,
				  void *base)
{
	struct ots_cue_act *act = base;
	struct ots_json_text element = *text;
	struct ots_cue_point *points;
	size_t count;

	if (first != OTS_JSON_ARRAY)
		return wrong(reader, field, first, text);
	count = count_elements(reader);
	if (count > OTS_CUE_POINTS_MAX)
		return ots_fail_at(reader->err, OTS_USAGE, reader->line, 0,
				   "do.capacity: %zu points, above the limit of %zu", count,
				   OTS_CUE_POINTS_MAX);
	points = ots_arena_alloc(reader->arena, count * sizeof *points);
	if (points == NULL)
		return ots_fail(reader->err, OTS_NO_MEMORY, "points of a trace");
	for (size_t i = 0;; i++) { /* ends: no more turns than elements */
		enum ots_json_token token = ots_json_next(&reader->json, &element);

		if (token == OTS_JSON_ARRAY_END && i > 0) {
			act->points = points;
			act->point_count = i;
			return OTS_OK;
		}
		if (i == count || token != OTS_JSON_ARRAY ||
		    !read_point(reader, &points[i], &token, &element) ||
		    (i > 0 && points[i].second <= points[i - 1].second))
			return wrong(reader, field, token, &element);
	}
}

static const struct ots_cue_field partition_fields[] = {
	{.name = "count",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_PARTITIONS,
	 .target = offsetof(struct ots_cue_act, partitions),
	 .low = 1,
	 .high = OTS_CUE_PARTITIONS_MAX},
	{.name = "hot",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_HOT,
	 .target = offsetof(struct ots_cue_act, hot),
	 .low = 0,
	 .high = OTS_CUE_PARTITIONS_MAX - 1},
};

static const struct ots_cue_fields partition_members = {
	.where = "do.partitions.",
	.fields = partition_fields,
	.count = sizeof partition_fields / sizeof partition_fields[0],
	.has = offsetof(struct ots_cue_act, has),
};

/* A number, with `hot` beside it, or `{"count":4,"hot":1}`. */
static enum ots_status read_partitions(struct ots_cue_reader *reader,
				       const struct ots_cue_field *field, enum ots_json_token first,
				       const struct ots_json_text *text, void *base)
{
	struct ots_cue_act *act = base;
	enum ots_status status;

	if (ots_cue_take_integer(first, text, 1, OTS_CUE_PARTITIONS_MAX, &act->partitions))
		return OTS_OK;
	if (first != OTS_JSON_OBJECT)
		return wrong(reader, field, first, text);
	status = ots_cue_fields_read(reader, &partition_members, act);
	if (status == OTS_OK && act->partitions == 0)
		return wrong(reader, field, first, text);
	return status;
}

static bool is_header_name(struct ots_bytes name)
{
	return name.len >= 1 && name.len <= 128 &&
	       strspn((const char *)name.at,
		      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
		       name.len;
}

/* No control byte: it would end the header. */
static bool is_header_value(struct ots_bytes value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] < ' ' || value.at[i] == 0x7f)
			return false;
	return value.len <= 4096;
}

static enum ots_status read_headers(struct ots_cue_reader *reader,
				    const struct ots_cue_field *field, enum ots_json_token first,
				    const struct ots_json_text *text, void *base)
{
	struct ots_cue_act *act = base;
	struct ots_cue_header *headers;

	if (first != OTS_JSON_OBJECT)
		return wrong(reader, field, first, text);
	headers = ots_arena_alloc(reader->arena, OTS_CUE_HEADERS_MAX * sizeof *headers);
	if (headers == NULL)
		return ots_fail(reader->err, OTS_NO_MEMORY, "headers");
	for (size_t i = 0;; i++) { /* ends: no more turns than headers are allowed */
		struct ots_json_text name, value = {.len = 0};
		const enum ots_json_token token = ots_json_next(&reader->json, &name);
		bool good_name = false, good_value = false;
		enum ots_json_token found;
		enum ots_status status;

		if (token == OTS_JSON_OBJECT_END && i > 0) {
			act->headers = headers;
			act->header_count = i;
			return OTS_OK;
		}
		if (i == OTS_CUE_HEADERS_MAX || token != OTS_JSON_NAME)
			return wrong(reader, field, token, &name);
		found = ots_json_next(&reader->json, &value);
		status = ots_cue_take_text(reader, OTS_JSON_STRING, &name, &headers[i].name,
					   &good_name);
		if (status == OTS_OK)
			status = ots_cue_take_text(reader, found, &value, &headers[i].value,
						   &good_value);
		if (status != OTS_OK)
			return status;
		if (!good_name || !good_value || !is_header_name(headers[i].name) ||
		    !is_header_value(headers[i].value))
			return wrong(reader, field, found, &value);
	}
}

/* `true`: at once. */
static enum ots_status read_drop_idle(struct ots_cue_reader *reader,
				      const struct ots_cue_field *field, enum ots_json_token first,
				      const struct ots_json_text *text, void *base)
{
	struct ots_cue_act *act = base;

	if (first == OTS_JSON_TRUE ||
	    ots_cue_take_integer(first, text, 0, MS_MAX, &act->drop_idle_ms))
		return OTS_OK;
	return wrong(reader, field, first, text);
}

static const struct ots_cue_field fields[] = {
	{.name = "error",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = OTS_CUE_ERROR,
	 .target = offsetof(struct ots_cue_act, error),
	 .expected = "a code of 1 to 63 letters and digits",
	 .read = read_word},
	{.name = "status",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_STATUS,
	 .target = offsetof(struct ots_cue_act, status),
	 .low = 200,
	 .high = 599},
	{.name = "message",
	 .kind = OTS_CUE_FIELD_TEXT,
	 .bit = OTS_CUE_MESSAGE,
	 .target = offsetof(struct ots_cue_act, message),
	 .low = 0,
	 .high = TEXT_MAX_BYTES},
	{.name = "latency_ms",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_LATENCY_MS,
	 .target = offsetof(struct ots_cue_act, latency_ms),
	 .low = 0,
	 .high = MS_MAX},
	{.name = "reset_after_bytes",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_RESET_AFTER_BYTES,
	 .target = offsetof(struct ots_cue_act, reset_after_bytes),
	 .low = 0,
	 .high = INT64_MAX},
	{.name = "truncate_body",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_TRUNCATE_BODY,
	 .target = offsetof(struct ots_cue_act, truncate_body),
	 .low = 0,
	 .high = INT64_MAX},
	{.name = "corrupt_byte",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_CORRUPT_BYTE,
	 .target = offsetof(struct ots_cue_act, corrupt_byte),
	 .low = 0,
	 .high = INT64_MAX},
	{.name = "bad_md5", .kind = OTS_CUE_FIELD_FLAG, .bit = OTS_CUE_BAD_MD5},
	{.name = "clock_skew_s",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_CLOCK_SKEW_S,
	 .target = offsetof(struct ots_cue_act, clock_skew_s),
	 .low = -SKEW_MAX_S,
	 .high = SKEW_MAX_S},
	{.name = "lose_reply", .kind = OTS_CUE_FIELD_FLAG, .bit = OTS_CUE_LOSE_REPLY},
	{.name = "bad_signature", .kind = OTS_CUE_FIELD_FLAG, .bit = OTS_CUE_BAD_SIGNATURE},
	{.name = "capacity",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = OTS_CUE_CAPACITY,
	 .expected = "a list of points [second, rows_per_s], ascending by second",
	 .read = read_trace},
	{.name = "partitions",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = OTS_CUE_PARTITIONS,
	 .expected = "a whole number from 1 to 1000, or an object with a count and a hot",
	 .read = read_partitions},
	{.name = "hot",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_HOT,
	 .target = offsetof(struct ots_cue_act, hot),
	 .low = 0,
	 .high = OTS_CUE_PARTITIONS_MAX - 1},
	{.name = "body",
	 .kind = OTS_CUE_FIELD_BYTES,
	 .bit = OTS_CUE_BODY,
	 .target = offsetof(struct ots_cue_act, body),
	 .low = 0,
	 .high = BODY_MAX_BYTES},
	{.name = "headers",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = OTS_CUE_HEADERS,
	 .expected = "an object of 1 to 32 headers and their texts",
	 .read = read_headers},
	{.name = "ignore_range", .kind = OTS_CUE_FIELD_FLAG, .bit = OTS_CUE_IGNORE_RANGE},
	{.name = "change_etag", .kind = OTS_CUE_FIELD_FLAG, .bit = OTS_CUE_CHANGE_ETAG},
	{.name = "wrong_crc", .kind = OTS_CUE_FIELD_FLAG, .bit = OTS_CUE_WRONG_CRC},
	{.name = "page_keys",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_PAGE_KEYS,
	 .target = offsetof(struct ots_cue_act, page_keys),
	 .low = 0,
	 .high = 1000},
	{.name = "repeat_token", .kind = OTS_CUE_FIELD_FLAG, .bit = OTS_CUE_REPEAT_TOKEN},
	{.name = "stall_ms",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_STALL_MS,
	 .target = offsetof(struct ots_cue_act, stall_ms),
	 .low = 0,
	 .high = MS_MAX},
	{.name = "drop_idle",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = OTS_CUE_DROP_IDLE,
	 .expected = "true, or a whole number of milliseconds",
	 .read = read_drop_idle},
	{.name = "no_x_oss_err", .kind = OTS_CUE_FIELD_FLAG, .bit = OTS_CUE_NO_X_OSS_ERR},
	{.name = "object_state",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = OTS_CUE_OBJECT_STATE,
	 .target = offsetof(struct ots_cue_act, object_state),
	 .expected = "a word",
	 .read = read_word},
	{.name = "restore_ms",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_RESTORE_MS,
	 .target = offsetof(struct ots_cue_act, restore_ms),
	 .low = 0,
	 .high = MS_MAX},
};

static const struct ots_cue_fields members = {
	.where = "do.",
	.fields = fields,
	.count = sizeof fields / sizeof fields[0],
	.has = offsetof(struct ots_cue_act, has),
};

enum ots_status ots_cue_act_read(struct ots_cue_reader *reader, struct ots_cue_act *act)
{
	return ots_cue_fields_read(reader, &members, act);
}
