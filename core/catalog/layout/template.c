#include "template.h"

#include <stdlib.h>
#include <string.h>

#include "moment.h"

/* Milliseconds of the year 9999 have 15 digits. */
#define MS_DIGITS_MAX 15

static const struct variable {
	const char *name;
	enum ots_template_kind kind;
} variables[] = {
	{"$yyyy", TOKEN_YEAR},   {"$MM", TOKEN_MONTH},  {"$dd", TOKEN_DAY},
	{"$HH", TOKEN_HOUR},     {"$mm", TOKEN_MINUTE}, {"$ms", TOKEN_MS},
	{"$table", TOKEN_TABLE}, {"$*", TOKEN_ANY},     {"$$", TOKEN_LITERAL},
};
#define VARIABLE_COUNT (sizeof variables / sizeof variables[0])

/* No variable's name begins another's, so that the first that fits is the one meant. */
static const struct variable *variable_at(const char *text)
{
	for (size_t i = 0; i < VARIABLE_COUNT; i++) {
		if (strncmp(text, variables[i].name, strlen(variables[i].name)) == 0)
			return &variables[i];
	}
	return NULL;
}

static bool has_token(const struct ots_template *t, enum ots_template_kind kind)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->tokens[i].kind == kind)
			return true;
	}
	return false;
}

/* The token at *text, which moves behind it. */
static enum ots_status parse_token(const char **text, struct ots_template *t, struct ots_error *err)
{
	struct ots_template_token token = {.kind = TOKEN_LITERAL};
	const struct variable *variable;
	size_t len = strcspn(*text, "$");

	if (t->count == OTS_TEMPLATE_TOKENS_MAX)
		return ots_fail(err, OTS_USAGE, "layout \"%s\": more than %d pieces", t->text,
				OTS_TEMPLATE_TOKENS_MAX);
	token.literal = (struct ots_bytes){(const uint8_t *)*text, len};
	if (len == 0) {
		variable = variable_at(*text);
		if (variable == NULL)
			return ots_fail(err, OTS_USAGE,
					"layout \"%s\": unknown variable at \"%.12s\"; known are "
					"$table $yyyy $MM $dd $HH $mm $ms $* and $$ for a dollar",
					t->text, *text);
		if (variable->kind != TOKEN_LITERAL && variable->kind != TOKEN_ANY &&
		    has_token(t, variable->kind))
			return ots_fail(err, OTS_USAGE, "layout \"%s\": %s stands twice", t->text,
					variable->name);
		token.kind = variable->kind;
		token.literal.len = 1; /* the dollar of `$$` */
		len = strlen(variable->name);
	}
	t->tokens[t->count++] = token;
	*text += len;
	return OTS_OK;
}

/* A month without a year orders nothing. */
static enum ots_status check_levels(struct ots_template *t, struct ots_error *err)
{
	while (t->depth < OTS_TIME_PARTS_MAX && /* ends: depth grows */
	       has_token(t, (enum ots_template_kind)(TOKEN_YEAR + t->depth)))
		t->depth++;
	for (unsigned i = t->depth; i < OTS_TIME_PARTS_MAX; i++) {
		if (has_token(t, (enum ots_template_kind)(TOKEN_YEAR + i)))
			return ots_fail(err, OTS_USAGE, "layout \"%s\": %s without %s", t->text,
					variables[i].name, variables[t->depth].name);
	}
	return OTS_OK;
}

enum ots_status ots_template_parse(const char *text, struct ots_template *out,
				   struct ots_error *err)
{
	struct ots_template t = {.text = strdup(text)};
	enum ots_status status = OTS_OK;
	const char *at = t.text;

	if (at == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "layout \"%s\"", text);
	if (*at == '\0')
		status = ots_fail(err, OTS_USAGE, "layout \"\": an empty template fits no key");
	while (status == OTS_OK && *at != '\0') /* ends: a token takes at least one byte */
		status = parse_token(&at, &t, err);
	if (status == OTS_OK)
		status = check_levels(&t, err);
	if (status == OTS_OK)
		*out = t;
	else
		ots_template_release(&t);
	return status;
}

void ots_template_release(struct ots_template *t)
{
	free(t->text);
	*t = (struct ots_template){0};
}

