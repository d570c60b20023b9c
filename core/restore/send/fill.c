#include "run.h"

/* So many batches of a source are looked at before answers and controls have their turn. */
#define BATCHES_A_TURN 4

void ots_run_ready(struct ots_run *run, struct ots_out_row *row, bool in_front)
{
	if (in_front) {
		row->next = run->ready;
		run->ready = row;
		if (run->ready_last == NULL)
			run->ready_last = row;
		return;
	}
	row->next = NULL;
	if (run->ready_last != NULL)
		run->ready_last->next = row;
	else
		run->ready = row;
	run->ready_last = row;
}

static struct ots_out_row *pop_ready(struct ots_run *run)
{
	struct ots_out_row *row = run->ready;

	if (row == NULL)
		return NULL;
	run->ready = row->next;
	if (run->ready == NULL)
		run->ready_last = NULL;
	return row;
}

/* The record at hand, the next batch read when there is none.
 * @return NULL at the end, or where the turn is over */
static struct ots_record *peek(struct ots_run *run, unsigned *batches)
{
	if (run->read_ended)
		return NULL;
	if (run->batch == NULL || run->batch_at == run->batch->count) {
		enum ots_status status;

		if (*batches == BATCHES_A_TURN)
			return NULL;
		(*batches)++;
		run->batch_at = 0;
		status = ots_reader_next(run->reader, &run->batch, &run->source, &run->read_error);
		if (status != OTS_OK || run->batch->count == 0) {
			run->read_ended = true;
			return NULL;
		}
	}
	return &run->batch->records[run->batch_at];
}

/* An update without cells changes nothing, and the service may refuse it (tablestore-protocol 4.3);
 * of a row in pieces a piece without cells says nothing either. */
static bool says_nothing(const struct ots_record *record)
{
	return record->cell_count == 0 && (record->op == OTS_UPDATE || record->op == OTS_BASE);
}

/* Take one record over.
 * @param row  NULL: it says nothing, or waits for an earlier one of its key
 * @return false: there is no record, or no room for it now */
static bool take(struct ots_run *run, unsigned *batches, struct ots_out_row **row)
{
	struct ots_record *record = peek(run, batches);
	size_t bytes;

	*row = NULL;
	if (record == NULL)
		return false;
	if (ots_reader_admit(run->job, record, &run->read_error) != OTS_OK) {
		(void)ots_reader_context(run->job, run->source, &run->read_error);
		run->read_ended = true;
		return false;
	}
	bytes = ots_out_row_bytes(record);
	if (run->keys.rows > 0 &&
	    (run->keys.rows >= run->held_rows_max || run->keys.bytes >= run->held_bytes_max ||
	     bytes > run->held_bytes_max - run->keys.bytes))
		return false;
	if (says_nothing(record)) {
		run->counts.read++;
		run->counts.skipped++;
		run->batch_at++;
		return true;
	}
	*row = ots_out_row_new(record, bytes, &run->job->table_schema);
	if (*row == NULL) {
		(void)ots_fail(&run->fatal, OTS_NO_MEMORY, "a row of %zu bytes", bytes);
		return false;
	}
	(*row)->source = run->source;
	run->counts.read++;
	run->batch_at++;
	if (!ots_out_keys_add(&run->keys, *row))
		*row = NULL;
	return true;
}

static struct ots_out_request *new_request(struct ots_run *run, enum ots_out_kind kind, size_t cap)
{
	struct ots_out_request *request = ots_out_request_new(kind, cap);

	if (request == NULL)
		(void)ots_fail(&run->fatal, OTS_NO_MEMORY, "a request of %zu rows", cap);
	return request;
}

/* @return false: the request being filled is full, and the row waits in front of the others */
static bool place(struct ots_run *run, struct ots_out_row *row)
{
	struct ots_error why = {0};
	struct ots_out_request *alone;

	switch (row->kind) {
	case OTS_OUT_BATCH:
		if (run->open == NULL)
			run->open = new_request(run, OTS_OUT_BATCH, OTS_REQUEST_ROWS_MAX);
		if (run->open != NULL && ots_out_request_add(run->open, row))
			return true;
		ots_run_ready(run, row, true);
		return false;
	case OTS_OUT_PUT_ROW:
	case OTS_OUT_PARTS:
		alone = new_request(run, row->kind, 1);
		if (alone == NULL) {
			ots_run_ready(run, row, true);
			return false;
		}
		(void)ots_out_request_add(alone, row);
		ots_out_queue_push(&run->formed, alone);
		return true;
	case OTS_OUT_UNWRITABLE: break;
	}
	(void)ots_out_row_check(row, &run->job->table_schema, &why);
	ots_run_set_aside(run, row, &why);
	return true;
}

bool ots_run_fill(struct ots_run *run)
{
	unsigned batches = 0;

	while (run->fatal.status == OTS_OK &&
	       (run->open == NULL || run->open->count < run->open->cap)) {
		/* ends: the request is full, or no record can be taken */
		struct ots_out_row *row = pop_ready(run);

		if (row == NULL && !take(run, &batches, &row))
			break;
		if (row != NULL && !place(run, row))
			break;
	}
	return batches == BATCHES_A_TURN && !run->read_ended && ots_run_has_room(run);
}
