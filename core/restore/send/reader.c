#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/format/records.h>
#include <otsfs/object/dir.h>
#include <otsfs/object/input.h>

struct ots_reader {
	const struct ots_job *job;
	size_t at;                /* input that is open, or the next one to open */
	struct ots_store *staged; /* of dropped text: the one file as a store */
	struct ots_input *input;
	struct ots_source *source;
	struct ots_schema sidecar; /* of the input that is open */
	struct ots_schema dropped; /* of dropped text; its arena owns nothing */
	struct ots_batch batch;
};

static const char *input_name(const struct ots_job *job, size_t i, int *len)
{
	if (job->staging != NULL) {
		*len = (int)(job->name != NULL ? strnlen(job->name, OTS_KEY_MAX_BYTES) : 12);
		return job->name != NULL ? job->name : "dropped text";
	}
	*len = (int)job->inputs[i].key.len;
	return (const char *)job->inputs[i].key.at;
}

enum ots_status ots_reader_context(const struct ots_job *job, size_t source, struct ots_error *err)
{
	int len;
	const char *name = input_name(job, source, &len);

	return ots_context(err, "%.*s", len, name);
}

/* Dropped text is the one file of a store of its own. */
static enum ots_status open_staged(const struct ots_job *job, struct ots_store **out,
				   struct ots_error *err)
{
	struct ots_buffer path;
	enum ots_status status = OTS_OK;

	ots_buffer_init(&path, 16 * 1024);
	if (!ots_buffer_puts(&path, job->folder.path) || !ots_buffer_puts(&path, "/input") ||
	    !ots_buffer_put_byte(&path, '\0'))
		status = ots_buffer_fail(&path, 16, "path of the dropped text", err);
	if (status == OTS_OK)
		status = ots_dir_open((const char *)path.bytes, out, err);
	ots_buffer_release(&path);
	return status;
}

static enum ots_status open_store(const struct ots_job *job, struct ots_store **staged,
				  struct ots_store **store, struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	if (job->staging != NULL && *staged == NULL)
		status = open_staged(job, staged, err);
	*store = job->staging != NULL ? *staged : job->engine->options.source;
	return status;
}

enum ots_status ots_reader_open(const struct ots_job *job, struct ots_reader **out,
				struct ots_error *err)
{
	struct ots_reader *reader = calloc(1, sizeof *reader);

	if (reader == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "reader of job %s", job->id);
	reader->job = job;
	ots_schema_init(&reader->sidecar);
	ots_schema_init(&reader->dropped);
	ots_batch_init(&reader->batch, job->engine->options.memory_bytes / 2);
	*out = reader;
	return OTS_OK;
}

static void close_input(struct ots_reader *reader)
{
	ots_source_close(reader->source);
	ots_input_close(reader->input);
	ots_schema_release(&reader->sidecar);
	ots_schema_init(&reader->sidecar);
	reader->source = NULL;
	reader->input = NULL;
}

void ots_reader_close(struct ots_reader *reader)
{
	if (reader == NULL)
		return;
	close_input(reader);
	ots_store_free(reader->staged);
	ots_batch_release(&reader->batch);
	free(reader);
}

const struct ots_schema *ots_reader_schema(const struct ots_reader *reader)
{
	const struct ots_job *job = reader->job;

	if (job->has_source_schema)
		return &job->source_schema;
	return job->staging == NULL && job->inputs[reader->at].place.found ? &reader->sidecar
									   : NULL;
}

/* Dropped text lies in no folder, so that no schema.json tells of it. The key of the table that it
 * goes to does: a plain map of key columns can be for no other. Of columns the table says nothing
 * that binds, and a guess stays a guess. */
static const struct ots_schema *schema_of_table(struct ots_reader *reader)
{
	const struct ots_schema *table = &reader->job->table_schema;

	if (reader->job->staging == NULL || table->key_count == 0)
		return NULL;
	memcpy(reader->dropped.key, table->key, sizeof table->key);
	reader->dropped.key_count = table->key_count;
	return &reader->dropped;
}

static enum ots_status open_input(struct ots_reader *reader, struct ots_error *err)
{
	const struct ots_job *job = reader->job;
	const struct ots_job_input *input = &job->inputs[reader->at];
	struct ots_records_options options = {
		.begin = {0, 1},
		.memory_bytes = job->engine->options.memory_bytes / 2,
	};
	struct ots_store *store;
	enum ots_status status = open_store(job, &reader->staged, &store, err);

