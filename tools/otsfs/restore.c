/* otsfs restore: the records of objects into a table, without a mount. */
#define _GNU_SOURCE /* realpath */
#include "command.h"
#include "instance.h"
#include "sidecar.h"
#include "source.h"

#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <otsfs/format/records.h>
#include <otsfs/object/dir.h>
#include <otsfs/object/input.h>
#include <otsfs/restore/engine.h>
#include <otsfs/restore/target.h>
#include <otsfs/text/number.h>

static const char usage[] =
	"otsfs restore SOURCE… --to TARGET [--table T] [--into NAME] [--max-dead N]\n"
	"         [--state DIR] [--json]\n         " OSS_USAGE;

#define REPORT_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define PROGRESS_MS INT64_C(5000)
#define PROGRESS_TERMINAL_MS INT64_C(500)

struct words {
	struct oss_words oss;
	const char *to, *table, *into;
	bool has_max_dead;
	uint64_t max_dead;
	bool json;
	char *state;
};

/* A signal asks the running job to stop; the thread that waits for signals owns this. */
struct interrupt {
	struct ots_cancel cancel;
	sigset_t signals;
	pthread_t thread;
};

static void *interrupt_wait(void *arg)
{
	struct interrupt *interrupt = arg;
	int number;

	if (sigwait(&interrupt->signals, &number) == 0)
		ots_cancel_ask(&interrupt->cancel);
	return NULL;
}

static bool interrupt_start(struct interrupt *interrupt)
{
	ots_cancel_init(&interrupt->cancel);
	(void)sigemptyset(&interrupt->signals);
	(void)sigaddset(&interrupt->signals, SIGINT);
	(void)sigaddset(&interrupt->signals, SIGTERM);
	(void)sigaddset(&interrupt->signals, SIGHUP);
	/* Blocked before any thread is made, so that all inherit it. */
	(void)pthread_sigmask(SIG_BLOCK, &interrupt->signals, NULL);
	return pthread_create(&interrupt->thread, NULL, interrupt_wait, interrupt) == 0;
}

/* What an object is, by its front; its table, by where it lies. */
struct named_object {
	struct source source; /* its store */
	char key[OTS_KEY_MAX_BYTES + 1];
	char table[OTS_NAME_MAX_BYTES + 1];
	char etag[OTS_ETAG_BYTES];
	enum ots_format format;
	struct ots_schema schema;
	bool has_schema;
};

static enum ots_status format_find(struct named_object *object, struct ots_error *err)
{
	struct ots_input *input = NULL;
	uint8_t *head = malloc(OTS_RECOGNISE_BYTES);
	size_t got = 0;
	enum ots_status status;

	if (head == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s", object->source.path);
	status = ots_input_open(
		object->source.store,
		(struct ots_bytes){(const uint8_t *)object->key, strlen(object->key)}, NULL, &input,
		err);
	if (status == OTS_OK)
		status = ots_input_read(input, 0, head, OTS_RECOGNISE_BYTES, &got, err);
	if (status == OTS_OK) {
		const struct ots_entry *entry = ots_input_entry(input);

		object->format = ots_format_recognise((struct ots_bytes){head, got}, entry->size);
		memcpy(object->etag, entry->etag, sizeof object->etag);
	}
	ots_input_close(input);
	free(head);
	return status;
}

/* What the rules look at: the whole path, of a bucket the whole key. */
static struct ots_bytes whole_key(const struct source *source)
{
	if (bucket_is(source->path))
		return source->bucket.options.prefix;
	return (struct ots_bytes){(const uint8_t *)source->path + 1, strlen(source->path) - 1};
}

/* The same layout rules that place an object in the tree. */
static enum ots_status table_find(struct named_object *object, struct ots_error *err)
{
	const char *slash = strrchr(object->source.path, '/');
	const char *above = slash;
	struct ots_layout_options options = {0};
	struct ots_placement placement;
	struct ots_layout *layout = NULL;
	char folder[OTS_NAME_MAX_BYTES + 1];
	enum ots_status status;
	size_t len;

	while (above > object->source.path && above[-1] != '/')
		above--;
	len = (size_t)(slash - above);
	if (len >= sizeof folder)
		len = 0;
	memcpy(folder, above, len);
	folder[len] = '\0';
	options.source_table = folder;
	status = ots_layout_new(&options, &layout, err);
	if (status == OTS_OK && ots_layout_place(layout, whole_key(&object->source), &placement) &&
	    placement.table.len < sizeof object->table) {
		memcpy(object->table, placement.table.at, placement.table.len);
		object->table[placement.table.len] = '\0';
	}
	ots_layout_free(layout);
	return status;
}

static enum ots_status object_open(const char *words, const struct oss_words *oss,
				   struct named_object *object, struct ots_error *err)
{
	const struct source_options options = {.oss = oss};
	struct source *source = &object->source;
	const char *slash;
	enum ots_status status = source_open_store(words, &options, source, err);

