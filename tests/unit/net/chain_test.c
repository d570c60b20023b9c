#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "keyring.h"

TestSuite(chain, .timeout = 60);

Test(chain, every_spelling_of_the_environment_is_read_in_its_order)
{
	/* Each is put before those above it in the order, so that it is the one found. */
	static const struct {
		const char *id, *secret, *token;
	} spellings[] = {
		{"OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"},
		{"ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN"},
		{"ALICLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECURITY_TOKEN"},
		{"ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET",
		 "ALIBABACLOUD_SECURITY_TOKEN"},
		{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
		 "ALIBABA_CLOUD_SECURITY_TOKEN"},
	};
	struct keyring keyring;
	char text[128];

	keyring_open(&keyring);
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		char id[16];

		(void)snprintf(id, sizeof id, "id%zu", i);
		(void)snprintf(text, sizeof text, "%s is set, %s is not", spellings[i].id,
			       spellings[i].secret);
		keyring_set(spellings[i].id, id);
		keyring_expect_failure(&keyring, true, OTS_DENIED, text);
		keyring_set(spellings[i].secret, "hidden");
		keyring_set(spellings[i].token, "");
		keyring_expect(&keyring, false, id, "hidden", NULL, spellings[i].id);
		keyring_set(spellings[i].token, "token");
		keyring_expect(&keyring, true, id, "hidden", "token", spellings[i].id);
	}
	keyring_close(&keyring);
}

Test(chain, oss_takes_its_own_names_first)
{
	const struct ots_credential_options options = {.use = OTS_FOR_OSS, .loopback = true};
	struct ots_credential_chain *chain = NULL;
	struct keyring keyring;

	keyring_open(&keyring);
	keyring_set("OSS_ACCESS_KEY_ID", "oss");
	keyring_set("OSS_ACCESS_KEY_SECRET", "hidden");
	keyring_set("ALIBABA_CLOUD_ACCESS_KEY_ID", "all");
	keyring_set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hidden");
	keyring_expect(&keyring, false, "all", "hidden", NULL, "ALIBABA_CLOUD_ACCESS_KEY_ID");
	cr_assert_eq(ots_credential_chain_open(&options, &chain, NULL), OTS_OK);
	cr_expect_str_eq(ots_credential_chain_name(chain), "environment OSS_ACCESS_KEY_ID");
	ots_credential_chain_free(chain);
	keyring_close(&keyring);
}

Test(chain, nothing_anywhere_names_the_places_and_loopback_has_a_pair)
{
	struct keyring keyring;

	keyring_open(&keyring);
	keyring_set("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
	keyring_expect(&keyring, true, "otsfs-local", "otsfs-local-secret", NULL,
		       "the local service's own key");
	keyring_expect_failure(&keyring, false, OTS_DENIED, "no access key found; looked at");
	keyring_expect_failure(&keyring, false, OTS_DENIED, "/.aliyun/config.json, ");
	keyring_expect_failure(&keyring, false, OTS_DENIED, "/.ossutilconfig, ");
	keyring_expect_failure(&keyring, false, OTS_DENIED, "/.alibabacloud/credentials, ");
	keyring_expect_failure(&keyring, false, OTS_DENIED,
			       "switched off by ALIBABA_CLOUD_ECS_METADATA_DISABLED");
	keyring_close(&keyring);
}

Test(chain, files_are_looked_at_in_their_order)
{
	static const char old[] = "[default]\ntype = access_key\naccess_key_id = old\n"
				  "access_key_secret = hidden\n";
	static const char tool[] = "[Credentials]\naccessKeyID=tool\naccessKeySecret=hidden\n";
	static const char cli[] =
		"{\"current\":\"p\",\"profiles\":[{\"name\":\"p\",\"mode\":\"AK\","
		"\"access_key_id\":\"cli\",\"access_key_secret\":\"hidden\"}]}";
	struct keyring keyring;

	keyring_open(&keyring);
	keyring_file(&keyring, ".alibabacloud/credentials", 0600, old);
	keyring_expect(&keyring, true, "old", "hidden", NULL,
		       ".alibabacloud/credentials, profile default");
	keyring_file(&keyring, ".ossutilconfig", 0400, tool);
	keyring_expect(&keyring, true, "tool", "hidden", NULL,
		       ".ossutilconfig, profile Credentials");
	keyring_file(&keyring, ".aliyun/config.json", 0600, cli);
	keyring_expect(&keyring, true, "cli", "hidden", NULL, ".aliyun/config.json, profile p");
	keyring_set("ALIBABA_CLOUD_IGNORE_PROFILE", "TRUE");
	keyring_set("ALIBABA_CLOUD_PROFILE", "means nothing then");
	keyring_expect(&keyring, true, "tool", "hidden", NULL, ".ossutilconfig");
	keyring_close(&keyring);
}

Test(chain, files_that_others_may_open_are_refused_with_the_cure)
{
	static const unsigned modes[] = {0644, 0640, 0620, 0602, 0660, 0666, 0604};
	struct keyring keyring;
	char cure[512];

	keyring_open(&keyring);
	(void)snprintf(cure, sizeof cure, "chmod 600 %s/.ossutilconfig", keyring.home.path);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		char mode[32];

		keyring_file(&keyring, ".ossutilconfig", modes[i],
			     "[Credentials]\naccessKeyID=a\naccessKeySecret=hidden\n");
		(void)snprintf(mode, sizeof mode, "(mode %04o)", modes[i]);
		keyring_expect_failure(&keyring, true, OTS_DENIED, cure);
		keyring_expect_failure(&keyring, true, OTS_DENIED, mode);
	}
	keyring_close(&keyring);
}

