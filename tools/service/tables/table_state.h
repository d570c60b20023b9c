/** @file table_state.h
 *  What CreateTable, DescribeTable and UpdateTable share: a table as the catalog keeps it, and as
 *  answers tell it. Source: tablestore-protocol 2.2 and 2.9.
 *  Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_TABLES_TABLE_STATE_H
#define OTSFS_SERVICE_TABLES_TABLE_STATE_H

#include "../call.h"

/** The definition that is stored for a table: the request, without what only spreads load, and the
 *  times that a request does not have. Bytes of the call's arena.
 *  @param request  changed on the way */
bool ots_table_pack_definition(struct ots_call *call, Ots__Wire__CreateTableRequest *request,
			       const struct ots_table *table, struct ots_bytes *out);

/** Messages that tell of a table, with every field that clients take without a test (2.9). */
struct ots_table_state {
	Ots__Wire__ReservedThroughputDetails throughput;
	Ots__Wire__CapacityUnit unit;
	Ots__Wire__TableOptions options;
	Ots__Wire__StreamDetails stream;
};

void ots_table_state_fill(const struct ots_table *table, struct ots_table_state *state);

/** Take out of every stored row the versions that the table, with fewer max_versions than before,
 *  keeps no more. Between begin and end of a change. */
bool ots_table_trim_versions_locked(struct ots_call *call, const struct ots_table *table);

#endif