	if (status != OTS_OK)
		return status;
	slash = strrchr(source->path, '/');
	if (!source->is_file || strlen(slash + 1) > OTS_KEY_MAX_BYTES)
		return ots_fail(err, OTS_USAGE,
				"%s is a folder: this version restores single objects only", words);
	memcpy(object->key, slash + 1, strlen(slash + 1) + 1);
	status = format_find(object, err);
	if (status == OTS_OK)
		status = sidecar_find(source, &object->schema, &object->has_schema, err);

	return status == OTS_OK ? table_find(object, err) : status;
}

static void object_close(struct named_object *object)
{
	source_release(&object->source);
	ots_schema_release(&object->schema);
}

static void print_progress(struct ots_job *job, const char *name, bool terminal)
{
	struct ots_job_counts counts;
	enum ots_job_state state;

	ots_job_progress(job, &state, &counts);
	(void)fprintf(stderr, "%s%s: %s, %" PRIu64 " read, %" PRIu64 " written, %" PRIu64 " dead%s",
		      terminal ? "\r" : "", name, ots_job_state_word(state), counts.read,
		      counts.written, counts.dead, terminal ? "\033[K" : "\n");
	(void)fflush(stderr);
}

struct ticker {
	struct ots_job *job;
	const char *name;
	bool terminal;
	struct ots_cancel stop;
};

static void *ticker_run(void *arg)
{
	struct ticker *ticker = arg;
	const int64_t pause_ms = ticker->terminal ? PROGRESS_TERMINAL_MS : PROGRESS_MS;

	while (!ots_cancel_wait(&ticker->stop, pause_ms)) /* ends: asked to stop */
		print_progress(ticker->job, ticker->name, ticker->terminal);
	if (ticker->terminal)
		(void)fputs("\r\033[K", stderr);
	return NULL;
}

static void print_report(const struct words *words, const struct ots_job *job,
			 enum ots_job_state state, const struct ots_job_counts *counts)
{
	struct ots_buffer text;

	if (!words->json) {
		(void)printf("%s %s: read %" PRIu64 ", written %" PRIu64 ", filtered %" PRIu64
			     ", skipped %" PRIu64 ", superseded %" PRIu64 ", dead %" PRIu64 "\n",
			     ots_job_id(job), ots_job_state_word(state), counts->read,
			     counts->written, counts->filtered, counts->skipped, counts->superseded,
			     counts->dead);
		if (counts->dead > 0)
			(void)printf("rows set aside: %s/jobs/%s/dead.jsonl\n", words->state,
				     ots_job_id(job));
		return;
	}
	ots_buffer_init(&text, REPORT_MAX_BYTES);
	/* One that has paused has no report yet. */
	if (ots_job_file(words->state, ots_job_id(job),
			 state == OTS_JOB_PAUSED ? "status.json" : "report.json", REPORT_MAX_BYTES,
			 &text, NULL) == OTS_OK) {
		while (text.len > 0 && text.bytes[text.len - 1] == '\n')
			text.len--;
		(void)printf("%.*s\n", (int)text.len, (const char *)text.bytes);
	}
	ots_buffer_release(&text);
}

static int exit_code_of_state(enum ots_job_state state)
{
	switch (state) {
	case OTS_JOB_DONE: return EXIT_DONE;
	case OTS_JOB_DONE_WITH_DEAD: return EXIT_SET_ASIDE;
	case OTS_JOB_REFUSED: return EXIT_REFUSED;
	case OTS_JOB_QUEUED:
	case OTS_JOB_RUNNING:
	case OTS_JOB_PAUSED:
	case OTS_JOB_INTERRUPTED:
	case OTS_JOB_CANCELLED: return EXIT_STOPPED;
	case OTS_JOB_FAILED: return EXIT_FAILED;
	}
	return EXIT_FAILED;
}

/* Wait with progress; a signal cancels the job and waits for its requests in flight. */
static int job_finish(const struct words *words, struct ots_engine *engine, struct ots_job *job,
		      const char *name, struct interrupt *interrupt)
{
	struct ticker ticker = {.job = job, .name = name, .terminal = isatty(STDERR_FILENO) != 0};
	struct ots_bytes cancel = {(const uint8_t *)"cancel", 6};
	struct ots_job_counts counts = {0};
	enum ots_job_state state = OTS_JOB_QUEUED;
	struct ots_error err = {0};
	enum ots_status status;
	pthread_t thread;
	bool ticking;

	ots_cancel_init(&ticker.stop);
	ticking = pthread_create(&thread, NULL, ticker_run, &ticker) == 0;
	status = ots_job_wait(job, &interrupt->cancel, &state, &counts, &err);
	if (ots_cancel_asked(&interrupt->cancel) &&
	    ots_engine_control(engine, ots_job_id(job), cancel, NULL) == OTS_OK)
		status = ots_job_wait(job, NULL, &state, &counts, &err);
	ots_cancel_ask(&ticker.stop);
	if (ticking)
		(void)pthread_join(thread, NULL);
	ots_cancel_release(&ticker.stop);
	print_report(words, job, state, &counts);
	if (status != OTS_OK)
		(void)fprintf(stderr, "otsfs restore: %s: %s\n", name, err.text);
	return exit_code_of_state(state);
}

static int restore_one(const struct words *words, const char *source, struct ots_target *target,
		       struct interrupt *interrupt)
{
	struct named_object object = {0};
	struct ots_engine *engine = NULL;
	struct ots_job *job = NULL;
	struct ots_error err = {0};
	int code = EXIT_DONE;
	enum ots_status status;

