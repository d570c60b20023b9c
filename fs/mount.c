#include "mount_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mount_point.h"
#include "pending.h"

/* Threads that read requests. They answer from memory or queue, and WRITE goes to the local disk:
 * many enough that some always read, so that INTERRUPT comes through. */
#define LOOP_THREADS 32
/* Names wait for one listing together; short opens never stand behind long ones, which decode a
 * large object to its end; closes wait for whole restores. */
#define NAMES_THREADS 8
#define OPENS_THREADS 8
#define COUNTS_THREADS 16
#define READS_THREADS 16
#define CLOSES_THREADS 32
/* Requests that may wait in each pool; then the reading threads wait too. */
#define QUEUE_LIMIT 1024
/* Every request that waits can be interrupted; a few are on their way from queue to worker. */
#define RECALLS_LIMIT ((size_t)8 * QUEUE_LIMIT)

void ots_mount_waiter_add(struct mount *mount, struct waiter *waiter)
{
	bool ending;

	(void)pthread_mutex_lock(&mount->locked.mutex);
	ending = mount->locked.ending;
	waiter->next = mount->locked.waiters;
	mount->locked.waiters = waiter;
	(void)pthread_mutex_unlock(&mount->locked.mutex);
	if (ending)
		ots_cancel_ask(waiter->cancel);
}

void ots_mount_waiter_remove(struct mount *mount, struct waiter *waiter)
{
	struct waiter **at = &mount->locked.waiters;

	(void)pthread_mutex_lock(&mount->locked.mutex);
	while (*at != waiter) /* ends: what was added is in the list */
		at = &(*at)->next;
	*at = waiter->next;
	(void)pthread_mutex_unlock(&mount->locked.mutex);
}

static void waiters_end(struct mount *mount)
{
	(void)pthread_mutex_lock(&mount->locked.mutex);
	mount->locked.ending = true;
	for (struct waiter *w = mount->locked.waiters; w != NULL; w = w->next)
		ots_cancel_ask(w->cancel);
	(void)pthread_mutex_unlock(&mount->locked.mutex);
}

/* Workers leave signals to the thread that runs the session, as libfuse's own threads do. */
static enum ots_status start_pools(struct mount *mount, struct ots_error *err)
{
	enum ots_status status;
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	status = ots_pool_new(NAMES_THREADS, QUEUE_LIMIT, &mount->names, err);
	if (status == OTS_OK)
		status = ots_pool_new(OPENS_THREADS, QUEUE_LIMIT, &mount->opens, err);
	if (status == OTS_OK)
		status = ots_pool_new(COUNTS_THREADS, QUEUE_LIMIT, &mount->counts, err);
	if (status == OTS_OK)
		status = ots_pool_new(READS_THREADS, QUEUE_LIMIT, &mount->reads, err);
	if (status == OTS_OK)
		status = ots_pool_new(CLOSES_THREADS, QUEUE_LIMIT, &mount->closes, err);
	if (status == OTS_OK)
		status = ots_pool_new(1, RECALLS_LIMIT, &mount->recalls, err);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

/* Runs what is queued to its end, which is soon: told to stop, opens and reads do. Afterwards every
 * request has been answered. */
static void end_pools(struct mount *mount)
{
	waiters_end(mount);
	ots_pending_end_all(mount);
	ots_pool_free(mount->closes);
	ots_pool_free(mount->reads);
	ots_pool_free(mount->counts);
	ots_pool_free(mount->opens);
	ots_pool_free(mount->names);
	ots_pending_await_all(mount);
	ots_pool_free(mount->recalls); /* last: the others' requests are answered there */
	mount->closes = mount->reads = mount->counts = mount->opens = mount->names = NULL;
	mount->recalls = NULL;
}

static enum ots_status mount_open(struct mount *mount, const struct ots_mount_options *options,
				  struct ots_error *err)
{
	bool ok;

	*mount = (struct mount){.options = *options, .uid = getuid(), .gid = getgid()};
	mount->started_us = ots_clock_wall_us(options->clock);
	(void)pthread_mutex_init(&mount->locked.mutex, NULL);
	ots_handle_list_init(&mount->handles);
	mount->seen = ots_seen_new();
	mount->jobs = ots_name_table_new();
	ok = mount->seen != NULL && mount->jobs != NULL;
	if (options->engine != NULL) {
		mount->tree = ots_restore_tree_new();
		if (mount->tree != NULL)
			mount->tables = ots_restore_tables_new(&mount->options, mount->tree);
		ok = ok && mount->tables != NULL;
	}
	return ok ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "the mount");
}

