/* Races of the Tablestore client and of the HTTP below it: many threads share one client, whose
 * connections and memory go from call to call, against a server that answers right, wrong, late,
 * with a reset or not at all, while calls are cancelled from other threads and run out of time. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <otsfs/base/cancel.h>
#include <otsfs/tablestore/tables.h>
#include <otsfs/tablestore/wire.h>
#include <otsfs/tablestore/write.h>

#include "../support/scripted_server.h"

#define CALLERS 12
#define CALLS 150
#define ROWS 7
/* Fewer than callers, so that connections are made and dropped all the time. */
#define CONNECTIONS 4
#define TIMEOUT_MS 400
#define CANCELLERS 2

struct stage {
	struct ots_client *client;
	atomic_uint failures;
	atomic_uint done, failed, cancelled;
	atomic_bool over;
	struct ots_cancel cancels[CALLERS];
	pthread_mutex_t cancel_mutex;
	bool armed[CALLERS]; /* guarded by cancel_mutex */
};

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* --- the server: one thread, so that what it holds needs no lock */

static void put_signed(struct ots_buffer *out, const char *path, int status, struct ots_bytes body,
		       bool damaged)
{
	static const char type[] = "protocol buffer";
	char md5[OTS_MD5_TEXT_BYTES], signature[OTS_SIGNATURE_TEXT_BYTES],
		date[OTS_TIME_TEXT_BYTES];
	char lines[1024];
	struct ots_buffer text;
	bool ok;

	(void)ots_time_print(ots_clock_wall_us(&ots_clock_system), 6, date);
	ok = ots_content_md5(body, md5);
	ots_buffer_init(&text, 65536);
	const struct ots_sign_header headers[] = {
		{bytes_of("x-ots-contentmd5"), bytes_of(md5)},
		{bytes_of("x-ots-contenttype"), bytes_of(type)},
		{bytes_of("x-ots-date"), bytes_of(date)},
		{bytes_of("x-ots-requestid"), bytes_of("stress")},
	};
	ok = ok && ots_sign_response_text(bytes_of(path), headers, 4, &text) &&
	     ots_sign(bytes_of(OTS_LOCAL_KEY_SECRET), (struct ots_bytes){text.bytes, text.len},
		      signature);
	ots_buffer_release(&text);
	if (!ok)
		abort();
	if (damaged)
		signature[3] = signature[3] == 'A' ? 'B' : 'A';
	(void)snprintf(lines, sizeof lines,
		       "x-ots-contentmd5: %s\r\nx-ots-contenttype: %s\r\nx-ots-date: %s\r\n"
		       "x-ots-requestid: stress\r\nAuthorization: OTS " OTS_LOCAL_KEY_ID ":%s\r\n",
		       md5, type, date, signature);
	scripted_answer(out, status, lines, body.at, body.len);
}

/* Of a batch every row is written but, by chance, the second. */
static size_t batch_answer(uint8_t *out, bool second_fails)
{
	static const uint8_t written[] = {0x12, 2, 0x08, 1};
	static const uint8_t failed[] = {0x12, 13,  0x08, 0,   0x12, 9,   0x0a, 7,
					 'O',  'T', 'S',  'B', 'u',  's', 'y'};
	size_t len = 2;

	out[len++] = 0x0a;
	out[len++] = 1;
	out[len++] = 't';
	for (size_t i = 0; i < ROWS; i++) {
		const bool fails = i == 1 && second_fails;
		const size_t size = fails ? sizeof failed : sizeof written;

		memcpy(out + len, fails ? failed : written, size);
		len += size;
	}
	out[0] = 0x0a;
	out[1] = (uint8_t)(len - 2);
	return len;
}

static enum scripted_after answer(void *arg, const struct scripted_request *request,
				  struct ots_buffer *out)
{
	static const uint8_t busy[] = {0x0a, 13,  'O', 'T', 'S', 'S', 'e', 'r',
				       'v',  'e', 'r', 'B', 'u', 's', 'y'};
	const uint64_t roll = mix(request->number) % 100;
	uint8_t bytes[128];
	size_t len = 0;
	char path[64];

