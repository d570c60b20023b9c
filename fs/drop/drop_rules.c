#include "drop_rules.h"

#include <stddef.h>
#include <string.h>

#define TEMPORARY_SUFFIX_BYTES 6
#define TABLE_NAME_MAX_BYTES 255

enum drop_verdict ots_drop_decide(const struct drop_facts *facts)
{
	if (facts->failed)
		return DROP_FAILED;
	if (!facts->new_bytes)
		return DROP_NOTHING;
	/* A killed child that only inherited the file says nothing about the writer. */
	if (facts->killed && (facts->same_group || facts->wrote_last))
		return DROP_ABANDON;
	if (facts->killed || !facts->same_group)
		return DROP_DEFER;
	return facts->temporary ? DROP_KEEP : DROP_COMMIT;
}

/* Not isalnum(): names are bytes, and the locale has no say in them. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool ots_drop_name_is_temporary(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (name[0] != '.' || dot == NULL || dot < name + 2 ||
	    strlen(dot + 1) != TEMPORARY_SUFFIX_BYTES)
		return false;
	for (const char *c = dot + 1; *c != '\0'; c++) {
		if (!is_letter(*c) && !is_digit(*c))
			return false;
	}
	return true;
}

static bool ends_in(const char *name, const char *suffix)
{
	const size_t len = strlen(name), tail = strlen(suffix);

	return len >= tail && memcmp(name + len - tail, suffix, tail) == 0;
}

bool ots_drop_name_is_reserved(const char *name)
{
	return ends_in(name, ".restore.json") || ends_in(name, ".job");
}

bool ots_drop_table_name_is_valid(const char *name)
{
	const size_t len = strlen(name);

	if (len < 1 || len > TABLE_NAME_MAX_BYTES || is_digit(name[0]))
		return false;
	for (const char *c = name; *c != '\0'; c++) {
		if (!is_letter(*c) && !is_digit(*c) && *c != '_')
			return false;
	}
	return true;
}
