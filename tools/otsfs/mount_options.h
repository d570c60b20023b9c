/** @file mount_options.h
 *  What `otsfs mount` was told, by long options or by `-o` as fstab gives them. */
#ifndef OTSFS_TOOLS_MOUNT_OPTIONS_H
#define OTSFS_TOOLS_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/error.h>

#include "oss/words.h"

#define LAYOUTS_MAX 32

struct mount_words {
	bool foreground;
	bool restore_wait;
	const char *restore_to;
	const char *layouts[LAYOUTS_MAX];
	size_t layout_count;
	const char *timezone;
	int64_t refresh_ms;
	int64_t timeout_ms;
	size_t memory_bytes;
	const char *state;
	const char *ready;
	struct oss_words oss;
	char *fuse_options; /**< passed on, comma-separated; owned */
	const char *source, *mountpoint;
	bool help;
	char *kept[64]; /**< copies that the pointers above borrow; owned */
	size_t kept_count;
};

extern const char mount_usage[];

/** @param out  zeroed; to be released in every case
 *  @return OTS_OK, OTS_USAGE (with what is wrong), OTS_NO_MEMORY */
enum ots_status mount_words_parse(int argc, char **argv, struct mount_words *out,
				  struct ots_error *err) OTS_MUST_USE;
void mount_words_release(struct mount_words *words);

#endif
