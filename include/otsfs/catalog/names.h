/** @file names.h
 *  Parts of keys as safe file names, and back (product.md section 2, "Names are safe").
 *  Threads: pure functions. */
#ifndef OTSFS_CATALOG_NAMES_H
#define OTSFS_CATALOG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include <otsfs/base/cursor.h>

#define OTS_FILE_NAME_MAX_BYTES 255

/** Encode one part of a key, with @p suffix (such as ".jsonl") behind it.
 *  @param out  OTS_FILE_NAME_MAX_BYTES + 1; NUL-terminated
 *  @return length; 0 when the suffix leaves no room (one of 38 bytes or less always does), or when
 *  SHA-256 is switched off in the library and the name is too long */
size_t ots_name_encode(struct ots_bytes part, const char *suffix,
		       char out[OTS_FILE_NAME_MAX_BYTES + 1]);

/** The part that an encoded name stands for (without suffix; the `%2F` behind a file beside a
 * folder of its name may be there). A shortened name (197 to 200 bytes, `~` and 16 hex digits)
 * cannot be decoded and is looked up instead; so is a part that happens to look like one.
 *  @param out  at least name.len bytes. @return false: a bad escape or a shortened name */
bool ots_name_decode(struct ots_bytes name, char *out, size_t *out_len);

#endif
