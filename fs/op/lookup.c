#include "operations.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../shown/generated.h"
#include "../node/nodes.h"

struct lookup {
	struct pending pending;
	uint64_t parent;
	char name[];
};

static const struct single {
	enum ots_node_class parent;
	const char *name;
	enum ots_node_class class;
} singles[] = {
	{NODE_ROOT, "README.txt", NODE_README},
	{NODE_ROOT, "status", NODE_STATUS},
	{NODE_ROOT, "restore", NODE_RESTORE},
	{NODE_STATUS, "mount.json", NODE_MOUNT_JSON},
	{NODE_STATUS, "metrics.prom", NODE_METRICS},
	{NODE_STATUS, "log", NODE_LOG},
	{NODE_STATUS, "jobs", NODE_JOBS},
};

static bool is_absent(const struct mount *mount, enum ots_node_class class)
{
	return (class == NODE_RESTORE && mount->tree == NULL) ||
	       (class == NODE_JOBS && mount->options.state_dir == NULL);
}

/* A child of the root or of status/. */
static enum ots_status find_single(struct mount *mount, enum ots_node_class parent,
				   const char *name, uint64_t *number, struct ots_error *err)
{
	if (parent == NODE_ROOT && strcmp(name, "tables") == 0)
		return *number = OTS_NODE_TABLES, OTS_OK;
	if (parent == NODE_ROOT && strcmp(name, "by-time") == 0)
		return *number = OTS_NODE_BY_TIME, OTS_OK;
	if (parent == NODE_ROOT && strcmp(name, "raw") == 0)
		return *number = OTS_NODE_RAW, OTS_OK;
	for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
		const struct single *s = &singles[i];

		if (s->parent == parent && strcmp(s->name, name) == 0 &&
		    !is_absent(mount, s->class))
			return *number = ots_node_single(s->class), OTS_OK;
	}
	return ots_fail(err, OTS_NOT_FOUND, "%s", name);
}

static enum ots_status find_in_catalog(struct mount *mount, uint64_t parent, const char *name,
				       struct ots_cancel *cancel, struct attr *attr,
				       struct ots_error *err)
{
	struct ots_node node;
	const enum ots_status status = ots_catalog_lookup(
		mount->options.catalog, parent,
		(struct ots_bytes){(const uint8_t *)name, strlen(name)}, cancel, &node, err);

	if (status == OTS_OK)
		ots_attr_of_catalog(mount, &node, ots_attr_catalog_timeout_s(mount, parent), attr);
	return status;
}

static enum ots_status find_entry(struct mount *mount, uint64_t parent, const char *name,
				  struct attr *attr, struct ots_error *err)
{
	struct entry_info info;

	if (mount->tree == NULL ||
	    !ots_restore_tree_lookup(mount->tree, ots_node_table_index(parent), name, true, &info))
		return ots_fail(err, OTS_NOT_FOUND, "%s", name);
	ots_attr_of_entry(&info, attr);
	return OTS_OK;
}

static enum ots_status find_number(struct mount *mount, uint64_t parent, const char *name,
				   struct ots_cancel *cancel, uint64_t *number,
				   struct ots_error *err)
{
	const enum ots_node_class class = ots_node_class(parent);
	size_t table;
	enum ots_status status;

	if (class == NODE_ROOT || class == NODE_STATUS)
		return find_single(mount, class, name, number, err);
	if (class == NODE_JOBS)
		return ots_jobs_find(mount, name, number, err);
	if (class == NODE_JOB)
		return ots_job_part_find(mount, parent, name, number, err);
	if (class != NODE_RESTORE)
		return ots_fail(err, OTS_NOT_FOUND, "%s", name);
	status = ots_restore_tables_find(mount->tables, name, cancel, &table, err);
	if (status == OTS_OK)
		*number = ots_node_table(table);
	return status;
}

static enum ots_status find(struct mount *mount, uint64_t parent, const char *name,
			    struct ots_cancel *cancel, struct attr *attr, struct ots_error *err)
{
	uint64_t number = 0;
	enum ots_status status;

	switch (ots_node_class(parent)) {
	case NODE_CATALOG_FOLDER: return find_in_catalog(mount, parent, name, cancel, attr, err);
	case NODE_TABLE: return find_entry(mount, parent, name, attr, err);
	case NODE_ROOT:
	case NODE_STATUS:
	case NODE_JOBS:
	case NODE_JOB:
	case NODE_RESTORE: break;
	case NODE_UNKNOWN:
	case NODE_CATALOG_FILE:
	case NODE_README:
	case NODE_MOUNT_JSON:
	case NODE_METRICS:
	case NODE_LOG:
	case NODE_JOB_FILE:
	case NODE_JOB_DEAD:
	case NODE_JOB_CONTROL:
	case NODE_ENTRY: return ots_fail(err, OTS_NOT_FOUND, "%s", name);
	}
	status = find_number(mount, parent, name, cancel, &number, err);
	if (status == OTS_OK)
		status = ots_attr_of_number(mount, number, attr, err);
	if (status == OTS_UNSUPPORTED)
		status = ots_attr_generate(mount, number, cancel, attr, err);
	return status;
}

