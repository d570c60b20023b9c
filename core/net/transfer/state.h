/* The engine behind transfer.h: its lists, one request on its way, one place on the wire.
 *
 * A transfer is in the inbox (locked), or belongs to the engine's thread: ready to be sent, on the
 * wire, or paused until its next attempt. Only `cancelled`, `hurried` and `holders` are touched by
 * others. */
#ifndef OTSFS_CORE_NET_TRANSFER_STATE_H
#define OTSFS_CORE_NET_TRANSFER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include <curl/curl.h>

#include <otsfs/net/transfer.h>

#define SLOTS_MAX ((size_t)256)

/* One place on the wire; the easy handle and the memory of an answer are used again and again. */
struct slot {
	CURL *easy;
	struct curl_slist *headers;
	struct ots_http_request request;
	struct ots_http_response response;
	struct ots_transfer *transfer; /* NULL: free */
	size_t sent_bytes;             /* of the request's body */
	size_t began_at;               /* of the sink, when this attempt was sent */
	int64_t moved_ms;              /* when a byte moved last */
	bool answered, accepted, fresh /* bytes since progress was told */;
	enum ots_status status; /* why a callback stopped it; OTS_OK: it did not */
	struct ots_error err;
	char why[CURL_ERROR_SIZE];
};

struct ots_transfer {
	struct ots_transfers *engine;
	struct ots_transfer_task task;
	atomic_uint holders;
	atomic_bool cancelled, hurried;
	struct ots_transfer *next; /* of the list it is in */
	struct slot *slot;         /* on the wire */
	unsigned attempt;          /* of the next one */
	unsigned failures;         /* attempts in a row that moved nothing */
	size_t received;
	int64_t deadline_ms, due_ms;
};

/* First come, first served. */
struct transfer_list {
	struct ots_transfer *first, *last;
};

struct ots_transfers {
	struct ots_transfers_options options;
	char *user_agent, *ca_file;
	CURLM *multi;
	pthread_t thread;
	bool is_running;
	struct slot *slots[SLOTS_MAX];
	size_t slot_count, active_count, ahead_count;
	struct transfer_list ready, ready_ahead, paused;
	uint64_t random;
	int64_t next_look_ms; /* when a pause, a stall or a deadline may be over */
	atomic_size_t waiting_count;
	_Atomic uint64_t requests, retries, bytes;
	struct {
		pthread_mutex_t mutex;
		struct transfer_list inbox;
		bool ending, changed; /* changed: somebody was cancelled or hurried */
	} locked;
};

static inline void list_put(struct transfer_list *list, struct ots_transfer *transfer)
{
	transfer->next = NULL;
	if (list->last != NULL)
		list->last->next = transfer;
	else
		list->first = transfer;
	list->last = transfer;
}

/* The machine's monotonic clock: libcurl runs on it too. */
int64_t transfer_now_ms(void);

/* attempt.c: send one attempt in a free slot. @return OTS_OK, or what the transfer ends with */
enum ots_status attempt_start(struct ots_transfers *engine, struct slot *slot,
			      struct ots_transfer *transfer, struct ots_error *err) OTS_MUST_USE;

/* What became of the attempt in the slot, which is free then.
 * @param result   libcurl's; looked at where no callback stopped it
 * @param wait_ms  as judge's */
enum ots_status attempt_end(struct ots_transfers *engine, struct slot *slot, CURLcode result,
			    int64_t *wait_ms, struct ots_error *err);

struct slot *slot_new(void);
void slot_free(struct slot *slot);

/* retry.c: how long until the next attempt. */
int64_t retry_pause_ms(struct ots_transfers *engine, const struct ots_transfer *transfer,
		       enum ots_status status, int64_t asked_ms);

#endif
