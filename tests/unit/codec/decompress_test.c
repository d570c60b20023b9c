#include <otsfs/codec/decompress.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <lz4.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

TestSuite(decompress, .timeout = 60);

static const char hello[] = "hello world";
#define HELLO_BYTES (sizeof hello - 1)

/* One block, from a heap copy of its exact length: ASan sees a byte too many on either side. */
static enum ots_status run(enum ots_codec codec, const void *bytes, size_t len, size_t out_len,
			   char *out, struct ots_error *err)
{
	struct ots_decompressor *d = NULL;
	uint8_t *copy = malloc(len + (len == 0));
	uint8_t *room = malloc(out_len + (out_len == 0));
	enum ots_status status;

	cr_assert(copy != NULL && room != NULL);
	if (len > 0)
		memcpy(copy, bytes, len);
	cr_assert_eq(ots_decompressor_new(&d, err), OTS_OK);
	status = ots_decompress(d, codec, (struct ots_bytes){copy, len}, room, out_len, err);
	if (status == OTS_OK)
		memcpy(out, room, out_len);
	/* A block after a bad one, by the same contexts. */
	cr_expect_eq(ots_decompress(d, codec, (struct ots_bytes){copy, len}, room, out_len, NULL),
		     status);
	ots_decompressor_free(d);
	free(room);
	free(copy);
	return status;
}

static void expect_hello(enum ots_codec codec, const void *bytes, size_t len)
{
	char out[HELLO_BYTES + 1] = "";
	struct ots_error err = {0};

	cr_expect_eq(run(codec, bytes, len, HELLO_BYTES, out, &err), OTS_OK, "%s", err.text);
	cr_expect_str_eq(out, hello);
	for (size_t cut = 0; cut < len; cut++)
		cr_expect_eq(run(codec, bytes, cut, HELLO_BYTES, out, &err), OTS_CORRUPT,
			     "cut at %zu", cut);
	cr_expect_eq(run(codec, bytes, len, HELLO_BYTES - 1, out, &err), OTS_CORRUPT);
	cr_expect_eq(run(codec, bytes, len, HELLO_BYTES + 1, out, &err), OTS_CORRUPT);
	cr_expect(strstr(err.text, ots_codec_word(codec)) == err.text, "%s", err.text);
}

static size_t gzip_member(const void *bytes, size_t len, uint8_t *out, size_t room)
{
	z_stream z = {0};

	cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (uint8_t *)(uintptr_t)bytes;
	z.avail_in = (unsigned)len;
	z.next_out = out;
	z.avail_out = (unsigned)room;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	cr_assert_eq(deflateEnd(&z), Z_OK);
	return room - z.avail_out;
}

Test(decompress, a_block_of_each_codec_is_whole_or_refused)
{
	static const uint8_t snappy[] = {0x0b, 0x28, 'h', 'e', 'l', 'l', 'o',
					 ' ',  'w',  'o', 'r', 'l', 'd'};
	static const uint8_t brotli[] = {0x0b, 0x05, 0x80, 'h', 'e', 'l', 'l', 'o',
					 ' ',  'w',  'o',  'r', 'l', 'd', 0x03};
	uint8_t bytes[256];
	size_t len;

	expect_hello(OTS_CODEC_NONE, hello, HELLO_BYTES);
	expect_hello(OTS_CODEC_SNAPPY, snappy, sizeof snappy);
	expect_hello(OTS_CODEC_BROTLI, brotli, sizeof brotli);
	len = ZSTD_compress(bytes, sizeof bytes, hello, HELLO_BYTES, 3);
	expect_hello(OTS_CODEC_ZSTD, bytes, len);
	len = (size_t)LZ4_compress_default(hello, (char *)bytes, (int)HELLO_BYTES, sizeof bytes);
	expect_hello(OTS_CODEC_LZ4_RAW, bytes, len);
	len = gzip_member(hello, HELLO_BYTES, bytes, sizeof bytes);
	expect_hello(OTS_CODEC_GZIP, bytes, len);
}

