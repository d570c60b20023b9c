#include <otsfs/object/oss.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/object/input.h>
#include <otsfs/object/writer.h>

#include "../../support/oss_rig.h"
#include "listed.h"

TestSuite(oss, .timeout = 60);

/* What a hook answers to the requests it is meant for. */
struct cue {
	const char *needle; /* in the head; NULL: any */
	unsigned from, times;
	unsigned seen; /* requests that fit */
	int status;
	const char *headers, *body;
	enum scripted_after after;
	size_t flip;     /* 1: a byte of the body is another */
	const char *raw; /* the whole answer */
};

static bool act(void *arg, const struct scripted_request *request, struct ots_buffer *out,
		enum scripted_after *after)
{
	struct cue *cue = arg;
	unsigned n;

	if (cue->needle != NULL && strstr(request->head, cue->needle) == NULL)
		return false;
	n = cue->seen++;
	if (n < cue->from || n >= cue->from + cue->times)
		return false;
	*after = cue->after;
	if (cue->raw != NULL)
		cr_assert(ots_buffer_puts(out, cue->raw));
	else if (cue->status != 0)
		scripted_answer(out, cue->status, cue->headers != NULL ? cue->headers : "",
				cue->body, strlen(cue->body));
	return true;
}

static const struct {
	const char *bucket, *endpoint, *region;
	enum ots_oss_addressing addressing;
	enum ots_oss_version version;
	const char *text;
} refused[] = {
	{"ab", "oss-cn-hangzhou.aliyuncs.com", NULL, OTS_OSS_AUTO, OTS_OSS_V4, "3 to 63"},
	{"Bucket", "oss-cn-hangzhou.aliyuncs.com", NULL, OTS_OSS_AUTO, OTS_OSS_V4, "a-z, 0-9"},
	{"-bucket", "oss-cn-hangzhou.aliyuncs.com", NULL, OTS_OSS_AUTO, OTS_OSS_V4, "no - at"},
	{"bucket", NULL, NULL, OTS_OSS_AUTO, OTS_OSS_V4, "no endpoint"},
	{"bucket", "ftp://host", NULL, OTS_OSS_AUTO, OTS_OSS_V4, "expected [http[s]://]host"},
	{"bucket", "http://host/path", NULL, OTS_OSS_AUTO, OTS_OSS_V4, "expected [http[s]://]host"},
	{"bucket", "http://host?x=1", NULL, OTS_OSS_AUTO, OTS_OSS_V4, "expected [http[s]://]host"},
	{"bucket", "oss-accelerate.aliyuncs.com", NULL, OTS_OSS_AUTO, OTS_OSS_V4, "--region"},
	{"bucket", "backup.example.com", NULL, OTS_OSS_CNAME, OTS_OSS_V4, "--region"},
	{"bucket", "http://127.0.0.1:1", "CN", OTS_OSS_AUTO, OTS_OSS_V4, "such as cn-hangzhou"},
};

Test(oss, what_cannot_be_an_address_is_refused_before_any_request)
{
	struct oss_rig rig;

	oss_rig_make(&rig);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		const struct ots_oss_options options = {
			.bucket = ots_bytes_of(refused[i].bucket),
			.endpoint = refused[i].endpoint,
			.region = refused[i].region,
			.addressing = refused[i].addressing,
			.version = refused[i].version,
			.transfers = rig.transfers,
			.credentials = rig.credentials,
			.clock = &ots_clock_system,
		};
		struct ots_store *store = NULL;
		struct ots_error err = {0};
		bool is_object;

		cr_expect_eq(ots_oss_open(&options, &store, &is_object, &err), OTS_USAGE, "%zu", i);
		cr_expect(strstr(err.text, refused[i].text) != NULL, "%zu: %s", i, err.text);
		cr_expect_null(store);
	}
	cr_expect_eq(scripted_server_requests(fake_bucket_server(rig.bucket)), 0);
	oss_rig_end(&rig);
}

#define ERROR(code, more)                                                                          \
	"<Error><Code>" code "</Code><Message>words</Message><RequestId>R1</RequestId>"            \
	"<EC>0001-01</EC>" more "</Error>"

