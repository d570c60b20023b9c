#include "jsonl_line.h"

#include <otsfs/base/bytes.h>
#include <otsfs/format/records.h>
#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>

#include "jsonl_emit.h"

enum ots_status ots_jsonl_string(struct ots_jsonl_line *l, const struct ots_json_text *text,
				 struct ots_bytes *out)
{
	bool no_memory;

	if (text->len > OTS_FIELD_MAX_BYTES)
		return ots_fail_at(l->err, OTS_LIMIT, l->place.line,
				   l->place.offset + (uint64_t)(text->at - l->text.at),
				   "%.*s: a string of %zu bytes, above the limit of %zu",
				   (int)l->object.len, (const char *)l->object.at, text->len,
				   OTS_FIELD_MAX_BYTES);
	if (ots_json_unescape(text, false, l->arena, out, &no_memory))
		return OTS_OK;
	return no_memory ? ots_jsonl_no_memory(l)
			 : ots_jsonl_expected(l, text->at, "a string of whole escapes");
}

bool ots_jsonl_integer(const struct ots_json_text *text, int64_t *out)
{
	const struct ots_bytes bytes = {text->at, text->len};
	double x;

	if (ots_parse_i64(bytes, out))
		return true;
	if (!ots_parse_double(bytes, &x) || x < -(double)OTS_SAFE_INTEGER ||
	    x > (double)OTS_SAFE_INTEGER || (double)(int64_t)x != x)
		return false;
	*out = (int64_t)x;
	return true;
}

/* INTEGER without point and exponent, else DOUBLE. */
static enum ots_status take_number(struct ots_jsonl_line *l, const struct ots_json_text *text,
				   struct ots_value *value, struct ots_jsonl_mark *mark)
{
	const struct ots_bytes bytes = {text->at, text->len};
	bool whole = true;

	value->type = OTS_INTEGER;
	if (ots_parse_i64(bytes, &value->as.integer))
		return OTS_OK;
	for (size_t i = 0; whole && i < text->len; i++)
		whole = text->at[i] == '-' || (text->at[i] >= '0' && text->at[i] <= '9');
	mark->beyond = whole;
	value->type = OTS_DOUBLE;
	if (!ots_parse_double(bytes, &value->as.real))
		return ots_jsonl_expected(l, text->at, "a number that fits 64 bits");
	return OTS_OK;
}

enum ots_status ots_jsonl_scalar(struct ots_jsonl_line *l, enum ots_json_token token,
				 const struct ots_json_text *text, const uint8_t *at,
				 struct ots_value *value, struct ots_jsonl_mark *mark)
{
	*mark = (struct ots_jsonl_mark){.at = at};
	if (token == OTS_JSON_STRING) {
		value->type = OTS_STRING;
		return ots_jsonl_string(l, text, &value->as.bytes);
	}
	if (token == OTS_JSON_NUMBER)
		return take_number(l, text, value, mark);
	if (token != OTS_JSON_TRUE && token != OTS_JSON_FALSE)
		return ots_jsonl_expected(
			l, at, "a string, a number, a boolean or an object such as {\"$bin\":…}");
	value->type = OTS_BOOLEAN;
	value->as.boolean = token == OTS_JSON_TRUE;
	return OTS_OK;
}

static enum ots_status take_base64(struct ots_jsonl_line *l, struct ots_bytes *out)
{
	struct ots_json_text text;
	struct ots_bytes encoded = {NULL, 0};
	enum ots_status status;
	uint8_t *bytes;

	status = ots_jsonl_take(l, OTS_JSON_STRING, &text, "a string of base64");
	if (status == OTS_OK)
		status = ots_jsonl_string(l, &text, &encoded);
	if (status != OTS_OK)
		return status;
	bytes = ots_arena_alloc(l->arena, encoded.len / 4 * 3 + 3);
	if (bytes == NULL)
		return ots_jsonl_no_memory(l);
	*out = (struct ots_bytes){bytes, 0};
	if (!ots_base64_decode(encoded, bytes, &out->len))
		return ots_jsonl_expected(l, text.at, "base64");
	return OTS_OK;
}

static bool is_hex16(struct ots_bytes text, uint64_t *out)
{
	uint64_t n = 0;

	if (text.len != 16)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t c = text.at[i] | 0x20;
		unsigned digit = c - '0';

		if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10U;
		else if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		n = n << 4 | digit;
	}
	*out = n;
	return true;
}

