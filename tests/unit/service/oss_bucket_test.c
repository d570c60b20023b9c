/* A bucket in memory and one in a folder keep the same promises, against a model. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>
#include <otsfs/base/crc64.h>

#include "../../../tools/service/oss/store/store.h"
#include "../../support/scratch_folder.h"

TestSuite(oss_bucket, .timeout = 120);

#define NOW_US INT64_C(1700000000000000)

struct rig {
	struct scratch scratch;
	const char *dir; /* NULL: in memory */
	struct ots_oss_store *store;
	struct ots_oss_bucket *bucket;
	struct ots_oss_fault fault;
};

static void rig_reopen(struct rig *rig)
{
	struct ots_error err = {0};

	ots_oss_store_close(rig->store);
	rig->store = NULL;
	cr_assert_eq(ots_oss_store_open(rig->dir, NOW_US, &rig->store, &err), OTS_OK, "%s",
		     err.text);
	rig->fault.kind = OTS_OSS_NONE;
	cr_assert(ots_oss_store_add(rig->store, ots_bytes_of("bucket"), NOW_US, &rig->bucket,
				    &rig->fault),
		  "%s", rig->fault.message);
}

static void rig_open(struct rig *rig, bool folder)
{
	*rig = (struct rig){.dir = NULL};
	if (folder) {
		scratch_make(&rig->scratch);
		rig->dir = rig->scratch.path;
	}
	rig_reopen(rig);
}

static void rig_close(struct rig *rig)
{
	ots_oss_store_close(rig->store);
	if (rig->dir != NULL)
		scratch_remove(&rig->scratch);
}

/* Content of a key: so many bytes that follow from a seed. */
static uint8_t *content_of(uint32_t seed, size_t len)
{
	uint8_t *bytes = malloc(len > 0 ? len : 1);

	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(seed >> 24);
	}
	return bytes;
}

static struct ots_oss_blob *blob_of(struct rig *rig, const uint8_t *bytes, size_t len)
{
	struct ots_oss_spool *spool = NULL;
	struct ots_oss_blob *blob = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_oss_spool_open(ots_oss_bucket_blobs(rig->bucket), true, &spool, &err),
		     OTS_OK);
	cr_assert_eq(ots_oss_spool_write(spool, bytes, len / 3, &err), OTS_OK, "%s", err.text);
	cr_assert_eq(ots_oss_spool_write(spool, bytes + len / 3, len - len / 3, &err), OTS_OK);
	cr_assert_eq(ots_oss_spool_size(spool), len);
	cr_assert_eq(ots_oss_spool_crc(spool), ots_crc64(0, bytes, len));
	cr_assert_eq(ots_oss_spool_take(spool, &blob, &err), OTS_OK);
	return blob;
}

static bool put(struct rig *rig, const char *key, uint32_t seed, size_t len, bool forbid)
{
	uint8_t *bytes = content_of(seed, len);
	struct ots_oss_facts facts = {.key = ots_bytes_of(key),
				      .size = len,
				      .mtime_us = NOW_US + seed,
				      .etag = "0123456789ABCDEF0123456789ABCDEF",
				      .crc = ots_crc64(0, bytes, len),
				      .has_crc = true};
	bool good;

	rig->fault.kind = OTS_OSS_NONE;
	good = ots_oss_bucket_put(rig->bucket, &facts, blob_of(rig, bytes, len), forbid, NULL,
				  &rig->fault);
	free(bytes);
	return good;
}

