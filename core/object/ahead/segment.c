#include "state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/clock.h>
#include <otsfs/base/crc64.h>
#include <otsfs/base/wait.h>

#define LIMIT_BYTES ((size_t)64 * 1024 * 1024)
/* So long a read fails as the one before it did, when that had waited for its whole deadline. */
#define ALIKE_MS 1000

int64_t ahead_now_ms(void)
{
	return ots_clock_monotonic_ms(&ots_clock_system);
}

/* The class whose buffers have exactly @p cap bytes. @return SPARE_CLASSES: none */
static size_t class_of(size_t cap)
{
	for (size_t i = 0; i < SPARE_CLASSES; i++) {
		if (cap == SPARE_MIN_BYTES << i)
			return i;
	}
	return SPARE_CLASSES;
}

static size_t cap_of(size_t len)
{
	size_t cap = SPARE_MIN_BYTES;

	if (len < SPARE_MIN_BYTES / 2 || len > SPARE_MIN_BYTES << (SPARE_CLASSES - 1))
		return len;
	while (cap < len) /* ends: doubles up to the last class */
		cap *= 2;
	return cap;
}

/* Free spare buffers until at most @p keep_bytes are left. */
static void drop_spares_locked(struct ahead_pool *pool, size_t keep_bytes)
{
	for (size_t i = SPARE_CLASSES; i-- > 0 && pool->locked.spare_bytes > keep_bytes;) {
		while (pool->locked.spares[i] != NULL && pool->locked.spare_bytes > keep_bytes) {
			/* ends: one fewer each turn */
			struct spare *spare = pool->locked.spares[i];

			pool->locked.spares[i] = spare->next;
			pool->locked.spare_bytes -= SPARE_MIN_BYTES << i;
			free(spare);
		}
	}
}

static uint8_t *buffer_take_locked(struct ahead_pool *pool, size_t cap)
{
	const size_t class = class_of(cap);
	struct spare *spare = class < SPARE_CLASSES ? pool->locked.spares[class] : NULL;

	if (spare == NULL)
		return malloc(cap);
	pool->locked.spares[class] = spare->next;
	pool->locked.spare_bytes -= cap;
	return (uint8_t *)spare;
}

/* @return false: it is to be freed */
static bool buffer_keep_locked(struct ahead_pool *pool, uint8_t *bytes, size_t cap)
{
	const size_t class = class_of(cap);
	struct spare *spare = (struct spare *)(void *)bytes;

	if (class == SPARE_CLASSES ||
	    pool->locked.used_bytes + pool->locked.spare_bytes + cap > pool->locked.limit_bytes)
		return false;
	spare->next = pool->locked.spares[class];
	pool->locked.spares[class] = spare;
	pool->locked.spare_bytes += cap;
	return true;
}

enum ots_status ahead_pool_new(struct ahead_pool **out, struct ots_error *err)
{
	struct ahead_pool *pool = calloc(1, sizeof *pool);

	if (pool == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "reading ahead");
	(void)pthread_mutex_init(&pool->locked.mutex, NULL);
	ots_wait_init(&pool->locked.changed);
	pool->locked.limit_bytes = LIMIT_BYTES;
	*out = pool;
	return OTS_OK;
}

void ahead_pool_set_limit(struct ahead_pool *pool, size_t bytes)
{
	pool_lock(pool);
	pool->locked.limit_bytes = bytes;
	pool_unlock(pool);
}

void ahead_pool_free(struct ahead_pool *pool)
{
	if (pool == NULL)
		return;
	pool_lock(pool);
	while (pool->locked.loading_count > 0) /* ends: all were cancelled by their inputs */
		(void)pthread_cond_wait(&pool->locked.changed, &pool->locked.mutex);
	drop_spares_locked(pool, 0);
	pool_unlock(pool);
	(void)pthread_cond_destroy(&pool->locked.changed);
	(void)pthread_mutex_destroy(&pool->locked.mutex);
	free(pool);
}

struct segment *segment_find_locked(const struct ahead *ahead, uint64_t offset)
{
	for (struct segment *s = ahead->first; s != NULL && s->offset <= offset; s = s->next) {
		if (offset < segment_end(s) && s->state != SEGMENT_FAILED)
			return s;
	}
	return NULL;
}

uint64_t segment_gap_end_locked(const struct ahead *ahead, uint64_t offset)
{
	for (const struct segment *s = ahead->first; s != NULL; s = s->next) {
		if (s->offset > offset)
			return s->offset;
	}
	return ahead->size;
}

static void leave_recent_locked(struct segment *segment)
{
	struct ahead_pool *pool = segment->pool;

	if (segment->newer == NULL && segment->older == NULL && pool->locked.newest != segment)
		return;
	if (segment->newer != NULL)
		segment->newer->older = segment->older;
	else
		pool->locked.newest = segment->older;
	if (segment->older != NULL)
		segment->older->newer = segment->newer;
	else
		pool->locked.oldest = segment->newer;
	segment->newer = segment->older = NULL;
}

