/* The index of keys and its listing against a sorted array and the rule read literally. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>

#include "../../../tools/service/oss/index/walk.h"

TestSuite(oss_walk, .timeout = 120);

struct thing {
	struct ots_oss_item item;
	char text[24];
};

static uint32_t seed;

static uint32_t next(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Short keys of few letters, so that prefixes meet; bytes at both ends of the order too. */
static void make_key(char out[24])
{
	static const char letters[] = "ab//\xff\x01";
	const uint32_t len = 1 + next(6);

	for (uint32_t i = 0; i < len; i++)
		out[i] = letters[next(6)];
	out[len] = '\0';
}

static struct thing *make_thing(const char *key)
{
	struct thing *thing = calloc(1, sizeof *thing);

	(void)snprintf(thing->text, sizeof thing->text, "%s", key);
	thing->item.key = ots_bytes_of(thing->text);
	thing->item.name_len = thing->item.key.len;
	return thing;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What a listing shows by the rule: names and folded prefixes above the mark, each once. */
static size_t expected_lines(const char *const *keys, size_t count, const char *prefix,
			     const char *delimiter, const char *after, char lines[][24])
{
	size_t out = 0;

	for (size_t i = 0; i < count; i++) {
		const char *key = keys[i];
		const char *cut;
		char line[24];

		if (strncmp(key, prefix, strlen(prefix)) != 0)
			continue;
		(void)snprintf(line, sizeof line, "%s", key);
		cut = *delimiter != '\0' ? strstr(key + strlen(prefix), delimiter) : NULL;
		if (cut != NULL)
			line[(size_t)(cut - key) + strlen(delimiter)] = '\0';
		if (strcmp(line, after) <= 0 && *after != '\0')
			continue;
		if (out > 0 && strcmp(lines[out - 1], line) == 0)
			continue;
		memcpy(lines[out++], line, sizeof line);
	}
	return out;
}

static size_t walk_lines(const struct ots_oss_index *index, const char *prefix,
			 const char *delimiter, const char *after, char lines[][24], size_t most)
{
	const struct ots_oss_walk_query query = {.prefix = ots_bytes_of(prefix),
						 .delimiter = ots_bytes_of(delimiter),
						 .after = ots_bytes_of(after)};
	struct ots_oss_walk walk;
	struct ots_bytes folded;
	const struct ots_oss_item *item;
	size_t out = 0;

	ots_oss_walk_begin(&walk, index, &query);
	while (out < most && (item = ots_oss_walk_next(&walk, &folded)) != NULL) {
		const struct ots_bytes line = folded.len > 0 ? folded : item->key;

		memcpy(lines[out], line.at, line.len);
		lines[out++][line.len] = '\0';
	}
	return out;
}

static void free_all(struct ots_oss_index *index)
{
	struct ots_oss_place place = {0, 0};
	struct ots_oss_item *item;

	while ((item = ots_oss_index_at(index, place)) != NULL) {
		place = ots_oss_index_next(index, place);
		free(item);
	}
	ots_oss_index_release(index);
}

Test(oss_walk, random_keys_list_as_the_rule_says)
{
	static const char *const delimiters[] = {"", "/", "a", "//", "\xff"};
	static char expected[400][24], got[401][24];
	unsigned shown = 0;

	seed = 11;
	for (int round = 0; round < 60; round++) {
		const char *keys[400];
		struct ots_oss_index index = {.count = 0};
		size_t count = 0;
		struct ots_oss_place place = {0, 0};
		const struct ots_oss_item *item;

		for (uint32_t i = next(400); i > 0; i--) {
			struct ots_oss_item *replaced;
			char key[24];

			make_key(key);
			cr_assert(ots_oss_index_put(&index, &make_thing(key)->item, &replaced));
			free(replaced);
		}
		while ((item = ots_oss_index_at(&index, place)) != NULL) {
			keys[count++] = (const char *)item->key.at;
			place = ots_oss_index_next(&index, place);
		}
		cr_assert_eq(count, index.count);
		qsort(keys, count, sizeof *keys, by_text);
		for (int query = 0; query < 60; query++) {
			char prefix[24] = "", after[24] = "";
			const char *delimiter = delimiters[next(5)];
			size_t want, have;

			if (next(2) == 0)
				make_key(prefix);
			prefix[next(3)] = '\0';
			if (next(2) == 0)
				make_key(after);
			want = expected_lines(keys, count, prefix, delimiter, after, expected);
			have = walk_lines(&index, prefix, delimiter, after, got, 401);
			cr_assert_eq(have, want, "round %d: %zu lines, not %zu", round, have, want);
			for (size_t i = 0; i < want; i++)
				cr_assert_str_eq(got[i], expected[i]);
			shown += (unsigned)want;
			/* Pages of three give the same. */
			for (size_t at = 0; at < want;) {
				char last[24] = "";

				if (at > 0)
					memcpy(last, expected[at - 1], sizeof last);
				have = walk_lines(&index, prefix, delimiter, at > 0 ? last : after,
						  got, 3);
				cr_assert_eq(have, want - at < 3 ? want - at : 3);
				for (size_t i = 0; i < have; i++)
					cr_assert_str_eq(got[i], expected[at + i]);
				at += have;
			}
		}
		free_all(&index);
	}
	cr_expect_gt(shown, 10000u, "%u", shown);
}

Test(oss_walk, the_index_holds_what_was_put_and_not_removed)
{
	enum { KEYS = 3000 };
	static bool there[KEYS];
	struct ots_oss_index index = {.count = 0};
	size_t count = 0;

	seed = 3;
	for (int step = 0; step < 40000; step++) {
		const uint32_t n = step < 4000 ? (uint32_t)step % KEYS : next(KEYS);
		struct ots_oss_item *replaced = NULL, *found;
		char key[24];

		(void)snprintf(key, sizeof key, "k%05u", n);
		if (next(2) == 0 || step < 4000) {
			struct thing *thing = make_thing(key);

			cr_assert(ots_oss_index_put(&index, &thing->item, &replaced));
			cr_assert_eq(replaced != NULL, there[n]);
			count += there[n] ? 0 : 1;
			there[n] = true;
			free(replaced);
		} else {
			found = ots_oss_index_remove(&index, ots_bytes_of(key));
			cr_assert_eq(found != NULL, there[n]);
			count -= there[n] ? 1 : 0;
			there[n] = false;
			free(found);
		}
		cr_assert_eq(index.count, count);
		cr_assert_eq(ots_oss_index_find(&index, ots_bytes_of(key)) != NULL, there[n]);
	}
	free_all(&index);
}
