/* Extents: holding, reading, and turning the new ones into the input of a restore. */
#include "content_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One turn of a copy from texts to staging. */
#define COPY_BYTES ((size_t)1 << 20)

struct staged *ots_staged_new(struct ots_engine *engine, struct ots_error *err)
{
	struct staged *staged = calloc(1, sizeof *staged);

	if (staged == NULL) {
		(void)ots_fail(err, OTS_NO_MEMORY, "a dropped file");
		return NULL;
	}
	atomic_init(&staged->holders, 1);
	if (ots_staging_open(engine, &staged->staging, err) != OTS_OK) {
		free(staged);
		return NULL;
	}
	return staged;
}

static struct staged *staged_hold(struct staged *staged)
{
	(void)atomic_fetch_add_explicit(&staged->holders, 1, memory_order_relaxed);
	return staged;
}

static void staged_release(struct staged *staged)
{
	if (staged == NULL ||
	    atomic_fetch_sub_explicit(&staged->holders, 1, memory_order_acq_rel) != 1)
		return;
	ots_staging_discard(staged->staging); /* a job's own input stays */
	free(staged);
}

void ots_extent_release(struct extent *extent)
{
	staged_release(extent->staged);
	ots_text_ref_release(extent->text);
	*extent = (struct extent){0};
}

struct extent ots_extent_hold(const struct extent *extent)
{
	struct extent held = *extent;

	if (held.staged != NULL)
		(void)staged_hold(held.staged);
	if (held.text != NULL)
		(void)ots_text_ref_hold(held.text);
	return held;
}

enum ots_status ots_extent_read(const struct extent *extent, uint64_t from, void *buf, size_t len,
				size_t *got, struct ots_cancel *cancel, struct ots_error *err)
{
	const uint64_t skip = from - extent->start;
	const uint64_t left = extent->length - skip;
	const size_t want = left < len ? (size_t)left : len;

	assert(extent->text != NULL || extent->staged != NULL);
	if (extent->text != NULL)
		return ots_text_read(extent->text->text, extent->offset + skip, buf, want, got,
				     cancel, err);
	return ots_staging_read(extent->staged->staging, extent->offset + skip, buf, want, got,
				err);
}

static bool is_whole_text(const struct extent *extent)
{
	return extent->text != NULL && extent->offset == 0 &&
	       extent->length == ots_text_size(extent->text->text);
}

/* Everything of one extent behind what @p staged has. */
static enum ots_status copy_extent(const struct extent *extent, struct staged *staged, void *buf,
				   struct ots_cancel *cancel, struct ots_error *err)
{
	uint64_t done = 0;

	while (done < extent->length) { /* ends: each turn copies at least one byte or returns */
		enum ots_status status;
		size_t got = 0;

		if (ots_cancel_asked(cancel))
			return ots_fail(err, OTS_CANCELLED, "copying what was dropped");
		status = ots_extent_read(extent, extent->start + done, buf, COPY_BYTES, &got,
					 cancel, err);
		if (status == OTS_OK && got == 0)
			status = ots_fail(err, OTS_IO, "what was dropped became shorter");
		if (status == OTS_OK)
			status = ots_staging_append(staged->staging, buf, got, err);
		if (status != OTS_OK)
			return status;
		done += got;
	}
	return OTS_OK;
}

/* Put one staged extent in the place of the new ones. @p old has room for them: letting go of them
 * closes files, which waits until the lock is free. */
static void replace_new(struct content *content, struct extent *old, struct staged *staged)
{
	const size_t first = content->locked.committed;
	size_t count;

	(void)pthread_mutex_lock(&content->locked.mutex);
	count = content->locked.count - first;
	memcpy(old, content->locked.extents + first, count * sizeof *old);
	content->locked.extents[first] = (struct extent){
		.start = old[0].start,
		.length = content->locked.size - old[0].start,
		.staged = staged,
	};
	content->locked.count = first + 1;
	(void)pthread_mutex_unlock(&content->locked.mutex);
	for (size_t i = 0; i < count; i++)
		ots_extent_release(&old[i]);
}

/* The new extents as one staging file, which replaces them. They do not change meanwhile: the
 * content is committing. */
static enum ots_status assemble(struct content *content, struct ots_engine *engine,
				struct ots_cancel *cancel, struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	struct staged *staged = NULL;
	void *buf = malloc(COPY_BYTES);
	const size_t first = content->locked.committed, end = content->locked.count;
	struct extent *old = calloc(end - first, sizeof *old);

	if (buf == NULL || old == NULL) {
		status = ots_fail(err, OTS_NO_MEMORY, "copying what was dropped");
		goto out;
	}
	staged = ots_staged_new(engine, err);
	if (staged == NULL) {
		status = err->status;
		goto out;
	}
	for (size_t i = first; status == OTS_OK && i < end; i++)
		status = copy_extent(&content->locked.extents[i], staged, buf, cancel, err);
	if (status != OTS_OK)
		goto out;
	replace_new(content, old, staged);
	staged = NULL;
out:
	staged_release(staged);
	free(old);
	free(buf);
	return status;
}

enum ots_status ots_content_commit_input(struct content *content, struct ots_engine *engine,
					 struct ots_cancel *cancel, struct text_ref ***texts,
					 size_t *text_count, struct ots_staging **staging,
					 struct ots_error *err)
{
	const size_t first = content->locked.committed;
	const size_t count = content->locked.count - first;
	bool whole = true;

	assert(count > 0); /* ots_content_commit_begin() saw something new */
	*texts = NULL;
	*text_count = 0;
	*staging = NULL;
	for (size_t i = 0; whole && i < count; i++)
		whole = is_whole_text(&content->locked.extents[first + i]);
	if (whole) {
		*texts = calloc(count, sizeof(struct text_ref *));
		if (*texts == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "what was dropped");
		for (size_t i = 0; i < count; i++)
			(*texts)[i] = content->locked.extents[first + i].text;
		*text_count = count;
		return OTS_OK;
	}
	if (count > 1 || content->locked.extents[first].staged == NULL) {
		const enum ots_status status = assemble(content, engine, cancel, err);

		if (status != OTS_OK)
			return status;
	}
	assert(content->locked.extents[first].staged != NULL); /* assembled, if it was not */
	*staging = content->locked.extents[first].staged->staging;
	return OTS_OK;
}
