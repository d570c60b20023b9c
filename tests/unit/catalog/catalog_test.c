#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <otsfs/base/digest.h>
#include <otsfs/catalog/names.h>

#include "tree.h"

TestSuite(catalog, .timeout = 60);

/* 2023-11-14T22:13:20Z */
#define BASE_US 1700000000000000

static void expect_list(struct tree *tree, const char *path, const char *expected)
{
	char found[4000];

	tree_list(tree, path, found, sizeof found);
	cr_expect_str_eq(found, expected, "%s: \"%s\", expected \"%s\"", path, found, expected);
}

static void expect_gone(struct tree *tree, uint64_t number)
{
	struct ots_node node;
	struct ots_object object;
	struct ots_error err = {0};

	cr_expect_eq(ots_catalog_node(tree->catalog, number, &node, &err), OTS_CHANGED);
	cr_expect(strstr(err.text, "changed or gone") != NULL, "%s", err.text);
	cr_expect_eq(ots_catalog_object(tree->catalog, number, &object, &err), OTS_CHANGED);
	cr_expect(strstr(err.text, "changed or gone") != NULL, "%s", err.text);
}

Test(catalog, an_empty_source_has_three_empty_tops)
{
	struct tree tree;
	struct ots_catalog_counts counts;
	struct ots_node node;
	struct ots_error err = {0};

	tree_open(&tree, NULL, 60000);
	cr_expect_not(ots_catalog_is_fresh(tree.catalog, OTS_NODE_RAW));
	cr_expect_eq(ots_catalog_node(tree.catalog, OTS_NODE_RAW, &node, &err), OTS_OK);
	ots_catalog_counts(tree.catalog, &counts);
	cr_expect_eq(counts.listed_us, 0);
	expect_list(&tree, "tables", "");
	expect_list(&tree, "by-time", "");
	expect_list(&tree, "/raw//", "");
	cr_expect(ots_catalog_is_fresh(tree.catalog, OTS_NODE_RAW));
	ots_catalog_counts(tree.catalog, &counts);
	cr_expect_eq(counts.listed_us, 1000000);
	cr_expect_eq(counts.objects, 0);
	tree_close(&tree);
}

Test(catalog, an_object_shows_below_tables_by_time_and_raw)
{
	struct tree tree;
	struct ots_node text, other, raw;
	struct ots_object object;
	struct ots_error err = {0};

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "orders/FullData-1700000000000.csv", "T1234", 77);
	expect_list(&tree, "tables", "orders/");
	expect_list(&tree, "tables/orders", "2023/ latest@");
	expect_list(&tree, "tables/orders/2023/11/14/22", "FullData-1700000000000.csv.jsonl");
	expect_list(&tree, "tables/orders/latest", "FullData-1700000000000.csv.jsonl");
	expect_list(&tree, "by-time/2023/11/14/22", "orders/");
	expect_list(&tree, "raw/orders", "FullData-1700000000000.csv");
	text = tree_node(&tree, "tables/orders/2023/11/14/22/FullData-1700000000000.csv.jsonl");
	other = tree_node(&tree, "by-time/2023/11/14/22/orders/FullData-1700000000000.csv.jsonl");
	raw = tree_node(&tree, "raw/orders/FullData-1700000000000.csv");
	cr_expect_eq(text.number, other.number);
	cr_expect_eq(ots_node_form(text.number), OTS_NODE_FORM_JSONL);
	cr_expect_eq(ots_node_form(raw.number), OTS_NODE_FORM_RAW);
	cr_expect_eq(text.number << 8, raw.number << 8);
	cr_expect_eq(text.kind, OTS_NODE_FILE);
	cr_expect_eq(text.object_bytes, 5);
	cr_expect_eq(text.mtime_us, BASE_US);
	cr_expect_eq(raw.mtime_us, 77);
	cr_expect_eq(tree_node(&tree, "tables").mtime_us, BASE_US);
	cr_expect_eq(tree_node(&tree, "by-time/2023").mtime_us, BASE_US);
	cr_expect_eq(tree_node(&tree, "raw").mtime_us, 77);
	cr_assert_eq(ots_catalog_object(tree.catalog, text.number, &object, &err), OTS_OK);
	cr_expect_str_eq(object.key, "orders/FullData-1700000000000.csv");
	cr_expect_eq(object.key_len, strlen(object.key));
	cr_expect_str_eq(object.table, "orders");
	cr_expect_str_eq(object.etag, "v1");
	cr_expect_eq(object.size, 5);
	cr_expect_eq(object.format, OTS_FORMAT_TUNNEL_CSV);
	cr_expect_eq(object.time_us, BASE_US);
	cr_expect_str_eq(ots_time_from_word(object.time_from), "name");
	ots_object_release(&object);
	tree_close(&tree);
}

