#include "jsonl_line.h"

enum ots_status ots_jsonl_expected(struct ots_jsonl_line *l, const uint8_t *at,
				   const char *expected)
{
	return ots_fail_at(l->err, OTS_CORRUPT, l->place.line,
			   l->place.offset + (uint64_t)(at - l->text.at), "%.*s: expected %s",
			   (int)l->object.len, (const char *)l->object.at, expected);
}

enum ots_status ots_jsonl_cut_short(struct ots_jsonl_line *l)
{
	return ots_jsonl_expected(l, l->text.at + l->text.len,
				  "the record to go on; the line ends inside it");
}

enum ots_status ots_jsonl_no_memory(struct ots_jsonl_line *l)
{
	l->arena_full = true;
	return ots_fail_at(l->err, OTS_NO_MEMORY, l->place.line, l->place.offset,
			   "%.*s: no memory for a record of %zu bytes", (int)l->object.len,
			   (const char *)l->object.at, l->text.len);
}

enum ots_status ots_jsonl_next(struct ots_jsonl_line *l, enum ots_json_token *token,
			       struct ots_json_text *text, const uint8_t **at)
{
	struct ots_json_text unused;

	if (text == NULL)
		text = &unused;
	*token = ots_json_next(&l->json, text);
	*at = l->json.at;
	switch (*token) {
	case OTS_JSON_BAD: return ots_jsonl_expected(l, l->json.at, l->json.why);
	case OTS_JSON_SHORT: return ots_jsonl_cut_short(l);
	case OTS_JSON_NAME:
	case OTS_JSON_STRING: *at = text->at - 1; break;
	case OTS_JSON_NUMBER:
	case OTS_JSON_NONFINITE: *at = text->at; break;
	case OTS_JSON_OBJECT:
	case OTS_JSON_OBJECT_END:
	case OTS_JSON_ARRAY:
	case OTS_JSON_ARRAY_END: *at = l->json.at - 1; break;
	case OTS_JSON_TRUE:
	case OTS_JSON_NULL: *at = l->json.at - 4; break;
	case OTS_JSON_FALSE: *at = l->json.at - 5; break;
	case OTS_JSON_END: break;
	}
	return OTS_OK;
}

enum ots_status ots_jsonl_take(struct ots_jsonl_line *l, enum ots_json_token want,
			       struct ots_json_text *text, const char *expected)
{
	enum ots_json_token token;
	const uint8_t *at;
	const enum ots_status status = ots_jsonl_next(l, &token, text, &at);

	if (status != OTS_OK)
		return status;
	return token == want ? OTS_OK : ots_jsonl_expected(l, at, expected);
}

enum ots_status ots_jsonl_column_name(struct ots_jsonl_line *l, const struct ots_json_text *text,
				      struct ots_bytes *out)
{
	const enum ots_status status = ots_jsonl_string(l, text, out);

	if (status == OTS_OK && (out->len == 0 || out->len > OTS_NAME_MAX_BYTES))
		return ots_jsonl_expected(l, text->at, "a column name of 1 to 255 bytes");
	return status;
}
