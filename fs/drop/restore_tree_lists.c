/* What a folder of restore/ holds, and the tables that mkdir made. */
#include "restore_tree.h"

#include <errno.h>

#include "restore_tree_priv.h"

int ots_restore_tree_make_table(struct restore_tree *tree, size_t table)
{
	uint64_t value;
	int error = 0;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	if (ots_number_map_get(&tree->locked.made, (uint64_t)table + 1, &value))
		error = EEXIST;
	else if (!ots_number_map_put(&tree->locked.made, (uint64_t)table + 1, 1))
		error = ENOMEM;
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return error;
}

static bool has_entries_locked(struct restore_tree *tree, size_t table)
{
	for (size_t i = 0; i < TREE_CHAINS; i++) {
		for (const struct entry *e = tree->locked.chains[i]; e != NULL; e = e->next) {
			if (e->table == table)
				return true;
		}
	}
	return false;
}

int ots_restore_tree_remove_table(struct restore_tree *tree, size_t table)
{
	uint64_t value;
	int error = 0;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	if (has_entries_locked(tree, table))
		error = ENOTEMPTY;
	else if (!ots_number_map_get(&tree->locked.made, (uint64_t)table + 1, &value))
		error = ENOENT;
	else
		ots_number_map_remove(&tree->locked.made, (uint64_t)table + 1);
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return error;
}

bool ots_restore_tree_is_made(struct restore_tree *tree, size_t table)
{
	uint64_t value;
	bool made;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	made = ots_number_map_get(&tree->locked.made, (uint64_t)table + 1, &value);
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return made;
}

bool ots_restore_tree_list(struct restore_tree *tree, size_t table,
			   bool (*fn)(void *arg, const char *name, uint64_t number, bool link),
			   void *arg)
{
	bool more = true;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	for (size_t i = 0; more && i < TREE_CHAINS; i++) {
		for (const struct entry *e = tree->locked.chains[i]; more && e != NULL;
		     e = e->next) {
			if (e->table == table)
				more = fn(arg, e->name, e->number, e->content == NULL);
		}
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return more;
}

struct made_list {
	bool (*fn)(void *arg, size_t table);
	void *arg;
	bool more;
};

static void list_one_made(void *arg, uint64_t number, uint64_t value)
{
	struct made_list *list = arg;

	(void)value;
	if (list->more)
		list->more = list->fn(list->arg, (size_t)(number - 1));
}

bool ots_restore_tree_list_made(struct restore_tree *tree, bool (*fn)(void *arg, size_t table),
				void *arg)
{
	struct made_list list = {fn, arg, true};

	(void)pthread_mutex_lock(&tree->locked.mutex);
	ots_number_map_each(&tree->locked.made, list_one_made, &list);
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return list.more;
}
