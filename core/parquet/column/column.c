#include "column.h"

#include <inttypes.h>

/* Source: parquet-format, class 17. */
#define HEADER_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define HEADER_FIRST_BYTES ((size_t)256)
#define DICTIONARY_HEADER_SLACK 100

void column_init(struct column *c, const struct column_options *options)
{
	*c = (struct column){.leaf = options->leaf,
			     .decompressor = options->decompressor,
			     .payload = options->payload,
			     .account = options->account,
			     .quirks = options->quirks};
	c->stream = (struct stream){.input = options->input,
				    .account = options->account,
				    .window_bytes = options->window_bytes};
	c->values = (struct values){.leaf = options->leaf,
				    .account = options->account,
				    .prefix_from_last_page = options->quirks.prefix_from_last_page};
}

void column_release(struct column *c)
{
	stream_release(&c->stream);
	room_release(&c->page, c->account);
	room_release(&c->stored_v2, c->account);
	room_release(&c->rep_levels, c->account);
	room_release(&c->def_levels, c->account);
	room_release(&c->dictionary.page, c->account);
	room_release(&c->dictionary.places, c->account);
	room_release(&c->dictionary.spare, c->account);
	values_release(&c->values);
}

static enum ots_status bad_chunk(struct ots_error *err, const char *what)
{
	return ots_fail(err, OTS_CORRUPT, "bad chunk: %s", what);
}

static enum ots_status check(const struct column *c, const struct chunk_meta *chunk,
			     uint64_t row_count, struct ots_error *err)
{
	if (chunk->is_encrypted)
		return ots_fail(err, OTS_UNSUPPORTED, "encrypted columns are not supported");
	if (chunk->is_elsewhere)
		return ots_fail(err, OTS_UNSUPPORTED,
				"data in another file (file_path) is not supported");
	if (!chunk->is_told)
		return bad_chunk(err, "without metadata");
	if (chunk->type != c->leaf->type)
		return bad_chunk(err, "of another type than the schema's");
	if (chunk->codec == OTS_CODEC_LZO || chunk->codec < 0 || chunk->codec > OTS_CODEC_LZ4_RAW)
		return ots_fail(err, OTS_UNSUPPORTED, "codec %s (%d) is not supported",
				chunk->codec < 0 ? "unknown"
						 : ots_codec_word((enum ots_codec)chunk->codec),
				(int)chunk->codec);
	if (chunk->value_count < 0 || chunk->compressed_bytes < 0 || chunk->data_offset < 0)
		return bad_chunk(err, "a negative count, size or offset");
	if (schema_is_flat(c->leaf) && (uint64_t)chunk->value_count != row_count)
		return ots_fail(err, OTS_CORRUPT,
				"bad row group: %" PRId64 " values of %" PRIu64 " rows",
				chunk->value_count, row_count);
	return OTS_OK;
}

enum ots_status column_begin(struct column *c, const struct chunk_meta *chunk, uint64_t row_count,
			     uint64_t data_end, struct ots_error *err)
{
	const enum ots_status status = check(c, chunk, row_count, err);
	uint64_t begin, bytes;

	if (status != OTS_OK)
		return status;
	c->chunk = chunk;
	c->entries_left = chunk->value_count;
	c->skip = 0;
	c->begun = false;
	c->page_left = 0;
	c->dictionary.is_there = false;
	c->values.previous_len = 0;
	c->window = (struct window){0};
	begin = (uint64_t)chunk->data_offset;
	if (chunk->dictionary_offset >= 4 && chunk->dictionary_offset < chunk->data_offset)
		begin = (uint64_t)chunk->dictionary_offset;
	bytes = (uint64_t)chunk->compressed_bytes;
	if (chunk->value_count == 0) { /* never read, whatever its offsets say */
		stream_begin(&c->stream, 0, 0);
		return OTS_OK;
	}
	if (begin < 4 || begin > data_end || bytes > data_end - begin)
		return ots_fail_at(err, OTS_CORRUPT, 0, begin,
				   "bad chunk: %" PRIu64 " bytes that reach out of the file",
				   bytes);
	if (c->quirks.chunk_omits_dictionary_header)
		bytes = data_end - begin - bytes < DICTIONARY_HEADER_SLACK
				? data_end - begin
				: bytes + DICTIONARY_HEADER_SLACK;
	stream_begin(&c->stream, begin, begin + bytes);
	return OTS_OK;
}

