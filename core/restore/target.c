#include <otsfs/restore/target.h>

#include <stdlib.h>
#include <string.h>

#include "target_call.h"

struct ots_target {
	const struct ots_target_ops *ops;
	void *self;
	char *name;
};

enum ots_status ots_target_new(const struct ots_target_ops *ops, void *self, const char *name,
			       struct ots_target **out, struct ots_error *err)
{
	struct ots_target *target = calloc(1, sizeof *target);
	char *copy = strdup(name);

	if (target == NULL || copy == NULL) {
		free(target);
		free(copy);
		return ots_fail(err, OTS_NO_MEMORY, "target %s", name);
	}
	target->ops = ops;
	target->self = self;
	target->name = copy;
	*out = target;
	return OTS_OK;
}

void ots_target_free(struct ots_target *target)
{
	if (target == NULL)
		return;
	if (target->ops->close != NULL)
		target->ops->close(target->self);
	free(target->name);
	free(target);
}

const char *ots_target_name(const struct ots_target *target)
{
	return target->name;
}

enum ots_status ots_target_describe(struct ots_target *target, const char *table,
				    struct ots_schema *schema, struct ots_cancel *cancel,
				    struct ots_error *err)
{
	return target->ops->describe(target->self, table, schema, cancel, err);
}

enum ots_status ots_target_create(struct ots_target *target, const struct ots_schema *schema,
				  struct ots_cancel *cancel, struct ots_error *err)
{
	return target->ops->create(target->self, schema, cancel, err);
}

enum ots_status ots_target_list(struct ots_target *target,
				bool (*fn)(void *arg, struct ots_bytes name), void *arg,
				struct ots_cancel *cancel, struct ots_error *err)
{
	return target->ops->list(target->self, fn, arg, cancel, err);
}

enum ots_status ots_target_write(struct ots_target *target, const char *table,
				 const struct ots_record *const *records, size_t count,
				 struct ots_error *errors, struct ots_cancel *cancel,
				 struct ots_error *err)
{
	return target->ops->write(target->self, table, records, count, errors, cancel, err);
}

enum ots_status ots_target_put_row(struct ots_target *target, const char *table,
				   const struct ots_record *record, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	return target->ops->put_row(target->self, table, record, cancel, err);
}

enum ots_status ots_target_may_write(struct ots_target *target, const char *table,
				     const struct ots_schema *schema, struct ots_cancel *cancel,
				     struct ots_error *err)
{
	return target->ops->may_write(target->self, table, schema, cancel, err);
}

const char *ots_target_instance(const struct ots_target *target)
{
	return target->ops->instance(target->self);
}

const char *ots_target_key_place(const struct ots_target *target)
{
	return target->ops->key_place(target->self);
}
