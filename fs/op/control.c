/* Writing to status/jobs/<id>/control: each write is one or more whole lines, and its answer is the
 * engine's. (An error at close would be lost on `echo pause > control`: the shell does not look.)
 */
#include "operations.h"

#include <errno.h>
#include <string.h>

#include "../shown/generated.h"

#define COMMANDS_MAX_BYTES 4096

struct control {
	struct pending pending;
	uint64_t number;
	size_t size;
	uint8_t bytes[];
};

static void control_run(struct pending *pending)
{
	struct control *control = (struct control *)pending;
	struct mount *mount = pending->mount;
	const char *id = ots_job_id_of(mount, control->number);
	const size_t size = control->size;
	struct ots_error err = {0};
	enum ots_status status =
		id == NULL ? ots_fail(&err, OTS_CHANGED, "no such job")
			   : ots_engine_control(mount->options.engine, id,
						(struct ots_bytes){control->bytes, size}, &err);
	fuse_req_t request = ots_pending_take(pending);

	if (status == OTS_OK)
		(void)fuse_reply_write(request, size);
	else
		ots_reply_failure(request, mount, "control", ERRNO_AT_LOOKUP, &err);
}

void ots_control_write(fuse_req_t request, struct handle *handle, const char *bytes, size_t size)
{
	struct mount *mount = fuse_req_userdata(request);
	struct control *control;

	if (mount->options.engine == NULL) {
		(void)fuse_reply_err(request, EROFS);
		return;
	}
	if (size > COMMANDS_MAX_BYTES) {
		(void)fuse_reply_err(request, EINVAL);
		return;
	}
	control = ots_pending_new(request, sizeof *control + size);
	if (control == NULL)
		return;
	control->number = handle->number;
	control->size = size;
	memcpy(control->bytes, bytes, size);
	ots_pending_start(&control->pending, mount->names, control_run);
}