static void join_recent_locked(struct segment *segment)
{
	struct ahead_pool *pool = segment->pool;

	segment->older = pool->locked.newest;
	segment->newer = NULL;
	if (segment->older != NULL)
		segment->older->newer = segment;
	else
		pool->locked.oldest = segment;
	pool->locked.newest = segment;
}

/* Nobody has it any more: it goes. */
static void settle_locked(struct segment *segment, struct segment **garbage)
{
	if (!segment->dropped || segment->pins > 0 || segment->state == SEGMENT_LOADING)
		return;
	segment->pool->locked.used_bytes -= segment->cap;
	if (buffer_keep_locked(segment->pool, segment->bytes, segment->cap))
		segment->bytes = NULL;
	segment->chain = *garbage;
	*garbage = segment;
}

void segment_drop_locked(struct segment *segment, struct segment **garbage)
{
	if (segment->dropped)
		return;
	assert(segment->ahead != NULL); /* until it is dropped */
	for (struct segment **at = &segment->ahead->first; *at != NULL; at = &(*at)->next) {
		if (*at == segment) {
			*at = segment->next;
			break;
		}
	}
	leave_recent_locked(segment);
	segment->dropped = true;
	segment->next = NULL;
	/* Its loading may end long after the input is closed. Nobody waits for it any more, or who
	 * does is told by who drops it. */
	segment->ahead = NULL;
	if (segment->state == SEGMENT_LOADING && segment->fetch != NULL)
		ots_transfer_cancel(segment->fetch);
	settle_locked(segment, garbage);
}

void segment_free_chain(struct segment *garbage)
{
	while (garbage != NULL) { /* ends: with the chain */
		struct segment *next = garbage->chain;

		ots_transfer_drop(garbage->fetch);
		free(garbage->failure);
		free(garbage->bytes);
		free(garbage);
		garbage = next;
	}
}

void segment_pin_locked(struct segment *segment)
{
	if (segment->pins++ == 0)
		leave_recent_locked(segment);
	if (segment->state == SEGMENT_LOADING && !segment->is_asked) {
		segment->is_asked = true;
		if (segment->fetch != NULL)
			ots_transfer_hurry(segment->fetch);
	}
}

void segment_unpin_locked(struct segment *segment, struct segment **garbage)
{
	if (--segment->pins > 0)
		return;
	if (segment->dropped)
		settle_locked(segment, garbage);
	else if (segment->state == SEGMENT_READY && segment->served >= segment->len)
		segment_drop_locked(segment, garbage);
	else if (segment->state == SEGMENT_READY)
		join_recent_locked(segment);
}

static bool make_room_locked(struct ahead_pool *pool, size_t len, struct segment **garbage)
{
	const size_t limit = pool->locked.limit_bytes;

	/* Spare buffers are part of the memory; one of the right size is about to be used. */
	if (pool->locked.used_bytes + pool->locked.spare_bytes + len > limit &&
	    pool->locked.spare_bytes > 0)
		drop_spares_locked(pool, pool->locked.used_bytes + len < limit
						 ? limit - pool->locked.used_bytes - len
						 : 0);
	while (pool->locked.used_bytes + len > pool->locked.limit_bytes &&
	       pool->locked.oldest != NULL) /* ends: one fewer each turn */
		segment_drop_locked(pool->locked.oldest, garbage);
	return pool->locked.used_bytes + len <= pool->locked.limit_bytes;
}

static void enlist_locked(struct ahead *ahead, struct segment *segment)
{
	struct segment **at = &ahead->first;

	while (*at != NULL && (*at)->offset < segment->offset) /* ends: with the list */
		at = &(*at)->next;
	segment->next = *at;
	*at = segment;
	ahead->pool->locked.used_bytes += segment->cap;
}

/* A large buffer that is not spare gets its pages when bytes come, so that this costs little under
 * the lock. */
static struct segment *segment_new_locked(struct ahead *ahead, uint64_t offset, size_t len)
{
	struct segment *segment = calloc(1, sizeof *segment);

	if (segment == NULL)
		return NULL;
	segment->cap = cap_of(len);
	segment->bytes = buffer_take_locked(ahead->pool, segment->cap);

	if (segment->bytes == NULL) {
		free(segment);
		return NULL;
	}
	segment->pool = ahead->pool;
	segment->ahead = ahead;
	segment->offset = offset;
	segment->len = len;
	return segment;
}

struct segment *segment_add_locked(struct ahead *ahead, uint64_t offset, size_t len, bool is_asked,
				   struct segment **garbage)
{
	struct segment *segment;

	if (!make_room_locked(ahead->pool, cap_of(len), garbage) && !is_asked)
		return NULL;
	segment = segment_new_locked(ahead, offset, len);
	if (segment == NULL)
		return NULL;
	segment->is_asked = is_asked;
	enlist_locked(ahead, segment);
	ahead->pool->locked.loading_count++;
	return segment;
}

