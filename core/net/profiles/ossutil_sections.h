/* How ~/.ossutilconfig names its sections. Source: oss-protocol 5.3. */
#ifndef OTSFS_NET_PROFILES_OSSUTIL_SECTIONS_H
#define OTSFS_NET_PROFILES_OSSUTIL_SECTIONS_H

#include <stdbool.h>

#include <otsfs/base/cursor.h>

/* Whether a section is `[<kind> <name>]`, the kind in any spelling.
 * @param name  as it is written */
bool ossutil_section_named(struct ots_bytes section, const char *kind, struct ots_bytes *name);

/* Whether it is that of a profile of version 2: `[default]` is `[profile default]`. */
bool ossutil_section_is_profile(struct ots_bytes section, struct ots_bytes profile);

#endif
