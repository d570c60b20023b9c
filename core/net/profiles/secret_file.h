/* Files that hold secrets: read whole, refused when others could read or change them, wiped. */
#ifndef OTSFS_NET_PROFILES_SECRET_FILE_H
#define OTSFS_NET_PROFILES_SECRET_FILE_H

#include <stdbool.h>

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

/* A configuration of some profiles has a few KB. */
#define SECRET_FILE_MAX_BYTES ((size_t)1024 * 1024)

struct secret_file {
	uint8_t *bytes;
	size_t len;
	size_t cap; /* what is wiped */
};

/* @param guarded  others may neither read nor write it, and it is ours or root's, as ssh wants its
 *                 keys; false: a token that a cluster puts there
 * @return OTS_OK, OTS_NOT_FOUND (no such file), OTS_DENIED (open to others: says the chmod; not
 *         ours; may not be read), OTS_LIMIT, OTS_IO, OTS_NO_MEMORY */
enum ots_status secret_file_read(const char *path, bool guarded, struct secret_file *out,
				 struct ots_error *err) OTS_MUST_USE;
void secret_file_release(struct secret_file *file);

/* A path below the user's home, HOME of the environment or the home of the account.
 * @param out  the caller's, for free()
 * @return OTS_OK, OTS_NOT_FOUND (no home), OTS_NO_MEMORY */
enum ots_status home_path(const char *below, char **out, struct ots_error *err) OTS_MUST_USE;

#endif
