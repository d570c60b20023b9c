/** @file advice.h
 *  What people can do about a failure of a service.
 *  Threads: pure functions. */
#ifndef OTSFS_TOOLS_CHECK_ADVICE_H
#define OTSFS_TOOLS_CHECK_ADVICE_H

#include <otsfs/base/error.h>

/** @return a sentence without a full stop, or NULL: the error's own text says it all */
const char *check_advice(const struct ots_error *err);

/** The same of a failure to find or to get a key, in which no service that is checked took part.
 *  @return never NULL */
const char *check_key_advice(const struct ots_error *err);

/** Whether the failure is that the key may not do this, so that a permission mends it. */
bool check_lacks_permission(const struct ots_error *err);

#endif
