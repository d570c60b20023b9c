#include <otsfs/restore/target.h>

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/version.h>
#include <otsfs/tablestore/tables.h>
#include <otsfs/tablestore/write.h>

/* Sources: request limits of tablestore-protocol section 5. */
#define ROWS_MAX 200
/* Cells of one row on their way; names and values are borrowed. */
#define ROW_CELLS_MAX_BYTES ((size_t)16 * 1024 * 1024)

struct instance {
	char name[sizeof((struct ots_endpoint *)NULL)->instance];
	struct ots_http *http;
	struct ots_credential_chain *chain;
	struct ots_client *client;
};

static enum ots_status describe(void *self, const char *table, struct ots_schema *schema,
				struct ots_cancel *cancel, struct ots_error *err)
{
	const struct instance *instance = self;

	return ots_client_describe_table(instance->client, table, schema, NULL, cancel, err);
}

static enum ots_status create(void *self, const struct ots_schema *schema,
			      struct ots_cancel *cancel, struct ots_error *err)
{
	const struct instance *instance = self;

	return ots_client_create_table(instance->client, schema, cancel, err);
}

static enum ots_status list(void *self, bool (*fn)(void *arg, struct ots_bytes name), void *arg,
			    struct ots_cancel *cancel, struct ots_error *err)
{
	const struct instance *instance = self;

	return ots_client_list_tables(instance->client, fn, arg, cancel, err);
}

static enum ots_status write_rows(void *self, const char *table,
				  const struct ots_record *const *records, size_t count,
				  struct ots_error *errors, struct ots_cancel *cancel,
				  struct ots_error *err)
{
	const struct instance *instance = self;
	struct ots_row_result *results;
	enum ots_status status;

	if (count > ROWS_MAX)
		return ots_fail(err, OTS_LIMIT, "%zu rows in one request, at most %d are allowed",
				count, ROWS_MAX);
	results = malloc(count * sizeof *results);
	if (results == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "results of %zu rows", count);
	status = ots_client_batch_write(instance->client, table, records, count, results, cancel,
					err);
	for (size_t i = 0; status == OTS_OK && i < count; i++) {
		/* A written row's error holds nothing worth a copy of 1 KiB. */
		if (results[i].status != OTS_OK)
			errors[i] = results[i].error;
		errors[i].status = results[i].status;
	}
	free(results);
	return status;
}

static enum ots_status put_row(void *self, const char *table, const struct ots_record *record,
			       struct ots_cancel *cancel, struct ots_error *err)
{
	const struct instance *instance = self;
	struct ots_row_change change = {.op = record->op};
	struct ots_wire_row row;
	struct ots_arena arena;
	enum ots_status status;

	ots_arena_init(&arena, ROW_CELLS_MAX_BYTES);
	status = ots_wire_row_from_record(record, &arena, &row, err);
	change.row = &row;
	if (status == OTS_OK)
		status = ots_client_write_row(instance->client, table, &change, NULL, NULL, cancel,
					      err);
	ots_arena_release(&arena);
	return status;
}

/* A row that no table takes: its key has one column, of a name that the table's first one has not.
 * The service looks at permissions before it looks at rows, and answers OTSInvalidPK for the row or
 * (by the documentation) for the request. It is a delete, which could not harm even if it was
 * taken. Source: tablestore-protocol 4.5. */
static enum ots_status may_write(void *self, const char *table, const struct ots_schema *schema,
				 struct ots_cancel *cancel, struct ots_error *err)
{
	const struct instance *instance = self;
	const struct ots_bytes usual = ots_bytes_of("otsfs_check"),
			       other = ots_bytes_of("otsfs_check_2");
	struct ots_record record = {.op = OTS_DELETE, .key_count = 1};
	const struct ots_record *records[] = {&record};
	struct ots_row_result *result = malloc(sizeof *result);
	enum ots_status status;

	if (result == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "result of a row");
	record.key[0].name = schema->key_count > 0 && ots_bytes_equal(schema->key[0].name, usual)
				     ? other
				     : usual;
	record.key[0].value.type = OTS_STRING;
	record.key[0].value.as.bytes = usual;
	status = ots_client_batch_write(instance->client, table, records, 1, result, cancel, err);
	if (status == OTS_OK && result->status != OTS_OK) {
		status = result->status;
		if (err != NULL)
			*err = result->error;
	}
	free(result);
	return status == OTS_REFUSED ? OTS_OK : status;
}

static const char *instance_name(const void *self)
{
	const struct instance *instance = self;

	return instance->name;
}

static const char *key_place(const void *self)
{
	const struct instance *instance = self;

	return ots_credential_chain_name(instance->chain);
}

static void shut(void *self)
{
	struct instance *instance = self;

	ots_client_free(instance->client);
	ots_credential_chain_free(instance->chain);
	ots_http_free(instance->http);
	free(instance);
}

static const struct ots_target_ops instance_ops = {
	describe, create, list, write_rows, put_row, may_write, instance_name, key_place, shut};

enum ots_status ots_target_open(const char *url, const struct ots_target_options *options,
				struct ots_target **out, struct ots_error *err)
{
	const struct ots_http_options http = {.user_agent = "otsfs/" OTS_VERSION,
					      .ca_file = options->ca_file};
	struct ots_client_options client = {.clock = options->clock,
					    .timeout_ms = options->timeout_ms,
					    .compress = options->compress};
	struct ots_credential_options credentials = {
		.use = OTS_FOR_TABLESTORE, .clock = options->clock, .cancel = options->cancel};
	struct ots_endpoint endpoint;
	struct instance *instance = NULL;
	enum ots_status status = ots_endpoint_parse(url, &endpoint, err);

	if (status != OTS_OK)
		return status;
	client.region = options->region;
	if (client.region != NULL && strcmp(client.region, "auto") == 0) {
		client.region = endpoint.region;
		if (endpoint.region[0] == '\0')
			return ots_fail(err, OTS_USAGE,
					"target %s: its host does not tell the region; name it",
					url);
	}
	instance = calloc(1, sizeof *instance);
	if (instance == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "target %s", url);
	memcpy(instance->name, endpoint.instance, sizeof instance->name);
	status = ots_http_new(&http, &instance->http, err);
	credentials.loopback = endpoint.loopback;
	credentials.http = instance->http;
	if (status == OTS_OK)
		status = ots_credential_chain_open(&credentials, &instance->chain, err);
	if (status == OTS_OK)
		status = ots_client_new(instance->http, &endpoint, instance->chain, &client,
					&instance->client, err);
	if (status == OTS_OK)
		status = ots_target_new(&instance_ops, instance, url, out, err);
	if (status != OTS_OK) {
		(void)ots_context(err, "target %s", url);
		shut(instance);
	}
	return status;
}
