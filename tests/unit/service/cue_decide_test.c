/* Which requests a line takes, how lines add up, what capacity and partitions give out. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

#include "../../../tools/service/cue/book.h"

TestSuite(cue_decide, .timeout = 60);

#define BODY_MAX_BYTES ((size_t)1024 * 1024)

static struct ots_cue_book *open_book(const char *text)
{
	struct ots_error err = {.status = OTS_OK};
	struct ots_cue_book *book = NULL;

	cr_assert_eq(ots_cue_book_new(ots_bytes_of(text), &book, &err), OTS_OK, "%s: %s", text,
		     err.text);
	return book;
}

/* A BatchWriteRow or BatchGetRow of rows k<first>, k<first + 1> and so on in each table. */
struct asked {
	const char *op;
	const char *tables[3];
	size_t rows[3];
	int64_t first;
	bool integers; /* keys are numbers, not texts */
};

static void put_key(struct ots_buffer *out, int64_t n, bool integer)
{
	char text[32];
	struct ots_wire_row row = {.key_count = 1};

	(void)snprintf(text, sizeof text, "key %08lld", (long long)n);
	row.key[0] = (struct ots_wire_cell){.name = ots_bytes_of("k"), .has_value = true};
	if (integer)
		row.key[0].value = (struct ots_wire_value){OTS_VT_INTEGER, {.integer = n}};
	else
		row.key[0].value =
			(struct ots_wire_value){OTS_VT_STRING, {.bytes = ots_bytes_of(text)}};
	cr_assert(ots_plainbuffer_put_row(out, &row));
}

static void put_bytes(struct ots_buffer *out, uint8_t number, struct ots_bytes bytes)
{
	uint8_t size[10];

	cr_assert(ots_buffer_put_byte(out, (uint8_t)(number << 3 | 2)));
	cr_assert(ots_buffer_put(out, size, (size_t)(ots_varint_write(size, bytes.len) - size)));
	cr_assert(ots_buffer_put(out, bytes.at, bytes.len));
}

static void put_table(struct ots_buffer *body, const struct asked *asked, size_t t)
{
	const bool writes = strcmp(asked->op, "BatchWriteRow") == 0;
	struct ots_buffer table, row, plain;

	ots_buffer_init(&table, BODY_MAX_BYTES);
	put_bytes(&table, 1, ots_bytes_of(asked->tables[t]));
	for (size_t i = 0; i < asked->rows[t]; i++) {
		ots_buffer_init(&plain, BODY_MAX_BYTES);
		ots_buffer_init(&row, BODY_MAX_BYTES);
		put_key(&plain, asked->first + (int64_t)i, asked->integers);
		cr_assert(ots_buffer_put(&row, "\x08\x01", 2)); /* type PUT */
		put_bytes(&row, 2, (struct ots_bytes){plain.bytes, plain.len});
		if (writes)
			put_bytes(&table, 2, (struct ots_bytes){row.bytes, row.len});
		else
			put_bytes(&table, 2, (struct ots_bytes){plain.bytes, plain.len});
		ots_buffer_release(&row);
		ots_buffer_release(&plain);
	}
	put_bytes(body, 1, (struct ots_bytes){table.bytes, table.len});
	ots_buffer_release(&table);
}

/* The request and what is decided about it; texts of the verdict are the book's. */
static struct ots_cue_verdict ask(struct ots_cue_book *book, int64_t now_ms, struct asked asked)
{
	static struct ots_cue_subject subject;
	struct ots_cue_verdict verdict = {.book = NULL};
	struct ots_buffer body;

	ots_buffer_init(&body, BODY_MAX_BYTES);
	for (size_t t = 0; t < 3 && asked.tables[t] != NULL; t++)
		put_table(&body, &asked, t);
	ots_cue_subject_read(ots_bytes_of(asked.op), (struct ots_bytes){body.bytes, body.len},
			     &subject);
	(void)ots_cue_book_decide(book, now_ms, &subject, &verdict);
	ots_buffer_release(&body);
	return verdict;
}

/* A request of one table's name in field 1, or of nothing. */
static struct ots_cue_verdict ask_table(struct ots_cue_book *book, const char *op,
					const char *table)
{
	struct ots_cue_verdict verdict = {.book = NULL};
	struct ots_cue_subject subject;
	struct ots_buffer body;

	ots_buffer_init(&body, BODY_MAX_BYTES);
	if (table != NULL)
		put_bytes(&body, 1, ots_bytes_of(table));
	ots_cue_subject_read(ots_bytes_of(op), (struct ots_bytes){body.bytes, body.len}, &subject);
	(void)ots_cue_book_decide(book, 0, &subject, &verdict);
	ots_buffer_release(&body);
	return verdict;
}

