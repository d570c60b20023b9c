#define _GNU_SOURCE /* O_PATH */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"

/* How a folder tree is listed in the order of keys: the names of a folder are sorted as they stand
 * in keys, a subfolder with its '/' ("a.b" comes before "a/x"), and a subfolder is gone into when
 * its turn comes. A stack holds the names of the folders on the way down, so the depth is bounded
 * by the length of a key, memory by the names on the way, and descriptors by two: the folder above
 * is opened again on the way up. */

/* A key has at most this many parts. */
#define DEPTH_MAX (OTS_KEY_MAX_BYTES / 2 + 1)

struct walk {
	struct folder *folder;
	const struct ots_list_request *request;
	ots_list_fn *fn;
	void *arg;
	struct level *levels;
	size_t depth, level_cap;
	int fd; /* of the deepest level; -1: to be opened again */
	uint8_t key[OTS_KEY_MAX_BYTES];
	struct ots_store_counts passed_over;
	bool stopped;
};

static bool begins_with(struct ots_bytes text, struct ots_bytes prefix)
{
	return prefix.len == 0 ||
	       (text.len >= prefix.len && memcmp(text.at, prefix.at, prefix.len) == 0);
}

static enum ots_status fail_no_memory(const struct walk *w, struct ots_error *err)
{
	return ots_fail(err, OTS_NO_MEMORY, "%s: no memory to list it", w->folder->path);
}

static void drop_fd(struct walk *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}

/* Whether a folder that cannot be opened is simply not there any more (or is a link by now). */
static bool is_gone(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP || error == EXDEV ||
	       error == EINVAL || error == ENAMETOOLONG;
}

static int open_level(struct walk *w, size_t prefix_len)
{
	const struct ots_bytes path = {w->key, prefix_len > 0 ? prefix_len - 1 : 0};

	return folder_openat(w->folder, path, O_RDONLY | O_DIRECTORY);
}

/* Go into the folder whose key, with its '/', is the first @p prefix_len bytes of w->key. */
static enum ots_status go_down(struct walk *w, size_t prefix_len, struct ots_error *err)
{
	struct level *level;
	enum ots_status status;

	drop_fd(w);
	if (w->depth == w->level_cap) {
		const size_t cap = w->level_cap > 0 ? w->level_cap * 2 : 8;
		struct level *levels = realloc(w->levels, cap * sizeof *levels);

		if (levels == NULL) /* cap is at most twice DEPTH_MAX: no overflow above */
			return fail_no_memory(w, err);
		w->levels = levels;
		w->level_cap = cap;
	}
	w->fd = open_level(w, prefix_len);
	if (w->fd < 0 && is_gone(errno) && prefix_len > 0)
		return OTS_OK;
	if (w->fd < 0)
		return folder_fail(w->folder,
				   (struct ots_bytes){w->key, prefix_len > 0 ? prefix_len - 1 : 0},
				   errno, "listing it", err);
	level = &w->levels[w->depth];
	*level = (struct level){.prefix_len = prefix_len};
	status = level_fill(level, w->folder, w->request, w->key, w->fd, &w->passed_over, err);
	if (status != OTS_OK) {
		level_release(level);
		return status;
	}
	w->depth++;
	return OTS_OK;
}

static void go_up(struct walk *w)
{
	drop_fd(w);
	level_release(&w->levels[--w->depth]);
}

/* Tell the caller of a name; what went away or turned into something else since is passed over. */
static enum ots_status show(struct walk *w, const struct name *name, size_t key_len,
			    struct ots_error *err)
{
	const struct level *level = &w->levels[w->depth - 1];
	const bool is_folder = name->at[name->len - 1] == '/';
	struct ots_entry entry = {.key = {w->key, key_len}};
	char text[OTS_KEY_MAX_BYTES + 1];
	struct stat st;

