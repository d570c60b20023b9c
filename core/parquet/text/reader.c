#include "reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#define MEMORY_DEFAULT_BYTES ((size_t)512 * 1024 * 1024)
/* Read ahead of each column; together at most WINDOWS_BYTES. */
#define WINDOW_MAX_BYTES ((size_t)256 * 1024)
#define WINDOW_MIN_BYTES ((size_t)16 * 1024)
#define WINDOWS_BYTES ((size_t)2 * 1024 * 1024)
/* Asked of a network before a row group is begun: of all columns, and in one request at most. */
#define AHEAD_BYTES ((uint64_t)16 * 1024 * 1024)
#define AHEAD_RANGE_BYTES ((uint64_t)4 * 1024 * 1024)
/* Room that is made for text at once. */
#define TEXT_STEP_BYTES ((size_t)256 * 1024)

char *pen_grow(struct pen *pen, char *to, size_t need)
{
	struct ots_buffer *out = pen->out;
	const size_t more = need > TEXT_STEP_BYTES ? need : TEXT_STEP_BYTES;

	out->len = (size_t)(to - (char *)out->bytes);
	if (!ots_buffer_reserve(out, more) && !ots_buffer_reserve(out, need)) {
		pen->status = ots_buffer_fail(out, need, "a row", pen->err);
		return NULL;
	}
	pen->limit = (char *)out->bytes + out->cap;
	return (char *)out->bytes + out->len;
}

