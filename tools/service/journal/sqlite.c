#include "sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#define FORM_VERSION 2 /* 1 had no journal, and becomes 2 by getting one */

/* Prepared once; the order is that of the texts below. */
enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	ADD_TABLE,
	SET_DEFINITION,
	DROP_ROWS,
	DROP_TABLE,
	EACH_TABLE,
	NEXT_NUMBER,
	GET,
	PUT,
	REMOVE,
	SCAN_FORWARD,
	SCAN_BACKWARD,
	JOURNAL_ADD,
	JOURNAL_EACH,
	JOURNAL_CLEAR,
	STATEMENT_COUNT
};

static const char *const texts[STATEMENT_COUNT] = {
	"BEGIN IMMEDIATE",
	"COMMIT",
	"ROLLBACK",
	"INSERT INTO tables (name, created_us, definition, number) VALUES (?1, ?2, ?3, 0)",
	"UPDATE tables SET definition = ?2 WHERE id = ?1",
	"DELETE FROM rows WHERE table_id = ?1",
	"DELETE FROM tables WHERE id = ?1",
	"SELECT id, created_us, name, definition FROM tables ORDER BY id",
	"UPDATE tables SET number = number + 1 WHERE id = ?1 RETURNING number",
	"SELECT row FROM rows WHERE table_id = ?1 AND key = ?2",
	("INSERT INTO rows (table_id, key, row) VALUES (?1, ?2, ?3)"
	 " ON CONFLICT (table_id, key) DO UPDATE SET row = excluded.row"),
	"DELETE FROM rows WHERE table_id = ?1 AND key = ?2",
	"SELECT key, row FROM rows WHERE table_id = ?1 AND key >= ?2 AND key < ?3 ORDER BY key",
	("SELECT key, row FROM rows WHERE table_id = ?1 AND key <= ?2 AND key > ?3"
	 " ORDER BY key DESC"),
	"INSERT INTO journal (changes) VALUES (?1)",
	"SELECT changes FROM journal ORDER BY id",
	"DELETE FROM journal",
};

/* AUTOINCREMENT: the id of a dropped table never comes back, so a request that looked its table up
 * before the drop cannot write into a later one. */
static const char schema_sql[] =
	"CREATE TABLE IF NOT EXISTS tables (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" name BLOB NOT NULL UNIQUE, created_us INTEGER NOT NULL, definition BLOB NOT NULL,"
	" number INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS rows (table_id INTEGER NOT NULL, key BLOB NOT NULL,"
	" row BLOB NOT NULL, PRIMARY KEY (table_id, key)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, changes BLOB NOT NULL);"
	"PRAGMA user_version = 2;";

struct sqlite_storage {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT];
};

static enum ots_status fail(const struct sqlite_storage *s, int rc, const char *doing,
			    struct ots_error *err)
{
	enum ots_status status = OTS_IO;

	if ((rc & 0xff) == SQLITE_FULL)
		status = OTS_NO_SPACE;
	else if ((rc & 0xff) == SQLITE_NOMEM)
		status = OTS_NO_MEMORY;
	else if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		status = OTS_CORRUPT;
	return ots_fail(err, status, "storage: %s: %s", doing,
			s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
}

static void bind_bytes(sqlite3_stmt *statement, int index, struct ots_bytes bytes)
{
	/* A binding that fails leaves NULL behind, which NOT NULL refuses at the step. */
	(void)sqlite3_bind_blob64(statement, index, bytes.len > 0 ? (const void *)bytes.at : "",
				  bytes.len, SQLITE_STATIC);
}

static struct ots_bytes column_bytes(sqlite3_stmt *statement, int index)
{
	const void *at = sqlite3_column_blob(statement, index);
	const int len = sqlite3_column_bytes(statement, index);

	return (struct ots_bytes){at, len > 0 ? (size_t)len : 0};
}

/* Run a statement that gives no row. */
static enum ots_status run(struct sqlite_storage *s, enum statement which, const char *doing,
			   struct ots_error *err)
{
	sqlite3_stmt *statement = s->statements[which];
	const int rc = sqlite3_step(statement);
	enum ots_status status = OTS_OK;

	if (rc != SQLITE_DONE)
		status = fail(s, rc, doing, err);
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return status;
}

static enum ots_status sqlite_begin(void *self, struct ots_error *err)
{
	return run(self, BEGIN, "begin", err);
}

static enum ots_status sqlite_commit(void *self, struct ots_error *err)
{
	return run(self, COMMIT, "commit", err);
}

static void sqlite_rollback(void *self)
{
	(void)run(self, ROLLBACK, "roll back", NULL);
}

static enum ots_status sqlite_add_table(void *self, const struct ots_stored_table *table,
					int64_t *id, struct ots_error *err)
{
	struct sqlite_storage *s = self;
	enum ots_status status;

	bind_bytes(s->statements[ADD_TABLE], 1, table->name);
	(void)sqlite3_bind_int64(s->statements[ADD_TABLE], 2, table->created_us);
	bind_bytes(s->statements[ADD_TABLE], 3, table->definition);
	status = run(s, ADD_TABLE, "add a table", err);
	if (status == OTS_OK)
		*id = sqlite3_last_insert_rowid(s->db);
	return status;
}

static enum ots_status sqlite_set_definition(void *self, int64_t id, struct ots_bytes definition,
					     struct ots_error *err)
{
	struct sqlite_storage *s = self;

