#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/object/dir.h>

#include "../../../core/restore/table_rules.h"

TestSuite(table_rules, .timeout = 60);

#define DAY INT64_C(86400)
/* The clock of the rig stands here. */
#define NOW_S INT64_C(1795228200)

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static const struct fake_column key[] = {{"k", OTS_STRING, false}, {"n", OTS_INTEGER, false}};

struct option_case {
	int64_t max_versions, ttl_seconds;
	bool refuses_update;
	const char *text;
	const char *reason; /* NULL: taken */
};

static void expect_case(const struct option_case *c)
{
	struct rig rig;
	struct ots_job *job = NULL;
	struct ots_error err = {0};
	enum ots_status status;

	rig_init(&rig);
	fake_target_table(rig.fake, "u", key, 2, 0);
	fake_target_change(rig.fake, "u", c->max_versions, c->ttl_seconds, c->refuses_update);
	rig_open(&rig);
	status = rig_drop(&rig, "u", c->text, strlen(c->text), &job, &err);
	cr_expect_eq(status, c->reason == NULL ? OTS_OK : OTS_REFUSED, "%s: %s", c->text, err.text);
	if (c->reason != NULL) {
		cr_expect(strstr(err.text, c->reason) != NULL, "\"%s\" in \"%s\"", c->reason,
			  err.text);
		cr_expect(strstr(err.text, "table u") != NULL, "%s", err.text);
		cr_expect_eq(fake_target_calls(rig.fake), 0);
	}
	ots_job_release(job);
	rig_close(&rig);
}

#define ROW(op, cols) "{\"op\":\"" op "\",\"pk\":{\"k\":\"a\",\"n\":1},\"cols\":" cols "}\n"
#define TWO "{\"c\":{\"$v\":[[5,1],[4,2]]}}"
#define LATE "{\"c\":{\"$v\":[[1795141800000,1]]}}"
#define LATER "{\"c\":{\"$v\":[[1795141799999,1]]}}"

