/** @file mount.h
 *  The FUSE adaptor: one call that mounts and serves until unmounted.
 *  The room `fs`: options and session (mount.c), nodes of the tree that are not the catalog's
 * (README, status/, restore/), pending requests, one operation a file, the errno table. No formats,
 * no HTTP, no policy. */
#ifndef OTSFS_FS_MOUNT_H
#define OTSFS_FS_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include <otsfs/base/clock.h>
#include <otsfs/base/error.h>
#include <otsfs/base/log.h>
#include <otsfs/catalog/catalog.h>
#include <otsfs/restore/engine.h>
#include <otsfs/view/view.h>

struct ots_mount_options {
	const char *mountpoint;
	const char *source_name;     /**< as README.txt and /proc/mounts show it */
	const char *fuse_options;    /**< of `-o`, comma-separated, passed on; NULL: none */
	struct ots_catalog *catalog; /**< borrowed, as all below */
	struct ots_view *view;
	struct ots_engine *engine; /**< NULL: no restore/ */
	struct ots_target *target; /**< with engine: whose tables `ls restore/` shows */
	const char *state_dir;     /**< for status/jobs/; NULL: none */
	struct ots_log *log;
	const struct ots_clock *clock;
	int64_t refresh_ms;
	int64_t timeout_ms;
	bool restore_wait; /**< close waits for the restore's end */
	/** Called once, when the tree answers (from the serving thread). */
	void (*ready)(void *arg);
	void *ready_arg;
};

/** Mount, serve, and return when unmounted or told by SIGINT, SIGTERM or SIGHUP (in-flight requests
 *  finish). These three are ignored when it returns, so that what is still to be closed is closed
 *  whatever comes: the process is expected to end soon.
 *  @return OTS_OK, OTS_USAGE (options), OTS_DENIED, OTS_NOT_FOUND (mountpoint), OTS_IO */
enum ots_status ots_mount_run(const struct ots_mount_options *options,
			      struct ots_error *err) OTS_MUST_USE;

#endif
