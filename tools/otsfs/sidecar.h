/** @file sidecar.h
 *  The schema.json beside a source that is one file. Its folders above are no part of the source,
 * so they are not looked at. */
#ifndef OTSFS_TOOLS_SIDECAR_H
#define OTSFS_TOOLS_SIDECAR_H

#include <stdbool.h>

#include <otsfs/record/schema.h>

#include "source.h"

/** @param source  one object

 *  @param schema  initialised; filled where *found
 *  @return OTS_OK, also when there is none, or as ots_schema_find() */
enum ots_status sidecar_find(const struct source *source, struct ots_schema *schema, bool *found,
			     struct ots_error *err) OTS_MUST_USE;

#endif
