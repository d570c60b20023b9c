#include "authenticate.h"

#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>
#include <otsfs/base/digest.h>
#include <otsfs/text/http_date.h>
#include <otsfs/text/number.h>

#include "target.h"

#define SKEW_MAX_US (INT64_C(15) * 60 * 1000000)
#define LIFE_MAX_S 604800
#define ALGORITHM "OSS4-HMAC-SHA256"

/* What a signature of version 4 says of itself, in either place. */
struct claim {
	struct ots_bytes id;
	struct ots_oss_scope scope;
	struct ots_bytes additional; /* names joined by ';' */
	struct ots_bytes signature;
	struct ots_bytes time;
};

static bool is(struct ots_bytes value, const char *text)
{
	return value.len == strlen(text) &&
	       (value.len == 0 || ots_equal_secret(value.at, text, value.len));
}

static bool argument(struct ots_oss_fault *fault, const char *ec, const char *message)
{
	fault->ec = ec;
	return ots_oss_refuse(fault, OTS_OSS_INVALID_ARGUMENT, "%s", message);
}

static bool check_caller(const struct ots_oss_access *access, const struct ots_oss_request *request,
			 struct ots_bytes id, struct ots_oss_fault *fault)
{
	static const char *const names[] = {"x-oss-security-token", "security-token"};
	struct ots_bytes token = {NULL, 0};

	if (!is(id, access->id)) {
		(void)ots_oss_detail(fault, "OSSAccessKeyId", id);
		return ots_oss_refuse(
			fault, OTS_OSS_INVALID_ACCESS_KEY_ID,
			"The OSS Access Key Id you provided does not exist in our records.");
	}
	for (size_t i = 0; i < 2 && token.len == 0; i++) {
		const struct ots_bytes *value = ots_oss_query_value(request, names[i]);

		token = value != NULL ? *value : ots_oss_header_value(request, names[i]);
	}
	return access->token == NULL || is(token, access->token) ||
	       ots_oss_refuse(fault, OTS_OSS_INVALID_SECURITY_TOKEN,
			      "The security token you provided is invalid.");
}

static bool check_skew(int64_t us, struct ots_bytes text, int64_t now_us,
		       struct ots_oss_fault *fault)
{
	if (us >= now_us - SKEW_MAX_US && us <= now_us + SKEW_MAX_US)
		return true;
	(void)ots_oss_detail(fault, "RequestTime", text);
	return ots_oss_refuse(
		fault, OTS_OSS_REQUEST_TIME_TOO_SKEWED,
		"The difference between the request time and the current time is too large.");
}

/* Say which text was signed here: no secret is in it, and it is what a client's author needs. The
 * text is in the fault's message no longer than that holds. */
static bool mismatch(struct ots_bytes id, struct ots_bytes signature, struct ots_oss_fault *fault)
{
	(void)ots_oss_detail(fault, "OSSAccessKeyId", id);
	(void)ots_oss_detail(fault, "SignatureProvided", signature);
	return ots_oss_refuse(fault, OTS_OSS_SIGNATURE_DOES_NOT_MATCH,
			      "The request signature we calculated does not match the signature "
			      "you provided. Check your key and signing method.");
}

static bool matches_v1(const struct ots_oss_access *access, const struct ots_oss_request *request,
		       struct ots_bytes date, struct ots_bytes signature)
{
	char expected[OTS_OSS_V1_SIGNATURE_BYTES];
	struct ots_buffer text;
	bool good;

	ots_buffer_init(&text, OTS_OSS_SIGN_TEXT_BYTES);
	good = ots_oss_v1_text(request, date, &text) &&
	       ots_oss_v1_sign(ots_bytes_of(access->secret),
			       (struct ots_bytes){text.bytes, text.len}, expected);
	ots_buffer_release(&text);
	return good && is(signature, expected);
}