	if (status == OTS_OK)
		status = ots_input_open(store, input->key, input->etag, &reader->input, err);
	if (status == OTS_OK && !job->has_source_schema)
		status = ots_schema_load(store, input->key, &input->place, &reader->sidecar, err);
	options.schema = ots_reader_schema(reader);
	if (options.schema == NULL)
		options.schema = schema_of_table(reader);
	if (status == OTS_OK)
		status = ots_records_open(reader->input, input->format, &options, &reader->source,
					  err);
	return status;
}

enum ots_status ots_reader_next(struct ots_reader *reader, struct ots_batch **batch,
				uint32_t *source, struct ots_error *err)
{
	const struct ots_job *job = reader->job;

	ots_batch_reset(&reader->batch);
	*batch = &reader->batch;
	while (reader->at < job->input_count) { /* ends: each turn leaves an input, or returns */
		enum ots_status status = OTS_OK;

		*source = (uint32_t)reader->at;
		if (job->inputs[reader->at].format == OTS_FORMAT_EMPTY) {
			reader->at++;
			continue;
		}
		if (reader->source == NULL)
			status = open_input(reader, err);
		if (status == OTS_OK)
			status = ots_source_next(reader->source, &reader->batch, err);
		if (status != OTS_OK) {
			(void)ots_reader_context(job, reader->at, err);
			return status;
		}
		if (reader->batch.count > 0)
			return OTS_OK;
		close_input(reader);
		reader->at++;
	}
	return OTS_OK;
}

static enum ots_status look_at(struct ots_input *opened, struct ots_job_input *input,
			       struct ots_error *err)
{
	const struct ots_entry *entry = ots_input_entry(opened);
	enum ots_status status = OTS_OK;
	size_t got = 0;
	uint8_t *head;

	memcpy(input->etag, entry->etag, sizeof input->etag);
	input->size = entry->size;
	if (input->format == OTS_FORMAT_UNKNOWN) {
		head = malloc(OTS_RECOGNISE_BYTES);
		if (head == NULL)
			return ots_fail(err, OTS_NO_MEMORY, "front of an input");
		status = ots_input_read(opened, 0, head, OTS_RECOGNISE_BYTES, &got, err);
		if (status == OTS_OK)
			input->format =
				ots_format_recognise((struct ots_bytes){head, got}, entry->size);
		free(head);
	}
	if (status == OTS_OK && input->format != OTS_FORMAT_EMPTY &&
	    !ots_format_has_records(input->format))
		status =
			ots_fail(err, OTS_UNSUPPORTED,
				 "these are no records that can be restored: expected record JSONL "
				 "or tunnel CSV, found %s",
				 ots_format_word(input->format));
	return status;
}

enum ots_status ots_reader_recognise(const struct ots_job *job, struct ots_job_input *input,
				     struct ots_error *err)
{
	struct ots_store *staged = NULL, *store;
	struct ots_input *opened = NULL;
	enum ots_status status = open_store(job, &staged, &store, err);

	if (status == OTS_OK)
		status = ots_input_open(store, input->key,
					input->etag[0] != '\0' ? input->etag : NULL, &opened, err);
	if (status == OTS_OK)
		status = look_at(opened, input, err);
	if (status == OTS_OK && job->staging == NULL && !job->has_source_schema)
		status = ots_schema_locate(store, input->key, &input->place, err);
	if (status != OTS_OK)
		(void)ots_reader_context(job, (size_t)(input - job->inputs), err);
	ots_input_close(opened);
	ots_store_free(staged);
	return status;
}

enum ots_status ots_reader_admit(const struct ots_job *job, struct ots_record *record,
				 struct ots_error *err)
{
	struct ots_error found = {0};

	if (record->flags & OTS_LOSSY_TYPE)
		return ots_fail_at(
			err, OTS_REFUSED, record->line, record->offset,
			"the types of this record were guessed from text, and a guess is "
			"not restored: a schema.json that tells the types of its columns, "
			"beside the object or above it, mends that; found");
	if (ots_schema_align_key(&job->table_schema, record, &found) != OTS_OK)
		return ots_fail_at(err, found.status, record->line, record->offset, "%s",
				   found.text);
	return OTS_OK;
}
