/** @file catalog.h
 *  The objects of a source as a tree: `tables/`, `by-time/`, `raw/` of product.md section 2. Which
 *  object is which table at which time comes from layout templates (layout.h); names that are not
 *  safe as file names are encoded (names.h).
 *  The room `catalog`: read this first.
 *
 *  A node is a number: form (8 bits) above id (56 bits). The id of a file is its object's row,
 * which is append-only while the catalog lives: an object that changes gets a new row, and its old
 *  nodes answer OTS_CHANGED. The same file has one node below tables/ and by-time/.
 *
 *  A source is listed in one of two ways (docs/decisions/0006-lazy-listing.md):
 *  - whole, when it is first asked for and again when that is older than `refresh_ms`: folders;
 *  - a folder at a time, as folders are asked for (`lazy`): buckets. What a folder of the tree
 * needs is every folder of the source that can hold something of it, as far as paths tell. A path
 * that told wrong makes the catalog list whole from then on. One listing of one folder at a time,
 * others wait for it. A listing recognises each new object by the bytes at its front, or takes what
 * its name says for granted (`guess`) until somebody opens it. Threads: locked inside. Functions
 * marked "may list" block on I/O when a listing is stale; the others never do. */
#ifndef OTSFS_CATALOG_CATALOG_H
#define OTSFS_CATALOG_CATALOG_H

#include <otsfs/base/clock.h>
#include <otsfs/base/log.h>
#include <otsfs/catalog/layout.h>
#include <otsfs/object/store.h>
#include <otsfs/record/form.h>

struct ots_catalog;

struct ots_catalog_options {
	const struct ots_layout *layout; /**< borrowed */
	int64_t refresh_ms;
	const struct ots_clock *clock; /**< borrowed */
	struct ots_log *log;           /**< borrowed; NULL: silent */
	/** What an object is, by the bytes at its front (format room; handed in, so that catalog
	 * needs no decoder). */
	enum ots_format (*recognise)(struct ots_bytes head, uint64_t size);
	size_t recognise_bytes;
	/** What an object is by its name, OTS_FORMAT_UNKNOWN where that says nothing. NULL: every
	 * object is looked at when it is listed. */
	enum ots_format (*guess)(struct ots_bytes name);
	bool lazy;           /**< list a folder at a time */
	size_t list_threads; /**< lazy: folders listed side by side; 0: 8 */
};

/** @param store  borrowed
 *  Asks the source for one key, so that a wrong source fails here with the reason; an empty one is
 *  OTS_OK.
 *  @return OTS_OK, or what listing returns */
enum ots_status ots_catalog_open(struct ots_store *store, const struct ots_catalog_options *options,
				 struct ots_catalog **out, struct ots_error *err) OTS_MUST_USE;
void ots_catalog_free(struct ots_catalog *catalog);

enum ots_node_kind {
	OTS_NODE_FOLDER,
	OTS_NODE_LINK, /**< `latest` */
	OTS_NODE_FILE
};

/** What a file shows of its object: also the form bits of its number. */
enum ots_node_form {
	OTS_NODE_FORM_FOLDER = 1, /**< folders and links of the catalog */
	OTS_NODE_FORM_RAW = 2,    /**< byte for byte */
	OTS_NODE_FORM_JSONL = 3   /**< records as text */
				  /* 4 and above: other rooms' nodes (fs keeps its own there) */
};

#define OTS_NODE_FORM_SHIFT 56
static inline unsigned ots_node_form(uint64_t node)
{
	return (unsigned)(node >> OTS_NODE_FORM_SHIFT);
}

/** The three tops; valid numbers always. */
#define OTS_NODE_TABLES ((uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT | 1)
#define OTS_NODE_BY_TIME ((uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT | 2)
#define OTS_NODE_RAW ((uint64_t)OTS_NODE_FORM_FOLDER << OTS_NODE_FORM_SHIFT | 3)

struct ots_node {
	uint64_t number;
	enum ots_node_kind kind;
	uint64_t object_bytes;  /**< files: the stored object's size */
	enum ots_format format; /**< files: what the object is */
	int64_t mtime_us; /**< raw: the object's; text: the backup time that placed it; folders:
			       the newest below */
};

/** Whether what a folder needs is young enough that the "may list" functions would not block. */
bool ots_catalog_is_fresh(struct ots_catalog *catalog, uint64_t folder);

/** How long that stays so, in milliseconds; 0: it is not. Of a file: as its folder in the source.
 */
int64_t ots_catalog_fresh_ms(struct ots_catalog *catalog, uint64_t node);

/** The listing has been found to be behind the source (an object answered OTS_CHANGED or
 *  OTS_NOT_FOUND): the next that may list does. */
void ots_catalog_expire(struct ots_catalog *catalog);

/** The text behind a file node is another by now though its object is the same (a schema was
 *  changed): the next listing gives the object a new number. */