static bool fails(const struct ots_cue_verdict *verdict)
{
	return OTS_CUE_SAYS(&verdict->act, OTS_CUE_ERROR);
}

static bool asks_object(struct ots_cue_book *book, const char *op, const char *bucket,
			const char *key, struct ots_cue_verdict *verdict)
{
	static struct ots_cue_subject subject;

	subject = (struct ots_cue_subject){.oss = true,
					   .op = ots_bytes_of(op),
					   .bucket = ots_bytes_of(bucket),
					   .key = ots_bytes_of(key)};
	return ots_cue_book_decide(book, 0, &subject, verdict);
}

static uint64_t used(struct ots_cue_book *book, size_t line)
{
	return atomic_load(&book->tallies[line].used);
}

Test(cue_decide, a_line_takes_requests_by_operation_and_table)
{
	struct ots_cue_book *book = open_book(
		"{\"match\":{\"op\":\"GetRow\",\"table\":\"t\"},\"do\":{\"error\":\"OTSx\"}}");
	static const struct {
		const char *op, *table;
		bool taken;
	} asked[] = {
		{"GetRow", "t", true},   {"GetRow", "tt", false}, {"GetRow", "", false},
		{"GetRow", NULL, false}, {"PutRow", "t", false},  {"GetRo", "t", false},
	};

	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		const struct ots_cue_verdict verdict = ask_table(book, asked[i].op, asked[i].table);

		cr_expect_eq(fails(&verdict), asked[i].taken, "%s %s", asked[i].op,
			     asked[i].table != NULL ? asked[i].table : "-");
	}
	cr_expect_eq(used(book, 0), 1);
	ots_cue_book_let_go(book);
}

Test(cue_decide, create_table_is_known_by_the_name_inside_its_meta)
{
	struct ots_cue_book *book =
		open_book("{\"match\":{\"table\":\"made\"},\"do\":{\"error\":\"OTSx\"}}");
	struct ots_cue_verdict verdict =
		ask(book, 0, (struct asked){.op = "CreateTable", .tables = {"made"}});

	cr_expect(fails(&verdict));
	verdict = ask(book, 0, (struct asked){.op = "CreateTable", .tables = {"other"}});
	cr_expect(!fails(&verdict));
	ots_cue_book_let_go(book);
}

Test(cue_decide, rows_are_those_of_the_table_by_their_place_in_the_request)
{
	static const char *const ops[] = {"BatchWriteRow", "BatchGetRow"};

	for (size_t n = 0; n < 2; n++) {
		struct ots_cue_book *book =
			open_book("{\"match\":{\"table\":\"b\",\"rows\":[0,2,4,199]},\"do\":"
				  "{\"error\":\"OTSTimeout\",\"message\":\"m\"}}");
		struct ots_cue_verdict verdict = ask(
			book, 0,
			(struct asked){.op = ops[n], .tables = {"a", "b", "a"}, .rows = {2, 2, 2}});

		cr_expect(!fails(&verdict));
		cr_assert(verdict.refuses_rows);
		for (size_t i = 0; i < OTS_CUE_ROWS_MAX; i++)
			cr_expect_eq(verdict.rows[i].code != NULL, i == 2, "%zu", i);
		cr_expect_str_eq(verdict.rows[2].code, "OTSTimeout");
		cr_expect_str_eq(verdict.rows[2].message, "m");
		verdict = ask(book, 0,
			      (struct asked){.op = ops[n], .tables = {"b", "a"}, .rows = {200, 1}});
		cr_assert(verdict.refuses_rows);
		cr_expect(verdict.rows[199].code != NULL);
		verdict =
			ask(book, 0, (struct asked){.op = ops[n], .tables = {"a"}, .rows = {200}});
		cr_expect(!verdict.refuses_rows);
		cr_expect_eq(used(book, 0), 2);
		ots_cue_book_let_go(book);
	}
}

