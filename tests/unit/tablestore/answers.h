/* Answers as the service signs them, whole or damaged in one way. */
#ifndef OTSFS_TESTS_TABLESTORE_ANSWERS_H
#define OTSFS_TESTS_TABLESTORE_ANSWERS_H

#include <otsfs/base/buffer.h>
#include <otsfs/base/clock.h>
#include <otsfs/tablestore/wire.h>

#define ANSWERS_KEY_ID "otsfs-local"
#define ANSWERS_SECRET "otsfs-local-secret"
#define ANSWERS_REQUEST_ID "0005f55a-0000-0000-0000-000000000001"
/* 2026-11-21T02:30:00.123456Z, the time on the tests' clock. */
#define ANSWERS_NOW_US INT64_C(1795228200123456)

enum answers_damage {
	ANSWERS_GOOD,
	ANSWERS_BAD_MD5,
	ANSWERS_NO_MD5, /* no damage: the header is optional for us */
	ANSWERS_BAD_SIGNATURE,
	ANSWERS_NO_SIGNATURE,
	ANSWERS_OTHER_KEY,
	ANSWERS_BAD_DATE
};

struct answers_plan {
	int status;
	const void *body;
	size_t body_len;
	enum answers_damage damage;
	int64_t skew_us;             /* of the service's clock */
	const char *key_id, *secret; /* NULL: ANSWERS_KEY_ID, ANSWERS_SECRET */
	/* NULL: none; else headers about compression, each with its line end: they are signed, too.
	 * The body is then sent as it is. */
	const char *packing;
	const char *md5; /* NULL: the body's */
};

/* The raw answer to a request of @p path. */
void answers_put(struct ots_buffer *out, const char *path, const struct answers_plan *plan);

/* A clock that stands at ANSWERS_NOW_US. */
extern const struct ots_clock answers_clock;

/* A message packed, at the end of @p out. */
void answers_pack(struct ots_buffer *out, const ProtobufCMessage *message);

#endif
