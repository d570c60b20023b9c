/* The values of one page, by each encoding and type: they end, and are the same whatever the number
 * that is read at once. Bytes: type, encoding, width, count (two), dictionary entries, the body. */
#include <stdlib.h>
#include <string.h>

#include "../../core/parquet/column/values.h"
#include "../../core/parquet/encoding/levels.h"
#include "../../core/parquet/encoding/load.h"

#define HEADER_BYTES 6
#define MEMORY_BYTES ((size_t)64 * 1024 * 1024)
#define DIGEST_START UINT64_C(1469598103934665603)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static uint64_t digest(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t digest_run(uint64_t hash, const struct value_run *run, uint32_t width)
{
	for (uint32_t i = 0; i < run->count; i++) {
		if (run->layout == LAYOUT_FIXED)
			hash = digest(hash, run->fixed + (size_t)i * width, width);
		else if (run->layout == LAYOUT_INDICES)
			hash = digest(hash, &run->indices[i], sizeof run->indices[i]);
		else
			hash = digest(hash, run->bytes[i].at, run->bytes[i].len);
	}
	return hash;
}

/* All @p count values, @p step at once. @return their digest; 0: refused */
static uint64_t read_all(const struct schema_node *leaf, int32_t encoding, struct ots_cursor body,
			 uint32_t entries, uint32_t count, uint32_t step)
{
	struct account account = {.limit_bytes = MEMORY_BYTES};
	struct values values = {.leaf = leaf, .account = &account};
	struct ots_error err = {0};
	uint64_t hash = DIGEST_START;
	enum ots_status status = values_begin(&values, encoding, body, entries, entries > 0, &err);

	while (status == OTS_OK && count > 0) { /* ends: count shrinks */
		struct value_run run = {0};
		uint32_t n = step < count ? step : count;

		if (n > values.run_max)
			n = (uint32_t)values.run_max;
		status = values_read(&values, n, &run, &err);
		if (status == OTS_OK)
			hash = digest_run(hash, &run, leaf->width);
		count -= n;
	}
	require((status == OTS_OK) == (err.text[0] == '\0'));
	values_release(&values);
	require(account.used_bytes == 0);
	return status == OTS_OK ? hash | 1 : 0;
}

static void read_levels(struct ots_bytes bytes, uint8_t max, bool is_packed, uint32_t count)
{
	uint8_t out[WINDOW_ENTRIES];
	struct levels levels;

	levels_init(&levels, max, is_packed, bytes);
	while (count > 0) { /* ends: count shrinks */
		const uint32_t n = count < WINDOW_ENTRIES ? count : WINDOW_ENTRIES;
		bool all_max = false;

		if (!levels_read(&levels, out, n, &all_max))
			return;
		for (uint32_t i = 0; !all_max && i < n; i++)
			require(out[i] <= max);
		count -= n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct schema_node leaf = {.converted = -1};
	uint32_t count, entries;
	struct ots_cursor body;
	uint8_t *bytes;
	uint64_t hash;

	if (size < HEADER_BYTES)
		return 0;
	bytes = malloc(size - HEADER_BYTES + PAGE_SLACK_BYTES);
	if (bytes == NULL)
		return 0;
	memset(bytes, 0, size - HEADER_BYTES + PAGE_SLACK_BYTES);
	memcpy(bytes, data + HEADER_BYTES, size - HEADER_BYTES);
	body = (struct ots_cursor){bytes, size - HEADER_BYTES, 0};
	leaf.type = data[0] % TYPE_COUNT;
	leaf.type_length = data[2] % 40 + 1;
	schema_resolve(&leaf);
	count = (uint32_t)data[3] | (uint32_t)data[4] << 8;
	entries = data[5];
	hash = read_all(&leaf, data[1] % 12, body, entries, count, WINDOW_ENTRIES);
	require(read_all(&leaf, data[1] % 12, body, entries, count, 7) == hash);
	read_levels((struct ots_bytes){bytes, body.left}, data[2], data[5] % 2 == 1, count);
	free(bytes);
	return 0;
}
