/* What the files of this folder share. */
#ifndef OTSFS_CORE_OBJECT_AHEAD_STATE_H
#define OTSFS_CORE_OBJECT_AHEAD_STATE_H

#include <otsfs/net/transfer.h>

#include "ahead.h"
#include "checksum.h"

#define STREAMS_MAX 4

enum segment_state { SEGMENT_LOADING, SEGMENT_READY, SEGMENT_FAILED };

struct segment {
	struct ahead_pool *pool;
	struct ahead *ahead; /* NULL: its input is closed */
	uint64_t offset;
	size_t len;
	uint8_t *bytes;
	size_t cap;   /* of bytes: len, or what it was rounded up to */
	uint64_t crc; /* of the first crc_len bytes; of whoever brings the bytes */
	size_t crc_len;
	/* Guarded by the pool's lock: */
	enum segment_state state;
	size_t filled;
	size_t served; /* bytes handed out */
	unsigned pins; /* reads that use it */
	bool dropped;  /* in no list: it goes with its last pin and the end of its loading */
	bool is_asked; /* by a reader, not ahead of one */
	struct ots_transfer *fetch; /* loading, once it has begun */
	struct ots_error *failure;
	struct segment *next;          /* of its ahead, ascending */
	struct segment *newer, *older; /* of the pool, while ready and not pinned */
	struct segment *chain;         /* to be begun, or freed, without the lock */
};

/* Somebody who reads on and on. */
struct stream {
	uint64_t next;      /* where he will go on */
	uint64_t scheduled; /* segments have been asked for up to here */
	uint64_t run_bytes; /* he has come so far */
	unsigned hits;      /* reads that went on; 0: it may be a single one */
	uint64_t stamp;     /* the least recent is replaced */
};

struct ahead {
	struct ahead_pool *pool;
	struct ahead_options options;
	uint64_t size;
	/* Guarded by the pool's lock: */
	struct segment *first;
	struct stream streams[STREAMS_MAX];
	uint64_t stamp;
	struct ots_input_read *waiters;
	int64_t alike_until_ms; /* who asks until then fails as the last one did: */
	struct ots_error failure;
	unsigned entering; /* who sends requests for it right now, without the lock */
	struct checksum checksum;
};

/* A buffer that nobody uses, written over at its front. Large ones come from the kernel page by
 * page, zeroed, which costs more than a fifth of a read at loopback speed: so they are kept. */
struct spare {
	struct spare *next;
};

#define SPARE_MIN_BYTES ((size_t)256 * 1024) /* of the first class; each next is twice as large */
#define SPARE_CLASSES 6

struct ahead_pool {
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t
			changed; /* on CLOCK_MONOTONIC: a read is over, a loading has ended */
		size_t limit_bytes, used_bytes;
		size_t loading_count;
		struct segment *newest, *oldest;
		struct spare *spares[SPARE_CLASSES]; /* buffers to be used again */
		size_t spare_bytes;
	} locked;
};

struct ots_input_read {
	struct ahead *ahead; /* until its done was called */
	struct ahead_pool *pool;
	uint64_t offset;
	size_t len;
	struct segment *segments[OTS_INPUT_PIECES_MAX];
	size_t count;
	ots_input_done_fn *done; /* NULL: whoever waits looks himself */
	void *arg;
	bool waits_for_end; /* has the object's last byte */
	bool fails_alike;   /* as a read before it did */

	/* Guarded by the pool's lock: */
	bool over, cancelled;
	unsigned holders;
	struct ots_input_read *next;  /* of the waiters */
	struct ots_input_read *chain; /* to be told, without the lock */
};

static inline void pool_lock(struct ahead_pool *pool)
{
	(void)pthread_mutex_lock(&pool->locked.mutex);
}

static inline void pool_unlock(struct ahead_pool *pool)
{
	(void)pthread_mutex_unlock(&pool->locked.mutex);
}

static inline uint64_t segment_end(const struct segment *segment)
{
	return segment->offset + segment->len;
}

/* segment.c */

int64_t ahead_now_ms(void);

/* The segment that has a byte; failed ones do not count. */
struct segment *segment_find_locked(const struct ahead *ahead, uint64_t offset);
/* Where the gap that begins at @p offset ends: at a segment, or with the object. */
uint64_t segment_gap_end_locked(const struct ahead *ahead, uint64_t offset);
/* A new one, in its list, to be begun by segment_begin(). Makes room first.
 * @param is_asked  somebody waits: it comes even above the limit
 * @return NULL: no memory, or no room for reading ahead */
struct segment *segment_add_locked(struct ahead *ahead, uint64_t offset, size_t len, bool is_asked,
				   struct segment **garbage);
/* One whose bytes are there. @return false: no memory, which costs a request later */
bool segment_add_ready(struct ahead *ahead, uint64_t offset, struct ots_bytes bytes);
/* Send the requests of a chain. Without the lock; the ahead stays meanwhile. */
void segment_begin(struct ahead *ahead, struct segment *chain);
void segment_pin_locked(struct segment *segment);
void segment_unpin_locked(struct segment *segment, struct segment **garbage);
/* Take it out of its list; what loads is cancelled. */
void segment_drop_locked(struct segment *segment, struct segment **garbage);
void segment_free_chain(struct segment *garbage);

/* window.c: find or begin the stream of a read, and ask for what should be there when it comes.
 * @param chain  what is to be begun is put in front */
void window_follow_locked(struct ahead *ahead, const struct ots_input_read *read,
			  struct segment **chain, struct segment **garbage);
/* How much to ask for at @p offset, where a read that needs bytes up to @p end meets a gap. */
size_t window_demand_locked(const struct ahead *ahead, uint64_t offset, uint64_t end);

/* read.c: who of the waiters has what he waits for; put in front of @p chain. */
void read_collect_locked(struct ahead *ahead, struct ots_input_read **chain);
/* Tell them. Without the lock. */
void read_tell(struct ots_input_read *chain);

#endif
