#include "state.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/wait.h>

/* A wish to stop is looked for so often. */
#define LOOK_MS 20
/* A long read goes in pieces, so that it never holds more than this. */
#define PIECE_BYTES ((size_t)4 * 1024 * 1024)

enum ots_status ahead_open(struct ahead_pool *pool, const struct ahead_options *options,
			   struct ahead **out, struct ots_error *err)
{
	struct ahead *ahead = calloc(1, sizeof *ahead);
	struct ots_bytes front = {NULL, 0};

	if (ahead == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%.*s: no memory to open it",
				(int)options->entry->key.len, (const char *)options->entry->key.at);
	ahead->pool = pool;
	ahead->options = *options;
	ahead->size = options->entry->size;
	ahead->checksum.size = ahead->size;
	ahead->checksum.is_known = options->ops->front(options->self, options->handle, &front,
						       &ahead->checksum.expected);
	if (front.len > 0)
		(void)segment_add_ready(ahead, 0, front);
	*out = ahead;
	return OTS_OK;
}

void ahead_close(struct ahead *ahead)
{
	struct segment *garbage = NULL;

	if (ahead == NULL)
		return;
	pool_lock(ahead->pool);
	/* A read may be over before whoever began it has sent the requests behind it. */
	while (ahead->entering > 0) /* ends: it sends, and waits for nobody */
		(void)pthread_cond_wait(&ahead->pool->locked.changed, &ahead->pool->locked.mutex);
	while (ahead->first != NULL) { /* ends: one fewer each turn */
		struct segment *segment = ahead->first;

		segment_drop_locked(segment, &garbage);
	}
	pool_unlock(ahead->pool);
	segment_free_chain(garbage);
	free(ahead);
}

/* Whether the last byte must wait: all before it came through here or is coming, and has not been
 * held against the checksum yet. */
static bool verdict_is_due(const struct ahead *ahead)
{
	const struct checksum *sum = &ahead->checksum;
	uint64_t at = sum->upto;
	bool loading = false;

	if (!sum->is_known || sum->is_done || sum->is_wrong)
		return false;
	while (at < ahead->size) { /* ends: at grows each turn */
		const struct segment *segment = segment_find_locked(ahead, at);
		const uint64_t end = checksum_part_end(sum, at);

		if (end != 0) {
			at = end;
		} else if (segment != NULL && segment->state == SEGMENT_LOADING &&
			   segment->offset == at) {
			at = segment_end(segment);
			loading = true;
		} else {
			return false;
		}
	}
	return loading;
}

static bool has_come(const struct ots_input_read *read)
{
	if (read->fails_alike)
		return true;
	for (size_t i = 0; i < read->count; i++) {
		const struct segment *segment = read->segments[i];
		const uint64_t end = read->offset + read->len;
		const uint64_t need =
			(end < segment_end(segment) ? end : segment_end(segment)) - segment->offset;

		if (segment->state == SEGMENT_FAILED)
			return true;
		if (segment->filled < need)
			return false;
	}
	return !read->waits_for_end || !verdict_is_due(read->ahead);
}

void read_collect_locked(struct ahead *ahead, struct ots_input_read **chain)
{
	struct ots_input_read **at = &ahead->waiters;

	while (*at != NULL) { /* ends: with the list */
		struct ots_input_read *read = *at;

		if (!has_come(read)) {
			at = &read->next;
			continue;
		}
		*at = read->next;
		read->over = true;
		if (read->done == NULL) {
			(void)pthread_cond_broadcast(&ahead->pool->locked.changed);
			continue;
		}
		read->chain = *chain;
		*chain = read;
	}
}

/* What the read came to. @return OTS_OK, and the pieces */
static enum ots_status result_locked(const struct ots_input_read *read, struct ots_bytes *pieces,
				     struct ots_error *err)
{
	const struct ahead_options *options = &read->ahead->options;
	const struct ots_bytes key = options->entry->key;
	uint64_t at = read->offset;
	size_t left = read->len;

	if (read->cancelled)
		return ots_fail(err, OTS_CANCELLED, "%s/%.*s: reading was cancelled",
				options->store_name, (int)key.len, (const char *)key.at);
	if (read->fails_alike) {
		*err = read->ahead->failure;
		return err->status;
	}
	for (size_t i = 0; i < read->count; i++) {
		const struct segment *segment = read->segments[i];
		const size_t skip = (size_t)(at - segment->offset);
		const size_t n = left < segment->len - skip ? left : segment->len - skip;

		if (segment->state == SEGMENT_FAILED && segment->failure == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "%.*s: reading", (int)key.len,
					(const char *)key.at);
		if (segment->state == SEGMENT_FAILED) {
			*err = *segment->failure;
			return err->status;
		}
		pieces[i] = (struct ots_bytes){segment->bytes + skip, n};
		at += n;
		left -= n;
	}
	if (read->ahead->checksum.is_wrong)
		return ots_fail(err, OTS_CORRUPT,
				"%s/%.*s: its bytes do not have the CRC64 that the store keeps of "
				"them: damaged there or on the way",
				options->store_name, (int)key.len, (const char *)key.at);
	return OTS_OK;
}

