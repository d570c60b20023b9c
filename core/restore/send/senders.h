/** @file senders.h
 *  Threads that make the calls: each has one request at a time, hands the answer to the driver and
 *  stays with it until the driver has looked.
 *  Threads: ots_senders_* are the driver's. Lock: that of the job's wake, held for a few moves of
 *  pointers only. */
#ifndef OTSFS_CORE_RESTORE_SEND_SENDERS_H
#define OTSFS_CORE_RESTORE_SEND_SENDERS_H

#include <otsfs/restore/target.h>

#include "../wake.h"
#include "request.h"

struct ots_senders;

/** One call, as the driver gives it and gets it back. */
struct ots_sender {
	struct ots_senders *all;
	struct ots_sender *next; /* of idle or answered ones */
	struct ots_out_request *request;
	const struct ots_record *records[OTS_REQUEST_ROWS_MAX];
	struct ots_record part; /* of OTS_OUT_PARTS */
	enum ots_status status; /* of the whole request */
	struct ots_error error;
	struct ots_error errors[OTS_REQUEST_ROWS_MAX]; /* of rows, when status is OTS_OK */
	pthread_t thread;
	pthread_cond_t work;
	bool started;
	bool busy; /* guarded by the wake's mutex */
};

struct ots_senders {
	struct ots_target *target;
	const char *table;
	struct ots_cancel *cancel; /* of the calls */
	struct ots_wake *wake;
	struct ots_sender *all; /* an array */
	size_t count;
	struct ots_sender *idle;     /* the driver's */
	size_t in_flight;            /* the driver's */
	struct ots_sender *answered; /* guarded by the wake's mutex */
	bool ending;                 /* so is this */
};

/** Start the threads. On failure ots_senders_stop() still has to be called.
 *  @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_senders_start(struct ots_senders *senders, size_t count,
				  struct ots_error *err) OTS_MUST_USE;
/** Ends the threads; nothing is in flight any more. */
void ots_senders_stop(struct ots_senders *senders);

/** Send; an idle one must be there. The request comes back with the answer. */
void ots_senders_send(struct ots_senders *senders, struct ots_out_request *request);

/** @return a sender whose answer has come, for ots_senders_done() when looked at; NULL: none */
struct ots_sender *ots_senders_answer(struct ots_senders *senders);
void ots_senders_done(struct ots_senders *senders, struct ots_sender *sender);

#endif
