/* One layout template: parsed once, matched against whole keys. */
#ifndef CORE_CATALOG_TEMPLATE_H
#define CORE_CATALOG_TEMPLATE_H

#include <otsfs/catalog/layout.h>

#include "zone.h"

#define OTS_TEMPLATE_TOKENS_MAX 64

struct ots_template {
	char *text; /* its own copy; literals are slices of it */
	size_t count;
	struct ots_template_token {
		enum ots_template_kind {
			TOKEN_LITERAL,
			TOKEN_YEAR, /* the five of time in the order of labels */
			TOKEN_MONTH,
			TOKEN_DAY,
			TOKEN_HOUR,
			TOKEN_MINUTE,
			TOKEN_TABLE,
			TOKEN_MS,
			TOKEN_ANY
		} kind;
		struct ots_bytes literal;
	} tokens[OTS_TEMPLATE_TOKENS_MAX];
	unsigned depth; /* how many of the five there are, from the year down */
};

/* @return OTS_OK, OTS_USAGE (quoted), OTS_NO_MEMORY */
enum ots_status ots_template_parse(const char *text, struct ots_template *out,
				   struct ots_error *err) OTS_MUST_USE;
void ots_template_release(struct ots_template *t);

/* @return false when the key does not fit. placement->table is empty when the template has no
 * `$table`; *table_end is then where its folder must end (the byte behind the '/'). */
bool ots_template_match(const struct ots_template *t, const struct ots_zone *zone,
			struct ots_bytes key, struct ots_placement *placement, size_t *table_end);

/* What a path that ends in '/' tells (layout.h) by this template alone. */
enum ots_path_tells ots_template_path(const struct ots_template *t, const struct ots_zone *zone,
				      struct ots_bytes path, struct ots_placement *placement,
				      size_t *table_end);

#endif
