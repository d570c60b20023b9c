/** @file folder.h
 *  The folder backend, shared by its files: what it holds, how a key becomes a descriptor.
 *  Threads: immutable after opening, but for the counts, which are atomic. */
#ifndef OTSFS_CORE_OBJECT_DIR_FOLDER_H
#define OTSFS_CORE_OBJECT_DIR_FOLDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>

#include <otsfs/object/store.h>

struct folder {
	int fd;            /* of the folder; of the one around it where the source is one file */
	bool has_openat2;  /* else components are opened one by one */
	char *path;        /* as the caller gave it, for messages */
	char *single_key;  /* the source is one file: its only key; else NULL */
	char *single_name; /* what that file is called below fd: a link that was given is resolved
			    */
	struct {
		_Atomic uint64_t links, special, unnamed;
	} counts; /* of the last listing that reached its end */
};

/** Whether @p key can name a file below a folder at all: no empty part, no `.` or `..`, no NUL. */
bool folder_key_is_path(struct ots_bytes key);

/** Open what lies at a path below the folder, following no link on the way or at its end.
 *  @param path   parts with '/' between, at most OTS_KEY_MAX_BYTES; empty: the folder itself
 *  @param flags  of open(2); O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added, so that a pipe or a
 *                terminal cannot hold the caller
 *  @return a descriptor, or -1 with errno (EINVAL: no such path can be) */
int folder_openat(const struct folder *folder, struct ots_bytes path, int flags);

/** Find out whether the kernel has openat2() and lets us call it. */
bool folder_probe_openat2(int fd);

/** Fill size, time and ETag from what the kernel says of a file. */
void folder_fill_entry(const struct stat *st, struct ots_entry *entry);

/** The error for an errno of an object or folder below the source. */
enum ots_status folder_fail(const struct folder *folder, struct ots_bytes key, int error,
			    const char *doing, struct ots_error *err);

/** The operations, one file each as in every backend: list.c, read.c. */
enum ots_status folder_list(void *self, const struct ots_list_request *request, ots_list_fn *fn,
			    void *arg, struct ots_error *err);
enum ots_status folder_stat(void *self, struct ots_bytes key, struct ots_entry *entry,
			    struct ots_error *err);
enum ots_status folder_open(void *self, const struct ots_open_request *request,
			    struct ots_entry *entry, void **handle, struct ots_error *err);
enum ots_status folder_read(void *self, void *handle, uint64_t offset, void *buf, size_t len,
			    size_t *got, struct ots_error *err);
void folder_shut(void *self, void *handle);

#endif
