#include "driver.h"

#include <otsfs/base/bytes.h>
#include <otsfs/tablestore/filter.h>

/* More than the client takes, so that it can be shown to refuse. */
#define FILTERS_MAX 64

/* Filters that are yet to be read from their JSON; parts lie side by side behind their parent. */
struct work {
	const cJSON *in[FILTERS_MAX];
	struct ots_row_filter filters[FILTERS_MAX];
	size_t count;
};

static bool read_compare(struct driver *d, const cJSON *in, struct ots_row_filter *to)
{
	static const char *const words[] = {"EQUAL", "NOT_EQUAL",     "GREATER", "GREATER_OR_EQUAL",
					    "LESS",  "LESS_OR_EQUAL", NULL};
	struct ots_wire_value value;
	size_t word;

	if (!driver_word(in, "compare", words, &word) ||
	    !driver_read_value(d, cJSON_GetObjectItemCaseSensitive(in, "value"), &value) ||
	    !ots_wire_value_to(&value, &to->value))
		return false;
	to->kind = OTS_FILTER_COMPARE;
	to->comparator = (enum ots_comparator)(word + OTS_IS_EQUAL);
	to->column = ots_bytes_of(driver_text(in, "column", ""));
	to->pass_if_missing = driver_flag(in, "pass_if_missing", false);
	to->any_version = driver_flag(in, "any_version", false);
	return true;
}

static bool read_page(const cJSON *page, struct ots_row_filter *to)
{
	to->kind = OTS_FILTER_PAGE;
	to->column_offset = cJSON_GetArrayItem(page, 0)->valueint;
	to->column_limit = cJSON_GetArrayItem(page, 1)->valueint;
	return true;
}

static bool read_parts(const cJSON *parts, enum ots_row_filter_kind kind, struct work *work,
		       struct ots_row_filter *to)
{
	const cJSON *part;

	to->kind = kind;
	to->parts = &work->filters[work->count];
	to->part_count = (size_t)cJSON_GetArraySize(parts);
	cJSON_ArrayForEach(part, parts)
	{
		if (work->count == FILTERS_MAX)
			return false;
		work->in[work->count++] = part;
	}
	return true;
}

static bool read_one(struct driver *d, struct work *work, size_t i)
{
	static const char *const names[] = {"not", "and", "or"};
	static const enum ots_row_filter_kind kinds[] = {OTS_FILTER_NOT, OTS_FILTER_AND,
							 OTS_FILTER_OR};
	const cJSON *page = cJSON_GetObjectItemCaseSensitive(work->in[i], "page");

	work->filters[i] = (struct ots_row_filter){.kind = OTS_FILTER_COMPARE};
	if (cJSON_GetArraySize(page) == 2)
		return read_page(page, &work->filters[i]);
	for (size_t k = 0; k < 3; k++) {
		const cJSON *parts = cJSON_GetObjectItemCaseSensitive(work->in[i], names[k]);

		if (parts != NULL)
			return read_parts(parts, kinds[k], work, &work->filters[i]);
	}
	return read_compare(d, work->in[i], &work->filters[i]);
}

enum ots_status driver_read_filter(struct driver *d, const cJSON *in, struct ots_bytes *filter)
{
	struct work *work = ots_arena_alloc(&d->arena, sizeof *work);
	struct ots_buffer bytes;
	enum ots_status status;

	*filter = (struct ots_bytes){NULL, 0};
	if (in == NULL)
		return OTS_OK;
	if (work == NULL)
		return ots_fail(&d->err, OTS_NO_MEMORY, "filter");
	work->in[0] = in;
	work->count = 1;
	for (size_t i = 0; i < work->count; i++) /* ends: at most FILTERS_MAX */
		if (!read_one(d, work, i))
			return driver_misused(d, "filter");
	ots_buffer_init(&bytes, (size_t)16 * 1024 * 1024);
	status = ots_row_filter_encode(&work->filters[0], &bytes, &d->err);
	if (status == OTS_OK)
		*filter = (struct ots_bytes){ots_arena_copy(&d->arena, bytes.bytes, bytes.len),
					     bytes.len};
	ots_buffer_release(&bytes);
	return status;
}
