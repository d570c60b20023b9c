/** @file bucket.h
 *  An `oss://bucket[/prefix]` of the command line, opened: its store, and the transfers and keys it
 *  stands on. */
#ifndef OTSFS_TOOLS_OSS_BUCKET_H
#define OTSFS_TOOLS_OSS_BUCKET_H

#include <otsfs/net/bucket_settings.h>
#include <otsfs/net/transfer.h>
#include <otsfs/object/oss.h>

#include "words.h"

struct bucket {
	struct ots_http *http; /**< of the chain */
	struct ots_credential_chain *chain;
	struct ots_transfers *transfers;
	struct ots_store *store;
	bool is_object;                      /**< the prefix is one object */
	struct ots_bucket_settings settings; /**< of configuration files */
	struct ots_oss_options options;      /**< as it was opened; borrows words and settings */
};

/** Whether a SOURCE is one. */
bool bucket_is(const char *words);

/** @param source      borrowed until bucket_close()
 *  @param timeout_ms  of a request with its retries; 0: 60 s
 *  @param out         zeroed; to be closed in every case */
enum ots_status bucket_open(const char *source, const struct oss_words *words, int64_t timeout_ms,
			    struct bucket *out, struct ots_error *err) OTS_MUST_USE;

/** Another store of the same bucket, for another prefix. @param out  for ots_store_free() */
enum ots_status bucket_open_beside(const struct bucket *bucket, struct ots_bytes prefix,
				   struct ots_store **out, struct ots_error *err) OTS_MUST_USE;

void bucket_close(struct bucket *bucket);

#endif
