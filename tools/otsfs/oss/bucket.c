#include "bucket.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#define SCHEME "oss://"

bool bucket_is(const char *words)
{
	return strncmp(words, SCHEME, sizeof SCHEME - 1) == 0;
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Options come first, then variables, then the files of Alibaba's tools, which are not even read
 * where the others say it all. How a file's endpoint is addressed and signed for goes with it. */
static enum ots_status set_place(const char *source, struct oss_words *words, struct bucket *out,
				 struct ots_error *err)
{
	struct ots_oss_options *options = &out->options;
	enum ots_status status = OTS_OK;
	char *places;

	options->endpoint = words->endpoint != NULL ? words->endpoint : variable("OSS_ENDPOINT");
	options->region = words->region != NULL ? words->region : variable("OSS_REGION");
	if (options->endpoint != NULL)
		status = ots_oss_check_endpoint(options->endpoint, err);
	if (status != OTS_OK)
		return status;
	if (options->endpoint != NULL &&
	    (options->region != NULL || ots_oss_names_region(options->endpoint, options->bucket)))
		return OTS_OK;
	status = ots_bucket_settings_find(options->bucket, &out->settings, err);
	if (status != OTS_OK)
		return status;
	if (options->region == NULL)
		options->region = out->settings.region;
	if (options->endpoint == NULL) {
		options->endpoint = out->settings.endpoint;
		if (words->addressing == NULL)
			words->addressing = out->settings.addressing;
		if (words->sign == NULL)
			words->sign = out->settings.sign;
	}
	if (options->endpoint != NULL || options->region != NULL)
		return OTS_OK;
	places = ots_bucket_settings_places();
	status = ots_fail(err, OTS_USAGE,
			  "%s: no endpoint; give --endpoint or --region (or OSS_ENDPOINT, "
			  "OSS_REGION); looked at %s as well",
			  source, places != NULL ? places : "the files of Alibaba's tools");
	free(places);
	return status;
}

static enum ots_status set_forms(const struct oss_words *words, struct ots_oss_options *options,
				 struct ots_error *err)
{
	static const struct {
		const char *word;
		enum ots_oss_addressing addressing;
	} forms[] = {{"auto", OTS_OSS_AUTO},
		     {"virtual", OTS_OSS_VIRTUAL},
		     {"path", OTS_OSS_PATH},
		     {"cname", OTS_OSS_CNAME}};
	bool found = words->addressing == NULL;

	for (size_t i = 0; !found && i < sizeof forms / sizeof *forms; i++) {
		found = strcmp(words->addressing, forms[i].word) == 0;
		if (found)
			options->addressing = forms[i].addressing;
	}
	if (!found)
		return ots_fail(err, OTS_USAGE,
				"--addressing takes auto, virtual, path or cname, not '%s'",
				words->addressing);
	if (words->sign != NULL && strcmp(words->sign, "v1") == 0)
		options->version = OTS_OSS_V1;
	else if (words->sign != NULL && strcmp(words->sign, "v4") != 0)
		return ots_fail(err, OTS_USAGE, "--sign takes v4 or v1, not '%s'", words->sign);
	if (words->encryption == NULL)
		return OTS_OK;
	if (strcmp(words->encryption, "AES256") != 0 && strcmp(words->encryption, "KMS") != 0 &&
	    strncmp(words->encryption, "KMS:", 4) != 0)
		return ots_fail(err, OTS_USAGE, "--sse takes AES256, KMS or KMS:id, not '%s'",
				words->encryption);
	options->encryption = words->encryption[0] == 'K' ? "KMS" : "AES256";
	if (strncmp(words->encryption, "KMS:", 4) == 0)
		options->encryption_key_id = words->encryption + 4;
	return OTS_OK;
}

static enum ots_status open_chain(struct bucket *out, const struct oss_words *words,
				  struct ots_error *err)
{
	const struct ots_http_options http = {.ca_file = words->ca_file};
	struct ots_credential_options chain = {
		.use = OTS_FOR_OSS, .loopback = ots_oss_is_loopback(out->options.endpoint)};
	enum ots_status status = ots_http_new(&http, &out->http, err);

	chain.http = out->http;
	if (status == OTS_OK)
		status = ots_credential_chain_open(&chain, &out->chain, err);
	out->options.credentials = out->chain;
	return status;
}

enum ots_status bucket_open(const char *source, const struct oss_words *words, int64_t timeout_ms,
			    struct bucket *out, struct ots_error *err)
{
	const struct ots_transfers_options transfers = {
		.http = {.ca_file = words->ca_file},
		.seed = (uint64_t)ots_clock_wall_us(&ots_clock_system)};
	const char *bucket = source + sizeof SCHEME - 1;
	const size_t len = strcspn(bucket, "/");
	struct oss_words said = *words;
	enum ots_status status;

	out->options = (struct ots_oss_options){
		.bucket = {(const uint8_t *)bucket, len},
		.prefix = ots_bytes_of(bucket[len] == '/' ? bucket + len + 1 : ""),
		.anonymous = words->anonymous,
		.clock = &ots_clock_system,
		.timeout_ms = timeout_ms,
	};
	/* Before keys are looked for, which may ask other services. */
	status = set_place(source, &said, out, err);
	if (status == OTS_OK)
		status = set_forms(&said, &out->options, err);
	if (status == OTS_OK && !words->anonymous)
		status = open_chain(out, words, err);
	if (status == OTS_OK)
		status = ots_transfers_new(&transfers, &out->transfers, err);
	out->options.transfers = out->transfers;
	if (status == OTS_OK)
		status = ots_oss_open(&out->options, &out->store, &out->is_object, err);
	return status;
}

enum ots_status bucket_open_beside(const struct bucket *bucket, struct ots_bytes prefix,
				   struct ots_store **out, struct ots_error *err)
{
	struct ots_oss_options options = bucket->options;
	bool is_object;

	options.prefix = prefix;
	return ots_oss_open(&options, out, &is_object, err);
}

void bucket_close(struct bucket *bucket)
{
	ots_store_free(bucket->store);
	ots_transfers_free(bucket->transfers);
	ots_credential_chain_free(bucket->chain);
	ots_http_free(bucket->http);
	ots_bucket_settings_release(&bucket->settings);
	*bucket = (struct bucket){.store = NULL};
}
