#include <otsfs/text/number.h>

#include <string.h>

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536"
	"37383940414243444546474849505152535455565758596061626364656667686970717273"
	"7475767778798081828384858687888990919293949596979899";

bool ots_parse_u64(struct ots_bytes text, uint64_t *out)
{
	uint64_t n = 0;
	size_t i = 0;

	if (text.len == 0)
		return false;
	/* 19 digits always fit; only what stands behind them can overflow. */
	for (; i < text.len && i < 19; i++) {
		const unsigned digit = (unsigned)text.at[i] - '0';

		if (digit > 9)
			return false;
		n = n * 10 + digit;
	}
	for (; i < text.len; i++) {
		const unsigned digit = (unsigned)text.at[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(n, UINT64_C(10), &n) ||
		    __builtin_add_overflow(n, (uint64_t)digit, &n))
			return false;
	}
	*out = n;
	return true;
}

bool ots_parse_i64(struct ots_bytes text, int64_t *out)
{
	const bool negative = text.len > 0 && text.at[0] == '-';
	uint64_t n;

	if (negative) {
		text.at++;
		text.len--;
	}
	if (!ots_parse_u64(text, &n) || n > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	/* -2^63 has no positive twin: negate one less and step down. */
	*out = negative && n > 0 ? -(int64_t)(n - 1) - 1 : (int64_t)n;
	return true;
}

static size_t digit_count(uint64_t n)
{
	static const uint64_t powers[] = {UINT64_C(0),
					  UINT64_C(10),
					  UINT64_C(100),
					  UINT64_C(1000),
					  UINT64_C(10000),
					  UINT64_C(100000),
					  UINT64_C(1000000),
					  UINT64_C(10000000),
					  UINT64_C(100000000),
					  UINT64_C(1000000000),
					  UINT64_C(10000000000),
					  UINT64_C(100000000000),
					  UINT64_C(1000000000000),
					  UINT64_C(10000000000000),
					  UINT64_C(100000000000000),
					  UINT64_C(1000000000000000),
					  UINT64_C(10000000000000000),
					  UINT64_C(100000000000000000),
					  UINT64_C(1000000000000000000),
					  UINT64_C(10000000000000000000)};
	/* 1233 / 4096 is just above log10(2): a guess that is right or one too many. */
	const size_t bits = 64 - (size_t)__builtin_clzll(n | 1);
	const size_t guess = (bits * 1233) >> 12;

	return guess + (n >= powers[guess] || guess == 0);
}

static void put_pair(uint32_t n, char *out)
{
	memcpy(out, pairs + (size_t)n * 2, 2);
}

/* Eight digits, zeros in front: four pairs that do not wait for each other. */
static void put_eight(uint32_t n, char *out)
{
	const uint32_t high = n / 10000, low = n % 10000;

	put_pair(high / 100, out);
	put_pair(high % 100, out + 2);
	put_pair(low / 100, out + 4);
	put_pair(low % 100, out + 6);
}

static size_t print_digits(uint64_t n, char *out)
{
	const size_t len = digit_count(n);
	size_t at = len;
	uint32_t rest;

	while (n >= 100000000) { /* ends: n shrinks by eight digits each turn */
		at -= 8;
		put_eight((uint32_t)(n % 100000000), out + at);
		n /= 100000000;
	}
	rest = (uint32_t)n;
	while (rest >= 100) { /* ends: it shrinks a hundredfold each turn */
		at -= 2;
		put_pair(rest % 100, out + at);
		rest /= 100;
	}
	if (rest >= 10)
		put_pair(rest, out);
	else
		out[0] = (char)('0' + rest);
	return len;
}

size_t ots_print_u64(uint64_t n, char out[OTS_INTEGER_TEXT_BYTES])
{
	return print_digits(n, out);
}

size_t ots_print_i64(int64_t n, char out[OTS_INTEGER_TEXT_BYTES])
{
	if (n >= 0)
		return print_digits((uint64_t)n, out);
	out[0] = '-';
	return 1 + print_digits(UINT64_C(0) - (uint64_t)n, out + 1);
}

/* The power of 1024 that a suffix names; -1 for none that is known. */
static int unit_exponent(struct ots_bytes unit)
{
	static const char units[] = "bkmgtpe";
	const uint8_t first = unit.len > 0 ? (uint8_t)(unit.at[0] | 0x20) : 0;
	const char *found = first == 0 ? NULL : memchr(units, first, sizeof units - 1);

	if (unit.len == 0)
		return 0;
	if (found == NULL || unit.len > 3 || (first == 'b' && unit.len > 1))
		return -1;
	if (unit.len == 2 && (unit.at[1] | 0x20) != 'b')
		return -1;
	if (unit.len == 3 && ((unit.at[1] | 0x20) != 'i' || (unit.at[2] | 0x20) != 'b'))
		return -1;
	return (int)(found - units);
}

bool ots_parse_size(struct ots_bytes text, uint64_t *out)
{
	size_t digits = 0;
	uint64_t n;
	int exponent;

	while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
		digits++;
	if (!ots_parse_u64((struct ots_bytes){text.at, digits}, &n))
		return false;
	exponent = unit_exponent((struct ots_bytes){text.at + digits, text.len - digits});
	if (exponent < 0 || n > (uint64_t)INT64_MAX >> (10 * exponent))
		return false;
	*out = n << (10 * exponent);
	return true;
}