void ots_catalog_supersede(struct ots_catalog *catalog, uint64_t file);

/** A child by name. May list; of a link also what it points at.
 *  @return OTS_OK, OTS_NOT_FOUND, OTS_CHANGED (the folder is gone), or what listing returns */
enum ots_status ots_catalog_lookup(struct ots_catalog *catalog, uint64_t folder,
				   struct ots_bytes name, struct ots_cancel *cancel,
				   struct ots_node *node, struct ots_error *err) OTS_MUST_USE;

/** What a number is now. Never lists.
 *  @return OTS_OK, OTS_CHANGED (superseded or gone) */
enum ots_status ots_catalog_node(struct ots_catalog *catalog, uint64_t number,
				 struct ots_node *node, struct ots_error *err) OTS_MUST_USE;

/** The folder above a folder; of a top, the top itself. */
uint64_t ots_catalog_parent(struct ots_catalog *catalog, uint64_t folder);

/** Where a link points, as far as it is known: appended to @p out, not NUL-terminated. Never lists.
 */
enum ots_status ots_catalog_link(struct ots_catalog *catalog, uint64_t link, struct ots_buffer *out,
				 struct ots_error *err) OTS_MUST_USE;

/** The children of a folder as they are at one moment, sorted by name: stays as it is while open,
 *  so that an index is a directory offset that is valid at any time. */
struct ots_folder;
struct ots_child {
	struct ots_bytes name; /**< borrowed from the folder */
	uint64_t number;
	enum ots_node_kind kind;
};
/** May list. */
enum ots_status ots_folder_open(struct ots_catalog *catalog, uint64_t folder,
				struct ots_cancel *cancel, struct ots_folder **out,
				struct ots_error *err) OTS_MUST_USE;
size_t ots_folder_count(const struct ots_folder *folder);
struct ots_child ots_folder_at(const struct ots_folder *folder, size_t index);
void ots_folder_close(struct ots_folder *folder);

enum ots_time_from {
	OTS_TIME_FROM_MANIFEST,
	OTS_TIME_FROM_NAME,
	OTS_TIME_FROM_PATH,
	OTS_TIME_FROM_MTIME
};
/** `manifest`, `name`, `path`, `mtime`. */
const char *ots_time_from_word(enum ots_time_from from);

/** What is known of the object behind a file node; the caller's, for ots_object_release(). */
struct ots_object {
	char *key;
	size_t key_len;
	char etag[OTS_ETAG_BYTES];
	uint64_t size;
	int64_t mtime_us;
	enum ots_format format;
	bool is_unseen;  /**< below raw/: nobody has looked at its bytes, format says nothing */
	char *table;     /**< NULL: below raw/ only */
	int64_t time_us; /**< the version's time (its LSN) */
	enum ots_time_from time_from;
};
/** Never lists; reads the front of an object whose format nobody has looked at yet. One that turns
 *  out to have no records leaves tables/ and by-time/.
 *  @return OTS_OK, OTS_CHANGED (superseded), OTS_UNSUPPORTED (a text node without records), or as
 *          ots_input_open() */
enum ots_status ots_catalog_object(struct ots_catalog *catalog, uint64_t file,
				   struct ots_object *object, struct ots_error *err) OTS_MUST_USE;

/** The same, until somebody asks to stop: OTS_CANCELLED. @param cancel  may be NULL */
enum ots_status ots_catalog_object_until(struct ots_catalog *catalog, uint64_t file,
					 struct ots_cancel *cancel, struct ots_object *object,
					 struct ots_error *err) OTS_MUST_USE;
void ots_object_release(struct ots_object *object);

/** What the object behind @p file holds, where it is_unseen: its front is read. Blocks on I/O.
 *  @return OTS_OK, or why it could not be read */
enum ots_status ots_catalog_look_at(struct ots_catalog *catalog, uint64_t file,
				    struct ots_object *object, struct ots_error *err) OTS_MUST_USE;

/** Walk a path of names from the top (`tables/orders/2023`), links not followed but `latest`. May
 *  list. An empty path or "/" is OTS_USAGE: the root is above the catalog. */
enum ots_status ots_catalog_resolve(struct ots_catalog *catalog, struct ots_bytes path,
				    struct ots_cancel *cancel, struct ots_node *node,
				    struct ots_error *err) OTS_MUST_USE;

/** What is known of the source by now, for status/. */
struct ots_catalog_counts {
	uint64_t objects, tables, bytes;
	uint64_t unrecognised; /**< under raw/ only */
	uint64_t known_unread; /**< ORC, Parquet … : formats known and not read */
	uint64_t empty;
	struct ots_store_counts passed_over;
	int64_t listed_us; /**< when something was listed last; 0 never */
};
void ots_catalog_counts(struct ots_catalog *catalog, struct ots_catalog_counts *counts);

#endif
