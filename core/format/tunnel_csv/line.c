#include "field.h"

#include <string.h>

#include <otsfs/format/records.h>

static bool is_header(const struct ots_csv_record *csv)
{
	if (csv->field_count < TUNNEL_FIELDS_MIN)
		return false;
	for (size_t i = 0; i < TUNNEL_FIELDS_MIN; i++)
		if (!tunnel_same_word(tunnel_trim(&csv->fields[i]), tunnel_columns[i]))
			return false;
	return true;
}

static bool is_blank_line(const struct ots_csv_record *csv)
{
	return csv->field_count == 1 && !csv->fields[0].quoted &&
	       tunnel_trim(&csv->fields[0]).len == 0;
}

bool tunnel_header_has_sequence(struct ots_bytes bytes)
{
	struct ots_csv_field fields[TUNNEL_FIELDS_MAX];
	struct ots_csv_record csv = {.fields = fields, .field_limit = TUNNEL_FIELDS_MAX};

	return ots_csv_scan(bytes, true, &csv) == OTS_CSV_RECORD &&
	       csv.field_count == TUNNEL_FIELDS_MAX && is_header(&csv);
}

/* Bytes of the longest field of a record that is not whole yet. */
static size_t longest_field(struct ots_bytes bytes)
{
	const uint8_t *at = bytes.at;
	const uint8_t *const end = at + bytes.len;
	size_t longest = 0;

	while (at < end) { /* ends: each turn passes a byte at least */
		const uint8_t *const start = at;
		const uint8_t *comma;

		while (at < end && *start == '"') { /* ends: each turn passes a quote */
			at = memchr(at + 1, '"', (size_t)(end - at - 1));
			at = at == NULL ? end : at + 1;
			if (at == end || *at != '"')
				break;
		}
		comma = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
		at = comma == NULL ? end : comma;
		if ((size_t)(at - start) > longest)
			longest = (size_t)(at - start);
		at += at < end;
	}
	return longest;
}

static enum tunnel_result field_too_long(struct tunnel_decoder *d, const uint8_t *at, size_t len)
{
	(void)tunnel_refuse(d, OTS_LIMIT, at,
			    "a field of %zu bytes or more, expected at most %zu (the field limit)",
			    len, OTS_FIELD_MAX_BYTES);
	return TUNNEL_FAILED;
}

/* A field of bare JSON that its first comma has split: univocity never writes that, people do.
 * @return NULL when there is none */
static const struct ots_csv_field *split_json(const struct ots_csv_record *csv)
{
	const size_t count =
		csv->field_count < TUNNEL_FIELDS_MAX ? csv->field_count : TUNNEL_FIELDS_MAX;

	for (size_t i = 2; i < count && i < TUNNEL_FIELDS_MIN; i++) {
		const struct ots_csv_field *const field = &csv->fields[i];
		struct ots_json json;

		if (field->quoted || field->len == 0 ||
		    (field->at[0] != '[' && field->at[0] != '{'))
			continue;
		ots_json_init(&json, field->at, field->len,
			      (struct ots_json_options){.nonfinite = true,
							.depth_limit = TUNNEL_DEPTH_MAX});
		if (ots_json_skip(&json) == OTS_JSON_SHORT)
			return field;
	}
	return NULL;
}

static enum ots_status refuse_split(struct tunnel_decoder *d, const struct ots_csv_field *field)
{
	d->field = NULL;
	return tunnel_refuse(d, OTS_CORRUPT, field->at,
			     "expected 4 or 5 fields, found JSON that stands bare and is split at "
			     "its commas: it must be quoted");
}

/* The bytes end inside the record. */
static enum tunnel_result short_line(struct tunnel_decoder *d, struct ots_bytes bytes, bool at_end,
				     const struct ots_csv_record *csv)
{
	const struct ots_csv_field *split;

	if (csv->field_count < TUNNEL_FIELDS_MAX)
		d->field = tunnel_columns[csv->field_count];
	if (bytes.len > OTS_FIELD_MAX_BYTES && longest_field(bytes) > OTS_FIELD_MAX_BYTES + 2)
		return field_too_long(d, bytes.at, longest_field(bytes));
	if (!at_end)
		return TUNNEL_SHORT;
	split = split_json(csv);
	if (split != NULL) {
		(void)refuse_split(d, split);
		return TUNNEL_FAILED;
	}
	(void)tunnel_refuse(d, OTS_CORRUPT, bytes.at + bytes.len,
			    "expected the rest of the record, found the object's end");
	return TUNNEL_FAILED;
}

