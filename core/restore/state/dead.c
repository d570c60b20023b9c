#include "../dead.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <otsfs/format/jsonl.h>
#include <otsfs/text/json_write.h>

/* One row's text is at most a small multiple of a row in memory; one answer has 200 rows. */
#define LINES_MAX_BYTES ((size_t)1024 * 1024 * 1024)
#define WHY_MAX_BYTES ((size_t)64 * 1024)

enum ots_status ots_dead_open(struct ots_dead *dead, const struct ots_job_folder *folder,
			      struct ots_error *err)
{
	dead->fd = openat(folder->dir_fd, "dead.jsonl", O_WRONLY | O_APPEND | O_CLOEXEC);
	dead->size = 0;
	dead->path = folder->path;
	ots_buffer_init(&dead->lines, LINES_MAX_BYTES);
	if (dead->fd < 0)
		return ots_job_folder_fail(err, errno, "dead.jsonl", folder->path);
	return OTS_OK;
}

void ots_dead_close(struct ots_dead *dead)
{
	if (dead->fd >= 0)
		(void)close(dead->fd);
	dead->fd = -1;
	ots_buffer_release(&dead->lines);
}

static void put_why(struct ots_json_writer *w, const struct ots_record *record,
		    const struct ots_dead_why *why, const struct ots_error *error)
{
	ots_json_object_begin(w, NULL);
	ots_json_put_bytes(w, "source", why->source);
	ots_json_put_optional(w, "etag", why->etag);
	ots_json_put_unsigned(w, "line", record->line);
	ots_json_put_text(w, "code",
			  error->code[0] != '\0' ? error->code : ots_status_word(error->status));
	ots_json_put_text(w, "message", error->text);
	ots_json_put_optional(w, "request_id", error->request_id);
	ots_json_put_unsigned(w, "attempts", why->attempts);
	ots_json_put_time(w, "first", why->first_us, 6);
	ots_json_put_time(w, "last", why->last_us, 6);
	ots_json_object_end(w);
}

enum ots_status ots_dead_add(struct ots_dead *dead, const struct ots_record *record,
			     const struct ots_dead_why *why, const struct ots_error *error,
			     struct ots_error *err)
{
	struct ots_buffer json;
	struct ots_json_writer w;
	enum ots_status status;

	ots_buffer_init(&json, WHY_MAX_BYTES);
	ots_json_writer_init(&w, &json);
	put_why(&w, record, why, error);
	if (w.failed)
		status = ots_fail(err, OTS_NO_MEMORY, "why a row was set aside");
	else
		status = ots_jsonl_put_set_aside(record, (struct ots_bytes){json.bytes, json.len},
						 &dead->lines, err);
	ots_buffer_release(&json);
	return status;
}

enum ots_status ots_dead_flush(struct ots_dead *dead, struct ots_error *err)
{
	int error;

	if (dead->lines.len == 0)
		return OTS_OK;
	error = ots_job_folder_write(dead->fd,
				     (struct ots_bytes){dead->lines.bytes, dead->lines.len});
	if (error == 0 && fsync(dead->fd) != 0)
		error = errno;
	if (error != 0) {
		/* Half of a line must not stay: what is read back is whole rows. */
		if (ftruncate(dead->fd, (off_t)dead->size) != 0)
			error = errno;
		return ots_job_folder_fail(err, error, "dead.jsonl", dead->path);
	}
	dead->size += dead->lines.len;
	dead->lines.len = 0;
	return OTS_OK;
}
