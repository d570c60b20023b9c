#include <otsfs/tablestore/tables.h>
#include <otsfs/tablestore/write.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "../../support/scripted_server.h"
#include "answers.h"

static void start_curl(void)
{
	cr_assert_eq(ots_http_global_init(NULL), OTS_OK);
}

TestSuite(client, .timeout = 60, .init = start_curl);

/* A client in front of a server that answers every request by one plan. */
struct fixture {
	struct answers_plan plan;
	int64_t jump_us; /* the service's clock does so at each request */
	size_t requests;
	const char *wanted_date; /* not NULL: a request with this date is answered well */
	struct scripted_server *server;
	struct ots_http *http;
	struct ots_credential_chain *chain;
	struct ots_client *client;
	struct ots_buffer request; /* the last body that came */
	char head[4096];
	char path[64];
	bool md5_good, signature_good;
};

static struct ots_bytes bytes_of(const char *text)
{
	return (struct ots_bytes){(const uint8_t *)text, strlen(text)};
}

static struct ots_bytes header_of(const char *head, const char *name)
{
	const char *at = strstr(head, name);
	size_t len;

	if (at == NULL)
		return (struct ots_bytes){NULL, 0};
	at += strlen(name) + 2; /* ": " */
	len = strcspn(at, "\r");
	return (struct ots_bytes){(const uint8_t *)at, len};
}

/* Check the request as the service does. */
static void check_request(struct fixture *fixture, const struct scripted_request *request)
{
	static const char *const names[] = {"x-ots-accesskeyid",  "x-ots-apiversion",
					    "x-ots-contentmd5",   "x-ots-date",
					    "x-ots-instancename", "x-ots-ststoken"};
	struct ots_sign_header headers[6];
	const struct ots_bytes told = header_of(request->head, "x-ots-signature");
	const struct ots_bytes md5_told = header_of(request->head, "x-ots-contentmd5");
	char md5[OTS_MD5_TEXT_BYTES], signature[OTS_SIGNATURE_TEXT_BYTES];
	struct ots_buffer text;
	size_t count = 0;

	for (size_t i = 0; i < 6; i++) {
		const struct ots_bytes value = header_of(request->head, names[i]);

		if (value.at != NULL)
			headers[count++] = (struct ots_sign_header){bytes_of(names[i]), value};
	}
	ots_buffer_init(&text, 65536);
	if (ots_content_md5((struct ots_bytes){request->body, request->body_len}, md5) &&
	    ots_sign_request_text(bytes_of(fixture->path), headers, count, &text) &&
	    ots_sign(bytes_of(ANSWERS_SECRET), (struct ots_bytes){text.bytes, text.len},
		     signature)) {
		fixture->md5_good = md5_told.len == 24 && memcmp(md5_told.at, md5, 24) == 0;
		fixture->signature_good = told.len == 28 && memcmp(told.at, signature, 28) == 0;
	}
	ots_buffer_release(&text);
}

static enum scripted_after play(void *arg, const struct scripted_request *request,
				struct ots_buffer *out)
{
	struct fixture *fixture = arg;

	(void)snprintf(fixture->head, sizeof fixture->head, "%s", request->head);
	if (sscanf(request->head, "POST %63s HTTP", fixture->path) != 1)
		fixture->path[0] = '\0';
	fixture->request.len = 0;
	if (!ots_buffer_put(&fixture->request, request->body, request->body_len))
		abort();
	check_request(fixture, request);
	fixture->requests++;
	fixture->plan.skew_us += fixture->jump_us;
	if (fixture->wanted_date != NULL && strstr(request->head, fixture->wanted_date) != NULL) {
		fixture->plan.status = 200;
		fixture->plan.body_len = 0;
	}
	answers_put(out, fixture->path, &fixture->plan);
	return SCRIPTED_KEEP;
}

static void open_fixture(struct fixture *fixture, const char *token)
{
	const struct ots_http_options http_options = {.user_agent = "otsfs-test"};
	const struct ots_client_options options = {.clock = &answers_clock, .timeout_ms = 10000};
	struct ots_endpoint endpoint;
	char url[128];

	*fixture = (struct fixture){.plan = {.status = 200, .body = ""}};
	ots_buffer_init(&fixture->request, (size_t)8 * 1024 * 1024);
	fixture->server = scripted_server_start(play, fixture);
	(void)snprintf(url, sizeof url, "%s/local", scripted_server_url(fixture->server));
	cr_assert_eq(ots_endpoint_parse(url, &endpoint, NULL), OTS_OK);
	cr_assert_eq(ots_http_new(&http_options, &fixture->http, NULL), OTS_OK);
	cr_assert_eq(ots_credential_chain_fixed(ANSWERS_KEY_ID, ANSWERS_SECRET, token,
						&fixture->chain, NULL),
		     OTS_OK);
	cr_assert_eq(ots_client_new(fixture->http, &endpoint, fixture->chain, &options,
				    &fixture->client, NULL),
		     OTS_OK);
}

