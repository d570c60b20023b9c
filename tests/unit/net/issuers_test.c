/* Keys from STS, the metadata service, an address and a program. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../../core/net/issuers/sts_endpoint.h"
#include "../../support/scripted_server.h"
#include "keyring.h"

TestSuite(issuers, .timeout = 60);

/* Plays STS, metadata service and address. */
struct issuer {
	int status;
	const char *body;
	bool version_1_only;
	char head[2048], form[8192]; /* of the last request */
	struct scripted_server *server;
	char url[64];
};

#define KEY_OF(id)                                                                                 \
	"{\"Code\":\"Success\",\"AccessKeyId\":\"" id                                              \
	"\",\"AccessKeySecret\":\"hidden\",\"SecurityToken\":\"token\","                           \
	"\"Expiration\":\"2026-11-21T03:30:00Z\"}"
#define STS_KEY                                                                                    \
	"{\"RequestId\":\"r\",\"Credentials\":{\"AccessKeyId\":\"STS.x\",\"AccessKeySecret\":"     \
	"\"hidden\",\"SecurityToken\":\"token\",\"Expiration\":\"2026-11-21T03:30:00Z\"},"         \
	"\"AssumedRoleUser\":{\"Arn\":\"a\"}}"

static enum scripted_after play(void *arg, const struct scripted_request *request,
				struct ots_buffer *out)
{
	struct issuer *issuer = arg;
	const bool has_token =
		strstr(request->head, "\r\nX-aliyun-ecs-metadata-token: secret-token\r\n") != NULL;

	(void)snprintf(issuer->head, sizeof issuer->head, "%s", request->head);
	(void)snprintf(issuer->form, sizeof issuer->form, "%.*s", (int)request->body_len,
		       (const char *)request->body);
	if (strncmp(request->head, "PUT /latest/api/token ", 22) == 0) {
		if (issuer->version_1_only)
			scripted_answer(out, 404, "", "", 0);
		else
			scripted_answer(out, 200, "", "secret-token", 12);
	} else if (strncmp(request->head, "GET /latest/meta-data/", 22) == 0 &&
		   has_token == issuer->version_1_only) {
		scripted_answer(out, 401, "", "", 0);
	} else if (strstr(request->head, "/ram/security-credentials/ HTTP") != NULL) {
		scripted_answer(out, 200, "", "the-role\n", 9);
	} else {
		scripted_answer(out, issuer->status, "", issuer->body, strlen(issuer->body));
	}
	return SCRIPTED_KEEP;
}

static void open_all(struct keyring *keyring, struct issuer *issuer)
{
	keyring_open(keyring);
	if (issuer->status == 0)
		issuer->status = 200;
	issuer->server = scripted_server_start(play, issuer);
	(void)snprintf(issuer->url, sizeof issuer->url, "%s", scripted_server_url(issuer->server));
	keyring->metadata_url = issuer->url;
	keyring_set("ALIBABA_CLOUD_STS_ENDPOINT", issuer->url);
}

static void close_all(struct keyring *keyring, struct issuer *issuer)
{
	scripted_server_stop(issuer->server);
	keyring_close(keyring);
}

Test(issuers, the_role_of_the_instance_by_version_2_and_by_version_1)
{
	struct keyring keyring;
	struct issuer issuer = {.body = KEY_OF("STS.r")};

	open_all(&keyring, &issuer);
	keyring_expect(&keyring, false, "STS.r", "hidden", "token", "role of this instance");
	cr_expect_eq(strncmp(issuer.head,
			     "GET /latest/meta-data/ram/security-credentials/the-role HTTP", 60),
		     0, "%s", issuer.head);
	cr_expect_eq(scripted_server_requests(issuer.server), 3);
	keyring_set("ALIBABA_CLOUD_ECS_METADATA", "named");
	keyring_expect(&keyring, true, "STS.r", "hidden", "token", "role of this instance");
	cr_expect_eq(scripted_server_requests(issuer.server), 5, "a name that is known");
	issuer.version_1_only = true;
	keyring_expect(&keyring, false, "STS.r", "hidden", "token", "role of this instance");
	keyring_set("ALIBABA_CLOUD_IMDSV1_DISABLED", "true");
	keyring_expect_failure(&keyring, false, OTS_DENIED,
			       "ALIBABA_CLOUD_IMDSV1_DISABLED forbids to ask without");
	close_all(&keyring, &issuer);
}

