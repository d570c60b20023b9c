#include "name_table.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS 1024 /* a power of two; thousands of jobs make chains of a few */

struct name {
	size_t index;
	struct name *next;
	char text[];
};

struct name_table {
	struct {
		pthread_mutex_t mutex;
		struct name *chains[CHAINS];
		struct name **by_index;
		size_t count, cap;
	} locked;
};

/* FNV-1a, 32 bits: the names are checked ones of tables and ids of ours. */
static size_t chain_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h & (CHAINS - 1);
}

struct name_table *ots_name_table_new(void)
{
	struct name_table *table = calloc(1, sizeof *table);

	if (table != NULL)
		(void)pthread_mutex_init(&table->locked.mutex, NULL);
	return table;
}

void ots_name_table_free(struct name_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->locked.count; i++)
		free(table->locked.by_index[i]);
	free(table->locked.by_index);
	(void)pthread_mutex_destroy(&table->locked.mutex);
	free(table);
}

static struct name *add_locked(struct name_table *table, const char *text)
{
	const size_t len = strlen(text);
	struct name *name;

	if (table->locked.count == table->locked.cap) {
		const size_t cap = table->locked.cap == 0 ? 16 : table->locked.cap * 2;
		struct name **grown = realloc(table->locked.by_index, cap * sizeof(struct name *));

		if (grown == NULL)
			return NULL;
		table->locked.by_index = grown;
		table->locked.cap = cap;
	}
	name = malloc(sizeof *name + len + 1);
	if (name == NULL)
		return NULL;
	memcpy(name->text, text, len + 1);
	name->index = table->locked.count;
	name->next = table->locked.chains[chain_of(text)];
	table->locked.chains[chain_of(text)] = name;
	table->locked.by_index[table->locked.count++] = name;
	return name;
}

bool ots_name_table_index(struct name_table *table, const char *text, size_t *index)
{
	struct name *name;

	(void)pthread_mutex_lock(&table->locked.mutex);
	name = table->locked.chains[chain_of(text)];
	while (name != NULL && strcmp(name->text, text) != 0)
		name = name->next;
	if (name == NULL)
		name = add_locked(table, text);
	(void)pthread_mutex_unlock(&table->locked.mutex);
	if (name != NULL)
		*index = name->index;
	return name != NULL;
}

const char *ots_name_table_name(struct name_table *table, size_t index)
{
	const char *text = NULL;

	(void)pthread_mutex_lock(&table->locked.mutex);
	if (index < table->locked.count)
		text = table->locked.by_index[index]->text;
	(void)pthread_mutex_unlock(&table->locked.mutex);
	return text;
}
