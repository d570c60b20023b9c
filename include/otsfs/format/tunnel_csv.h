/** @file tunnel_csv.h
 *  Tunnel CSV: `TimeStamp,RecordType,PrimaryKey,RecordColumns[,SequenceInfo]` with JSON inside.
 *  The decoder takes every spelling of backup-formats 1.3 to 1.8 (shapes A to F), the encoder
 * writes the canonical form of 1.9. One pass: a doubled quote is one token, nothing is unquoted
 * first. */
#ifndef OTSFS_FORMAT_TUNNEL_CSV_H
#define OTSFS_FORMAT_TUNNEL_CSV_H

#include <otsfs/format/records.h>
#include <otsfs/record/encoder.h>

/** As ots_records_open() for OTS_FORMAT_TUNNEL_CSV. */
enum ots_status ots_tunnel_csv_open(struct ots_input *input,
				    const struct ots_records_options *options,
				    struct ots_source **out, struct ots_error *err) OTS_MUST_USE;

/** `canonical-csv`: backup-formats 1.9, four columns. A record of op BASE is OTS_UNSUPPORTED; a
 * time of OTS_TS_UNKNOWN is written 0. */
extern const struct ots_encoder ots_canonical_csv;

#endif
