#include "journal_state.h"

#include <string.h>

#include <otsfs/base/cursor.h>

enum ots_status journal_no_memory(struct ots_error *err)
{
	return ots_fail(err, OTS_NO_MEMORY, "storage: recent changes");
}

void journal_put_id(int64_t table_id, uint8_t out[JOURNAL_ID_BYTES])
{
	const uint64_t id = (uint64_t)table_id;

	for (unsigned i = 0; i < JOURNAL_ID_BYTES; i++)
		out[i] = (uint8_t)(id >> (8 * (JOURNAL_ID_BYTES - 1 - i)));
}

enum ots_status journal_make_key(struct journal_storage *s, int64_t table_id, struct ots_bytes key,
				 struct ots_bytes *out, struct ots_error *err)
{
	uint8_t id[JOURNAL_ID_BYTES];

	*out = (struct ots_bytes){NULL, 0};
	journal_put_id(table_id, id);
	s->key.len = 0;
	if (!ots_buffer_put(&s->key, id, sizeof id) || !ots_buffer_put(&s->key, key.at, key.len))
		return journal_no_memory(err);
	*out = (struct ots_bytes){s->key.bytes, s->key.len};
	return OTS_OK;
}

enum ots_status journal_set_recent(struct journal_storage *s, int64_t table_id,
				   struct ots_bytes key, enum journal_fate fate,
				   struct ots_bytes row, struct ots_error *err)
{
	struct ots_bytes map_key;
	enum ots_status status = journal_make_key(s, table_id, key, &map_key, err);

	s->row.len = 0;
	if (status == OTS_OK && (!ots_buffer_put_byte(&s->row, (uint8_t)fate) ||
				 !ots_buffer_put(&s->row, row.at, row.len)))
		status = journal_no_memory(err);
	if (status == OTS_OK)
		status = s->recent.ops->put(s->recent.self, s->recent_id, map_key,
					    (struct ots_bytes){s->row.bytes, s->row.len}, err);
	return status;
}

bool journal_recent_at(struct ots_memory_place place, struct ots_bytes id, struct ots_bytes *key,
		       enum journal_fate *fate, struct ots_bytes *row)
{
	const struct ots_memory_record *record = ots_memory_tree_at(place);

	if (record == NULL || record->key_len < JOURNAL_ID_BYTES || record->row_len == 0 ||
	    memcmp(record->bytes, id.at, JOURNAL_ID_BYTES) != 0)
		return false;
	*key = (struct ots_bytes){record->bytes + JOURNAL_ID_BYTES,
				  record->key_len - JOURNAL_ID_BYTES};
	*row = ots_memory_row(record);
	*fate = row->at[0] == JOURNAL_KEPT ? JOURNAL_KEPT : JOURNAL_GONE;
	row->at++;
	row->len--;
	return true;
}

enum ots_status journal_forget_table(struct journal_storage *s, int64_t table_id,
				     struct ots_error *err)
{
	uint8_t id_bytes[JOURNAL_ID_BYTES];
	const struct ots_bytes id = {id_bytes, sizeof id_bytes};
	struct ots_bytes key, row;
	struct ots_memory_place place;
	enum ots_status status = OTS_OK;
	enum journal_fate fate;
	bool found;

	journal_put_id(table_id, id_bytes);
	place = ots_memory_tree_seek(journal_tree(s), id, &found);
	/* Ends with the table's keys; a key in its own place leaves the tree's form alone. */
	while (status == OTS_OK && journal_recent_at(place, id, &key, &fate, &row)) {
		if (fate == JOURNAL_KEPT)
			status = journal_set_recent(s, table_id, key, JOURNAL_GONE,
						    (struct ots_bytes){NULL, 0}, err);
		ots_memory_tree_next(&place);
	}
	return status;
}

static void put_u32(uint8_t *at, size_t n)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> (8 * i));
}

/* The journal's entry of a change. */
enum ots_status journal_note(struct journal_storage *s, int64_t table_id, enum journal_fate fate,
			     struct ots_bytes key, struct ots_bytes row, struct ots_error *err)
{
	uint8_t head[17];

	for (unsigned i = 0; i < 8; i++)
		head[i] = (uint8_t)((uint64_t)table_id >> (8 * i));
	head[8] = (uint8_t)fate;
	put_u32(head + 9, key.len); /* both are far below 4 GB: the map took them */
	put_u32(head + 13, row.len);
	if (!ots_buffer_reserve(&s->changes, sizeof head + key.len + row.len))
		return journal_no_memory(err);
	(void)ots_buffer_put(&s->changes, head, sizeof head);
	(void)ots_buffer_put(&s->changes, key.at, key.len);
	(void)ots_buffer_put(&s->changes, row.at, row.len);
	return OTS_OK;
}

