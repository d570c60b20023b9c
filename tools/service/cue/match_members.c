#include "members.h"

#define NAME_MAX_BYTES 1024 /* an object's key has at most 1023 */

static enum ots_status read_rows(struct ots_cue_reader *reader, const struct ots_cue_field *field,
				 enum ots_json_token first, const struct ots_json_text *text,
				 void *base)
{
	struct ots_cue_match *match = base;
	struct ots_json_text element = *text;
	bool any = false;

	if (first != OTS_JSON_ARRAY)
		return ots_cue_field_wrong(reader, "match.", field->name, field->expected, first,
					   text);
	for (;; any = true) { /* ends: each turn takes an element of the line, or returns */
		const enum ots_json_token token = ots_json_next(&reader->json, &element);
		int64_t row;

		if (token == OTS_JSON_ARRAY_END && any)
			return OTS_OK;
		if (!ots_cue_take_integer(token, &element, 0, OTS_CUE_ROWS_MAX - 1, &row))
			return ots_cue_field_wrong(reader, "match.", field->name, field->expected,
						   token, &element);
		match->rows[row / 64] |= UINT64_C(1) << (row % 64);
	}
}

static const struct ots_cue_field fields[] = {
	{.name = "op",
	 .kind = OTS_CUE_FIELD_TEXT,
	 .bit = OTS_CUE_OP,
	 .target = offsetof(struct ots_cue_match, op),
	 .low = 1,
	 .high = NAME_MAX_BYTES},
	{.name = "table",
	 .kind = OTS_CUE_FIELD_TEXT,
	 .bit = OTS_CUE_TABLE,
	 .target = offsetof(struct ots_cue_match, table),
	 .low = 1,
	 .high = NAME_MAX_BYTES},
	{.name = "bucket",
	 .kind = OTS_CUE_FIELD_TEXT,
	 .bit = OTS_CUE_BUCKET,
	 .target = offsetof(struct ots_cue_match, bucket),
	 .low = 1,
	 .high = NAME_MAX_BYTES},
	{.name = "key",
	 .kind = OTS_CUE_FIELD_TEXT,
	 .bit = OTS_CUE_KEY,
	 .target = offsetof(struct ots_cue_match, key),
	 .low = 1,
	 .high = NAME_MAX_BYTES},
	{.name = "nth",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_NTH,
	 .target = offsetof(struct ots_cue_match, nth),
	 .low = 1,
	 .high = INT64_MAX},
	{.name = "every",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = OTS_CUE_EVERY,
	 .target = offsetof(struct ots_cue_match, every),
	 .low = 1,
	 .high = INT64_MAX},
	{.name = "rows",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = OTS_CUE_ROWS,
	 .expected = "a list of one or more whole numbers from 0 to 199",
	 .read = read_rows},
	{.name = "chance",
	 .kind = OTS_CUE_FIELD_REAL,
	 .bit = OTS_CUE_CHANCE,
	 .target = offsetof(struct ots_cue_match, chance),
	 .low = 0,
	 .high = 1},
};

static const struct ots_cue_fields members = {
	.where = "match.",
	.fields = fields,
	.count = sizeof fields / sizeof fields[0],
	.has = offsetof(struct ots_cue_match, has),
};

enum ots_status ots_cue_match_read(struct ots_cue_reader *reader, struct ots_cue_match *match)
{
	return ots_cue_fields_read(reader, &members, match);
}
