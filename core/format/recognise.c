/* Which format an object has, by its content. Source: backup-formats, section 6.1. */
#include <otsfs/format/records.h>

#include <string.h>

#include <otsfs/text/csv.h>
#include <otsfs/text/json.h>
#include <otsfs/text/number.h>

static const struct {
	uint8_t len;
	const char *bytes;
	enum ots_format format;
} magics[] = {
	{4, "PAR1", OTS_FORMAT_PARQUET},
	{4, "PARE", OTS_FORMAT_PARQUET}, /* an encrypted footer: refused by name when it is read */
	{3, "ORC", OTS_FORMAT_ORC},
	{2, "\x1f\x8b", OTS_FORMAT_COMPRESSED},
	{3, "BZh", OTS_FORMAT_COMPRESSED},
	{4, "\x28\xb5\x2f\xfd", OTS_FORMAT_COMPRESSED},
	{10, "\xff\x06\x00\x00sNaPpY", OTS_FORMAT_COMPRESSED},
	{2, "\xff\xfe", OTS_FORMAT_UTF16},
	{2, "\xfe\xff", OTS_FORMAT_UTF16},
};

static struct ots_bytes trimmed(struct ots_bytes text)
{
	while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static struct ots_bytes content(const struct ots_csv_field *field)
{
	return trimmed((struct ots_bytes){field->at, field->len});
}

/* Whether an ASCII word is meant, without case. */
static bool is_word(struct ots_bytes text, const char *word)
{
	if (text.len != strlen(word))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t c = text.at[i];
		const uint8_t upper = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
		const uint8_t w = (uint8_t)word[i];

		if (upper != (w >= 'a' && w <= 'z' ? w - 'a' + 'A' : w))
			return false;
	}
	return true;
}

static bool is_digits(struct ots_bytes text, size_t least, size_t most)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	}
	return text.len >= least && text.len <= most;
}

/* Fields that the tests look at: more are counted only. */
#define FIELDS 64

struct row {
	struct ots_csv_field fields[FIELDS];
	size_t count;
	bool whole; /* its line end was seen, or the object's end */
};

/* The columns of a tunnel's CSV, or of any row with them in front. */
static bool is_tunnel_header(const struct row *row)
{
	static const char *const names[] = {"TimeStamp", "RecordType", "PrimaryKey",
					    "RecordColumns"};

	if (row->count < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		if (!is_word(content(&row->fields[i]), names[i]))
			return false;
	}
	return true;
}

/* The first three fields tell; a row cut by the end of what was read has them all the same. */
static bool is_tunnel_row(const struct row *row)
{
	struct ots_bytes op, key;

	if (row->count < 3 || (row->whole && row->count != 4 && row->count != 5) || row->count > 5)
		return false;
	op = content(&row->fields[1]);
	key = content(&row->fields[2]);
	return is_digits(content(&row->fields[0]), 1, 19) &&
	       (is_word(op, "PUT") || is_word(op, "UPDATE") || is_word(op, "DELETE")) &&
	       key.len > 0 && (key.at[0] == '[' || key.at[0] == '{');
}

/* `\d{10}_\d{20}_\d{10}_`, with which every sequence of a stream begins. */
static bool is_sequence(struct ots_bytes text)
{
	static const size_t widths[] = {10, 20, 10};

	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		if (text.len <= widths[i] || text.at[widths[i]] != '_' ||
		    !is_digits((struct ots_bytes){text.at, widths[i]}, widths[i], widths[i]))
			return false;
		text.at += widths[i] + 1;
		text.len -= widths[i] + 1;
	}
	return true;
}

static bool is_stream_header(const struct row *row)
{
	static const char *const names[] = {"opType", "colName", "version"};
	size_t found = 0;

	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		for (size_t i = 0; i < row->count; i++) {
			if (is_word(content(&row->fields[i]), names[n])) {
				found++;
				break;
			}
		}
	}
	return found == sizeof names / sizeof *names;
}

static bool is_stream_op(struct ots_bytes text)
{
	static const char *const ops[] = {"U", "DO", "DA", "DR"};

	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		if (is_word(text, ops[i]))
			return true;
	}
	return false;
}