static void mount_close(struct mount *mount)
{
	ots_handle_list_release(&mount->handles);
	ots_restore_tables_free(mount->tables);
	ots_restore_tree_free(mount->tree);
	ots_name_table_free(mount->jobs);
	ots_seen_free(mount->seen);
	(void)pthread_mutex_destroy(&mount->locked.mutex);
}

/* `-o` for the session: ours, the source's name with its commas escaped, the user's. */
static bool add_options(const struct mount *mount, struct fuse_args *args)
{
	const struct ots_mount_options *options = &mount->options;
	char *list = NULL, *name = NULL;
	const size_t len = strlen(options->source_name);
	bool ok = false;

	name = malloc(len + sizeof "fsname=");
	if (name == NULL)
		goto out;
	memcpy(name, "fsname=", sizeof "fsname=" - 1);
	memcpy(name + sizeof "fsname=" - 1, options->source_name, len + 1);
	ok = fuse_opt_add_opt(&list, "default_permissions,nosuid,nodev,noatime,subtype=otsfs") ==
		     0 &&
	     fuse_opt_add_opt_escaped(&list, name) == 0 &&
	     (options->fuse_options == NULL || options->fuse_options[0] == '\0' ||
	      fuse_opt_add_opt(&list, options->fuse_options) == 0) &&
	     fuse_opt_add_arg(args, "otsfs") == 0 && fuse_opt_add_arg(args, "-o") == 0 &&
	     fuse_opt_add_arg(args, list) == 0;
out:
	free(list);
	free(name);
	return ok;
}

static enum ots_status run_loop(struct mount *mount, struct ots_error *err)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int result;

	if (config == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "the mount");
	fuse_loop_cfg_set_max_threads(config, LOOP_THREADS);
	fuse_loop_cfg_set_idle_threads(config, LOOP_THREADS);
	fuse_loop_cfg_set_clone_fd(config, 0);
	result = fuse_session_loop_mt(mount->session, config);
	fuse_loop_cfg_destroy(config);
	/* Above 0: ended by a signal, which is how mounts end. */
	if (result < 0)
		return ots_fail(err, OTS_IO, "serving %s: %s", mount->options.mountpoint,
				strerror(-result));
	return OTS_OK;
}

/* Jobs that run end in good order after this: a second signal must not cut that short. libfuse
 * takes away its own handlers only, so that there is no moment at which one of these kills. */
static void ignore_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		(void)sigaction(numbers[i], &ignore, NULL);
}

static enum ots_status serve(struct mount *mount, struct ots_error *err)
{
	const char *mountpoint = mount->options.mountpoint;
	enum ots_status status;

	if (fuse_set_signal_handlers(mount->session) != 0)
		return ots_fail(err, OTS_IO, "signal handlers cannot be set");
	if (fuse_session_mount(mount->session, mountpoint) != 0) {
		status =
			ots_fail(err, geteuid() == 0 ? OTS_IO : OTS_DENIED,
				 "%s cannot be mounted (libfuse's message is above; -o allow_other "
				 "needs user_allow_other in /etc/fuse.conf)",
				 mountpoint);
		goto out;
	}
	status = start_pools(mount, err);
	if (status == OTS_OK)
		status = run_loop(mount, err);
	end_pools(mount);
	fuse_session_unmount(mount->session);
	ignore_signals();
out:
	fuse_remove_signal_handlers(mount->session);
	return status;
}

static enum ots_status check(const struct ots_mount_options *options, struct ots_error *err)
{
	const unsigned long timeout_s = ots_mount_point_request_timeout_s();

	if (options->restore_wait && timeout_s != 0)
		return ots_fail(err, OTS_USAGE,
				"--restore-wait cannot be kept here: the kernel ends a mount whose "
				"answer takes longer than %lu s (fs.fuse.default_request_timeout, "
				"max_request_timeout); set both to 0, or leave the option out",
				timeout_s);
	return ots_mount_point_check(options->mountpoint, err);
}

enum ots_status ots_mount_run(const struct ots_mount_options *options, struct ots_error *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct mount mount;
	enum ots_status status = check(options, err);

	if (status != OTS_OK)
		return status;
	status = mount_open(&mount, options, err);
	if (status != OTS_OK)
		goto out;
	if (!add_options(&mount, &args)) {
		status = ots_fail(err, OTS_NO_MEMORY, "the mount");
		goto out;
	}
	mount.session =
		fuse_session_new(&args, &ots_mount_operations, sizeof ots_mount_operations, &mount);
	if (mount.session == NULL) {
		status = ots_fail(err, OTS_USAGE, "libfuse refuses the options -o %s",
				  options->fuse_options == NULL ? "" : options->fuse_options);
		goto out;
	}
	status = serve(&mount, err);
	fuse_session_destroy(mount.session);
out:
	mount_close(&mount);
	fuse_opt_free_args(&args);
	return status;
}
