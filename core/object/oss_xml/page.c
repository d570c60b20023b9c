#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/clock.h>
#include <otsfs/text/number.h>
#include <otsfs/text/percent.h>

#include "xml.h"

/* 1000 keys of three times 1023 bytes, coded; and as many folders. */
#define KEYS_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define ENTRIES_MAX ((size_t)100000)
#define TOKEN_MAX_BYTES ((size_t)16 * 1024)

/* An entry while its elements come. Of its key there is only the length until all have come: the
 * bytes stand one behind the other in page->keys, which may still move. */
struct reading {
	struct oss_page *page;
	struct oss_listed listed;
	bool has_key, has_size, has_time, has_etag;
	bool truncated, has_truncated, is_coded, has_token;
	struct ots_buffer raw_token;
};

void oss_page_init(struct oss_page *page)
{
	*page = (struct oss_page){0};
	ots_buffer_init(&page->keys, KEYS_MAX_BYTES);
	ots_buffer_init(&page->token, TOKEN_MAX_BYTES);
}

void oss_page_release(struct oss_page *page)
{
	ots_buffer_release(&page->keys);
	ots_buffer_release(&page->token);
	free(page->listed);
	*page = (struct oss_page){0};
}

static enum ots_status wrong(struct ots_error *err, const char *what, struct ots_bytes text)
{
	return ots_fail(err, OTS_CORRUPT, "listing: %s '%.*s'", what,
			text.len < 80 ? (int)text.len : 80, (const char *)text.at);
}

/* Room for one entry more. */
static enum ots_status grow(struct oss_page *page, struct ots_error *err)
{
	const size_t cap = page->cap == 0 ? 1024 : page->cap * 2;
	struct oss_listed *listed;

	if (page->count < page->cap)
		return OTS_OK;
	if (page->count >= ENTRIES_MAX)
		return ots_fail(err, OTS_LIMIT, "listing: a page of more than %zu keys",
				ENTRIES_MAX);
	listed = realloc(page->listed, cap * sizeof *listed);
	if (listed == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "listing: %zu keys", cap);
	page->listed = listed;
	page->cap = cap;
	return OTS_OK;
}

/* Keys stay as they came until the end: whether they are coded is said somewhere in the document.
 */
static enum ots_status keep_key(struct reading *r, struct ots_bytes text, struct ots_error *err)
{
	if (r->has_key)
		return wrong(err, "a second key in an entry:", text);
	r->listed.entry.key.len = text.len;
	r->has_key = true;
	return ots_buffer_put(&r->page->keys, text.at, text.len)
		       ? OTS_OK
		       : ots_buffer_fail(&r->page->keys, text.len, "keys of a listing", err);
}

static enum ots_status end_entry(struct reading *r, bool folder, struct ots_error *err)
{
	struct oss_page *page = r->page;
	enum ots_status status;

	if (!r->has_key || (!folder && (!r->has_size || !r->has_time || !r->has_etag)))
		return ots_fail(err, OTS_CORRUPT,
				"listing: entry %zu lacks one of Key, Size, LastModified, ETag",
				page->count);
	status = grow(page, err);
	if (status != OTS_OK)
		return status;
	r->listed.entry.folder = folder;
	page->listed[page->count++] = r->listed;
	r->listed = (struct oss_listed){.link = false};
	r->has_key = r->has_size = r->has_time = r->has_etag = false;
	return OTS_OK;
}

static enum ots_status read_field(struct reading *r, const char *name, struct ots_bytes text,
				  struct ots_error *err)
{
	if (strcmp(name, "Key") == 0)
		return keep_key(r, text, err);
	if (strcmp(name, "Size") == 0) {
		r->has_size = ots_parse_u64(text, &r->listed.entry.size);
		return r->has_size ? OTS_OK : wrong(err, "Size", text);
	}
	if (strcmp(name, "LastModified") == 0) {
		r->has_time = ots_time_parse(text, &r->listed.entry.mtime_us);
		return r->has_time ? OTS_OK : wrong(err, "LastModified", text);
	}
	if (strcmp(name, "StorageClass") == 0)
		r->listed.entry.cold = ots_bytes_are(text, "Archive") ||
				       ots_bytes_are(text, "ColdArchive") ||
				       ots_bytes_are(text, "DeepColdArchive");
	if (strcmp(name, "Type") == 0)
		r->listed.link = ots_bytes_are(text, "Symlink");
	if (strcmp(name, "ETag") != 0)
		return OTS_OK;
	if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"')
		text = (struct ots_bytes){text.at + 1, text.len - 2};
	if (text.len == 0 || text.len >= OTS_ETAG_BYTES || memchr(text.at, '\0', text.len) != NULL)
		return wrong(err, "ETag", text);
	memcpy(r->listed.entry.etag, text.at, text.len);
	r->listed.entry.etag[text.len] = '\0';
	r->has_etag = true;
	return OTS_OK;
}

static enum ots_status on_element(void *arg, const char *path, struct ots_bytes text,
				  struct ots_error *err)
{
	struct reading *r = arg;

