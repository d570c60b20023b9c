/** @file blob.h
 *  Content by number: what a spool has written and an object or a part of an upload holds. In
 *  memory: small ones on the heap, others in one file of the kernel's memory (memfd), where each
 *  has a range of its own and a dropped one leaves a hole. In a folder: a file each.
 *  Threads: locked inside; ots_oss_blobs_close() comes last, from one. */
#ifndef OTSFS_SERVICE_OSS_FILES_BLOB_H
#define OTSFS_SERVICE_OSS_FILES_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/error.h>

struct ots_oss_blobs;

/** Content of its own. NULL stands for none, which is that of an empty object. */
struct ots_oss_blob;

/** @param limit_bytes  what all blobs together may hold */
enum ots_status ots_oss_blobs_open_memory(uint64_t limit_bytes, struct ots_oss_blobs **out,
					  struct ots_error *err) OTS_MUST_USE;
/** @param dir  made when missing; ots_oss_blobs_sweep() removes what a killed service left there */
enum ots_status ots_oss_blobs_open_folder(const char *dir, struct ots_oss_blobs **out,
					  struct ots_error *err) OTS_MUST_USE;
void ots_oss_blobs_close(struct ots_oss_blobs *blobs);

/** From now on a dropped blob leaves its file where it is: the service ends, its objects do not. */
void ots_oss_blobs_detach(struct ots_oss_blobs *blobs);

/** Where content can be read: bytes on the heap, or a range of a file. */
struct ots_oss_content {
	const uint8_t *bytes; /**< borrowed from the blob; NULL: nothing */
	int fd;               /**< -1: bytes; else the caller's to close */
	uint64_t offset;      /**< of the content in the file */
	uint64_t size;
};

/** @param blob  NULL: nothing to read. @return OTS_OK, OTS_IO */
enum ots_status ots_oss_blob_open(struct ots_oss_blobs *blobs, const struct ots_oss_blob *blob,
				  struct ots_oss_content *out, struct ots_error *err) OTS_MUST_USE;
void ots_oss_content_close(struct ots_oss_content *content);

/** One more holder. @return @p blob, NULL for NULL */
struct ots_oss_blob *ots_oss_blob_hold(struct ots_oss_blob *blob);
/** The last holder frees the content. NULL does nothing. */
void ots_oss_blob_drop(struct ots_oss_blobs *blobs, struct ots_oss_blob *blob);

/** The number of its file; 0: it has none. */
uint64_t ots_oss_blob_id(const struct ots_oss_blob *blob);
/** The blob that a file of that number holds. @return NULL without memory */
struct ots_oss_blob *ots_oss_blob_of_file(uint64_t id, uint64_t size);

/** Whether more can be written behind what is there: not while it is on the heap. */
bool ots_oss_blob_extends(const struct ots_oss_blob *blob);
/** Write more behind what is there. Readers of what was there are not disturbed. One at a time.
 *  @return OTS_OK, OTS_NO_SPACE, OTS_NO_MEMORY, OTS_IO: then the content is what it was */
enum ots_status ots_oss_blob_extend(struct ots_oss_blobs *blobs, struct ots_oss_blob *blob,
				    const struct ots_oss_content *more,
				    struct ots_error *err) OTS_MUST_USE;
/** The same for a file. */
enum ots_status ots_oss_file_extend(int fd, uint64_t size, const struct ots_oss_content *more,
				    struct ots_error *err) OTS_MUST_USE;

/** For folders: give the file of a blob that nobody else holds a name elsewhere (the blob is empty
 *  then), or take a file as a blob.
 *  @return 0, or an errno */
int ots_oss_blob_move_out(struct ots_oss_blobs *blobs, struct ots_oss_blob *blob, int to_dir,
			  const char *to_name);
int ots_oss_blob_move_in(struct ots_oss_blobs *blobs, int from_dir, const char *from_name,
			 uint64_t size, struct ots_oss_blob **out);

/** Say that the file of this number is in use, then remove all others. Both before any request. */
bool ots_oss_blobs_keep(struct ots_oss_blobs *blobs, uint64_t id);
void ots_oss_blobs_sweep(struct ots_oss_blobs *blobs);

#endif
