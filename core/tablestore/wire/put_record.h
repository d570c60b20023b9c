/* The row change of a record into memory that has room for ots_plainbuffer_record_size() of it. */
#ifndef OTSFS_TABLESTORE_WIRE_PUT_RECORD_H
#define OTSFS_TABLESTORE_WIRE_PUT_RECORD_H

#include <stdint.h>

#include <otsfs/record/record.h>

/* @return the byte behind the last one written */
uint8_t *ots_plainbuffer_write_record(uint8_t *at, const struct ots_record *record);

#endif