/* A run of the key that a token takes. */
struct span {
	size_t at, len;
};

static bool fixed_digits(struct ots_bytes rest, size_t count, int64_t low, int64_t high)
{
	int64_t value;

	return rest.len >= count && ots_digits((struct ots_bytes){rest.at, count}, &value) &&
	       value >= low && value <= high;
}

/* The whole run of digits, so that no part of a longer number is taken for a moment. */
static size_t digit_run(struct ots_bytes rest)
{
	size_t len = 0;

	while (len < rest.len && rest.at[len] >= '0' && rest.at[len] <= '9')
		len++;
	return len <= MS_DIGITS_MAX ? len : 0;
}

static bool first_span(const struct ots_template_token *token, struct ots_bytes rest, size_t *len)
{
	*len = token->kind == TOKEN_YEAR ? 4 : 2;
	switch (token->kind) {
	case TOKEN_LITERAL:
		*len = token->literal.len;
		return *len <= rest.len && memcmp(rest.at, token->literal.at, *len) == 0;
	case TOKEN_YEAR: return fixed_digits(rest, 4, 0, 9999);
	case TOKEN_MONTH: return fixed_digits(rest, 2, 1, 12);
	case TOKEN_DAY: return fixed_digits(rest, 2, 1, 31);
	case TOKEN_HOUR: return fixed_digits(rest, 2, 0, 23);
	case TOKEN_MINUTE: return fixed_digits(rest, 2, 0, 59);
	case TOKEN_TABLE: *len = 1; return rest.len > 0 && rest.at[0] != '/';
	case TOKEN_MS: *len = digit_run(rest); return *len > 0;
	case TOKEN_ANY: *len = 0; return true;
	}
	return false;
}

/* One byte more for the two kinds that can grow. */
static bool longer_span(const struct ots_template_token *token, struct ots_bytes rest, size_t *len)
{
	if (*len >= rest.len || (token->kind != TOKEN_ANY && token->kind != TOKEN_TABLE) ||
	    (token->kind == TOKEN_TABLE && rest.at[*len] == '/'))
		return false;
	(*len)++;
	return true;
}

/* Shortest first, with backing up but without recursion. A `$*` that found nothing behind it from
 * one place on finds nothing from a later one either, so each is tried along the key once, and a
 * match costs at most the square of the key's length whatever the template. */
static bool find_spans(const struct ots_template *t, struct ots_bytes key,
		       struct span spans[OTS_TEMPLATE_TOKENS_MAX + 1])
{
	size_t fails_from[OTS_TEMPLATE_TOKENS_MAX];
	size_t i = 0;
	bool again = false;

	memset(fails_from, 0xff, sizeof fails_from);
	spans[0] = (struct span){0, 0};
	for (;;) { /* ends: forward at most count times in a row; back only to a longer span */
		struct span *span = &spans[i];
		bool fits = false;

		if (i == t->count && span->at == key.len)
			return true;
		if (i < t->count && (again || span->at < fails_from[i])) {
			const struct ots_template_token *token = &t->tokens[i];
			const struct ots_bytes rest = {key.at + span->at, key.len - span->at};

			fits = again ? longer_span(token, rest, &span->len)
				     : first_span(token, rest, &span->len);
			if (!fits && token->kind == TOKEN_ANY && span->at < fails_from[i])
				fails_from[i] = span->at;
		}
		if (fits) {
			spans[++i] = (struct span){span->at + span->len, 0};
		} else {
			if (i == 0)
				return false;
			i--;
		}
		again = !fits;
	}
}

/* Where the part of the key that holds byte @p at begins. */
static size_t part_start(struct ots_bytes key, size_t at)
{
	while (at > 0 && key.at[at - 1] != '/')
		at--;
	return at;
}

