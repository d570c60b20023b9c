#include "fast.h"

#include <otsfs/format/records.h>
#include <otsfs/text/number.h>

/* The spelling of Gson's reflection over the SDK's classes, fields in the order of their
 * declaration. Source: backup-formats 1.5 B. A value comes before its type there, so it is kept as
 * it stands until the type says what it is. */

enum kind { KIND_NONE, KIND_TEXT, KIND_NUMBER, KIND_INTEGER, KIND_TRUE, KIND_FALSE };

struct boxed {
	enum kind kind;
	struct ots_json_text text; /* of TEXT; of NUMBER and INTEGER without escapes */
	struct ots_json_text raw;
	bool has_raw;
};

static bool is_hex(uint8_t byte)
{
	return (uint8_t)(byte - '0') < 10 || (uint8_t)((byte | 0x20) - 'a') < 6;
}

/* Whether the escapes of a text that nobody decodes are JSON's. */
static bool escapes_valid(const struct ots_json_text *text)
{
	const uint8_t *at = text->at;
	const uint8_t *const end = at + text->len;

	if (!text->escaped)
		return true;
	while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) { /* ends: passes an escape */
		if (end - at < 2 || at[1] == 0 || strchr("\"\\/bfnrtu", at[1]) == NULL)
			return false;
		if (at[1] == 'u' && (end - at < 6 || !is_hex(at[2]) || !is_hex(at[3]) ||
				     !is_hex(at[4]) || !is_hex(at[5])))
			return false;
		at += at[1] == 'u' ? 6 : 2;
	}
	return true;
}

static bool take_bare(struct in *in, struct boxed *box)
{
	struct ots_bytes text;
	bool integral;

	if (TAKE(in, "true")) {
		box->kind = KIND_TRUE;
		return true;
	}
	if (TAKE(in, "false")) {
		box->kind = KIND_FALSE;
		return true;
	}
	if (!tunnel_fast_number(in, &text, &integral))
		return false;
	box->kind = integral ? KIND_INTEGER : KIND_NUMBER;
	box->text = (struct ots_json_text){text.at, text.len, false};
	return true;
}

/* Up to the member `type` and its opening quotes. */
static inline bool take_members(struct in *in, struct boxed *box)
{
	box->kind = KIND_NONE;
	box->has_raw = false;
	if (TAKE(in, "\"\"type\"\":\"\""))
		return true;
	if (TAKE(in, "\"\"value\"\":\"\"")) {
		box->kind = KIND_TEXT;
		if (!take_string(in, &box->text))
			return false;
	} else if (!TAKE(in, "\"\"value\"\":") || !take_bare(in, box)) {
		return false;
	}
	if (TAKE(in, ",\"\"type\"\":\"\""))
		return true;
	box->has_raw = true;
	return TAKE(in, ",\"\"rawData\"\":\"\"") && take_string(in, &box->raw) &&
	       TAKE(in, ",\"\"type\"\":\"\"");
}

/* rawData wins when it decodes; when it does not, the general way says what that means. */
static inline bool string_value(struct tunnel_decoder *d, const struct boxed *box,
				struct ots_bytes *out)
{
	if (box->kind != KIND_TEXT)
		return box->kind == KIND_NONE;
	if (!box->has_raw)
		return text_bytes(d, &box->text, out);
	return escapes_valid(&box->text) && tunnel_fast_base64(d, &box->raw, out);
}

static inline bool integer_value(const struct boxed *box, int64_t *out)
{
	return (box->kind == KIND_TEXT || box->kind == KIND_INTEGER) && !box->text.escaped &&
	       ots_parse_i64((struct ots_bytes){box->text.at, box->text.len}, out);
}

static bool double_value(const struct boxed *box, double *out)
{
	return (box->kind == KIND_NUMBER || box->kind == KIND_INTEGER) &&
	       ots_parse_double((struct ots_bytes){box->text.at, box->text.len}, out);
}