	(void)sqlite3_bind_int64(s->statements[SET_DEFINITION], 1, id);
	bind_bytes(s->statements[SET_DEFINITION], 2, definition);
	return run(s, SET_DEFINITION, "change a table", err);
}

static enum ots_status sqlite_drop_table(void *self, int64_t id, struct ots_error *err)
{
	struct sqlite_storage *s = self;
	enum ots_status status;

	(void)sqlite3_bind_int64(s->statements[DROP_ROWS], 1, id);
	status = run(s, DROP_ROWS, "drop the rows of a table", err);
	if (status != OTS_OK)
		return status;
	(void)sqlite3_bind_int64(s->statements[DROP_TABLE], 1, id);
	return run(s, DROP_TABLE, "drop a table", err);
}

static enum ots_status sqlite_each_table(void *self, ots_storage_table_fn *fn, void *arg,
					 struct ots_error *err)
{
	struct sqlite_storage *s = self;
	sqlite3_stmt *statement = s->statements[EACH_TABLE];
	enum ots_status status = OTS_OK;
	bool more = true;
	int rc = SQLITE_ROW;

	while (more && (rc = sqlite3_step(statement)) == SQLITE_ROW) { /* ends with the table */
		const struct ots_stored_table table = {
			.id = sqlite3_column_int64(statement, 0),
			.created_us = sqlite3_column_int64(statement, 1),
			.name = column_bytes(statement, 2),
			.definition = column_bytes(statement, 3),
		};

		more = fn(arg, &table);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		status = fail(s, rc, "list tables", err);
	(void)sqlite3_reset(statement);
	return status;
}

static enum ots_status sqlite_next_number(void *self, int64_t table_id, int64_t *number,
					  struct ots_error *err)
{
	struct sqlite_storage *s = self;
	sqlite3_stmt *statement = s->statements[NEXT_NUMBER];
	enum ots_status status = OTS_OK;
	int rc;

	(void)sqlite3_bind_int64(statement, 1, table_id);
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	else
		status = fail(s, rc, "take a number", err);
	(void)sqlite3_reset(statement);
	return status;
}

static enum ots_status sqlite_get(void *self, int64_t table_id, struct ots_bytes key,
				  struct ots_buffer *row, bool *found, struct ots_error *err)
{
	struct sqlite_storage *s = self;
	sqlite3_stmt *statement = s->statements[GET];
	enum ots_status status = OTS_OK;
	int rc;

	row->len = 0;
	(void)sqlite3_bind_int64(statement, 1, table_id);
	bind_bytes(statement, 2, key);
	rc = sqlite3_step(statement);
	*found = rc == SQLITE_ROW;
	if (*found) {
		const struct ots_bytes blob = column_bytes(statement, 0);

		if (!ots_buffer_put(row, blob.at, blob.len))
			status = ots_buffer_fail(row, blob.len, "storage: a row", err);
	} else if (rc != SQLITE_DONE) {
		status = fail(s, rc, "get a row", err);
	}
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return status;
}

static enum ots_status sqlite_put(void *self, int64_t table_id, struct ots_bytes key,
				  struct ots_bytes row, struct ots_error *err)
{
	struct sqlite_storage *s = self;

	(void)sqlite3_bind_int64(s->statements[PUT], 1, table_id);
	bind_bytes(s->statements[PUT], 2, key);
	bind_bytes(s->statements[PUT], 3, row);
	return run(s, PUT, "put a row", err);
}

static enum ots_status sqlite_remove(void *self, int64_t table_id, struct ots_bytes key,
				     struct ots_error *err)
{
	struct sqlite_storage *s = self;

	(void)sqlite3_bind_int64(s->statements[REMOVE], 1, table_id);
	bind_bytes(s->statements[REMOVE], 2, key);
	return run(s, REMOVE, "remove a row", err);
}

static enum ots_status sqlite_scan(void *self, const struct ots_scan *scan, ots_storage_row_fn *fn,
				   void *arg, struct ots_error *err)
{
	struct sqlite_storage *s = self;
	sqlite3_stmt *statement = s->statements[scan->backward ? SCAN_BACKWARD : SCAN_FORWARD];
	enum ots_status status = OTS_OK;
	bool more = true;
	int rc = SQLITE_ROW;

	(void)sqlite3_bind_int64(statement, 1, scan->table_id);
	bind_bytes(statement, 2, scan->start);
	bind_bytes(statement, 3, scan->end);
	while (more && (rc = sqlite3_step(statement)) == SQLITE_ROW) /* ends with the rows */
		more = fn(arg, column_bytes(statement, 0), column_bytes(statement, 1));
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		status = fail(s, rc, "scan rows", err);
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return status;
}

enum ots_status ots_sqlite_journal_add(void *self, struct ots_bytes changes, struct ots_error *err)
{
	struct sqlite_storage *s = self;

