/** @file storage_rig.h
 *  A storage of either kind, and changes of it that must succeed. */
#ifndef OTSFS_TESTS_SERVICE_STORAGE_RIG_H
#define OTSFS_TESTS_SERVICE_STORAGE_RIG_H

#include "../../../tools/service/storage/storage.h"

struct subject {
	struct ots_storage storage;
	char dir[256]; /* empty: memory */
};

/** In memory, or in a folder of its own that is gone when it is closed. */
void subject_open(struct subject *subject, bool file);
void subject_close(struct subject *subject);

/** A new folder, and the end of one that held a database. */
void rig_scratch(char *dir, size_t size);
void rig_remove_scratch(const char *dir);

struct ots_bytes rig_text(const char *t);
void rig_must(enum ots_status status, const struct ots_error *err);
int64_t rig_add_table(const struct ots_storage *s, const char *name);
void rig_begin(const struct ots_storage *s);
void rig_commit(const struct ots_storage *s);
void rig_drop(const struct ots_storage *s, int64_t id);

#endif
