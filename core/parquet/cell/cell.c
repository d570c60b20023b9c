#include "cell.h"

#include <math.h>
#include <string.h>

#include <otsfs/text/base64.h>
#include <otsfs/text/number.h>
#include <otsfs/text/plain.h>
#include <otsfs/text/utf8.h>

#include "../encoding/load.h"

static enum cell_kind kind_of(const struct schema_node *leaf)
{
	const bool wide = leaf->type == TYPE_INT64;

	switch (leaf->meaning) {
	case MEANS_BOOLEAN: return CELL_BOOLEAN;
	case MEANS_INTEGER: return wide ? CELL_INT64 : CELL_INT32;
	case MEANS_UNSIGNED: return wide ? CELL_UINT64 : CELL_UINT32;
	case MEANS_FLOAT: return CELL_FLOAT;
	case MEANS_DOUBLE: return CELL_DOUBLE;
	case MEANS_TEXT: return CELL_TEXT;
	case MEANS_BINARY: return CELL_BINARY;
	case MEANS_NULL: return CELL_NULL;
	case MEANS_FLOAT16:
	case MEANS_DECIMAL:
	case MEANS_DATE:
	case MEANS_TIME:
	case MEANS_TIMESTAMP:
	case MEANS_INT96:
	case MEANS_UUID:
	case MEANS_INTERVAL:
	case MEANS_STRUCT:
	case MEANS_LIST:
	case MEANS_MAP:
	case MEANS_VARIANT: break;
	}
	return CELL_OTHER;
}

static cell_print_fn *print_of(enum meaning meaning)
{
	static cell_print_fn *const functions[] = {
		[MEANS_FLOAT16] = cell_print_float16,     [MEANS_DECIMAL] = cell_print_decimal,
		[MEANS_DATE] = cell_print_date,           [MEANS_TIME] = cell_print_time,
		[MEANS_TIMESTAMP] = cell_print_timestamp, [MEANS_INT96] = cell_print_int96,
		[MEANS_UUID] = cell_print_uuid,           [MEANS_INTERVAL] = cell_print_interval,
	};

	return (size_t)meaning < sizeof functions / sizeof *functions ? functions[meaning] : NULL;
}

void cell_init(struct cell *cell, const struct schema_node *leaf, bool json)
{
	*cell = (struct cell){
		.kind = kind_of(leaf), .json = json, .leaf = leaf, .day = INT64_MIN, .decimals = 2};
	if (cell->kind == CELL_OTHER)
		cell->print = print_of(leaf->meaning);
}

size_t cell_bound(const struct cell *cell, size_t len)
{
	switch (cell->kind) {
	case CELL_TEXT: return 6 * len + CELL_MAX_BYTES;
	case CELL_BINARY: return 2 * len + CELL_MAX_BYTES;
	case CELL_OTHER: /* 2.41 digits a byte, and the digits of the scale */
		if (cell->leaf->meaning == MEANS_DECIMAL)
			return 3 * len + CELL_MAX_BYTES + (size_t)cell->leaf->scale;
		return CELL_MAX_BYTES;
	case CELL_BOOLEAN:
	case CELL_INT32:
	case CELL_INT64:
	case CELL_UINT32:
	case CELL_UINT64:
	case CELL_FLOAT:
	case CELL_DOUBLE:
	case CELL_NULL: break;
	}
	return CELL_MAX_BYTES;
}

static size_t put_word(const char *word, char *to)
{
	const size_t len = strlen(word);

	memcpy(to, word, len);
	return len;
}

/* NaN and infinities are strings in JSON, so that nothing is lost. */
static size_t put_nonfinite(const struct cell *cell, double x, char *to)
{
	const char *word = isnan(x) ? "NaN" : x > 0 ? "Infinity" : "-Infinity";
	size_t len = 0;

	if (cell->json)
		to[len++] = '"';
	len += put_word(word, to + len);
	if (cell->json)
		to[len++] = '"';
	return len;
}

size_t cell_put_float(struct cell *cell, float x, char *to)
{
	return isfinite(x) ? ots_print_float(x, to) : put_nonfinite(cell, (double)x, to);
}

/* Decimals behind the point of what was printed; 99 where there is an exponent. */
static unsigned decimals_of(const char *text, size_t len)
{
	size_t n = len;

	while (n > 0 && text[n - 1] != '.') { /* ends: it shrinks */
		if (text[--n] == 'e')
			return 99;
	}
	return (unsigned)(len - n);
}

/* A column that needs many decimals is not asked again for a while. */
#define MISSES_MAX 8
#define WAIT_VALUES 4096
#define DECIMALS_MAX 6

static const uint32_t powers[DECIMALS_MAX + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000};

static size_t put_shortest(struct cell *cell, double x, char *to)
{
	const size_t len = ots_print_double(x, to);
	unsigned decimals;

	if (cell->wait > 0) {
		cell->wait--;
		return len;
	}
	decimals = decimals_of(to, len);
	if (decimals <= DECIMALS_MAX && decimals > cell->decimals) {
		cell->decimals = decimals;
	} else if (++cell->misses >= MISSES_MAX) {
		cell->misses = 0;
		cell->wait = WAIT_VALUES;
	}
	return len;
}

/* @p m is the value times 10^decimals: its digits before the point, and those behind. Divided by
 * constants, which takes a fraction of a division's time. */
