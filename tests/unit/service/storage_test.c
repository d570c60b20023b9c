/* What every storage promises, held against both; and what is special to each: what a folder keeps
 * and allows, what memory may take. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "storage_rig.h"

TestSuite(service_storage, .timeout = 60);

static void put(const struct ots_storage *s, int64_t id, const char *key, const char *row)
{
	struct ots_error err = {0};

	rig_must(s->ops->put(s->self, id, rig_text(key), rig_text(row), &err), &err);
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
	const struct ots_scan scan = {id, rig_text(start), rig_text(end), backward};
	char seen[256] = "";
	struct ots_error err = {0};

	rig_must(s->ops->scan(s->self, &scan, collect, seen, &err), &err);
	cr_expect_str_eq(seen, expected, "%s", seen);
}

static void erase(const struct ots_storage *s, int64_t id, const char *key)
{
	struct ots_error err = {0};

	rig_must(s->ops->remove(s->self, id, rig_text(key), &err), &err);
}

static int64_t next_number(const struct ots_storage *s, int64_t id)
{
	struct ots_error err = {0};
	int64_t number = 0;

	rig_must(s->ops->next_number(s->self, id, &number, &err), &err);
	return number;
}

static void expect_all(const struct ots_storage *s, int64_t id, const char *expected)
{
	expect_scan(s, id, "", "~", false, expected);
}

static void scan_both_ways(const struct ots_storage *s)
{
	const int64_t one = rig_add_table(s, "one");
	const int64_t two = rig_add_table(s, "two");

	put(s, one, "b", "2");
	put(s, one, "a", "1");
	put(s, one, "c", "old");
	put(s, one, "c", "3");
	put(s, two, "b", "other");
	expect_scan(s, one, "a", "z", false, "a=1 b=2 c=3 ");
	expect_scan(s, one, "a", "c", false, "a=1 b=2 ");
	expect_scan(s, one, "aa", "b", false, "");
	expect_scan(s, one, "c", "a", true, "c=3 b=2 ");
	expect_scan(s, one, "c", "A", true, "c=3 b=2 a=1 ");
	expect_scan(s, one, "bb", "A", true, "b=2 a=1 ");
	expect_scan(s, one, "A", "", true, "");
	put(s, one, "b", "stop");
	expect_scan(s, one, "a", "z", false, "a=1 b=stop ");
	rig_drop(s, one);
	expect_scan(s, one, "a", "z", false, "");
	expect_scan(s, two, "a", "z", false, "b=other ");
	cr_expect_gt(rig_add_table(s, "one"), two);
}

Test(service_storage, rows_are_scanned_both_ways_within_one_table)
{
	struct subject subject;

	for (int file = 0; file < 2; file++) {
		subject_open(&subject, file == 1);
		scan_both_ways(&subject.storage);
		subject_close(&subject);
	}
}

struct told {
	int64_t id;
	char definition[64];
};

static bool take_definition(void *arg, const struct ots_stored_table *table)
{
	struct told *told = arg;

	if (table->id == told->id && table->definition.len < sizeof told->definition) {
		memcpy(told->definition, table->definition.at, table->definition.len);
		told->definition[table->definition.len] = '\0';
	}
	return true;
}

static void expect_definition(const struct ots_storage *s, int64_t id, const char *expected)
{
	struct told told = {.id = id};
	struct ots_error err = {0};

	rig_must(s->ops->each_table(s->self, take_definition, &told, &err), &err);
	cr_expect_str_eq(told.definition, expected);
}

static void define(const struct ots_storage *s, int64_t id, const char *definition)
{
	struct ots_error err = {0};

	rig_must(s->ops->set_definition(s->self, id, rig_text(definition), &err), &err);
}

Test(service_storage, a_definition_is_changed_by_a_commit_only)
{
	struct subject subject;

	for (int file = 0; file < 2; file++) {
		const struct ots_storage *s = &subject.storage;
		int64_t id;

		subject_open(&subject, file == 1);
		id = rig_add_table(s, "t");
		rig_begin(s);
		define(s, id, "first");
		define(s, id, "the second, longer one");
		rig_commit(s);
		expect_definition(s, id, "the second, longer one");
		rig_begin(s);
		define(s, id, "third");
		define(s, id, "");
		s->ops->rollback(s->self);
		expect_definition(s, id, "the second, longer one");
		rig_begin(s);
		define(s, id, "gone with its table");
		rig_drop(s, id);
		rig_commit(s);
		subject_close(&subject);
	}
}

static void change_every_way(const struct ots_storage *s, int64_t id)
{
	put(s, id, "kept", "changed");
	put(s, id, "kept", "again");
	put(s, id, "new", "1");
	erase(s, id, "new");
	put(s, id, "new", "2");
	erase(s, id, "kept");
	put(s, id, "kept", "third");
	erase(s, id, "gone");
	erase(s, id, "twice");
	erase(s, id, "twice");
	put(s, id, "twice", "back");
	erase(s, id, "twice");
}

static void roll_back(const struct ots_storage *s)
{
	const struct ots_stored_table late = {
		.created_us = 7, .name = rig_text("l"), .definition = rig_text("definition")};
	const int64_t id = rig_add_table(s, "t");
	struct ots_error err = {0};
	int64_t added = 0;

	put(s, id, "kept", "1");
	put(s, id, "gone", "2");
	put(s, id, "twice", "3");
	rig_begin(s);
	change_every_way(s, id);
	expect_all(s, id, "kept=third new=2 ");
	cr_expect_eq(next_number(s, id), 1);
	rig_must(s->ops->add_table(s->self, &late, &added, &err), &err);
	put(s, added, "k", "v");
	rig_drop(s, id);
	expect_all(s, id, "");
	s->ops->rollback(s->self);
	expect_all(s, id, "gone=2 kept=1 twice=3 ");
	expect_all(s, added, "");
	cr_expect_eq(next_number(s, id), 1);
	rig_begin(s);
	change_every_way(s, id);
	rig_commit(s);
	expect_all(s, id, "kept=third new=2 ");
	expect_scan(s, id, "~", "", true, "new=2 kept=third ");
}

Test(service_storage, rollback_undoes_every_change_and_commit_keeps_it)
{
	struct subject subject;

	for (int file = 0; file < 2; file++) {
		subject_open(&subject, file == 1);
		roll_back(&subject.storage);
		subject_close(&subject);
	}
}

static void get_and_number(const struct ots_storage *s)
{
	const int64_t id = rig_add_table(s, "t");
	struct ots_error err = {0};
	struct ots_buffer row;
	bool found = true;

	ots_buffer_init(&row, 16);
	for (int64_t i = 1; i <= 3; i++)
		cr_expect_eq(next_number(s, id), i);
	rig_must(s->ops->get(s->self, id, rig_text("k"), &row, &found, &err), &err);
	cr_expect_not(found);
	put(s, id, "k", "sixteen bytes...");
	rig_must(s->ops->get(s->self, id, rig_text("k"), &row, &found, &err), &err);
	cr_expect(found && row.len == 16 && memcmp(row.bytes, "sixteen bytes...", 16) == 0);
	put(s, id, "k", "seventeen bytes..");
	cr_expect_eq(s->ops->get(s->self, id, rig_text("k"), &row, &found, &err), OTS_LIMIT);
	erase(s, id, "k");
	erase(s, id, "k");
	rig_must(s->ops->get(s->self, id, rig_text("k"), &row, &found, &err), &err);
	cr_expect(!found && row.len == 0);
	cr_expect_eq(s->ops->add_table(s->self,
				       &(struct ots_stored_table){.name = rig_text("t"),
								  .definition = rig_text("d")},
				       &(int64_t){0}, &err),
		     OTS_IO);
	ots_buffer_release(&row);
}

Test(service_storage, rows_are_got_and_numbers_ascend)
{
	struct subject subject;

	for (int file = 0; file < 2; file++) {
		subject_open(&subject, file == 1);
		get_and_number(&subject.storage);
		subject_close(&subject);
	}
}

Test(service_storage, memory_refuses_what_passes_its_limit_and_goes_on)
{
	struct ots_error err = {0};
	struct ots_storage s;
	enum ots_status status = OTS_OK;
	char key[16];
	int64_t id;
	int rows = 0;

	rig_must(ots_storage_open_memory((size_t)64 * 1024, &s, &err), &err);
	id = rig_add_table(&s, "t");
	rig_begin(&s);
	while (status == OTS_OK && rows < 10000) {
		(void)snprintf(key, sizeof key, "%05d", rows);
		status = s.ops->put(s.self, id, rig_text(key), rig_text("some row of bytes"), &err);
		rows += status == OTS_OK;
	}
	cr_expect_eq(status, OTS_NO_SPACE);
	cr_expect_not_null(strstr(err.text, "may take 65536 bytes"), "%s", err.text);
	cr_expect_not_null(strstr(err.text, "--dir"), "%s", err.text);
	cr_expect(rows > 500 && rows < 1500, "%d", rows);
	s.ops->rollback(s.self);
	expect_all(&s, id, "");
	put(&s, id, "k", "v");
	expect_all(&s, id, "k=v ");
	for (int i = 0; i < 5000; i++) { /* what is replaced or deleted is free again */
		put(&s, id, "k", "another row of bytes");
		if (i % 2 == 0)
			erase(&s, id, "k");
	}
	rig_drop(&s, id);
	id = rig_add_table(&s, "t");
	rig_begin(&s);
	for (int i = 0; i < rows; i++) {
		(void)snprintf(key, sizeof key, "%05d", i);
		put(&s, id, key, "some row of bytes"); /* all that was taken is free again */
	}
	rig_commit(&s);
	s.ops->close(s.self);
}

