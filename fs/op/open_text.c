/* OPEN of what backups hold: answered when the size is exact. */
#include "operations.h"

#include <errno.h>

#include "../node/nodes.h"

struct open_text {
	struct pending pending;
	uint64_t number;
	struct fuse_file_info fi;
	bool was_known; /* its exact size, to the kernel too */
};

/* The kernel was given no time to keep an estimate, but has it as the inode's size until it asks
 * again: it is told to ask, which touches attributes only and takes no page locks (measured: safe
 * before the answer). */
static void tell_size(struct mount *mount, const struct text_ref *text)
{
	if (ots_node_form(text->number) != OTS_NODE_FORM_RAW)
		(void)fuse_lowlevel_notify_inval_inode(mount->session, text->number, -1, 0);
}

/* The first open of a content logs its damage. One whose content is another than the number stood
 * for so far must not share the kernel's pages with it: it is looked up again, under a new one. */
static enum ots_status remember(struct mount *mount, const struct text_ref *text,
				struct ots_error *err)
{
	const struct ots_error *damage = ots_text_damage(text->text);
	const uint64_t size = ots_text_size(text->text);

	switch (ots_seen_put(mount->seen, text->number, ots_text_identity(text->text),
			     damage == NULL ? &size : NULL)) {
	case SEEN_NEVER: break;
	case SEEN_SAME: return OTS_OK;
	case SEEN_OTHER:
		ots_catalog_supersede(mount->options.catalog, text->number);
		return ots_fail(err, OTS_CHANGED, "another content than at its first open");
	}
	if (damage != NULL)
		ots_log_line(mount->options.log, OTS_LOG_ERROR,
			     "open: %s (the %llu bytes of text before can be read)", damage->text,
			     (unsigned long long)size);
	return OTS_OK;
}

static bool is_damage(enum ots_status status)
{
	return status == OTS_CORRUPT || status == OTS_LIMIT || status == OTS_UNSUPPORTED;
}

/* Nothing good in it: every open fails, the first one says why in the log. An object that is not
 * what was listed, or not there, is looked up again.
 * @return the status to answer */
static enum ots_status remember_failure(struct mount *mount, uint64_t number,
					const struct ots_error *err)
{
	if (err->status == OTS_CHANGED || err->status == OTS_NOT_FOUND) {
		ots_catalog_expire(mount->options.catalog);
		return err->status;
	}
	if (is_damage(err->status)) {
		switch (ots_seen_put(mount->seen, number, SEEN_UNREADABLE, NULL)) {
		case SEEN_NEVER: break;
		case SEEN_SAME: return err->status;
		case SEEN_OTHER: /* the kernel has pages of what could be read */
			ots_catalog_supersede(mount->options.catalog, number);
			return OTS_CHANGED;
		}
	}
	ots_log_failure(mount, "open", err);
	return err->status;
}

static void open_text_run(struct pending *pending)
{
	struct open_text *open = (struct open_text *)pending;
	struct mount *mount = pending->mount;
	const uint64_t number = open->number;
	struct fuse_file_info fi = open->fi;
	struct text_ref *text = NULL;
	struct handle *handle = NULL;
	struct ots_error err = {0};
	enum ots_status status = ots_text_ref_open(mount->options.catalog, mount->options.view,
						   number, &pending->cancel, &text, &err);
	const struct ots_error *damage = status == OTS_OK ? ots_text_damage(text->text) : NULL;
	fuse_req_t request;

	if (damage != NULL && ots_text_size(text->text) == 0) {
		err = *damage;
		status = err.status;
	} else if (status == OTS_OK) {
		status = remember(mount, text, &err);
	}
	if (status == OTS_OK) {
		handle = ots_handle_new(HANDLE_TEXT, number);
		if (handle == NULL)
			(void)ots_fail(&err, OTS_NO_MEMORY, "opening a file");
		else if (!open->was_known)
			tell_size(mount, text);
	}
	request = ots_pending_take(pending);
	if (handle == NULL) { /* unreadable, or without memory */
		ots_text_ref_release(text);
		status = remember_failure(mount, number, &err);
		(void)fuse_reply_err(request, ots_errno_of(status, ERRNO_AT_READ));
		return;
	}
	handle->text = text;
	ots_handle_add(&mount->handles, handle);
	fi.fh = (uintptr_t)handle;
	fi.direct_io = damage != NULL;  /* its reader gets every good byte, then the error */
	fi.keep_cache = damage == NULL; /* a number is one content for ever */
	fi.noflush = 1;
	if (fuse_reply_open(request, &fi) == -ENOENT)
		ots_handle_free(&mount->handles, handle);
}

/* Whether the text is counted at once, or long. */
static bool is_short(struct mount *mount, uint64_t number, bool *was_known)
{
	const enum ots_node_form form = (enum ots_node_form)ots_node_form(number);
	struct ots_node node;
	struct attr attr;

	*was_known = false;
	if (ots_catalog_node(mount->options.catalog, number, &node, NULL) != OTS_OK)
		return true; /* the answer will be ESTALE */
	ots_attr_of_catalog(mount, &node, 1, &attr);
	*was_known = attr.timeout_s > 0;
	return *was_known || !ots_text_is_long(form, node.object_bytes);
}

void ots_open_text(fuse_req_t request, fuse_ino_t number, const struct fuse_file_info *fi)
{
	struct mount *mount = fuse_req_userdata(request);
	struct open_text *open = ots_pending_new(request, sizeof *open);
	bool at_once;

	if (open == NULL)
		return;
	open->number = number;
	open->fi = *fi;
	at_once = is_short(mount, number, &open->was_known);
	ots_pending_start_recallable(&open->pending, at_once ? mount->opens : mount->counts,
				     open_text_run);
}
