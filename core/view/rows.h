/** @file rows.h
 *  Rows of a Parquet object on their way into a text: no records stand in between. Its places are a
 *  row group (offset) and a row in it, from 1 (line).
 *  Threads: the caller serialises. */
#ifndef OTSFS_CORE_VIEW_ROWS_H
#define OTSFS_CORE_VIEW_ROWS_H

#include <otsfs/object/input.h>
#include <otsfs/parquet/text.h>
#include <otsfs/record/batch.h>

struct rows {
	struct ots_input *input; /* borrowed */
	struct ots_parquet *file;
	struct ots_parquet_plan *plan;
	struct ots_parquet_reader *reader;
};

/** @param rows  zeroed
 *  @return as ots_parquet_open() and ots_parquet_reader_begin(); rows_close() in every case */
enum ots_status rows_open(struct rows *rows, struct ots_input *input, size_t memory_bytes,
			  struct ots_place begin, struct ots_error *err) OTS_MUST_USE;
void rows_close(struct rows *rows);

/** Stand before the first row of a row group. @return false: the file has no such group */
bool rows_begin(struct rows *rows, uint64_t group, enum ots_status *status, struct ots_error *err);

/** As ots_parquet_reader_next(), a few rows at a time. */
enum ots_status rows_next(struct rows *rows, uint64_t row_limit, struct ots_buffer *out,
			  uint64_t *count, struct ots_error *err) OTS_MUST_USE;

#endif
