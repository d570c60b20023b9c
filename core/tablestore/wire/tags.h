/* Tags of PlainBuffer. Source: tablestore-protocol 3.1, 3.2 and 3.7. */
#ifndef OTSFS_TABLESTORE_WIRE_TAGS_H
#define OTSFS_TABLESTORE_WIRE_TAGS_H

#define HEADER_WORD 0x75u
#define HEADER_BYTES 4u

enum tag {
	TAG_ROW_PK = 0x01,
	TAG_ROW_DATA = 0x02,
	TAG_CELL = 0x03,
	TAG_CELL_NAME = 0x04,
	TAG_CELL_VALUE = 0x05,
	TAG_CELL_TYPE = 0x06,
	TAG_CELL_TIMESTAMP = 0x07,
	TAG_DELETE_ROW_MARKER = 0x08,
	TAG_ROW_CHECKSUM = 0x09,
	TAG_CELL_CHECKSUM = 0x0A,
	TAG_EXTENSION = 0x0B,
	TAG_SEQ_INFO = 0x0C,
	TAG_SEQ_INFO_EPOCH = 0x0D,
	TAG_SEQ_INFO_TS = 0x0E,
	TAG_SEQ_INFO_ROW_INDEX = 0x0F
};

/* tag, length, and what is inside: three tagged numbers of 4, 8 and 4 bytes. */
#define SEQ_INFO_BYTES 19u
#define EXTENSION_BYTES (1u + 4u + SEQ_INFO_BYTES)

/* Lengths are int32 on the wire. */
#define LENGTH_MAX 0x7FFFFFFFu

#endif
