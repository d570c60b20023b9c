#include "authenticate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>

#define SKEW_MAX_US (INT64_C(15) * 60 * 1000000)
#define SIGNED_TEXT_MAX_BYTES ((size_t)64 * 1024)

static struct ots_bytes trim(struct ots_bytes text)
{
	while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

bool ots_request_header(const struct ots_request *request, const char *name,
			struct ots_bytes *value)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < request->header_count; i++) {
		const struct ots_sign_header *header = &request->headers[i];

		if (header->name.len != len ||
		    strncasecmp((const char *)header->name.at, name, len) != 0)
			continue;
		*value = trim(header->value);
		return true;
	}
	return false;
}

static bool equals(struct ots_bytes value, const char *text)
{
	return value.len == strlen(text) &&
	       (value.len == 0 || ots_equal_secret(value.at, text, value.len));
}

static int shown(struct ots_bytes text)
{
	return text.len < 256 ? (int)text.len : 256;
}

/* Day and region that a key of version 4 is made for. Any will do: a derived key may be in use
 * beyond its day, and this service is in every region. */
static bool check_scope(const struct ots_request *request, struct ots_fault *fault)
{
	struct ots_bytes date, region;
	bool digits = true;

	if (!ots_request_header(request, "x-ots-signdate", &date) ||
	    !ots_request_header(request, "x-ots-signregion", &region))
		return ots_refuse(fault, OTS_FAULT_PARAMETER,
				  "Missing header: 'x-ots-signdate' or 'x-ots-signregion'.");
	for (size_t i = 0; i < date.len; i++)
		digits = digits && date.at[i] >= '0' && date.at[i] <= '9';
	if (date.len != 8 || !digits)
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Invalid date format: %.*s.",
				  shown(date), (const char *)date.at);
	return region.len > 0 ||
	       ots_refuse(fault, OTS_FAULT_PARAMETER, "Missing header: '%s'.", "x-ots-signregion");
}

static bool check_headers(const struct ots_request *request, struct ots_fault *fault)
{
	static const char *const required[] = {
		"x-ots-date",       "x-ots-apiversion",   "x-ots-accesskeyid",
		"x-ots-contentmd5", "x-ots-instancename",
	};
	struct ots_bytes value;

	for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
		if (!ots_request_header(request, required[i], &value))
			return ots_refuse(fault, OTS_FAULT_PARAMETER, "Missing header: '%s'.",
					  required[i]);
	if (ots_request_header(request, "x-ots-signaturev4", &value)) {
		if (!check_scope(request, fault))
			return false;
	} else if (!ots_request_header(request, "x-ots-signature", &value)) {
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Missing header: '%s'.",
				  "x-ots-signature");
	}
	if (ots_request_header(request, "x-ots-apiversion", &value) &&
	    !equals(value, "2015-12-31") && !equals(value, "2018-04-01"))
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Invalid API version: %.*s.",
				  shown(value), (const char *)value.at);
	return true;
}

/* Digits after the seconds carry no meaning: one client sends parts of the date there (1.3). */
static bool check_date(const struct ots_request *request, int64_t now_us, struct ots_fault *fault)
{
	struct ots_bytes date = {NULL, 0};
	int64_t us = 0;

	(void)ots_request_header(request, "x-ots-date", &date);
	if (date.len == 0 || date.at[date.len - 1] != 'Z' || !ots_time_parse(date, &us))
		return ots_refuse(fault, OTS_FAULT_PARAMETER, "Invalid date format: %.*s.",
				  shown(date), date.len > 0 ? (const char *)date.at : "");
	us -= us % 1000000;
	now_us -= now_us % 1000000;
	if (us < now_us - SKEW_MAX_US || us > now_us + SKEW_MAX_US)
		return ots_refuse(fault, OTS_FAULT_AUTH,
				  "Mismatch between system time and x-ots-date: %.*s.", shown(date),
				  (const char *)date.at);
	return true;
}

static bool check_caller(const struct ots_access *access, const struct ots_request *request,
			 struct ots_signer *signer, struct ots_fault *fault)
{
	struct ots_bytes value = {NULL, 0};
	struct ots_bytes date, region;

	(void)ots_request_header(request, "x-ots-accesskeyid", &value);
	if (!equals(value, access->id))
		return ots_refuse(fault, OTS_FAULT_AUTH, "The AccessKeyID does not exist.");
	signer->id = access->id;
	signer->secret = access->secret;
	if (ots_request_header(request, "x-ots-signaturev4", &value) &&
	    ots_request_header(request, "x-ots-signdate", &date) &&
	    ots_request_header(request, "x-ots-signregion", &region) &&
	    !ots_sign_v4_key(ots_bytes_of(access->secret), date, region, signer->derived))
		return ots_refuse(fault, OTS_FAULT_INTERNAL, "The key cannot be derived.");
	value.len = 0;
	if (access->token != NULL && (!ots_request_header(request, "x-ots-ststoken", &value) ||
				      !equals(value, access->token)))
		return ots_refuse(fault, OTS_FAULT_AUTH, "The security token is invalid.");
	(void)ots_request_header(request, "x-ots-instancename", &value);
	if (!equals(value, access->instance))
		return ots_refuse(fault, OTS_FAULT_AUTH, "The instance is not found.");
	return true;
}

static bool check_body(const struct ots_request *request, struct ots_fault *fault)
{
	char md5[OTS_MD5_TEXT_BYTES];
	struct ots_bytes value = {NULL, 0};

	if (!ots_content_md5(request->body, md5))
		return ots_refuse(fault, OTS_FAULT_INTERNAL, "The MD5 cannot be computed.");
	(void)ots_request_header(request, "x-ots-contentmd5", &value);
	return equals(value, md5) ||
	       ots_refuse(fault, OTS_FAULT_AUTH,
			  "Mismatch between MD5 value of request body and x-ots-contentmd5 in "
			  "header.");
}

static bool check_signature(const struct ots_signer *signer, const struct ots_request *request,
			    struct ots_fault *fault)
{
	const bool v4 = signer->derived[0] != '\0';
	char signature[OTS_SIGN_V4_TEXT_BYTES]; /* the longer of the two */
	struct ots_bytes signed_text, value = {NULL, 0};
	struct ots_buffer text;
	bool good;

	_Static_assert(sizeof signature >= OTS_SIGNATURE_TEXT_BYTES, "room for either");
	ots_buffer_init(&text, SIGNED_TEXT_MAX_BYTES);
	good = v4 ? ots_sign_v4_request_text(request->path, request->headers, request->header_count,
					     &text)
		  : ots_sign_request_text(request->path, request->headers, request->header_count,
					  &text);
	signed_text = (struct ots_bytes){text.bytes, text.len};
	good = good && (v4 ? ots_sign_v4(signer->derived, signed_text, signature)
			   : ots_sign(ots_bytes_of(signer->secret), signed_text, signature));
	ots_buffer_release(&text);
	(void)ots_request_header(request, v4 ? "x-ots-signaturev4" : "x-ots-signature", &value);
	return (good && equals(value, signature)) ||
	       ots_refuse(fault, OTS_FAULT_AUTH, "Signature mismatch.");
}

bool ots_authenticate(const struct ots_access *access, const struct ots_request *request,
		      bool check_md5, int64_t now_us, struct ots_signer *signer,
		      struct ots_fault *fault)
{
	*signer = (struct ots_signer){.id = NULL};
	return check_headers(request, fault) && check_date(request, now_us, fault) &&
	       check_caller(access, request, signer, fault) &&
	       (!check_md5 || check_body(request, fault)) &&
	       check_signature(signer, request, fault);
}
