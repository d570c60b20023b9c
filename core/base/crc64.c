#include <otsfs/base/crc64.h>

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* x^0 and the polynomial without x^64, the highest power in the lowest bit. */
#define ONE UINT64_C(0x8000000000000000)
#define POLYNOMIAL UINT64_C(0xc96c5795d7870f42)

/* Tables of eight bytes at a time. An entry is linear in its index, so eight constants say all of a
 * table and the compiler writes it out. */
#define BIT(n, i, constant) ((n) >> (i)&1 ? UINT64_C(constant) : 0)
#define T0(n)                                                                                      \
	(BIT(n, 0, 0xb32e4cbe03a75f6f) ^ BIT(n, 1, 0xf4843657a840a05b) ^                           \
	 BIT(n, 2, 0x7bd0c384ff8f5e33) ^ BIT(n, 3, 0xf7a18709ff1ebc66) ^                           \
	 BIT(n, 4, 0x7d9ba13851336649) ^ BIT(n, 5, 0xfb374270a266cc92) ^                           \
	 BIT(n, 6, 0x64b62bcaebc387a1) ^ BIT(n, 7, 0xc96c5795d7870f42))
#define T1(n)                                                                                      \
	(BIT(n, 0, 0x54e979925cd0f10d) ^ BIT(n, 1, 0xa9d2f324b9a1e21a) ^                           \
	 BIT(n, 2, 0xc17d4962dc4ddab1) ^ BIT(n, 3, 0x10223dee1795abe7) ^                           \
	 BIT(n, 4, 0x20447bdc2f2b57ce) ^ BIT(n, 5, 0x4088f7b85e56af9c) ^                           \
	 BIT(n, 6, 0x8111ef70bcad5f38) ^ BIT(n, 7, 0x90fb71cad654a0f5))
#define T2(n)                                                                                      \
	(BIT(n, 0, 0x3f0be14a916a6dcb) ^ BIT(n, 1, 0x7e17c29522d4db96) ^                           \
	 BIT(n, 2, 0xfc2f852a45a9b72c) ^ BIT(n, 3, 0x6a87a57f245d70dd) ^                           \
	 BIT(n, 4, 0xd50f4afe48bae1ba) ^ BIT(n, 5, 0x38c63ad73e7bddf1) ^                           \
	 BIT(n, 6, 0x718c75ae7cf7bbe2) ^ BIT(n, 7, 0xe318eb5cf9ef77c4))
#define T3(n)                                                                                      \
	(BIT(n, 0, 0x1dee8a5e222ca1dc) ^ BIT(n, 1, 0x3bdd14bc445943b8) ^                           \
	 BIT(n, 2, 0x77ba297888b28770) ^ BIT(n, 3, 0xef7452f111650ee0) ^                           \
	 BIT(n, 4, 0x4c300ac98dc40345) ^ BIT(n, 5, 0x986015931b88068a) ^                           \
	 BIT(n, 6, 0xa218840d981e1391) ^ BIT(n, 7, 0xd6e9a7309f3239a7))
#define T4(n)                                                                                      \
	(BIT(n, 0, 0x5c2d776033c4205e) ^ BIT(n, 1, 0xb85aeec0678840bc) ^                           \
	 BIT(n, 2, 0xe26d72ab601e9ffd) ^ BIT(n, 3, 0x56024a7d6f33217f) ^                           \
	 BIT(n, 4, 0xac0494fade6642fe) ^ BIT(n, 5, 0xcad186de13c29b79) ^                           \
	 BIT(n, 6, 0x077ba297888b2877) ^ BIT(n, 7, 0x0ef7452f111650ee))
#define T5(n)                                                                                      \
	(BIT(n, 0, 0x6184d55f721267c6) ^ BIT(n, 1, 0xc309aabee424cf8c) ^                           \
	 BIT(n, 2, 0x14cbfa566747819d) ^ BIT(n, 3, 0x2997f4acce8f033a) ^                           \
	 BIT(n, 4, 0x532fe9599d1e0674) ^ BIT(n, 5, 0xa65fd2b33a3c0ce8) ^                           \
	 BIT(n, 6, 0xde670a4ddb760755) ^ BIT(n, 7, 0x2e16bbb019e2102f))
#define T6(n)                                                                                      \
	(BIT(n, 0, 0x22ef0d5934f964ec) ^ BIT(n, 1, 0x45de1ab269f2c9d8) ^                           \
	 BIT(n, 2, 0x8bbc3564d3e593b0) ^ BIT(n, 3, 0x85a0c5e208c539e5) ^                           \
	 BIT(n, 4, 0x999924efbe846d4f) ^ BIT(n, 5, 0xa1eae6f4d206c41b) ^                           \
	 BIT(n, 6, 0xd10d62c20b0396b3) ^ BIT(n, 7, 0x30c26aafb90933e3))
#define T7(n)                                                                                      \
	(BIT(n, 0, 0xdabe95afc7875f40) ^ BIT(n, 1, 0x27a584742000a005) ^                           \
	 BIT(n, 2, 0x4f4b08e84001400a) ^ BIT(n, 3, 0x9e9611d080028014) ^                           \
	 BIT(n, 4, 0xaff48c8aaf0b1ead) ^ BIT(n, 5, 0xcd31b63ef11823df) ^                           \
	 BIT(n, 6, 0x08bbc3564d3e593b) ^ BIT(n, 7, 0x117786ac9a7cb276))

