#include "footer.h"

#include <inttypes.h>
#include <string.h>

#include "thrift.h"

/* What one parse works on. The first thing wrong is kept. */
struct parse {
	struct ots_cursor *in;
	struct ots_arena *arena;
	struct ots_error *err;
	enum ots_status status;
};

static bool fail(struct parse *p, const char *what, const char *why)
{
	if (p->status == OTS_OK)
		p->status = ots_fail_at(p->err, OTS_CORRUPT, 0, p->in->offset,
					"bad metadata: %s: %s", what, why);
	return false;
}

/* The end of a struct: sound, and with all that it must have (bits of @p have and @p need). */
static bool finish(struct parse *p, const struct thrift *t, const char *what, uint32_t have,
		   uint32_t need)
{
	if (p->status != OTS_OK)
		return false;
	if (t->why != NULL)
		return fail(p, what, t->why);
	if ((have & need) != need)
		return fail(p, what, "a required field is missing");
	return true;
}

static void *alloc(struct parse *p, uint32_t count, size_t size)
{
	void *out = ots_arena_alloc(p->arena, count * size);

	if (out == NULL && p->status == OTS_OK)
		p->status = ots_fail(p->err, OTS_LIMIT,
				     "bad metadata: a footer that takes more than %zu bytes of "
				     "memory",
				     p->arena->cap_bytes);
	else if (out != NULL)
		memset(out, 0, count * size);
	return out;
}

static enum time_unit parse_unit(struct parse *p)
{
	struct thrift t = thrift_begin(p->in);
	enum time_unit unit = UNIT_NONE;

	while (thrift_next(&t)) {
		if (t.id >= 1 && t.id <= 3)
			unit = (enum time_unit)t.id;
		thrift_skip(&t);
	}
	(void)finish(p, &t, "a time unit", 0, 0);
	return unit;
}

/* The struct of one member of LogicalType. Field numbers mean different things in each. */
static void parse_logical_member(struct parse *p, struct logical *logical)
{
	struct thrift t = thrift_begin(p->in);
	const bool is_time = logical->type == LOGICAL_TIME || logical->type == LOGICAL_TIMESTAMP;

	while (p->status == OTS_OK && thrift_next(&t)) {
		if (is_time && t.id == 1)
			(void)thrift_bool(&t, &logical->utc);
		else if (is_time && t.id == 2 && thrift_struct(&t))
			logical->unit = parse_unit(p);
		else if (logical->type == LOGICAL_DECIMAL && t.id == 1)
			(void)thrift_i32(&t, &logical->scale);
		else if (logical->type == LOGICAL_DECIMAL && t.id == 2)
			(void)thrift_i32(&t, &logical->precision);
		else if (logical->type == LOGICAL_INTEGER && t.id == 1)
			(void)thrift_i32(&t, &logical->bit_width);
		else if (logical->type == LOGICAL_INTEGER && t.id == 2)
			(void)thrift_bool(&t, &logical->is_signed);
		else if (!(is_time && t.id == 2))
			thrift_skip(&t);
	}
	(void)finish(p, &t, "a logical type", 0, 0);
}

static void parse_logical(struct parse *p, struct logical *logical)
{
	struct thrift t = thrift_begin(p->in);

	while (p->status == OTS_OK && thrift_next(&t)) {
		const bool known = t.id >= LOGICAL_STRING && t.id <= LOGICAL_GEOGRAPHY && t.id != 9;

		if (!known) {
			thrift_skip(&t);
		} else if (thrift_struct(&t)) {
			*logical = (struct logical){.type = (enum logical_type)t.id};
			parse_logical_member(p, logical);
		}
	}
	(void)finish(p, &t, "a logical type", 0, 0);
}

static bool parse_element(struct parse *p, struct schema_node *n)
{
	struct thrift t = thrift_begin(p->in);
	int32_t repetition = REQUIRED;
	bool named = false;

	*n = (struct schema_node){.type = -1, .converted = -1};
	while (p->status == OTS_OK && thrift_next(&t)) {
		switch (t.id) {
		case 1: (void)thrift_i32(&t, &n->type); break;
		case 2: (void)thrift_i32(&t, &n->type_length); break;
		case 3: (void)thrift_i32(&t, &repetition); break;
		case 4: named = thrift_binary(&t, &n->stored_name); break;
		case 5: (void)thrift_i32(&t, &n->child_count); break;
		case 6: (void)thrift_i32(&t, &n->converted); break;
		case 7: (void)thrift_i32(&t, &n->scale); break;
		case 8: (void)thrift_i32(&t, &n->precision); break;
		case 10:
			if (thrift_struct(&t))
				parse_logical(p, &n->logical);
			break;
		default: thrift_skip(&t); break;
		}
	}
	if (!finish(p, &t, "a schema element", named, 1))
		return false;
	if (n->type < -1 || repetition < REQUIRED || repetition > REPEATED)
		return fail(p, "a schema element", "an unknown type or repetition");
	n->repetition = (enum repetition)repetition;
	return true;
}