static void close_fixture(struct fixture *fixture)
{
	ots_client_free(fixture->client);
	ots_credential_chain_free(fixture->chain);
	ots_http_free(fixture->http);
	scripted_server_stop(fixture->server);
	ots_buffer_release(&fixture->request);
}

Test(client, every_call_is_signed_with_its_own_date)
{
	struct fixture fixture;

	open_fixture(&fixture, "a-token==");
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(ots_client_delete_table(fixture.client, "t", NULL, NULL), OTS_OK);
		cr_expect(fixture.md5_good && fixture.signature_good);
		cr_expect_str_eq(fixture.path, "/DeleteTable");
	}
	cr_expect_not_null(strstr(fixture.head, "\r\nx-ots-date: 2026-11-21T02:30:00.123Z\r\n"));
	cr_expect_not_null(strstr(fixture.head, "\r\nx-ots-apiversion: 2015-12-31\r\n"));
	cr_expect_not_null(strstr(fixture.head, "\r\nx-ots-instancename: local\r\n"));
	cr_expect_not_null(strstr(fixture.head, "\r\nx-ots-ststoken: a-token==\r\n"));
	cr_expect_eq(scripted_server_connections(fixture.server), 1);
	cr_expect_eq(fixture.request.len, 3, "0a 01 74");
	close_fixture(&fixture);
}

Test(client, an_answer_is_believed_only_when_its_checks_hold)
{
	static const struct {
		enum answers_damage damage;
		int64_t skew_us;
		const char *text; /* NULL: good */
	} cases[] = {
		{ANSWERS_GOOD, 0, NULL},
		{ANSWERS_NO_MD5, 0, NULL},
		{ANSWERS_GOOD, INT64_C(900000000), NULL},
		{ANSWERS_GOOD, INT64_C(-900000000), NULL},
		{ANSWERS_GOOD, INT64_C(900000001), "is 900 seconds from our clock, more than 15"},
		{ANSWERS_GOOD, INT64_C(-900000001), "is -900 seconds from our clock"},
		{ANSWERS_BAD_MD5, 0, "damaged on the way"},
		{ANSWERS_BAD_SIGNATURE, 0, "the answer's signature does not match"},
		{ANSWERS_NO_SIGNATURE, 0, "the answer is not signed"},
		{ANSWERS_OTHER_KEY, 0, "signed for another access key"},
		{ANSWERS_BAD_DATE, 0, "the answer's date 'yesterday' is none"},
	};
	struct fixture fixture;

	open_fixture(&fixture, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_error err = {0};
		enum ots_status status;

		fixture.plan.damage = cases[i].damage;
		fixture.plan.skew_us = cases[i].skew_us;
		status = ots_client_delete_table(fixture.client, "orders", NULL, &err);
		cr_expect_eq(status, cases[i].text == NULL ? OTS_OK : OTS_CORRUPT, "case %zu: %s",
			     i, err.text);
		if (cases[i].text == NULL)
			continue;
		cr_expect_not_null(strstr(err.text, cases[i].text), "case %zu: %s", i, err.text);
		cr_expect_eq(strncmp(err.text, "DeleteTable orders: ", 20), 0, "%s", err.text);
		cr_expect_str_eq(err.request_id, ANSWERS_REQUEST_ID);
	}
	close_fixture(&fixture);
}

static size_t pack_error(const char *code, const char *message, struct ots_buffer *out)
{
	Ots__Wire__Error error = OTS__WIRE__ERROR__INIT;
	char code_text[64], message_text[128];

	(void)snprintf(code_text, sizeof code_text, "%s", code);
	(void)snprintf(message_text, sizeof message_text, "%s", message);
	error.code = code_text;
	error.message = message_text;
	out->len = 0;
	answers_pack(out, &error.base);
	return out->len;
}

