#include <criterion/criterion.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <malloc.h>

#include <otsfs/object/fault.h>

#include "tree.h"

TestSuite(listing, .timeout = 120);

static unsigned count_in_log(struct tree *tree, const char *text)
{
	struct ots_buffer lines;
	unsigned count = 0;

	ots_buffer_init(&lines, 1 << 20);
	cr_assert(ots_log_read(tree->log, &lines) && ots_buffer_put_byte(&lines, 0));
	for (const char *at = (const char *)lines.bytes; (at = strstr(at, text)) != NULL; at++)
		count++;
	ots_buffer_release(&lines);
	return count;
}

Test(listing, a_source_that_fails_is_refused_at_opening_with_the_reason)
{
	struct memory_store *memory = memory_store_new();
	const struct ots_layout_options layout_options = {.source_table = "src"};
	struct ots_catalog_options options = {.clock = &ots_clock_system};
	struct ots_layout *layout = NULL;
	struct ots_store *store = NULL;
	struct ots_catalog *catalog = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_layout_new(&layout_options, &layout, &err), OTS_OK);
	cr_assert_eq(ots_store_new(&memory_store_ops, memory, "memory", &store, &err), OTS_OK);
	options.layout = layout;
	options.recognise = (enum ots_format(*)(struct ots_bytes, uint64_t))abort;
	memory_store_fail_list(memory, OTS_DENIED);
	cr_expect_eq(ots_catalog_open(store, &options, &catalog, &err), OTS_DENIED);
	cr_expect(strstr(err.text, "listing fails on cue") != NULL, "%s", err.text);
	cr_expect_null(catalog);
	ots_store_free(store);
	ots_layout_free(layout);
}

Test(listing, a_failed_listing_is_an_error_and_the_next_one_heals_it)
{
	struct tree tree;
	struct ots_node node;
	struct ots_error err = {0};
	uint64_t number;

	tree_open(&tree, NULL, 0);
	memory_store_put(tree.memory, "o/x.csv", "T", 0);
	number = tree_node(&tree, "raw/o/x.csv").number;
	memory_store_fail_list(tree.memory, OTS_NETWORK);
	cr_expect_eq(
		ots_catalog_lookup(tree.catalog, OTS_NODE_RAW, tree_bytes("o"), NULL, &node, &err),
		OTS_NETWORK);
	cr_expect_str_eq(err.text, "list memory: memory: listing fails on cue");
	/* What is known needs no listing. */
	cr_expect_eq(ots_catalog_node(tree.catalog, number, &node, &err), OTS_OK);
	memory_store_fail_list(tree.memory, OTS_OK);
	cr_expect_eq(tree_node(&tree, "raw/o/x.csv").number, number);
	tree_close(&tree);
}

Test(listing, it_is_fresh_for_the_interval_until_it_is_found_to_be_behind)
{
	static const int64_t intervals[] = {1, 60000, INT64_MAX};

	for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
		struct tree tree;

		tree_open(&tree, NULL, intervals[i]);
		tree.now_ms = 1000;
		memory_store_put(tree.memory, "o/x.csv", "T", 0);
		cr_expect(tree_has(&tree, "raw/o/x.csv"));
		memory_store_put(tree.memory, "o/y.csv", "T", 0);
		cr_expect_not(tree_has(&tree, "raw/o/y.csv"), "interval %zu", i);
		cr_expect(ots_catalog_is_fresh(tree.catalog, OTS_NODE_RAW), "interval %zu", i);
		tree.now_ms += intervals[i] == INT64_MAX ? INT64_MAX / 2000 : intervals[i] - 1;
		cr_expect(ots_catalog_is_fresh(tree.catalog, OTS_NODE_RAW), "interval %zu", i);
		ots_catalog_expire(tree.catalog);
		cr_expect_not(ots_catalog_is_fresh(tree.catalog, OTS_NODE_RAW), "interval %zu", i);
		cr_expect(tree_has(&tree, "raw/o/y.csv"), "interval %zu", i);
		cr_expect(ots_catalog_is_fresh(tree.catalog, OTS_NODE_RAW), "interval %zu", i);
		tree_close(&tree);
	}
}

