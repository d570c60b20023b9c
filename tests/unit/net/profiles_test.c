/* The files of Alibaba's tools: what they say, and what in them makes no sense. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../../core/net/profiles/profiles.h"

TestSuite(profiles, .timeout = 60);

struct expectation {
	const char *text;
	const char *profile; /* NULL: the file's own choice */
	enum ots_status status;
	const char *expected; /* `mode field=value …` of the recipe; NULL: none; or the message */
};

static const char *const modes[] = {"key", "sts", "role", "oidc", "instance", "process", "uri"};
static const char *const fields[] = {"id",       "secret",   "token",    "role",     "session",
				     "duration", "policy",   "external", "region",   "endpoint",
				     "vpc",      "provider", "file",     "instance", "command",
				     "timeout",  "address"};

static void print_recipe(const struct recipe *recipe, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (; recipe != NULL; recipe = recipe->base) {
		len += (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? " < " : "",
					modes[recipe->mode]);
		for (size_t i = 0; i < RECIPE_FIELDS; i++) {
			if (recipe->text[i] != NULL)
				len += (size_t)snprintf(out + len, size - len, " %s=%s", fields[i],
							recipe->text[i]);
		}
	}
}

static void check(profile_decode_fn *decode, const struct expectation *cases, size_t count)
{
	_Static_assert(sizeof fields / sizeof *fields == RECIPE_FIELDS, "a word for each field");
	for (size_t i = 0; i < count; i++) {
		const struct ots_bytes text = {(const uint8_t *)cases[i].text,
					       strlen(cases[i].text)};
		struct recipe *recipe = NULL;
		struct ots_error err = {0};
		char shown[1024];

		cr_expect_eq(decode(text, "/f", cases[i].profile, &recipe, &err), cases[i].status,
			     "case %zu: %s", i, err.text);
		if (cases[i].status != OTS_OK) {
			cr_expect_not_null(strstr(err.text, cases[i].expected), "case %zu: %s", i,
					   err.text);
			cr_expect_null(strstr(err.text, "hidden"), "case %zu: %s", i, err.text);
			cr_expect_null(recipe);
		} else if (cases[i].expected == NULL) {
			cr_expect_null(recipe, "case %zu", i);
		} else {
			print_recipe(recipe, shown, sizeof shown);
			cr_expect_str_eq(shown, cases[i].expected, "case %zu: %s", i, shown);
		}
		recipe_free(recipe);
	}
}

#define P(members) "{\"profiles\":[{\"name\":\"default\"," members "}]}"
#define AK "\"access_key_id\":\"a\",\"access_key_secret\":\"hidden\""

