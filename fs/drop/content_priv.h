/** @file content_priv.h
 *  Fields of a content, for content.c and content_commit.c only. */
#ifndef OTSFS_FS_CONTENT_PRIV_H
#define OTSFS_FS_CONTENT_PRIV_H

#include <pthread.h>

#include "content.h"

/* Bytes that were written, shared by the extents cut from them and by readers at work. */
struct staged {
	atomic_uint holders;
	struct ots_staging *staging;
};

struct extent {
	uint64_t start;  /* in the file */
	uint64_t length; /* from 1 */
	uint64_t offset; /* in staged or text */
	struct staged *staged;
	struct text_ref *text; /* one of the two is set */
};

struct content {
	atomic_uint holders;
	struct {
		pthread_mutex_t mutex;
		struct extent *extents;
		size_t count, cap;
		size_t committed; /* extents that restores were started for */
		uint64_t size, committed_size;
		struct ots_job *prepared;   /* of the new part; NULL: none */
		struct content_state state; /* new_bytes and prepared are filled when asked */
	} locked;
};

struct staged *ots_staged_new(struct ots_engine *engine, struct ots_error *err);
void ots_extent_release(struct extent *extent);
struct extent ots_extent_hold(const struct extent *extent);
enum ots_status ots_extent_read(const struct extent *extent, uint64_t from, void *buf, size_t len,
				size_t *got, struct ots_cancel *cancel, struct ots_error *err);

#endif
