/** @file client.h
 *  A client of the Tablestore service; its calls are in tables.h, write.h, read.h and range.h, the
 *  filters that reads and conditions take in filter.h. One attempt each, signed anew, the answer
 *  checked (MD5, date, signature). A request refused for its date is signed once more with the
 *  service's time, which then stays in use (tablestore-protocol 1.8), one refused for its key once
 *  more when the chain has another: nothing was done the first time. All other retries belong to
 *  who knows what a repeat means (restore).
 *  Source: tablestore-protocol sections 1, 2 and 13.1.
 *  Threads: one client serves many at once; ots_client_free() comes last. */
#ifndef OTSFS_TABLESTORE_CLIENT_H
#define OTSFS_TABLESTORE_CLIENT_H

#include <otsfs/base/cancel.h>
#include <otsfs/base/clock.h>
#include <otsfs/net/credentials.h>
#include <otsfs/net/http.h>

struct ots_client;

struct ots_client_options {
	const struct ots_clock *clock; /**< borrowed; NULL: the system's */
	int64_t timeout_ms;            /**< of one call; 0: 30 s */
	/** Sign by version 4 for this region (`cn-hangzhou`); NULL: by version 2. Copied. Source:
	 *  tablestore-protocol 1.5. */
	const char *region;
	/** Compress requests above 2 KiB and ask for compressed pages of rows (1.6): saves a slow
	 *  line, and costs a core several times what sending costs it. */
	bool compress;
};

/** Room of a region's name with its NUL. */
#define OTS_REGION_BYTES 64

/** Whether a text can be a region: 1 to 63 of `a-z 0-9 -`. */
bool ots_region_is_good(const char *text);

/** `https://<instance>.<anything>` or `http[s]://host:port/<instance>` (product.md 4.1), split. The
 *  service's own hosts are `<instance>.<region>.` and `ots.aliyuncs.com` in public,
 *  `vpc.tablestore.aliyuncs.com` in a VPC, `ots-internal.aliyuncs.com` inside the region;
 *  `tablestore.aliyuncs.com` and `vpc.ots.aliyuncs.com` are taken as well.
 *  @return OTS_OK, OTS_USAGE (says what is missing) */
struct ots_endpoint {
	char base_url[512]; /**< without a trailing slash and without the instance's path part */
	char instance[64];
	char region[OTS_REGION_BYTES]; /**< as the service's forms tell it; empty: they do not */
	bool loopback;
};
enum ots_status ots_endpoint_parse(const char *url, struct ots_endpoint *out,
				   struct ots_error *err) OTS_MUST_USE;

/** @param http   borrowed
 *  @param chain  whose keys sign, taken anew for each call; borrowed
 *  @return OTS_OK, OTS_USAGE (the region is none), OTS_NO_MEMORY */
enum ots_status ots_client_new(struct ots_http *http, const struct ots_endpoint *endpoint,
			       struct ots_credential_chain *chain,
			       const struct ots_client_options *options, struct ots_client **out,
			       struct ots_error *err) OTS_MUST_USE;
void ots_client_free(struct ots_client *client);

/** Every call: @p cancel may be NULL. Failures of the service carry its code, message and
 *  request id in @p err, and this status: OTS_DENIED (OTSAuthFailed, OTSNoPermissionAccess),
 *  OTS_NOT_FOUND (OTSObjectNotExist), OTS_EXISTS (OTSObjectAlreadyExist), OTS_THROTTLED
 *  (OTSServerBusy, OTSNotEnoughCapacityUnit, OTSQuotaExhausted …: the throttle class of restore.md
 *  B.4), OTS_TIMEOUT (OTSTimeout, OTSRequestTimeout), OTS_SERVER (other 5xx, the moving class, an
 *  answer that is none of the service's), OTS_REFUSED (OTSParameterInvalid, OTSInvalidPK,
 *  OTSConditionCheckFail, …). An answer that fails its checks, or is longer than any of the
 *  service, is OTS_CORRUPT. Arguments that no request can carry are OTS_USAGE or OTS_LIMIT, and
 *  nothing was sent. */

/** Where the index of a row stands: there is none. */
#define OTS_NO_ROW SIZE_MAX

/** Capacity units that a call or a row took, as the service counts them (4.7). */
struct ots_capacity {
	int32_t read;
	int32_t write;
};

#endif
