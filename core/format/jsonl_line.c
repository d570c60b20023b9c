#include "jsonl_line.h"

#include <otsfs/base/bytes.h>
#include <otsfs/text/utf8.h>

#include "jsonl_columns.h"

/* The members that have a meaning; others are passed over. */
enum member { TS, OP, PK, V, COLS, SEQ, LOSSY, EXACT, MEMBER_COUNT };

static const char *const member_names[MEMBER_COUNT] = {"ts",   "op",  "pk",    "v",
						       "cols", "seq", "lossy", "exact"};

struct members {
	bool seen[MEMBER_COUNT];
	bool has_version;
	int64_t version;
	bool has_sequence;
	int64_t sequence[3];
	struct ots_bytes exact;
};

/* A whole number from 0, or null (then *known is false). */
static enum ots_status take_count(struct ots_jsonl_line *l, const char *expected, bool *known,
				  int64_t *out)
{
	enum ots_json_token token;
	struct ots_json_text text;
	const uint8_t *at;
	const enum ots_status status = ots_jsonl_next(l, &token, &text, &at);

	*known = token == OTS_JSON_NUMBER;
	if (status != OTS_OK || token == OTS_JSON_NULL)
		return status;
	if (!*known || !ots_jsonl_integer(&text, out) || *out < 0)
		return ots_jsonl_expected(l, at, expected);
	return OTS_OK;
}

static enum ots_status take_op(struct ots_jsonl_line *l, struct ots_record *record)
{
	static const char expected[] = "op of PUT, UPDATE, DELETE or BASE";
	struct ots_json_text text;
	struct ots_bytes word;
	enum ots_status status = ots_jsonl_take(l, OTS_JSON_STRING, &text, expected);

	if (status == OTS_OK)
		status = ots_jsonl_string(l, &text, &word);
	if (status == OTS_OK && !ots_op_from_word(word, &record->op))
		status = ots_jsonl_expected(l, text.at, expected);
	return status;
}

static enum ots_status take_key(struct ots_jsonl_line *l, struct ots_record *record)
{
	enum ots_status status = ots_jsonl_take(l, OTS_JSON_OBJECT, NULL, "pk as an object");

	while (status == OTS_OK) { /* ends: the key's columns are few, or it returns */
		struct ots_key_column *column = &record->key[record->key_count];
		enum ots_json_token token;
		struct ots_json_text text;
		const uint8_t *at;

		status = ots_jsonl_next(l, &token, &text, &at);
		if (status != OTS_OK)
			return status;
		if (token == OTS_JSON_OBJECT_END)
			return record->key_count > 0 ? OTS_OK
						     : ots_jsonl_expected(l, at, "a key column");
		if (record->key_count == OTS_KEY_COLUMNS_MAX)
			return ots_jsonl_expected(l, at, "at most 4 key columns");
		status = ots_jsonl_column_name(l, &text, &column->name);
		for (size_t i = 0; status == OTS_OK && i < record->key_count; i++) {
			if (ots_bytes_equal(record->key[i].name, column->name))
				return ots_jsonl_expected(l, at, "each key column once");
		}
		if (status == OTS_OK)
			status = ots_jsonl_value(l, &column->value,
						 &l->key_marks[record->key_count]);
		record->key_count++;
	}
	return status;
}

/* `[epoch,microseconds,row index]`; a cell index may follow. */
static enum ots_status take_sequence(struct ots_jsonl_line *l, struct members *m)
{
	enum ots_json_token token;
	struct ots_json_text text;
	const uint8_t *at;
	enum ots_status status = ots_jsonl_next(l, &token, NULL, &at);

	if (status != OTS_OK || token == OTS_JSON_NULL)
		return status;
	if (token != OTS_JSON_ARRAY)
		return ots_jsonl_expected(l, at, "seq as a list of integers");
	for (size_t i = 0;; i++) { /* ends: a list of more than four is refused */
		int64_t n;

		status = ots_jsonl_next(l, &token, &text, &at);
		if (status != OTS_OK)
			return status;
		if (token == OTS_JSON_ARRAY_END && i >= 3)
			break;
		if (token != OTS_JSON_NUMBER || i > 3 || !ots_jsonl_integer(&text, &n) || n < 0)
			return ots_jsonl_expected(l, at, "seq of epoch, microseconds, row index");
		if (i < 3)
			m->sequence[i] = n;
	}
	m->has_sequence = true;
	return OTS_OK;
}

