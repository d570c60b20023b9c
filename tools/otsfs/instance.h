/** @file instance.h
 *  The Tablestore instance that a command was told to write to, with what the environment says
 *  about talking to it. */
#ifndef OTSFS_TOOLS_INSTANCE_H
#define OTSFS_TOOLS_INSTANCE_H

#include <otsfs/restore/target.h>

struct instance_words {
	const char *url;
	const char *ca_file;       /**< NULL: what the system trusts */
	int64_t timeout_ms;        /**< of one call; 0: 30 s */
	struct ots_cancel *cancel; /**< ends the look-up of a key; may be NULL */
};

/** OTS_REGION: signatures of version 4 for it (`auto`: for the region in the host's name).
 *  OTSFS_COMPRESS=true: compressed bodies.
 *  @return as ots_target_open(), and OTS_USAGE for a variable that makes no sense */
enum ots_status instance_open(const struct instance_words *words, struct ots_target **out,
			      struct ots_error *err) OTS_MUST_USE;

#endif
