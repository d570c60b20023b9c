#define _GNU_SOURCE /* seteuid, mkfifo, prctl */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <otsfs/object/dir.h>
#include <otsfs/object/input.h>

#include "../../support/scratch_folder.h"
#include "listed.h"

TestSuite(dir, .timeout = 60);

static struct ots_store *open_dir(const char *path)
{
	struct ots_store *store = NULL;
	struct ots_error err = {0};

	cr_assert_eq(ots_dir_open(path, &store, &err), OTS_OK, "%s", err.text);
	return store;
}

static void path_of(const struct scratch *scratch, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s", scratch->path, name);
}

/* A folder `in` beside a file `outside`, with links of every kind that lead out and in. */
static void make_links(const struct scratch *scratch)
{
	static const char *const links[][2] = {
		{"../outside", "in/out-file"}, {"..", "in/out-folder"},     {"/", "in/root"},
		{"plain", "in/to-plain"},      {"sub", "in/to-sub"},        {"gone", "in/dangling"},
		{"loop", "in/loop"},           {"/proc/self/fd", "in/fds"},
	};

	scratch_text(scratch, "outside", "secret");
	scratch_text(scratch, "in/plain", "p");
	scratch_text(scratch, "in/sub/x", "x");
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		char at[512];

		path_of(scratch, links[i][1], at, sizeof at);
		cr_assert_eq(symlink(links[i][0], at), 0);
	}
}

static void expect_no_way_out(const struct scratch *scratch)
{
	static const char *const keys[] = {
		"out-file",
		"out-folder/outside",
		"out-folder/in/plain",
		"root/etc/passwd",
		"to-plain",
		"to-sub/x",
		"dangling",
		"loop",
		"../outside",
		"sub/../../outside",
		"fds/0",
		"/etc/passwd",
		"sub/../plain",
		"loop/x",
	};
	struct listed *listed = calloc(1, sizeof *listed);
	struct ots_store_counts counts;
	struct ots_store *store;
	struct ots_error err = {0};
	char at[512];

	path_of(scratch, "in", at, sizeof at);
	store = open_dir(at);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct ots_input *input = NULL;
		struct ots_entry entry;

		cr_expect_eq(ots_input_open(store, key_of(keys[i]), NULL, &input, &err),
			     OTS_NOT_FOUND, "%s", keys[i]);
		cr_expect_eq(ots_store_stat(store, key_of(keys[i]), &entry, &err), OTS_NOT_FOUND,
			     "%s", keys[i]);
		cr_expect_null(input);
		ots_input_close(input);
	}
	cr_assert_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_str_eq(listed->text, "plain\nsub/x\n", "%s", listed->text);
	ots_store_counts(store, &counts);
	cr_expect_eq(counts.links, 8);
	cr_assert_eq(list_keys(store, &(struct ots_list_request){.prefix = key_of("out-folder/")},
			       listed, &err),
		     OTS_OK);
	cr_expect_eq(listed->count, 0, "%s", listed->text);
	free(listed);
	ots_store_free(store);
}

Test(dir, no_link_and_no_dots_lead_out_of_the_folder)
{
	struct scratch scratch;

	scratch_make(&scratch);
	make_links(&scratch);
	expect_no_way_out(&scratch);
	scratch_remove(&scratch);
}

/* As a kernel before 5.6: every openat2() of this process is ENOSYS from here on. */
static void take_openat2_away(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0, "%s",
		     strerror(errno));
	cr_assert_eq(syscall(SYS_openat2, -1, "x", NULL, 0), -1);
	cr_assert_eq(errno, ENOSYS);
}

Test(dir, nor_do_they_on_a_kernel_without_openat2)
{
	struct scratch scratch;
	struct ots_store *store;
	struct ots_error err = {0};
	uint8_t *bytes = NULL;
	size_t len = 0;

	scratch_make(&scratch);
	make_links(&scratch);
	take_openat2_away();
	expect_no_way_out(&scratch);
	store = open_dir(scratch.path);
	cr_expect_eq(ots_store_slurp(store, key_of("in/sub/x"), 10, &bytes, &len, &err), OTS_OK,
		     "%s", err.text);
	cr_expect_eq(len, 1);
	free(bytes);
	ots_store_free(store);
	scratch_remove(&scratch);
}

