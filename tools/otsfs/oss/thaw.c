/* otsfs thaw: asks for archived objects, which can be read some time later. */
#include "../command.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/object/writer.h>
#include <otsfs/text/number.h>

#include "../walk.h"

static const char usage[] = "otsfs thaw [--days N] [--tier expedited|standard|bulk] [--dry-run]\n"
			    "         " OSS_USAGE "\n         SOURCE [PATH…]";

#define DAYS_MAX 365

struct thawing {
	struct source source;
	unsigned days;
	const char *tier;
	bool dry_run;
	size_t asked, ready, under_way, failed;
	/* Keys of the cold objects, ascending as the listing gives them. */
	struct cold {
		char *key;
		size_t len;
		uint64_t size;
	} * cold;
	size_t count, cap;
	bool no_memory;
};

static bool take_cold(void *arg, const struct ots_entry *entry)
{
	struct thawing *t = arg;
	struct cold *grown = t->cold;

	if (!entry->cold)
		return true;
	if (t->count == t->cap) {
		t->cap = t->cap == 0 ? 64 : t->cap * 2;
		grown = realloc(t->cold, t->cap * sizeof *grown);
	}
	t->no_memory = grown == NULL;
	if (t->no_memory)
		return false;
	t->cold = grown;
	t->cold[t->count] = (struct cold){
		.key = malloc(entry->key.len), .len = entry->key.len, .size = entry->size};
	t->no_memory = t->cold[t->count].key == NULL;
	if (t->no_memory)
		return false;
	memcpy(t->cold[t->count].key, entry->key.at, entry->key.len);
	t->count++;
	return true;
}

static void say(const char *what, const struct cold *cold)
{
	(void)printf("%-10s %.*s (%llu bytes)\n", what, (int)cold->len, cold->key,
		     (unsigned long long)cold->size);
}

static void ask(struct thawing *t, const struct cold *cold)
{
	const struct ots_bytes key = {(const uint8_t *)cold->key, cold->len};
	enum ots_thaw outcome = OTS_THAW_NOT_COLD;
	struct ots_error err = {0};

	if (t->dry_run) {
		t->asked++;
		say("would ask", cold);
		return;
	}
	if (ots_store_thaw(t->source.store, key, t->days, t->tier, &outcome, &err) != OTS_OK) {
		t->failed++;
		(void)report("thaw", &err);
		return;
	}
	switch (outcome) {
	case OTS_THAW_ASKED:
		t->asked++;
		say("asked", cold);
		break;
	case OTS_THAW_READY:
		t->ready++;
		say("ready", cold);
		break;
	case OTS_THAW_UNDER_WAY:
		t->under_way++;
		say("under way", cold);
		break;
	case OTS_THAW_NOT_COLD: break;
	}
}

static int compare_keys(const struct cold *a, struct ots_bytes b)
{
	const size_t len = a->len < b.len ? a->len : b.len;
	const int order = len == 0 ? 0 : memcmp(a->key, b.at, len);

	if (order != 0)
		return order;
	return a->len < b.len ? -1 : a->len > b.len;
}

static const struct cold *find_cold(const struct thawing *t, struct ots_bytes key)
{
	size_t low = 0, high = t->count;

	while (low < high) { /* ends: the range halves */
		const size_t middle = low + (high - low) / 2;
		const int order = compare_keys(&t->cold[middle], key);

		if (order == 0)
			return &t->cold[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static enum ots_status ask_file(void *arg, const struct walk_entry *entry, struct ots_error *err)
{
	struct thawing *t = arg;
	struct ots_object object = {0};
	const struct cold *cold;
	enum ots_status status;

	if (entry->node.kind != OTS_NODE_FILE)
		return OTS_OK;
	status = ots_catalog_object(t->source.catalog, entry->node.number, &object, err);
	if (status != OTS_OK)
		return status;
	cold = find_cold(t, (struct ots_bytes){(const uint8_t *)object.key, object.key_len});
	if (cold != NULL)
		ask(t, cold);
	ots_object_release(&object);
	return OTS_OK;
}

static enum ots_status ask_path(struct thawing *t, const char *path, struct ots_error *err)
{
	struct walk_entry at = {0};
	enum ots_status status = source_node(&t->source, path, &at.node, err);

	if (status == OTS_OK && at.node.kind == OTS_NODE_FOLDER)
		status = walk(&t->source, at.node.number, path, true, ask_file, t, err);
	else if (status == OTS_OK)
		status = ask_file(t, &at, err);
	return status == OTS_OK ? OTS_OK : ots_context(err, "%s", path);
}

static enum ots_status ask_all(struct thawing *t, int argc, char **argv, struct ots_error *err)
{
	const struct ots_list_request all = {.prefix = {NULL, 0}};
	enum ots_status status = ots_store_list(t->source.store, &all, take_cold, t, err);

	if (status == OTS_OK && t->no_memory)
		status = ots_fail(err, OTS_NO_MEMORY, "keys of %zu objects", t->count);
	for (size_t i = 0; status == OTS_OK && argc == 0 && i < t->count; i++)
		ask(t, &t->cold[i]);
	for (int i = 0; status == OTS_OK && i < argc; i++)
		status = ask_path(t, argv[i], err);
	return status;
}

static bool tier_parse(const char *word, const char **tier)
{
	static const char *const tiers[][2] = {
		{"expedited", "Expedited"}, {"standard", "Standard"}, {"bulk", "Bulk"}};

	for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++) {
		if (strcmp(word, tiers[i][0]) == 0) {
			*tier = tiers[i][1];
			return true;
		}
	}
	return false;
}

int command_thaw(int argc, char **argv)
{
	static const struct option options[] = {
		{"days", required_argument, NULL, 'd'}, {"tier", required_argument, NULL, 't'},
		{"dry-run", no_argument, NULL, 'n'},    OSS_OPTIONS,
		{"help", no_argument, NULL, 'h'},       {0}};
	struct oss_words oss = {.endpoint = NULL};
	struct source_options source_options = {.refresh_ms = INT64_MAX, .oss = &oss};
	struct thawing t = {.days = 1};
	struct ots_error err = {0};
	int c, code = EXIT_DONE;
	uint64_t days;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			if (!ots_parse_u64(ots_bytes_of(optarg), &days) || days < 1 ||
			    days > DAYS_MAX)
				return usage_error("thaw", usage, "--days takes 1 to %d, not '%s'",
						   DAYS_MAX, optarg);
			t.days = (unsigned)days;
			break;
		case 't':
			if (!tier_parse(optarg, &t.tier))
				return usage_error("thaw", usage, "no tier '%s'", optarg);
			break;
		case 'n': t.dry_run = true; break;
		case 'h': return usage_help(usage);
		default:
			if (!oss_words_take(&oss, c, optarg))
				return usage_error("thaw", usage, "see above");
		}
	}
	if (optind >= argc)
		return usage_error("thaw", usage, "a SOURCE is needed");
	if (source_open(argv[optind], &source_options, &t.source, &err) != OTS_OK ||
	    ask_all(&t, argc - optind - 1, argv + optind + 1, &err) != OTS_OK)
		code = report("thaw", &err);
	else
		(void)printf("%zu asked for, %zu under way, %zu ready%s\n", t.asked, t.under_way,
			     t.ready, t.dry_run ? " (nothing was sent: --dry-run)" : "");
	if (t.failed > 0)
		code = EXIT_FAILED;
	for (size_t i = 0; i < t.count; i++)
		free(t.cold[i].key);
	free(t.cold);
	source_release(&t.source);
	return code;
}
