/** @file room.h
 *  Buffers that are kept from page to page and only grow, all of them on one account, so that a
 *  reader's memory has one bound whatever a file claims.
 *  Threads: the caller serialises; an account and its rooms belong to one reader. */
#ifndef OTSFS_CORE_PARQUET_COLUMN_ROOM_H
#define OTSFS_CORE_PARQUET_COLUMN_ROOM_H

#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/error.h>

struct account {
	size_t limit_bytes;
	size_t used_bytes;
};

/** Zeroed: empty. Readable for PAGE_SLACK_BYTES behind size. */
struct room {
	uint8_t *bytes;
	size_t size;
};

/** Room for @p size bytes; what stood there is gone where it had to grow.
 *  @return OTS_OK, OTS_LIMIT (the account's; the error names the size), OTS_NO_MEMORY */
enum ots_status room_reserve(struct room *room, struct account *account, size_t size,
			     const char *what, struct ots_error *err) OTS_MUST_USE;
/** As above, but what stands in the first @p keep bytes stays. */
enum ots_status room_grow(struct room *room, struct account *account, size_t size, size_t keep,
			  const char *what, struct ots_error *err) OTS_MUST_USE;
void room_release(struct room *room, struct account *account);

#endif
