#include "attr.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../shown/generated.h"
#include "nodes.h"

#define BLOCK_BYTES ((blksize_t)1 << 20) /* cp then moves 1 MiB a call */
#define LINK_TIMEOUT_S 1.0               /* `latest` moves on */
/* A number is one content for ever: once exact, its attributes never change. What is new, changed
 * or gone shows by names, which are kept no longer than the listing is good. */
#define EXACT_TIMEOUT_S 3600.0
#define LINK_LIMIT_BYTES 4096

double ots_attr_catalog_timeout_s(struct mount *mount, uint64_t node)
{
	return (double)ots_catalog_fresh_ms(mount->options.catalog, node) / 1000;
}

static struct timespec time_of_us(int64_t us)
{
	const int64_t second = us / 1000000 - (us % 1000000 < 0 ? 1 : 0);

	return (struct timespec){(time_t)second, (long)(us - second * 1000000) * 1000};
}

static void set_size(struct stat *st, uint64_t size)
{
	st->st_size = size > INT64_MAX ? INT64_MAX : (off_t)size;
	st->st_blocks = (blkcnt_t)(st->st_size / 512 + (st->st_size % 512 != 0 ? 1 : 0));
	st->st_blksize = BLOCK_BYTES;
}

static void begin(struct mount *mount, uint64_t number, mode_t mode, int64_t mtime_us,
		  struct attr *attr)
{
	const struct timespec time = time_of_us(mtime_us);

	*attr = (struct attr){0};
	attr->st.st_ino = number;
	attr->st.st_mode = mode;
	attr->st.st_nlink = S_ISDIR(mode) ? 2 : 1;
	attr->st.st_uid = mount->uid;
	attr->st.st_gid = mount->gid;
	attr->st.st_atim = attr->st.st_mtim = attr->st.st_ctim = time;
}

/* @return whether the size is exact */
static bool text_size(struct mount *mount, const struct ots_node *node, uint64_t *size)
{
	bool known;

	if (ots_node_form(node->number) == OTS_NODE_FORM_RAW) {
		*size = node->object_bytes;
		return true;
	}
	known = ots_seen_size(mount->seen, node->number, size);
	if (!known)
		*size = ots_text_estimate(node->format, node->object_bytes);
	return known;
}

/* Bytes of what readlink gives: a link's size. */
static uint64_t link_size(struct mount *mount, uint64_t number)
{
	struct ots_buffer target;
	uint64_t size = 0;

	ots_buffer_init(&target, LINK_LIMIT_BYTES);
	if (ots_catalog_link(mount->options.catalog, number, &target, NULL) == OTS_OK)
		size = target.len;
	ots_buffer_release(&target);
	return size;
}

void ots_attr_of_catalog(struct mount *mount, const struct ots_node *node, double timeout_s,
			 struct attr *attr)
{
	uint64_t size;

	switch (node->kind) {
	case OTS_NODE_FOLDER:
		begin(mount, node->number, S_IFDIR | 0555, node->mtime_us, attr);
		attr->timeout_s = timeout_s;
		return;
	case OTS_NODE_LINK:
		begin(mount, node->number, S_IFLNK | 0777, node->mtime_us, attr);
		set_size(&attr->st, link_size(mount, node->number));
		attr->timeout_s = timeout_s < LINK_TIMEOUT_S ? timeout_s : LINK_TIMEOUT_S;
		return;
	case OTS_NODE_FILE:
		begin(mount, node->number, S_IFREG | 0444, node->mtime_us, attr);
		attr->timeout_s = text_size(mount, node, &size) ? EXACT_TIMEOUT_S : 0;
		set_size(&attr->st, size);
		return;
	}
}

void ots_attr_of_folder(struct mount *mount, uint64_t number, struct attr *attr)
{
	const enum ots_node_class class = ots_node_class(number);
	const bool writable = class == NODE_RESTORE || class == NODE_TABLE;

	begin(mount, number, S_IFDIR | (writable ? 0755 : 0555), mount->started_us, attr);
}

