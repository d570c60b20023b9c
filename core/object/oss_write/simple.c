/* DeleteObject, RestoreObject. Source: oss-protocol 3.9, 3.10. */
#include "write.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>

enum ots_status oss_delete(void *self, struct ots_bytes key, struct ots_error *err)
{
	struct oss *oss = self;
	uint8_t bytes[OTS_KEY_MAX_BYTES];
	struct ots_bytes whole = {NULL, 0};
	struct oss_call call;
	enum ots_status status = oss_whole_key(oss, key, bytes, &whole, err);

	if (status != OTS_OK)
		return status;
	oss_call_init(&call, oss, "DELETE", whole);
	status = oss_call_run(&call, NULL, NULL, 0, NULL, err);
	oss_call_release(&call);
	return status;
}

static enum ots_status on_answer(void *arg, const struct ots_http_response *response,
				 struct ots_error *err)
{
	int *outcome = arg;

	(void)err;
	*outcome = response->status == 202 ? OTS_THAW_ASKED : OTS_THAW_READY;
	return OTS_OK;
}

enum ots_status oss_thaw(void *self, struct ots_bytes key, unsigned days, const char *tier,
			 int *outcome, struct ots_error *err)
{
	struct oss *oss = self;
	uint8_t bytes[OTS_KEY_MAX_BYTES];
	struct ots_bytes whole = {NULL, 0};
	struct ots_error why = {0};
	struct oss_call call;
	char body[256];
	int len;
	enum ots_status status = oss_whole_key(oss, key, bytes, &whole, err);

	if (status != OTS_OK)
		return status;
	len = snprintf(body, sizeof body, "<RestoreRequest><Days>%u</Days>%s%s%s</RestoreRequest>",
		       days, tier != NULL ? "<JobParameters><Tier>" : "", tier != NULL ? tier : "",
		       tier != NULL ? "</Tier></JobParameters>" : "");
	oss_call_init(&call, oss, "POST", whole);
	oss_call_query(&call, "restore", (struct ots_bytes){NULL, 0});
	oss_call_header(&call, "Content-Type", ots_bytes_of("application/xml"));
	call.body = (struct ots_bytes){(const uint8_t *)body, (size_t)len};
	status = oss_call_run(&call, on_answer, outcome, 0, NULL, &why);
	oss_call_release(&call);
	if (status != OTS_OK && strcmp(why.code, "RestoreAlreadyInProgress") == 0) {
		*outcome = OTS_THAW_UNDER_WAY;
		return OTS_OK;
	}
	if (status != OTS_OK && strcmp(why.code, "OperationNotSupported") == 0) {
		*outcome = OTS_THAW_NOT_COLD;
		return OTS_OK;
	}
	if (status != OTS_OK && err != NULL)
		*err = why;
	return status;
}
