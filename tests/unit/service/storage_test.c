/* The SQLite storage: what a commit keeps, what a rollback undoes, what a folder allows. */
#define _GNU_SOURCE /* mkdtemp */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../tools/service/storage/storage.h"

TestSuite(service_storage, .timeout = 60);

static struct ots_bytes text(const char *t)
{
	return (struct ots_bytes){(const uint8_t *)t, strlen(t)};
}

static void must(enum ots_status status, const struct ots_error *err)
{
	cr_assert_eq(status, OTS_OK, "%s", err->text);
}

static int64_t add_table(const struct ots_storage *s, const char *name)
{
	const struct ots_stored_table table = {
		.created_us = 7, .name = text(name), .definition = text("definition")};
	struct ots_error err = {0};
	int64_t id = 0;

	must(s->ops->begin(s->self, &err), &err);
	must(s->ops->add_table(s->self, &table, &id, &err), &err);
	must(s->ops->commit(s->self, &err), &err);
	return id;
}

static void put(const struct ots_storage *s, int64_t id, const char *key, const char *row)
{
	struct ots_error err = {0};

	must(s->ops->put(s->self, id, text(key), text(row), &err), &err);
}

static bool collect(void *arg, struct ots_bytes key, struct ots_bytes row)
{
	char *seen = arg;
	const size_t used = strlen(seen);

	(void)snprintf(seen + used, 256 - used, "%.*s=%.*s ", (int)key.len, (const char *)key.at,
		       (int)row.len, (const char *)row.at);
	return strstr(seen, "stop") == NULL;
}

static void expect_scan(const struct ots_storage *s, int64_t id, const char *start, const char *end,
			bool backward, const char *expected)
{
	const struct ots_scan scan = {id, text(start), text(end), backward};
	char seen[256] = "";
	struct ots_error err = {0};

	must(s->ops->scan(s->self, &scan, collect, seen, &err), &err);
	cr_expect_str_eq(seen, expected, "%s", seen);
}

static void scratch(char *dir, size_t size)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(dir, size, "%s/otsfs-storage-XXXXXX", base != NULL ? base : "/tmp");
	cr_assert_not_null(mkdtemp(dir));
}

static void remove_scratch(const char *dir)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	char path[512];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s/tablestore.sqlite%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

Test(service_storage, rows_are_scanned_both_ways_within_one_table)
{
	struct ots_error err = {0};
	struct ots_storage s;
	int64_t one, two;

	must(ots_storage_open_sqlite(NULL, &s, &err), &err);
	one = add_table(&s, "one");
	two = add_table(&s, "two");
	put(&s, one, "b", "2");
	put(&s, one, "a", "1");
	put(&s, one, "c", "old");
	put(&s, one, "c", "3");
	put(&s, two, "b", "other");
	expect_scan(&s, one, "a", "z", false, "a=1 b=2 c=3 ");
	expect_scan(&s, one, "a", "c", false, "a=1 b=2 ");
	expect_scan(&s, one, "c", "a", true, "c=3 b=2 ");
	expect_scan(&s, one, "c", "A", true, "c=3 b=2 a=1 ");
	put(&s, one, "b", "stop");
	expect_scan(&s, one, "a", "z", false, "a=1 b=stop ");
	must(s.ops->drop_table(s.self, one, &err), &err);
	expect_scan(&s, one, "a", "z", false, "");
	expect_scan(&s, two, "a", "z", false, "b=other ");
	cr_expect_gt(add_table(&s, "one"), two);
	s.ops->close(s.self);
}

Test(service_storage, rollback_undoes_and_numbers_ascend)
{
	struct ots_error err = {0};
	struct ots_storage s;
	struct ots_buffer row;
	int64_t id, number = 0;
	bool found = true;

	must(ots_storage_open_sqlite(NULL, &s, &err), &err);
	ots_buffer_init(&row, 16);
	id = add_table(&s, "t");
	must(s.ops->begin(s.self, &err), &err);
	put(&s, id, "k", "v");
	s.ops->rollback(s.self);
	must(s.ops->get(s.self, id, text("k"), &row, &found, &err), &err);
	cr_expect_not(found);
	for (int64_t i = 1; i <= 3; i++) {
		must(s.ops->next_number(s.self, id, &number, &err), &err);
		cr_expect_eq(number, i);
	}
	put(&s, id, "k", "seventeen bytes..");
	cr_expect_eq(s.ops->get(s.self, id, text("k"), &row, &found, &err), OTS_LIMIT);
	must(s.ops->remove(s.self, id, text("k"), &err), &err);
	must(s.ops->remove(s.self, id, text("k"), &err), &err);
	must(s.ops->get(s.self, id, text("k"), &row, &found, &err), &err);
	cr_expect_not(found);
	ots_buffer_release(&row);
	s.ops->close(s.self);
}

static bool count_table(void *arg, const struct ots_stored_table *table)
{
	++*(int *)arg;
	return table->created_us == 7 && table->name.len == 1 && table->definition.len == 10;
}

Test(service_storage, a_file_keeps_what_was_committed_and_serves_one_at_a_time)
{
	struct ots_storage s, second;
	struct ots_error err = {0};
	struct ots_buffer row;
	char dir[256], below[300];
	bool found = false;
	int tables = 0;
	int64_t id;

	scratch(dir, sizeof dir);
	must(ots_storage_open_sqlite(dir, &s, &err), &err);
	id = add_table(&s, "t");
	must(s.ops->begin(s.self, &err), &err);
	put(&s, id, "k", "v");
	must(s.ops->commit(s.self, &err), &err);
	cr_expect_eq(ots_storage_open_sqlite(dir, &second, &err), OTS_IO);
	cr_expect_not_null(strstr(err.text, "locked"), "%s", err.text);
	s.ops->close(s.self);

	must(ots_storage_open_sqlite(dir, &s, &err), &err);
	must(s.ops->each_table(s.self, count_table, &tables, &err), &err);
	cr_expect_eq(tables, 1);
	ots_buffer_init(&row, 16);
	must(s.ops->get(s.self, id, text("k"), &row, &found, &err), &err);
	cr_expect(found && row.len == 1 && row.bytes[0] == 'v');
	ots_buffer_release(&row);
	s.ops->close(s.self);

	(void)snprintf(below, sizeof below, "%s/no/such", dir);
	cr_expect_eq(ots_storage_open_sqlite(below, &s, &err), OTS_IO);
	cr_expect_not_null(strstr(err.text, "/no/such: No such file"), "%s", err.text);
	remove_scratch(dir);
}

Test(service_storage, what_is_no_database_is_refused)
{
	char dir[256], path[300];
	struct ots_error err = {0};
	struct ots_storage s;
	FILE *file;

	scratch(dir, sizeof dir);
	(void)snprintf(path, sizeof path, "%s/tablestore.sqlite", dir);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	for (int i = 0; i < 1000; i++)
		(void)fputs("this is not a database ", file);
	cr_assert_eq(fclose(file), 0);
	cr_expect_eq(ots_storage_open_sqlite(dir, &s, &err), OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "not a database"), "%s", err.text);
	remove_scratch(dir);
}
