#include "../../../fs/drop/drop_rules.h"

#include <string.h>

#include <criterion/criterion.h>

TestSuite(drop_rules, .timeout = 10);

/* A plain close by the writer. */
static const struct drop_facts plain = {.new_bytes = true, .same_group = true, .wrote_last = true};

Test(drop_rules, a_close_by_the_writer_commits)
{
	cr_expect_eq(ots_drop_decide(&plain), DROP_COMMIT, "got %d", (int)ots_drop_decide(&plain));
}

Test(drop_rules, without_new_bytes_nothing_happens_whoever_closes)
{
	for (unsigned bits = 0; bits < 16; bits++) {
		const struct drop_facts facts = {.same_group = (bits & 1) != 0,
						 .wrote_last = (bits & 2) != 0,
						 .killed = (bits & 4) != 0,
						 .temporary = (bits & 8) != 0};

		cr_expect_eq(ots_drop_decide(&facts), DROP_NOTHING, "facts %#x: %d", bits,
			     (int)ots_drop_decide(&facts));
	}
}

Test(drop_rules, an_earlier_error_wins_over_everything)
{
	for (unsigned bits = 0; bits < 32; bits++) {
		const struct drop_facts facts = {.failed = true,
						 .new_bytes = (bits & 16) != 0,
						 .same_group = (bits & 1) != 0,
						 .wrote_last = (bits & 2) != 0,
						 .killed = (bits & 4) != 0,
						 .temporary = (bits & 8) != 0};

		cr_expect_eq(ots_drop_decide(&facts), DROP_FAILED, "facts %#x: %d", bits,
			     (int)ots_drop_decide(&facts));
	}
}

Test(drop_rules, a_commit_needs_every_rule_at_once)
{
	unsigned commits = 0;

	for (unsigned bits = 0; bits < 64; bits++) {
		const struct drop_facts facts = {.failed = (bits & 1) != 0,
						 .new_bytes = (bits & 2) != 0,
						 .same_group = (bits & 4) != 0,
						 .wrote_last = (bits & 8) != 0,
						 .killed = (bits & 16) != 0,
						 .temporary = (bits & 32) != 0};

		if (ots_drop_decide(&facts) != DROP_COMMIT)
			continue;
		commits++;
		cr_expect(!facts.failed && facts.new_bytes && facts.same_group && !facts.killed &&
				  !facts.temporary,
			  "facts %#x commit", bits);
	}
	cr_expect_eq(commits, 2, "wrote_last alone makes no difference: %u", commits);
}

Test(drop_rules, a_killed_writer_abandons_and_a_killed_bystander_does_not)
{
	struct drop_facts facts = plain;

	facts.killed = true;
	cr_expect_eq(ots_drop_decide(&facts), DROP_ABANDON, "the opener itself");
	facts.same_group = false;
	cr_expect_eq(ots_drop_decide(&facts), DROP_ABANDON, "a child that wrote last");
	facts.wrote_last = false;
	cr_expect_eq(ots_drop_decide(&facts), DROP_DEFER, "a child that only inherited the file");
}

Test(drop_rules, a_childs_close_waits_for_the_openers)
{
	struct drop_facts facts = plain;

	facts.same_group = false;
	cr_expect_eq(ots_drop_decide(&facts), DROP_DEFER, "got %d", (int)ots_drop_decide(&facts));
}

Test(drop_rules, a_temporary_name_is_kept_for_its_rename)
{
	struct drop_facts facts = plain;

	facts.temporary = true;
	cr_expect_eq(ots_drop_decide(&facts), DROP_KEEP, "got %d", (int)ots_drop_decide(&facts));
}

Test(drop_rules, temporary_names_are_dot_name_dot_six)
{
	static const char *const yes[] = {".x.jsonl.aB3dE9", ".f.000000", ".a.b.c.ABCDEF"};
	static const char *const no[] = {
		"x.jsonl.aB3dE9", ".aB3dE9", "..aB3dE9", ".f.aB3dE", ".f.aB3dE9x",
		".f.aB3d-9",      ".f.",     "",         ".",        "f",
		".f.aB3d\xc3\xa9"};

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		cr_expect(ots_drop_name_is_temporary(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		cr_expect_not(ots_drop_name_is_temporary(no[i]), "%s", no[i]);
}

Test(drop_rules, requests_and_links_are_reserved)
{
	cr_expect(ots_drop_name_is_reserved("november.restore.json"), "a request");
	cr_expect(ots_drop_name_is_reserved("x.jsonl.job"), "a link");
	cr_expect(ots_drop_name_is_reserved(".job"), "the shortest");
	cr_expect_not(ots_drop_name_is_reserved("x.job.jsonl"), "in the middle");
	cr_expect_not(ots_drop_name_is_reserved("restore.json"), "without the dot before");
	cr_expect_not(ots_drop_name_is_reserved("job"), "no suffix");
}

Test(drop_rules, table_names_follow_the_services_rule)
{
	char name[258];

	memset(name, 'a', sizeof name);
	name[255] = '\0';
	cr_expect(ots_drop_table_name_is_valid(name), "255 bytes");
	name[255] = 'a';
	name[256] = '\0';
	cr_expect_not(ots_drop_table_name_is_valid(name), "256 bytes");
	cr_expect(ots_drop_table_name_is_valid("a"), "one byte");
	cr_expect(ots_drop_table_name_is_valid("_9Z"), "underscore first");
	cr_expect_not(ots_drop_table_name_is_valid(""), "empty");
	cr_expect_not(ots_drop_table_name_is_valid("9a"), "digit first");
	cr_expect_not(ots_drop_table_name_is_valid("a-b"), "dash");
	cr_expect_not(ots_drop_table_name_is_valid("\xc3\xa9"), "not ASCII");
	cr_expect_not(ots_drop_table_name_is_valid("a b"), "space");
}
