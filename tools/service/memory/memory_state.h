/* What the storage in memory is made of; its calls on rows are in memory.c, on tables in
 * memory_table.c, and what a change leaves to undo or to free in memory_log.c.
 * Threads: the caller serialises. */
#ifndef OTSFS_SERVICE_MEMORY_STATE_H
#define OTSFS_SERVICE_MEMORY_STATE_H

#include "memory_tree.h"
#include "../storage/storage.h"

/* What malloc() keeps for itself, about; rows are counted with it. */
#define MEMORY_ALLOCATION_BYTES 16

struct memory_table {
	struct memory_table *next; /* by ascending id */
	int64_t id;
	int64_t created_us;
	int64_t number;
	bool dropped; /* by a change that is not yet committed */
	struct ots_memory_tree rows;
	struct memory_definition *definition;
	size_t name_len;
	uint8_t name[];
};

struct memory_definition {
	size_t len;
	uint8_t bytes[];
};

enum memory_step_kind {
	STEP_ADD_TABLE,
	STEP_DROP_TABLE,
	STEP_DEFINITION,
	STEP_NUMBER,
	STEP_INSERT,
	STEP_REPLACE,
	STEP_REMOVE
};

/* One change as the log has it. */
struct memory_step {
	enum memory_step_kind kind;
	struct memory_table *table;
	struct ots_memory_record *record; /* inserted, put in place of old, removed */
	struct ots_memory_record *old;
	struct memory_definition *definition; /* that another has taken the place of */
};

struct memory_storage {
	struct memory_table *tables;
	struct memory_table *latest; /* the one that was asked for last */
	int64_t last_id;
	struct memory_step *steps;
	size_t step_count;
	size_t step_capacity;
	bool open; /* between begin and commit or rollback */
	size_t used_bytes;
	size_t limit_bytes;
};

/* Failures, each with its reason. */
enum ots_status ots_memory_no_room(const struct memory_storage *s, struct ots_error *err);
enum ots_status ots_memory_no_memory(struct ots_error *err);
enum ots_status ots_memory_no_table(int64_t id, struct ots_error *err);

/* A record and its place in the account. */
size_t ots_memory_record_bytes(const struct ots_memory_record *record);
void ots_memory_record_free(void *storage, struct ots_memory_record *record);

/* @return NULL: there is none, or it is dropped */
struct memory_table *ots_memory_table_find(struct memory_storage *s, int64_t id);
void ots_memory_table_free(struct memory_storage *s, struct memory_table *table);
void ots_memory_definition_free(struct memory_storage *s, struct memory_definition *definition);

/* The calls on tables (storage.h). */
enum ots_status ots_memory_add_table(void *self, const struct ots_stored_table *from, int64_t *id,
				     struct ots_error *err);
enum ots_status ots_memory_set_definition(void *self, int64_t id, struct ots_bytes from,
					  struct ots_error *err);
enum ots_status ots_memory_drop_table(void *self, int64_t id, struct ots_error *err);
enum ots_status ots_memory_each_table(void *self, ots_storage_table_fn *fn, void *arg,
				      struct ots_error *err);
enum ots_status ots_memory_next_number(void *self, int64_t table_id, int64_t *number,
				       struct ots_error *err);

/* Room for the step that a change is about to log: what follows cannot fail half done. */
bool ots_memory_log_reserve(struct memory_storage *s);
/* Log a change; outside of begin it is final at once. There is room. */
void ots_memory_log_step(struct memory_storage *s, struct memory_step step);
/* Make the logged changes final: free what they replaced. */
void ots_memory_log_settle(struct memory_storage *s);
/* Undo them, the last one first. */
void ots_memory_log_undo(struct memory_storage *s);

#endif