	if (strncmp(path, "Contents/", 9) == 0)
		return read_field(r, path + 9, text, err);
	if (strcmp(path, "Contents") == 0)
		return end_entry(r, false, err);
	if (strcmp(path, "CommonPrefixes/Prefix") == 0)
		return keep_key(r, text, err);
	if (strcmp(path, "CommonPrefixes") == 0)
		return end_entry(r, true, err);
	if (strcmp(path, "IsTruncated") == 0) {
		r->truncated = ots_bytes_are(text, "true");
		r->has_truncated = r->truncated || ots_bytes_are(text, "false");
		return r->has_truncated ? OTS_OK : wrong(err, "IsTruncated", text);
	}
	if (strcmp(path, "EncodingType") == 0) {
		r->is_coded = ots_bytes_are(text, "url");
		return r->is_coded ? OTS_OK : wrong(err, "EncodingType", text);
	}
	if (strcmp(path, "NextContinuationToken") != 0)
		return OTS_OK;
	r->has_token = true;
	r->raw_token.len = 0;
	return ots_buffer_put(&r->raw_token, text.at, text.len)
		       ? OTS_OK
		       : ots_buffer_fail(&r->raw_token, text.len, "token of a listing", err);
}

static int by_key(const void *a, const void *b)
{
	const struct ots_bytes x = ((const struct oss_listed *)a)->entry.key;
	const struct ots_bytes y = ((const struct oss_listed *)b)->entry.key;
	const size_t len = x.len < y.len ? x.len : y.len;
	const int order = len == 0 || x.at == NULL || y.at == NULL ? 0 : memcmp(x.at, y.at, len);

	if (order != 0)
		return order;
	return x.len < y.len ? -1 : x.len > y.len;
}

/* Give the keys their bytes, decoded; the entries stand in the order the keys came in. */
static enum ots_status settle_keys(const struct reading *r, struct ots_error *err)
{
	struct oss_page *page = r->page;
	struct ots_buffer raw = page->keys;
	size_t at = 0;

	if (r->is_coded) {
		ots_buffer_init(&page->keys, KEYS_MAX_BYTES);
		/* Decoding never makes longer, so the buffer does not move below. */
		if (!ots_buffer_reserve(&page->keys, raw.len)) {
			const enum ots_status status =
				ots_buffer_fail(&page->keys, raw.len, "keys of a listing", err);

			ots_buffer_release(&raw);
			return status;
		}
	}
	for (size_t i = 0; i < page->count; i++) {
		struct ots_bytes *key = &page->listed[i].entry.key;
		const size_t from = page->keys.len;

		key->at = raw.bytes == NULL ? NULL : raw.bytes + at;
		at += key->len;
		if (!r->is_coded)
			continue;
		(void)ots_percent_decode(&page->keys, *key, false);
		*key = (struct ots_bytes){page->keys.bytes == NULL ? NULL : page->keys.bytes + from,
					  page->keys.len - from};
	}
	if (r->is_coded)
		ots_buffer_release(&raw);
	return OTS_OK;
}

/* One ascending list of the two. */
static enum ots_status merge(struct oss_page *page, struct ots_error *err)
{
	bool sorted = true;

	for (size_t i = 1; sorted && i < page->count; i++)
		sorted = by_key(&page->listed[i - 1], &page->listed[i]) < 0;
	if (!sorted)
		qsort(page->listed, page->count, sizeof *page->listed, by_key);
	for (size_t i = 1; i < page->count; i++) {
		if (by_key(&page->listed[i - 1], &page->listed[i]) == 0)
			return wrong(err, "the same key twice:", page->listed[i].entry.key);
	}
	return OTS_OK;
}

static enum ots_status settle(struct reading *r, struct ots_error *err)
{
	struct oss_page *page = r->page;
	const struct ots_bytes token = {r->raw_token.bytes, r->raw_token.len};
	enum ots_status status;

	if (!r->has_truncated)
		return ots_fail(err, OTS_CORRUPT, "listing: no IsTruncated");
	if (r->truncated && (!r->has_token || token.len == 0))
		return ots_fail(err, OTS_CORRUPT, "listing: truncated, and no token to go on");
	page->truncated = r->truncated;
	status = settle_keys(r, err);
	if (status == OTS_OK)
		status = merge(page, err);
	if (status != OTS_OK || !r->truncated)
		return status;
	/* A decoded token is no longer than the coded one, which was within the limit. */
	if ((r->is_coded ? !ots_percent_decode(&page->token, token, false)
			 : !ots_buffer_put(&page->token, token.at, token.len)) ||
	    !ots_buffer_put_byte(&page->token, '\0'))
		return ots_buffer_fail(&page->token, token.len, "token of a listing", err);
	return OTS_OK;
}

enum ots_status oss_page_read(struct ots_bytes document, struct oss_page *page,
			      struct ots_error *err)
{
	struct reading r = {.page = page};
	enum ots_status status;

	page->count = 0;
	page->keys.len = 0;
	page->token.len = 0;
	page->truncated = false;
	ots_buffer_init(&r.raw_token, TOKEN_MAX_BYTES);
	status = oss_xml_read(document, "ListBucketResult", on_element, &r, err);
	if (status == OTS_OK)
		status = settle(&r, err);
	if (status != OTS_OK)
		page->count = 0;
	ots_buffer_release(&r.raw_token);
	return status;
}
