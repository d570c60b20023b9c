#include "codecs.h"

#include <snappy-c.h>

enum ots_status codec_snappy(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			     size_t out_len, struct ots_error *err)
{
	const char *bytes = (const char *)in.at;
	size_t stated, got = out_len;

	(void)d;
	if (snappy_uncompressed_length(bytes, in.len, &stated) != SNAPPY_OK)
		return ots_fail(err, OTS_CORRUPT, "no length in front");
	if (stated != out_len)
		return ots_fail(err, OTS_CORRUPT, "a length of %zu, expected %zu", stated, out_len);
	if (snappy_uncompress(bytes, in.len, (char *)out, &got) != SNAPPY_OK || got != out_len)
		return ots_fail(err, OTS_CORRUPT, "damaged");
	return OTS_OK;
}
