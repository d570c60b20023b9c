#include "window.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum ots_status ots_window_open(struct ots_window *w, struct ots_input *input,
				const struct ots_records_options *options, struct ots_error *err)
{
	static const struct ots_records_options defaults = {.begin = {0, 1}};
	const struct ots_entry *entry = ots_input_entry(input);

	if (options == NULL)
		options = &defaults;
	*w = (struct ots_window){
		.input = input,
		.end_offset = entry->size,
		.place = options->begin,
		.batch_bytes = options->batch_bytes > 0 ? options->batch_bytes : OTS_BATCH_BYTES,
		.memory_bytes =
			options->memory_bytes > 0 ? options->memory_bytes : OTS_DECODE_MEMORY_BYTES,
	};
	if (w->place.line == 0)
		w->place.line = 1;
	if (options->end_offset > 0 && options->end_offset < entry->size)
		w->end_offset = options->end_offset;
	if (w->place.offset > w->end_offset)
		return ots_fail(err, OTS_USAGE,
				"%.*s: begin at byte %" PRIu64 ", expected at most %" PRIu64,
				(int)entry->key.len, (const char *)entry->key.at, w->place.offset,
				w->end_offset);
	w->limit_bytes = w->memory_bytes / 2 > 0 ? w->memory_bytes / 2 : 1;
	if (w->batch_bytes > w->limit_bytes)
		w->batch_bytes = w->limit_bytes;
	return OTS_OK;
}

void ots_window_close(struct ots_window *w)
{
	free(w->bytes);
	*w = (struct ots_window){0};
}

static int name_length(const struct ots_entry *entry)
{
	return (int)entry->key.len; /* at most OTS_KEY_MAX_BYTES */
}

/* A larger buffer with the bytes in hand at its front. */
static enum ots_status grow(struct ots_window *w, size_t cap, struct ots_error *err)
{
	uint8_t *bytes = malloc(cap);

	if (bytes == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for a window of %zu bytes", cap);
	if (w->len > 0)
		memcpy(bytes, w->bytes + w->start, w->len);
	free(w->bytes);
	w->bytes = bytes;
	w->cap = cap;
	w->start = 0;
	return OTS_OK;
}

/* Fill the buffer behind what is in hand, as far as it and the object go. */
static enum ots_status read_on(struct ots_window *w, struct ots_error *err)
{
	const struct ots_entry *entry = ots_input_entry(w->input);
	const uint64_t offset = w->place.offset + w->len;
	const uint64_t left = w->end_offset - offset;
	enum ots_status status;
	size_t want, got = 0;

	if (w->start > 0 && w->len > 0)
		memmove(w->bytes, w->bytes + w->start, w->len);
	w->start = 0;
	want = w->cap - w->len;
	if (want > left)
		want = (size_t)left;
	status = ots_input_read(w->input, offset, w->bytes + w->len, want, &got, err);
	if (status != OTS_OK)
		return status; /* the input names the object */
	if (got != want)
		return ots_fail(err, OTS_CHANGED,
				"%.*s: %zu bytes at byte %" PRIu64
				", expected %zu: it became shorter",
				name_length(entry), (const char *)entry->key.at, got, offset, want);
	w->len += want;
	return OTS_OK;
}

enum ots_status ots_window_fill(struct ots_window *w, struct ots_error *err)
{
	const uint64_t left = w->end_offset - w->place.offset;
	const size_t want = left < w->batch_bytes ? (size_t)left : w->batch_bytes;
	enum ots_status status;

	if (w->len >= want)
		return OTS_OK;
	if (want > w->cap) {
		status = grow(w, want, err);
		if (status != OTS_OK)
			return status;
	}
	return read_on(w, err);
}

enum ots_status ots_window_more(struct ots_window *w, struct ots_error *err)
{
	const struct ots_entry *entry = ots_input_entry(w->input);
	size_t cap = w->cap < w->limit_bytes / 2 ? w->cap * 2 : w->limit_bytes;
	enum ots_status status;

	assert(!ots_window_at_end(w));
	if (w->len < w->cap) /* the room is in front of what is in hand */
		return read_on(w, err);
	if (w->cap >= w->limit_bytes)
		return ots_fail_at(err, OTS_LIMIT, w->place.line, w->place.offset,
				   "%.*s: a record above the limit of %zu bytes",
				   name_length(entry), (const char *)entry->key.at, w->limit_bytes);
	if (cap <= w->cap)
		cap = w->limit_bytes;
	status = grow(w, cap, err);
	return status == OTS_OK ? read_on(w, err) : status;
}

enum ots_status ots_window_skip_mark(struct ots_window *w, struct ots_error *err)
{
	static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

	if (w->place.offset != 0)
		return OTS_OK;
	while (w->len < sizeof mark &&
	       !ots_window_at_end(w)) { /* ends: each turn has more in hand */
		enum ots_status status = ots_window_more(w, err);

		if (status != OTS_OK)
			return status;
	}
	if (w->len >= sizeof mark && memcmp(w->bytes + w->start, mark, sizeof mark) == 0)
		ots_window_consume(w, sizeof mark, 0);
	return OTS_OK;
}

bool ots_window_batch_full(const struct ots_window *w, const struct ots_batch *batch)
{
	return w->place.offset - batch->begin.offset >= w->batch_bytes ||
	       batch->count > w->memory_bytes / 4 / sizeof *batch->records;
}

size_t ots_window_arena_bytes(const struct ots_window *w)
{
	return w->memory_bytes - (w->cap < w->memory_bytes ? w->cap : w->memory_bytes);
}

size_t ots_window_cap_arena(const struct ots_window *w, struct ots_batch *batch)
{
	const size_t share = ots_window_arena_bytes(w);
	const size_t before = ots_arena_set_cap(&batch->arena, share);

	if (before < share)
		(void)ots_arena_set_cap(&batch->arena, before);
	return before;
}
