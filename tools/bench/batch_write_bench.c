/* BatchWriteRow on one core: records → body → MD5 → signature, in rows a second of CPU time, and
 * its parts. Rows of bench_rows.h, 200 a request. Usage: batch_write [SECONDS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/digest.h>
#include <otsfs/tablestore/wire.h>

#include "../../core/tablestore/wire/batch_write.h"
#include "bench_rows.h"

#define ROWS BENCH_BATCH_ROWS

struct work {
	struct ots_batch batch;
	const struct ots_record *rows[ROWS];
	struct ots_buffer body;
	struct ots_buffer text;
	uint64_t sink; /* of results, so that nothing is left out */
};

static void fill(struct work *work)
{
	ots_batch_init(&work->batch, (size_t)16 * 1024 * 1024);
	ots_buffer_init(&work->body, (size_t)8 * 1024 * 1024);
	ots_buffer_init(&work->text, 4096);
	for (size_t i = 0; i < ROWS; i++)
		bench_row_add(&work->batch, i);
	for (size_t i = 0; i < ROWS; i++)
		work->rows[i] = &work->batch.records[i];
}

static void encode(struct work *work)
{
	work->body.len = 0;
	if (ots_batch_write_encode(&work->body, ots_bytes_of(BENCH_TABLE), work->rows, ROWS,
				   NULL) != OTS_OK)
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

static void measure(const char *name, void (*step)(struct work *), struct work *work,
		    double limit_us)
{
	const double begin = bench_cpu_us();
	double spent, rounds = 0, us_per_row;

	do { /* ends: by the clock */
		for (unsigned i = 0; i < 50; i++)
			step(work);
		rounds += 50;
		spent = bench_cpu_us() - begin;
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
