/** @file fake_bucket.h
 *  A bucket of OSS in memory behind scripted_server.h: list, head, and ranges of objects, as much
 *  as the client asks for; no signature is checked. A hook may answer instead, to go wrong.
 *  Threads: fill it before the first request, or between two; the hook runs in the server's. */
#ifndef OTSFS_TESTS_SUPPORT_FAKE_BUCKET_H
#define OTSFS_TESTS_SUPPORT_FAKE_BUCKET_H

#include <stdbool.h>

#include "scripted_server.h"

struct fake_bucket;

struct fake_object {
	char key[1100];
	uint8_t *bytes;
	size_t len;
	char etag[40];
	uint64_t crc;
	bool is_link; /* listed as a symlink object of size 0 */
};

/* @return true: @p out has the answer, and *after what comes then */
typedef bool fake_bucket_hook(void *arg, const struct scripted_request *request,
			      struct ots_buffer *out, enum scripted_after *after);

struct fake_bucket *fake_bucket_start(void);
void fake_bucket_stop(struct fake_bucket *bucket);
const char *fake_bucket_url(const struct fake_bucket *bucket);
struct scripted_server *fake_bucket_server(struct fake_bucket *bucket);

/* Put or replace; each put gives a new ETag. */
struct fake_object *fake_bucket_put(struct fake_bucket *bucket, const char *key, const void *bytes,
				    size_t len);
void fake_bucket_hook_set(struct fake_bucket *bucket, fake_bucket_hook *hook, void *arg);
/* Keys a page of a listing has at most; 1000 unless told. */
void fake_bucket_page_keys(struct fake_bucket *bucket, unsigned keys);

#endif
