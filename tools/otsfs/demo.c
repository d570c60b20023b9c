/* otsfs demo: a backup set, a local service, a mount, a restore by copying, and the proof that the
 * table is what it should be. */
#define _GNU_SOURCE /* asprintf, nftw, mkdtemp */
#include "command.h"
#include "demo_data.h"
#include "demo_run.h"
#include "table_state.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include <otsfs/base/clock.h>
#include <otsfs/tablestore/tables.h>
#include <otsfs/tablestore/tables.h>

static const char usage[] = "otsfs demo";

/* The hour that the samples are of, as the tree shows it. */
#define SAMPLE_HOUR "2023/11/14/22"
#define EXPECTED_SUFFIX ".json"
#define MAX_VERSIONS 3
#define DELETES_EXPECTED 3

/* Everything the demo made and must take away again. */
struct demo {
	char *base, *backup, *mountpoint, *state, *serve_ready, *mount_ready, *url;
	pid_t service, driver;
	bool mounted;
};

static char *path_join(const char *a, const char *b)
{
	char *out = NULL;

	return asprintf(&out, "%s/%s", a, b) < 0 ? NULL : out;
}

static enum ots_status make_folders(const char *path, struct ots_error *err)
{
	char *copy = strdup(path);
	enum ots_status status = OTS_OK;

	if (copy == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s", path);
	for (char *p = copy + 1; status == OTS_OK; p++) { /* ends: at the string's end */
		const char at = *p;

		if (at != '/' && at != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST)
			status = ots_fail(err, OTS_IO, "%s: %s", copy, strerror(errno));
		*p = at;
		if (at == '\0')
			break;
	}
	free(copy);
	return status;
}

static enum ots_status write_file(const char *folder, const struct demo_file *file,
				  struct ots_error *err)
{
	char *path = path_join(folder, file->name);
	FILE *out = path == NULL ? NULL : fopen(path, "we");
	bool ok = out != NULL && fwrite(file->bytes, 1, file->len, out) == file->len;

	if (out != NULL && fclose(out) != 0)
		ok = false;
	free(path);
	return ok ? OTS_OK : ots_fail(err, OTS_IO, "%s: %s", file->name, strerror(errno));
}

static bool is_sample(const struct demo_file *file)
{
	const size_t len = strlen(file->name);

	return len > 4 && strcmp(file->name + len - 4, ".csv") == 0;
}

static enum ots_status prepare(struct demo *demo, struct ots_error *err)
{
	const char *tmp = getenv("TMPDIR");
	enum ots_status status;

	if (asprintf(&demo->base, "%s/otsfs-demo-XXXXXX",
		     tmp != NULL && tmp[0] == '/' ? tmp : "/tmp") < 0)
		demo->base = NULL;
	if (demo->base == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "demo");
	if (mkdtemp(demo->base) == NULL) {
		status = ots_fail(err, OTS_IO, "%s: %s", demo->base, strerror(errno));
		free(demo->base);
		demo->base = NULL;
		return status;
	}
	demo->backup = path_join(demo->base, "backup/orders/" SAMPLE_HOUR);
	demo->mountpoint = path_join(demo->base, "mnt");
	demo->state = path_join(demo->base, "state");
	demo->serve_ready = path_join(demo->base, "serve.json");
	demo->mount_ready = path_join(demo->base, "mounted");
	if (demo->backup == NULL || demo->mountpoint == NULL || demo->state == NULL ||
	    demo->serve_ready == NULL || demo->mount_ready == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "demo");
	status = make_folders(demo->backup, err);
	if (status == OTS_OK)
		status = make_folders(demo->mountpoint, err);
	for (const struct demo_file *f = demo_files; status == OTS_OK && f->name != NULL; f++) {
		if (is_sample(f))
			status = write_file(demo->backup, f, err);
	}
	return status;
}

static enum ots_status service_url(struct demo *demo, struct ots_error *err)
{
	char text[4096];
	FILE *file = fopen(demo->serve_ready, "re");
	size_t n = file == NULL ? 0 : fread(text, 1, sizeof text, file);
	cJSON *json = cJSON_ParseWithLength(text, n);
	const char *ots = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "ots"));
	const char *instance =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "instance"));

	if (ots != NULL && instance != NULL)
		demo->url = path_join(ots, instance);
	cJSON_Delete(json);
	if (file != NULL)
		(void)fclose(file);
	return demo->url != NULL ? OTS_OK : ots_fail(err, OTS_IO, "the service told no address");
}

