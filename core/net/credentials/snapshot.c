#define _GNU_SOURCE /* explicit_bzero, MADV_DONTDUMP */
#include "snapshot.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

/* The bytes lie in pages of their own, because what keeps memory out of a core dump works on
 * pages; a key is made a few times an hour. */
struct held {
	struct ots_credentials credentials; /* first: the pointer that callers have */
	atomic_uint holders;
	size_t block_bytes;
	char text[]; /* id, secret, token, each with its NUL */
};

static enum ots_status check_part(struct ots_bytes part, const char *what, size_t limit_bytes,
				  struct ots_error *err)
{
	if (part.len > limit_bytes)
		return ots_fail(err, OTS_DENIED, "%s of %zu bytes, above %zu: that is none", what,
				part.len, limit_bytes);
	for (size_t i = 0; i < part.len; i++) {
		if (part.at[i] <= ' ' || part.at[i] > '~')
			return ots_fail(err, OTS_DENIED, "%s: byte %zu is not one of a key", what,
					i);
	}
	return OTS_OK;
}

static enum ots_status check(const struct key_text *text, struct ots_error *err)
{
	enum ots_status status = check_part(text->id, "access key id", OTS_KEY_PART_MAX_BYTES, err);

	if (status == OTS_OK)
		status = check_part(text->secret, "access key secret", OTS_KEY_PART_MAX_BYTES, err);
	if (status == OTS_OK)
		status = check_part(text->token, "security token", OTS_TOKEN_MAX_BYTES, err);
	if (status == OTS_OK && (text->id.len == 0 || text->secret.len == 0))
		status = ots_fail(err, OTS_DENIED, "no access key %s",
				  text->id.len == 0 ? "id" : "secret");
	return status;
}

static const char *put(char **at, struct ots_bytes part)
{
	char *const text = *at;

	memcpy(text, part.at, part.len);
	text[part.len] = '\0';
	*at += part.len + 1;
	return text;
}

enum ots_status credentials_make(const struct key_text *text, struct ots_credentials **out,
				 struct ots_error *err)
{
	/* Three checked parts: the sum is some ten thousand bytes at most. */
	const size_t bytes =
		sizeof(struct held) + text->id.len + text->secret.len + text->token.len + 3;
	const enum ots_status status = check(text, err);
	struct held *held;
	char *at;

	if (status != OTS_OK)
		return status;
	held = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (held == MAP_FAILED)
		return ots_fail(err, OTS_NO_MEMORY, "access key");
	/* Best effort: a kernel without it has the program's own setting still. */
	(void)madvise(held, bytes, MADV_DONTDUMP);
	at = held->text;
	held->block_bytes = bytes;
	held->credentials.id = put(&at, text->id);
	held->credentials.secret = put(&at, text->secret);
	held->credentials.token = text->token.len > 0 ? put(&at, text->token) : NULL;
	held->credentials.expires_us = text->expires_us;
	atomic_init(&held->holders, 1);
	*out = &held->credentials;
	return OTS_OK;
}

static struct held *held_of(struct ots_credentials *credentials)
{
	_Static_assert(offsetof(struct held, credentials) == 0, "callers hold the first member");
	return (struct held *)(void *)credentials;
}

struct ots_credentials *ots_credentials_hold(struct ots_credentials *credentials)
{
	(void)atomic_fetch_add_explicit(&held_of(credentials)->holders, 1, memory_order_relaxed);
	return credentials;
}

void ots_credentials_release(struct ots_credentials *credentials)
{
	struct held *held;
	size_t bytes;

	if (credentials == NULL)
		return;
	held = held_of(credentials);
	if (atomic_fetch_sub_explicit(&held->holders, 1, memory_order_acq_rel) != 1)
		return;
	bytes = held->block_bytes;
	explicit_bzero(held, bytes);
	(void)munmap(held, bytes);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool credentials_same(const struct ots_credentials *a, const struct ots_credentials *b)
{
	return same_text(a->id, b->id) && same_text(a->secret, b->secret) &&
	       same_text(a->token, b->token);
}
