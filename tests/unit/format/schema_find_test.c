#include <otsfs/format/schema_find.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../support/memory_store.h"

TestSuite(schema_find, .timeout = 60);

struct rig {
	struct memory_store *memory;
	struct ots_store *store;
	struct ots_schema schema;
	struct ots_schema_place place;
	struct ots_error err;
};

static void rig_open(struct rig *rig)
{
	*rig = (struct rig){.memory = memory_store_new()};
	ots_schema_init(&rig->schema);
	cr_assert_eq(ots_store_new(&memory_store_ops, rig->memory, "memory", &rig->store, NULL),
		     OTS_OK);
}

static void rig_close(struct rig *rig)
{
	ots_schema_release(&rig->schema);
	ots_store_free(rig->store);
}

static enum ots_status find(struct rig *rig, const char *key)
{
	const size_t len = strlen(key);
	uint8_t *copy = malloc(len + 1); /* heap: ASan sees one too many */
	enum ots_status status;

	memcpy(copy, key, len);
	rig->err = (struct ots_error){0};
	ots_schema_release(&rig->schema);
	ots_schema_init(&rig->schema);
	status = ots_schema_find(rig->store, (struct ots_bytes){copy, len}, &rig->schema,
				 &rig->place, &rig->err);
	free(copy);
	return status;
}

/* A schema whose table tells which one it is. */
static void put(struct rig *rig, const char *key, const char *table)
{
	char text[1200];

	(void)snprintf(text, sizeof text, "{\"table\":\"%s\"}", table);
	memory_store_put(rig->memory, key, text, 0);
}

static bool is(const struct rig *rig, const char *table)
{
	return rig->schema.table.len == strlen(table) &&
	       memcmp(rig->schema.table.at, table, strlen(table)) == 0;
}

Test(schema_find, the_nearest_folder_wins_up_to_the_root)
{
	static const struct {
		const char *key, *folder;
	} found[] = {
		{"o.csv", ""},
		{"a/o.csv", "a/"},
		{"a/b/o.csv", "a/b/"},
		{"a/b/c/o.csv", "a/b/"},
		{"a/x/o.csv", "a/"},
		{"ab/o.csv", ""},  /* "a" is no folder of it */
		{"a/b.csv", "a/"}, /* nor is "a/b" */
		{"z/y/x/o.csv", ""},
		{"a//o.csv", "a//"}, /* an empty part is a folder of its own */
		{"a///o.csv", "a//"},
		{"/o.csv", ""},
	};
	struct rig rig;

	rig_open(&rig);
	put(&rig, "schema.json", "");
	put(&rig, "a/schema.json", "a/");
	put(&rig, "a/b/schema.json", "a/b/");
	put(&rig, "a//schema.json", "a//");
	for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
		cr_assert_eq(find(&rig, found[i].key), OTS_OK, "%s", rig.err.text);
		cr_expect(rig.place.found, "%s", found[i].key);
		cr_expect_eq(rig.place.folder_len, strlen(found[i].folder), "%s", found[i].key);
		cr_expect(rig.place.etag[0] != '\0');
		cr_expect(is(&rig, found[i].folder), "%s", found[i].key);
	}
	rig_close(&rig);
}

Test(schema_find, none_is_no_error_and_costs_one_stat_a_folder)
{
	struct rig rig;

	rig_open(&rig);
	put(&rig, "b/schema.json", "b");
	put(&rig, "a/b/schema.json.csv", "x");
	put(&rig, "a/schema", "x");
	cr_expect_eq(find(&rig, "a/b/o.csv"), OTS_OK);
	cr_expect_eq(rig.place.found, false);
	cr_expect_eq(rig.place.etag[0], '\0');
	cr_expect_eq(rig.schema.key_count, 0);
	cr_expect_eq(rig.err.text[0], '\0', "%s", rig.err.text);
	cr_expect_eq(memory_store_opens(rig.memory), 0, "looking opens nothing");
	cr_expect_eq(memory_store_lists(rig.memory), 0);
	rig_close(&rig);
}

