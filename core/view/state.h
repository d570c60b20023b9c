/** @file state.h
 *  What the files of this room share.
 *
 *  One lock, view.locked.mutex, guards everything that changes: which texts there are, their
 *  states, the chunk index while it grows, the pages and the memory account. Nothing is read,
 *  decoded, rendered, copied or freed under it. One condition, `changed`, tells of everything.
 *
 *  Memory: rendered pages and what decoding under way may take stay within memory_bytes, or within
 *  MEMORY_MIN_BYTES where that is more. Beside it stand the indexes: a struct chunk for each chunk
 * of an open object, in an array that grows by doubling, those of closed texts at most an eighth of
 *  memory_bytes; the texts themselves, of which at most IDLE_TEXTS_MAX are closed; and the schema
 * of each open text that has one: a few times its file, which OTS_SCHEMA_FILE_MAX_BYTES bounds. */
#ifndef OTSFS_CORE_VIEW_STATE_H
#define OTSFS_CORE_VIEW_STATE_H

#include <pthread.h>

#include <otsfs/format/records.h>
#include <otsfs/format/schema_find.h>
#include <otsfs/object/input.h>
#include <otsfs/record/encoder.h>
#include <otsfs/view/view.h>

#define MEMORY_MIN_BYTES ((size_t)8 * 1024 * 1024)
#define TEXT_BUCKETS ((size_t)4096)
#define IDLE_TEXTS_MAX ((size_t)4096)

/** Rendered text of one chunk. */
struct page {
	struct ots_text *text;
	size_t index; /* of the chunk */
	uint8_t *bytes;
	size_t len;
	size_t pins; /* readers that copy from it */
	struct page *newer, *older;
};

/** A run of records: where they lie in the object, where in the text. */
struct chunk {
	struct ots_place begin; /* a batch begins here */
	uint64_t skip_count;    /* records of that batch before the first of the chunk */
	uint64_t end_offset;    /* the batch of the last record ends here */
	uint64_t text_offset;
	size_t text_len;
	uint64_t record_count;
	struct page *page; /* NULL: not in memory */
	bool large;        /* needed the large allowance */
	bool rendering;    /* somebody is at it */
};

/** What one decoding may take. */
struct allowance {
	size_t decode_bytes; /* window and arena */
	size_t batch_bytes;  /* of the object, a batch */
	size_t text_bytes;   /* rendered text, a chunk */
	size_t total_bytes;  /* the above, and the records of a batch beside its arena */
};

enum text_state { TEXT_COUNTING, TEXT_READY, TEXT_FAILED };

struct ots_text {
	struct ots_view *view;
	uint64_t identity; /* from a digest of key, ETag, form and schema */
	char *key;
	size_t key_len;
	char etag[OTS_ETAG_BYTES];
	enum ots_node_form form;
	enum ots_format format;
	struct ots_schema_place place; /* of the schema that makes the text what it is */

	/* Set by whoever works on the text (busy), read by others only once it is TEXT_READY. */
	struct ots_input *input;   /* NULL: idle */
	struct ots_schema *schema; /* NULL: idle, or none */
	struct count *count;       /* while counting */
	uint64_t size, record_count;
	struct ots_error *damage; /* NULL: sound */

	/* Guarded by the view's lock; the index does not grow any more in TEXT_READY. */
	struct {
		enum text_state state;
		bool busy; /* one of the waiters is opening or counting */
		bool listed;
		size_t refs;
		struct ots_error *failure; /* of TEXT_FAILED */
		struct chunk *chunks;
		size_t chunk_count, chunk_cap;
		struct ots_text *next_in_bucket;
		struct ots_text *newer_idle, *older_idle;
	} locked;
};

struct ots_view {
	struct ots_store *store;
	size_t memory_bytes;
	size_t chunk_bytes; /* of the object, a chunk */
	struct allowance small, large;
	struct allowance columns; /* of Parquet: a page of each column at once */
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t changed;
		size_t page_bytes;     /* of pages */
		size_t reserved_bytes; /* of decoding under way */
		size_t memory_waiting; /* who waits for an allowance */
		size_t large_waiting;  /* who of them for the large one; the others let them pass */
		struct page *newest, *oldest;
		struct ots_text *buckets[TEXT_BUCKETS];
		struct ots_text *newest_idle, *oldest_idle;
		size_t idle_count, idle_index_bytes;
	} locked;
};

static inline void view_lock(struct ots_view *view)
{
	(void)pthread_mutex_lock(&view->locked.mutex);
}

static inline void view_unlock(struct ots_view *view)
{
	(void)pthread_mutex_unlock(&view->locked.mutex);
}

/** Wait until something changes, or 20 ms: nobody signals that a caller's cancel was asked. */
void view_wait_locked(struct ots_view *view);
static inline void view_tell_locked(struct ots_view *view)
{
	(void)pthread_cond_broadcast(&view->locked.changed);
}

/** Free a chain of pages (by `older`) that stand in no list any more. */
void page_free_chain(struct page *chain);

#endif
