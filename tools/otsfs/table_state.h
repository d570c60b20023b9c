/** @file table_state.h
 *  A table as it is now, read back through GetRange, as text that can be compared. */
#ifndef OTSFS_TOOLS_TABLE_STATE_H
#define OTSFS_TOOLS_TABLE_STATE_H

#include <otsfs/tablestore/client.h>

/** Append a JSON array of rows in key order, one a line:
 *  `{"pk":[[type,value],…],"cols":{name:[[version,type,value],…]}}`; INTEGER and DOUBLE as text,
 *  BINARY in hex, versions newest first. */
enum ots_status table_state_read(struct ots_client *client, const char *table, int32_t max_versions,
				 struct ots_buffer *out, struct ots_error *err) OTS_MUST_USE;

#endif
