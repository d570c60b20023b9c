/* BatchWriteRow on one core: records → body → MD5 → signature, in rows a second of CPU
 * time, and its parts. The
 * row is the one of the published comparison: 297 bytes of names and values, key of a STRING of 20
 * bytes and an INTEGER, 10 attributes (5 STRINGs of 32 bytes, 3 INTEGERs, a DOUBLE, a BOOLEAN), 200
 * rows a request. Usage: batch_write [SECONDS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/digest.h>
#include <otsfs/record/batch.h>
#include <otsfs/tablestore/wire.h>

#include "../../core/tablestore/wire/batch_write.h"

#define ROWS ((size_t)200)
#define ATTRIBUTES ((size_t)10)

struct work {
	struct ots_batch batch;
	const struct ots_record *rows[ROWS];
	struct ots_buffer body;
	struct ots_buffer text;
	uint64_t sink; /* of results, so that nothing is left out */
};

static struct ots_bytes letters(struct ots_arena *arena, size_t len, size_t seed)
{
	char *at = ots_arena_alloc(arena, len);

	if (at == NULL)
		exit(1);
	for (size_t i = 0; i < len; i++)
		at[i] = (char)('a' + (seed * 31 + i * 7) % 26);
	return (struct ots_bytes){(const uint8_t *)at, len};
}

static void fill_cells(struct ots_arena *arena, struct ots_record *record, size_t row)
{
	static const char *const names[ATTRIBUTES] = {
		"string_a", "string_b", "string_c", "string_d", "string_e",
		"int_a",    "int_b",    "int_c",    "double_a", "bool_a"};

	for (size_t i = 0; i < ATTRIBUTES; i++) {
		struct ots_cell *cell = &record->cells[i];

		*cell = (struct ots_cell){.name = ots_bytes_of(names[i]), .action = OTS_CELL_PUT};
		if (i < 5) {
			const struct ots_bytes text = letters(arena, 32, row + i);

			cell->value = ots_value_string(text.at, text.len);
		} else if (i < 8) {
			cell->value = ots_value_integer((int64_t)(row * 1000 + i));
		} else if (i == 8) {
			cell->value.type = OTS_DOUBLE;
			cell->value.as.real = (double)row * 1.25;
		} else {
			cell->value.type = OTS_BOOLEAN;
			cell->value.as.boolean = row % 2 == 0;
		}
	}
}

static void fill(struct work *work)
{
	ots_batch_init(&work->batch, (size_t)16 * 1024 * 1024);
	ots_buffer_init(&work->body, (size_t)8 * 1024 * 1024);
	ots_buffer_init(&work->text, 4096);
	for (size_t i = 0; i < ROWS; i++) {
		struct ots_record *record = ots_batch_add(&work->batch);
		const struct ots_bytes key = letters(&work->batch.arena, 20, i);

		if (record == NULL)
			exit(1);
		record->op = OTS_PUT;
		record->key_count = 2;
		record->key[0].name = ots_bytes_of("pk_s");
		record->key[0].value = ots_value_string(key.at, key.len);
		record->key[1].name = ots_bytes_of("pk_i");
		record->key[1].value = ots_value_integer((int64_t)i);
		record->cell_count = ATTRIBUTES;
		record->cells =
			ots_arena_alloc(&work->batch.arena, ATTRIBUTES * sizeof *record->cells);
		if (record->cells == NULL)
			exit(1);
		fill_cells(&work->batch.arena, record, i);
	}
	for (size_t i = 0; i < ROWS; i++)
		work->rows[i] = &work->batch.records[i];
}

static void encode(struct work *work)
{
	work->body.len = 0;
	if (ots_batch_write_encode(&work->body, ots_bytes_of("bench"), work->rows, ROWS, NULL) !=
	    OTS_OK)
		exit(1);
	work->sink += work->body.bytes[work->body.len - 5];
}

static void sign_body(struct work *work)
{
	char md5[OTS_MD5_TEXT_BYTES], signature[OTS_SIGNATURE_TEXT_BYTES];
	const struct ots_bytes body = {work->body.bytes, work->body.len};

	if (!ots_content_md5(body, md5))
		exit(1);
	const struct ots_sign_header headers[] = {
		{ots_bytes_of("x-ots-accesskeyid"), ots_bytes_of("otsfs-local")},
		{ots_bytes_of("x-ots-apiversion"), ots_bytes_of("2015-12-31")},
		{ots_bytes_of("x-ots-contentmd5"), ots_bytes_of(md5)},
		{ots_bytes_of("x-ots-date"), ots_bytes_of("2026-11-21T02:30:00.123Z")},
		{ots_bytes_of("x-ots-instancename"), ots_bytes_of("local")},
	};

	work->text.len = 0;
	if (!ots_sign_request_text(ots_bytes_of("/BatchWriteRow"), headers, 5, &work->text) ||
	    !ots_sign(ots_bytes_of("otsfs-local-secret"),
		      (struct ots_bytes){work->text.bytes, work->text.len}, signature))
		exit(1);
	work->sink += (uint8_t)signature[0];
}

static void md5_only(struct work *work)
{
	uint8_t digest[OTS_MD5_BYTES];

	if (!ots_md5(work->body.bytes, work->body.len, digest))
		exit(1);
	work->sink += digest[0];
}

static void all(struct work *work)
{
	encode(work);
	sign_body(work);
}

/* CPU time, so that what else runs on the machine does not count. */
static double cpu_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void measure(const char *name, void (*step)(struct work *), struct work *work,
		    double limit_us)
{
	const double begin = cpu_us();
	double spent, rounds = 0, us_per_row;

	do { /* ends: by the clock */
		for (unsigned i = 0; i < 50; i++)
			step(work);
		rounds += 50;
		spent = cpu_us() - begin;
	} while (spent < limit_us);
	us_per_row = spent / (rounds * (double)ROWS);
	(void)printf("%-24s %10.0f rows/s  %6.3f us/row  %8.1f MB/s of body\n", name,
		     1e6 / us_per_row, us_per_row,
		     (double)work->body.len / (double)ROWS / us_per_row);
}

int main(int argc, char **argv)
{
	const double us = 1e6 * (argc > 1 ? strtod(argv[1], NULL) : 1.0);
	struct work work = {0};

	fill(&work);
	encode(&work);
	(void)printf("200 rows, body %zu bytes, %zu data bytes a row\n", work.body.len,
		     ots_record_data_bytes(work.rows[0]));
	measure("encode", encode, &work, us);
	measure("md5", md5_only, &work, us);
	measure("md5 + sign", sign_body, &work, us);
	measure("encode + md5 + sign", all, &work, us);
	ots_buffer_release(&work.body);
	ots_buffer_release(&work.text);
	ots_batch_release(&work.batch);
	return work.sink == 0;
}
