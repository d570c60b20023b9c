#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

TestSuite(lazy, .timeout = 120);

static void expect_list(struct tree *tree, const char *path, const char *expected)
{
	char found[4000];

	tree_list(tree, path, found, sizeof found);
	cr_expect_str_eq(found, expected, "%s: \"%s\", expected \"%s\"", path, found, expected);
}

/* Three tables of two days; each day has two hours. */
static void fill(struct tree *tree)
{
	static const char *const tables[] = {"orders", "users", "visits"};

	for (size_t t = 0; t < 3; t++) {
		for (unsigned i = 0; i < 8; i++) {
			char key[100];

			(void)snprintf(key, sizeof key, "%s/2026/11/%02u/%02u/part-%u.csv",
				       tables[t], 20 + i / 4, 1 + i / 2 % 2, i % 2);
			memory_store_put(tree->memory, key, "T", 0);
		}
	}
}

Test(lazy, a_folder_of_raw_costs_one_listing_for_each_level_not_yet_listed)
{
	struct tree tree;
	unsigned lists;

	tree_open_lazy(&tree, NULL, 60000, false);
	fill(&tree);
	lists = memory_store_lists(tree.memory);
	expect_list(&tree, "raw", "orders/ users/ visits/");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 1);
	expect_list(&tree, "raw/users/2026/11", "20/ 21/");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 4);
	expect_list(&tree, "raw/users/2026/11", "20/ 21/");
	expect_list(&tree, "raw/users", "2026/");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 4);
	expect_list(&tree, "raw/users/2026/11/20/01", "part-0.csv part-1.csv");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 6);
	cr_expect(ots_catalog_is_fresh(tree.catalog, tree_node(&tree, "raw/users/2026").number));
	cr_expect_not(ots_catalog_is_fresh(tree.catalog, tree_node(&tree, "raw/orders").number));
	tree_close(&tree);
}

Test(lazy, an_hour_of_one_table_lists_nothing_of_the_others_below_their_years)
{
	struct tree tree;
	unsigned lists;

	tree_open_lazy(&tree, NULL, 60000, true);
	fill(&tree);
	lists = memory_store_lists(tree.memory);
	expect_list(&tree, "tables", "orders/ users/ visits/");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 4); /* the top, and who is a table */
	expect_list(&tree, "tables/users", "2026/ latest@");
	lists = memory_store_lists(tree.memory);
	expect_list(&tree, "tables/users/2026/11/20/02", "part-0.csv.jsonl part-1.csv.jsonl");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 2); /* `latest` has listed 11/ */
	tree_close(&tree);
}

Test(lazy, an_hour_by_time_lists_each_table_once)
{
	struct tree tree;
	unsigned lists;

	tree_open_lazy(&tree, NULL, 60000, true);
	fill(&tree);
	expect_list(&tree, "by-time/2026/11/20", "01/ 02/");
	lists = memory_store_lists(tree.memory);
	expect_list(&tree, "by-time/2026/11/20/01", "orders/ users/ visits/");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 3);
	expect_list(&tree, "by-time/2026/11/20/01/users", "part-0.csv.jsonl part-1.csv.jsonl");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 3);
	tree_close(&tree);
}

Test(lazy, latest_is_followed_to_the_newest_hour_and_no_further)
{
	struct tree tree;
	struct ots_node link;
	struct ots_buffer target;
	struct ots_error err = {0};

	tree_open_lazy(&tree, NULL, 60000, true);
	fill(&tree);
	cr_assert_eq(ots_catalog_lookup(tree.catalog, tree_node(&tree, "tables/orders").number,
					tree_bytes("latest"), NULL, &link, &err),
		     OTS_OK, "%s", err.text);
	ots_buffer_init(&target, 100);
	cr_expect_eq(ots_catalog_link(tree.catalog, link.number, &target, &err), OTS_OK);
	cr_expect_eq(target.len, 13);
	cr_expect_eq(memcmp(target.bytes, "2026/11/21/02", 13), 0);
	ots_buffer_release(&target);
	expect_list(&tree, "tables/orders/latest", "part-0.csv.jsonl part-1.csv.jsonl");
	/* The newest folder turns out to hold nothing with text. */
	memory_store_put(tree.memory, "orders/2026/12/01/00/readme", "?", 0);
	ots_catalog_expire(tree.catalog);
	expect_list(&tree, "tables/orders/latest", "part-0.csv.jsonl part-1.csv.jsonl");
	expect_list(&tree, "tables/orders/2026", "11/");
	tree_close(&tree);
}

