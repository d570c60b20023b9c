/** @file journal.h
 *  The changes of rows that a journaled storage has in its journal but not yet in their places: one
 *  map in memory, of the table's id (eight bytes, big-endian) and the key to one byte, GONE or
 * KEPT, and the row. The journal holds the same as entries one behind the other: u64 table id, one
 * byte (0 the row is gone, 1 it is kept, 2 all rows of the table are gone), u32 length of the key,
 * u32 length of the row, key, row; integers little-endian. Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_JOURNAL_JOURNAL_H
#define OTSFS_SERVICE_JOURNAL_JOURNAL_H

#include "../storage/storage.h"

/** What is held in memory at most, about, before rows go to their places. A flush in key order
 *  touches each page of the file once for many rows, where a commit of its own would touch a page a
 *  row: with keys at random that is most of the work. */
#define OTS_JOURNAL_BYTES ((size_t)128 * 1024 * 1024)

/** ots_storage_open_sqlite() with another bound, for tests. */
enum ots_status ots_storage_open_journaled(const char *dir, size_t flush_bytes,
					   struct ots_storage *out,
					   struct ots_error *err) OTS_MUST_USE;

#endif
