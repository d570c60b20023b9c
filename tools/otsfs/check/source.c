#include "check.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/format/records.h>
#include <otsfs/object/input.h>

#include "../source.h"

/* The first object of a listing, by its key. */
struct first {
	bool found;
	struct ots_bytes key;
	char text[OTS_KEY_MAX_BYTES];
	uint64_t size;
};

static bool take_first(void *arg, const struct ots_entry *entry)
{
	struct first *first = arg;

	if (entry->folder || entry->key.len > sizeof first->text)
		return true;
	memcpy(first->text, entry->key.at, entry->key.len);
	first->key = (struct ots_bytes){(const uint8_t *)first->text, entry->key.len};
	first->size = entry->size;
	first->found = true;
	return entry->size == 0; /* an empty object proves no reading: on to the next */
}

static void check_reading(struct ots_store *store, const struct first *first,
			  struct check_count *count)
{
	struct ots_input *input = NULL;
	struct ots_error err = {0};
	uint8_t head[4096];
	size_t got = 0;
	enum ots_status status = ots_input_open(store, first->key, NULL, &input, &err);

	if (status == OTS_OK)
		status = ots_input_read(input, 0, head, sizeof head, &got, &err);
	if (status == OTS_OK && got == 0 && first->size > 0)
		status = ots_fail(&err, OTS_CHANGED, "%.*s: %zu bytes of %llu were read",
				  (int)first->key.len, first->text, got,
				  (unsigned long long)first->size);
	if (status == OTS_OK)
		check_good(count, "read", "%zu bytes of %.*s", got, (int)first->key.len,
			   first->text);
	else
		check_failed(count, "read", "oss:GetObject", "the bucket's objects", &err);
	ots_input_close(input);
}

enum ots_status check_source(const struct check_words *words, struct check_count *count,
			     struct ots_error *err)
{
	const struct source_options options = {.refresh_ms = 0, .oss = &words->oss};
	const struct ots_list_request everything = {.prefix = {0}};
	struct first first = {.found = false};
	struct ots_error found = {0};
	struct source source = {0};
	enum ots_status status = source_open(words->source, &options, &source, err);

	if (status == OTS_USAGE)
		goto out;
	(void)printf("source %s\n", words->source);
	if (status != OTS_OK) {
		check_failed(count, "open", NULL, NULL, err);
		status = OTS_OK;
		goto out;
	}
	if (ots_store_list(source.store, &everything, take_first, &first, &found) != OTS_OK) {
		check_failed(count, "list", "oss:ListObjects", "the bucket", &found);
		goto out;
	}
	if (!first.found) {
		check_good(count, "list", "no object is there: the tree will be empty");
		goto out;
	}
	check_good(count, "list", "objects are there, the first is %.*s", (int)first.key.len,
		   first.text);
	check_reading(source.store, &first, count);
out:
	source_release(&source);
	return status;
}