Test(listing, a_superseded_file_gets_another_number_and_its_old_one_ends)
{
	struct tree tree;
	struct ots_node node, text, raw, other;
	struct ots_error err = {0};

	tree_open(&tree, NULL, INT64_MAX);
	memory_store_put(tree.memory, "o/2026-11-21/x", "T", 0);
	memory_store_put(tree.memory, "o/2026-11-21/y", "T", 0);
	text = tree_node(&tree, "tables/o/latest/x.jsonl");
	raw = tree_node(&tree, "raw/o/2026-11-21/x");
	other = tree_node(&tree, "tables/o/latest/y.jsonl");
	cr_expect_eq(text.format, OTS_FORMAT_TUNNEL_CSV);
	ots_catalog_supersede(tree.catalog, text.number);
	ots_catalog_supersede(tree.catalog, OTS_NODE_RAW); /* no file: nothing happens */
	node = tree_node(&tree, "tables/o/latest/x.jsonl");
	cr_expect_neq(node.number, text.number);
	cr_expect_eq(node.format, OTS_FORMAT_TUNNEL_CSV);
	cr_expect_eq(ots_catalog_node(tree.catalog, text.number, &node, &err), OTS_CHANGED);
	cr_expect_eq(ots_catalog_node(tree.catalog, raw.number, &node, &err), OTS_CHANGED);
	cr_expect_eq(tree_node(&tree, "tables/o/latest/y.jsonl").number, other.number);
	tree_close(&tree);
}

Test(listing, an_object_that_cannot_be_opened_is_below_raw_only_and_logged_once)
{
	struct tree tree;
	uint64_t raw;

	tree_open(&tree, NULL, 0);
	memory_store_put(tree.memory, "o/2026-11-21/x", "T", 0);
	memory_store_put(tree.memory, "o/2026-11-21/y", "T", 0);
	memory_store_put(tree.memory, "o/2026-11-21/z", "T", 0);
	memory_store_fail_open(tree.memory, "o/2026-11-21/x", OTS_DENIED);
	memory_store_fail_open(tree.memory, "o/2026-11-21/y", OTS_TIMEOUT);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect(tree_has(&tree, "tables/o/latest/z.jsonl"));
		cr_expect_not(tree_has(&tree, "tables/o/latest/x.jsonl"));
		cr_expect_not(tree_has(&tree, "tables/o/latest/y.jsonl"));
	}
	raw = tree_node(&tree, "raw/o/2026-11-21/y").number;
	cr_expect_eq(count_in_log(&tree, "recognise o/2026-11-21/x: below raw/ only: "), 1);
	cr_expect_eq(count_in_log(&tree, "recognise o/2026-11-21/y: below raw/ only: "), 1);
	/* What may pass by itself is tried again, under the same number. */
	memory_store_fail_open(tree.memory, "o/2026-11-21/x", OTS_OK);
	memory_store_fail_open(tree.memory, "o/2026-11-21/y", OTS_OK);
	cr_expect(tree_has(&tree, "tables/o/latest/y.jsonl"));
	cr_expect_not(tree_has(&tree, "tables/o/latest/x.jsonl"));
	cr_expect_eq(tree_node(&tree, "raw/o/2026-11-21/y").number, raw);
	tree_close(&tree);
}

Test(listing, only_the_front_is_read_and_more_of_it_where_that_says_nothing)
{
	static char content[10000];
	struct tree tree;
	uint64_t before;

	tree_open(&tree, NULL, 0);
	memset(content, 'T', sizeof content - 1);
	memory_store_put(tree.memory, "o/a", content, 0);
	cr_expect(tree_has(&tree, "tables/o"));
	cr_expect_eq(memory_store_bytes_read(tree.memory), 4096);
	before = memory_store_bytes_read(tree.memory);
	content[0] = 'L';
	content[4096] = '\0'; /* nothing behind what was read: not asked for again */
	memory_store_put(tree.memory, "p/b", content, 0);
	cr_expect_not(tree_has(&tree, "tables/p"));
	cr_expect_eq(memory_store_bytes_read(tree.memory) - before, 4096);
	before = memory_store_bytes_read(tree.memory);
	content[4096] = 'x';
	content[4097] = '\0';
	memory_store_put(tree.memory, "q/c", content, 0);
	cr_expect(tree_has(&tree, "tables/q"));
	cr_expect_eq(memory_store_bytes_read(tree.memory) - before, 4096 + 4097);
	before = memory_store_bytes_read(tree.memory);
	content[0] = '?';
	content[4097] = 'x';
	memory_store_put(tree.memory, "r/d", content, 0);
	cr_expect_not(tree_has(&tree, "tables/r"));
	cr_expect_eq(memory_store_bytes_read(tree.memory) - before, 4096 + 8192);
	/* Known objects are not opened again. */
	cr_expect_eq(memory_store_opens(tree.memory), 4);
	tree_close(&tree);
}

