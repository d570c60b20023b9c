#include "codecs.h"

#include <brotli/decode.h>

enum ots_status codec_brotli(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			     size_t out_len, struct ots_error *err)
{
	size_t got = out_len;

	(void)d;
	/* Fails too where input is left over or the output does not fit. */
	if (BrotliDecoderDecompress(in.len, in.at, &got, out) != BROTLI_DECODER_RESULT_SUCCESS)
		return ots_fail(err, OTS_CORRUPT, "damaged, or not %zu bytes", out_len);
	if (got != out_len)
		return ots_fail(err, OTS_CORRUPT, "%zu bytes came out, expected %zu", got, out_len);
	return OTS_OK;
}
