/** @file identity.h
 *  What makes a text the text it is: the object's content, the form, and the schema that tells what
 *  the object does not. Another of any is another text.
 *  Threads: pure. */
#ifndef OTSFS_CORE_VIEW_IDENTITY_H
#define OTSFS_CORE_VIEW_IDENTITY_H

#include "state.h"

/** Whether a schema has a say in the text. */
static inline bool identity_wants_schema(const struct ots_object *object, enum ots_node_form form)
{
	return form == OTS_NODE_FORM_JSONL && ots_schema_tells_of(object->format);
}

/** @param place  of the schema
 *  @return false when the library of digests fails, or the key is above OTS_KEY_MAX_BYTES */
bool identify_text(const struct ots_object *object, enum ots_node_form form,
		   const struct ots_schema_place *place, uint64_t *identity);

#endif
