#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/record/batch.h>

#include "vectors.h"

#define VECTORS "tests/data/plainbuffer-vectors.json"
#define ARENA_BYTES ((size_t)4 * 1024 * 1024)
#define CELL_LIMIT 1024

TestSuite(plainbuffer, .timeout = 60);

/* A heap copy of exactly n bytes: ASan sees one too many. */
static uint8_t *exact_copy(const void *bytes, size_t n)
{
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	cr_assert_not_null(copy);
	if (n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

static bool is_row_kind(const char *kind)
{
	return strcmp(kind, "primary_key") == 0 || strcmp(kind, "put") == 0 ||
	       strcmp(kind, "update") == 0 || strcmp(kind, "delete") == 0 ||
	       strcmp(kind, "stream_row") == 0;
}

static struct ots_wire_row row_of(struct ots_arena *arena, const cJSON *vector, const char *name)
{
	static const uint8_t with_nul[] = {'a', 0, 'b'};
	struct ots_wire_row row = vectors_row(arena, vector);

	/* cJSON ends texts at a zero byte. */
	if (strcmp(name, "pk_string_embedded_nul") == 0)
		row.key[0].value.as.bytes = (struct ots_bytes){with_nul, sizeof with_nul};
	return row;
}

static void check_row_vector(struct ots_arena *arena, const cJSON *vector, const char *name)
{
	const struct ots_bytes expected = vectors_hex(arena, vectors_text(vector, "hex"));
	const struct ots_wire_row row = row_of(arena, vector, name);
	struct ots_plainbuffer_reader reader = {.in = {expected.at, expected.len, 0}};
	struct ots_wire_row read;
	struct ots_buffer out;
	struct ots_error err = {0};
	bool more = false;

	ots_buffer_init(&out, 65536);
	cr_assert(ots_plainbuffer_put_row(&out, &row), "%s", name);
	cr_expect(out.len == expected.len && memcmp(out.bytes, expected.at, out.len) == 0,
		  "%s: encoding differs", name);
	cr_assert_eq(ots_plainbuffer_next(&reader, CELL_LIMIT, arena, &read, &more, &err), OTS_OK,
		     "%s: %s", name, err.text);
	cr_expect(more && vectors_same_row(&row, &read), "%s: content differs", name);
	cr_expect_eq(reader.in.left, 0, "%s", name);
	cr_assert_eq(ots_plainbuffer_next(&reader, CELL_LIMIT, arena, &read, &more, &err), OTS_OK);
	cr_expect_not(more, "%s: a second row", name);
	ots_buffer_release(&out);
}

Test(plainbuffer, encodes_and_decodes_every_row_vector)
{
	cJSON *json = vectors_load(VECTORS);
	const cJSON *vector;
	struct ots_arena arena;
	unsigned count = 0;

	ots_arena_init(&arena, ARENA_BYTES);
	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		if (!is_row_kind(vectors_text(vector, "kind")))
			continue;
		check_row_vector(&arena, vector, vectors_text(vector, "name"));
		count++;
	}
	/* All 73 but five bare values, one of two rows and the three of later issues. */
	cr_expect_eq(count, 64, "%u vectors", count);
	ots_arena_release(&arena);
	cJSON_Delete(json);
}

Test(plainbuffer, encodes_and_decodes_every_bare_value_vector)
{
	cJSON *json = vectors_load(VECTORS);
	const cJSON *vector;
	struct ots_arena arena;
	unsigned count = 0;

	ots_arena_init(&arena, ARENA_BYTES);
	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		const char *name = vectors_text(vector, "name");
		const struct ots_bytes hex = vectors_hex(&arena, vectors_text(vector, "hex"));
		struct ots_cursor in = {hex.at, hex.len, 0};
		struct ots_wire_value value, read;
		struct ots_buffer out;

		if (strcmp(vectors_text(vector, "kind"), "value") != 0)
			continue;
		value = vectors_value(&arena, cJSON_GetObjectItem(vector, "value"));
		ots_buffer_init(&out, hex.len);
		cr_assert(ots_plainbuffer_put_value(&out, &value), "%s", name);
		cr_expect(out.len == hex.len && memcmp(out.bytes, hex.at, hex.len) == 0, "%s",
			  name);
		cr_assert(ots_plainbuffer_take_value(&in, &read), "%s", name);
		cr_expect(read.kind == value.kind && in.left == 0, "%s", name);
		for (size_t n = 0; n < hex.len; n++) {
			uint8_t *cut = exact_copy(hex.at, n);
			struct ots_cursor short_in = {cut, n, 7};

			cr_expect_not(ots_plainbuffer_take_value(&short_in, &read), "%s cut at %zu",
				      name, n);
			cr_expect_eq(short_in.left, n, "%s: a failed take moves nothing", name);
			free(cut);
		}
		ots_buffer_release(&out);
		count++;
	}
	cr_expect_eq(count, 5);
	ots_arena_release(&arena);
	cJSON_Delete(json);
}

