#include "check.h"

#include <otsfs/base/bytes.h>

#include "send/reader.h"
#include "table_rules.h"

/* A call that fails by the network or a busy service is made again, but a close(2) waits for it. */
#define CALL_TRIES 3
#define CALL_PAUSE_MS 200
/* Of a table made here: every version that ever was, so that a restore never loses one. */
#define KEEP_VERSIONS INT32_MAX
#define DAY_SECONDS INT64_C(86400)

/* What the records tell. */
struct found {
	uint64_t records;
	struct ots_version_range versions;
	uint32_t source; /* the input that all of them are from */
};

static bool copy_name(struct ots_schema *to, struct ots_bytes *name)
{
	name->at = ots_arena_copy(&to->arena, name->at, name->len);
	return name->at != NULL;
}

enum ots_status ots_schema_copy(const struct ots_schema *from, struct ots_schema *to,
				struct ots_error *err)
{
	const struct ots_arena arena = to->arena;
	bool ok = true;

	*to = *from;
	to->arena = arena;
	to->columns = NULL;
	ok = copy_name(to, &to->table);
	for (size_t i = 0; ok && i < to->key_count; i++)
		ok = copy_name(to, &to->key[i].name);
	if (ok && from->column_count > 0) {
		to->columns = ots_arena_copy(&to->arena, from->columns,
					     from->column_count * sizeof *from->columns);
		ok = to->columns != NULL;
	}
	for (size_t i = 0; ok && i < to->column_count; i++)
		ok = copy_name(to, &to->columns[i].name);
	if (ok)
		return OTS_OK;
	to->key_count = 0;
	to->column_count = 0;
	return ots_fail(err, OTS_NO_MEMORY, "copy of a schema");
}

/* Whether to make a call again. An answer that was damaged on its way says as little as none. */
static bool call_again(const struct ots_job *job, enum ots_status status, int tries,
		       struct ots_cancel *cancel)
{
	const int64_t pause = CALL_PAUSE_MS * (int64_t)job->engine->tuning.delay_percent / 100;

	if ((!ots_status_is_transient(status) && status != OTS_CORRUPT) || tries == CALL_TRIES)
		return false;
	return !ots_cancel_wait(cancel, pause * tries);
}

/* OTS_CORRUPT of a submit means the records: that the service's answers are damaged must not send
 * people to mend their file. */
static enum ots_status call_failed(enum ots_status status, struct ots_cancel *cancel,
				   const char *doing, const struct ots_job *job,
				   struct ots_error *err)
{
	if (ots_status_is_transient(status) && ots_cancel_asked(cancel))
		return ots_fail(err, OTS_CANCELLED, "%s table %s", doing, job->table);
	if (status == OTS_CORRUPT) {
		status = OTS_SERVER;
		if (err != NULL)
			err->status = status;
	}
	return status;
}

static enum ots_status describe(struct ots_job *job, struct ots_cancel *cancel,
				struct ots_error *err)
{
	struct ots_target *target = job->engine->options.target;
	enum ots_status status;
	int tries = 0;

	do { /* ends: after CALL_TRIES at the latest */
		ots_schema_release(&job->table_schema);
		ots_schema_init(&job->table_schema);
		status = ots_target_describe(target, job->table, &job->table_schema, cancel, err);
	} while (call_again(job, status, ++tries, cancel));
	return call_failed(status, cancel, "describing", job, err);
}

/* Key and options come from the source's schema; what it does not tell, from the first record, and
 * so that no version is lost. */
static enum ots_status plan_table(struct ots_job *job, const struct ots_schema *source,
				  const struct ots_record *first, struct ots_error *err)
{
	struct ots_schema *table = &job->table_schema;
	const int64_t now_s = ots_clock_wall_us(job->engine->options.clock) / 1000000;
	enum ots_status status = OTS_OK;

	ots_schema_release(table);
	ots_schema_init(table);
	if (source != NULL && source->key_count > 0)
		status = ots_schema_copy(source, table, err);
	else
		status = ots_schema_from_record(table, first, err);
	if (status != OTS_OK)
		return ots_context(err, "making table %s", job->table);
	table->table = ots_bytes_of(job->table);
	for (size_t i = 0; i < table->key_count; i++)
		table->key[i].auto_increment = false; /* old values could not be written */
	table->columns = NULL;
	table->column_count = 0;
	table->max_versions =
		source != NULL && source->max_versions > 0 ? source->max_versions : KEEP_VERSIONS;
	table->ttl_seconds = source != NULL && source->ttl_seconds != 0 ? source->ttl_seconds : -1;
	table->version_offset_seconds = now_s + DAY_SECONDS;
	return OTS_OK;
}

static enum ots_status make_table(struct ots_job *job, struct ots_cancel *cancel,
				  struct ots_error *err)
{
	struct ots_target *target = job->engine->options.target;
	enum ots_status status;
	int tries = 0;

