/** @file cell.h
 *  One value as text. What nearly every table has many of (numbers, text, bytes) is printed in line
 *  by put.h; all the rest by a function a meaning, here.
 *  Source: parquet-format, sections 4.1 to 4.5.
 *  Threads: a cell's memory of the last day belongs to one reader. */
#ifndef OTSFS_CORE_PARQUET_CELL_CELL_H
#define OTSFS_CORE_PARQUET_CELL_CELL_H

#include "../meta/schema.h"

/** No function below writes more, but for decimals: cell_bound(). */
#define CELL_MAX_BYTES 64

/** The longest decimal that is printed as one; a longer one is an error, since its cost is
 * quadratic (a guess at what nobody needs: 9864 digits). */
#define DECIMAL_MAX_BYTES 4096

enum cell_kind {
	CELL_BOOLEAN,
	CELL_INT32,
	CELL_INT64,
	CELL_UINT32,
	CELL_UINT64,
	CELL_FLOAT,
	CELL_DOUBLE,
	CELL_TEXT,   /* as UTF-8 */
	CELL_BINARY, /* as base64 */
	CELL_OTHER,  /* by cell.print */
	CELL_NULL
};

struct cell;

/** Print the @p len bytes at @p value. @return bytes written */
typedef size_t cell_print_fn(struct cell *cell, const uint8_t *value, size_t len, char *to);

/** How a leaf's values are printed, and what helps to print the next one. */
struct cell {
	enum cell_kind kind;
	bool json; /* else CSV */
	const struct schema_node *leaf;
	cell_print_fn *print;
	/* The date of the value before: tables are mostly in the order of time. */
	int64_t day;
	char date[24];
	size_t date_len;
	/* Doubles that are a few decimals: how many, and how long not to try. */
	unsigned decimals, misses, wait;
};

void cell_init(struct cell *cell, const struct schema_node *leaf, bool json);

/** Bytes that a value of @p len bytes takes at most. */
size_t cell_bound(const struct cell *cell, size_t len);

/** Any value of any kind; @p to has room for cell_bound(). The way of what is printed seldom.
 *  @return bytes written */
size_t cell_put(struct cell *cell, const uint8_t *value, size_t len, char *to);

cell_print_fn cell_print_date, cell_print_time, cell_print_timestamp, cell_print_int96,
	cell_print_decimal, cell_print_uuid, cell_print_interval, cell_print_float16;

/** Text with all that JSON escapes, quotes and all; base64 in an object where it is not UTF-8.
 *  @param to  room for 6 * len + 16 */
size_t cell_put_json_text(const uint8_t *text, size_t len, char *to);
/** Text between quotes, those inside doubled. @param to  room for 2 * len + 2 */
size_t cell_put_quoted(const uint8_t *text, size_t len, char *to);

size_t cell_put_float(struct cell *cell, float x, char *to);
/** Tries whether a few decimals are enough first: twice as fast where they are. */
size_t cell_put_double(struct cell *cell, double x, char *to);

#endif
