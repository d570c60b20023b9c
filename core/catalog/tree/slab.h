/* An array that only grows and never moves: one thread appends, others read what has been handed to
 * them (by a snapshot) without a lock. */
#ifndef CORE_CATALOG_SLAB_H
#define CORE_CATALOG_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OTS_SLAB_CHUNK_ITEMS ((uint32_t)8192)
#define OTS_SLAB_CHUNKS ((uint32_t)131072)
#define OTS_SLAB_ITEMS_MAX (OTS_SLAB_CHUNK_ITEMS * OTS_SLAB_CHUNKS) /* 2^30 */

struct ots_slab {
	size_t item_bytes;
	uint32_t count;
	uint8_t **chunks; /* OTS_SLAB_CHUNKS of them; pages that nobody touched cost nothing */
};

bool ots_slab_init(struct ots_slab *slab, size_t item_bytes);
void ots_slab_release(struct ots_slab *slab);

/* One zeroed item more; its index is the count before. @return NULL without memory or at the end */
void *ots_slab_push(struct ots_slab *slab);

static inline void *ots_slab_at(const struct ots_slab *slab, uint32_t index)
{
	return slab->chunks[index / OTS_SLAB_CHUNK_ITEMS] +
	       (index % OTS_SLAB_CHUNK_ITEMS) * slab->item_bytes;
}

#endif
