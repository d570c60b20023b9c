/** @file demo_data.h
 *  Sample files compiled in, so that the demo runs from any folder. */
#ifndef OTSFS_TOOLS_DEMO_DATA_H
#define OTSFS_TOOLS_DEMO_DATA_H

#include <stddef.h>

struct demo_file {
	const char *name; /**< NULL ends the list */
	const unsigned char *bytes;
	size_t len;
};

extern const struct demo_file demo_files[];

#endif