/* One cell change a row: key, column, version, value, operation. */
static bool is_stream_row(const struct row *row)
{
	struct ots_bytes version;
	int64_t n;

	if (row->count < 5 || !is_stream_op(content(&row->fields[row->count - 1])))
		return false;
	version = content(&row->fields[row->count - 3]);
	return version.len == 0 || is_word(version, "null") || is_word(version, "\\N") ||
	       ots_parse_i64(version, &n);
}

/* A stream's rows end in an operation or a sequence, all of them. */
#define STREAM_LINES 100

static bool is_stream(struct ots_bytes text, bool at_end)
{
	struct row row;
	struct ots_csv_record record = {.fields = row.fields, .field_limit = FIELDS};
	size_t rows = 0;

	while (rows < STREAM_LINES && text.len > 0) { /* ends: each turn consumes a row */
		if (ots_csv_scan(text, at_end, &record) != OTS_CSV_RECORD)
			break;
		row.count = record.field_count;
		if (row.count > FIELDS)
			return false;
		if (!is_stream_row(&row) && !is_sequence(content(&row.fields[row.count - 1])))
			return rows == 0 && is_stream_header(&row);
		rows++;
		text.at += record.used_bytes;
		text.len -= record.used_bytes;
	}
	return rows > 0;
}

static bool is_tunnel(struct ots_bytes text, bool at_end)
{
	struct row row;
	struct ots_csv_record record = {.fields = row.fields, .field_limit = FIELDS};

	row.whole = ots_csv_scan(text, at_end, &record) == OTS_CSV_RECORD;
	row.count = record.field_count;
	return is_tunnel_header(&row) || is_tunnel_row(&row);
}

static bool is_record_member(const struct ots_json_text *name)
{
	static const char *const members[] = {"ts", "op", "pk", "v", "cols", "seq", "exact"};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (is_word((struct ots_bytes){name->at, name->len}, members[i]))
			return true;
	}
	return false;
}

/* An object with members `op` and `pk`; of one that goes on behind what was read, all the members
 * seen must be a record's. */
static bool is_jsonl(struct ots_bytes text)
{
	bool op = false, pk = false, ours = true;
	struct ots_json_text name;
	struct ots_json json;
	size_t members = 0;

	ots_json_init(&json, text.at, text.len,
		      (struct ots_json_options){.depth_limit = OTS_JSON_DEPTH_MAX});
	if (ots_json_next(&json, NULL) != OTS_JSON_OBJECT)
		return false;
	while (!(op && pk)) { /* ends: each turn consumes a member, or returns */
		const enum ots_json_token token = ots_json_next(&json, &name);
		enum ots_json_token value;

		if (token == OTS_JSON_SHORT)
			return ours && members > 0;
		if (token != OTS_JSON_NAME)
			return false;
		op = op || is_word((struct ots_bytes){name.at, name.len}, "op");
		pk = pk || is_word((struct ots_bytes){name.at, name.len}, "pk");
		ours = ours && is_record_member(&name);
		members++;
		value = ots_json_skip(&json);
		if (value != OTS_JSON_NULL && !(op && pk))
			return value == OTS_JSON_SHORT && ours;
	}
	return true;
}

enum ots_format ots_format_recognise(struct ots_bytes head, uint64_t size)
{
	const bool at_end = head.len == size;

	if (size == 0)
		return OTS_FORMAT_EMPTY;
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		if (head.len >= magics[i].len &&
		    memcmp(head.at, magics[i].bytes, magics[i].len) == 0)
			return magics[i].format;
	}
	if (head.len >= 3 && memcmp(head.at, "\xef\xbb\xbf", 3) == 0) {
		head.at += 3;
		head.len -= 3;
	}
	while (head.len > 0 && (head.at[0] == '\n' || head.at[0] == '\r')) { /* blank lines */
		head.at++;
		head.len--;
	}
	if (head.len == 0)
		return OTS_FORMAT_UNKNOWN;
	if (is_jsonl(head))
		return OTS_FORMAT_JSONL;
	if (is_tunnel(head, at_end))
		return OTS_FORMAT_TUNNEL_CSV;
	return is_stream(head, at_end) ? OTS_FORMAT_STREAM_CSV : OTS_FORMAT_UNKNOWN;
}
