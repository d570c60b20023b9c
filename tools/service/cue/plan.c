#include "plan.h"

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/utf8.h>

#include "members.h"

/* A file that is nothing but tiny lines or points takes some hundred bytes for each. */
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define NESTING_MAX 8

/* The members of a line. */
enum { LINE_SEED, LINE_MATCH, LINE_DO };

struct line {
	uint32_t has;
	int64_t seed;
	struct ots_cue_line read;
};

static enum ots_status read_match(struct ots_cue_reader *reader, const struct ots_cue_field *field,
				  enum ots_json_token first, const struct ots_json_text *text,
				  void *base)
{
	struct line *line = base;

	if (first != OTS_JSON_OBJECT)
		return ots_cue_field_wrong(reader, "", field->name, field->expected, first, text);
	return ots_cue_match_read(reader, &line->read.match);
}

static enum ots_status read_act(struct ots_cue_reader *reader, const struct ots_cue_field *field,
				enum ots_json_token first, const struct ots_json_text *text,
				void *base)
{
	struct line *line = base;

	if (first != OTS_JSON_OBJECT)
		return ots_cue_field_wrong(reader, "", field->name, field->expected, first, text);
	return ots_cue_act_read(reader, &line->read.act);
}

static const struct ots_cue_field line_fields[] = {
	{.name = "seed",
	 .kind = OTS_CUE_FIELD_INTEGER,
	 .bit = LINE_SEED,
	 .target = offsetof(struct line, seed),
	 .low = 0,
	 .high = INT64_MAX},
	{.name = "match",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = LINE_MATCH,
	 .expected = "an object",
	 .read = read_match},
	{.name = "do",
	 .kind = OTS_CUE_FIELD_OTHER,
	 .bit = LINE_DO,
	 .expected = "an object",
	 .read = read_act},
};

static const struct ots_cue_fields line_members = {
	.where = "",
	.fields = line_fields,
	.count = sizeof line_fields / sizeof line_fields[0],
	.has = offsetof(struct line, has),
};

static enum ots_status fail_line(const struct ots_cue_reader *reader, const char *what)
{
	return ots_fail_at(reader->err, OTS_USAGE, reader->line,
			   (uint64_t)(reader->json.at - reader->text), "%s", what);
}

/* Members that contradict each other; each alone was right. */
static enum ots_status check_line(const struct ots_cue_reader *reader,
				  const struct ots_cue_line *line)
{
	const struct ots_cue_act *act = &line->act;
	const uint32_t of_tablestore = act->has & OTS_CUE_TABLESTORE_ONLY;
	const uint32_t of_oss = act->has & OTS_CUE_OSS_ONLY;
	const bool asks_table = OTS_CUE_SAYS(&line->match, OTS_CUE_TABLE) ||
				OTS_CUE_SAYS(&line->match, OTS_CUE_ROWS);
	const bool asks_object = OTS_CUE_SAYS(&line->match, OTS_CUE_BUCKET) ||
				 OTS_CUE_SAYS(&line->match, OTS_CUE_KEY);

	if (act->has == 0)
		return fail_line(reader, "do: expected at least one member, found none that is on");
	if (OTS_CUE_SAYS(act, OTS_CUE_HOT) &&
	    (!OTS_CUE_SAYS(act, OTS_CUE_PARTITIONS) || act->hot >= act->partitions))
		return fail_line(reader, "do.hot: expected a number below partitions");
	if (OTS_CUE_SAYS(act, OTS_CUE_MESSAGE) && !OTS_CUE_SAYS(act, OTS_CUE_ERROR))
		return fail_line(reader, "do.message: expected an error beside it");
	if (OTS_CUE_SAYS(act, OTS_CUE_STATUS) && !OTS_CUE_SAYS(act, OTS_CUE_ERROR) &&
	    !OTS_CUE_SAYS(act, OTS_CUE_BODY))
		return fail_line(reader, "do.status: expected an error or a body beside it");
	if (asks_table && asks_object)
		return fail_line(reader, "match: no request has a table or rows, and a bucket or "
					 "key too");
	if ((asks_table && of_oss != 0) || (asks_object && of_tablestore != 0))
		return fail_line(reader, "do: a member of the other service than that of match");
	return OTS_OK;
}

