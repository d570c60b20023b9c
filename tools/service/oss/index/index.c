#include "index.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_ITEMS 256
#define FIRST_PAGES 16

struct ots_oss_page {
	size_t count;
	struct ots_oss_item *items[PAGE_ITEMS];
};

int ots_oss_compare_keys(struct ots_bytes a, struct ots_bytes b)
{
	const size_t common = a.len < b.len ? a.len : b.len;
	const int order = common > 0 ? memcmp(a.at, b.at, common) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

void ots_oss_index_release(struct ots_oss_index *index)
{
	for (size_t i = 0; i < index->page_count; i++)
		free(index->pages[i]);
	free(index->pages);
	*index = (struct ots_oss_index){.count = 0};
}

/* The page that a key belongs to: the last whose first key is not above it. */
static size_t find_page(const struct ots_oss_index *index, struct ots_bytes key)
{
	size_t low = 0, high = index->page_count;

	while (high - low > 1) { /* ends: the span halves */
		const size_t middle = low + (high - low) / 2;

		if (ots_oss_compare_keys(index->pages[middle]->items[0]->key, key) <= 0)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The first in a page that is not below the key. */
static size_t find_at(const struct ots_oss_page *page, struct ots_bytes key)
{
	size_t low = 0, high = page->count;

	while (low < high) { /* ends: the span halves */
		const size_t middle = low + (high - low) / 2;

		if (ots_oss_compare_keys(page->items[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct ots_oss_place ots_oss_index_seek(const struct ots_oss_index *index, struct ots_bytes key)
{
	struct ots_oss_place place = {0, 0};

	if (index->page_count == 0)
		return place;
	place.page = find_page(index, key);
	place.at = find_at(index->pages[place.page], key);
	if (place.at == index->pages[place.page]->count)
		place = (struct ots_oss_place){place.page + 1, 0};
	return place;
}

struct ots_oss_item *ots_oss_index_at(const struct ots_oss_index *index, struct ots_oss_place place)
{
	return place.page < index->page_count ? index->pages[place.page]->items[place.at] : NULL;
}

struct ots_oss_place ots_oss_index_next(const struct ots_oss_index *index,
					struct ots_oss_place place)
{
	if (place.at + 1 < index->pages[place.page]->count)
		return (struct ots_oss_place){place.page, place.at + 1};
	return (struct ots_oss_place){place.page + 1, 0};
}

struct ots_oss_item *ots_oss_index_find(const struct ots_oss_index *index, struct ots_bytes key)
{
	struct ots_oss_item *item = ots_oss_index_at(index, ots_oss_index_seek(index, key));

	return item != NULL && ots_oss_compare_keys(item->key, key) == 0 ? item : NULL;
}

/* A page more, behind @p page. @return false without memory */
static bool add_page(struct ots_oss_index *index, size_t behind)
{
	const size_t at = index->page_count == 0 ? 0 : behind + 1;
	struct ots_oss_page *page;

	if (index->page_count == index->page_cap) {
		const size_t cap = index->page_cap == 0 ? FIRST_PAGES : index->page_cap * 2;
		struct ots_oss_page **pages = realloc(index->pages, cap * sizeof *pages);

		if (pages == NULL)
			return false;
		index->pages = pages;
		index->page_cap = cap;
	}
	page = malloc(sizeof *page);
	if (page == NULL)
		return false;
	page->count = 0;
	memmove(&index->pages[at + 1], &index->pages[at],
		(index->page_count - at) * sizeof(struct ots_oss_page *));
	index->pages[at] = page;
	index->page_count++;
	return true;
}

/* Move the upper part of a full page to one behind it. Keys mostly come in order: the last page
 * then gives nothing away, and pages stay full. */
static bool split(struct ots_oss_index *index, size_t at_page, size_t at)
{
	struct ots_oss_page *low, *high;
	size_t keep;

	if (!add_page(index, at_page))
		return false;
	low = index->pages[at_page];
	high = index->pages[at_page + 1];
	keep = at == PAGE_ITEMS && at_page + 2 == index->page_count ? PAGE_ITEMS - 1
								    : PAGE_ITEMS / 2;
	high->count = PAGE_ITEMS - keep;
	memcpy(high->items, &low->items[keep], high->count * sizeof(struct ots_oss_item *));
	low->count = keep;
	return true;
}

bool ots_oss_index_put(struct ots_oss_index *index, struct ots_oss_item *item,
		       struct ots_oss_item **replaced)
{
	struct ots_oss_page *page;
	size_t at_page, at;

	*replaced = NULL;
	if (index->page_count == 0 && !add_page(index, 0))
		return false;
	at_page = index->count == 0 ? 0 : find_page(index, item->key);
	page = index->pages[at_page];
	at = find_at(page, item->key);
	if (at < page->count && ots_oss_compare_keys(page->items[at]->key, item->key) == 0) {
		*replaced = page->items[at];
		page->items[at] = item;
		index->changes++;
		return true;
	}
	if (page->count == PAGE_ITEMS) {
		if (!split(index, at_page, at))
			return false;
		if (at > page->count) {
			at -= page->count;
			page = index->pages[at_page + 1];
		}
	}
	memmove(&page->items[at + 1], &page->items[at],
		(page->count - at) * sizeof(struct ots_oss_item *));
	page->items[at] = item;
	page->count++;
	index->count++;
	index->changes++;
	return true;
}

struct ots_oss_item *ots_oss_index_remove(struct ots_oss_index *index, struct ots_bytes key)
{
	const struct ots_oss_place place = ots_oss_index_seek(index, key);
	struct ots_oss_item *item = ots_oss_index_at(index, place);
	struct ots_oss_page *page;

	if (item == NULL || ots_oss_compare_keys(item->key, key) != 0)
		return NULL;
	page = index->pages[place.page];
	page->count--;
	memmove(&page->items[place.at], &page->items[place.at + 1],
		(page->count - place.at) * sizeof(struct ots_oss_item *));
	if (page->count == 0) {
		free(page);
		index->page_count--;
		memmove(&index->pages[place.page], &index->pages[place.page + 1],
			(index->page_count - place.page) * sizeof(struct ots_oss_page *));
	}
	index->count--;
	index->changes++;
	return item;
}
