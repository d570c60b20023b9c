#include "errno_map.h"

#include <errno.h>

struct row {
	int lookup, read, close;
};

/* Texts that people see are those of these numbers (cp prints them as they are). A dropped text
 * that is wrong is EBADMSG whoever finds it, the service's own failures are EREMOTEIO: so EIO at
 * close always means this machine. */
static struct row row_of(enum ots_status status)
{
	switch (status) {
	case OTS_OK: return (struct row){0, 0, 0};
	case OTS_USAGE: return (struct row){EINVAL, EINVAL, EINVAL};
	case OTS_NOT_FOUND: return (struct row){ENOENT, ESTALE, EREMOTEIO};
	case OTS_EXISTS: return (struct row){EEXIST, EIO, EREMOTEIO};
	case OTS_DENIED: return (struct row){EACCES, EACCES, EACCES};
	case OTS_CORRUPT: return (struct row){EIO, EIO, EBADMSG};
	case OTS_UNSUPPORTED: return (struct row){EOPNOTSUPP, EIO, EBADMSG};
	case OTS_LIMIT: return (struct row){EIO, EIO, EBADMSG};
	case OTS_NO_MEMORY: return (struct row){ENOMEM, ENOMEM, ENOMEM};
	case OTS_NO_SPACE: return (struct row){ENOSPC, EIO, ENOSPC};
	case OTS_IO: return (struct row){EIO, EIO, EIO};
	case OTS_NETWORK: return (struct row){EIO, EIO, EREMOTEIO};
	case OTS_TIMEOUT: return (struct row){ETIMEDOUT, EIO, ETIMEDOUT};
	case OTS_THROTTLED: return (struct row){EIO, EIO, EDQUOT};
	case OTS_SERVER: return (struct row){EIO, EIO, EREMOTEIO};
	case OTS_REFUSED: return (struct row){EPERM, EIO, EBADMSG};
	case OTS_CHANGED: return (struct row){ESTALE, ESTALE, ESTALE};
	case OTS_CANCELLED: return (struct row){EINTR, EINTR, ECANCELED};
	}
	return (struct row){EIO, EIO, EIO};
}

int ots_errno_of(enum ots_status status, enum errno_place place)
{
	const struct row row = row_of(status);

	switch (place) {
	case ERRNO_AT_LOOKUP: return row.lookup;
	case ERRNO_AT_READ: return row.read;
	case ERRNO_AT_CLOSE: return row.close;
	}
	return EIO;
}
