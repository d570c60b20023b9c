/** @file crc64.h
 *  CRC-64/XZ: what OSS calls x-oss-hash-crc64ecma. Polynomial 0x42F0E1EBA9EA3693, reflected, start
 *  and final xor all ones. Source: oss-protocol 3.12.
 *  Threads: pure functions of their arguments. */
#ifndef OTSFS_BASE_CRC64_H
#define OTSFS_BASE_CRC64_H

#include <stddef.h>
#include <stdint.h>

/** Go on with @p crc, which is that of the bytes before; 0 is that of none. */
uint64_t ots_crc64(uint64_t crc, const void *bytes, size_t len);

/** The CRC of A and B together, from those of A and of B. @param b_len  bytes of B */
uint64_t ots_crc64_combine(uint64_t a, uint64_t b, uint64_t b_len);

#endif
