/** @file transfer.h
 *  Transfers that outlive the thread that asked for them: one libcurl-multi thread for all requests
 *  of a mount (docs/decisions/0002, option 1). Requests are queued, share kept-alive connections,
 *  and are tried again with full jitter until their deadline; a range that was cut goes on where it
 *  stopped. A body goes from libcurl's buffer straight into the buffer its waiter handed in.
 *
 *  What a request means is its owner's business: the engine asks it to prepare each attempt (which
 *  signs it anew), to accept the headers of an answer, and to judge an answer that is not the bytes
 *  that were asked for. All these calls come from the engine's thread, one at a time for a
 * transfer, with no lock held; none may block.
 *
 *  Bounds: `total_limit` requests on the wire, `host_limit` to one host, `queue_limit` waiting.
 *  Requests that read ahead leave room for those somebody waits for.
 *  Threads: ots_transfer_start(), _cancel() and _drop() from any thread, the owner's callbacks too;
 *  ots_transfers_free() comes last, from another thread than the engine's. */
#ifndef OTSFS_NET_TRANSFER_H
#define OTSFS_NET_TRANSFER_H

#include <otsfs/net/http.h>

struct ots_transfers; /* the engine */
struct ots_transfer;  /* one request, with all its attempts */

struct ots_transfers_options {
	struct ots_http_options http; /**< connection_limit is not looked at */
	size_t total_limit;           /**< 0: 64 */
	size_t host_limit;            /**< 0: 32 */
	size_t queue_limit;           /**< 0: 4096 */
	int64_t stall_ms;   /**< no byte for so long ends an attempt; 0: 15 s (oss-protocol 4.1) */
	int64_t backoff_ms; /**< the first pause is up to this, each next up to twice as long, at
			     * most 20 s; 0: 200 ms (oss-protocol 4.1). Throttled: five times */
	uint64_t seed;      /**< of the jitter */
};

/** What the owner of a request knows about it. */
struct ots_transfer_ops {
	/** Fill in the next attempt: method, url, headers, body, response_limit_bytes; what is
	 *  pointed at stays valid until the next prepare or done. timeout_ms and cancel are not
	 *  looked at.
	 *  @param attempt   from 0
	 *  @param received  bytes of the sink that have come; where a range goes on
	 *  @return OTS_OK, or the status the transfer ends with */
	enum ots_status (*prepare)(void *arg, unsigned attempt, size_t received,
				   struct ots_http_request *request, struct ots_error *err);
	/** The headers of an answer of 200 to 299 have come: may its body go into the sink? Only
	 *  called with a sink; NULL: always.
	 *  @return OTS_OK, or the status of the attempt, which ends; transient: tried again */
	enum ots_status (*accept)(void *arg, const struct ots_http_response *response,
				  struct ots_error *err);
	/** An answer has come whole that is not for the sink: any status where there is no sink,
	 *  else 300 and above.
	 *  @param wait_ms  -1; set to how long the server asks to wait before the next attempt, 0
	 *                  for at once (the owner mended something)
	 *  @return OTS_OK: it is what was asked for; a transient status: tried again; else final */
	enum ots_status (*judge)(void *arg, const struct ots_http_response *response,
				 int64_t *wait_ms, struct ots_error *err);
	/** More bytes stand in the sink: @p received from its start. NULL: nobody asks. */
	void (*progress)(void *arg, size_t received);
	/** The end, exactly once. @p response: of the last attempt; NULL when none was answered */
	void (*done)(void *arg, enum ots_status status, const struct ots_http_response *response,
		     const struct ots_error *err);
};

struct ots_transfer_task {
	const struct ots_transfer_ops *ops; /**< borrowed for ever (a static const table) */
	void *arg;
	const char *host;    /**< what host_limit counts; borrowed until done */
	uint8_t *sink;       /**< where the body goes; NULL: into the response. Until done */
	size_t sink_bytes;   /**< so many are promised: more or fewer are an error */
	int64_t deadline_ms; /**< without a byte moving, over all attempts; 0: 60 s */
	unsigned attempts;   /**< at most so many that moved nothing; 0: until the deadline */
	bool ahead;          /**< nobody waits for it yet */
};

enum ots_status ots_transfers_new(const struct ots_transfers_options *options,
				  struct ots_transfers **out, struct ots_error *err) OTS_MUST_USE;

/** Cancels what is under way; every done has been called when it returns. NULL does nothing. */
void ots_transfers_free(struct ots_transfers *transfers);

/** Queue a request. The callbacks may run before this returns and sets *out.
 *  @param out  for ots_transfer_drop(); NULL: nobody will cancel
 *  @return OTS_OK, OTS_LIMIT (queue_limit wait), OTS_NO_MEMORY, OTS_CANCELLED (the engine ends);
 *          done is called after OTS_OK only */
enum ots_status ots_transfer_start(struct ots_transfers *transfers,
				   const struct ots_transfer_task *task, struct ots_transfer **out,
				   struct ots_error *err) OTS_MUST_USE;

/** Nobody waits any more: done comes soon, with OTS_CANCELLED unless it has ended by itself. Does
 *  not wait; the sink is the engine's until done. */
void ots_transfer_cancel(struct ots_transfer *transfer);

/** Somebody waits for it now: it goes before those that read ahead. */
void ots_transfer_hurry(struct ots_transfer *transfer);

/** Let go of the handle; the transfer goes on. NULL does nothing. */
void ots_transfer_drop(struct ots_transfer *transfer);

/** Start a request and wait for its end, on the caller's thread.
 *  @param cancel  may be NULL; seen within 20 ms
 *  @return as done was told, or as ots_transfer_start(); the sink is the caller's again */
enum ots_status ots_transfer_run(struct ots_transfers *transfers,
				 const struct ots_transfer_task *task, struct ots_cancel *cancel,
				 struct ots_error *err) OTS_MUST_USE;

/** For status/ and tests. */
struct ots_transfers_counts {
	uint64_t requests; /**< attempts that were sent */
	uint64_t retries;  /**< of them, not the first of their transfer */
	uint64_t bytes;    /**< received */
};
void ots_transfers_counts(struct ots_transfers *transfers, struct ots_transfers_counts *counts);

#endif
