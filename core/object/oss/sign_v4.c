#include <otsfs/object/oss_sign.h>

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>
#include <otsfs/base/digest.h>
#include <otsfs/text/number.h>
#include <otsfs/text/percent.h>

#include "sign_pairs.h"

#define ALGORITHM "OSS4-HMAC-SHA256"
#define TERMINATOR "aliyun_v4_request"
#define PAYLOAD "UNSIGNED-PAYLOAD"
#define KEY_PREFIX "aliyun_v4"
#define SECRET_MAX_BYTES 1024

static bool is_default(struct ots_bytes name)
{
	return ots_oss_header_begins(name, "x-oss-") || ots_oss_header_is(name, "content-type") ||
	       ots_oss_header_is(name, "content-md5");
}

static bool is_signed(const struct ots_oss_request *request, struct ots_bytes name)
{
	if (is_default(name))
		return true;
	for (size_t i = 0; i < request->additional_count; i++)
		if (ots_oss_compare_headers(request->additional[i], name) == 0)
			return true;
	return false;
}

static bool has_header(const struct ots_oss_request *request, struct ots_bytes name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (ots_oss_compare_headers(request->headers[i].name, name) == 0)
			return true;
	return false;
}

/* The names of the additional headers, lower case, sorted, once each, joined; those that are signed
 * anyway or that the request does not have are left out. */
