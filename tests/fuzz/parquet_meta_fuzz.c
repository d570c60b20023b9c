/* Thrift's compact protocol, as footers and page headers of Parquet: a refusal says why, and what
 * is taken borrows from the input only. The first byte chooses. */
#include <stdlib.h>

#include "../../core/parquet/meta/footer.h"
#include "../../core/parquet/meta/page_header.h"
#include "../../core/parquet/meta/thrift.h"

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void parse_footer(struct ots_cursor in)
{
	struct ots_arena arena;
	struct ots_error err = {0};
	struct footer footer;
	enum ots_status status;

	ots_arena_init(&arena, ARENA_BYTES);
	status = footer_parse(in, &arena, &footer, &err);
	require((status == OTS_OK) == (err.text[0] == '\0'));
	for (uint32_t i = 0; status == OTS_OK && i < footer.schema.node_count; i++) {
		const struct schema_node *node = &footer.schema.nodes[i];

		require(node->end > i && node->end <= footer.schema.node_count);
		require(node->first_leaf <= node->leaf_end &&
			node->leaf_end <= footer.schema.leaf_count);
		require(i == 0 ||
			(node->parent < i && footer.schema.nodes[node->parent].end >= node->end));
	}
	ots_arena_release(&arena);
}

static void parse_header(struct ots_cursor in)
{
	const struct ots_cursor begin = in;
	struct page_header header;
	struct ots_error err = {0};
	bool is_short = false;
	const enum ots_status status = page_header_parse(&in, &header, &is_short, &err);

	require((status == OTS_OK) == (err.text[0] == '\0'));
	require(status == OTS_OK ? in.left < begin.left : in.left == begin.left);
}

/* Any struct can be skipped, or fails. */
static void skip(struct ots_cursor in)
{
	struct thrift t = thrift_begin(&in);
	const size_t size = in.left;

	while (thrift_next(&t))
		thrift_skip(&t);
	require(in.left < size || size == 0 || t.why != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ots_cursor in;

	if (size == 0)
		return 0;
	in = (struct ots_cursor){data + 1, size - 1, 1};
	switch (data[0] % 3) {
	case 0: parse_footer(in); break;
	case 1: parse_header(in); break;
	default: skip(in); break;
	}
	return 0;
}
