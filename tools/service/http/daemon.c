#include "daemon.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define THREADS 4

/* AES-128 first: what a benchmark's client pays for its cipher is the least there is. The last item
 * ends the list. */
static void list_tls(const struct ots_tls_identity *identity, struct MHD_OptionItem items[4])
{
	static const char ciphers[] =
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:"
		"+CHACHA20-POLY1305:%SERVER_PRECEDENCE";
	size_t count = 0;

	if (identity != NULL) {
		items[count++] =
			(struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, identity->key};
		items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
							 identity->certificate};
		items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
							 (void *)(uintptr_t)ciphers};
	}
	items[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

static unsigned flags_of(const struct ots_daemon_options *options, int family)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;

	if (family == AF_INET6)
		flags |= MHD_USE_IPv6;
	if (options->identity != NULL)
		flags |= MHD_USE_TLS;
	if (options->suspends)
		flags |= MHD_ALLOW_SUSPEND_RESUME;
	return flags;
}

enum ots_status ots_daemon_start(const struct ots_daemon_options *options, struct MHD_Daemon **out,
				 uint16_t *port, struct ots_error *err)
{
	static const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				       .ai_socktype = SOCK_STREAM};
	const union MHD_DaemonInfo *info;
	struct MHD_OptionItem tls[4];
	struct addrinfo *address = NULL;
	struct MHD_Daemon *daemon;
	char text[8];

	if (options->identity != NULL && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return ots_fail(err, OTS_UNSUPPORTED,
				"TLS: the libmicrohttpd of this machine was built without it");
	(void)snprintf(text, sizeof text, "%u", (unsigned)options->port);
	if (getaddrinfo(options->host, text, &hints, &address) != 0)
		return ots_fail(err, OTS_USAGE, "listen address %s is no IPv4 or IPv6 address",
				options->host);
	list_tls(options->identity, tls);
	errno = 0;
	daemon = MHD_start_daemon(
		flags_of(options, address->ai_family), options->port, NULL, NULL, options->handle,
		options->self, MHD_OPTION_SOCK_ADDR, address->ai_addr, MHD_OPTION_THREAD_POOL_SIZE,
		(unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
		MHD_OPTION_CONNECTION_TIMEOUT, options->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		options->connection_bytes, MHD_OPTION_NOTIFY_COMPLETED, options->finish,
		options->self, MHD_OPTION_ARRAY, tls, MHD_OPTION_ARRAY,
		options->more != NULL ? options->more : none, MHD_OPTION_END);
	freeaddrinfo(address);
	if (daemon == NULL)
		return ots_fail(err, OTS_IO, "listen on %s port %u: %s", options->host,
				(unsigned)options->port, errno != 0 ? strerror(errno) : "failed");
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	*port = info != NULL ? info->port : options->port;
	*out = daemon;
	return OTS_OK;
}
