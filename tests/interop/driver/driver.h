/** @file driver.h
 *  Our client of Tablestore, driven by JSON lines: what the parts of the program share. The lines
 *  are described in README.md beside this file.
 *  Threads: one. */
#ifndef OTSFS_TESTS_INTEROP_DRIVER_H
#define OTSFS_TESTS_INTEROP_DRIVER_H

#include <cjson/cJSON.h>

#include <otsfs/tablestore/range.h>
#include <otsfs/tablestore/read.h>
#include <otsfs/tablestore/tables.h>
#include <otsfs/tablestore/write.h>
#include <otsfs/text/json_write.h>

/** One request while it is worked on. */
struct driver {
	struct ots_client *client;
	const cJSON *in;
	const char *table;      /* "" where none is given */
	struct ots_arena arena; /* what is made of the request */
	struct ots_batch rows;  /* what came */
	struct ots_json_writer out;
	struct ots_error err;
};

/** One call: reads d->in, adds members to the object that d->out has open.
 *  @return its status, and why in d->err */
typedef enum ots_status driver_call_fn(struct driver *d);

driver_call_fn driver_create_table, driver_describe_table, driver_update_table, driver_delete_table,
	driver_list_tables;
driver_call_fn driver_write_row, driver_batch_write, driver_batch_change;
driver_call_fn driver_get_row, driver_batch_get, driver_get_range, driver_splits;

/** A request that says what no request can. @return OTS_USAGE */
enum ots_status driver_misused(struct driver *d, const char *what);

/* --- request.c: parts of requests; memory is the arena's */

/** Members; the default where they are absent. */
const char *driver_text(const cJSON *in, const char *name, const char *otherwise);
int64_t driver_number(const cJSON *in, const char *name, int64_t otherwise);
bool driver_flag(const cJSON *in, const char *name, bool otherwise);

/** Which of @p words (the last one is NULL) a member says; 0 where it is absent.
 *  @return false: another word */
bool driver_word(const cJSON *in, const char *name, const char *const *words, size_t *index);

/** `["INTEGER","7"]`, `["STRING","x"]`, `["BINARY","00ff"]`, `["DOUBLE","0x1.8p+0"]`,
 *  `["BOOLEAN",true]`, `["AUTO"]`. */
bool driver_read_value(struct driver *d, const cJSON *in, struct ots_wire_value *value);

/** A list of texts. */
bool driver_read_names(struct driver *d, const cJSON *in, struct ots_bytes **names, size_t *count);

/** `[["pk",VALUE],…]`; the placeholder only in rows. */
bool driver_read_key(struct driver *d, const cJSON *in, struct ots_row_key *key);

/** Members op, key, cells. */
bool driver_read_row(struct driver *d, const cJSON *in, enum ots_op *op, struct ots_wire_row *row);

/** A row of puts and deletes as a record. */
bool driver_read_record(struct driver *d, const cJSON *in, struct ots_record *record);

/* --- filter.c */

/** A filter, encoded; empty where there is none. */
enum ots_status driver_read_filter(struct driver *d, const cJSON *in, struct ots_bytes *filter);

/* --- answer.c: parts of answers */

void driver_put_capacity(struct driver *d, const char *name, struct ots_capacity capacity);
void driver_put_record(struct driver *d, const char *name, const struct ots_record *record);
/** Row @p index of d->rows; null for OTS_NO_ROW. */
void driver_put_row(struct driver *d, const char *name, size_t index);
void driver_put_key(struct driver *d, const char *name, const struct ots_wire_row *key);
/** What a row of a batch, or a call, failed of. */
void driver_put_failure(struct driver *d, enum ots_status status, const struct ots_error *err);

#endif