Test(client, codes_of_the_service_become_statuses_and_are_kept)
{
	static const struct {
		int http;
		const char *code, *message;
		enum ots_status status;
	} cases[] = {
		{403, "OTSAuthFailed", "Signature mismatch.", OTS_DENIED},
		{403, "OTSNoPermissionAccess", "", OTS_DENIED},
		{404, "OTSObjectNotExist", "Requested table does not exist.", OTS_NOT_FOUND},
		{409, "OTSObjectAlreadyExist", "Requested table already exists.", OTS_EXISTS},
		{503, "OTSServerBusy", "Server is busy.", OTS_THROTTLED},
		{403, "OTSNotEnoughCapacityUnit", "Remaining capacity unit is not enough.",
		 OTS_THROTTLED},
		{403, "OTSQuotaExhausted", "Too frequent table operations.", OTS_THROTTLED},
		{403, "OTSQuotaExhausted", "Number of tables exceeds the quota:64.", OTS_REFUSED},
		{503, "OTSTimeout", "Operation timeout.", OTS_TIMEOUT},
		{408, "OTSRequestTimeout", "Request timeout.", OTS_TIMEOUT},
		{500, "OTSInternalServerError", "", OTS_SERVER},
		{503, "OTSPartitionUnavailable", "The partition is not available.", OTS_SERVER},
		{409, "OTSRowOperationConflict", "", OTS_SERVER},
		{404, "OTSTableNotReady", "", OTS_SERVER},
		{400, "OTSParameterInvalid", "Invalid table name: 'x'.", OTS_REFUSED},
		{400, "OTSInvalidPK", "Validate PK size fail. Input: 2, Meta: 3.", OTS_REFUSED},
		{403, "OTSConditionCheckFail", "Condition check failed.", OTS_REFUSED},
		{413, "OTSRequestBodyTooLarge", "", OTS_REFUSED},
		{400, "OTSBrandNew", "?", OTS_REFUSED},
		{500, "OTSBrandNew", "?", OTS_SERVER},
	};
	struct fixture fixture;
	struct ots_buffer body;

	open_fixture(&fixture, NULL);
	ots_buffer_init(&body, 4096);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_error err = {0};

		fixture.plan.status = cases[i].http;
		/* Errors need no signature. */
		fixture.plan.damage = i % 2 == 0 ? ANSWERS_GOOD : ANSWERS_NO_SIGNATURE;
		fixture.plan.body_len = pack_error(cases[i].code, cases[i].message, &body);
		fixture.plan.body = body.bytes;
		cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err),
			     cases[i].status, "case %zu: %s", i, err.text);
		cr_expect_str_eq(err.code, cases[i].code);
		cr_expect_eq(err.http_status, cases[i].http);
		cr_expect_eq(err.status, cases[i].status);
		cr_expect_str_eq(err.request_id, ANSWERS_REQUEST_ID);
		cr_expect_not_null(strstr(err.text, cases[i].message), "%s", err.text);
		cr_expect_not_null(strstr(err.text, " (request " ANSWERS_REQUEST_ID ")"), "%s",
				   err.text);
	}
	ots_buffer_release(&body);
	close_fixture(&fixture);
}

Test(client, an_error_body_that_is_none_leaves_the_status_class)
{
	static const struct {
		int http;
		const char *body;
		enum ots_status status;
	} cases[] = {
		{500, "", OTS_SERVER},         {502, "<html>Bad Gateway</html>", OTS_SERVER},
		{503, "\x0a\xff", OTS_SERVER}, {400, "nothing", OTS_SERVER},
		{301, "", OTS_SERVER},         {403, "", OTS_DENIED},
		{408, "", OTS_TIMEOUT},        {429, "", OTS_THROTTLED},
		{503, "\x0a", OTS_SERVER},
	};
	struct fixture fixture;
	struct ots_error err = {0};
	struct ots_buffer body;

	open_fixture(&fixture, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		err = (struct ots_error){0};
		fixture.plan.status = cases[i].http;
		fixture.plan.body = cases[i].body;
		fixture.plan.body_len = strlen(cases[i].body);
		cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err),
			     cases[i].status, "case %zu: %s", i, err.text);
		cr_expect_not_null(strstr(err.text, "is no error of the service"), "%s", err.text);
		cr_expect_str_eq(err.code, "");
		cr_expect_eq(err.http_status, cases[i].http);
	}
	/* A damaged body is not believed either. */
	ots_buffer_init(&body, 4096);
	fixture.plan.status = 503;
	fixture.plan.body_len = pack_error("OTSAuthFailed", "", &body);
	fixture.plan.body = body.bytes;
	fixture.plan.damage = ANSWERS_BAD_MD5;
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, NULL), OTS_SERVER);
	/* A busy service may say 403 too: a damaged one is no refusal. */
	fixture.plan.status = 403;
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err), OTS_CORRUPT);
	cr_expect_not_null(strstr(err.text, "damaged on the way"), "%s", err.text);
	cr_expect_str_eq(err.code, "");
	cr_expect_eq(err.http_status, 403);
	ots_buffer_release(&body);
	close_fixture(&fixture);
}

