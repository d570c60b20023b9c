#include "fake_target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/buffer.h>

#define TABLES_MAX 8
#define BUCKETS 4096
#define CALLS_MAX 64
#define ROWS_MAX 200
#define TEXT_LIMIT ((size_t)256 * 1024 * 1024)
/* A cell without version gets the server's time; one that does not move keeps results equal. */
#define SERVER_VERSION INT64_C(1800000000000)

struct cell {
	struct cell *next; /* by name, then newest first */
	char *name;
	int64_t version;
	char *value; /* as text, type included */
};

struct row {
	struct row *next;
	uint64_t hash;
	char *key; /* as text, types included */
	struct cell *cells;
};

struct table {
	char *name;
	char *key_names[OTS_KEY_COLUMNS_MAX];
	struct fake_column key[OTS_KEY_COLUMNS_MAX];
	size_t key_count;
	int64_t options[3];
	bool refuses_update;
	struct row *buckets[BUCKETS];
};

struct fake_target {
	pthread_mutex_t mutex;
	fake_hook *hook;
	void *hook_arg;
	struct table *tables[TABLES_MAX];
	size_t table_count;
	enum ots_status describe_status;
	unsigned describe_times;
	uint64_t calls, rows, violations;
	char violation[256];
	struct {
		bool used;
		const char *table;
		size_t count;
		uint64_t hashes[ROWS_MAX];
	} flying[CALLS_MAX];
};

static void put_text(struct ots_buffer *out, const char *prefix, struct ots_bytes bytes)
{
	(void)ots_buffer_puts(out, prefix);
	for (size_t i = 0; i < bytes.len; i++) {
		const char c = (char)bytes.at[i];

		if (c > 0x20 && c < 0x7f && c != '|' && c != '%')
			(void)ots_buffer_put_byte(out, bytes.at[i]);
		else
			(void)ots_buffer_printf(out, "%%%02x", (unsigned)bytes.at[i]);
	}
}

static void put_value(struct ots_buffer *out, const struct ots_value *value)
{
	uint64_t bits = 0;

	switch (value->type) {
	case OTS_STRING: put_text(out, "S:", value->as.bytes); break;
	case OTS_BINARY: put_text(out, "B:", value->as.bytes); break;
	case OTS_INTEGER: (void)ots_buffer_printf(out, "I:%" PRId64, value->as.integer); break;
	case OTS_DOUBLE:
		memcpy(&bits, &value->as.real, sizeof bits);
		(void)ots_buffer_printf(out, "D:%016" PRIx64, bits);
		break;
	case OTS_BOOLEAN: (void)ots_buffer_printf(out, "T:%d", (int)value->as.boolean); break;
	}
}

static char *text_of(struct ots_buffer *out)
{
	char *text = calloc(1, out->len + 1);

	if (text != NULL && out->len > 0)
		memcpy(text, out->bytes, out->len);
	ots_buffer_release(out);
	return text;
}

static char *value_text(const struct ots_value *value)
{
	struct ots_buffer out;

	ots_buffer_init(&out, TEXT_LIMIT);
	put_value(&out, value);
	return text_of(&out);
}

