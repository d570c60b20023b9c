#include "children.h"

#include <stdlib.h>
#include <string.h>

#include "child_name.h"

/* Natural collisions end after one round. More come only from keys made to collide with the hashes
 * of others, one more such key for each round; at the end the last of equals is left out. */
#define ROUNDS_MAX 16

struct sorted {
	const char *name;
	uint32_t ref;
	uint16_t len;
	uint16_t round; /* how often the name collided */
};

struct sorter {
	const struct ots_index *index;
	struct ots_children *children;
	struct ots_arena names;
	struct sorted *entries;
	uint32_t count;
};

static int compare_names(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const size_t shorter = a_len < b_len ? a_len : b_len;
	const int order = shorter > 0 ? memcmp(a, b, shorter) : 0;

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_entries(const void *a, const void *b)
{
	const struct sorted *left = a, *right = b;
	const int order = compare_names(left->name, left->len, right->name, right->len);

	return order != 0 ? order : (left->ref > right->ref) - (left->ref < right->ref);
}

static bool name_entry(struct sorter *s, struct sorted *entry)
{
	char name[OTS_FILE_NAME_MAX_BYTES + 1];
	const size_t len =
		ots_child_name(s->index, s->children->folder, entry->ref, entry->round, name);

	entry->name = len > 0 ? ots_arena_copy(&s->names, name, len) : NULL;
	entry->len = (uint16_t)len;
	return entry->name != NULL;
}

static bool same_name(const struct sorted *a, const struct sorted *b)
{
	return a->len == b->len && memcmp(a->name, b->name, a->len) == 0;
}

/* Who of two keeps the name: one that has it by nature, a folder, the first in the order of keys.
 */
static bool goes_before(const struct ots_index *index, const struct sorted *a,
			const struct sorted *b)
{
	const bool a_folder = (a->ref & OTS_REF_KIND) == OTS_REF_FOLDER;
	const bool b_folder = (b->ref & OTS_REF_KIND) == OTS_REF_FOLDER;
	uint8_t a_key[OTS_KEY_MAX_BYTES], b_key[OTS_KEY_MAX_BYTES];
	size_t a_len, b_len;

	if ((a->round == 0) != (b->round == 0))
		return a->round == 0;
	if (a_folder || b_folder)
		return a_folder && (!b_folder || a->ref < b->ref);
	a_len = ots_row_key(index, ots_index_row(index, a->ref), a_key);
	b_len = ots_row_key(index, ots_index_row(index, b->ref), b_key);
	return compare_names(a_key, a_len, b_key, b_len) < 0;
}

/* Give all but one of each run of equal names another. *changed: some were. */
static bool part_equals(struct sorter *s, bool *changed)
{
	struct sorted *entries = s->entries;
	uint32_t end;

	*changed = false;
	for (uint32_t start = 0; start < s->count; start = end) { /* ends: end is behind start */
		uint32_t keeper = start;

		for (end = start + 1; end < s->count && same_name(&entries[start], &entries[end]);
		     end++) {
			if (goes_before(s->index, &entries[end], &entries[keeper]))
				keeper = end;
		}
		if (end - start == 1)
			continue;
		*changed = true;
		for (uint32_t i = start; i < end; i++) {
			if (i == keeper)
				continue;
			entries[i].round++;
			if (!name_entry(s, &entries[i]))
				return false;
		}
	}
	return true;
}

/* Listings come in the order of keys, which mostly is that of names. */
static bool is_sorted(const struct sorter *s)
{
	for (uint32_t i = 1; i < s->count; i++) {
		if (compare_entries(&s->entries[i - 1], &s->entries[i]) > 0)
			return false;
	}
	return true;
}

static bool sort(struct sorter *s)
{
	bool changed = true;

	for (unsigned round = 0; changed && round <= ROUNDS_MAX; round++) {
		if (!is_sorted(s))
			qsort(s->entries, s->count, sizeof *s->entries, compare_entries);
		changed = false;
		if (round < ROUNDS_MAX && !part_equals(s, &changed))
			return false;
	}
	return true;
}

/* A name that is not the natural one is kept with the children. */
static bool keep_rename(struct sorter *s, const struct sorted *entry, size_t *capacity,
			uint32_t *ref)
{
	struct ots_children *children = s->children;
	struct ots_rename *rename;

	if (children->rename_count == *capacity) {
		const size_t wanted = *capacity * 2 + 16;
		struct ots_rename *larger =
			realloc(children->renames, wanted * sizeof *children->renames);

		if (larger == NULL)
			return false;
		children->renames = larger;
		*capacity = wanted;
	}
	rename = &children->renames[children->rename_count];
	*rename = (struct ots_rename){.ref = entry->ref, .len = entry->len};
	rename->name = ots_arena_copy(&children->names, entry->name, entry->len);
	*ref = OTS_REF_RENAME | (uint32_t)children->rename_count++;
	return rename->name != NULL;
}

static bool store(struct sorter *s)
{
	struct ots_children *children = s->children;
	size_t capacity = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct sorted *entry = &s->entries[i];
		uint32_t ref = entry->ref;

		if (i > 0 && same_name(entry, &s->entries[i - 1]))
			continue;
		if (entry->round > 0 && !keep_rename(s, entry, &capacity, &ref))
			return false;
		if ((ref & OTS_REF_KIND) == OTS_REF_FOLDER &&
		    ots_index_folder(s->index, ref & ~OTS_REF_KIND)->kind == OTS_FOLDER_TABLE_TIME)
			children->last_time = ref & ~OTS_REF_KIND;
		children->refs[children->count++] = ref;
	}
	return true;
}

