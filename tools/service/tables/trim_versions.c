/* Versions that a table keeps no more leave its rows when max_versions goes down, so that they do
 * not come back when it goes up again. Source: tablestore-protocol 4.1 and 4.8. */
#include "table_state.h"

#include <string.h>

/* The scan up to a row with surplus: a scan allows no writing. */
struct sweep {
	const struct ots_table *table;
	struct ots_arena arena;  /* reset for each row */
	struct ots_buffer start; /* where to go on */
	struct ots_buffer *blob; /* the row at start, trimmed */
	struct ots_error err;
	bool found;
};

/* One row of the scan. @return false: it is to be trimmed, or it failed */
static bool take_row(void *arg, struct ots_bytes key, struct ots_bytes blob)
{
	struct sweep *sweep = arg;
	const size_t max_versions = (size_t)sweep->table->max_versions;
	struct ots_row row;

	ots_arena_reset(&sweep->arena);
	ots_row_init(&row, &sweep->arena);
	if (ots_row_decode(blob, &row, &sweep->err) != OTS_OK)
		return false;
	if (!ots_row_has_surplus(&row, max_versions))
		return true;
	sweep->start.len = sweep->blob->len = 0;
	sweep->found = ots_buffer_put(&sweep->start, key.at, key.len) &&
		       ots_row_encode(&row, max_versions, sweep->blob);
	if (!sweep->found)
		(void)ots_fail(&sweep->err, OTS_NO_MEMORY, "row with fewer versions");
	return false;
}

/* The next row with surplus, trimmed. @return its status; *sweep.found: there was one */
static enum ots_status trim_next_locked(const struct ots_storage *storage, struct ots_bytes end,
					struct sweep *sweep)
{
	const struct ots_scan scan = {
		.table_id = sweep->table->id,
		.start = {sweep->start.bytes, sweep->start.len},
		.end = end,
	};

	sweep->found = false;
	if (storage->ops->scan(storage->self, &scan, take_row, sweep, &sweep->err) != OTS_OK ||
	    !sweep->found)
		return sweep->err.status;
	return storage->ops->put(storage->self, sweep->table->id,
				 (struct ots_bytes){sweep->start.bytes, sweep->start.len},
				 (struct ots_bytes){sweep->blob->bytes, sweep->blob->len},
				 &sweep->err);
}

/* An end of the table: every key column is INF_MIN, or INF_MAX. */
static bool bound(struct ots_call *call, const struct ots_table *table, enum ots_variant kind,
		  struct ots_bytes *out)
{
	struct ots_wire_cell key[OTS_KEY_COLUMNS_MAX];

	for (size_t i = 0; i < table->key_count; i++)
		key[i] = (struct ots_wire_cell){.has_value = true, .value.kind = kind};
	return ots_call_encode_key(call, key, table->key_count, out, call->fault);
}

bool ots_table_trim_versions_locked(struct ots_call *call, const struct ots_table *table)
{
	struct sweep sweep = {.table = table, .blob = &call->engine->locked.blob, .found = true};
	enum ots_status status = OTS_OK;
	struct ots_bytes least, most;

	if (!bound(call, table, OTS_VT_INF_MIN, &least) ||
	    !bound(call, table, OTS_VT_INF_MAX, &most))
		return false;
	ots_arena_init(&sweep.arena, call->arena.cap_bytes);
	ots_buffer_init(&sweep.start, OTS_LIMIT_ROW_BYTES);
	if (!ots_buffer_put(&sweep.start, least.at, least.len))
		status = ots_fail(&sweep.err, OTS_NO_MEMORY, "first key of the table");
	/* Ends: a row that was trimmed has no surplus, and each turn trims the next one. */
	while (status == OTS_OK && sweep.found)
		status = trim_next_locked(&call->engine->locked.storage, most, &sweep);
	ots_buffer_release(&sweep.start);
	ots_arena_release(&sweep.arena);
	return status == OTS_OK || ots_refuse_error(call->fault, &sweep.err);
}
