#include <otsfs/format/tunnel_csv.h>

#include <stdlib.h>
#include <string.h>

#include "tunnel_csv/decode.h"
#include "window.h"

/* Room for a header line with its fifth column and a mark in front. */
#define HEADER_BYTES 256

struct tunnel {
	struct ots_window window;
	struct ots_input *input;
	struct tunnel_decoder decoder;
	bool started;
	bool failed;            /* error is what the next call says */
	struct ots_error error; /* of the record behind the last batch */
};

static enum ots_status name_object(const struct tunnel *t, struct ots_error *err)
{
	const struct ots_bytes key = ots_input_entry(t->input)->key;

	return ots_context(err, "%.*s", (int)key.len, (const char *)key.at);
}

/* Whether the object's header has a fifth column: a record without its line end must have it then.
 * Who begins further in looks at the front for it. */
static enum ots_status read_header(struct tunnel *t, struct ots_error *err)
{
	uint8_t head[HEADER_BYTES];
	struct ots_bytes bytes = {head, 0};
	enum ots_status status = ots_input_read(t->input, 0, head, sizeof head, &bytes.len, err);

	if (status != OTS_OK)
		return name_object(t, err);
	if (bytes.len >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
		bytes.at += 3;
		bytes.len -= 3;
	}
	t->decoder.sequence_column = tunnel_header_has_sequence(bytes);
	return OTS_OK;
}

static enum ots_status start(struct tunnel *t, struct ots_error *err)
{
	enum ots_status status = read_header(t, err);

	if (status == OTS_OK)
		status = ots_window_skip_mark(&t->window, err);
	t->started = status == OTS_OK;
	return status;
}

/* What a way that gave up has left of the record is gone. */
static void begin_anew(struct tunnel_decoder *d)
{
	memset(d->record, 0, sizeof *d->record);
	d->cell_cap = 0;
}

/* One line at the window's front into a new record of the batch. */
static enum tunnel_result decode_line(struct tunnel *t, struct ots_batch *batch,
				      struct ots_bytes bytes)
{
	struct tunnel_decoder *const d = &t->decoder;
	struct tunnel_used used = {0, 1};
	enum tunnel_result result = TUNNEL_RECORD;

	d->arena = &batch->arena;
	d->err = &t->error;
	d->line_at = bytes.at;
	d->place = t->window.place;
	d->cell_cap = 0;
	d->record = ots_batch_add(batch);
	if (d->record == NULL)
		return (void)tunnel_no_memory(d), TUNNEL_FAILED;
	used.bytes = tunnel_fast(d, bytes);
	if (used.bytes == 0) {
		begin_anew(d);
		used.bytes = tunnel_straight(d, bytes);
	}
	if (used.bytes == 0) {
		begin_anew(d);
		result = tunnel_line(d, bytes, ots_window_at_end(&t->window), &used);
	}
	if (result == TUNNEL_RECORD) {
		d->record->line = d->place.line;
		d->record->offset = d->place.offset;
		d->cell_guess = d->record->cell_count;
	} else {
		ots_batch_drop_last(batch);
	}
	if (result == TUNNEL_RECORD || result == TUNNEL_PASSED)
		ots_window_consume(&t->window, used.bytes, used.line_feeds);
	return result;
}

/* Whether the batch is as large as it should become. */
static bool batch_full(const struct tunnel *t, const struct ots_batch *batch)
{
	return ots_window_batch_full(&t->window, batch) ||
	       batch->arena.held_bytes >= ots_window_arena_bytes(&t->window);
}

/* What a line that failed means: records before it go out first, then the error. Where they used up
 * the memory it is none, as the next batch has room for the line. */
static void failed_line(struct tunnel *t, const struct ots_batch *batch)
{
	if (batch->count > 0 && t->error.status == OTS_NO_MEMORY)
		return;
	t->failed = true;
	(void)name_object(t, &t->error);
}

static enum ots_status fill_batch(struct tunnel *t, struct ots_batch *batch, struct ots_error *err)
{
	/* Ends: each turn consumes, has more in hand, or returns. */
	while (batch->count == 0 || !batch_full(t, batch)) {
		const struct ots_bytes bytes = ots_window_bytes(&t->window);
		enum tunnel_result result = TUNNEL_SHORT;
		enum ots_status status;

		if (bytes.len == 0 && ots_window_at_end(&t->window))
			return OTS_OK;
		if (bytes.len > 0)
			result = decode_line(t, batch, bytes);
		if (result == TUNNEL_RECORD || result == TUNNEL_PASSED)
			continue;
		if (result == TUNNEL_FAILED)
			failed_line(t, batch);
		if (result == TUNNEL_FAILED || batch->count > 0)
			return OTS_OK;
		status = bytes.len == 0 ? ots_window_fill(&t->window, err)
					: ots_window_more(&t->window, err);
		if (status != OTS_OK)
			return status;
	}
	return OTS_OK;
}

static enum ots_status tunnel_next(void *self, struct ots_batch *batch, struct ots_error *err)
{
	struct tunnel *const t = self;
	enum ots_status status = OTS_OK;

	batch->begin = t->window.place;
	if (!t->failed)
		status = ots_window_fill(&t->window, err);
	if (status == OTS_OK && !t->started)
		status = start(t, err);
	if (status == OTS_OK && !t->failed)
		status = fill_batch(t, batch, err);
	if (t->failed && batch->count == 0) {
		if (err != NULL)
			*err = t->error;
		return t->error.status;
	}
	batch->end = t->window.place;
	return status;
}

static void tunnel_close(void *self)
{
	struct tunnel *const t = self;

	ots_window_close(&t->window);
	free(t);
}

static const struct ots_source_ops tunnel_ops = {.next = tunnel_next, .close = tunnel_close};

enum ots_status ots_tunnel_csv_open(struct ots_input *input,
				    const struct ots_records_options *options,
				    struct ots_source **out, struct ots_error *err)
{
	struct tunnel *t = calloc(1, sizeof *t);
	enum ots_status status;

	if (t == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "tunnel CSV decoder");
	t->input = input;
	t->decoder.schema = options == NULL ? NULL : options->schema;
	status = ots_window_open(&t->window, input, options, err);
	if (status == OTS_OK)
		status = ots_source_new(&tunnel_ops, t, out, err);
	if (status == OTS_OK)
		t = NULL; /* handed over */
	if (t != NULL)
		tunnel_close(t);
	return status;
}