static enum ots_status take_lossy(struct ots_jsonl_line *l, struct ots_record *record)
{
	enum ots_json_token token;
	const uint8_t *at;
	const enum ots_status status = ots_jsonl_next(l, &token, NULL, &at);

	if (status != OTS_OK)
		return status;
	if (token != OTS_JSON_TRUE && token != OTS_JSON_FALSE)
		return ots_jsonl_expected(l, at, "lossy of true or false");
	if (token == OTS_JSON_TRUE)
		record->flags |= OTS_LOSSY_TYPE;
	return OTS_OK;
}

/* Pass over a value and keep where it stands. */
static enum ots_status skip(struct ots_jsonl_line *l, struct ots_bytes *passed)
{
	const uint8_t *begin = l->json.at;
	const enum ots_json_token token = ots_json_skip(&l->json);

	if (token == OTS_JSON_SHORT)
		return ots_jsonl_cut_short(l);
	if (token == OTS_JSON_BAD)
		return ots_jsonl_expected(l, l->json.at, l->json.why);
	*passed = (struct ots_bytes){begin, (size_t)(l->json.at - begin)};
	return OTS_OK;
}

static enum ots_status take_member(struct ots_jsonl_line *l, enum member member,
				   struct ots_record *record, struct members *m)
{
	struct ots_bytes passed;
	bool known;
	enum ots_status status;

	switch (member) {
	case TS:
		status = take_count(l, "ts in microseconds, or null", &known, &record->ts_us);
		if (!known)
			record->ts_us = OTS_TS_UNKNOWN;
		return status;
	case OP: return take_op(l, record);
	case PK: return take_key(l, record);
	case V:
		return take_count(l, "v of a version, an integer from 0", &m->has_version,
				  &m->version);
	case COLS:
		status = ots_jsonl_take(l, OTS_JSON_OBJECT, NULL, "cols as an object");
		return status == OTS_OK ? ots_jsonl_cells(l) : status;
	case SEQ: return take_sequence(l, m);
	case LOSSY: return take_lossy(l, record);
	case EXACT: return skip(l, &m->exact);
	case MEMBER_COUNT: break;
	}
	return skip(l, &passed);
}

static enum member member_of(struct ots_bytes name)
{
	enum member member = TS;

	while (member < MEMBER_COUNT && !ots_bytes_are(name, member_names[member]))
		member++;
	return member;
}

/* Nothing but blanks behind the record. */
static enum ots_status take_end(struct ots_jsonl_line *l)
{
	const uint8_t *at = l->json.at, *end = l->text.at + l->text.len;

	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
		at++;
	return at == end ? OTS_OK : ots_jsonl_expected(l, at, "one record a line");
}

static enum ots_status take_members(struct ots_jsonl_line *l, struct ots_record *record,
				    struct members *m)
{
	enum ots_status status = ots_jsonl_take(l, OTS_JSON_OBJECT, NULL, "a record, {\"ts\":…}");

	while (status == OTS_OK) { /* ends: each turn consumes a token at least, or returns */
		enum ots_json_token token;
		struct ots_json_text text;
		struct ots_bytes name;
		enum member member;
		const uint8_t *at;

		status = ots_jsonl_next(l, &token, &text, &at);
		if (status != OTS_OK)
			return status;
		if (token == OTS_JSON_OBJECT_END)
			return take_end(l);
		status = ots_jsonl_string(l, &text, &name);
		if (status != OTS_OK)
			return status;
		member = member_of(name);
		if (member < MEMBER_COUNT) {
			if (m->seen[member])
				return ots_jsonl_expected(l, at, "each member once");
			m->seen[member] = true;
		}
		status = take_member(l, member, record, m);
	}
	return status;
}

static enum ots_status check_columns(struct ots_jsonl_line *l)
{
	struct ots_columns columns;
	enum ots_status status = OTS_OK;