Test(plainbuffer, reads_two_rows_behind_one_header)
{
	cJSON *json = vectors_load(VECTORS);
	const cJSON *vector;
	struct ots_arena arena;
	bool found = false;

	ots_arena_init(&arena, ARENA_BYTES);
	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		const cJSON *rows = cJSON_GetObjectItem(vector, "rows");
		struct ots_bytes hex;
		struct ots_buffer out;

		if (strcmp(vectors_text(vector, "kind"), "rows") != 0)
			continue;
		found = true;
		hex = vectors_hex(&arena, vectors_text(vector, "hex"));
		ots_buffer_init(&out, 65536);
		struct ots_plainbuffer_reader reader = {.in = {hex.at, hex.len, 0}};
		for (int i = 0; i < 2; i++) {
			const struct ots_wire_row row =
				vectors_row(&arena, cJSON_GetArrayItem(rows, i));
			struct ots_wire_row read;
			bool more = false;

			cr_assert(i == 0 ? ots_plainbuffer_put_row(&out, &row)
					 : ots_plainbuffer_put_bare_row(&out, &row));
			cr_assert_eq(ots_plainbuffer_next(&reader, CELL_LIMIT, &arena, &read, &more,
							  NULL),
				     OTS_OK);
			cr_expect(more && vectors_same_row(&row, &read), "row %d", i);
		}
		cr_expect(out.len == hex.len && memcmp(out.bytes, hex.at, hex.len) == 0);
		ots_buffer_release(&out);
	}
	cr_expect(found);
	ots_arena_release(&arena);
	cJSON_Delete(json);
}

Test(plainbuffer, every_cut_and_every_changed_byte_of_every_vector_is_refused)
{
	cJSON *json = vectors_load(VECTORS);
	const cJSON *vector;
	struct ots_arena arena;
	unsigned passed = 0, tried = 0;

	ots_arena_init(&arena, ARENA_BYTES);
	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors"))
	{
		const char *name = vectors_text(vector, "name");
		const struct ots_bytes hex = vectors_hex(&arena, vectors_text(vector, "hex"));
		struct ots_wire_row read;
		bool more;

		if (!is_row_kind(vectors_text(vector, "kind")))
			continue;
		for (size_t n = 1; n < hex.len; n++) {
			uint8_t *cut = exact_copy(hex.at, n);
			struct ots_plainbuffer_reader reader = {.in = {cut, n, 0}};
			struct ots_error err = {0};

			cr_expect_eq(ots_plainbuffer_next(&reader, CELL_LIMIT, &arena, &read, &more,
							  &err),
				     OTS_CORRUPT, "%s cut at %zu", name, n);
			cr_expect(strstr(err.text, "PlainBuffer: ") == err.text && err.placed,
				  "%s cut at %zu: %s", name, n, err.text);
			free(cut);
		}
		for (size_t i = 0; i < hex.len; i++) {
			uint8_t *bad = exact_copy(hex.at, hex.len);
			struct ots_plainbuffer_reader reader = {.in = {bad, hex.len, 0}};
			struct ots_error err = {0};

			bad[i] ^= 0x41;
			tried++;
			if (ots_plainbuffer_next(&reader, CELL_LIMIT, &arena, &read, &more, &err) ==
			    OTS_OK) {
				/* The sequence is not in a checksum (3.6): only it may differ. */
				cr_expect(read.has_sequence ||
						  cJSON_GetObjectItem(vector, "sequence_info"),
					  "%s: byte %zu changed unseen", name, i);
				passed++;
			}
			free(bad);
		}
	}
	cr_expect_lt(passed, tried / 20, "%u of %u changes unseen", passed, tried);
	ots_arena_release(&arena);
	cJSON_Delete(json);
}