static const struct {
	int status;
	const char *headers, *body;
	enum ots_status result;
	const char *text;
} openings[] = {
	{403, "", ERROR("AccessDenied", "<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>"),
	 OTS_DENIED, "the bucket is there: --endpoint oss-cn-beijing.aliyuncs.com"},
	{403, "", ERROR("SignatureDoesNotMatch", ""), OTS_DENIED, "is the secret the one"},
	{403, "", ERROR("AccessDenied", ""), OTS_DENIED, "403 AccessDenied: words (request R1, EC"},
	{404, "", ERROR("NoSuchBucket", ""), OTS_NOT_FOUND, "is the name right"},
	{400, "",
	 "<Error><Code>InvalidArgument</Code><Message>Invalid signing region in Authorization "
	 "header.</Message></Error>",
	 OTS_DENIED, "signed for region cn-hangzhou: give --region"},
	{502, "", "<html>Bad\ngateway</html>", OTS_SERVER, "502: <html>Bad gateway</html>"},
	{301, "Location: http://elsewhere/\r\n", "", OTS_UNSUPPORTED,
	 "a redirect, which OSS never"},
	{200, "", "<html>portal</html>", OTS_SERVER, "expected a ListBucketResult"},
	{200, "", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
	 OTS_SERVER, "no token to go on"},
	{200, "", "<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult/>", OTS_SERVER,
	 "document type"},
	{429, "", ERROR("Throttled", ""), OTS_THROTTLED, "429 Throttled"},
	{503, "", ERROR("DownloadTrafficRateLimitExceeded", ""), OTS_THROTTLED, "503"},
};

Test(oss, opening_says_why_it_cannot)
{
	for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
		struct cue cue = {.times = 99,
				  .status = openings[i].status,
				  .headers = openings[i].headers,
				  .body = openings[i].body};
		struct ots_error err = {0};
		struct oss_rig rig;
		bool is_object;

		oss_rig_make(&rig);
		fake_bucket_hook_set(rig.bucket, act, &cue);
		cr_expect_eq(oss_rig_open(&rig, "", 20000, &is_object, &err), openings[i].result,
			     "%zu: %d %s", i, (int)err.status, err.text);
		cr_expect(strstr(err.text, openings[i].text) != NULL, "%zu: %s", i, err.text);
		oss_rig_end(&rig);
	}
}

