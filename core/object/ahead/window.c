/* How far ahead of a reader to be. */
#include "state.h"

/* What a reader at the start, or one that goes on, is given at first. */
#define WINDOW_MIN_BYTES ((uint64_t)2 * 1024 * 1024)
/* 32 MiB on their way hide 20 ms of latency at some 1.5 GB/s. In eight segments, because one
 * connection seldom gives more than 100 MB/s, and those that are read stay in the cache of the
 * processor. */
#define WINDOW_MAX_BYTES ((uint64_t)32 * 1024 * 1024)
#define SEGMENTS_OF_WINDOW 8
#define SEGMENT_MIN_BYTES ((uint64_t)1024 * 1024)
/* A read that stands alone brings its neighbourhood: a request costs more than these bytes. */
#define ALONE_BYTES ((uint64_t)128 * 1024)
#define DEMAND_MAX_BYTES ((uint64_t)8 * 1024 * 1024)
/* The kernel's read-ahead comes on several threads: a little before and behind is going on too. */
#define BACK_BYTES ((uint64_t)2 * 1024 * 1024)
#define FORTH_BYTES ((uint64_t)1024 * 1024)

static struct stream *find_stream(struct ahead *ahead, uint64_t offset)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream *s = &ahead->streams[i];
		const uint64_t low = s->next > BACK_BYTES ? s->next - BACK_BYTES : 0;
		const uint64_t high = s->next > s->scheduled ? s->next : s->scheduled;

		if (s->stamp > 0 && offset >= low && offset <= high + FORTH_BYTES)
			return s;
	}
	return NULL;
}

static struct stream *replace_stream(struct ahead *ahead)
{
	struct stream *oldest = &ahead->streams[0];

	for (size_t i = 1; i < STREAMS_MAX; i++) {
		if (ahead->streams[i].stamp < oldest->stamp)
			oldest = &ahead->streams[i];
	}
	return oldest;
}

static uint64_t between(uint64_t low, uint64_t n, uint64_t high)
{
	if (n < low)
		return low;
	return n > high ? high : n;
}

static uint64_t window_of(const struct ahead *ahead, const struct stream *stream)
{
	const uint64_t room = ahead->pool->locked.limit_bytes / 2;
	const uint64_t most = room < WINDOW_MAX_BYTES ? room : WINDOW_MAX_BYTES;
	/* Four times fills the largest window in four round trips, twice in five: a fifth of the
	 * time of 256 MiB at 60 ms. Who looks at a beginning only pays no more for it. */
	const uint64_t factor = stream->run_bytes < WINDOW_MIN_BYTES ? 2 : 4;

	return between(WINDOW_MIN_BYTES, stream->run_bytes * factor, most);
}

size_t window_demand_locked(const struct ahead *ahead, uint64_t offset, uint64_t end)
{
	const uint64_t gap_end = segment_gap_end_locked(ahead, offset);
	uint64_t len = end - offset;

	/* Who reads from the start will read on; else the neighbourhood is enough. */
	if (!ahead->options.sparse) {
		const uint64_t least = end <= WINDOW_MIN_BYTES ? WINDOW_MIN_BYTES / 2 : ALONE_BYTES;

		len = between(least, len, DEMAND_MAX_BYTES);
	}
	if (len > DEMAND_MAX_BYTES)
		len = DEMAND_MAX_BYTES;
	return (size_t)(len < gap_end - offset ? len : gap_end - offset);
}

/* Powers of two, so that buffers are used again. */
static uint64_t part_of(uint64_t window)
{
	uint64_t part = SEGMENT_MIN_BYTES;

	while (part * 2 <= window / SEGMENTS_OF_WINDOW) /* ends: doubles */
		part *= 2;
	return part;
}

static void extend_locked(struct ahead *ahead, struct stream *stream, struct segment **chain,
			  struct segment **garbage)
{
	const uint64_t window = window_of(ahead, stream);
	const uint64_t part = part_of(window);
	uint64_t target = stream->next + window;

	if (target > ahead->size)
		target = ahead->size;
	if (stream->scheduled < stream->next)
		stream->scheduled = stream->next;
	while (stream->scheduled < target) { /* ends: scheduled grows each turn */
		struct segment *segment = segment_find_locked(ahead, stream->scheduled);
		uint64_t len, gap_end;

		if (segment != NULL) {
			stream->scheduled = segment_end(segment);
			continue;
		}
		gap_end = segment_gap_end_locked(ahead, stream->scheduled);
		len = gap_end - stream->scheduled < part ? gap_end - stream->scheduled : part;
		/* No small rest: the window moves on, and it will be a whole part then. */
		if (stream->scheduled + len > target && stream->scheduled + len != gap_end)
			break;
		segment = segment_add_locked(ahead, stream->scheduled, (size_t)len, false, garbage);
		if (segment == NULL)
			break;
		segment->chain = *chain;
		*chain = segment;
		stream->scheduled += len;
	}
}

void window_follow_locked(struct ahead *ahead, const struct ots_input_read *read,
			  struct segment **chain, struct segment **garbage)
{
	const uint64_t end = read->offset + read->len;
	struct stream *stream = find_stream(ahead, read->offset);

	if (ahead->options.sparse)
		return;
	if (stream != NULL) {
		stream->hits++;
		if (end > stream->next) {
			stream->run_bytes += end - stream->next;
			stream->next = end;
		}
	} else {
		stream = replace_stream(ahead);
		*stream = (struct stream){.next = end, .scheduled = end, .run_bytes = read->len};
	}
	stream->stamp = ++ahead->stamp;
	/* A first look at what opening has brought says nothing yet. */
	if (stream->hits == 0 && (read->offset > 0 || *chain == NULL))
		return;
	extend_locked(ahead, stream, chain, garbage);
}