Test(lazy, a_name_is_believed_until_the_object_is_opened)
{
	struct tree tree;
	struct ots_node node, other;
	struct ots_object object;
	struct ots_error err = {0};
	unsigned opens;

	tree_open_lazy(&tree, NULL, 60000, true);
	memory_store_put(tree.memory, "o/2026/11/20/good.csv", "T", 0);
	memory_store_put(tree.memory, "o/2026/11/20/wrong.csv", "? no records", 0);
	memory_store_put(tree.memory, "o/2026/11/20/lines.csv", "J", 0);
	memory_store_put(tree.memory, "o/2026/11/20/plain", "T", 0);
	memory_store_put(tree.memory, "o/2026/11/20/readme", "?", 0);
	opens = memory_store_opens(tree.memory);
	expect_list(&tree, "tables/o/2026/11/20",
		    "good.csv.jsonl lines.csv.jsonl plain.jsonl wrong.csv.jsonl");
	cr_expect_eq(memory_store_opens(tree.memory) - opens, 2); /* names that say nothing */
	node = tree_node(&tree, "tables/o/2026/11/20/good.csv.jsonl");
	cr_assert_eq(ots_catalog_object(tree.catalog, node.number, &object, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(object.format, OTS_FORMAT_TUNNEL_CSV);
	ots_object_release(&object);
	node = tree_node(&tree, "tables/o/2026/11/20/lines.csv.jsonl");
	cr_assert_eq(ots_catalog_object(tree.catalog, node.number, &object, &err), OTS_OK);
	cr_expect_eq(object.format, OTS_FORMAT_JSONL);
	ots_object_release(&object);
	cr_expect_eq(memory_store_opens(tree.memory) - opens, 4);
	cr_assert_eq(ots_catalog_object(tree.catalog, node.number, &object, &err), OTS_OK);
	ots_object_release(&object);
	cr_expect_eq(memory_store_opens(tree.memory) - opens, 4); /* looked at once */
	node = tree_node(&tree, "tables/o/2026/11/20/wrong.csv.jsonl");
	cr_expect_eq(ots_catalog_object(tree.catalog, node.number, &object, &err), OTS_UNSUPPORTED);
	cr_expect(strstr(err.text, "below raw/ only") != NULL, "%s", err.text);
	cr_expect_eq(ots_catalog_node(tree.catalog, node.number, &other, &err), OTS_CHANGED);
	expect_list(&tree, "tables/o/2026/11/20", "good.csv.jsonl lines.csv.jsonl plain.jsonl");
	expect_list(&tree, "raw/o/2026/11/20", "good.csv lines.csv plain readme wrong.csv");
	tree_close(&tree);
}

/* A deeper run of time folders below one that looked like the table's own. */
Test(lazy, a_path_that_told_wrong_makes_the_whole_be_listed)
{
	struct tree tree;

	tree_open_lazy(&tree, NULL, 60000, false);
	memory_store_put(tree.memory, "2026-11-20/orders/2026/11/19/23/x", "T", 0);
	memory_store_put(tree.memory, "2026-11-20/users/2026/11/19/23/x", "T", 0);
	expect_list(&tree, "tables", "src/");
	cr_expect_not(tree_has(&tree, "tables/src/2026/11/20/x.jsonl"));
	expect_list(&tree, "tables", "orders/ users/");
	expect_list(&tree, "tables/users/2026/11/19/23", "x.jsonl");
	cr_expect_not(tree_has(&tree, "tables/src"));
	tree_close(&tree);
}

/* Names without a word about their content, in a source whose paths tell wrong. */
Test(lazy, below_raw_nobody_is_looked_at_even_where_the_whole_is_listed)
{
	struct tree tree;
	unsigned lists, opens;

	tree_open_lazy(&tree, NULL, 60000, true);
	memory_store_put(tree.memory, "2026-11-20/orders/2026/11/19/23/x", "T", 0);
	memory_store_put(tree.memory, "2026-11-20/users/2026/11/19/23/x", "T", 0);
	memory_store_put(tree.memory, "2026-11-20/users/2026/11/19/23/y", "?", 0);
	opens = memory_store_opens(tree.memory);
	expect_list(&tree, "raw/2026-11-20/users/2026/11/19/23", "x y");
	ots_catalog_expire(tree.catalog);
	lists = memory_store_lists(tree.memory);
	expect_list(&tree, "raw/2026-11-20/users/2026/11/19/23", "x y");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 1); /* the whole, once */
	cr_expect_eq(memory_store_opens(tree.memory) - opens, 0);
	/* Then somebody needs to know. */
	expect_list(&tree, "tables", "orders/ users/");
	expect_list(&tree, "tables/users/2026/11/19/23", "x.jsonl");
	cr_expect_eq(memory_store_opens(tree.memory) - opens, 3);
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 2);
	expect_list(&tree, "raw/2026-11-20/users/2026/11/19/23", "x y");
	cr_expect_eq(memory_store_opens(tree.memory) - opens, 3);
	tree_close(&tree);
}