Test(issuers, an_endpoint_on_this_machine_does_not_ask_the_metadata_service)
{
	struct keyring keyring;
	struct issuer issuer = {.body = KEY_OF("STS.r")};

	open_all(&keyring, &issuer);
	keyring_expect(&keyring, true, "otsfs-local", "otsfs-local-secret", NULL, "own key");
	cr_expect_eq(scripted_server_requests(issuer.server), 0);
	keyring_set("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "1");
	keyring_expect_failure(&keyring, false, OTS_DENIED, "no access key found");
	cr_expect_eq(scripted_server_requests(issuer.server), 0);
	close_all(&keyring, &issuer);
}

Test(issuers, no_metadata_service_is_no_key_found)
{
	struct keyring keyring;
	struct issuer issuer = {.body = KEY_OF("STS.r")};

	open_all(&keyring, &issuer);
	keyring.metadata_url = "http://127.0.0.1:1";
	keyring_expect_failure(&keyring, false, OTS_DENIED,
			       "no metadata service at http://127.0.0.1:1 within 1000 ms");
	/* A proxy does not stand between, whatever the environment says. */
	keyring.metadata_url = issuer.url;
	keyring_set("http_proxy", "http://127.0.0.1:1");
	keyring_set("all_proxy", "http://127.0.0.1:1");
	keyring_expect(&keyring, false, "STS.r", "hidden", "token", "role of this instance");
	close_all(&keyring, &issuer);
}

Test(issuers, answers_that_are_none_are_told)
{
	static const struct {
		int http;
		const char *body;
		enum ots_status status;
		const char *text;
	} cases[] = {
		{200, "", OTS_CORRUPT, "the 0 bytes are no JSON object with a key"},
		{200, "[]", OTS_CORRUPT, "no JSON object"},
		{200, KEY_OF("a") "x", OTS_CORRUPT, "no JSON object"},
		{200, "{\"Code\":\"Failed\",\"Message\":\"why\"}", OTS_DENIED,
		 "refuses: Failed: why"},
		{200, "{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"hidden\"}", OTS_CORRUPT,
		 "an answer without Expiration"},
		{200,
		 "{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"hidden\",\"Expiration\":\"soon\"}",
		 OTS_CORRUPT, "Expiration 'soon' is no time"},
		{200,
		 "{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"hidden\",\"Expiration\":"
		 "\"2026-11-21T02:30:00Z\"}",
		 OTS_DENIED, "a key that ended at 2026-11-21T02:30:00Z"},
		{200, "{\"AccessKeySecret\":\"hidden\",\"Expiration\":\"2026-11-21T03:30:00Z\"}",
		 OTS_DENIED, "no access key id"},
		{200, "{\"AccessKeyId\":\"a\",\"Expiration\":\"2026-11-21T03:30:00Z\"}", OTS_DENIED,
		 "no access key secret"},
		{200,
		 "{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"hidden\\r\\n\",\"Expiration\":"
		 "\"2026-11-21T03:30:00Z\"}",
		 OTS_DENIED, "byte 6 is not one of a key"},
		{403, "{\"Code\":\"Forbidden\",\"Message\":\"no\"}", OTS_DENIED,
		 "refuses: Forbidden: no"},
		{403, "oops", OTS_DENIED, "answers HTTP status 403"},
		{429, "", OTS_THROTTLED, "answers HTTP status 429"},
		{500, "", OTS_SERVER, "answers HTTP status 500"},
		{404, "", OTS_DENIED, "the instance has no such role"},
	};
	struct keyring keyring;
	struct issuer issuer = {.body = ""};

	open_all(&keyring, &issuer);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		issuer.status = cases[i].http;
		issuer.body = cases[i].body;
		keyring_expect_failure(&keyring, false, cases[i].status, cases[i].text);
	}
	close_all(&keyring, &issuer);
}

