#include "identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAYS_BEFORE 1 /* clocks differ */
#define DAYS_AFTER 365
#define SERIAL_BITS 127
#define NAMES_BYTES 160

struct extension {
	int nid;
	const char *value;
};

/* What a client must be told to be strict: RFC 5280 4.2.1.1, .2, .3, .6, .9, .12. */
static const struct extension authority_extensions[] = {
	{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
	{NID_key_usage, "critical,keyCertSign,cRLSign"},
	{NID_subject_key_identifier, "hash"},
};

static bool extend(X509 *certificate, X509 *issuer, const struct extension *extension)
{
	X509V3_CTX context;
	X509_EXTENSION *made;
	bool good;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	made = X509V3_EXT_conf_nid(NULL, &context, extension->nid, extension->value);
	good = made != NULL && X509_add_ext(certificate, made, -1) == 1;
	X509_EXTENSION_free(made);
	return good;
}

static bool set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	const bool good = number != NULL &&
			  BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
			  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;

	BN_free(number);
	return good;
}

/* All but the extensions and the signature. @param issuer  NULL: its own */
static X509 *begin_certificate(const char *name, EVP_PKEY *key, const X509 *issuer, time_t now)
{
	X509 *made = X509_new();
	X509_NAME *subject = made != NULL ? X509_get_subject_name(made) : NULL;

	if (made != NULL && X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) &&
	    X509_time_adj_ex(X509_getm_notBefore(made), -DAYS_BEFORE, 0, &now) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(made), DAYS_AFTER, 0, &now) != NULL &&
	    X509_set_pubkey(made, key) == 1 &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
				       -1, 0) == 1 &&
	    X509_set_issuer_name(made, issuer != NULL ? X509_get_subject_name(issuer) : subject) ==
		    1)
		return made;
	X509_free(made);
	return NULL;
}

static X509 *make_authority(EVP_PKEY *key, time_t now)
{
	X509 *made = begin_certificate("otsfs serve, test authority", key, NULL, now);
	bool good = made != NULL;

	for (size_t i = 0; good && i < sizeof authority_extensions / sizeof *authority_extensions;
	     i++)
		good = extend(made, made, &authority_extensions[i]);
	if (good && X509_sign(made, key, EVP_sha256()) > 0)
		return made;
	X509_free(made);
	return NULL;
}

static X509 *make_certificate(const char *host, EVP_PKEY *key, X509 *authority,
			      EVP_PKEY *authority_key, time_t now)
{
	X509 *made = begin_certificate("otsfs serve", key, authority, now);
	char names[NAMES_BYTES];
	const struct extension extensions[] = {
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"},
		{NID_ext_key_usage, "serverAuth"},
		{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
		{NID_subject_alt_name, names},
	};
	const int len =
		snprintf(names, sizeof names, "DNS:localhost,IP:127.0.0.1,IP:::1,IP:%s", host);
	bool good = made != NULL && len > 0 && (size_t)len < sizeof names;

	for (size_t i = 0; good && i < sizeof extensions / sizeof extensions[0]; i++)
		good = extend(made, authority, &extensions[i]);
	if (good && X509_sign(made, authority_key, EVP_sha256()) > 0)
		return made;
	X509_free(made);
	return NULL;
}

/* What was written, as a text of its own. @return NULL without memory */
static char *take_text(BIO *from, bool written)
{
	char *at = NULL, *text = NULL;
	const long len = written ? BIO_get_mem_data(from, &at) : 0;

	if (len > 0)
		text = strndup(at, (size_t)len);
	BIO_free(from);
	return text;
}

static char *certificate_text(X509 *certificate)
{
	BIO *to = BIO_new(BIO_s_mem());

	return take_text(to, to != NULL && PEM_write_bio_X509(to, certificate) == 1);
}

static char *key_text(EVP_PKEY *key)
{
	BIO *to = BIO_new(BIO_s_secmem()); /* wiped when freed */

	return take_text(to, to != NULL && PEM_write_bio_PrivateKey(to, key, NULL, NULL, 0, NULL,
								    NULL) == 1);
}

void ots_tls_identity_free(struct ots_tls_identity *identity)
{
	if (identity == NULL)
		return;
	if (identity->key != NULL)
		OPENSSL_cleanse(identity->key, strlen(identity->key));
	free(identity->key);
	free(identity->certificate);
	free(identity->authority);
	free(identity);
}

enum ots_status ots_tls_identity_new(const char *host, const struct ots_clock *clock,
				     struct ots_tls_identity **out, struct ots_error *err)
{
	const time_t now = (time_t)(ots_clock_wall_us(clock) / 1000000);
	struct ots_tls_identity *identity = calloc(1, sizeof *identity);
	EVP_PKEY *authority_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *authority = NULL, *certificate = NULL;
	enum ots_status status = OTS_OK;

	if (authority_key != NULL)
		authority = make_authority(authority_key, now);
	if (authority != NULL && key != NULL)
		certificate = make_certificate(host, key, authority, authority_key, now);
	if (identity != NULL && certificate != NULL) {
		identity->authority = certificate_text(authority);
		identity->certificate = certificate_text(certificate);
		identity->key = key_text(key);
	}
	if (identity == NULL || identity->authority == NULL || identity->certificate == NULL ||
	    identity->key == NULL) {
		const char *why = ERR_reason_error_string(ERR_peek_last_error());

		status = ots_fail(err, OTS_NO_MEMORY, "make a test certificate for %s: %s", host,
				  why != NULL ? why : "no memory");
		goto out;
	}
	*out = identity;
	identity = NULL;
out:
	ERR_clear_error();
	X509_free(certificate);
	X509_free(authority);
	EVP_PKEY_free(key);
	EVP_PKEY_free(authority_key);
	ots_tls_identity_free(identity);
	return status;
}