Test(lazy, a_template_places_folders_by_their_paths)
{
	static const char *const templates[] = {"in/$table/d=$yyyy$MM$dd/h=$HH/$*.csv"};
	const struct ots_layout_options options = {.templates = templates, .template_count = 1};
	struct tree tree;
	unsigned lists;

	tree_open_lazy(&tree, &options, 60000, false);
	for (unsigned day = 1; day <= 9; day++) {
		char key[64];

		(void)snprintf(key, sizeof key, "in/o/d=2026110%u/h=07/a/b.csv", day);
		memory_store_put(tree.memory, key, "T", 0);
		(void)snprintf(key, sizeof key, "other/o/d=2026110%u/h=07/b.csv", day);
		memory_store_put(tree.memory, key, "T", 0);
	}
	lists = memory_store_lists(tree.memory);
	expect_list(&tree, "tables/o/2026/11", "01/ 02/ 03/ 04/ 05/ 06/ 07/ 08/ 09/");
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 3); /* the top, in/, in/o/ */
	expect_list(&tree, "tables/o/2026/11/05/07", "b.csv.jsonl");
	tree_close(&tree);
}

Test(lazy, what_is_new_changed_or_gone_shows_after_the_interval)
{
	struct tree tree;
	struct ots_node node;
	struct ots_error err = {0};
	uint64_t number;

	tree_open_lazy(&tree, NULL, 1000, false);
	memory_store_put(tree.memory, "o/2026/11/20/a", "T", 0);
	memory_store_put(tree.memory, "o/2026/11/20/b", "T", 0);
	memory_store_put(tree.memory, "p/2026/11/20/a", "T", 0);
	expect_list(&tree, "tables/o/2026/11/20", "a.jsonl b.jsonl");
	expect_list(&tree, "tables/p/2026/11/20", "a.jsonl");
	number = tree_node(&tree, "tables/p/2026/11/20/a.jsonl").number;
	memory_store_put(tree.memory, "o/2026/11/20/c", "T", 0);
	memory_store_put(tree.memory, "o/2026/11/20/a", "TT", 0);
	memory_store_remove(tree.memory, "o/2026/11/20/b");
	memory_store_remove(tree.memory, "p/2026/11/20/a");
	expect_list(&tree, "tables/o/2026/11/20", "a.jsonl b.jsonl");
	tree.now_ms += 1000;
	expect_list(&tree, "tables/o/2026/11/20", "a.jsonl c.jsonl");
	expect_list(&tree, "tables", "o/");
	cr_expect_eq(ots_catalog_node(tree.catalog, number, &node, &err), OTS_CHANGED);
	/* And comes back. */
	memory_store_put(tree.memory, "p/2026/11/20/a", "T", 0);
	tree.now_ms += 1000;
	expect_list(&tree, "tables", "o/ p/");
	expect_list(&tree, "tables/p/2026/11/20", "a.jsonl");
	tree_close(&tree);
}

Test(lazy, a_listing_that_fails_fails_what_needs_it_and_heals)
{
	struct tree tree;
	struct ots_node node;
	struct ots_error err = {0};
	uint64_t orders, users;

	tree_open_lazy(&tree, NULL, 60000, false);
	fill(&tree);
	orders = tree_node(&tree, "tables/orders").number;
	users = tree_node(&tree, "tables/users/2026").number;
	expect_list(&tree, "tables/users/2026", "11/");
	memory_store_fail_list(tree.memory, OTS_NETWORK);
	cr_expect_eq(ots_catalog_lookup(tree.catalog, tree_node(&tree, "tables/orders/2026").number,
					tree_bytes("11"), NULL, &node, &err),
		     OTS_NETWORK);
	cr_expect(strstr(err.text, "listing fails on cue") != NULL, "%s", err.text);
	/* What was listed is there all the same. */
	cr_expect_eq(ots_catalog_lookup(tree.catalog, users, tree_bytes("11"), NULL, &node, &err),
		     OTS_OK, "%s", err.text);
	cr_expect_eq(
		ots_catalog_lookup(tree.catalog, orders, tree_bytes("2026"), NULL, &node, &err),
		OTS_OK, "%s", err.text);
	memory_store_fail_list(tree.memory, OTS_OK);
	expect_list(&tree, "tables/orders/2026/11", "20/ 21/");
	tree_close(&tree);
}

/* The whole tree as text; folders by a stack of paths, so that its order is that of names. */
static void walk(struct tree *tree, const char *path, struct ots_buffer *out)
{
	char names[8000], below[600];
	char *at = names;

	tree_list(tree, path, names, sizeof names);
	cr_assert(ots_buffer_puts(out, path) && ots_buffer_puts(out, ": ") &&
		  ots_buffer_puts(out, names) && ots_buffer_puts(out, "\n"));
	while (*at != '\0') { /* ends: takes a name */
		const size_t len = strcspn(at, " ");

		if (len > 1 && at[len - 1] == '/') {
			(void)snprintf(below, sizeof below, "%s/%.*s", path, (int)len - 1, at);
			walk(tree, below, out);
		}
		at += len + (at[len] == ' ');
	}
}

