#include <stdlib.h>

#include <otsfs/base/wait.h>
#include <otsfs/object/input.h>

#include "listing.h"

/* Most objects show what they are in their first block; reading all that a recogniser may ask for
 * would make the first listing of a large source sixteen times as long. */
#define FIRST_READ_BYTES ((size_t)4096)
/* Objects of one listing that are looked at side by side. */
#define HELPERS 8
#define WAIT_STEP_MS 20

static enum ots_status read_head(struct ots_catalog *catalog, struct ots_input *input,
				 uint8_t *head, enum ots_format *format, struct ots_error *err)
{
	const size_t most = catalog->options.recognise_bytes;
	const uint64_t size = ots_input_entry(input)->size;
	size_t want = most < FIRST_READ_BYTES ? most : FIRST_READ_BYTES;

	for (;;) { /* ends: the second turn wants the most, and leaves */
		size_t got = 0;
		const enum ots_status status = ots_input_read(input, 0, head, want, &got, err);

		if (status != OTS_OK)
			return status;
		*format = catalog->options.recognise((struct ots_bytes){head, got}, size);
		if (*format != OTS_FORMAT_UNKNOWN || want == most || size <= want)
			return OTS_OK;
		want = most;
	}
}

enum ots_status ots_recognise_row(struct ots_catalog *catalog, uint32_t number,
				  struct ots_cancel *cancel, enum ots_format *format,
				  struct ots_error *err)
{
	const struct ots_index *index = &catalog->locked.tree.index;
	uint8_t *head = malloc(catalog->options.recognise_bytes + 1);
	char etag_text[OTS_ETAG_BYTES] = "";
	struct ots_input *input = NULL;
	uint8_t key[OTS_KEY_MAX_BYTES];
	enum ots_status status;
	struct ots_bytes etag;
	size_t key_len;

	if (head == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "recognise: %zu bytes",
				catalog->options.recognise_bytes);
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	key_len = ots_row_key(index, ots_index_row(index, number), key);
	etag = ots_row_etag(ots_index_row(index, number));
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	for (size_t i = 0; i < etag.len && i < sizeof etag_text - 1; i++)
		etag_text[i] = (char)etag.at[i];
	status = ots_input_open_as(catalog->store,
				   &(struct ots_open_request){.key = {key, key_len},
							      .etag = etag_text,
							      .front_bytes = FIRST_READ_BYTES,
							      .sparse = true,
							      .cancel = cancel},
				   &input, err);

	if (status == OTS_OK) {
		ots_input_set_cancel(input, cancel);
		status = read_head(catalog, input, head, format, err);
	}
	ots_input_close(input);
	free(head);
	return status;
}

/* What cannot be read stays below raw/ and is no reason to fail the listing. It is logged the first
 * time, and tried again with each listing where that may help. */
static unsigned give_up(struct ots_catalog *catalog, uint32_t number, unsigned before,
			const struct ots_error *why)
{
	const struct ots_index *index = &catalog->locked.tree.index;
	uint8_t key[OTS_KEY_MAX_BYTES];
	size_t key_len;

	if (before == OTS_FORMAT_PENDING) {
		(void)pthread_mutex_lock(&catalog->locked.mutex);
		key_len = ots_row_key(index, ots_index_row(index, number), key);
		(void)pthread_mutex_unlock(&catalog->locked.mutex);
		ots_log_line(catalog->options.log, OTS_LOG_WARNING,
			     "recognise %.*s: below raw/ only: %s", (int)key_len, (const char *)key,
			     why->text);
	}
	return ots_status_is_transient(why->status) ? OTS_FORMAT_RETRY : OTS_FORMAT_UNKNOWN;
}

static bool stops_listing(enum ots_status status)
{
	return status == OTS_NO_MEMORY || status == OTS_CANCELLED;
}

/* By its name where that says something and is believed, else by its front; or not at all. */
static enum ots_status look_at(struct ots_catalog *catalog, uint32_t number, unsigned before,
			       bool looks, struct ots_error *err)
{
	const struct ots_row *row = ots_index_row(&catalog->locked.tree.index, number);
	enum ots_format format = OTS_FORMAT_UNKNOWN;
	struct ots_error why = {0};
	enum ots_status status = OTS_OK;
	unsigned after;
	bool guessed, good;

	if (catalog->options.guess != NULL && before == OTS_FORMAT_PENDING)
		format = catalog->options.guess((struct ots_bytes){row->name, row->name_len});
	guessed = format != OTS_FORMAT_UNKNOWN;
	if (!guessed && looks)
		status = ots_recognise_row(catalog, number, NULL, &format, &why);
	if (stops_listing(status)) {
		if (err != NULL)
			*err = why;
		return status;
	}
	after = status == OTS_OK ? (unsigned)format : give_up(catalog, number, before, &why);
	if (!guessed && !looks)
		after = OTS_FORMAT_RETRY; /* when somebody needs to know */

	(void)pthread_mutex_lock(&catalog->locked.mutex);
	good = ots_tree_row_is(&catalog->locked.tree, number, after, guessed);
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return good ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "row %u", number);
}

