#include "../documents.h"

#include <string.h>

#include <otsfs/base/version.h>
#include <otsfs/text/json_write.h>

/* A job names at most a few thousand objects; 1 KiB of key each. */
#define DOCUMENT_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define DOCUMENT_FORMAT 1

static const char *const state_words[] = {
	[OTS_JOB_QUEUED] = "queued",       [OTS_JOB_RUNNING] = "running",
	[OTS_JOB_PAUSED] = "paused",       [OTS_JOB_INTERRUPTED] = "interrupted",
	[OTS_JOB_DONE] = "done",           [OTS_JOB_DONE_WITH_DEAD] = "done-with-dead",
	[OTS_JOB_CANCELLED] = "cancelled", [OTS_JOB_REFUSED] = "refused",
	[OTS_JOB_FAILED] = "failed",
};

const char *ots_job_state_word(enum ots_job_state state)
{
	return state_words[state];
}

bool ots_job_state_ended(enum ots_job_state state)
{
	return state >= OTS_JOB_INTERRUPTED;
}

static void put_origin(struct ots_json_writer *w, const struct ots_job *job)
{
	ots_json_put_text(w, "target", ots_target_name(job->engine->options.target));
	ots_json_put_optional(w, "name", job->name);
	ots_json_put_unsigned(w, "uid", job->uid);
	ots_json_put_optional(w, "host", job->host);
	ots_json_put_optional(w, "command", job->command);
}

static void put_counts(struct ots_json_writer *w, const struct ots_job_counts *counts)
{
	ots_json_put_unsigned(w, "read", counts->read);
	ots_json_put_unsigned(w, "written", counts->written);
	ots_json_put_unsigned(w, "filtered", counts->filtered);
	ots_json_put_unsigned(w, "skipped", counts->skipped);
	ots_json_put_unsigned(w, "superseded", counts->superseded);
	ots_json_put_unsigned(w, "dead", counts->dead);
}

static void put_error(struct ots_json_writer *w, const struct ots_error *error)
{
	ots_json_object_begin(w, "error");
	ots_json_put_text(w, "status", ots_status_word(error->status));
	ots_json_put_text(w, "text", error->text);
	ots_json_put_optional(w, "code", error->code);
	ots_json_put_optional(w, "request_id", error->request_id);
	if (error->placed) {
		ots_json_put_unsigned(w, "line", error->line);
		ots_json_put_unsigned(w, "offset", error->offset);
	} else {
		ots_json_put_null(w, "line");
		ots_json_put_null(w, "offset");
	}
	ots_json_object_end(w);
}

static void put_times(struct ots_json_writer *w, const struct ots_job *job)
{
	const struct ots_clock *clock = job->engine->options.clock;
	const bool started = job->started_us != 0;
	int64_t wall_ms = 0;

	if (started)
		wall_ms = ots_clock_monotonic_ms(clock) - job->started_ms;
	ots_json_put_time(w, "submitted", job->submitted_us, 3);
	ots_json_put_time(w, "started", job->started_us, 3);
	ots_json_put_time(w, "ended", job->ended_us, 3);
	ots_json_put_integer(w, "wall_ms", wall_ms);
	ots_json_put_integer(w, "active_ms", wall_ms - job->paused_ms);
	ots_json_put_integer(w, "paused_ms", job->paused_ms);
}

static void put_tally(struct ots_json_writer *w, const struct ots_tally *tally)
{
	ots_json_put_unsigned(w, "requests", tally->requests);
	ots_json_put_unsigned(w, "bytes", tally->bytes);
	ots_json_put_unsigned(w, "outcome_unknown", tally->unknown);
	ots_json_object_begin(w, "retries");
	for (size_t i = 0; i < tally->retry_count; i++)
		ots_json_put_unsigned(w, tally->retries[i].code, tally->retries[i].rows);
	ots_json_object_end(w);
}

static void put_status(struct ots_json_writer *w, const struct ots_job *job,
		       const struct ots_job_view *view)
{
	ots_json_object_begin(w, NULL);
	ots_json_put_text(w, "id", job->id);
	ots_json_put_text(w, "state", ots_job_state_word(view->state));
	ots_json_put_text(w, "table", job->table);
	put_counts(w, &view->counts);
	put_times(w, job);
	put_origin(w, job);
	if (view->error.status != OTS_OK)
		put_error(w, &view->error);
	else
		ots_json_put_null(w, "error");
	if (job->records_known)
		ots_json_put_unsigned(w, "records", job->records);
	else
		ots_json_put_null(w, "records");
	put_tally(w, &job->tally);
	ots_json_put_integer(w, "format", DOCUMENT_FORMAT);
	ots_json_put_text(w, "version", OTS_VERSION);
	ots_json_object_end(w);
}

