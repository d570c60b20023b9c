/* Reading the parts of a row: tags, checksums, one cell. Each failure ends the whole buffer and
 * says the place of the part, what was expected and what was found. */
#ifndef OTSFS_TABLESTORE_WIRE_PLAINBUFFER_READ_H
#define OTSFS_TABLESTORE_WIRE_PLAINBUFFER_READ_H

#include <otsfs/tablestore/wire/plainbuffer.h>

#include "tags.h"

enum ots_status ots_pb_cut_short(const struct ots_cursor *in, const char *part,
				 struct ots_error *err);

bool ots_pb_next_is(const struct ots_cursor *in, enum tag tag);

/* Consume the tag when it is the next byte. */
bool ots_pb_take_tag(struct ots_cursor *in, enum tag tag);

enum ots_status ots_pb_expect_tag(struct ots_cursor *in, enum tag tag, const char *part,
				  struct ots_error *err);

/* A checksum byte, which must be @p expected. */
enum ots_status ots_pb_check_crc(struct ots_cursor *in, uint8_t expected, const char *part,
				 struct ots_error *err);

/* A cell with its checksum, whatever its parts; @p row_crc goes on with the cell's checksum. */
enum ots_status ots_pb_take_cell(struct ots_cursor *in, struct ots_wire_cell *cell,
				 uint8_t *row_crc, struct ots_error *err);

#endif
