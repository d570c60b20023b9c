/** @file checksum.h
 *  The CRC64 of an object from those of its segments, which come in any order.
 *  Threads: the caller serialises. */
#ifndef OTSFS_CORE_OBJECT_AHEAD_CHECKSUM_H
#define OTSFS_CORE_OBJECT_AHEAD_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECKSUM_PARTS_MAX 64

struct checksum_part {
	uint64_t offset, len, crc;
};

struct checksum {
	bool is_known; /* the store told one; else nothing is held against anything */
	bool is_wrong; /* the bytes are not those it was made of: for ever */
	bool is_done;  /* all came, and it was right */
	uint64_t expected, size;
	uint64_t upto, crc;                             /* of the bytes before upto */
	struct checksum_part parts[CHECKSUM_PARTS_MAX]; /* behind upto, in any order */
	size_t part_count;
};

/* A run of bytes has come. One that begins at 0 after all came begins anew; one that neither goes
 * on nor can be kept is forgotten, and the object then goes unchecked. */
void checksum_add(struct checksum *sum, uint64_t offset, uint64_t len, uint64_t crc);

/* The end of the part that begins at @p offset, or 0: none does. */
uint64_t checksum_part_end(const struct checksum *sum, uint64_t offset);

#endif
