/** @file arena.h
 *  Many small things that die together. Memory comes in blocks, a byte cap bounds the whole, one
 *  reset or release ends all of it.
 *  Threads: the caller serialises. */
#ifndef OTSFS_BASE_ARENA_H
#define OTSFS_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct ots_arena_block;

/** Fields are the arena's own; they stand here so that an arena can live inside other structs. */
struct ots_arena {
	struct ots_arena_block *block; /* the one being filled; older ones hang behind it */
	uint8_t *at;
	size_t left;       /* bytes free in block */
	size_t held_bytes; /* all blocks */
	size_t cap_bytes;
};

/** @param cap_bytes  no more than this is ever held */
void ots_arena_init(struct ots_arena *arena, size_t cap_bytes);
void ots_arena_release(struct ots_arena *arena);

/** As ots_arena_release(), of an arena that held secrets: they are overwritten first. */
void ots_arena_release_wiped(struct ots_arena *arena);

/** Forget everything and keep one block for the next round. */
void ots_arena_reset(struct ots_arena *arena);

/** Change the cap, for as long as a stricter budget holds. What is held above it stays; nothing
 * more is taken then. @return the cap before */
size_t ots_arena_set_cap(struct ots_arena *arena, size_t cap_bytes);

/** Not for callers: a new block that has room for @p size. */
void *ots_arena_alloc_slow(struct ots_arena *arena, size_t size);

/** @p size bytes, aligned to 8, not zeroed, valid until reset or release. 0 bytes are a valid
 *  address too.
 *  @return NULL when the cap or the allocator says no */
static inline void *ots_arena_alloc(struct ots_arena *arena, size_t size)
{
	const size_t rounded = ((size | (size == 0)) + 7) & ~(size_t)7;

	if (rounded >= size && rounded <= arena->left) {
		void *out = arena->at;

		arena->at += rounded;
		arena->left -= rounded;
		return out;
	}
	return ots_arena_alloc_slow(arena, size);
}

/** A copy of @p len bytes at @p bytes. @return NULL as ots_arena_alloc() */
void *ots_arena_copy(struct ots_arena *arena, const void *bytes, size_t len);

#endif
