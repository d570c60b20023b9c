#include "fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

#define SHOWN_BYTES 64

static uint64_t offset_of(const struct ots_cue_reader *reader)
{
	return (uint64_t)(reader->json.at - reader->text);
}

enum ots_status ots_cue_field_bad_json(struct ots_cue_reader *reader, enum ots_json_token found)
{
	return ots_fail_at(reader->err, OTS_USAGE, reader->line, offset_of(reader),
			   "no JSON: expected %s",
			   found == OTS_JSON_BAD && reader->json.why != NULL
				   ? reader->json.why
				   : "more behind the end of the line");
}

static const char *token_word(enum ots_json_token token)
{
	switch (token) {
	case OTS_JSON_OBJECT: return "an object";
	case OTS_JSON_ARRAY: return "a list";
	case OTS_JSON_STRING: return "the string";
	case OTS_JSON_NUMBER: return "the number";
	case OTS_JSON_TRUE: return "true";
	case OTS_JSON_FALSE: return "false";
	case OTS_JSON_NULL: return "null";
	case OTS_JSON_ARRAY_END: return "the end of a list";
	case OTS_JSON_OBJECT_END:
	case OTS_JSON_NAME:
	case OTS_JSON_NONFINITE:
	case OTS_JSON_END:
	case OTS_JSON_SHORT:
	case OTS_JSON_BAD: break;
	}
	return "something else";
}

enum ots_status ots_cue_field_wrong(struct ots_cue_reader *reader, const char *where,
				    const char *name, const char *expected,
				    enum ots_json_token found, const struct ots_json_text *text)
{
	const bool has_text = found == OTS_JSON_STRING || found == OTS_JSON_NUMBER;
	const size_t shown = !has_text ? 0 : text->len < SHOWN_BYTES ? text->len : SHOWN_BYTES;

	if (found == OTS_JSON_BAD || found == OTS_JSON_SHORT)
		return ots_cue_field_bad_json(reader, found);
	return ots_fail_at(reader->err, OTS_USAGE, reader->line, offset_of(reader),
			   "%s%s: expected %s, found %s%s%.*s", where, name, expected,
			   token_word(found), has_text ? " " : "", (int)shown,
			   shown > 0 ? (const char *)text->at : "");
}

bool ots_cue_take_integer(enum ots_json_token first, const struct ots_json_text *text, int64_t low,
			  int64_t high, int64_t *out)
{
	return first == OTS_JSON_NUMBER &&
	       ots_parse_i64((struct ots_bytes){text->at, text->len}, out) && *out >= low &&
	       *out <= high;
}

bool ots_cue_take_real(enum ots_json_token first, const struct ots_json_text *text, double low,
		       double high, double *out)
{
	return first == OTS_JSON_NUMBER &&
	       ots_parse_double((struct ots_bytes){text->at, text->len}, out) && *out >= low &&
	       *out <= high;
}

enum ots_status ots_cue_take_text(struct ots_cue_reader *reader, enum ots_json_token first,
				  const struct ots_json_text *text, struct ots_bytes *out,
				  bool *good)
{
	struct ots_bytes plain;
	bool no_memory = false;
	uint8_t *copy;

	*good = first == OTS_JSON_STRING &&
		ots_json_unescape(text, false, reader->arena, &plain, &no_memory);
	if (no_memory)
		return ots_fail(reader->err, OTS_NO_MEMORY, "texts of the fault file");
	if (!*good)
		return OTS_OK;
	copy = ots_arena_alloc(reader->arena, plain.len + 1); /* of a file of 1 MiB at most */
	if (copy == NULL)
		return ots_fail(reader->err, OTS_NO_MEMORY, "texts of the fault file");
	if (plain.len > 0)
		memcpy(copy, plain.at, plain.len);
	copy[plain.len] = 0;
	*out = (struct ots_bytes){copy, plain.len};
	return OTS_OK;
}

static enum ots_status wrong_number(struct ots_cue_reader *reader, const char *where,
				    const struct ots_cue_field *field, enum ots_json_token first,
				    const struct ots_json_text *text)
{
	char expected[96];

	if (field->high == INT64_MAX)
		(void)snprintf(expected, sizeof expected, "a whole number from %" PRId64,
			       field->low);
	else
		(void)snprintf(expected, sizeof expected, "a%s number from %" PRId64 " to %" PRId64,
			       field->kind == OTS_CUE_FIELD_INTEGER ? " whole" : "", field->low,
			       field->high);
	return ots_cue_field_wrong(reader, where, field->name, expected, first, text);
}

