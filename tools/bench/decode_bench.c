/* How fast one core turns tunnel CSV into records, and into JSONL. The text is made in memory, the
 * same in each run: rows of the case study's shape (tools/gen/case_study.h), spelled as the shapes
 * A to D of backup-formats 1.5. The fast way of the decoder takes A and B, the general way C and D.
 * Usage: decode [MEGABYTES [ROUNDS [RUN]]], RUN the beginning of a run's name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <otsfs/format/jsonl.h>
#include <otsfs/format/tunnel_csv.h>

#include "../gen/case_study.h"

#define SEED 1
#define ROWS_A_BATCH 512
#define ROUNDS_MAX 99
#define BATCH_ARENA_BYTES ((size_t)128 * 1024 * 1024)
#define TEXT_BYTES_MAX ((size_t)4 * 1024 * 1024 * 1024)

struct run {
	const char *name;
	const struct ots_encoder *encoder; /* NULL: records only */
};

static enum ots_status make_text(const struct ots_encoder *shape, size_t bytes,
				 struct ots_buffer *out, struct ots_error *err)
{
	struct ots_batch batch;
	enum ots_status status = OTS_OK;

	ots_batch_init(&batch, BATCH_ARENA_BYTES);
	for (uint64_t row = 0; out->len < bytes && status == OTS_OK;) { /* ends: out grows */
		ots_batch_reset(&batch);
		for (size_t i = 0; i < ROWS_A_BATCH && status == OTS_OK; i++)
			if (!case_study_row(&batch, SEED, row++))
				status = ots_fail(err, OTS_NO_MEMORY, "no memory for the rows");
		if (status == OTS_OK)
			status = ots_encode_batch(shape, &batch, out, err);
	}
	ots_batch_release(&batch);
	return status;
}

static double seconds_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One pass over the whole text. */
static enum ots_status decode(const struct run *run, struct ots_input *input,
			      struct ots_batch *batch, struct ots_buffer *out, size_t *rows,
			      struct ots_error *err)
{
	struct ots_source *source = NULL;
	enum ots_status status = ots_tunnel_csv_open(input, NULL, &source, err);

	*rows = 0;
	while (status == OTS_OK) { /* ends: with the source */
		status = ots_source_next(source, batch, err);
		if (status != OTS_OK || batch->count == 0)
			break;
		*rows += batch->count;
		out->len = 0;
		if (run->encoder != NULL)
			status = ots_encode_batch(run->encoder, batch, out, err);
	}
	ots_source_close(source);
	return status;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static enum ots_status measure(const struct run *run, struct ots_bytes text, unsigned rounds,
			       struct ots_error *err)
{
	struct ots_input *input = NULL;
	struct ots_batch batch;
	struct ots_buffer out;
	double times[ROUNDS_MAX];
	size_t rows = 0;
	double median;
	enum ots_status status = ots_input_from_memory(text, run->name, &input, err);

	ots_batch_init(&batch, BATCH_ARENA_BYTES);
	ots_buffer_init(&out, BATCH_ARENA_BYTES);
	for (unsigned i = 0; i < rounds && status == OTS_OK; i++) {
		const double start = seconds_now();

		status = decode(run, input, &batch, &out, &rows, err);
		times[i] = seconds_now() - start;
	}
	if (status == OTS_OK && rows > 0) {
		qsort(times, rounds, sizeof times[0], by_value);
		median = times[rounds / 2];
		(void)printf("%-32s %8.0f MB/s %10.0f rows/s (%zu bytes a row, best %.0f MB/s)\n",
			     run->name, (double)text.len / median / 1e6, (double)rows / median,
			     text.len / rows, (double)text.len / times[0] / 1e6);
	}
	ots_buffer_release(&out);
	ots_batch_release(&batch);
	ots_input_close(input);
	return status;
}

static enum ots_status run_all(size_t bytes, unsigned rounds, const char *only,
			       struct ots_error *err)
{
	static const char *const shape_names[] = {"A, canonical", "B, Gson", "C, whole key",
						  "D, capitalised"};
	const struct ots_encoder *const shapes[] = {&ots_canonical_csv, &case_study_gson,
						    &case_study_whole_key, &case_study_capitalised};
	const struct ots_encoder *const forms[] = {NULL, &ots_jsonl, &ots_canonical_csv};
	enum ots_status status = OTS_OK;

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0] && status == OTS_OK; i++) {
		struct ots_buffer text;

		if (only[0] != '\0' && only[0] != shape_names[i][0])
			continue;
		ots_buffer_init(&text, TEXT_BYTES_MAX);
		status = make_text(shapes[i], bytes, &text, err);
		for (size_t j = 0; j < sizeof forms / sizeof forms[0] && status == OTS_OK; j++) {
			char name[64];
			const struct run run = {name, forms[j]};

			(void)snprintf(name, sizeof name, "%s, to %s", shape_names[i],
				       forms[j] == NULL ? "records" : forms[j]->name);
			if (strncmp(name, only, strlen(only)) == 0)
				status = measure(&run, (struct ots_bytes){text.bytes, text.len},
						 rounds, err);
		}
		ots_buffer_release(&text);
	}
	return status;
}

int main(int argc, char **argv)
{
	const size_t megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
	const unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 9;
	struct ots_error err = {0};

	if (megabytes == 0 || megabytes > 2048 || rounds == 0 || rounds > ROUNDS_MAX) {
		(void)fprintf(stderr, "usage: %s [MEGABYTES [ROUNDS [RUN]]]\n", argv[0]);
		return 2;
	}
	if (run_all(megabytes * 1000000, rounds, argc > 3 ? argv[3] : "", &err) == OTS_OK)
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return 1;
}
