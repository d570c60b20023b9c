/* otsfs: mounts backups of Tablestore tables as a tree of text, and restores by copying. */
#include "command.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>

#include <otsfs/base/version.h>
#include <otsfs/net/http.h>

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *does;
} commands[] = {
	{"mount", command_mount, "mount a source as a tree of text"},
	{"umount", command_umount, "unmount, and wait until the driver has ended"},
	{"ls", command_ls, "list a folder of the tree, without a mount"},
	{"cat", command_cat, "print records, or an object as it is"},
	{"stat", command_stat, "say what an object is: table, format, time, key"},
	{"thaw", command_thaw, "ask for archived objects, which can be read later"},
	{"restore", command_restore, "write the records of an object into a table"},
	{"check", command_check, "whether a source can be read, a target written"},
	{"jobs", command_jobs, "list the restores that run and ran"},
	{"serve", ots_serve_main, "a local Tablestore service, for trying out and testing"},
	{"demo", command_demo, "the whole product in a minute on sample backups"},
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_help(FILE *out)
{
	(void)fprintf(out, "usage: otsfs COMMAND [OPTION…] …\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		(void)fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].does);
	(void)fprintf(out, "\n`otsfs COMMAND --help` says more; the manual page says all.\n");
}

int usage_help(const char *usage)
{
	(void)printf("usage: %s\n", usage);
	return EXIT_DONE;
}

int usage_error(const char *command, const char *usage, const char *format, ...)
{
	va_list args;

	(void)fprintf(stderr, "otsfs %s: ", command);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fprintf(stderr, "\nusage: %s\n", usage);
	return EXIT_USAGE;
}

int exit_code_of(enum ots_status status)
{
	switch (status) {
	case OTS_OK: return EXIT_DONE;
	case OTS_USAGE: return EXIT_USAGE;
	case OTS_REFUSED: return EXIT_REFUSED;
	case OTS_CANCELLED: return EXIT_STOPPED;
	case OTS_NOT_FOUND:
	case OTS_EXISTS:
	case OTS_DENIED:
	case OTS_CORRUPT:
	case OTS_UNSUPPORTED:
	case OTS_LIMIT:
	case OTS_NO_MEMORY:
	case OTS_NO_SPACE:
	case OTS_IO:
	case OTS_NETWORK:
	case OTS_TIMEOUT:
	case OTS_THROTTLED:
	case OTS_SERVER:
	case OTS_CHANGED: return EXIT_FAILED;
	}
	return EXIT_FAILED;
}

int report(const char *command, const struct ots_error *err)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "otsfs %s: %s\n", command, err->text);
	return exit_code_of(err->status);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct ots_error err = {0};
	int code;

	if (ots_http_global_init(&err) != OTS_OK)
		return report(command->name, &err);
	code = command->run(argc, argv);
	/* What was printed counts only once it has arrived: a full disk is a failure. */
	if ((fflush(stdout) != 0 || ferror(stdout) != 0) && code == EXIT_DONE) {
		(void)fprintf(stderr, "otsfs %s: standard output: write failed\n", command->name);
		code = EXIT_FAILED;
	}
	return code;
}

/* What clang has in the place of gcc's macros. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OTSFS_SANITIZED
#endif
#endif

/* A core file, or a debugger of the same user, would show the keys. Sanitizers look at the process
 * as a debugger does. */
static void keep_out_of_core_dumps(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(OTSFS_SANITIZED)
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;

	(void)signal(SIGPIPE, SIG_IGN);
	keep_out_of_core_dumps();
	name = name != NULL ? name + 1 : argv[0];
	/* mount(8) and fstab call `mount.fuse.otsfs SOURCE DIR -o OPTIONS`. */
	if (name != NULL && strcmp(name, "mount.fuse.otsfs") == 0)
		return run(&commands[0], argc, argv);
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("otsfs %s\n", OTS_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	}
	(void)fprintf(stderr, "otsfs: no command '%s'\n", argv[1]);
	print_help(stderr);
	return EXIT_USAGE;
}
