#include <otsfs/tablestore/wire/messages.h>

#include <otsfs/base/checked.h>

/* Two bytes of an unknown field take one parsing note (40 bytes, kept in slabs that double) and one
 * unknown field (24) with its data (8): 56 times their length. Twice that leaves room for the
 * arena's block ends. */
#define STRUCT_FACTOR 128
#define STRUCT_BASE_BYTES ((size_t)64 * 1024)
/* Long messages are long because of PlainBuffer, which is copied once. */
#define STRUCT_MAX_BYTES ((size_t)64 * 1024 * 1024)

static void *arena_alloc(void *arena, size_t size)
{
	return ots_arena_alloc(arena, size);
}

static void arena_free(void *arena, void *pointer)
{
	(void)arena;
	(void)pointer; /* ends with the arena */
}

ProtobufCAllocator ots_wire_allocator(struct ots_arena *arena)
{
	return (ProtobufCAllocator){
		.alloc = arena_alloc, .free = arena_free, .allocator_data = arena};
}

size_t ots_wire_arena_cap(size_t len)
{
	size_t structs, copies, cap;

	if (!ots_size_mul(len, STRUCT_FACTOR, &structs) ||
	    !ots_size_add(structs, STRUCT_BASE_BYTES, &structs) || structs > STRUCT_MAX_BYTES)
		structs = STRUCT_MAX_BYTES;
	if (!ots_size_mul(len, 2, &copies) || !ots_size_add(structs, copies, &cap))
		cap = SIZE_MAX;
	return cap;
}
