/** @file rig.h
 *  An engine in memory with a clock that stands still, and requests in few words. */
#ifndef OTSFS_TESTS_SERVICE_RIG_H
#define OTSFS_TESTS_SERVICE_RIG_H

#include <otsfs/tablestore/wire.h>

#include "../../../tools/service/engine.h"

#define RIG_NOW_MS INT64_C(1700000000000)
#define RIG_ROWS_MAX 201

struct rig {
	struct ots_engine *engine;
	struct ots_clock clock;
	int64_t now_us;
	struct ots_fault fault;  /* of the last call */
	struct ots_buffer reply; /* of the last call */
	char text[4096];         /* rig_get() */
};

void rig_open(struct rig *rig, bool apply_repeated_keys);
void rig_close(struct rig *rig);

/** @param key  a letter a column: s, i, b (STRING, INTEGER, BINARY), n (auto-increment); the names
 *              are k0, k1 and so on */
struct rig_table {
	const char *name;
	const char *key;
	int32_t ttl;          /* 0: not given */
	int32_t max_versions; /* 0: not given */
	int64_t deviation;    /* 0: not given */
};
bool rig_create(struct rig *rig, struct rig_table table);

/** A row with key columns k0 (STRING p) and, in tables of two, k1 (INTEGER). */
struct ots_wire_cell rig_key_text(const char *name, const char *value);
struct ots_wire_cell rig_key_number(const char *name, int64_t value);
struct ots_wire_cell rig_key_kind(const char *name, enum ots_variant kind);

/** Cells: a put now, a put of a version, the deletes, an increment. */
struct ots_wire_cell rig_now(const char *name, int64_t value);
struct ots_wire_cell rig_at(const char *name, int64_t value, int64_t version);
struct ots_wire_cell rig_delete_version(const char *name, int64_t version);
struct ots_wire_cell rig_delete_column(const char *name);
struct ots_wire_cell rig_increment(const char *name, int64_t by);

/** One change of the table's row with the one key column k0 = @p key. */
struct rig_change {
	int op; /* OTS__WIRE__OPERATION_TYPE__ */
	const char *key;
	struct ots_wire_cell cells[8];
	size_t cell_count;
	int existence;
	const struct ots_wire_row *row; /* instead of key and cells */
};

/** A change in few words: its operation, its key, its cells (at least one). */
#define RIG_CHANGE(op_, key_, ...)                                                                 \
	{                                                                                          \
		.op = (op_), .key = (key_), .cells = {__VA_ARGS__},                                \
		.cell_count = sizeof((struct ots_wire_cell[]){__VA_ARGS__}) /                      \
			      sizeof(struct ots_wire_cell)                                         \
	}

/** BatchWriteRow. @param faults  one for each change: NONE, or its failure as `code: message`
 *  @return false: the request failed, rig->fault says how */
bool rig_batch(struct rig *rig, const char *table, const struct rig_change *changes, size_t count,
	       struct ots_fault *faults);

/** One change that must be applied. */
void rig_apply(struct rig *rig, const char *table, struct rig_change change);

bool rig_put_row(struct rig *rig, const char *table, const struct ots_wire_row *row);

/** GetRow of k0 = @p key. The row as `a=1@1000 b="x"@5`, `-` for none, in rig->text. */
const char *rig_get(struct rig *rig, const char *table, const char *key);

/** Any call with a packed message. */
bool rig_call(struct rig *rig, const char *action, const ProtobufCMessage *message);

#endif
