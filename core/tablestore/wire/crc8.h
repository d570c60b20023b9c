/* The inner steps of CRC-8, eight bytes at a time. */
#ifndef OTSFS_TABLESTORE_WIRE_CRC8_H
#define OTSFS_TABLESTORE_WIRE_CRC8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crc8_table.h"

static inline uint64_t crc8_load(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline uint32_t crc8_load32(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	return word;
}

static inline void crc8_store(uint8_t *at, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	memcpy(at, &word, sizeof word);
}

/* Go on with eight bytes, the first in the lowest bits. Only the last lookup waits for the checksum
 * so far: written in this order, a long run costs one lookup and two xors of latency a word. */
static inline uint8_t crc8_word(uint8_t crc, uint64_t word)
{
	const unsigned rest =
		(unsigned)(crc8_table[6][word >> 8 & 0xFF] ^ crc8_table[5][word >> 16 & 0xFF] ^
			   crc8_table[4][word >> 24 & 0xFF] ^ crc8_table[3][word >> 32 & 0xFF] ^
			   crc8_table[2][word >> 40 & 0xFF] ^ crc8_table[1][word >> 48 & 0xFF] ^
			   crc8_table[0][word >> 56]);

	return (uint8_t)(rest ^ crc8_table[7][(word & 0xFF) ^ crc]);
}

/* Go on with the @p len bytes, 1 to 8, in the low end of @p word. They are moved to its high end:
 * the zeros in front of them do not change a checksum of 0, and the checksum so far goes onto the
 * first byte that counts. */
static inline uint8_t crc8_part(uint8_t crc, uint64_t word, size_t len)
{
	return crc8_word(0, (word ^ crc) << (8 * (8 - len)));
}

/* Copy @p len bytes and go on with their checksum from the registers they pass through: reading
 * back what was just stored in other widths would stall on every load. */
static inline uint8_t *crc8_copy(uint8_t *to, const uint8_t *from, size_t len, uint8_t *crc)
{
	uint8_t sum = *crc;
	uint64_t word;

	for (; len >= 8; to += 8, from += 8, len -= 8) { /* ends: len shrinks */
		word = crc8_load(from);
		crc8_store(to, word);
		sum = crc8_word(sum, word);
	}
	if (len >= 4) {
		/* Two halves that overlap; the bytes in both are the same. */
		word = crc8_load32(from) | (uint64_t)crc8_load32(from + len - 4) << (8 * (len - 4));
		memcpy(to, from, 4);
		memcpy(to + len - 4, from + len - 4, 4);
		sum = crc8_part(sum, word, len);
	} else {
		for (size_t i = 0; i < len; i++) {
			to[i] = from[i];
			sum = crc8_table[0][sum ^ from[i]];
		}
	}
	*crc = sum;
	return to + len;
}

#endif
