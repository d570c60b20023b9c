#include "codecs.h"

enum ots_status codec_zstd(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			   size_t out_len, struct ots_error *err)
{
	size_t got;

	if (d->zstd == NULL)
		d->zstd = ZSTD_createDCtx();
	if (d->zstd == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for its context");
	got = ZSTD_decompressDCtx(d->zstd, out, out_len, in.at, in.len);
	if (ZSTD_isError(got))
		return ots_fail(err, OTS_CORRUPT, "%s", ZSTD_getErrorName(got));
	if (got != out_len)
		return ots_fail(err, OTS_CORRUPT, "%zu bytes came out, expected %zu", got, out_len);
	return OTS_OK;
}