	ots_schema_init(&object.schema);
	status = object_open(source, &words->oss, &object, &err);

	if (status == OTS_OK) {
		const struct ots_engine_options options = {.state_dir = words->state,
							   .target = target,
							   .source = object.source.store,
							   .clock = &ots_clock_system};

		status = ots_engine_open(&options, &engine, &err);
	}
	if (status == OTS_OK) {
		const struct ots_job_object named = {
			.key = {(const uint8_t *)object.key, strlen(object.key)},
			.etag = object.etag,
			.format = object.format};
		const char *table = words->into != NULL    ? words->into
				    : words->table != NULL ? words->table
							   : object.table;
		const struct ots_restore_request request = {
			.table = table,
			.objects = &named,
			.object_count = 1,
			.schema = object.has_schema ? &object.schema : NULL,
			.name = object.source.path,
			.has_max_dead = words->has_max_dead,
			.max_dead = words->max_dead,
			.create_table = true,
			.uid = (uint32_t)getuid(),
			.command = "otsfs"};

		status = ots_job_submit(engine, &request, &interrupt->cancel, &job, &err);
	}
	if (status == OTS_OK)
		code = job_finish(words, engine, job, source, interrupt);
	else
		code = status == OTS_USAGE ? usage_error("restore", usage, "%s", err.text)
					   : report("restore", &err);
	if (status != OTS_OK && job != NULL && words->json)
		print_report(words, job, OTS_JOB_REFUSED, &(struct ots_job_counts){0});
	ots_job_release(job);
	ots_engine_close(engine);
	object_close(&object);
	return code;
}

static bool words_parse(int argc, char **argv, struct words *out, const char **state, bool *help)
{
	static const struct option options[] = {{"to", required_argument, NULL, 't'},
						{"table", required_argument, NULL, 'T'},
						{"into", required_argument, NULL, 'i'},
						{"max-dead", required_argument, NULL, 'm'},
						{"state", required_argument, NULL, 's'},
						{"json", no_argument, NULL, 'j'},
						OSS_OPTIONS,
						{"help", no_argument, NULL, 'h'},
						{0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 't': out->to = optarg; break;
		case 'T': out->table = optarg; break;
		case 'i': out->into = optarg; break;
		case 'm':
			if (!ots_parse_u64(
				    (struct ots_bytes){(const uint8_t *)optarg, strlen(optarg)},
				    &out->max_dead)) {
				(void)fprintf(stderr, "otsfs restore: --max-dead takes a count\n");
				return false;
			}
			out->has_max_dead = true;
			break;
		case 's': *state = optarg; break;
		case 'j': out->json = true; break;
		case 'h': *help = true; return true;
		default:
			if (!oss_words_take(&out->oss, c, optarg))
				return false;
		}
	}
	return true;
}

int command_restore(int argc, char **argv)
{
	struct words words = {0};
	struct interrupt interrupt;
	struct ots_target *target = NULL;
	struct ots_error err = {0};
	const char *state = NULL;
	bool help = false;
	int code = EXIT_DONE;

	if (!words_parse(argc, argv, &words, &state, &help))
		return usage_error("restore", usage, "see above");
	if (help)
		return usage_help(usage);
	if (optind >= argc || words.to == NULL)
		return usage_error("restore", usage, "a SOURCE and --to TARGET are needed");
	if (!interrupt_start(&interrupt)) {
		(void)fprintf(stderr, "otsfs restore: no thread\n");
		return EXIT_FAILED;
	}
	if (state_path(state, &words.state, &err) != OTS_OK ||
	    instance_open(&(struct instance_words){.url = words.to,
						   .ca_file = words.oss.ca_file,
						   .cancel = &interrupt.cancel},
			  &target, &err) != OTS_OK)
		code = report("restore", &err);
	for (int i = optind; code == EXIT_DONE && i < argc; i++)
		code = restore_one(&words, argv[i], target, &interrupt);
	ots_target_free(target);
	free(words.state);
	return code;
}