/* Bytes of one INTEGER key column pk = 1 in front, then what a test adds, then the checksums'
 * bytes where a test gives them. */
#define HEADER "\x75\0\0\0"
#define KEY "\x01\x03\x04\x02\0\0\0pk\x05\x09\0\0\0\0\x01\0\0\0\0\0\0\0\x0a\x4c"

static enum ots_status read_text(const char *bytes, size_t len, size_t cell_limit,
				 struct ots_error *err)
{
	uint8_t *copy = exact_copy(bytes, len);
	struct ots_plainbuffer_reader reader = {.in = {copy, len, 0}};
	struct ots_arena arena;
	struct ots_wire_row row;
	enum ots_status status;
	bool more;

	ots_arena_init(&arena, ARENA_BYTES);
	status = ots_plainbuffer_next(&reader, cell_limit, &arena, &row, &more, err);
	ots_arena_release(&arena);
	free(copy);
	return status;
}

static void expect_refused(const char *bytes, size_t len, const char *text)
{
	struct ots_error err = {0};

	cr_expect_eq(read_text(bytes, len, CELL_LIMIT, &err), OTS_CORRUPT, "wanted: %s", text);
	cr_expect_not_null(strstr(err.text, text), "wanted: %s, found: %s", text, err.text);
}

#define REFUSED(bytes, text) expect_refused(bytes, sizeof(bytes) - 1, text)

Test(plainbuffer, refuses_what_no_writer_makes_and_says_what_it_found)
{
	REFUSED("\x76\0\0\0\x01", "header is 0x00000076, expected 0x00000075 at byte 0");
	REFUSED(HEADER "\x02", "expected primary key (tag 0x01), found 0x02 at byte 4");
	REFUSED(HEADER "\x01\x09\0", "primary key without columns at byte 5");
	REFUSED(HEADER KEY "\x09\xa8", "row checksum is 0xa8, computed 0xa7");
	REFUSED(HEADER KEY "\x02\x08\x02", "expected row checksum (tag 0x09), found 0x02");
	/* A value in a length that is one too long. */
	REFUSED(HEADER "\x01\x03\x04\x02\0\0\0pk\x05\x0a\0\0\0\0\x01\0\0\0\0\0\0\0\0\x0a\x4c",
		"value of 9 bytes in a length of 10");
	/* An unknown type, a boolean of 2, an inner length beyond the outer one. */
	REFUSED(HEADER "\x01\x03\x04\x01\0\0\0k\x05\x01\0\0\0\x05\x0a\0", "does not decode");
	REFUSED(HEADER KEY "\x02\x03\x04\x01\0\0\0c\x05\x02\0\0\0\x02\x02\x0a\0",
		"does not decode");
	REFUSED(HEADER "\x01\x03\x04\x01\0\0\0k\x05\x06\0\0\0\x03\x02\0\0\0a\x0a\0",
		"does not decode");
	/* A name longer than what is left. */
	REFUSED(HEADER "\x01\x03\x04\xff\xff\xff\xffk\x05", "cell name cut short");
	/* Operation 2 is unknown; a put needs a value. */
	REFUSED(HEADER KEY "\x02\x03\x04\x01\0\0\0c\x06\x02\x0a\0", "unknown cell operation 2");
	REFUSED(HEADER "\x01\x03\x04\x01\0\0\0k\x0a\x16", "cell that no key can have at byte 5");
	REFUSED(HEADER KEY "\x02\x03\x04\x01\0\0\0k\x0a\x16", "cell that no attribute can have");
	REFUSED(HEADER KEY "\x0b\x05\0\0\0\x0c\0\0\0\0\x09\xa7", "sequence info does not decode");
	REFUSED(HEADER KEY "\x0b\x04\0\0\0\x0c\0\0\0\x09\xa7", "extension cut short");
}

