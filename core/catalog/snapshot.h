/* The tree as one listing found it: which rows live, and the children of each folder sorted by
 * name. Immutable; readers hold it by a count and need no lock.
 *
 * A child is a 32-bit reference and its name is worked out when asked for: keys are mostly safe
 * names already, and a lookup compares about seventeen of a hundred thousand. */
#ifndef CORE_CATALOG_SNAPSHOT_H
#define CORE_CATALOG_SNAPSHOT_H

#include <otsfs/catalog/names.h>

#include "index.h"

/* References: two bits say of what. */
#define OTS_REF_FILE ((uint32_t)0 << 30)   /* a row */
#define OTS_REF_FOLDER ((uint32_t)1 << 30) /* a folder or link */
#define OTS_REF_RENAME                                                                             \
	((uint32_t)2 << 30) /* an index into renames: the name of this one collided */
#define OTS_REF_KIND ((uint32_t)3 << 30)

struct ots_rename {
	uint32_t ref;
	uint16_t len;
	const char *name;
};

struct ots_dir {
	uint32_t first, count; /* in children; a count of 0: not there */
	uint32_t last_time;    /* the newest folder of time among them, or OTS_FOLDER_NONE */
	int64_t newest_us;     /* of what is below */
};

struct ots_snapshot {
	atomic_uint users;
	const struct ots_index *index; /* borrowed; outlives the snapshot */
	uint32_t row_count, folder_count;
	uint64_t *alive; /* one bit a row */
	struct ots_dir *dirs;
	uint32_t *children;
	struct ots_rename *renames;
	size_t rename_count;
	struct ots_arena names; /* of renames */
	struct ots_catalog_counts counts;
};

/* Build one from the rows that live.
 * @param alive  taken over when OTS_OK is returned
 * @return OTS_OK, OTS_NO_MEMORY */
enum ots_status ots_snapshot_build(const struct ots_index *index, uint64_t *alive,
				   struct ots_snapshot **out, struct ots_error *err) OTS_MUST_USE;

struct ots_snapshot *ots_snapshot_hold(struct ots_snapshot *snapshot);
/* NULL does nothing. */
void ots_snapshot_drop(struct ots_snapshot *snapshot);

static inline bool ots_snapshot_lives(const struct ots_snapshot *snapshot, uint64_t row)
{
	return row < snapshot->row_count && (snapshot->alive[row / 64] >> (row % 64) & 1) != 0;
}

/* The folder behind a number. @return OTS_FOLDER_NONE when it is not there (any more) */
uint32_t ots_snapshot_folder(const struct ots_snapshot *snapshot, uint64_t number);

/* What a number is. @return false when it is superseded, gone or never was */
bool ots_snapshot_node(const struct ots_snapshot *snapshot, uint64_t number, struct ots_node *node);

/* The number of a child, whose reference may be a rename. */
uint64_t ots_snapshot_number(const struct ots_snapshot *snapshot, uint32_t folder, uint32_t ref);

/* The shown name of a child. @return its length */
size_t ots_snapshot_name(const struct ots_snapshot *snapshot, uint32_t folder, uint32_t ref,
			 char out[OTS_FILE_NAME_MAX_BYTES + 1]);

/* @return false when the folder has no such child */
bool ots_snapshot_find(const struct ots_snapshot *snapshot, uint32_t folder, struct ots_bytes name,
		       uint64_t *number);

/* The folder that a table's `latest` means. */
uint32_t ots_snapshot_latest(const struct ots_snapshot *snapshot, uint32_t link);

#endif