Test(table_rules, options_of_the_table_that_would_lose_something_refuse_the_drop)
{
	static const struct option_case cases[] = {
		{1, -1, false, ROW("PUT", "{\"c\":1}"), NULL},
		{1, -1, false, ROW("PUT", TWO), "column c has 2 versions, and the table keeps 1"},
		{2, -1, false, ROW("PUT", TWO), NULL},
		{0, -1, false, ROW("PUT", TWO), NULL},
		{1, -1, false, ROW("PUT", "{\"a\":1,\"b\":1}"), NULL},
		{1, -1, true, ROW("PUT", "{\"c\":1}"), NULL},
		{1, -1, true, ROW("DELETE", "{}"), NULL},
		{1, -1, true, ROW("PUT", "{\"c\":1}") ROW("UPDATE", "{\"c\":2}"), "line 2"},
		{1, -1, true, ROW("UPDATE", "{\"c\":2}"), "allow_update is false"},
		{1, DAY, false, ROW("PUT", LATE), NULL},
		{1, DAY, false, ROW("PUT", LATER), "expire after 86400 seconds"},
		{1, DAY - 1, false, ROW("PUT", LATE), "(TTL)"},
		{1, -1, false, ROW("PUT", LATER), NULL},
		{1, 0, false, ROW("PUT", LATER), NULL},
		{1, NOW_S, false, ROW("PUT", "{\"c\":{\"$v\":[[0,1]]}}"), NULL},
		{1, DAY, false, ROW("PUT", "{\"c\":1}"), NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_case(&cases[i]);
}

static struct ots_cell put_of(const char *name, int64_t version)
{
	struct ots_cell cell = {.name = bytes_of(name), .action = OTS_CELL_PUT};

	cell.has_version = version >= 0;
	cell.version = version >= 0 ? version : 0;
	cell.value = (struct ots_value){.type = OTS_INTEGER};
	return cell;
}

/* Versions count by column wherever their cells stand; equal ones are one. */
Test(table_rules, versions_of_a_column_are_counted_wherever_they_stand)
{
	struct ots_cell cells[] = {put_of("a", 1), put_of("b", 1), put_of("a", 2), put_of("b", 1),
				   put_of("a", 2), put_of("", 1),  put_of("a", 3)};
	struct ots_cell unversioned[] = {put_of("a", -1), put_of("a", -1), put_of("a", 7)};
	const struct ots_record record = {
		.op = OTS_PUT, .cells = cells, .cell_count = sizeof cells / sizeof *cells};
	const struct ots_record other = {.op = OTS_PUT, .cells = unversioned, .cell_count = 3};
	struct ots_schema table = {.max_versions = 3};
	struct ots_error err = {0};

	cr_expect_eq(ots_table_keeps(&table, &record, OTS_PUT, &err), OTS_OK, "%s", err.text);
	table.max_versions = 2;
	cr_expect_eq(ots_table_keeps(&table, &record, OTS_PUT, &err), OTS_REFUSED);
	cr_expect(strstr(err.text, "column a has 3 versions, and the table keeps 2") != NULL, "%s",
		  err.text);
	cr_expect_eq(ots_table_keeps(&table, &other, OTS_PUT, &err), OTS_OK);
	table.max_versions = 1;
	cr_expect_eq(ots_table_keeps(&table, &other, OTS_PUT, &err), OTS_REFUSED);
	cells[2].action = cells[4].action = OTS_CELL_DELETE_VERSION;
	table.max_versions = 2;
	cr_expect_eq(ots_table_keeps(&table, &record, OTS_PUT, &err), OTS_OK);
}

/* Against a plain count, over random records whose names collide on their bits or do not. */
Test(table_rules, the_count_of_versions_agrees_with_a_plain_one)
{
	uint64_t seed = 7;

	for (unsigned round = 0; round < 3000; round++) {
		struct ots_cell cells[24];
		char names[24][8];
		size_t count, most = 0;
		struct ots_schema table = {0};
		struct ots_record record = {.op = OTS_PUT, .cells = cells};

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		count = 1 + (seed >> 33) % 24;
		for (size_t i = 0; i < count; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			(void)snprintf(names[i], sizeof names[i], "c%u",
				       (unsigned)(seed >> 40) % (round % 30 + 1));
			cells[i] = put_of(names[i], (int64_t)(seed >> 20) % 4 - 1);
		}
		for (size_t i = 0; i < count; i++) {
			size_t versions = 0;

			for (size_t v = 0; v < 4; v++) {
				bool there = false;

				for (size_t k = 0; k < count; k++)
					there |= strcmp(names[i], names[k]) == 0 &&
						 (cells[k].has_version ? cells[k].version : -1) ==
							 (int64_t)v - 1;
				versions += there;
			}
			most = versions > most ? versions : most;
		}
		record.cell_count = count;
		table.max_versions = (int64_t)most;
		cr_assert_eq(ots_table_keeps(&table, &record, OTS_PUT, NULL), OTS_OK, "%u", round);
		table.max_versions = (int64_t)most - 1;
		if (most > 1)
			cr_assert_eq(ots_table_keeps(&table, &record, OTS_PUT, NULL), OTS_REFUSED,
				     "%u", round);
	}
}

Test(table_rules, a_table_that_keeps_fewer_versions_than_the_source_did_is_refused)
{
	const struct ots_schema source = {.max_versions = 3};
	struct ots_schema table = {.max_versions = 3};
	struct ots_error err = {0};

	cr_expect_eq(ots_table_keeps_versions_of(&table, "u", &source, &err), OTS_OK);
	cr_expect_eq(ots_table_keeps_versions_of(&table, "u", NULL, &err), OTS_OK);
	table.max_versions = 2;
	cr_expect_eq(ots_table_keeps_versions_of(&table, "u", &source, &err), OTS_REFUSED);
	cr_expect(strstr(err.text, "kept 3 versions") != NULL, "%s", err.text);
	cr_expect(strstr(err.text, "table u keeps 2") != NULL, "%s", err.text);
	table.max_versions = 0;
	cr_expect_eq(ots_table_keeps_versions_of(&table, "u", &source, &err), OTS_OK);
}

/* Of objects only the front is looked at before the first row is sent: what comes later is set
 * aside, and the rest is written. */
Test(table_rules, a_later_record_of_an_object_that_the_table_would_cut_is_set_aside)
{
	const struct ots_job_object object = {.key = bytes_of("a.jsonl"),
					      .format = OTS_FORMAT_JSONL};
	const struct ots_restore_request request = {
		.table = "u", .objects = &object, .object_count = 1, .name = "a"};
	struct ots_store *store = NULL;
	struct ots_job *job = NULL;
	struct ots_job_counts counts;
	enum ots_job_state state;
	struct ots_error err = {0};
	struct rig rig;
	char path[160];
	char *dead;
	FILE *file;

	rig_init(&rig);
	(void)snprintf(path, sizeof path, "%s/a.jsonl", rig.dir);
	file = fopen(path, "w");
	cr_assert(file != NULL);
	for (int i = 0; i < 20000; i++)
		(void)fprintf(file,
			      "{\"op\":\"PUT\",\"pk\":{\"k\":\"a\",\"n\":%d},\"cols\":{\"c\":1}}\n",
			      i);
	(void)fputs("{\"op\":\"PUT\",\"pk\":{\"k\":\"b\",\"n\":1},\"cols\":" TWO "}\n", file);
	(void)fputs("{\"op\":\"UPDATE\",\"pk\":{\"k\":\"b\",\"n\":2},\"cols\":{\"c\":1}}\n", file);
	(void)fclose(file);
	cr_assert_eq(ots_dir_open(rig.dir, &store, &err), OTS_OK, "%s", err.text);
	rig.options.source = store;
	fake_target_table(rig.fake, "u", key, 2, 0);
	fake_target_change(rig.fake, "u", 1, -1, true);
	rig_open(&rig);
	cr_assert_eq(ots_job_submit(rig.engine, &request, NULL, &job, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(ots_job_wait(job, NULL, &state, &counts, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(state, OTS_JOB_DONE_WITH_DEAD);
	cr_expect_eq(counts.written, 20000);
	cr_expect_eq(counts.dead, 2);
	dead = rig_dead(&rig, ots_job_id(job));
	cr_expect(strstr(dead, "column c has 2 versions") != NULL, "%s", dead);
	cr_expect(strstr(dead, "allow_update is false") != NULL, "%s", dead);
	free(dead);
	ots_job_release(job);
	rig_close(&rig);
	ots_store_free(store);
}
