#define _GNU_SOURCE /* environ */
#include "keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

static int64_t wall_us(void *self)
{
	return ((struct keyring *)self)->now_us;
}

static int64_t monotonic_ms(void *self)
{
	return ((struct keyring *)self)->monotonic_ms;
}

void keyring_set(const char *name, const char *value)
{
	cr_assert_eq(value != NULL ? setenv(name, value, 1) : unsetenv(name), 0);
}

static bool is_about_keys(const char *variable)
{
	static const char *const parts[] = {"ALIBABA",    "ALICLOUD",       "OSS",
					    "ACCESS_KEY", "SECURITY_TOKEN", "OTSFS"};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (strstr(variable, parts[i]) != NULL)
			return true;
	}
	return false;
}

static void clear_variables(void)
{
	char **at = environ;

	while (*at != NULL) { /* ends: a variable is taken away or passed over */
		char name[256];
		const size_t len = strcspn(*at, "=");

		if (len >= sizeof name || !is_about_keys(*at)) {
			at++;
			continue;
		}
		memcpy(name, *at, len);
		name[len] = '\0';
		keyring_set(name, NULL);
		at = environ;
	}
}

void keyring_open(struct keyring *keyring)
{
	const struct ots_http_options options = {.user_agent = "otsfs-test"};

	*keyring = (struct keyring){.now_us = KEYRING_NOW_US};
	keyring->clock = (struct ots_clock){wall_us, monotonic_ms, keyring};
	clear_variables();
	scratch_make(&keyring->home);
	keyring_set("HOME", keyring->home.path);
	cr_assert_eq(ots_http_global_init(NULL), OTS_OK);
	cr_assert_eq(ots_http_new(&options, &keyring->http, NULL), OTS_OK);
}

void keyring_close(struct keyring *keyring)
{
	ots_http_free(keyring->http);
	scratch_remove(&keyring->home);
}

void keyring_file(const struct keyring *keyring, const char *name, unsigned mode, const char *text)
{
	char path[512];

	scratch_text(&keyring->home, name, text);
	(void)snprintf(path, sizeof path, "%s/%s", keyring->home.path, name);
	cr_assert_eq(chmod(path, (mode_t)mode), 0);
}

static enum ots_status open_chain(struct keyring *keyring, bool loopback,
				  struct ots_credential_chain **out, struct ots_error *err)
{
	const struct ots_credential_options options = {.use = OTS_FOR_TABLESTORE,
						       .loopback = loopback,
						       .http = keyring->http,
						       .metadata_url = keyring->metadata_url,
						       .clock = &keyring->clock};

	return ots_credential_chain_open(&options, out, err);
}

struct ots_credential_chain *keyring_chain(struct keyring *keyring, bool loopback)
{
	struct ots_credential_chain *chain = NULL;
	struct ots_error err = {0};

	cr_assert_eq(open_chain(keyring, loopback, &chain, &err), OTS_OK, "%s", err.text);
	cr_expect_str_eq(err.text, "", "a success says nothing");
	return chain;
}

void keyring_expect(struct keyring *keyring, bool loopback, const char *id, const char *secret,
		    const char *token, const char *place)
{
	struct ots_credential_chain *chain = keyring_chain(keyring, loopback);
	struct ots_credentials *key = NULL;
	const char *name = ots_credential_chain_name(chain);

	cr_assert_eq(ots_credential_chain_get(chain, NULL, &key, NULL), OTS_OK);
	cr_expect_str_eq(key->id, id);
	cr_expect_str_eq(key->secret, secret);
	if (token == NULL)
		cr_expect_null(key->token, "token %s", key->token);
	else
		cr_expect(key->token != NULL && strcmp(key->token, token) == 0);
	cr_expect_not_null(strstr(name, place), "%s", name);
	cr_expect_null(strstr(name, secret), "a secret in a name: %s", name);
	ots_credential_chain_free(chain);
	cr_expect_str_eq(key->id, id, "a key that is held outlives its chain");
	ots_credentials_release(key);
}

void keyring_expect_failure(struct keyring *keyring, bool loopback, enum ots_status status,
			    const char *text)
{
	struct ots_credential_chain *chain = NULL;
	struct ots_error err = {0};

	cr_expect_eq(open_chain(keyring, loopback, &chain, &err), status, "%s, expected %s",
		     err.text, text);
	cr_expect_null(chain);
	cr_expect_not_null(strstr(err.text, text), "%s, expected %s", err.text, text);
	cr_expect_null(strstr(err.text, "hidden"), "a secret in a text: %s", err.text);
	ots_credential_chain_free(chain);
}
