/** @file codecs.h
 *  One function a codec, all of one shape: exactly @p out_len bytes from all of @p in. */
#ifndef OTSFS_CORE_CODEC_CODECS_H
#define OTSFS_CORE_CODEC_CODECS_H

#define ZLIB_CONST /* its input is not ours to change */
#include <zlib.h>
#include <zstd.h>

#include <otsfs/codec/decompress.h>

/** Contexts are made when first needed: most files use one codec. */
struct ots_decompressor {
	z_stream gzip;
	bool gzip_is_open;
	ZSTD_DCtx *zstd;
};

enum ots_status codec_gzip(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			   size_t out_len, struct ots_error *err) OTS_MUST_USE;
enum ots_status codec_zstd(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			   size_t out_len, struct ots_error *err) OTS_MUST_USE;
enum ots_status codec_snappy(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			     size_t out_len, struct ots_error *err) OTS_MUST_USE;
enum ots_status codec_brotli(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			     size_t out_len, struct ots_error *err) OTS_MUST_USE;
enum ots_status codec_lz4_raw(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			      size_t out_len, struct ots_error *err) OTS_MUST_USE;
enum ots_status codec_lz4(struct ots_decompressor *d, struct ots_bytes in, uint8_t *out,
			  size_t out_len, struct ots_error *err) OTS_MUST_USE;

#endif
