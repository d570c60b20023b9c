/* Names as protobuf-c wants them: texts of their own that end in NUL. */
#ifndef OTSFS_TABLESTORE_NAMES_H
#define OTSFS_TABLESTORE_NAMES_H

#include <stddef.h>

#include <otsfs/base/arena.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>
#include <otsfs/record/value.h>

struct client_name {
	char text[OTS_NAME_MAX_BYTES + 1];
};

/* @param what  for messages: "table name"
 * @return OTS_OK, OTS_USAGE: empty, above 255 bytes, or with a zero byte in it */
enum ots_status ots_name_set(struct client_name *name, struct ots_bytes from, const char *what,
			     struct ots_error *err) OTS_MUST_USE;

/* Some of them, side by side in the arena.
 * @param out  NULL when @p count is 0
 * @return OTS_OK, OTS_USAGE, OTS_LIMIT (more than any request may name), OTS_NO_MEMORY */
enum ots_status ots_names_copy(struct ots_arena *arena, const struct ots_bytes *from, size_t count,
			       const char *what, char ***out, struct ots_error *err) OTS_MUST_USE;

#endif
