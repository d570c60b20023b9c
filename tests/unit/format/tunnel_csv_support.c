#include "tunnel_csv_support.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_CAP ((size_t)512 * 1024 * 1024)

void decode_bytes(const void *bytes, size_t len, const struct ots_records_options *options,
		  struct decoded *out)
{
	uint8_t *copy = malloc(len > 0 ? len : 1); /* exact: the sanitizer sees one too many */
	struct ots_input *input = NULL;
	struct ots_source *source = NULL;
	struct ots_batch batch;

	*out = (struct decoded){.status = OTS_OK};
	ots_batch_init(&out->all, BATCH_CAP);
	ots_batch_init(&batch, BATCH_CAP);
	cr_assert_not_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	cr_assert_eq(ots_input_from_memory((struct ots_bytes){copy, len}, "o.csv", &input, NULL),
		     OTS_OK);
	out->status = ots_tunnel_csv_open(input, options, &source, &out->err);
	while (out->status == OTS_OK) { /* ends: with the source */
		out->status = ots_source_next(source, &batch, &out->err);
		if (out->status != OTS_OK || batch.count == 0)
			break;
		for (size_t i = 0; i < batch.count; i++)
			cr_assert_eq(ots_batch_add_copy(&out->all, &batch.records[i], NULL),
				     OTS_OK);
		if (out->batch_count < sizeof out->ends / sizeof out->ends[0])
			out->ends[out->batch_count] = batch.end;
		out->batch_count++;
	}
	ots_source_close(source);
	ots_input_close(input);
	ots_batch_release(&batch);
	free(copy);
}

void decode_text(const char *text, struct decoded *out)
{
	decode_bytes(text, strlen(text), NULL, out);
}

void decoded_release(struct decoded *d)
{
	ots_batch_release(&d->all);
}

char *load_data(const char *name, size_t *len)
{
	char path[256];
	FILE *file;
	char *bytes = malloc(1 << 20);

	(void)snprintf(path, sizeof path, "tests/data/%s", name);
	file = fopen(path, "rb");
	cr_assert(bytes != NULL && file != NULL, "%s", path);
	*len = fread(bytes, 1, 1 << 20, file);
	(void)fclose(file);
	return bytes;
}

static void show_value(FILE *f, const struct ots_value *v)
{
	switch (v->type) {
	case OTS_STRING:
		(void)fputc('"', f);
		for (size_t i = 0; i < v->as.bytes.len; i++)
			(void)fputc(v->as.bytes.at[i], f);
		(void)fputc('"', f);
		break;
	case OTS_INTEGER: (void)fprintf(f, "%" PRId64, v->as.integer); break;
	case OTS_BINARY:
		(void)fputs("0x", f);
		for (size_t i = 0; i < v->as.bytes.len; i++)
			(void)fprintf(f, "%02x", v->as.bytes.at[i]);
		break;
	case OTS_DOUBLE: (void)fprintf(f, "%.17gd", v->as.real); break;
	case OTS_BOOLEAN: (void)fputs(v->as.boolean ? "true" : "false", f); break;
	}
}

static void show_cell(FILE *f, const struct ots_cell *cell)
{
	(void)fprintf(f, " %.*s", (int)cell->name.len, (const char *)cell->name.at);
	if (cell->has_version)
		(void)fprintf(f, "@%" PRId64, cell->version);
	if (cell->action == OTS_CELL_PUT) {
		(void)fputc('=', f);
		show_value(f, &cell->value);
	} else {
		(void)fputs(cell->action == OTS_CELL_DELETE_VERSION ? "-" : "--", f);
	}
}

static void show_record(FILE *f, const struct ots_record *r)
{
	(void)fprintf(f, "%" PRId64 " %s", r->ts_us, ots_op_word(r->op));
	for (size_t i = 0; i < r->key_count; i++) {
		(void)fprintf(f, " %.*s=", (int)r->key[i].name.len,
			      (const char *)r->key[i].name.at);
		show_value(f, &r->key[i].value);
	}
	if (r->cell_count > 0)
		(void)fputs(" |", f);
	for (size_t i = 0; i < r->cell_count; i++)
		show_cell(f, &r->cells[i]);
	if ((r->flags & OTS_LOSSY_TYPE) != 0)
		(void)fputs(" lossy", f);
	if ((r->flags & OTS_SEQUENCE) != 0)
		(void)fprintf(f, " seq %" PRId64 " %" PRId64, r->epoch, r->row_index);
	(void)fputc('\n', f);
}

const char *show_records(const struct ots_batch *batch)
{
	static char text[65536];
	FILE *f = fmemopen(text, sizeof text, "w");

	cr_assert_not_null(f);
	for (size_t i = 0; i < batch->count; i++)
		show_record(f, &batch->records[i]);
	(void)fputc('\0', f);
	(void)fclose(f);
	return text;
}
