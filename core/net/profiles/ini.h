/* Lines of an INI file, one a call. Source: oss-protocol 5.2, 5.3. */
#ifndef OTSFS_NET_PROFILES_INI_H
#define OTSFS_NET_PROFILES_INI_H

#include <stdbool.h>

#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

enum ini_kind { INI_SECTION, INI_VALUE, INI_END, INI_BAD };

struct ini {
	const uint8_t *at, *end;
	uint64_t line; /* of what was read last, from 1 */
};

struct ini_line {
	struct ots_bytes name;  /* of the section or the value, without blanks around it */
	struct ots_bytes value; /* to the line's end or a # behind a blank */
};

void ini_init(struct ini *ini, struct ots_bytes text);

/* The next section or value; comments (# or ; in front) and empty lines are passed over. */
enum ini_kind ini_next(struct ini *ini, struct ini_line *out);

/* The error of INI_BAD. The line itself is not in it: it may hold a secret. */
enum ots_status ini_fail(const struct ini *ini, const char *path, struct ots_error *err);

#endif
