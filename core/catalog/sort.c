#include "sort.h"

#include <stdlib.h>
#include <string.h>

#include "child_name.h"

/* Natural collisions end after one round. More come only from keys made to collide with the hashes
 * of others, one more such key for each round; at the end the last of equals is left out. */
#define ROUNDS_MAX 16

void ots_sorter_release(struct ots_sorter *sorter)
{
	free(sorter->entries);
	ots_arena_release(&sorter->names);
	*sorter = (struct ots_sorter){0};
}

static int compare_entries(const void *a, const void *b)
{
	const struct ots_sorted *left = a, *right = b;
	const size_t shorter = left->len < right->len ? left->len : right->len;
	const int order = memcmp(left->name, right->name, shorter);

	if (order != 0)
		return order;
	if (left->len != right->len)
		return left->len < right->len ? -1 : 1;
	return (left->ref > right->ref) - (left->ref < right->ref);
}

static bool name_entry(struct ots_sorter *sorter, const struct ots_snapshot *snapshot,
		       uint32_t folder, struct ots_sorted *entry)
{
	char name[OTS_FILE_NAME_MAX_BYTES + 1];
	const size_t len = ots_child_name(snapshot->index, folder, entry->ref, entry->round, name);

	entry->name = len > 0 ? ots_arena_copy(&sorter->names, name, len) : NULL;
	entry->len = (uint16_t)len;
	return entry->name != NULL;
}

static bool load_entries(struct ots_sorter *sorter, const struct ots_snapshot *snapshot,
			 uint32_t folder)
{
	const struct ots_dir *dir = &snapshot->dirs[folder];

	if (dir->count > sorter->capacity) {
		struct ots_sorted *larger =
			realloc(sorter->entries, dir->count * sizeof *sorter->entries);

		if (larger == NULL)
			return false;
		sorter->entries = larger;
		sorter->capacity = dir->count;
	}
	if (sorter->names.cap_bytes == 0)
		ots_arena_init(&sorter->names, SIZE_MAX / 2);
	ots_arena_reset(&sorter->names);
	for (uint32_t i = 0; i < dir->count; i++) {
		sorter->entries[i] = (struct ots_sorted){.ref = snapshot->children[dir->first + i]};
		if (!name_entry(sorter, snapshot, folder, &sorter->entries[i]))
			return false;
	}
	return true;
}

static bool same_name(const struct ots_sorted *a, const struct ots_sorted *b)
{
	return a->len == b->len && memcmp(a->name, b->name, a->len) == 0;
}

/* Who of two keeps the name: one that has it by nature, a folder, the first in the order of keys.
 */
static bool goes_before(const struct ots_index *index, const struct ots_sorted *a,
			const struct ots_sorted *b)
{
	const bool a_folder = (a->ref & OTS_REF_KIND) == OTS_REF_FOLDER;
	const bool b_folder = (b->ref & OTS_REF_KIND) == OTS_REF_FOLDER;
	uint8_t a_key[OTS_KEY_MAX_BYTES], b_key[OTS_KEY_MAX_BYTES];
	size_t a_len, b_len;
	int order;

	if ((a->round == 0) != (b->round == 0))
		return a->round == 0;
	if (a_folder || b_folder)
		return a_folder && (!b_folder || a->ref < b->ref);
	a_len = ots_row_key(index, ots_index_row(index, a->ref), a_key);
	b_len = ots_row_key(index, ots_index_row(index, b->ref), b_key);
	order = memcmp(a_key, b_key, a_len < b_len ? a_len : b_len);
	return order != 0 ? order < 0 : a_len < b_len;
}

/* Give all but one of each run of equal names another. *changed: some were. */
static bool part_equals(struct ots_sorter *sorter, const struct ots_snapshot *snapshot,
			uint32_t folder, bool *changed)
{
	struct ots_sorted *entries = sorter->entries;
	const uint32_t count = snapshot->dirs[folder].count;
	uint32_t end;

	*changed = false;
	for (uint32_t start = 0; start < count; start = end) { /* ends: end lies behind start */
		uint32_t keeper = start;

		for (end = start + 1; end < count && same_name(&entries[start], &entries[end]);
		     end++) {
			if (goes_before(snapshot->index, &entries[end], &entries[keeper]))
				keeper = end;
		}
		if (end - start == 1)
			continue;
		*changed = true;
		for (uint32_t i = start; i < end; i++) {
			if (i == keeper)
				continue;
			entries[i].round++;
			if (!name_entry(sorter, snapshot, folder, &entries[i]))
				return false;
		}
	}
	return true;
}

/* A name that is not the natural one is kept with the snapshot. */
static bool keep_rename(struct ots_sorter *sorter, struct ots_snapshot *snapshot,
			const struct ots_sorted *entry, uint32_t *ref)
{
	struct ots_rename *rename;

	if (snapshot->rename_count == sorter->rename_capacity) {
		const size_t wanted = sorter->rename_capacity * 2 + 16;
		struct ots_rename *larger =
			realloc(snapshot->renames, wanted * sizeof *snapshot->renames);

		if (larger == NULL)
			return false;
		snapshot->renames = larger;
		sorter->rename_capacity = wanted;
	}
	rename = &snapshot->renames[snapshot->rename_count];
	*rename = (struct ots_rename){.ref = entry->ref, .len = entry->len};
	rename->name = ots_arena_copy(&snapshot->names, entry->name, entry->len);
	*ref = OTS_REF_RENAME | (uint32_t)snapshot->rename_count++;
	return rename->name != NULL;
}

static bool store_entries(struct ots_sorter *sorter, struct ots_snapshot *snapshot, uint32_t folder)
{
	struct ots_dir *dir = &snapshot->dirs[folder];
	uint32_t kept = 0;

	for (uint32_t i = 0; i < dir->count; i++) {
		const struct ots_sorted *entry = &sorter->entries[i];
		uint32_t ref = entry->ref;

		if (i > 0 && same_name(entry, &sorter->entries[i - 1]))
			continue;
		if (entry->round > 0 && !keep_rename(sorter, snapshot, entry, &ref))
			return false;
		if ((ref & OTS_REF_KIND) == OTS_REF_FOLDER &&
		    ots_index_folder(snapshot->index, ref & ~OTS_REF_KIND)->kind ==
			    OTS_FOLDER_TABLE_TIME)
			dir->last_time = ref & ~OTS_REF_KIND;
		snapshot->children[dir->first + kept++] = ref;
	}
	dir->count = kept;
	return true;
}

bool ots_sort_folder(struct ots_sorter *sorter, struct ots_snapshot *snapshot, uint32_t folder)
{
	bool changed = true;

	if (!load_entries(sorter, snapshot, folder))
		return false;
	for (unsigned round = 0; changed && round <= ROUNDS_MAX; round++) {
		qsort(sorter->entries, snapshot->dirs[folder].count, sizeof *sorter->entries,
		      compare_entries);
		changed = false;
		if (round < ROUNDS_MAX && !part_equals(sorter, snapshot, folder, &changed))
			return false;
	}
	return store_entries(sorter, snapshot, folder);
}
