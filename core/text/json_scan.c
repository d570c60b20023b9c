#include <otsfs/text/json.h>

#include <assert.h>
#include <string.h>

#include <otsfs/text/plain.h>

const char ots_json_too_deep[] = "no deeper nesting than the limit";

/* What the next token may be. */
enum state {
	WANT_VALUE,      /* at the top, behind a name, behind a comma of an array */
	WANT_ELEMENT,    /* behind [: a value or ] */
	WANT_FIRST_NAME, /* behind {: a name or } */
	WANT_NAME,       /* behind a comma of an object */
	WANT_NEXT,       /* behind a value inside a container: a comma or the end */
	ENDED,
	RAN_OUT,
	SPOILT
};

void ots_json_init(struct ots_json *json, const uint8_t *bytes, size_t len,
		   struct ots_json_options options)
{
	assert(options.depth_limit >= 1 && options.depth_limit <= OTS_JSON_DEPTH_MAX);
	*json = (struct ots_json){
		.at = bytes, .end = len > 0 ? bytes + len : bytes, .options = options};
}

static enum ots_json_token bad(struct ots_json *json, const uint8_t *at, const char *why)
{
	json->at = at;
	json->why = why;
	json->state = SPOILT;
	return OTS_JSON_BAD;
}

static enum ots_json_token ran_out(struct ots_json *json)
{
	json->state = RAN_OUT;
	return OTS_JSON_SHORT;
}

