#include <otsfs/net/credentials.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#define ID_VARIABLE "ALIBABA_CLOUD_ACCESS_KEY_ID"
#define SECRET_VARIABLE "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
#define TOKEN_VARIABLE "ALIBABA_CLOUD_SECURITY_TOKEN"

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static void wipe(char *text)
{
	if (text != NULL)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}

void ots_credentials_free(struct ots_credentials *credentials)
{
	if (credentials == NULL)
		return;
	wipe(credentials->id);
	wipe(credentials->secret);
	wipe(credentials->token);
	free(credentials);
}

enum ots_status ots_credentials_from_environment(bool loopback, struct ots_credentials **out,
						 struct ots_error *err)
{
	const char *id = variable(ID_VARIABLE);
	const char *secret = variable(SECRET_VARIABLE);
	const char *token = variable(TOKEN_VARIABLE);
	struct ots_credentials *credentials;

	if (id == NULL && secret == NULL && loopback) {
		id = OTS_LOCAL_KEY_ID;
		secret = OTS_LOCAL_KEY_SECRET;
		token = NULL;
	}
	if (id == NULL && secret == NULL)
		return ots_fail(err, OTS_DENIED,
				"no access key found; looked at " ID_VARIABLE
				" and " SECRET_VARIABLE " in the environment");
	if (id == NULL || secret == NULL)
		return ots_fail(err, OTS_DENIED, "half an access key: %s is set, %s is not",
				id != NULL ? ID_VARIABLE : SECRET_VARIABLE,
				id != NULL ? SECRET_VARIABLE : ID_VARIABLE);
	credentials = calloc(1, sizeof *credentials);
	if (credentials == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "access key");
	credentials->id = strdup(id);
	credentials->secret = strdup(secret);
	credentials->token = token != NULL ? strdup(token) : NULL;
	if (credentials->id == NULL || credentials->secret == NULL ||
	    (token != NULL && credentials->token == NULL)) {
		ots_credentials_free(credentials);
		return ots_fail(err, OTS_NO_MEMORY, "access key");
	}
	*out = credentials;
	return OTS_OK;
}
