/* The storage in memory while memory is refused: at every allocation in turn, and at every byte of
 * a limit. What fails is undone and told, and the same change goes through afterwards. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../../../tools/service/storage/storage.h"
#include "failing_alloc.h"
#include "storage_rig.h"

TestSuite(service_storage_alloc, .timeout = 120);

/* More than a node holds, so that leaves and the root split. */
#define ROWS 150
#define STEPS (ROWS + 8)

struct listing {
	char text[8192];
	size_t len;
};

static bool list_row(void *arg, struct ots_bytes key, struct ots_bytes row)
{
	struct listing *listing = arg;
	const int n = snprintf(listing->text + listing->len, sizeof listing->text - listing->len,
			       "%.*s=%.*s ", (int)key.len, (const char *)key.at, (int)row.len,
			       (const char *)row.at);

	cr_assert(n > 0 && (size_t)n < sizeof listing->text - listing->len);
	listing->len += (size_t)n;
	return true;
}

static bool list_table(void *arg, const struct ots_stored_table *table)
{
	return list_row(arg, table->name, table->definition);
}

static void list_all(const struct ots_storage *s, int64_t id, struct listing *listing)
{
	const struct ots_scan all = {.table_id = id, .start = rig_text(""), .end = rig_text("~")};
	struct ots_error err = {.status = OTS_OK};

	listing->len = 0;
	listing->text[0] = '\0';
	rig_must(s->ops->each_table(s->self, list_table, listing, &err), &err);
	rig_must(s->ops->scan(s->self, &all, list_row, listing, &err), &err);
}

static enum ots_status put_number(const struct ots_storage *s, int64_t id, int number,
				  const char *row, struct ots_error *err)
{
	char key[8];

	/* Neither ascending nor descending: 97 has no factor in common with 150. */
	(void)snprintf(key, sizeof key, "%03d", number * 97 % ROWS);
	return s->ops->put(s->self, id, rig_text(key), rig_text(row), err);
}

/* One of the changes. @param other_id  of a table that one of them makes and another drops */
static enum ots_status change(const struct ots_storage *s, int64_t id, int64_t *other_id, int step,
			      struct ots_error *err)
{
	const struct ots_stored_table other = {
		.name = rig_text("other"), .definition = rig_text("d"), .created_us = 7};
	int64_t number;

	switch (step - ROWS) {
	case 0: return s->ops->add_table(s->self, &other, other_id, err);
	case 1: return s->ops->set_definition(s->self, id, rig_text("changed"), err);
	case 2: return s->ops->next_number(s->self, id, &number, err);
	case 3: return put_number(s, id, 3, "in the place of another", err);
	case 4: return s->ops->remove(s->self, id, rig_text("097"), err);
	case 5: return put_number(s, id, 1, "back again", err);
	case 6: return s->ops->remove(s->self, id, rig_text("000"), err);
	case 7: return s->ops->drop_table(s->self, *other_id, err);
	default: return put_number(s, id, step, "row", err);
	}
}

/* All of them in one transaction, up to the one that fails, which undoes the others. */
static enum ots_status change_all(const struct ots_storage *s, int64_t id, struct ots_error *err)
{
	enum ots_status status = s->ops->begin(s->self, err);
	int64_t other_id = 0;

	for (int step = 0; status == OTS_OK && step < STEPS; step++)
		status = change(s, id, &other_id, step, err);
	if (status == OTS_OK)
		return s->ops->commit(s->self, err);
	s->ops->rollback(s->self);
	return status;
}

static void open_with_rows(struct ots_storage *s, size_t limit_bytes, int64_t *id)
{
	struct ots_error err = {.status = OTS_OK};

	rig_must(ots_storage_open_memory(limit_bytes, s, &err), &err);
	*id = rig_add_table(s, "t");
	rig_must(s->ops->put(s->self, *id, rig_text("097"), rig_text("old"), &err), &err);
	rig_must(s->ops->put(s->self, *id, rig_text("zzz"), rig_text("stays"), &err), &err);
}

