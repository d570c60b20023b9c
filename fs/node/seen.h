/** @file seen.h
 *  What opens have found out about files, by node number: which content, and its exact size. A
 *  number is one content for ever, as the kernel's page cache takes it; a text can become another
 *  under its number where a schema is changed, and this is where that is noticed. 32 to 64 bytes
 * for each file that was opened. Threads: locked inside. */
#ifndef OTSFS_FS_SEEN_H
#define OTSFS_FS_SEEN_H

#include <stdbool.h>
#include <stdint.h>

struct seen;

enum seen_before {
	SEEN_NEVER,
	SEEN_SAME,
	SEEN_OTHER /**< another content: what is remembered stays the first */
};

/** The identity of a content that nothing can be read of. */
#define SEEN_UNREADABLE UINT64_C(0)

struct seen *ots_seen_new(void);
void ots_seen_free(struct seen *seen);

/** Remember the content of an opened file, and its size where that is exact (@p size not NULL).
 *  Without memory it is as if never opened. */
enum seen_before ots_seen_put(struct seen *seen, uint64_t number, uint64_t identity,
			      const uint64_t *size);

/** @return false: not known */
bool ots_seen_size(struct seen *seen, uint64_t number, uint64_t *size);

#endif