static rows_print_fn *best_print(void)
{
#if defined(__x86_64__) || defined(__i386__)
	if (rows_have_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
		return rows_print_avx2;
#endif
	return rows_print_base;
}

static size_t window_bytes(uint32_t columns)
{
	const size_t share = WINDOWS_BYTES / (columns > 0 ? columns : 1);

	if (share > WINDOW_MAX_BYTES)
		return WINDOW_MAX_BYTES;
	return share < WINDOW_MIN_BYTES ? WINDOW_MIN_BYTES : share;
}

static void init_strips(struct ots_parquet_reader *reader)
{
	const struct ots_parquet_plan *plan = reader->plan;
	const struct footer *footer = &plan->file->footer;

	for (uint32_t i = 0; i < plan->strip_count; i++) {
		struct strip *strip = &reader->strips[i];
		const struct schema_node *leaf = schema_leaf(&footer->schema, plan->strips[i].leaf);
		const struct column_options options = {
			.input = plan->file->input,
			.leaf = leaf,
			.decompressor = reader->decompressor,
			.payload = &reader->payload,
			.account = &reader->account,
			.quirks = footer->quirks,
			.window_bytes = window_bytes(plan->strip_count),
		};

		column_init(&strip->column, &options);
		cell_init(&strip->cell, leaf, plan->strips[i].json);
		strip->max_def = leaf->max_def;
		strip->is_flat = schema_is_flat(leaf);
	}
}

/* Lanes, where each step but the last is a cell of a flat column. */
static enum ots_status init_lanes(struct ots_parquet_reader *reader, struct ots_error *err)
{
	const struct ots_parquet_plan *plan = reader->plan;
	const size_t cells = plan->step_count - 1;

	if (cells != plan->strip_count || cells == 0)
		return OTS_OK;
	for (size_t i = 0; i < cells; i++) {
		if (plan->steps[i].code != STEP_CELL || !reader->strips[i].is_flat)
			return OTS_OK;
	}
	reader->lanes = calloc(cells, sizeof *reader->lanes);
	if (reader->lanes == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for %zu columns", cells);
	reader->lane_bytes = 2 * STEP_SLACK_BYTES;
	for (size_t i = 0; i <= cells; i++)
		reader->lane_bytes += plan->steps[i].text.len + 2 * CELL_MAX_BYTES;
	for (size_t i = 0; i < cells; i++) {
		struct lane *lane = &reader->lanes[i];

		lane->text = plan->steps[i].text;
		lane->strip = &reader->strips[plan->steps[i].first];
		lane->max_def = lane->strip->max_def;
		lane->json = lane->strip->cell.json;
	}
	return OTS_OK;
}

/* Where each lane stands in its window. */
static void aim_lanes(struct ots_parquet_reader *reader)
{
	for (uint32_t i = 0; i < reader->plan->strip_count; i++) {
		struct lane *lane = &reader->lanes[i];
		const struct window *w = &lane->strip->column.window;
		const struct value_run *run = &w->values;
		const size_t width = lane->strip->column.leaf->width;

		lane->code = lane->strip->lane;
		lane->defs = w->defs != NULL ? w->defs + w->at : NULL;
		lane->slots = lane->strip->slots;
		if (run->layout == LAYOUT_FIXED)
			lane->fixed = run->fixed + w->value_at * width;
		else if (run->layout == LAYOUT_BYTES)
			lane->bytes = run->bytes + w->value_at;
		else
			lane->indices = run->indices + w->value_at;
	}
}

/* Values that a lane has consumed itself; the others have been counted as they went. */
static uint32_t consumed(const struct lane *lane)
{
	const struct window *w = &lane->strip->column.window;
	const struct value_run *run = &w->values;

	switch (lane->code) {
	case LANE_SLOTS: return (uint32_t)(lane->indices - run->indices);
	case CELL_TEXT: return (uint32_t)(lane->bytes - run->bytes);
	case CELL_INT64:
	case CELL_DOUBLE: return (uint32_t)((size_t)(lane->fixed - run->fixed) / 8);
	case CELL_INT32: return (uint32_t)((size_t)(lane->fixed - run->fixed) / 4);
	case CELL_BOOLEAN: return (uint32_t)(lane->fixed - run->fixed);
	default: return w->value_at;
	}
}

static void leave_lanes(struct ots_parquet_reader *reader, uint32_t rows)
{
	for (uint32_t i = 0; i < reader->plan->strip_count; i++) {
		struct window *w = &reader->lanes[i].strip->column.window;

		w->at += rows;
		w->value_at = consumed(&reader->lanes[i]);
	}
}

enum ots_status ots_parquet_reader_new(const struct ots_parquet_plan *plan, size_t memory_bytes,
				       struct ots_parquet_reader **out, struct ots_error *err)
{
	struct ots_parquet_reader *reader = calloc(1, sizeof *reader);
	enum ots_status status;

	if (reader == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for a reader");
	reader->plan = plan;
	reader->print = best_print();
	reader->account.limit_bytes = memory_bytes > 0 ? memory_bytes : MEMORY_DEFAULT_BYTES;
	status = ots_decompressor_new(&reader->decompressor, err);
	if (status != OTS_OK)
		goto out;
	reader->strips = calloc((size_t)plan->strip_count + 1, sizeof *reader->strips);
	if (reader->strips == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "no memory for %" PRIu32 " columns",
				  plan->strip_count);
		goto out;
	}
	init_strips(reader);
	status = init_lanes(reader, err);
	if (status != OTS_OK)
		goto out;
	*out = reader;
	reader = NULL;
out:
	ots_parquet_reader_free(reader);
	return status;
}

void ots_parquet_reader_free(struct ots_parquet_reader *reader)
{
	if (reader == NULL)
		return;
	for (uint32_t i = 0; reader->strips != NULL && i < reader->plan->strip_count; i++)
		strip_release(&reader->strips[i]);
	room_release(&reader->payload, &reader->account);
	ots_decompressor_free(reader->decompressor);
	free(reader->lanes);
	free(reader->strips);
	free(reader);
}

/* The chunk's path must be the leaf's, part by part. */
static bool path_agrees(const struct schema *schema, uint32_t leaf, const struct chunk_meta *chunk)
{
	uint32_t node = schema->leaves[leaf];

	if (!chunk->is_told)
		return true; /* refused by what is missing */
	for (uint32_t i = chunk->path_len; i > 0; i--) {
		if (node == 0 ||
		    !ots_bytes_equal(schema->nodes[node].stored_name, chunk->path[i - 1]))
			return false;
		node = schema->nodes[node].parent;
	}
	return node == 0;
}

static enum ots_status begin_strip(struct ots_parquet_reader *reader, struct strip *strip,
				   uint32_t leaf, struct ots_error *err)
{
	const struct ots_parquet *file = reader->plan->file;
	const struct row_group *group = &file->footer.groups[reader->group];
	const struct chunk_meta *chunk = &group->chunks[leaf];
	enum ots_status status;

	if (!path_agrees(&file->footer.schema, leaf, chunk))
		status = ots_fail(err, OTS_CORRUPT,
				  "bad chunk: of another column than the schema's");
	else
		status = column_begin(&strip->column, chunk, (uint64_t)group->row_count,
				      file->data_end, err);
	if (status != OTS_OK)
		(void)ots_context(err, "column %.*s", (int)strip->cell.leaf->name.len,
				  (const char *)strip->cell.leaf->name.at);
	return status;
}

/* Nobody waits for these bytes yet: they are asked for so that they are there. */
static void ignore(void *arg, enum ots_status status, const struct ots_bytes *pieces,
		   size_t piece_count, const struct ots_error *err)
{
	(void)arg;
	(void)status;
	(void)pieces;
	(void)piece_count;
	(void)err;
}

/* Ask a network for the front of every column at once, so that a row group costs one wait and not
 * one a column. Chunks side by side are one range. */
static void fetch_ahead(struct ots_parquet_reader *reader)
{
	const uint32_t count = reader->plan->strip_count;
	const uint64_t share = AHEAD_BYTES / (count > 0 ? count : 1);
	uint64_t begin = 0, end = 0;

	if (!ots_input_is_remote(reader->plan->file->input))
		return;
	for (uint32_t i = 0; i <= count; i++) {
		const struct stream *s = i < count ? &reader->strips[i].column.stream : NULL;
		const uint64_t left = s != NULL ? s->end - s->at : 0;
		struct ots_input_read *read = NULL;

		if (s != NULL && end > begin && s->at == end && end - begin < AHEAD_RANGE_BYTES) {
			end += left < share ? left : share;
			continue;
		}
		if (end > begin) {
			ots_input_begin(reader->plan->file->input, begin, (size_t)(end - begin),
					ignore, NULL, &read);
			ots_input_end(read);
		}
		begin = s != NULL ? s->at : 0;
		end = begin + (left < share ? left : share);
	}
}

enum ots_status ots_parquet_reader_begin(struct ots_parquet_reader *reader, size_t group,
					 uint64_t row, struct ots_error *err)
{
	const struct footer *footer = &reader->plan->file->footer;
	const struct row_group *g = &footer->groups[group];
	enum ots_status status = OTS_OK;

	reader->group = group;
	reader->begun = false;
	if (g->chunk_count != footer->schema.leaf_count)
		status = ots_fail(err, OTS_CORRUPT,
				  "bad row group: %" PRIu32 " chunks for %" PRIu32 " columns",
				  g->chunk_count, footer->schema.leaf_count);
	for (uint32_t i = 0; status == OTS_OK && i < reader->plan->strip_count; i++)
		status = begin_strip(reader, &reader->strips[i], reader->plan->strips[i].leaf, err);
	if (status == OTS_OK)
		fetch_ahead(reader);
	for (uint32_t i = 0; status == OTS_OK && i < reader->plan->strip_count; i++)
		status = strip_skip(&reader->strips[i], row, err);
	if (status != OTS_OK) {
		(void)ots_context(err, "row group %zu", group);
		return status;
	}
	reader->rows_left = (uint64_t)g->row_count - row;
	reader->begun = true;
	return OTS_OK;
}

/* Every flat strip has entries; *rows is how many all of them have. */
static enum ots_status fill_flat(struct ots_parquet_reader *reader, uint32_t *rows,
				 struct ots_error *err)
{
	for (uint32_t i = 0; i < reader->plan->strip_count; i++) {
		struct strip *strip = &reader->strips[i];
		enum ots_status status = OTS_OK;

		if (!strip->is_flat)
			continue;
		if (strip_left(strip) == 0)
			status = strip_fill(strip, err);
		if (status != OTS_OK)
			return status;
		if (strip_left(strip) < *rows)
			*rows = strip_left(strip);
	}
	return OTS_OK;
}

/* Class 15: each column has given all it has. */
static enum ots_status check_end(struct ots_parquet_reader *reader, struct ots_error *err)
{
	for (uint32_t i = 0; i < reader->plan->strip_count; i++) {
		const struct column *c = &reader->strips[i].column;

		if (!column_is_at_end(c))
			return ots_fail(err, OTS_CORRUPT,
					"column %.*s: bad row group: more rows than the others",
					(int)c->leaf->name.len, (const char *)c->leaf->name.at);
	}
	return OTS_OK;
}

static enum ots_status print_some(struct ots_parquet_reader *reader, uint64_t row_limit,
				  struct ots_buffer *out, uint64_t *rows, struct ots_error *err)
{
	uint32_t count = WINDOW_ENTRIES;
	struct pen pen = {.out = out, .err = err};
	enum ots_status status;

	if (row_limit < count)
		count = (uint32_t)row_limit;
	if (reader->rows_left < count)
		count = (uint32_t)reader->rows_left;
	status = fill_flat(reader, &count, err);
	if (status != OTS_OK)
		return status;
	if (count == 0)
		return ots_fail(err, OTS_CORRUPT, "bad row group: %" PRIu64 " rows are missing",
				reader->rows_left);
	if (!ots_buffer_reserve(out, TEXT_STEP_BYTES) && !ots_buffer_reserve(out, 1))
		return ots_buffer_fail(out, 1, "a row", err);
	pen.limit = (char *)out->bytes + out->cap;
	if (reader->lanes != NULL)
		aim_lanes(reader);
	count = reader->print(reader, &pen, count);
	if (reader->lanes != NULL)
		leave_lanes(reader, count);
	reader->rows_left -= count;
	*rows = count;
	return pen.status;
}

enum ots_status ots_parquet_reader_next(struct ots_parquet_reader *reader, uint64_t row_limit,
					struct ots_buffer *out, uint64_t *rows,
					struct ots_error *err)
{
	enum ots_status status;

	*rows = 0;
	if (!reader->begun || row_limit == 0)
		return OTS_OK;
	status = reader->rows_left > 0 ? print_some(reader, row_limit, out, rows, err)
				       : check_end(reader, err);
	if (reader->rows_left == 0 && *rows == 0)
		reader->begun = false;
	if (status != OTS_OK) {
		reader->begun = false;
		(void)ots_context(err, "row group %zu", reader->group);
	}
	return status;
}
