#define _GNU_SOURCE /* sched_getaffinity */
#include "cat_parquet.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#define MMAP_THRESHOLD_BYTES (256 * 1024)
#define TEXT_LIMIT_BYTES ((size_t)1024 * 1024 * 1024)

enum ots_status cat_parquet_columns(struct cat_parquet *cat, const char *words,
				    struct ots_error *err)
{
	for (;;) { /* ends: each turn passes a name and its comma, or returns */
		const size_t len = strcspn(words, ",");
		char **grown;

		if (len == 0)
			return ots_fail(err, OTS_USAGE, "--columns: an empty name");
		grown = reallocarray(cat->columns, cat->column_count + 1, sizeof *grown);
		if (grown == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "--columns");
		cat->columns = grown;
		cat->columns[cat->column_count] = strndup(words, len);
		if (cat->columns[cat->column_count] == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "--columns");
		cat->column_count++;
		if (words[len] == '\0')
			return OTS_OK;
		words += len + 1;
	}
}

void cat_parquet_release(struct cat_parquet *cat)
{
	for (size_t i = 0; i < cat->column_count; i++)
		free(cat->columns[i]);
	free(cat->columns);
	ots_buffer_release(&cat->head);
}

static enum ots_status write_out(void *arg, const void *bytes, size_t len, struct ots_error *err)
{
	return output_write(arg, bytes, len, err);
}

/* One a processor that this process may use. */
static size_t worker_count(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

static enum ots_status print_schema(const struct cat_parquet *cat, const struct ots_parquet *file,
				    struct ots_error *err)
{
	struct ots_buffer text;
	enum ots_status status;

	ots_buffer_init(&text, TEXT_LIMIT_BYTES);
	status = ots_parquet_describe(file, &text, err);
	if (status == OTS_OK)
		status = write_out(cat->output, text.bytes, text.len, err);
	ots_buffer_release(&text);
	return status;
}

/* The header line once, and only once: rows of other columns cannot stand below it. */
static enum ots_status print_head(struct cat_parquet *cat, const struct ots_parquet_plan *plan,
				  struct ots_error *err)
{
	struct ots_buffer head;
	enum ots_status status;

	ots_buffer_init(&head, TEXT_LIMIT_BYTES);
	status = ots_parquet_plan_begin(plan, &head, err);
	if (status == OTS_OK && !cat->begun) {
		status = write_out(cat->output, head.bytes, head.len, err);
		cat->head = head;
		cat->begun = true;
		return status;
	}
	if (status == OTS_OK &&
	    !ots_bytes_equal((struct ots_bytes){head.bytes, head.len},
			     (struct ots_bytes){cat->head.bytes, cat->head.len}))
		status = ots_fail(err, OTS_REFUSED,
				  "its columns are not those of the object before it; print it "
				  "alone, or --as rows");
	ots_buffer_release(&head);
	return status;
}

static enum ots_status print_rows(struct cat_parquet *cat, const struct ots_parquet *file,
				  struct ots_error *err)
{
	const struct ots_parquet_plan_options wanted = {.form = cat->form,
							.columns =
								(const char *const *)cat->columns,
							.column_count = cat->column_count};
	const struct ots_parquet_print_options options = {
		.workers = worker_count(), .memory_bytes = (size_t)cat->memory_bytes};
	struct ots_parquet_plan *plan = NULL;
	enum ots_status status = ots_parquet_plan_new(file, &wanted, &plan, err);

	/* Pages and texts of many sizes: what is let go goes back to the system, where the
	 * allocator would learn to keep it and have holes. */
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
	if (status == OTS_OK)
		status = print_head(cat, plan, err);
	if (status == OTS_OK)
		status = ots_parquet_print(plan, &options, write_out, cat->output, err);
	ots_parquet_plan_free(plan);
	return status;
}

enum ots_status cat_parquet_print(struct cat_parquet *cat, struct ots_input *input,
				  struct ots_error *err)
{
	struct ots_parquet *file = NULL;
	enum ots_status status = ots_parquet_open(input, &file, err);

	if (status == OTS_OK)
		status = cat->schema ? print_schema(cat, file, err) : print_rows(cat, file, err);
	ots_parquet_close(file);
	return status;
}
