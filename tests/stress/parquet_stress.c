/* A Parquet file printed by one to eight workers: the same bytes each time; a sink that fails and a
 * caller that gives up end it. Run under ThreadSanitizer. */
#include <stdio.h>
#include <string.h>

#include <otsfs/parquet/text.h>

#include "../support/parquet_sample.h"

#define GROUPS 60
#define ROWS 5000
#define ROUNDS 12
#define TEXT_LIMIT_BYTES ((size_t)64 * 1024 * 1024)

struct sink {
	struct ots_buffer text;
	size_t fail_at; /* bytes; 0: never */
	struct ots_cancel *cancel;
};

static enum ots_status take(void *arg, const void *bytes, size_t len, struct ots_error *err)
{
	struct sink *sink = arg;

	if (!ots_buffer_put(&sink->text, bytes, len))
		return ots_fail(err, OTS_NO_MEMORY, "no memory");
	if (sink->fail_at > 0 && sink->text.len >= sink->fail_at)
		return ots_fail(err, OTS_IO, "full");
	if (sink->cancel != NULL)
		ots_cancel_ask(sink->cancel);
	return OTS_OK;
}

static enum ots_status print(const struct ots_parquet_plan *plan, size_t workers, size_t memory,
			     struct sink *sink, struct ots_error *err)
{
	const struct ots_parquet_print_options options = {
		.workers = workers, .memory_bytes = memory, .cancel = sink->cancel};

	sink->text.len = 0;
	return ots_parquet_print(plan, &options, take, sink, err);
}

/* @return faults */
static size_t check(const struct ots_parquet_plan *plan, const struct ots_buffer *whole,
		    size_t round)
{
	const size_t workers = round % 8 + 1;
	struct ots_cancel cancel;
	struct sink sink = {0};
	struct ots_error err = {0};
	size_t faults = 0;

	ots_cancel_init(&cancel);
	ots_buffer_init(&sink.text, TEXT_LIMIT_BYTES);
	faults += print(plan, workers, workers << 20, &sink, &err) != OTS_OK;
	faults += sink.text.len != whole->len ||
		  memcmp(sink.text.bytes, whole->bytes, whole->len) != 0;
	sink.fail_at = whole->len / 3;
	faults += print(plan, workers, 0, &sink, &err) != OTS_IO;
	faults += memcmp(sink.text.bytes, whole->bytes, sink.text.len) != 0;
	sink.fail_at = 0;
	sink.cancel = &cancel;
	faults += print(plan, workers, 0, &sink, &err) != OTS_CANCELLED;
	faults += memcmp(sink.text.bytes, whole->bytes, sink.text.len) != 0;
	ots_buffer_release(&sink.text);
	ots_cancel_release(&cancel);
	return faults;
}

int main(void)
{
	const struct ots_parquet_plan_options options = {.form = OTS_PARQUET_ROWS};
	struct ots_buffer content;
	struct ots_input *input = NULL;
	struct ots_parquet *file = NULL;
	struct ots_parquet_plan *plan = NULL;
	struct sink sink = {0};
	struct ots_error err = {0};
	size_t faults = 0;

	ots_buffer_init(&content, TEXT_LIMIT_BYTES);
	ots_buffer_init(&sink.text, TEXT_LIMIT_BYTES);
	sample_parquet(&content, GROUPS, ROWS);
	if (ots_input_from_memory((struct ots_bytes){content.bytes, content.len}, "sample", &input,
				  &err) != OTS_OK ||
	    ots_parquet_open(input, &file, &err) != OTS_OK ||
	    ots_parquet_plan_new(file, &options, &plan, &err) != OTS_OK ||
	    print(plan, 1, 0, &sink, &err) != OTS_OK) {
		(void)fprintf(stderr, "parquet_stress: %s\n", err.text);
		return 1;
	}
	for (size_t round = 0; round < ROUNDS; round++)
		faults += check(plan, &sink.text, round);
	(void)printf("parquet_stress: %zu bytes of text, %zu faults\n", sink.text.len, faults);
	faults += sink.text.len < (size_t)GROUPS * ROWS * 8;
	ots_buffer_release(&sink.text);
	ots_parquet_plan_free(plan);
	ots_parquet_close(file);
	ots_input_close(input);
	ots_buffer_release(&content);
	return faults > 0 ? 1 : 0;
}
