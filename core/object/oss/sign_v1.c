#include <otsfs/object/oss_sign.h>

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/digest.h>
#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>

#include "sign_pairs.h"

/* The names of a query that are signed, in byte order: what the official clients sign between them
 * (oss-protocol 2.2). Names that begin with x-oss- are signed too. */
static const char *const signed_names[] = {
	"acl",
	"append",
	"asyncFetch",
	"bucketArchiveDirectRead",
	"bucketInfo",
	"callback",
	"callback-var",
	"cleanRestoredObject",
	"cloudboxes",
	"cname",
	"comp",
	"continuation-token",
	"cors",
	"delete",
	"encryption",
	"endTime",
	"httpsConfig",
	"img",
	"inventory",
	"inventoryId",
	"lifecycle",
	"live",
	"location",
	"logging",
	"metaQuery",
	"objectMeta",
	"partNumber",
	"policy",
	"policyStatus",
	"position",
	"qos",
	"qosInfo",
	"referer",
	"regionList",
	"regions",
	"replication",
	"replicationLocation",
	"replicationProgress",
	"requestPayment",
	"resourceGroup",
	"response-cache-control",
	"response-content-disposition",
	"response-content-encoding",
	"response-content-language",
	"response-content-type",
	"response-expires",
	"restore",
	"seal",
	"security-token",
	"sequential",
	"startTime",
	"stat",
	"status",
	"style",
	"styleName",
	"symlink",
	"tagging",
	"transferAcceleration",
	"uploadId",
	"uploads",
	"versionId",
	"versioning",
	"versions",
	"vod",
	"website",
	"worm",
	"wormExtend",
	"wormId",
};

static int compare_name(const void *name, const void *entry)
{
	const struct ots_bytes *key = name;
	const struct ots_bytes word = ots_bytes_of(*(const char *const *)entry);
	const size_t common = key->len < word.len ? key->len : word.len;
	const int order = common > 0 ? memcmp(key->at, word.at, common) : 0;

	return order != 0 ? order : (key->len > word.len) - (key->len < word.len);
}

static bool is_signed(struct ots_bytes name)
{
	return (name.len >= 6 && memcmp(name.at, "x-oss-", 6) == 0) ||
	       bsearch(&name, signed_names, sizeof signed_names / sizeof *signed_names,
		       sizeof *signed_names, compare_name) != NULL;
}

static bool is_ours(const struct ots_oss_request *request, struct ots_bytes name)
{
	(void)request;
	return ots_oss_header_begins(name, "x-oss-");
}

static bool put_resource(const struct ots_oss_request *request, struct ots_buffer *out)
{
	struct ots_oss_pair counted[OTS_OSS_PAIRS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < request->query_count; i++) {
		if (!is_signed(request->query[i].name))
			continue;
		if (count == OTS_OSS_PAIRS_MAX)
			return false;
		counted[count++] = request->query[i];
	}
	ots_oss_sort_pairs(counted, count);
	return ots_buffer_put_byte(out, '/') &&
	       (request->bucket.len == 0 ||
		(ots_buffer_put(out, request->bucket.at, request->bucket.len) &&
		 ots_buffer_put_byte(out, '/') &&
		 ots_buffer_put(out, request->key.at, request->key.len))) &&
	       (count == 0 ||
		(ots_buffer_put_byte(out, '?') && ots_oss_put_query(counted, count, out)));
}

static bool put_line(struct ots_buffer *out, struct ots_bytes text)
{
	return ots_buffer_put(out, text.at, text.len) && ots_buffer_put_byte(out, '\n');
}

bool ots_oss_v1_text(const struct ots_oss_request *request, struct ots_bytes date,
		     struct ots_buffer *out)
{
	return put_line(out, request->method) &&
	       put_line(out, ots_oss_header(request, "content-md5")) &&
	       put_line(out, ots_oss_header(request, "content-type")) && put_line(out, date) &&
	       ots_oss_put_headers(request, is_ours, out) && put_resource(request, out);
}

bool ots_oss_v1_sign(struct ots_bytes secret, struct ots_bytes text,
		     char out[OTS_OSS_V1_SIGNATURE_BYTES])
{
	uint8_t mac[OTS_SHA1_BYTES];

	if (!ots_hmac_sha1(secret.at, secret.len, text.at, text.len, mac))
		return false;
	ots_base64_encode(mac, sizeof mac, out);
	out[OTS_OSS_V1_SIGNATURE_BYTES - 1] = '\0';
	return true;
}

static bool sign(const struct ots_oss_v1_signer *signer, struct ots_bytes date,
		 const struct ots_oss_request *request, char signature[OTS_OSS_V1_SIGNATURE_BYTES])
{
	struct ots_buffer text;
	bool good;

	ots_buffer_init(&text, OTS_OSS_SIGN_TEXT_BYTES);
	good = ots_oss_v1_text(request, date, &text) &&
	       ots_oss_v1_sign(signer->secret, (struct ots_bytes){text.bytes, text.len}, signature);
	ots_buffer_release(&text);
	return good;
}

bool ots_oss_v1_authorization(const struct ots_oss_v1_signer *signer, struct ots_bytes date,
			      const struct ots_oss_request *request, struct ots_buffer *out)
{
	char signature[OTS_OSS_V1_SIGNATURE_BYTES];

	return sign(signer, date, request, signature) && ots_buffer_puts(out, "OSS ") &&
	       ots_buffer_put(out, signer->id.at, signer->id.len) &&
	       ots_buffer_put_byte(out, ':') && ots_buffer_puts(out, signature);
}

bool ots_oss_v1_presign(const struct ots_oss_v1_signer *signer, int64_t expires_s,
			const struct ots_oss_request *request, struct ots_buffer *out)
{
	char signature[OTS_OSS_V1_SIGNATURE_BYTES];
	char number[OTS_INTEGER_TEXT_BYTES];
	const struct ots_bytes date = {(const uint8_t *)number, ots_print_i64(expires_s, number)};
	struct ots_oss_pair query[OTS_OSS_PAIRS_MAX];
	struct ots_oss_request whole = *request;

	if (request->query_count > OTS_OSS_PAIRS_MAX - 4)
		return false;
	for (size_t i = 0; i < request->query_count; i++)
		query[i] = request->query[i];
	whole.query = query;
	if (signer->token.len > 0)
		query[whole.query_count++] =
			(struct ots_oss_pair){ots_bytes_of("security-token"), signer->token};
	if (!sign(signer, date, &whole, signature))
		return false;
	query[whole.query_count++] =
		(struct ots_oss_pair){ots_bytes_of("OSSAccessKeyId"), signer->id};
	query[whole.query_count++] = (struct ots_oss_pair){ots_bytes_of("Expires"), date};
	query[whole.query_count++] =
		(struct ots_oss_pair){ots_bytes_of("Signature"), ots_bytes_of(signature)};
	return ots_oss_put_encoded_query(query, whole.query_count, out);
}