/* How long a name may be kept: of folders of the mount itself until the refresh, of what changes by
 * itself or in memory not at all. */
static double name_timeout_s(struct mount *mount, uint64_t parent, const struct attr *attr)
{
	switch (ots_node_class(parent)) {
	case NODE_CATALOG_FOLDER:
		return S_ISLNK(attr->st.st_mode) ? attr->timeout_s
						 : ots_attr_catalog_timeout_s(mount, parent);
	case NODE_ROOT: return (double)mount->options.refresh_ms / 1000;
	case NODE_UNKNOWN:
	case NODE_CATALOG_FILE:
	case NODE_README:
	case NODE_STATUS:
	case NODE_MOUNT_JSON:
	case NODE_METRICS:
	case NODE_LOG:
	case NODE_JOBS:
	case NODE_JOB:
	case NODE_JOB_FILE:
	case NODE_JOB_DEAD:
	case NODE_JOB_CONTROL:
	case NODE_RESTORE:
	case NODE_TABLE:
	case NODE_ENTRY: break;
	}
	return 0;
}

static void answer(fuse_req_t request, struct mount *mount, uint64_t parent, enum ots_status status,
		   const struct attr *attr, const struct ots_error *err)
{
	if (status == OTS_OK)
		ots_reply_entry(request, attr, name_timeout_s(mount, parent, attr));
	else
		ots_reply_failure(request, mount, "lookup", ERRNO_AT_LOOKUP, err);
}

static void lookup_run(struct pending *pending)
{
	struct lookup *lookup = (struct lookup *)pending;
	struct mount *mount = pending->mount;
	const uint64_t parent = lookup->parent;
	struct attr attr;
	struct ots_error err = {0};
	const enum ots_status status =
		find(mount, parent, lookup->name, &pending->cancel, &attr, &err);

	answer(ots_pending_take(pending), mount, parent, status, &attr, &err);
}

/* Whether the answer is in memory. */
static bool is_inline(struct mount *mount, uint64_t parent, const char *name)
{
	switch (ots_node_class(parent)) {
	case NODE_CATALOG_FOLDER: /* what `latest` means may have to be listed */
		return strcmp(name, "latest") != 0 &&
		       ots_catalog_is_fresh(mount->options.catalog, parent);
	case NODE_TABLE: return true;
	case NODE_ROOT: return strcmp(name, "README.txt") != 0;
	case NODE_STATUS: return strcmp(name, "jobs") == 0;
	case NODE_UNKNOWN:
	case NODE_CATALOG_FILE:
	case NODE_README:
	case NODE_MOUNT_JSON:
	case NODE_METRICS:
	case NODE_LOG:
	case NODE_JOBS:
	case NODE_JOB:
	case NODE_JOB_FILE:
	case NODE_JOB_DEAD:
	case NODE_JOB_CONTROL:
	case NODE_RESTORE:
	case NODE_ENTRY: break;
	}
	return false;
}

void ots_op_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct mount *mount = fuse_req_userdata(request);
	const size_t len = strlen(name);
	struct lookup *lookup;

	if (len > NAME_MAX) {
		(void)fuse_reply_err(request, ENAMETOOLONG);
		return;
	}
	if (is_inline(mount, parent, name)) {
		struct attr attr = {0};
		struct ots_error err = {0};
		const enum ots_status status = find(mount, parent, name, NULL, &attr, &err);

		answer(request, mount, parent, status, &attr, &err);
		return;
	}
	lookup = ots_pending_new(request, sizeof *lookup + len + 1);
	if (lookup == NULL)
		return;
	lookup->parent = parent;
	memcpy(lookup->name, name, len + 1);
	ots_pending_start_recallable(&lookup->pending, mount->names, lookup_run);
}

static void forget(struct mount *mount, uint64_t number, uint64_t count)
{
	if (ots_node_class(number) == NODE_ENTRY && mount->tree != NULL)
		ots_restore_tree_forget(mount->tree, number, count);
}

void ots_op_forget(fuse_req_t request, fuse_ino_t number, uint64_t count)
{
	forget(fuse_req_userdata(request), number, count);
	fuse_reply_none(request);
}

void ots_op_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget(fuse_req_userdata(request), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(request);
}
