#include <otsfs/restore/engine.h>

#include <string.h>
#include <unistd.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

#include "job.h"

enum word { PAUSE, RESUME, CANCEL, RATE };

struct command {
	enum word word;
	uint64_t rate;
};

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The next line without blanks around it. @return false at the end */
static bool next_line(struct ots_bytes *text, struct ots_bytes *line)
{
	size_t n = 0;

	if (text->len == 0)
		return false;
	while (n < text->len && text->at[n] != '\n')
		n++;
	*line = (struct ots_bytes){text->at, n};
	n += n < text->len;
	text->at += n;
	text->len -= n;
	while (line->len > 0 && is_blank(line->at[line->len - 1]))
		line->len--;
	while (line->len > 0 && is_blank(line->at[0])) {
		line->at++;
		line->len--;
	}
	return true;
}

static bool parse(struct ots_bytes line, struct command *command)
{
	*command = (struct command){.word = PAUSE};
	if (ots_bytes_are(line, "pause"))
		return true;
	if (ots_bytes_are(line, "resume")) {
		command->word = RESUME;
		return true;
	}
	if (ots_bytes_are(line, "cancel")) {
		command->word = CANCEL;
		return true;
	}
	command->word = RATE;
	return line.len > 5 && memcmp(line.at, "rate=", 5) == 0 &&
	       ots_parse_u64((struct ots_bytes){line.at + 5, line.len - 5}, &command->rate);
}

/* Every line must be a command before the first one counts. */
static enum ots_status check_all(struct ots_bytes text, struct ots_error *err)
{
	struct ots_bytes line;
	struct command command;
	size_t count = 0;

	while (next_line(&text, &line)) { /* ends: the text shrinks */
		if (line.len == 0)
			continue;
		if (!parse(line, &command))
			return ots_fail(err, OTS_USAGE,
					"control: expected pause, resume, cancel or rate=ROWS, "
					"found \"%.*s\"",
					(int)(line.len < 64 ? line.len : 64),
					(const char *)line.at);
		count++;
	}
	if (count == 0)
		return ots_fail(err, OTS_USAGE,
				"control: expected pause, resume, cancel or rate=ROWS, found "
				"nothing");
	return OTS_OK;
}

static void apply(struct ots_job *job, const struct command *command)
{
	(void)pthread_mutex_lock(&job->locked.mutex);
	switch (command->word) {
	case PAUSE: job->locked.want_pause = true; break;
	case RESUME:
		job->locked.want_pause = false;
		/* Who waits from now on waits for what comes, not for the pause that is over. */
		job->locked.paused_itself = false;
		break;
	case CANCEL: job->locked.want_cancel = true; break;
	case RATE: job->locked.rate = command->rate; break;
	}
	(void)pthread_mutex_unlock(&job->locked.mutex);
}

/* @param queued  set when the job was cancelled before it began: it is the caller's to end
 * @return the job with a reference, or NULL */
static struct ots_job *apply_all(struct ots_engine *engine, const char *id, struct ots_bytes text,
				 bool *queued)
{
	struct ots_job **at = &engine->locked.jobs;
	struct ots_bytes line;
	struct command command;
	struct ots_job *job;

	(void)pthread_mutex_lock(&engine->locked.mutex);
	while (*at != NULL && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	job = *at;
	if (job != NULL) {
		ots_job_keep(job);
		while (next_line(&text, &line)) { /* ends: the text shrinks */
			if (line.len > 0 && parse(line, &command))
				apply(job, &command);
			if (line.len > 0 && command.word == CANCEL && !job->has_thread) {
				*queued = true;
				*at = job->next;
				break;
			}
		}
		(void)pthread_cond_broadcast(&engine->locked.changed);
	}
	(void)pthread_mutex_unlock(&engine->locked.mutex);
	return job;
}

/* Not among the unfinished ones: has it ended, or is it none of ours? */
static enum ots_status explain_missing(const struct ots_engine *engine, const char *id,
				       struct ots_error *err)
{
	if (ots_job_folder_id_valid(id) && faccessat(engine->root_fd, id, F_OK, 0) == 0 &&
	    !ots_job_folder_locked(engine->root_fd, id))
		return ots_fail(err, OTS_REFUSED, "job %s has ended", id);
	return ots_fail(err, OTS_NOT_FOUND, "no job %s runs here", id);
}

enum ots_status ots_engine_control(struct ots_engine *engine, const char *id,
				   struct ots_bytes commands, struct ots_error *err)
{
	enum ots_status status = check_all(commands, err);
	bool queued = false;
	struct ots_job *job;

	if (status != OTS_OK)
		return status;
	job = apply_all(engine, id, commands, &queued);
	if (job == NULL)
		return explain_missing(engine, id, err);
	ots_wake_nudge(&job->wake);
	if (queued) {
		ots_job_end(job, OTS_JOB_CANCELLED, NULL);
		ots_engine_schedule(engine); /* a later one of its table may go now */
		ots_job_release(job);        /* the engine's */
	}
	ots_job_release(job);
	return OTS_OK;
}
