/** @file scratch_folder.h
 *  A folder of a test's own below $TMPDIR, with files in it. A helper that fails ends the test.
 *  Threads: the caller serialises. */
#ifndef OTSFS_TESTS_SUPPORT_SCRATCH_FOLDER_H
#define OTSFS_TESTS_SUPPORT_SCRATCH_FOLDER_H

#include <stddef.h>

struct scratch {
	char path[256];
};

/** Make it. */
void scratch_make(struct scratch *scratch);

/** Take it away with all that is in it; links are not followed. */
void scratch_remove(const struct scratch *scratch);

/** Write a file whole; folders on the way are made. */
void scratch_write(const struct scratch *scratch, const char *name, const void *bytes, size_t len);

/** As scratch_write() of a C string. */
void scratch_text(const struct scratch *scratch, const char *name, const char *text);

#endif
