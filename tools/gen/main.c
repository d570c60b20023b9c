/* Writes a data set to standard output: gen-data FORM ROWS [SEED], FORM one of the names below. */
#include "case_study.h"
#include "wide.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/format/jsonl.h>
#include <otsfs/format/tunnel_csv.h>
#include <otsfs/text/number.h>

#define ROWS_A_BATCH 512
#define MEMORY_BYTES ((size_t)64 * 1024 * 1024)

static bool parse(const char *text, uint64_t *out)
{
	return ots_parse_u64(ots_bytes_of(text), out);
}

static bool write_rows(const struct ots_encoder *encoder, uint64_t rows, uint64_t seed)
{
	struct ots_buffer text;
	struct ots_batch batch;
	bool ok;

	ots_buffer_init(&text, MEMORY_BYTES);
	ots_batch_init(&batch, MEMORY_BYTES);
	ok = encoder->begin == NULL || encoder->begin(&text, NULL) == OTS_OK;
	for (uint64_t row = 0; ok && row < rows;) {
		ots_batch_reset(&batch);
		while (ok && row < rows && batch.count < ROWS_A_BATCH)
			ok = case_study_row(&batch, seed, row++);
		ok = ok && ots_encode_batch(encoder, &batch, &text, NULL) == OTS_OK &&
		     fwrite(text.bytes, 1, text.len, stdout) == text.len;
		text.len = 0;
	}
	ots_batch_release(&batch);
	ots_buffer_release(&text);
	return ok && fflush(stdout) == 0;
}

static const struct ots_encoder *find_encoder(const char *name)
{
	const struct ots_encoder *const encoders[] = {&ots_canonical_csv, &ots_jsonl,
						      &case_study_gson, &case_study_whole_key,
						      &case_study_capitalised};

	for (size_t i = 0; i < sizeof encoders / sizeof encoders[0]; i++)
		if (strcmp(encoders[i]->name, name) == 0)
			return encoders[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct ots_encoder *const encoder = argc >= 2 ? find_encoder(argv[1]) : NULL;
	uint64_t rows = 0, seed = 1;

	if (argc == 3 && strcmp(argv[1], "wide-csv") == 0 && parse(argv[2], &rows))
		return wide_write_csv(stdout, rows) ? 0 : 1;
	if (encoder == NULL || argc < 3 || argc > 4 || !parse(argv[2], &rows) ||
	    (argc == 4 && !parse(argv[3], &seed))) {
		(void)fprintf(stderr, "usage: gen-data canonical-csv|jsonl|gson-csv|whole-key-csv|"
				      "capitalised-csv ROWS [SEED] | gen-data wide-csv ROWS\n");
		return 2;
	}
	if (!write_rows(encoder, rows, seed)) {
		(void)fprintf(stderr, "gen-data: write failed\n");
		return 1;
	}
	return 0;
}
