/* The journaled storage in a folder: what is in the journal, in its place, or in both when the
 * process dies, and what a reader sees meanwhile. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "../../../tools/service/journal/journal.h"
#include "storage_rig.h"

TestSuite(service_storage_journal, .timeout = 120);

#define NEVER ((size_t)1 << 30) /* to flush */
#define ALWAYS ((size_t)0)

static void open_at(const char *dir, size_t flush_bytes, struct ots_storage *s)
{
	struct ots_error err = {.status = OTS_OK};

	rig_must(ots_storage_open_journaled(dir, flush_bytes, s, &err), &err);
}

static void put(const struct ots_storage *s, int64_t id, const char *key, const char *row)
{
	struct ots_error err = {.status = OTS_OK};

	rig_must(s->ops->put(s->self, id, rig_text(key), rig_text(row), &err), &err);
}

static void erase(const struct ots_storage *s, int64_t id, const char *key)
{
	struct ots_error err = {.status = OTS_OK};

	rig_must(s->ops->remove(s->self, id, rig_text(key), &err), &err);
}

struct listing {
	char text[512];
	size_t rows;
};

static bool list_row(void *arg, struct ots_bytes key, struct ots_bytes row)
{
	struct listing *listing = arg;
	const size_t used = strlen(listing->text);

	if (used + key.len + row.len + 3 < sizeof listing->text)
		(void)snprintf(listing->text + used, sizeof listing->text - used, "%.*s=%.*s ",
			       (int)key.len, (const char *)key.at, (int)row.len,
			       (const char *)row.at);
	return ++listing->rows < 5000;
}

static struct listing list(const struct ots_storage *s, int64_t id, bool backward)
{
	const struct ots_scan scan = {.table_id = id,
				      .start = rig_text(backward ? "~" : ""),
				      .end = rig_text(backward ? "" : "~"),
				      .backward = backward};
	struct listing listing = {.rows = 0};
	struct ots_error err = {.status = OTS_OK};

	rig_must(s->ops->scan(s->self, &scan, list_row, &listing, &err), &err);
	return listing;
}

static void expect(const struct ots_storage *s, int64_t id, const char *forward,
		   const char *backward)
{
	cr_expect_str_eq(list(s, id, false).text, forward, "%s", list(s, id, false).text);
	cr_expect_str_eq(list(s, id, true).text, backward, "%s", list(s, id, true).text);
}

/* How many entries the journal has, seen from outside while nobody has the file. */
static int journal_entries(const char *dir)
{
	char path[512];
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	int count;

	(void)snprintf(path, sizeof path, "%s/tablestore.sqlite", dir);
	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, "SELECT count(*) FROM journal", -1, &statement, NULL),
		     SQLITE_OK);
	cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
	count = sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
	return count;
}