static bool check_v1_header(const struct ots_oss_access *access,
			    const struct ots_oss_request *request, struct ots_bytes value,
			    int64_t now_us, struct ots_oss_fault *fault)
{
	const uint8_t *colon = memchr(value.at, ':', value.len);
	const struct ots_bytes first = ots_oss_header_value(request, "x-oss-date");
	const struct ots_bytes second = ots_oss_header_value(request, "date");
	const struct ots_bytes date = first.len > 0 ? first : second;
	struct ots_bytes id, signature;
	int64_t us;

	if (colon == NULL)
		return argument(fault, NULL, "Authorization header is invalid.");
	id = (struct ots_bytes){value.at, (size_t)(colon - value.at)};
	signature = (struct ots_bytes){colon + 1, value.len - id.len - 1};
	if (!check_caller(access, request, id, fault))
		return false;
	if (!ots_http_date_parse(date, &us) && !ots_oss_v4_time_parse(date, &us))
		return ots_oss_refuse(fault, OTS_OSS_ACCESS_DENIED,
				      "OSS authentication requires a valid Date.");
	if (!check_skew(us, date, now_us, fault))
		return false;
	return matches_v1(access, request, date, signature) ||
	       (first.len > 0 && second.len > 0 &&
		matches_v1(access, request, second, signature)) ||
	       mismatch(id, signature, fault);
}

static struct ots_bytes query_or_empty(const struct ots_oss_request *request, const char *name)
{
	const struct ots_bytes *value = ots_oss_query_value(request, name);

	return value != NULL ? *value : (struct ots_bytes){NULL, 0};
}

static bool check_v1_query(const struct ots_oss_access *access,
			   const struct ots_oss_request *request, int64_t now_us,
			   struct ots_oss_fault *fault)
{
	const struct ots_bytes id = query_or_empty(request, "OSSAccessKeyId");
	const struct ots_bytes expires = query_or_empty(request, "Expires");
	const struct ots_bytes signature = query_or_empty(request, "Signature");
	int64_t until_s;

	if (id.len == 0 || expires.len == 0 || signature.len == 0)
		return ots_oss_refuse(fault, OTS_OSS_ACCESS_DENIED,
				      "Query-string authentication requires the Signature, Expires "
				      "and OSSAccessKeyId parameters.");
	if (!ots_parse_i64(expires, &until_s))
		return ots_oss_refuse(fault, OTS_OSS_ACCESS_DENIED, "Invalid Expires.");
	if (!check_caller(access, request, id, fault))
		return false;
	if (until_s < now_us / 1000000) {
		(void)ots_oss_detail(fault, "Expires", expires);
		return ots_oss_refuse(fault, OTS_OSS_ACCESS_DENIED, "Request has expired.");
	}
	return matches_v1(access, request, expires, signature) || mismatch(id, signature, fault);
}

/* Split off what stands behind the last '/'. */
static struct ots_bytes take_last(struct ots_bytes *text)
{
	size_t from = text->len;
	struct ots_bytes out;

	while (from > 0 && text->at[from - 1] != '/')
		from--;
	out = (struct ots_bytes){text->at + from, text->len - from};
	text->len = from > 0 ? from - 1 : 0;
	return out;
}

static bool parse_credential(struct ots_bytes text, struct claim *claim,
			     struct ots_oss_fault *fault)
{
	struct ots_bytes last;

	if (text.len == 0)
		return argument(fault, "0002-00000215", "The credential is missing.");
	last = take_last(&text);
	claim->scope.product = take_last(&text);
	claim->scope.region = take_last(&text);
	claim->scope.date = take_last(&text);
	claim->id = text;
	if (!is(last, "aliyun_v4_request") || claim->scope.date.len != OTS_OSS_V4_DATE_LEN ||
	    claim->id.len == 0)
		return argument(fault, "0002-00000236", "The credential is malformed.");
	return true;
}

static struct ots_bytes trim(struct ots_bytes text)
{
	while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) { /* ends: it shrinks */
		text.at++;
		text.len--;
	}
	while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* `Credential=…,AdditionalHeaders=…,Signature=…` in any order, blanks after commas. */
static bool parse_header(struct ots_bytes text, struct claim *claim, struct ots_oss_fault *fault)
{
	struct ots_bytes credential = {NULL, 0};

	while (text.len > 0) { /* ends: each turn takes an element */
		const uint8_t *comma = memchr(text.at, ',', text.len);
		const size_t len = comma != NULL ? (size_t)(comma - text.at) : text.len;
		const struct ots_bytes part = trim((struct ots_bytes){text.at, len});
		const uint8_t *equal = part.len > 0 ? memchr(part.at, '=', part.len) : NULL;
		struct ots_bytes name, value;

		text.at += comma != NULL ? len + 1 : len;
		text.len -= comma != NULL ? len + 1 : len;
		if (equal == NULL)
			return argument(fault, "0002-00000209",
					"The Authorization header is malformed.");
		name = (struct ots_bytes){part.at, (size_t)(equal - part.at)};
		value = (struct ots_bytes){equal + 1, part.len - name.len - 1};
		if (is(name, "Credential"))
			credential = value;
		else if (is(name, "Signature"))
			claim->signature = value;
		else if (!is(name, "AdditionalHeaders") || value.len == 0)
			return argument(fault, "0002-00000209",
					"The Authorization header is malformed.");
		else
			claim->additional = value;
	}
	if (claim->signature.len == 0)
		return argument(fault, "0002-00000215", "The signature is missing.");
	return parse_credential(credential, claim, fault);
}