static enum ots_status start_service(struct demo *demo, struct ots_error *err)
{
	const char *const arguments[] = {"otsfs",   "serve",           "--memory",
					 "--ready", demo->serve_ready, NULL};
	enum ots_status status = demo_serve(arguments, &demo->service, err);

	if (status == OTS_OK)
		status = demo_await(demo->serve_ready, demo->service, err);
	return status == OTS_OK ? service_url(demo, err) : status;
}

static enum ots_status start_mount(struct demo *demo, struct ots_error *err)
{
	char *source = path_join(demo->base, "backup");
	const char *const arguments[] = {"otsfs",
					 "mount",
					 "-f",
					 "--ready",
					 demo->mount_ready,
					 "--restore-to",
					 demo->url,
					 "--restore-wait",
					 "--state",
					 demo->state,
					 source,
					 demo->mountpoint,
					 NULL};
	enum ots_status status = source == NULL ? ots_fail(err, OTS_NO_MEMORY, "demo")
						: demo_serve(arguments, &demo->driver, err);

	demo->mounted = status == OTS_OK;
	if (status == OTS_OK)
		status = demo_await(demo->mount_ready, demo->driver, err);
	free(source);
	return status;
}

/* A client of the local service, and what it stands on. */
struct link {
	struct ots_http *http;
	struct ots_credential_chain *chain;
	struct ots_client *client;
};

static enum ots_status link_open(const struct demo *demo, struct link *link, struct ots_error *err)
{
	const struct ots_http_options http = {.user_agent = "otsfs-demo"};
	struct ots_endpoint endpoint;
	enum ots_status status = ots_endpoint_parse(demo->url, &endpoint, err);

	if (status == OTS_OK)
		status = ots_http_new(&http, &link->http, err);
	if (status == OTS_OK)
		status = ots_credential_chain_fixed(OTS_LOCAL_KEY_ID, OTS_LOCAL_KEY_SECRET, NULL,
						    &link->chain, err);
	if (status == OTS_OK)
		status = ots_client_new(link->http, &endpoint, link->chain,
					&(struct ots_client_options){0}, &link->client, err);
	return status;
}

static void link_close(struct link *link)
{
	ots_client_free(link->client);
	ots_credential_chain_free(link->chain);
	ots_http_free(link->http);
}

static enum ots_status create_orders(struct ots_client *client, struct ots_error *err)
{
	struct ots_schema schema;
	enum ots_status status;

	ots_schema_init(&schema);
	schema.table = (struct ots_bytes){(const uint8_t *)"orders", 6};
	schema.key_count = 3;
	schema.key[0] = (struct ots_schema_column){{(const uint8_t *)"pk_s", 4}, OTS_STRING, false};
	schema.key[1] =
		(struct ots_schema_column){{(const uint8_t *)"pk_i", 4}, OTS_INTEGER, false};
	schema.key[2] = (struct ots_schema_column){{(const uint8_t *)"pk_b", 4}, OTS_BINARY, false};
	schema.max_versions = MAX_VERSIONS;
	schema.ttl_seconds = -1;
	/* The samples are of 2023: their versions must lie within the offset. */
	schema.version_offset_seconds = ots_clock_wall_us(&ots_clock_system) / 1000000;
	status = ots_client_create_table(client, &schema, NULL, err);
	ots_schema_release(&schema);
	return status;
}

static enum ots_status look_around(const struct demo *demo, struct ots_error *err)
{
	char *tables = path_join(demo->mountpoint, "tables");
	const char *const list[] = {"ls", "-R", tables, NULL};
	const char *const grep[] = {"grep", "-rh", "\"op\":\"DELETE\"", tables, NULL};
	struct ots_buffer found;
	enum ots_status status = OTS_OK;
	size_t lines = 0;

	ots_buffer_init(&found, (size_t)1024 * 1024);
	if (tables == NULL)
		status = ots_fail(err, OTS_NO_MEMORY, "demo");
	if (status == OTS_OK)
		status = demo_tool(list, NULL, 0, err);
	if (status == OTS_OK)
		status = demo_tool(grep, &found, 0, err);
	if (status == OTS_OK) {
		(void)printf("%.*s", (int)found.len, (const char *)found.bytes);
		for (size_t i = 0; i < found.len; i++)
			lines += found.bytes[i] == '\n';
		if (lines != DELETES_EXPECTED)
			status = ots_fail(err, OTS_CORRUPT, "%zu deletes found, expected %d", lines,
					  DELETES_EXPECTED);
	}
	ots_buffer_release(&found);
	free(tables);
	return status;
}

