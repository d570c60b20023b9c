#include <otsfs/tablestore/wire/plainbuffer.h>

#include "crc8.h"

uint8_t ots_crc8(uint8_t crc, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (; len >= 8; at += 8, len -= 8) /* ends: len shrinks */
		crc = crc8_word(crc, crc8_load(at));
	for (; len > 0; at++, len--)
		crc = crc8_table[0][crc ^ *at];
	return crc;
}
