#include "../../../fs/shown/readme.h"

#include <string.h>

#include <criterion/criterion.h>

TestSuite(readme, .timeout = 10);

#define LIMIT_BYTES 65536

/* NUL-terminated; the caller's, for ots_buffer_release(). */
static struct ots_buffer text_of(const struct readme_facts *facts)
{
	struct ots_buffer out;

	ots_buffer_init(&out, LIMIT_BYTES);
	cr_assert(ots_readme_write(&out, facts), "it fits");
	cr_assert(ots_buffer_put_byte(&out, '\0'), "it fits");
	return out;
}

static bool says(const struct ots_buffer *text, const char *words)
{
	return strstr((const char *)text->bytes, words) != NULL;
}

static const struct readme_facts whole = {
	.mountpoint = "/mnt/b",
	.source = "/srv/backups",
	.table = "tables/orders",
	.file = "tables/orders/2023/11/14/22/F.csv.jsonl",
	.target = "https://x.example.com",
	.restore_to = "restore/orders",
};

Test(readme, examples_name_a_table_and_a_file_that_there_are)
{
	struct ots_buffer text = text_of(&whole);

	cr_expect(says(&text, "ls -R '/mnt/b/tables/orders'\n"), "%s", (char *)text.bytes);
	cr_expect(says(&text, "head -n 3 '/mnt/b/tables/orders/2023/11/14/22/F.csv.jsonl'\n"), "%s",
		  (char *)text.bytes);
	cr_expect(says(&text, "cp '/mnt/b/tables/orders/2023/11/14/22/F.csv.jsonl' "
			      "'/mnt/b/restore/orders'/\n"),
		  "%s", (char *)text.bytes);
	ots_buffer_release(&text);
}

Test(readme, restoring_is_told_only_where_it_is_possible)
{
	struct readme_facts facts = whole;
	struct ots_buffer text = text_of(&facts);

	cr_expect(says(&text, "Restoring (to https://x.example.com)"), "with a target");
	cr_expect(says(&text, "a pipe whose first part failed"), "with its limit");
	cr_expect(says(&text, "The job then runs on its own."), "without --restore-wait");
	ots_buffer_release(&text);
	facts.restore_wait = true;
	text = text_of(&facts);
	cr_expect(says(&text, "Close waits until the rows are written."), "with it");
	ots_buffer_release(&text);
	facts.target = NULL;
	text = text_of(&facts);
	cr_expect_not(says(&text, "restore"), "without a target: %s", (char *)text.bytes);
	ots_buffer_release(&text);
}

Test(readme, an_empty_source_has_a_page_too)
{
	const struct readme_facts facts = {.mountpoint = "/mnt/b", .source = "/srv/empty"};
	struct ots_buffer text = text_of(&facts);

	cr_expect(says(&text, "ls -R '/mnt/b/tables'\n"), "%s", (char *)text.bytes);
	cr_expect_not(says(&text, "head"), "no file, no example of one");
	ots_buffer_release(&text);
}

Test(readme, a_quote_in_a_name_does_not_end_the_quoting)
{
	struct readme_facts facts = whole;

	facts.file = "tables/o'; rm -rf x/f.jsonl";
	struct ots_buffer text = text_of(&facts);

	cr_expect(says(&text, "'/mnt/b/tables/o'\\''; rm -rf x/f.jsonl'\n"), "%s",
		  (char *)text.bytes);
	ots_buffer_release(&text);
}

Test(readme, no_room_at_any_size_is_said)
{
	struct ots_buffer whole_text = text_of(&whole);
	const size_t len = whole_text.len - 1;

	for (size_t limit = 0; limit <= len; limit++) {
		struct ots_buffer out;

		ots_buffer_init(&out, limit);
		cr_expect_eq(ots_readme_write(&out, &whole), limit == len, "limit %zu of %zu",
			     limit, len);
		ots_buffer_release(&out);
	}
	ots_buffer_release(&whole_text);
}
