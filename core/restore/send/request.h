/** @file request.h
 *  Rows that go in one request, lists of them, and those that wait for their time.
 *  Threads: the driver's; a sender reads its own request while it is in flight. */
#ifndef OTSFS_CORE_RESTORE_SEND_REQUEST_H
#define OTSFS_CORE_RESTORE_SEND_REQUEST_H

#include "row.h"

/** Source: tablestore-protocol section 5, "rows per BatchWriteRow". */
#define OTS_REQUEST_ROWS_MAX ((size_t)200)
/** Body of a request of several rows: below the service's 4 MiB of data and 5 MiB of body, since a
 *  body is never smaller than its data. */
#define OTS_REQUEST_BODY_MAX ((size_t)3584 * 1024)

struct ots_out_request {
	struct ots_out_request *next;
	enum ots_out_kind kind;
	bool intact;    /**< sent again as it is; else its rows join others when due */
	int64_t due_ms; /**< active time, while it waits */
	size_t count;
	size_t cap;
	size_t body_bytes;
	struct ots_out_row *rows[];
};

/** @return NULL without memory */
struct ots_out_request *ots_out_request_new(enum ots_out_kind kind, size_t cap);
/** The rows are not freed. */
void ots_out_request_free(struct ots_out_request *request);

/** @return false: full; nothing is added then. The first row always fits */
bool ots_out_request_add(struct ots_out_request *request, struct ots_out_row *row);

/** Halve: the rows from the middle on move to @p rest. @return false without memory */
bool ots_out_request_halve(struct ots_out_request *request, struct ots_out_request **rest);

/** First in, first out, or in front. */
struct ots_out_queue {
	struct ots_out_request *first, *last;
};
void ots_out_queue_push(struct ots_out_queue *queue, struct ots_out_request *request);
void ots_out_queue_push_front(struct ots_out_queue *queue, struct ots_out_request *request);
struct ots_out_request *ots_out_queue_pop(struct ots_out_queue *queue);

/** Requests by the time they are due: a binary heap. */
struct ots_out_delayed {
	struct ots_out_request **heap;
	size_t count;
	size_t cap;
};
/** Room for one more, so that a later add cannot fail. @return false without memory */
bool ots_out_delayed_reserve(struct ots_out_delayed *delayed, size_t requests);
void ots_out_delayed_add(struct ots_out_delayed *delayed, struct ots_out_request *request);
/** @return the earliest if it is due at @p now_ms, taken out, else NULL */
struct ots_out_request *ots_out_delayed_due(struct ots_out_delayed *delayed, int64_t now_ms);
/** Frees the requests, not their rows. */
void ots_out_delayed_release(struct ots_out_delayed *delayed);

#endif
