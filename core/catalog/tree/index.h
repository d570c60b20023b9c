/* What the catalog has ever seen: a row for each object, a record for each folder. Both only grow,
 * so that their indexes serve as node numbers.
 * Threads: guarded by the catalog's lock, but for names: those never change once they are there.
 *
 * Bytes for an object: 48 of the row, its name and ETag and 1 to 8 around them, 5 to 11 in the map
 * of keys, 4 in each of the lists of folders that it shows in. The path above the name is in the
 * folders' records, once. A superseded row stays: what changes often costs a row each time. */
#ifndef CORE_CATALOG_INDEX_H
#define CORE_CATALOG_INDEX_H

#include <otsfs/base/arena.h>
#include <otsfs/catalog/catalog.h>

#include "slab.h"
#include "slots.h"

enum ots_folder_kind {
	OTS_FOLDER_TOP,
	OTS_FOLDER_RAW,        /* below raw/: a part of keys */
	OTS_FOLDER_TABLE,      /* below tables/ */
	OTS_FOLDER_TABLE_TIME, /* below a table: year … minute */
	OTS_FOLDER_LATEST,     /* the link: the record behind its table's */
	OTS_FOLDER_TIME,       /* below by-time/: year … minute */
	OTS_FOLDER_TIME_TABLE  /* below such a folder */
};

#define OTS_FOLDER_NONE 0 /* index 0 of folders is nobody's; the tops are 1, 2 and 3 */
#define OTS_FOLDER_TABLES 1
#define OTS_FOLDER_BY_TIME 2
#define OTS_FOLDER_RAW_TOP 3

struct ots_folder_record {
	const uint8_t *name; /* as in the key or the label; encoded when shown */
	uint32_t parent;     /* always a smaller index */
	uint16_t name_len;
	uint8_t kind;
};

/* Formats of rows that are not known yet. */
#define OTS_FORMAT_PENDING 255    /* never listed whole; such a row shows nowhere */
#define OTS_FORMAT_SUPERSEDED 253 /* the object is to get another row */
#define OTS_FORMAT_RETRY 254      /* could not be read for now: as unknown, and tried again */

struct ots_row {
	const uint8_t *name; /* last part of the key; behind it one byte, the length of the ETag,
			      * and the ETag */
	uint64_t size;
	int64_t mtime_us;
	int64_t time_us; /* the version's */
	uint32_t raw_folder;
	uint32_t table_folder, time_folder; /* OTS_FOLDER_NONE: no layout fits */
	uint16_t name_len;
	uint8_t time_from : 2;
	bool alive : 1;    /* the newest listing of its folder has it */
	bool shown : 1;    /* below tables/ and by-time/ */
	bool in_table : 1; /* its table folder's list of rows has it, shown or not */
	bool in_time : 1;  /* and that of its time folder */
	bool guessed : 1;  /* its format is what its name says; nobody looked */
	bool marked : 1;   /* while a listing is taken over */
	uint8_t format;
};

/* References: two bits say of what. */
#define OTS_REF_FILE ((uint32_t)0 << 30)   /* a row */
#define OTS_REF_FOLDER ((uint32_t)1 << 30) /* a folder or link */
#define OTS_REF_RENAME                                                                             \
	((uint32_t)2 << 30) /* an index into renames: the name of this one collided */
#define OTS_REF_KIND ((uint32_t)3 << 30)

struct ots_index {
	struct ots_slab rows, folders;
	struct ots_slots by_key, by_folder;
	struct ots_arena bytes;
	uint64_t seed; /* of the hashes: keys come from outside */
};

bool ots_index_init(struct ots_index *index);
void ots_index_release(struct ots_index *index);

static inline struct ots_row *ots_index_row(const struct ots_index *index, uint32_t row)
{
	return ots_slab_at(&index->rows, row);
}

static inline struct ots_folder_record *ots_index_folder(const struct ots_index *index,
							 uint32_t folder)
{
	return ots_slab_at(&index->folders, folder);
}

/* The folder of a name, made when it is new; a table's brings its link along.
 * @return OTS_FOLDER_NONE without memory */
uint32_t ots_index_folder_at(struct ots_index *index, uint32_t parent, enum ots_folder_kind kind,
			     struct ots_bytes name);

#define OTS_ROW_NONE UINT32_MAX

/* The newest row of a key. */
uint32_t ots_index_find_row(const struct ots_index *index, uint32_t raw_folder,
			    struct ots_bytes name);

/* A new row with the values of @p row (name and name_len apart), from now on the newest of its key.
 * @return OTS_ROW_NONE without memory */
uint32_t ots_index_add_row(struct ots_index *index, const struct ots_row *row,
			   struct ots_bytes name, const char *etag);

struct ots_bytes ots_row_etag(const struct ots_row *row);
enum ots_format ots_row_format(const struct ots_row *row);

/* Whether it shows below tables/ and by-time/. */
static inline bool ots_row_has_text(const struct ots_row *row)
{
	return row->table_folder != OTS_FOLDER_NONE && ots_format_has_text(ots_row_format(row));
}

/* The path of a folder below raw/, as the front of keys: empty, or ending in '/'.
 * @return its length; 0 also where it is longer than a key */
size_t ots_folder_path(const struct ots_index *index, uint32_t folder,
		       uint8_t out[OTS_KEY_MAX_BYTES]);

/* The whole key. @return its length */
size_t ots_row_key(const struct ots_index *index, const struct ots_row *row,
		   uint8_t out[OTS_KEY_MAX_BYTES]);

/* The table's name as in the key; row->table_folder is one. */
struct ots_bytes ots_row_table(const struct ots_index *index, const struct ots_row *row);

#endif
