/* ~/.ossutilconfig, its sections about endpoints. Source: oss-protocol 5.2, 5.3. */
#include "decode.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../profiles/ini.h"
#include "../profiles/ossutil_sections.h"
#include "../profiles/spelling.h"

/* What counts first stands first. */
enum level { LEVEL_BUCKET, LEVEL_PROFILE, LEVEL_CNAME, LEVEL_ENDPOINT, LEVEL_TOOL, LEVELS };

struct reading {
	const char *path;
	struct ots_bytes profile, bucket;
	bool has_profile; /* one is named: version 1 has none */
	struct ots_bucket_settings level[LEVELS];
};

static enum level level_of(const struct reading *r, struct ots_bytes section)
{
	struct ots_bytes name;

	if (ossutil_section_named(section, "buckets", &name))
		return ots_bytes_equal(name, r->bucket) ? LEVEL_BUCKET : LEVELS;
	if (ossutil_section_is_profile(section, r->profile))
		return LEVEL_PROFILE;
	if (r->has_profile)
		return LEVELS;
	if (spelling_same(section, "Bucket-Cname"))
		return LEVEL_CNAME;
	if (spelling_same(section, "Bucket-Endpoint"))
		return LEVEL_ENDPOINT;
	return spelling_same(section, "Credentials") ? LEVEL_TOOL : LEVELS;
}

/* A value of a section whose names are those of settings. */
static enum ots_status take_named(const struct reading *r, const struct ini_line *line,
				  struct ots_bucket_settings *out, struct ots_error *err)
{
	if (spelling_same(line->name, "endpoint") || spelling_same(line->name, "host"))
		return settings_keep(&out->endpoint, r->path, "endpoint", line->value, err);
	if (spelling_same(line->name, "region"))
		return settings_keep(&out->region, r->path, "region", line->value, err);
	if (spelling_same(line->name, "addressing-style"))
		return settings_keep(&out->addressing, r->path, "addressing-style", line->value,
				     err);
	if (spelling_same(line->name, "sign-version"))
		return settings_keep(&out->sign, r->path, "sign-version", line->value, err);
	return OTS_OK;
}

static enum ots_status take(struct reading *r, enum level level, const struct ini_line *line,
			    struct ots_error *err)
{
	struct ots_bucket_settings *out = &r->level[level];
	enum ots_status status;

	if (level == LEVEL_BUCKET || level == LEVEL_PROFILE || level == LEVEL_TOOL)
		return take_named(r, line, out, err);
	/* Here the names are buckets, which - tells apart. */
	if (!ots_bytes_equal(line->name, r->bucket))
		return OTS_OK;
	status = settings_keep(&out->endpoint, r->path, "endpoint", line->value, err);
	if (status == OTS_OK && level == LEVEL_CNAME)
		status = settings_keep(&out->addressing, r->path, "addressing",
				       ots_bytes_of("cname"), err);
	return status;
}

static void fill(char **to, char **from)
{
	if (*to == NULL) {
		*to = *from;
		*from = NULL;
	}
}

/* Of version 2 a bucket's section fills up from the profile; of version 1 the first level that
 * names an endpoint is all. */
static void choose(struct reading *r, struct ots_bucket_settings *out)
{
	for (size_t i = 0; i < LEVELS; i++) {
		struct ots_bucket_settings *level = &r->level[i];

		if (i >= LEVEL_CNAME && (out->endpoint != NULL || out->region != NULL))
			return;
		/* How a host is addressed belongs to that host. */
		if (out->endpoint == NULL || level->endpoint == NULL)
			fill(&out->addressing, &level->addressing);
		fill(&out->endpoint, &level->endpoint);
		fill(&out->region, &level->region);
		fill(&out->sign, &level->sign);
	}
}

enum ots_status ossutil_settings_decode(struct ots_bytes text, const char *path,
					const char *profile, struct ots_bytes bucket,
					struct ots_bucket_settings *out, struct ots_error *err)
{
	struct reading r = {.path = path,
			    .profile = ots_bytes_of(profile != NULL ? profile : "default"),
			    .bucket = bucket,
			    .has_profile = profile != NULL};
	enum ots_status status = OTS_OK;
	enum level level = LEVELS;
	struct ini_line line;
	enum ini_kind kind;
	struct ini ini;

	ini_init(&ini, text);
	while (status == OTS_OK && (kind = ini_next(&ini, &line)) != INI_END) { /* ends: the text */
		if (kind == INI_BAD)
			status = ini_fail(&ini, path, err);
		else if (kind == INI_SECTION)
			level = level_of(&r, line.name);
		else if (level != LEVELS)
			status = take(&r, level, &line, err);
	}
	if (status == OTS_OK)
		choose(&r, out);
	for (size_t i = 0; i < LEVELS; i++)
		ots_bucket_settings_release(&r.level[i]);
	return status;
}