static bool put_additional(const struct ots_oss_request *request, struct ots_buffer *out)
{
	struct ots_bytes names[OTS_OSS_PAIRS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < request->additional_count; i++) {
		const struct ots_bytes name = request->additional[i];
		size_t at = count;

		if (name.len == 0 || is_default(name) || !has_header(request, name))
			continue;
		while (at > 0 && ots_oss_compare_headers(names[at - 1], name) > 0)
			at--;
		if (at > 0 && ots_oss_compare_headers(names[at - 1], name) == 0)
			continue;
		if (count == OTS_OSS_PAIRS_MAX)
			return false;
		for (size_t k = count; k > at; k--)
			names[k] = names[k - 1];
		names[at] = name;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		if ((i > 0 && !ots_buffer_put_byte(out, ';')) || !ots_oss_put_lower(out, names[i]))
			return false;
	return true;
}

static bool put_uri(const struct ots_oss_request *request, struct ots_buffer *out)
{
	return ots_buffer_put_byte(out, '/') &&
	       (request->bucket.len == 0 ||
		(ots_percent_put(out, request->bucket, true) && ots_buffer_put_byte(out, '/') &&
		 ots_percent_put(out, request->key, true)));
}

bool ots_oss_v4_canonical(const struct ots_oss_request *request, struct ots_buffer *out)
{
	return ots_buffer_put(out, request->method.at, request->method.len) &&
	       ots_buffer_put_byte(out, '\n') && put_uri(request, out) &&
	       ots_buffer_put_byte(out, '\n') &&
	       ots_oss_put_encoded_query(request->query, request->query_count, out) &&
	       ots_buffer_put_byte(out, '\n') && ots_oss_put_headers(request, is_signed, out) &&
	       ots_buffer_put_byte(out, '\n') && put_additional(request, out) &&
	       ots_buffer_puts(out, "\n" PAYLOAD);
}

static bool put_scope(const struct ots_oss_scope *scope, struct ots_buffer *out)
{
	return ots_buffer_put(out, scope->date.at, scope->date.len) &&
	       ots_buffer_put_byte(out, '/') &&
	       ots_buffer_put(out, scope->region.at, scope->region.len) &&
	       ots_buffer_put_byte(out, '/') &&
	       ots_buffer_put(out, scope->product.at, scope->product.len) &&
	       ots_buffer_puts(out, "/" TERMINATOR);
}

bool ots_oss_v4_text(struct ots_bytes time, const struct ots_oss_scope *scope,
		     struct ots_bytes canonical, struct ots_buffer *out)
{
	uint8_t digest[OTS_SHA256_BYTES];
	char hex[2 * OTS_SHA256_BYTES + 1];

	if (!ots_sha256(canonical.at, canonical.len, digest))
		return false;
	ots_hex(digest, sizeof digest, hex);
	return ots_buffer_puts(out, ALGORITHM "\n") && ots_buffer_put(out, time.at, time.len) &&
	       ots_buffer_put_byte(out, '\n') && put_scope(scope, out) &&
	       ots_buffer_put_byte(out, '\n') && ots_buffer_puts(out, hex);
}

bool ots_oss_v4_key(struct ots_bytes secret, const struct ots_oss_scope *scope,
		    uint8_t out[OTS_OSS_V4_KEY_BYTES])
{
	const struct ots_bytes steps[] = {scope->date, scope->region, scope->product,
					  ots_bytes_of(TERMINATOR)};
	uint8_t first[sizeof KEY_PREFIX - 1 + SECRET_MAX_BYTES];
	const size_t first_len = sizeof KEY_PREFIX - 1 + secret.len;
	bool good = secret.len <= SECRET_MAX_BYTES;

	if (!good)
		return false;
	memcpy(first, KEY_PREFIX, sizeof KEY_PREFIX - 1);
	if (secret.len > 0)
		memcpy(first + sizeof KEY_PREFIX - 1, secret.at, secret.len);
	good = ots_hmac_sha256(first, first_len, steps[0].at, steps[0].len, out);
	for (size_t i = 1; good && i < sizeof steps / sizeof *steps; i++) {
		uint8_t next[OTS_OSS_V4_KEY_BYTES];

		good = ots_hmac_sha256(out, OTS_OSS_V4_KEY_BYTES, steps[i].at, steps[i].len, next);
		memcpy(out, next, sizeof next);
		OPENSSL_cleanse(next, sizeof next);
	}
	OPENSSL_cleanse(first, sizeof first);
	return good;
}

bool ots_oss_v4_sign(const uint8_t key[OTS_OSS_V4_KEY_BYTES], struct ots_bytes text,
		     char out[OTS_OSS_V4_SIGNATURE_BYTES])
{
	uint8_t mac[OTS_SHA256_BYTES];

	if (!ots_hmac_sha256(key, OTS_OSS_V4_KEY_BYTES, text.at, text.len, mac))
		return false;
	ots_hex(mac, sizeof mac, out);
	return true;
}

static bool sign(const struct ots_oss_v4_signer *signer, const struct ots_oss_request *request,
		 char signature[OTS_OSS_V4_SIGNATURE_BYTES])
{
	struct ots_buffer canonical, text;
	bool good;

	ots_buffer_init(&canonical, OTS_OSS_SIGN_TEXT_BYTES);
	ots_buffer_init(&text, OTS_OSS_SIGN_TEXT_BYTES);
	good = ots_oss_v4_canonical(request, &canonical) &&
	       ots_oss_v4_text(ots_bytes_of(signer->time), &signer->scope,
			       (struct ots_bytes){canonical.bytes, canonical.len}, &text) &&
	       ots_oss_v4_sign(signer->key, (struct ots_bytes){text.bytes, text.len}, signature);
	ots_buffer_release(&canonical);
	ots_buffer_release(&text);
	return good;
}

static bool put_credential(const struct ots_oss_v4_signer *signer, struct ots_buffer *out)
{
	return ots_buffer_put(out, signer->id.at, signer->id.len) &&
	       ots_buffer_put_byte(out, '/') && put_scope(&signer->scope, out);
}

bool ots_oss_v4_authorization(const struct ots_oss_v4_signer *signer,
			      const struct ots_oss_request *request, struct ots_buffer *out)
{
	char signature[OTS_OSS_V4_SIGNATURE_BYTES];
	struct ots_buffer names;
	bool good;

	ots_buffer_init(&names, OTS_OSS_SIGN_TEXT_BYTES);
	good = sign(signer, request, signature) && put_additional(request, &names) &&
	       ots_buffer_puts(out, ALGORITHM " Credential=") && put_credential(signer, out) &&
	       (names.len == 0 || (ots_buffer_puts(out, ",AdditionalHeaders=") &&
				   ots_buffer_put(out, names.bytes, names.len))) &&
	       ots_buffer_puts(out, ",Signature=") && ots_buffer_puts(out, signature);
	ots_buffer_release(&names);
	return good;
}

/* What a signed URL says of its signature. @param texts  holds what the pairs borrow */
static bool add_parameters(const struct ots_oss_v4_signer *signer, struct ots_bytes life,
			   struct ots_buffer *credential, struct ots_buffer *names,
			   struct ots_oss_request *whole, struct ots_oss_pair *query)
{
	if (!put_credential(signer, credential) || !put_additional(whole, names))
		return false;
	query[whole->query_count++] = (struct ots_oss_pair){ots_bytes_of("x-oss-signature-version"),
							    ots_bytes_of(ALGORITHM)};
	query[whole->query_count++] =
		(struct ots_oss_pair){ots_bytes_of("x-oss-date"), ots_bytes_of(signer->time)};
	query[whole->query_count++] = (struct ots_oss_pair){ots_bytes_of("x-oss-expires"), life};
	query[whole->query_count++] = (struct ots_oss_pair){ots_bytes_of("x-oss-credential"),
							    {credential->bytes, credential->len}};
	if (signer->token.len > 0)
		query[whole->query_count++] =
			(struct ots_oss_pair){ots_bytes_of("x-oss-security-token"), signer->token};
	if (names->len > 0)
		query[whole->query_count++] = (struct ots_oss_pair){
			ots_bytes_of("x-oss-additional-headers"), {names->bytes, names->len}};
	return true;
}

bool ots_oss_v4_presign(const struct ots_oss_v4_signer *signer, uint32_t life_s,
			const struct ots_oss_request *request, struct ots_buffer *out)
{
	char signature[OTS_OSS_V4_SIGNATURE_BYTES];
	char number[OTS_INTEGER_TEXT_BYTES];
	const struct ots_bytes life = {(const uint8_t *)number, ots_print_u64(life_s, number)};
	struct ots_oss_pair query[OTS_OSS_PAIRS_MAX];
	struct ots_oss_request whole = *request;
	struct ots_buffer credential, names;
	bool good;

	if (request->query_count > OTS_OSS_PAIRS_MAX - 7)
		return false;
	for (size_t i = 0; i < request->query_count; i++)
		query[i] = request->query[i];
	whole.query = query;
	ots_buffer_init(&credential, OTS_OSS_SIGN_TEXT_BYTES);
	ots_buffer_init(&names, OTS_OSS_SIGN_TEXT_BYTES);
	good = add_parameters(signer, life, &credential, &names, &whole, query) &&
	       sign(signer, &whole, signature);
	if (good) {
		query[whole.query_count++] = (struct ots_oss_pair){ots_bytes_of("x-oss-signature"),
								   ots_bytes_of(signature)};
		good = ots_oss_put_encoded_query(query, whole.query_count, out);
	}
	ots_buffer_release(&credential);
	ots_buffer_release(&names);
	return good;
}

#define YEAR_0_US (INT64_C(-62167219200) * 1000000)
#define YEAR_9999_END_US (INT64_C(253402300799) * 1000000)

void ots_oss_v4_time_print(int64_t us, char out[OTS_OSS_V4_TIME_BYTES])
{
	struct ots_civil civil;

	if (us < YEAR_0_US)
		us = YEAR_0_US;
	if (us > YEAR_9999_END_US)
		us = YEAR_9999_END_US;
	civil = ots_civil_from_us(us);
	(void)snprintf(out, OTS_OSS_V4_TIME_BYTES, "%04u%02u%02uT%02u%02u%02uZ",
		       (unsigned)civil.year % 10000U, civil.month % 100U, civil.day % 100U,
		       civil.hour % 100U, civil.minute % 100U, civil.second % 100U);
}

bool ots_oss_v4_time_parse(struct ots_bytes text, int64_t *us)
{
	static const char shape[] = "yyyymmddThhmmssZ";
	char spread[] = "yyyy-mm-ddThh:mm:ssZ";
	size_t from = 0;

	if (text.len != sizeof shape - 1)
		return false;
	for (size_t to = 0; to + 1 < sizeof spread; to++) /* the one parser knows dashes, colons */
		if (spread[to] != '-' && spread[to] != ':')
			spread[to] = (char)text.at[from++];
	return spread[10] == 'T' && spread[sizeof spread - 2] == 'Z' &&
	       ots_time_parse(ots_bytes_of(spread), us);
}
