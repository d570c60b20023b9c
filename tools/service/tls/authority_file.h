/** @file authority_file.h
 *  The file from which clients learn whom to trust while a service with TLS runs.
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_TLS_AUTHORITY_FILE_H
#define OTSFS_SERVICE_TLS_AUTHORITY_FILE_H

#include <otsfs/base/error.h>

/** Write a certificate: `ca.pem` below @p dir, where an earlier one is replaced, else a file of a
 *  new name, `otsfs-ca-…`, below $TMPDIR or /tmp. It appears whole.
 *  @param dir  NULL: none
 *  @param out  its absolute path, the caller's, for ots_authority_file_remove()
 *  @return OTS_OK, OTS_IO, OTS_NO_MEMORY */
enum ots_status ots_authority_file_write(const char *dir, const char *pem, char **out,
					 struct ots_error *err) OTS_MUST_USE;

/** Remove the file and free its path. NULL does nothing. */
void ots_authority_file_remove(char *path);

#endif
