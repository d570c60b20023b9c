#include "restore_tree.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../node/nodes.h"
#include "restore_tree_priv.h"

#define NAME_MAX_BYTES 255

static struct entry **chain_locked(struct restore_tree *tree, size_t table, const char *name)
{
	uint32_t h = 2166136261u ^ (uint32_t)table;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return &tree->locked.chains[h & (TREE_CHAINS - 1)];
}

static struct entry *find_locked(struct restore_tree *tree, size_t table, const char *name)
{
	struct entry *entry = *chain_locked(tree, table, name);

	while (entry != NULL && (entry->table != table || strcmp(entry->name, name) != 0))
		entry = entry->next;
	return entry;
}

static struct entry *by_number_locked(struct restore_tree *tree, uint64_t number)
{
	uint64_t value;

	return ots_number_map_get(&tree->locked.by_number, number, &value)
		       ? (struct entry *)(uintptr_t)value
		       : NULL;
}

static void entry_free(struct entry *entry)
{
	if (entry == NULL)
		return;
	ots_content_release(entry->content);
	free(entry->name);
	free(entry);
}

/* @return the entry, for entry_free() once the lock is free, when nobody holds it any more */
static struct entry *drop_locked(struct restore_tree *tree, struct entry *entry, uint64_t count)
{
	if (count < entry->holders) {
		entry->holders -= count;
		return NULL;
	}
	ots_number_map_remove(&tree->locked.by_number, entry->number);
	return entry;
}

static struct entry *unname_locked(struct restore_tree *tree, struct entry *entry)
{
	struct entry **at = chain_locked(tree, entry->table, entry->name);

	while (*at != entry) /* ends: a named entry is in its chain */
		at = &(*at)->next;
	*at = entry->next;
	entry->next = NULL;
	entry->named = false;
	return drop_locked(tree, entry, 1);
}

static void name_locked(struct restore_tree *tree, struct entry *entry)
{
	struct entry **chain = chain_locked(tree, entry->table, entry->name);

	entry->next = *chain;
	*chain = entry;
	entry->named = true;
}

/* A new entry with its name, held by it. */
static struct entry *add_locked(struct restore_tree *tree, size_t table, const char *name)
{
	struct entry *entry = calloc(1, sizeof *entry);

	if (entry == NULL)
		return NULL;
	entry->table = table;
	entry->name = strdup(name);
	entry->holders = 1;
	entry->number = ots_node_entry(tree->locked.last_serial + 1);
	if (entry->name == NULL ||
	    !ots_number_map_put(&tree->locked.by_number, entry->number, (uintptr_t)entry)) {
		entry_free(entry);
		return NULL;
	}
	tree->locked.last_serial++;
	name_locked(tree, entry);
	return entry;
}

static void fill_info(const struct entry *entry, struct entry_info *info)
{
	*info = (struct entry_info){
		.number = entry->number,
		.table = entry->table,
		.link = entry->content == NULL,
		.attr = entry->attr,
	};
	memcpy(info->job_id, entry->job_id, sizeof info->job_id);
}

struct restore_tree *ots_restore_tree_new(void)
{
	struct restore_tree *tree = calloc(1, sizeof *tree);

	if (tree == NULL)
		return NULL;
	(void)pthread_mutex_init(&tree->locked.mutex, NULL);
	tree->names = ots_name_table_new();
	if (tree->names == NULL) {
		ots_restore_tree_free(tree);
		return NULL;
	}
	return tree;
}

static void free_entry_of(void *arg, uint64_t number, uint64_t value)
{
	(void)arg;
	(void)number;
	entry_free((struct entry *)(uintptr_t)value);
}

void ots_restore_tree_free(struct restore_tree *tree)
{
	if (tree == NULL)
		return;
	ots_number_map_each(&tree->locked.by_number, free_entry_of, NULL);
	ots_number_map_release(&tree->locked.by_number);
	ots_number_map_release(&tree->locked.made);
	ots_name_table_free(tree->names);
	(void)pthread_mutex_destroy(&tree->locked.mutex);
	free(tree);
}

struct name_table *ots_restore_tree_names(struct restore_tree *tree)
{
	return tree->names;
}

/* The size is the content's own: asked for once the tree's lock is free, because a writer may hold
 * the content's lock over a write to the disk. */
static bool finish_info(struct entry *entry, struct content *content, struct entry_info *info)
{
	if (entry != NULL && content != NULL)
		info->size = ots_content_size(content);
	ots_content_release(content);
	return entry != NULL;
}