Test(catalog, parents_lead_back_to_the_tops)
{
	struct tree tree;
	uint64_t number;

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "a/b/FullData-1700000000000.csv", "T", 0);
	number = tree_node(&tree, "tables/b/2023/11").number;
	number = ots_catalog_parent(tree.catalog, number);
	cr_expect_eq(number, tree_node(&tree, "tables/b/2023").number);
	number = ots_catalog_parent(tree.catalog, number);
	cr_expect_eq(number, tree_node(&tree, "tables/b").number);
	cr_expect_eq(ots_catalog_parent(tree.catalog, number), OTS_NODE_TABLES);
	cr_expect_eq(ots_catalog_parent(tree.catalog, OTS_NODE_TABLES), OTS_NODE_TABLES);
	cr_expect_eq(ots_catalog_parent(tree.catalog, OTS_NODE_RAW), OTS_NODE_RAW);
	number = ots_catalog_parent(tree.catalog, tree_node(&tree, "raw/a/b").number);
	cr_expect_eq(ots_catalog_parent(tree.catalog, number), OTS_NODE_RAW);
	tree_close(&tree);
}

Test(catalog, latest_points_at_the_newest_folder_of_time)
{
	struct tree tree;
	struct ots_node link;
	struct ots_buffer target;
	struct ots_error err = {0};

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "o/2026/11/21/02/x", "T", 0);
	memory_store_put(tree.memory, "o/2026/09/30/23/x", "T", 0);
	memory_store_put(tree.memory, "o/2026/11/20/x", "T", 0);
	memory_store_put(tree.memory, "o/2026/11/22/02/empty", "", 0);
	cr_assert_eq(ots_catalog_lookup(tree.catalog, tree_node(&tree, "tables/o").number,
					tree_bytes("latest"), NULL, &link, &err),
		     OTS_OK);
	cr_expect_eq(link.kind, OTS_NODE_LINK);
	cr_expect_eq(link.mtime_us, tree_node(&tree, "tables/o/2026/11/21/02").mtime_us);
	ots_buffer_init(&target, 100);
	cr_expect_eq(ots_catalog_link(tree.catalog, link.number, &target, &err), OTS_OK);
	cr_expect_eq(target.len, 13);
	cr_expect_eq(memcmp(target.bytes, "2026/11/21/02", 13), 0);
	cr_expect_eq(ots_catalog_parent(tree.catalog, link.number),
		     tree_node(&tree, "tables/o").number);
	cr_expect_eq(tree_node(&tree, "tables/o/latest/x.jsonl").number,
		     tree_node(&tree, "tables/o/2026/11/21/02/x.jsonl").number);
	for (size_t limit = 12; limit <= 13; limit++) {
		struct ots_buffer small;

		ots_buffer_init(&small, limit);
		cr_expect_eq(ots_catalog_link(tree.catalog, link.number, &small, &err),
			     limit == 12 ? OTS_LIMIT : OTS_OK);
		cr_expect_eq(small.len, limit == 12 ? 0 : 13);
		ots_buffer_release(&small);
	}
	cr_expect_eq(ots_catalog_link(tree.catalog, OTS_NODE_TABLES, &target, &err), OTS_CHANGED);
	ots_buffer_release(&target);
	tree_close(&tree);
}

