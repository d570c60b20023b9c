/* otsfs mount: opens the source and what restores need, then serves until unmounted. */
#define _GNU_SOURCE /* asprintf */
#include "command.h"
#include "daemon.h"
#include "instance.h"
#include "mount_options.h"
#include "ready_file.h"
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <otsfs/fs/mount.h>
#include <otsfs/restore/engine.h>
#include <otsfs/restore/target.h>
#include <otsfs/view/view.h>

/* Everything a mount is made of, in the order it is made. */
struct driver {
	const struct mount_words *words;
	char *mountpoint, *state, *ready, *ca_file;
	struct oss_words oss;     /* with that ca_file */
	struct daemon_link *link; /* NULL in the foreground, and once ready */
	struct ots_log *log;
	struct source source;
	struct ots_view *view;
	struct ots_target *target;
	struct ots_engine *engine;
};

static bool is_inside(const char *path, const char *folder)
{
	const size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0' || (len == 1 && folder[0] == '/'));
}

static enum ots_status mountpoint_check(const struct mount_words *words, char **out,
					struct ots_error *err)
{
	char *source = NULL;
	char *dir = realpath(words->mountpoint, NULL);
	enum ots_status status;

	if (dir == NULL)
		return ots_fail(err, errno == ENOENT ? OTS_NOT_FOUND : OTS_IO, "%s: %s%s",
				words->mountpoint, strerror(errno),
				errno == ENOTCONN ? " (a dead mount: otsfs umount it first)" : "");
	if (bucket_is(words->source)) { /* elsewhere: neither can lie inside the other */
		*out = dir;
		return OTS_OK;
	}
	status = source_path(words->source, &source, err);
	if (status == OTS_OK && is_inside(dir, source))
		status = ots_fail(err, OTS_REFUSED,
				  "%s lies inside the source %s: a mount would "
				  "find itself there; mount elsewhere",
				  dir, source);
	else if (status == OTS_OK && is_inside(source, dir))
		status = ots_fail(err, OTS_REFUSED,
				  "the source %s lies inside %s: the mount would "
				  "hide it; mount elsewhere",
				  source, dir);
	free(source);
	if (status != OTS_OK) {
		free(dir);
		return status;
	}
	*out = dir;
	return OTS_OK;
}

static enum ots_status driver_open(struct driver *driver, struct ots_error *err)
{
	const struct mount_words *words = driver->words;
	/* Of a bucket, a quarter of the memory is for reading ahead. */
	const size_t ahead_bytes = bucket_is(words->source) ? words->memory_bytes / 4 : 0;
	const struct source_options source = {.layouts = words->layouts,
					      .layout_count = words->layout_count,
					      .timezone = words->timezone,
					      .refresh_ms = words->refresh_ms,
					      .log = driver->log,
					      .oss = &driver->oss,
					      .timeout_ms = words->timeout_ms,
					      .ahead_bytes = ahead_bytes};
	const struct ots_view_options view = {.memory_bytes = words->memory_bytes - ahead_bytes};
	const struct instance_words instance = {.url = words->restore_to,
						.ca_file = driver->ca_file,
						.timeout_ms = words->timeout_ms};
	struct ots_engine_options engine = {
		.state_dir = driver->state, .clock = &ots_clock_system, .log = driver->log};
	enum ots_status status = source_open(words->source, &source, &driver->source, err);

	if (status == OTS_OK)
		status = ots_view_new(driver->source.store, &view, &driver->view, err);
	if (status != OTS_OK || words->restore_to == NULL)
		return status;
	status = instance_open(&instance, &driver->target, err);
	if (status != OTS_OK)
		return status;
	engine.target = driver->target;
	engine.source = driver->source.store;
	return ots_engine_open(&engine, &driver->engine, err);
}

static void driver_close(struct driver *driver)
{
	ots_engine_close(driver->engine);
	ots_target_free(driver->target);
	ots_view_free(driver->view);
	source_release(&driver->source);
	ots_log_free(driver->log);
	free(driver->mountpoint);
	free(driver->state);
	free(driver->ready);
	free(driver->ca_file);
}

static bool meet_one(void *arg, const struct ots_entry *entry)
{
	(void)entry;
	*(bool *)arg = false;
	return false;
}

