#include "key.h"

#include <string.h>

#define TAG_INF_MIN 0x10
#define TAG_VALUE 0x20
#define TAG_INF_MAX 0x30
#define ESCAPE 0x00
#define ESCAPED_ZERO 0xff
#define END 0x01

static void put_integer(uint8_t out[8], int64_t n)
{
	const uint64_t u = (uint64_t)n ^ (UINT64_C(1) << 63);

	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(u >> (8 * (7 - i)));
}

static bool put_escaped(struct ots_buffer *out, struct ots_bytes bytes)
{
	/* Names and values were held against OTS_KEY_VALUE_MAX_BYTES long before: twice the length
	 * cannot wrap. */
	if (bytes.len > SIZE_MAX / 4 || !ots_buffer_reserve(out, 3 + 2 * bytes.len))
		return false;
	out->bytes[out->len++] = TAG_VALUE;
	for (size_t i = 0; i < bytes.len; i++) {
		out->bytes[out->len++] = bytes.at[i];
		if (bytes.at[i] == ESCAPE)
			out->bytes[out->len++] = ESCAPED_ZERO;
	}
	out->bytes[out->len++] = ESCAPE;
	out->bytes[out->len++] = END;
	return true;
}

bool ots_key_put(struct ots_buffer *out, const struct ots_wire_value *value)
{
	uint8_t integer[9] = {TAG_VALUE};

	switch (value->kind) {
	case OTS_VT_INTEGER:
		put_integer(integer + 1, value->as.integer);
		return ots_buffer_put(out, integer, sizeof integer);
	case OTS_VT_STRING:
	case OTS_VT_BLOB: return put_escaped(out, value->as.bytes);
	case OTS_VT_INF_MIN: return ots_buffer_put_byte(out, TAG_INF_MIN);
	case OTS_VT_INF_MAX: return ots_buffer_put_byte(out, TAG_INF_MAX);
	case OTS_VT_DOUBLE:
	case OTS_VT_BOOLEAN:
	case OTS_VT_NULL:
	case OTS_VT_AUTO_INCREMENT: return false;
	}
	return false;
}

static bool take_integer(struct ots_cursor *in, int64_t *out)
{
	struct ots_cursor v;
	uint64_t u = 0;

	if (!ots_take(in, 8, &v))
		return false;
	for (unsigned i = 0; i < 8; i++)
		u = u << 8 | v.at[i];
	u ^= UINT64_C(1) << 63;
	memcpy(out, &u, sizeof u); /* two's complement both ways */
	return true;
}

/* Where the value ends and how many zero bytes are in it. @return false without an end */
static bool find_end(struct ots_cursor in, size_t *len, size_t *zeros)
{
	size_t at = 0;

	*zeros = 0;
	while (at + 1 < in.left) { /* ends: each turn moves by one or two, or returns */
		if (in.at[at] != ESCAPE) {
			at++;
			continue;
		}
		if (in.at[at + 1] == END) {
			*len = at;
			return true;
		}
		if (in.at[at + 1] != ESCAPED_ZERO)
			return false;
		++*zeros;
		at += 2;
	}
	return false;
}

static bool take_escaped(struct ots_cursor *in, struct ots_arena *arena, struct ots_bytes *out)
{
	struct ots_cursor body, end;
	size_t len, zeros, used = 0;
	uint8_t *plain;

	if (!find_end(*in, &len, &zeros) || !ots_take(in, len, &body) || !ots_take(in, 2, &end))
		return false;
	if (zeros == 0) {
		*out = (struct ots_bytes){body.at, len};
		return true;
	}
	plain = ots_arena_alloc(arena, len - zeros);
	if (plain == NULL)
		return false;
	for (size_t i = 0; i < len; i++) {
		plain[used++] = body.at[i];
		if (body.at[i] == ESCAPE)
			i++; /* find_end() saw ESCAPED_ZERO there */
	}
	*out = (struct ots_bytes){plain, used};
	return true;
}

bool ots_key_take(struct ots_cursor *in, enum ots_variant kind, struct ots_arena *arena,
		  struct ots_wire_value *value)
{
	struct ots_cursor c = *in;
	uint8_t tag;
	bool good;

	value->kind = kind;
	if (!ots_u8(&c, &tag) || tag != TAG_VALUE)
		return false;
	if (kind == OTS_VT_INTEGER)
		good = take_integer(&c, &value->as.integer);
	else
		good = take_escaped(&c, arena, &value->as.bytes);
	if (good)
		*in = c;
	return good;
}

int ots_key_compare(struct ots_bytes a, struct ots_bytes b)
{
	const size_t common = a.len < b.len ? a.len : b.len;
	const int order = common > 0 ? memcmp(a.at, b.at, common) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}
