/** @file oss.h
 *  A local OSS: buckets over HTTP on this machine. Inside: http/ reads requests, checks signatures
 *  and sends replies; dispatch.c knows the operations, which are in calls/ (buckets, listings,
 * uploads) and objects/; store/ keeps buckets, index/ their keys, files/ their content. It shares
 * the arithmetic of signatures with the client and nothing that talks. Source: oss-protocol; its
 * section 6 is the checklist. Threads: its own; ots_oss_stop() comes last, from one. */
#ifndef OTSFS_SERVICE_OSS_OSS_H
#define OTSFS_SERVICE_OSS_OSS_H

#include <stdint.h>

#include <otsfs/base/clock.h>

#include "../cue/cue.h"
#include "../tls/identity.h"
#include "http/authenticate.h"

struct ots_oss;

struct ots_oss_options {
	const char *dir;               /**< buckets are folders below `DIR/oss/`; NULL: in memory */
	const char *host;              /**< numeric */
	uint16_t port;                 /**< 0: any */
	struct ots_oss_access access;  /**< its texts are borrowed and outlive the service */
	const char *const *buckets;    /**< made when missing */
	size_t bucket_count;           /**< at least 1; the first is what a CNAME is bound to */
	const struct ots_clock *clock; /**< borrowed */
	struct ots_cue *cue;           /**< borrowed; NULL: no faults */
	const struct ots_tls_identity *identity; /**< borrowed; NULL: plain HTTP */
};

/** @return OTS_OK, OTS_USAGE (host, a bucket's name), OTS_IO (port taken, folder), OTS_NO_MEMORY,
 *          OTS_NO_SPACE, OTS_CORRUPT, OTS_UNSUPPORTED */
enum ots_status ots_oss_start(const struct ots_oss_options *options, struct ots_oss **out,
			      struct ots_error *err) OTS_MUST_USE;
uint16_t ots_oss_port(const struct ots_oss *oss);

/** The buckets there are, by name. @param fn  called for each; the name is borrowed */
void ots_oss_each_bucket(struct ots_oss *oss, void (*fn)(void *arg, const char *name), void *arg);

/** Finish what is being answered, then close. NULL does nothing. */
void ots_oss_stop(struct ots_oss *oss);

#endif
