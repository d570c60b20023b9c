/** @file service.h
 *  A local Tablestore, and a local OSS beside it (oss/oss.h): Tablestore is the service's protocol
 * over HTTP on this machine, rows in memory or in SQLite or nowhere. Inside: http/ reads requests,
 * checks their signature and signs replies; tls/ makes the certificate for https; engine.h is the
 * service without HTTP, its calls are in tables/ and calls/, filters in filter/, rows and their
 * encodings in storage/. It shares
 * the wire's encodings with the client and nothing that talks. Source: tablestore-protocol;
 * section 13.2 is its checklist. Threads: a service has its own; ots_service_stop() comes last,
 * from one. Two in one process work. */
#ifndef OTSFS_SERVICE_SERVICE_H
#define OTSFS_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/clock.h>
#include <otsfs/base/error.h>
#include <otsfs/base/log.h>

struct ots_service;

/** Texts are copied. */
struct ots_service_options {
	const char *dir; /**< rows live in a file below it; NULL: in memory (storage/storage.h) */
	bool discard;    /**< without dir: rows are answered as written and kept nowhere */
	/** Serve https with a certificate of this run; what it is trusted by lies in a file below
	 *  dir, else in the folder for temporary files, until the service stops. */
	bool tls;
	const char *host;     /**< a numeric IPv4 or IPv6 address */
	uint16_t port;        /**< 0: any that is free */
	const char *instance; /**< the one instance there is */
	/** Beside Tablestore, on the next port (any when port is 0), OSS with these buckets; names
	 *  are copied. None: no OSS. */
	const char *const *buckets;
	size_t bucket_count;
	const char *region; /**< what version 4 of OSS signs, such as `cn-hangzhou` */
	bool apply_repeated_keys;
	const char *fault_path; /**< a fault file to follow (cue/cue.h); NULL: no faults */
	struct ots_log *log;    /**< borrowed, outlives the service; NULL: nobody listens */
	const char *access_key_id;
	const char *access_key_secret;
	const char *security_token;    /**< NULL: none is asked for */
	const struct ots_clock *clock; /**< borrowed, outlives the service; NULL: the system's */
};

/** Open the storage and serve. When it returns, requests are accepted.
 *  @param out  the caller's, for ots_service_stop()
 *  @return OTS_OK, OTS_USAGE (host, instance name, fault file), OTS_NOT_FOUND (fault file), OTS_IO
 * (port taken, folder not usable or held by another process), OTS_NO_MEMORY, OTS_NO_SPACE,
 * OTS_CORRUPT, OTS_UNSUPPORTED (TLS is not in libmicrohttpd, a database of a newer program) */
enum ots_status ots_service_start(const struct ots_service_options *options,
				  struct ots_service **out, struct ots_error *err) OTS_MUST_USE;

/** The port it listens on. */
uint16_t ots_service_port(const struct ots_service *service);

/** The port that OSS listens on; 0: there is none. */
uint16_t ots_service_oss_port(const struct ots_service *service);

/** The buckets there are, by name. @param fn  called for each; the name is borrowed */
void ots_service_each_bucket(const struct ots_service *service,
			     void (*fn)(void *arg, const char *name), void *arg);

/** The absolute path of the certificate that clients are to trust; NULL without TLS. */
const char *ots_service_ca_path(const struct ots_service *service);

/** Finish the requests that are being answered, close connections and storage. NULL does nothing.
 *  Blocks until all of it is done. */
void ots_service_stop(struct ots_service *service);

#endif