bool ots_restore_tree_lookup(struct restore_tree *tree, size_t table, const char *name, bool hold,
			     struct entry_info *info)
{
	struct content *content = NULL;
	struct entry *entry;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = find_locked(tree, table, name);
	if (entry != NULL) {
		fill_info(entry, info);
		content = entry->content != NULL ? ots_content_hold(entry->content) : NULL;
		entry->holders += hold ? 1 : 0;
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return finish_info(entry, content, info);
}

bool ots_restore_tree_info(struct restore_tree *tree, uint64_t number, struct entry_info *info)
{
	struct content *content = NULL;
	struct entry *entry;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = by_number_locked(tree, number);
	if (entry != NULL) {
		fill_info(entry, info);
		content = entry->content != NULL ? ots_content_hold(entry->content) : NULL;
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return finish_info(entry, content, info);
}

int ots_restore_tree_create(struct restore_tree *tree, size_t table, const char *name,
			    const struct entry_attr *attr, struct entry_info *info,
			    struct content **out)
{
	struct content *content = ots_content_new();
	struct entry *entry = NULL;
	int error = 0;

	if (content == NULL)
		return ENOMEM;
	(void)pthread_mutex_lock(&tree->locked.mutex);
	if (find_locked(tree, table, name) != NULL) {
		error = EEXIST;
	} else {
		entry = add_locked(tree, table, name);
		error = entry == NULL ? ENOMEM : 0;
	}
	if (entry != NULL) {
		entry->content = ots_content_hold(content);
		entry->attr = *attr;
		entry->holders += 2;
		fill_info(entry, info);
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	if (error == 0)
		*out = content; /* handed over */
	else
		ots_content_release(content);
	return error;
}

void ots_restore_tree_forget(struct restore_tree *tree, uint64_t number, uint64_t count)
{
	struct entry *entry, *gone = NULL;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = by_number_locked(tree, number);
	if (entry != NULL) {
		/* The kernel's count is a number from outside: the name is never taken away by it.
		 */
		const uint64_t most = entry->holders - (entry->named ? 1 : 0);

		gone = drop_locked(tree, entry, count < most ? count : most);
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	entry_free(gone);
}

int ots_restore_tree_open(struct restore_tree *tree, uint64_t number, bool anew,
			  struct content **out)
{
	struct content *fresh = NULL, *old = NULL;
	struct entry *entry;
	int error = 0;

	if (anew && (fresh = ots_content_new()) == NULL)
		return ENOMEM;
	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = by_number_locked(tree, number);
	if (entry == NULL || entry->content == NULL) {
		error = ESTALE;
	} else {
		if (anew) {
			old = entry->content;
			entry->content = fresh;
			fresh = NULL;
		}
		*out = ots_content_hold(entry->content);
		entry->holders++;
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	ots_content_release(old);
	ots_content_release(fresh);
	return error;
}

bool ots_restore_tree_set_attr(struct restore_tree *tree, uint64_t number,
			       const struct entry_attr *attr)
{
	struct entry *entry;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = by_number_locked(tree, number);
	if (entry != NULL)
		entry->attr = *attr;
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return entry != NULL;
}

int ots_restore_tree_unlink(struct restore_tree *tree, size_t table, const char *name)
{
	struct entry *entry, *gone = NULL;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = find_locked(tree, table, name);
	if (entry != NULL)
		gone = unname_locked(tree, entry);
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	entry_free(gone);
	return entry == NULL ? ENOENT : 0;
}

int ots_restore_tree_rename(struct restore_tree *tree, size_t table, const char *from,
			    const char *to, bool no_replace)
{
	char *name = strdup(to);
	struct entry *entry, *other, *gone = NULL;
	int error = 0;

	if (name == NULL)
		return ENOMEM;
	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = find_locked(tree, table, from);
	other = find_locked(tree, table, to);
	if (entry == NULL) {
		error = ENOENT;
	} else if (other != NULL && no_replace) {
		error = EEXIST;
	} else if (other != entry) {
		if (other != NULL)
			gone = unname_locked(tree, other);
		entry->holders++; /* over the moment without a name */
		(void)unname_locked(tree, entry);
		free(entry->name);
		entry->name = name;
		name = NULL;
		name_locked(tree, entry);
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	entry_free(gone);
	free(name);
	return error;
}

bool ots_restore_tree_name(struct restore_tree *tree, uint64_t number, size_t *table, char *name,
			   size_t name_size)
{
	struct entry *entry;
	bool named = false;

	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = by_number_locked(tree, number);
	if (entry != NULL && entry->named && strlen(entry->name) < name_size) {
		*table = entry->table;
		memcpy(name, entry->name, strlen(entry->name) + 1);
		named = true;
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	return named;
}

void ots_restore_tree_link_job(struct restore_tree *tree, size_t table, const char *name,
			       const char *job_id, const struct entry_attr *attr)
{
	static const char suffix[] = ".job";
	char link[NAME_MAX_BYTES + sizeof suffix];
	const size_t len = strlen(name);
	struct entry *entry, *gone = NULL;

	if (len + strlen(suffix) > NAME_MAX_BYTES || strlen(job_id) >= OTS_JOB_ID_BYTES)
		return;
	memcpy(link, name, len);
	memcpy(link + len, suffix, sizeof suffix);
	(void)pthread_mutex_lock(&tree->locked.mutex);
	entry = find_locked(tree, table, link);
	if (entry != NULL) /* a new number, so that nobody reads the old target from a cache */
		gone = unname_locked(tree, entry);
	entry = add_locked(tree, table, link);
	if (entry != NULL) {
		memcpy(entry->job_id, job_id, strlen(job_id) + 1);
		entry->attr = *attr;
	}
	(void)pthread_mutex_unlock(&tree->locked.mutex);
	entry_free(gone);
}