static void parse_schema(struct parse *p, struct thrift *list, struct schema *schema)
{
	uint32_t count;

	if (!thrift_list(list, THRIFT_STRUCT, &count))
		return;
	schema->nodes = alloc(p, count, sizeof *schema->nodes);
	for (uint32_t i = 0; schema->nodes != NULL && i < count; i++) {
		if (!parse_element(p, &schema->nodes[i]))
			return;
	}
	schema->node_count = count;
}

static void parse_statistics(struct parse *p, struct statistics *s)
{
	struct thrift t = thrift_begin(p->in);
	bool exact;

	while (thrift_next(&t)) {
		switch (t.id) {
		case 1: (void)thrift_binary(&t, &s->old_max); break;
		case 2: (void)thrift_binary(&t, &s->old_min); break;
		case 3: (void)thrift_i64(&t, &s->null_count); break;
		case 4: (void)thrift_i64(&t, &s->distinct_count); break;
		case 5: (void)thrift_binary(&t, &s->max); break;
		case 6: (void)thrift_binary(&t, &s->min); break;
		case 7: s->max_is_bound = thrift_bool(&t, &exact) && !exact; break;
		case 8: s->min_is_bound = thrift_bool(&t, &exact) && !exact; break;
		default: thrift_skip(&t); break;
		}
	}
	(void)finish(p, &t, "statistics", 0, 0);
}

static void parse_encodings(struct parse *p, struct thrift *list, struct chunk_meta *chunk)
{
	uint32_t count;

	if (!thrift_list(list, THRIFT_I32, &count))
		return;
	for (uint32_t i = 0; i < count; i++) {
		int64_t n;

		if (!thrift_element_i64(p->in, &n)) {
			(void)fail(p, "encodings", "cut short");
			return;
		}
		if (n >= 0 && n < 32)
			chunk->encodings |= UINT32_C(1) << n;
	}
}

static bool parse_path(struct parse *p, struct thrift *list, struct chunk_meta *chunk)
{
	struct ots_bytes *path;
	uint32_t count;

	if (!thrift_list(list, THRIFT_BINARY, &count))
		return false;
	path = alloc(p, count, sizeof *path);
	for (uint32_t i = 0; path != NULL && i < count; i++) {
		if (!thrift_element_binary(p->in, &path[i]))
			return fail(p, "a column's path", "cut short");
	}
	chunk->path = path;
	chunk->path_len = count;
	return path != NULL;
}

static void parse_chunk_details(struct parse *p, struct chunk_meta *c)
{
	const uint32_t need = 1U << 1 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 7 | 1U << 9;
	struct thrift t = thrift_begin(p->in);
	uint32_t have = 0;

	while (p->status == OTS_OK && thrift_next(&t)) {
		const uint32_t bit = t.id > 0 && t.id < 32 ? UINT32_C(1) << t.id : 0;
		bool got = false;

		switch (t.id) {
		case 1: got = thrift_i32(&t, &c->type); break;
		case 2: parse_encodings(p, &t, c); break;
		case 3: got = parse_path(p, &t, c); break;
		case 4: got = thrift_i32(&t, &c->codec); break;
		case 5: got = thrift_i64(&t, &c->value_count); break;
		case 6: got = thrift_i64(&t, &c->uncompressed_bytes); break;
		case 7: got = thrift_i64(&t, &c->compressed_bytes); break;
		case 9: got = thrift_i64(&t, &c->data_offset); break;
		case 11: got = thrift_i64(&t, &c->dictionary_offset); break;
		case 12:
			if (thrift_struct(&t))
				parse_statistics(p, &c->statistics);
			break;
		default: thrift_skip(&t); break;
		}
		have |= got ? bit : 0;
	}
	c->is_told = finish(p, &t, "a column chunk's metadata", have, need);
}

