#include "index.h"

#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include <xxhash.h>

struct folder_probe {
	uint32_t parent;
	enum ots_folder_kind kind;
	struct ots_bytes name;
};

struct row_probe {
	uint32_t raw_folder;
	struct ots_bytes name;
};

static uint64_t hash_name(const struct ots_index *index, uint32_t parent, unsigned kind,
			  struct ots_bytes name)
{
	const uint64_t seed = index->seed ^ ((uint64_t)parent << 8 | kind);

	return XXH3_64bits_withSeed(name.len > 0 ? name.at : (const uint8_t *)"", name.len, seed);
}

static uint64_t folder_hash(const void *owner, uint32_t folder)
{
	const struct ots_index *index = owner;
	const struct ots_folder_record *record = ots_index_folder(index, folder);

	return hash_name(index, record->parent, record->kind,
			 (struct ots_bytes){record->name, record->name_len});
}

static bool equal_bytes(const uint8_t *at, size_t len, struct ots_bytes other)
{
	return len == other.len && (len == 0 || memcmp(at, other.at, len) == 0);
}

static bool folder_equal(const void *owner, uint32_t folder, const void *probe)
{
	const struct ots_folder_record *record = ots_index_folder(owner, folder);
	const struct folder_probe *wanted = probe;

	return record->parent == wanted->parent && record->kind == wanted->kind &&
	       equal_bytes(record->name, record->name_len, wanted->name);
}

static uint64_t row_hash(const void *owner, uint32_t row_index)
{
	const struct ots_index *index = owner;
	const struct ots_row *row = ots_index_row(index, row_index);

	return hash_name(index, row->raw_folder, 0, (struct ots_bytes){row->name, row->name_len});
}

static bool row_equal(const void *owner, uint32_t row_index, const void *probe)
{
	const struct ots_row *row = ots_index_row(owner, row_index);
	const struct row_probe *wanted = probe;

	return row->raw_folder == wanted->raw_folder &&
	       equal_bytes(row->name, row->name_len, wanted->name);
}

static bool push_folder(struct ots_index *index, uint32_t parent, enum ots_folder_kind kind,
			struct ots_bytes name)
{
	struct ots_folder_record *record = ots_slab_push(&index->folders);

	if (record == NULL)
		return false;
	*record = (struct ots_folder_record){.name = name.at,
					     .parent = parent,
					     .name_len = (uint16_t)name.len,
					     .kind = (uint8_t)kind};
	return true;
}

bool ots_index_init(struct ots_index *index)
{
	static const struct ots_bytes none = {(const uint8_t *)"", 0};
	bool good;

	*index = (struct ots_index){0};
	/* The bound on rows bounds the bytes; the arena needs none of its own. */
	ots_arena_init(&index->bytes, SIZE_MAX / 2);
	if (getrandom(&index->seed, sizeof index->seed, 0) != (ssize_t)sizeof index->seed)
		index->seed = 0; /* slower under an attack on the hash, else the same */
	good = ots_slab_init(&index->rows, sizeof(struct ots_row)) &&
	       ots_slab_init(&index->folders, sizeof(struct ots_folder_record));
	for (uint32_t i = 0; good && i <= OTS_FOLDER_RAW_TOP; i++)
		good = push_folder(index, i, OTS_FOLDER_TOP, none);
	if (!good)
		ots_index_release(index);
	return good;
}

void ots_index_release(struct ots_index *index)
{
	ots_slab_release(&index->rows);
	ots_slab_release(&index->folders);
	ots_slots_release(&index->by_key);
	ots_slots_release(&index->by_folder);
	ots_arena_release(&index->bytes);
}

uint32_t ots_index_folder_at(struct ots_index *index, uint32_t parent, enum ots_folder_kind kind,
			     struct ots_bytes name)
{
	static const struct ots_bytes latest = {(const uint8_t *)"latest", 6};
	const struct folder_probe probe = {parent, kind, name};
	const uint64_t hash = hash_name(index, parent, (unsigned)kind, name);
	const uint32_t *found =
		ots_slots_find(&index->by_folder, hash, folder_equal, index, &probe);
	const uint32_t folder = index->folders.count;
	struct ots_bytes kept = {NULL, name.len};

	if (found != NULL)
		return *found - 1;
	if (name.len > OTS_KEY_MAX_BYTES ||
	    !ots_slots_reserve(&index->by_folder, folder_hash, index))
		return OTS_FOLDER_NONE;
	kept.at = ots_arena_copy(&index->bytes, name.len > 0 ? name.at : latest.at, name.len);
	if (kept.at == NULL || !push_folder(index, parent, kind, kept))
		return OTS_FOLDER_NONE;
	/* Without room for the link the record stays behind, unknown to the map: harmless. */
	if (kind == OTS_FOLDER_TABLE && !push_folder(index, folder, OTS_FOLDER_LATEST, latest))
		return OTS_FOLDER_NONE;
	ots_slots_add(&index->by_folder, hash, folder);
	return folder;
}

