#include "backoff.h"

#define FIRST_MS 50
#define LAST_MS 10000
#define MOVING_LOW_MS 20
#define MOVING_HIGH_MS 500
#define MOVING_TRIES 5

/* splitmix64: jitter needs to be spread, not secret. */
static uint64_t draw(struct ots_backoff *backoff)
{
	uint64_t z = backoff->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int64_t ots_backoff_ms(struct ots_backoff *backoff, enum ots_out_class class, uint32_t failures)
{
	int64_t low = 0, high = FIRST_MS;

	if (class == OTS_CLASS_MOVING && failures <= MOVING_TRIES) {
		low = MOVING_LOW_MS;
		high = MOVING_HIGH_MS;
	} else {
		for (uint32_t i = 1; i < failures && high < LAST_MS; i++)
			high *= 2;
		if (high > LAST_MS)
			high = LAST_MS;
	}
	low += (int64_t)(draw(backoff) % (uint64_t)(high - low + 1));
	return low * (int64_t)backoff->percent / 100;
}
