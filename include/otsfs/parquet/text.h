/** @file text.h
 *  Rows of a Parquet file as text, straight from its columns: JSON objects or CSV.
 *  Source: parquet-format, section 4.
 *
 *  A plan says what is printed and is shared by all who print; a reader prints one row group at a
 *  time, from any row of it on. The text of a row depends on the plan and the row alone, never on
 *  who printed it or in what pieces.
 *  Threads: a plan is immutable; the caller serialises the calls on one reader. */
#ifndef OTSFS_PARQUET_TEXT_H
#define OTSFS_PARQUET_TEXT_H

#include <otsfs/base/cancel.h>
#include <otsfs/parquet/file.h>

/** Of a damaged row group nothing is handed on while its text is below this; of a larger one the
 * rows before the damage. Source: parquet-format, section 5, "Error granularity". */
#define OTS_PARQUET_HOLD_BYTES ((size_t)2 * 1024 * 1024)

enum ots_parquet_form {
	OTS_PARQUET_ROWS, /**< one JSON object a row */
	OTS_PARQUET_CSV   /**< a header line, then a line a row */
};

struct ots_parquet_plan;

struct ots_parquet_plan_options {
	enum ots_parquet_form form;
	const char *const *columns; /**< names of top-level columns; borrowed for the call */
	size_t column_count;        /**< 0: all */
};

/** @param file  borrowed until the plan is freed
 *  @return OTS_OK; OTS_USAGE (a column that the file does not have); OTS_UNSUPPORTED (encrypted,
 *          CSV without a column, a shredded VARIANT, by name); OTS_NO_MEMORY */
enum ots_status ots_parquet_plan_new(const struct ots_parquet *file,
				     const struct ots_parquet_plan_options *options,
				     struct ots_parquet_plan **out,
				     struct ots_error *err) OTS_MUST_USE;
void ots_parquet_plan_free(struct ots_parquet_plan *plan);

/** What stands before the first row: CSV's header line, else nothing. Appended. */
enum ots_status ots_parquet_plan_begin(const struct ots_parquet_plan *plan, struct ots_buffer *out,
				       struct ots_error *err) OTS_MUST_USE;

struct ots_parquet_reader;

/** @param plan          borrowed
 *  @param memory_bytes  pages, dictionaries and what helps to print them never take more; a page
 *                       that does not fit is OTS_LIMIT. 0: 512 MiB */
enum ots_status ots_parquet_reader_new(const struct ots_parquet_plan *plan, size_t memory_bytes,
				       struct ots_parquet_reader **out,
				       struct ots_error *err) OTS_MUST_USE;
void ots_parquet_reader_free(struct ots_parquet_reader *reader);

/** Stand before row @p row of row group @p group. Pages before it are passed where that is
 * possible.
 *  @param row  at most the group's rows
 *  @return as ots_parquet_reader_next() */
enum ots_status ots_parquet_reader_begin(struct ots_parquet_reader *reader, size_t group,
					 uint64_t row, struct ots_error *err) OTS_MUST_USE;

/** Append the text of the next rows, at most @p row_limit; *rows of 0 with OTS_OK is the group's
 *  end. On failure whole rows before the damage may have been appended, and *rows counts them.
 *  @return OTS_OK; OTS_CORRUPT, OTS_UNSUPPORTED, OTS_LIMIT with column and byte; OTS_NO_MEMORY; or
 *          as ots_input_read() */
enum ots_status ots_parquet_reader_next(struct ots_parquet_reader *reader, uint64_t row_limit,
					struct ots_buffer *out, uint64_t *rows,
					struct ots_error *err) OTS_MUST_USE;

/** Takes the text in order. Never called by two threads at once. */
typedef enum ots_status ots_parquet_sink(void *arg, const void *bytes, size_t len,
					 struct ots_error *err);

struct ots_parquet_print_options {
	size_t workers;            /**< 0 or 1: the caller's thread alone */
	size_t memory_bytes;       /**< of all workers together; 0: 512 MiB */
	struct ots_cancel *cancel; /**< may be NULL */
};

/** The text of all rows, without what stands before the first, row groups in parallel, byte by byte
 * the same whatever the workers. Of a damaged file the rows before the damage are handed over
 * first.
 *  @return OTS_OK, OTS_CANCELLED, what the sink returns, or as ots_parquet_reader_next() */
enum ots_status ots_parquet_print(const struct ots_parquet_plan *plan,
				  const struct ots_parquet_print_options *options,
				  ots_parquet_sink *sink, void *arg,
				  struct ots_error *err) OTS_MUST_USE;

#endif