	(void)arg;
	if (sscanf(request->head, "POST %63s ", path) != 1)
		abort();
	if (strcmp(path, "/BatchWriteRow") == 0)
		len = batch_answer(bytes, roll % 2 == 0);
	else if (strcmp(path, "/ListTable") == 0)
		len = (size_t)snprintf((char *)bytes, sizeof bytes, "\n\001t\n\001u");
	if (roll < 4)
		return SCRIPTED_RESET;
	if (roll < 6)
		return SCRIPTED_STALL;
	if (roll < 12) {
		put_signed(out, path, 503, (struct ots_bytes){busy, sizeof busy}, false);
		return SCRIPTED_KEEP;
	}
	put_signed(out, path, 200, (struct ots_bytes){bytes, len}, roll < 18);
	if (roll < 24)
		out->len -= 1; /* cut short */
	return roll < 30 ? SCRIPTED_CLOSE : SCRIPTED_KEEP;
}

/* --- the callers */

static void complain(struct stage *stage, const char *what, const struct ots_error *err)
{
	(void)fprintf(stderr, "client_stress: %s: %s (%s)\n", what, err->text,
		      ots_status_word(err->status));
	atomic_fetch_add(&stage->failures, 1);
}

static enum ots_status write_batch(struct stage *stage, uint64_t seed, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	struct ots_row_result results[ROWS];
	struct ots_record records[ROWS];
	const struct ots_record *list[ROWS];
	struct ots_cell cell = {.name = bytes_of("c"), .action = OTS_CELL_PUT};
	enum ots_status status;

	cell.value = (struct ots_value){.type = OTS_INTEGER, .as.integer = (int64_t)seed};
	for (size_t i = 0; i < ROWS; i++) {
		records[i] = (struct ots_record){
			.op = OTS_UPDATE, .key_count = 1, .cells = &cell, .cell_count = 1};
		records[i].key[0].name = bytes_of("k");
		records[i].key[0].value =
			(struct ots_value){.type = OTS_INTEGER, .as.integer = (int64_t)i};
		list[i] = &records[i];
	}
	status = ots_client_batch_write(stage->client, "t", list, ROWS, results, cancel, err);
	for (size_t i = 0; status == OTS_OK && i < ROWS; i++) {
		const bool failed = results[i].status != OTS_OK;

		/* An answer must be the one to this call: no row but the second ever fails. */
		if (failed && (i != 1 || strcmp(results[i].error.code, "OTSBusy") != 0))
			complain(stage, "a row that cannot fail", &results[i].error);
	}
	return status;
}

static bool count_name(void *arg, struct ots_bytes name)
{
	size_t *names = arg;

	*names += name.len == 1;
	return true;
}

static enum ots_status list_tables(struct stage *stage, struct ots_cancel *cancel,
				   struct ots_error *err)
{
	size_t names = 0;
	enum ots_status status =
		ots_client_list_tables(stage->client, count_name, &names, cancel, err);

	if (status == OTS_OK && names != 2)
		status = ots_fail(err, OTS_REFUSED, "%zu tables", names);
	return status;
}

struct caller {
	struct stage *stage;
	size_t index;
};

static void arm(struct stage *stage, size_t index, bool armed)
{
	(void)pthread_mutex_lock(&stage->cancel_mutex);
	if (armed)
		ots_cancel_init(&stage->cancels[index]);
	else
		ots_cancel_release(&stage->cancels[index]);
	stage->armed[index] = armed;
	(void)pthread_mutex_unlock(&stage->cancel_mutex);
}