static enum ots_status result(const struct ots_input_read *read, struct ots_bytes *pieces,
			      struct ots_error *err)
{
	enum ots_status status;

	pool_lock(read->pool);
	status = result_locked(read, pieces, err);
	pool_unlock(read->pool);
	return status;
}

static void let_go_locked(struct ots_input_read *read, struct ots_input_read **dead)
{
	if (--read->holders == 0) {
		read->chain = *dead;
		*dead = read;
	}
}

static void unpin_all_locked(struct ots_input_read *read, bool served, struct segment **garbage)
{
	uint64_t at = read->offset;
	size_t left = read->len;

	for (size_t i = 0; i < read->count; i++) {
		struct segment *segment = read->segments[i];
		const size_t skip = (size_t)(at - segment->offset);
		const size_t n = left < segment->len - skip ? left : segment->len - skip;

		if (served)
			segment->served += n;
		at += n;
		left -= n;
		/* The last waiter of what nobody else asked for: its transfer ends. */
		if (!served && segment->pins == 1 && segment->state == SEGMENT_LOADING)
			segment_drop_locked(segment, garbage);
		segment_unpin_locked(segment, garbage);
	}
	read->count = 0;
}

/* The bytes were handed out, or there are none. Its input may be closed by now: whoever was told
 * had no more to wait for. */
static void finish(struct ots_input_read *read, bool served)
{
	struct ahead_pool *pool = read->pool;
	struct segment *garbage = NULL;
	struct ots_input_read *dead = NULL;

	pool_lock(pool);
	unpin_all_locked(read, served, &garbage);
	let_go_locked(read, &dead);
	pool_unlock(pool);
	free(dead);
	segment_free_chain(garbage);
}

static void tell_one(struct ots_input_read *read)
{
	struct ots_bytes pieces[OTS_INPUT_PIECES_MAX] = {{NULL, 0}};
	struct ots_error err = {0};
	const size_t count = read->count;
	const enum ots_status status = result(read, pieces, &err);

	read->done(read->arg, status, pieces, status == OTS_OK ? count : 0, &err);
	finish(read, status == OTS_OK);
}

void read_tell(struct ots_input_read *chain)
{
	while (chain != NULL) { /* ends: with the chain */
		struct ots_input_read *next = chain->chain;

		tell_one(chain);
		chain = next;
	}
}

/* Pin what the read touches, and add what is missing. @return false: no memory */
static bool cover_locked(struct ots_input_read *read, struct segment **chain,
			 struct segment **garbage)
{
	struct ahead *ahead = read->ahead;
	const uint64_t end = read->offset + read->len;
	uint64_t at = read->offset;

	while (at < end && read->count < OTS_INPUT_PIECES_MAX) { /* ends: at grows */
		struct segment *segment = segment_find_locked(ahead, at);

		if (segment == NULL && ahead_now_ms() < ahead->alike_until_ms) {
			read->fails_alike = true;
			return true;
		}
		if (segment == NULL) {
			segment = segment_add_locked(
				ahead, at, window_demand_locked(ahead, at, end), true, garbage);
			if (segment == NULL)
				return false;
			segment->chain = *chain;
			*chain = segment;
		}
		segment_pin_locked(segment);
		read->segments[read->count++] = segment;
		at = segment_end(segment);
	}
	if (at < end)
		read->len = (size_t)(at - read->offset);
	read->waits_for_end = read->offset + read->len == ahead->size;
	return true;
}

/* @return false: no memory; nothing holds the read then */
static bool enter(struct ots_input_read *read, bool *over)
{
	struct ahead *ahead = read->ahead;
	struct ahead_pool *pool = ahead->pool;
	struct segment *chain = NULL, *garbage = NULL;
	bool ok;

	pool_lock(pool);
	ok = cover_locked(read, &chain, &garbage);
	if (ok) {
		if (!read->fails_alike)
			window_follow_locked(ahead, read, &chain, &garbage);
		*over = has_come(read);
		read->over = *over;
		if (!*over) {
			read->next = ahead->waiters;
			ahead->waiters = read;
		}
	} else {
		unpin_all_locked(read, true, &garbage);
	}
	ahead->entering += chain != NULL;
	pool_unlock(pool);
	if (chain != NULL) {
		segment_begin(ahead, chain);
		pool_lock(pool);
		if (--ahead->entering == 0)
			(void)pthread_cond_broadcast(&pool->locked.changed);
		pool_unlock(pool);
	}
	segment_free_chain(garbage);
	return ok;
}

