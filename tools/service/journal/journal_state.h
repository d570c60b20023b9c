/* What the journaled storage is made of: its transactions and tables are in journal.c, the map of
 * recent changes and its way to and from the journal in journal_map.c, rows in journal_rows.c.
 * Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_JOURNAL_STATE_H
#define OTSFS_SERVICE_JOURNAL_STATE_H

#include "../memory/memory_state.h"
#include "journal.h"
#include "sqlite.h"

#define JOURNAL_ID_BYTES 8
/* Changes of one transaction: SQLite takes 10^9 bytes in one value. */
#define JOURNAL_CHANGES_MAX_BYTES ((size_t)900 * 1000 * 1000)

enum journal_fate { JOURNAL_GONE = 0, JOURNAL_KEPT = 1, JOURNAL_ALL_GONE = 2 };

struct journal_storage {
	struct ots_storage file;
	struct ots_storage recent; /* in memory, one table, the map */
	int64_t recent_id;
	size_t flush_bytes;
	bool ready;                 /* the journal was read: the map may be flushed */
	bool open;                  /* between begin and commit or rollback */
	struct ots_buffer changes;  /* entries of this transaction */
	struct ots_buffer key;      /* of the map, being made */
	struct ots_buffer row;      /* of the map, being made */
	struct ots_buffer last_key; /* of the map: what was changed last */
	size_t run;                 /* changes since keys last went down */
};

static inline struct memory_storage *journal_map(const struct journal_storage *s)
{
	return s->recent.self;
}

/* The tree of the map. */
static inline const struct ots_memory_tree *journal_tree(const struct journal_storage *s)
{
	return &ots_memory_table_find(journal_map(s), s->recent_id)->rows;
}

enum ots_status journal_no_memory(struct ots_error *err);

/* What keys of the map begin with. */
void journal_put_id(int64_t table_id, uint8_t out[JOURNAL_ID_BYTES]);

/* A key as the map has it, in s->key: good until the next one. */
enum ots_status journal_make_key(struct journal_storage *s, int64_t table_id, struct ots_bytes key,
				 struct ots_bytes *out, struct ots_error *err);

/* Set what is known of a key: JOURNAL_GONE or JOURNAL_KEPT. */
enum ots_status journal_set_recent(struct journal_storage *s, int64_t table_id,
				   struct ots_bytes key, enum journal_fate fate,
				   struct ots_bytes row, struct ots_error *err);

/* The entry at a place, if it is one of the table. @return false: none */
bool journal_recent_at(struct ots_memory_place place, struct ots_bytes id, struct ots_bytes *key,
		       enum journal_fate *fate, struct ots_bytes *row);

/* Every recent row of a table becomes one that is gone. */
enum ots_status journal_forget_table(struct journal_storage *s, int64_t table_id,
				     struct ots_error *err);

/* Add a change to those of this transaction. */
enum ots_status journal_note(struct journal_storage *s, int64_t table_id, enum journal_fate fate,
			     struct ots_bytes key, struct ots_bytes row, struct ots_error *err);

/* An empty map in the place of the full one. */
enum ots_status journal_renew_map(struct journal_storage *s, struct ots_error *err);

/* Put all recent changes to their places, in key order, and empty the journal, in one transaction:
 * whatever happens, each change is in one of the two. */
enum ots_status journal_flush(struct journal_storage *s, struct ots_error *err);

/* Fill the map from the journal. @return OTS_OK, OTS_CORRUPT and the statuses of a storage */
enum ots_status journal_replay(struct journal_storage *s, struct ots_error *err);

/* A change outside of begin stands alone. */
enum ots_status journal_begin_alone(struct journal_storage *s, bool *alone, struct ots_error *err);
enum ots_status journal_end_alone(struct journal_storage *s, bool alone, enum ots_status status,
				  struct ots_error *err);

/* The calls on rows (storage.h). */
enum ots_status journal_put(void *self, int64_t table_id, struct ots_bytes key,
			    struct ots_bytes row, struct ots_error *err);
enum ots_status journal_remove(void *self, int64_t table_id, struct ots_bytes key,
			       struct ots_error *err);
enum ots_status journal_get(void *self, int64_t table_id, struct ots_bytes key,
			    struct ots_buffer *row, bool *found, struct ots_error *err);
enum ots_status journal_scan(void *self, const struct ots_scan *scan, ots_storage_row_fn *fn,
			     void *arg, struct ots_error *err);

#endif
