#include "subject.h"

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/wire.h>

/* Where a request keeps its tables and rows. Field 1 is the table's name, or the message that
 * begins with it. */
struct form {
	const char *op;
	bool nested; /* field 1 is such a message */
	bool batch;
	unsigned row;        /* field of a row beside the name; 0: none */
	unsigned row_change; /* field of the row in that message; 0: it is the row itself */
};

static const struct form forms[] = {
	{"BatchWriteRow", .nested = true, .batch = true, .row = 2, .row_change = 2},
	{"BatchGetRow", .nested = true, .batch = true, .row = 2},
	{"CreateTable", .nested = true},
	{"PutRow", .row = 2},
	{"UpdateRow", .row = 2},
	{"DeleteRow", .row = 2},
	{"GetRow", .row = 2},
	{"ListTable", .nested = true},
};
/* Every other call names one table and no row. */
static const struct form plain_form = {.op = NULL};

static const struct form *form_of(struct ots_bytes op)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (ots_bytes_are(op, forms[i].op))
			return &forms[i];
	return &plain_form;
}

static void add_row(const struct form *form, struct ots_cursor bytes,
		    struct ots_cue_subject *subject)
{
	struct ots_cue_row *row = &subject->rows[subject->row_count];
	struct ots_field field;

	if (subject->row_count == OTS_CUE_ROWS_MAX)
		return;
	*row = (struct ots_cue_row){.table = (uint8_t)(subject->table_count - 1)};
	if (form->row_change == 0)
		row->plain = (struct ots_bytes){bytes.at, bytes.left};
	else
		while (bytes.left > 0 && ots_field_take(&bytes, &field)) /* ends: it shrinks */
			if (field.number == form->row_change && field.type == OTS_FIELD_BYTES)
				row->plain = (struct ots_bytes){field.bytes.at, field.bytes.left};
	subject->row_count++;
}

/* A message that begins with a table's name: rows are behind it, whatever order they came in. */
static void add_table(const struct form *form, struct ots_cursor in,
		      struct ots_cue_subject *subject)
{
	struct ots_bytes *name;
	struct ots_field field;

	if (subject->table_count == OTS_CUE_TABLES_MAX)
		return;
	name = &subject->tables[subject->table_count++];
	*name = (struct ots_bytes){NULL, 0};
	while (in.left > 0 && ots_field_take(&in, &field)) { /* ends: it shrinks */
		if (field.type != OTS_FIELD_BYTES)
			continue;
		if (field.number == 1)
			*name = (struct ots_bytes){field.bytes.at, field.bytes.left};
		else if (form->row != 0 && field.number == form->row)
			add_row(form, field.bytes, subject);
	}
}

void ots_cue_subject_read(struct ots_bytes op, struct ots_bytes body,
			  struct ots_cue_subject *subject)
{
	const struct form *form = form_of(op);
	struct ots_cursor in = {.at = body.at, .left = body.len};
	struct ots_field field;

	subject->oss = false;
	subject->op = op;
	subject->bucket = subject->key = (struct ots_bytes){NULL, 0};
	subject->batch = form->batch;
	subject->table_count = subject->row_count = 0;
	if (!form->nested) {
		add_table(form, in, subject);
		return;
	}
	while (in.left > 0 && ots_field_take(&in, &field)) /* ends: it shrinks */
		if (field.number == 1 && field.type == OTS_FIELD_BYTES)
			add_table(form, field.bytes, subject);
}
