#define _GNU_SOURCE /* asprintf */
#include "mount_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

const char mount_usage[] =
	"otsfs mount [-f] [-o OPT,…] [--restore-to TARGET] [--restore-wait] [--layout T]\n"
	"         [--timezone Z] [--refresh S] [--memory SIZE] [--timeout S] [--state DIR]\n"
	"         [--ready FILE] " OSS_USAGE "\n"
	"         SOURCE DIR";

#define DEFAULT_REFRESH_MS INT64_C(60000)
#define DEFAULT_TIMEOUT_MS INT64_C(60000)
#define DEFAULT_MEMORY_BYTES ((size_t)512 * 1024 * 1024)
#define MEMORY_MIN_BYTES ((uint64_t)16 * 1024 * 1024)
#define SECONDS_MAX INT64_C(31536000)

static const struct option options[] = {{"restore-to", required_argument, NULL, 'r'},
					{"restore-wait", no_argument, NULL, 'w'},
					{"layout", required_argument, NULL, 'l'},
					{"timezone", required_argument, NULL, 'z'},
					{"refresh", required_argument, NULL, 'e'},
					{"memory", required_argument, NULL, 'm'},
					{"timeout", required_argument, NULL, 't'},
					{"state", required_argument, NULL, 's'},
					{"ready", required_argument, NULL, 'y'},
					OSS_OPTIONS,
					{"help", no_argument, NULL, 'h'},
					{0}};

static enum ots_status seconds_parse(const char *name, const char *text, int64_t *ms,
				     struct ots_error *err)
{
	int64_t seconds;

	if (!ots_parse_i64(ots_bytes_of(text), &seconds) || seconds < 0 || seconds > SECONDS_MAX)
		return ots_fail(err, OTS_USAGE, "--%s takes seconds from 0 to %d, not '%s'", name,
				(int)SECONDS_MAX, text);
	*ms = seconds * 1000;
	return OTS_OK;
}

static enum ots_status memory_parse(const char *text, size_t *out, struct ots_error *err)
{
	uint64_t bytes;

	if (!ots_parse_size(ots_bytes_of(text), &bytes) || bytes < MEMORY_MIN_BYTES)
		return ots_fail(err, OTS_USAGE, "--memory takes a size from 16M, not '%s'", text);
	*out = (size_t)bytes;
	return OTS_OK;
}

/* One of our own options, by its letter. */
static enum ots_status option_apply(int letter, const char *value, struct mount_words *out,
				    struct ots_error *err)
{
	if (oss_words_take(&out->oss, letter, value))
		return OTS_OK;
	switch (letter) {
	case 'r': out->restore_to = value; return OTS_OK;
	case 'w': out->restore_wait = true; return OTS_OK;
	case 'l':
		if (out->layout_count == LAYOUTS_MAX)
			return ots_fail(err, OTS_USAGE, "more than %d times --layout", LAYOUTS_MAX);
		out->layouts[out->layout_count++] = value;
		return OTS_OK;
	case 'z': out->timezone = value; return OTS_OK;
	case 'e': return seconds_parse("refresh", value, &out->refresh_ms, err);
	case 't': return seconds_parse("timeout", value, &out->timeout_ms, err);
	case 'm': return memory_parse(value, &out->memory_bytes, err);
	case 's': out->state = value; return OTS_OK;
	case 'y': out->ready = value; return OTS_OK;
	default: return ots_fail(err, OTS_USAGE, "see above");
	}
}

static const char *keep(struct mount_words *out, const char *text, size_t len)
{
	char *copy;

	if (out->kept_count == sizeof out->kept / sizeof *out->kept)
		return NULL;
	copy = strndup(text, len);
	if (copy != NULL)
		out->kept[out->kept_count++] = copy;
	return copy;
}

static enum ots_status pass_on(struct mount_words *out, const char *name, struct ots_error *err)
{
	char *joined = NULL;

