/* The service as a whole: it listens, answers, and can be there twice. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../tools/service/service.h"

TestSuite(service_whole, .timeout = 60);

static struct ots_service_options options(void)
{
	return (struct ots_service_options){
		.host = "127.0.0.1",
		.instance = "local",
		.access_key_id = "id",
		.access_key_secret = "secret",
	};
}

/* Send a request as it stands and read the answer to its end. */
static size_t ask(uint16_t port, const char *request, char *answer, size_t size)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t used = 0;
	ssize_t n = 1;

	cr_assert_geq(fd, 0);
	cr_assert_eq(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	cr_assert_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	while (n > 0 && used + 1 < size) { /* ends: the peer closes, or the answer is full */
		n = read(fd, answer + used, size - used - 1);
		used += n > 0 ? (size_t)n : 0;
	}
	answer[used] = '\0';
	(void)close(fd);
	return used;
}

Test(service_whole, two_in_one_process_listen_on_ports_of_their_own)
{
	static const char get[] = "GET /ListTable HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	const struct ots_service_options opts = options();
	struct ots_service *one = NULL, *two = NULL;
	struct ots_error err = {0};
	char answer[2048];

	cr_assert_eq(ots_service_start(&opts, &one, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(ots_service_start(&opts, &two, &err), OTS_OK, "%s", err.text);
	cr_expect_neq(ots_service_port(one), ots_service_port(two));
	for (int i = 0; i < 2; i++) {
		const size_t len =
			ask(ots_service_port(i == 0 ? one : two), get, answer, sizeof answer);

		cr_expect_eq(strncmp(answer, "HTTP/1.1 405 ", 13), 0, "%s", answer);
		cr_expect_not_null(strstr(answer, "x-ots-requestid: "), "%s", answer);
		cr_expect_not_null(strstr(answer, "OTSMethodNotAllowed"), "%s", answer);
		cr_expect_null(strstr(answer, "Authorization"), "%s", answer);
		cr_expect_gt(len, (size_t)0);
	}
	ots_service_stop(one);
	ots_service_stop(two);
	ots_service_stop(NULL);
}

Test(service_whole, unknown_paths_and_missing_headers_are_told_before_the_key)
{
	static const struct {
		const char *request;
		const char *text;
	} cases[] = {
		{"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
		 "Unsupported operation: ."},
		{"POST /putrow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
		 "0\r\n\r\n",
		 "Unsupported operation: putrow."},
		{"POST /ListStream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
		 "0\r\n\r\n",
		 "Unsupported operation: ListStream."},
		{"POST /PutRow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
		 "0\r\n\r\n",
		 "Missing header: 'x-ots-date'."},
		{"POST /PutRow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: "
		 "chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
		 "Missing header: 'x-ots-date'."},
	};
	const struct ots_service_options opts = options();
	struct ots_service *service = NULL;
	struct ots_error err = {0};
	char answer[2048];

	cr_assert_eq(ots_service_start(&opts, &service, &err), OTS_OK, "%s", err.text);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		(void)ask(ots_service_port(service), cases[i].request, answer, sizeof answer);
		cr_expect_eq(strncmp(answer, "HTTP/1.1 400 ", 13), 0, "case %zu: %s", i, answer);
		cr_expect_not_null(strstr(answer, "OTSParameterInvalid"), "case %zu", i);
		cr_expect_not_null(strstr(answer, cases[i].text), "case %zu: %s", i, answer);
	}
	ots_service_stop(service);
}

Test(service_whole, what_cannot_be_served_is_refused)
{
	static const char *const instances[] = {
		"ab", "seventeen-letters", "1abc", "-ab", "abc-", "a_bc", ""};
	struct ots_service_options opts = options();
	struct ots_service *service = NULL, *second = NULL;
	struct ots_error err = {0};

	for (size_t i = 0; i < sizeof instances / sizeof instances[0]; i++) {
		opts.instance = instances[i];
		cr_expect_eq(ots_service_start(&opts, &service, &err), OTS_USAGE, "%s",
			     instances[i]);
		cr_expect_not_null(strstr(err.text, "instance name"), "%s", err.text);
	}
	opts = options();
	opts.host = "no.such.host";
	cr_expect_eq(ots_service_start(&opts, &service, &err), OTS_USAGE);
	cr_expect_str_eq(err.text, "listen address no.such.host is no IPv4 or IPv6 address");
	opts = options();
	opts.dir = "/dev/null/below";
	cr_expect_eq(ots_service_start(&opts, &service, &err), OTS_IO);
	opts = options();
	cr_assert_eq(ots_service_start(&opts, &service, &err), OTS_OK);
	opts.port = ots_service_port(service);
	cr_expect_eq(ots_service_start(&opts, &second, &err), OTS_IO, "%s", err.text);
	cr_expect_not_null(strstr(err.text, "in use"), "%s", err.text);
	cr_expect_null(second);
	ots_service_stop(service);
}
