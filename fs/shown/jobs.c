/* status/jobs/: numbers for the ids of jobs, and which parts a job has. */
#include "generated.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../node/nodes.h"

#define PART_LIMIT_BYTES ((size_t)4 << 20)

const char *ots_job_id_of(struct mount *mount, uint64_t number)
{
	return ots_name_table_name(mount->jobs, ots_node_job_index(number));
}

struct job_list {
	struct mount *mount;
	struct listing *listing;
	bool no_memory;
};

static bool add_job(void *arg, const char *id, struct ots_bytes status_json)
{
	struct job_list *list = arg;
	size_t index;

	(void)status_json;
	if (!ots_name_table_index(list->mount->jobs, id, &index) ||
	    !ots_listing_add(list->listing, id, ots_node_job(index, JOB_FOLDER), OTS_NODE_FOLDER))
		list->no_memory = true;
	return !list->no_memory;
}

enum ots_status ots_job_folders_list(struct mount *mount, struct listing *listing,
				     struct ots_error *err)
{
	struct job_list list = {mount, listing, false};
	enum ots_status status = ots_jobs_list(mount->options.state_dir, add_job, &list, err);

	if (status == OTS_NOT_FOUND) /* no job ever: an empty folder */
		return OTS_OK;
	if (status == OTS_OK && list.no_memory)
		status = ots_fail(err, OTS_NO_MEMORY, "status/jobs");
	ots_listing_sort(listing);
	return status;
}

/* Ids are the engine's: letters, digits, '-', '_' and '.', not at the front. What else comes as a
 * name cannot be one, and must not reach a path. */
static bool is_job_id(const char *id)
{
	const size_t len = strlen(id);

	return len > 0 && len < OTS_JOB_ID_BYTES && id[0] != '.' &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		       len;
}

static enum ots_status part_exists(struct mount *mount, const char *id, enum job_part part,
				   struct ots_error *err)
{
	struct ots_buffer text;
	enum ots_status status;
	int fd = -1;

	if (part == JOB_CONTROL)
		return mount->options.engine != NULL
			       ? OTS_OK
			       : ots_fail(err, OTS_NOT_FOUND, "nothing runs jobs on this mount");
	if (part == JOB_DEAD) {
		status = ots_job_dead_open(mount->options.state_dir, id, &fd, err);
		if (status == OTS_OK)
			(void)close(fd);
		return status;
	}
	ots_buffer_init(&text, PART_LIMIT_BYTES);
	status = ots_job_file(mount->options.state_dir, id, ots_job_part_name(part),
			      PART_LIMIT_BYTES, &text, err);
	ots_buffer_release(&text);
	return status;
}

enum ots_status ots_jobs_find(struct mount *mount, const char *id, uint64_t *number,
			      struct ots_error *err)
{
	enum ots_status status;
	size_t index;

	if (!is_job_id(id))
		return ots_fail(err, OTS_NOT_FOUND, "status/jobs/%s", id);
	status = part_exists(mount, id, JOB_STATUS, err);
	if (status != OTS_OK)
		return status;
	if (!ots_name_table_index(mount->jobs, id, &index))
		return ots_fail(err, OTS_NO_MEMORY, "status/jobs/%s", id);
	*number = ots_node_job(index, JOB_FOLDER);
	return OTS_OK;
}

enum ots_status ots_job_part_find(struct mount *mount, uint64_t job, const char *name,
				  uint64_t *number, struct ots_error *err)
{
	const char *id = ots_job_id_of(mount, job);

	for (int i = JOB_PLAN; id != NULL && i < JOB_PART_COUNT; i++) {
		const enum job_part part = (enum job_part)i;

		if (strcmp(name, ots_job_part_name(part)) == 0) {
			*number = ots_node_job(ots_node_job_index(job), part);
			return part_exists(mount, id, part, err);
		}
	}
	return ots_fail(err, OTS_NOT_FOUND, "status/jobs: %s", name);
}

enum ots_status ots_job_parts_list(struct mount *mount, uint64_t number, struct listing *listing,
				   struct ots_error *err)
{
	const char *id = ots_job_id_of(mount, number);

	if (id == NULL)
		return ots_fail(err, OTS_CHANGED, "no such job");
	for (int i = JOB_PLAN; i < JOB_PART_COUNT; i++) {
		const enum job_part part = (enum job_part)i;

		if (part_exists(mount, id, part, NULL) == OTS_OK &&
		    !ots_listing_add(listing, ots_job_part_name(part),
				     ots_node_job(ots_node_job_index(number), part), OTS_NODE_FILE))
			return ots_fail(err, OTS_NO_MEMORY, "status/jobs/%s", id);
	}
	ots_listing_sort(listing);
	return OTS_OK;
}

enum ots_status ots_job_dead(struct mount *mount, uint64_t number, int *fd, uint64_t *size,
			     struct ots_error *err)
{
	const char *id = ots_job_id_of(mount, number);
	enum ots_status status;
	struct stat st;
	int open_fd = -1;

	if (id == NULL)
		return ots_fail(err, OTS_CHANGED, "no such job");
	status = ots_job_dead_open(mount->options.state_dir, id, &open_fd, err);
	if (status != OTS_OK)
		return status;
	if (fstat(open_fd, &st) != 0 || st.st_size < 0) {
		(void)close(open_fd);
		return ots_fail(err, OTS_IO, "status/jobs/%s/dead.jsonl", id);
	}
	*size = (uint64_t)st.st_size;
	*fd = open_fd;
	return OTS_OK;
}
