/** @file sqlite.h
 *  The SQLite file below a journaled storage (journal.c): tables, rows in key order, and the
 * journal, which is a list of bytes in the order they were added. Threads: the caller serialises.
 */
#ifndef OTSFS_SERVICE_JOURNAL_SQLITE_H
#define OTSFS_SERVICE_JOURNAL_SQLITE_H

#include "../storage/storage.h"

/** As ots_storage_open_sqlite(), without the journal at work. */
enum ots_status ots_sqlite_open(const char *dir, struct ots_storage *out,
				struct ots_error *err) OTS_MUST_USE;

/** @return false to stop, which is no failure of the call */
typedef bool ots_sqlite_journal_fn(void *arg, struct ots_bytes changes);

/** Add to the journal, go through it from its beginning, empty it; @p self is the storage's. */
enum ots_status ots_sqlite_journal_add(void *self, struct ots_bytes changes,
				       struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_sqlite_journal_each(void *self, ots_sqlite_journal_fn *fn, void *arg,
					struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_sqlite_journal_clear(void *self, struct ots_error *err) OTS_MUST_USE;

#endif
