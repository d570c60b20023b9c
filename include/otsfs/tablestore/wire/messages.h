/** @file messages.h
 *  The protobuf messages of the calls (tables, single rows, batches, ranges, Error), as protobuf-c
 *  makes them from core/tablestore/wire/table_store.proto: struct `Ots__Wire__GetRowRequest` with
 *  `ots__wire__get_row_request__unpack()`, `…__pack()`, `…__get_packed_size()` and so on; and from
 *  ots_filter.proto beside it those of filters (`Ots__Wire__Filter`).
 *  Source: tablestore-protocol sections 2 and 12.1.
 *
 *  What to know about what comes out of an unpack:
 *  - An enum holds whatever number came, also one that the schema does not name: treat it as an
 *    integer and check before use.
 *  - A string ends at its NUL; text that held a zero byte is cut there. `bytes` fields are whole.
 *  - A required field that is missing, or bytes that are no message, make it NULL.
 *  - Nothing in the schema nests in itself, so the depth of a message is bounded. A filter holds
 * its sub-filters as bytes: each level is an unpack of its own. Threads: pure functions; the
 * arena's caller serialises. */
#ifndef OTSFS_TABLESTORE_WIRE_MESSAGES_H
#define OTSFS_TABLESTORE_WIRE_MESSAGES_H

#include <stddef.h>

#include <ots_filter.pb-c.h>
#include <protobuf-c/protobuf-c.h>
#include <table_store.pb-c.h>

#include <otsfs/base/arena.h>

/** An allocator for the unpack functions: everything a message needs comes from @p arena, whose cap
 *  bounds what a hostile message can take, and ends with its reset or release. Never call a
 *  `…__free_unpacked()` for it (that would do nothing).
 *  @param arena  borrowed; outlives the allocator and the messages */
ProtobufCAllocator ots_wire_allocator(struct ots_arena *arena);

/** A cap for the arena in which a message of @p len bytes is decoded: more than any honest message
 *  of that length needs. The worst one is a list of two-byte members, whose structs and parsing
 *  notes take about a hundred times their bytes. */
size_t ots_wire_arena_cap(size_t len);

#endif
