#include "service.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cue/cue.h"
#include "engine.h"
#include "http/frame.h"
#include "oss/oss.h"
#include "tls/authority_file.h"
#include "tls/identity.h"

struct ots_service {
	char *instance;
	char *id;
	char *secret;
	char *token; /* NULL: none */
	char *region;
	struct ots_oss *oss; /* NULL: none */
	struct ots_engine *engine;
	struct ots_cue *cue;               /* NULL: no faults */
	struct ots_tls_identity *identity; /* NULL: no TLS */
	char *ca_path;                     /* NULL: no file was written */
	struct ots_http_frame *frame;
};

static bool copy_texts(struct ots_service *service, const struct ots_service_options *options)
{
	service->instance = strdup(options->instance);
	service->id = strdup(options->access_key_id);
	service->secret = strdup(options->access_key_secret);
	service->region = strdup(options->region != NULL ? options->region : "cn-hangzhou");
	if (options->security_token != NULL)
		service->token = strdup(options->security_token);
	return service->instance != NULL && service->id != NULL && service->secret != NULL &&
	       service->region != NULL &&
	       (options->security_token == NULL || service->token != NULL);
}

/* The form of an instance name, as far as it protects the URL and the headers it stands in. */
static bool is_instance_name(const char *name)
{
	const size_t len = strlen(name);

	return len >= 3 && len <= 16 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
		       len &&
	       strspn(name, "0123456789-") == 0 && name[len - 1] != '-';
}

static enum ots_status start_engine(struct ots_service *service,
				    const struct ots_service_options *options,
				    const struct ots_clock *clock, struct ots_error *err)
{
	const struct ots_engine_options engine_options = {
		.clock = clock,
		.apply_repeated_keys = options->apply_repeated_keys,
		.discard = options->dir == NULL && options->discard,
	};
	struct ots_storage storage;
	enum ots_status status;

	if (options->dir != NULL)
		status = ots_storage_open_sqlite(options->dir, &storage, err);
	else if (options->discard)
		status = ots_storage_open_discard(&storage, err);
	else
		status = ots_storage_open_memory(OTS_STORAGE_MEMORY_BYTES, &storage, err);
	if (status != OTS_OK)
		return status;
	status = ots_engine_new(&storage, &engine_options, &service->engine, err);
	if (status != OTS_OK)
		storage.ops->close(storage.self);
	return status;
}

/* The storage was opened before: the folder is there. */
static enum ots_status start_tls(struct ots_service *service,
				 const struct ots_service_options *options,
				 const struct ots_clock *clock, struct ots_error *err)
{
	enum ots_status status =
		ots_tls_identity_new(options->host, clock, &service->identity, err);

	if (status == OTS_OK)
		status = ots_authority_file_write(options->dir, service->identity->authority,
						  &service->ca_path, err);
	return status;
}

static enum ots_status start_oss(struct ots_service *service,
				 const struct ots_service_options *options,
				 const struct ots_clock *clock, struct ots_error *err)
{
	if (options->port == UINT16_MAX)
		return ots_fail(err, OTS_USAGE, "port %u: OSS would have the next one",
				(unsigned)options->port);
	return ots_oss_start(
		&(struct ots_oss_options){
			.dir = options->dir,
			.host = options->host,
			.port = options->port == 0 ? 0 : (uint16_t)(options->port + 1),
			.access = {service->id, service->secret, service->token, service->region},
			.buckets = options->buckets,
			.bucket_count = options->bucket_count,
			.clock = clock,
			.cue = service->cue,
			.identity = service->identity,
		},
		&service->oss, err);
}

enum ots_status ots_service_start(const struct ots_service_options *options,
				  struct ots_service **out, struct ots_error *err)
{
	const struct ots_clock *clock = options->clock != NULL ? options->clock : &ots_clock_system;
	struct ots_service *service = NULL;
	enum ots_status status;

	if (!is_instance_name(options->instance))
		return ots_fail(err, OTS_USAGE,
				"instance name '%s': expected 3 to 16 letters, digits or '-', a "
				"letter first and no '-' last",
				options->instance);
	service = calloc(1, sizeof *service);
	if (service == NULL || !copy_texts(service, options)) {
		status = ots_fail(err, OTS_NO_MEMORY, "service");
		goto out;
	}
	status = start_engine(service, options, clock, err);
	if (status == OTS_OK && options->fault_path != NULL)
		status = ots_cue_open(options->fault_path, clock, options->log, &service->cue, err);
	if (status == OTS_OK && options->tls)
		status = start_tls(service, options, clock, err);
	if (status == OTS_OK)
		status = ots_http_frame_start(
			&(struct ots_http_frame_options){
				.host = options->host,
				.port = options->port,
				.access = {service->id, service->secret, service->token,
					   service->instance},
				.clock = clock,
				.engine = service->engine,
				.cue = service->cue,
				.identity = service->identity,
				.trust_md5 = options->dir == NULL && options->discard,
			},
			&service->frame, err);
	if (status == OTS_OK && options->bucket_count > 0)
		status = start_oss(service, options, clock, err);
	if (status != OTS_OK)
		goto out;
	*out = service;
	service = NULL;
out:
	ots_service_stop(service);
	return status;
}

uint16_t ots_service_port(const struct ots_service *service)
{
	return ots_http_frame_port(service->frame);
}

uint16_t ots_service_oss_port(const struct ots_service *service)
{
	return service->oss != NULL ? ots_oss_port(service->oss) : 0;
}

void ots_service_each_bucket(const struct ots_service *service,
			     void (*fn)(void *arg, const char *name), void *arg)
{
	if (service->oss != NULL)
		ots_oss_each_bucket(service->oss, fn, arg);
}

const char *ots_service_ca_path(const struct ots_service *service)
{
	return service->ca_path;
}

void ots_service_stop(struct ots_service *service)
{
	if (service == NULL)
		return;
	ots_oss_stop(service->oss);
	ots_http_frame_stop(service->frame);
	ots_cue_close(service->cue);
	ots_authority_file_remove(service->ca_path);
	ots_tls_identity_free(service->identity);
	ots_engine_free(service->engine);
	free(service->instance);
	free(service->id);
	if (service->secret != NULL)
		OPENSSL_cleanse(service->secret, strlen(service->secret));
	free(service->secret);
	if (service->token != NULL)
		OPENSSL_cleanse(service->token, strlen(service->token));
	free(service->token);
	free(service->region);
	free(service);
}