/* Labels and table of spans. *ms: the moment in the name, or below 0. */
static void take_spans(const struct ots_template *t, struct ots_bytes key, const struct span *spans,
		       struct ots_placement *placement, size_t *table_end, int64_t *ms)
{
	*ms = -1;
	for (size_t i = 0; i < t->count; i++) {
		const enum ots_template_kind kind = t->tokens[i].kind;
		const struct ots_bytes taken = {key.at + spans[i].at, spans[i].len};

		if (kind == TOKEN_TABLE)
			placement->table = taken;
		else if (kind == TOKEN_MS)
			(void)ots_digits(taken, ms);
		else if (kind >= TOKEN_YEAR && kind <= TOKEN_MINUTE)
			memcpy(placement->labels[kind - TOKEN_YEAR], taken.at, taken.len);
		if (kind == TOKEN_YEAR)
			*table_end = part_start(key, spans[i].at);
	}
}

bool ots_template_match(const struct ots_template *t, const struct ots_zone *zone,
			struct ots_bytes key, struct ots_placement *placement, size_t *table_end)
{
	struct span spans[OTS_TEMPLATE_TOKENS_MAX + 1];
	int64_t ms;

	if (!find_spans(t, key, spans))
		return false;
	*placement = (struct ots_placement){.depth = t->depth};
	*table_end = part_start(key, key.len);
	take_spans(t, key, spans, placement, table_end, &ms);
	if (t->depth > 0 && !ots_moment_from_labels(zone, placement))
		return false;
	return ms < 0 || ots_moment_from_name(ms * 1000, placement);
}

static size_t slashes(struct ots_bytes text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.at[i] == '/';
	return count;
}

/* The pieces up to the last of so many slashes, or up to the last one before a `$*`: no other piece
 * takes a slash that is not its own, so they take the front of the key and nothing else.
 * @param front  its count 0 and its text set
 * @return how many slashes are in them; *open: a `$*` stands behind */
static size_t cut_at_slash(const struct ots_template *t, size_t count, struct ots_template *front,
			   bool *open)
{
	size_t found = 0, whole = 0; /* slashes; pieces up to the last of them */
	size_t last_len = 0;         /* of the last piece, cut behind that slash */

	*open = false;
	for (size_t i = 0; i < t->count && found < count && !*open; i++) {
		const struct ots_template_token *token = &t->tokens[i];

		*open = token->kind == TOKEN_ANY;
		front->tokens[i] = *token;
		for (size_t k = 0; token->kind == TOKEN_LITERAL && k < token->literal.len; k++) {
			if (token->literal.at[k] != '/' || found == count)
				continue;
			found++;
			whole = i + 1;
			last_len = k + 1;
		}
	}
	front->count = whole;
	if (whole > 0)
		front->tokens[whole - 1].literal.len = last_len;
	return found;
}

/* The path up to so many slashes, of which it has at least as many. */
static struct ots_bytes front_of(struct ots_bytes path, size_t count)
{
	size_t len = 0;

	while (count > 0) /* ends: at the last slash */
		count -= path.at[len++] == '/';
	return (struct ots_bytes){path.at, len};
}

enum ots_path_tells ots_template_path(const struct ots_template *t, const struct ots_zone *zone,
				      struct ots_bytes path, struct ots_placement *placement,
				      size_t *table_end)
{
	struct span spans[OTS_TEMPLATE_TOKENS_MAX + 1];
	struct ots_template front = {.text = t->text};
	const size_t wanted = slashes(path);
	unsigned depth = 0;
	size_t found;
	int64_t ms;
	bool open;

	found = cut_at_slash(t, wanted, &front, &open);
	if (found < wanted && !open)
		return OTS_PATH_OUTSIDE;
	path = front_of(path, found);
	if (!find_spans(&front, path, spans))
		return OTS_PATH_OUTSIDE;
	while (depth < t->depth && /* ends: depth grows */
	       has_token(&front, (enum ots_template_kind)(TOKEN_YEAR + depth)))
		depth++;
	if (depth == 0 || (has_token(t, TOKEN_TABLE) && !has_token(&front, TOKEN_TABLE)))
		return OTS_PATH_OPEN;
	*placement = (struct ots_placement){.depth = depth};
	*table_end = 0;
	take_spans(&front, path, spans, placement, table_end, &ms);
	/* A level whose upper one stands further down says nothing yet. */
	for (unsigned i = depth; i < OTS_TIME_PARTS_MAX; i++)
		memset(placement->labels[i], 0, sizeof placement->labels[i]);
	return ots_moment_from_labels(zone, placement) ? OTS_PATH_PLACED : OTS_PATH_OUTSIDE;
}
