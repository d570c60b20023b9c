#include <otsfs/tablestore/wire/sign.h>

#include <string.h>

#include <openssl/crypto.h>

#include <otsfs/text/base64.h>

#define KEY_PREFIX "aliyun_v4"
#define PRODUCT "ots"
#define KEY_END "aliyun_v4_request"
#define SECRET_MAX_BYTES 1024

static bool step(uint8_t key[OTS_SHA256_BYTES], const void *text, size_t len)
{
	uint8_t next[OTS_SHA256_BYTES];
	const bool good = ots_hmac_sha256(key, OTS_SHA256_BYTES, text, len, next);

	if (good)
		memcpy(key, next, sizeof next);
	OPENSSL_cleanse(next, sizeof next);
	return good;
}

bool ots_sign_v4_key(struct ots_bytes secret, struct ots_bytes date, struct ots_bytes region,
		     char out[OTS_SIGN_V4_TEXT_BYTES])
{
	uint8_t first[sizeof KEY_PREFIX - 1 + SECRET_MAX_BYTES];
	const size_t first_len = sizeof KEY_PREFIX - 1 + secret.len;
	uint8_t key[OTS_SHA256_BYTES];
	bool good;

	if (secret.len > SECRET_MAX_BYTES)
		return false;
	memcpy(first, KEY_PREFIX, sizeof KEY_PREFIX - 1);
	if (secret.len > 0)
		memcpy(first + sizeof KEY_PREFIX - 1, secret.at, secret.len);
	good = ots_hmac_sha256(first, first_len, date.at, date.len, key) &&
	       step(key, region.at, region.len) && step(key, PRODUCT, sizeof PRODUCT - 1) &&
	       step(key, KEY_END, sizeof KEY_END - 1);
	if (good) {
		ots_base64_encode(key, sizeof key, out);
		out[OTS_SIGN_V4_TEXT_BYTES - 1] = '\0';
	}
	OPENSSL_cleanse(first, first_len);
	OPENSSL_cleanse(key, sizeof key);
	return good;
}

bool ots_sign_v4_request_text(struct ots_bytes path, const struct ots_sign_header *headers,
			      size_t header_count, struct ots_buffer *out)
{
	return ots_sign_request_text(path, headers, header_count, out) &&
	       ots_buffer_puts(out, PRODUCT);
}

bool ots_sign_v4(const char *key_text, struct ots_bytes text, char out[OTS_SIGN_V4_TEXT_BYTES])
{
	uint8_t mac[OTS_SHA256_BYTES];

	if (!ots_hmac_sha256(key_text, strlen(key_text), text.at, text.len, mac))
		return false;
	ots_base64_encode(mac, sizeof mac, out);
	out[OTS_SIGN_V4_TEXT_BYTES - 1] = '\0';
	return true;
}
