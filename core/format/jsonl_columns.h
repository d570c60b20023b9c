/** @file jsonl_columns.h
 *  Which cells of a record belong to the same column, and which column has a name. For the JSONL
 *  encoder and decoder.
 *  Threads: plain values. */
#ifndef OTSFS_CORE_FORMAT_JSONL_COLUMNS_H
#define OTSFS_CORE_FORMAT_JSONL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/bytes.h>
#include <otsfs/record/record.h>

/** Cells by column. While no column has two cells both arrays are NULL. */
struct ots_columns {
	size_t *next;  /**< of each cell: the next cell of its column, or 0 */
	bool *follows; /**< of each cell: an earlier one has its column */
};

/** @param columns  for ots_columns_release(), on failure too. @return false without memory */
bool ots_columns_group(const struct ots_cell *cells, size_t count, struct ots_columns *columns);
void ots_columns_release(struct ots_columns *columns);

static inline size_t ots_columns_next(const struct ots_columns *columns, size_t i)
{
	return columns->next == NULL ? 0 : columns->next[i];
}

static inline bool ots_columns_follows(const struct ots_columns *columns, size_t i)
{
	return columns->follows != NULL && columns->follows[i];
}

/** @p count cells by name, those of one name by place. @param order  room for @p count */
void ots_columns_order(const struct ots_cell *cells, size_t count, const struct ots_cell **order);

/** The first cell in @p order that has this name, or NULL. */
const struct ots_cell *ots_columns_find(const struct ots_cell *const *order, size_t count,
					struct ots_bytes name);

#endif
