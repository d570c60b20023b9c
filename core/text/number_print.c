/* Shortest text of a double, by the method known as Schubfach. The steps are numbered as in
 * parquet-format, Appendix B. */
#include <otsfs/text/number.h>

#include <string.h>

#include "power_table.h"

__extension__ typedef unsigned __int128 u128;

struct decimal {
	uint64_t digits;
	int exponent; /* the value is digits * 10^exponent */
};

/* Step 4: a product rounded to odd, so that no later comparison is misled by what was cut off. */
static uint64_t round_to_odd(const struct ots_power *g, uint64_t x)
{
	const u128 low = (u128)g->low * x;
	const u128 high = (u128)g->high * x + (uint64_t)(low >> 64);

	return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* Steps 5 to 8: the shortest decimal between two ends, all of them four times as large. */
static struct decimal pick(uint64_t lower, uint64_t middle, uint64_t upper, int k)
{
	const uint64_t s = middle / 4;
	bool down, up;

	if (s >= 10) {
		const uint64_t t = s / 10;

		down = lower <= 40 * t;
		up = 40 * t + 40 <= upper;
		if (down != up)
			return (struct decimal){t + up, k + 1};
	}
	down = lower <= 4 * s;
	up = 4 * s + 4 <= upper;
	if (down != up)
		return (struct decimal){s + up, k};
	up = middle > 4 * s + 2 || (middle == 4 * s + 2 && (s & 1) != 0);
	return (struct decimal){s + up, k};
}

/* Steps 1 to 8 for c * 2^q; @p closer when the lower neighbour is half as far as the upper. */
static struct decimal shortest(uint64_t c, int q, bool closer)
{
	const uint64_t odd = c & 1;
	const int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
	const int h = q + ots_floor_log2_pow10(-k) + 1;
	const struct ots_power *g = &ots_powers[-k - OTS_POWER_FIRST];
	const uint64_t lower = round_to_odd(g, (4 * c - (closer ? 1 : 2)) << h) + odd;
	const uint64_t middle = round_to_odd(g, (4 * c) << h);
	const uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - odd;

	return pick(lower, middle, upper, k);
}

/* Step 9. */
static void strip_zeros(struct decimal *d)
{
	static const struct {
		uint64_t power;
		int zeros;
	} steps[] = {{100000000, 8}, {10000, 4}, {100, 2}, {10, 1}};

	if (d->digits % 10 != 0) /* nearly always, where there are many digits */
		return;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		if (d->digits % steps[i].power == 0) {
			d->digits /= steps[i].power;
			d->exponent += steps[i].zeros;
		}
	}
}

static struct decimal decimal_from_bits(uint64_t bits)
{
	const uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
	const int biased = (int)(bits >> 52) & 0x7ff;
	const uint64_t c = biased == 0 ? fraction : fraction | UINT64_C(1) << 52;
	const int q = biased == 0 ? -1074 : biased - 1075;
	struct decimal d;

	if (q <= 0 && q > -53 && (c & ((UINT64_C(1) << -q) - 1)) == 0)
		d = (struct decimal){c >> -q, 0}; /* step 0: a whole number */
	else
		d = shortest(c, q, fraction == 0 && biased > 1);
	strip_zeros(&d);
	return d;
}

static size_t put_exponent(int exponent, char *out)
{
	const unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
	size_t len = 0;

	out[len++] = 'e';
	out[len++] = exponent < 0 ? '-' : '+';
	if (size < 10)
		out[len++] = '0';
	return len + ots_print_u64(size, out + len);
}

/* @p point is the count of digits in front of the point; plain notation, -4 to 17. */
static size_t put_plain(const char *digits, size_t count, int point, char *out)
{
	size_t whole, len;

	if (point <= 0) {
		const size_t zeros = (size_t)-point;

		memcpy(out, "0.00000", 2 + zeros);
		memcpy(out + 2 + zeros, digits, count);
		return 2 + zeros + count;
	}
	whole = (size_t)point;
	if (count <= whole) {
		memcpy(out, digits, count);
		memset(out + count, '0', whole - count);
		memcpy(out + whole, ".0", 2);
		return whole + 2;
	}
	memcpy(out, digits, whole);
	len = whole;
	out[len++] = '.';
	memcpy(out + len, digits + whole, count - whole);
	return len + count - whole;
}

/* Digits and exponent in the one notation there is. */
static size_t put_decimal(struct decimal d, char *out)
{
	char digits[OTS_INTEGER_TEXT_BYTES];
	const size_t count = ots_print_u64(d.digits, digits);
	const int point = (int)count + d.exponent;
	size_t len = 0;

	if (point >= -4 && point <= 17) /* 1e-5 <= |x| < 1e17 */
		return put_plain(digits, count, point, out);
	out[len++] = digits[0];
	if (count > 1) {
		out[len++] = '.';
		memcpy(out + len, digits + 1, count - 1);
		len += count - 1;
	}
	return len + put_exponent(point - 1, out + len);
}

size_t ots_print_double(double x, char out[OTS_DOUBLE_TEXT_BYTES])
{
	uint64_t bits;
	size_t len = 0;

	memcpy(&bits, &x, sizeof bits);
	if (bits >> 63 != 0)
		out[len++] = '-';
	bits &= INT64_MAX;
	if (bits == 0) {
		memcpy(out + len, "0.0", 3);
		return len + 3;
	}
	return len + put_decimal(decimal_from_bits(bits), out + len);
}

/* Step 4 for 32 bits: of a power with 64 bits, which are those of the table, rounded up. */
static uint32_t round_to_odd_32(uint64_t g, uint64_t x)
{
	const u128 p = (u128)g * x;

	return (uint32_t)(p >> 64) | ((uint32_t)((uint64_t)p >> 32) > 1);
}

/* Steps 1 to 8 for a float, as in shortest(). */
static struct decimal shortest_32(uint32_t c, int q, bool closer)
{
	const uint32_t odd = c & 1;
	const int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
	const int h = q + ots_floor_log2_pow10(-k) + 1;
	const struct ots_power *power = &ots_powers[-k - OTS_POWER_FIRST];
	const uint64_t g = power->high + (power->low != 0);
	const uint64_t wide = c;
	const uint32_t lower = round_to_odd_32(g, (4 * wide - (closer ? 1 : 2)) << h) + odd;
	const uint32_t middle = round_to_odd_32(g, (4 * wide) << h);
	const uint32_t upper = round_to_odd_32(g, (4 * wide + 2) << h) - odd;

	return pick(lower, middle, upper, k);
}

size_t ots_print_float(float x, char out[OTS_DOUBLE_TEXT_BYTES])
{
	struct decimal d;
	uint32_t bits, fraction, c;
	size_t len = 0;
	int biased, q;

	memcpy(&bits, &x, sizeof bits);
	if (bits >> 31 != 0)
		out[len++] = '-';
	bits &= INT32_MAX;
	if (bits == 0) {
		memcpy(out + len, "0.0", 3);
		return len + 3;
	}
	fraction = bits & ((UINT32_C(1) << 23) - 1);
	biased = (int)(bits >> 23);
	c = biased == 0 ? fraction : fraction | UINT32_C(1) << 23;
	q = biased == 0 ? -149 : biased - 150;
	if (q <= 0 && q > -24 && (c & ((UINT32_C(1) << -q) - 1)) == 0)
		d = (struct decimal){c >> -q, 0};
	else
		d = shortest_32(c, q, fraction == 0 && biased > 1);
	strip_zeros(&d);
	return len + put_decimal(d, out + len);
}