/* Whether a key has the content of that seed; @p len SIZE_MAX: it is not there. */
static void expect(struct rig *rig, const char *key, const char *version, uint32_t seed, size_t len)
{
	const struct ots_oss_query query = {ots_bytes_of(key), ots_bytes_of(version), true};
	struct ots_oss_found found;
	uint8_t *bytes, *got;

	rig->fault = (struct ots_oss_fault){.kind = OTS_OSS_NONE};
	if (len == SIZE_MAX) {
		cr_expect_not(ots_oss_bucket_find(rig->bucket, &query, &found, &rig->fault), "%s",
			      key);
		ots_oss_found_release(&found);
		return;
	}
	cr_assert(ots_oss_bucket_find(rig->bucket, &query, &found, &rig->fault), "%s: %s", key,
		  rig->fault.message);
	cr_assert_eq(found.object->facts.size, len, "%s", key);
	bytes = content_of(seed, len);
	got = malloc(len > 0 ? len : 1);
	if (found.content.fd >= 0)
		cr_assert_eq(pread(found.content.fd, got, len, (off_t)found.content.offset),
			     (ssize_t)len);
	else if (len > 0)
		memcpy(got, found.content.bytes, len);
	cr_assert_eq(memcmp(got, bytes, len), 0, "%s has other content", key);
	free(bytes);
	free(got);
	ots_oss_found_release(&found);
}

static bool drop(struct rig *rig, const char *key, const char *version,
		 struct ots_oss_deleted *deleted)
{
	rig->fault.kind = OTS_OSS_NONE;
	return ots_oss_bucket_delete(rig->bucket, ots_bytes_of(key), ots_bytes_of(version), NOW_US,
				     deleted, &rig->fault);
}

/* Lines as `key|prefix/|` with `!` for delete markers and `*` for the latest of versions. */
static const char *list(struct rig *rig, const struct ots_oss_list *asked, char *out, size_t size)
{
	struct ots_oss_listing listing;
	struct ots_arena arena;
	size_t used = 0;

	out[0] = '\0';
	ots_arena_init(&arena, (size_t)4 * 1024 * 1024);
	cr_assert(ots_oss_bucket_list(rig->bucket, asked, &arena, &listing, &rig->fault));
	for (size_t i = 0; i < listing.count; i++) {
		const struct ots_oss_line *line = &listing.lines[i];
		const struct ots_bytes name =
			line->object != NULL ? line->object->facts.key : line->prefix;

		used += (size_t)snprintf(
			out + used, size - used, "%.*s%s%s|", (int)name.len, (const char *)name.at,
			line->object != NULL && line->object->facts.delete_marker ? "!" : "",
			asked->versions && line->latest ? "*" : "");
	}
	if (listing.truncated)
		(void)snprintf(out + used, size - used, "...");
	ots_oss_listing_release(&listing);
	ots_arena_release(&arena);
	return out;
}

Test(oss_bucket, random_work_leaves_what_the_model_has)
{
	/* Names that fight for places in a folder, that cannot be files, and plain ones. */
	static const char *const keys[] = {"a",       "a/b",   "a/b/c",   "a/",
					   "d/e/f/g", "d/e",   "x//y",    "./dots",
					   "../z",    "plain", "d/e/f/h", "caf\xc3\xa9"};
	enum { KEYS = sizeof keys / sizeof *keys };

	for (int folder = 0; folder < 2; folder++) {
		size_t sizes[KEYS];
		uint32_t seeds[KEYS] = {0}, seed = 21;
		struct ots_oss_deleted deleted;
		struct rig rig;

		for (size_t i = 0; i < KEYS; i++)
			sizes[i] = SIZE_MAX;
		rig_open(&rig, folder != 0);
		for (uint32_t step = 1; step < 1500; step++) {
			size_t k;

			seed = seed * 1664525 + 1013904223;
			k = (seed >> 8) % KEYS;
			if ((seed >> 20) % 3 != 0) {
				sizes[k] = (seed >> 16) % 4 == 0 ? 70000 : (seed >> 12) % 50;
				seeds[k] = step;
				cr_assert(put(&rig, keys[k], step, sizes[k], false), "%s: %s",
					  keys[k], rig.fault.message);
			} else {
				cr_assert(drop(&rig, keys[k], "", &deleted));
				sizes[k] = SIZE_MAX;
			}
			if (step % 100 == 0 && rig.dir != NULL)
				rig_reopen(&rig);
			if (step % 25 != 0)
				continue;
			for (size_t i = 0; i < KEYS; i++)
				expect(&rig, keys[i], "", seeds[i], sizes[i]);
		}
		rig_close(&rig);
	}
}

