/** @file storage.h
 *  Where the local service keeps tables and rows: an ordered map of encoded keys (key.h) to row
 *  blobs (row.h) for each table. What the bytes mean is the engine's affair.
 *  Threads: the caller serialises all calls on one storage. */
#ifndef OTSFS_SERVICE_STORAGE_STORAGE_H
#define OTSFS_SERVICE_STORAGE_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/buffer.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

/** One table as it was made. */
struct ots_stored_table {
	int64_t id; /**< never used again after a drop */
	int64_t created_us;
	struct ots_bytes name;
	struct ots_bytes definition; /**< the engine's bytes */
};

/** Borrowed for the call. @return false to stop */
typedef bool ots_storage_table_fn(void *arg, const struct ots_stored_table *table);
typedef bool ots_storage_row_fn(void *arg, struct ots_bytes key, struct ots_bytes row);

/** Forward: from start up to, without, end. Backward: from start down to, without, end. */
struct ots_scan {
	int64_t table_id;
	struct ots_bytes start;
	struct ots_bytes end;
	bool backward;
};

/** What a storage supplies. Every status is OTS_OK, OTS_NO_MEMORY, OTS_NO_SPACE, OTS_IO or
 *  OTS_CORRUPT. Changes (add_table, set_definition, drop_table, next_number, put, remove) happen
 *  between begin and commit or rollback; commit returns when a killed process cannot lose them any
 *  more (in a file). One outside of begin stands alone. Rows belong to a table that is there; of
 *  one that is not, there is nothing to get, to remove or to scan. */
struct ots_storage_ops {
	enum ots_status (*begin)(void *self, struct ots_error *err);
	enum ots_status (*commit)(void *self, struct ots_error *err);
	/** Undo what came since begin. It cannot fail in a way that anybody could mend. */
	void (*rollback)(void *self);

	/** @param table  id is ignored, the new one goes to *id */
	enum ots_status (*add_table)(void *self, const struct ots_stored_table *table, int64_t *id,
				     struct ots_error *err);
	/** Put another definition in the place of a table's. */
	enum ots_status (*set_definition)(void *self, int64_t id, struct ots_bytes definition,
					  struct ots_error *err);
	/** The table and its rows. */
	enum ots_status (*drop_table)(void *self, int64_t id, struct ots_error *err);
	enum ots_status (*each_table)(void *self, ots_storage_table_fn *fn, void *arg,
				      struct ots_error *err);
	/** The next of a table's own ascending numbers, from 1: auto-increment key columns. */
	enum ots_status (*next_number)(void *self, int64_t table_id, int64_t *number,
				       struct ots_error *err);

	/** @param row  emptied, then holds a copy of the blob when *found */
	enum ots_status (*get)(void *self, int64_t table_id, struct ots_bytes key,
			       struct ots_buffer *row, bool *found, struct ots_error *err);
	/** Insert or replace. */
	enum ots_status (*put)(void *self, int64_t table_id, struct ots_bytes key,
			       struct ots_bytes row, struct ots_error *err);
	/** A missing row is fine. */
	enum ots_status (*remove)(void *self, int64_t table_id, struct ots_bytes key,
				  struct ots_error *err);
	/** Rows in key order until @p fn says stop. @p fn calls nothing of the storage. */
	enum ots_status (*scan)(void *self, const struct ots_scan *scan, ots_storage_row_fn *fn,
				void *arg, struct ots_error *err);
	void (*close)(void *self); /**< the last call on self */
};

struct ots_storage {
	const struct ots_storage_ops *ops;
	void *self;
};

/** What a service without a folder may hold: rows, tables and the trees over them. */
#define OTS_STORAGE_MEMORY_BYTES ((size_t)4 * 1024 * 1024 * 1024)

/** Ordered tables in memory; they end with the storage.
 *  @param limit_bytes  a change that would pass it fails with OTS_NO_SPACE. Nodes of a tree are
 *                      counted and may pass it by a few; a replaced or deleted row counts until the
 *                      commit
 *  @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_storage_open_memory(size_t limit_bytes, struct ots_storage *out,
					struct ots_error *err) OTS_MUST_USE;

/** SQLite: a database `tablestore.sqlite` below @p dir (made when missing, WAL, held by one process
 *  at a time). A commit goes to a journal in it, in the order of arrival, and rows go to their
 * places in key order when OTS_JOURNAL_BYTES (journal.h) of them have come, and when it is closed.
 *  What was committed survives the death of the process; of a machine that loses power the last
 *  commits may be gone, and none is there in part.
 *  @return OTS_OK, OTS_NO_MEMORY, OTS_NO_SPACE, OTS_IO (cannot be opened, or another process has
 *          it), OTS_CORRUPT, OTS_UNSUPPORTED (made by a newer program) */
enum ots_status ots_storage_open_sqlite(const char *dir, struct ots_storage *out,
					struct ots_error *err) OTS_MUST_USE;

/** Tables are kept in memory, rows nowhere: a put succeeds, a get finds nothing, a scan gives none.
 *  @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_storage_open_discard(struct ots_storage *out,
					 struct ots_error *err) OTS_MUST_USE;

#endif
