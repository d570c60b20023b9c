#include <otsfs/base/arena.h>
#include <otsfs/base/buffer.h>
#include <otsfs/base/checked.h>
#include <otsfs/base/cursor.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(arena, .timeout = 60);
TestSuite(buffer, .timeout = 60);
TestSuite(cursor, .timeout = 60);
TestSuite(checked, .timeout = 60);

Test(arena, pieces_are_aligned_apart_and_kept_until_reset)
{
	struct ots_arena arena;
	uint8_t *pieces[500];

	ots_arena_init(&arena, 1 << 20);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 500; i++) {
			pieces[i] = ots_arena_alloc(&arena, i);
			cr_assert_not_null(pieces[i]);
			cr_assert_eq((uintptr_t)pieces[i] % 8, 0);
			memset(pieces[i], (int)i & 0xff, i);
		}
		for (size_t i = 1; i < 500; i++)
			cr_assert(pieces[i][0] == (i & 0xff) && pieces[i][i - 1] == (i & 0xff));
		cr_assert_leq(arena.held_bytes, (size_t)1 << 20);
		ots_arena_reset(&arena);
	}
	ots_arena_release(&arena);
	cr_expect_eq(arena.held_bytes, 0);
}

Test(arena, the_cap_holds_at_each_limit)
{
	for (size_t cap = 4088; cap <= 4104; cap++) {
		struct ots_arena arena;

		ots_arena_init(&arena, cap);
		cr_expect_eq(ots_arena_alloc(&arena, 4096) != NULL, cap >= 4096, "%zu", cap);
		cr_expect_null(ots_arena_alloc(&arena, 4096));
		cr_expect_null(ots_arena_alloc(&arena, SIZE_MAX));
		cr_expect_null(ots_arena_alloc(&arena, SIZE_MAX - 7));
		ots_arena_release(&arena);
	}
}

Test(arena, a_lower_cap_holds_even_below_what_is_held)
{
	struct ots_arena arena;

	ots_arena_init(&arena, 1 << 20);
	cr_assert_not_null(ots_arena_alloc(&arena, 100000));
	cr_expect_eq(ots_arena_set_cap(&arena, 50000), (size_t)1 << 20);
	cr_expect_null(ots_arena_alloc(&arena, 100000));
	cr_expect_eq(ots_arena_set_cap(&arena, 1 << 20), 50000);
	cr_expect_not_null(ots_arena_alloc(&arena, 100000));
	ots_arena_release(&arena);
}

Test(arena, copies_are_the_same_bytes)
{
	struct ots_arena arena;
	const char *copy;

	ots_arena_init(&arena, 1 << 16);
	copy = ots_arena_copy(&arena, "abc", 4);
	cr_assert_not_null(copy);
	cr_expect_str_eq(copy, "abc");
	cr_expect_not_null(ots_arena_copy(&arena, NULL, 0));
	ots_arena_release(&arena);
}

Test(buffer, it_grows_up_to_its_limit_and_not_beyond)
{
	for (size_t limit = 0; limit < 600; limit += 7) {
		struct ots_buffer b;
		struct ots_error err = {0};
		size_t n = 0;

		ots_buffer_init(&b, limit);
		while (ots_buffer_put_byte(&b, (uint8_t)n)) /* ends: the limit */
			n++;
		cr_expect_eq(n, limit);
		cr_expect_leq(b.cap, limit);
		cr_expect_not(ots_buffer_put(&b, "x", 1));
		cr_expect_eq(b.len, limit);
		cr_expect(ots_buffer_put(&b, NULL, 0));
		cr_expect_eq(ots_buffer_fail(&b, 1, "text", &err), OTS_LIMIT);
		cr_expect_not_null(strstr(err.text, "text: more than the limit of"), "%s",
				   err.text);
		for (size_t i = 0; i < n; i++)
			cr_assert_eq(b.bytes[i], (uint8_t)i);
		ots_buffer_release(&b);
	}
}

