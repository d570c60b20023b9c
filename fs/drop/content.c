#include "content.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "content_priv.h"
#include "../errno_map.h"

/* A file copied in many small ranges out of order would need one extent each; neighbours are
 * joined, so that copies met in practice have one to a few. */
#define EXTENTS_MAX 65536

struct content *ots_content_new(void)
{
	struct content *content = calloc(1, sizeof *content);

	if (content == NULL)
		return NULL;
	atomic_init(&content->holders, 1);
	(void)pthread_mutex_init(&content->locked.mutex, NULL);
	return content;
}

struct content *ots_content_hold(struct content *content)
{
	(void)atomic_fetch_add_explicit(&content->holders, 1, memory_order_relaxed);
	return content;
}

void ots_content_release(struct content *content)
{
	if (content == NULL ||
	    atomic_fetch_sub_explicit(&content->holders, 1, memory_order_acq_rel) != 1)
		return;
	/* Before the extents: what it was prepared from goes back to them. */
	ots_job_discard(content->locked.prepared,
			"it was removed or written anew before a rename gave it its name");
	for (size_t i = 0; i < content->locked.count; i++)
		ots_extent_release(&content->locked.extents[i]);
	free(content->locked.extents);
	(void)pthread_mutex_destroy(&content->locked.mutex);
	free(content);
}

uint64_t ots_content_size(struct content *content)
{
	uint64_t size;

	(void)pthread_mutex_lock(&content->locked.mutex);
	size = content->locked.size;
	(void)pthread_mutex_unlock(&content->locked.mutex);
	return size;
}

static int stick_locked(struct content *content, int error)
{
	if (content->locked.state.error == 0)
		content->locked.state.error = error;
	return content->locked.state.error;
}

/* Whether this write may go on: 0, or the errno that answers it. */
static int admit_locked(struct content *content, const struct content_write *write,
			struct ots_error *err)
{
	if (content->locked.state.error != 0)
		return content->locked.state.error;
	if (content->locked.state.committing)
		return EBUSY;
	if (!write->append && write->offset != content->locked.size) {
		(void)ots_fail(err, OTS_REFUSED,
			       "written at byte %" PRIu64 ", where the file ends at byte %" PRIu64
			       ": a file is dropped from its first byte to its last, in order",
			       write->offset, content->locked.size);
		return stick_locked(content, EIO);
	}
	return 0;
}

/* What was prepared is not what the file will be. */
static void unprepare_locked(struct content *content)
{
	ots_job_discard(content->locked.prepared, NULL);
	content->locked.prepared = NULL;
}

/* Room for one more. */
static bool reserve_locked(struct content *content)
{
	struct extent *grown;
	size_t cap = content->locked.cap;

	if (content->locked.extents != NULL && content->locked.count < cap)
		return true;
	if (cap >= EXTENTS_MAX)
		return false;
	cap = cap == 0 ? 4 : cap * 2;
	grown = realloc(content->locked.extents, cap * sizeof *grown);
	if (grown == NULL)
		return false;
	content->locked.extents = grown;
	content->locked.cap = cap;
	return true;
}

/* The last extent, if it is new and not yet part of a restore. */
static struct extent *last_locked(struct content *content)
{
	return content->locked.count > content->locked.committed
		       ? &content->locked.extents[content->locked.count - 1]
		       : NULL;
}

/* Make the last extent one of staged bytes that end at the file's end. */
static struct extent *staged_extent_locked(struct content *content, struct ots_engine *engine,
					   struct ots_error *err)
{
	struct extent *last = last_locked(content);
	struct staged *staged;

	if (last != NULL && last->staged != NULL)
		return last;
	if (!reserve_locked(content)) {
		(void)ots_fail(err, OTS_NO_MEMORY, "a file of more than %d pieces", EXTENTS_MAX);
		return NULL;
	}
	staged = ots_staged_new(engine, err);
	if (staged == NULL)
		return NULL;
	last = &content->locked.extents[content->locked.count++];
	*last = (struct extent){.start = content->locked.size, .staged = staged};
	return last;
}

static void grown_locked(struct content *content, uint64_t by, pid_t writer)
{
	content->locked.size += by;
	content->locked.state.writer = writer;
	content->locked.state.deferred = false;
}

int ots_content_append(struct content *content, const struct content_write *write,
		       const void *bytes, size_t len, struct ots_error *err)
{
	struct extent *extent;
	enum ots_status status = OTS_NO_MEMORY;
	int error;

	(void)pthread_mutex_lock(&content->locked.mutex);
	error = admit_locked(content, write, err);
	if (error != 0 || len == 0)
		goto out;
	unprepare_locked(content);
	extent = staged_extent_locked(content, write->engine, err);
	if (extent != NULL)
		status = ots_staging_append(extent->staged->staging, bytes, len, err);
	else if (err->status != OTS_OK)
		status = err->status;
	if (status != OTS_OK) {
		error = stick_locked(content, ots_errno_of(status, ERRNO_AT_CLOSE));
		goto out;
	}
	extent->length += len;
	grown_locked(content, len, write->writer);
out:
	(void)pthread_mutex_unlock(&content->locked.mutex);
	return error;
}

static int add_range_locked(struct content *content, const struct extent *range)
{
	struct extent *last = last_locked(content);

	if (last != NULL && last->text != NULL && last->text->number == range->text->number &&
	    last->offset + last->length == range->offset) {
		last->length += range->length;
		return 0;
	}
	if (!reserve_locked(content))
		return ENOMEM;
	content->locked.extents[content->locked.count] = ots_extent_hold(range);
	content->locked.count++;
	return 0;
}

