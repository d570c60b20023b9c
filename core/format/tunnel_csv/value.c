#include "decode.h"

#include <string.h>

#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>

/* Doubles hold every integer below this one, and no longer all from it on. */
#define EXACT_LIMIT INT64_C(9007199254740992)

static bool is_word(struct ots_bytes text, const char *word)
{
	return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

enum ots_status tunnel_text(struct tunnel_decoder *d, const struct tunnel_item *item,
			    struct ots_bytes *out)
{
	bool no_memory;

	if (ots_json_unescape(&item->text, d->in_csv, d->arena, out, &no_memory))
		return OTS_OK;
	if (no_memory)
		return tunnel_no_memory(d);
	return tunnel_expected(d, OTS_CORRUPT, item->at, "a string whose escapes are characters");
}

/* The text of a number or of a string; false for any other token. */
static bool has_text(const struct tunnel_item *item)
{
	return item->token == OTS_JSON_STRING || item->token == OTS_JSON_NUMBER ||
	       item->token == OTS_JSON_NONFINITE;
}

/* `7.0` and `7.0E0`: somebody went through a double; below 2^53 nothing was lost. */
static bool integral_double(struct ots_bytes text, int64_t *out)
{
	double x;

	if (!ots_parse_double(text, &x) || !(x > -(double)EXACT_LIMIT && x < (double)EXACT_LIMIT))
		return false;
	*out = (int64_t)x;
	return (double)*out == x;
}

/* Whether the text is digits alone: then its double says nothing that its digits do not. */
static bool is_digits(struct ots_bytes text)
{
	size_t i = text.len > 0 && text.at[0] == '-' ? 1 : 0;

	while (i < text.len && text.at[i] >= '0' && text.at[i] <= '9')
		i++;
	return i == text.len;
}

enum ots_status tunnel_integer(struct tunnel_decoder *d, const struct tunnel_item *item,
			       const char *what, int64_t *out)
{
	struct ots_bytes text;
	enum ots_status status;

	if (!has_text(item))
		return tunnel_expected(d, OTS_CORRUPT, item->at, what);
	status = tunnel_text(d, item, &text);
	if (status != OTS_OK)
		return status;
	if (ots_parse_i64(text, out) || (!is_digits(text) && integral_double(text, out)))
		return OTS_OK;
	return tunnel_expected(d, OTS_CORRUPT, item->at, what);
}

/* Base64 into the arena. @return OTS_OK, OTS_CORRUPT (no message), OTS_NO_MEMORY */
static enum ots_status take_base64(struct tunnel_decoder *d, struct ots_bytes text,
				   struct ots_bytes *out)
{
	uint8_t *bytes = ots_arena_alloc(d->arena, text.len / 4 * 3 + 3);
	size_t len;

	if (bytes == NULL)
		return tunnel_no_memory(d);
	if (!ots_base64_decode(text, bytes, &len))
		return OTS_CORRUPT;
	*out = (struct ots_bytes){bytes, len};
	return OTS_OK;
}

/* `[0,-1,16]`: signed bytes as Java prints them, or unsigned ones. */
static enum ots_status number_array(struct tunnel_decoder *d, const struct tunnel_item *item,
				    struct ots_bytes *out)
{
	struct ots_json json = item->array;
	/* Each number but the last has a comma behind it. */
	const size_t most = (size_t)(json.end - json.at);
	struct ots_json counter = json;
	struct tunnel_item number = {.at = json.at};
	size_t count = 0;
	uint8_t *bytes;

	while (ots_json_next(&counter, NULL) == OTS_JSON_NUMBER && count < most)
		count++;
	bytes = ots_arena_alloc(d->arena, count);
	if (bytes == NULL)
		return tunnel_no_memory(d);
	for (size_t i = 0;; i++) { /* ends: each turn takes a token of the array */
		int64_t n;

		number.at = json.at;
		number.token = ots_json_next(&json, &number.text);
		if (number.token == OTS_JSON_ARRAY_END)
			break;
		if (number.token != OTS_JSON_NUMBER ||
		    !ots_parse_i64((struct ots_bytes){number.text.at, number.text.len}, &n) ||
		    n < -128 || n > 255)
			return tunnel_expected(d, OTS_CORRUPT,
					       number.token == OTS_JSON_NUMBER ? number.text.at
									       : number.at,
					       "a byte from -128 to 255");
		bytes[i] = (uint8_t)(n & 0xff);
	}
	*out = (struct ots_bytes){bytes, count};
	return OTS_OK;
}

/* Base64, or an array of numbers. OTS_CORRUPT comes without a message for base64. */
static enum ots_status binary_bytes(struct tunnel_decoder *d, const struct tunnel_item *item,
				    struct ots_bytes *out)
{
	struct ots_bytes text;
	enum ots_status status;

	if (item->token == OTS_JSON_ARRAY)
		return number_array(d, item, out);
	if (item->token != OTS_JSON_STRING)
		return OTS_CORRUPT;
	status = tunnel_text(d, item, &text);
	return status != OTS_OK ? status : take_base64(d, text, out);
}

static enum ots_status take_binary(struct tunnel_decoder *d, const struct tunnel_item *item,
				   struct ots_bytes *out)
{
	const enum ots_status status = binary_bytes(d, item, out);

	if (status != OTS_CORRUPT || item->token == OTS_JSON_ARRAY)
		return status;
	return tunnel_expected(d, OTS_CORRUPT, item->at, "base64, or an array of numbers");
}

/* rawData wins over value when it decodes; what is lost in value stands there. A number or boolean
 * where a STRING is due gives its text. */
static enum ots_status take_string(struct tunnel_decoder *d, const struct tunnel_items *items,
				   struct ots_bytes *out)
{
	const struct tunnel_item *value = &items->slot[SLOT_VALUE];
	const struct tunnel_item *raw = &items->slot[SLOT_RAW];

	if (!tunnel_absent(raw)) {
		const enum ots_status status = binary_bytes(d, raw, out);

		if (status == OTS_OK || status == OTS_NO_MEMORY)
			return status;
		if (tunnel_absent(value))
			return tunnel_expected(d, OTS_CORRUPT, raw->at,
					       "rawData in base64, as there is no value beside it");
	}
	if (value->token == OTS_JSON_TRUE || value->token == OTS_JSON_FALSE) {
		const char *word = value->token == OTS_JSON_TRUE ? "true" : "false";

		*out = (struct ots_bytes){(const uint8_t *)word, strlen(word)};
		return OTS_OK;
	}
	if (!has_text(value))
		return tunnel_expected(d, OTS_CORRUPT, value->at, "a STRING");
	return tunnel_text(d, value, out);
}

static bool nonfinite(struct ots_bytes text, double *out)
{
	static const struct {
		const char *word;
		uint64_t bits;
	} words[] = {{"NaN", UINT64_C(0x7ff8000000000000)},
		     {"Infinity", UINT64_C(0x7ff0000000000000)},
		     {"-Infinity", UINT64_C(0xfff0000000000000)}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (is_word(text, words[i].word)) {
			memcpy(out, &words[i].bits, sizeof *out);
			return true;
		}
	}
	return false;
}

/* The member `bits` of the canonical form: 16 hex digits that are a NaN's. */
static bool nan_bits(struct ots_bytes text, double *out)
{
	uint64_t bits = 0;

	if (text.len != 16)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t b = text.at[i];

		if (b >= '0' && b <= '9')
			bits = bits << 4 | (uint64_t)(b - '0');
		else if (b >= 'a' && b <= 'f')
			bits = bits << 4 | (uint64_t)(b - 'a' + 10);
		else if (b >= 'A' && b <= 'F')
			bits = bits << 4 | (uint64_t)(b - 'A' + 10);
		else
			return false;
	}
	memcpy(out, &bits, sizeof *out);
	return *out != *out;
}