bool segment_add_ready(struct ahead *ahead, uint64_t offset, struct ots_bytes bytes)
{
	struct segment *garbage = NULL;
	struct segment *segment;

	pool_lock(ahead->pool);
	(void)make_room_locked(ahead->pool, cap_of(bytes.len), &garbage);
	segment = segment_new_locked(ahead, offset, bytes.len);
	pool_unlock(ahead->pool);
	segment_free_chain(garbage);
	garbage = NULL;
	if (segment == NULL)
		return false;
	memcpy(segment->bytes, bytes.at, bytes.len);
	segment->state = SEGMENT_READY;
	segment->filled = bytes.len;
	segment->crc = ots_crc64(0, bytes.at, bytes.len);
	pool_lock(ahead->pool);

	enlist_locked(ahead, segment);
	join_recent_locked(segment);
	checksum_add(&ahead->checksum, offset, bytes.len, segment->crc);
	pool_unlock(ahead->pool);
	segment_free_chain(garbage);
	return true;
}

/* More bytes stand in the buffer. On the transfers' thread. */
static void on_progress(void *arg, size_t received)
{
	struct segment *segment = arg;
	struct ots_input_read *chain = NULL;

	if (received > segment->crc_len) {
		segment->crc = ots_crc64(segment->crc, segment->bytes + segment->crc_len,
					 received - segment->crc_len);
		segment->crc_len = received;
	}
	pool_lock(segment->pool);
	segment->filled = received;
	if (segment->ahead != NULL && segment->pins > 0)
		read_collect_locked(segment->ahead, &chain);
	pool_unlock(segment->pool);
	read_tell(chain);
}

static void end_locked(struct segment *segment, enum ots_status status, const struct ots_error *err,
		       struct segment **garbage)
{
	segment->pool->locked.loading_count--;
	segment->state = status == OTS_OK ? SEGMENT_READY : SEGMENT_FAILED;
	if (status != OTS_OK) {
		segment->failure = malloc(sizeof *segment->failure);
		if (segment->failure != NULL)
			*segment->failure = *err;
		/* Those who have it pinned learn of it; the next to come asks anew, but for the
		 * kernel, which asks again at once, page by page, and would double the wait. */
		if (status == OTS_TIMEOUT && segment->pins > 0 && segment->ahead != NULL) {
			segment->ahead->failure = *err;
			segment->ahead->alike_until_ms = ahead_now_ms() + ALIKE_MS;
		}

		if (segment->dropped)
			settle_locked(segment, garbage);
		else
			segment_drop_locked(segment, garbage);
	} else {
		segment->filled = segment->len;
		if (segment->ahead != NULL)
			checksum_add(&segment->ahead->checksum, segment->offset, segment->len,
				     segment->crc);
		if (segment->dropped)
			settle_locked(segment, garbage);
		else if (segment->pins == 0)
			join_recent_locked(segment);
	}
}

static void on_done(void *arg, enum ots_status status, const struct ots_error *err)
{
	struct segment *segment = arg;
	struct ahead_pool *pool = segment->pool;
	struct ots_input_read *chain = NULL;
	struct segment *garbage = NULL;

	pool_lock(pool);
	{
		struct ahead *ahead = segment->ahead;

		end_locked(segment, status, err, &garbage);
		if (ahead != NULL)
			read_collect_locked(ahead, &chain);
	}
	(void)pthread_cond_broadcast(&pool->locked.changed);
	pool_unlock(pool);
	read_tell(chain);
	segment_free_chain(garbage);
}

static const struct ots_fetch_notify notify = {.progress = on_progress, .done = on_done};

/* Its request is on its way (or was not sent: NULL); it may have ended, or been given up, by now.
 */
static void settle_begun(struct segment *segment, struct ots_transfer *fetch)
{
	struct ahead_pool *pool = segment->pool;
	struct segment *garbage = NULL;

	pool_lock(pool);
	segment->fetch = fetch;
	if (fetch != NULL && segment->dropped && segment->state == SEGMENT_LOADING)
		ots_transfer_cancel(fetch);
	segment_unpin_locked(segment, &garbage);
	pool_unlock(pool);
	segment_free_chain(garbage);
}

void segment_begin(struct ahead *ahead, struct segment *chain)
{
	const struct ahead_options *options = &ahead->options;

	while (chain != NULL) { /* ends: with the chain */
		struct segment *segment = chain;
		struct ahead_pool *pool = segment->pool;

		struct ots_transfer *fetch = NULL;
		struct ots_error err = {0};
		enum ots_status status;
		bool is_ahead;

		chain = segment->chain;
		pool_lock(pool);
		is_ahead = !segment->is_asked;
		segment->pins++; /* it stays until its handle is settled below */
		pool_unlock(pool);
		status = options->ops->fetch(options->self, options->handle, segment->offset,
					     segment->bytes, segment->len, is_ahead, &notify,
					     segment, &fetch, &err);
		settle_begun(segment, fetch);
		if (status != OTS_OK)
			/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it loads until it is told. */
			on_done(segment, status, &err);
	}
}