Test(profiles, of_the_cli)
{
	static const struct expectation cases[] = {
		{P("\"mode\":\"AK\"," AK), NULL, OTS_OK, "key id=a secret=hidden"},
		{P(AK), NULL, OTS_OK, "key id=a secret=hidden"},
		{P("\"mode\":null," AK), NULL, OTS_OK, "key id=a secret=hidden"},
		{"\n{\"profiles\":[{\"extra\":{\"name\":\"q\"},\"name\":\"p\"," AK
		 "},{\"name\":\"q\",\"mode\":\"StsToken\"," AK ",\"sts_token\":\"t\\/\"}],"
		 "\"current\":\"p\"}\n",
		 "q", OTS_OK, "sts id=a secret=hidden token=t/"},
		{"{\"profiles\":[{\"name\":\"p\"," AK "}],\"current\":\"p\"}", NULL, OTS_OK,
		 "key id=a secret=hidden"},
		{"{\"current\":\"q\",\"profiles\":[{\"name\":\"p\"," AK "}]}", NULL, OTS_OK, NULL},
		{"{\"profiles\":[]}", NULL, OTS_OK, NULL},
		{"{}", "p", OTS_OK, NULL},
		{P("\"mode\":\"EcsRamRole\",\"ram_role_name\":\"r\""), NULL, OTS_OK,
		 "instance instance=r"},
		{P("\"mode\":\"EcsRamRole\",\"ram_role_name\":\"\""), NULL, OTS_OK, "instance"},
		{P("\"mode\":\"OIDC\",\"oidc_provider_arn\":\"o\",\"oidc_token_file\":\"f\","
		   "\"ram_role_arn\":\"r\",\"sts_region\":\"cn-x\""),
		 NULL, OTS_OK, "oidc role=r region=cn-x provider=o file=f"},
		{P("\"mode\":\"External\",\"process_command\":\"c d\""), NULL, OTS_OK,
		 "process command=c d"},
		{P("\"mode\":\"CredentialsURI\",\"credentials_uri\":\"u\""), NULL, OTS_OK,
		 "uri address=u"},
		{P("\"mode\":\"RamRoleArn\"," AK ",\"ram_role_arn\":\"r\",\"ram_session_name\":"
		   "\"s\",\"expired_seconds\":900,\"enable_vpc\":true,\"sts_endpoint\":\"h\","
		   "\"policy\":\"{}\",\"external_id\":\"e\""),
		 NULL, OTS_OK,
		 "role id=a secret=hidden role=r session=s duration=900 policy={} external=e "
		 "endpoint=h vpc=true"},
		{"{\"profiles\":[{\"name\":\"c\",\"mode\":\"ChainableRamRoleArn\","
		 "\"source_profile\":\"b\",\"ram_role_arn\":\"2\"},{\"name\":\"b\",\"mode\":"
		 "\"ChainableRamRoleArn\",\"source_profile\":\"a\",\"ram_role_arn\":\"1\"},"
		 "{\"name\":\"a\"," AK "}]}",
		 "c", OTS_OK, "role role=2 < role role=1 < key id=a secret=hidden"},
		{"{\"profiles\":[{\"name\":\"c\",\"mode\":\"ChainableRamRoleArn\","
		 "\"source_profile\":\"c\",\"ram_role_arn\":\"2\"}]}",
		 "c", OTS_DENIED, "/f, profile c: the source profile leads on for more than 8"},
		{"{\"profiles\":[{\"name\":\"c\",\"mode\":\"ChainableRamRoleArn\","
		 "\"source_profile\":\"d\",\"ram_role_arn\":\"2\"}]}",
		 "c", OTS_DENIED, "/f, profile c: its source profile is not in /f"},
		{P("\"mode\":\"ChainableRamRoleArn\",\"ram_role_arn\":\"2\""), NULL, OTS_DENIED,
		 "mode ChainableRamRoleArn without source_profile"},
		{P("\"mode\":\"AK\",\"access_key_id\":\"a\""), NULL, OTS_DENIED,
		 "/f, profile default: mode AK without access_key_secret"},
		{P("\"mode\":\"AK\",\"access_key_secret\":\"hidden\""), NULL, OTS_DENIED,
		 "mode AK without access_key_id"},
		{P("\"mode\":\"StsToken\"," AK), NULL, OTS_DENIED,
		 "mode StsToken without sts_token"},
		{P("\"mode\":\"RamRoleArn\"," AK), NULL, OTS_DENIED,
		 "mode RamRoleArn without ram_role_arn"},
		{P("\"mode\":\"OIDC\",\"ram_role_arn\":\"r\""), NULL, OTS_DENIED,
		 "mode OIDC without oidc_provider_arn"},
		{P("\"mode\":\"CloudSSO\""), NULL, OTS_UNSUPPORTED,
		 "mode CloudSSO is not read here; use one of AK StsToken RamRoleArn "
		 "ChainableRamRoleArn EcsRamRole OIDC External CredentialsURI"},
		{P("\"mode\":\"OAuth\""), NULL, OTS_UNSUPPORTED, "mode OAuth is not read here"},
		{P("\"mode\":\"BearerToken\""), NULL, OTS_UNSUPPORTED, "mode BearerToken"},
		{P("\"mode\":\"RsaKeyPair\""), NULL, OTS_UNSUPPORTED, "mode RsaKeyPair"},
		{"", NULL, OTS_CORRUPT, "/f is no configuration of the cli"},
		{"[]", NULL, OTS_CORRUPT, "no configuration"},
		{"{\"profiles\":{}}", NULL, OTS_OK, NULL},
		{"{\"profiles\":[1]}", NULL, OTS_CORRUPT, "no configuration"},
		{P(AK) "x", NULL, OTS_CORRUPT, "no configuration"},
		{"{\"profiles\":[{\"access_key_secret\":\"hidden\"", NULL, OTS_CORRUPT,
		 "no configuration of the cli at byte"},
		{P("\"access_key_secret\":\"hidden\\u0000\""), NULL, OTS_CORRUPT,
		 "access_key_secret: a value with a zero byte"},
		{P("\"access_key_secret\":\"hidden\\ud800\""), NULL, OTS_CORRUPT, "no config"},
	};

	check(aliyun_config_decode, cases, sizeof cases / sizeof *cases);
}