Test(cue_decide, nth_and_every_count_the_requests_that_match_all_else)
{
	struct ots_cue_book *book =
		open_book("{\"match\":{\"op\":\"GetRow\",\"nth\":2,\"every\":3},\"do\":{\"error\":"
			  "\"OTSx\"}}\n"
			  "{\"match\":{\"nth\":4},\"do\":{\"bad_md5\":true}}\n"
			  "{\"match\":{\"every\":4},\"do\":{\"bad_signature\":true}}");

	for (int n = 1; n <= 24; n++) { /* one in two is a GetRow */
		const struct ots_cue_verdict verdict =
			ask_table(book, n % 2 == 0 ? "GetRow" : "PutRow", "t");

		cr_expect_eq(fails(&verdict), n % 2 == 0 && n / 2 % 3 == 2, "%d", n);
		cr_expect_eq(OTS_CUE_SAYS(&verdict.act, OTS_CUE_BAD_MD5), n == 4, "%d", n);
		cr_expect_eq(OTS_CUE_SAYS(&verdict.act, OTS_CUE_BAD_SIGNATURE), n % 4 == 0, "%d",
			     n);
	}
	cr_expect_eq(used(book, 0), 4);
	cr_expect_eq(used(book, 1), 1);
	cr_expect_eq(used(book, 2), 6);
	ots_cue_book_let_go(book);
}

/* The share comes out right, and each line and seed has throws of its own. */
Test(cue_decide, chance_is_a_share_and_the_same_each_time)
{
	static const char text[] =
		"{\"seed\":5}\n"
		"{\"match\":{\"chance\":0.02},\"do\":{\"bad_md5\":true}}\n"
		"{\"match\":{\"chance\":0.02},\"do\":{\"bad_signature\":true}}\n"
		"{\"seed\":6,\"match\":{\"chance\":0.5},\"do\":{\"lose_reply\":true}}\n"
		"{\"match\":{\"chance\":0},\"do\":{\"truncate_body\":0}}\n"
		"{\"match\":{\"chance\":1},\"do\":{\"latency_ms\":0}}";
	struct ots_cue_book *first = open_book(text), *again = open_book(text);
	size_t both = 0;

	for (int n = 0; n < 20000; n++) {
		const struct ots_cue_verdict a = ask_table(first, "GetRow", "t");
		const struct ots_cue_verdict b = ask_table(again, "GetRow", "t");

		cr_assert_eq(a.act.has, b.act.has, "%d", n);
		both += OTS_CUE_SAYS(&a.act, OTS_CUE_BAD_MD5) &&
			OTS_CUE_SAYS(&a.act, OTS_CUE_BAD_SIGNATURE);
	}
	for (size_t line = 0; line < 2; line++)
		cr_expect(used(first, line) > 320 && used(first, line) < 480, "%llu",
			  (unsigned long long)used(first, line));
	cr_expect(both < 30, "%zu", both);
	cr_expect(used(first, 2) > 9700 && used(first, 2) < 10300);
	cr_expect_eq(used(first, 3), 0);
	cr_expect_eq(used(first, 4), 20000);
	ots_cue_book_let_go(first);
	ots_cue_book_let_go(again);
}

Test(cue_decide, of_each_member_the_first_line_counts)
{
	struct ots_cue_book *book = open_book(
		"{\"do\":{\"latency_ms\":5,\"corrupt_byte\":1}}\n"
		"{\"do\":{\"latency_ms\":9,\"error\":\"OTSServerBusy\",\"clock_skew_s\":3}}\n"
		"{\"do\":{\"error\":\"OTSTimeout\",\"status\":500,\"message\":\"no\","
		"\"reset_after_bytes\":7}}");
	const struct ots_cue_verdict verdict = ask_table(book, "GetRow", "t");

	cr_expect_eq(verdict.act.latency_ms, 5);
	cr_expect_eq(verdict.act.corrupt_byte, 1);
	cr_expect_eq(verdict.act.clock_skew_s, 3);
	cr_expect_eq(verdict.act.reset_after_bytes, 7);
	cr_expect(ots_bytes_are(verdict.act.error, "OTSServerBusy"));
	cr_expect(ots_bytes_are(verdict.act.message, "Server is busy."));
	cr_expect_eq(verdict.act.status, 503);
	ots_cue_book_let_go(book);
}