Test(schema_find, the_longest_keys_are_looked_after)
{
	/* A folder whose schema.json would be 1022, 1023, 1024 bytes; the root has one too. */
	for (size_t total = OTS_KEY_MAX_BYTES - 1; total <= OTS_KEY_MAX_BYTES + 1; total++) {
		const size_t len = total - strlen("schema.json");
		char key[OTS_KEY_MAX_BYTES + 1], schema[OTS_KEY_MAX_BYTES + 2];
		struct rig rig;

		rig_open(&rig);
		put(&rig, "schema.json", "root");
		memset(key, 'k', len - 1);
		(void)snprintf(key + len - 1, sizeof key - len + 1, "/o");
		if (total <= OTS_KEY_MAX_BYTES) {
			(void)snprintf(schema, sizeof schema, "%.*s/schema.json", (int)(len - 1),
				       key);
			put(&rig, schema, "near");
		}
		cr_assert_eq(find(&rig, key), OTS_OK, "%zu: %s", total, rig.err.text);
		cr_expect(is(&rig, total <= OTS_KEY_MAX_BYTES ? "near" : "root"), "%zu", total);
		rig_close(&rig);
	}
}

Test(schema_find, a_key_of_nothing_but_folders_ends)
{
	char key[OTS_KEY_MAX_BYTES + 1];
	struct rig rig;

	rig_open(&rig);
	memset(key, '/', OTS_KEY_MAX_BYTES);
	key[OTS_KEY_MAX_BYTES] = '\0';
	cr_expect_eq(find(&rig, key), OTS_OK, "%s", rig.err.text);
	cr_expect_eq(rig.place.found, false);
	rig_close(&rig);
}

Test(schema_find, one_that_does_not_parse_is_an_error_that_names_it)
{
	struct rig rig;

	rig_open(&rig);
	put(&rig, "schema.json", "root"); /* not what is taken instead */
	memory_store_put(rig.memory, "a/schema.json", "{\"primaryKey\":7}", 0);
	cr_expect_eq(find(&rig, "a/b/o.csv"), OTS_CORRUPT);
	cr_expect_str_eq(rig.err.text,
			 "a/schema.json: primaryKey: expected a list of 1 to 4 columns");
	memory_store_put(rig.memory, "a/schema.json", "", 0);
	cr_expect_eq(find(&rig, "a/b/o.csv"), OTS_CORRUPT);
	cr_expect_not_null(strstr(rig.err.text, "a/schema.json: expected one JSON object"), "%s",
			   rig.err.text);
	memory_store_fail_open(rig.memory, "a/schema.json", OTS_DENIED);
	cr_expect_eq(find(&rig, "a/b/o.csv"), OTS_DENIED);
	cr_expect_not_null(strstr(rig.err.text, "a/schema.json"), "%s", rig.err.text);
	rig_close(&rig);
}

Test(schema_find, the_size_limit_holds)
{
	struct rig rig;

	rig_open(&rig);
	for (int above = 0; above <= 1; above++) {
		const size_t len = OTS_SCHEMA_FILE_MAX_BYTES + (size_t)above;
		uint8_t *text = malloc(len);

		memset(text, ' ', len);
		memcpy(text, "{}", 2);
		memory_store_put_bytes(rig.memory,
				       (struct ots_bytes){(const uint8_t *)"schema.json", 11},
				       (struct ots_bytes){text, len}, 0);
		cr_expect_eq(find(&rig, "o.csv"), above ? OTS_CORRUPT : OTS_OK, "%s", rig.err.text);
		if (above)
			cr_expect_str_eq(rig.err.text, "schema.json: 1048577 bytes, expected at "
						       "most 1048576");
		free(text);
	}
	rig_close(&rig);
}

Test(schema_find, another_content_than_the_located_one_is_a_change)
{
	const struct ots_bytes key = {(const uint8_t *)"a/o.csv", 7};
	struct ots_schema_place place;
	struct rig rig;

	rig_open(&rig);
	put(&rig, "a/schema.json", "old");
	cr_assert_eq(ots_schema_locate(rig.store, key, &place, NULL), OTS_OK);
	put(&rig, "a/schema.json", "new");
	cr_expect_eq(ots_schema_load(rig.store, key, &place, &rig.schema, &rig.err), OTS_CHANGED);
	cr_expect_not_null(strstr(rig.err.text, "a/schema.json"), "%s", rig.err.text);
	memory_store_remove(rig.memory, "a/schema.json");
	cr_expect_eq(ots_schema_load(rig.store, key, &place, &rig.schema, &rig.err), OTS_CHANGED);
	cr_expect_str_eq(rig.err.text, "a/schema.json: it is gone since it was found");
	cr_expect_eq(rig.schema.table.len, 0, "nothing was filled");
	rig_close(&rig);
}

Test(schema_find, only_formats_that_leave_types_open_depend_on_it)
{
	cr_expect(ots_schema_tells_of(OTS_FORMAT_TUNNEL_CSV));
	cr_expect_not(ots_schema_tells_of(OTS_FORMAT_JSONL));
	cr_expect_not(ots_schema_tells_of(OTS_FORMAT_EMPTY));
}
