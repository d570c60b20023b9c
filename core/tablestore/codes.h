/* The service's error codes as our statuses. Source: tablestore-protocol section 6; the classes of
 * retry are those of core/restore, which goes by the code itself. */
#ifndef OTSFS_TABLESTORE_CODES_H
#define OTSFS_TABLESTORE_CODES_H

#include <otsfs/base/error.h>

/* @param message      the service's text: one code has two meanings told apart by it
 * @param http_status  decides for a code that is not known; 0: of a row inside an answer
 * @return never OTS_OK */
enum ots_status ots_code_status(const char *code, const char *message, int http_status);

#endif