Test(oss_bucket, a_listing_is_cut_into_pages_and_folds)
{
	for (int folder = 0; folder < 2; folder++) {
		struct ots_oss_list asked = {.most = 100};
		struct rig rig;
		char text[256];

		rig_open(&rig, folder != 0);
		cr_assert(put(&rig, "b/2", 1, 5, false));
		cr_assert(put(&rig, "a", 2, 5, false));
		cr_assert(put(&rig, "b/1", 3, 5, false));
		cr_assert(put(&rig, "c", 4, 5, false));
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "a|b/1|b/2|c|");
		asked.query.delimiter = ots_bytes_of("/");
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "a|b/|c|");
		asked.most = 2;
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "a|b/|...");
		asked.query.after = ots_bytes_of("b/");
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "c|");
		asked = (struct ots_oss_list){.most = 4, .query = {.after = {NULL, 0}}};
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "a|b/1|b/2|c|");
		rig_close(&rig);
	}
}

Test(oss_bucket, forbid_refuses_a_key_that_is_there)
{
	struct rig rig;

	rig_open(&rig, false);
	cr_assert(put(&rig, "k", 1, 5, true));
	cr_expect_not(put(&rig, "k", 2, 5, true));
	cr_expect_eq(rig.fault.kind, OTS_OSS_FILE_ALREADY_EXISTS);
	expect(&rig, "k", "", 1, 5);
	rig_close(&rig);
}

static void write_file(const struct rig *rig, const char *below, const char *text)
{
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/oss/bucket/%s", rig->dir, below);
	file = fopen(path, "wb");
	cr_assert_not_null(file, "%s", path);
	cr_assert_eq(fwrite(text, 1, strlen(text), file), strlen(text));
	cr_assert_eq(fclose(file), 0);
}

static void make_folder(const struct rig *rig, const char *below)
{
	char path[4096];

	(void)snprintf(path, sizeof path, "%s/oss/bucket/%s", rig->dir, below);
	cr_assert_eq(mkdir(path, 0777), 0, "%s", path);
}

Test(oss_bucket, files_put_there_by_hand_are_objects)
{
	struct ots_oss_list asked = {.most = 100};
	char text[256], path[4096];
	struct rig rig;

	rig_open(&rig, true);
	cr_assert(put(&rig, "m", 1, 5, false));
	write_file(&rig, "by-hand", "hello");
	make_folder(&rig, "deep");
	make_folder(&rig, "deep/er");
	write_file(&rig, "deep/er/one", "1");
	cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "by-hand|deep/er/one|m|");
	write_file(&rig, "deep/er/two", "22");
	cr_expect_str_eq(list(&rig, &asked, text, sizeof text),
			 "by-hand|deep/er/one|deep/er/two|m|");
	asked.query.prefix = ots_bytes_of("deep/");
	asked.query.delimiter = ots_bytes_of("/");
	cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "deep/er/|");
	/* Changed, replaced and removed by hand. */
	(void)snprintf(path, sizeof path, "%s/oss/bucket/m", rig.dir);
	write_file(&rig, "m", "longer than before");
	{
		const struct ots_oss_query query = {.key = ots_bytes_of("m")};
		struct ots_oss_found found;

		cr_assert(ots_oss_bucket_find(rig.bucket, &query, &found, &rig.fault));
		cr_expect_eq(found.object->facts.size, 18u);
		cr_expect_not(found.object->facts.has_crc);
		cr_expect_str_neq(found.object->facts.etag, "0123456789ABCDEF0123456789ABCDEF");
		ots_oss_found_release(&found);
	}
	cr_assert_eq(unlink(path), 0);
	expect(&rig, "m", "", 0, SIZE_MAX);
	asked.query.prefix = asked.query.delimiter = ots_bytes_of("");
	(void)snprintf(path, sizeof path, "%s/oss/bucket/by-hand", rig.dir);
	cr_assert_eq(unlink(path), 0);
	cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "deep/er/one|deep/er/two|");
	rig_close(&rig);
}

