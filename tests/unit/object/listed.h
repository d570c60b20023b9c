/** @file listed.h
 *  A listing as text, one line a key, so that a test shows what it expects. */
#ifndef OTSFS_TESTS_UNIT_OBJECT_LISTED_H
#define OTSFS_TESTS_UNIT_OBJECT_LISTED_H

#include <otsfs/object/store.h>

struct listed {
	char text[64 * 1024]; /* keys, LF behind each */
	size_t len;
	size_t count;
	size_t stop_after; /* 0: never */
	struct ots_cancel *cancel_after_first;
};

enum ots_status list_keys(struct ots_store *store, const struct ots_list_request *request,
			  struct listed *listed, struct ots_error *err);

static inline struct ots_bytes key_of(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0') /* ends: at the NUL */
		len++;
	return (struct ots_bytes){(const uint8_t *)text, len};
}

#endif
