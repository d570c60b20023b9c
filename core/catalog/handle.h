/* The catalog behind its header: what is published, and whose turn it is to list. */
#ifndef CORE_CATALOG_HANDLE_H
#define CORE_CATALOG_HANDLE_H

#include <pthread.h>

#include "listing.h"

struct ots_catalog {
	struct ots_lister lister; /* whoever has the turn */
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t turn_over; /* on CLOCK_MONOTONIC */
		bool listing;
		uint64_t turn;     /* listings that have ended */
		uint64_t expiries; /* how often the listing was found to be behind */
		enum ots_status last_status;
		struct ots_error last_error;
		struct ots_snapshot *current; /* NULL until the first listing is done */
		int64_t fresh_until_ms;
		int64_t listed_us;
		struct ots_store_counts passed_over;
	} locked;
};

/* The tree, listed now if it is stale. Blocks on I/O or on the listing of another.
 * @param out  for ots_snapshot_drop() */
enum ots_status ots_catalog_fresh(struct ots_catalog *catalog, struct ots_cancel *cancel,
				  struct ots_snapshot **out, struct ots_error *err) OTS_MUST_USE;

/* The tree as it is. @return NULL: never listed; else for ots_snapshot_drop() */
struct ots_snapshot *ots_catalog_current(struct ots_catalog *catalog);

#endif