Test(catalog, what_is_no_data_shows_below_raw_only_and_is_counted)
{
	struct tree tree;
	struct ots_catalog_counts counts;
	struct ots_object object;
	struct ots_error err = {0};

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "o/FullData-1700000000000.csv", "Tab", 0);
	memory_store_put(tree.memory, "o/schema.json", "Txx", 0);
	memory_store_put(tree.memory, "o/empty.csv", "", 0);
	memory_store_put(tree.memory, "o/marker/", "", 0);
	memory_store_put(tree.memory, "o/full/", "T", 0);
	memory_store_put(tree.memory, "o/part__0123456789abcdef0123456789abcdef/x", "T", 0);
	memory_store_put(tree.memory, "o/p.orc", "ORC", 0);
	memory_store_put(tree.memory, "o/readme", "hello", 0);
	expect_list(&tree, "tables/o", "2023/ latest@");
	expect_list(&tree, "tables/o/latest", "FullData-1700000000000.csv.jsonl");
	expect_list(&tree, "raw/o",
		    "FullData-1700000000000.csv empty.csv full/ marker/ p.orc "
		    "part__0123456789abcdef0123456789abcdef/ readme schema.json");
	expect_list(&tree, "raw/o/marker", "%2F");
	expect_list(&tree, "raw/o/full", "%2F");
	ots_catalog_counts(tree.catalog, &counts);
	cr_expect_eq(counts.objects, 8);
	cr_expect_eq(counts.tables, 1);
	cr_expect_eq(counts.bytes, 3 + 3 + 1 + 1 + 3 + 5);
	cr_expect_eq(counts.empty, 2);
	cr_expect_eq(counts.known_unread, 1);
	cr_expect_eq(counts.unrecognised, 2); /* the readme and DataX's work in progress */
	cr_assert_eq(ots_catalog_object(tree.catalog, tree_node(&tree, "raw/o/p.orc").number,
					&object, &err),
		     OTS_OK);
	cr_expect_eq(object.format, OTS_FORMAT_ORC);
	cr_expect_null(object.table);
	ots_object_release(&object);
	/* Neither empty objects nor markers nor schema.json are opened. */
	cr_expect_eq(memory_store_opens(tree.memory), 4);
	tree_close(&tree);
}

Test(catalog, an_object_without_time_is_placed_by_its_modification_time)
{
	struct tree tree;
	struct ots_object object;
	struct ots_error err = {0};

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "o/data.csv", "T", BASE_US + 1);
	memory_store_put(tree.memory, "p/2026/11/21/x", "T", BASE_US);
	expect_list(&tree, "by-time/2023/11/14/22/o", "data.csv.jsonl");
	cr_assert_eq(ots_catalog_object(tree.catalog,
					tree_node(&tree, "tables/o/latest/data.csv.jsonl").number,
					&object, &err),
		     OTS_OK);
	cr_expect_eq(object.time_us, BASE_US + 1);
	cr_expect_str_eq(ots_time_from_word(object.time_from), "mtime");
	ots_object_release(&object);
	cr_assert_eq(ots_catalog_object(tree.catalog,
					tree_node(&tree, "tables/p/2026/11/21/x.jsonl").number,
					&object, &err),
		     OTS_OK);
	cr_expect_eq(object.time_us, 1795219200000000); /* 2026-11-21 */
	cr_expect_str_eq(ots_time_from_word(object.time_from), "path");
	ots_object_release(&object);
	tree_close(&tree);
}

Test(catalog, a_key_that_is_a_file_and_a_folder_shows_both)
{
	struct tree tree;

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "a", "T", 0);
	memory_store_put(tree.memory, "a/b", "T", 0);
	memory_store_put(tree.memory, "a%2F", "T", 0);
	memory_store_put(tree.memory, "c/", "", 0);
	memory_store_put(tree.memory, "c//d", "T", 0);
	memory_store_put(tree.memory, "../e", "T", 0);
	memory_store_put(tree.memory, "\x01\xff", "T", 0);
	expect_list(&tree, "raw", "%01%FF %2E%2E/ a/ a%252F a%2F c/");
	expect_list(&tree, "raw/c", "%2F/ %2F%2F");
	expect_list(&tree, "raw/c/%2F", "d");
	expect_list(&tree, "raw/%2E%2E", "e");
	cr_expect_eq(tree_node(&tree, "raw/a").kind, OTS_NODE_FOLDER);
	cr_expect_eq(tree_node(&tree, "raw/a%2F").kind, OTS_NODE_FILE);
	cr_expect_not(tree_has(&tree, "raw/.."));
	cr_expect_not(tree_has(&tree, "raw/../tables"));
	cr_expect_not(tree_has(&tree, "raw/a/b/c"));
	cr_expect_not(tree_has(&tree, "status"));
	tree_close(&tree);
}

Test(catalog, tables_named_like_parts_of_time_are_encoded_below_by_time)
{
	struct tree tree;

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "07/2026-11-21/x", "T", 0);
	memory_store_put(tree.memory, "o/2026-11-21/07/x", "T", 0);
	memory_store_put(tree.memory, "latest/2026-11-21/x", "T", 0);
	memory_store_put(tree.memory, "2026/FullData-1700000000000.csv", "T", 0);
	expect_list(&tree, "tables", "07/ 2026/ latest/ o/");
	expect_list(&tree, "tables/07/2026/11/21", "x.jsonl");
	expect_list(&tree, "tables/latest", "2026/ latest@");
	expect_list(&tree, "by-time/2026/11/21", "%307/ 07/ latest/");
	expect_list(&tree, "by-time/2026/11/21/%307", "x.jsonl");
	expect_list(&tree, "by-time/2026/11/21/07", "o/");
	expect_list(&tree, "by-time/2023/11/14/22", "2026/");
	tree_close(&tree);
}

