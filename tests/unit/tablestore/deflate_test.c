/* Compressed bodies: what goes in comes out, and a lie about the size costs nothing. */
#include <otsfs/tablestore/wire/deflate.h>

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>

TestSuite(deflate, .timeout = 60);

#define LIMIT_BYTES ((size_t)1024 * 1024)

static struct ots_bytes held(const struct ots_buffer *buffer)
{
	return (struct ots_bytes){buffer->bytes, buffer->len};
}

/* Bytes that compress well, and some that do not. */
static struct ots_buffer packed(size_t len, struct ots_buffer *plain)
{
	struct ots_buffer out;

	ots_buffer_init(&out, LIMIT_BYTES);
	ots_buffer_init(plain, LIMIT_BYTES);
	for (size_t i = 0; i < len; i++)
		cr_assert(ots_buffer_put_byte(plain, (uint8_t)(i % 7 == 0 ? i * i / 7 : 'a')));
	cr_assert(ots_deflate(held(plain), &out));
	return out;
}

static enum ots_status inflate(struct ots_bytes stream, size_t size, size_t limit,
			       struct ots_buffer *out, struct ots_error *err)
{
	/* An exact copy, so that a byte read behind it shows. */
	uint8_t *copy = malloc(stream.len > 0 ? stream.len : 1);
	enum ots_status status;

	cr_assert_not_null(copy);
	memcpy(copy, stream.at, stream.len);
	*err = (struct ots_error){.status = OTS_OK};
	ots_buffer_init(out, limit);
	status = ots_inflate((struct ots_bytes){copy, stream.len}, size, out, err);
	free(copy);
	return status;
}

Test(deflate, a_stream_holds_what_it_was_made_of)
{
	static const size_t sizes[] = {1, 100, 4096, 300000};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct ots_buffer plain, out;
		struct ots_buffer stream = packed(sizes[i], &plain);
		struct ots_error err;

		cr_assert_eq(inflate(held(&stream), sizes[i], sizes[i], &out, &err), OTS_OK, "%s",
			     err.text);
		cr_expect(ots_bytes_equal(held(&out), held(&plain)));
		ots_buffer_release(&plain);
		ots_buffer_release(&stream);
		ots_buffer_release(&out);
	}
}

Test(deflate, a_wrong_size_a_cut_and_bytes_behind_are_refused)
{
	struct ots_buffer plain, out;
	struct ots_buffer stream = packed(500, &plain);
	struct ots_error err;

	for (size_t size = 499; size <= 501; size++) {
		cr_expect_eq(inflate(held(&stream), size, LIMIT_BYTES, &out, &err),
			     size == 500 ? OTS_OK : OTS_CORRUPT, "%zu: %s", size, err.text);
		ots_buffer_release(&out);
	}
	cr_expect_not_null(strstr(err.text, "is no zlib stream of 501 bytes"), "%s", err.text);
	for (size_t cut = 0; cut < stream.len; cut++) {
		cr_expect_eq(inflate((struct ots_bytes){stream.bytes, cut}, 500, LIMIT_BYTES, &out,
				     &err),
			     OTS_CORRUPT, "cut at %zu", cut);
		cr_expect_eq(out.len, (size_t)0);
		ots_buffer_release(&out);
	}
	cr_assert(ots_buffer_put_byte(&stream, 0));
	cr_expect_eq(inflate(held(&stream), 500, LIMIT_BYTES, &out, &err), OTS_CORRUPT);
	ots_buffer_release(&out);
	ots_buffer_release(&stream);
	ots_buffer_release(&plain);
}

Test(deflate, a_size_is_held_against_the_limit_and_the_stream_before_memory_is_taken)
{
	struct ots_buffer plain, out;
	struct ots_buffer stream = packed(1000, &plain);
	struct ots_error err;

	cr_expect_eq(inflate(held(&stream), 1000, 999, &out, &err), OTS_LIMIT);
	cr_expect_str_eq(err.text, "a compressed body says that it holds 1000 bytes, limit 999");
	cr_expect_eq(out.cap, (size_t)0);
	cr_expect_eq(inflate(held(&stream), (stream.len + 1) * 1032, SIZE_MAX, &out, &err),
		     OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "cannot hold"), "%s", err.text);
	cr_expect_eq(out.cap, (size_t)0);
	ots_buffer_release(&stream);
	ots_buffer_release(&plain);
}

Test(deflate, sizes_are_decimal_numbers_above_zero)
{
	static const struct {
		const char *text;
		size_t size; /* 0: refused */
	} cases[] = {
		{"1", 1},
		{"5242880", 5242880},
		{"18446744073709551615", SIZE_MAX},
		{"18446744073709551616", 0},
		{"99999999999999999999999", 0},
		{"", 0},
		{"0", 0},
		{"-1", 0},
		{"+1", 0},
		{" 1", 0},
		{"1x", 0},
		{"0x10", 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t size = 0;
		const bool good = ots_deflate_size(ots_bytes_of(cases[i].text), &size);

		cr_expect_eq(good, cases[i].size > 0, "%s", cases[i].text);
		if (good)
			cr_expect_eq(size, cases[i].size, "%s", cases[i].text);
	}
}
