/** @file view.h
 *  Text of objects at any offset: records decoded once, rendered in chunks, an exact size at open,
 *  bounded memory.
 *  The room `view`: this is all of it that others see.
 *
 *  Opening a text reads the whole object once and counts; on the way it keeps a chunk index (place
 *  in the object, offset in the text) and as many rendered chunks as the view's memory allows. A
 *  read renders at most the chunks it touches, each at most once at a time. The same object and
 *  form opened twice is one text; one that was closed of late opens again without being counted, if
 *  its object is still the same. What a text is, the `schema.json` of its object (schema_find.h)
 *  helps to tell, where the format leaves names or types open: it is looked for at each open and
 *  stays as it was then while the text is open, and another one makes another text. Who opens a
 *  text that is being counted waits for it; counting goes on until the last who waits has given up.
 *  Threads: locked inside; reads of one text may run at once. Open and read block on I/O and
 *  decoding: never call them on a thread that others wait for. */
#ifndef OTSFS_VIEW_VIEW_H
#define OTSFS_VIEW_VIEW_H

#include <otsfs/base/cancel.h>
#include <otsfs/base/error.h>
#include <otsfs/catalog/catalog.h>
#include <otsfs/object/input.h>
#include <otsfs/object/store.h>

struct ots_view;
struct ots_text;

struct ots_view_options {
	size_t memory_bytes; /**< rendered chunks and decoders together; product.md: 512 MiB. Less
				  than 8 MiB counts as that. A record that does not fit is damage
				  with OTS_LIMIT */
};

/** @param store  borrowed */
enum ots_status ots_view_new(struct ots_store *store, const struct ots_view_options *options,
			     struct ots_view **out, struct ots_error *err) OTS_MUST_USE;
/** After every text is closed. */
void ots_view_free(struct ots_view *view);

/** The text of an object in a form: JSONL for objects with records, RAW for all.
 *  A damaged object opens: see ots_text_damage(). One that nothing can be read of does not.
 *  @param out  the caller's, for ots_text_close()
 *  @return OTS_OK, OTS_USAGE (the form has no text), OTS_CHANGED, OTS_CORRUPT, OTS_LIMIT or
 *          OTS_UNSUPPORTED (no good byte, or a schema.json that does not parse), OTS_CANCELLED,
 *          OTS_NO_MEMORY, or what the store returns */
enum ots_status ots_text_open(struct ots_view *view, const struct ots_object *object,
			      enum ots_node_form form, struct ots_cancel *cancel,
			      struct ots_text **out, struct ots_error *err) OTS_MUST_USE;
void ots_text_close(struct ots_text *text);

/** Exact size; of a damaged object the bytes before the damage. */
uint64_t ots_text_size(const struct ots_text *text);
/** Records in it (before the damage); 0 for RAW. */
uint64_t ots_text_records(const struct ots_text *text);
/** A number for what makes the text the text it is: the object's content, and the schema that tells
 *  what the object does not. */
uint64_t ots_text_identity(const struct ots_text *text);
/** What is wrong with the object and where, or NULL. Valid until close. */
const struct ots_error *ots_text_damage(const struct ots_text *text);

/** Fill from @p offset; *got < len only at the text's end. Reading a damaged text at or beyond its
 *  good bytes is the damage's status; a read that begins before is short there.
 *  @return OTS_OK, OTS_CHANGED, OTS_CORRUPT, OTS_CANCELLED, OTS_NO_MEMORY, or the store's */
enum ots_status ots_text_read(struct ots_text *text, uint64_t offset, void *buf, size_t len,
			      size_t *got, struct ots_cancel *cancel,
			      struct ots_error *err) OTS_MUST_USE;

/** Whether reads of it wait for a network and can be begun without waiting: RAW of a remote store.
 */
bool ots_text_is_remote(const struct ots_text *text);

/** Begin to read such a text: as ots_input_begin(). The text may be closed once @p done was called.
 *  ots_text_cancel() and ots_text_end() are what input.h says of a read that was begun. */
void ots_text_begin(struct ots_text *text, uint64_t offset, size_t len, ots_input_done_fn *done,
		    void *arg, struct ots_input_read **out);
void ots_text_cancel(struct ots_input_read *read);
void ots_text_end(struct ots_input_read *read);

/** Whether opening a text of an object of this size may take a while, since it is decoded to its
 *  end: some milliseconds to decode 1 MiB. Such opens leave memory to the short ones and to reads;
 *  who has threads should leave some of them, too. */
static inline bool ots_text_is_long(enum ots_node_form form, uint64_t object_bytes)
{
	return form != OTS_NODE_FORM_RAW && object_bytes > ((uint64_t)1 << 20);
}

/** What a text shows as its size before it was counted: never 0, and never below the exact size
 *  (fuse-facts section 1: an over-estimate fails loudly, an under-estimate silently). The factors
 *  are the worst that a decoder accepts, not what is usual (canonical CSV becomes about as many
 *  bytes):
 *  tunnel CSV 4: the shortest line is `0,PUT,{"a":1},` with names and types from a schema.json, 15
 *  bytes that become 43, and with a key that needs `exact` 30 that become 91; every other spelling
 *  repeats names and types for each value;
 *  JSONL 16: `{"$ops":[1,1,…]}` under a `v` of 19 digits spells 2 bytes as `[<v>,1],` and, where
 *  `exact` is needed, `null,`: 29. */
static inline uint64_t ots_text_estimate(enum ots_format format, uint64_t object_bytes)
{
	const uint64_t most_decoded = (uint64_t)64 << 30; /* product.md section 6 */

	if (format == OTS_FORMAT_PARQUET) /* a run of nulls is some bytes, however long */
		return object_bytes > most_decoded ? object_bytes + most_decoded : most_decoded;
	const uint64_t factor = format == OTS_FORMAT_JSONL ? 16 : 4;

	return (object_bytes > INT64_MAX / 32 ? INT64_MAX / 2 : object_bytes * factor) + 65536;
}

/** Memory in use, for status/. */
size_t ots_view_memory_bytes(struct ots_view *view);

#endif