/* The header of the next page; the stream moves behind it. */
static enum ots_status next_header(struct column *c, struct page_header *header,
				   struct ots_error *err)
{
	size_t least = HEADER_FIRST_BYTES;

	c->page_offset = c->stream.at;
	if (c->stream.at == c->stream.end)
		return ots_fail_at(err, OTS_CORRUPT, 0, c->stream.at,
				   "truncated chunk: %" PRId64 " values are missing",
				   c->entries_left);
	for (;;) { /* ends: it doubles up to all that is left, or to the limit */
		struct ots_cursor seen, at;
		bool is_short = false;
		enum ots_status status = stream_peek(&c->stream, least, &seen, err);

		if (status != OTS_OK)
			return status;
		at = seen;
		status = page_header_parse(&at, header, &is_short, err);
		if (status == OTS_OK) {
			stream_skip(&c->stream, seen.left - at.left);
			return OTS_OK;
		}
		if (!is_short || seen.left >= HEADER_MAX_BYTES ||
		    seen.left == c->stream.end - c->stream.at)
			return status;
		least = 2 * seen.left;
	}
}

/* Whether all of a page's entries are to be passed: told without reading it. */
static bool passes_whole(const struct column *c, const struct page_header *header)
{
	return (header->type == PAGE_DATA || header->type == PAGE_DATA_V2) &&
	       (uint64_t)header->value_count <= c->skip && header->value_count > 0 &&
	       header->value_count <= c->entries_left &&
	       !c->quirks.prefix_from_last_page; /* it may be needed by the next */
}

static enum ots_status pass_page(struct column *c, const struct page_header *header)
{
	c->skip -= (uint64_t)header->value_count;
	c->entries_left -= header->value_count;
	stream_skip(&c->stream, (size_t)header->compressed_bytes);
	c->begun = true;
	return OTS_OK;
}

/* The next page that has entries; others on the way are used or passed over. */
static enum ots_status next_page(struct column *c, struct ots_error *err)
{
	while (c->page_left == 0 && c->entries_left > 0) { /* ends: each turn consumes a header */
		struct page_header header = {0};
		enum ots_status status = next_header(c, &header, err);

		if (status != OTS_OK)
			return status;
		if ((uint64_t)header.compressed_bytes > c->stream.end - c->stream.at)
			return ots_fail_at(err, OTS_CORRUPT, 0, c->page_offset,
					   "truncated page: %d bytes, %" PRIu64 " are left",
					   header.compressed_bytes, c->stream.end - c->stream.at);
		if (passes_whole(c, &header))
			status = pass_page(c, &header);
		else if (header.type == PAGE_DICTIONARY)
			status = column_begin_dictionary(c, &header, err);
		else if (header.type == PAGE_DATA || header.type == PAGE_DATA_V2)
			status = column_begin_page(c, &header, err);
		else
			stream_skip(&c->stream, (size_t)header.compressed_bytes);
		if (status != OTS_OK)
			return status;
	}
	return OTS_OK;
}

/* Entries of a window that have a value. */
static uint32_t count_values(const struct column *c, uint32_t n)
{
	const uint8_t max = c->leaf->max_def;
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++)
		count += c->def_levels.bytes[i] == max;
	return count;
}

static enum ots_status read_levels(struct column *c, uint32_t n, uint32_t *value_count,
				   struct ots_error *err)
{
	bool all_max = true;
	enum ots_status status = OTS_OK;

	*value_count = n;
	if (c->leaf->max_rep > 0) {
		status = room_reserve(&c->rep_levels, c->account, WINDOW_ENTRIES, "levels", err);
		if (status != OTS_OK)
			return status;
		if (!levels_read(&c->reps, c->rep_levels.bytes, n, &all_max))
			return ots_fail(err, OTS_CORRUPT, "repetition levels are damaged");
		if (all_max)
			for (uint32_t i = 0; i < n; i++)
				c->rep_levels.bytes[i] = c->leaf->max_rep;
		c->window.reps = c->rep_levels.bytes;
	}
	if (c->leaf->max_def > 0) {
		status = room_reserve(&c->def_levels, c->account, WINDOW_ENTRIES, "levels", err);
		if (status != OTS_OK)
			return status;
		if (!levels_read(&c->defs, c->def_levels.bytes, n, &all_max))
			return ots_fail(err, OTS_CORRUPT, "definition levels are damaged");
		if (!all_max) {
			*value_count = count_values(c, n);
			c->window.defs = c->def_levels.bytes;
		}
	}
	return OTS_OK;
}