/* Look into every folder. One whose place its path alone told is gone when nothing is there. */
static void explore(struct tree *tree, uint64_t number)
{
	struct ots_folder *folder = NULL;
	struct ots_error err = {0};
	const enum ots_status status = ots_folder_open(tree->catalog, number, NULL, &folder, &err);

	cr_assert(status == OTS_OK || status == OTS_CHANGED, "%s", err.text);
	for (size_t i = 0; status == OTS_OK && i < ots_folder_count(folder); i++) {
		const struct ots_child child = ots_folder_at(folder, i);

		if (child.kind == OTS_NODE_FOLDER)
			explore(tree, child.number);
	}
	ots_folder_close(folder);
}

static char *whole(struct tree *tree, bool twice)
{
	static const char *const tops[] = {"tables", "by-time", "raw"};
	struct ots_buffer out;
	char *text;

	if (twice) {
		explore(tree, OTS_NODE_TABLES);
		explore(tree, OTS_NODE_BY_TIME);
	}
	ots_buffer_init(&out, 1 << 24);
	for (size_t i = 0; i < 3; i++)
		walk(tree, tops[i], &out);
	text = calloc(1, out.len + 1);
	cr_assert_not_null(text);
	memcpy(text, out.bytes, out.len);
	ots_buffer_release(&out);
	return text;
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

static void random_key(uint64_t *seed, char *key, size_t size)
{
	static const char *const parts[] = {"orders",
					    "users",
					    "2026",
					    "2025",
					    "11",
					    "07",
					    "20261121",
					    "dt=2026-11-20",
					    "year=2026",
					    "month=11",
					    "day=3",
					    "a",
					    "x__0123456789abcdef0123456789abcdef",
					    "p=1"};
	static const char *const names[] = {"x.csv", "y", "FullData-1700000000000.csv",
					    "schema.json", "z"};
	const unsigned depth = (unsigned)(next(seed) % 6);
	size_t at = 0;

	for (unsigned i = 0; i < depth; i++)
		at += (size_t)snprintf(key + at, size - at, "%s/",
				       parts[next(seed) % (sizeof parts / sizeof *parts)]);
	(void)snprintf(key + at, size - at, "%s", names[next(seed) % 5]);
}

/* Whatever the keys: once every folder has been looked into, both ways of listing show the same. */
Test(lazy, after_a_walk_the_tree_is_that_of_a_whole_listing)
{
	uint64_t seed = 11;

	for (unsigned round = 0; round < 150; round++) {
		struct tree tree, lazy;
		char *expected, *found;

		tree_open(&tree, NULL, 0);
		tree_open_beside(&lazy, &tree, true, 0);
		for (unsigned step = 0; step < 3; step++) {
			const unsigned changes = 1 + (unsigned)(next(&seed) % 12);

			for (unsigned i = 0; i < changes; i++) {
				char key[300];

				random_key(&seed, key, sizeof key);
				if (next(&seed) % 4 == 0)
					memory_store_remove(tree.memory, key);
				else
					memory_store_put(tree.memory, key,
							 next(&seed) % 5 == 0 ? "?" : "T",
							 (int64_t)(next(&seed) % 1000000));
			}
			found = whole(&lazy, true);
			expected = whole(&tree, false);
			cr_expect_str_eq(found, expected, "round %u step %u:\n%s\nexpected\n%s",
					 round, step, found, expected);
			free(found);
			free(expected);
		}
		tree_close_beside(&lazy);
		tree_close(&tree);
	}
}

/* Not a check: prints what 100 000 objects cost when all of them have been listed. */
Test(lazy, memory_for_each_object_is_printed)
{
	struct tree tree;
	struct ots_catalog_counts counts;
	char path[100];

	tree_open_lazy(&tree, NULL, 60000, true);
	for (unsigned i = 0; i < 20000; i++) {
		char key[100];

		(void)snprintf(key, sizeof key, "orders/2026/%02u/%02u/IncData-%llu.csv",
			       1 + i / 2000 % 12, 1 + i / 100 % 20, 1700000000000ULL + i * 1000ULL);
		memory_store_put(tree.memory, key, "T", 0);
	}
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(path, sizeof path, "tables/orders/2026/%02u/%02u", 1 + i / 20,
			       1 + i % 20);
		cr_expect(tree_has(&tree, path), "%s", path);
		cr_expect(tree_has(&tree, path), "%s", path);
	}
	ots_catalog_counts(tree.catalog, &counts);
	cr_expect_eq(counts.tables, 1);
	tree_close(&tree);
}
