#include "journal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#define FORM_VERSION 1

enum statement {
	PUT_BUCKET,
	REMOVE_BUCKET,
	REMOVE_OBJECTS,
	EACH_BUCKET,
	PUT,
	REMOVE,
	EACH,
	STATEMENT_COUNT
};

static const char *const texts[STATEMENT_COUNT] = {
	("INSERT OR REPLACE INTO buckets (name, created_us, versioning, acl)"
	 " VALUES (?1, ?2, ?3, ?4)"),
	"DELETE FROM buckets WHERE name = ?1",
	"DELETE FROM objects WHERE bucket = ?1",
	"SELECT name, created_us, versioning, acl FROM buckets ORDER BY name",
	("INSERT OR REPLACE INTO objects (bucket, key, sequence, size, mtime_us, etag, crc, flags,"
	 " type, headers, ready_us, until_us, version, inode, mtime_ns, blob)"
	 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"),
	"DELETE FROM objects WHERE bucket = ?1 AND key = ?2 AND sequence = ?3",
	("SELECT key, sequence, size, mtime_us, etag, crc, flags, type, headers, ready_us,"
	 " until_us, version, inode, mtime_ns, blob FROM objects WHERE bucket = ?1"
	 " ORDER BY key, sequence"),
};

static const char schema_sql[] =
	"CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_us INTEGER NOT NULL,"
	" versioning INTEGER NOT NULL, acl TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS objects (bucket TEXT NOT NULL, key BLOB NOT NULL,"
	" sequence INTEGER NOT NULL, size INTEGER NOT NULL, mtime_us INTEGER NOT NULL,"
	" etag TEXT NOT NULL, crc INTEGER NOT NULL, flags INTEGER NOT NULL,"
	" type INTEGER NOT NULL, headers BLOB NOT NULL, ready_us INTEGER NOT NULL,"
	" until_us INTEGER NOT NULL, version TEXT NOT NULL, inode INTEGER NOT NULL,"
	" mtime_ns INTEGER NOT NULL, blob INTEGER NOT NULL,"
	" PRIMARY KEY (bucket, key, sequence)) WITHOUT ROWID;"
	"PRAGMA user_version = 1;";

enum flag { HAS_CRC = 1, ETAG_IS_MD5 = 2, DELETE_MARKER = 4, IN_FOLDER = 8 };

struct ots_oss_journal {
	sqlite3 *db;
	pthread_mutex_t mutex; /* guards the statements */
	sqlite3_stmt *statements[STATEMENT_COUNT];
};

static enum ots_status fail(const struct ots_oss_journal *journal, int rc, const char *doing,
			    struct ots_error *err)
{
	enum ots_status status = OTS_IO;

	if ((rc & 0xff) == SQLITE_FULL)
		status = OTS_NO_SPACE;
	else if ((rc & 0xff) == SQLITE_NOMEM)
		status = OTS_NO_MEMORY;
	else if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		status = OTS_CORRUPT;
	return ots_fail(err, status, "buckets: %s: %s", doing,
			journal->db != NULL ? sqlite3_errmsg(journal->db) : sqlite3_errstr(rc));
}

static int open_db(struct ots_oss_journal *journal, const char *dir, int *form)
{
	static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
				       "PRAGMA synchronous = NORMAL;";
	sqlite3_stmt *statement = NULL;
	char path[4096];
	int rc;

	*form = 0;
	if (snprintf(path, sizeof path, "%s/objects.sqlite", dir) >= (int)sizeof path)
		return SQLITE_CANTOPEN;
	rc = sqlite3_open_v2(path, &journal->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(journal->db, settings, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(journal->db, "PRAGMA user_version", -1, &statement, NULL);
	if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		*form = sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	if (rc == SQLITE_OK && *form <= FORM_VERSION)
		rc = sqlite3_exec(journal->db, schema_sql, NULL, NULL, NULL);
	for (size_t i = 0; rc == SQLITE_OK && *form <= FORM_VERSION && i < STATEMENT_COUNT; i++)
		rc = sqlite3_prepare_v3(journal->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
					&journal->statements[i], NULL);
	return rc;
}

enum ots_status ots_oss_journal_open(const char *dir, struct ots_oss_journal **out,
				     struct ots_error *err)
{
	struct ots_oss_journal *journal = calloc(1, sizeof *journal);
	enum ots_status status = OTS_OK;
	int rc, form;

	if (journal == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "buckets");
	(void)pthread_mutex_init(&journal->mutex, NULL);
	rc = open_db(journal, dir, &form);
	if (rc != SQLITE_OK)
		status = fail(journal, rc, dir, err);
	else if (form > FORM_VERSION)
		status =
			ots_fail(err, OTS_UNSUPPORTED,
				 "%s/objects.sqlite has form %d, made by a newer otsfs", dir, form);
	if (status == OTS_OK)
		*out = journal;
	else
		ots_oss_journal_close(journal);
	return status;
}

void ots_oss_journal_close(struct ots_oss_journal *journal)
{
	if (journal == NULL)
		return;
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		(void)sqlite3_finalize(journal->statements[i]);
	(void)sqlite3_close(journal->db);
	(void)pthread_mutex_destroy(&journal->mutex);
	free(journal);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	(void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static void bind_bytes(sqlite3_stmt *statement, int index, struct ots_bytes bytes)
{
	(void)sqlite3_bind_blob64(statement, index, bytes.len > 0 ? (const void *)bytes.at : "",
				  bytes.len, SQLITE_STATIC);
}

/* Run a statement that gives no row. */
static enum ots_status run(struct ots_oss_journal *journal, enum statement which, const char *doing,
			   struct ots_error *err)
{
	sqlite3_stmt *statement = journal->statements[which];
	const int rc = sqlite3_step(statement);
	const enum ots_status status = rc == SQLITE_DONE ? OTS_OK : fail(journal, rc, doing, err);

	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return status;
}

enum ots_status ots_oss_journal_put_bucket(struct ots_oss_journal *journal,
					   const struct ots_oss_bucket_line *line,
					   struct ots_error *err)
{
	sqlite3_stmt *statement = journal->statements[PUT_BUCKET];
	enum ots_status status;

	(void)pthread_mutex_lock(&journal->mutex);
	bind_text(statement, 1, line->name);
	(void)sqlite3_bind_int64(statement, 2, line->created_us);
	(void)sqlite3_bind_int(statement, 3, line->versioning);
	bind_text(statement, 4, line->acl);
	status = run(journal, PUT_BUCKET, "keep a bucket", err);
	(void)pthread_mutex_unlock(&journal->mutex);
	return status;
}

enum ots_status ots_oss_journal_remove_bucket(struct ots_oss_journal *journal, const char *name,
					      struct ots_error *err)
{
	enum ots_status status;

	(void)pthread_mutex_lock(&journal->mutex);
	bind_text(journal->statements[REMOVE_BUCKET], 1, name);
	status = run(journal, REMOVE_BUCKET, "remove a bucket", err);
	if (status == OTS_OK) {
		bind_text(journal->statements[REMOVE_OBJECTS], 1, name);
		status = run(journal, REMOVE_OBJECTS, "remove objects", err);
	}
	(void)pthread_mutex_unlock(&journal->mutex);
	return status;
}

enum ots_status ots_oss_journal_put(struct ots_oss_journal *journal, const char *bucket,
				    const struct ots_oss_facts *facts, uint64_t blob_id,
				    struct ots_error *err)
{
	sqlite3_stmt *statement = journal->statements[PUT];
	const int flags = (facts->has_crc ? HAS_CRC : 0) | (facts->etag_is_md5 ? ETAG_IS_MD5 : 0) |
			  (facts->delete_marker ? DELETE_MARKER : 0) |
			  (facts->in_folder ? IN_FOLDER : 0);
	enum ots_status status;

	(void)pthread_mutex_lock(&journal->mutex);
	bind_text(statement, 1, bucket);
	bind_bytes(statement, 2, facts->key);
	(void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)facts->sequence);
	(void)sqlite3_bind_int64(statement, 4, (sqlite3_int64)facts->size);
	(void)sqlite3_bind_int64(statement, 5, facts->mtime_us);
	bind_text(statement, 6, facts->etag);
	(void)sqlite3_bind_int64(statement, 7, (sqlite3_int64)facts->crc);
	(void)sqlite3_bind_int(statement, 8, flags);
	(void)sqlite3_bind_int(statement, 9, (int)facts->type);
	bind_bytes(statement, 10, facts->headers);
	(void)sqlite3_bind_int64(statement, 11, facts->restore_ready_us);
	(void)sqlite3_bind_int64(statement, 12, facts->restore_until_us);
	bind_text(statement, 13, facts->version);
	(void)sqlite3_bind_int64(statement, 14, (sqlite3_int64)facts->file.inode);
	(void)sqlite3_bind_int64(statement, 15, facts->file.mtime_ns);
	(void)sqlite3_bind_int64(statement, 16, (sqlite3_int64)blob_id);
	status = run(journal, PUT, "keep an object", err);
	(void)pthread_mutex_unlock(&journal->mutex);
	return status;
}

enum ots_status ots_oss_journal_remove(struct ots_oss_journal *journal, const char *bucket,
				       struct ots_bytes key, uint64_t sequence,
				       struct ots_error *err)
{
	sqlite3_stmt *statement = journal->statements[REMOVE];
	enum ots_status status;

	(void)pthread_mutex_lock(&journal->mutex);
	bind_text(statement, 1, bucket);
	bind_bytes(statement, 2, key);
	(void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)sequence);
	status = run(journal, REMOVE, "remove an object", err);
	(void)pthread_mutex_unlock(&journal->mutex);
	return status;
}

static const char *column_text(sqlite3_stmt *statement, int index)
{
	const char *text = (const char *)sqlite3_column_text(statement, index);

	return text != NULL ? text : "";
}

static struct ots_bytes column_bytes(sqlite3_stmt *statement, int index)
{
	const void *at = sqlite3_column_blob(statement, index);
	const int len = sqlite3_column_bytes(statement, index);

	return (struct ots_bytes){at, len > 0 ? (size_t)len : 0};
}

enum ots_status ots_oss_journal_each_bucket(struct ots_oss_journal *journal,
					    ots_oss_journal_bucket_fn *fn, void *arg,
					    struct ots_error *err)
{
	sqlite3_stmt *statement = journal->statements[EACH_BUCKET];
	enum ots_status status = OTS_OK;
	bool good = true;
	int rc = SQLITE_ROW;

	while (good && (rc = sqlite3_step(statement)) == SQLITE_ROW) /* ends: the table does */
		good = fn(arg, &(struct ots_oss_bucket_line){
				       .name = column_text(statement, 0),
				       .created_us = sqlite3_column_int64(statement, 1),
				       .versioning = sqlite3_column_int(statement, 2),
				       .acl = column_text(statement, 3),
			       });
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		status = fail(journal, rc, "read the buckets", err);
	(void)sqlite3_reset(statement);
	return status;
}

static struct ots_oss_facts facts_of(sqlite3_stmt *statement)
{
	const int flags = sqlite3_column_int(statement, 6);
	struct ots_oss_facts facts = {
		.key = column_bytes(statement, 0),
		.sequence = (uint64_t)sqlite3_column_int64(statement, 1),
		.size = (uint64_t)sqlite3_column_int64(statement, 2),
		.mtime_us = sqlite3_column_int64(statement, 3),
		.crc = (uint64_t)sqlite3_column_int64(statement, 5),
		.has_crc = (flags & HAS_CRC) != 0,
		.etag_is_md5 = (flags & ETAG_IS_MD5) != 0,
		.delete_marker = (flags & DELETE_MARKER) != 0,
		.in_folder = (flags & IN_FOLDER) != 0,
		.type = (enum ots_oss_type)sqlite3_column_int(statement, 7),
		.headers = column_bytes(statement, 8),
		.restore_ready_us = sqlite3_column_int64(statement, 9),
		.restore_until_us = sqlite3_column_int64(statement, 10),
		.file = {.inode = (uint64_t)sqlite3_column_int64(statement, 12),
			 .mtime_ns = sqlite3_column_int64(statement, 13)},
	};

	facts.file.size = facts.size;
	(void)snprintf(facts.etag, sizeof facts.etag, "%s", column_text(statement, 4));
	(void)snprintf(facts.version, sizeof facts.version, "%s", column_text(statement, 11));
	return facts;
}

enum ots_status ots_oss_journal_each(struct ots_oss_journal *journal, const char *bucket,
				     ots_oss_journal_fn *fn, void *arg, struct ots_error *err)
{
	sqlite3_stmt *statement = journal->statements[EACH];
	enum ots_status status = OTS_OK;
	bool good = true;
	int rc = SQLITE_ROW;

	bind_text(statement, 1, bucket);
	while (good && (rc = sqlite3_step(statement)) == SQLITE_ROW) { /* ends: the table does */
		const struct ots_oss_facts facts = facts_of(statement);

		good = fn(arg, &facts, (uint64_t)sqlite3_column_int64(statement, 14));
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		status = fail(journal, rc, "read the objects", err);
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return status;
}
