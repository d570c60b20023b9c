/* Our client of Tablestore for tests in other languages: a JSON line a call on standard input, a
 * JSON line a result on standard output. Usage: driver URL; the key is that of the environment.
 * README.md beside this file has the lines. */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	driver_call_fn *call;
} calls[] = {
	{"create_table", driver_create_table}, {"describe_table", driver_describe_table},
	{"update_table", driver_update_table}, {"delete_table", driver_delete_table},
	{"list_tables", driver_list_tables},   {"write_row", driver_write_row},
	{"batch_write", driver_batch_write},   {"batch_change", driver_batch_change},
	{"get_row", driver_get_row},           {"batch_get", driver_batch_get},
	{"get_range", driver_get_range},       {"splits", driver_splits},
};

enum ots_status driver_misused(struct driver *d, const char *what)
{
	return ots_fail(&d->err, OTS_USAGE, "the line's %s cannot be read", what);
}

static enum ots_status work(struct driver *d)
{
	const char *name = driver_text(d->in, "call", "");

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].call(d);
	return driver_misused(d, "call");
}

/* @return false: the result cannot be written */
static bool answer(struct driver *d, const char *line, struct ots_buffer *out)
{
	cJSON *in = cJSON_Parse(line);
	enum ots_status status;
	bool written;

	d->in = in;
	d->table = driver_text(in, "table", "");
	d->err = (struct ots_error){.status = OTS_OK};
	ots_arena_reset(&d->arena);
	out->len = 0;
	ots_json_writer_init(&d->out, out);
	ots_json_object_begin(&d->out, NULL);
	status = work(d);
	if (status == OTS_OK) {
		ots_json_put_bool(&d->out, "ok", true);
	} else { /* whatever was begun is not a result */
		out->len = 0;
		ots_json_writer_init(&d->out, out);
		ots_json_object_begin(&d->out, NULL);
		driver_put_failure(d, status, &d->err);
	}
	ots_json_object_end(&d->out);
	written = !d->out.failed && ots_buffer_put_byte(out, '\n') &&
		  fwrite(out->bytes, 1, out->len, stdout) == out->len && fflush(stdout) == 0;
	cJSON_Delete(in);
	return written;
}

static int serve(struct ots_client *client)
{
	struct driver d = {.client = client};
	struct ots_buffer out;
	char *line = NULL;
	size_t size = 0;
	bool good = true;

	ots_arena_init(&d.arena, (size_t)256 * 1024 * 1024);
	ots_batch_init(&d.rows, (size_t)256 * 1024 * 1024);
	ots_buffer_init(&out, (size_t)512 * 1024 * 1024);
	while (good && getline(&line, &size, stdin) > 0) /* ends with the input */
		good = answer(&d, line, &out);
	free(line);
	ots_buffer_release(&out);
	ots_batch_release(&d.rows);
	ots_arena_release(&d.arena);
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct ots_http_options http_options = {.user_agent = "otsfs-driver"};
	struct ots_credential_options key = {.use = OTS_FOR_TABLESTORE};
	struct ots_credential_chain *chain = NULL;
	struct ots_client *client = NULL;
	struct ots_http *http = NULL;
	struct ots_endpoint endpoint;
	struct ots_error err = {.status = OTS_OK};
	int code = 1;
	enum ots_status status;

	if (argc != 2) {
		fputs("usage: driver URL\n", stderr);
		return 2;
	}
	status = ots_http_global_init(&err);
	if (status == OTS_OK)
		status = ots_endpoint_parse(argv[1], &endpoint, &err);
	if (status == OTS_OK)
		status = ots_http_new(&http_options, &http, &err);
	if (status == OTS_OK) {
		key.loopback = endpoint.loopback;
		key.http = http;
		status = ots_credential_chain_open(&key, &chain, &err);
	}
	if (status == OTS_OK)
		status = ots_client_new(http, &endpoint, chain, NULL, &client, &err);
	if (status == OTS_OK)
		code = serve(client);
	else
		(void)fprintf(stderr, "driver: %s\n", err.text);
	ots_client_free(client);
	ots_credential_chain_free(chain);
	ots_http_free(http);
	return code;
}
