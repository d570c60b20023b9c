#include "names.h"

#include <string.h>

/* The service takes 1024 columns at most; it says so itself. */
#define NAMES_MAX ((size_t)64 * 1024)

enum ots_status ots_name_set(struct client_name *name, struct ots_bytes from, const char *what,
			     struct ots_error *err)
{
	if (from.len == 0 || from.len > OTS_NAME_MAX_BYTES || memchr(from.at, 0, from.len) != NULL)
		return ots_fail(err, OTS_USAGE, "%s of %zu bytes is no name", what, from.len);
	memcpy(name->text, from.at, from.len);
	name->text[from.len] = '\0';
	return OTS_OK;
}

enum ots_status ots_names_copy(struct ots_arena *arena, const struct ots_bytes *from, size_t count,
			       const char *what, char ***out, struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	struct client_name *names;
	char **list;

	*out = NULL;
	if (count == 0)
		return OTS_OK;
	if (count > NAMES_MAX)
		return ots_fail(err, OTS_LIMIT, "%zu times %s, limit %zu", count, what, NAMES_MAX);
	names = ots_arena_alloc(arena, count * sizeof *names);
	list = ots_arena_alloc(arena, count * sizeof *list);
	if (names == NULL || list == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%zu times %s", count, what);
	for (size_t i = 0; status == OTS_OK && i < count; i++) {
		status = ots_name_set(&names[i], from[i], what, err);
		list[i] = names[i].text;
	}
	if (status == OTS_OK)
		*out = list;
	return status;
}
