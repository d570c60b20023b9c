/** @file client_rig.h
 *  A client in front of a server that answers every request alike and keeps the last one. */
#ifndef OTSFS_TESTS_TABLESTORE_CLIENT_RIG_H
#define OTSFS_TESTS_TABLESTORE_CLIENT_RIG_H

#include <otsfs/tablestore/client.h>

#include "answers.h"

struct client_rig {
	struct answers_plan plan;
	struct scripted_server *server;
	struct ots_http *http;
	struct ots_credential_chain *chain;
	struct ots_client *client;
	struct ots_buffer request; /* the last body that came */
	struct ots_buffer answer;
	char path[64];     /* of the last request */
	unsigned requests; /* that came */
};

void client_rig_open(struct client_rig *rig);
void client_rig_close(struct client_rig *rig);

/** What every request gets from now on, well signed. */
void client_rig_answer(struct client_rig *rig, const ProtobufCMessage *message);

/** The last request was that of a vector of ots-signing-vectors.json: path and body. */
void client_rig_expect(const struct client_rig *rig, const char *vector);

/** Name and value of a key column, in its short forms. */
struct ots_key_column rig_text_key(const char *name, const char *value);
struct ots_wire_cell rig_text_cell(const char *name, const char *value);
struct ots_wire_cell rig_number_cell(const char *name, int64_t value);

struct ots_bytes rig_bytes(const char *text);

#endif
