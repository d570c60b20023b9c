/* Decimals of all carriers, half floats, UUIDs. Source: parquet-format, sections 4.2 to 4.4. */
#include "cell.h"

#include <string.h>

#include <otsfs/base/digest.h>
#include <otsfs/text/number.h>

#include "../encoding/load.h"

#define LIMB_BASE UINT32_C(1000000000)
#define LIMB_DIGITS 9
/* 2.41 digits a byte, 9 a limb. */
#define LIMBS_MAX (DECIMAL_MAX_BYTES * 241 / 100 / LIMB_DIGITS + 2)
#define DIGITS_MAX (LIMBS_MAX * LIMB_DIGITS)

/* Sign, digits with @p scale of them behind the point, at least one in front. */
static size_t put_decimal(bool negative, const char *digits, size_t count, size_t scale, char *to)
{
	char *at = to;
	size_t whole = count > scale ? count - scale : 0;

	*at = '-';
	at += negative;
	if (whole > 0)
		memcpy(at, digits, whole);
	else
		at[whole++] = '0';
	at += whole;
	if (scale == 0)
		return (size_t)(at - to);
	*at++ = '.';
	for (; scale > count; scale--)
		*at++ = '0';
	memcpy(at, digits + (count - scale), scale);
	return (size_t)(at - to) + scale;
}

/* The size of a big-endian two's complement, as limbs below 10^9, lowest first. Quadratic in the
 * length, which DECIMAL_MAX_BYTES bounds. */
static size_t to_limbs(const uint8_t *value, size_t len, bool negative, uint32_t *limbs)
{
	uint8_t flip = negative ? 0xff : 0;
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		uint64_t carry = (uint8_t)(value[i] ^ flip);

		for (size_t k = 0; k < count; k++) {
			carry += (uint64_t)limbs[k] << 8;
			limbs[k] = (uint32_t)(carry % LIMB_BASE);
			carry /= LIMB_BASE;
		}
		if (carry > 0)
			limbs[count++] = (uint32_t)carry;
	}
	for (size_t k = 0; negative; k++) { /* ends: a limb that takes the one without a carry */
		if (k == count) {
			limbs[count++] = 1;
			break;
		}
		if (++limbs[k] < LIMB_BASE)
			break;
		limbs[k] = 0;
	}
	return count;
}

static size_t put_big(const uint8_t *value, size_t len, size_t scale, char *to)
{
	const bool negative = (value[0] & 0x80) != 0;
	uint32_t limbs[LIMBS_MAX];
	char digits[DIGITS_MAX + OTS_INTEGER_TEXT_BYTES];
	const size_t count = to_limbs(value, len, negative, limbs);
	size_t n = count == 0 ? 0 : ots_print_u64(limbs[count - 1], digits);

	for (size_t k = count; k-- > 1;) {
		uint32_t limb = limbs[k - 1];

		for (size_t i = LIMB_DIGITS; i > 0; i--, limb /= 10)
			digits[n + i - 1] = (char)('0' + limb % 10);
		n += LIMB_DIGITS;
	}
	if (n == 0)
		digits[n++] = '0';
	return put_decimal(negative, digits, n, scale, to);
}

static size_t put_small(int64_t n, size_t scale, char *to)
{
	const uint64_t size = n < 0 ? UINT64_C(0) - (uint64_t)n : (uint64_t)n;
	char digits[OTS_INTEGER_TEXT_BYTES];

	return put_decimal(n < 0, digits, ots_print_u64(size, digits), scale, to);
}

size_t cell_print_decimal(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	const size_t scale = (size_t)cell->leaf->scale;
	uint64_t n = 0;

	if (cell->leaf->type == TYPE_INT32)
		return put_small((int32_t)load_u32(value), scale, to);
	if (cell->leaf->type == TYPE_INT64)
		return put_small((int64_t)load_u64(value), scale, to);
	if (len > 8)
		return put_big(value, len, scale, to);
	if (len > 0 && (value[0] & 0x80) != 0)
		n = UINT64_MAX;
	for (size_t i = 0; i < len; i++)
		n = n << 8 | value[i];
	return put_small((int64_t)n, scale, to);
}

size_t cell_print_uuid(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	static const uint8_t groups[] = {4, 2, 2, 2, 6};
	char *at = to;

	(void)len;
	*at = '"';
	at += cell->json;
	for (size_t i = 0; i < sizeof groups; i++) {
		char hex[13];

		ots_hex(value, groups[i], hex);
		memcpy(at, hex, 2 * (size_t)groups[i]);
		value += groups[i];
		at += 2 * (size_t)groups[i];
		*at = '-';
		at += i + 1 < sizeof groups;
	}
	*at = '"';
	return (size_t)(at - to) + cell->json;
}

/* Sign, 5 bits of exponent, 10 of fraction, widened to a float. */
size_t cell_print_float16(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	const uint32_t bits = (uint32_t)value[0] | (uint32_t)value[1] << 8;
	const uint32_t sign = (bits & 0x8000) << 16;
	uint32_t exponent = bits >> 10 & 31, fraction = bits & 0x3ff, wide;
	float x;

	(void)len;
	if (exponent == 31) {
		wide = sign | 0x7f800000 | fraction << 13;
	} else if (exponent > 0) {
		wide = sign | (exponent + 112) << 23 | fraction << 13;
	} else {
		x = (float)fraction / 16777216.0F;
		memcpy(&wide, &x, 4);
		wide |= sign;
	}
	memcpy(&x, &wide, 4);
	return cell_put_float(cell, x, to);
}