static enum ots_status read_line(struct ots_cue_reader *reader, struct line *line)
{
	enum ots_json_token token = ots_json_next(&reader->json, NULL);
	enum ots_status status;

	if (token == OTS_JSON_BAD || token == OTS_JSON_SHORT)
		return ots_cue_field_bad_json(reader, token);
	if (token != OTS_JSON_OBJECT)
		return fail_line(reader, "expected an object with `match` and `do`");
	status = ots_cue_fields_read(reader, &line_members, line);
	if (status != OTS_OK)
		return status;
	(void)ots_json_next(&reader->json, NULL);
	for (; reader->json.at < reader->json.end; reader->json.at++)
		if (memchr(" \t\r", *reader->json.at, 3) == NULL)
			return fail_line(reader,
					 "expected one object a line, found more behind it");
	if ((line->has & OTS_CUE_BIT(LINE_DO)) != 0)
		return check_line(reader, &line->read);
	if (line->has != OTS_CUE_BIT(LINE_SEED))
		return fail_line(reader, "do: expected what to do, found no such member");
	return OTS_OK;
}

static bool is_blank(struct ots_bytes line)
{
	for (size_t i = 0; i < line.len; i++)
		if (memchr(" \t\r", line.at[i], 3) == NULL)
			return false;
	return true;
}

/* Take the next line off the text. */
static struct ots_bytes next_line(struct ots_bytes *rest)
{
	const uint8_t *end = memchr(rest->at, '\n', rest->len);
	const struct ots_bytes line = {rest->at,
				       end != NULL ? (size_t)(end - rest->at) : rest->len};
	const size_t taken = line.len + (end != NULL);

	rest->at += taken;
	rest->len -= taken;
	return line;
}

static size_t count_lines(struct ots_bytes text)
{
	size_t count = 0;

	while (text.len > 0) /* ends: each turn takes a byte or more */
		count += !is_blank(next_line(&text));
	return count;
}

static enum ots_status read_lines(struct ots_bytes text, struct ots_cue_plan *plan,
				  struct ots_error *err)
{
	struct ots_bytes rest = text;
	uint64_t number = 0;
	uint64_t seed = 0;

	while (rest.len > 0) { /* ends: each turn takes a byte or more */
		const struct ots_bytes bytes = next_line(&rest);
		struct ots_cue_reader reader = {
			.arena = &plan->arena, .line = ++number, .text = text.at, .err = err};
		struct line line = {.has = 0};
		enum ots_status status;

		if (is_blank(bytes))
			continue;
		ots_json_init(&reader.json, bytes.at, bytes.len,
			      (struct ots_json_options){.depth_limit = NESTING_MAX});
		if (!ots_utf8_valid(bytes))
			return fail_line(&reader, "expected UTF-8");
		status = read_line(&reader, &line);
		if (status != OTS_OK)
			return status;
		if (line.has == OTS_CUE_BIT(LINE_SEED)) {
			seed = (uint64_t)line.seed;
			continue;
		}
		line.read.number = number;
		line.read.seed =
			(line.has & OTS_CUE_BIT(LINE_SEED)) != 0 ? (uint64_t)line.seed : seed;
		plan->lines[plan->line_count++] = line.read;
	}
	return OTS_OK;
}

enum ots_status ots_cue_plan_read(struct ots_bytes text, struct ots_cue_plan *plan,
				  struct ots_error *err)
{
	size_t count;

	*plan = (struct ots_cue_plan){.line_count = 0};
	ots_arena_init(&plan->arena, ARENA_BYTES);
	if (text.len > OTS_CUE_FILE_MAX_BYTES)
		return ots_fail(err, OTS_LIMIT, "%zu bytes, above the limit of %zu", text.len,
				OTS_CUE_FILE_MAX_BYTES);
	if (text.len == 0)
		return OTS_OK;
	count = count_lines(text);
	if (count > OTS_CUE_LINES_MAX)
		return ots_fail(err, OTS_LIMIT, "%zu lines, above the limit of %zu", count,
				OTS_CUE_LINES_MAX);
	plan->lines = ots_arena_alloc(&plan->arena, count * sizeof *plan->lines);
	if (plan->lines == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%zu lines", count);
	return read_lines(text, plan, err);
}

void ots_cue_plan_release(struct ots_cue_plan *plan)
{
	ots_arena_release(&plan->arena);
	*plan = (struct ots_cue_plan){.line_count = 0};
}