struct flush {
	struct journal_storage *storage;
	enum ots_status status;
	struct ots_error *err;
};

static bool flush_row(void *arg, struct ots_bytes map_key, struct ots_bytes tagged)
{
	struct flush *flush = arg;
	const struct ots_storage *file = &flush->storage->file;
	const struct ots_bytes key = {map_key.at + JOURNAL_ID_BYTES,
				      map_key.len - JOURNAL_ID_BYTES};
	uint64_t id = 0;

	for (unsigned i = 0; i < JOURNAL_ID_BYTES; i++)
		id = id << 8 | map_key.at[i];
	if (tagged.at[0] == JOURNAL_KEPT)
		flush->status = file->ops->put(file->self, (int64_t)id, key,
					       (struct ots_bytes){tagged.at + 1, tagged.len - 1},
					       flush->err);
	else
		flush->status = file->ops->remove(file->self, (int64_t)id, key, flush->err);
	return flush->status == OTS_OK;
}

/* An empty map in the place of the full one. Ids ascend, so the names of two in turn differ. */
enum ots_status journal_renew_map(struct journal_storage *s, struct ots_error *err)
{
	const struct ots_stored_table map = {
		.name = {(const uint8_t *)(s->recent_id % 2 == 0 ? "a" : "b"), 1}};
	const int64_t old_id = s->recent_id;
	enum ots_status status = s->recent.ops->add_table(s->recent.self, &map, &s->recent_id, err);

	if (status == OTS_OK && old_id != 0)
		status = s->recent.ops->drop_table(s->recent.self, old_id, err);
	return status;
}

enum ots_status journal_flush(struct journal_storage *s, struct ots_error *err)
{
	static const uint8_t above_all[JOURNAL_ID_BYTES + 1] = {0xff, 0xff, 0xff, 0xff, 0xff,
								0xff, 0xff, 0xff, 0xff};
	const struct ots_scan all = {.table_id = s->recent_id,
				     .end = {above_all, sizeof above_all}};
	struct flush flush = {s, OTS_OK, err};
	enum ots_status status = s->file.ops->begin(s->file.self, err);

	if (status != OTS_OK)
		return status;
	status = s->recent.ops->scan(s->recent.self, &all, flush_row, &flush, err);
	if (status == OTS_OK)
		status = flush.status;
	if (status == OTS_OK)
		status = ots_sqlite_journal_clear(s->file.self, err);
	if (status == OTS_OK)
		status = s->file.ops->commit(s->file.self, err);
	if (status != OTS_OK) {
		s->file.ops->rollback(s->file.self);
		return status;
	}
	return journal_renew_map(s, err);
}

struct replay {
	struct journal_storage *storage;
	enum ots_status status;
	struct ots_error *err;
};

static bool replay_changes(void *arg, struct ots_bytes changes)
{
	struct replay *replay = arg;
	struct ots_cursor in = {changes.at, changes.len, 0};

	while (replay->status == OTS_OK && in.left > 0) { /* ends: an entry takes 17 bytes */
		struct ots_cursor key, row;
		uint32_t key_len, row_len;
		uint64_t id;
		uint8_t fate;

		if (!ots_u64le(&in, &id) || !ots_u8(&in, &fate) || fate > JOURNAL_ALL_GONE ||
		    !ots_u32le(&in, &key_len) || !ots_u32le(&in, &row_len) ||
		    !ots_take(&in, key_len, &key) || !ots_take(&in, row_len, &row)) {
			replay->status = ots_fail(replay->err, OTS_CORRUPT,
						  "storage: a damaged entry in the journal");
			break;
		}
		if (fate == JOURNAL_ALL_GONE)
			replay->status =
				journal_forget_table(replay->storage, (int64_t)id, replay->err);
		else
			replay->status = journal_set_recent(
				replay->storage, (int64_t)id, (struct ots_bytes){key.at, key.left},
				fate == JOURNAL_KEPT ? JOURNAL_KEPT : JOURNAL_GONE,
				(struct ots_bytes){row.at, row.left}, replay->err);
	}
	return replay->status == OTS_OK;
}

enum ots_status journal_replay(struct journal_storage *s, struct ots_error *err)
{
	struct replay replay = {s, OTS_OK, err};
	const enum ots_status status =
		ots_sqlite_journal_each(s->file.self, replay_changes, &replay, err);

	return status == OTS_OK ? replay.status : status;
}