/* The names that are said to be signed too. @return false: too many */
static bool split_names(struct ots_bytes text, struct ots_bytes *names, size_t *count)
{
	*count = 0;
	while (text.len > 0) { /* ends: each turn takes a name */
		const uint8_t *mark = memchr(text.at, ';', text.len);
		const size_t len = mark != NULL ? (size_t)(mark - text.at) : text.len;

		if (*count == OTS_OSS_PAIRS_MAX)
			return false;
		names[(*count)++] = (struct ots_bytes){text.at, len};
		text.at += mark != NULL ? len + 1 : len;
		text.len -= mark != NULL ? len + 1 : len;
	}
	return true;
}

static bool matches_v4(const struct ots_oss_access *access, const struct ots_oss_request *request,
		       const struct claim *claim)
{
	struct ots_bytes names[OTS_OSS_PAIRS_MAX];
	struct ots_oss_pair query[OTS_OSS_PAIRS_MAX];
	char expected[OTS_OSS_V4_SIGNATURE_BYTES];
	uint8_t key[OTS_OSS_V4_KEY_BYTES];
	struct ots_oss_request signed_part = *request;
	struct ots_buffer canonical, text;
	bool good;

	signed_part.query = query;
	signed_part.query_count = 0;
	for (size_t i = 0; i < request->query_count && i < OTS_OSS_PAIRS_MAX; i++)
		if (!ots_bytes_are(request->query[i].name, "x-oss-signature"))
			query[signed_part.query_count++] = request->query[i];
	ots_buffer_init(&canonical, OTS_OSS_SIGN_TEXT_BYTES);
	ots_buffer_init(&text, OTS_OSS_SIGN_TEXT_BYTES);
	signed_part.additional = names;
	good = split_names(claim->additional, names, &signed_part.additional_count) &&
	       ots_oss_v4_canonical(&signed_part, &canonical) &&
	       ots_oss_v4_text(claim->time, &claim->scope,
			       (struct ots_bytes){canonical.bytes, canonical.len}, &text) &&
	       ots_oss_v4_key(ots_bytes_of(access->secret), &claim->scope, key) &&
	       ots_oss_v4_sign(key, (struct ots_bytes){text.bytes, text.len}, expected);
	ots_buffer_release(&canonical);
	ots_buffer_release(&text);
	return good && is(claim->signature, expected);
}

/* The day of the scope is that of the time, the region is ours. */
static bool check_scope(const struct ots_oss_access *access, const struct claim *claim,
			int64_t time_us, bool in_query, struct ots_oss_fault *fault)
{
	char day[OTS_OSS_V4_TIME_BYTES];

	ots_oss_v4_time_print(time_us, day);
	day[OTS_OSS_V4_DATE_LEN] = '\0';
	if (!ots_bytes_are(claim->scope.date, day))
		return argument(fault, "0002-00000236",
				"The date of the credential is not that of the request.");
	if (!is(claim->scope.product, "oss"))
		return argument(fault, "0002-00000236",
				"The product of the credential is not oss.");
	if (!is(claim->scope.region, access->region)) {
		(void)ots_oss_detail(fault, "Region", ots_bytes_of(access->region));
		return argument(fault, "0002-00000226",
				in_query ? "The signing region in credential is invalid."
					 : "Invalid signing region in Authorization header.");
	}
	return true;
}