static void parse_chunk(struct parse *p, struct chunk_meta *c)
{
	struct thrift t = thrift_begin(p->in);
	struct ots_bytes path = {0};

	*c = (struct chunk_meta){.dictionary_offset = -1, .index_offset = -1, .index_bytes = -1};
	c->statistics.null_count = -1;
	c->statistics.distinct_count = -1;
	while (p->status == OTS_OK && thrift_next(&t)) {
		switch (t.id) {
		case 1: c->is_elsewhere = thrift_binary(&t, &path) && path.len > 0; break;
		case 3:
			if (thrift_struct(&t))
				parse_chunk_details(p, c);
			break;
		case 4: (void)thrift_i64(&t, &c->index_offset); break;
		case 5: (void)thrift_i64(&t, &c->index_bytes); break;
		case 8:
			c->is_encrypted = thrift_struct(&t);
			if (c->is_encrypted)
				thrift_skip(&t);
			break;
		default: thrift_skip(&t); break;
		}
	}
	(void)finish(p, &t, "a column chunk", 0, 0);
}

static void parse_chunks(struct parse *p, struct thrift *list, struct row_group *group)
{
	struct chunk_meta *chunks;
	uint32_t count;

	if (!thrift_list(list, THRIFT_STRUCT, &count))
		return;
	chunks = alloc(p, count, sizeof *chunks);
	for (uint32_t i = 0; chunks != NULL && p->status == OTS_OK && i < count; i++)
		parse_chunk(p, &chunks[i]);
	group->chunks = chunks;
	group->chunk_count = count;
}

static void parse_group(struct parse *p, struct row_group *group)
{
	struct thrift t = thrift_begin(p->in);
	uint32_t have = 0;

	while (p->status == OTS_OK && thrift_next(&t)) {
		switch (t.id) {
		case 1:
			parse_chunks(p, &t, group);
			have |= group->chunks != NULL ? 1U : 0;
			break;
		case 2: (void)thrift_i64(&t, &group->bytes); break;
		case 3: have |= thrift_i64(&t, &group->row_count) ? 2U : 0; break;
		default: thrift_skip(&t); break;
		}
	}
	if (finish(p, &t, "a row group", have, 3) && group->row_count < 0)
		(void)fail(p, "a row group", "a negative count of rows");
}

static void parse_groups(struct parse *p, struct thrift *list, struct footer *footer)
{
	uint32_t count;

	if (!thrift_list(list, THRIFT_STRUCT, &count))
		return;
	footer->groups = alloc(p, count, sizeof *footer->groups);
	for (uint32_t i = 0; footer->groups != NULL && p->status == OTS_OK && i < count; i++)
		parse_group(p, &footer->groups[i]);
	footer->group_count = count;
}

enum ots_status footer_parse(struct ots_cursor in, struct ots_arena *arena, struct footer *footer,
			     struct ots_error *err)
{
	struct parse p = {.in = &in, .arena = arena, .err = err};
	struct thrift t = thrift_begin(&in);
	bool has_rows = false;

	*footer = (struct footer){0};
	while (p.status == OTS_OK && thrift_next(&t)) {
		switch (t.id) {
		case 2: parse_schema(&p, &t, &footer->schema); break;
		case 3: has_rows = thrift_i64(&t, &footer->row_count); break;
		case 4: parse_groups(&p, &t, footer); break;
		case 6: (void)thrift_binary(&t, &footer->created_by); break;
		case 8:
			footer->is_encrypted = true;
			thrift_skip(&t);
			break;
		default: thrift_skip(&t); break;
		}
	}
	if (!finish(&p, &t, "the footer",
		    (footer->schema.nodes != NULL ? 1U : 0) | (has_rows ? 2U : 0) |
			    (footer->groups != NULL ? 4U : 0),
		    7))
		return p.status;
	if (footer->row_count < 0) {
		(void)fail(&p, "the footer", "a negative count of rows");
		return p.status;
	}
	footer->quirks = quirks_of(footer->created_by);
	return schema_build(&footer->schema, arena, err);
}

const char *encoding_word(int32_t encoding)
{
	static const char *const words[] = {
		"PLAIN",
		NULL,
		"PLAIN_DICTIONARY",
		"RLE",
		"BIT_PACKED",
		"DELTA_BINARY_PACKED",
		"DELTA_LENGTH_BYTE_ARRAY",
		"DELTA_BYTE_ARRAY",
		"RLE_DICTIONARY",
		"BYTE_STREAM_SPLIT",
		"ALP",
	};

	return encoding >= 0 && (size_t)encoding < sizeof words / sizeof *words ? words[encoding]
										: NULL;
}