struct ots_children *ots_children_new(const struct ots_index *index, uint32_t folder,
				      const uint32_t *refs, uint32_t count)
{
	struct sorter s = {.index = index, .count = count};
	bool good;

	s.children = calloc(1, sizeof *s.children + (size_t)count * sizeof s.children->refs[0]);
	s.entries = calloc((size_t)count + 1, sizeof *s.entries);
	good = s.children != NULL && s.entries != NULL;
	ots_arena_init(&s.names, SIZE_MAX / 2);
	if (good) {
		atomic_init(&s.children->users, 1);
		s.children->folder = folder;
		ots_arena_init(&s.children->names, SIZE_MAX / 2);
	}
	for (uint32_t i = 0; good && i < count; i++) {
		s.entries[i].ref = refs[i];
		good = name_entry(&s, &s.entries[i]);
	}
	if (!good || !sort(&s) || !store(&s)) {
		ots_children_drop(s.children);
		s.children = NULL;
	}
	free(s.entries);
	ots_arena_release(&s.names);
	return s.children;
}

struct ots_children *ots_children_hold(struct ots_children *children)
{
	(void)atomic_fetch_add_explicit(&children->users, 1, memory_order_relaxed);
	return children;
}

void ots_children_drop(struct ots_children *children)
{
	if (children == NULL ||
	    atomic_fetch_sub_explicit(&children->users, 1, memory_order_acq_rel) > 1)
		return;
	free(children->renames);
	ots_arena_release(&children->names);
	free(children);
}

uint64_t ots_child_number(const struct ots_children *children, const struct ots_index *index,
			  uint32_t at)
{
	const unsigned kind = ots_index_folder(index, children->folder)->kind;
	uint64_t form = OTS_NODE_FORM_FOLDER;
	uint32_t ref = children->refs[at];

	if ((ref & OTS_REF_KIND) == OTS_REF_RENAME)
		ref = children->renames[ref & ~OTS_REF_KIND].ref;
	if ((ref & OTS_REF_KIND) == OTS_REF_FILE)
		form = kind == OTS_FOLDER_RAW || kind == OTS_FOLDER_TOP ? OTS_NODE_FORM_RAW
									: OTS_NODE_FORM_JSONL;
	return form << OTS_NODE_FORM_SHIFT | (ref & ~OTS_REF_KIND);
}

size_t ots_child_shown(const struct ots_children *children, const struct ots_index *index,
		       uint32_t at, char out[OTS_FILE_NAME_MAX_BYTES + 1])
{
	const uint32_t ref = children->refs[at];

	if ((ref & OTS_REF_KIND) == OTS_REF_RENAME) {
		const struct ots_rename *rename = &children->renames[ref & ~OTS_REF_KIND];

		memcpy(out, rename->name, rename->len);
		out[rename->len] = '\0';
		return rename->len;
	}
	return ots_child_name(index, children->folder, ref, 0, out);
}

bool ots_children_find(const struct ots_children *children, const struct ots_index *index,
		       struct ots_bytes name, uint64_t *number)
{
	uint32_t low = 0, high = children->count;

	while (low < high) { /* ends: the range halves */
		const uint32_t middle = low + (high - low) / 2;
		char shown[OTS_FILE_NAME_MAX_BYTES + 1];
		const size_t len = ots_child_shown(children, index, middle, shown);
		const int order = compare_names(name.at, name.len, shown, len);

		if (order == 0) {
			*number = ots_child_number(children, index, middle);
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
