/** @file backend.h
 *  What store.c, input.c and the backends share: how a store sits on its backend.
 *  Threads: as store.h. */
#ifndef OTSFS_CORE_OBJECT_BACKEND_H
#define OTSFS_CORE_OBJECT_BACKEND_H

#include <otsfs/object/store.h>

#include "ahead/ahead.h"

struct ots_store {
	const struct ots_store_ops *ops;
	void *self;
	char *name;
	struct ahead_pool *pool; /* with ops->fetch */
};

/** The one error for a key that nothing can stand under: too long, empty, with a NUL.
 *  @return OTS_OK or OTS_NOT_FOUND */
enum ots_status ots_store_check_key(const struct ots_store *store, struct ots_bytes key,
				    struct ots_error *err) OTS_MUST_USE;

#endif
