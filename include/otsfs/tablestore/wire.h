/** @file wire.h
 *  What client and local service share: PlainBuffer, request and response signatures, protobuf
 *  messages, compressed bodies. Pure functions of their arguments; nothing here talks.
 *  The room `tablestore`: wire.h (this), client.h (the calls).
 *  Source: tablestore-protocol sections 1 to 3. Held to plainbuffer-vectors.json and
 *  ots-signing-vectors.json. */
#ifndef OTSFS_TABLESTORE_WIRE_H
#define OTSFS_TABLESTORE_WIRE_H

#include <otsfs/tablestore/wire/deflate.h>
#include <otsfs/tablestore/wire/fields.h>
#include <otsfs/tablestore/wire/messages.h>
#include <otsfs/tablestore/wire/plainbuffer.h>
#include <otsfs/tablestore/wire/sign.h>

#endif