Test(catalog, objects_of_one_name_in_one_hour_do_not_collide)
{
	/* printf b/o/FullData-1700000000000.csv | sha256sum, and so on */
	static const char *const keys[] = {"a/o/FullData-1700000000000.csv",
					   "b/o/FullData-1700000000000.csv",
					   "c/o/FullData-1700000000000.csv"};
	struct tree tree;
	char list[400], again[400];

	tree_open(&tree, NULL, 0);
	for (size_t i = 3; i-- > 0;)
		memory_store_put(tree.memory, keys[i], "T", 0);
	tree_list(&tree, "tables/o/latest", list, sizeof list);
	cr_expect(strstr(list, "FullData-1700000000000.csv.jsonl ") == list, "%s", list);
	for (size_t i = 0; i < 3; i++) {
		char hex[2 * 32 + 1], path[200];
		struct ots_object object;
		struct ots_error err = {0};
		uint8_t digest[32];

		cr_assert(ots_sha256(keys[i], strlen(keys[i]), digest));
		ots_hex(digest, sizeof digest, hex);
		(void)snprintf(path, sizeof path,
			       "tables/o/latest/FullData-1700000000000.csv%s%.*s.jsonl",
			       i == 0 ? "" : "~", i == 0 ? 0 : 16, hex);
		cr_assert_eq(ots_catalog_object(tree.catalog, tree_node(&tree, path).number,
						&object, &err),
			     OTS_OK);
		cr_expect_str_eq(object.key, keys[i]);
		ots_object_release(&object);
	}
	tree_list(&tree, "by-time/2023/11/14/22/o", again, sizeof again);
	cr_expect_str_eq(list, again);
	tree_close(&tree);
}

Test(catalog, keys_made_to_collide_all_show)
{
	char longest[300], shortened[320], name[OTS_FILE_NAME_MAX_BYTES + 1], list[2000];
	struct tree tree;
	size_t spaces = 0;

	tree_open(&tree, NULL, 0);
	memset(longest, 'x', sizeof longest);
	longest[290] = '\0';
	cr_assert_gt(ots_name_encode(tree_bytes(longest), "", name), 0);
	(void)snprintf(shortened, sizeof shortened, "%s", name);
	memory_store_put(tree.memory, longest, "T", 0);
	memory_store_put(tree.memory, shortened, "T", 0);
	(void)snprintf(shortened, sizeof shortened, "%s/in", name);
	memory_store_put(tree.memory, shortened, "T", 0);
	(void)snprintf(shortened, sizeof shortened, "%s/in", longest);
	memory_store_put(tree.memory, shortened, "T", 0);
	tree_list(&tree, "raw", list, sizeof list);
	for (const char *at = list; *at != '\0'; at++)
		spaces += *at == ' ';
	cr_expect_eq(spaces, 3, "%s", list);
	tree_close(&tree);
}

Test(catalog, a_changed_object_gets_a_new_number_and_an_unchanged_one_keeps_its)
{
	struct tree tree;
	uint64_t changed, same, gone, folder, now;
	struct ots_node node;
	struct ots_error err = {0};

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "o/FullData-1700000000000.csv", "T1", 0);
	memory_store_put(tree.memory, "o/IncData-1700000000000.csv", "T2", 0);
	memory_store_put(tree.memory, "p/IncData-1700000000000.csv", "T3", 0);
	changed = tree_node(&tree, "tables/o/latest/FullData-1700000000000.csv.jsonl").number;
	same = tree_node(&tree, "tables/o/latest/IncData-1700000000000.csv.jsonl").number;
	gone = tree_node(&tree, "raw/p/IncData-1700000000000.csv").number;
	folder = tree_node(&tree, "tables/p").number;
	memory_store_put(tree.memory, "o/FullData-1700000000000.csv", "Jx", 0);
	memory_store_remove(tree.memory, "p/IncData-1700000000000.csv");
	/* Within the interval nothing is listed. */
	tree.now_ms = 1000 + 59999;
	cr_expect_eq(tree_node(&tree, "tables/o/latest/FullData-1700000000000.csv.jsonl").number,
		     changed);
	cr_expect_eq(memory_store_lists(tree.memory), 2);
	tree.now_ms = 1000 + 60000;
	cr_expect_not(ots_catalog_is_fresh(tree.catalog, OTS_NODE_RAW));
	now = tree_node(&tree, "tables/o/latest/FullData-1700000000000.csv.jsonl").number;
	cr_expect_neq(now, changed);
	expect_gone(&tree, changed);
	expect_gone(&tree, gone);
	expect_gone(&tree, folder);
	cr_expect_eq(
		ots_catalog_lookup(tree.catalog, folder, tree_bytes("2023"), NULL, &node, &err),
		OTS_CHANGED);
	cr_expect_eq(ots_catalog_node(tree.catalog, same, &node, &err), OTS_OK);
	cr_expect_eq(tree_node(&tree, "tables/o/latest/IncData-1700000000000.csv.jsonl").number,
		     same);
	expect_list(&tree, "tables", "o/");
	/* What comes back as it was has its old number again only if nothing came between. */
	memory_store_put(tree.memory, "o/FullData-1700000000000.csv", "T1", 0);
	tree.now_ms += 60000;
	cr_expect_neq(tree_node(&tree, "tables/o/latest/FullData-1700000000000.csv.jsonl").number,
		      now);
	expect_gone(&tree, now);
	expect_gone(&tree, changed);
	tree_close(&tree);
}

