#include <otsfs/codec/decompress.h>

#include <stdlib.h>
#include <string.h>

#include "codecs.h"

typedef enum ots_status codec_fn(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
				 size_t out_len, struct ots_error *err);

static enum ots_status codec_none(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
				  size_t out_len, struct ots_error *err)
{
	(void)d;
	if (in.len != out_len)
		return ots_fail(err, OTS_CORRUPT, "%zu bytes stored, expected %zu", in.len,
				out_len);
	if (out_len > 0)
		memcpy(out, in.at, out_len);
	return OTS_OK;
}

static const struct {
	const char *word;
	codec_fn *run; /* NULL: known by name only */
} codecs[] = {
	[OTS_CODEC_NONE] = {"uncompressed", codec_none},
	[OTS_CODEC_SNAPPY] = {"snappy", codec_snappy},
	[OTS_CODEC_GZIP] = {"gzip", codec_gzip},
	[OTS_CODEC_LZO] = {"lzo", NULL},
	[OTS_CODEC_BROTLI] = {"brotli", codec_brotli},
	[OTS_CODEC_LZ4] = {"lz4", codec_lz4},
	[OTS_CODEC_ZSTD] = {"zstd", codec_zstd},
	[OTS_CODEC_LZ4_RAW] = {"lz4_raw", codec_lz4_raw},
};

static bool is_known(enum ots_codec codec)
{
	return (size_t)codec < sizeof codecs / sizeof *codecs;
}

const char *ots_codec_word(enum ots_codec codec)
{
	return is_known(codec) ? codecs[codec].word : "unknown";
}

enum ots_status ots_decompressor_new(struct ots_decompressor **out, struct ots_error *err)
{
	struct ots_decompressor *d = calloc(1, sizeof *d);

	if (d == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for a decompressor");
	*out = d;
	return OTS_OK;
}

void ots_decompressor_free(struct ots_decompressor *d)
{
	if (d == NULL)
		return;
	if (d->gzip_is_open)
		(void)inflateEnd(&d->gzip);
	(void)ZSTD_freeDCtx(d->zstd);
	free(d);
}

enum ots_status ots_decompress(struct ots_decompressor *d, enum ots_codec codec,
			       struct ots_bytes in, uint8_t *out, size_t out_len,
			       struct ots_error *err)
{
	static const uint8_t nothing[1];
	uint8_t spare[1];
	enum ots_status status;

	if (!is_known(codec) || codecs[codec].run == NULL)
		return ots_fail(err, OTS_UNSUPPORTED, "codec %s (%d) is not supported",
				ots_codec_word(codec), (int)codec);
	if (in.len == 0)
		in.at = nothing; /* the libraries want an address even for no bytes */
	status = codecs[codec].run(d, in, out_len == 0 ? spare : out, out_len, err);
	if (status != OTS_OK)
		(void)ots_context(err, "%s", codecs[codec].word);
	return status;
}
