#include "seen.h"

#include <pthread.h>
#include <stdlib.h>

#include "number_map.h"

struct seen {
	struct {
		pthread_mutex_t mutex;
		struct number_map identities, sizes;
	} locked;
};

struct seen *ots_seen_new(void)
{
	struct seen *seen = calloc(1, sizeof *seen);

	if (seen != NULL)
		(void)pthread_mutex_init(&seen->locked.mutex, NULL);
	return seen;
}

void ots_seen_free(struct seen *seen)
{
	if (seen == NULL)
		return;
	ots_number_map_release(&seen->locked.identities);
	ots_number_map_release(&seen->locked.sizes);
	(void)pthread_mutex_destroy(&seen->locked.mutex);
	free(seen);
}

enum seen_before ots_seen_put(struct seen *seen, uint64_t number, uint64_t identity,
			      const uint64_t *size)
{
	enum seen_before before = SEEN_NEVER;
	uint64_t first = 0;

	(void)pthread_mutex_lock(&seen->locked.mutex);
	if (ots_number_map_get(&seen->locked.identities, number, &first))
		before = first == identity ? SEEN_SAME : SEEN_OTHER;
	else if (ots_number_map_put(&seen->locked.identities, number, identity) && size != NULL)
		(void)ots_number_map_put(&seen->locked.sizes, number, *size);
	(void)pthread_mutex_unlock(&seen->locked.mutex);
	return before;
}

bool ots_seen_size(struct seen *seen, uint64_t number, uint64_t *size)
{
	bool known;

	(void)pthread_mutex_lock(&seen->locked.mutex);
	known = ots_number_map_get(&seen->locked.sizes, number, size);
	(void)pthread_mutex_unlock(&seen->locked.mutex);
	return known;
}