Test(catalog, numbers_that_nobody_gave_are_gone)
{
	static const uint64_t numbers[] = {
		0,
		1,
		(uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT,
		(uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT | 4000,
		(uint64_t)OTS_NODE_FORM_RAW << OTS_NODE_FORM_SHIFT | 1,
		(uint64_t)OTS_NODE_FORM_RAW << OTS_NODE_FORM_SHIFT | ((uint64_t)1 << 32),
		(uint64_t)OTS_NODE_FORM_JSONL << OTS_NODE_FORM_SHIFT,
		(uint64_t)9 << OTS_NODE_FORM_SHIFT,
		UINT64_MAX,
	};
	struct tree tree;
	struct ots_folder *folder = NULL;
	struct ots_error err = {0};

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "unknown", "?", 0);
	for (unsigned listed = 0; listed < 2; listed++) {
		for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
			expect_gone(&tree, numbers[i]);
			(void)ots_catalog_parent(tree.catalog, numbers[i]);
			if (listed > 0)
				cr_expect_eq(ots_folder_open(tree.catalog, numbers[i], NULL,
							     &folder, &err),
					     OTS_CHANGED);
		}
		expect_list(&tree, "raw", "unknown");
	}
	tree_close(&tree);
}

Test(catalog, an_open_folder_stays_as_it_is)
{
	struct tree tree;
	struct ots_folder *folder = NULL;
	struct ots_child child;
	struct ots_error err = {0};

	tree_open(&tree, NULL, 0);
	memory_store_put(tree.memory, "a", "?", 0);
	memory_store_put(tree.memory, "b", "?", 0);
	cr_assert_eq(ots_folder_open(tree.catalog, OTS_NODE_RAW, NULL, &folder, &err), OTS_OK);
	memory_store_remove(tree.memory, "a");
	memory_store_put(tree.memory, "0", "?", 0);
	expect_list(&tree, "raw", "0 b");
	cr_expect_eq(ots_folder_count(folder), 2);
	child = ots_folder_at(folder, 0);
	cr_expect_eq(memcmp(child.name.at, "a", 1), 0);
	ots_folder_close(folder);
	tree_close(&tree);
}

Test(catalog, a_path_without_parts_is_refused)
{
	static const char *const paths[] = {"", "/", "///"};
	struct tree tree;
	struct ots_node node;

	tree_open(&tree, NULL, 0);
	for (size_t i = 0; i < 3; i++) {
		struct ots_error err = {0};

		cr_expect_eq(
			ots_catalog_resolve(tree.catalog, tree_bytes(paths[i]), NULL, &node, &err),
			OTS_USAGE);
		cr_expect_str_eq(err.text, "an empty path: one below tables/, by-time/ or raw/ is "
					   "expected");
	}
	tree_close(&tree);
}

Test(catalog, folders_are_sorted_by_their_shown_names)
{
	struct tree tree;
	char list[200];

	tree_open(&tree, NULL, 0);
	/* As keys `a` comes before `a-`; as names `a-.jsonl` before `a.jsonl`. */
	memory_store_put(tree.memory, "o/2026-11-21/a", "T", 0);
	memory_store_put(tree.memory, "o/2026-11-21/a-", "T", 0);
	memory_store_put(tree.memory, "o/2026-11-21/a\x01", "T", 0);
	tree_list(&tree, "tables/o/latest", list, sizeof list);
	cr_expect_str_eq(list, "a%01.jsonl a-.jsonl a.jsonl");
	tree_close(&tree);
}
