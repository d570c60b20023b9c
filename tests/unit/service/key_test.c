/* The encoding of keys: its order is the order of rows. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tools/service/storage/key.h"

TestSuite(service_key, .timeout = 60);

static struct ots_wire_value integer(int64_t n)
{
	return (struct ots_wire_value){.kind = OTS_VT_INTEGER, .as.integer = n};
}

static struct ots_wire_value bytes(enum ots_variant kind, const void *at, size_t len)
{
	return (struct ots_wire_value){.kind = kind, .as.bytes = {at, len}};
}

static struct ots_bytes encode(struct ots_buffer *out, const struct ots_wire_value *values,
			       size_t count)
{
	ots_buffer_init(out, OTS_KEY_ENCODED_MAX_BYTES);
	for (size_t i = 0; i < count; i++)
		cr_assert(ots_key_put(out, &values[i]));
	return (struct ots_bytes){out->bytes, out->len};
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Each list ascends: every pair must compare as its places do. */
static void expect_ascending(const struct ots_wire_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct ots_buffer a, b;
			const struct ots_bytes left = encode(&a, &values[i], 1);
			const struct ots_bytes right = encode(&b, &values[j], 1);

			cr_expect_eq(sign(ots_key_compare(left, right)), (i > j) - (i < j),
				     "places %zu and %zu", i, j);
			ots_buffer_release(&a);
			ots_buffer_release(&b);
		}
	}
}

Test(service_key, integers_order_by_signed_value_between_the_ends)
{
	const struct ots_wire_value values[] = {
		{.kind = OTS_VT_INF_MIN},
		integer(INT64_MIN),
		integer(INT64_MIN + 1),
		integer(-256),
		integer(-1),
		integer(0),
		integer(1),
		integer(255),
		integer(256),
		integer(INT64_MAX),
		{.kind = OTS_VT_INF_MAX},
	};

	expect_ascending(values, sizeof values / sizeof values[0]);
}

Test(service_key, bytes_order_as_memcmp_with_the_shorter_first)
{
	for (unsigned kind = OTS_VT_STRING; kind <= OTS_VT_BLOB;
	     kind += OTS_VT_BLOB - OTS_VT_STRING) {
		const enum ots_variant k = (enum ots_variant)kind;
		const struct ots_wire_value values[] = {
			{.kind = OTS_VT_INF_MIN}, bytes(k, "", 0),          bytes(k, "\0", 1),
			bytes(k, "\0\0", 2),      bytes(k, "\0\1", 2),      bytes(k, "\0\xff", 2),
			bytes(k, "\1", 1),        bytes(k, "\1\0", 2),      bytes(k, "a", 1),
			bytes(k, "a\0", 2),       bytes(k, "a\0b", 3),      bytes(k, "a\1", 2),
			bytes(k, "aa", 2),        bytes(k, "\xff", 1),      bytes(k, "\xff\0", 2),
			bytes(k, "\xff\xff", 2),  {.kind = OTS_VT_INF_MAX},
		};

		expect_ascending(values, sizeof values / sizeof values[0]);
	}
}

Test(service_key, the_first_column_decides_before_the_second)
{
	const struct ots_wire_value low[] = {bytes(OTS_VT_STRING, "a", 1), integer(INT64_MAX)};
	const struct ots_wire_value high[] = {bytes(OTS_VT_STRING, "a\0", 2), integer(INT64_MIN)};
	struct ots_buffer a, b;

	cr_expect_lt(ots_key_compare(encode(&a, low, 2), encode(&b, high, 2)), 0);
	ots_buffer_release(&a);
	ots_buffer_release(&b);
}

Test(service_key, what_was_put_is_taken_back)
{
	const struct ots_wire_value values[] = {
		integer(-5),
		bytes(OTS_VT_STRING, "text", 4),
		bytes(OTS_VT_BLOB, "\0a\0\0\xff\1", 6),
		bytes(OTS_VT_STRING, "", 0),
	};
	struct ots_buffer key;
	const struct ots_bytes encoded = encode(&key, values, 4);
	struct ots_cursor in = {encoded.at, encoded.len, 0};
	struct ots_wire_value got;
	struct ots_arena arena;

	ots_arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < 4; i++) {
		cr_assert(ots_key_take(&in, values[i].kind, &arena, &got));
		if (values[i].kind == OTS_VT_INTEGER) {
			cr_expect_eq(got.as.integer, values[i].as.integer);
			continue;
		}
		cr_expect_eq(got.as.bytes.len, values[i].as.bytes.len);
		cr_expect_eq(memcmp(got.as.bytes.at, values[i].as.bytes.at, got.as.bytes.len), 0);
	}
	cr_expect_eq(in.left, 0);
	ots_arena_release(&arena);
	ots_buffer_release(&key);
}

Test(service_key, every_cut_is_refused)
{
	const struct ots_wire_value value = bytes(OTS_VT_BLOB, "\0a\0", 3);
	struct ots_buffer key;
	const struct ots_bytes encoded = encode(&key, &value, 1);
	struct ots_wire_value got;
	struct ots_arena arena;

	ots_arena_init(&arena, 1 << 16);
	for (size_t n = 0; n < encoded.len; n++) {
		uint8_t *copy = malloc(n > 0 ? n : 1);
		struct ots_cursor in = {copy, n, 0};

		cr_assert_not_null(copy);
		memcpy(copy, encoded.at, n);
		cr_expect_not(ots_key_take(&in, OTS_VT_BLOB, &arena, &got), "cut at %zu", n);
		cr_expect_not(ots_key_take(&in, OTS_VT_INTEGER, &arena, &got), "cut at %zu", n);
		cr_expect_eq(in.left, n, "the cursor moved at cut %zu", n);
		free(copy);
	}
	ots_arena_release(&arena);
	ots_buffer_release(&key);
}

Test(service_key, the_longest_key_fits_and_other_kinds_do_not)
{
	static const uint8_t zeros[OTS_KEY_VALUE_MAX_BYTES];
	const struct ots_wire_value value = bytes(OTS_VT_BLOB, zeros, sizeof zeros);
	const struct ots_wire_value values[] = {value, value, value, value};
	const struct ots_wire_value other = {.kind = OTS_VT_DOUBLE};
	struct ots_buffer key;

	cr_expect_eq(encode(&key, values, 4).len, OTS_KEY_ENCODED_MAX_BYTES);
	cr_expect_not(ots_key_put(&key, &value));
	key.len = 0;
	cr_expect_not(ots_key_put(&key, &other));
	cr_expect_eq(key.len, 0);
	ots_buffer_release(&key);
}
