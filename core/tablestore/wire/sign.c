#include <otsfs/tablestore/wire/sign.h>

#include <string.h>

#include <otsfs/text/base64.h>

#define PREFIX "x-ots-"

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static int compare_names(struct ots_bytes a, struct ots_bytes b)
{
	const size_t common = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < common; i++) {
		const int order = (int)lower(a.at[i]) - (int)lower(b.at[i]);

		if (order != 0)
			return order;
	}
	return (a.len > b.len) - (a.len < b.len);
}

static bool name_is(struct ots_bytes name, const char *lower_text)
{
	return compare_names(name, (struct ots_bytes){(const uint8_t *)lower_text,
						      strlen(lower_text)}) == 0;
}

static bool is_ours(struct ots_bytes name)
{
	const size_t len = sizeof PREFIX - 1;

	return name.len >= len && name_is((struct ots_bytes){name.at, len}, PREFIX);
}

/* The headers that take part, ascending; few enough for insertion.
 * @return false: more than OTS_SIGN_HEADERS_MAX */
static bool sort_headers(const struct ots_sign_header *headers, size_t header_count,
			 bool without_signatures, const struct ots_sign_header **sorted,
			 size_t *sorted_count)
{
	size_t count = 0;

	for (size_t i = 0; i < header_count; i++) {
		const struct ots_bytes name = headers[i].name;
		size_t at;

		if (!is_ours(name) || (without_signatures && (name_is(name, "x-ots-signature") ||
							      name_is(name, "x-ots-signaturev4"))))
			continue;
		if (count == OTS_SIGN_HEADERS_MAX)
			return false;
		for (at = count; at > 0 && compare_names(sorted[at - 1]->name, name) > 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = &headers[i];
		count++;
	}
	*sorted_count = count;
	return true;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct ots_bytes trim(struct ots_bytes value)
{
	while (value.len > 0 && is_blank(value.at[0])) { /* ends: the value shrinks */
		value.at++;
		value.len--;
	}
	while (value.len > 0 && is_blank(value.at[value.len - 1]))
		value.len--;
	return value;
}

static bool put_headers(const struct ots_sign_header *headers, size_t header_count,
			bool without_signatures, struct ots_buffer *out)
{
	const struct ots_sign_header *sorted[OTS_SIGN_HEADERS_MAX];
	size_t count;

	if (!sort_headers(headers, header_count, without_signatures, sorted, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct ots_bytes name = sorted[i]->name;
		const struct ots_bytes value = trim(sorted[i]->value);

		if (!ots_buffer_reserve(out, name.len))
			return false;
		for (size_t k = 0; k < name.len; k++)
			out->bytes[out->len++] = lower(name.at[k]);
		if (!ots_buffer_put_byte(out, ':') || !ots_buffer_put(out, value.at, value.len) ||
		    !ots_buffer_put_byte(out, '\n'))
			return false;
	}
	return true;
}

bool ots_sign_request_text(struct ots_bytes path, const struct ots_sign_header *headers,
			   size_t header_count, struct ots_buffer *out)
{
	return ots_buffer_put(out, path.at, path.len) && ots_buffer_puts(out, "\nPOST\n\n") &&
	       put_headers(headers, header_count, true, out);
}

bool ots_sign_response_text(struct ots_bytes path, const struct ots_sign_header *headers,
			    size_t header_count, struct ots_buffer *out)
{
	return put_headers(headers, header_count, false, out) &&
	       ots_buffer_put(out, path.at, path.len);
}

bool ots_sign(struct ots_bytes secret, struct ots_bytes text, char out[OTS_SIGNATURE_TEXT_BYTES])
{
	uint8_t mac[OTS_SHA1_BYTES];

	if (!ots_hmac_sha1(secret.at, secret.len, text.at, text.len, mac))
		return false;
	ots_base64_encode(mac, sizeof mac, out);
	out[OTS_SIGNATURE_TEXT_BYTES - 1] = '\0';
	return true;
}

bool ots_content_md5(struct ots_bytes body, char out[OTS_MD5_TEXT_BYTES])
{
	uint8_t digest[OTS_MD5_BYTES];

	if (!ots_md5(body.at, body.len, digest))
		return false;
	ots_base64_encode(digest, sizeof digest, out);
	out[OTS_MD5_TEXT_BYTES - 1] = '\0';
	return true;
}
