/* Doubles from text, correctly rounded, in three ways, each for what the one before cannot decide:
 * two exact doubles and one operation; a 128-bit product whose error is known; the C library. */
#include <otsfs/text/number.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "power_table.h"

__extension__ typedef unsigned __int128 u128;

/* More than 768 significant digits cannot move the result but by being there at all: halfway
 * between two doubles needs no more. Source: the longest exact decimal expansion of a binary64. */
#define DIGITS_MAX 780
#define EXACT_DIGITS 19 /* fit 64 bits */
#define EXPONENT_CAP 100000000

struct scanned {
	const uint8_t *digits; /* from the first that is not zero; a point may stand between */
	const uint8_t *end;    /* behind the last digit */
	uint64_t w;            /* the first EXACT_DIGITS of them */
	size_t count;          /* significant digits */
	int64_t exponent;      /* the value is all digits as an integer, times 10^exponent */
	bool negative;
};

static bool is_digit(const uint8_t *at, const uint8_t *end)
{
	return at < end && (unsigned)*at - '0' <= 9;
}

static const uint8_t *scan_digits(const uint8_t *at, const uint8_t *end, struct scanned *s)
{
	for (; is_digit(at, end); at++) {
		if (s->count == 0) {
			if (*at == '0')
				continue;
			s->digits = at;
		}
		if (s->count < EXACT_DIGITS)
			s->w = s->w * 10 + (uint64_t)(*at - '0');
		s->count++;
	}
	return at;
}

static const uint8_t *scan_exponent(const uint8_t *at, const uint8_t *end, int64_t *exponent)
{
	bool negative = false;
	int64_t n = 0;

	if (at < end && (*at == '+' || *at == '-'))
		negative = *at++ == '-';
	if (!is_digit(at, end))
		return NULL;
	for (; is_digit(at, end); at++) {
		if (n < EXPONENT_CAP)
			n = n * 10 + (*at - '0');
	}
	*exponent = negative ? -n : n;
	return at;
}

/* `-?digits[.digits][(e|E)[+-]digits]` and nothing else. */
static bool scan(struct ots_bytes text, struct scanned *s)
{
	const uint8_t *at = text.at, *end = text.at + text.len, *begin;
	int64_t exponent = 0;

	*s = (struct scanned){0};
	if (text.len == 0)
		return false;
	s->negative = *at == '-';
	at += s->negative;
	if (!is_digit(at, end))
		return false;
	at = scan_digits(at, end, s);
	s->end = at;
	if (at < end && *at == '.') {
		begin = ++at;
		at = scan_digits(at, end, s);
		if (at == begin)
			return false;
		s->end = at;
		s->exponent = -(int64_t)(at - begin);
	}
	if (at < end && (*at | 0x20) == 'e') {
		at = scan_exponent(at + 1, end, &exponent);
		if (at == NULL)
			return false;
	}
	s->exponent += exponent;
	return at == end;
}

/* Both factors are exact doubles, so the one operation rounds correctly. */
static bool by_exact_factors(uint64_t w, int64_t exponent, double *out)
{
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
					1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

	if (w > UINT64_C(1) << 53 || exponent < -22 || exponent > 22)
		return false;
	*out = exponent < 0 ? (double)w / powers[-exponent] : (double)w * powers[exponent];
	return true;
}

/* w * 10^exponent by the table. @p cut: digits behind w were left out, so that the true w is below
 * w + 1. Undecided (false) when the true product may lie on either side of halfway, and for
 * subnormal and overflowing results, whose halfway lies elsewhere. */
static bool by_product(uint64_t w, int64_t exponent, bool cut, double *out)
{
	const struct ots_power *g;
	u128 product, rest, half, above;
	uint64_t mantissa, bits;
	int zeros, shift, binary;

	if (exponent < OTS_POWER_FIRST || exponent > OTS_POWER_LAST)
		return false;
	g = &ots_powers[exponent - OTS_POWER_FIRST];
	zeros = __builtin_clzll(w);
	w <<= zeros;
	/* The top 128 of 192 bits; the truth is above product - 1 and below product + 1 + above. */
	product = (u128)w * g->high + (uint64_t)(((u128)w * g->low) >> 64);
	above = cut ? (u128)1 << (64 + zeros) : 0;
	shift = (product >> 127) != 0 ? 75 : 74;
	half = (u128)1 << (shift - 1);
	rest = product & (((u128)1 << shift) - 1);
	if (rest <= half + 1 && rest + above + 1 >= half)
		return false;
	mantissa = (uint64_t)(product >> shift) + (rest > half);
	/* product * 2^64 * 2^(log2 - 127 - zeros) is the value; mantissa stands shift bits higher.
	 */
	binary = ots_floor_log2_pow10((int)exponent) - 127 - zeros + 64 + shift;
	if (mantissa >> 53 != 0) {
		mantissa >>= 1;
		binary++;
	}
	if (binary < -1074 || binary > 970)
		return false;
	bits = (mantissa & ((UINT64_C(1) << 52) - 1)) | (uint64_t)(binary + 1075) << 52;
	memcpy(out, &bits, sizeof bits);
	return true;
}

/* Digits and an exponent without a point read the same in every locale, which is all that the C
 * library needs to be told. */
static double by_library(const struct scanned *s)
{
	char text[DIGITS_MAX + 2 + OTS_INTEGER_TEXT_BYTES + 1];
	const uint8_t *at = s->digits;
	size_t len = 0;
	bool more = false;

	for (; at < s->end && len < DIGITS_MAX; at++) {
		if (*at != '.')
			text[len++] = (char)*at;
	}
	for (; at < s->end && !more; at++)
		more = *at != '.' && *at != '0';
	const int64_t exponent = s->exponent + (int64_t)(s->count - len);
	if (more) {
		text[len++] = '1';
		text[len++] = 'e';
		len += ots_print_i64(exponent - 1, text + len);
	} else {
		text[len++] = 'e';
		len += ots_print_i64(exponent, text + len);
	}
	text[len] = '\0';
	return strtod(text, NULL);
}

bool ots_parse_double(struct ots_bytes text, double *out)
{
	struct scanned s;
	double x;

	if (!scan(text, &s))
		return false;
	if (s.count == 0 || s.exponent + (int64_t)s.count < -400) {
		x = 0;
	} else if (s.exponent + (int64_t)s.count > 310) {
		return false;
	} else {
		const bool cut = s.count > EXACT_DIGITS;
		const int64_t exponent = s.exponent + (cut ? (int64_t)s.count - EXACT_DIGITS : 0);

		if ((cut || !by_exact_factors(s.w, exponent, &x)) &&
		    !by_product(s.w, exponent, cut, &x))
			x = by_library(&s);
		if (!isfinite(x))
			return false;
	}
	*out = s.negative ? -x : x;
	return true;
}
