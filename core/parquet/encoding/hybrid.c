#include "hybrid.h"

#include "load.h"

void hybrid_init(struct hybrid *h, struct ots_bytes bytes, unsigned width)
{
	*h = (struct hybrid){.at = bytes.at, .end = bytes.at, .width = width};
	if (bytes.len > 0)
		h->end += bytes.len;
}

static bool run_header(struct hybrid *h, uint32_t *out)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t byte;

		if (h->at == h->end)
			return false;
		byte = *h->at++;
		n |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*out = (uint32_t)n;
			return n <= UINT32_MAX;
		}
	}
	return false;
}

static bool begin_run(struct hybrid *h, uint32_t count)
{
	const size_t bytes = (h->width + 7) / 8;
	uint32_t value = 0;

	if (count == 0 || (size_t)(h->end - h->at) < bytes)
		return false;
	for (size_t i = 0; i < bytes; i++)
		value |= (uint32_t)*h->at++ << (8 * i);
	if (h->width < 32 && value >> h->width != 0)
		return false;
	h->run_left = count;
	h->run_value = value;
	return true;
}

/* The last packed run may be cut short inside its last group, whose padding nobody needs. */
static bool begin_packed(struct hybrid *h, uint32_t groups)
{
	const uint64_t bytes = (uint64_t)groups * h->width;
	const uint64_t there = (uint64_t)(h->end - h->at);
	const bool is_cut = bytes > there;

	if (groups == 0 || (is_cut && bytes - there >= h->width))
		return false;
	h->packed = h->at;
	h->packed_bit = 0;
	h->packed_left = is_cut ? there * 8 / h->width : (uint64_t)groups * 8;
	h->at += is_cut ? there : bytes;
	return h->packed_left > 0;
}

/* Step to the next run. @return false at the end, or at damage */
static bool next_run(struct hybrid *h)
{
	uint32_t header;

	if (h->at == h->end || !run_header(h, &header))
		return false;
	return (header & 1) == 0 ? begin_run(h, header >> 1) : begin_packed(h, header >> 1);
}

static size_t smaller(size_t a, uint64_t b)
{
	return a < b ? a : (size_t)b;
}

size_t hybrid_read_u32(struct hybrid *h, uint32_t *out, size_t n)
{
	const unsigned width = h->width;
	size_t done = 0;

	while (done < n) { /* ends: each turn gives a number, or begins a run, or returns */
		size_t k;

		if (h->run_left > 0) {
			k = smaller(n - done, h->run_left);
			for (size_t i = 0; i < k; i++)
				out[done + i] = h->run_value;
			h->run_left -= (uint32_t)k;
			done += k;
		} else if (h->packed_left > 0) {
			uint64_t bit = h->packed_bit;

			k = smaller(n - done, h->packed_left);
			for (size_t i = 0; i < k; i++, bit += width)
				out[done + i] = (uint32_t)load_bits(h->packed, bit, width);
			h->packed_bit = bit;
			h->packed_left -= k;
			done += k;
		} else if (!next_run(h)) {
			break;
		}
	}
	return done;
}

/* Eight bits as eight bytes of 0 and 1. */
static uint64_t spread_bits(uint8_t bits)
{
	const uint64_t x = bits * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);

	return (x + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7 & UINT64_C(0x0101010101010101);
}

/* From a packed run, a byte each. */
static void unpack_u8(struct hybrid *h, uint8_t *out, size_t n)
{
	uint64_t bit = h->packed_bit;
	size_t i = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (h->width == 1 && bit % 8 == 0) {
		for (; i + 8 <= n; i += 8, bit += 8) {
			const uint64_t bytes = spread_bits(h->packed[bit / 8]);

			memcpy(out + i, &bytes, 8);
		}
	}
#endif
	for (; i < n; i++, bit += h->width)
		out[i] = (uint8_t)load_bits(h->packed, bit, h->width);
	h->packed_bit = bit;
	h->packed_left -= n;
}

size_t hybrid_read_u8(struct hybrid *h, uint8_t *out, size_t n)
{
	size_t done = 0;

	while (done < n) { /* ends: as in hybrid_read_u32() */
		size_t k;

		if (h->run_left > 0) {
			k = smaller(n - done, h->run_left);
			memset(out + done, (int)h->run_value, k);
			h->run_left -= (uint32_t)k;
			done += k;
		} else if (h->packed_left > 0) {
			k = smaller(n - done, h->packed_left);
			unpack_u8(h, out + done, k);
			done += k;
		} else if (!next_run(h)) {
			break;
		}
	}
	return done;
}

bool hybrid_take_run(struct hybrid *h, uint32_t value, size_t n)
{
	if (h->run_left == 0 && h->packed_left == 0 && !next_run(h))
		return false;
	if (h->run_left < n || h->run_value != value)
		return false;
	h->run_left -= (uint32_t)n;
	return true;
}
