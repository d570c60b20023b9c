#include "ini.h"

#include <string.h>

void ini_init(struct ini *ini, struct ots_bytes text)
{
	*ini = (struct ini){.at = text.at, .end = text.len > 0 ? text.at + text.len : text.at};
	/* What some editors write in front. */
	if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
		ini->at += 3;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct ots_bytes trim(const uint8_t *from, const uint8_t *to)
{
	while (from < to && is_blank(*from)) /* ends: the text shrinks */
		from++;
	while (from < to && is_blank(to[-1]))
		to--;
	return (struct ots_bytes){from, (size_t)(to - from)};
}

/* A # behind a blank begins a comment; one inside a value does not. */
static const uint8_t *value_end(const uint8_t *from, const uint8_t *to)
{
	for (const uint8_t *at = from; at < to; at++) {
		if (*at == '#' && (at == from || is_blank(at[-1])))
			return at;
	}
	return to;
}

static enum ini_kind line_read(struct ots_bytes line, struct ini_line *out)
{
	const uint8_t *end = line.at + line.len;
	const uint8_t *mark;

	if (line.at[0] == '[') {
		mark = memchr(line.at, ']', line.len);
		if (mark == NULL)
			return INI_BAD;
		out->name = trim(line.at + 1, mark);
		out->value = (struct ots_bytes){NULL, 0};
		return INI_SECTION;
	}
	mark = memchr(line.at, '=', line.len);
	if (mark == NULL)
		return INI_BAD;
	out->name = trim(line.at, mark);
	out->value = trim(mark + 1, value_end(mark + 1, end));
	return out->name.len > 0 ? INI_VALUE : INI_BAD;
}

enum ini_kind ini_next(struct ini *ini, struct ini_line *out)
{
	while (ini->at < ini->end) { /* ends: each turn passes a line */
		const size_t left = (size_t)(ini->end - ini->at);
		const uint8_t *feed = memchr(ini->at, '\n', left);
		const uint8_t *stop = feed != NULL ? feed : ini->end;
		const struct ots_bytes line = trim(ini->at, stop);

		ini->at = feed != NULL ? feed + 1 : ini->end;
		ini->line++;
		if (line.len > 0 && line.at[0] != '#' && line.at[0] != ';')
			return line_read(line, out);
	}
	return INI_END;
}

enum ots_status ini_fail(const struct ini *ini, const char *path, struct ots_error *err)
{
	return ots_fail(err, OTS_CORRUPT, "%s, line %llu: neither [section] nor name = value", path,
			(unsigned long long)ini->line);
}
