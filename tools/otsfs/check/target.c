#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../instance.h"
#include "advice.h"

/* A table's name is at most this, and an instance holds 64 tables (tablestore-protocol section 5);
 * a larger answer is shown in part. */
#define NAME_BYTES 256
#define TABLES_MAX 1000

struct tables {
	char (*names)[NAME_BYTES];
	size_t count, seen;
};

static bool take_name(void *arg, struct ots_bytes name)
{
	struct tables *tables = arg;

	tables->seen++;
	if (tables->count < TABLES_MAX && name.len < NAME_BYTES) {
		memcpy(tables->names[tables->count], name.at, name.len);
		tables->names[tables->count++][name.len] = '\0';
	}
	return true;
}

/* The resource of a RAM policy: `acs:ots:<region>:<account>:instance/<name>/table/<name>`. Source:
 * Tablestore documentation, "Custom RAM policy". */
static void resource_of(struct ots_target *target, const char *table, char *out, size_t size)
{
	(void)snprintf(out, size, "acs:ots:*:*:instance/%s/table/%s", ots_target_instance(target),
		       table);
}

static void key_text(const struct ots_schema *schema, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < schema->key_count && used < size; i++) {
		const struct ots_schema_column *key = &schema->key[i];
		const int n = snprintf(out + used, size - used, "%s%.*s %s%s", i > 0 ? ", " : "",
				       (int)key->name.len, (const char *)key->name.at,
				       ots_type_word(key->type),
				       key->auto_increment ? " auto-increment" : "");

		used += n > 0 ? (size_t)n : 0;
	}
}

static void check_table(struct ots_target *target, const char *table, struct check_count *count)
{
	struct ots_error err = {0};
	struct ots_schema schema;
	char resource[2 * NAME_BYTES + 64];
	char what[NAME_BYTES + 8];
	char key[4 * NAME_BYTES];

	ots_schema_init(&schema);
	resource_of(target, table, resource, sizeof resource);
	(void)snprintf(what, sizeof what, "table %s", table);
	if (ots_target_describe(target, table, &schema, NULL, &err) != OTS_OK) {
		check_failed(count, what, "ots:DescribeTable", resource, &err);
	} else {
		key_text(&schema, key, sizeof key);
		check_good(count, what, "can be described, key (%s)", key);
		if (ots_target_may_write(target, table, &schema, NULL, &err) != OTS_OK)
			check_failed(count, what, "ots:BatchWriteRow", resource, &err);
		else
			check_good(count, what, "takes rows (BatchWriteRow; nothing was written)");
	}
	ots_schema_release(&schema);
}

static void print_tables(const struct tables *tables, struct check_count *count)
{
	check_good(count, "tables", "the service answers, the key is accepted, %zu table%s",
		   tables->seen, tables->seen == 1 ? "" : "s");
}

/* @return whether tables can be looked at: a key that may not list them may still use one */
static bool check_listing(struct ots_target *target, struct tables *tables,
			  struct check_count *count)
{
	struct ots_error err = {0};
	char resource[2 * NAME_BYTES + 64];

	resource_of(target, "*", resource, sizeof resource);
	if (ots_target_list(target, take_name, tables, NULL, &err) == OTS_OK) {
		print_tables(tables, count);
		return true;
	}
	check_failed(count, "tables", "ots:ListTable", resource, &err);
	return check_lacks_permission(&err);
}

enum ots_status check_target(const struct check_words *words, struct check_count *count,
			     struct ots_error *err)
{
	const struct instance_words instance = {.url = words->to, .ca_file = words->oss.ca_file};
	struct tables tables = {.names = malloc(TABLES_MAX * sizeof *tables.names)};
	struct ots_target *target = NULL;
	enum ots_status status = OTS_OK;

	if (tables.names == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "names of tables");
	status = instance_open(&instance, &target, err);
	if (status == OTS_USAGE)
		goto out;
	(void)printf("target %s\n", words->to);
	if (status != OTS_OK) {
		check_key_failed(count, err);
		status = OTS_OK;
		goto out;
	}
	check_good(count, "key", "from %s", ots_target_key_place(target));
	if (!check_listing(target, &tables, count))
		goto out;
	if (words->table != NULL)
		check_table(target, words->table, count);
	for (size_t i = 0; words->table == NULL && i < tables.count; i++)
		check_table(target, tables.names[i], count);
out:
	ots_target_free(target);
	free(tables.names);
	return status;
}
