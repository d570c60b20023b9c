/* otsfs serve: a local Tablestore and OSS on this machine, until told to stop. */
#include "command.h"

#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <otsfs/base/log.h>
#include <otsfs/net/credentials.h>
#include <otsfs/text/json_write.h>

#include "../service/service.h"
#include "ready_file.h"

static const char usage[] =
	"otsfs serve [--dir DIR | --memory | --discard] [--listen HOST:PORT] [--tls] "
	"[--bucket NAME]... [--instance NAME] [--repeated-keys refuse|apply] [--ready FILE] "
	"[--fault FILE]";

#define HOST_BYTES 64
#define LINE_MAX_BYTES ((size_t)64 * 1024)
#define BUCKETS_MAX 64

struct serve_options {
	struct ots_service_options service;
	char host[HOST_BYTES];
	bool memory;
	const char *ready;
	const char *buckets[BUCKETS_MAX];
};

static bool is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool parse_port(const char *text, uint16_t *port)
{
	const size_t digits = strspn(text, "0123456789");
	unsigned long n;

	if (digits == 0 || digits > 5 || text[digits] != '\0')
		return false;
	n = strtoul(text, NULL, 10);
	*port = (uint16_t)n;
	return n <= UINT16_MAX;
}

/* `127.0.0.1:0`, `localhost:7000`, `[::1]:0`. */
static bool parse_listen(const char *text, struct serve_options *options)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;

	if (colon == NULL || !parse_port(colon + 1, &options->service.port))
		return false;
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len) != NULL) {
		return false;
	}
	if (len == strlen("localhost") && memcmp(text, "localhost", len) == 0) {
		text = "127.0.0.1";
		len = strlen(text);
	}
	if (len == 0 || len >= sizeof options->host)
		return false;
	memcpy(options->host, text, len);
	options->host[len] = '\0';
	return true;
}

enum {
	OPT_DIR = 256,
	OPT_MEMORY,
	OPT_DISCARD,
	OPT_TLS,
	OPT_LISTEN,
	OPT_BUCKET,
	OPT_INSTANCE,
	OPT_REPEATED_KEYS,
	OPT_READY,
	OPT_FAULT,
	OPT_HELP
};

static const struct option long_options[] = {
	{"dir", required_argument, NULL, OPT_DIR},
	{"memory", no_argument, NULL, OPT_MEMORY},
	{"discard", no_argument, NULL, OPT_DISCARD},
	{"tls", no_argument, NULL, OPT_TLS},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"bucket", required_argument, NULL, OPT_BUCKET},
	{"instance", required_argument, NULL, OPT_INSTANCE},
	{"repeated-keys", required_argument, NULL, OPT_REPEATED_KEYS},
	{"ready", required_argument, NULL, OPT_READY},
	{"fault", required_argument, NULL, OPT_FAULT},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* @return EXIT_DONE to go on, EXIT_USAGE with the reason printed */
static int take_option(int option, const char *word, struct serve_options *options)
{
	switch (option) {
	case OPT_DIR: options->service.dir = optarg; return EXIT_DONE;
	case OPT_MEMORY: options->memory = true; return EXIT_DONE;
	case OPT_DISCARD: options->service.discard = true; return EXIT_DONE;
	case OPT_TLS: options->service.tls = true; return EXIT_DONE;
	case OPT_INSTANCE: options->service.instance = optarg; return EXIT_DONE;
	case OPT_READY: options->ready = optarg; return EXIT_DONE;
	case OPT_FAULT: options->service.fault_path = optarg; return EXIT_DONE;
	case OPT_BUCKET:
		if (options->service.bucket_count == BUCKETS_MAX)
			return usage_error("serve", usage, "--bucket: at most %d", BUCKETS_MAX);
		options->buckets[options->service.bucket_count++] = optarg;
		return EXIT_DONE;
	case OPT_LISTEN:
		if (parse_listen(optarg, options))
			return EXIT_DONE;
		return usage_error("serve", usage,
				   "--listen %s: expected HOST:PORT with a numeric address",
				   optarg);
	case OPT_REPEATED_KEYS:
		options->service.apply_repeated_keys = strcmp(optarg, "apply") == 0;
		if (options->service.apply_repeated_keys || strcmp(optarg, "refuse") == 0)
			return EXIT_DONE;
		return usage_error("serve", usage, "--repeated-keys %s: expected refuse or apply",
				   optarg);
	default:
		return usage_error("serve", usage, "unknown option, or one without its value: %s",
				   word);
	}
}

