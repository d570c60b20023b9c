/** @file command.h
 *  The subcommands of otsfs, what they share, and exit statuses (product.md section 4). */
#ifndef OTSFS_TOOLS_COMMAND_H
#define OTSFS_TOOLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <otsfs/base/error.h>
#include <otsfs/catalog/catalog.h>
#include <otsfs/object/store.h>

/** What scripts rely on. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_SET_ASIDE = 3, /**< done with rows set aside */
	EXIT_REFUSED = 4,   /**< gap, schema, policy */
	EXIT_STOPPED = 5    /**< stopped and resumable */
};

/** Each takes what stands behind `otsfs`, its own name first. @return an exit_code */
int command_cat(int argc, char **argv);
int command_check(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_jobs(int argc, char **argv);
int command_ls(int argc, char **argv);
int command_mount(int argc, char **argv);
int command_restore(int argc, char **argv);
int command_stat(int argc, char **argv);
int command_thaw(int argc, char **argv);
int command_umount(int argc, char **argv);
int ots_serve_main(int argc, char **argv);

/** The exit code that fits a status. */
int exit_code_of(enum ots_status status);

/** Print `otsfs COMMAND: text` on standard error. @return the exit code that fits the status */
int report(const char *command, const struct ots_error *err);

/** Print what is wrong with the words and how they go. @return EXIT_USAGE */
int usage_error(const char *command, const char *usage, const char *format, ...) OTS_PRINTF(3, 4);

/** Answer `--help`: print @p usage on standard output. @return EXIT_DONE */
int usage_help(const char *usage);

#endif