	if (!ots_columns_group(l->cells, l->cell_count, &columns))
		status = ots_jsonl_no_memory(l);
	for (size_t i = 0; status == OTS_OK && i < l->cell_count; i++) {
		if (l->marks[i].first && ots_columns_follows(&columns, i))
			status = ots_jsonl_expected(l, l->cells[i].name.at, "each column once");
	}
	ots_columns_release(&columns);
	return status;
}

static enum ots_status check_numbers(struct ots_jsonl_line *l, const struct ots_record *record)
{
	static const char beyond[] = "an INTEGER of 64 bits, or its text in exact";

	for (size_t i = 0; i < record->key_count; i++) {
		const enum ots_type type = record->key[i].value.type;

		if (l->key_marks[i].beyond)
			return ots_jsonl_expected(l, l->key_marks[i].at, beyond);
		if (type == OTS_DOUBLE || type == OTS_BOOLEAN)
			return ots_jsonl_expected(l, l->key_marks[i].at,
						  "a key of STRING, INTEGER or BINARY");
	}
	for (size_t i = 0; i < l->cell_count; i++) {
		if (l->marks[i].beyond)
			return ots_jsonl_expected(l, l->marks[i].at, beyond);
	}
	return OTS_OK;
}

static enum ots_status check(struct ots_jsonl_line *l, struct ots_record *record,
			     const struct members *m)
{
	if (!m->seen[OP])
		return ots_jsonl_expected(l, l->text.at, "a record with op");
	if (!m->seen[PK])
		return ots_jsonl_expected(l, l->text.at, "a record with pk");
	if (record->op == OTS_DELETE && l->cell_count > 0)
		return ots_jsonl_expected(l, l->text.at, "no columns in a DELETE");
	if (!m->has_sequence)
		return OTS_OK;
	if (record->ts_us == OTS_TS_UNKNOWN)
		record->ts_us = m->sequence[1];
	if (record->ts_us != m->sequence[1])
		return ots_jsonl_expected(l, l->text.at, "the same time in ts and seq");
	record->flags |= OTS_SEQUENCE;
	record->epoch = m->sequence[0];
	record->row_index = m->sequence[2];
	return OTS_OK;
}

/* `v` and the move of the cells into the arena. */
static enum ots_status keep_cells(struct ots_jsonl_line *l, struct ots_record *record,
				  const struct members *m)
{
	for (size_t i = 0; m->has_version && i < l->cell_count; i++) {
		if (l->marks[i].plain) {
			l->cells[i].has_version = true;
			l->cells[i].version = m->version;
		}
	}
	if (l->cell_count == 0)
		return OTS_OK;
	record->cells = ots_arena_copy(l->arena, l->cells, l->cell_count * sizeof *l->cells);
	if (record->cells == NULL)
		return ots_jsonl_no_memory(l);
	record->cell_count = l->cell_count;
	return OTS_OK;
}

/* JSON is UTF-8: what is not was cut or converted on its way. */
static enum ots_status check_utf8(struct ots_jsonl_line *l)
{
	struct ots_bytes rest = l->text;

	if (ots_utf8_valid(rest))
		return OTS_OK;
	for (size_t n; (n = ots_utf8_length(rest)) > 0;) { /* ends: at the bad byte */
		rest.at += n;
		rest.len -= n;
	}
	return ots_jsonl_expected(l, rest.at, "UTF-8");
}

enum ots_status ots_jsonl_line_decode(struct ots_jsonl_line *l, struct ots_record *record)
{
	struct members m = {.has_version = false};
	enum ots_status status = check_utf8(l);

	l->arena_full = false;
	l->cell_count = 0;
	record->ts_us = OTS_TS_UNKNOWN;
	record->line = l->place.line;
	record->offset = l->place.offset;
	if (status != OTS_OK)
		return status;
	ots_json_init(&l->json, l->text.at, l->text.len,
		      (struct ots_json_options){.depth_limit = OTS_JSON_DEPTH_MAX});
	status = take_members(l, record, &m);
	if (status == OTS_OK)
		status = check_columns(l);
	if (status == OTS_OK && m.seen[EXACT])
		status = ots_jsonl_apply_exact(l, m.exact, record);
	if (status == OTS_OK)
		status = check_numbers(l, record);
	if (status == OTS_OK)
		status = check(l, record, &m);
	return status == OTS_OK ? keep_cells(l, record, &m) : status;
}