struct nonfinite {
	struct ots_bytes word; /* of `$dbl`; empty while not given */
	bool has_bits;
	uint64_t bits;
};

static bool nonfinite_value(const struct nonfinite *n, double *out)
{
	uint64_t bits = OTS_NAN_BITS;

	if (ots_bytes_are(n->word, "NaN")) {
		if (n->has_bits)
			bits = n->bits;
		if ((bits & INT64_MAX) <= UINT64_C(0x7ff0000000000000)) /* not a NaN */
			return false;
	} else if (n->has_bits) {
		return false;
	} else if (ots_bytes_are(n->word, "Infinity")) {
		bits = UINT64_C(0x7ff0000000000000);
	} else if (ots_bytes_are(n->word, "-Infinity")) {
		bits = UINT64_C(0xfff0000000000000);
	} else {
		return false;
	}
	memcpy(out, &bits, sizeof bits);
	return true;
}

/* `{"$dbl":"NaN","bits":"…"}` in either order, up to the closing bracket. */
static enum ots_status take_nonfinite(struct ots_jsonl_line *l, struct ots_bytes name,
				      const uint8_t *at, double *out)
{
	struct nonfinite n = {.word = {NULL, 0}};

	for (;;) { /* ends: each member may come once */
		const bool is_word = ots_bytes_are(name, "$dbl");
		enum ots_json_token token;
		struct ots_json_text text;
		struct ots_bytes string = {NULL, 0};
		const uint8_t *next_at;
		enum ots_status status;

		if (is_word ? n.word.at != NULL : n.has_bits || !ots_bytes_are(name, "bits"))
			return ots_jsonl_expected(l, at, "members $dbl and bits, once each");
		status = ots_jsonl_take(l, OTS_JSON_STRING, &text, "a string");
		if (status == OTS_OK)
			status = ots_jsonl_string(l, &text, &string);
		if (status != OTS_OK)
			return status;
		if (is_word)
			n.word = string;
		else if (is_hex16(string, &n.bits))
			n.has_bits = true;
		else
			return ots_jsonl_expected(l, text.at, "16 hex digits");
		status = ots_jsonl_next(l, &token, &text, &next_at);
		if (status != OTS_OK)
			return status;
		if (token == OTS_JSON_OBJECT_END)
			break;
		status = ots_jsonl_string(l, &text, &name);
		if (status != OTS_OK)
			return status;
		at = next_at;
	}
	if (!nonfinite_value(&n, out))
		return ots_jsonl_expected(l, at, "$dbl of NaN, Infinity or -Infinity");
	return OTS_OK;
}

enum ots_status ots_jsonl_value_object(struct ots_jsonl_line *l, struct ots_bytes name,
				       const uint8_t *at, struct ots_value *value,
				       struct ots_jsonl_mark *mark)
{
	const bool string = ots_bytes_are(name, "$str");
	enum ots_status status;

	*mark = (struct ots_jsonl_mark){.at = at};
	if (ots_bytes_are(name, "$dbl") || ots_bytes_are(name, "bits")) {
		value->type = OTS_DOUBLE;
		return take_nonfinite(l, name, at, &value->as.real);
	}
	if (!string && !ots_bytes_are(name, "$bin"))
		return ots_jsonl_expected(l, at, "a known form such as $bin, $dbl or $str");
	value->type = string ? OTS_STRING : OTS_BINARY;
	status = take_base64(l, &value->as.bytes);
	if (status != OTS_OK)
		return status;
	return ots_jsonl_take(l, OTS_JSON_OBJECT_END, NULL, "the end of the object");
}

enum ots_status ots_jsonl_value(struct ots_jsonl_line *l, struct ots_value *value,
				struct ots_jsonl_mark *mark)
{
	enum ots_json_token token;
	struct ots_json_text text;
	struct ots_bytes name = {NULL, 0};
	const uint8_t *at;
	enum ots_status status = ots_jsonl_next(l, &token, &text, &at);

	if (status != OTS_OK)
		return status;
	if (token != OTS_JSON_OBJECT)
		return ots_jsonl_scalar(l, token, &text, at, value, mark);
	status = ots_jsonl_take(l, OTS_JSON_NAME, &text, "a form such as $bin");
	if (status == OTS_OK)
		status = ots_jsonl_string(l, &text, &name);
	if (status != OTS_OK)
		return status;
	return ots_jsonl_value_object(l, name, text.at, value, mark);
}
