#include "parquet_sample.h"

#include <stdlib.h>

static void put(struct ots_buffer *out, const void *bytes, size_t len)
{
	if (!ots_buffer_put(out, bytes, len))
		abort();
}

static void put_byte(struct ots_buffer *out, unsigned byte)
{
	const uint8_t b = (uint8_t)byte;

	put(out, &b, 1);
}

static void put_varint(struct ots_buffer *out, uint64_t n)
{
	for (; n >= 0x80; n >>= 7) /* ends: n shrinks */
		put_byte(out, (unsigned)(n & 0x7f) | 0x80);
	put_byte(out, (unsigned)n);
}

/* A field of the compact protocol with a number that is not negative. */
static void put_number(struct ots_buffer *out, unsigned header, uint64_t n)
{
	put_byte(out, header);
	put_varint(out, n << 1);
}

static void put_u32(struct ots_buffer *out, uint32_t n)
{
	for (unsigned i = 0; i < 4; i++)
		put_byte(out, n >> (8 * i) & 0xff);
}

static void put_page(struct ots_buffer *out, uint32_t first, uint32_t rows)
{
	put_number(out, 0x15, 0);                  /* type: data */
	put_number(out, 0x15, (uint64_t)rows * 4); /* uncompressed size */
	put_number(out, 0x15, (uint64_t)rows * 4); /* compressed size */
	put_byte(out, 0x2c);                       /* data_page_header */
	put_number(out, 0x15, rows);
	put(out, "\x15\x00\x15\x06\x15\x06\x00\x00", 8); /* PLAIN, levels RLE, ends */
	for (uint32_t i = 0; i < rows; i++)
		put_u32(out, first + i);
}

static void put_group(struct ots_buffer *out, uint64_t offset, uint64_t bytes, uint32_t rows)
{
	put(out, "\x19\x1c", 2);      /* columns: one struct */
	put(out, "\x26\x00\x1c", 3);  /* file_offset, meta_data */
	put_number(out, 0x15, 1);     /* INT32 */
	put(out, "\x19\x15\x00", 3);  /* encodings: PLAIN */
	put(out, "\x19\x18\x01n", 4); /* path: n */
	put_number(out, 0x15, 0);     /* uncompressed */
	put_number(out, 0x16, rows);
	put_number(out, 0x16, bytes);
	put_number(out, 0x16, bytes);
	put_number(out, 0x26, offset); /* data_page_offset */
	put(out, "\x00\x00", 2);       /* ends of both structs */
	put_number(out, 0x16, bytes);
	put_number(out, 0x16, rows);
	put_byte(out, 0);
}

static void put_list(struct ots_buffer *out, unsigned header, uint32_t count)
{
	put_byte(out, header);
	if (count < 15) {
		put_byte(out, count << 4 | 12);
		return;
	}
	put_byte(out, 0xfc);
	put_varint(out, count);
}

void sample_parquet(struct ots_buffer *out, uint32_t groups, uint32_t rows)
{
	uint64_t *offsets = calloc((size_t)groups + 1, sizeof *offsets);
	const size_t start = out->len;
	size_t footer;

	if (offsets == NULL)
		abort();
	put(out, "PAR1", 4);
	for (uint32_t g = 0; g < groups; g++) {
		offsets[g] = out->len - start;
		put_page(out, g * rows, rows);
	}
	offsets[groups] = out->len - start;
	footer = out->len;
	put_number(out, 0x15, 1);             /* version */
	put_list(out, 0x19, 2);               /* schema */
	put(out, "\x48\x01r\x15\x02\x00", 6); /* the root: name, one child */
	put(out, "\x15\x02\x25\x00\x18\x01n\x00", 8);
	put_number(out, 0x16, (uint64_t)groups * rows);
	put_list(out, 0x19, groups);
	for (uint32_t g = 0; g < groups; g++)
		put_group(out, offsets[g], offsets[g + 1] - offsets[g], rows);
	put_byte(out, 0);
	put_u32(out, (uint32_t)(out->len - footer));
	put(out, "PAR1", 4);
	free(offsets);
}
