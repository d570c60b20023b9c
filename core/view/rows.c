#include "rows.h"

/* Few enough that their text fits beside that of a chunk, where rows are not huge. */
#define ROWS_AT_ONCE 256

/* Which object it is about, which the room parquet does not say. */
static enum ots_status of_object(const struct rows *rows, enum ots_status status,
				 struct ots_error *err)
{
	const struct ots_bytes key = ots_input_entry(rows->input)->key;

	if (status != OTS_OK)
		(void)ots_context(err, "%.*s", (int)key.len, (const char *)key.at);
	return status;
}

enum ots_status rows_open(struct rows *rows, struct ots_input *input, size_t memory_bytes,
			  struct ots_place begin, struct ots_error *err)
{
	const struct ots_parquet_plan_options options = {.form = OTS_PARQUET_ROWS};
	enum ots_status status = ots_parquet_open(input, &rows->file, err);

	rows->input = input;
	if (status == OTS_OK)
		status = ots_parquet_plan_new(rows->file, &options, &rows->plan, err);
	if (status == OTS_OK)
		status = ots_parquet_reader_new(rows->plan, memory_bytes, &rows->reader, err);
	if (status == OTS_OK && begin.offset < ots_parquet_group_count(rows->file))
		status = ots_parquet_reader_begin(rows->reader, (size_t)begin.offset,
						  begin.line - 1, err);
	return of_object(rows, status, err);
}

void rows_close(struct rows *rows)
{
	ots_parquet_reader_free(rows->reader);
	ots_parquet_plan_free(rows->plan);
	ots_parquet_close(rows->file);
	*rows = (struct rows){0};
}

bool rows_begin(struct rows *rows, uint64_t group, enum ots_status *status, struct ots_error *err)
{
	if (group >= ots_parquet_group_count(rows->file))
		return false;
	*status =
		of_object(rows, ots_parquet_reader_begin(rows->reader, (size_t)group, 0, err), err);
	return true;
}

enum ots_status rows_next(struct rows *rows, uint64_t row_limit, struct ots_buffer *out,
			  uint64_t *count, struct ots_error *err)
{
	return ots_parquet_reader_next(
		rows->reader, row_limit < ROWS_AT_ONCE ? row_limit : ROWS_AT_ONCE, out, count, err);
}
