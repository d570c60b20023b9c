#include "generated.h"

#include "../node/nodes.h"

#define TEXT_LIMIT_BYTES ((size_t)4 << 20)

static enum ots_status finish(bool ok, struct ots_buffer *out, struct ots_error *err)
{
	return ok ? OTS_OK : ots_buffer_fail(out, 1, "a text of status/", err);
}

static enum ots_status job_text(struct mount *mount, uint64_t number, struct ots_buffer *out,
				struct ots_error *err)
{
	const char *id = ots_job_id_of(mount, number);

	if (id == NULL)
		return ots_fail(err, OTS_CHANGED, "no such job");
	return ots_job_file(mount->options.state_dir, id,
			    ots_job_part_name(ots_node_job_part(number)), TEXT_LIMIT_BYTES, out,
			    err);
}

enum ots_status ots_generated_text(struct mount *mount, uint64_t number, struct ots_cancel *cancel,
				   struct ots_buffer *out, struct ots_error *err)
{
	ots_buffer_init(out, TEXT_LIMIT_BYTES);
	switch (ots_node_class(number)) {
	case NODE_README: return ots_generated_readme(mount, cancel, out, err);
	case NODE_MOUNT_JSON: return finish(ots_generated_mount_json(mount, out), out, err);
	case NODE_METRICS: return finish(ots_generated_metrics(mount, out), out, err);
	case NODE_LOG: return finish(ots_log_read(mount->options.log, out), out, err);
	case NODE_JOB_FILE: return job_text(mount, number, out, err);
	case NODE_JOB_CONTROL:
		return finish(ots_buffer_puts(out, "pause\nresume\ncancel\nrate=ROWS\n"), out, err);
	case NODE_UNKNOWN:
	case NODE_ROOT:
	case NODE_CATALOG_FOLDER:
	case NODE_CATALOG_FILE:
	case NODE_STATUS:
	case NODE_JOBS:
	case NODE_JOB:
	case NODE_JOB_DEAD:
	case NODE_RESTORE:
	case NODE_TABLE:
	case NODE_ENTRY: break;
	}
	return ots_fail(err, OTS_USAGE, "node %llx has no text", (unsigned long long)number);
}
