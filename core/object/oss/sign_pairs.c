#include "sign_pairs.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/percent.h>

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

int ots_oss_compare_headers(struct ots_bytes a, struct ots_bytes b)
{
	const size_t common = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < common; i++) {
		const int order = (int)lower(a.at[i]) - (int)lower(b.at[i]);

		if (order != 0)
			return order;
	}
	return (a.len > b.len) - (a.len < b.len);
}

bool ots_oss_header_is(struct ots_bytes name, const char *lower_text)
{
	return ots_oss_compare_headers(name, ots_bytes_of(lower_text)) == 0;
}

bool ots_oss_header_begins(struct ots_bytes name, const char *lower_text)
{
	const size_t len = strlen(lower_text);

	return name.len >= len && ots_oss_header_is((struct ots_bytes){name.at, len}, lower_text);
}

bool ots_oss_put_lower(struct ots_buffer *out, struct ots_bytes name)
{
	if (!ots_buffer_reserve(out, name.len))
		return false;
	for (size_t i = 0; i < name.len; i++)
		out->bytes[out->len++] = lower(name.at[i]);
	return true;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct ots_bytes trim(struct ots_bytes value)
{
	while (value.len > 0 && is_blank(value.at[0])) { /* ends: the value shrinks */
		value.at++;
		value.len--;
	}
	while (value.len > 0 && is_blank(value.at[value.len - 1]))
		value.len--;
	return value;
}

/* The headers that count, ascending, those of one name in the order in which they came: few enough
 * for insertion. @return false: too many */
static bool sort_headers(const struct ots_oss_request *request,
			 bool (*counts)(const struct ots_oss_request *request,
					struct ots_bytes name),
			 const struct ots_oss_pair **sorted, size_t *sorted_count)
{
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++) {
		const struct ots_bytes name = request->headers[i].name;
		size_t at;

		if (!counts(request, name))
			continue;
		if (count == OTS_OSS_PAIRS_MAX)
			return false;
		for (at = count; at > 0 && ots_oss_compare_headers(sorted[at - 1]->name, name) > 0;
		     at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = &request->headers[i];
		count++;
	}
	*sorted_count = count;
	return true;
}

bool ots_oss_put_headers(const struct ots_oss_request *request,
			 bool (*counts)(const struct ots_oss_request *request,
					struct ots_bytes name),
			 struct ots_buffer *out)
{
	const struct ots_oss_pair *sorted[OTS_OSS_PAIRS_MAX];
	size_t count = 0;

	if (!sort_headers(request, counts, sorted, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct ots_bytes value = trim(sorted[i]->value);
		const bool again =
			i > 0 && ots_oss_compare_headers(sorted[i - 1]->name, sorted[i]->name) == 0;
		const bool more = i + 1 < count && ots_oss_compare_headers(sorted[i + 1]->name,
									   sorted[i]->name) == 0;

		if (!(again ? ots_buffer_put_byte(out, ',')
			    : ots_oss_put_lower(out, sorted[i]->name) &&
				      ots_buffer_put_byte(out, ':')) ||
		    !ots_buffer_put(out, value.at, value.len) ||
		    (!more && !ots_buffer_put_byte(out, '\n')))
			return false;
	}
	return true;
}

struct ots_bytes ots_oss_header(const struct ots_oss_request *request, const char *lower_text)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (ots_oss_header_is(request->headers[i].name, lower_text))
			return trim(request->headers[i].value);
	return (struct ots_bytes){NULL, 0};
}

static int compare_bytes(struct ots_bytes a, struct ots_bytes b)
{
	const size_t common = a.len < b.len ? a.len : b.len;
	const int order = common > 0 ? memcmp(a.at, b.at, common) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct ots_oss_pair *first = a, *second = b;
	const int order = compare_bytes(first->name, second->name);

	return order != 0 ? order : compare_bytes(first->value, second->value);
}

void ots_oss_sort_pairs(struct ots_oss_pair *pairs, size_t count)
{
	if (count > 1)
		qsort(pairs, count, sizeof *pairs, compare_pairs);
}

bool ots_oss_put_query(const struct ots_oss_pair *pairs, size_t count, struct ots_buffer *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct ots_oss_pair *pair = &pairs[i];

		if ((i > 0 && !ots_buffer_put_byte(out, '&')) ||
		    !ots_buffer_put(out, pair->name.at, pair->name.len) ||
		    (pair->value.len > 0 &&
		     (!ots_buffer_put_byte(out, '=') ||
		      !ots_buffer_put(out, pair->value.at, pair->value.len))))
			return false;
	}
	return true;
}

/* Names and values are encoded first and sorted then: `%` stands before the letters, what it
 * stands for may not. */
bool ots_oss_put_encoded_query(const struct ots_oss_pair *pairs, size_t count,
			       struct ots_buffer *out)
{
	struct ots_oss_pair encoded[OTS_OSS_PAIRS_MAX];
	const uint8_t *base;
	struct ots_buffer text;
	size_t at = 0;
	bool good = count <= OTS_OSS_PAIRS_MAX;

	ots_buffer_init(&text, OTS_OSS_SIGN_TEXT_BYTES);
	for (size_t i = 0; good && i < count; i++) {
		const size_t before = text.len;

		good = ots_percent_put(&text, pairs[i].name, false);
		encoded[i].name.len = text.len - before;
		good = good && ots_percent_put(&text, pairs[i].value, false);
		encoded[i].value.len = text.len - before - encoded[i].name.len;
	}
	base = text.bytes != NULL ? text.bytes : (const uint8_t *)"";
	for (size_t i = 0; good && i < count; i++) { /* the text stands still from here on */
		encoded[i].name.at = base + at;
		at += encoded[i].name.len;
		encoded[i].value.at = base + at;
		at += encoded[i].value.len;
	}
	if (good) {
		ots_oss_sort_pairs(encoded, count);
		good = ots_oss_put_query(encoded, count, out);
	}
	ots_buffer_release(&text);
	return good;
}
