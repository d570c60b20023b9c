/** @file reply.h
 *  Answers that more than one operation gives. Each ends the request. */
#ifndef OTSFS_FS_REPLY_H
#define OTSFS_FS_REPLY_H

#include "../node/attr.h"
#include "../errno_map.h"

/** Log the reason once (not for what is no fault: a name that is not there, an interrupt, an object
 *  that was replaced) and answer its errno. */
void ots_reply_failure(fuse_req_t request, struct mount *mount, const char *what,
		       enum errno_place place, const struct ots_error *err);
void ots_log_failure(struct mount *mount, const char *what, const struct ots_error *err);

void ots_reply_attr(fuse_req_t request, const struct attr *attr);

/** Answer a LOOKUP. @p name_timeout_s is for the name, attr->timeout_s for the attributes. */
void ots_reply_entry(fuse_req_t request, const struct attr *attr, double name_timeout_s);
struct fuse_entry_param ots_entry_param(const struct attr *attr, double name_timeout_s);

#endif
