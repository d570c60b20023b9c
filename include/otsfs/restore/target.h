/** @file target.h
 *  Where restored rows go: a Tablestore instance (SQLite comes with the drill). Batches in, per-row
 *  results out; one attempt a call, the engine retries.
 *  Threads: one target serves many at once; ots_target_free() comes last. */
#ifndef OTSFS_RESTORE_TARGET_H
#define OTSFS_RESTORE_TARGET_H

#include <otsfs/base/cancel.h>
#include <otsfs/base/clock.h>
#include <otsfs/base/error.h>
#include <otsfs/record/record.h>
#include <otsfs/record/schema.h>

struct ots_target;

/** Statuses and codes are those of tablestore/client.h. */
struct ots_target_ops {
	enum ots_status (*describe)(void *self, const char *table, struct ots_schema *schema,
				    struct ots_cancel *cancel, struct ots_error *err);
	enum ots_status (*create)(void *self, const struct ots_schema *schema,
				  struct ots_cancel *cancel, struct ots_error *err);
	enum ots_status (*list)(void *self, bool (*fn)(void *arg, struct ots_bytes name), void *arg,
				struct ots_cancel *cancel, struct ots_error *err);
	/** At most 200 records, distinct keys. @p errors: one a row, status OTS_OK where written */
	enum ots_status (*write)(void *self, const char *table,
				 const struct ots_record *const *records, size_t count,
				 struct ots_error *errors, struct ots_cancel *cancel,
				 struct ots_error *err);
	/** One record of op PUT without cells: by PutRow (tablestore-protocol 4.5). */
	enum ots_status (*put_row)(void *self, const char *table, const struct ots_record *record,
				   struct ots_cancel *cancel, struct ots_error *err);
	/** As ots_target_may_write(). */
	enum ots_status (*may_write)(void *self, const char *table, const struct ots_schema *schema,
				     struct ots_cancel *cancel, struct ots_error *err);
	const char *(*instance)(const void *self);
	const char *(*key_place)(const void *self);
	void (*close)(void *self);
};

/** @param name  copied: the URL as reports show it (no secret stands in it) */
enum ots_status ots_target_new(const struct ots_target_ops *ops, void *self, const char *name,
			       struct ots_target **out, struct ots_error *err) OTS_MUST_USE;
void ots_target_free(struct ots_target *target);
const char *ots_target_name(const struct ots_target *target);

struct ots_target_options {
	const struct ots_clock *clock; /**< borrowed; NULL: the system's */
	int64_t timeout_ms;            /**< of one call; 0: 30 s */
	const char *ca_file;           /**< as in net/http.h; borrowed */
	const char *region;            /**< as in tablestore/client.h; "auto": the host's own */
	bool compress;                 /**< as in tablestore/client.h */
	struct ots_cancel *cancel;     /**< ends the look-up of a key; may be NULL */
};

/** By URL (product.md 4.1): `https://<instance>.<anything>` or `http[s]://host:port/<instance>`.
 *  Credentials come by a chain (net/credentials.h), which asks for a first temporary key where
 *  they are such; the target itself is not talked to yet.
 *  @return OTS_OK, OTS_USAGE, OTS_NO_MEMORY, or what ots_credential_chain_open() says */
enum ots_status ots_target_open(const char *url, const struct ots_target_options *options,
				struct ots_target **out, struct ots_error *err) OTS_MUST_USE;

enum ots_status ots_target_describe(struct ots_target *target, const char *table,
				    struct ots_schema *schema, struct ots_cancel *cancel,
				    struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_target_create(struct ots_target *target, const struct ots_schema *schema,
				  struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;
enum ots_status ots_target_list(struct ots_target *target,
				bool (*fn)(void *arg, struct ots_bytes name), void *arg,
				struct ots_cancel *cancel, struct ots_error *err) OTS_MUST_USE;

/** Whether the key at hand may write rows to a table: asks by a request that can write none.
 *  @param schema  of the table, as described
 *  @return OTS_OK: it may; else why not */
enum ots_status ots_target_may_write(struct ots_target *target, const char *table,
				     const struct ots_schema *schema, struct ots_cancel *cancel,
				     struct ots_error *err) OTS_MUST_USE;

/** Name of the instance. Valid as long as the target. */
const char *ots_target_instance(const struct ots_target *target);

/** Where its access key comes from, for people. Valid as long as the target. */
const char *ots_target_key_place(const struct ots_target *target);

#endif
