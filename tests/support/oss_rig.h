/** @file oss_rig.h
 *  A store over a fake bucket, with what it needs around it. A helper that fails ends the test.
 *  In the header: not every room that links the helpers has OSS. */
#ifndef OTSFS_TESTS_SUPPORT_OSS_RIG_H
#define OTSFS_TESTS_SUPPORT_OSS_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/object/oss.h>

#include "fake_bucket.h"

struct oss_rig {
	struct fake_bucket *bucket;
	struct ots_transfers *transfers;
	struct ots_credential_chain *credentials;
	struct ots_store *store;
};

static inline enum ots_status oss_rig_open(struct oss_rig *rig, const char *prefix,
					   int64_t timeout_ms, bool *is_object,
					   struct ots_error *err)
{
	const struct ots_oss_options options = {.bucket = ots_bytes_of("bucket"),
						.prefix = ots_bytes_of(prefix),
						.endpoint = fake_bucket_url(rig->bucket),
						.transfers = rig->transfers,
						.credentials = rig->credentials,
						.clock = &ots_clock_system,
						.timeout_ms = timeout_ms};

	return ots_oss_open(&options, &rig->store, is_object, err);
}

/* The bucket, empty; its store is opened later. @param stall_ms  of an attempt; 0: 20 s */
static inline void oss_rig_make_with(struct oss_rig *rig, int64_t stall_ms)
{
	const struct ots_transfers_options options = {.backoff_ms = 1,
						      .stall_ms = stall_ms > 0 ? stall_ms : 20000};
	struct ots_error err = {0};

	*rig = (struct oss_rig){.bucket = fake_bucket_start()};
	if (ots_http_global_init(&err) != OTS_OK ||
	    ots_transfers_new(&options, &rig->transfers, &err) != OTS_OK ||
	    ots_credential_chain_fixed("test-id", "test-secret", NULL, &rig->credentials, &err) !=
		    OTS_OK) {
		(void)fprintf(stderr, "oss rig: %s\n", err.text);
		abort();
	}
}

static inline void oss_rig_make(struct oss_rig *rig)
{
	oss_rig_make_with(rig, 0);
}

static inline void oss_rig_end(struct oss_rig *rig)
{
	ots_store_free(rig->store);
	ots_transfers_free(rig->transfers);
	ots_credential_chain_free(rig->credentials);
	fake_bucket_stop(rig->bucket);
}

#endif