/* Do the changes in a process that dies without closing anything. */
static void in_a_process_that_dies(const char *dir, size_t flush_bytes,
				   void (*changes)(const struct ots_storage *s))
{
	const pid_t child = fork();
	struct ots_storage s;
	int status = 0;

	cr_assert_geq(child, 0);
	if (child == 0) {
		struct ots_error err = {.status = OTS_OK};

		if (ots_storage_open_journaled(dir, flush_bytes, &s, &err) != OTS_OK)
			_exit(2);
		changes(&s);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void change_and_leave_one_open(const struct ots_storage *s)
{
	struct ots_error err = {.status = OTS_OK};
	int64_t id = rig_add_table(s, "t");

	rig_begin(s);
	put(s, id, "b", "1");
	put(s, id, "a", "1");
	put(s, id, "c", "1");
	rig_commit(s);
	rig_begin(s);
	put(s, id, "b", "2");
	erase(s, id, "c");
	rig_commit(s);
	(void)s->ops->begin(s->self, &err);
	put(s, id, "a", "never committed");
}

Test(service_storage_journal, a_process_that_dies_loses_nothing_that_was_committed)
{
	static const size_t bounds[] = {NEVER, ALWAYS};
	struct ots_storage s;
	char dir[256];

	for (size_t i = 0; i < 2; i++) {
		rig_scratch(dir, sizeof dir);
		in_a_process_that_dies(dir, bounds[i], change_and_leave_one_open);
		cr_expect_eq(journal_entries(dir), bounds[i] == NEVER ? 2 : 0);
		open_at(dir, NEVER, &s);
		expect(&s, 1, "a=1 b=2 ", "b=2 a=1 ");
		s.ops->close(s.self);
		cr_expect_eq(journal_entries(dir), 0); /* closing puts all to its place */
		open_at(dir, NEVER, &s);
		expect(&s, 1, "a=1 b=2 ", "b=2 a=1 ");
		s.ops->close(s.self);
		rig_remove_scratch(dir);
	}
}

static void drop_after_changes(const struct ots_storage *s)
{
	const int64_t id = rig_add_table(s, "t");
	const int64_t kept = rig_add_table(s, "u");

	put(s, id, "b", "1");
	put(s, kept, "b", "1");
	rig_drop(s, id);
}

Test(service_storage_journal, a_dropped_table_stays_dropped)
{
	struct ots_storage s;
	char dir[256];

	rig_scratch(dir, sizeof dir);
	in_a_process_that_dies(dir, NEVER, drop_after_changes);
	open_at(dir, ALWAYS, &s);
	expect(&s, 1, "", "");
	expect(&s, 2, "b=1 ", "b=1 ");
	put(&s, 2, "a", "1"); /* and a flush after it finds nothing of the dropped one */
	expect(&s, 1, "", "");
	s.ops->close(s.self);
	rig_remove_scratch(dir);
}

Test(service_storage_journal, recent_rows_lie_over_those_in_their_places)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_storage s;
	char dir[256];
	int64_t id;

	rig_scratch(dir, sizeof dir);
	open_at(dir, ALWAYS, &s);
	id = rig_add_table(&s, "t");
	put(&s, id, "e", "old");
	put(&s, id, "c", "old");
	put(&s, id, "a", "old");
	s.ops->close(s.self);
	open_at(dir, NEVER, &s);
	put(&s, id, "d", "new");
	put(&s, id, "c", "new");
	erase(&s, id, "a");
	put(&s, id, "0", "new");
	expect(&s, id, "0=new c=new d=new e=old ", "e=old d=new c=new 0=new ");
	rig_begin(&s);
	erase(&s, id, "d");
	put(&s, id, "a", "again");
	put(&s, id, "f", "new");
	s.ops->rollback(s.self);
	expect(&s, id, "0=new c=new d=new e=old ", "e=old d=new c=new 0=new ");
	rig_begin(&s);
	rig_must(s.ops->drop_table(s.self, id, &err), &err);
	expect(&s, id, "", "");
	s.ops->rollback(s.self);
	expect(&s, id, "0=new c=new d=new e=old ", "e=old d=new c=new 0=new ");
	s.ops->close(s.self);
	rig_remove_scratch(dir);
}

Test(service_storage_journal, keys_that_ascend_for_long_go_to_their_places_at_once)
{
	struct ots_storage s;
	char dir[256], key[8];
	int64_t id;

	rig_scratch(dir, sizeof dir);
	open_at(dir, NEVER, &s);
	id = rig_add_table(&s, "t");
	put(&s, id, "0700", "before"); /* stays in front of what goes by it */
	rig_begin(&s);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof key, "%04d", i);
		put(&s, id, key, i == 700 ? "after" : "x");
	}
	cr_expect_eq(list(&s, id, false).rows, (size_t)1000);
	s.ops->rollback(s.self);
	expect(&s, id, "0700=before ", "0700=before ");
	rig_begin(&s);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof key, "%04d", i);
		put(&s, id, key, i == 700 ? "after" : "x");
	}
	rig_commit(&s);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof key, "%04d", i);
		if (i != 700)
			erase(&s, id, key);
	}
	expect(&s, id, "0700=after ", "0700=after ");
	s.ops->close(s.self);
	open_at(dir, NEVER, &s);
	expect(&s, id, "0700=after ", "0700=after ");
	s.ops->close(s.self);
	rig_remove_scratch(dir);
}

static void run_sql(const char *dir, const char *sql)
{
	char path[512];
	sqlite3 *db = NULL;

	(void)snprintf(path, sizeof path, "%s/tablestore.sqlite", dir);
	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

Test(service_storage_journal, a_damaged_entry_is_refused_and_nothing_is_lost)
{
	static const char *const damages[] = {
		"X'00'", "X'0100000000000000030100000000000000'", /* no such change */
		"X'0100000000000000010200000000000000' || 'k'",   /* the key is cut */
		"X'01000000000000000101000000FFFFFFFF' || 'k'",   /* the row is cut */
	};
	struct ots_error err = {.status = OTS_OK};
	struct ots_storage s;
	char dir[256], sql[256];

	rig_scratch(dir, sizeof dir);
	in_a_process_that_dies(dir, NEVER, change_and_leave_one_open);
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		(void)snprintf(sql, sizeof sql,
			       "INSERT INTO journal (id, changes) VALUES (100, CAST(%s AS BLOB))",
			       damages[i]);
		run_sql(dir, sql);
		cr_expect_eq(ots_storage_open_journaled(dir, NEVER, &s, &err), OTS_CORRUPT, "%zu",
			     i);
		cr_expect_not_null(strstr(err.text, "a damaged entry in the journal"), "%s",
				   err.text);
		run_sql(dir, "DELETE FROM journal WHERE id = 100");
	}
	open_at(dir, NEVER, &s);
	expect(&s, 1, "a=1 b=2 ", "b=2 a=1 ");
	s.ops->close(s.self);
	rig_remove_scratch(dir);
}

Test(service_storage_journal, a_file_of_before_the_journal_gets_one)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_storage s;
	char dir[256];
	int64_t id;

	rig_scratch(dir, sizeof dir);
	open_at(dir, ALWAYS, &s);
	id = rig_add_table(&s, "t");
	put(&s, id, "k", "v");
	s.ops->close(s.self);
	run_sql(dir, "DROP TABLE journal; PRAGMA user_version = 1;");
	open_at(dir, NEVER, &s);
	expect(&s, id, "k=v ", "k=v ");
	s.ops->close(s.self);
	run_sql(dir, "PRAGMA user_version = 3;");
	cr_expect_eq(ots_storage_open_sqlite(dir, &s, &err), OTS_UNSUPPORTED);
	rig_remove_scratch(dir);
}