	do /* ends: after CALL_TRIES at the latest */
		status = ots_target_create(target, &job->table_schema, cancel, err);
	while (call_again(job, status, ++tries, cancel));
	if (status == OTS_EXISTS) {
		/* The first try made it and its answer was lost; or another job was faster: its key
		 * must be the same one. */
		job->table_created = tries > 1;
		return OTS_OK;
	}
	if (status != OTS_OK) {
		status = call_failed(status, cancel, "making", job, err);
		(void)ots_context(err, "making table %s", job->table);
		return status;
	}
	job->table_created = true;
	return OTS_OK;
}

static enum ots_status check_table(struct ots_job *job, struct ots_error *err)
{
	for (size_t i = 0; i < job->table_schema.key_count; i++) {
		const struct ots_schema_column *key = &job->table_schema.key[i];

		if (key->auto_increment)
			return ots_fail(
				err, OTS_REFUSED,
				"key column %.*s of table %s is auto-increment: rows cannot "
				"keep their values there; restore into a table where it is "
				"a plain INTEGER",
				(int)key->name.len, (const char *)key->name.at, job->table);
	}
	return OTS_OK;
}

/* A record of an object that is found later to be more than the table keeps is set aside. */
static enum ots_status keeps(const struct ots_job *job, const struct ots_record *record,
			     struct ots_error *err)
{
	struct ots_error found = {0};

	if (ots_table_keeps(&job->table_schema, record, record->op, &found) == OTS_OK)
		return OTS_OK;
	return ots_fail_at(err, found.status, record->line, record->offset, "table %s: %s",
			   job->table, found.text);
}

static enum ots_status admit_batch(struct ots_job *job, struct ots_batch *batch, uint32_t source,
				   struct found *found, struct ots_error *err)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct ots_record *record = &batch->records[i];
		enum ots_status status = ots_reader_admit(job, record, err);

		if (status == OTS_OK)
			status = keeps(job, record, err);
		else
			(void)ots_context(err, "table %s", job->table);
		if (status != OTS_OK)
			return ots_reader_context(job, source, err);
		ots_version_range_note(&found->versions, record);
	}
	found->records += batch->count;
	return OTS_OK;
}

/* Whether the table takes the versions that were found. */
static enum ots_status check_versions(const struct ots_job *job, const struct found *found,
				      struct ots_error *err)
{
	const int64_t now_s = ots_clock_wall_us(job->engine->options.clock) / 1000000;

	if (ots_table_takes_versions(&job->table_schema, job->table, &found->versions, now_s,
				     err) != OTS_OK)
		return ots_reader_context(job, found->source, err);
	return OTS_OK;
}

/* Dropped text to its end, of objects the first batch. */
static enum ots_status check_records(struct ots_job *job, bool missing, struct found *found,
				     struct ots_cancel *cancel, struct ots_error *err)
{
	struct ots_reader *reader = NULL;
	struct ots_batch *batch = NULL;
	uint32_t source = 0;
	enum ots_status status = ots_reader_open(job, &reader, err);

	while (status == OTS_OK) { /* ends: with the input, or after one batch of objects */
		if (ots_cancel_asked(cancel)) {
			status = ots_fail(err, OTS_CANCELLED, "checking records");
			break;
		}
		status = ots_reader_next(reader, &batch, &source, err);
		if (status != OTS_OK || batch->count == 0)
			break;
		found->source = source;
		if (missing && found->records == 0)
			status =
				plan_table(job, ots_reader_schema(reader), &batch->records[0], err);
		else if (found->records == 0)
			status = ots_table_keeps_versions_of(&job->table_schema, job->table,
							     ots_reader_schema(reader), err);
		if (status == OTS_REFUSED)
			(void)ots_reader_context(job, source, err);
		if (status == OTS_OK)
			status = admit_batch(job, batch, source, found, err);
		if (job->staging == NULL)
			break;
	}
	ots_reader_close(reader);
	return status;
}

enum ots_status ots_job_check(struct ots_job *job, struct ots_cancel *cancel, struct ots_error *err)
{
	struct found found = {0};
	bool missing = false;
	enum ots_status status = OTS_OK;

	for (size_t i = 0; status == OTS_OK && i < job->input_count; i++)
		status = ots_reader_recognise(job, &job->inputs[i], err);
	if (status == OTS_OK) {
		status = describe(job, cancel, err);
		missing = status == OTS_NOT_FOUND;
		if (missing && job->create_table)
			status = OTS_OK;
		else if (missing)
			status = ots_fail(err, OTS_REFUSED, "the target has no table %s",
					  job->table);
		else if (status == OTS_OK)
			status = check_table(job, err);
	}
	if (status == OTS_OK)
		status = check_records(job, missing, &found, cancel, err);
	if (status == OTS_OK)
		status = check_versions(job, &found, err);
	if (status == OTS_OK && missing && found.records > 0)
		status = make_table(job, cancel, err);
	if (status == OTS_OK && job->staging != NULL) {
		job->records_known = true;
		job->records = found.records;
	}
	return status;
}