static inline const uint8_t *skip_blanks(const uint8_t *at, const uint8_t *end)
{
	if (at<end && * at> ' ') /* most often: one comparison */
		return at;
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

static void value_done(struct ots_json *json)
{
	json->state = json->depth == 0 ? ENDED : WANT_NEXT;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_hex(uint8_t byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/* What a quote at `at` is in this input. */
enum quote { QUOTE, QUOTE_LONE, QUOTE_SHORT };

static inline enum quote quote_at(const struct ots_json *json, const uint8_t *at)
{
	if (!json->options.in_csv)
		return QUOTE;
	if (json->end - at < 2)
		return QUOTE_SHORT;
	return at[1] == '"' ? QUOTE : QUOTE_LONE;
}

static const char lone_quote[] = "the value to go on; the CSV field ends here";

/* A quote where a string begins or ends: moves *at behind it. */
static inline enum ots_json_token take_quote(struct ots_json *json, const uint8_t **at)
{
	switch (quote_at(json, *at)) {
	case QUOTE: *at += json->options.in_csv ? 2 : 1; return OTS_JSON_STRING;
	case QUOTE_LONE: return bad(json, *at, lone_quote);
	case QUOTE_SHORT: break;
	}
	return ran_out(json);
}

/* The escape at *at, a backslash; moves *at behind it. */
static enum ots_json_token take_escape(struct ots_json *json, const uint8_t **at)
{
	const uint8_t *const start = *at;
	const uint8_t *p = start + 1;

	if (p == json->end)
		return ran_out(json);
	if (*p == '"') {
		*at = p;
		return take_quote(json, at);
	}
	if (*p == 'u') {
		for (unsigned i = 1; i <= 4; i++) {
			if (json->end - p <= (ptrdiff_t)i)
				return ran_out(json);
			if (!is_hex(p[i]))
				return bad(json, start, "four hex digits behind \\u");
		}
		*at = p + 5;
		return OTS_JSON_STRING;
	}
	if (*p == 0 || strchr("\\/bfnrt", *p) == NULL)
		return bad(json, start, "an escape of JSON behind the backslash");
	*at = p + 1;
	return OTS_JSON_STRING;
}

/* A string that holds something else than plain bytes, or is not whole. `at` is behind its first
 * quote. */
static enum ots_json_token take_marked_string(struct ots_json *json, const uint8_t *start,
					      const uint8_t *at, struct ots_json_text *text)
{
	bool escaped = false;

	for (;;) { /* ends: each turn passes an escape or returns */
		enum ots_json_token token;
		const uint8_t *stop;

		at = ots_plain_end(at, json->end);
		if (at == json->end)
			return ran_out(json);
		if (*at == '\\') {
			escaped = true;
			token = take_escape(json, &at);
			if (token != OTS_JSON_STRING)
				return token;
			continue;
		}
		if (*at != '"')
			return bad(json, at, "control characters in strings to be escaped");
		stop = at;
		token = take_quote(json, &at);
		if (token != OTS_JSON_STRING)
			return token;
		*text = (struct ots_json_text){start, (size_t)(stop - start), escaped};
		json->at = at;
		return OTS_JSON_STRING;
	}
}

/* The string whose first quote is at json->at. */
static inline enum ots_json_token take_string(struct ots_json *json, struct ots_json_text *text)
{
	const size_t width = json->options.in_csv ? 2 : 1;
	const uint8_t *at = json->at;
	const enum ots_json_token token = take_quote(json, &at);
	const uint8_t *stop;

	if (token != OTS_JSON_STRING)
		return token;
	stop = ots_plain_end(at, json->end);
	/* A quote is a mark too: the last of the width bytes is one in either case. */
	if ((size_t)(json->end - stop) < width || *stop != '"' || stop[width - 1] != '"')
		return take_marked_string(json, at, at, text);
	*text = (struct ots_json_text){at, (size_t)(stop - at), false};
	json->at = stop + width;
	return OTS_JSON_STRING;
}

/* One or more digits at *at. @return false when there is none */
static bool take_digits(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *const start = *at;

	while (*at < end && is_digit(**at))
		(*at)++;
	return *at > start;
}

static enum ots_json_token digits_missing(struct ots_json *json, const uint8_t *at)
{
	return at == json->end ? ran_out(json) : bad(json, at, "a digit");
}

/* The number at `at`, which is its first digit; `start` may be a minus before it. */
static enum ots_json_token take_number(struct ots_json *json, const uint8_t *start,
				       const uint8_t *at, struct ots_json_text *text)
{
	const uint8_t *const end = json->end;

	if (*at == '0')
		at++;
	else
		(void)take_digits(&at, end);
	if (at < end && *at == '.') {
		at++;
		if (!take_digits(&at, end))
			return digits_missing(json, at);
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		if (!take_digits(&at, end))
			return digits_missing(json, at);
	}
	/* A number has no mark at its end: more digits may follow unless this is all there is. */
	if (at == end && (json->depth > 0 || json->options.in_csv))
		return ran_out(json);
	if (at < end && is_digit(*at))
		return bad(json, at, "no digit behind a leading zero");
	*text = (struct ots_json_text){start, (size_t)(at - start), false};
	json->at = at;
	value_done(json);
	return OTS_JSON_NUMBER;
}

/* A bare word whose first bytes begin at json->at, `skip` of them read already. */
static enum ots_json_token take_word(struct ots_json *json, const char *word,
				     enum ots_json_token token, const char *why)
{
	const size_t len = strlen(word);
	const size_t left = (size_t)(json->end - json->at);
	const size_t n = left < len ? left : len;

	if (memcmp(json->at, word, n) != 0)
		return bad(json, json->at, why);
	if (n < len)
		return ran_out(json);
	json->at += len;
	value_done(json);
	return token;
}

static enum ots_json_token take_nonfinite(struct ots_json *json, const char *word,
					  struct ots_json_text *text)
{
	const uint8_t *const start = json->at;
	const enum ots_json_token token = take_word(json, word, OTS_JSON_NONFINITE, "a value");

	if (token == OTS_JSON_NONFINITE)
		*text = (struct ots_json_text){start, strlen(word), false};
	return token;
}

static enum ots_json_token open_container(struct ots_json *json, bool object)
{
	uint32_t bit;

	if (json->depth == json->options.depth_limit)
		return bad(json, json->at, ots_json_too_deep);
	bit = UINT32_C(1) << json->depth; /* below OTS_JSON_DEPTH_MAX, the width of objects */
	json->objects = object ? json->objects | bit : json->objects & ~bit;
	json->depth++;
	json->at++;
	json->state = object ? WANT_FIRST_NAME : WANT_ELEMENT;
	return object ? OTS_JSON_OBJECT : OTS_JSON_ARRAY;
}

static enum ots_json_token close_container(struct ots_json *json, enum ots_json_token token)
{
	json->depth--;
	json->at++;
	value_done(json);
	return token;
}

static enum ots_json_token take_minus(struct ots_json *json, struct ots_json_text *text)
{
	const uint8_t *const next = json->at + 1;

	if (next == json->end)
		return ran_out(json);
	if (is_digit(*next))
		return take_number(json, json->at, next, text);
	if (*next == 'I' && json->options.nonfinite)
		return take_nonfinite(json, "-Infinity", text);
	return bad(json, next, "a digit");
}

static enum ots_json_token take_value(struct ots_json *json, struct ots_json_text *text)
{
	enum ots_json_token token;

	switch (*json->at) {
	case '"':
		token = take_string(json, text);
		if (token == OTS_JSON_STRING)
			value_done(json);
		return token;
	case '{': return open_container(json, true);
	case '[': return open_container(json, false);
	case 't': return take_word(json, "true", OTS_JSON_TRUE, "a value");
	case 'f': return take_word(json, "false", OTS_JSON_FALSE, "a value");
	case 'n': return take_word(json, "null", OTS_JSON_NULL, "a value");
	case '-': return take_minus(json, text);
	case 'N':
	case 'I':
		if (json->options.nonfinite)
			return take_nonfinite(json, *json->at == 'N' ? "NaN" : "Infinity", text);
		break;
	default:
		if (is_digit(*json->at))
			return take_number(json, json->at, json->at, text);
		break;
	}
	return bad(json, json->at, "a value");
}

/* A name and the colon behind it. */
static enum ots_json_token take_name(struct ots_json *json, struct ots_json_text *text)
{
	enum ots_json_token token;

	if (*json->at != '"')
		return bad(json, json->at,
			   json->state == WANT_NAME ? "a name in quotes" : "a name in quotes or }");
	token = take_string(json, text);
	if (token != OTS_JSON_STRING)
		return token;
	json->at = skip_blanks(json->at, json->end);
	if (json->at == json->end)
		return ran_out(json);
	if (*json->at != ':')
		return bad(json, json->at, "a colon");
	json->at++;
	json->state = WANT_VALUE;
	return OTS_JSON_NAME;
}

static bool in_object(const struct ots_json *json)
{
	return (json->objects >> (json->depth - 1) & 1) != 0;
}

/* Behind a value: passes a comma, so that `state` tells what follows it. @return what ends the
 * call, or NAME to go on */
static enum ots_json_token take_comma(struct ots_json *json)
{
	const bool object = in_object(json);

	if (*json->at == (object ? '}' : ']'))
		return close_container(json, object ? OTS_JSON_OBJECT_END : OTS_JSON_ARRAY_END);
	if (*json->at == '"' && quote_at(json, json->at) == QUOTE_LONE)
		return bad(json, json->at, lone_quote);
	if (*json->at != ',')
		return bad(json, json->at, object ? "a comma or }" : "a comma or ]");
	json->at = skip_blanks(json->at + 1, json->end);
	if (json->at == json->end)
		return ran_out(json);
	json->state = object ? WANT_NAME : WANT_VALUE;
	return OTS_JSON_NAME;
}

/* What it answers from now on. */
static enum ots_json_token final_token(const struct ots_json *json)
{
	if (json->state == ENDED)
		return OTS_JSON_END;
	return json->state == SPOILT ? OTS_JSON_BAD : OTS_JSON_SHORT;
}

enum ots_json_token ots_json_next(struct ots_json *json, struct ots_json_text *text)
{
	struct ots_json_text unused;
	enum ots_json_token token;

	if (text == NULL)
		text = &unused;
	if (json->state >= ENDED)
		return final_token(json);
	json->at = skip_blanks(json->at, json->end);
	if (json->at == json->end)
		return ran_out(json);
	if (json->state == WANT_NEXT) {
		token = take_comma(json);
		if (token != OTS_JSON_NAME)
			return token;
	}
	switch (json->state) {
	case WANT_FIRST_NAME:
		if (*json->at == '}')
			return close_container(json, OTS_JSON_OBJECT_END);
		return take_name(json, text);
	case WANT_NAME: return take_name(json, text);
	case WANT_ELEMENT:
		if (*json->at == ']')
			return close_container(json, OTS_JSON_ARRAY_END);
		break;
	default: break;
	}
	return take_value(json, text);
}

enum ots_json_token ots_json_skip_from(struct ots_json *json, enum ots_json_token first)
{
	const unsigned inside = json->depth; /* of the container just opened, if one was */

	if (first == OTS_JSON_SHORT || first == OTS_JSON_BAD)
		return first;
	if (first != OTS_JSON_OBJECT && first != OTS_JSON_ARRAY)
		return OTS_JSON_NULL;
	while (json->depth >= inside) { /* ends: each token moves on through the bytes */
		const enum ots_json_token token = ots_json_next(json, NULL);

		if (token == OTS_JSON_SHORT || token == OTS_JSON_BAD)
			return token;
	}
	return OTS_JSON_NULL;
}

bool ots_json_rest_is_blank(const struct ots_json *json)
{
	return skip_blanks(json->at, json->end) == json->end;
}

enum ots_json_token ots_json_skip(struct ots_json *json)
{
	return ots_json_skip_from(json, ots_json_next(json, NULL));
}
