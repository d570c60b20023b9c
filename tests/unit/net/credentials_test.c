#include <otsfs/net/credentials.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(credentials, .timeout = 60);

static void set(const char *name, const char *value)
{
	cr_assert_eq(value != NULL ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void set_all(const char *id, const char *secret, const char *token)
{
	set("ALIBABA_CLOUD_ACCESS_KEY_ID", id);
	set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret);
	set("ALIBABA_CLOUD_SECURITY_TOKEN", token);
}

static void expect_key(bool loopback, const char *id, const char *secret, const char *token)
{
	struct ots_credentials *key = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_credentials_from_environment(loopback, &key, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_str_eq(key->id, id);
	cr_expect_str_eq(key->secret, secret);
	if (token == NULL)
		cr_expect_null(key->token);
	else
		cr_expect_str_eq(key->token, token);
	ots_credentials_release(key);
}

static void expect_none(bool loopback, const char *text)
{
	struct ots_credentials *key = NULL;
	struct ots_error err = {0};

	cr_expect_eq(ots_credentials_from_environment(loopback, &key, &err), OTS_DENIED);
	cr_expect_null(key);
	cr_expect_not_null(strstr(err.text, text), "%s", err.text);
	cr_expect_null(strstr(err.text, "hidden"), "a secret in a text: %s", err.text);
}

Test(credentials, come_from_the_environment)
{
	set_all("id", "hidden", NULL);
	expect_key(false, "id", "hidden", NULL);
	expect_key(true, "id", "hidden", NULL);
	set_all("id", "hidden", "token");
	expect_key(false, "id", "hidden", "token");
	set_all("id", "hidden", "");
	expect_key(false, "id", "hidden", NULL);
}

Test(credentials, the_local_pair_serves_loopback_only)
{
	set_all(NULL, "", "left-over");
	expect_key(true, "otsfs-local", "otsfs-local-secret", NULL);
	expect_none(false, "looked at ALIBABA_CLOUD_ACCESS_KEY_ID and "
			   "ALIBABA_CLOUD_ACCESS_KEY_SECRET in the environment");
}

Test(credentials, half_a_key_is_refused_even_on_loopback)
{
	set_all("id", NULL, NULL);
	expect_none(true, "ALIBABA_CLOUD_ACCESS_KEY_ID is set, ALIBABA_CLOUD_ACCESS_KEY_SECRET is "
			  "not");
	set_all(NULL, "hidden", NULL);
	expect_none(false, "ALIBABA_CLOUD_ACCESS_KEY_SECRET is set, ALIBABA_CLOUD_ACCESS_KEY_ID is "
			   "not");
}

Test(credentials, freeing_none_does_nothing)
{
	ots_credentials_release(NULL);
}