	if (asprintf(&joined, "%s%s%s", out->fuse_options != NULL ? out->fuse_options : "",
		     out->fuse_options != NULL ? "," : "", name) < 0)
		return ots_fail(err, OTS_NO_MEMORY, "-o %s", name);
	free(out->fuse_options);
	out->fuse_options = joined;
	return OTS_OK;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

/* One word of `-o`: ours by its long name (with - or _), one that only fstab and mount(8) care
 * about, or one for FUSE. */
static enum ots_status o_word_apply(const char *word, struct mount_words *out,
				    struct ots_error *err)
{
	static const char *const for_fuse[] = {"allow_other", "allow_root", "auto_unmount",
					       "default_permissions", NULL};
	static const char *const for_mount[] = {
		"rw",    "ro",     "defaults", "auto",    "noauto",   "nofail",     "user",
		"users", "nouser", "_netdev",  "nosuid",  "nodev",    "noexec",     "exec",
		"suid",  "dev",    "atime",    "noatime", "relatime", "nodiratime", NULL};
	const char *equals = strchr(word, '=');
	const size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
	char name[32];

	if (strncmp(word, "x-", 2) == 0 || strncmp(word, "comment=", 8) == 0)
		return OTS_OK;
	if (equals == NULL && is_one_of(word, for_mount))
		return OTS_OK;
	if (equals == NULL && is_one_of(word, for_fuse))
		return pass_on(out, word, err);
	if (len < sizeof name) {
		memcpy(name, word, len);
		name[len] = '\0';
		for (char *p = name; *p != '\0'; p++)
			*p = *p == '_' ? '-' : *p;
		for (const struct option *o = options; o->name != NULL; o++) {
			if (o->val == 'h' || strcmp(o->name, name) != 0 ||
			    (o->has_arg == required_argument) != (equals != NULL))
				continue;
			return option_apply(o->val, equals != NULL ? equals + 1 : "", out, err);
		}
	}
	return ots_fail(err, OTS_USAGE, "-o %s: no such option", word);
}

static enum ots_status o_apply(const char *list, struct mount_words *out, struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	while (status == OTS_OK && *list != '\0') { /* ends: each turn passes a word */
		const size_t len = strcspn(list, ",");
		const char *word = len == 0 ? "" : keep(out, list, len);

		if (word == NULL)
			return ots_fail(err, OTS_USAGE, "-o has too many words");
		if (len > 0)
			status = o_word_apply(word, out, err);
		list += len + (list[len] == ',');
	}
	return status;
}

enum ots_status mount_words_parse(int argc, char **argv, struct mount_words *out,
				  struct ots_error *err)
{
	enum ots_status status = OTS_OK;
	int c;

	out->refresh_ms = DEFAULT_REFRESH_MS;
	out->timeout_ms = DEFAULT_TIMEOUT_MS;
	out->memory_bytes = DEFAULT_MEMORY_BYTES;
	while (status == OTS_OK && (c = getopt_long(argc, argv, "fo:", options, NULL)) != -1) {
		if (c == 'f')
			out->foreground = true;
		else if (c == 'o')
			status = o_apply(optarg, out, err);
		else if (c == 'h')
			out->help = true;
		else
			status = option_apply(c, optarg, out, err);
	}
	if (status != OTS_OK || out->help)
		return status;
	if (argc - optind != 2)
		return ots_fail(err, OTS_USAGE, "a SOURCE and a DIR are needed");
	if (out->restore_wait && out->restore_to == NULL)
		return ots_fail(err, OTS_USAGE, "--restore-wait needs --restore-to TARGET");
	out->source = argv[optind];
	out->mountpoint = argv[optind + 1];
	return OTS_OK;
}

void mount_words_release(struct mount_words *words)
{
	for (size_t i = 0; i < words->kept_count; i++)
		free(words->kept[i]);
	free(words->fuse_options);
}
