#include "state.h"

#define BACKOFF_MAX_MS 20000
#define THROTTLED_FACTOR 5

/* splitmix64: jitter needs to be spread, not secret. */
static uint64_t draw(struct ots_transfers *engine)
{
	uint64_t z = engine->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int64_t retry_pause_ms(struct ots_transfers *engine, const struct ots_transfer *transfer,
		       enum ots_status status, int64_t asked_ms)
{
	int64_t high = engine->options.backoff_ms;
	int64_t pause_ms;

	/* What moved bytes, or was mended by its owner, goes on at once. */
	if (asked_ms == 0 || transfer->failures == 0)
		return 0;
	if (status == OTS_THROTTLED)
		high *= THROTTLED_FACTOR;
	for (unsigned i = 1; i < transfer->failures && high < BACKOFF_MAX_MS; i++)
		high *= 2;
	if (high > BACKOFF_MAX_MS)
		high = BACKOFF_MAX_MS;
	pause_ms = (int64_t)(draw(engine) % ((uint64_t)high + 1));
	/* Whoever is told a time waits for that, and is spread behind it. */
	return asked_ms > 0 ? asked_ms + pause_ms / 4 : pause_ms;
}