#define V1 "[Credentials]\naccessKeyID=one\naccessKeySecret=hidden\n"
#define V2 "[default]\naccess-key-id=two\naccess-key-secret=hidden\n"

Test(profiles, of_ossutil)
{
	static const struct expectation cases[] = {
		{V1, NULL, OTS_OK, "key id=one secret=hidden"},
		{V2, NULL, OTS_OK, "key id=two secret=hidden"},
		{V1 V2, NULL, OTS_OK, "key id=two secret=hidden"},
		/* A section of version 2 that is about other things leaves version 1 its say. */
		{"[default]\nregion=cn-x\nendpoint=e\n" V1, NULL, OTS_OK,
		 "key id=one secret=hidden"},
		{"", NULL, OTS_OK, NULL},
		{"[Bucket-Endpoint]\nb=e\n", NULL, OTS_OK, NULL},
		{"\xef\xbb\xbf[credentials]\r\n ACCESS_KEY_ID = one # mine\r\n"
		 "Access-Key-Secret\t=\thidden#1 \r\n; end\r\n#x\r\n",
		 NULL, OTS_OK, "key id=one secret=hidden#1"},
		{"[Credentials]\naccess_id=one\naccess_key=hidden\nstsToken=t\nmode=StsToken", NULL,
		 OTS_OK, "sts id=one secret=hidden token=t"},
		{"[Credentials]\nmode=EcsRamRole\necsRoleName=r\n", NULL, OTS_OK,
		 "instance instance=r"},
		{"[Credentials]\nmode=RamRoleArn\naccessKeyID=a\naccessKeySecret=hidden\n"
		 "ramRoleArn=r\nroleSessionName=s\ntokenTimeOut=1000\nstsRegion=cn-x\n",
		 NULL, OTS_OK,
		 "role id=a secret=hidden role=r session=s duration=1000 region=cn-x"},
		{"[AkService]\necsAk=http://h/k\n", NULL, OTS_OK, "uri address=http://h/k"},
		{"[Profile dev]\nAccessKeyId=d\nAccess_Key_Secret=hidden\n" V2, "dev", OTS_OK,
		 "key id=d secret=hidden"},
		{"[profile  default]\naccessKeyId=p\naccessKeySecret=hidden\n", NULL, OTS_OK,
		 "key id=p secret=hidden"},
		{V1 V2, "dev", OTS_OK, NULL},
		{"[default]\nmode=Process\ncredential-process=\"a b\" c\n"
		 "credential-process-timeout=20\n",
		 NULL, OTS_OK, "process command=\"a b\" c timeout=20"},
		{"[default]\nmode=credentialuri\ncredential-uri=u\n", NULL, OTS_OK,
		 "uri address=u"},
		{"[default]\nmode=oidcRoleArn\nrole-arn=r\noidc-provider-arn=o\n"
		 "oidc-token-file-path=f\n",
		 NULL, OTS_OK, "oidc role=r provider=o file=f"},
		{"[default]\nmode=RamRoleArn\nrole-arn=r\nsource-profile=base\n[profile base]\n"
		 "access-key-id=b\naccess-key-secret=hidden\n",
		 NULL, OTS_OK, "role role=r < key id=b secret=hidden"},
		{"[default]\nmode=RamRoleArn\nrole-arn=r\nsource-profile=default\n", NULL,
		 OTS_DENIED, "or in a circle"},
		{"[default]\naccess-key-id=a\n", NULL, OTS_DENIED,
		 "/f, profile default: mode AK without access-key-secret"},
		{"[Credentials]\naccessKeySecret=hidden\n", NULL, OTS_DENIED,
		 "/f, profile Credentials: mode AK without accessKeyID"},
		{"[default]\nmode=Anonymous\n", NULL, OTS_UNSUPPORTED, "mode Anonymous"},
		{"[default\naccess-key-secret=hidden\n", NULL, OTS_CORRUPT, "/f, line 1: neither"},
		{"\n# c\nhidden\n", NULL, OTS_CORRUPT, "/f, line 3: neither [section] nor name"},
		{"[default]\n=hidden\n", NULL, OTS_CORRUPT, "/f, line 2: neither"},
	};

	check(ossutil_config_decode, cases, sizeof cases / sizeof *cases);
}

