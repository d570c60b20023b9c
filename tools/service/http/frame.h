/** @file frame.h
 *  The HTTP frame of the service: POST, one path a call, bodies of at most 5 MB, replies with their
 *  headers. Source: tablestore-protocol 1.1, 1.7, 1.10, 13.2.
 *  Threads: serves by its own; ots_http_frame_stop() comes last, from one. */
#ifndef OTSFS_SERVICE_HTTP_FRAME_H
#define OTSFS_SERVICE_HTTP_FRAME_H

#include <stdint.h>

#include <otsfs/base/clock.h>

#include "authenticate.h"
#include "../cue/cue.h"
#include "../engine.h"
#include "../tls/identity.h"

struct ots_http_frame;

struct ots_http_frame_options {
	const char *host;              /**< numeric */
	uint16_t port;                 /**< 0: any */
	struct ots_access access;      /**< its texts are borrowed and outlive the frame */
	const struct ots_clock *clock; /**< borrowed */
	struct ots_engine *engine;     /**< borrowed */
	struct ots_cue *cue;           /**< borrowed; NULL: no faults */
	const struct ots_tls_identity *identity; /**< borrowed; NULL: plain HTTP */
	/** Bodies of BatchWriteRow are not held against the MD5 that was signed: it costs as much
	 * as all the rest of a service that throws rows away. */
	bool trust_md5;
};

/** At most 256 connections, each dropped after 75 idle seconds; bodies hold at most 256 MB between
 *  them, above which OTSServerBusy is answered.
 *  @return OTS_OK, OTS_USAGE (host), OTS_IO (port taken, no threads), OTS_NO_MEMORY,
 *          OTS_UNSUPPORTED (libmicrohttpd was built without TLS) */
enum ots_status ots_http_frame_start(const struct ots_http_frame_options *options,
				     struct ots_http_frame **out,
				     struct ots_error *err) OTS_MUST_USE;
uint16_t ots_http_frame_port(const struct ots_http_frame *frame);
void ots_http_frame_stop(struct ots_http_frame *frame);

#endif
