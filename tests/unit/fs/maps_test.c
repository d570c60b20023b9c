#include "../../../fs/node/name_table.h"
#include "../../../fs/node/nodes.h"
#include "../../../fs/node/number_map.h"
#include "../../../fs/node/seen.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(number_map, .timeout = 30);
TestSuite(name_table, .timeout = 30);
TestSuite(nodes, .timeout = 10);
TestSuite(seen, .timeout = 10);

#define MANY 5000

/* Against a plain array: every number put, changed and taken out again in an odd order. */
Test(number_map, holds_what_an_array_holds)
{
	struct number_map map = {0};
	static uint64_t model[MANY + 1]; /* 0: absent */
	uint64_t state = 1, value;

	for (unsigned step = 0; step < 20 * MANY; step++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		const uint64_t number = (state >> 33) % MANY + 1;

		if ((state >> 20 & 3) == 0) {
			ots_number_map_remove(&map, number);
			model[number] = 0;
		} else {
			cr_assert(ots_number_map_put(&map, number, step + 1), "memory");
			model[number] = step + 1;
		}
	}
	size_t count = 0;

	for (uint64_t n = 1; n <= MANY; n++) {
		const bool found = ots_number_map_get(&map, n, &value);

		cr_expect_eq(found, model[n] != 0, "number %d", (int)n);
		cr_expect(!found || value == model[n], "value of %d", (int)n);
		count += found ? 1 : 0;
	}
	cr_expect_eq(map.used, count, "%zu used, %zu found", map.used, count);
	ots_number_map_release(&map);
}

Test(number_map, empty_has_nothing_and_takes_a_removal)
{
	struct number_map map = {0};
	uint64_t value;

	cr_expect_not(ots_number_map_get(&map, 7, &value), "empty");
	ots_number_map_remove(&map, 7);
	ots_number_map_release(&map);
}

Test(name_table, a_name_keeps_its_index)
{
	struct name_table *table = ots_name_table_new();
	char name[32];
	size_t index;

	for (size_t turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < 3000; i++) {
			(void)snprintf(name, sizeof name, "t%zu", i);
			cr_assert(ots_name_table_index(table, name, &index), "memory");
			cr_expect_eq(index, i, "%s has %zu", name, index);
		}
	}
	cr_expect_str_eq(ots_name_table_name(table, 2999), "t2999", "the last");
	cr_expect_null(ots_name_table_name(table, 3000), "one above");
	ots_name_table_free(table);
}

Test(nodes, numbers_go_there_and_back)
{
	cr_expect_eq(ots_node_class(1), NODE_ROOT, "the kernel's root");
	cr_expect_eq(ots_node_class(0), NODE_UNKNOWN, "nothing");
	cr_expect_eq(ots_node_class(2), NODE_UNKNOWN, "form 0 has the root only");
	cr_expect_eq(ots_node_class(OTS_NODE_TABLES), NODE_CATALOG_FOLDER, "the catalog's");
	for (int c = NODE_README; c <= NODE_JOBS; c++)
		cr_expect_eq(ots_node_class(ots_node_single((enum ots_node_class)c)),
			     (enum ots_node_class)c, "class %d", c);
	cr_expect_eq(ots_node_class(ots_node_single(NODE_JOB)), NODE_UNKNOWN, "jobs are many");
	for (int p = 0; p < JOB_PART_COUNT; p++) {
		const uint64_t number = ots_node_job(123456, (enum job_part)p);

		cr_expect_eq(ots_node_job_index(number), 123456, "part %d", p);
		cr_expect_eq(ots_node_job_part(number), (enum job_part)p, "part %d", p);
	}
	cr_expect_eq(ots_node_class(ots_node_job(9, JOB_DEAD)), NODE_JOB_DEAD, "dead.jsonl");
	cr_expect_eq(ots_node_class(ots_node_job(9, JOB_CONTROL) + 1), NODE_UNKNOWN,
		     "a part too far");
	cr_expect_eq(ots_node_table_index(ots_node_table(77)), 77, "tables");
	cr_expect_eq(ots_node_class(ots_node_entry(1)), NODE_ENTRY, "entries");
	cr_expect_eq(ots_node_class(UINT64_MAX), NODE_UNKNOWN, "a form that is nobody's");
}

Test(seen, another_content_of_a_number_is_noticed_each_time)
{
	struct seen *seen = ots_seen_new();
	const uint64_t size = 77;
	uint64_t known = 0;

	cr_expect_not(ots_seen_size(seen, 5, &known), "nothing yet");
	cr_expect_eq(ots_seen_put(seen, 5, 100, &size), SEEN_NEVER);
	cr_expect_eq(ots_seen_put(seen, 5, 100, &size), SEEN_SAME);
	cr_expect_eq(ots_seen_put(seen, 5, 101, &size), SEEN_OTHER);
	cr_expect_eq(ots_seen_put(seen, 5, 101, &size), SEEN_OTHER, "the first one stays");
	cr_expect_eq(ots_seen_put(seen, 5, 100, &size), SEEN_SAME);
	cr_expect(ots_seen_size(seen, 5, &known), "known");
	cr_expect_eq(known, 77);
	ots_seen_free(seen);
}

Test(seen, a_damaged_content_has_no_exact_size)
{
	struct seen *seen = ots_seen_new();
	uint64_t known = 0;

	cr_expect_eq(ots_seen_put(seen, 6, SEEN_UNREADABLE, NULL), SEEN_NEVER);
	cr_expect_eq(ots_seen_put(seen, 6, SEEN_UNREADABLE, NULL), SEEN_SAME);
	cr_expect_eq(ots_seen_put(seen, 6, 100, NULL), SEEN_OTHER, "it can be read by now");
	cr_expect_not(ots_seen_size(seen, 6, &known));
	ots_seen_free(seen);
}