static const char profile[] =
	"{\"current\":\"role\",\"profiles\":["
	"{\"name\":\"base\",\"mode\":\"AK\",\"access_key_id\":\"LTAI\",\"access_key_secret\":"
	"\"hidden\"},"
	"{\"name\":\"role\",\"mode\":\"ChainableRamRoleArn\",\"source_profile\":\"base\","
	"\"ram_role_arn\":\"acs:ram::1:role/r & x\",\"ram_session_name\":\"s\",\"external_id\":"
	"\"e\",\"expired_seconds\":901}]}";

Test(issuers, a_role_is_assumed_with_a_signed_form)
{
	static const char *const parts[] = {
		"AccessKeyId=LTAI&Action=AssumeRole&DurationSeconds=901&ExternalId=e&Format=JSON&"
		"RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr%20%26%20x&RoleSessionName=s&SignatureMethod="
		"HMAC-SHA1&SignatureNonce=",
		"&SignatureVersion=1.0&Timestamp=2026-11-21T02%3A30%3A00Z&Version=2015-04-01&"
		"Signature="};
	struct keyring keyring;
	struct issuer issuer = {.body = STS_KEY};

	open_all(&keyring, &issuer);
	keyring_file(&keyring, ".aliyun/config.json", 0600, profile);
	keyring_expect(&keyring, true, "STS.x", "hidden", "token", "profile role");
	cr_expect_eq(strncmp(issuer.head, "POST / HTTP", 11), 0, "%s", issuer.head);
	cr_expect_not_null(strstr(issuer.head, "application/x-www-form-urlencoded"));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		cr_expect_not_null(strstr(issuer.form, parts[i]), "%s", issuer.form);
	issuer.status = 400;
	issuer.body = "{\"Code\":\"EntityNotExist.Role\",\"Message\":\"no such role\"}";
	keyring_expect_failure(&keyring, true, OTS_DENIED,
			       "STS refuses: EntityNotExist.Role: no such role");
	issuer.body = "{\"Code\":\"Throttling.User\"}";
	keyring_expect_failure(&keyring, true, OTS_THROTTLED, "STS refuses: Throttling.User");
	close_all(&keyring, &issuer);
}

Test(issuers, the_endpoint_of_sts_is_held_to_tls)
{
	static const struct {
		const char *endpoint, *text;
	} cases[] = {
		{"http://sts.aliyuncs.com", "http:// is for this machine only"},
		{"http://127.0.0.1.example.com", "http:// is for this machine only"},
		{"http://localhost@example.com", "http:// is for this machine only"},
		{"http://localhost:80@example.com", "not the name of a host"},
		{"https://", "not the name of a host"},
		{"sts.aliyuncs.com/path", "not the name of a host"},
	};
	struct keyring keyring;
	struct issuer issuer = {.body = STS_KEY};

	open_all(&keyring, &issuer);
	keyring_file(&keyring, ".aliyun/config.json", 0600, profile);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		keyring_set("ALIBABA_CLOUD_STS_ENDPOINT", cases[i].endpoint);
		keyring_expect_failure(&keyring, true, OTS_DENIED, cases[i].text);
	}
	keyring_set("ALIBABA_CLOUD_STS_ENDPOINT", NULL);
	keyring_set("ALIBABA_CLOUD_STS_REGION", "cn-hangzhou.evil.example");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "not the name of one");
	cr_expect_eq(scripted_server_requests(issuer.server), 0);
	close_all(&keyring, &issuer);
}