static enum ots_status check_count(struct tunnel_decoder *d, const struct ots_csv_record *csv)
{
	const struct ots_csv_field *const last =
		&csv->fields[csv->field_count < TUNNEL_FIELDS_MAX ? csv->field_count - 1
								  : TUNNEL_FIELDS_MAX - 1];
	const uint8_t *const end = last->at + last->len;
	const size_t want = d->sequence_column ? TUNNEL_FIELDS_MAX : TUNNEL_FIELDS_MIN;
	const struct ots_csv_field *split;

	d->field = NULL;
	split = csv->field_count > TUNNEL_FIELDS_MAX ? split_json(csv) : NULL;
	if (split != NULL)
		return refuse_split(d, split);
	if (csv->field_count > TUNNEL_FIELDS_MAX)
		return tunnel_refuse(d, OTS_CORRUPT, end, "expected 4 or 5 fields, found %zu",
				     csv->field_count);
	if (csv->ended_by_line && csv->field_count < TUNNEL_FIELDS_MIN)
		return tunnel_refuse(d, OTS_CORRUPT, end, "expected 4 or 5 fields, found %zu",
				     csv->field_count);
	/* Without its line end a record counts where what is there cannot be the front of more. */
	if (!csv->ended_by_line && (csv->field_count < want || (last->len == 0 && !last->quoted)))
		return tunnel_refuse(
			d, OTS_CORRUPT, end,
			"expected the rest of the record, found the object's end after "
			"%zu fields",
			csv->field_count);
	return OTS_OK;
}

static enum ots_status take_record(struct tunnel_decoder *d, const struct ots_csv_record *csv)
{
	const struct ots_csv_field *const fields = csv->fields;
	enum ots_status status = check_count(d, csv);

	if (status == OTS_OK)
		status = tunnel_take_time(d, &fields[0]);
	if (status == OTS_OK)
		status = tunnel_take_op(d, &fields[1]);
	if (status == OTS_OK)
		status = tunnel_take_json(d, csv, 2);
	if (status == OTS_OK && fields[3].len > 0)
		status = tunnel_take_json(d, csv, 3);
	if (status == OTS_OK && csv->field_count == TUNNEL_FIELDS_MAX)
		status = tunnel_take_sequence(d, &fields[4]);
	return status;
}

static enum tunnel_result bad_line(struct tunnel_decoder *d, struct ots_bytes bytes,
				   const struct ots_csv_record *csv)
{
	const size_t i = csv->field_count > 0 ? csv->field_count - 1 : 0;
	const struct ots_csv_field *const split = split_json(csv);

	if (split != NULL) {
		(void)refuse_split(d, split);
		return TUNNEL_FAILED;
	}
	d->field = i < TUNNEL_FIELDS_MAX ? tunnel_columns[i] : NULL;
	d->field_end = bytes.at + bytes.len;
	(void)tunnel_expected(d, OTS_CORRUPT, bytes.at + csv->used_bytes,
			      "a comma or the line's end behind the closing quote");
	return TUNNEL_FAILED;
}

enum tunnel_result tunnel_line(struct tunnel_decoder *d, struct ots_bytes bytes, bool at_end,
			       struct tunnel_used *used)
{
	struct ots_csv_field fields[TUNNEL_FIELDS_MAX];
	struct ots_csv_record csv = {.fields = fields, .field_limit = TUNNEL_FIELDS_MAX};
	const enum ots_csv_result result = ots_csv_scan(bytes, at_end, &csv);

	d->field = NULL;
	d->column = (struct ots_bytes){NULL, 0};
	if (result == OTS_CSV_SHORT)
		return short_line(d, bytes, at_end, &csv);
	if (result == OTS_CSV_BAD)
		return bad_line(d, bytes, &csv);
	*used = (struct tunnel_used){csv.used_bytes, csv.line_feeds};
	for (size_t i = 0; i < csv.field_count && i < TUNNEL_FIELDS_MAX; i++) {
		d->field = tunnel_columns[i];
		if (fields[i].len > OTS_FIELD_MAX_BYTES)
			return field_too_long(d, fields[i].at, fields[i].len);
	}
	/* A header cut off by the object's end is whole when its fourth name is; who cut it there
	 * cut no record. */
	if (is_blank_line(&csv) || is_header(&csv))
		return TUNNEL_PASSED;
	return take_record(d, &csv) == OTS_OK ? TUNNEL_RECORD : TUNNEL_FAILED;
}
