#include "reply.h"

void ots_log_failure(struct mount *mount, const char *what, const struct ots_error *err)
{
	if (err->status == OTS_NOT_FOUND || err->status == OTS_CANCELLED ||
	    err->status == OTS_CHANGED || err->status == OTS_OK)
		return;
	ots_log_line(mount->options.log, OTS_LOG_ERROR, "%s: %s", what, err->text);
}

void ots_reply_failure(fuse_req_t request, struct mount *mount, const char *what,
		       enum errno_place place, const struct ots_error *err)
{
	ots_log_failure(mount, what, err);
	(void)fuse_reply_err(request, ots_errno_of(err->status, place));
}

void ots_reply_attr(fuse_req_t request, const struct attr *attr)
{
	(void)fuse_reply_attr(request, &attr->st, attr->timeout_s);
}

struct fuse_entry_param ots_entry_param(const struct attr *attr, double name_timeout_s)
{
	return (struct fuse_entry_param){
		.ino = attr->st.st_ino,
		.attr = attr->st,
		.attr_timeout = attr->timeout_s,
		.entry_timeout = name_timeout_s,
	};
}

void ots_reply_entry(fuse_req_t request, const struct attr *attr, double name_timeout_s)
{
	const struct fuse_entry_param entry = ots_entry_param(attr, name_timeout_s);

	(void)fuse_reply_entry(request, &entry);
}
