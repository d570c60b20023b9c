#include "listing.h"

#include <stdlib.h>

#include <otsfs/object/input.h>

/* Most objects show what they are in their first block; reading all that a recogniser may ask for
 * would make the first listing of a large source sixteen times as long. */
#define FIRST_READ_BYTES ((size_t)4096)

static bool is_alive(const uint64_t *alive, uint32_t row)
{
	return (alive[row / 64] >> (row % 64) & 1) != 0;
}

static enum ots_status read_head(struct ots_lister *lister, struct ots_input *input, uint64_t size,
				 uint8_t *head, enum ots_format *format, struct ots_error *err)
{
	const size_t most = lister->options.recognise_bytes;
	size_t want = most < FIRST_READ_BYTES ? most : FIRST_READ_BYTES;

	for (;;) { /* ends: the second turn wants the most, and leaves */
		size_t got = 0;
		const enum ots_status status = ots_input_read(input, 0, head, want, &got, err);

		if (status != OTS_OK)
			return status;
		*format = lister->options.recognise((struct ots_bytes){head, got}, size);
		if (*format != OTS_FORMAT_UNKNOWN || want == most || size <= want)
			return OTS_OK;
		want = most;
	}
}

static enum ots_status recognise_row(struct ots_lister *lister, const struct ots_row *row,
				     uint8_t *head, enum ots_format *format, struct ots_error *err)
{
	uint8_t key[OTS_KEY_MAX_BYTES];
	const size_t key_len = ots_row_key(&lister->index, row, key);
	const struct ots_bytes etag = ots_row_etag(row);
	char etag_text[OTS_ETAG_BYTES] = "";
	struct ots_input *input = NULL;
	enum ots_status status;

	for (size_t i = 0; i < etag.len && i < sizeof etag_text - 1; i++)
		etag_text[i] = (char)etag.at[i];
	status = ots_input_open(lister->store, (struct ots_bytes){key, key_len}, etag_text, &input,
				err);
	if (status == OTS_OK)
		status = read_head(lister, input, row->size, head, format, err);
	ots_input_close(input);
	return status;
}

/* What cannot be read stays below raw/ and is no reason to fail the listing. It is logged the first
 * time, and tried again with each listing where that may help. */
static uint8_t give_up(struct ots_lister *lister, const struct ots_row *row,
		       const struct ots_error *why)
{
	const uint8_t before = atomic_load_explicit(&row->format, memory_order_relaxed);
	uint8_t key[OTS_KEY_MAX_BYTES];
	const size_t key_len = ots_row_key(&lister->index, row, key);

	if (before == OTS_FORMAT_PENDING)
		ots_log_line(lister->options.log, OTS_LOG_WARNING,
			     "recognise %.*s: below raw/ only: %s", (int)key_len, (const char *)key,
			     why->text);
	return ots_status_is_transient(why->status) ? (uint8_t)OTS_FORMAT_RETRY
						    : (uint8_t)OTS_FORMAT_UNKNOWN;
}

static bool stops_listing(enum ots_status status)
{
	return status == OTS_NO_MEMORY || status == OTS_CANCELLED;
}

/* One row that is pending or to be tried again. */
static enum ots_status look_at(struct ots_lister *lister, struct ots_row *row, uint8_t *head,
			       bool *changed, struct ots_error *err)
{
	const uint8_t before = atomic_load_explicit(&row->format, memory_order_relaxed);
	enum ots_format format = OTS_FORMAT_UNKNOWN;
	struct ots_error why = {0};
	uint8_t after;
	const enum ots_status status = recognise_row(lister, row, head, &format, &why);

	if (stops_listing(status)) {
		if (err != NULL)
			*err = why;
		return status;
	}
	after = status == OTS_OK ? (uint8_t)format : give_up(lister, row, &why);
	atomic_store_explicit(&row->format, after, memory_order_relaxed);
	*changed = *changed || (before == OTS_FORMAT_RETRY && after != OTS_FORMAT_RETRY);
	return OTS_OK;
}

enum ots_status ots_lister_recognise(struct ots_lister *lister, const uint64_t *alive,
				     struct ots_cancel *cancel, bool *changed,
				     struct ots_error *err)
{
	const uint32_t count = lister->index.rows.count;
	const size_t head_bytes = lister->options.recognise_bytes + 1;
	uint8_t *head = malloc(head_bytes);
	enum ots_status status = OTS_OK;
	size_t retries = 0;

	*changed = false;
	if (head == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "recognise: %zu bytes", head_bytes);
	for (uint32_t i = lister->retries > 0 ? 0 : lister->looked_at; i < count; i++) {
		struct ots_row *row = ots_index_row(&lister->index, i);
		const uint8_t format = atomic_load_explicit(&row->format, memory_order_relaxed);

		if (format < OTS_FORMAT_RETRY)
			continue;
		if (ots_cancel_asked(cancel)) {
			status = ots_fail(err, OTS_CANCELLED, "recognise: asked to stop");
			break;
		}
		if (is_alive(alive, i))
			status = look_at(lister, row, head, changed, err);
		if (status != OTS_OK)
			break;
		retries += atomic_load_explicit(&row->format, memory_order_relaxed) >=
			   OTS_FORMAT_RETRY;
	}
	/* Cut short, some rows behind are unknown still: the next run walks all of them. */
	lister->retries = status == OTS_OK ? retries : retries + 1;
	lister->looked_at = count;
	free(head);
	return status;
}