Test(listing, what_a_layout_template_does_not_fit_is_below_raw_only)
{
	static const char *const templates[] = {"backup/$table/$ms.csv"};
	const struct ots_layout_options options = {.templates = templates, .template_count = 1};
	struct tree tree;
	char list[100];

	tree_open(&tree, &options, 0);
	memory_store_put(tree.memory, "backup/o/1700000000000.csv", "T", 0);
	memory_store_put(tree.memory, "backup/FullData-1700000000000.csv", "T", 0);
	tree_list(&tree, "tables", list, sizeof list);
	cr_expect_str_eq(list, "o/");
	tree_list(&tree, "raw/backup", list, sizeof list);
	cr_expect_str_eq(list, "FullData-1700000000000.csv o/");
	tree_close(&tree);
}

/* A lookup on a thread of its own. */
struct asker {
	struct tree *tree;
	struct ots_cancel cancel;
	enum ots_status status;
	struct ots_error err;
	pthread_t thread;
};

static void *ask(void *arg)
{
	struct asker *asker = arg;
	struct ots_node node;

	asker->status = ots_catalog_lookup(asker->tree->catalog, OTS_NODE_RAW, tree_bytes("o"),
					   &asker->cancel, &node, &asker->err);
	return NULL;
}

static void start(struct asker *asker, struct tree *tree)
{
	*asker = (struct asker){.tree = tree};
	ots_cancel_init(&asker->cancel);
	cr_assert_eq(pthread_create(&asker->thread, NULL, ask, asker), 0);
}

static enum ots_status finish(struct asker *asker)
{
	cr_assert_eq(pthread_join(asker->thread, NULL), 0);
	ots_cancel_release(&asker->cancel);
	return asker->status;
}

static void await_listing(struct tree *tree)
{
	while (memory_store_waiting(tree->memory) == 0)
		(void)ots_cancel_wait(NULL, 1); /* ends: the suite's deadline at the latest */
}

Test(listing, one_listing_serves_all_who_wait_and_readers_do_not_wait)
{
	struct tree tree;
	struct asker askers[4];
	struct ots_node node;
	struct ots_error err = {0};
	uint64_t number;
	unsigned lists;

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "o/x", "T", 0);
	number = tree_node(&tree, "raw/o/x").number;
	tree.now_ms += 60000;
	lists = memory_store_lists(tree.memory);
	memory_store_shut_gate(tree.memory, true);
	start(&askers[0], &tree);
	await_listing(&tree);
	for (unsigned i = 1; i < 4; i++)
		start(&askers[i], &tree);
	cr_expect_eq(ots_catalog_node(tree.catalog, number, &node, &err), OTS_OK);
	cr_expect_not(ots_catalog_is_fresh(tree.catalog, OTS_NODE_RAW));
	memory_store_shut_gate(tree.memory, false);
	for (unsigned i = 0; i < 4; i++)
		cr_expect_eq(finish(&askers[i]), OTS_OK);
	cr_expect_eq(memory_store_lists(tree.memory) - lists, 1);
	tree_close(&tree);
}

