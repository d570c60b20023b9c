/* Properties: a refusal says why; every text of a plan ends in a NUL; a plan that was read decides
 * about any request without ever refusing more rows than it has, and counts what it did. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../../tools/service/cue/book.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct ots_bytes text)
{
	if (text.at != NULL && text.at[text.len] != 0)
		abort();
}

static void check_line(const struct ots_cue_line *line)
{
	check_text(line->match.op);
	check_text(line->match.table);
	check_text(line->match.bucket);
	check_text(line->match.key);
	check_text(line->act.error);
	check_text(line->act.message);
	check_text(line->act.body);
	check_text(line->act.object_state);
	for (size_t i = 0; i < line->act.header_count; i++) {
		check_text(line->act.headers[i].name);
		check_text(line->act.headers[i].value);
	}
	for (size_t i = 1; i < line->act.point_count; i++)
		if (!(line->act.points[i].second > line->act.points[i - 1].second))
			abort();
	if (line->act.has == 0 || line->number == 0)
		abort();
}

/* The file's own text as the body of a request: what names its tables and rows are is anybody's
 * guess. */
static void decide(struct ots_cue_book *book, const char *op, struct ots_bytes body, bool oss)
{
	static struct ots_cue_subject subject;
	static struct ots_cue_verdict verdict;
	bool done;

	ots_cue_subject_read(ots_bytes_of(op), body, &subject);
	if (oss) {
		subject.oss = true;
		subject.table_count = subject.row_count = 0;
		subject.batch = false;
		subject.bucket = ots_bytes_of("b");
		subject.key = ots_bytes_of("k");
	}
	verdict.book = NULL;
	done = ots_cue_book_decide(book, 1500, &subject, &verdict);
	if (done != (verdict.act.has != 0 || verdict.refuses_rows))
		abort();
	if (OTS_CUE_SAYS(&verdict.act, OTS_CUE_ERROR) &&
	    (!OTS_CUE_SAYS(&verdict.act, OTS_CUE_STATUS) ||
	     !OTS_CUE_SAYS(&verdict.act, OTS_CUE_MESSAGE) || verdict.act.error.len == 0))
		abort();
	for (size_t i = subject.row_count; verdict.refuses_rows && i < OTS_CUE_ROWS_MAX; i++)
		if (verdict.rows[i].code != NULL)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Two rows of one table, k and l. */
	static const uint8_t batch[] = {0x0a, 13,  0x0a, 1, 't',  0x12, 3,  0x12,
					1,    'k', 0x12, 3, 0x12, 1,    'l'};
	struct ots_error err = {.status = OTS_OK};
	struct ots_cue_book *book = NULL;
	const enum ots_status status =
		ots_cue_book_new((struct ots_bytes){data, size}, &book, &err);

	if ((status == OTS_OK) != (err.text[0] == '\0') || (status == OTS_OK) != (book != NULL))
		abort();
	if (book == NULL)
		return 0;
	for (size_t i = 0; i < book->plan.line_count; i++)
		check_line(&book->plan.lines[i]);
	for (int n = 0; n < 4; n++) {
		decide(book, "BatchWriteRow", (struct ots_bytes){batch, sizeof batch}, false);
		decide(book, "GetRow", (struct ots_bytes){data, size}, false);
		decide(book, "BatchGetRow", (struct ots_bytes){data, size}, false);
		decide(book, "GetObject", (struct ots_bytes){NULL, 0}, true);
	}
	for (size_t i = 0; i < book->plan.line_count; i++)
		if (atomic_load(&book->tallies[i].used) > atomic_load(&book->tallies[i].met))
			abort();
	ots_cue_book_let_go(book);
	return 0;
}
