/** @file store.h
 *  Objects to read, wherever they lie: a bucket (oss.h), a local folder (dir.h), a test double that
 *  fails on cue (fault.h). A store lists and opens; an opened object is an ots_input (input.h), the
 *  single place where a changed object becomes an error.
 *  The room `object`: read this, then input.h.
 *  Threads: one ots_store may serve many at once; ots_store_free() comes last, from one, after
 *  every input is closed. */
#ifndef OTSFS_OBJECT_STORE_H
#define OTSFS_OBJECT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <otsfs/base/cancel.h>
#include <otsfs/base/cursor.h>
#include <otsfs/base/error.h>

/** A key is 1 to 1023 bytes. Source: oss-protocol 1.5. */
#define OTS_KEY_MAX_BYTES 1023
#define OTS_ETAG_BYTES 96

/** What a listing tells of one object. Keys are relative to the store's prefix, '/' between parts,
 *  any bytes but NUL. */
struct ots_entry {
	struct ots_bytes key; /**< borrowed: valid in the callback only, unless said otherwise */
	bool folder;          /**< a common prefix (key ends in '/'): nothing below is known */
	uint64_t size;
	int64_t mtime_us; /**< last modification, microseconds since 1970 */
	bool cold;        /**< of a class that is read only after asking (writer.h) */

	char etag[OTS_ETAG_BYTES]; /**< changes when the content does; NUL-terminated */
};

/** @return false to stop the listing (which then is OTS_OK) */
typedef bool ots_list_fn(void *arg, const struct ots_entry *entry);

struct ots_list_request {
	struct ots_bytes prefix; /**< only keys that begin so; empty: all */
	bool folders;            /**< stop at the next '/': folders come as one entry each */
	unsigned page_keys;      /**< who stops after so many: a page need not have more. 0: all */
	struct ots_cancel *cancel; /**< may be NULL */
};

/** What a listing passed over, for status/. */
struct ots_store_counts {
	uint64_t links;   /**< symbolic links */
	uint64_t special; /**< sockets, devices, pipes */
	uint64_t unnamed; /**< names that cannot be keys (too long) */
};

/** How an object is opened. */
struct ots_open_request {
	struct ots_bytes key;
	const char *etag;          /**< NULL: whatever is there now; else OTS_CHANGED if another */
	size_t front_bytes;        /**< so many from the start are read first, at least probably; 0:
				    * as the backend thinks */
	bool sparse;               /**< little of it will be read: nothing is read ahead */
	struct ots_cancel *cancel; /**< may be NULL */
};

struct ots_transfer;      /* net/transfer.h */
struct ots_write_request; /* writer.h */

/** Who asked for a range hears of it here, on the transfers' thread, with no lock held. */
struct ots_fetch_notify {
	void (*progress)(void *arg, size_t received); /**< so many bytes stand in the buffer */
	void (*done)(void *arg, enum ots_status status, const struct ots_error *err); /**< once */
};

/** What a backend supplies. Functions must stand concurrent calls. Retries, where they help, are
 *  the backend's. A backend that can begin reads without waiting has fetch, and input.h reads ahead
 *  through it; one whose reads do not wait for a network has read. */