Test(chain, a_file_that_is_named_must_be_there)
{
	struct keyring keyring;

	keyring_open(&keyring);
	keyring_set("ALIBABA_CLOUD_CONFIG_FILE", "/nowhere/config.json");
	keyring_expect_failure(
		&keyring, true, OTS_DENIED,
		"ALIBABA_CLOUD_CONFIG_FILE names /nowhere/config.json, which is not");
	keyring_set("ALIBABA_CLOUD_CONFIG_FILE", keyring.home.path);
	keyring_expect_failure(&keyring, true, OTS_DENIED, "is no regular file");
	keyring_set("ALIBABA_CLOUD_CONFIG_FILE", NULL);
	keyring_set("ALIBABA_CLOUD_PROFILE", "lost");
	keyring_expect_failure(&keyring, true, OTS_DENIED,
			       "ALIBABA_CLOUD_PROFILE names profile lost, which no file of "
			       "profiles has");
	keyring_close(&keyring);
}

Test(chain, a_part_that_no_header_can_carry_is_refused_without_showing_it)
{
	static const char *const bad[] = {"hidden key", "hidden\r\nx-evil: 1", "hidden\x7f",
					  "hidden\xc3\xa9"};
	struct keyring keyring;
	char longest[1026];

	keyring_open(&keyring);
	keyring_set("ALIBABA_CLOUD_ACCESS_KEY_ID", "id");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		keyring_set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", bad[i]);
		keyring_expect_failure(
			&keyring, true, OTS_DENIED,
			"environment ALIBABA_CLOUD_ACCESS_KEY_ID: access key secret: "
			"byte 6 is not one of a key");
	}
	memset(longest, 's', sizeof longest);
	longest[1024] = '\0';
	keyring_set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", longest);
	keyring_expect(&keyring, true, "id", longest, NULL, "environment");
	longest[1024] = 's';
	longest[1025] = '\0';
	keyring_set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", longest);
	keyring_expect_failure(&keyring, true, OTS_DENIED, "of 1025 bytes, above 1024");
	keyring_close(&keyring);
}

Test(chain, a_fixed_key_stays_when_it_is_refused)
{
	struct ots_credential_chain *chain = NULL;
	struct ots_credentials *key = NULL, *again = NULL;

	cr_assert_eq(ots_credential_chain_fixed("id", "secret", NULL, &chain, NULL), OTS_OK);
	cr_assert_eq(ots_credential_chain_get(chain, NULL, &key, NULL), OTS_OK);
	cr_expect_not(ots_credential_chain_refused(chain, key, NULL));
	cr_assert_eq(ots_credential_chain_get(chain, NULL, &again, NULL), OTS_OK);
	cr_expect_eq(key, again);
	ots_credentials_release(key);
	ots_credentials_release(again);
	ots_credential_chain_free(chain);
	ots_credential_chain_free(NULL);
	ots_credentials_release(NULL);
}

Test(chain, a_file_has_a_limit)
{
	static const char front[] = "[Credentials]\naccessKeyID=a\naccessKeySecret=hidden\n#";
	static char text[1024 * 1024 + 2];
	struct keyring keyring;

	keyring_open(&keyring);
	memset(text, '#', sizeof text - 1);
	memcpy(text, front, sizeof front - 1);
	keyring_file(&keyring, ".ossutilconfig", 0600, text);
	keyring_expect_failure(&keyring, true, OTS_LIMIT, "has 1048577 bytes, above 1048576");
	text[1024 * 1024] = '\0';
	keyring_file(&keyring, ".ossutilconfig", 0600, text);
	keyring_expect(&keyring, true, "a", "hidden", NULL, ".ossutilconfig");
	keyring_close(&keyring);
}

Test(chain, a_token_has_a_limit)
{
	struct keyring keyring;
	char token[8194];

	keyring_open(&keyring);
	keyring_set("ALIBABA_CLOUD_ACCESS_KEY_ID", "id");
	keyring_set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hidden");
	memset(token, 't', sizeof token);
	token[8193] = '\0';
	keyring_set("ALIBABA_CLOUD_SECURITY_TOKEN", token);
	keyring_expect_failure(&keyring, true, OTS_DENIED,
			       "security token of 8193 bytes, above 8192");
	token[8192] = '\0';
	keyring_set("ALIBABA_CLOUD_SECURITY_TOKEN", token);
	keyring_expect(&keyring, true, "id", "hidden", token, "environment");
	keyring_close(&keyring);
}
