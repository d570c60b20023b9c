/* A store in memory for tests: objects are put, changed, removed and made to fail while it is in
 * use. Only the backend: `ots_store_new(&memory_store_ops, store, "memory", …)` puts a store over
 * it, in the test, so that rooms below `object` link without it. Threads: locked inside. */
#ifndef TESTS_SUPPORT_MEMORY_STORE_H
#define TESTS_SUPPORT_MEMORY_STORE_H

#include <otsfs/object/store.h>

struct memory_store;

extern const struct ots_store_ops memory_store_ops;

/* Freed by the store's close, which the last user of an ots_store calls. */
struct memory_store *memory_store_new(void);

/* Put or replace. Each put gives a new ETag. */
void memory_store_put(struct memory_store *store, const char *key, const char *content,
		      int64_t mtime_us);
void memory_store_put_bytes(struct memory_store *store, struct ots_bytes key,
			    struct ots_bytes content, int64_t mtime_us);
void memory_store_remove(struct memory_store *store, const char *key);

/* Opening the key fails so; OTS_OK: no more. The key is there. */
void memory_store_fail_open(struct memory_store *store, const char *key, enum ots_status status);

/* Listing fails so; OTS_OK: no more. */
void memory_store_fail_list(struct memory_store *store, enum ots_status status);

/* While shut, a listing waits at its beginning; its cancel ends the wait. */
void memory_store_shut_gate(struct memory_store *store, bool shut);
/* Listings that wait at the gate. */
unsigned memory_store_waiting(struct memory_store *store);

unsigned memory_store_lists(struct memory_store *store); /* begun so far */
unsigned memory_store_opens(struct memory_store *store);
uint64_t memory_store_bytes_read(struct memory_store *store);

#endif