/* OTS_LIMIT would say that nothing was sent. */
Test(client, an_answer_longer_than_any_of_the_service_is_corrupt)
{
	const size_t limit = (size_t)4 * 1024 * 1024;
	struct fixture fixture;
	char *body = calloc(1, limit + 1);

	cr_assert_not_null(body);
	open_fixture(&fixture, NULL);
	fixture.plan.status = 503;
	fixture.plan.body = body;
	for (size_t more = 0; more < 2; more++) {
		struct ots_error err = {0};

		fixture.plan.body_len = limit + more;
		cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err),
			     more == 0 ? OTS_SERVER : OTS_CORRUPT, "%s", err.text);
		cr_expect_eq(err.status, more == 0 ? OTS_SERVER : OTS_CORRUPT);
		if (more > 0)
			cr_expect_not_null(strstr(err.text, "above the limit of 4194304 bytes"),
					   "%s", err.text);
	}
	close_fixture(&fixture);
	free(body);
}

Test(client, a_refusal_for_the_clocks_sake_says_how_far_off_it_is)
{
	struct fixture fixture;
	struct ots_buffer body;
	struct ots_error err = {0};

	open_fixture(&fixture, NULL);
	ots_buffer_init(&body, 4096);
	fixture.plan.status = 403;
	fixture.plan.skew_us = INT64_C(3600000000);
	fixture.plan.body_len = pack_error("OTSAuthFailed", "Mismatch between system time", &body);
	fixture.plan.body = body.bytes;
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, &err), OTS_DENIED);
	cr_expect_not_null(strstr(err.text, "our clock is -3600 seconds from the service's"), "%s",
			   err.text);
	cr_expect_str_eq(err.code, "OTSAuthFailed");
	ots_buffer_release(&body);
	close_fixture(&fixture);
}

Test(client, the_services_time_is_taken_over_when_ours_is_refused)
{
	struct fixture fixture;
	struct ots_buffer body;

	open_fixture(&fixture, NULL);
	ots_buffer_init(&body, 4096);
	fixture.plan.status = 403;
	fixture.plan.skew_us = INT64_C(-7200000000);
	fixture.plan.body_len = pack_error("OTSAuthFailed", "Mismatch between system time", &body);
	fixture.plan.body = body.bytes;
	fixture.wanted_date = "\r\nx-ots-date: 2026-11-21T00:30:00.123Z\r\n";
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, NULL), OTS_OK,
		     "signed again with the service's time, its answer checked against that");
	fixture.plan.status = 403;
	fixture.plan.skew_us = INT64_C(7200000000);
	fixture.plan.body_len = body.len;
	fixture.wanted_date = "x-ots-date: 2026-11-21T04:30:00.123Z";
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, NULL), OTS_OK,
		     "and again when it has changed");
	fixture.plan.status = 403;
	fixture.plan.skew_us = 0;
	fixture.plan.body_len = body.len;
	fixture.wanted_date = "x-ots-date: 2026-11-21T02:30:00.123Z";
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, NULL), OTS_OK,
		     "our own time is as good as any when the service has it");
	ots_buffer_release(&body);
	close_fixture(&fixture);
}

Test(client, a_service_whose_clock_jumps_on_is_not_followed)
{
	struct fixture fixture;
	struct ots_buffer body;

	open_fixture(&fixture, NULL);
	ots_buffer_init(&body, 4096);
	fixture.plan.status = 403;
	fixture.jump_us = INT64_C(7200000000);
	fixture.plan.body_len = pack_error("OTSAuthFailed", "Mismatch between system time", &body);
	fixture.plan.body = body.bytes;
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", NULL, NULL), OTS_DENIED);
	cr_expect_eq(fixture.requests, 9, "%zu", fixture.requests);
	ots_buffer_release(&body);
	close_fixture(&fixture);
}

