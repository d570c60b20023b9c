#include <otsfs/tablestore/wire/deflate.h>

#include <zlib.h>

/* No deflate stream holds more for each of its bytes: 258 bytes by two bits, and a little for what
 * stands around (zlib's technical details, "Maximum Compression Factor": 1030.3). */
#define RATIO_MAX 1032

bool ots_deflate(struct ots_bytes plain, struct ots_buffer *out)
{
	uLongf len = compressBound(plain.len);

	if (!ots_buffer_reserve(out, len) ||
	    compress2(out->bytes + out->len, &len, plain.at, plain.len, Z_BEST_SPEED) != Z_OK)
		return false;
	out->len += len;
	return true;
}

bool ots_deflate_size(struct ots_bytes text, size_t *size_bytes)
{
	size_t size = 0;

	for (size_t i = 0; i < text.len; i++) {
		const unsigned digit = (unsigned)text.at[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(size, (size_t)10, &size) ||
		    __builtin_add_overflow(size, (size_t)digit, &size))
			return false;
	}
	*size_bytes = size;
	return size > 0;
}

enum ots_status ots_inflate(struct ots_bytes packed, size_t size_bytes, struct ots_buffer *out,
			    struct ots_error *err)
{
	uLongf len = size_bytes;
	uLong used = packed.len;
	int rc;

	if (size_bytes > out->limit - out->len)
		return ots_fail(err, OTS_LIMIT,
				"a compressed body says that it holds %zu bytes, limit %zu",
				size_bytes, out->limit - out->len);
	if (size_bytes / RATIO_MAX > packed.len)
		return ots_fail(err, OTS_CORRUPT,
				"a compressed body of %zu bytes cannot hold the %zu bytes it says",
				packed.len, size_bytes);
	if (!ots_buffer_reserve(out, size_bytes))
		return ots_buffer_fail(out, size_bytes, "compressed body", err);
	rc = uncompress2(out->bytes + out->len, &len, packed.at, &used);
	if (rc == Z_MEM_ERROR)
		return ots_fail(err, OTS_NO_MEMORY, "compressed body");
	if (rc != Z_OK || len != size_bytes || used != packed.len)
		return ots_fail(err, OTS_CORRUPT,
				"a compressed body of %zu bytes is no zlib stream of %zu bytes",
				packed.len, size_bytes);
	out->len += size_bytes;
	return OTS_OK;
}