	bind_bytes(s->statements[JOURNAL_ADD], 1, changes);
	return run(s, JOURNAL_ADD, "add to the journal", err);
}

enum ots_status ots_sqlite_journal_each(void *self, ots_sqlite_journal_fn *fn, void *arg,
					struct ots_error *err)
{
	struct sqlite_storage *s = self;
	sqlite3_stmt *statement = s->statements[JOURNAL_EACH];
	enum ots_status status = OTS_OK;
	bool more = true;
	int rc = SQLITE_ROW;

	while (more && (rc = sqlite3_step(statement)) == SQLITE_ROW) /* ends with the journal */
		more = fn(arg, column_bytes(statement, 0));
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		status = fail(s, rc, "read the journal", err);
	(void)sqlite3_reset(statement);
	return status;
}

enum ots_status ots_sqlite_journal_clear(void *self, struct ots_error *err)
{
	return run(self, JOURNAL_CLEAR, "empty the journal", err);
}

static void sqlite_close(void *self)
{
	struct sqlite_storage *s = self;

	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		(void)sqlite3_finalize(s->statements[i]);
	(void)sqlite3_close(s->db);
	free(s);
}

static const struct ots_storage_ops sqlite_ops = {
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.add_table = sqlite_add_table,
	.set_definition = sqlite_set_definition,
	.drop_table = sqlite_drop_table,
	.each_table = sqlite_each_table,
	.next_number = sqlite_next_number,
	.get = sqlite_get,
	.put = sqlite_put,
	.remove = sqlite_remove,
	.scan = sqlite_scan,
	.close = sqlite_close,
};

static enum ots_status prepare(struct sqlite_storage *s, struct ots_error *err)
{
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		const int rc = sqlite3_prepare_v3(s->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
						  &s->statements[i], NULL);

		if (rc != SQLITE_OK)
			return fail(s, rc, "prepare", err);
	}
	return OTS_OK;
}

/* 0 for a new database. */
static enum ots_status read_version(struct sqlite_storage *s, int *version, struct ots_error *err)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &statement, NULL);
	enum ots_status status = OTS_OK;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*version = sqlite3_column_int(statement, 0);
	else
		status = fail(s, rc, "read its version", err);
	(void)sqlite3_finalize(statement);
	return status;
}

/* The path of the database below dir, both made for the owner only when they are missing. */
static enum ots_status make_file(const char *dir, char *path, size_t size, struct ots_error *err)
{
	const int len = snprintf(path, size, "%s/tablestore.sqlite", dir);
	int fd;

	if (len < 0 || (size_t)len >= size)
		return ots_fail(err, OTS_USAGE, "storage: path %s is too long", dir);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return ots_fail(err, OTS_IO, "storage: make %s: %s", dir, strerror(errno));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return ots_fail(err, OTS_IO, "storage: open %s: %s", path, strerror(errno));
	(void)close(fd);
	return OTS_OK;
}

static enum ots_status open_database(struct sqlite_storage *s, const char *dir,
				     struct ots_error *err)
{
	/* Exclusive: one process has the file, and WAL then needs no shared memory. NORMAL: a
	 * commit survives the death of the process; only a loss of power may take the last ones. */
	static const char file_pragmas[] = "PRAGMA locking_mode = EXCLUSIVE;"
					   "PRAGMA journal_mode = WAL;"
					   "PRAGMA synchronous = NORMAL;"
					   "PRAGMA wal_autocheckpoint = 32768;"
					   "PRAGMA journal_size_limit = 268435456;"
					   "PRAGMA cache_size = -131072;";
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	char path[PATH_MAX];
	enum ots_status status = make_file(dir, path, sizeof path, err);
	int version = 0;
	int rc;

	if (status != OTS_OK)
		return status;
	rc = sqlite3_open_v2(path, &s->db, flags, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, file_pragmas, NULL, NULL, NULL);
	if (rc == SQLITE_BUSY)
		return ots_fail(
			err, OTS_IO,
			"storage: %s is locked, as another process uses it: end that one, or take "
			"another folder",
			path);
	if (rc != SQLITE_OK)
		return fail(s, rc, path, err);
	status = read_version(s, &version, err);
	if (status != OTS_OK)
		return ots_context(err, "%s", path);
	if (version > FORM_VERSION)
		return ots_fail(err, OTS_UNSUPPORTED,
				"storage: %s has version %d, this program reads %d", path, version,
				FORM_VERSION);
	rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE;", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, schema_sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, "COMMIT;", NULL, NULL, NULL);
	return rc == SQLITE_OK ? OTS_OK : fail(s, rc, path, err);
}

enum ots_status ots_sqlite_open(const char *dir, struct ots_storage *out, struct ots_error *err)
{
	struct sqlite_storage *s = calloc(1, sizeof *s);
	enum ots_status status;

	if (s == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "storage");
	status = open_database(s, dir, err);
	if (status == OTS_OK)
		status = prepare(s, err);
	if (status == OTS_OK)
		*out = (struct ots_storage){&sqlite_ops, s};
	else
		sqlite_close(s);
	return status;
}
