#include "key_span.h"

#include <string.h>

#include <otsfs/tablestore/wire.h>

#define ARENA_BYTES ((size_t)1024 * 1024)
#define CELLS_MAX ((size_t)1024) /* of one write: tablestore-protocol section 5 */

static bool take_value(const struct ots_wire_value *value, struct ots_cue_key *key)
{
	if (value->kind == OTS_VT_INTEGER) {
		const uint64_t n = (uint64_t)value->as.integer ^ UINT64_C(0x8000000000000000);

		key->len = sizeof n;
		for (size_t i = 0; i < sizeof n; i++)
			key->bytes[i] = (uint8_t)(n >> (56 - 8 * i));
		return true;
	}
	if (value->kind != OTS_VT_STRING && value->kind != OTS_VT_BLOB)
		return false;
	key->len =
		value->as.bytes.len < sizeof key->bytes ? value->as.bytes.len : sizeof key->bytes;
	if (key->len > 0)
		memcpy(key->bytes, value->as.bytes.at, key->len);
	return true;
}

bool ots_cue_key_read(struct ots_bytes plain, struct ots_cue_key *key)
{
	struct ots_plainbuffer_reader reader = {.in = {.at = plain.at, .left = plain.len},
						.lenient_tail = true};
	struct ots_wire_row row = {.key_count = 0};
	struct ots_arena arena;
	bool more = false;
	bool good;

	ots_arena_init(&arena, ARENA_BYTES);
	good = ots_plainbuffer_next(&reader, CELLS_MAX, &arena, &row, &more, NULL) == OTS_OK &&
	       more && row.key_count > 0 && take_value(&row.key[0].value, key);
	ots_arena_release(&arena);
	return good;
}

static int compare(const struct ots_cue_key *a, const struct ots_cue_key *b)
{
	const size_t len = a->len < b->len ? a->len : b->len;
	const int order = memcmp(a->bytes, b->bytes, len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

void ots_cue_key_span_widen(struct ots_cue_key_span *span, const struct ots_cue_key *key)
{
	if (!span->any || compare(key, &span->low) < 0)
		span->low = *key;
	if (!span->any || compare(key, &span->high) > 0)
		span->high = *key;
	span->any = true;
}

/* The eight bytes behind what all keys of the span begin with, as a number. */
static double number_at(const struct ots_cue_key *key, size_t at)
{
	uint64_t n = 0;

	for (size_t i = at; i < at + 8; i++)
		n = n << 8 | (i < key->len ? key->bytes[i] : 0);
	return (double)n;
}

size_t ots_cue_key_span_range(const struct ots_cue_key_span *span, const struct ots_cue_key *key,
			      size_t count)
{
	size_t common = 0;
	double low, width, range;

	while (common < span->low.len && common < span->high.len &&
	       span->low.bytes[common] == span->high.bytes[common])
		common++;
	low = number_at(&span->low, common);
	width = number_at(&span->high, common) - low;
	if (width <= 0)
		return 0;
	range = (number_at(key, common) - low) / width * (double)count;
	return range >= (double)count ? count - 1 : range > 0 ? (size_t)range : 0;
}
