/** @file decompress.h
 *  The room `codec`: compressed bytes become bytes, one call a block, into room that the caller has
 *  measured. Nothing here allocates by a size that the compressed bytes state: the caller says how
 *  many bytes must come out, and anything else is an error, so that neither ratio nor total of a
 *  block can pass what its container promised and its caller allowed.
 *  Source: parquet-format, section 3.
 *  Threads: a decompressor keeps the libraries' contexts between calls; the caller serialises. */
#ifndef OTSFS_CODEC_DECOMPRESS_H
#define OTSFS_CODEC_DECOMPRESS_H

#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

/** How a block is compressed. */
enum ots_codec {
	OTS_CODEC_NONE,
	OTS_CODEC_SNAPPY, /**< a raw block without framing */
	OTS_CODEC_GZIP,   /**< RFC 1952, several members too; RFC 1950 (zlib) as well */
	OTS_CODEC_LZO,    /**< known by name only */
	OTS_CODEC_BROTLI, /**< RFC 7932, without large windows */
	OTS_CODEC_LZ4, /**< what Parquet's deprecated LZ4 can be: Hadoop's framing, an LZ4 frame, or
			    one LZ4 block */
	OTS_CODEC_ZSTD,   /**< RFC 8878, one frame or several */
	OTS_CODEC_LZ4_RAW /**< one LZ4 block */
};

/** `snappy`, `lz4_raw`, …: as people call it; `unknown` for what is none of the above. */
const char *ots_codec_word(enum ots_codec codec);

struct ots_decompressor;

/** @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_decompressor_new(struct ots_decompressor **out,
				     struct ots_error *err) OTS_MUST_USE;
void ots_decompressor_free(struct ots_decompressor *d);

/** Decompress one whole block.
 *  @param in       all of the block; trailing bytes are an error, but for zero padding behind gzip
 *  @param out      room for @p out_len bytes; what stands there after a failure is unspecified
 *  @param out_len  exactly so many bytes must come out
 *  @return OTS_OK, OTS_CORRUPT (damaged, or another length), OTS_UNSUPPORTED (LZO, unknown),
 *          OTS_NO_MEMORY (a context of the library) */
enum ots_status ots_decompress(struct ots_decompressor *d, enum ots_codec codec,
			       struct ots_bytes in, uint8_t *out, size_t out_len,
			       struct ots_error *err) OTS_MUST_USE;

#endif