/* A generated text of @p size bytes. */
static void of_generated(struct mount *mount, uint64_t number, uint64_t size, struct attr *attr)
{
	const mode_t mode = ots_node_class(number) == NODE_JOB_CONTROL ? 0644 : 0444;

	begin(mount, number, S_IFREG | mode, ots_clock_wall_us(mount->options.clock), attr);
	set_size(&attr->st, size);
}

size_t ots_attr_job_link(const char *job_id, char out[JOB_LINK_BYTES])
{
	(void)snprintf(out, JOB_LINK_BYTES, "../../status/jobs/%s", job_id);
	return strlen(out);
}

void ots_attr_of_entry(const struct entry_info *info, struct attr *attr)
{
	char target[JOB_LINK_BYTES];

	*attr = (struct attr){0};
	attr->st.st_ino = info->number;
	attr->st.st_mode = info->link ? (mode_t)(S_IFLNK | 0777)
				      : (mode_t)(S_IFREG | (info->attr.mode & 07777));
	attr->st.st_nlink = 1;
	attr->st.st_uid = info->attr.uid;
	attr->st.st_gid = info->attr.gid;
	attr->st.st_atim = info->attr.atime;
	attr->st.st_mtim = info->attr.mtime;
	attr->st.st_ctim = info->attr.ctime;
	set_size(&attr->st, info->link ? ots_attr_job_link(info->job_id, target) : info->size);
}

static enum ots_status of_catalog(struct mount *mount, uint64_t number, struct attr *attr,
				  struct ots_error *err)
{
	struct ots_node node;
	const enum ots_status status = ots_catalog_node(mount->options.catalog, number, &node, err);

	if (status == OTS_OK)
		ots_attr_of_catalog(mount, &node, ots_attr_catalog_timeout_s(mount, number), attr);
	return status;
}

static enum ots_status of_entry(struct mount *mount, uint64_t number, struct attr *attr,
				struct ots_error *err)
{
	struct entry_info info;

	if (mount->tree == NULL || !ots_restore_tree_info(mount->tree, number, &info))
		return ots_fail(err, OTS_CHANGED, "the dropped file is gone");
	ots_attr_of_entry(&info, attr);
	return OTS_OK;
}

enum ots_status ots_attr_of_number(struct mount *mount, uint64_t number, struct attr *attr,
				   struct ots_error *err)
{
	switch (ots_node_class(number)) {
	case NODE_CATALOG_FOLDER:
	case NODE_CATALOG_FILE: return of_catalog(mount, number, attr, err);
	case NODE_ENTRY: return of_entry(mount, number, attr, err);
	case NODE_ROOT:
	case NODE_STATUS:
	case NODE_JOBS:
	case NODE_JOB:
	case NODE_RESTORE:
	case NODE_TABLE: ots_attr_of_folder(mount, number, attr); return OTS_OK;
	case NODE_README:
	case NODE_MOUNT_JSON:
	case NODE_METRICS:
	case NODE_LOG:
	case NODE_JOB_FILE:
	case NODE_JOB_DEAD:
	case NODE_JOB_CONTROL: return OTS_UNSUPPORTED;
	case NODE_UNKNOWN: break;
	}
	return ots_fail(err, OTS_CHANGED, "no such node");
}

enum ots_status ots_attr_generate(struct mount *mount, uint64_t number, struct ots_cancel *cancel,
				  struct attr *attr, struct ots_error *err)
{
	enum ots_status status;
	struct ots_buffer text = {0};
	uint64_t size = 0;
	int fd = -1;

	if (ots_node_class(number) == NODE_JOB_DEAD) {
		status = ots_job_dead(mount, number, &fd, &size, err);
		if (fd >= 0)
			(void)close(fd);
	} else if (ots_handle_generated_size(&mount->handles, number, &size)) {
		status = OTS_OK; /* fstat() after open: the text that the handle reads */
	} else {
		status = ots_generated_text(mount, number, cancel, &text, err);
		size = text.len;
	}
	if (status == OTS_OK)
		of_generated(mount, number, size, attr);
	ots_buffer_release(&text);
	return status;
}