static enum ots_status copy_samples(const struct demo *demo, struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	/* demo_files is sorted by name, and these names sort by time. */
	for (const struct demo_file *f = demo_files; status == OTS_OK && f->name != NULL; f++) {
		char *from = NULL, *to = path_join(demo->mountpoint, "restore/orders/");

		if (!is_sample(f)) {
			free(to);
			continue;
		}
		if (asprintf(&from, "%s/tables/orders/" SAMPLE_HOUR "/%s.jsonl", demo->mountpoint,
			     f->name) < 0)
			from = NULL;
		if (from == NULL || to == NULL) {
			status = ots_fail(err, OTS_NO_MEMORY, "demo");
		} else {
			const char *const copy[] = {"cp", from, to, NULL};

			status = demo_tool(copy, NULL, 0, err);
		}
		free(from);
		free(to);
	}
	return status;
}

static const struct demo_file *expected_state(void)
{
	for (const struct demo_file *f = demo_files; f->name != NULL; f++) {
		const size_t len = strlen(f->name);

		if (len > strlen(EXPECTED_SUFFIX) &&
		    strcmp(f->name + len - strlen(EXPECTED_SUFFIX), EXPECTED_SUFFIX) == 0)
			return f;
	}
	return NULL;
}

static enum ots_status compare(struct ots_client *client, struct ots_error *err)
{
	const struct demo_file *expected = expected_state();
	struct ots_buffer now;
	enum ots_status status;

	ots_buffer_init(&now, (size_t)16 * 1024 * 1024);
	status = table_state_read(client, "orders", MAX_VERSIONS, &now, err);
	if (status == OTS_OK) {
		(void)printf("the table now, read back through GetRange:\n%.*s", (int)now.len,
			     (const char *)now.bytes);
		if (expected == NULL || now.len != expected->len ||
		    memcmp(now.bytes, expected->bytes, now.len) != 0)
			status = ots_fail(err, OTS_CORRUPT,
					  "the table is not what the backups say it should be");
		else
			(void)printf("equal to the expected state: the restore is right\n");
	}
	ots_buffer_release(&now);
	return status;
}

static enum ots_status play(struct demo *demo, struct link *link, struct ots_error *err)
{
	enum ots_status status = prepare(demo, err);

	if (status == OTS_OK)
		status = start_service(demo, err);
	if (status == OTS_OK)
		status = link_open(demo, link, err);
	if (status == OTS_OK)
		status = create_orders(link->client, err);
	if (status == OTS_OK)
		status = start_mount(demo, err);
	if (status == OTS_OK)
		(void)printf("sample backups: %s/backup\nlocal service:  %s\nmounted at:     %s\n",
			     demo->base, demo->url, demo->mountpoint);
	if (status == OTS_OK)
		status = look_around(demo, err);
	if (status == OTS_OK)
		status = copy_samples(demo, err);
	if (status == OTS_OK)
		status = compare(link->client, err);
	if (demo_interrupted())
		status = ots_fail(err, OTS_CANCELLED, "interrupted");
	return status;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	(void)remove(path);
	return 0;
}

static int clean_up(struct demo *demo)
{
	int code = EXIT_DONE;

	if (demo->mounted && access(demo->mount_ready, F_OK) == 0) {
		char name[] = "umount";
		char *arguments[] = {name, demo->mountpoint, NULL};

		optind = 0; /* getopt starts afresh */
		code = command_umount(2, arguments);
	}
	/* Told by SIGTERM, a driver that still serves unmounts by itself. */
	demo_stop(demo->driver);
	demo_stop(demo->service);
	if (demo->base != NULL)
		(void)nftw(demo->base, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(demo->base);
	free(demo->backup);
	free(demo->mountpoint);
	free(demo->state);
	free(demo->serve_ready);
	free(demo->mount_ready);
	free(demo->url);
	return code;
}

int command_demo(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	struct demo demo = {0};
	struct link link = {0};
	struct ots_error err = {0};
	int c, code = EXIT_DONE;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return usage_help(usage);
		return usage_error("demo", usage, "see above");
	}
	if (optind != argc)
		return usage_error("demo", usage, "unexpected '%s'", argv[optind]);
	/* No account is needed, so none is used, whatever a file of the user's says: the local pair
	 * serves all parts. */
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", OTS_LOCAL_KEY_ID, 1);
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", OTS_LOCAL_KEY_SECRET, 1);
	(void)unsetenv("ALIBABA_CLOUD_SECURITY_TOKEN");
	demo_catch_signals();
	if (play(&demo, &link, &err) != OTS_OK)
		code = report("demo", &err);
	link_close(&link);
	c = clean_up(&demo);
	return code != EXIT_DONE ? code : c;
}
