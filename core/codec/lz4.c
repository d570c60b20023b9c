/* LZ4 blocks, and the three shapes that Parquet's deprecated LZ4 has in the wild: tried in the
 * order in which one cannot be taken for another. Source: parquet-format, section 3.2. */
#include "codecs.h"

#include <limits.h>
#include <string.h>

#include <lz4.h>
#include <lz4frame.h>

static bool block(struct ots_bytes in, uint8_t *out, size_t out_len)
{
	int got;

	if (in.len > INT_MAX || out_len > INT_MAX)
		return false;
	got = LZ4_decompress_safe((const char *)in.at, (char *)out, (int)in.len, (int)out_len);
	return got >= 0 && (size_t)got == out_len;
}

enum ots_status codec_lz4_raw(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			      size_t out_len, struct ots_error *err)
{
	(void)d;
	if (!block(in, out, out_len))
		return ots_fail(err, OTS_CORRUPT, "damaged, or not %zu bytes", out_len);
	return OTS_OK;
}

static bool u32be(struct ots_cursor *c, uint32_t *n)
{
	if (!ots_u32le(c, n))
		return false;
	*n = __builtin_bswap32(*n);
	return true;
}

/* One chunk of a block: at most @p left bytes come out. @return false: not this shape */
static bool hadoop_chunk(struct ots_cursor *in, uint8_t *out, size_t left, size_t *got)
{
	struct ots_cursor chunk;
	uint32_t size;
	int n;

	if (!u32be(in, &size) || !ots_take(in, size, &chunk) || size > INT_MAX)
		return false;
	n = LZ4_decompress_safe((const char *)chunk.at, (char *)out, (int)size,
				left > INT_MAX ? INT_MAX : (int)left);
	*got = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* Big-endian lengths in front of blocks, and of the chunks that a block may come in. */
static bool hadoop(struct ots_bytes bytes, uint8_t *out, size_t out_len)
{
	struct ots_cursor in = {bytes.at, bytes.len, 0};

	while (in.left > 0) { /* ends: each turn consumes a length at least, or returns */
		uint32_t size;
		size_t done = 0;

		if (!u32be(&in, &size) || size > out_len)
			return false;
		while (done < size) { /* ends: a chunk gives a byte at least, or returns */
			size_t got;

			if (!hadoop_chunk(&in, out + done, size - done, &got))
				return false;
			done += got;
		}
		out += size;
		out_len -= size;
	}
	return out_len == 0;
}

static bool frame(struct ots_bytes in, uint8_t *out, size_t out_len)
{
	static const uint8_t magic[4] = {0x04, 0x22, 0x4d, 0x18};
	size_t in_done = 0, out_done = 0, hint = 1;
	LZ4F_dctx *context = NULL;

	if (in.len < sizeof magic || memcmp(in.at, magic, sizeof magic) != 0)
		return false;
	if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return false;
	while (hint != 0) { /* ends: each turn moves one of the two, or leaves */
		size_t in_step = in.len - in_done, out_step = out_len - out_done;

		hint = LZ4F_decompress(context, out + out_done, &out_step, in.at + in_done,
				       &in_step, NULL);
		if (LZ4F_isError(hint) || (in_step == 0 && out_step == 0))
			break;
		in_done += in_step;
		out_done += out_step;
	}
	(void)LZ4F_freeDecompressionContext(context);
	return hint == 0 && in_done == in.len && out_done == out_len;
}

enum ots_status codec_lz4(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			  size_t out_len, struct ots_error *err)
{
	(void)d;
	if (hadoop(in, out, out_len) || frame(in, out, out_len) || block(in, out, out_len))
		return OTS_OK;
	return ots_fail(err, OTS_CORRUPT,
			"damaged, or not %zu bytes: neither Hadoop's framing, nor a frame, nor a "
			"block",
			out_len);
}
