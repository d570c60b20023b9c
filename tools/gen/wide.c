#include "wide.h"

#include <inttypes.h>

#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>

#define BLOB_BYTES 24

static uint64_t splitmix64(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* For column @p k of row @p i. */
static uint64_t r(unsigned k, uint64_t i)
{
	return splitmix64(16 * i + k);
}

static void put_blob(FILE *out, uint64_t i)
{
	char text[BLOB_BYTES / 3 * 4];
	uint8_t blob[BLOB_BYTES];

	for (unsigned k = 0; k < BLOB_BYTES; k++)
		blob[k] = (uint8_t)(r(11 + k / 8, i) >> (8 * (k % 8)));
	ots_base64_encode(blob, sizeof blob, text);
	(void)fwrite(text, 1, sizeof text, out);
}

static void put_double(FILE *out, double x)
{
	char text[OTS_DOUBLE_TEXT_BYTES];
	const size_t len = ots_print_double(x, text);

	(void)fwrite(text, 1, len, out);
	(void)fputc(',', out);
}

bool wide_write_csv(FILE *out, uint64_t rows)
{
	static const char *const states[] = {"new", "paid", "shipped", "done", "cancelled"};

	(void)fputs("uid,seq,status,city,note,qty,big,price,score,ok,blob\n", out);
	for (uint64_t i = 0; i < rows; i++) {
		(void)fprintf(out, "user-%012" PRIu64 ",%" PRIu64 ",%s,city-%" PRIu64 ",", 7 * i, i,
			      states[r(2, i) % 5], r(3, i) % 5000);
		(void)fprintf(out, "%016" PRIx64 "%016" PRIx64 ",%" PRIu64 ",%" PRIu64 ",", r(4, i),
			      r(5, i), r(6, i) % 1000, r(7, i) >> 1);
		put_double(out, (double)(r(8, i) % 1000000) / 100);
		put_double(out, (double)(r(9, i) >> 11) * 0x1p-53);
		(void)fputs((r(10, i) & 1) != 0 ? "true," : "false,", out);
		put_blob(out, i);
		(void)fputc('\n', out);
	}
	return fflush(out) == 0 && ferror(out) == 0;
}
