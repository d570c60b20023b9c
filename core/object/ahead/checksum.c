#include "checksum.h"

#include <otsfs/base/crc64.h>

static void settle(struct checksum *sum)
{
	if (sum->upto != sum->size)
		return;
	sum->is_done = sum->crc == sum->expected;
	sum->is_wrong = !sum->is_done;
	sum->part_count = 0;
}

/* Take over parts that go on where the front ends. */
static void join(struct checksum *sum)
{
	for (size_t i = 0; i < sum->part_count;) { /* ends: i grows, or parts become fewer */
		const struct checksum_part part = sum->parts[i];

		if (part.offset != sum->upto) {
			i++;
			continue;
		}
		sum->crc = ots_crc64_combine(sum->crc, part.crc, part.len);
		sum->upto += part.len;
		sum->parts[i] = sum->parts[--sum->part_count];
		i = 0;
	}
}

void checksum_add(struct checksum *sum, uint64_t offset, uint64_t len, uint64_t crc)
{
	if (!sum->is_known || sum->is_wrong || len == 0)
		return;
	if (sum->is_done && offset == 0) {
		sum->is_done = false;
		sum->upto = sum->crc = 0;
	}
	if (offset == sum->upto && !sum->is_done) {
		sum->crc = ots_crc64_combine(sum->crc, crc, len);
		sum->upto += len;
	} else if (offset > sum->upto && sum->part_count < CHECKSUM_PARTS_MAX &&
		   checksum_part_end(sum, offset) == 0) {
		sum->parts[sum->part_count++] = (struct checksum_part){offset, len, crc};
	}
	join(sum);
	settle(sum);
}

uint64_t checksum_part_end(const struct checksum *sum, uint64_t offset)
{
	for (size_t i = 0; i < sum->part_count; i++) {
		if (sum->parts[i].offset == offset)
			return offset + sum->parts[i].len;
	}
	return 0;
}
