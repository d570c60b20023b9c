#include "oss.h"

#include <stdlib.h>

#include <otsfs/base/bytes.h>

#include "http/frame.h"
#include "store/store.h"

struct ots_oss {
	struct ots_oss_store *store;
	struct ots_oss_frame *frame;
};

static enum ots_status make_buckets(struct ots_oss *oss, const struct ots_oss_options *options,
				    int64_t now_us, struct ots_error *err)
{
	for (size_t i = 0; i < options->bucket_count; i++) {
		const struct ots_bytes name = ots_bytes_of(options->buckets[i]);
		struct ots_oss_fault fault = {.kind = OTS_OSS_NONE};
		struct ots_oss_bucket *bucket;

		if (!ots_oss_is_bucket_name(name))
			return ots_fail(err, OTS_USAGE,
					"bucket '%s': expected 3 to 63 of a-z, 0-9 and '-', "
					"neither first nor last a '-'",
					options->buckets[i]);
		if (!ots_oss_store_add(oss->store, name, now_us, &bucket, &fault))
			return ots_fail(err, OTS_IO, "bucket %s: %s", options->buckets[i],
					fault.message);
	}
	return OTS_OK;
}

enum ots_status ots_oss_start(const struct ots_oss_options *options, struct ots_oss **out,
			      struct ots_error *err)
{
	const int64_t now_us = ots_clock_wall_us(options->clock);
	struct ots_oss *oss = calloc(1, sizeof *oss);
	enum ots_status status;

	if (oss == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "buckets");
	status = ots_oss_store_open(options->dir, now_us, &oss->store, err);
	if (status == OTS_OK)
		status = make_buckets(oss, options, now_us, err);
	if (status == OTS_OK)
		status = ots_oss_frame_start(
			&(struct ots_oss_frame_options){
				.host = options->host,
				.port = options->port,
				.access = options->access,
				.bound = options->buckets[0],
				.store = oss->store,
				.clock = options->clock,
				.cue = options->cue,
				.identity = options->identity,
			},
			&oss->frame, err);
	if (status == OTS_OK)
		*out = oss;
	else
		ots_oss_stop(oss);
	return status;
}

uint16_t ots_oss_port(const struct ots_oss *oss)
{
	return ots_oss_frame_port(oss->frame);
}

void ots_oss_each_bucket(struct ots_oss *oss, void (*fn)(void *arg, const char *name), void *arg)
{
	struct ots_oss_bucket *buckets[OTS_OSS_BUCKETS_MAX];
	const size_t count = ots_oss_store_each(oss->store, buckets);

	for (size_t i = 0; i < count; i++) {
		struct ots_oss_bucket_facts facts;

		ots_oss_bucket_facts(buckets[i], &facts);
		fn(arg, facts.name);
	}
}

void ots_oss_stop(struct ots_oss *oss)
{
	if (oss == NULL)
		return;
	ots_oss_frame_stop(oss->frame);
	ots_oss_store_close(oss->store);
	free(oss);
}