/* @return EXIT_DONE to go on; *help: the words ask for help and nothing else */
static int parse_options(int argc, char **argv, struct serve_options *options, bool *help)
{
	int option, code;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			*help = true;
			return EXIT_DONE;
		}
		code = take_option(option, argv[optind - 1], options);
		if (code != EXIT_DONE)
			return code;
	}
	if (optind < argc)
		return usage_error("serve", usage, "unexpected argument %s", argv[optind]);
	if ((options->service.dir != NULL) + options->memory + options->service.discard > 1)
		return usage_error("serve", usage,
				   "--dir, --memory and --discard exclude each other");
	options->service.host = options->host;
	if (options->service.bucket_count == 0)
		options->buckets[options->service.bucket_count++] = "backup";
	options->service.buckets = options->buckets;
	options->service.region = getenv("OSS_REGION");
	if (options->service.region == NULL || options->service.region[0] == '\0')
		options->service.region = "cn-hangzhou";
	return EXIT_DONE;
}

static void put_bucket(void *arg, const char *name)
{
	ots_json_put_text(arg, NULL, name);
}

/* The URL of one of the two services. */
static void put_url(struct ots_json_writer *writer, const char *name, const char *host, bool tls,
		    uint16_t port)
{
	const bool v6 = strchr(host, ':') != NULL;
	char url[HOST_BYTES + 32];

	(void)snprintf(url, sizeof url, "%s://%s%s%s:%u", tls ? "https" : "http", v6 ? "[" : "",
		       host, v6 ? "]" : "", (unsigned)port);
	ots_json_put_text(writer, name, url);
}

/* The one line that says where, on standard output and in the ready file. */
static enum ots_status announce(const struct serve_options *options, const char *ready_path,
				const struct ots_service *service, struct ots_error *err)
{
	const char *ca = ots_service_ca_path(service);
	enum ots_status status = OTS_OK;
	struct ots_json_writer writer;
	struct ots_buffer line;

	ots_buffer_init(&line, LINE_MAX_BYTES);
	ots_json_writer_init(&writer, &line);
	ots_json_object_begin(&writer, NULL);
	put_url(&writer, "oss", options->host, ca != NULL, ots_service_oss_port(service));
	put_url(&writer, "ots", options->host, ca != NULL, ots_service_port(service));
	ots_json_put_text(&writer, "instance", options->service.instance);
	ots_json_array_begin(&writer, "buckets");
	ots_service_each_bucket(service, put_bucket, &writer);
	ots_json_array_end(&writer);
	ots_json_put_text(&writer, "region", options->service.region);
	ots_json_put_integer(&writer, "pid", getpid());
	if (ca != NULL)
		ots_json_put_text(&writer, "ca", ca);
	ots_json_object_end(&writer);
	if (writer.failed || !ots_buffer_put(&line, "\n", 2))
		status = ots_fail(err, OTS_NO_MEMORY, "service");
	else if (ready_path != NULL)
		status = ready_file_write(ready_path, (const char *)line.bytes, err);
	if (status == OTS_OK) {
		(void)fputs((const char *)line.bytes, stdout);
		(void)fflush(stdout);
	}
	ots_buffer_release(&line);
	return status;
}

/* Serve until a signal comes. The signals are blocked in every thread and waited for here. */
static enum ots_status serve(struct serve_options *options, const char *ready_path,
			     const sigset_t *ends, struct ots_error *err)
{
	struct ots_service *service = NULL;
	enum ots_status status = ots_service_start(&options->service, &service, err);
	int caught;

	if (status == OTS_OK)
		status = announce(options, ready_path, service, err);
	if (status == OTS_OK)
		(void)sigwait(ends, &caught);
	ots_service_stop(service);
	return status;
}

int ots_serve_main(int argc, char **argv)
{
	struct serve_options options = {.service = {.instance = "local"}, .host = "127.0.0.1"};
	struct ots_credentials *credentials = NULL;
	struct ots_error err = {.status = OTS_OK};
	enum ots_status status = OTS_OK;
	char *ready_path = NULL;
	bool help = false;
	sigset_t ends;
	int code = parse_options(argc, argv, &options, &help);

	if (code != EXIT_DONE)
		return code;
	if (help)
		return usage_help(usage);
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
	(void)signal(SIGPIPE, SIG_IGN); /* nobody may read the line on standard output */
	status = ots_credentials_from_environment(is_loopback(options.host), &credentials, &err);
	if (status == OTS_OK && options.ready != NULL)
		status = ready_file_prepare(options.ready, &ready_path, &err);
	if (status == OTS_OK) {
		options.service.access_key_id = credentials->id;
		options.service.access_key_secret = credentials->secret;
		options.service.security_token = credentials->token;
		options.service.log = ots_log_new(&ots_clock_system, stderr, OTS_LOG_WARNING);
		status = serve(&options, ready_path, &ends, &err);
	}
	if (status != OTS_OK)
		code = report("serve", &err);
	ots_log_free(options.service.log);
	free(ready_path);
	ots_credentials_release(credentials);
	return code;
}