static char *key_text(const struct ots_record *record)
{
	struct ots_buffer out;

	ots_buffer_init(&out, TEXT_LIMIT);
	for (size_t i = 0; i < record->key_count; i++) {
		put_value(&out, &record->key[i].value);
		(void)ots_buffer_put_byte(&out, '|');
	}
	return text_of(&out);
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

static void free_cells(struct row *row)
{
	while (row->cells != NULL) {
		struct cell *next = row->cells->next;

		free(row->cells->name);
		free(row->cells->value);
		free(row->cells);
		row->cells = next;
	}
}

static void free_row(struct row *row)
{
	free_cells(row);
	free(row->key);
	free(row);
}

static struct row **find_row(struct table *table, const char *key, uint64_t hash)
{
	struct row **at = &table->buckets[hash % BUCKETS];

	while (*at != NULL && ((*at)->hash != hash || strcmp((*at)->key, key) != 0))
		at = &(*at)->next;
	return at;
}

static void put_cell(struct row *row, const struct ots_cell *from)
{
	const int64_t version = from->has_version ? from->version : SERVER_VERSION;
	char *name = strndup((const char *)from->name.at, from->name.len);
	struct cell **at = &row->cells;
	struct cell *cell;

	while (*at != NULL && (strcmp((*at)->name, name) < 0 ||
			       (strcmp((*at)->name, name) == 0 && (*at)->version > version)))
		at = &(*at)->next;
	if (*at != NULL && strcmp((*at)->name, name) == 0 && (*at)->version == version) {
		free((*at)->value);
		(*at)->value = value_text(&from->value);
		free(name);
		return;
	}
	cell = calloc(1, sizeof *cell);
	*cell = (struct cell){*at, name, version, value_text(&from->value)};
	*at = cell;
}

static void delete_cells(struct row *row, const struct ots_cell *from)
{
	struct cell **at = &row->cells;

	while (*at != NULL) {
		struct cell *cell = *at;
		const bool same = strlen(cell->name) == from->name.len &&
				  memcmp(cell->name, from->name.at, from->name.len) == 0;

		if (!same ||
		    (from->action == OTS_CELL_DELETE_VERSION && cell->version != from->version)) {
			at = &cell->next;
			continue;
		}
		*at = cell->next;
		free(cell->name);
		free(cell->value);
		free(cell);
	}
}

static void apply_update(struct row *row, const struct ots_record *record)
{
	for (size_t i = 0; i < record->cell_count; i++) {
		if (record->cells[i].action == OTS_CELL_PUT)
			put_cell(row, &record->cells[i]);
		else
			delete_cells(row, &record->cells[i]);
	}
}

static bool writes_cell(const struct ots_record *record)
{
	for (size_t i = 0; i < record->cell_count; i++)
		if (record->cells[i].action == OTS_CELL_PUT)
			return true;
	return false;
}

static void apply(struct table *table, const struct ots_record *record)
{
	char *key = key_text(record);
	const uint64_t hash = hash_text(key);
	struct row **at = find_row(table, key, hash);

	if (record->op == OTS_DELETE) {
		if (*at != NULL) {
			struct row *row = *at;

			*at = row->next;
			free_row(row);
		}
		free(key);
		return;
	}
	if (*at == NULL) {
		if (record->op != OTS_PUT && !writes_cell(record)) {
			free(key); /* an update that only deletes makes no row */
			return;
		}
		*at = calloc(1, sizeof **at);
		(*at)->hash = hash;
		(*at)->key = strdup(key);
	}
	if (record->op == OTS_PUT)
		free_cells(*at);
	apply_update(*at, record);
	free(key);
}

struct fake_target *fake_target_new(void)
{
	struct fake_target *fake = calloc(1, sizeof *fake);

	(void)pthread_mutex_init(&fake->mutex, NULL);
	return fake;
}

void fake_target_free(struct fake_target *fake)
{
	for (size_t i = 0; i < fake->table_count; i++) {
		struct table *table = fake->tables[i];

		for (size_t b = 0; b < BUCKETS; b++) {
			while (table->buckets[b] != NULL) {
				struct row *next = table->buckets[b]->next;

				free_row(table->buckets[b]);
				table->buckets[b] = next;
			}
		}
		for (size_t k = 0; k < table->key_count; k++)
			free(table->key_names[k]);
		free(table->name);
		free(table);
	}
	(void)pthread_mutex_destroy(&fake->mutex);
	free(fake);
}

void fake_target_hook(struct fake_target *fake, fake_hook *hook, void *arg)
{
	(void)pthread_mutex_lock(&fake->mutex);
	fake->hook = hook;
	fake->hook_arg = arg;
	(void)pthread_mutex_unlock(&fake->mutex);
}

void fake_target_fail_describe(struct fake_target *fake, enum ots_status status, unsigned times)
{
	fake->describe_status = status;
	fake->describe_times = times;
}

static struct table *find_table(struct fake_target *fake, const char *name)
{
	for (size_t i = 0; i < fake->table_count; i++)
		if (strcmp(fake->tables[i]->name, name) == 0)
			return fake->tables[i];
	return NULL;
}

void fake_target_table(struct fake_target *fake, const char *name, const struct fake_column *key,
		       size_t key_count, int64_t version_offset)
{
	struct table *table = calloc(1, sizeof *table);

	table->name = strdup(name);
	table->key_count = key_count;
	for (size_t i = 0; i < key_count; i++) {
		table->key[i] = key[i];
		table->key_names[i] = strdup(key[i].name);
		table->key[i].name = table->key_names[i];
	}
	table->options[0] = 3;
	table->options[1] = -1;
	table->options[2] = version_offset;
	fake->tables[fake->table_count++] = table;
}

void fake_target_apply(struct fake_target *fake, const char *table, const struct ots_record *record)
{
	(void)pthread_mutex_lock(&fake->mutex);
	apply(find_table(fake, table), record);
	(void)pthread_mutex_unlock(&fake->mutex);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *const *x = a;
	const struct row *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

char *fake_target_dump(struct fake_target *fake, const char *name)
{
	struct table *table = find_table(fake, name);
	struct row **rows = NULL;
	struct ots_buffer out;
	size_t count = 0;

	ots_buffer_init(&out, TEXT_LIMIT);
	for (size_t b = 0; table != NULL && b < BUCKETS; b++) {
		for (struct row *row = table->buckets[b]; row != NULL; row = row->next) {
			rows = realloc(rows, (count + 1) * sizeof(struct row *));
			rows[count++] = row;
		}
	}
	if (count > 0)
		qsort(rows, count, sizeof(struct row *), compare_rows);
	for (size_t i = 0; i < count; i++) {
		(void)ots_buffer_printf(&out, "%s", rows[i]->key);
		for (const struct cell *cell = rows[i]->cells; cell != NULL; cell = cell->next) {
			(void)ots_buffer_printf(&out, " %s@%" PRId64 "=", cell->name,
						cell->version);
			(void)ots_buffer_puts(&out, cell->value);
		}
		(void)ots_buffer_put_byte(&out, '\n');
	}
	free(rows);
	return text_of(&out);
}

bool fake_target_options(struct fake_target *fake, const char *name, int64_t options[3])
{
	const struct table *table = find_table(fake, name);

	if (table == NULL)
		return false;
	memcpy(options, table->options, sizeof table->options);
	return true;
}

static uint64_t read_locked(struct fake_target *fake, const uint64_t *what)
{
	uint64_t n;

	(void)pthread_mutex_lock(&fake->mutex);
	n = *what;
	(void)pthread_mutex_unlock(&fake->mutex);
	return n;
}

uint64_t fake_target_calls(struct fake_target *fake)
{
	return read_locked(fake, &fake->calls);
}

uint64_t fake_target_rows(struct fake_target *fake)
{
	return read_locked(fake, &fake->rows);
}

uint64_t fake_target_violations(struct fake_target *fake)
{
	return read_locked(fake, &fake->violations);
}

const char *fake_target_violation(struct fake_target *fake)
{
	return fake->violation;
}

static void violate_locked(struct fake_target *fake, const char *what)
{
	if (fake->violations++ == 0)
		(void)snprintf(fake->violation, sizeof fake->violation, "call %" PRIu64 ": %s",
			       fake->calls, what);
}

static size_t value_bytes(const struct ots_value *value)
{
	if (value->type == OTS_STRING || value->type == OTS_BINARY)
		return value->as.bytes.len;
	return value->type == OTS_BOOLEAN ? 1 : 8;
}

static size_t data_bytes(const struct ots_record *record)
{
	size_t sum = 0;

	for (size_t i = 0; i < record->key_count; i++)
		sum += record->key[i].name.len + value_bytes(&record->key[i].value);
	for (size_t i = 0; i < record->cell_count; i++)
		sum += record->cells[i].name.len + (record->cells[i].has_version ? 8 : 0) +
		       (record->cells[i].action == OTS_CELL_PUT
				? value_bytes(&record->cells[i].value)
				: 0);
	return sum;
}

static void check_rules_locked(struct fake_target *fake, const struct fake_call *call)
{
	size_t sum = 0;

	if (call->count == 0 || call->count > ROWS_MAX)
		violate_locked(fake, "rows not within 1 to 200");
	for (size_t i = 0; i < call->count; i++) {
		const struct ots_record *record = call->records[i];

		sum += data_bytes(record);
		if (record->cell_count > 1024)
			violate_locked(fake, "more than 1024 columns in one write");
		if (record->op == OTS_BASE)
			violate_locked(fake, "an op that no wire has");
		if (record->cell_count == 0 && record->op != OTS_DELETE && !call->put_row)
			violate_locked(fake, "a put or update without cells in a batch");
	}
	if (sum > (size_t)4 * 1024 * 1024)
		violate_locked(fake, "more than 4 MiB of data");
}

/* A key must be in no other call at the same time, nor twice in this one. */
static size_t take_off_locked(struct fake_target *fake, const struct fake_call *call)
{
	size_t slot = 0;

	while (slot < CALLS_MAX - 1 && fake->flying[slot].used)
		slot++;
	fake->flying[slot].count = 0;
	fake->flying[slot].table = call->table;
	fake->flying[slot].used = true;
	for (size_t i = 0; i < call->count && i < ROWS_MAX; i++) {
		char *key = key_text(call->records[i]);
		const uint64_t hash = hash_text(key);

		free(key);
		for (size_t f = 0; f < CALLS_MAX; f++)
			for (size_t k = 0; fake->flying[f].used && k < fake->flying[f].count; k++)
				if (fake->flying[f].hashes[k] == hash &&
				    strcmp(fake->flying[f].table, call->table) == 0)
					violate_locked(fake, f == slot ? "a key twice in a call"
								       : "a key in two calls");
		fake->flying[slot].hashes[fake->flying[slot].count++] = hash;
	}
	return slot;
}

static enum ots_status make_call(struct fake_target *fake, struct fake_call *call,
				 struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	fake_hook *hook;
	void *arg;
	size_t slot;
	struct table *table;

	(void)pthread_mutex_lock(&fake->mutex);
	call->number = ++fake->calls;
	fake->rows += call->count;
	check_rules_locked(fake, call);
	slot = take_off_locked(fake, call);
	hook = fake->hook;
	arg = fake->hook_arg;
	(void)pthread_mutex_unlock(&fake->mutex);
	if (hook != NULL)
		status = hook(arg, call, err);
	(void)pthread_mutex_lock(&fake->mutex);
	table = find_table(fake, call->table);
	if (table == NULL && status == OTS_OK)
		status = ots_fail(err, OTS_NOT_FOUND, "Requested table does not exist.");
	for (size_t i = 0; table != NULL && i < call->count; i++)
		if ((status == OTS_OK && call->errors[i].status == OTS_OK) ||
		    (status != OTS_OK && call->apply))
			apply(table, call->records[i]);
	fake->flying[slot].used = false;
	(void)pthread_mutex_unlock(&fake->mutex);
	return status;
}

static enum ots_status fake_write(void *self, const char *table,
				  const struct ots_record *const *records, size_t count,
				  struct ots_error *errors, struct ots_cancel *cancel,
				  struct ots_error *err)
{
	struct fake_call call = {.table = table,
				 .records = records,
				 .count = count,
				 .errors = errors,
				 .cancel = cancel};

	return make_call(self, &call, err);
}

static enum ots_status fake_put_row(void *self, const char *table, const struct ots_record *record,
				    struct ots_cancel *cancel, struct ots_error *err)
{
	struct ots_error *error = calloc(1, sizeof *error);
	struct fake_call call = {.table = table,
				 .records = &record,
				 .count = 1,
				 .put_row = true,
				 .errors = error,
				 .cancel = cancel};
	enum ots_status status = make_call(self, &call, err);

	if (status == OTS_OK && error->status != OTS_OK) {
		*err = *error;
		status = error->status;
	}
	free(error);
	return status;
}

static enum ots_status fake_describe(void *self, const char *name, struct ots_schema *schema,
				     struct ots_cancel *cancel, struct ots_error *err)
{
	struct fake_target *fake = self;
	const struct table *table = find_table(fake, name);

	(void)cancel;
	if (fake->describe_times > 0) {
		fake->describe_times--;
		return ots_fail(err, fake->describe_status, "describe fails on cue");
	}
	if (table == NULL)
		return ots_fail(err, OTS_NOT_FOUND, "Requested table does not exist.");
	for (size_t i = 0; i < table->key_count; i++) {
		const char *key = table->key[i].name;

		schema->key[i].name = (struct ots_bytes){
			ots_arena_copy(&schema->arena, key, strlen(key)), strlen(key)};
		schema->key[i].type = table->key[i].type;
		schema->key[i].auto_increment = table->key[i].auto_increment;
	}
	schema->key_count = table->key_count;
	schema->max_versions = table->options[0];
	schema->ttl_seconds = table->options[1];
	schema->version_offset_seconds = table->options[2];
	schema->refuses_update = table->refuses_update;
	return OTS_OK;
}

void fake_target_change(struct fake_target *fake, const char *name, int64_t max_versions,
			int64_t ttl_seconds, bool refuses_update)
{
	struct table *table = find_table(fake, name);

	table->options[0] = max_versions;
	table->options[1] = ttl_seconds;
	table->refuses_update = refuses_update;
}

static enum ots_status fake_create(void *self, const struct ots_schema *schema,
				   struct ots_cancel *cancel, struct ots_error *err)
{
	struct fake_target *fake = self;
	struct fake_column key[OTS_KEY_COLUMNS_MAX] = {{.name = NULL}};
	char names[OTS_KEY_COLUMNS_MAX][256];
	char name[256];
	struct table *table;

	(void)cancel;
	(void)snprintf(name, sizeof name, "%.*s", (int)schema->table.len,
		       (const char *)schema->table.at);
	if (find_table(fake, name) != NULL)
		return ots_fail(err, OTS_EXISTS, "Requested table already exists.");
	for (size_t i = 0; i < schema->key_count; i++) {
		(void)snprintf(names[i], sizeof names[i], "%.*s", (int)schema->key[i].name.len,
			       (const char *)schema->key[i].name.at);
		key[i] = (struct fake_column){names[i], schema->key[i].type, false};
	}
	fake_target_table(fake, name, key, schema->key_count, schema->version_offset_seconds);
	table = find_table(fake, name);
	table->options[0] = schema->max_versions;
	table->options[1] = schema->ttl_seconds;
	return OTS_OK;
}

static enum ots_status fake_list(void *self, bool (*fn)(void *arg, struct ots_bytes name),
				 void *arg, struct ots_cancel *cancel, struct ots_error *err)
{
	struct fake_target *fake = self;

	(void)cancel;
	(void)err;
	for (size_t i = 0; i < fake->table_count; i++) {
		const char *name = fake->tables[i]->name;

		if (!fn(arg, (struct ots_bytes){(const uint8_t *)name, strlen(name)}))
			break;
	}
	return OTS_OK;
}

const struct ots_target_ops fake_target_ops = {
	fake_describe, fake_create, fake_list, fake_write, fake_put_row, NULL, NULL, NULL, NULL};
