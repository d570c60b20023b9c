/** @file frame.h
 *  The HTTP frame of OSS: names a request's operation, checks its signature, takes its body where
 *  it goes and sends what the operation answers. Source: oss-protocol 3.0, 3.13, 6.
 *  Threads: serves by its own; ots_oss_frame_stop() comes last, from one. */
#ifndef OTSFS_SERVICE_OSS_HTTP_FRAME_H
#define OTSFS_SERVICE_OSS_HTTP_FRAME_H

#include "../../tls/identity.h"
#include "../call.h"

struct ots_oss_frame;

struct ots_oss_frame_options {
	const char *host;
	uint16_t port;
	struct ots_oss_access access;
	const char *bound; /**< the bucket that a domain of its own means; borrowed */
	struct ots_oss_store *store;
	const struct ots_clock *clock;
	struct ots_cue *cue;
	const struct ots_tls_identity *identity;
};

/** At most 512 connections, each dropped after 75 idle seconds.
 *  @return as ots_daemon_start(), OTS_NO_MEMORY */
enum ots_status ots_oss_frame_start(const struct ots_oss_frame_options *options,
				    struct ots_oss_frame **out, struct ots_error *err) OTS_MUST_USE;
uint16_t ots_oss_frame_port(const struct ots_oss_frame *frame);
void ots_oss_frame_stop(struct ots_oss_frame *frame);

#endif
