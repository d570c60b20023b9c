/** @file listed.h
 *  What the listings share. Threads: as call.h. */
#ifndef OTSFS_SERVICE_OSS_CALLS_LISTED_H
#define OTSFS_SERVICE_OSS_CALLS_LISTED_H

#include "../xml/xml_write.h"
#include "../objects/stored.h"

/** No name in the query is longer than a key may be. @return false: InvalidArgument */
bool ots_oss_check_names(struct ots_oss_call *call);
/** The elements of one object, key first. @param owner  whether its owner is among them */
void ots_oss_put_entry(struct ots_oss_call *call, struct ots_oss_xml *xml,
		       const struct ots_oss_object *object, bool encoded, bool owner);
void ots_oss_put_owner(struct ots_oss_xml *xml);
void ots_oss_put_prefixes(struct ots_oss_xml *xml, const struct ots_oss_listing *listing,
			  bool encoded);
/** Whether a fault file asks that a page gives the token of the one before again. */
bool ots_oss_repeats(const struct ots_oss_call *call);

#endif