Test(issuers, a_role_through_oidc_reads_its_token_each_time)
{
	struct keyring keyring;
	struct issuer issuer = {.body = STS_KEY};
	char path[300];

	open_all(&keyring, &issuer);
	(void)snprintf(path, sizeof path, "%s/token", keyring.home.path);
	keyring_set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", path);
	keyring_expect_failure(&keyring, true, OTS_DENIED,
			       "mode OIDC without ALIBABA_CLOUD_ROLE_ARN");
	keyring_set("ALIBABA_CLOUD_ROLE_ARN", "role");
	keyring_expect_failure(&keyring, true, OTS_DENIED,
			       "mode OIDC without ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
	keyring_set("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "provider");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "is not there");
	keyring_file(&keyring, "token", 0644, "\n");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "holds no token");
	keyring_file(&keyring, "token", 0644, "eyJ.a+b\n");
	keyring_expect(&keyring, true, "STS.x", "hidden", "token", "OIDC_TOKEN_FILE");
	cr_expect_str_eq(issuer.form, "Action=AssumeRoleWithOIDC&DurationSeconds=3600&Format=JSON&"
				      "OIDCProviderArn=provider&OIDCToken=eyJ.a%2Bb&RoleArn=role&"
				      "RoleSessionName=otsfs&Version=2015-04-01");
	close_all(&keyring, &issuer);
}

Test(issuers, an_address_answers_a_key_and_is_not_shown)
{
	struct keyring keyring;
	struct issuer issuer = {.body = KEY_OF("uri")};
	char address[128];

	open_all(&keyring, &issuer);
	(void)snprintf(address, sizeof address, "%s/k?pass=hidden", issuer.url);
	keyring_set("ALIBABA_CLOUD_CREDENTIALS_URI", address);
	keyring_expect(&keyring, true, "uri", "hidden", "token", "CREDENTIALS_URI");
	issuer.body = "{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"hidden\"}";
	keyring_expect(&keyring, true, "a", "hidden", NULL, "CREDENTIALS_URI");
	issuer.status = 500;
	keyring_expect_failure(&keyring, true, OTS_SERVER, "the credentials address answers");
	keyring_set("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/k?pass=hidden");
	keyring_expect_failure(&keyring, true, OTS_NETWORK, "the credentials address: ");
	keyring_set("ALIBABA_CLOUD_CREDENTIALS_URI", "file:///k?pass=hidden");
	keyring_expect_failure(&keyring, true, OTS_USAGE,
			       "the credentials address: not a URL of http or https");
	close_all(&keyring, &issuer);
}

static void external(const struct keyring *keyring, const char *command)
{
	char text[1024];

	(void)snprintf(text, sizeof text,
		       "{\"profiles\":[{\"name\":\"default\",\"mode\":\"External\","
		       "\"process_command\":\"%s\"}]}",
		       command);
	keyring_file(keyring, ".aliyun/config.json", 0600, text);
}

Test(issuers, a_program_prints_a_key_without_a_shell)
{
	struct keyring keyring;
	struct issuer issuer = {.body = ""};

	open_all(&keyring, &issuer);
	external(&keyring,
		 "printf '%s' '{\\\"mode\\\":\\\"AK\\\",\\\"access_key_id\\\":\\\"p;$HOME`x`*\\\","
		 "\\\"access_key_secret\\\":\\\"hidden\\\"}'");
	keyring_expect(&keyring, true, "p;$HOME`x`*", "hidden", NULL, "profile default");
	external(&keyring, "sh -c 'exit 7'");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "sh ends with status 7");
	external(&keyring, "sh -c 'kill -9 $$'");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "sh was ended by signal 9");
	external(&keyring, "/nowhere/at-all hidden");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "/nowhere/at-all does not start");
	external(&keyring, "printf 'hidden");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "a quote that does not end");
	external(&keyring, "  ");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "a command without a program");
	external(&keyring, "printf hidden");
	keyring_expect_failure(&keyring, true, OTS_CORRUPT, "printf: the 6 bytes are no JSON");
	external(&keyring, "head -c 65537 /dev/zero");
	keyring_expect_failure(&keyring, true, OTS_LIMIT, "prints more than 65536 bytes");
	keyring_set("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS", "true");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "forbids to run a program");
	close_all(&keyring, &issuer);
}

