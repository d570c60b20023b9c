/* The order of keys and bounds. Source: tablestore-protocol 4.1. */
#ifndef OTSFS_TABLESTORE_READ_BOUND_H
#define OTSFS_TABLESTORE_READ_BOUND_H

#include <otsfs/record/record.h>
#include <otsfs/tablestore/wire.h>

/* Column by column; INF_MIN is below and INF_MAX above every value, a column that is not there as
 * INF_MIN (2.5, split points). @return <0, 0, >0 */
int ots_bound_compare(const struct ots_wire_row *a, const struct ots_wire_row *b);

/* The key of a record as a row. Borrows from it. */
struct ots_wire_row ots_bound_of(const struct ots_record *record);

#endif
