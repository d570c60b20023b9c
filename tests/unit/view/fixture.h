/** @file fixture.h
 *  A folder with one object, a view over it, and the text it must show. */
#ifndef OTSFS_TESTS_UNIT_VIEW_FIXTURE_H
#define OTSFS_TESTS_UNIT_VIEW_FIXTURE_H

#include <otsfs/base/buffer.h>
#include <otsfs/object/fault.h>
#include <otsfs/view/view.h>

#include "../../support/scratch_folder.h"
#include "../../support/view_sample.h"

#define KEY "o.csv"
/* The least a view takes: chunks are then 256 KiB of the object or of text. */
#define SMALL_MEMORY ((size_t)8 * 1024 * 1024)

struct fixture {
	struct scratch scratch;
	struct ots_store *store;
	struct ots_view *view;
	struct ots_object object;
	struct ots_buffer whole; /* the text in one piece */
	uint64_t record_count;
};

/** Write @p content as the object and open all of it. @p plan  NULL: no faults */
void fixture_open(struct fixture *f, const struct ots_buffer *content, size_t memory_bytes,
		  const struct ots_fault_plan *plan);
void fixture_close(struct fixture *f);

struct ots_text *fixture_text(struct fixture *f);

/** Read @p len bytes at @p offset and hold them against the whole text. */
void fixture_expect_at(const struct fixture *f, struct ots_text *text, uint64_t offset, size_t len);

#endif
