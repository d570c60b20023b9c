/** @file field.h
 *  The five fields of a record, each checked and taken by itself: what the general way and its
 *  straight form share. Threads: as decode.h. */
#ifndef OTSFS_CORE_FORMAT_TUNNEL_CSV_FIELD_H
#define OTSFS_CORE_FORMAT_TUNNEL_CSV_FIELD_H

#include <otsfs/text/csv.h>

#include "decode.h"

#define TUNNEL_FIELDS_MIN 4
#define TUNNEL_FIELDS_MAX 5

/** What the header calls them. */
extern const char *const tunnel_columns[TUNNEL_FIELDS_MAX];

static inline bool tunnel_is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/** The field without blanks around it. */
struct ots_bytes tunnel_trim(const struct ots_csv_field *field);
/** Compared without case. */
bool tunnel_same_word(struct ots_bytes text, const char *word);

enum ots_status tunnel_take_time(struct tunnel_decoder *d, const struct ots_csv_field *field);
enum ots_status tunnel_take_op(struct tunnel_decoder *d, const struct ots_csv_field *field);
/** One of the JSON fields, i of tunnel_columns, to its very end. */
enum ots_status tunnel_take_json(struct tunnel_decoder *d, const struct ots_csv_record *csv,
				 size_t i);
/** epoch_ts_rowindex, each padded, so that one cut short is seen. */
enum ots_status tunnel_take_sequence(struct tunnel_decoder *d, const struct ots_csv_field *field);

#endif