#define FOUR(T, n) T(n), T((n) + 1), T((n) + 2), T((n) + 3)
#define SIXTEEN(T, n) FOUR(T, n), FOUR(T, (n) + 4), FOUR(T, (n) + 8), FOUR(T, (n) + 12)
#define SIXTY_FOUR(T, n)                                                                           \
	SIXTEEN(T, n), SIXTEEN(T, (n) + 16), SIXTEEN(T, (n) + 32), SIXTEEN(T, (n) + 48)
#define ALL(T)                                                                                     \
	{                                                                                          \
		SIXTY_FOUR(T, 0), SIXTY_FOUR(T, 64), SIXTY_FOUR(T, 128), SIXTY_FOUR(T, 192)        \
	}

static const uint64_t tables[8][256] = {ALL(T0), ALL(T1), ALL(T2), ALL(T3),
					ALL(T4), ALL(T5), ALL(T6), ALL(T7)};

static uint64_t load(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* The register runs on without the xors at start and end. */
static uint64_t by_table(uint64_t crc, const uint8_t *at, size_t len)
{
	for (; len >= 8; at += 8, len -= 8) {
		crc ^= load(at);
		crc = tables[7][crc & 0xff] ^ tables[6][crc >> 8 & 0xff] ^
		      tables[5][crc >> 16 & 0xff] ^ tables[4][crc >> 24 & 0xff] ^
		      tables[3][crc >> 32 & 0xff] ^ tables[2][crc >> 40 & 0xff] ^
		      tables[1][crc >> 48 & 0xff] ^ tables[0][crc >> 56];
	}
	for (; len > 0; at++, len--)
		crc = tables[0][(crc ^ *at) & 0xff] ^ crc >> 8;
	return crc;
}

#ifdef __x86_64__
/* Below this the tables are as fast. */
#define FOLD_MIN_BYTES 128

/* Move a block on by the distance of the constants, and add what stands there. The constants are
 * x^(D + 63) and x^(D - 1) modulo the polynomial for a distance of D bits; the product of two
 * reflected words is one bit short, which is why it is not x^(D + 64) and x^D. */
__attribute__((target("pclmul,sse2"))) static inline __m128i fold(__m128i block, __m128i by,
								  const uint8_t *onto)
{
	const __m128i low = _mm_clmulepi64_si128(block, by, 0x00);
	const __m128i high = _mm_clmulepi64_si128(block, by, 0x11);
	const __m128i next = _mm_loadu_si128((const __m128i *)(const void *)onto);

	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* Whole blocks of 16 bytes, four side by side; what is left of them, 16 bytes that are congruent to
 * all before, goes through the tables. @param len  at least FOLD_MIN_BYTES */
__attribute__((target("pclmul,sse2"))) static uint64_t by_folding(uint64_t crc, const uint8_t *at,
								  size_t len)
{
	const __m128i by_four = _mm_set_epi64x((long long)UINT64_C(0x081f6054a7842df4),
					       (long long)UINT64_C(0x6ae3efbb9dd441f3));
	const __m128i by_one = _mm_set_epi64x((long long)UINT64_C(0xdabe95afc7875f40),
					      (long long)UINT64_C(0xe05dd497ca393ae4));
	__m128i lanes[4];
	uint8_t rest[16];

	for (size_t i = 0; i < 4; i++)
		lanes[i] = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
	lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, (long long)crc));
	at += 64;
	len -= 64;
	for (; len >= 64; at += 64, len -= 64) {
		lanes[0] = fold(lanes[0], by_four, at);
		lanes[1] = fold(lanes[1], by_four, at + 16);
		lanes[2] = fold(lanes[2], by_four, at + 32);
		lanes[3] = fold(lanes[3], by_four, at + 48);
	}
	for (size_t i = 1; i < 4; i++) {
		_mm_storeu_si128((__m128i *)(void *)rest, lanes[i]);
		lanes[0] = fold(lanes[0], by_one, rest);
	}
	for (; len >= 16; at += 16, len -= 16)
		lanes[0] = fold(lanes[0], by_one, at);
	_mm_storeu_si128((__m128i *)(void *)rest, lanes[0]);
	return by_table(by_table(0, rest, sizeof rest), at, len);
}
#endif

uint64_t ots_crc64(uint64_t crc, const void *bytes, size_t len)
{
#ifdef __x86_64__
	if (len >= FOLD_MIN_BYTES && __builtin_cpu_supports("pclmul"))
		return ~by_folding(~crc, bytes, len);
#endif
	return ~by_table(~crc, bytes, len);
}

/* The product of two polynomials modulo ours. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
	uint64_t product = 0;

	for (uint64_t bit = ONE; bit != 0; bit >>= 1) { /* ends: 64 turns */
		if ((a & bit) != 0)
			product ^= b;
		b = b >> 1 ^ ((b & 1) != 0 ? POLYNOMIAL : 0);
	}
	return product;
}

uint64_t ots_crc64_combine(uint64_t a, uint64_t b, uint64_t b_len)
{
	uint64_t shift = ONE;      /* x^(8 * b_len) in the end */
	uint64_t power = ONE >> 8; /* x^8, squared for each bit of the length */

	for (; b_len > 0; b_len >>= 1) {
		if ((b_len & 1) != 0)
			shift = multiply(shift, power);
		power = multiply(power, power);
	}
	return multiply(a, shift) ^ b;
}