Test(issuers, a_program_that_stays_is_ended_with_what_it_started)
{
	struct keyring keyring;
	struct issuer issuer = {.body = ""};

	open_all(&keyring, &issuer);
	keyring_file(&keyring, ".ossutilconfig", 0600,
		     "[default]\nmode = Process\ncredential-process = sh -c 'sleep 100 & sleep "
		     "100'\ncredential-process-timeout = 1\n");
	keyring_expect_failure(&keyring, true, OTS_TIMEOUT, "the program does not end in time");
	/* It closes its output and stays. */
	keyring_file(&keyring, ".ossutilconfig", 0600,
		     "[default]\nmode = Process\ncredential-process = sh -c 'exec >&-; sleep "
		     "100'\ncredential-process-timeout = 1\n");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "was ended by signal 9");
	keyring_file(&keyring, ".ossutilconfig", 0600,
		     "[default]\nmode = Process\ncredential-process = true\n"
		     "credential-process-timeout = 601\n");
	keyring_expect_failure(&keyring, true, OTS_DENIED, "not 1 to 600 seconds");
	close_all(&keyring, &issuer);
}

Test(issuers, which_sts_is_asked)
{
	static const struct {
		const char *endpoint, *region, *vpc;             /* of the profile */
		const char *env_endpoint, *env_region, *env_vpc; /* of the environment */
		const char *url;
	} cases[] = {
		{NULL, NULL, NULL, NULL, NULL, NULL, "https://sts.aliyuncs.com/"},
		{NULL, "cn-a", NULL, NULL, NULL, NULL, "https://sts.cn-a.aliyuncs.com/"},
		{NULL, "cn-a", "true", NULL, NULL, NULL, "https://sts-vpc.cn-a.aliyuncs.com/"},
		{NULL, "cn-a", NULL, NULL, "cn-b", "true", "https://sts-vpc.cn-a.aliyuncs.com/"},
		{NULL, "cn-a", "false", NULL, NULL, "true", "https://sts.cn-a.aliyuncs.com/"},
		{NULL, NULL, NULL, NULL, "cn-b", NULL, "https://sts.cn-b.aliyuncs.com/"},
		{NULL, "cn-a", NULL, "sts.b.c", NULL, NULL, "https://sts.b.c/"},
		{"sts.a.c", "cn-a", NULL, "sts.b.c", NULL, NULL, "https://sts.a.c/"},
		{"https://sts.a.c:444", NULL, NULL, NULL, NULL, NULL, "https://sts.a.c:444/"},
		{"http://localhost:1", NULL, NULL, NULL, NULL, NULL, "http://localhost:1/"},
	};
	struct keyring keyring;

	keyring_open(&keyring);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct {
			enum recipe_field field;
			const char *text;
		} own[] = {{RECIPE_STS_ENDPOINT, cases[i].endpoint},
			   {RECIPE_STS_REGION, cases[i].region},
			   {RECIPE_STS_VPC, cases[i].vpc}};
		struct recipe *recipe = recipe_new("r");
		char url[STS_URL_BYTES];

		cr_assert_not_null(recipe);
		for (size_t k = 0; k < 3; k++) {
			if (own[k].text != NULL)
				cr_assert_eq(
					recipe_set(recipe, own[k].field,
						   (struct ots_bytes){(const uint8_t *)own[k].text,
								      strlen(own[k].text)},
						   NULL),
					OTS_OK);
		}
		keyring_set("ALIBABA_CLOUD_STS_ENDPOINT", cases[i].env_endpoint);
		keyring_set("ALIBABA_CLOUD_STS_REGION", cases[i].env_region);
		keyring_set("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", cases[i].env_vpc);
		cr_expect_eq(sts_url(recipe, url, NULL), OTS_OK);
		cr_expect_str_eq(url, cases[i].url, "case %zu: %s", i, url);
		recipe_free(recipe);
	}
	keyring_close(&keyring);
}

Test(issuers, an_answer_has_a_limit)
{
	static char body[65536 + 2];
	struct keyring keyring;
	struct issuer issuer = {.body = body};

	open_all(&keyring, &issuer);
	memset(body, ' ', sizeof body - 1);
	memcpy(body, KEY_OF("STS.r"), strlen(KEY_OF("STS.r")));
	keyring_expect_failure(&keyring, false, OTS_LIMIT, "above the limit of 65536 bytes");
	body[65536] = '\0';
	keyring_expect(&keyring, false, "STS.r", "hidden", "token", "role of this instance");
	close_all(&keyring, &issuer);
}