Test(profiles, of_the_older_file)
{
	static const struct expectation cases[] = {
		{"[default]\nenable = true\ntype = access_key\naccess_key_id = a\n"
		 "access_key_secret = hidden\n",
		 NULL, OTS_OK, "key id=a secret=hidden"},
		{"[default]\nenable = false\ntype = access_key\n", NULL, OTS_OK, NULL},
		{"[p]\ntype = ecs_ram_role\nrole_name = r\n", "p", OTS_OK, "instance instance=r"},
		{"[p]\ntype = ecs_ram_role\n", NULL, OTS_OK, NULL},
		{"[default]\ntype = ram_role_arn\naccess_key_id = a\naccess_key_secret = hidden\n"
		 "role_arn = r\nrole_session_name = s\n",
		 NULL, OTS_OK, "role id=a secret=hidden role=r session=s"},
		{"[default]\ntype = rsa_key_pair\n", NULL, OTS_UNSUPPORTED,
		 "mode rsa_key_pair is not read here"},
		{"[default]\ntype = sts\naccess_key_id = a\naccess_key_secret = hidden\n", NULL,
		 OTS_DENIED, "mode sts without security_token"},
	};

	check(credentials_file_decode, cases, sizeof cases / sizeof *cases);
}

Test(profiles, a_chain_has_a_limit)
{
	char text[2048];

	for (size_t count = RECIPE_CHAIN_MAX; count <= RECIPE_CHAIN_MAX + 1; count++) {
		struct recipe *recipe = NULL;
		size_t len = 0;

		for (size_t i = 0; i + 1 < count; i++)
			len += (size_t)snprintf(text + len, sizeof text - len,
						"[profile %zu]\nmode=RamRoleArn\nrole-arn=r\n"
						"source-profile=%zu\n",
						i, i + 1);
		len += (size_t)snprintf(text + len, sizeof text - len,
					"[profile %zu]\naccess-key-id=a\naccess-key-secret=b\n",
					count - 1);
		cr_expect_eq(ossutil_config_decode((struct ots_bytes){(uint8_t *)text, len}, "/f",
						   "0", &recipe, NULL),
			     count == RECIPE_CHAIN_MAX ? OTS_OK : OTS_DENIED, "%zu", count);
		recipe_free(recipe);
	}
}

Test(profiles, a_value_has_a_limit)
{
	struct recipe *recipe = recipe_new("r");
	static uint8_t bytes[RECIPE_TEXT_MAX_BYTES + 1];
	struct ots_error err = {0};

	cr_assert_not_null(recipe);
	memset(bytes, 'x', sizeof bytes);
	cr_expect_eq(recipe_set(recipe, RECIPE_POLICY,
				(struct ots_bytes){bytes, RECIPE_TEXT_MAX_BYTES}, &err),
		     OTS_OK);
	cr_expect_eq(recipe_set(recipe, RECIPE_POLICY,
				(struct ots_bytes){bytes, RECIPE_TEXT_MAX_BYTES + 1}, &err),
		     OTS_LIMIT);
	cr_expect_not_null(strstr(err.text, "a value of 16385 bytes, above 16384"), "%s", err.text);
	recipe_free(recipe);
}