	if (w->fd < 0)
		w->fd = open_level(w, level->prefix_len);
	if (w->fd < 0 && is_gone(errno))
		return OTS_OK;
	if (w->fd < 0)
		return folder_fail(w->folder, entry.key, errno, "listing it", err);
	memcpy(text, name->at, name->len);
	text[name->len - (is_folder ? 1 : 0)] = '\0';
	if (fstatat(w->fd, text, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return is_gone(errno) ? OTS_OK
				      : folder_fail(w->folder, entry.key, errno, "listing it", err);
	if (is_folder ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode))
		return OTS_OK;
	folder_fill_entry(&st, &entry);
	w->stopped = !w->fn(w->arg, &entry);
	return OTS_OK;
}

static enum ots_status walk_on(struct walk *w, struct ots_error *err)
{
	enum ots_status status = OTS_OK;

	/* Ends: every turn takes a name from a level or takes the level away; no folder holds
	 * itself. */
	while (status == OTS_OK && w->depth > 0 && !w->stopped) {
		struct level *level = &w->levels[w->depth - 1];
		const struct name *name;
		size_t key_len;

		if (ots_cancel_asked(w->request->cancel))
			return ots_fail(err, OTS_CANCELLED, "%s: listing was cancelled",
					w->folder->path);
		if (level->next == level->count) {
			go_up(w);
			continue;
		}
		name = &level->names[level->next++];
		key_len = level->prefix_len + name->len; /* level_fill() saw to it that it fits */
		memcpy(w->key + level->prefix_len, name->at, name->len);
		/* A prefix that goes on below the folder is never met here: the walk began below.
		 */
		if (name->at[name->len - 1] == '/' && !w->request->folders)
			status = go_down(w, key_len, err);
		else
			status = show(w, name, key_len, err);
	}
	return status;
}

/* The folder that holds every key with this prefix. @return false: none can begin so */
static bool begin_at(const struct walk *w, size_t *prefix_len)
{
	const struct ots_bytes prefix = w->request->prefix;
	size_t len = prefix.len;

	if (len > sizeof w->key)
		return false;
	while (len > 0 && prefix.at[len - 1] != '/') /* ends: len falls */
		len--;
	*prefix_len = len;
	return len == 0 || folder_key_is_path((struct ots_bytes){prefix.at, len - 1});
}

static enum ots_status list_single(struct folder *folder, const struct ots_list_request *request,
				   ots_list_fn *fn, void *arg, struct ots_error *err)
{
	const struct ots_bytes key = {(const uint8_t *)folder->single_key,
				      strlen(folder->single_key)};
	struct ots_entry entry = {0};
	enum ots_status status;

	if (!begins_with(key, request->prefix))
		return OTS_OK;
	status = folder_stat(folder, key, &entry, err);
	if (status == OTS_OK)
		(void)fn(arg, &entry);
	return status == OTS_NOT_FOUND ? OTS_OK : status; /* the file went away: nothing is left */
}

enum ots_status folder_list(void *self, const struct ots_list_request *request, ots_list_fn *fn,
			    void *arg, struct ots_error *err)
{
	struct folder *folder = self;
	struct walk w = {.folder = folder, .request = request, .fn = fn, .arg = arg, .fd = -1};
	enum ots_status status = OTS_OK;
	size_t prefix_len = 0;

	if (folder->single_key != NULL)
		return list_single(folder, request, fn, arg, err);
	if (!begin_at(&w, &prefix_len))
		return OTS_OK;
	if (prefix_len > 0)
		memcpy(w.key, request->prefix.at, prefix_len);
	status = go_down(&w, prefix_len, err);
	if (status == OTS_OK)
		status = walk_on(&w, err);
	while (w.depth > 0) /* ends: depth falls */
		go_up(&w);
	drop_fd(&w);
	free(w.levels);
	if (status == OTS_OK && !w.stopped) {
		atomic_store(&folder->counts.links, w.passed_over.links);
		atomic_store(&folder->counts.special, w.passed_over.special);
		atomic_store(&folder->counts.unnamed, w.passed_over.unnamed);
	}
	return status;
}