Test(client, create_table_sends_key_and_options_as_the_official_client_does)
{
	/* Body of vector py_CreateTable without its defined column. */
	static const char expected[] =
		"\x0a\x1e\x0a\x02t1\x12\x06\x0a\x02p1\x10\x02\x12\x08\x0a\x02p2\x10\x01\x18\x01\x12"
		"\x06\x0a\x02p3\x10\x03\x12\x06\x0a\x04\x08\x00\x10\x00\x1a\x11\x08\xff\xff\xff\xff"
		"\xff\xff\xff\xff\xff\x01\x10\x01\x28\x80\xa3\x05";
	struct fixture fixture;
	struct ots_schema schema;
	struct ots_error err = {0};

	open_fixture(&fixture, NULL);
	ots_schema_init(&schema);
	schema.table = bytes_of("t1");
	schema.key_count = 3;
	schema.key[0] = (struct ots_schema_column){.name = bytes_of("p1"), .type = OTS_STRING};
	schema.key[1] = (struct ots_schema_column){
		.name = bytes_of("p2"), .type = OTS_INTEGER, .auto_increment = true};
	schema.key[2] = (struct ots_schema_column){.name = bytes_of("p3"), .type = OTS_BINARY};
	schema.version_offset_seconds = 86400;
	cr_assert_eq(ots_client_create_table(fixture.client, &schema, NULL, &err), OTS_OK, "%s",
		     err.text);
	cr_expect(fixture.request.len == sizeof expected - 1 &&
			  memcmp(fixture.request.bytes, expected, sizeof expected - 1) == 0,
		  "%zu bytes", fixture.request.len);
	schema.key[2].type = OTS_DOUBLE;
	cr_expect_eq(ots_client_create_table(fixture.client, &schema, NULL, &err), OTS_USAGE);
	cr_expect_not_null(strstr(err.text, "key column 'p3' cannot be DOUBLE"), "%s", err.text);
	schema.key_count = 0;
	cr_expect_eq(ots_client_create_table(fixture.client, &schema, NULL, &err), OTS_USAGE);
	ots_schema_release(&schema);
	close_fixture(&fixture);
}

/* Rows of the batch tests: key pk = 0, 1, …, one column. */
static void make_rows(struct ots_record *records, const struct ots_record **list, size_t count,
		      struct ots_cell *cell)
{
	*cell = (struct ots_cell){.name = bytes_of("c"), .value = ots_value_integer(1)};
	for (size_t i = 0; i < count; i++) {
		records[i] = (struct ots_record){
			.op = OTS_PUT, .key_count = 1, .cells = cell, .cell_count = 1};
		records[i].key[0].name = bytes_of("pk");
		records[i].key[0].value = ots_value_integer((int64_t)i);
		list[i] = &records[i];
	}
}

/* @p rows results, the second of which failed. */
static void pack_batch_answer(struct ots_buffer *out, const char *table, size_t rows)
{
	Ots__Wire__BatchWriteRowResponse body = OTS__WIRE__BATCH_WRITE_ROW_RESPONSE__INIT;
	Ots__Wire__TableInBatchWriteRowResponse in =
		OTS__WIRE__TABLE_IN_BATCH_WRITE_ROW_RESPONSE__INIT;
	Ots__Wire__TableInBatchWriteRowResponse *tables[] = {&in};
	Ots__Wire__RowInBatchWriteRowResponse row[8], *list[8];
	Ots__Wire__ConsumedCapacity consumed = OTS__WIRE__CONSUMED_CAPACITY__INIT;
	Ots__Wire__CapacityUnit unit = OTS__WIRE__CAPACITY_UNIT__INIT;
	Ots__Wire__Error error = OTS__WIRE__ERROR__INIT;
	char name[64], code[] = "OTSConditionCheckFail", message[] = "Condition check failed.";

	(void)snprintf(name, sizeof name, "%s", table);
	unit.has_read = unit.has_write = 1;
	unit.write = 1;
	consumed.capacity_unit = &unit;
	error.code = code;
	error.message = message;
	for (size_t i = 0; i < rows; i++) {
		ots__wire__row_in_batch_write_row_response__init(&row[i]);
		row[i].is_ok = i != 1;
		if (i == 1)
			row[i].error = &error;
		else
			row[i].consumed = &consumed;
		list[i] = &row[i];
	}
	in.table_name = name;
	in.n_rows = rows;
	in.rows = list;
	body.n_tables = 1;
	body.tables = tables;
	out->len = 0;
	answers_pack(out, &body.base);
}