Test(oss_bucket, links_in_the_folder_lead_nowhere)
{
	struct ots_oss_list asked = {.most = 100};
	char text[256], path[4096];
	struct ots_oss_deleted deleted;
	struct rig rig;

	rig_open(&rig, true);
	make_folder(&rig, "real");
	write_file(&rig, "real/file", "x");
	(void)snprintf(path, sizeof path, "%s/oss/bucket/link", rig.dir);
	cr_assert_eq(symlink("real", path), 0);
	(void)snprintf(path, sizeof path, "%s/oss/bucket/file", rig.dir);
	cr_assert_eq(symlink("real/file", path), 0);
	cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "real/file|");
	expect(&rig, "link/file", "", 0, SIZE_MAX);
	expect(&rig, "file", "", 0, SIZE_MAX);
	/* A key whose way leads through a link is kept beside. */
	cr_assert(put(&rig, "link/new", 3, 9, false));
	expect(&rig, "link/new", "", 3, 9);
	(void)snprintf(path, sizeof path, "%s/oss/bucket/real/new", rig.dir);
	cr_expect_neq(access(path, F_OK), 0);
	cr_assert(drop(&rig, "link/new", "", &deleted));
	cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "real/file|");
	rig_close(&rig);
}

Test(oss_bucket, versions_are_kept_listed_and_deleted_one_by_one)
{
	for (int folder = 0; folder < 2; folder++) {
		struct ots_oss_list asked = {.most = 100, .versions = true};
		struct ots_oss_deleted first, second;
		char text[256], marker[OTS_OSS_VERSION_BYTES];
		struct rig rig;

		rig_open(&rig, folder != 0);
		cr_assert(put(&rig, "k", 1, 5, false));
		cr_assert(ots_oss_bucket_set(rig.bucket, OTS_OSS_VERSIONED, "private", &rig.fault));
		cr_assert(put(&rig, "k", 2, 6, false));
		cr_assert(put(&rig, "k", 3, 7, false));
		cr_assert(put(&rig, "other", 4, 8, false));
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "k*|k|k|other*|");
		expect(&rig, "k", "", 3, 7);
		expect(&rig, "k", "null", 1, 5);
		cr_assert(drop(&rig, "k", "", &first));
		cr_expect(first.marker);
		memcpy(marker, first.version, sizeof marker);
		expect(&rig, "k", "", 0, SIZE_MAX);
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "k!*|k|k|k|other*|");
		if (rig.dir != NULL)
			rig_reopen(&rig);
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "k!*|k|k|k|other*|");
		expect(&rig, "k", "null", 1, 5);
		/* Pages of versions go on inside of a key. */
		asked.most = 2;
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "k!*|k|...");
		asked.query.after = ots_bytes_of("k");
		asked.query.with_after = true;
		asked.after_version = ots_bytes_of(marker);
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "k|k|...");
		asked.after_version = ots_bytes_of("null");
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "other*|");
		/* Without the marker the newest version is back. */
		cr_assert(drop(&rig, "k", marker, &second));
		cr_expect(second.marker);
		expect(&rig, "k", "", 3, 7);
		cr_assert(drop(&rig, "k", "null", &second));
		expect(&rig, "k", "null", 0, SIZE_MAX);
		cr_expect_eq(rig.fault.kind, OTS_OSS_NO_SUCH_VERSION);
		cr_expect_not(drop(&rig, "k", "nonsense", &second));
		cr_expect_eq(rig.fault.kind, OTS_OSS_INVALID_ARGUMENT);
		/* Suspended: the null version comes and goes, the others stay. */
		cr_assert(ots_oss_bucket_set(rig.bucket, OTS_OSS_SUSPENDED, "private", &rig.fault));
		cr_assert(put(&rig, "k", 5, 9, false));
		cr_assert(put(&rig, "k", 6, 10, false));
		expect(&rig, "k", "null", 6, 10);
		asked = (struct ots_oss_list){.most = 100, .versions = true};
		cr_expect_str_eq(list(&rig, &asked, text, sizeof text), "k*|k|k|other*|");
		rig_close(&rig);
	}
}