Test(plainbuffer, an_empty_buffer_is_no_row_and_a_header_alone_is_cut)
{
	struct ots_error err = {0};

	cr_expect_eq(read_text("", 0, CELL_LIMIT, &err), OTS_OK);
	REFUSED(HEADER, "primary key cut short");
}

Test(plainbuffer, unknown_parts_of_the_extension_are_passed_over)
{
	static const char bytes[] =
		HEADER KEY "\x0b\x1f\0\0\0\x55\x02\0\0\0zz\x0c\x13\0\0\0\x0d\x01\0\0\0\x0e\x02\0\0"
			   "\0\0\0\0\0\x0f\x03\0\0\0\x09\xa7";
	struct ots_error err = {0};

	cr_expect_eq(read_text(bytes, sizeof bytes - 1, CELL_LIMIT, &err), OTS_OK, "%s", err.text);
}

Test(plainbuffer, the_limit_of_cells_is_exact)
{
	static const uint8_t name[] = {'c'};
	struct ots_wire_cell cells[3];
	struct ots_wire_row row = {.key_count = 1, .cells = cells, .cell_count = 3};
	struct ots_error err = {0};
	struct ots_buffer out;

	row.key[0] = (struct ots_wire_cell){.name = {name, 1}, .has_value = true};
	for (size_t i = 0; i < 3; i++)
		cells[i] = (struct ots_wire_cell){.name = {name, 1}, .op = OTS_WIRE_DELETE_ALL};
	ots_buffer_init(&out, 4096);
	cr_assert(ots_plainbuffer_put_row(&out, &row));
	cr_expect_eq(read_text((const char *)out.bytes, out.len, 4, &err), OTS_OK);
	cr_expect_eq(read_text((const char *)out.bytes, out.len, 3, &err), OTS_OK);
	cr_expect_eq(read_text((const char *)out.bytes, out.len, 2, &err), OTS_LIMIT);
	cr_expect_not_null(strstr(err.text, "row of more than 2 attribute cells at byte"), "%s",
			   err.text);
	ots_buffer_release(&out);
}

Test(plainbuffer, a_lenient_reader_passes_over_what_follows_a_row)
{
	static const char bytes[] = HEADER KEY "\x09\xa7\0\0\0\0\0" KEY "\x09\xa7\0";
	struct ots_plainbuffer_reader strict = {
		.in = {(const uint8_t *)bytes, sizeof bytes - 1, 0}};
	struct ots_plainbuffer_reader lenient = strict;
	struct ots_arena arena;
	struct ots_wire_row row;
	unsigned count = 0;
	bool more;

	ots_arena_init(&arena, ARENA_BYTES);
	lenient.lenient_tail = true;
	cr_assert_eq(ots_plainbuffer_next(&strict, 10, &arena, &row, &more, NULL), OTS_OK);
	cr_expect_eq(ots_plainbuffer_next(&strict, 10, &arena, &row, &more, NULL), OTS_CORRUPT);
	do { /* ends: each turn takes a row */
		cr_assert_eq(ots_plainbuffer_next(&lenient, 10, &arena, &row, &more, NULL), OTS_OK);
		count += more;
	} while (more);
	cr_expect_eq(count, 2);
	ots_arena_release(&arena);
}

Test(plainbuffer, crc_is_the_same_however_the_bytes_are_cut)
{
	uint8_t bytes[67];

	cr_expect_eq(ots_crc8(0, "123456789", 9), 0xF4);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		uint8_t slow = 0;

		for (size_t i = 0; i < n; i++) {
			slow ^= bytes[i];
			for (unsigned bit = 0; bit < 8; bit++)
				slow = (uint8_t)((slow & 0x80) != 0 ? slow << 1 ^ 0x07 : slow << 1);
		}
		cr_expect_eq(ots_crc8(0, bytes, n), slow, "%zu bytes", n);
		cr_expect_eq(ots_crc8(ots_crc8(0, bytes, n / 3), bytes + n / 3, n - n / 3), slow);
	}
}
