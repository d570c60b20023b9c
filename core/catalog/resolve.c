#include <string.h>

#include <otsfs/base/bytes.h>

#include "handle.h"

/* Move *path behind its first part that is not empty. @return false at the end */
static bool next_part(struct ots_bytes *path, struct ots_bytes *part)
{
	const uint8_t *slash;

	while (path->len > 0 && path->at[0] == '/') { /* ends: takes a byte */
		path->at++;
		path->len--;
	}
	if (path->len == 0)
		return false;
	slash = memchr(path->at, '/', path->len);
	*part = (struct ots_bytes){path->at,
				   slash != NULL ? (size_t)(slash - path->at) : path->len};
	path->at += part->len;
	path->len -= part->len;
	return true;
}

static bool top_of(struct ots_bytes part, uint64_t *number)
{
	if (ots_bytes_are(part, "tables"))
		*number = OTS_NODE_TABLES;
	else if (ots_bytes_are(part, "by-time"))
		*number = OTS_NODE_BY_TIME;
	else if (ots_bytes_are(part, "raw"))
		*number = OTS_NODE_RAW;
	else
		return false;
	return true;
}

enum ots_status ots_catalog_resolve(struct ots_catalog *catalog, struct ots_bytes path,
				    struct ots_cancel *cancel, struct ots_node *node,
				    struct ots_error *err)
{
	struct ots_node at = {.kind = OTS_NODE_FOLDER};
	struct ots_bytes left = path, part;
	enum ots_status status = OTS_OK;
	bool found;

	if (!next_part(&left, &part))
		return ots_fail(err, OTS_USAGE,
				"an empty path: one below tables/, by-time/ or raw/ is expected");
	found = top_of(part, &at.number);
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	if (found) /* a path of one part is a question about the source, too */
		status = ots_catalog_ready_locked(catalog, (uint32_t)(at.number & UINT32_MAX),
						  cancel, err);
	while (found && status == OTS_OK && next_part(&left, &part)) {
		/* ends: each turn takes a part */
		found = at.kind == OTS_NODE_FOLDER;
		if (found)
			status = ots_catalog_step_locked(catalog, part, cancel, &at, err);
	}
	found = found && status == OTS_OK && ots_tree_node(&catalog->locked.tree, at.number, node);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	if (status == OTS_OK ? !found : status == OTS_NOT_FOUND || status == OTS_CHANGED)
		status = ots_fail(err, OTS_NOT_FOUND, "%.*s: no such path",
				  path.len < 900 ? (int)path.len : 900, (const char *)path.at);
	return status;
}