static enum ots_status read_text(struct ots_cue_reader *reader, const char *where,
				 const struct ots_cue_field *field, enum ots_json_token first,
				 const struct ots_json_text *text, struct ots_bytes *out)
{
	char expected[96];
	bool good = false;
	const enum ots_status status = ots_cue_take_text(reader, first, text, out, &good);

	if (status != OTS_OK)
		return status;
	if (good && out->len >= (size_t)field->low && out->len <= (size_t)field->high &&
	    (field->kind == OTS_CUE_FIELD_BYTES || memchr(out->at, 0, out->len) == NULL))
		return OTS_OK;
	(void)snprintf(expected, sizeof expected, "a text of %" PRId64 " to %" PRId64 " bytes%s",
		       field->low, field->high,
		       field->kind == OTS_CUE_FIELD_BYTES ? "" : " without a NUL");
	return ots_cue_field_wrong(reader, where, field->name, expected, first, text);
}

static enum ots_status read_value(struct ots_cue_reader *reader, const char *where,
				  const struct ots_cue_field *field, uint8_t *base, bool *set)
{
	struct ots_json_text text = {.len = 0};
	const enum ots_json_token first = ots_json_next(&reader->json, &text);
	void *target = base + field->target;

	*set = true;
	switch (field->kind) {
	case OTS_CUE_FIELD_INTEGER:
		return ots_cue_take_integer(first, &text, field->low, field->high, target)
			       ? OTS_OK
			       : wrong_number(reader, where, field, first, &text);
	case OTS_CUE_FIELD_REAL:
		return ots_cue_take_real(first, &text, (double)field->low, (double)field->high,
					 target)
			       ? OTS_OK
			       : wrong_number(reader, where, field, first, &text);
	case OTS_CUE_FIELD_FLAG:
		*set = first == OTS_JSON_TRUE;
		return *set || first == OTS_JSON_FALSE
			       ? OTS_OK
			       : ots_cue_field_wrong(reader, where, field->name, "true or false",
						     first, &text);
	case OTS_CUE_FIELD_TEXT:
	case OTS_CUE_FIELD_BYTES: return read_text(reader, where, field, first, &text, target);
	case OTS_CUE_FIELD_OTHER: break;
	}
	return field->read(reader, field, first, &text, base);
}

static const struct ots_cue_field *find(const struct ots_cue_fields *fields,
					const struct ots_json_text *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (!name->escaped &&
		    ots_bytes_are((struct ots_bytes){name->at, name->len}, fields->fields[i].name))
			return &fields->fields[i];
	return NULL;
}

enum ots_status ots_cue_fields_read(struct ots_cue_reader *reader,
				    const struct ots_cue_fields *fields, void *base)
{
	uint8_t *bytes = base;
	uint32_t *has = (void *)(bytes + fields->has);
	uint32_t seen = 0;

	for (;;) { /* ends: each turn takes a member of the line, or returns */
		struct ots_json_text name;
		const enum ots_json_token token = ots_json_next(&reader->json, &name);
		const struct ots_cue_field *field;
		enum ots_status status;
		bool set = false;

		if (token == OTS_JSON_OBJECT_END)
			return OTS_OK;
		if (token != OTS_JSON_NAME)
			return ots_cue_field_bad_json(reader, token);
		field = find(fields, &name);
		if (field == NULL || (seen & OTS_CUE_BIT(field->bit)) != 0)
			return ots_fail_at(reader->err, OTS_USAGE, reader->line, offset_of(reader),
					   "%s%.*s: %s", fields->where,
					   (int)(name.len < SHOWN_BYTES ? name.len : SHOWN_BYTES),
					   name.len > 0 ? (const char *)name.at : "",
					   field == NULL ? "there is no such member"
							 : "stands there twice");
		status = read_value(reader, fields->where, field, bytes, &set);
		if (status != OTS_OK)
			return status;
		seen |= OTS_CUE_BIT(field->bit);
		if (set)
			*has |= OTS_CUE_BIT(field->bit);
	}
}
