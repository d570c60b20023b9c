#include "page_header.h"

#include "thrift.h"

static uint32_t bit_of(const struct thrift *t, bool got)
{
	return got && t->id > 0 && t->id < 32 ? UINT32_C(1) << t->id : 0;
}

/* DataPageHeader and DictionaryPageHeader: the latter has the first two fields only. */
static bool parse_v1(struct thrift *outer, struct page_header *h, uint32_t need)
{
	struct thrift t = thrift_begin(outer->in);
	uint32_t have = 0;

	while (thrift_next(&t)) {
		bool got = false;

		switch (t.id) {
		case 1: got = thrift_i32(&t, &h->value_count); break;
		case 2: got = thrift_i32(&t, &h->encoding); break;
		case 3:
			if (t.type == THRIFT_TRUE || t.type == THRIFT_FALSE)
				break; /* is_sorted of a dictionary */
			got = thrift_i32(&t, &h->def_encoding);
			break;
		case 4: got = thrift_i32(&t, &h->rep_encoding); break;
		default: thrift_skip(&t); break;
		}
		have |= bit_of(&t, got);
	}
	outer->why = t.why;
	return (have & need) == need;
}

static bool parse_v2(struct thrift *outer, struct page_header *h)
{
	const uint32_t need = 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 6;
	struct thrift t = thrift_begin(outer->in);
	uint32_t have = 0;

	h->is_compressed = true; /* where it is not said */
	while (thrift_next(&t)) {
		bool got = false;

		switch (t.id) {
		case 1: got = thrift_i32(&t, &h->value_count); break;
		case 2: got = thrift_i32(&t, &h->null_count); break;
		case 3: got = thrift_i32(&t, &h->row_count); break;
		case 4: got = thrift_i32(&t, &h->encoding); break;
		case 5: got = thrift_i32(&t, &h->def_bytes); break;
		case 6: got = thrift_i32(&t, &h->rep_bytes); break;
		case 7: (void)thrift_bool(&t, &h->is_compressed); break;
		default: thrift_skip(&t); break;
		}
		have |= bit_of(&t, got);
	}
	outer->why = t.why;
	return (have & need) == need;
}

/* The struct that belongs to the page's type is there, with what it must have. */
static bool parse_details(struct thrift *t, struct page_header *h, uint32_t *kinds)
{
	bool ok = true;

	if (!thrift_struct(t))
		return true;
	if (t->id == 5)
		ok = parse_v1(t, h, 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4);
	else if (t->id == 7)
		ok = parse_v1(t, h, 1U << 1 | 1U << 2);
	else
		ok = parse_v2(t, h);
	*kinds |= bit_of(t, ok);
	return ok;
}

static const char *fault(const struct page_header *h, uint32_t kinds)
{
	static const uint8_t fields[] = {
		[PAGE_DATA] = 5, [PAGE_INDEX] = 0, [PAGE_DICTIONARY] = 7, [PAGE_DATA_V2] = 8};

	if (h->uncompressed_bytes < 0 || h->compressed_bytes < 0)
		return "a negative size";
	if (h->type < 0 || h->type > PAGE_DATA_V2 || h->type == PAGE_INDEX)
		return NULL; /* passed over by its size */
	if ((kinds >> fields[h->type] & 1) == 0)
		return "without the header of its type";
	if (h->value_count < 0)
		return "a negative count of values";
	if (h->type != PAGE_DATA_V2)
		return NULL;
	if (h->null_count < 0 || h->null_count > h->value_count || h->row_count < 0)
		return "counts of nulls or rows that cannot be";
	if (h->def_bytes < 0 || h->rep_bytes < 0 ||
	    (int64_t)h->def_bytes + h->rep_bytes > h->uncompressed_bytes ||
	    (int64_t)h->def_bytes + h->rep_bytes > h->compressed_bytes)
		return "levels longer than the page";
	return NULL;
}

enum ots_status page_header_parse(struct ots_cursor *in, struct page_header *h, bool *short_of,
				  struct ots_error *err)
{
	const uint64_t start = in->offset;
	struct ots_cursor at = *in;
	struct thrift t = thrift_begin(&at);
	uint32_t have = 0, kinds = 0;
	int32_t crc = 0;
	const char *why;

	*h = (struct page_header){0};
	while (thrift_next(&t)) {
		bool got = false;

		switch (t.id) {
		case 1: got = thrift_i32(&t, &h->type); break;
		case 2: got = thrift_i32(&t, &h->uncompressed_bytes); break;
		case 3: got = thrift_i32(&t, &h->compressed_bytes); break;
		case 4: h->has_crc = thrift_i32(&t, &crc); break;
		case 5:
		case 7:
		case 8: (void)parse_details(&t, h, &kinds); break;
		default: thrift_skip(&t); break;
		}
		have |= bit_of(&t, got);
	}
	*short_of = t.why != NULL;
	why = t.why;
	if (why == NULL && (have & 14) != 14)
		why = "a required field is missing";
	if (why == NULL)
		why = fault(h, kinds);
	if (why != NULL)
		return ots_fail_at(err, OTS_CORRUPT, 0, start, "bad page header: %s", why);
	h->crc = (uint32_t)crc;
	*in = at;
	return OTS_OK;
}