static uint64_t split(uint64_t m, unsigned decimals, uint32_t *rest)
{
	uint64_t whole = m;

	switch (decimals) {
	case 0: break;
	case 1: whole = m / 10; break;
	case 2: whole = m / 100; break;
	case 3: whole = m / 1000; break;
	case 4: whole = m / 10000; break;
	case 5: whole = m / 100000; break;
	default: whole = m / 1000000; break;
	}
	*rest = (uint32_t)(m - whole * powers[decimals]);
	return whole;
}

static size_t put_scaled(uint64_t m, unsigned decimals, char *to)
{
	uint32_t rest;
	size_t len = ots_print_u64(split(m, decimals, &rest), to);

	to[len] = '.';
	to[len + 1] = '0';
	for (unsigned i = decimals; i > 0; i--, rest /= 10)
		to[len + i] = (char)('0' + rest % 10);
	len += decimals > 0 ? 1 + decimals : 2;
	while (to[len - 1] == '0' && to[len - 2] != '.')
		len--; /* ends: at the point */
	return len;
}

/* Source: parquet-format, Appendix B, "Fast path for money-like columns". Up to 15 digits each
 * decimal names a double of its own, and the division of two exact numbers rounds right. */
size_t cell_put_double(struct cell *cell, double x, char *to)
{
	const double power = (double)powers[cell->decimals];
	const double size = fabs(x), scaled = size * power;
	int64_t m;

	if (!isfinite(x))
		return put_nonfinite(cell, x, to);
	if (cell->wait > 0 || !(size >= 1e-5 && scaled < 1e15))
		return put_shortest(cell, x, to);
	m = (int64_t)(scaled + 0.5);
	if ((double)m / power != size)
		return put_shortest(cell, x, to);
	*to = '-';
	to += x < 0;
	return put_scaled((uint64_t)m, cell->decimals, to) + (x < 0);
}

static size_t put_escape(uint8_t c, char *to)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[] = "btn\0fr"; /* 0x08 to 0x0d; 0x0b has none */

	to[0] = '\\';
	if (c == '"' || c == '\\') {
		to[1] = (char)c;
		return 2;
	}
	if (c >= 0x08 && c <= 0x0d && c != 0x0b) {
		to[1] = shorts[c - 0x08];
		return 2;
	}
	memcpy(to + 1, "u00", 3);
	to[4] = hex[c >> 4];
	to[5] = hex[c & 15];
	return 6;
}

static size_t put_not_text(const uint8_t *bytes, size_t len, char *to)
{
	size_t n = put_word("{\"$str\":\"", to);

	ots_base64_encode(bytes, len, to + n);
	n += ots_base64_length(len);
	return n + put_word("\"}", to + n);
}

size_t cell_put_json_text(const uint8_t *text, size_t len, char *to)
{
	const uint8_t *end = text;
	char *out = to;

	if (len > 0)
		end += len;
	if (!ots_utf8_valid((struct ots_bytes){text, len}))
		return put_not_text(text, len, to);
	*out++ = '"';
	for (;;) { /* ends: each turn passes a byte at least */
		const uint8_t *stop = ots_plain_end(text, end);

		if (stop != text)
			memcpy(out, text, (size_t)(stop - text));
		out += stop - text;
		if (stop == end)
			break;
		out += put_escape(*stop, out);
		text = stop + 1;
	}
	*out++ = '"';
	return (size_t)(out - to);
}

size_t cell_put_quoted(const uint8_t *text, size_t len, char *to)
{
	char *out = to;

	*out++ = '"';
	while (len > 0) { /* ends: each turn consumes a byte at least */
		const uint8_t *quote = memchr(text, '"', len);
		const size_t n = quote != NULL ? (size_t)(quote - text) + 1 : len;

		memcpy(out, text, n);
		out += n;
		if (quote != NULL)
			*out++ = '"';
		text += n;
		len -= n;
	}
	*out++ = '"';
	return (size_t)(out - to);
}

static size_t put_csv_text(const uint8_t *text, size_t len, char *to)
{
	bool quoted = len == 0;

	for (size_t i = 0; i < len; i++)
		quoted |= text[i] == '"' || text[i] == ',' || text[i] == '\n' || text[i] == '\r';
	if (quoted)
		return cell_put_quoted(text, len, to);
	memcpy(to, text, len);
	return len;
}

static size_t put_binary(const struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	size_t n = 0;

	if (cell->json || len == 0)
		to[n++] = '"';
	ots_base64_encode(value, len, to + n);
	n += ots_base64_length(len);
	if (cell->json || len == 0)
		to[n++] = '"';
	return n;
}

size_t cell_put(struct cell *cell, const uint8_t *value, size_t len, char *to)
{
	const char *null = cell->json ? "null" : "";
	double wide;
	float narrow;

	switch (cell->kind) {
	case CELL_BOOLEAN: return put_word(value[0] != 0 ? "true" : "false", to);
	case CELL_INT32: return ots_print_i64((int32_t)load_u32(value), to);
	case CELL_INT64: return ots_print_i64((int64_t)load_u64(value), to);
	case CELL_UINT32: return ots_print_u64(load_u32(value), to);
	case CELL_UINT64: return ots_print_u64(load_u64(value), to);
	case CELL_FLOAT: memcpy(&narrow, value, 4); return cell_put_float(cell, narrow, to);
	case CELL_DOUBLE: memcpy(&wide, value, 8); return cell_put_double(cell, wide, to);
	case CELL_TEXT:
		return cell->json ? cell_put_json_text(value, len, to)
				  : put_csv_text(value, len, to);
	case CELL_BINARY: return put_binary(cell, value, len, to);
	case CELL_OTHER: return cell->print(cell, value, len, to);
	case CELL_NULL: break;
	}
	return put_word(null, to);
}