Test(cue_decide, each_service_sees_its_own_lines)
{
	struct ots_cue_book *book = open_book(
		"{\"match\":{\"key\":\"a/\",\"bucket\":\"b\"},\"do\":{\"error\":\"NoSuchKey\"}}\n"
		"{\"do\":{\"wrong_crc\":true}}\n"
		"{\"do\":{\"bad_signature\":true}}\n"
		"{\"match\":{\"table\":\"t\"},\"do\":{\"latency_ms\":1}}\n"
		"{\"do\":{\"status\":502,\"body\":\"<html>\"}}");
	struct ots_cue_verdict verdict = ask_table(book, "GetRow", "t");

	cr_expect_eq(verdict.act.has,
		     OTS_CUE_BIT(OTS_CUE_BAD_SIGNATURE) | OTS_CUE_BIT(OTS_CUE_LATENCY_MS));
	cr_expect(asks_object(book, "GetObject", "b", "a/x", &verdict));
	cr_expect(ots_bytes_are(verdict.act.error, "NoSuchKey"));
	cr_expect_eq(verdict.act.status, 404);
	cr_expect(OTS_CUE_SAYS(&verdict.act, OTS_CUE_WRONG_CRC));
	cr_expect(ots_bytes_are(verdict.act.body, "<html>"));
	cr_expect(!OTS_CUE_SAYS(&verdict.act, OTS_CUE_BAD_SIGNATURE));
	cr_expect(asks_object(book, "GetObject", "b", "a", &verdict));
	cr_expect(!fails(&verdict));
	cr_expect_eq(verdict.act.status, 502);
	cr_expect(asks_object(book, "GetObject", "bb", "a/x", &verdict));
	cr_expect(!fails(&verdict));
	cr_expect_eq(used(book, 0), 1);
	cr_expect_eq(used(book, 1), 3);
	cr_expect_eq(used(book, 2), 1);
	ots_cue_book_let_go(book);
}

static size_t refused(const struct ots_cue_verdict *verdict, const char *code, size_t rows)
{
	size_t count = 0;

	for (size_t i = 0; verdict->refuses_rows && i < rows; i++)
		count += verdict->rows[i].code != NULL && strcmp(verdict->rows[i].code, code) == 0;
	return count;
}

#define NO_CAPACITY "OTSNotEnoughCapacityUnit"

Test(cue_decide, capacity_is_what_the_trace_brought_and_one_second_of_it_at_most)
{
	static const struct {
		int64_t now_ms;
		size_t rows;
		size_t refused; /* SIZE_MAX: the request as a whole */
	} asked[] = {
		{900, 100, 0},       /* the trace has not begun */
		{1000, 1, SIZE_MAX}, /* it begins with nothing in hand */
		{1500, 100, 50},     /* half a second of 100 a second */
		{1500, 1, SIZE_MAX}, /* the bucket is empty */
		{1400, 1, SIZE_MAX}, /* a late one: time does not go back */
		{60000, 150, 50},    /* idle: one second and no more */
		{61010, 200, 190},   /* 10 a second from 61 on: what was more is gone */
		{62010, 20, 10},
		{71000, 5, SIZE_MAX}, /* nothing from 70 on, what was left is gone */
		{100000000, 5, SIZE_MAX},
	};
	struct ots_cue_book *book = open_book("{\"do\":{\"capacity\":[[1,100],[61,10],[70,0]]}}");

	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		const struct ots_cue_verdict verdict = ask(book, asked[i].now_ms,
							   (struct asked){.op = "BatchWriteRow",
									  .tables = {"t"},
									  .rows = {asked[i].rows}});

		cr_expect_eq(fails(&verdict), asked[i].refused == SIZE_MAX, "%zu", i);
		if (fails(&verdict))
			cr_expect(ots_bytes_are(verdict.act.error, "OTSServerBusy"));
		else
			cr_expect_eq(refused(&verdict, NO_CAPACITY, asked[i].rows),
				     asked[i].refused, "%zu: %zu", i,
				     refused(&verdict, NO_CAPACITY, asked[i].rows));
	}
	ots_cue_book_let_go(book);
}

Test(cue_decide, what_a_line_above_refuses_takes_no_capacity)
{
	struct ots_cue_book *book = open_book(
		"{\"match\":{\"nth\":1},\"do\":{\"error\":\"OTSTimeout\"}}\n"
		"{\"match\":{\"nth\":2,\"rows\":[0,1,2,3]},\"do\":{\"error\":\"OTSTimeout\"}}\n"
		"{\"do\":{\"capacity\":[[0,10]]}}");
	const struct asked ten = {.op = "BatchWriteRow", .tables = {"t"}, .rows = {10}};
	struct ots_cue_verdict verdict = ask(book, 5000, ten);

	cr_expect(fails(&verdict) && ots_bytes_are(verdict.act.error, "OTSTimeout"));
	verdict = ask(book, 5000, ten); /* the second of the line above: not of the one below */
	cr_expect_eq(refused(&verdict, "OTSTimeout", 10), 4);
	cr_expect_eq(refused(&verdict, NO_CAPACITY, 10), 0);
	verdict = ask(book, 5000, ten);
	cr_expect_eq(refused(&verdict, NO_CAPACITY, 10), 6, "four were left");
	ots_cue_book_let_go(book);
}

