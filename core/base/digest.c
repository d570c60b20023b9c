#include <otsfs/base/digest.h>

#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static bool digest(const EVP_MD *kind, const void *bytes, size_t len, uint8_t *out)
{
	return EVP_Digest(bytes, len, out, NULL, kind, NULL) == 1;
}

bool ots_md5(const void *bytes, size_t len, uint8_t out[OTS_MD5_BYTES])
{
	return digest(EVP_md5(), bytes, len, out);
}

bool ots_sha256(const void *bytes, size_t len, uint8_t out[OTS_SHA256_BYTES])
{
	return digest(EVP_sha256(), bytes, len, out);
}

static bool keyed(const EVP_MD *kind, const void *key, size_t key_len, const void *bytes,
		  size_t len, uint8_t *out, unsigned out_len)
{
	unsigned made = 0;

	return key_len <= INT_MAX &&
	       HMAC(kind, key, (int)key_len, bytes, len, out, &made) != NULL && made == out_len;
}

bool ots_hmac_sha1(const void *key, size_t key_len, const void *bytes, size_t len,
		   uint8_t out[OTS_SHA1_BYTES])
{
	return keyed(EVP_sha1(), key, key_len, bytes, len, out, OTS_SHA1_BYTES);
}

bool ots_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
		     uint8_t out[OTS_SHA256_BYTES])
{
	return keyed(EVP_sha256(), key, key_len, bytes, len, out, OTS_SHA256_BYTES);
}

void ots_hex(const void *bytes, size_t len, char *out)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *in = bytes;

	for (size_t i = 0; i < len; i++) {
		*out++ = hex[in[i] >> 4];
		*out++ = hex[in[i] & 15];
	}
	*out = '\0';
}

bool ots_equal_secret(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
