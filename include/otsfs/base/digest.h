/** @file digest.h
 *  Digests and keyed digests, by OpenSSL.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_BASE_DIGEST_H
#define OTSFS_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OTS_MD5_BYTES 16
#define OTS_SHA1_BYTES 20
#define OTS_SHA256_BYTES 32

/** Each @return false only when the library fails (no memory, algorithm switched off). */
bool ots_md5(const void *bytes, size_t len, uint8_t out[OTS_MD5_BYTES]);
bool ots_sha256(const void *bytes, size_t len, uint8_t out[OTS_SHA256_BYTES]);
bool ots_hmac_sha1(const void *key, size_t key_len, const void *bytes, size_t len,
		   uint8_t out[OTS_SHA1_BYTES]);
bool ots_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
		     uint8_t out[OTS_SHA256_BYTES]);

/** Lower-case hex. @param out  2 * len + 1 bytes, NUL-terminated */
void ots_hex(const void *bytes, size_t len, char *out);

/** Compare in a time that does not depend on where the bytes differ: signatures. */
bool ots_equal_secret(const void *a, const void *b, size_t len);

#endif