Test(service_storage, memory_that_is_closed_amid_a_change_frees_all)
{
	struct ots_error err = {0};
	struct ots_storage s;
	int64_t id;

	rig_must(ots_storage_open_memory((size_t)1 << 20, &s, &err), &err);
	id = rig_add_table(&s, "t");
	put(&s, id, "kept", "1");
	put(&s, id, "gone", "2");
	put(&s, id, "twice", "3");
	rig_begin(&s);
	change_every_way(&s, id);
	cr_expect_eq(s.ops->begin(s.self, &err), OTS_IO);
	cr_expect_not_null(strstr(err.text, "open already"), "%s", err.text);
	cr_expect_eq(s.ops->put(s.self, id + 1, rig_text("k"), rig_text("v"), &err), OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "there is no table"), "%s", err.text);
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

	rig_scratch(dir, sizeof dir);
	rig_must(ots_storage_open_sqlite(dir, &s, &err), &err);
	id = rig_add_table(&s, "t");
	rig_must(s.ops->begin(s.self, &err), &err);
	put(&s, id, "k", "v");
	rig_must(s.ops->commit(s.self, &err), &err);
	cr_expect_eq(ots_storage_open_sqlite(dir, &second, &err), OTS_IO);
	cr_expect_not_null(
		strstr(err.text, "/tablestore.sqlite is locked, as another process uses it"), "%s",
		err.text);
	s.ops->close(s.self);

	rig_must(ots_storage_open_sqlite(dir, &s, &err), &err);
	rig_must(s.ops->each_table(s.self, count_table, &tables, &err), &err);
	cr_expect_eq(tables, 1);
	ots_buffer_init(&row, 16);
	rig_must(s.ops->get(s.self, id, rig_text("k"), &row, &found, &err), &err);
	cr_expect(found && row.len == 1 && row.bytes[0] == 'v');
	ots_buffer_release(&row);
	s.ops->close(s.self);

	(void)snprintf(below, sizeof below, "%s/no/such", dir);
	cr_expect_eq(ots_storage_open_sqlite(below, &s, &err), OTS_IO);
	cr_expect_not_null(strstr(err.text, "/no/such: No such file"), "%s", err.text);
	rig_remove_scratch(dir);
}

Test(service_storage, what_is_no_database_is_refused)
{
	char dir[256], path[300];
	struct ots_error err = {0};
	struct ots_storage s;
	FILE *file;

	rig_scratch(dir, sizeof dir);
	(void)snprintf(path, sizeof path, "%s/tablestore.sqlite", dir);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	for (int i = 0; i < 1000; i++)
		(void)fputs("this is not a database ", file);
	cr_assert_eq(fclose(file), 0);
	cr_expect_eq(ots_storage_open_sqlite(dir, &s, &err), OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "not a database"), "%s", err.text);
	rig_remove_scratch(dir);
}