/* What can be told once a page has given all its entries. */
static enum ots_status end_page(struct column *c, struct ots_error *err)
{
	const char *why = values_end(&c->values);

	if (why == NULL && c->page_values_told != UINT64_MAX &&
	    c->page_values_told != c->page_values)
		why = "its header tells another number of nulls than its levels";
	return why == NULL ? OTS_OK : ots_fail(err, OTS_CORRUPT, "%s", why);
}

static enum ots_status read_window(struct column *c, struct ots_error *err)
{
	const size_t most = c->values.run_max < WINDOW_ENTRIES ? c->values.run_max : WINDOW_ENTRIES;
	const uint32_t n = c->page_left < most ? c->page_left : (uint32_t)most;
	uint32_t value_count;
	enum ots_status status;

	c->window = (struct window){0};
	status = read_levels(c, n, &value_count, err);
	if (status == OTS_OK && c->window.reps != NULL && !c->begun && c->window.reps[0] != 0)
		status = ots_fail(err, OTS_CORRUPT, "the chunk begins inside a row");
	if (status == OTS_OK)
		status = values_read(&c->values, value_count, &c->window.values, err);
	if (status != OTS_OK)
		return status;
	c->begun = true;
	c->window.count = n;
	c->page_left -= n;
	c->page_values += value_count;
	return c->page_left == 0 ? end_page(c, err) : OTS_OK;
}

/* Consume what is to be passed of the window at hand. */
static void pass_entries(struct column *c)
{
	struct window *w = &c->window;
	const uint32_t n = c->skip < w->count - w->at ? (uint32_t)c->skip : w->count - w->at;
	uint32_t values = n;

	if (w->defs != NULL) {
		values = 0;
		for (uint32_t i = w->at; i < w->at + n; i++)
			values += w->defs[i] == c->leaf->max_def;
	}
	w->at += n;
	w->value_at += values;
	c->skip -= n;
}

enum ots_status column_fill(struct column *c, struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	while (status == OTS_OK && c->window.at == c->window.count &&
	       (c->page_left > 0 || c->entries_left > 0)) { /* ends: entries are consumed */
		status = next_page(c, err);
		if (status == OTS_OK && c->page_left > 0) {
			status = read_window(c, err);
			if (status != OTS_OK)
				(void)ots_context(err, "bad page");
		}
		if (status == OTS_OK && c->skip > 0)
			pass_entries(c);
	}
	if (status != OTS_OK) {
		ots_place(err, c->page_offset);
		(void)ots_context(err, "column %.*s", (int)c->leaf->name.len,
				  (const char *)c->leaf->name.at);
	}
	return status;
}

/* Move on to the first entry of row @p n from here: the one that no repetition level ties to the
 * row before. */
static enum ots_status skip_rows_nested(struct column *c, uint64_t n, struct ots_error *err)
{
	struct window *w = &c->window;

	for (;;) { /* ends: each turn consumes an entry or fills the window */
		if (w->at == w->count) {
			const enum ots_status status = column_fill(c, err);

			if (status != OTS_OK || w->count == w->at)
				return status;
		}
		if (w->reps[w->at] == 0 && n-- == 0)
			return OTS_OK;
		w->value_at += w->defs == NULL || w->defs[w->at] == c->leaf->max_def;
		w->at++;
	}
}

enum ots_status column_skip(struct column *c, uint64_t n, struct ots_error *err)
{
	if (n == 0)
		return OTS_OK;
	if (c->leaf->max_rep > 0)
		return skip_rows_nested(c, n, err);
	c->skip = n;
	pass_entries(c);
	return c->skip > 0 ? column_fill(c, err) : OTS_OK;
}