Test(oss, a_prefix_is_a_folder_or_one_object_or_nothing_yet)
{
	static const struct {
		const char *prefix;
		bool is_object;
		const char *keys;
	} prefixes[] = {{"", false, "a/b\na/c\nd/e\nf\n"},
			{"a", false, "b\nc\n"},
			{"a/", false, "b\nc\n"},
			{"f", true, "f\n"},
			{"d/e", true, "e\n"},
			{"f/", false, ""},
			{"nothing", false, ""}};
	struct listed *listed = calloc(1, sizeof *listed);
	struct ots_error err = {0};

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		struct oss_rig rig;
		bool is_object = false;

		oss_rig_make(&rig);
		(void)fake_bucket_put(rig.bucket, "a/b", "1", 1);
		(void)fake_bucket_put(rig.bucket, "a/c", "2", 1);
		(void)fake_bucket_put(rig.bucket, "d/e", "3", 1);
		(void)fake_bucket_put(rig.bucket, "f", "4", 1);
		cr_assert_eq(oss_rig_open(&rig, prefixes[i].prefix, 20000, &is_object, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_eq(is_object, prefixes[i].is_object, "%s", prefixes[i].prefix);
		cr_assert_eq(list_keys(rig.store, &(struct ots_list_request){0}, listed, &err),
			     OTS_OK, "%s", err.text);
		cr_expect_str_eq(listed->text, prefixes[i].keys, "%s: %s", prefixes[i].prefix,
				 listed->text);
		oss_rig_end(&rig);
	}
	free(listed);
}

Test(oss, a_listing_that_repeats_its_token_ends_with_an_error)
{
	static const char page[] =
		"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
		"<NextContinuationToken>same</NextContinuationToken></ListBucketResult>";
	struct cue cue = {.needle = "max-keys=1000", .times = 999, .status = 200, .body = page};
	struct listed *listed = calloc(1, sizeof *listed);
	struct ots_error err = {0};
	struct oss_rig rig;
	bool is_object;

	oss_rig_make(&rig);
	fake_bucket_hook_set(rig.bucket, act, &cue);
	cr_assert_eq(oss_rig_open(&rig, "", 20000, &is_object, &err), OTS_OK, "%s", err.text);
	cr_expect_eq(list_keys(rig.store, &(struct ots_list_request){0}, listed, &err), OTS_SERVER);
	cr_expect(strstr(err.text, "would not end") != NULL, "%s", err.text);
	free(listed);
	oss_rig_end(&rig);
}

Test(oss, a_symlink_object_has_its_targets_size_and_a_lost_one_is_counted)
{
	struct listed *listed = calloc(1, sizeof *listed);
	struct ots_store_counts counts;
	struct ots_entry entry;
	struct ots_error err = {0};
	struct cue cue = {.needle = "HEAD /bucket/lost", .times = 99, .status = 404, .body = ""};
	struct oss_rig rig;
	bool is_object;

	oss_rig_make(&rig);
	fake_bucket_put(rig.bucket, "link", "12345", 5)->is_link = true;
	fake_bucket_put(rig.bucket, "lost", "x", 1)->is_link = true;
	fake_bucket_hook_set(rig.bucket, act, &cue);
	cr_assert_eq(oss_rig_open(&rig, "", 20000, &is_object, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(list_keys(rig.store, &(struct ots_list_request){0}, listed, &err), OTS_OK,
		     "%s", err.text);
	cr_expect_str_eq(listed->text, "link\n", "%s", listed->text);
	cr_assert_eq(ots_store_stat(rig.store, key_of("link"), &entry, &err), OTS_OK);
	cr_expect_eq(entry.size, 5);
	ots_store_counts(rig.store, &counts);
	cr_expect_eq(counts.links, 1);
	free(listed);
	oss_rig_end(&rig);
}

#define BIG_BYTES ((size_t)3 * 1024 * 1024 + 77)

static uint8_t *big_bytes(void)
{
	uint8_t *bytes = malloc(BIG_BYTES);
	uint64_t x = 88172645463325252u;

	cr_assert_not_null(bytes);
	for (size_t i = 0; i < BIG_BYTES; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		bytes[i] = (uint8_t)x;
	}
	return bytes;
}

static struct ots_input *open_big(struct oss_rig *rig, const uint8_t *bytes)
{
	struct ots_input *input = NULL;
	struct ots_error err = {0};
	bool is_object;

	oss_rig_make_with(rig, 500); /* one answer of these tests never comes */
	(void)fake_bucket_put(rig->bucket, "big", bytes, BIG_BYTES);
	cr_assert_eq(oss_rig_open(rig, "", 20000, &is_object, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(ots_input_open(rig->store, key_of("big"), NULL, &input, &err), OTS_OK, "%s",
		     err.text);
	return input;
}

/* All of it in steps. @return the first failure */
static enum ots_status read_all(struct ots_input *input, const uint8_t *bytes, size_t step,
				struct ots_error *err)
{
	uint8_t *buf = malloc(step);
	enum ots_status status = OTS_OK;

	for (size_t at = 0; status == OTS_OK && at < BIG_BYTES;) {
		size_t got = 0;

		status = ots_input_read(input, at, buf, step, &got, err);
		if (status == OTS_OK)
			cr_expect_eq(memcmp(buf, bytes + at, got), 0, "%zu bytes at %zu", got, at);
		at += got;
	}
	free(buf);
	return status;
}

static const struct {
	const char *what;
	struct cue cue;
	enum ots_status status;
	const char *text;
} reads[] = {
	{"nothing", {.times = 0}, OTS_OK, ""},
	{"ranges ignored at first",
	 {.needle = "Range: bytes=", .from = 1, .times = 2, .status = 200, .body = "all"},
	 OTS_OK,
	 ""},
	{"resets",
	 {.needle = "Range: bytes=", .from = 1, .times = 3, .after = SCRIPTED_RESET},
	 OTS_OK,
	 ""},
	{"stalls",
	 {.needle = "Range: bytes=", .from = 1, .times = 2, .after = SCRIPTED_STALL},
	 OTS_OK,
	 ""},
	{"cut headers",
	 {.needle = "Range: bytes=",
	  .from = 1,
	  .times = 2,
	  .raw = "HTTP/1.1 206 Part",
	  .after = SCRIPTED_CLOSE},
	 OTS_OK,
	 ""},
	{"throttled",
	 {.needle = "Range: bytes=",
	  .from = 1,
	  .times = 2,
	  .status = 503,
	  .headers = "x-oss-qos-delay-time: 5\r\n",
	  .body = ERROR("TotalQpsLimitExceeded", "")},
	 OTS_OK,
	 ""},
	{"a clock that is off",
	 {.needle = "Range: bytes=",
	  .from = 1,
	  .times = 1,
	  .status = 403,
	  .headers = "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n",
	  .body = ERROR("RequestTimeTooSkewed", "")},
	 OTS_OK,
	 ""},
	{"another range",
	 {.needle = "Range: bytes=",
	  .from = 1,
	  .times = 1,
	  .status = 206,
	  .headers = "Content-Range: bytes 5-6/3145805\r\nETag: "
		     "\"00000000000000000000000000000001\"\r\n"
		     "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n",
	  .body = "xx"},
	 OTS_OK,
	 ""},
	{"changed meanwhile",
	 {.needle = "Range: bytes=",
	  .from = 1,
	  .times = 99,
	  .status = 412,
	  .body = ERROR("PreconditionFailed", "")},
	 OTS_CHANGED,
	 "412"},
	{"another ETag in spite of If-Match",
	 {.needle = "Range: bytes=",
	  .from = 1,
	  .times = 99,
	  .status = 206,
	  .headers = "Content-Range: bytes 65536-524287/3145805\r\nETag: \"OTHER\"\r\n"
		     "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n",
	  .body = "xx"},
	 OTS_CHANGED,
	 "expected 00000000000000000000000000000001"},
	{"archived",
	 {.needle = "Range: bytes=",
	  .from = 1,
	  .times = 99,
	  .status = 403,
	  .body = ERROR("InvalidObjectState", "")},
	 OTS_REFUSED,
	 "otsfs thaw"},
	{"gone",
	 {.needle = "Range: bytes=",
	  .from = 1,
	  .times = 99,
	  .status = 404,
	  .body = ERROR("NoSuchKey", "")},
	 OTS_NOT_FOUND,
	 "404 NoSuchKey"},
};

Test(oss, reads_give_the_right_bytes_or_say_why_not)
{
	uint8_t *bytes = big_bytes();

	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
		struct cue cue = reads[i].cue;
		struct oss_rig rig;
		struct ots_input *input = open_big(&rig, bytes);
		struct ots_error err = {0};

		cue.seen = 1; /* opening was the first */
		fake_bucket_hook_set(rig.bucket, act, &cue);
		cr_expect_eq(read_all(input, bytes, 100000, &err), reads[i].status, "%s: %d %s",
			     reads[i].what, (int)err.status, err.text);
		cr_expect(strstr(err.text, reads[i].text) != NULL, "%s: %s", reads[i].what,
			  err.text);
		ots_input_close(input);
		oss_rig_end(&rig);
	}
	free(bytes);
}

Test(oss, bytes_that_are_not_those_of_the_checksum_fail_at_the_end_at_the_latest)
{
	static const size_t steps[] = {4096, 131072, 1048576, BIG_BYTES};
	uint8_t *bytes = big_bytes();

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct oss_rig rig;
		struct ots_input *input = open_big(&rig, bytes);
		struct ots_error err = {0};
		uint8_t *buf = malloc(BIG_BYTES);
		enum ots_status status = OTS_OK;
		size_t at = 0, got = 0;

		/* Behind the server's back: what it promised is another object's checksum. */
		ots_input_close(input);
		input = NULL;
		fake_bucket_put(rig.bucket, "big", bytes, BIG_BYTES)->crc ^= 1;
		cr_assert_eq(ots_input_open(rig.store, key_of("big"), NULL, &input, &err), OTS_OK);
		while (status == OTS_OK && at < BIG_BYTES) {
			status = ots_input_read(input, at, buf, steps[i], &got, &err);
			at += got;
		}
		cr_expect_eq(status, OTS_CORRUPT, "%zu: %s", steps[i], err.text);
		cr_expect(strstr(err.text, "CRC64") != NULL, "%s", err.text);
		free(buf);
		ots_input_close(input);
		oss_rig_end(&rig);
	}
	free(bytes);
}

Test(oss, reads_anywhere_of_any_length_are_the_objects_bytes)
{
	uint8_t *bytes = big_bytes();
	uint8_t *buf = malloc(BIG_BYTES);
	struct oss_rig rig;
	struct ots_input *input = open_big(&rig, bytes);
	uint64_t x = 42;

	ots_store_set_memory(rig.store, (size_t)1 << 20); /* less than the object */
	for (unsigned i = 0; i < 300; i++) {
		struct ots_error err = {0};
		size_t at, len, got = 0;

		x = x * 6364136223846793005u + 1442695040888963407u;
		at = (size_t)(x >> 33) % BIG_BYTES;
		len = (size_t)(x >> 13) % (i % 10 == 0 ? BIG_BYTES : 50000) + 1;
		cr_assert_eq(ots_input_read(input, at, buf, len, &got, &err), OTS_OK, "%s",
			     err.text);
		cr_expect_eq(got, len < BIG_BYTES - at ? len : BIG_BYTES - at);
		cr_expect_eq(memcmp(buf, bytes + at, got), 0, "%zu bytes at %zu", len, at);
	}
	ots_input_close(input);
	oss_rig_end(&rig);
	free(bytes);
	free(buf);
}

Test(oss, the_first_bytes_of_an_object_cost_one_request)
{
	uint8_t *bytes = big_bytes();
	struct ots_error err = {0};
	struct oss_rig rig;
	struct ots_input *input = open_big(&rig, bytes);
	const unsigned before = scripted_server_requests(fake_bucket_server(rig.bucket));
	uint8_t buf[4096];
	size_t got = 0;

	cr_assert_eq(ots_input_read(input, 0, buf, sizeof buf, &got, &err), OTS_OK);
	cr_expect_eq(memcmp(buf, bytes, got), 0);
	cr_expect_eq(scripted_server_requests(fake_bucket_server(rig.bucket)), before,
		     "what opening brought was asked for again");
	ots_input_close(input);
	oss_rig_end(&rig);
	free(bytes);
}

/* What was written, as the server saw it. */
struct written {
	unsigned puts, parts, begins, completes, aborts, fail_parts;
	bool lose_completion;
	size_t bytes;
	uint64_t crc;
	struct fake_bucket *bucket;
	uint8_t *content;
};

static bool take_write(void *arg, const struct scripted_request *request, struct ots_buffer *out,
		       enum scripted_after *after)
{
	struct written *w = arg;
	const bool is_part = strstr(request->head, "partNumber=") != NULL;
	const bool is_put = strncmp(request->head, "PUT ", 4) == 0;

	(void)after;
	if (strstr(request->head, "?uploads") != NULL && strncmp(request->head, "POST", 4) == 0) {
		static const char body[] = "<InitiateMultipartUploadResult><UploadId>U1</UploadId>"
					   "</InitiateMultipartUploadResult>";

		w->begins++;
		scripted_answer(out, 200, "", body, sizeof body - 1);
	} else if (is_put && is_part && w->fail_parts > 0) {
		w->fail_parts--;
		scripted_answer(out, 500, "", "", 0);
	} else if (is_put) {
		const size_t part =
			is_part ? strtoul(strstr(request->head, "partNumber=") + 11, NULL, 10) - 1
				: 0;

		cr_expect(strstr(request->head, "Content-MD5: ") != NULL);
		cr_assert_leq(part * OTS_WRITE_PART_BYTES + request->body_len, w->bytes);
		memcpy(w->content + part * OTS_WRITE_PART_BYTES, request->body, request->body_len);
		w->puts += !is_part;
		w->parts += is_part;
		scripted_answer(out, 200, "ETag: \"E\"\r\n", "", 0);
	} else if (strncmp(request->head, "POST", 4) == 0) {
		static const char body[] = "<CompleteMultipartUploadResult/>";

		w->completes++;
		if (w->lose_completion) {
			(void)fake_bucket_put(w->bucket, "new", w->content, w->bytes);
			scripted_answer(out, 404, "", ERROR("NoSuchUpload", ""),
					sizeof(ERROR("NoSuchUpload", "")) - 1);
		} else {
			scripted_answer(out, 200, "", body, sizeof body - 1);
		}
	} else if (strncmp(request->head, "DELETE", 6) == 0) {
		w->aborts++;
		scripted_answer(out, 204, "", "", 0);
	} else {
		return false;
	}
	return true;
}

static enum ots_status write_object(struct oss_rig *rig, size_t len, const uint8_t *bytes,
				    bool finish, struct ots_error *err)
{
	const struct ots_write_request request = {.key = key_of("new")};
	struct ots_writer *writer = NULL;
	enum ots_status status = ots_store_write(rig->store, &request, &writer, err);

	for (size_t at = 0; status == OTS_OK && at < len;) {
		const size_t n = len - at < 999999 ? len - at : 999999;

		status = ots_writer_put(writer, bytes + at, n, err);
		at += n;
	}
	if (finish && status == OTS_OK)
		return ots_writer_finish(writer, err);
	ots_writer_abort(writer);
	return status;
}

Test(oss, objects_are_written_whole_in_one_request_or_in_parts)
{
	static const struct {
		size_t len;
		unsigned puts, parts, fail_parts;
		bool lose;
	} sizes[] = {{0, 1, 0, 0, false},
		     {5, 1, 0, 0, false},
		     {OTS_WRITE_PART_BYTES - 1, 1, 0, 0, false},
		     {OTS_WRITE_PART_BYTES, 1, 0, 0, false},
		     {OTS_WRITE_PART_BYTES + 1, 0, 2, 0, false},
		     {OTS_WRITE_PART_BYTES * 2 + 7, 0, 3, 2, false},
		     {OTS_WRITE_PART_BYTES * 2, 0, 2, 0, true}};
	uint8_t *bytes = calloc(1, OTS_WRITE_PART_BYTES * 2 + 7);

	for (size_t i = 0; i < OTS_WRITE_PART_BYTES * 2 + 7; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 1000);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct written w = {.bytes = sizes[i].len,
				    .fail_parts = sizes[i].fail_parts,
				    .lose_completion = sizes[i].lose,
				    .content = calloc(1, sizes[i].len + 1)};
		struct ots_error err = {0};
		struct oss_rig rig;
		bool is_object;

		oss_rig_make(&rig);
		w.bucket = rig.bucket;
		cr_assert_eq(oss_rig_open(&rig, "", 20000, &is_object, &err), OTS_OK);
		fake_bucket_hook_set(rig.bucket, take_write, &w);
		cr_expect_eq(write_object(&rig, sizes[i].len, bytes, true, &err), OTS_OK, "%zu: %s",
			     sizes[i].len, err.text);
		cr_expect_eq(w.puts, sizes[i].puts, "%zu", sizes[i].len);
		cr_expect_eq(w.parts, sizes[i].parts, "%zu", sizes[i].len);
		cr_expect_eq(memcmp(w.content, bytes, sizes[i].len), 0, "%zu", sizes[i].len);
		cr_expect_eq(w.completes, sizes[i].parts > 0);
		oss_rig_end(&rig);
		free(w.content);
	}
	free(bytes);
}

Test(oss, what_is_given_up_is_taken_back)
{
	struct written w = {.bytes = OTS_WRITE_PART_BYTES * 2 + 7,
			    .content = calloc(1, OTS_WRITE_PART_BYTES * 2 + 7)};
	uint8_t *bytes = calloc(1, w.bytes);
	struct ots_error err = {0};
	struct oss_rig rig;
	bool is_object;

	oss_rig_make(&rig);
	cr_assert_eq(oss_rig_open(&rig, "", 20000, &is_object, &err), OTS_OK);
	fake_bucket_hook_set(rig.bucket, take_write, &w);
	cr_expect_eq(write_object(&rig, w.bytes, bytes, false, &err), OTS_OK);
	cr_expect_eq(w.begins, 1);
	cr_expect_eq(w.completes, 0);
	cr_expect_eq(w.aborts, 1);
	oss_rig_end(&rig); /* the server may still be taking in what was given up */
	free(w.content);
	free(bytes);
}

Test(oss, thawing_tells_what_became_of_it)
{
	static const struct {
		int status;
		const char *body;
		enum ots_status result;
		enum ots_thaw outcome;
	} answers[] = {
		{202, "", OTS_OK, OTS_THAW_ASKED},
		{200, "", OTS_OK, OTS_THAW_READY},
		{409, ERROR("RestoreAlreadyInProgress", ""), OTS_OK, OTS_THAW_UNDER_WAY},
		{400, ERROR("OperationNotSupported", ""), OTS_OK, OTS_THAW_NOT_COLD},
		{404, ERROR("NoSuchKey", ""), OTS_NOT_FOUND, OTS_THAW_NOT_COLD},
	};

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct cue cue = {.needle = "POST /bucket/k?restore",
				  .times = 9,
				  .status = answers[i].status,
				  .body = answers[i].body};
		enum ots_thaw outcome = OTS_THAW_NOT_COLD;
		struct ots_error err = {0};
		struct oss_rig rig;
		bool is_object;

		oss_rig_make(&rig);
		cr_assert_eq(oss_rig_open(&rig, "", 20000, &is_object, &err), OTS_OK);
		fake_bucket_hook_set(rig.bucket, act, &cue);
		cr_expect_eq(ots_store_thaw(rig.store, key_of("k"), 3, "Bulk", &outcome, &err),
			     answers[i].result, "%zu: %s", i, err.text);
		cr_expect_eq(outcome, answers[i].outcome, "%zu", i);
		cr_expect_eq(cue.seen, 1);
		oss_rig_end(&rig);
	}
}
