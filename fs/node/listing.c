#include "listing.h"

#include <stdlib.h>
#include <string.h>

#define DOTS 2 /* `.` and `..` come first */

struct added {
	char *name;
	uint64_t number;
	enum ots_node_kind kind;
};

struct listing {
	uint64_t number, parent;
	struct ots_folder *folder; /* NULL: added below */
	struct added *added;
	size_t count, cap;
};

struct listing *ots_listing_new(uint64_t number, uint64_t parent)
{
	struct listing *listing = calloc(1, sizeof *listing);

	if (listing != NULL) {
		listing->number = number;
		listing->parent = parent;
	}
	return listing;
}

void ots_listing_free(struct listing *listing)
{
	if (listing == NULL)
		return;
	if (listing->folder != NULL)
		ots_folder_close(listing->folder);
	for (size_t i = 0; i < listing->count; i++)
		free(listing->added[i].name);
	free(listing->added);
	free(listing);
}

void ots_listing_set_folder(struct listing *listing, struct ots_folder *folder)
{
	listing->folder = folder;
}

bool ots_listing_add(struct listing *listing, const char *name, uint64_t number,
		     enum ots_node_kind kind)
{
	char *copy;

	if (name[0] == '\0')
		return false;
	if (listing->count == listing->cap) {
		const size_t cap = listing->cap == 0 ? 16 : listing->cap * 2;
		struct added *grown = realloc(listing->added, cap * sizeof *grown);

		if (grown == NULL)
			return false;
		listing->added = grown;
		listing->cap = cap;
	}
	copy = strdup(name);
	if (copy == NULL)
		return false;
	listing->added[listing->count].name = copy;
	listing->added[listing->count].number = number;
	listing->added[listing->count++].kind = kind;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct added *)a)->name, ((const struct added *)b)->name);
}

void ots_listing_sort(struct listing *listing)
{
	size_t kept = 0;

	if (listing->count == 0)
		return;
	qsort(listing->added, listing->count, sizeof *listing->added, by_name);
	for (size_t i = 0; i < listing->count; i++) {
		if (kept > 0 && strcmp(listing->added[kept - 1].name, listing->added[i].name) == 0)
			free(listing->added[i].name);
		else
			listing->added[kept++] = listing->added[i];
	}
	listing->count = kept;
}

size_t ots_listing_count(const struct listing *listing)
{
	return DOTS +
	       (listing->folder != NULL ? ots_folder_count(listing->folder) : listing->count);
}

struct listing_item ots_listing_at(const struct listing *listing, size_t index)
{
	if (index < DOTS)
		return (struct listing_item){
			.name = {(const uint8_t *)"..", index + 1},
			.number = index == 0 ? listing->number : listing->parent,
			.kind = OTS_NODE_FOLDER,
		};
	if (listing->folder != NULL) {
		const struct ots_child child = ots_folder_at(listing->folder, index - DOTS);

		return (struct listing_item){child.name, child.number, child.kind};
	}
	const struct added *added = &listing->added[index - DOTS];

	return (struct listing_item){
		.name = {(const uint8_t *)added->name, strlen(added->name)},
		.number = added->number,
		.kind = added->kind,
	};
}
