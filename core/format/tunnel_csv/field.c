#include "field.h"

#include <inttypes.h>
#include <string.h>

#include <otsfs/text/number.h>

/* Digits of epoch, time and row index. Source: backup-formats 2.3. */
#define SEQUENCE_EPOCH 10
#define SEQUENCE_TIME 20
#define SEQUENCE_ROW 10
#define SEQUENCE_BYTES (SEQUENCE_EPOCH + 1 + SEQUENCE_TIME + 1 + SEQUENCE_ROW)

const char *const tunnel_columns[TUNNEL_FIELDS_MAX] = {"TimeStamp", "RecordType", "PrimaryKey",
						       "RecordColumns", "SequenceInfo"};

struct ots_bytes tunnel_trim(const struct ots_csv_field *field)
{
	struct ots_bytes text = {field->at, field->len};

	while (text.len > 0 && tunnel_is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && tunnel_is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

bool tunnel_same_word(struct ots_bytes text, const char *word)
{
	if (text.len != strlen(word))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (lower(text.at[i]) != lower((uint8_t)word[i]))
			return false;
	return true;
}

enum ots_status tunnel_take_time(struct tunnel_decoder *d, const struct ots_csv_field *field)
{
	const struct ots_bytes text = tunnel_trim(field);

	d->field = tunnel_columns[0];
	d->field_end = field->at + field->len;
	if (text.len > 0 && text.len <= 19 && text.at[0] >= '0' && text.at[0] <= '9' &&
	    ots_parse_i64(text, &d->record->ts_us))
		return OTS_OK;
	return tunnel_expected(d, OTS_CORRUPT, text.at, "1 to 19 digits within 64 bits");
}

enum ots_status tunnel_take_op(struct tunnel_decoder *d, const struct ots_csv_field *field)
{
	static const enum ots_op ops[] = {OTS_PUT, OTS_UPDATE, OTS_DELETE};
	const struct ots_bytes text = tunnel_trim(field);

	d->field = tunnel_columns[1];
	d->field_end = field->at + field->len;
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		if (tunnel_same_word(text, ots_op_word(ops[i]))) {
			d->record->op = ops[i];
			return OTS_OK;
		}
	}
	return tunnel_expected(d, OTS_CORRUPT, text.at, "PUT, UPDATE or DELETE");
}

enum ots_status tunnel_take_json(struct tunnel_decoder *d, const struct ots_csv_record *csv,
				 size_t i)
{
	const struct ots_csv_field *const field = &csv->fields[i];
	const bool last = i + 1 == csv->field_count;
	struct ots_json json;
	enum ots_json_token token;
	enum ots_status status;

	d->field = tunnel_columns[i];
	d->field_end = field->at + field->len;
	d->in_csv = field->quoted;
	d->split = !field->quoted && field->len > 0 && (!last || csv->ended_by_line);
	ots_json_init(&json, field->at, field->len,
		      (struct ots_json_options){.in_csv = field->quoted,
						.nonfinite = true,
						.depth_limit = TUNNEL_DEPTH_MAX});
	status = i == 2 ? tunnel_key(d, &json) : tunnel_cells(d, &json);
	if (status != OTS_OK)
		return status;
	token = ots_json_next(&json, NULL);
	if (token != OTS_JSON_END)
		return tunnel_json_fail(d, &json, token);
	while (json.at < d->field_end && tunnel_is_blank(*json.at))
		json.at++;
	if (json.at < d->field_end)
		return tunnel_expected(d, OTS_CORRUPT, json.at, "the field's end");
	return OTS_OK;
}

static bool sequence_part(struct ots_bytes text, size_t at, size_t len, int64_t *out)
{
	const struct ots_bytes part = {text.at + at, len};
	uint64_t n;

	if (!ots_parse_u64(part, &n) || n > INT64_MAX)
		return false;
	*out = (int64_t)n;
	return true;
}

enum ots_status tunnel_take_sequence(struct tunnel_decoder *d, const struct ots_csv_field *field)
{
	const struct ots_bytes text = tunnel_trim(field);
	struct ots_record *const record = d->record;
	int64_t ts_us;

	d->field = tunnel_columns[4];
	d->field_end = field->at + field->len;
	if (text.len == 0)
		return OTS_OK;
	if (text.len != SEQUENCE_BYTES || text.at[SEQUENCE_EPOCH] != '_' ||
	    text.at[SEQUENCE_EPOCH + 1 + SEQUENCE_TIME] != '_' ||
	    !sequence_part(text, 0, SEQUENCE_EPOCH, &record->epoch) ||
	    !sequence_part(text, SEQUENCE_EPOCH + 1, SEQUENCE_TIME, &ts_us) ||
	    !sequence_part(text, SEQUENCE_EPOCH + SEQUENCE_TIME + 2, SEQUENCE_ROW,
			   &record->row_index))
		return tunnel_expected(d, OTS_CORRUPT, text.at, "10, 20 and 10 digits joined by _");
	if (ts_us != record->ts_us)
		return tunnel_refuse(d, OTS_CORRUPT, text.at + SEQUENCE_EPOCH + 1,
				     "expected the time of TimeStamp, %" PRId64 ", found %" PRId64,
				     record->ts_us, ts_us);
	record->flags |= OTS_SEQUENCE;
	return OTS_OK;
}