uint32_t ots_index_find_row(const struct ots_index *index, uint32_t raw_folder,
			    struct ots_bytes name)
{
	const struct row_probe probe = {raw_folder, name};
	const uint32_t *found = ots_slots_find(
		&index->by_key, hash_name(index, raw_folder, 0, name), row_equal, index, &probe);

	return found != NULL ? *found - 1 : OTS_ROW_NONE;
}

static uint8_t *keep_name(struct ots_index *index, struct ots_bytes name, const char *etag,
			  size_t etag_len)
{
	uint8_t *kept = ots_arena_alloc(&index->bytes, name.len + 1 + etag_len);

	if (kept == NULL)
		return NULL;
	if (name.len > 0)
		memcpy(kept, name.at, name.len);
	kept[name.len] = (uint8_t)etag_len;
	memcpy(kept + name.len + 1, etag, etag_len);
	return kept;
}

uint32_t ots_index_add_row(struct ots_index *index, const struct ots_row *row,
			   struct ots_bytes name, const char *etag)
{
	const uint64_t hash = hash_name(index, row->raw_folder, 0, name);
	const struct row_probe probe = {row->raw_folder, name};
	const uint32_t number = index->rows.count;
	uint32_t *older;
	struct ots_row *added;
	uint8_t *kept;

	if (!ots_slots_reserve(&index->by_key, row_hash, index))
		return OTS_ROW_NONE;
	kept = keep_name(index, name, etag, strnlen(etag, OTS_ETAG_BYTES - 1));
	added = kept != NULL ? ots_slab_push(&index->rows) : NULL;
	if (added == NULL)
		return OTS_ROW_NONE;
	added->name = kept;
	added->name_len = (uint16_t)name.len;
	added->size = row->size;
	added->mtime_us = row->mtime_us;
	added->time_us = row->time_us;
	added->raw_folder = row->raw_folder;
	added->table_folder = row->table_folder;
	added->time_folder = row->time_folder;
	added->time_from = row->time_from;
	added->format = row->format;
	added->guessed = row->guessed;
	older = ots_slots_find(&index->by_key, hash, row_equal, index, &probe);
	if (older != NULL)
		*older = number + 1;
	else
		ots_slots_add(&index->by_key, hash, number);
	return number;
}

struct ots_bytes ots_row_etag(const struct ots_row *row)
{
	return (struct ots_bytes){row->name + row->name_len + 1, row->name[row->name_len]};
}

enum ots_format ots_row_format(const struct ots_row *row)
{
	return row->format >= OTS_FORMAT_SUPERSEDED ? OTS_FORMAT_UNKNOWN
						    : (enum ots_format)row->format;
}

size_t ots_folder_path(const struct ots_index *index, uint32_t folder,
		       uint8_t out[OTS_KEY_MAX_BYTES])
{
	size_t at = OTS_KEY_MAX_BYTES;

	for (; folder != OTS_FOLDER_RAW_TOP; /* ends: always a smaller index, down to the top */
	     folder = ots_index_folder(index, folder)->parent) {
		const struct ots_folder_record *record = ots_index_folder(index, folder);

		if ((size_t)record->name_len + 1 > at)
			return 0;
		at -= (size_t)record->name_len + 1;
		memcpy(out + at, record->name, record->name_len);
		out[at + record->name_len] = '/';
	}
	memmove(out, out + at, OTS_KEY_MAX_BYTES - at);
	return OTS_KEY_MAX_BYTES - at;
}

size_t ots_row_key(const struct ots_index *index, const struct ots_row *row,
		   uint8_t out[OTS_KEY_MAX_BYTES])
{
	/* The parts of a key add up to its length, which listing has checked. */
	const size_t path = ots_folder_path(index, row->raw_folder, out);

	memcpy(out + path, row->name, row->name_len);
	return path + row->name_len;
}

struct ots_bytes ots_row_table(const struct ots_index *index, const struct ots_row *row)
{
	const struct ots_folder_record *record = ots_index_folder(index, row->table_folder);

	while (record->kind == OTS_FOLDER_TABLE_TIME) /* ends: parents have smaller indexes */
		record = ots_index_folder(index, record->parent);
	return (struct ots_bytes){record->name, record->name_len};
}
