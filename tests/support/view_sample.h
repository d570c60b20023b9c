/** @file view_sample.h
 *  Objects for tests of the view: seeded tunnel CSV, what the catalog would tell of them, and the
 *  whole text that the view must give in pieces. A helper that fails ends the test.
 *  All of it stands in the header: a source file here is linked with the tests of every room, and
 *  these helpers call rooms that not every room may include.
 *  Threads: plain functions; a buffer belongs to its caller. */
#ifndef OTSFS_TESTS_SUPPORT_VIEW_SAMPLE_H
#define OTSFS_TESTS_SUPPORT_VIEW_SAMPLE_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/buffer.h>
#include <otsfs/catalog/catalog.h>
#include <otsfs/format/jsonl.h>
#include <otsfs/format/records.h>
#include <otsfs/object/input.h>

static inline void sample_give_up(const char *what, const struct ots_error *err)
{
	(void)fprintf(stderr, "view sample: %s: %s\n", what, err != NULL ? err->text : "");
	abort();
}

/** The next number of a small generator (xorshift). @p state  not 0 */
static inline uint64_t sample_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/** Append @p count records of tunnel CSV (shape A of backup-formats 1.5), values up to
 *  @p value_bytes long. */
static inline void sample_csv(struct ots_buffer *out, size_t count, size_t value_bytes,
			      uint64_t seed)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz 0123456789_-+:;,.<>{}";
	uint64_t random = seed * 2654435761u + 1;

	for (size_t i = 0; i < count; i++) {
		const size_t len = (size_t)(sample_random(&random) % (value_bytes + 1));

		if (!ots_buffer_printf(out,
				       "%" PRIu64 ",PUT,\"[{\"\"name\"\":\"\"pk\"\",\"\"type\"\":"
				       "\"\"INTEGER\"\",\"\"value\"\":\"\"%zu\"\"}]\",\"["
				       "{\"\"columnType\"\":\"\"PUT\"\",\"\"name\"\":\"\"c\"\","
				       "\"\"type\"\":\"\"STRING\"\",\"\"value\"\":\"\"",
				       UINT64_C(1700000000000000) + i, i))
			sample_give_up("writing a record", NULL);
		if (!ots_buffer_reserve(out, len))
			sample_give_up("writing a value", NULL);
		for (size_t n = 0; n < len; n++)
			out->bytes[out->len++] =
				(uint8_t)letters[sample_random(&random) % (sizeof letters - 1)];
		if (!ots_buffer_printf(out, "\"\",\"\"timestamp\"\":\"\"%zu\"\"}]\"\n", i))
			sample_give_up("writing a record", NULL);
	}
}

/** What the catalog tells of a key of @p store; for sample_object_release(). */
static inline struct ots_object sample_object(struct ots_store *store, const char *key,
					      enum ots_format format)
{
	struct ots_object object = {0};
	struct ots_entry entry;
	struct ots_error err = {0};

	if (ots_store_stat(store, (struct ots_bytes){(const uint8_t *)key, strlen(key)}, &entry,
			   &err) != OTS_OK)
		sample_give_up("stat", &err);
	object.key = strdup(key);
	if (object.key == NULL)
		sample_give_up("a key", NULL);
	object.key_len = strlen(key);
	memcpy(object.etag, entry.etag, sizeof object.etag);
	object.size = entry.size;
	object.mtime_us = entry.mtime_us;
	object.format = format;
	return object;
}

static inline void sample_object_release(struct ots_object *object)
{
	free(object->key);
	object->key = NULL;
}

/** The object's records as JSONL in one piece, up to the first that is damaged. */
static inline void sample_whole(struct ots_store *store, const struct ots_object *object,
				struct ots_buffer *text, uint64_t *record_count)
{
	const struct ots_bytes key = {(const uint8_t *)object->key, object->key_len};
	struct ots_input *input = NULL;
	struct ots_source *source = NULL;
	struct ots_batch batch;
	struct ots_error err = {0};

	*record_count = 0;
	if (ots_input_open(store, key, NULL, &input, &err) != OTS_OK ||
	    ots_records_open(input, object->format, &(struct ots_records_options){.begin = {0, 1}},
			     &source, &err) != OTS_OK)
		sample_give_up("opening", &err);
	ots_batch_init(&batch, (size_t)256 << 20);
	while (ots_source_next(source, &batch, &err) == OTS_OK && batch.count > 0) {
		/* ends: with the object */
		if (ots_encode_batch(&ots_jsonl, &batch, text, &err) != OTS_OK)
			sample_give_up("encoding", &err);
		*record_count += batch.count;
	}
	ots_batch_release(&batch);
	ots_source_close(source);
	ots_input_close(input);
}

#endif
