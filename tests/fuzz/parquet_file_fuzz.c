/* A whole Parquet file: it is refused with a reason or printed; printed again in other pieces, and
 * from a row in the middle on, the text is the same; a damaged group gives whole rows. */
#include <stdlib.h>
#include <string.h>

#include <otsfs/parquet/text.h>

#define TEXT_MAX_BYTES ((size_t)8 * 1024 * 1024)
#define MEMORY_BYTES ((size_t)8 * 1024 * 1024)
#define GROUPS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Rows of a group from @p row on, in pieces of @p step rows. *whole: to its end, and no row
 * missing. */
static enum ots_status print(const struct ots_parquet_plan *plan, size_t group, uint64_t row,
			     uint64_t step, struct ots_buffer *out, uint64_t *rows)
{
	struct ots_parquet_reader *reader = NULL;
	struct ots_error err = {0};
	enum ots_status status = ots_parquet_reader_new(plan, MEMORY_BYTES, &reader, &err);
	uint64_t got = 1;

	require(status == OTS_OK);
	*rows = 0;
	status = ots_parquet_reader_begin(reader, group, row, &err);
	while (status == OTS_OK && got > 0 && out->len < TEXT_MAX_BYTES / 2) {
		status = ots_parquet_reader_next(reader, step, out, &got, &err);
		*rows += got;
	}
	require((status == OTS_OK) == (err.text[0] == '\0'));
	require(out->len == 0 || out->bytes[out->len - 1] == '\n');
	ots_parquet_reader_free(reader);
	return status;
}

/* Bytes of the first @p count lines. JSON has no line feed inside a row. */
static size_t lines(const struct ots_buffer *text, uint64_t count)
{
	size_t at = 0;

	for (; count > 0 && at < text->len; at++)
		count -= text->bytes[at] == '\n';
	return at;
}

static void check_group(const struct ots_parquet_plan *plan, size_t group, bool json)
{
	struct ots_buffer whole, again, rest;
	uint64_t rows, rows_again, rows_rest;
	enum ots_status status;

	ots_buffer_init(&whole, TEXT_MAX_BYTES);
	ots_buffer_init(&again, TEXT_MAX_BYTES);
	ots_buffer_init(&rest, TEXT_MAX_BYTES);
	status = print(plan, group, 0, UINT64_MAX, &whole, &rows);
	if (status == OTS_OK && whole.len < TEXT_MAX_BYTES / 2) {
		require(print(plan, group, 0, 3, &again, &rows_again) == OTS_OK);
		require(rows == rows_again && whole.len == again.len);
		require(whole.len == 0 || memcmp(whole.bytes, again.bytes, whole.len) == 0);
	}
	if (status == OTS_OK && whole.len < TEXT_MAX_BYTES / 2 && json && rows > 1) {
		const size_t skipped = lines(&whole, rows / 2);

		require(print(plan, group, rows / 2, UINT64_MAX, &rest, &rows_rest) == OTS_OK);
		require(rest.len == whole.len - skipped);
		require(memcmp(rest.bytes, whole.bytes + skipped, rest.len) == 0);
	}
	ots_buffer_release(&whole);
	ots_buffer_release(&again);
	ots_buffer_release(&rest);
}

static void check_form(const struct ots_parquet *file, enum ots_parquet_form form)
{
	const struct ots_parquet_plan_options options = {.form = form};
	struct ots_parquet_plan *plan = NULL;
	struct ots_error err = {0};
	const enum ots_status status = ots_parquet_plan_new(file, &options, &plan, &err);

	require((status == OTS_OK) == (err.text[0] == '\0'));
	for (size_t i = 0; plan != NULL && i < ots_parquet_group_count(file) && i < GROUPS_MAX; i++)
		check_group(plan, i, form == OTS_PARQUET_ROWS);
	ots_parquet_plan_free(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ots_input *input = NULL;
	struct ots_parquet *file = NULL;
	struct ots_buffer text;
	struct ots_error err = {0};
	enum ots_status status;

	if (ots_input_from_memory((struct ots_bytes){data, size}, "fuzz", &input, NULL) != OTS_OK)
		return 0;
	status = ots_parquet_open(input, &file, &err);
	require((status == OTS_OK) == (err.text[0] == '\0'));
	if (file != NULL) {
		ots_buffer_init(&text, (size_t)256 * 1024 * 1024);
		require(ots_parquet_describe(file, &text, NULL) == OTS_OK);
		ots_buffer_release(&text);
		check_form(file, OTS_PARQUET_ROWS);
		check_form(file, OTS_PARQUET_CSV);
	}
	ots_parquet_close(file);
	ots_input_close(input);
	return 0;
}
