/** @file journal.h
 *  What a service with a folder remembers of buckets and objects: all but the content. SQLite, one
 *  line a version.
 *  Threads: locked inside; ots_oss_journal_close() comes last, from one. */
#ifndef OTSFS_SERVICE_OSS_STORE_JOURNAL_H
#define OTSFS_SERVICE_OSS_STORE_JOURNAL_H

#include "object.h"

struct ots_oss_journal;

/** A database `objects.sqlite` below @p dir, held by one process at a time.
 *  @return OTS_OK, OTS_NO_MEMORY, OTS_NO_SPACE, OTS_IO, OTS_CORRUPT, OTS_UNSUPPORTED */
enum ots_status ots_oss_journal_open(const char *dir, struct ots_oss_journal **out,
				     struct ots_error *err) OTS_MUST_USE;
void ots_oss_journal_close(struct ots_oss_journal *journal);

struct ots_oss_bucket_line {
	const char *name;
	int64_t created_us;
	int versioning;
	const char *acl;
};
/** Insert or replace. */
enum ots_status ots_oss_journal_put_bucket(struct ots_oss_journal *journal,
					   const struct ots_oss_bucket_line *line,
					   struct ots_error *err) OTS_MUST_USE;
/** And all its objects. */
enum ots_status ots_oss_journal_remove_bucket(struct ots_oss_journal *journal, const char *name,
					      struct ots_error *err);
enum ots_status ots_oss_journal_put(struct ots_oss_journal *journal, const char *bucket,
				    const struct ots_oss_facts *facts, uint64_t blob_id,
				    struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_oss_journal_remove(struct ots_oss_journal *journal, const char *bucket,
				       struct ots_bytes key, uint64_t sequence,
				       struct ots_error *err);

/** Borrowed for the call. @return false to give up */
typedef bool ots_oss_journal_bucket_fn(void *arg, const struct ots_oss_bucket_line *line);
typedef bool ots_oss_journal_fn(void *arg, const struct ots_oss_facts *facts, uint64_t blob_id);

enum ots_status ots_oss_journal_each_bucket(struct ots_oss_journal *journal,
					    ots_oss_journal_bucket_fn *fn, void *arg,
					    struct ots_error *err) OTS_MUST_USE;
/** Versions of a key from the oldest to the newest. */
enum ots_status ots_oss_journal_each(struct ots_oss_journal *journal, const char *bucket,
				     ots_oss_journal_fn *fn, void *arg,
				     struct ots_error *err) OTS_MUST_USE;

#endif