static void put_plan(struct ots_json_writer *w, const struct ots_job *job)
{
	ots_json_object_begin(w, NULL);
	ots_json_put_text(w, "id", job->id);
	ots_json_put_text(w, "table", job->table);
	ots_json_put_text(w, "mode", "replay");
	put_origin(w, job);
	ots_json_put_time(w, "submitted", job->submitted_us, 3);
	ots_json_put_bool(w, "create_table", job->create_table);
	ots_json_put_bool(w, "table_created", job->table_created);
	ots_json_array_begin(w, "key");
	for (size_t i = 0; i < job->table_schema.key_count; i++) {
		ots_json_object_begin(w, NULL);
		ots_json_put_bytes(w, "name", job->table_schema.key[i].name);
		ots_json_put_text(w, "type", ots_type_word(job->table_schema.key[i].type));
		ots_json_object_end(w);
	}
	ots_json_array_end(w);
	ots_json_array_begin(w, "inputs");
	for (size_t i = 0; i < job->input_count; i++) {
		const struct ots_job_input *input = &job->inputs[i];

		ots_json_object_begin(w, NULL);
		if (job->staging != NULL)
			ots_json_put_bool(w, "staged", true);
		else
			ots_json_put_bytes(w, "key", input->key);
		ots_json_put_optional(w, "etag", input->etag);
		ots_json_put_text(w, "format", ots_format_word(input->format));
		ots_json_put_unsigned(w, "size", input->size);
		ots_json_object_end(w);
	}
	ots_json_array_end(w);
	if (job->records_known)
		ots_json_put_unsigned(w, "records", job->records);
	else
		ots_json_put_null(w, "records");
	ots_json_put_integer(w, "format", DOCUMENT_FORMAT);
	ots_json_put_text(w, "version", OTS_VERSION);
	ots_json_object_end(w);
}

/* @param view  NULL: the plan */
static enum ots_status write_document(const struct ots_job *job, const struct ots_job_view *view,
				      const char *name, bool sync, struct ots_error *err)
{
	struct ots_buffer text;
	struct ots_json_writer w;
	enum ots_status status;

	ots_buffer_init(&text, DOCUMENT_MAX_BYTES);
	ots_json_writer_init(&w, &text);
	if (view == NULL)
		put_plan(&w, job);
	else
		put_status(&w, job, view);
	if (w.failed || !ots_buffer_put_byte(&text, '\n'))
		status = ots_buffer_fail(&text, 1, name, err);
	else
		status = ots_job_folder_replace(
			&job->folder, name, (struct ots_bytes){text.bytes, text.len}, sync, err);
	ots_buffer_release(&text);
	return status;
}

enum ots_status ots_plan_write(const struct ots_job *job, struct ots_error *err)
{
	return write_document(job, NULL, "plan.json", false, err);
}

enum ots_status ots_status_write(const struct ots_job *job, const struct ots_job_view *view,
				 bool sync, struct ots_error *err)
{
	return write_document(job, view, "status.json", sync, err);
}

enum ots_status ots_report_write(const struct ots_job *job, const struct ots_job_view *view,
				 struct ots_error *err)
{
	return write_document(job, view, "report.json", true, err);
}

static bool take_text(struct ots_cursor *in, const char *text)
{
	struct ots_cursor at = *in, got;

	if (!ots_take(&at, strlen(text), &got) || memcmp(got.at, text, strlen(text)) != 0)
		return false;
	*in = at;
	return true;
}

bool ots_status_state(struct ots_bytes json, const char *id, enum ots_job_state *state,
		      struct ots_bytes *word)
{
	struct ots_cursor in = {json.at, json.len, 0};

	if (!take_text(&in, "{\"id\":\"") || !take_text(&in, id) ||
	    !take_text(&in, "\",\"state\":\""))
		return false;
	for (size_t i = 0; i < sizeof state_words / sizeof *state_words; i++) {
		struct ots_cursor rest = in;

		if (!take_text(&rest, state_words[i]) || rest.left == 0 || rest.at[0] != '"')
			continue;
		*state = (enum ots_job_state)i;
		*word = (struct ots_bytes){in.at, strlen(state_words[i])};
		return true;
	}
	return false;
}