static bool check_v4_header(const struct ots_oss_access *access,
			    const struct ots_oss_request *request, struct ots_bytes value,
			    int64_t now_us, struct ots_oss_fault *fault)
{
	struct claim claim = {.time = ots_oss_header_value(request, "x-oss-date")};
	int64_t us;

	if (!parse_header(value, &claim, fault) || !check_caller(access, request, claim.id, fault))
		return false;
	if (!ots_oss_v4_time_parse(claim.time, &us) && !ots_http_date_parse(claim.time, &us))
		return ots_oss_refuse(fault, OTS_OSS_ACCESS_DENIED,
				      "OSS authentication requires a valid x-oss-date.");
	if (!is(ots_oss_header_value(request, "x-oss-content-sha256"), "UNSIGNED-PAYLOAD"))
		return argument(fault, "0002-00000214",
				"x-oss-content-sha256 must be UNSIGNED-PAYLOAD.");
	return check_skew(us, claim.time, now_us, fault) &&
	       check_scope(access, &claim, us, false, fault) &&
	       (matches_v4(access, request, &claim) || mismatch(claim.id, claim.signature, fault));
}

static bool check_v4_query(const struct ots_oss_access *access,
			   const struct ots_oss_request *request, int64_t now_us,
			   struct ots_oss_fault *fault)
{
	const struct ots_bytes *additional =
		ots_oss_query_value(request, "x-oss-additional-headers");
	struct claim claim = {.time = query_or_empty(request, "x-oss-date"),
			      .signature = query_or_empty(request, "x-oss-signature")};
	uint64_t life_s;
	int64_t us;

	if (!is(query_or_empty(request, "x-oss-signature-version"), ALGORITHM))
		return argument(fault, "0002-00000062", "The signature version is not known.");
	if (additional != NULL && additional->len == 0)
		return argument(fault, "0002-00000076", "x-oss-additional-headers is empty.");
	if (additional != NULL)
		claim.additional = *additional;
	if (!parse_credential(query_or_empty(request, "x-oss-credential"), &claim, fault) ||
	    !check_caller(access, request, claim.id, fault))
		return false;
	if (!ots_oss_v4_time_parse(claim.time, &us))
		return argument(fault, "0002-00000101", "x-oss-date is not valid.");
	if (!ots_parse_u64(query_or_empty(request, "x-oss-expires"), &life_s) || life_s < 1 ||
	    life_s > LIFE_MAX_S)
		return argument(fault, "0002-00000101", "x-oss-expires is not valid.");
	if (!check_scope(access, &claim, us, true, fault))
		return false;
	if (us > now_us + SKEW_MAX_US)
		return check_skew(us, claim.time, now_us, fault);
	if (us + (int64_t)life_s * 1000000 < now_us)
		return ots_oss_refuse(fault, OTS_OSS_ACCESS_DENIED, "Request has expired.");
	return matches_v4(access, request, &claim) || mismatch(claim.id, claim.signature, fault);
}

bool ots_oss_authenticate(const struct ots_oss_access *access,
			  const struct ots_oss_request *request, int64_t now_us, bool *anonymous,
			  struct ots_oss_fault *fault)
{
	static const char v4[] = ALGORITHM " ", v1[] = "OSS ";
	struct ots_bytes value = ots_oss_header_value(request, "authorization");
	const bool query_v1 = ots_oss_query_value(request, "Signature") != NULL ||
			      ots_oss_query_value(request, "OSSAccessKeyId") != NULL;
	const bool query_v4 = ots_oss_query_value(request, "x-oss-signature") != NULL ||
			      ots_oss_query_value(request, "x-oss-signature-version") != NULL;

	*anonymous = value.len == 0 && !query_v1 && !query_v4;
	if (*anonymous)
		return true;
	if (value.len > 0 && (query_v1 || query_v4))
		return argument(fault, NULL,
				"Only one authentication mechanism is allowed: the Authorization "
				"header or parameters of the query.");
	if (query_v4)
		return check_v4_query(access, request, now_us, fault);
	if (query_v1)
		return check_v1_query(access, request, now_us, fault);
	if (value.len > sizeof v4 - 1 && memcmp(value.at, v4, sizeof v4 - 1) == 0) {
		value = (struct ots_bytes){value.at + sizeof v4 - 1, value.len - (sizeof v4 - 1)};
		return check_v4_header(access, request, value, now_us, fault);
	}
	if (value.len > sizeof v1 - 1 && memcmp(value.at, v1, sizeof v1 - 1) == 0) {
		value = trim(
			(struct ots_bytes){value.at + sizeof v1 - 1, value.len - (sizeof v1 - 1)});
		if (value.len > 0)
			return check_v1_header(access, request, value, now_us, fault);
	}
	return argument(fault, NULL, "Unsupported authorization type.");
}
