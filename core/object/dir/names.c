#define _GNU_SOURCE /* DT_* */
#include "names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <otsfs/base/checked.h>

struct reading {
	const struct folder *folder;
	const struct ots_list_request *request;
	const uint8_t *key;
	struct ots_store_counts *passed_over;
};

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a;
	const struct name *y = b;
	const size_t common = x->len < y->len ? x->len : y->len;
	const int order = memcmp(x->at, y->at, common);

	if (order != 0)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

static bool begins_with(struct ots_bytes text, struct ots_bytes prefix)
{
	return prefix.len == 0 ||
	       (text.len >= prefix.len && memcmp(text.at, prefix.at, prefix.len) == 0);
}

/* What the name is: DT_DIR, DT_REG, DT_LNK, another; DT_UNKNOWN when it is gone. */
static unsigned type_of(int fd, const struct dirent *found)
{
	struct stat st;

	if (found->d_type != DT_UNKNOWN)
		return found->d_type;
	/* Some file systems do not tell. */
	if (fstatat(fd, found->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return DT_UNKNOWN;
	return (st.st_mode & S_IFMT) >> 12; /* as the DT_ numbers are defined */
}

static bool level_add(struct level *level, const char *text, size_t len, bool is_folder)
{
	uint8_t *copy;

	if (level->count == level->cap) {
		const size_t cap = level->cap > 0 ? level->cap * 2 : 64;
		size_t size;
		struct name *names;

		if (!ots_size_mul(cap, sizeof *names, &size))
			return false;
		names = realloc(level->names, size);
		if (names == NULL)
			return false;
		level->names = names;
		level->cap = cap;
	}
	copy = ots_arena_alloc(&level->arena, len + 1);
	if (copy == NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '/';
	level->names[level->count++] = (struct name){copy, len + (is_folder ? 1 : 0)};
	return true;
}

/* Take one name of a folder, or count why not. */
static enum ots_status take_name(const struct reading *r, struct level *level, int fd,
				 const struct dirent *found, struct ots_error *err)
{
	const char *text = found->d_name;
	const size_t len = strlen(text);
	const size_t room = OTS_KEY_MAX_BYTES - level->prefix_len;
	const struct ots_bytes prefix = r->request->prefix;
	struct ots_bytes want = {0}; /* what of the prefix is left for names of this folder */
	unsigned type;

	if (text[0] == '.' && (len == 1 || (len == 2 && text[1] == '.')))
		return OTS_OK;
	if (prefix.len > level->prefix_len)
		want = (struct ots_bytes){prefix.at + level->prefix_len,
					  prefix.len - level->prefix_len};
	if (!begins_with((struct ots_bytes){(const uint8_t *)text, len}, want))
		return OTS_OK;
	type = type_of(fd, found);
	if (type == DT_LNK)
		r->passed_over->links++;
	else if (type == DT_REG ? len > room : type == DT_DIR && len >= room)
		r->passed_over->unnamed++;
	else if (type == DT_REG || type == DT_DIR)
		return level_add(level, text, len, type == DT_DIR)
			       ? OTS_OK
			       : ots_fail(err, OTS_NO_MEMORY, "%s: no memory to list it",
					  r->folder->path);
	else if (type != DT_UNKNOWN)
		r->passed_over->special++;
	return OTS_OK;
}

/* All names of the folder behind @p fd, which stays the caller's. */
static enum ots_status read_names(const struct reading *r, struct level *level, int fd,
				  struct ots_error *err)
{
	const struct ots_bytes at = {r->key, level->prefix_len > 0 ? level->prefix_len - 1 : 0};
	const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* closedir() closes what it was given */
	DIR *dir = own >= 0 ? fdopendir(own) : NULL;
	enum ots_status status = OTS_OK;

	if (dir == NULL) {
		status = folder_fail(r->folder, at, errno, "listing it", err);
		if (own >= 0)
			(void)close(own);
		return status;
	}
	while (status == OTS_OK) { /* ends: with the folder's last name, or cancelled */
		const struct dirent *found;

		errno = 0;
		found = readdir(dir);
		if (found == NULL) {
			if (errno != 0)
				status = folder_fail(r->folder, at, errno, "listing it", err);
			break;
		}
		if (ots_cancel_asked(r->request->cancel))
			status = ots_fail(err, OTS_CANCELLED, "%s: listing was cancelled",
					  r->folder->path);
		else
			status = take_name(r, level, fd, found, err);
	}
	(void)closedir(dir);
	return status;
}

enum ots_status level_fill(struct level *level, const struct folder *folder,
			   const struct ots_list_request *request, const uint8_t *key, int fd,
			   struct ots_store_counts *passed_over, struct ots_error *err)
{
	const struct reading reading = {folder, request, key, passed_over};
	enum ots_status status;

	ots_arena_init(&level->arena, SIZE_MAX / 2);
	status = read_names(&reading, level, fd, err);
	if (status == OTS_OK && level->count > 1)
		qsort(level->names, level->count, sizeof *level->names, compare_names);
	return status;
}

void level_release(struct level *level)
{
	ots_arena_release(&level->arena);
	free(level->names);
}