/* The rows of one listing that are to be looked at, by whoever has time: the one who lists, and
 * workers that happen to be idle. It never waits for a worker that has not begun, so it does not
 * matter whether one ever does. */
struct looking {
	struct ots_catalog *catalog;
	struct ots_list rows;
	bool looks;
	struct ots_cancel *cancel;
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t idle;
		unsigned users;   /* whoever may still touch this */
		unsigned working; /* of them, those that look at a row */
		uint32_t next;
		bool over; /* the one who lists has gone */
		enum ots_status status;
		struct ots_error err;
	} locked;
};

static void leave_locked(struct looking *looking)
{
	const bool last = --looking->locked.users == 0;

	(void)pthread_mutex_unlock(&looking->locked.mutex);
	if (!last)
		return;
	(void)pthread_cond_destroy(&looking->locked.idle);
	(void)pthread_mutex_destroy(&looking->locked.mutex);
	free(looking->rows.items);
	free(looking);
}

static enum ots_status look_at_next(struct looking *looking, uint32_t number, struct ots_error *err)
{
	struct ots_catalog *catalog = looking->catalog;
	unsigned format;

	if (ots_cancel_asked(looking->cancel))
		return ots_fail(err, OTS_CANCELLED, "recognise: asked to stop");
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	format = ots_index_row(&catalog->locked.tree.index, number)->format;
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	return look_at(catalog, number, format, looking->looks, err);
}

/* Take rows until there is none, or one fails. */
static void work_locked(struct looking *looking)
{
	while (!looking->locked.over && looking->locked.status == OTS_OK &&
	       looking->locked.next < looking->rows.count) { /* ends: takes a row */
		const uint32_t number = looking->rows.items[looking->locked.next++];
		struct ots_error err = {0};
		enum ots_status status;

		looking->locked.working++;
		(void)pthread_mutex_unlock(&looking->locked.mutex);
		status = look_at_next(looking, number, &err);
		(void)pthread_mutex_lock(&looking->locked.mutex);
		looking->locked.working--;
		if (status != OTS_OK && looking->locked.status == OTS_OK) {
			looking->locked.status = status;
			looking->locked.err = err;
		}
	}
	(void)pthread_cond_broadcast(&looking->locked.idle);
}

static void help(void *arg)
{
	struct looking *looking = arg;

	(void)pthread_mutex_lock(&looking->locked.mutex);
	work_locked(looking);
	leave_locked(looking);
}

/* @return NULL without memory; nothing to look at is a list of none */
static struct looking *looking_new(struct ots_catalog *catalog, const struct ots_list *rows,
				   bool looks, struct ots_cancel *cancel)
{
	const unsigned from = looks ? OTS_FORMAT_RETRY : OTS_FORMAT_PENDING;
	const struct ots_index *index = &catalog->locked.tree.index;
	struct looking *looking = calloc(1, sizeof *looking);
	bool good = looking != NULL;

	if (!good)
		return NULL;
	looking->catalog = catalog;
	looking->looks = looks;
	looking->cancel = cancel;
	looking->locked.users = 1;
	(void)pthread_mutex_init(&looking->locked.mutex, NULL);
	ots_wait_init(&looking->locked.idle);
	(void)pthread_mutex_lock(&catalog->locked.mutex);
	for (uint32_t i = 0; good && i < rows->count; i++) {
		if (ots_index_row(index, rows->items[i])->format >= from)
			good = ots_list_add(&looking->rows, rows->items[i]);
	}
	(void)pthread_mutex_unlock(&catalog->locked.mutex);
	if (good)
		return looking;
	(void)pthread_mutex_lock(&looking->locked.mutex);
	leave_locked(looking);
	return NULL;
}

static void ask_for_help_locked(struct looking *looking)
{
	struct ots_pool *pool = looking->catalog->pool;

	for (uint32_t i = 1; pool != NULL && i < looking->rows.count && i < HELPERS; i++) {
		looking->locked.users++;
		if (ots_pool_try_submit(pool, help, looking, NULL) == OTS_OK)
			continue;
		looking->locked.users--;
		return;
	}
}

enum ots_status ots_recognise_rows(struct ots_catalog *catalog, const struct ots_list *rows,
				   bool looks, struct ots_cancel *cancel, struct ots_error *err)
{
	struct looking *looking = looking_new(catalog, rows, looks, cancel);
	enum ots_status status;

	if (looking == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "recognise: %u objects", rows->count);
	(void)pthread_mutex_lock(&looking->locked.mutex);
	ask_for_help_locked(looking);
	work_locked(looking);
	while (looking->locked.working > 0) /* ends: each looks at one row at a time */
		ots_wait(&looking->locked.idle, &looking->locked.mutex, WAIT_STEP_MS);
	looking->locked.over = true;
	status = looking->locked.status;
	if (status != OTS_OK && err != NULL)
		*err = looking->locked.err;
	leave_locked(looking);
	return status;
}
