#define _DEFAULT_SOURCE /* explicit_bzero */
#include "attempt.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

#define API_VERSION "2015-12-31"

static void add_header(struct ots_http_request *request, const char *name, const char *value)
{
	request->headers[request->header_count++] =
		(struct ots_http_header){ots_bytes_of(name), ots_bytes_of(value)};
}

/* The key of the day, derived once a day and key: four HMACs are as dear as the signature itself.
 * The key it belongs to is held, so that no other can come to lie at its address. */
static bool v4_key(struct ots_client *client, const struct attempt *attempt,
		   struct attempt_texts *texts)
{
	struct client_v4 *kept = &client->locked.v4;
	struct ots_credentials *old = NULL;
	bool found;

	(void)pthread_mutex_lock(&client->mutex);
	found = kept->credentials == attempt->key && strcmp(kept->day, texts->day) == 0;
	if (found)
		memcpy(texts->key, kept->key, sizeof texts->key);
	(void)pthread_mutex_unlock(&client->mutex);
	if (found)
		return true;
	if (!ots_sign_v4_key(ots_bytes_of(attempt->key->secret), ots_bytes_of(texts->day),
			     ots_bytes_of(client->region), texts->key))
		return false;
	(void)pthread_mutex_lock(&client->mutex);
	old = kept->credentials;
	kept->credentials = ots_credentials_hold(attempt->key);
	memcpy(kept->day, texts->day, sizeof kept->day);
	memcpy(kept->key, texts->key, sizeof kept->key);
	(void)pthread_mutex_unlock(&client->mutex);
	ots_credentials_release(old);
	return true;
}

/* yyyyMMdd of yyyy-MM-dd… */
static void print_day(const char *date, char day[9])
{
	memcpy(day, date, 4);
	memcpy(day + 4, date + 5, 2);
	memcpy(day + 6, date + 8, 2);
	day[8] = '\0';
}

static void add_common(const struct ots_client *client, const struct attempt *attempt,
		       struct ots_http_request *request, struct attempt_texts *texts)
{
	add_header(request, "x-ots-accesskeyid", attempt->key->id);
	add_header(request, "x-ots-apiversion", API_VERSION);
	add_header(request, "x-ots-contentmd5", texts->md5);
	add_header(request, "x-ots-date", texts->date);
	add_header(request, "x-ots-instancename", client->endpoint.instance);
	if (attempt->plain_bytes > 0) {
		texts->plain_bytes[ots_print_u64(attempt->plain_bytes, texts->plain_bytes)] = '\0';
		add_header(request, "x-ots-request-compress-size", texts->plain_bytes);
		add_header(request, "x-ots-request-compress-type", "deflate");
	}
	if (attempt->wants_compressed)
		add_header(request, "x-ots-response-compress-type", "deflate");
	if (client->region[0] != '\0') {
		add_header(request, "x-ots-signdate", texts->day);
		add_header(request, "x-ots-signregion", client->region);
	}
	if (attempt->key->token != NULL)
		add_header(request, "x-ots-ststoken", attempt->key->token);
}

bool attempt_sign(struct ots_client *client, const struct attempt *attempt, int64_t now_us,
		  struct ots_buffer *text, struct ots_http_request *request,
		  struct attempt_texts *texts)
{
	const bool v4 = client->region[0] != '\0';
	const struct ots_bytes path = ots_bytes_of(attempt->path);
	struct ots_sign_header headers[OTS_HTTP_HEADERS_MAX];
	size_t count;
	bool ok;

	_Static_assert(OTS_SIGN_V4_TEXT_BYTES >= OTS_SIGNATURE_TEXT_BYTES, "room for both");
	_Static_assert(SIZE_TEXT_BYTES >= OTS_INTEGER_TEXT_BYTES, "room for a size");
	texts->key[0] = '\0';
	(void)ots_time_print(now_us, 3, texts->date);
	print_day(texts->date, texts->day);
	if (!ots_content_md5(request->body, texts->md5) || (v4 && !v4_key(client, attempt, texts)))
		return false;
	add_common(client, attempt, request, texts);
	count = request->header_count;
	for (size_t i = 0; i < count; i++)
		headers[i] = (struct ots_sign_header){request->headers[i].name,
						      request->headers[i].value};
	text->len = 0;
	if (v4)
		ok = ots_sign_v4_request_text(path, headers, count, text) &&
		     ots_sign_v4(texts->key, (struct ots_bytes){text->bytes, text->len},
				 texts->signature);
	else
		ok = ots_sign_request_text(path, headers, count, text) &&
		     ots_sign(ots_bytes_of(attempt->key->secret),
			      (struct ots_bytes){text->bytes, text->len}, texts->signature);
	add_header(request, v4 ? "x-ots-signaturev4" : "x-ots-signature", texts->signature);
	return ok;
}

void attempt_wipe(struct attempt_texts *texts)
{
	explicit_bzero(texts->key, sizeof texts->key);
}
