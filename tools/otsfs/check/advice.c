#include "advice.h"

#include <string.h>

/* Codes and messages: tablestore-protocol section 6, oss-protocol 3.13. The first line that fits
 * holds; an empty text fits every message. */
static const struct {
	const char *code;
	const char *text;
	const char *advice;
} of_codes[] = {
	{"OTSAuthFailed", "Signature mismatch",
	 "the secret does not belong to the key id: set both again, without blanks around them"},
	{"OTSAuthFailed", "AccessKeyID does not exist",
	 "the key id is not known to the service: use a key of this account, or make a new one in "
	 "RAM"},
	{"OTSAuthFailed", "AccessKeyID is disabled",
	 "the key is switched off: enable it in RAM, or use another one"},
	{"OTSAuthFailed", "instance is not found",
	 "check the instance's name and region in the target's URL"},
	{"OTSAuthFailed", "instance is not running",
	 "the instance is stopped or its account is in arrears: look at it in the console"},
	{"OTSAuthFailed", "system time",
	 "this machine's clock is more than 15 minutes off: set it (timedatectl, chrony)"},
	{"OTSAuthFailed", "oken",
	 "the temporary key has expired or does not belong to its token: get a new one"},
	{"OTSAuthFailed", "", "the service does not accept this key: check id, secret and token"},
	{"OTSObjectNotExist", "",
	 "check the table's name; a restore makes a table that is missing"},
	{"InvalidAccessKeyId", "",
	 "the key id is not known to the service: use a key of this account, or make a new one in "
	 "RAM"},
	{"SignatureDoesNotMatch", "",
	 "the secret does not belong to the key id, or the region is wrong: set them again"},
	{"RequestTimeTooSkewed", "",
	 "this machine's clock is more than 15 minutes off: set it (timedatectl, chrony)"},
	{"SecurityTokenExpired", "", "the temporary key has expired: get a new one"},
	{"NoSuchBucket", "", "check the bucket's name, and that the endpoint is of its region"},
};

static const char *of_status(enum ots_status status)
{
	switch (status) {
	case OTS_NETWORK:
		return "check the endpoint's name, that it speaks http or https as written, and "
		       "this machine's network; VPC and internal endpoints answer inside their "
		       "region only; a proxy is taken from https_proxy";
	case OTS_TIMEOUT:
		return "nothing answered in time: check the endpoint, firewalls and proxies "
		       "between";
	case OTS_CORRUPT:
		return "the answer is not one of the service's: something between speaks in its "
		       "place, or "
		       "the URL names another service";
	case OTS_THROTTLED:
	case OTS_SERVER: return "the service asks to come back later: try again";
	case OTS_OK:
	case OTS_USAGE:
	case OTS_NOT_FOUND:
	case OTS_EXISTS:
	case OTS_DENIED:
	case OTS_UNSUPPORTED:
	case OTS_LIMIT:
	case OTS_NO_MEMORY:
	case OTS_NO_SPACE:
	case OTS_IO:
	case OTS_REFUSED:
	case OTS_CHANGED:
	case OTS_CANCELLED: break;
	}
	return NULL;
}

const char *check_advice(const struct ots_error *err)
{
	const char *advice;

	for (size_t i = 0; i < sizeof of_codes / sizeof *of_codes; i++) {
		if (strcmp(err->code, of_codes[i].code) == 0 &&
		    strstr(err->text, of_codes[i].text) != NULL)
			return of_codes[i].advice;
	}
	advice = of_status(err->status);
	if (advice == NULL && err->code[0] != '\0')
		advice =
			"the service refuses the request itself: look its code up in the service's "
			"documentation, or give the request's id to its support";
	return advice;
}

const char *check_key_advice(const struct ots_error *err)
{
	if (ots_status_is_transient(err->status))
		return "what gives the key does not answer: check the network to it, or keep a key "
		       "in another place (CREDENTIALS in otsfs(1))";
	return "mend that place, or set ALIBABA_CLOUD_ACCESS_KEY_ID and "
	       "ALIBABA_CLOUD_ACCESS_KEY_SECRET; CREDENTIALS in otsfs(1) has every place for a key";
}

bool check_lacks_permission(const struct ots_error *err)
{
	return strcmp(err->code, "OTSNoPermissionAccess") == 0 ||
	       strcmp(err->code, "OTSPermissionDenied") == 0 ||
	       strcmp(err->code, "AccessDenied") == 0;
}