/* The value by the type that stands here; moves over the type. */
static inline bool take_typed(struct tunnel_decoder *d, struct in *in, const struct boxed *box,
			      struct ots_value *out)
{
	if (TAKE(in, "STRING\"\"")) {
		*out = (struct ots_value){.type = OTS_STRING};
		return string_value(d, box, &out->as.bytes);
	}
	if (box->has_raw)
		return false;
	if (TAKE(in, "INTEGER\"\"")) {
		out->type = OTS_INTEGER;
		return integer_value(box, &out->as.integer);
	}
	if (TAKE(in, "DOUBLE\"\"")) {
		out->type = OTS_DOUBLE;
		return double_value(box, &out->as.real);
	}
	if (TAKE(in, "BINARY\"\"")) {
		out->type = OTS_BINARY;
		return box->kind == KIND_TEXT && tunnel_fast_base64(d, &box->text, &out->as.bytes);
	}
	out->type = OTS_BOOLEAN;
	out->as.boolean = box->kind == KIND_TRUE;
	return TAKE(in, "BOOLEAN\"\"") && (box->kind == KIND_TRUE || box->kind == KIND_FALSE);
}

bool tunnel_fast_size(struct in *in)
{
	struct ots_bytes text;
	bool integral;

	if (TAKE(in, ",\"\"dataSize\"\":-1"))
		return true;
	return !TAKE(in, ",\"\"dataSize\"\":") || tunnel_fast_number(in, &text, &integral);
}

bool tunnel_fast_box(struct tunnel_decoder *d, struct in *in, struct ots_value *out,
		     bool *has_value)
{
	struct boxed box;

	if (!take_members(in, &box) || !take_typed(d, in, &box, out))
		return false;
	*has_value = box.kind != KIND_NONE;
	return tunnel_fast_size(in) && TAKE(in, "}");
}

/* From behind `""timestamp"":{""name"":""Timestamp"",` to behind isSet. A value beside isSet false
 * means nothing. */
static inline bool take_stamp(struct in *in, struct ots_cell *cell)
{
	bool has_value = true;

	cell->version = 0;
	if (TAKE(in, "\"\"value\"\":\"\"")) {
		if (!take_digits(in, &cell->version) || !TAKE(in, "\"\","))
			return false;
	} else if (TAKE(in, "\"\"value\"\":")) {
		const uint8_t *const start = in->at;

		/* In JSON no number begins with a zero but zero. */
		if (!take_digits(in, &cell->version) || (*start == '0' && in->at - start > 1) ||
		    !TAKE(in, ","))
			return false;
	} else {
		has_value = false;
	}
	cell->has_version = TAKE(in, "\"\"isSet\"\":true");
	if (cell->has_version)
		return has_value;
	cell->version = 0;
	return TAKE(in, "\"\"isSet\"\":false");
}

/* A cell's action to behind its brace, and what the action asks of the rest. */
static bool take_action(struct tunnel_decoder *d, struct in *in, struct ots_cell *cell,
			bool has_value)
{
	if (TAKE(in, "PUT\"\"}")) {
		cell->action = OTS_CELL_PUT;
		return has_value && d->record->op != OTS_DELETE &&
		       (cell->has_version || d->record->ts_us == OTS_TS_BASE);
	}
	/* The type beside a delete is a leftover. */
	cell->value = (struct ots_value){.type = OTS_STRING};
	if (TAKE(in, "DELETE_ONE_VERSION\"\"}")) {
		cell->action = OTS_CELL_DELETE_VERSION;
		return cell->has_version;
	}
	cell->action = OTS_CELL_DELETE_ALL;
	cell->has_version = false;
	cell->version = 0;
	return TAKE(in, "DELETE_ALL_VERSION\"\"}");
}

bool tunnel_fast_boxed_cell(struct tunnel_decoder *d, struct in *in, struct ots_cell *cell)
{
	bool has_value;

	return take_name(d, in, &cell->name) && TAKE(in, ",\"\"value\"\":{") &&
	       tunnel_fast_box(d, in, &cell->value, &has_value) &&
	       TAKE(in, ",\"\"timestamp\"\":{\"\"name\"\":\"\"Timestamp\"\",") &&
	       take_stamp(in, cell) && TAKE(in, "}") && tunnel_fast_size(in) &&
	       TAKE(in, "},\"\"columnType\"\":\"\"") && take_action(d, in, cell, has_value);
}