int ots_content_append_range(struct content *content, const struct content_write *write,
			     struct text_ref *text, uint64_t from, uint64_t len, uint64_t *taken,
			     struct ots_error *err)
{
	const uint64_t size = ots_text_size(text->text);
	const struct ots_error *damage = ots_text_damage(text->text);
	int error;

	*taken = 0;
	(void)pthread_mutex_lock(&content->locked.mutex);
	error = admit_locked(content, write, err);
	if (error != 0)
		goto out;
	if (damage != NULL) {
		*err = *damage;
		error = stick_locked(content, EIO);
		goto out;
	}
	if (from >= size || len == 0)
		goto out;
	unprepare_locked(content);
	const struct extent range = {.start = content->locked.size,
				     .length = len < size - from ? len : size - from,
				     .offset = from,
				     .text = text};
	error = add_range_locked(content, &range);
	if (error != 0) {
		(void)ots_fail(err, OTS_NO_MEMORY, "a file of more than %d pieces", EXTENTS_MAX);
		error = stick_locked(content, error);
		goto out;
	}
	*taken = range.length;
	grown_locked(content, range.length, write->writer);
out:
	(void)pthread_mutex_unlock(&content->locked.mutex);
	return error;
}

/* The extent that holds byte @p offset, held for the caller. Extents are in order of start. */
static bool find_extent(struct content *content, uint64_t offset, struct extent *out)
{
	size_t low = 0, high;
	bool found = false;

	(void)pthread_mutex_lock(&content->locked.mutex);
	high = content->locked.count;
	while (low < high) { /* ends: the interval halves */
		const size_t middle = low + (high - low) / 2;
		const struct extent *e = &content->locked.extents[middle];

		if (offset < e->start) {
			high = middle;
		} else if (offset - e->start >= e->length) {
			low = middle + 1;
		} else {
			*out = ots_extent_hold(e);
			found = true;
			break;
		}
	}
	(void)pthread_mutex_unlock(&content->locked.mutex);
	return found;
}

enum ots_status ots_content_read(struct content *content, uint64_t offset, void *buf, size_t len,
				 size_t *got, struct ots_cancel *cancel, struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	struct extent extent;

	*got = 0;
	while (status == OTS_OK && *got < len && find_extent(content, offset + *got, &extent)) {
		/* ends: each turn reads at least one byte or stops */
		size_t part = 0;

		status = ots_extent_read(&extent, offset + *got, (uint8_t *)buf + *got, len - *got,
					 &part, cancel, err);
		ots_extent_release(&extent);
		*got += part;
		if (part == 0)
			break;
	}
	return status;
}

int ots_content_clear(struct content *content)
{
	struct extent *old = NULL;
	size_t count = 0;
	int error = 0;

	(void)pthread_mutex_lock(&content->locked.mutex);
	if (content->locked.state.committing) {
		error = EBUSY;
	} else {
		unprepare_locked(content);
		old = content->locked.extents;
		count = content->locked.count;
		content->locked.extents = NULL;
		content->locked.count = content->locked.cap = content->locked.committed = 0;
		content->locked.size = content->locked.committed_size = 0;
	}
	(void)pthread_mutex_unlock(&content->locked.mutex);
	for (size_t i = 0; i < count; i++)
		ots_extent_release(&old[i]);
	free(old);
	return error;
}

void ots_content_stick(struct content *content, int error)
{
	(void)pthread_mutex_lock(&content->locked.mutex);
	(void)stick_locked(content, error);
	(void)pthread_mutex_unlock(&content->locked.mutex);
}

struct content_state ots_content_state(struct content *content)
{
	struct content_state state;

	(void)pthread_mutex_lock(&content->locked.mutex);
	state = content->locked.state;
	state.new_bytes = content->locked.size - content->locked.committed_size;
	state.prepared = content->locked.prepared != NULL;
	(void)pthread_mutex_unlock(&content->locked.mutex);
	return state;
}

void ots_content_mark_deferred(struct content *content)
{
	(void)pthread_mutex_lock(&content->locked.mutex);
	content->locked.state.deferred = true;
	(void)pthread_mutex_unlock(&content->locked.mutex);
}

bool ots_content_commit_begin(struct content *content)
{
	bool begun = false;

	(void)pthread_mutex_lock(&content->locked.mutex);
	if (!content->locked.state.committing && content->locked.state.error == 0 &&
	    content->locked.prepared == NULL &&
	    content->locked.size > content->locked.committed_size) {
		content->locked.state.committing = true;
		begun = true;
	}
	(void)pthread_mutex_unlock(&content->locked.mutex);
	return begun;
}

struct ots_job *ots_content_commit_begin_prepared(struct content *content)
{
	struct ots_job *job = NULL;

	(void)pthread_mutex_lock(&content->locked.mutex);
	if (content->locked.state.error == 0 && content->locked.prepared != NULL) {
		assert(!content->locked.state.committing);
		job = content->locked.prepared;
		content->locked.prepared = NULL;
		content->locked.state.committing = true;
	}
	(void)pthread_mutex_unlock(&content->locked.mutex);
	return job;
}

void ots_content_commit_keep(struct content *content, struct ots_job *job)
{
	(void)pthread_mutex_lock(&content->locked.mutex);
	assert(content->locked.state.committing && content->locked.prepared == NULL);
	content->locked.state.committing = false;
	content->locked.prepared = job;
	(void)pthread_mutex_unlock(&content->locked.mutex);
}

void ots_content_commit_end(struct content *content, int error)
{
	(void)pthread_mutex_lock(&content->locked.mutex);
	assert(content->locked.state.committing);
	content->locked.state.committing = false;
	if (error != 0)
		(void)stick_locked(content, error);
	content->locked.committed = content->locked.count;
	content->locked.committed_size = content->locked.size;
	(void)pthread_mutex_unlock(&content->locked.mutex);
}
