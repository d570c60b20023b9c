/* XML answers of OSS: a refusal says why, a success says nothing; keys of a page lie in its memory,
 * ascend, and there is a token exactly when it goes on; texts of an error end in NUL. */
#include <stdlib.h>
#include <string.h>

#include "../../core/object/oss_xml/answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_status(enum ots_status status, const struct ots_error *err)
{
	if ((status == OTS_OK) != (err->text[0] == '\0'))
		abort();
}

static int compare(struct ots_bytes a, struct ots_bytes b)
{
	const size_t len = a.len < b.len ? a.len : b.len;
	const int order = len == 0 ? 0 : memcmp(a.at, b.at, len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static void check_page(struct ots_bytes document)
{
	struct oss_page page;
	struct ots_error err = {0};

	oss_page_init(&page);
	check_status(oss_page_read(document, &page, &err), &err);
	if (err.text[0] == '\0' && page.truncated != (page.token.len > 1))
		abort();
	for (size_t i = 0; i < page.count; i++) {
		const struct ots_entry *entry = &page.listed[i].entry;

		if (entry->key.len > 0 &&
		    (entry->key.at < page.keys.bytes ||
		     entry->key.at + entry->key.len > page.keys.bytes + page.keys.len))
			abort();
		if (i > 0 && compare(page.listed[i - 1].entry.key, entry->key) >= 0)
			abort();
		if (memchr(entry->etag, '\0', sizeof entry->etag) == NULL)
			abort();
	}
	/* The memory of one page serves the next. */
	err = (struct ots_error){0};
	check_status(oss_page_read(document, &page, &err), &err);
	oss_page_release(&page);
}

static enum ots_status take_part(void *arg, uint32_t number, uint64_t size, struct ots_bytes etag,
				 uint64_t crc, bool has_crc, struct ots_error *err)
{
	uint32_t *last = arg;

	(void)size;
	(void)crc;
	(void)has_crc;
	(void)err;
	if (number <= *last || number > 10000 || etag.len == 0 || etag.len >= OTS_ETAG_BYTES)
		abort();
	*last = number;
	return OTS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ots_bytes document = {data, size};
	struct oss_error error;
	struct ots_error err = {0};
	struct ots_buffer id;
	uint32_t last = 0, next = 0;

	check_page(document);
	if (oss_error_read(document, &error) != (error.code[0] != '\0') ||
	    memchr(error.message, '\0', sizeof error.message) == NULL)
		abort();
	ots_buffer_init(&id, 2048);
	check_status(oss_upload_id_read(document, &id, &err), &err);
	id.len = 0;
	err = (struct ots_error){0};
	check_status(oss_uploads_read(document, (struct ots_bytes){(const uint8_t *)"a b", 3}, &id,
				      &err),
		     &err);
	ots_buffer_release(&id);
	err = (struct ots_error){0};
	check_status(oss_parts_read(document, take_part, &last, &next, &err), &err);
	err = (struct ots_error){0};
	check_status(oss_completed_read(document, &err), &err);
	return 0;
}
