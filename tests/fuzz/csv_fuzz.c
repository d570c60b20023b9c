/* CSV: fields lie inside the input, records move on, and what is unquoted and written again splits
 * into the same content. */
#include <otsfs/text/csv.h>

#include <stdlib.h>
#include <string.h>

#define FIELDS 16
#define OUT_BYTES ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct ots_bytes all, const struct ots_csv_record *record, size_t kept)
{
	size_t line_feeds = 0;

	if (record->used_bytes > all.len)
		abort();
	for (size_t i = 0; i < record->used_bytes; i++)
		line_feeds += all.at[i] == '\n';
	if (line_feeds != record->line_feeds)
		abort();
	for (size_t i = 0; i < kept; i++) {
		const struct ots_csv_field *f = &record->fields[i];

		if (f->at < all.at || f->len > all.len ||
		    (size_t)(f->at - all.at) > all.len - f->len)
			abort();
	}
}

/* Write the kept fields again and compare what they hold. */
static void check_again(const struct ots_csv_record *record, size_t kept, uint8_t *content,
			size_t size)
{
	struct ots_csv_field fields[FIELDS];
	struct ots_csv_record again = {.fields = fields, .field_limit = FIELDS};
	uint8_t *back = malloc(size + 1);
	struct ots_buffer out;

	ots_buffer_init(&out, OUT_BYTES);
	for (size_t i = 0; i < kept; i++) {
		const size_t n = ots_csv_unquote(&record->fields[i], content);

		if (n > record->fields[i].len || (i > 0 && !ots_buffer_put_byte(&out, ',')) ||
		    !ots_csv_put_field(&out, (struct ots_bytes){content, n}))
			abort();
	}
	if (back == NULL || !ots_buffer_put_byte(&out, '\n') ||
	    ots_csv_scan((struct ots_bytes){out.bytes, out.len}, false, &again) != OTS_CSV_RECORD ||
	    again.field_count != kept || again.used_bytes != out.len)
		abort();
	for (size_t i = 0; i < kept; i++) {
		const size_t n = ots_csv_unquote(&record->fields[i], content);

		if (ots_csv_unquote(&fields[i], back) != n || memcmp(back, content, n) != 0)
			abort();
	}
	free(back);
	ots_buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ots_bytes left = {data, size};
	uint8_t *content;

	if (size > 1 << 16)
		return 0;
	content = malloc(size + 1);
	if (content == NULL)
		abort();
	for (;;) { /* ends: each turn consumes a record, or breaks */
		struct ots_csv_field fields[FIELDS], short_fields[FIELDS];
		struct ots_csv_record record = {.fields = fields, .field_limit = FIELDS};
		struct ots_csv_record more = {.fields = short_fields, .field_limit = FIELDS};
		const enum ots_csv_result result = ots_csv_scan(left, true, &record);
		const size_t kept = record.field_count < FIELDS ? record.field_count : FIELDS;

		if (left.len > 0)
			check_inside(left, &record, kept);
		/* A record that ends by its line does so whether or not more comes. */
		if (ots_csv_scan(left, false, &more) == OTS_CSV_RECORD &&
		    (result != OTS_CSV_RECORD || more.used_bytes != record.used_bytes))
			abort();
		if (result != OTS_CSV_RECORD)
			break;
		if (record.used_bytes == 0)
			abort();
		check_again(&record, kept, content, size);
		left.at += record.used_bytes;
		left.len -= record.used_bytes;
	}
	free(content);
	return 0;
}
