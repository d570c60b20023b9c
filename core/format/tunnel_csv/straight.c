#include "field.h"

#include <string.h>

#include <otsfs/format/records.h>

/* The general way first looks for the ends of the fields and then reads what is in them. Most lines
 * need no such look: the JSON of a quoted field ends by itself, and the quote behind it shows that
 * the field does too. Here each byte is read once. */

/* A field without a quote in front, up to the comma or the line's end; *at moves behind it. */
static struct ots_csv_field bare_field(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *const comma = memchr(*at, ',', (size_t)(end - *at));
	struct ots_csv_field field = {*at, (size_t)((comma == NULL ? end : comma) - *at), false};

	*at = comma == NULL ? end : comma;
	return field;
}

/* One of the JSON fields, from its first byte to behind its closing quote or its last byte. */
static bool json_field(struct tunnel_decoder *d, const uint8_t **at, const uint8_t *end, size_t i)
{
	const bool quoted = *at < end && **at == '"';
	struct ots_csv_field field = {*at + quoted, (size_t)(end - *at) - quoted, quoted};
	struct ots_json json;

	if (!quoted)
		field = bare_field(at, end);
	if (!quoted && field.len == 0)
		return i == 3; /* no columns */
	d->in_csv = quoted;
	d->field_end = field.at + field.len;
	ots_json_init(&json, field.at, field.len,
		      (struct ots_json_options){.in_csv = quoted,
						.nonfinite = true,
						.depth_limit = TUNNEL_DEPTH_MAX});
	if ((i == 2 ? tunnel_key(d, &json) : tunnel_cells(d, &json)) != OTS_OK ||
	    ots_json_next(&json, NULL) != OTS_JSON_END)
		return false;
	while (json.at < json.end && tunnel_is_blank(*json.at))
		json.at++;
	if (!quoted)
		return json.at == json.end;
	if (json.at == json.end || *json.at != '"')
		return false;
	for (json.at++; json.at < end && tunnel_is_blank(*json.at);)
		json.at++;
	*at = json.at;
	return true;
}

static bool comma(const uint8_t **at, const uint8_t *end)
{
	const bool is = *at < end && **at == ',';

	*at += is;
	return is;
}

static bool take_fields(struct tunnel_decoder *d, const uint8_t *at, const uint8_t *end)
{
	struct ots_csv_field field = bare_field(&at, end);

	if (tunnel_take_time(d, &field) != OTS_OK || !comma(&at, end))
		return false;
	field = bare_field(&at, end);
	if (tunnel_take_op(d, &field) != OTS_OK || !comma(&at, end) ||
	    !json_field(d, &at, end, 2) || !comma(&at, end) || !json_field(d, &at, end, 3))
		return false;
	if (at == end)
		return true;
	if (!comma(&at, end))
		return false;
	field = bare_field(&at, end);
	return at == end && tunnel_take_sequence(d, &field) == OTS_OK;
}

size_t tunnel_straight(struct tunnel_decoder *d, struct ots_bytes bytes)
{
	const uint8_t *const lf = bytes.len == 0 ? NULL : memchr(bytes.at, '\n', bytes.len);
	struct ots_error *const err = d->err;
	const uint8_t *end = lf;
	bool taken;

	/* A longer line may have a field above the limit, which the general way measures. */
	if (lf == NULL || (size_t)(lf - bytes.at) > OTS_FIELD_MAX_BYTES)
		return 0;
	end -= lf > bytes.at && lf[-1] == '\r';
	d->err = NULL; /* what is refused here is explained by the general way */
	d->column = (struct ots_bytes){NULL, 0};
	taken = take_fields(d, bytes.at, end);
	d->err = err;
	return taken ? (size_t)(lf - bytes.at) + 1 : 0;
}