Test(client, a_batch_gives_each_row_its_result)
{
	struct ots_row_result *results = calloc(3, sizeof *results);
	struct ots_record records[3];
	const struct ots_record *list[3];
	struct ots_cell cell;
	struct fixture fixture;
	struct ots_buffer body;
	struct ots_error err = {0};

	cr_assert_not_null(results);
	open_fixture(&fixture, NULL);
	ots_buffer_init(&body, 65536);
	make_rows(records, list, 3, &cell);
	pack_batch_answer(&body, "orders", 3);
	fixture.plan.body = body.bytes;
	fixture.plan.body_len = body.len;
	cr_assert_eq(ots_client_batch_write(fixture.client, "orders", list, 3, results, NULL, &err),
		     OTS_OK, "%s", err.text);
	cr_expect(fixture.md5_good && fixture.signature_good);
	cr_expect_eq(results[0].status, OTS_OK);
	cr_expect_eq(results[1].status, OTS_REFUSED);
	cr_expect_str_eq(results[1].error.code, "OTSConditionCheckFail");
	cr_expect_str_eq(results[1].error.request_id, ANSWERS_REQUEST_ID);
	cr_expect_not_null(strstr(results[1].error.text, "Condition check failed."));
	cr_expect_eq(results[2].status, OTS_OK);
	ots_buffer_release(&body);
	close_fixture(&fixture);
	free(results);
}

Test(client, a_batch_answer_that_does_not_fit_the_request_is_refused)
{
	static const struct {
		const char *table;
		size_t rows;
		size_t cut; /* bytes left out at the end */
		const char *text;
	} cases[] = {
		{"orders", 2, 0, "3 rows sent, 2 results came"},
		{"orders", 4, 0, "3 rows sent, 4 results came"},
		{"other", 3, 0, "wrote to 'orders', the answer is about 'other'"},
		{"orders", 3, 1, "bad"},
	};
	struct ots_row_result *results = calloc(3, sizeof *results);
	struct ots_record records[3];
	const struct ots_record *list[3];
	struct ots_cell cell;
	struct fixture fixture;
	struct ots_buffer body;

	cr_assert_not_null(results);
	open_fixture(&fixture, NULL);
	ots_buffer_init(&body, 65536);
	make_rows(records, list, 3, &cell);
	for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
		const bool none = i == sizeof cases / sizeof *cases;
		const char *text = none ? "3 rows sent, no result came" : cases[i].text;
		struct ots_error err = {0};

		if (!none)
			pack_batch_answer(&body, cases[i].table, cases[i].rows);
		fixture.plan.body = body.bytes;
		fixture.plan.body_len = none ? 0 : body.len - cases[i].cut;
		cr_expect_eq(ots_client_batch_write(fixture.client, "orders", list, 3, results,
						    NULL, &err),
			     OTS_CORRUPT);
		cr_expect_not_null(strstr(err.text, text), "wanted '%s' in '%s'", text, err.text);
		cr_expect_str_eq(err.request_id, ANSWERS_REQUEST_ID);
	}
	ots_buffer_release(&body);
	close_fixture(&fixture);
	free(results);
}

Test(client, a_wish_to_stop_comes_through)
{
	struct ots_cancel cancel;
	struct fixture fixture;

	open_fixture(&fixture, NULL);
	ots_cancel_init(&cancel);
	ots_cancel_ask(&cancel);
	cr_expect_eq(ots_client_delete_table(fixture.client, "t", &cancel, NULL), OTS_CANCELLED);
	ots_cancel_release(&cancel);
	close_fixture(&fixture);
}

Test(client, what_is_no_name_is_refused_unsent)
{
	struct fixture fixture;
	struct ots_error err = {0};
	char name[OTS_NAME_MAX_BYTES + 2];

	open_fixture(&fixture, NULL);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	cr_expect_eq(ots_client_delete_table(fixture.client, "", NULL, &err), OTS_USAGE);
	cr_expect_eq(ots_client_delete_table(fixture.client, name, NULL, &err), OTS_USAGE);
	cr_expect_not_null(strstr(err.text, "table name of 256 bytes is no name"), "%s", err.text);
	cr_expect_eq(scripted_server_requests(fixture.server), 0);
	close_fixture(&fixture);
}
