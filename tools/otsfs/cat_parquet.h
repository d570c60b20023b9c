/** @file cat_parquet.h
 *  `otsfs cat` of a Parquet object: its own rows, or what its footer tells. */
#ifndef OTSFS_TOOLS_CAT_PARQUET_H
#define OTSFS_TOOLS_CAT_PARQUET_H

#include <otsfs/object/input.h>
#include <otsfs/parquet/text.h>

#include "oss/output.h"

struct cat_parquet {
	bool schema; /**< what the footer tells, and no rows */
	enum ots_parquet_form form;
	char **columns; /**< of --columns; owned */
	size_t column_count;
	uint64_t memory_bytes;  /**< of --memory; 0: the default */
	struct ots_buffer head; /**< CSV: the header line that is out, of all objects printed */
	bool begun;
	struct output *output; /**< where it goes; borrowed */
};

/** Split the words of --columns. @return OTS_OK, OTS_USAGE, OTS_NO_MEMORY */
enum ots_status cat_parquet_columns(struct cat_parquet *cat, const char *words,
				    struct ots_error *err) OTS_MUST_USE;
void cat_parquet_release(struct cat_parquet *cat);

/** Print one object.
 *  @return OTS_OK; OTS_REFUSED (CSV of columns unlike those of the object before it); or as the
 *          functions of the room parquet */
enum ots_status cat_parquet_print(struct cat_parquet *cat, struct ots_input *input,
				  struct ots_error *err) OTS_MUST_USE;

#endif
