#include <otsfs/text/csv.h>

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first @p a or @p b at or behind @p at, or @p end. */
static const uint8_t *find_either(const uint8_t *at, const uint8_t *end, char a, char b)
{
#ifdef __SSE2__
	for (; end - at >= 16; at += 16) {
		const __m128i c = _mm_loadu_si128((const __m128i *)(const void *)at);
		const int hit = _mm_movemask_epi8(_mm_or_si128(
			_mm_cmpeq_epi8(c, _mm_set1_epi8(a)), _mm_cmpeq_epi8(c, _mm_set1_epi8(b))));

		if (hit != 0)
			return at + __builtin_ctz((unsigned)hit);
	}
#endif
	while (at < end && *at != (uint8_t)a && *at != (uint8_t)b)
		at++;
	return at;
}

struct scan {
	const uint8_t *begin;
	const uint8_t *at;
	const uint8_t *end;
	bool at_end;
	size_t line_feeds;
};

static void add_field(struct ots_csv_record *record, struct ots_csv_field field)
{
	if (record->field_count < record->field_limit)
		record->fields[record->field_count] = field;
	record->field_count++;
}

/* Behind the opening quote: to behind the closing one. */
static bool scan_quoted(struct scan *s, struct ots_csv_record *record)
{
	const uint8_t *content = s->at;

	for (;;) { /* ends: each turn passes a byte at least, or returns */
		s->at = find_either(s->at, s->end, '"', '\n');
		if (s->at == s->end)
			return false;
		if (*s->at == '\n') {
			s->line_feeds++;
			s->at++;
			continue;
		}
		if (s->end - s->at >= 2 && s->at[1] == '"') {
			s->at += 2;
			continue;
		}
		if (s->at + 1 == s->end && !s->at_end)
			return false; /* the next byte says whether this quote closes */
		break;
	}
	add_field(record, (struct ots_csv_field){content, (size_t)(s->at - content), true});
	s->at++;
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
	return true;
}

/* To the separator or the line's end. */
static bool scan_bare(struct scan *s, struct ots_csv_record *record)
{
	const uint8_t *content = s->at;
	size_t len;

	s->at = find_either(s->at, s->end, ',', '\n');
	if (s->at == s->end && !s->at_end)
		return false;
	len = (size_t)(s->at - content);
	if (s->at < s->end && *s->at == '\n' && len > 0 && content[len - 1] == '\r') {
		len--;
		s->at--;
	}
	add_field(record, (struct ots_csv_field){content, len, false});
	return true;
}

enum behind { BEHIND_COMMA, BEHIND_LINE, BEHIND_DATA, BEHIND_SHORT, BEHIND_BAD };

/* What ends a field; consumed where it is a comma or a line end. */
static enum behind scan_behind(struct scan *s)
{
	size_t cr;

	if (s->at == s->end)
		return s->at_end ? BEHIND_DATA : BEHIND_SHORT;
	if (*s->at == ',') {
		s->at++;
		return BEHIND_COMMA;
	}
	cr = *s->at == '\r';
	if (s->at + cr == s->end)
		return s->at_end ? BEHIND_BAD : BEHIND_SHORT;
	if (s->at[cr] != '\n')
		return BEHIND_BAD;
	s->at += cr + 1;
	s->line_feeds++;
	return BEHIND_LINE;
}

static enum ots_csv_result scan_fields(struct scan *s, struct ots_csv_record *record)
{
	for (;;) { /* ends: each turn consumes a comma, or returns */
		const bool quoted = s->at < s->end && *s->at == '"';

		s->at += quoted;
		if (quoted ? !scan_quoted(s, record) : !scan_bare(s, record))
			return OTS_CSV_SHORT;
		switch (scan_behind(s)) {
		case BEHIND_COMMA: break;
		case BEHIND_LINE: record->ended_by_line = true; return OTS_CSV_RECORD;
		case BEHIND_DATA: return OTS_CSV_RECORD;
		case BEHIND_SHORT: return OTS_CSV_SHORT;
		case BEHIND_BAD: return OTS_CSV_BAD;
		}
	}
}

enum ots_csv_result ots_csv_scan(struct ots_bytes bytes, bool at_end, struct ots_csv_record *record)
{
	struct scan s = {.begin = bytes.at, .at = bytes.at, .at_end = at_end};
	enum ots_csv_result result;

	record->field_count = 0;
	record->used_bytes = 0;
	record->line_feeds = 0;
	record->ended_by_line = false;
	if (bytes.len == 0)
		return OTS_CSV_SHORT;
	s.end = bytes.at + bytes.len;
	result = scan_fields(&s, record);
	record->used_bytes = (size_t)(s.at - s.begin);
	record->line_feeds = s.line_feeds;
	return result;
}

size_t ots_csv_unquote(const struct ots_csv_field *field, uint8_t *out)
{
	const uint8_t *at = field->at, *end = at, *quote;
	uint8_t *to = out;

	if (field->len == 0)
		return 0;
	end += field->len;
	if (!field->quoted) {
		memcpy(out, at, field->len);
		return field->len;
	}
	/* ends: each turn passes a pair of quotes */
	while ((quote = memchr(at, '"', (size_t)(end - at))) != NULL) {
		const size_t n = (size_t)(quote + 1 - at);

		memcpy(to, at, n);
		to += n;
		at = quote + 2 < end ? quote + 2 : end;
		if (at == end)
			return (size_t)(to - out);
	}
	memcpy(to, at, (size_t)(end - at));
	return (size_t)(to - out) + (size_t)(end - at);
}

static bool needs_quotes(struct ots_bytes field)
{
	const uint8_t *end;

	if (field.len == 0)
		return false;
	end = field.at + field.len;
	return find_either(field.at, end, ',', '"') != end ||
	       find_either(field.at, end, '\r', '\n') != end;
}

bool ots_csv_put_field(struct ots_buffer *out, struct ots_bytes field)
{
	const uint8_t *at = field.at, *quote;
	const size_t before = out->len;
	size_t left = field.len;
	bool ok;

	if (!needs_quotes(field))
		return ots_buffer_put(out, field.at, field.len);
	ok = ots_buffer_put_byte(out, '"');
	/* ends: each turn passes a quote */
	while (ok && (quote = memchr(at, '"', left)) != NULL) {
		const size_t n = (size_t)(quote + 1 - at);

		ok = ots_buffer_put(out, at, n) && ots_buffer_put_byte(out, '"');
		at += n;
		left -= n;
	}
	ok = ok && ots_buffer_put(out, at, left) && ots_buffer_put_byte(out, '"');
	if (!ok)
		out->len = before;
	return ok;
}
