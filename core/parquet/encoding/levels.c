#include "levels.h"

static unsigned width_of(uint8_t max)
{
	return max == 0 ? 0 : 32 - (unsigned)__builtin_clz(max);
}

void levels_init(struct levels *l, uint8_t max, bool is_packed, struct ots_bytes bytes)
{
	*l = (struct levels){.max = max, .is_packed = is_packed, .width = width_of(max)};
	if (is_packed)
		l->packed = bytes;
	else
		hybrid_init(&l->hybrid, bytes, l->width);
}

uint64_t levels_packed_bytes(uint8_t max, uint32_t count)
{
	return ((uint64_t)count * width_of(max) + 7) / 8;
}

/* Highest bit first: nobody has written these for years, so one bit at a time will do. */
static size_t read_packed(struct levels *l, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t level = 0;

		if (l->packed_bit + l->width > (uint64_t)l->packed.len * 8)
			return i;
		for (unsigned k = 0; k < l->width; k++, l->packed_bit++) {
			const uint8_t byte = l->packed.at[l->packed_bit / 8];

			level = (uint8_t)(level << 1 | (byte >> (7 - l->packed_bit % 8) & 1));
		}
		out[i] = level;
	}
	return n;
}

static uint8_t greatest(const uint8_t *levels, size_t n)
{
	uint8_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = levels[i] > most ? levels[i] : most;
	return most;
}

bool levels_read(struct levels *l, uint8_t *out, size_t n, bool *all_max)
{
	size_t got;

	*all_max = l->max == 0 || n == 0;
	if (*all_max)
		return true;
	if (!l->is_packed && hybrid_take_run(&l->hybrid, l->max, n)) {
		*all_max = true;
		return true;
	}
	got = l->is_packed ? read_packed(l, out, n) : hybrid_read_u8(&l->hybrid, out, n);
	return got == n && greatest(out, n) <= l->max;
}