Test(buffer, sums_that_wrap_are_refused)
{
	struct ots_buffer b;
	struct ots_error err = {0};

	ots_buffer_init(&b, SIZE_MAX);
	cr_assert(ots_buffer_puts(&b, "abc"));
	cr_expect_not(ots_buffer_reserve(&b, SIZE_MAX - 1));
	cr_expect_eq(b.len, 3);
	cr_expect_eq(ots_buffer_fail(&b, SIZE_MAX, "text", &err), OTS_LIMIT);
	cr_expect_eq(ots_buffer_fail(&b, 1, "text", &err), OTS_NO_MEMORY);
	cr_expect_str_eq(err.text, "text: no memory for 4 bytes");
	ots_buffer_release(&b);
}

Test(buffer, printf_appends_and_fits_exactly)
{
	for (size_t limit = 6; limit <= 10; limit++) {
		struct ots_buffer b;

		ots_buffer_init(&b, limit);
		cr_assert(ots_buffer_puts(&b, "ab"));
		cr_expect_eq(ots_buffer_printf(&b, "%d-%s", 12, "xyz"), limit >= 8, "%zu", limit);
		cr_expect_eq(b.len, limit >= 8 ? 8 : 2);
		if (limit >= 8)
			cr_expect_eq(memcmp(b.bytes, "ab12-xyz", 8), 0);
		ots_buffer_release(&b);
	}
}

Test(cursor, reading_moves_or_fails_and_stays)
{
	static const uint8_t bytes[] = {1, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0x80};
	struct ots_cursor c = {bytes, sizeof bytes, 100}, part;
	uint8_t u8;
	uint32_t u32;
	uint64_t u64;

	cr_expect(ots_u8(&c, &u8) && u8 == 1);
	cr_expect(ots_u32le(&c, &u32) && u32 == 2);
	cr_expect_not(ots_take(&c, 9, &part));
	cr_expect_not(ots_take(&c, SIZE_MAX, &part));
	cr_expect(c.left == 8 && c.offset == 105);
	cr_expect(ots_u64le(&c, &u64) && u64 == (UINT64_C(0x80) << 56 | 3));
	cr_expect(!ots_u8(&c, &u8) && !ots_u32le(&c, &u32) && !ots_u64le(&c, &u64));
	cr_expect(ots_take(&c, 0, &part) && part.left == 0 && c.offset == 113);
	c = (struct ots_cursor){NULL, 0, 0};
	cr_expect(ots_take(&c, 0, &part));
}

Test(checked, sums_and_products_tell_when_they_do_not_fit)
{
	size_t n;
	uint64_t u;

	cr_expect(ots_size_add(SIZE_MAX - 1, 1, &n) && n == SIZE_MAX);
	cr_expect_not(ots_size_add(SIZE_MAX, 1, &n));
	cr_expect(ots_size_mul(SIZE_MAX / 3, 3, &n) && n == SIZE_MAX / 3 * 3);
	cr_expect_not(ots_size_mul(SIZE_MAX / 2 + 1, 2, &n));
	cr_expect(ots_u64_add(UINT64_MAX, 0, &u) && !ots_u64_add(UINT64_MAX, 1, &u));
	cr_expect(ots_to_size(SIZE_MAX, &n) && n == SIZE_MAX);
}

Test(arena, what_held_secrets_is_released_like_all_else)
{
	struct ots_buffer buffer;
	struct ots_arena arena;

	ots_buffer_init(&buffer, 64);
	ots_buffer_release_wiped(&buffer);
	cr_assert(ots_buffer_puts(&buffer, "secret"));
	ots_buffer_release_wiped(&buffer);
	cr_expect(buffer.bytes == NULL && buffer.len == 0 && buffer.cap == 0);
	cr_expect_eq(buffer.limit, 64);
	ots_arena_init(&arena, (size_t)1024 * 1024);
	ots_arena_release_wiped(&arena);
	for (unsigned i = 0; i < 10; i++)
		cr_assert_not_null(ots_arena_alloc(&arena, 20000));
	ots_arena_release_wiped(&arena);
	cr_expect(arena.block == NULL && arena.held_bytes == 0);
}
