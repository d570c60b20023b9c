#include "jsonl_text.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

enum ots_status jsonl_again(struct ots_bytes text, const struct ots_records_options *options,
			    struct ots_buffer *out, size_t *record_count, struct ots_error *err)
{
	uint8_t *copy = malloc(text.len == 0 ? 1 : text.len);
	struct ots_place end = options == NULL ? (struct ots_place){0, 1} : options->begin;
	struct ots_source *source = NULL;
	struct ots_input *input = NULL;
	struct ots_batch batch;
	enum ots_status status;

	cr_assert_not_null(copy);
	if (text.len > 0)
		memcpy(copy, text.at, text.len);
	ots_batch_init(&batch, JSONL_ARENA_BYTES);
	*record_count = 0;
	status = ots_input_from_memory((struct ots_bytes){copy, text.len}, "orders.jsonl", &input,
				       err);
	cr_assert_eq(status, OTS_OK, "%s", err->text);
	status = ots_jsonl_open(input, options, &source, err);
	while (status == OTS_OK && (status = ots_source_next(source, &batch, err)) == OTS_OK &&
	       batch.count > 0) { /* ends: a source does */
		cr_assert_eq(batch.begin.offset, end.offset);
		cr_assert_eq(batch.begin.line, end.line);
		end = batch.end;
		*record_count += batch.count;
		cr_assert_eq(ots_encode_batch(&ots_jsonl, &batch, out, err), OTS_OK, "%s",
			     err->text);
	}
	ots_source_close(source);
	ots_input_close(input);
	ots_batch_release(&batch);
	free(copy);
	return status;
}

const struct ots_record *jsonl_record(const char *text, struct ots_batch *batch)
{
	static const struct ots_records_options options = {.begin = {0, 1}};
	struct ots_batch borrowed;
	struct ots_source *source = NULL;
	struct ots_input *input = NULL;
	struct ots_error err = {0};

	ots_batch_init(&borrowed, JSONL_ARENA_BYTES);
	cr_assert_eq(ots_input_from_memory((struct ots_bytes){(const uint8_t *)text, strlen(text)},
					   "one.jsonl", &input, &err),
		     OTS_OK, "%s", err.text);
	cr_assert_eq(ots_jsonl_open(input, &options, &source, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(ots_source_next(source, &borrowed, &err), OTS_OK, "%s: %s", text, err.text);
	cr_assert_eq(borrowed.count, 1, "%s", text);
	cr_assert_eq(ots_batch_add_copy(batch, &borrowed.records[0], &err), OTS_OK);
	ots_source_close(source);
	ots_input_close(input);
	ots_batch_release(&borrowed);
	return &batch->records[batch->count - 1];
}