static enum ots_status take_double(struct tunnel_decoder *d, const struct tunnel_items *items,
				   double *out)
{
	const struct tunnel_item *value = &items->slot[SLOT_VALUE];
	const struct tunnel_item *bits = &items->slot[SLOT_BITS];
	struct ots_bytes text;
	enum ots_status status;

	if (!has_text(value))
		return tunnel_expected(d, OTS_CORRUPT, value->at, "a DOUBLE");
	status = tunnel_text(d, value, &text);
	if (status != OTS_OK)
		return status;
	if (!nonfinite(text, out) && !ots_parse_double(text, out))
		return tunnel_expected(d, OTS_CORRUPT, value->at, "a DOUBLE");
	if (tunnel_absent(bits))
		return OTS_OK;
	if (bits->token != OTS_JSON_STRING || *out == *out)
		return tunnel_expected(d, OTS_CORRUPT, bits->at,
				       "bits as text, and beside NaN only");
	status = tunnel_text(d, bits, &text);
	if (status != OTS_OK)
		return status;
	return nan_bits(text, out)
		       ? OTS_OK
		       : tunnel_expected(d, OTS_CORRUPT, bits->at, "16 hex digits of a NaN");
}

static enum ots_status take_boolean(struct tunnel_decoder *d, const struct tunnel_item *value,
				    bool *out)
{
	struct ots_bytes text = {NULL, 0};
	enum ots_status status = OTS_OK;

	*out = value->token == OTS_JSON_TRUE;
	if (value->token == OTS_JSON_TRUE || value->token == OTS_JSON_FALSE)
		return OTS_OK;
	if (value->token == OTS_JSON_STRING)
		status = tunnel_text(d, value, &text);
	if (status != OTS_OK)
		return status;
	*out = is_word(text, "true");
	if (*out || is_word(text, "false"))
		return OTS_OK;
	return tunnel_expected(d, OTS_CORRUPT, value->at, "a BOOLEAN, true or false");
}

