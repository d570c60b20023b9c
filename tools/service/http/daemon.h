/** @file daemon.h
 *  How both frames listen: numeric addresses, a few threads with epoll, TLS when there is an
 *  identity.
 *  Threads: its own; MHD_stop_daemon() comes last, from one. */
#ifndef OTSFS_SERVICE_HTTP_DAEMON_H
#define OTSFS_SERVICE_HTTP_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include <microhttpd.h>

#include <otsfs/base/error.h>

#include "../tls/identity.h"

struct ots_daemon_options {
	const char *host;                        /**< numeric */
	uint16_t port;                           /**< 0: any */
	const struct ots_tls_identity *identity; /**< borrowed; NULL: plain HTTP */
	bool suspends;                           /**< connections may be suspended */
	unsigned connections_max;
	size_t connection_bytes; /**< of memory each: heads, and a piece of a body */
	unsigned idle_s;         /**< a connection on which nothing happens is dropped then */
	MHD_AccessHandlerCallback handle;
	MHD_RequestCompletedCallback finish;
	void *self;                        /**< of both callbacks */
	const struct MHD_OptionItem *more; /**< ended by MHD_OPTION_END; NULL: none */
};

/** @return OTS_OK, OTS_USAGE (host), OTS_IO (port taken, no threads), OTS_UNSUPPORTED
 *          (libmicrohttpd was built without TLS) */
enum ots_status ots_daemon_start(const struct ots_daemon_options *options, struct MHD_Daemon **out,
				 uint16_t *port, struct ots_error *err) OTS_MUST_USE;

#endif
