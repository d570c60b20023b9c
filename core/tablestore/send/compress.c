#include "compress.h"

#include <otsfs/base/bytes.h>

/* Shorter ones fit into one or two packets as they are. */
#define FROM_BYTES ((size_t)2048)

void compress_request(const struct ots_client *client, struct client_scratch *scratch,
		      struct attempt *attempt)
{
	const struct ots_bytes plain = {scratch->body.bytes, scratch->body.len};

	attempt->body = plain;
	attempt->plain_bytes = 0;
	if (!client->compress || plain.len < FROM_BYTES)
		return;
	scratch->packed.len = 0;
	/* Where there is no room for it, the plain body does as well. */
	if (!ots_deflate(plain, &scratch->packed) || scratch->packed.len >= plain.len)
		return;
	attempt->body = (struct ots_bytes){scratch->packed.bytes, scratch->packed.len};
	attempt->plain_bytes = plain.len;
}

static bool md5_holds(const struct ots_http_response *response)
{
	const struct ots_bytes body = {response->body.bytes, response->body.len};
	char computed[OTS_MD5_TEXT_BYTES];
	struct ots_bytes told;

	return ots_http_response_header(response, "x-ots-contentmd5", &told) &&
	       ots_content_md5(body, computed) && ots_bytes_are(told, computed);
}

static enum ots_status inflate(struct client_scratch *scratch, size_t limit_bytes,
			       struct ots_error *err)
{
	const struct ots_http_response *response = &scratch->response;
	struct ots_bytes type, told;
	enum ots_status status;
	size_t size = 0;

	if (!ots_http_response_header(response, "x-ots-response-compress-type", &type) ||
	    !ots_bytes_are(type, "deflate"))
		return ots_fail(err, OTS_CORRUPT, "the answer is compressed as '%.*s', not deflate",
				(int)(type.len < 64 ? type.len : 64), (const char *)type.at);
	if (!ots_http_response_header(response, "x-ots-response-compress-size", &told) ||
	    !ots_deflate_size(told, &size))
		return ots_fail(err, OTS_CORRUPT,
				"the answer is compressed and does not say how much it holds");
	scratch->inflated.len = 0;
	scratch->inflated.limit = limit_bytes;
	status = ots_inflate((struct ots_bytes){response->body.bytes, response->body.len}, size,
			     &scratch->inflated, err);
	if (status == OTS_LIMIT) {
		/* As an answer that is longer than any of the service. */
		status = OTS_CORRUPT;
		if (err != NULL)
			err->status = status;
	}
	return status;
}

enum ots_status compress_take_answer(struct client_scratch *scratch, size_t limit_bytes,
				     bool *md5_held, struct ots_error *err)
{
	struct ots_http_response *response = &scratch->response;
	struct ots_buffer packed;
	struct ots_bytes type;
	enum ots_status status;

	*md5_held = false;
	if (!ots_http_response_header(response, "x-ots-response-compress-type", &type))
		return OTS_OK;
	*md5_held = md5_holds(response);
	status = inflate(scratch, limit_bytes, err);
	if (status != OTS_OK) {
		/* The status of a failure says enough without its body. */
		if (response->status < 500)
			return status;
		scratch->inflated.len = 0;
	}
	packed = response->body;
	response->body = scratch->inflated;
	scratch->inflated = packed;
	return OTS_OK;
}
