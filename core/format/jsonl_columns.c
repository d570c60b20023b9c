#include "jsonl_columns.h"

#include <stdlib.h>

/* Up to here every cell is compared with all before it; above, cells are sorted by name. Comparing
 * lengths and first bytes costs about a nanosecond a pair. */
#define PAIRS_MAX 24

static int name_compare(struct ots_bytes a, struct ots_bytes b)
{
	const size_t n = a.len < b.len ? a.len : b.len;
	const int order = n == 0 ? 0 : memcmp(a.at, b.at, n);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int cell_compare(const void *left, const void *right)
{
	const struct ots_cell *a = *(const struct ots_cell *const *)left;
	const struct ots_cell *b = *(const struct ots_cell *const *)right;
	const int order = name_compare(a->name, b->name);

	return order != 0 ? order : (a > b) - (a < b);
}

/* Decides, without memory, that no name comes twice: true for few cells and for ascending names. */
static bool surely_distinct(const struct ots_cell *cells, size_t count)
{
	size_t i = 1;

	while (i < count && name_compare(cells[i - 1].name, cells[i].name) < 0)
		i++;
	if (i >= count)
		return true;
	if (count > PAIRS_MAX)
		return false;
	for (; i < count; i++) { /* those before i ascend, so they differ */
		for (size_t k = 0; k < i; k++) {
			if (ots_bytes_equal(cells[k].name, cells[i].name))
				return false;
		}
	}
	return true;
}

void ots_columns_order(const struct ots_cell *cells, size_t count, const struct ots_cell **order)
{
	for (size_t i = 0; i < count; i++)
		order[i] = &cells[i];
	qsort(order, count, sizeof(const struct ots_cell *), cell_compare);
}

static void link_columns(const struct ots_cell *cells, const struct ots_cell **order, size_t count,
			 struct ots_columns *columns)
{
	ots_columns_order(cells, count, order);
	for (size_t i = 1; i < count; i++) {
		if (!ots_bytes_equal(order[i - 1]->name, order[i]->name))
			continue;
		columns->next[order[i - 1] - cells] = (size_t)(order[i] - cells);
		columns->follows[order[i] - cells] = true;
	}
}

bool ots_columns_group(const struct ots_cell *cells, size_t count, struct ots_columns *columns)
{
	const struct ots_cell **order;

	*columns = (struct ots_columns){NULL, NULL};
	if (surely_distinct(cells, count))
		return true;
	order = calloc(count, sizeof(const struct ots_cell *));
	columns->next = calloc(count, sizeof *columns->next);
	columns->follows = calloc(count, sizeof *columns->follows);
	if (order == NULL || columns->next == NULL || columns->follows == NULL) {
		free(order);
		return false;
	}
	link_columns(cells, order, count, columns);
	free(order);
	return true;
}

void ots_columns_release(struct ots_columns *columns)
{
	free(columns->next);
	free(columns->follows);
	*columns = (struct ots_columns){NULL, NULL};
}

const struct ots_cell *ots_columns_find(const struct ots_cell *const *order, size_t count,
					struct ots_bytes name)
{
	size_t low = 0, high = count;

	while (low < high) { /* ends: the range halves each turn */
		const size_t middle = low + (high - low) / 2;

		if (name_compare(order[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && ots_bytes_equal(order[low]->name, name) ? order[low] : NULL;
}