Test(decompress, gzip_may_have_several_members_and_zeros_behind)
{
	uint8_t bytes[256] = {0};
	size_t len = gzip_member("hello ", 6, bytes, sizeof bytes);
	char out[HELLO_BYTES + 1] = "";
	struct ots_error err = {0};

	len += gzip_member("world", 5, bytes + len, sizeof bytes - len);
	cr_expect_eq(run(OTS_CODEC_GZIP, bytes, len, HELLO_BYTES, out, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_str_eq(out, hello);
	cr_expect_eq(run(OTS_CODEC_GZIP, bytes, len + 5, HELLO_BYTES, out, &err), OTS_OK, "%s",
		     err.text);
	bytes[len + 2] = 'x';
	cr_expect_eq(run(OTS_CODEC_GZIP, bytes, len + 5, HELLO_BYTES, out, &err), OTS_CORRUPT);
	cr_expect_str_eq(err.text, "gzip: 5 bytes of something else behind its end");
}

Test(decompress, zstd_may_have_several_frames)
{
	uint8_t bytes[256];
	size_t len = ZSTD_compress(bytes, sizeof bytes, "hello ", 6, 3);
	char out[HELLO_BYTES + 1] = "";

	len += ZSTD_compress(bytes + len, sizeof bytes - len, "world", 5, 3);
	cr_expect_eq(run(OTS_CODEC_ZSTD, bytes, len, HELLO_BYTES, out, NULL), OTS_OK);
	cr_expect_str_eq(out, hello);
}

/* Source: parquet-format, section 3.2. */
Test(decompress, old_lz4_has_three_shapes)
{
	static const uint8_t hadoop[] = {0,   0,   0,   11,  0,   0,   0,   12,  0xb0, 'h',
					 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l',  'd'};
	/* Two blocks, the first in two chunks. */
	static const uint8_t chunks[] = {0, 0, 0, 6, 0,    0,   0,   4,   0x30, 'h', 'e', 'l',
					 0, 0, 0, 4, 0x30, 'l', 'o', ' ', 0,    0,   0,   5,
					 0, 0, 0, 6, 0x50, 'w', 'o', 'r', 'l',  'd'};
	uint8_t bytes[256];
	char out[HELLO_BYTES + 1] = "";
	size_t len;

	expect_hello(OTS_CODEC_LZ4, hadoop, sizeof hadoop);
	cr_expect_eq(run(OTS_CODEC_LZ4, chunks, sizeof chunks, HELLO_BYTES, out, NULL), OTS_OK);
	cr_expect_str_eq(out, hello);
	len = LZ4F_compressFrame(bytes, sizeof bytes, hello, HELLO_BYTES, NULL);
	expect_hello(OTS_CODEC_LZ4, bytes, len);
	len = (size_t)LZ4_compress_default(hello, (char *)bytes, (int)HELLO_BYTES, sizeof bytes);
	expect_hello(OTS_CODEC_LZ4, bytes, len);
}

Test(decompress, what_is_not_read_is_refused_by_name)
{
	struct ots_error err = {0};
	char out[1];

	cr_expect_eq(run(OTS_CODEC_LZO, "x", 1, 1, out, &err), OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text, "codec lzo (3) is not supported");
	cr_expect_eq(run((enum ots_codec)77, "x", 1, 1, out, &err), OTS_UNSUPPORTED);
	cr_expect_str_eq(err.text, "codec unknown (77) is not supported");
}

/* A bomb gives no more than the room that its container promised. */
Test(decompress, nothing_is_written_behind_the_room)
{
	const size_t size = (size_t)1 << 20;
	uint8_t *zeros = calloc(1, size);
	uint8_t *bytes = malloc(size);
	struct ots_error err = {0};
	char out[100];
	size_t len;

	cr_assert(zeros != NULL && bytes != NULL);
	len = ZSTD_compress(bytes, size, zeros, size, 3);
	cr_expect_eq(run(OTS_CODEC_ZSTD, bytes, len, sizeof out, out, &err), OTS_CORRUPT);
	len = gzip_member(zeros, size, bytes, size);
	cr_expect_eq(run(OTS_CODEC_GZIP, bytes, len, sizeof out, out, &err), OTS_CORRUPT);
	cr_expect_str_eq(err.text, "gzip: more bytes come out than the page says");
	free(bytes);
	free(zeros);
}