Test(dir, pipes_and_sockets_are_counted_and_cannot_hang_anybody)
{
	struct scratch scratch;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ots_store *store;
	struct ots_store_counts counts;
	struct listed *listed = calloc(1, sizeof *listed);
	struct ots_input *input = NULL;
	struct ots_error err = {0};
	char at[512];
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	scratch_make(&scratch);
	scratch_text(&scratch, "plain", "p");
	path_of(&scratch, "pipe", at, sizeof at);
	cr_assert_eq(mkfifo(at, 0600), 0);
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%.80s/socket", scratch.path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	store = open_dir(scratch.path);
	cr_expect_eq(ots_input_open(store, key_of("pipe"), NULL, &input, &err), OTS_NOT_FOUND);
	cr_expect_eq(ots_input_open(store, key_of("socket"), NULL, &input, &err), OTS_NOT_FOUND);
	cr_expect(strstr(err.text, "/socket: no such object") != NULL, "%s", err.text);
	cr_assert_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_OK);
	cr_expect_str_eq(listed->text, "plain\n");
	ots_store_counts(store, &counts);
	cr_expect_eq(counts.special, 2);
	(void)close(fd);
	free(listed);
	ots_store_free(store);
	cr_expect_eq(ots_dir_open(at, &store, &err), OTS_UNSUPPORTED);
	cr_expect(strstr(err.text, "neither a folder nor a regular file") != NULL, "%s", err.text);
	scratch_remove(&scratch);
}

Test(dir, a_key_of_1023_bytes_is_listed_and_one_of_1024_is_counted)
{
	struct scratch scratch;
	struct ots_store *store;
	struct ots_store_counts counts;
	struct listed *listed = calloc(1, sizeof *listed);
	struct ots_entry entry;
	struct ots_error err = {0};
	char key[1100];

	scratch_make(&scratch);
	for (size_t len = 1022; len <= 1024; len++) {
		memset(key, 'd', sizeof key);
		for (size_t i = 200; i < 1000; i += 201)
			key[i] = '/';
		key[len] = '\0';
		scratch_text(&scratch, key, "x");
	}
	store = open_dir(scratch.path);
	cr_assert_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(listed->count, 2);
	cr_expect_eq(listed->len, 1023 + 1024);
	ots_store_counts(store, &counts);
	cr_expect_eq(counts.unnamed, 1);
	key[1023] = '\0';
	cr_expect_eq(ots_store_stat(store, key_of(key), &entry, &err), OTS_OK, "%s", err.text);
	free(listed);
	ots_store_free(store);
	scratch_remove(&scratch);
}

Test(dir, five_hundred_folders_deep_is_listed_with_few_descriptors)
{
	struct scratch scratch;
	struct ots_store *store;
	struct listed *listed = calloc(1, sizeof *listed);
	struct ots_error err = {0};
	char key[1100];
	size_t len = 0;

	scratch_make(&scratch);
	while (len < 1020) { /* ends: len grows */
		key[len++] = 'd';
		key[len++] = '/';
	}
	(void)snprintf(key + len, sizeof key - len, "zz");
	scratch_text(&scratch, key, "x");
	scratch_text(&scratch, "d/d/z", "y");
	scratch_text(&scratch, "e", "y");
	store = open_dir(scratch.path);
	cr_assert_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_OK, "%s",
		     err.text);
	cr_expect_eq(listed->count, 3);
	cr_expect_str_eq(listed->text + 1022, "\nd/d/z\ne\n", "%s", listed->text + 1022);
	/* A descriptor that leaked would show in the next number handed out. */
	for (int i = 0; i < 50; i++)
		cr_expect_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_OK);
	{
		const int fd = open("/", O_RDONLY);

		cr_expect_lt(fd, 40, "%d", fd);
		(void)close(fd);
	}
	free(listed);
	ots_store_free(store);
	scratch_remove(&scratch);
}

Test(dir, a_folder_without_permission_is_denied_by_name)
{
	struct scratch scratch;
	struct ots_store *store = NULL;
	struct listed *listed = calloc(1, sizeof *listed);
	struct ots_input *input = NULL;
	struct ots_error err = {0};
	char at[512];

	scratch_make(&scratch);
	scratch_text(&scratch, "a/shut/x", "x");
	scratch_text(&scratch, "mine", "x");
	cr_assert_eq(chmod(scratch.path, 0755), 0);
	path_of(&scratch, "a/shut", at, sizeof at);
	cr_assert_eq(chmod(at, 0), 0);
	path_of(&scratch, "mine", at, sizeof at);
	cr_assert_eq(chmod(at, 0), 0);
	if (geteuid() == 0) /* permissions do not hold root: be somebody */
		cr_assert_eq(seteuid(65534), 0);
	store = open_dir(scratch.path);
	cr_expect_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_DENIED);
	cr_expect(strstr(err.text, "/a/shut: listing it: Permission denied") != NULL, "%s",
		  err.text);
	cr_expect_eq(ots_input_open(store, key_of("mine"), NULL, &input, &err), OTS_DENIED);
	cr_expect(strstr(err.text, "/mine: opening it: Permission denied") != NULL, "%s", err.text);
	ots_store_free(store);
	path_of(&scratch, "a/shut", at, sizeof at);
	cr_expect_eq(ots_dir_open(at, &store, &err), OTS_DENIED);
	if (getuid() == 0)
		cr_assert_eq(seteuid(0), 0);
	cr_assert_eq(chmod(at, 0700), 0);
	free(listed);
	scratch_remove(&scratch);
}