/* A source without objects may be a typing error, or one that is about to be filled. */
static void warn_of_nothing(struct driver *driver)
{
	const struct ots_list_request first = {.page_keys = 1};
	bool is_empty = true;
	struct ots_error err = {0};

	if (ots_store_list(driver->source.store, &first, meet_one, &is_empty, &err) != OTS_OK ||
	    !is_empty)
		return; /* what cannot be listed says so when somebody looks */
	ots_log_line(driver->log, OTS_LOG_WARNING, "warning: %s has no objects",
		     driver->source.path);
	if (driver->link != NULL) /* the log has no stream then */
		(void)fprintf(stderr, "otsfs mount: warning: %s has no objects\n",
			      driver->source.path);
}

static void on_ready(void *arg)
{
	struct driver *driver = arg;
	struct ots_error err = {0};

	if (driver->ready != NULL && ready_file_write(driver->ready, "", &err) != OTS_OK)
		ots_log_line(driver->log, OTS_LOG_ERROR, "--ready: %s", err.text);
	if (driver->link != NULL)
		ots_log_stream(driver->log, NULL);
	daemon_ready(driver->link);
	driver->link = NULL;
}

static int serve(struct driver *driver)
{
	const struct mount_words *words = driver->words;
	struct ots_error err = {0};
	enum ots_status status = driver_open(driver, &err);
	int code = EXIT_DONE;

	if (status == OTS_OK) {
		const struct ots_mount_options options = {.mountpoint = driver->mountpoint,
							  .source_name = driver->source.path,
							  .fuse_options = words->fuse_options,
							  .catalog = driver->source.catalog,
							  .view = driver->view,
							  .engine = driver->engine,
							  .target = driver->target,
							  .state_dir = driver->state,
							  .log = driver->log,
							  .clock = &ots_clock_system,
							  .refresh_ms = words->refresh_ms,
							  .timeout_ms = words->timeout_ms,
							  .restore_wait = words->restore_wait,
							  .ready = on_ready,
							  .ready_arg = driver};

		warn_of_nothing(driver);
		status = ots_mount_run(&options, &err);
	}
	if (status != OTS_OK && driver->link != NULL)
		daemon_failed(driver->link, exit_code_of(status), err.text);
	else if (status != OTS_OK)
		code = report("mount", &err);
	if (status != OTS_OK && code == EXIT_DONE)
		code = EXIT_FAILED;
	return code;
}

/* Paths are made absolute before a daemon leaves its folder. */
static enum ots_status driver_prepare(struct driver *driver, struct ots_error *err)
{
	const struct mount_words *words = driver->words;
	enum ots_status status = mountpoint_check(words, &driver->mountpoint, err);

	if (status == OTS_OK)
		status = state_path(words->state, &driver->state, err);
	if (status == OTS_OK && words->ready != NULL)
		status = ready_file_prepare(words->ready, &driver->ready, err);
	if (status == OTS_OK && words->oss.ca_file != NULL) {
		driver->ca_file = realpath(words->oss.ca_file, NULL);
		if (driver->ca_file == NULL)
			status = ots_fail(err, OTS_USAGE, "--ca-file %s: %s", words->oss.ca_file,
					  strerror(errno));
	}
	driver->oss = words->oss;
	driver->oss.ca_file = driver->ca_file;
	return status;
}

int command_mount(int argc, char **argv)
{
	struct mount_words words = {0};
	struct driver driver = {.words = &words};
	struct ots_error err = {0};
	int code = EXIT_DONE;

	if (mount_words_parse(argc, argv, &words, &err) != OTS_OK) {
		code = usage_error("mount", mount_usage, "%s", err.text);
		goto out;
	}
	if (words.help) {
		code = usage_help(mount_usage);
		goto out;
	}
	if (driver_prepare(&driver, &err) != OTS_OK ||
	    (!words.foreground && daemon_start(&driver.link, &code, &err) != OTS_OK)) {
		code = report("mount", &err);
		goto out;
	}
	if (!words.foreground && driver.link == NULL)
		goto out; /* the parent: the child serves, or has said why it does not */
	driver.log = ots_log_new(&ots_clock_system, words.foreground ? stderr : NULL, OTS_LOG_INFO);
	code = serve(&driver);
out:
	driver_close(&driver);
	mount_words_release(&words);
	return code;
}
