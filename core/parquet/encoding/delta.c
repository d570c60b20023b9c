#include "delta.h"

#include "../varint.h"
#include "load.h"

bool delta_init(struct delta *d, struct ots_cursor in)
{
	uint64_t block, minis;

	*d = (struct delta){.in = in};
	if (!varint_take(&d->in, &block) || !varint_take(&d->in, &minis) ||
	    !varint_take(&d->in, &d->total) || !zigzag_take(&d->in, &d->last))
		return false;
	if (block == 0 || block % 128 != 0 || block > DELTA_BLOCK_MAX || minis == 0 ||
	    block % minis != 0 || block / minis % 32 != 0 || d->total > INT32_MAX)
		return false;
	d->mini_count = minis;
	d->mini_values = block / minis;
	d->left = d->total;
	return true;
}

static bool begin_block(struct delta *d)
{
	return zigzag_take(&d->in, &d->min_delta) && ots_take(&d->in, d->mini_count, &d->widths);
}

/* Step to the next miniblock; its body is all there. */
static bool next_mini(struct delta *d)
{
	struct ots_cursor body;
	uint8_t width;

	if (d->widths.left == 0 && !begin_block(d))
		return false;
	if (!ots_u8(&d->widths, &width) || width > 64 ||
	    !ots_take(&d->in, (size_t)(d->mini_values / 8 * width), &body))
		return false;
	d->width = width;
	d->packed = body.at;
	d->bit = 0;
	d->mini_left = d->mini_values;
	return true;
}

bool delta_end(const struct delta *begun, struct ots_cursor *rest)
{
	struct delta d = *begun;
	uint64_t left = d.total > 0 ? d.total - 1 : 0;

	while (left > 0) { /* ends: a miniblock has values, and a block of them consumes bytes */
		if (!next_mini(&d))
			return false;
		left = left > d.mini_values ? left - d.mini_values : 0;
	}
	*rest = d.in;
	return true;
}

/* Up to @p n values of the miniblock at hand. */
static void unpack(struct delta *d, uint64_t *out, size_t n)
{
	const uint64_t min_delta = d->min_delta;
	const unsigned width = d->width;
	uint64_t last = d->last, bit = d->bit;

	if (width == 0) {
		for (size_t i = 0; i < n; i++)
			out[i] = last += min_delta;
	} else if (width <= 57) {
		for (size_t i = 0; i < n; i++, bit += width)
			out[i] = last += min_delta + load_bits(d->packed, bit, width);
	} else {
		for (size_t i = 0; i < n; i++, bit += width) {
			const uint8_t *at = d->packed + (bit >> 3);
			const unsigned shift = bit & 7;
			uint64_t x = load_u64(at) >> shift;

			if (shift > 0)
				x |= (uint64_t)at[8] << (64 - shift);
			if (width < 64)
				x &= (UINT64_C(1) << width) - 1;
			out[i] = last += min_delta + x;
		}
	}
	d->bit = bit;
	d->last = last;
	d->mini_left -= n;
	d->left -= n;
}

size_t delta_read(struct delta *d, uint64_t *out, size_t n)
{
	size_t done = 0;

	if (!d->begun && n > 0 && d->left > 0) {
		d->begun = true;
		out[done++] = d->last;
		d->left--;
	}
	while (done < n && d->left > 0) { /* ends: each turn gives values, or returns */
		size_t k = n - done;

		if (d->mini_left == 0 && !next_mini(d))
			break;
		if (k > d->mini_left)
			k = (size_t)d->mini_left;
		if (k > d->left)
			k = (size_t)d->left;
		unpack(d, out + done, k);
		done += k;
	}
	return done;
}
