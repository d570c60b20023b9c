#include "codecs.h"

#include <limits.h>
#include <string.h>

/* 15 bits of window, 32: gzip or zlib by their headers. */
#define WINDOW_BITS (15 + 32)

static enum ots_status ensure_open(struct ots_decompressor *d, struct ots_error *err)
{
	if (d->gzip_is_open)
		return inflateReset(&d->gzip) == Z_OK
			       ? OTS_OK
			       : ots_fail(err, OTS_CORRUPT, "the library's state is unsound");
	memset(&d->gzip, 0, sizeof d->gzip);
	if (inflateInit2(&d->gzip, WINDOW_BITS) != Z_OK)
		return ots_fail(err, OTS_NO_MEMORY, "no memory for its window");
	d->gzip_is_open = true;
	return OTS_OK;
}

static bool is_padding(struct ots_bytes rest)
{
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.at[i] != 0)
			return false;
	}
	return true;
}

/* One member; the cursor and the output move on. */
static enum ots_status member(z_stream *z, struct ots_error *err)
{
	for (;;) { /* ends: inflate consumes or gives something, or says that it cannot */
		const int rc = inflate(z, Z_FINISH);

		if (rc == Z_STREAM_END)
			return OTS_OK;
		if (rc == Z_MEM_ERROR)
			return ots_fail(err, OTS_NO_MEMORY, "no memory for its window");
		if (rc == Z_BUF_ERROR && z->avail_out == 0)
			return ots_fail(err, OTS_CORRUPT, "more bytes come out than the page says");
		if (rc != Z_OK)
			return ots_fail(err, OTS_CORRUPT, "damaged after %lu bytes of output: %s",
					z->total_out, z->msg != NULL ? z->msg : "cut short");
	}
}

enum ots_status codec_gzip(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			   size_t out_len, struct ots_error *err)
{
	z_stream *z = &d->gzip;
	enum ots_status status;

	if (in.len > UINT_MAX || out_len > UINT_MAX)
		return ots_fail(err, OTS_LIMIT, "a block above 4 GiB");
	status = ensure_open(d, err);
	z->next_in = in.at;
	z->avail_in = (unsigned)in.len;
	z->next_out = out;
	z->avail_out = (unsigned)out_len;
	while (status == OTS_OK) { /* ends: each turn consumes a member's header at least */
		status = member(z, err);
		if (status != OTS_OK || z->avail_in < 2 || z->next_in[0] != 0x1f ||
		    z->next_in[1] != 0x8b)
			break;
		if (inflateReset(z) != Z_OK)
			status = ots_fail(err, OTS_CORRUPT, "the library's state is unsound");
	}
	if (status != OTS_OK)
		return status;
	if (z->avail_out != 0)
		return ots_fail(err, OTS_CORRUPT, "%zu bytes came out, expected %zu",
				out_len - z->avail_out, out_len);
	if (!is_padding((struct ots_bytes){z->next_in, z->avail_in}))
		return ots_fail(err, OTS_CORRUPT, "%u bytes of something else behind its end",
				z->avail_in);
	return OTS_OK;
}
