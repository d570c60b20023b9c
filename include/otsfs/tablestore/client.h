/** @file client.h
 *  Calls of the Tablestore service: one attempt each, signed anew, the answer checked (MD5, date,
 *  signature). A request refused for its date is signed once more with the service's time, which
 *  then stays in use (tablestore-protocol 1.8), one refused for its key once more when the chain
 *  has another: nothing was done the first time. All other retries belong to who knows what a
 *  repeat means (restore).
 *  Source: tablestore-protocol sections 1, 2 and 13.1.
 *  Threads: one client serves many at once; ots_client_free() comes last. */
#ifndef OTSFS_TABLESTORE_CLIENT_H
#define OTSFS_TABLESTORE_CLIENT_H

#include <otsfs/base/cancel.h>
#include <otsfs/base/clock.h>
#include <otsfs/net/credentials.h>
#include <otsfs/net/http.h>
#include <otsfs/record/batch.h>
#include <otsfs/record/schema.h>
#include <otsfs/tablestore/wire/plainbuffer.h>

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

/** Every call below: @p cancel may be NULL. Failures of the service carry its code, message and
 *  request id in @p err, and this status: OTS_DENIED (OTSAuthFailed, OTSNoPermissionAccess),
 *  OTS_NOT_FOUND (OTSObjectNotExist), OTS_EXISTS (OTSObjectAlreadyExist), OTS_THROTTLED
 *  (OTSServerBusy, OTSNotEnoughCapacityUnit, OTSQuotaExhausted …: the throttle class of restore.md
 *  B.4), OTS_TIMEOUT (OTSTimeout, OTSRequestTimeout), OTS_SERVER (other 5xx, the moving class, an
 *  answer that is none of the service's), OTS_REFUSED (OTSParameterInvalid, OTSInvalidPK,
 *  OTSConditionCheckFail, …). An answer that fails its checks, or is longer than any of the
 *  service, is OTS_CORRUPT. */
enum ots_status ots_client_create_table(struct ots_client *client, const struct ots_schema *schema,
					struct ots_cancel *cancel,
					struct ots_error *err) OTS_MUST_USE;

/** @param schema  initialised; filled with key, max_versions, ttl, version offset */
enum ots_status ots_client_describe_table(struct ots_client *client, const char *table,
					  struct ots_schema *schema, struct ots_cancel *cancel,
					  struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_client_delete_table(struct ots_client *client, const char *table,
					struct ots_cancel *cancel,
					struct ots_error *err) OTS_MUST_USE;

/** @return false to stop */
typedef bool ots_table_name_fn(void *arg, struct ots_bytes name);
enum ots_status ots_client_list_tables(struct ots_client *client, ots_table_name_fn *fn, void *arg,
				       struct ots_cancel *cancel,
				       struct ots_error *err) OTS_MUST_USE;

/** PutRow of a record of op PUT, condition IGNORE. */
enum ots_status ots_client_put_row(struct ots_client *client, const char *table,
				   const struct ots_record *record, struct ots_cancel *cancel,
				   struct ots_error *err) OTS_MUST_USE;

/** GetRow: all versions (at most @p max_versions).
 *  @param batch  reset; then holds the row, or nothing when there is none. Deep copies */
enum ots_status ots_client_get_row(struct ots_client *client, const char *table,
				   const struct ots_key_column *key, size_t key_count,
				   int32_t max_versions, struct ots_batch *batch,
				   struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;

/** What became of one row of a batch. */
struct ots_row_result {
	enum ots_status status; /**< OTS_OK: written */
	struct ots_error error; /**< when not: the server's code, message, request id */
};

/** BatchWriteRow to one table: at most 200 records with distinct keys, condition IGNORE.
 *  The body is encoded once from the records, in one pass.
 *  @param results  @p count of them; filled when OTS_OK is returned (an answer came)
 *  @return OTS_OK though rows failed; otherwise nothing is known about rows but what the status
 *          says; OTS_LIMIT: body or count above the service's limits, nothing was sent */
enum ots_status ots_client_batch_write(struct ots_client *client, const char *table,
				       const struct ots_record *const *records, size_t count,
				       struct ots_row_result *results, struct ots_cancel *cancel,
				       struct ots_error *err) OTS_MUST_USE;

/** One page of GetRange, forward, over the whole key space or from where the last page ended.
 *  @param start   NULL: from the smallest key; else what the last page left in *next, borrowed
 *  @param next    the caller's buffer; its len is 0 when the range is finished
 *  @param batch   reset; rows as PUT records with every version, deep copies
 *  Loop until next->len is 0: a page may hold no row and still have a next. */
enum ots_status ots_client_get_range(struct ots_client *client, const char *table,
				     const struct ots_schema *schema, int32_t max_versions,
				     int32_t limit, const struct ots_buffer *start,
				     struct ots_buffer *next, struct ots_batch *batch,
				     struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;

#endif