void ahead_begin(struct ahead *ahead, uint64_t offset, size_t len, ots_input_done_fn *done,
		 void *arg, struct ots_input_read **out)
{
	struct ots_input_read *read = calloc(1, sizeof *read);
	struct ots_error err = {0};
	bool over = false;

	*out = NULL;
	if (read == NULL)
		goto no_memory;
	read->ahead = ahead;
	read->pool = ahead->pool;
	read->offset = offset;
	read->len = len;
	read->done = done;
	read->arg = arg;
	read->holders = 2;
	*out = read;
	if (!enter(read, &over)) {
		*out = NULL;
		free(read);
		goto no_memory;
	}
	if (!over)
		return;
	*out = NULL;
	read->holders = 1; /* nobody else knows it */
	tell_one(read);
	return;
no_memory:
	done(arg, ots_fail(&err, OTS_NO_MEMORY, "reading %zu bytes", len), NULL, 0, &err);
}

static void cancel_locked(struct ots_input_read *read, struct ots_input_read **chain)
{
	struct ots_input_read **at = &read->ahead->waiters;

	if (read->over)
		return;
	while (*at != read) /* ends: what is not over is in the list */
		at = &(*at)->next;
	*at = read->next;
	read->over = read->cancelled = true;
	read->chain = NULL;
	*chain = read;
}

void ots_input_cancel(struct ots_input_read *read)
{
	struct ots_input_read *chain = NULL;

	pool_lock(read->pool);
	cancel_locked(read, &chain);
	pool_unlock(read->pool);
	read_tell(chain);
}

void ots_input_end(struct ots_input_read *read)
{
	struct ahead_pool *pool;
	struct ots_input_read *dead = NULL;

	if (read == NULL)
		return;
	pool = read->pool;
	pool_lock(pool);
	let_go_locked(read, &dead);
	pool_unlock(pool);
	free(dead);
}

static void wait_for(struct ots_input_read *read, struct ots_cancel *cancel)
{
	struct ahead_pool *pool = read->pool;
	struct ots_input_read *mine = NULL;

	pool_lock(pool);
	while (!read->over) { /* ends: its segments come or fail, or it is cancelled */
		if (ots_cancel_asked(cancel))
			cancel_locked(read, &mine);
		else
			ots_wait(&pool->locked.changed, &pool->locked.mutex, LOOK_MS);
	}
	pool_unlock(pool);
}

/* One piece, on the caller's thread. @param got  at least 1 on success */
static enum ots_status read_piece(struct ahead *ahead, uint64_t offset, uint8_t *buf, size_t len,
				  size_t *got, struct ots_cancel *cancel, struct ots_error *err)
{
	struct ots_input_read *read = calloc(1, sizeof *read);
	struct ots_bytes pieces[OTS_INPUT_PIECES_MAX] = {{NULL, 0}};
	struct ots_error why = {0};
	enum ots_status status;
	bool over = false;

	if (read == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "reading %zu bytes", len);
	*read = (struct ots_input_read){
		.ahead = ahead, .pool = ahead->pool, .offset = offset, .len = len, .holders = 1};
	if (!enter(read, &over)) {
		free(read);
		return ots_fail(err, OTS_NO_MEMORY, "reading %zu bytes", len);
	}
	if (!over)
		wait_for(read, cancel);
	status = result(read, pieces, &why);
	*got = 0;
	for (size_t i = 0; status == OTS_OK && i < read->count && pieces[i].at != NULL; i++) {
		memcpy(buf + *got, pieces[i].at, pieces[i].len);
		*got += pieces[i].len;
	}
	if (status != OTS_OK && err != NULL)
		*err = why;
	finish(read, status == OTS_OK);
	return status;
}

enum ots_status ahead_read(struct ahead *ahead, uint64_t offset, void *buf, size_t len,
			   struct ots_cancel *cancel, struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	size_t done = 0;

	while (status == OTS_OK && done < len) { /* ends: each piece has bytes */
		const size_t want = len - done < PIECE_BYTES ? len - done : PIECE_BYTES;
		size_t got = 0;

		status = read_piece(ahead, offset + done, (uint8_t *)buf + done, want, &got, cancel,
				    err);
		done += got;
	}
	return status;
}