static void expect_changed(struct ots_input *input, const char *how)
{
	struct ots_error err = {0};
	char buf[16];
	size_t got = 9;

	cr_expect_eq(ots_input_read(input, 0, buf, sizeof buf, &got, &err), OTS_CHANGED, "%s", how);
	cr_expect_eq(got, 0);
	cr_expect(strstr(err.text, "/o: changed while open") != NULL, "%s: %s", how, err.text);
}

Test(dir, an_object_that_changes_under_a_reader_is_an_error_never_a_mix)
{
	static const char *const changes[] = {"rewritten", "longer and longer than before", "cut",
					      NULL /* taken away */};
	struct scratch scratch;
	char at[512];

	scratch_make(&scratch);
	path_of(&scratch, "o", at, sizeof at);
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct ots_store *store;
		struct ots_input *input = NULL;
		struct ots_error err = {0};
		struct ots_entry entry;
		char buf[16];
		size_t got = 0;

		scratch_text(&scratch, "o", "originals");
		store = open_dir(scratch.path);
		cr_assert_eq(ots_store_stat(store, key_of("o"), &entry, &err), OTS_OK);
		cr_assert_eq(ots_input_open(store, key_of("o"), NULL, &input, &err), OTS_OK);
		cr_expect_eq(ots_input_read(input, 0, buf, sizeof buf, &got, &err), OTS_OK);
		cr_expect_eq(got, 9);
		(void)usleep(20000); /* more than a tick of a coarse file-system clock */
		if (changes[i] != NULL)
			scratch_text(&scratch, "o", changes[i]);
		else
			cr_assert_eq(unlink(at), 0);
		expect_changed(input, changes[i] != NULL ? changes[i] : "taken away");
		ots_input_close(input);
		input = NULL;
		cr_expect_eq(ots_input_open(store, key_of("o"), entry.etag, &input, &err),
			     changes[i] != NULL ? OTS_CHANGED : OTS_NOT_FOUND, "%s", err.text);
		ots_store_free(store);
	}
	scratch_remove(&scratch);
}

Test(dir, one_file_is_a_store_with_its_name_as_the_only_key)
{
	struct scratch scratch;
	char at[512], link[512];

	scratch_make(&scratch);
	scratch_text(&scratch, "sub/real.csv", "content");
	scratch_text(&scratch, "sub/other", "o");
	path_of(&scratch, "sub/real.csv", at, sizeof at);
	path_of(&scratch, "link.csv", link, sizeof link);
	cr_assert_eq(symlink("sub/real.csv", link), 0);
	for (int i = 0; i < 2; i++) {
		struct ots_store *store = open_dir(i == 0 ? at : link);
		const char *key = i == 0 ? "real.csv" : "link.csv";
		struct listed *listed = calloc(1, sizeof *listed);
		struct ots_error err = {0};
		struct ots_entry entry;
		uint8_t *bytes = NULL;
		size_t len = 0;

		cr_assert_eq(list_keys(store, &(struct ots_list_request){0}, listed, &err), OTS_OK);
		cr_expect_eq(listed->count, 1);
		cr_expect_eq(strncmp(listed->text, key, strlen(key)), 0, "%s", listed->text);
		cr_expect_eq(ots_store_slurp(store, key_of(key), 100, &bytes, &len, &err), OTS_OK,
			     "%s", err.text);
		cr_expect_eq(len, 7);
		free(bytes);
		cr_expect_eq(ots_store_stat(store, key_of("other"), &entry, &err), OTS_NOT_FOUND);
		cr_expect_eq(ots_store_stat(store, key_of("real.cs"), &entry, &err), OTS_NOT_FOUND);
		cr_assert_eq(list_keys(store, &(struct ots_list_request){.prefix = key_of("z")},
				       listed, &err),
			     OTS_OK);
		cr_expect_eq(listed->count, 0);
		free(listed);
		ots_store_free(store);
	}
	scratch_remove(&scratch);
}

Test(dir, a_source_that_is_not_there_says_so)
{
	struct scratch scratch;
	struct ots_store *store = NULL;
	struct ots_error err = {0};
	char at[512];

	scratch_make(&scratch);
	path_of(&scratch, "nothing", at, sizeof at);
	cr_expect_eq(ots_dir_open(at, &store, &err), OTS_NOT_FOUND);
	cr_expect(strstr(err.text, "/nothing: no such file or folder") != NULL, "%s", err.text);
	cr_expect_null(store);
	scratch_remove(&scratch);
}