struct ots_store_ops {
	enum ots_status (*list)(void *self, const struct ots_list_request *request, ots_list_fn *fn,
				void *arg, struct ots_error *err);
	/** Entry of one key; entry->key borrows @p key. OTS_NOT_FOUND when there is none. */
	enum ots_status (*stat)(void *self, struct ots_bytes key, struct ots_entry *entry,
				struct ots_error *err);
	/** The same, until somebody asks to stop (OTS_CANCELLED); NULL: stat, which waits for no
	 *  network. */
	enum ots_status (*stat_until)(void *self, struct ots_bytes key, struct ots_cancel *cancel,
				      struct ots_entry *entry, struct ots_error *err);
	/** Open one key for reading; *handle is then the backend's for what follows. entry->key
	 *  borrows the request's. request->etag may be left to the caller to compare. */
	enum ots_status (*open)(void *self, const struct ots_open_request *request,
				struct ots_entry *entry, void **handle, struct ots_error *err);
	/** Fill from @p offset; *got < len only at the object's end. OTS_CHANGED when the object is
	 *  not the one that was opened any more. */
	enum ots_status (*read)(void *self, void *handle, uint64_t offset, void *buf, size_t len,
				size_t *got, struct ots_error *err);
	/** Begin to read a range that lies inside the object. The buffer is the backend's until
	 *  notify->done; the handle may be shut before that.
	 *  @param out  for ots_transfer_drop() */
	enum ots_status (*fetch)(void *self, void *handle, uint64_t offset, void *buf, size_t len,
				 bool ahead, const struct ots_fetch_notify *notify, void *arg,
				 struct ots_transfer **out, struct ots_error *err);
	/** With fetch: bytes from the object's start that opening has brought, borrowed until
	 *  shut; and the CRC64 that the whole object must have. @return false: no such CRC */
	bool (*front)(void *self, void *handle, struct ots_bytes *front, uint64_t *crc);
	void (*shut)(void *self, void *handle);
	/** writer.h; NULL: cannot. The handle of a writer is gone after finish and abort. */
	enum ots_status (*write)(void *self, const struct ots_write_request *request, void **handle,
				 struct ots_error *err);
	enum ots_status (*put)(void *handle, const void *bytes, size_t len, struct ots_error *err);
	enum ots_status (*finish)(void *handle, struct ots_error *err);
	void (*abort)(void *handle);
	enum ots_status (*delete_key)(void *self, struct ots_bytes key, struct ots_error *err);
	enum ots_status (*thaw)(void *self, struct ots_bytes key, unsigned days, const char *tier,
				int *outcome, struct ots_error *err);

	void (*counts)(void *self, struct ots_store_counts *counts); /**< NULL: none */
	void (*close)(void *self);                                   /* the last call on self */
};

struct ots_store;

/** Put a store over a backend.
 *  @param ops   borrowed; outlives the store (a static const table)
 *  @param self  taken over when OTS_OK is returned, else still the caller's
 *  @param name  copied: what messages call it, such as the folder's path
 *  @return OTS_OK or OTS_NO_MEMORY */
enum ots_status ots_store_new(const struct ots_store_ops *ops, void *self, const char *name,
			      struct ots_store **out, struct ots_error *err) OTS_MUST_USE;
void ots_store_free(struct ots_store *store);

/** What reading ahead may hold, of all inputs together; 64 MiB unless told. A backend whose reads
 *  do not wait needs none. Before the first input is opened. */
void ots_store_set_memory(struct ots_store *store, size_t bytes);

/** How many objects are best opened at once: 1 where that does not wait for a network. */
size_t ots_store_parallel(const struct ots_store *store);

const char *ots_store_name(const struct ots_store *store);
void ots_store_counts(struct ots_store *store, struct ots_store_counts *counts);

/** List in ascending byte order of keys. Blocks on I/O.
 *  @return OTS_OK, OTS_CANCELLED, OTS_DENIED, OTS_IO, OTS_NETWORK, OTS_TIMEOUT, OTS_NO_MEMORY */
enum ots_status ots_store_list(struct ots_store *store, const struct ots_list_request *request,
			       ots_list_fn *fn, void *arg, struct ots_error *err) OTS_MUST_USE;

/** @return OTS_OK, OTS_NOT_FOUND, OTS_DENIED, OTS_IO … */
enum ots_status ots_store_stat(struct ots_store *store, struct ots_bytes key,
			       struct ots_entry *entry, struct ots_error *err) OTS_MUST_USE;

/** As ots_store_stat(), until somebody asks to stop: OTS_CANCELLED. @param cancel  may be NULL */
enum ots_status ots_store_stat_until(struct ots_store *store, struct ots_bytes key,
				     struct ots_cancel *cancel, struct ots_entry *entry,
				     struct ots_error *err) OTS_MUST_USE;

/** Read one small object whole.
 *  @param limit_bytes  a longer object is OTS_LIMIT and nothing is kept
 *  @param bytes        the caller's, for free(); one NUL stands behind them
 *  @return OTS_OK, OTS_NOT_FOUND, OTS_LIMIT, OTS_NO_MEMORY, or as ots_input_read() */
enum ots_status ots_store_slurp(struct ots_store *store, struct ots_bytes key, size_t limit_bytes,
				uint8_t **bytes, size_t *len, struct ots_error *err) OTS_MUST_USE;

#endif
