/* The recorded encodings of the official clients, as rows of ours. */
#ifndef OTSFS_TESTS_TABLESTORE_VECTORS_H
#define OTSFS_TESTS_TABLESTORE_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <otsfs/base/arena.h>
#include <otsfs/tablestore/wire.h>

/* A whole file parsed; ends the test when that fails. For cJSON_Delete(). */
cJSON *vectors_load(const char *path);

/* The text member @p name of @p object; ends the test when there is none. */
const char *vectors_text(const cJSON *object, const char *name);

/* Bytes of hexadecimal text, in the arena. */
struct ots_bytes vectors_hex(struct ots_arena *arena, const char *hex);

/* A member with name, type and value. */
struct ots_wire_value vectors_value(struct ots_arena *arena, const cJSON *from);

/* The logical content of a vector: key, columns or changes, marker, sequence. */
struct ots_wire_row vectors_row(struct ots_arena *arena, const cJSON *vector);

/* Equal content; doubles by their bits. */
bool vectors_same_row(const struct ots_wire_row *a, const struct ots_wire_row *b);

#endif
