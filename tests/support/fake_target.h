/** @file fake_target.h
 *  A target for tests: tables in memory with the service's row semantics (tablestore-protocol 4.3),
 *  whose calls fail on cue. It checks what a client must keep: at most 200 rows, distinct keys, 4
 * MiB of data, 1024 columns, and no key in two calls at once. Stands on base alone, since helpers
 * are linked into the tests of every room. Threads: locked inside; hooks run without the lock. */
#ifndef OTSFS_TESTS_SUPPORT_FAKE_TARGET_H
#define OTSFS_TESTS_SUPPORT_FAKE_TARGET_H

#include <otsfs/restore/target.h>

struct fake_target;

/** One call of write or put_row, before it is applied. */
struct fake_call {
	uint64_t number; /* from 1 */
	const char *table;
	const struct ots_record *const *records;
	size_t count;
	bool put_row;
	struct ots_error
		*errors; /* of rows: a status set here fails the row, which is not applied */
	struct ots_cancel *cancel;
	bool apply; /* a call that fails as a whole is applied all the same: its answer was lost */
};

/** @return OTS_OK, or what the whole call fails with (ots_fail(err, …) and err->code set) */
typedef enum ots_status fake_hook(void *arg, struct fake_call *call, struct ots_error *err);

extern const struct ots_target_ops fake_target_ops;

struct fake_target *fake_target_new(void);
/** The target that was made over it only borrows it: free it after the target. */
void fake_target_free(struct fake_target *fake);
void fake_target_hook(struct fake_target *fake, fake_hook *hook, void *arg);
/** What describe and create fail with from now on; OTS_OK: nothing. */
void fake_target_fail_describe(struct fake_target *fake, enum ots_status status, unsigned times);

struct fake_column {
	const char *name;
	enum ots_type type;
	bool auto_increment;
};
void fake_target_table(struct fake_target *fake, const char *name, const struct fake_column *key,
		       size_t key_count, int64_t version_offset);

/** Change what a table was made with; 0 and false: not told. */
void fake_target_change(struct fake_target *fake, const char *name, int64_t max_versions,
			int64_t ttl_seconds, bool refuses_update);

/** Apply one record now: the sequential interpreter. */
void fake_target_apply(struct fake_target *fake, const char *table,
		       const struct ots_record *record);

/** The whole table as text, rows and cells in order. @return for free() */
char *fake_target_dump(struct fake_target *fake, const char *table);
/** Options of a table: max versions, TTL, version offset. @return false: no such table */
bool fake_target_options(struct fake_target *fake, const char *table, int64_t options[3]);

uint64_t fake_target_calls(struct fake_target *fake);
uint64_t fake_target_rows(struct fake_target *fake); /**< rows sent in all calls */
uint64_t fake_target_violations(struct fake_target *fake);
/** The first rule that was broken, or "". */
const char *fake_target_violation(struct fake_target *fake);

#endif