Test(listing, cancelling_ends_a_wait_and_another_takes_the_turn_over)
{
	struct tree tree;
	struct asker lister, waiter, heir;

	tree_open(&tree, NULL, 60000);
	memory_store_put(tree.memory, "o/x", "T", 0);
	memory_store_shut_gate(tree.memory, true);
	start(&lister, &tree);
	await_listing(&tree);
	start(&waiter, &tree);
	start(&heir, &tree);
	ots_cancel_ask(&waiter.cancel);
	cr_expect_eq(finish(&waiter), OTS_CANCELLED);
	cr_expect(strstr(waiter.err.text, "asked to stop") != NULL, "%s", waiter.err.text);
	ots_cancel_ask(&lister.cancel);
	cr_expect_eq(finish(&lister), OTS_CANCELLED);
	await_listing(&tree);
	memory_store_shut_gate(tree.memory, false);
	cr_expect_eq(finish(&heir), OTS_OK);
	tree_close(&tree);
}

static enum ots_format all_tunnel(struct ots_bytes head, uint64_t size)
{
	(void)head;
	(void)size;
	return OTS_FORMAT_TUNNEL_CSV;
}

/* Fail the n-th call on the store, for each n: whatever fails, the next listing gives the tree. */
Test(listing, a_store_that_fails_at_any_call_leaves_a_catalog_that_heals)
{
	for (uint64_t nth = 2; nth <= 20; nth++) {
		struct memory_store *memory = memory_store_new();
		const struct ots_layout_options layout_options = {.source_table = "src"};
		const struct ots_fault_plan plan = {
			.kind = OTS_FAULT_STATUS, .status = OTS_NETWORK, .nth = nth};
		struct ots_catalog_options options = {.clock = &ots_clock_system,
						      .recognise = all_tunnel,
						      .recognise_bytes = 100};
		unsigned failures = 0;
		struct ots_layout *layout = NULL;
		struct ots_store *below = NULL, *store = NULL;
		struct ots_catalog *catalog = NULL;
		struct ots_node node;
		struct ots_error err = {0};

		memory_store_put(memory, "o/2026-11-21/a", "T", 0);
		memory_store_put(memory, "o/2026-11-21/b", "T", 0);
		cr_assert_eq(ots_layout_new(&layout_options, &layout, &err), OTS_OK);
		cr_assert_eq(ots_store_new(&memory_store_ops, memory, "memory", &below, &err),
			     OTS_OK);
		cr_assert_eq(ots_fault_open(below, &plan, &store, &err), OTS_OK);
		options.layout = layout;
		cr_assert_eq(ots_catalog_open(store, &options, &catalog, &err), OTS_OK, "%s",
			     err.text);
		for (unsigned round = 0; round < 20; round++) {
			const enum ots_status status = ots_catalog_lookup(
				catalog, OTS_NODE_TABLES, tree_bytes("o"), NULL, &node, &err);

			failures += status != OTS_OK;
			cr_expect(status == OTS_OK || status == OTS_NETWORK, "call %u: %s",
				  (unsigned)nth, err.text);
		}
		cr_expect_leq(failures, 1);
		cr_expect_eq(ots_catalog_resolve(catalog, tree_bytes("tables/o/latest/a.jsonl"),
						 NULL, &node, &err),
			     OTS_OK, "call %u: %s", (unsigned)nth, err.text);
		cr_expect_eq(ots_catalog_resolve(catalog, tree_bytes("tables/o/latest/b.jsonl"),
						 NULL, &node, &err),
			     OTS_OK, "call %u: %s", (unsigned)nth, err.text);
		ots_catalog_free(catalog);
		ots_store_free(store);
		ots_layout_free(layout);
	}
}

/* Not a check: prints what 100 000 objects cost. */
Test(listing, memory_for_each_object_is_printed)
{
	enum { OBJECTS = 100000 };
	struct tree tree;
	char key[100];
	size_t before, after;

	tree_open(&tree, NULL, 60000);
	for (unsigned i = 0; i < OBJECTS; i++) {
		(void)snprintf(key, sizeof key, "backup/orders/%04u/IncData-%llu.csv", i / 1000,
			       1700000000000ULL + i * 1000ULL);
		memory_store_put(tree.memory, key, "T", 0);
	}
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	cr_expect(tree_has(&tree, "raw/backup"));
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	cr_log_info("%zu bytes for each of %d objects", (after - before) / OBJECTS, OBJECTS);
	tree_close(&tree);
}