Test(service_storage_alloc, each_allocation_in_turn_may_fail)
{
	static struct listing before, after, expected;
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status = OTS_NO_MEMORY;
	struct ots_storage s;
	int64_t id;
	size_t n;

	open_with_rows(&s, OTS_STORAGE_MEMORY_BYTES, &id);
	rig_must(change_all(&s, id, &err), &err);
	list_all(&s, id, &expected);
	s.ops->close(s.self);
	for (n = 0; status != OTS_OK; n++) { /* ends: the changes allocate some hundred times */
		cr_assert_lt(n, (size_t)5000);
		open_with_rows(&s, OTS_STORAGE_MEMORY_BYTES, &id);
		list_all(&s, id, &before);
		failing_alloc_after(n);
		status = change_all(&s, id, &err);
		cr_expect_eq(failing_alloc_end(), status != OTS_OK, "allocation %zu", n);
		if (status != OTS_OK) {
			cr_expect_eq(status, OTS_NO_MEMORY, "allocation %zu: %s", n, err.text);
			list_all(&s, id, &after);
			cr_expect_str_eq(after.text, before.text, "allocation %zu", n);
			rig_must(change_all(&s, id, &err), &err);
		}
		list_all(&s, id, &after);
		cr_expect_str_eq(after.text, expected.text, "allocation %zu", n);
		s.ops->close(s.self);
	}
	cr_expect_gt(n, (size_t)ROWS, "%zu", n);
}

/* The same in a folder, where rows go to a map, a journal and the file in turn. SQLite has an
 * allocator of its own; a flush that fails is no failure of the change. */
Test(service_storage_alloc, a_folder_forgets_nothing_whatever_allocation_fails)
{
	static struct listing before, after, expected;
	struct ots_error err = {.status = OTS_OK};
	struct subject subject;
	const struct ots_storage *s = &subject.storage;
	bool failed = true;

	for (size_t n = 0; failed; n += 3) { /* ends: the changes allocate some hundred times */
		enum ots_status status;
		int64_t id;

		cr_assert_lt(n, (size_t)5000);
		subject_open(&subject, true);
		id = rig_add_table(s, "t");
		rig_must(s->ops->put(s->self, id, rig_text("097"), rig_text("old"), &err), &err);
		rig_must(s->ops->put(s->self, id, rig_text("zzz"), rig_text("stays"), &err), &err);
		list_all(s, id, &before);
		failing_alloc_after(n);
		status = change_all(s, id, &err);
		failed = failing_alloc_end();
		if (status != OTS_OK) {
			cr_expect_eq(status, OTS_NO_MEMORY, "allocation %zu: %s", n, err.text);
			list_all(s, id, &after);
			cr_expect_str_eq(after.text, before.text, "allocation %zu", n);
			rig_must(change_all(s, id, &err), &err);
		}
		list_all(s, id, &after);
		if (n == 0)
			expected = after;
		cr_expect_str_eq(after.text, expected.text, "allocation %zu", n);
		subject_close(&subject);
	}
}

Test(service_storage_alloc, a_storage_that_cannot_be_made_says_so)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_storage s;

	failing_alloc_after(0);
	cr_expect_eq(ots_storage_open_memory(1, &s, &err), OTS_NO_MEMORY);
	for (size_t n = 0; n < 2; n++) {
		failing_alloc_after(n);
		cr_expect_eq(ots_storage_open_discard(&s, &err), OTS_NO_MEMORY, "%zu", n);
	}
	cr_expect(failing_alloc_end());
}

Test(service_storage_alloc, a_limit_may_be_met_at_any_byte)
{
	static struct listing before, after;
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status = OTS_NO_SPACE;
	unsigned refused = 0;

	for (size_t limit = 4096; status != OTS_OK; limit += 61) { /* ends: the changes fit */
		struct ots_storage s;
		int64_t id;

		cr_assert_lt(limit, (size_t)1 << 20);
		open_with_rows(&s, limit, &id);
		list_all(&s, id, &before);
		status = change_all(&s, id, &err);
		if (status != OTS_OK) {
			cr_expect_eq(status, OTS_NO_SPACE, "limit %zu: %s", limit, err.text);
			cr_expect_not_null(strstr(err.text, "may take"), "%s", err.text);
			list_all(&s, id, &after);
			cr_expect_str_eq(after.text, before.text, "limit %zu", limit);
			refused++;
		}
		s.ops->close(s.self);
	}
	cr_expect_gt(refused, 50u, "%u", refused);
}