static void *call_all(void *arg)
{
	const struct caller *caller = arg;
	struct stage *stage = caller->stage;
	struct ots_cancel *cancel = &stage->cancels[caller->index];

	for (uint64_t i = 0; i < CALLS; i++) {
		struct ots_error err = {0};
		enum ots_status status;

		arm(stage, caller->index, true);
		status = i % 4 == 3 ? list_tables(stage, cancel, &err)
				    : write_batch(stage, i, cancel, &err);
		arm(stage, caller->index, false);
		if (status == OTS_OK)
			atomic_fetch_add(&stage->done, 1);
		else if (status == OTS_CANCELLED)
			atomic_fetch_add(&stage->cancelled, 1);
		else if (status == OTS_NETWORK || status == OTS_TIMEOUT ||
			 status == OTS_THROTTLED || status == OTS_CORRUPT)
			atomic_fetch_add(&stage->failed, 1);
		else
			complain(stage, "a failure of no known kind", &err);
	}
	return NULL;
}

static void *cancel_some(void *arg)
{
	struct stage *stage = arg;
	uint64_t turn = 0;

	while (!atomic_load(&stage->over)) {
		const size_t index = mix(turn++) % CALLERS;

		(void)ots_cancel_wait(NULL, 5);
		(void)pthread_mutex_lock(&stage->cancel_mutex);
		if (stage->armed[index])
			ots_cancel_ask(&stage->cancels[index]);
		(void)pthread_mutex_unlock(&stage->cancel_mutex);
	}
	return NULL;
}

static void run(struct stage *stage)
{
	struct caller callers[CALLERS];
	pthread_t threads[CALLERS], cancellers[CANCELLERS];

	for (size_t i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){stage, i};
		(void)pthread_create(&threads[i], NULL, call_all, &callers[i]);
	}
	for (size_t i = 0; i < CANCELLERS; i++)
		(void)pthread_create(&cancellers[i], NULL, cancel_some, stage);
	for (size_t i = 0; i < CALLERS; i++)
		(void)pthread_join(threads[i], NULL);
	atomic_store(&stage->over, true);
	for (size_t i = 0; i < CANCELLERS; i++)
		(void)pthread_join(cancellers[i], NULL);
}

int main(void)
{
	const struct ots_http_options http_options = {.user_agent = "stress",
						      .connection_limit = CONNECTIONS};
	const struct ots_client_options options = {.timeout_ms = TIMEOUT_MS};
	struct stage stage = {.client = NULL};
	struct scripted_server *server = scripted_server_start(answer, NULL);
	struct ots_credential_chain *chain = NULL;
	struct ots_endpoint endpoint;
	struct ots_http *http = NULL;
	struct ots_error err = {0};
	char url[128];

	(void)pthread_mutex_init(&stage.cancel_mutex, NULL);
	(void)snprintf(url, sizeof url, "%s/local", scripted_server_url(server));
	if (ots_http_global_init(&err) != OTS_OK ||
	    ots_endpoint_parse(url, &endpoint, &err) != OTS_OK ||
	    ots_credential_chain_fixed(OTS_LOCAL_KEY_ID, OTS_LOCAL_KEY_SECRET, NULL, &chain,
				       &err) != OTS_OK ||
	    ots_http_new(&http_options, &http, &err) != OTS_OK ||
	    ots_client_new(http, &endpoint, chain, &options, &stage.client, &err) != OTS_OK) {
		(void)fprintf(stderr, "client_stress: %s\n", err.text);
		return 1;
	}
	run(&stage);
	ots_client_free(stage.client);
	ots_http_free(http);
	ots_credential_chain_free(chain);
	scripted_server_stop(server);
	(void)pthread_mutex_destroy(&stage.cancel_mutex);
	(void)printf("client_stress: %u done, %u failed, %u cancelled\n", atomic_load(&stage.done),
		     atomic_load(&stage.failed), atomic_load(&stage.cancelled));
	/* Each kind of end must have been seen, or the stage shows nothing. */
	if (atomic_load(&stage.done) == 0 || atomic_load(&stage.failed) == 0 ||
	    atomic_load(&stage.cancelled) == 0)
		return 1;
	return atomic_load(&stage.failures) == 0 ? 0 : 1;
}
