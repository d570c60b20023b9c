/* One signed call, and the memory it works in. */
#ifndef OTSFS_TABLESTORE_CLIENT_CALL_H
#define OTSFS_TABLESTORE_CLIENT_CALL_H

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include <otsfs/base/buffer.h>
#include <otsfs/tablestore/client.h>

/* Bodies of requests and answers are as large as a batch; they are kept from call to call. */
struct client_scratch {
	struct ots_buffer body;     /* of the request */
	struct ots_buffer text;     /* a PlainBuffer of the request, then the text that is signed */
	struct ots_buffer packed;   /* the body compressed */
	struct ots_buffer inflated; /* what a compressed answer held; then the packed bytes */
	struct ots_http_response response;
};

/* @return NULL without memory; for ots_client_scratch_give() */
struct client_scratch *ots_client_scratch_take(struct ots_client *client);
void ots_client_scratch_give(struct ots_client *client, struct client_scratch *scratch);

/* The body of the request: @p message packed. @return OTS_OK, OTS_LIMIT, OTS_NO_MEMORY */
enum ots_status ots_client_pack(const ProtobufCMessage *message, struct client_scratch *scratch,
				struct ots_error *err) OTS_MUST_USE;

/* Sign and send scratch->body, check the answer. It is then in scratch->response.
 * @param path  "/PutRow"
 * @return OTS_OK or whatever client.h says about failures */
enum ots_status ots_client_call(struct ots_client *client, const char *path,
				size_t response_limit_bytes, struct ots_cancel *cancel,
				struct client_scratch *scratch, struct ots_error *err) OTS_MUST_USE;

/* The end of every call: gives the scratch back and, when it failed, says what was being done and
 * under which id the service knows it. @return @p status */
enum ots_status ots_client_done(struct ots_client *client, struct client_scratch *scratch,
				const char *what, struct ots_bytes table, enum ots_status status,
				struct ots_error *err);

static inline struct ots_bytes client_answer(const struct client_scratch *scratch)
{
	return (struct ots_bytes){scratch->response.body.bytes, scratch->response.body.len};
}

/* Limits of answers. A page of rows is at most 4 MB as the service counts (section 5), which small
 * cells make larger on the wire. */
#define CLIENT_SMALL_ANSWER_BYTES ((size_t)4 * 1024 * 1024)
#define CLIENT_ROWS_ANSWER_BYTES ((size_t)64 * 1024 * 1024)

#endif
