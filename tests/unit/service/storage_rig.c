#define _GNU_SOURCE /* mkdtemp */
#include "storage_rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../tools/service/journal/journal.h"

/* A few rows: some tests see them in the journal, others in their places, most in both. */
#define RIG_FLUSH_BYTES ((size_t)4096)

struct ots_bytes rig_text(const char *t)
{
	return (struct ots_bytes){(const uint8_t *)t, strlen(t)};
}

void rig_must(enum ots_status status, const struct ots_error *err)
{
	cr_assert_eq(status, OTS_OK, "%s", err->text);
}

int64_t rig_add_table(const struct ots_storage *s, const char *name)
{
	const struct ots_stored_table table = {
		.created_us = 7, .name = rig_text(name), .definition = rig_text("definition")};
	struct ots_error err = {0};
	int64_t id = 0;

	rig_must(s->ops->begin(s->self, &err), &err);
	rig_must(s->ops->add_table(s->self, &table, &id, &err), &err);
	rig_must(s->ops->commit(s->self, &err), &err);
	return id;
}

void rig_scratch(char *dir, size_t size)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(dir, size, "%s/otsfs-storage-XXXXXX", base != NULL ? base : "/tmp");
	cr_assert_not_null(mkdtemp(dir));
}

void rig_remove_scratch(const char *dir)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	char path[512];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s/tablestore.sqlite%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

void subject_open(struct subject *subject, bool file)
{
	struct ots_error err = {0};

	*subject = (struct subject){.dir = ""};
	if (file) {
		rig_scratch(subject->dir, sizeof subject->dir);
		rig_must(ots_storage_open_journaled(subject->dir, RIG_FLUSH_BYTES,
						    &subject->storage, &err),
			 &err);
	} else {
		rig_must(ots_storage_open_memory((size_t)1 << 30, &subject->storage, &err), &err);
	}
}

void subject_close(struct subject *subject)
{
	subject->storage.ops->close(subject->storage.self);
	if (subject->dir[0] != '\0')
		rig_remove_scratch(subject->dir);
}

void rig_begin(const struct ots_storage *s)
{
	struct ots_error err = {0};

	rig_must(s->ops->begin(s->self, &err), &err);
}

void rig_commit(const struct ots_storage *s)
{
	struct ots_error err = {0};

	rig_must(s->ops->commit(s->self, &err), &err);
}

void rig_drop(const struct ots_storage *s, int64_t id)
{
	struct ots_error err = {0};

	rig_must(s->ops->drop_table(s->self, id, &err), &err);
}