static enum ots_status stated_type(struct tunnel_decoder *d, const struct tunnel_item *item,
				   enum ots_type *type)
{
	struct ots_bytes word;
	enum ots_status status;

	if (item->token != OTS_JSON_STRING)
		return tunnel_expected(d, OTS_CORRUPT, item->at, "a type's name as a string");
	status = tunnel_text(d, item, &word);
	if (status != OTS_OK)
		return status;
	/* Nearly every type is one of these two, spelled so. */
	if (is_word(word, "STRING")) {
		*type = OTS_STRING;
		return OTS_OK;
	}
	if (is_word(word, "INTEGER")) {
		*type = OTS_INTEGER;
		return OTS_OK;
	}
	if (ots_type_from_word(word, type))
		return OTS_OK;
	return tunnel_expected(d, OTS_CORRUPT, item->at,
			       "STRING, INTEGER, BOOLEAN, DOUBLE or BINARY");
}

/* The end of backup-formats 1.6. A long written as text and base64 both look like STRING, so what
 * is guessed is flagged. */
static enum ots_status guess_type(struct tunnel_decoder *d, const struct tunnel_items *items,
				  enum ots_type *type)
{
	const struct tunnel_item *value = &items->slot[SLOT_VALUE];
	const struct ots_schema_column *column =
		d->schema == NULL ? NULL : ots_schema_column(d->schema, d->column);

	if (column != NULL) {
		*type = column->type;
		return OTS_OK;
	}
	d->record->flags |= OTS_LOSSY_TYPE;
	if (value->token == OTS_JSON_STRING)
		*type = OTS_STRING;
	else if (value->token == OTS_JSON_TRUE || value->token == OTS_JSON_FALSE)
		*type = OTS_BOOLEAN;
	else if (value->token == OTS_JSON_NUMBER &&
		 is_digits((struct ots_bytes){value->text.at, value->text.len}))
		*type = OTS_INTEGER;
	else if (value->token == OTS_JSON_NUMBER || value->token == OTS_JSON_NONFINITE)
		*type = OTS_DOUBLE;
	else
		return tunnel_expected(d, OTS_CORRUPT, value->at,
				       "a type, which this value does not show by itself");
	return OTS_OK;
}

/* A box's own type says more than the member beside it, and may not contradict it. */
static enum ots_status find_type(struct tunnel_decoder *d, const struct tunnel_items *items,
				 enum ots_type *type)
{
	const struct tunnel_item *outer = &items->slot[SLOT_TYPE];
	const struct tunnel_item *inner = &items->slot[SLOT_BOX_TYPE];
	/* A number is the action of shape E, which the cell has read. */
	const bool has_outer = !tunnel_absent(outer) && outer->token != OTS_JSON_NUMBER;
	enum ots_type other = OTS_STRING;
	enum ots_status status;

	if (tunnel_absent(inner) && !has_outer)
		return guess_type(d, items, type);
	status = stated_type(d, tunnel_absent(inner) ? outer : inner, type);
	if (status != OTS_OK || tunnel_absent(inner) || !has_outer)
		return status;
	status = stated_type(d, outer, &other);
	if (status == OTS_OK && other != *type)
		return tunnel_refuse(d, OTS_CORRUPT, inner->at,
				     "expected one type, found %s outside the value and %s in it",
				     ots_type_word(other), ots_type_word(*type));
	return status;
}

enum ots_status tunnel_value(struct tunnel_decoder *d, const struct tunnel_items *items,
			     struct ots_value *out)
{
	const struct tunnel_item *value = &items->slot[SLOT_VALUE];
	enum ots_status status = find_type(d, items, &out->type);

	if (status != OTS_OK)
		return status;
	if (tunnel_absent(value) && out->type != OTS_STRING)
		return tunnel_refuse(d, OTS_CORRUPT, items->at,
				     "expected a value beside rawData for %s, found none",
				     ots_type_word(out->type));
	switch (out->type) {
	case OTS_STRING: return take_string(d, items, &out->as.bytes);
	case OTS_INTEGER:
		return tunnel_integer(d, value, "an INTEGER of 64 bits", &out->as.integer);
	case OTS_BINARY: return take_binary(d, value, &out->as.bytes);
	case OTS_DOUBLE: return take_double(d, items, &out->as.real);
	case OTS_BOOLEAN: break;
	}
	return take_boolean(d, value, &out->as.boolean);
}
