#include "slab.h"

#include <stdlib.h>

bool ots_slab_init(struct ots_slab *slab, size_t item_bytes)
{
	*slab = (struct ots_slab){.item_bytes = item_bytes};
	slab->chunks = calloc(OTS_SLAB_CHUNKS, sizeof *slab->chunks);
	return slab->chunks != NULL;
}

void ots_slab_release(struct ots_slab *slab)
{
	for (uint32_t i = 0; i < slab->count; i += OTS_SLAB_CHUNK_ITEMS)
		free(slab->chunks[i / OTS_SLAB_CHUNK_ITEMS]);
	free(slab->chunks);
	*slab = (struct ots_slab){0};
}

void *ots_slab_push(struct ots_slab *slab)
{
	if (slab->count == OTS_SLAB_ITEMS_MAX)
		return NULL;
	if (slab->count % OTS_SLAB_CHUNK_ITEMS == 0) {
		uint8_t *chunk = calloc(OTS_SLAB_CHUNK_ITEMS, slab->item_bytes);

		if (chunk == NULL)
			return NULL;
		slab->chunks[slab->count / OTS_SLAB_CHUNK_ITEMS] = chunk;
	}
	return ots_slab_at(slab, slab->count++);
}
