#define _DEFAULT_SOURCE /* explicit_bzero */
#include <otsfs/base/arena.h>

#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN_BYTES ((size_t)16 * 1024)
#define BLOCK_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct ots_arena_block {
	struct ots_arena_block *older;
	size_t size; /* bytes in data */
	_Alignas(8) uint8_t data[];
};

void ots_arena_init(struct ots_arena *arena, size_t cap_bytes)
{
	*arena = (struct ots_arena){.cap_bytes = cap_bytes};
}

static void free_from(struct ots_arena_block *block)
{
	while (block != NULL) {
		struct ots_arena_block *older = block->older;

		free(block);
		block = older;
	}
}

void ots_arena_release(struct ots_arena *arena)
{
	free_from(arena->block);
	*arena = (struct ots_arena){.cap_bytes = arena->cap_bytes};
}

void ots_arena_release_wiped(struct ots_arena *arena)
{
	for (struct ots_arena_block *block = arena->block; block != NULL; block = block->older)
		explicit_bzero(block->data, block->size);
	ots_arena_release(arena);
}

void ots_arena_reset(struct ots_arena *arena)
{
	if (arena->block == NULL)
		return;
	/* The newest block is about the largest: keeping it makes the next round allocate little.
	 */
	free_from(arena->block->older);
	arena->block->older = NULL;
	arena->at = arena->block->data;
	arena->left = arena->block->size;
	arena->held_bytes = arena->block->size;
}

size_t ots_arena_set_cap(struct ots_arena *arena, size_t cap_bytes)
{
	const size_t before = arena->cap_bytes;

	arena->cap_bytes = cap_bytes;
	return before;
}

void *ots_arena_alloc_slow(struct ots_arena *arena, size_t size)
{
	const size_t room =
		arena->cap_bytes > arena->held_bytes ? arena->cap_bytes - arena->held_bytes : 0;
	size_t want = arena->block == NULL ? BLOCK_MIN_BYTES : arena->block->size * 2;
	struct ots_arena_block *block;

	if (size > SIZE_MAX - 64 || size > room)
		return NULL;
	size = ((size | (size == 0)) + 7) & ~(size_t)7;
	if (want > BLOCK_MAX_BYTES)
		want = BLOCK_MAX_BYTES;
	if (want > room)
		want = room;
	if (want < size)
		want = size;
	if (want > room || want == 0)
		return NULL;
	block = malloc(sizeof *block + want);
	if (block == NULL)
		return NULL;
	block->older = arena->block;
	block->size = want;
	arena->block = block;
	arena->held_bytes += want;
	arena->at = block->data + size;
	arena->left = want - size;
	return block->data;
}

void *ots_arena_copy(struct ots_arena *arena, const void *bytes, size_t len)
{
	void *out = ots_arena_alloc(arena, len);

	if (out != NULL && len > 0)
		memcpy(out, bytes, len);
	return out;
}