Test(cue_decide, a_single_row_without_capacity_fails_as_a_call)
{
	struct ots_cue_book *book = open_book("{\"do\":{\"capacity\":[[0,0]]}}");
	struct ots_cue_verdict verdict = {.book = NULL};
	struct ots_cue_subject subject;
	struct ots_buffer body;

	ots_buffer_init(&body, BODY_MAX_BYTES);
	put_bytes(&body, 1, ots_bytes_of("t"));
	put_bytes(&body, 2, ots_bytes_of("row"));
	ots_cue_subject_read(ots_bytes_of("PutRow"), (struct ots_bytes){body.bytes, body.len},
			     &subject);
	cr_expect(ots_cue_book_decide(book, 0, &subject, &verdict));
	cr_expect(ots_bytes_are(verdict.act.error, NO_CAPACITY));
	cr_expect_eq(verdict.act.status, 403);
	verdict = ask_table(book, "GetRange", "t");
	cr_expect(!fails(&verdict), "a call that names no row takes none");
	ots_buffer_release(&body);
	ots_cue_book_let_go(book);
}

/* Keys of equal distance: each range has its part of them, in order. */
Test(cue_decide, partitions_are_ranges_of_the_keys_that_were_seen)
{
	for (int integers = 0; integers < 2; integers++) {
		struct ots_cue_book *book = open_book("{\"do\":{\"partitions\":4,\"hot\":2}}");
		const struct asked all = {.op = "BatchWriteRow",
					  .tables = {"t"},
					  .rows = {100},
					  .integers = integers != 0};
		struct ots_cue_verdict verdict = ask(book, 1000, all);

		cr_expect(!verdict.refuses_rows && !fails(&verdict), "a second of 100 rows");
		for (int n = 0; n < 5; n++)
			(void)ask(book, 1000, all);
		verdict = ask(book, 1000, all);
		cr_assert(verdict.refuses_rows);
		for (size_t i = 0; i < 100; i++)
			if (verdict.rows[i].code != NULL)
				cr_expect(i >= 50 && i < 75, "%zu is in the third of four", i);
		cr_expect(refused(&verdict, NO_CAPACITY, 100) >= 20);
		ots_cue_book_let_go(book);
	}
}

Test(cue_decide, a_range_that_took_many_rows_moves_for_a_while)
{
	struct ots_cue_book *book = open_book("{\"do\":{\"partitions\":1}}");
	const struct asked many = {.op = "BatchWriteRow", .tables = {"t"}, .rows = {200}};
	struct ots_cue_verdict verdict;

	for (int n = 0; n < OTS_THROTTLE_MOVE_ROWS / 200; n++) {
		verdict = ask(book, 0, many);
		cr_expect(!verdict.refuses_rows);
	}
	verdict = ask(book, OTS_THROTTLE_MOVE_MS - 1, many);
	cr_expect_eq(refused(&verdict, "OTSPartitionUnavailable", 200), 200);
	verdict = ask(book, OTS_THROTTLE_MOVE_MS, many);
	cr_expect(!verdict.refuses_rows && !fails(&verdict));
	ots_cue_book_let_go(book);
}

/* What is no message is looked at as far as it goes; the call itself refuses it. */
Test(cue_decide, every_cut_of_a_request_can_be_asked_about)
{
	struct ots_cue_book *book =
		open_book("{\"match\":{\"table\":\"t\",\"rows\":[1]},\"do\":{\"error\":\"OTSx\"}}\n"
			  "{\"do\":{\"partitions\":3}}");
	const struct asked asked = {.op = "BatchWriteRow", .tables = {"t", "u"}, .rows = {2, 2}};
	struct ots_cue_verdict verdict = {.book = NULL};
	static struct ots_cue_subject subject;
	struct ots_buffer body;

	ots_buffer_init(&body, BODY_MAX_BYTES);
	put_table(&body, &asked, 0);
	put_table(&body, &asked, 1);
	for (size_t n = 0; n <= body.len; n++) {
		uint8_t *bytes = malloc(n > 0 ? n : 1);

		cr_assert(bytes != NULL);
		if (n > 0)
			memcpy(bytes, body.bytes, n);
		ots_cue_subject_read(ots_bytes_of(asked.op), (struct ots_bytes){bytes, n},
				     &subject);
		cr_expect(subject.row_count <= 4 && subject.table_count <= 2);
		(void)ots_cue_book_decide(book, 0, &subject, &verdict);
		free(bytes);
	}
	cr_expect_eq(subject.row_count, 4);
	ots_buffer_release(&body);
	ots_cue_book_let_go(book);
}
