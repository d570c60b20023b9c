#include <otsfs/view/view.h>

#include <stdlib.h>

#include <otsfs/base/wait.h>

#include "texts.h"

/* Bounds of a chunk (architecture.md, Main types): 4 MiB of the object or 16 MiB of text; less
 * where the memory is small, so that some chunks fit at once. */
#define CHUNK_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define CHUNK_TEXT_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define CHUNK_MIN_BYTES ((size_t)64 * 1024)
/* What a decoder gets for ordinary records; a record above it is tried again with all there is. */
#define DECODE_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define DECODE_MIN_BYTES ((size_t)512 * 1024)
#define BATCHES_IN_CHUNK 4
#define COLUMNS_SHARE 8
/* A batch's records stand beside its arena: about 240 bytes for a record of at least 40 bytes, in
 * an array that grows by doubling. */
#define RECORDS_BYTES_FOR_BYTE 16

static size_t between(size_t low, size_t n, size_t high)
{
	if (n < low)
		return low;
	return n > high ? high : n;
}

static void set_allowances(struct ots_view *view)
{
	const size_t share = view->memory_bytes / 32;
	struct allowance *small = &view->small;
	struct allowance *large = &view->large;

	view->chunk_bytes = between(CHUNK_MIN_BYTES, share, CHUNK_MAX_BYTES);
	small->decode_bytes = between(DECODE_MIN_BYTES, share, DECODE_MAX_BYTES);
	small->text_bytes = between(CHUNK_MIN_BYTES, share, CHUNK_TEXT_MAX_BYTES);
	small->batch_bytes = view->chunk_bytes / BATCHES_IN_CHUNK;
	small->total_bytes = small->decode_bytes + small->text_bytes +
			     small->batch_bytes * RECORDS_BYTES_FOR_BYTE;
	/* Pages of Parquet are up to some MiB for each column, and a row needs one of each. */
	view->columns = (struct allowance){.decode_bytes = view->memory_bytes / COLUMNS_SHARE,
					   .text_bytes = small->text_bytes};
	view->columns.total_bytes = view->columns.decode_bytes + view->columns.text_bytes;
	/* For one record that is above all that: everything, and so one such decoding at a time. */
	large->batch_bytes = small->batch_bytes;
	large->total_bytes = view->memory_bytes;
	large->text_bytes = view->memory_bytes / 8 * 3;
	large->decode_bytes = view->memory_bytes - large->text_bytes -
			      large->batch_bytes * RECORDS_BYTES_FOR_BYTE;
}

enum ots_status ots_view_new(struct ots_store *store, const struct ots_view_options *options,
			     struct ots_view **out, struct ots_error *err)
{
	struct ots_view *view = calloc(1, sizeof *view);

	if (view == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s: no memory for a view",
				ots_store_name(store));
	view->store = store;
	view->memory_bytes =
		options->memory_bytes > MEMORY_MIN_BYTES ? options->memory_bytes : MEMORY_MIN_BYTES;
	set_allowances(view);
	(void)pthread_mutex_init(&view->locked.mutex, NULL);
	ots_wait_init(&view->locked.changed);
	*out = view;
	return OTS_OK;
}

void ots_view_free(struct ots_view *view)
{
	if (view == NULL)
		return;
	while (view->locked.oldest_idle != NULL) { /* ends: one fewer each turn */
		struct ots_text *text = view->locked.oldest_idle;

		text_wake_locked(view, text);
		text_unlist_locked(view, text);
		text_free(text);
	}
	(void)pthread_cond_destroy(&view->locked.changed);
	(void)pthread_mutex_destroy(&view->locked.mutex);
	free(view);
}

size_t ots_view_memory_bytes(struct ots_view *view)
{
	size_t bytes;

	view_lock(view);
	bytes = view->locked.page_bytes + view->locked.reserved_bytes;
	view_unlock(view);
	return bytes;
}