Test(oss_bucket, an_object_grows_where_its_end_is)
{
	for (int folder = 0; folder < 2; folder++) {
		struct ots_oss_object *stored = NULL;
		uint8_t *all = content_of(9, 200000);
		const size_t cuts[] = {0, 10, 15000, 18000, 100000, 200000};
		uint64_t next = 0;
		struct rig rig;

		rig_open(&rig, folder != 0);
		for (size_t i = 0; i + 1 < sizeof cuts / sizeof *cuts; i++) {
			const size_t len = cuts[i + 1] - cuts[i];
			struct ots_oss_facts facts = {.key = ots_bytes_of("log"),
						      .size = len,
						      .mtime_us = NOW_US,
						      .etag = "X",
						      .crc = ots_crc64(0, all + cuts[i], len),
						      .has_crc = true,
						      .type = OTS_OSS_APPENDABLE};
			struct ots_oss_append append = {&facts, blob_of(&rig, all + cuts[i], len),
							cuts[i]};

			rig.fault.kind = OTS_OSS_NONE;
			cr_assert(ots_oss_bucket_append(rig.bucket, &append, &stored, &next,
							&rig.fault),
				  "%s", rig.fault.message);
			cr_expect_eq(next, cuts[i + 1]);
			cr_expect_eq(stored->facts.crc, ots_crc64(0, all, cuts[i + 1]));
			ots_oss_object_drop(stored);
			append.blob = blob_of(&rig, all, 1);
			append.position = cuts[i + 1] + 1;
			cr_expect_not(ots_oss_bucket_append(rig.bucket, &append, &stored, &next,
							    &rig.fault));
			cr_expect_eq(rig.fault.kind, OTS_OSS_POSITION_NOT_EQUAL_TO_LENGTH);
			cr_expect_eq(next, cuts[i + 1]);
			if (rig.dir != NULL)
				rig_reopen(&rig);
			expect(&rig, "log", "", 9, cuts[i + 1]);
		}
		free(all);
		rig_close(&rig);
	}
}

Test(oss_bucket, what_a_killed_service_left_is_swept)
{
	struct ots_error err = {0};
	struct ots_oss_spool *spool = NULL;
	char path[4096];
	struct rig rig;

	rig_open(&rig, true);
	cr_assert(put(&rig, "a/", 1, 70000, false)); /* beside */
	(void)snprintf(path, sizeof path, "%s/oss.state/00000000000000ff.blob", rig.dir);
	cr_assert_eq(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	rig_reopen(&rig);
	cr_expect_neq(access(path, F_OK), 0);
	expect(&rig, "a/", "", 1, 70000);
	cr_assert_eq(ots_oss_spool_open(ots_oss_bucket_blobs(rig.bucket), false, &spool, &err),
		     OTS_OK, "%s", err.text);
	ots_oss_spool_discard(spool);
	rig_close(&rig);
}

Test(oss_bucket, buckets_come_and_go)
{
	static const char *const bad[] = {"ab", "-abc", "abc-", "aBc", "a.b", "a_b", ""};
	struct ots_oss_bucket *other = NULL;
	struct ots_oss_deleted deleted;
	struct rig rig;

	rig_open(&rig, true);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_expect_not(ots_oss_store_add(rig.store, ots_bytes_of(bad[i]), NOW_US, &other,
						&rig.fault),
			      "%s", bad[i]);
		cr_expect_eq(rig.fault.kind, OTS_OSS_INVALID_BUCKET_NAME);
	}
	cr_assert(put(&rig, "x/y", 1, 5, false));
	cr_expect_not(ots_oss_store_remove(rig.store, ots_bytes_of("bucket"), &rig.fault));
	cr_expect_eq(rig.fault.kind, OTS_OSS_BUCKET_NOT_EMPTY);
	cr_assert(drop(&rig, "x/y", "", &deleted));
	cr_assert(ots_oss_store_remove(rig.store, ots_bytes_of("bucket"), &rig.fault));
	cr_expect_null(ots_oss_store_find(rig.store, ots_bytes_of("bucket")));
	cr_expect_not(put(&rig, "late", 1, 5, false));
	cr_expect_eq(rig.fault.kind, OTS_OSS_NO_SUCH_BUCKET);
	cr_assert(ots_oss_store_add(rig.store, ots_bytes_of("bucket"), NOW_US, &rig.bucket,
				    &rig.fault));
	expect(&rig, "x/y", "", 0, SIZE_MAX);
	rig_close(&rig);
}
