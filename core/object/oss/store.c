#include "client.h"

#include <stdlib.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#include "../oss_write/write.h"

static void oss_counts(void *self, struct ots_store_counts *counts)
{
	struct oss *oss = self;

	*counts = (struct ots_store_counts){.links = atomic_load(&oss->lost_links)};
}

static void oss_close(void *self)
{
	struct oss *oss = self;

	if (oss == NULL)
		return;
	ots_pool_free(oss->renewer);
	free(oss->name);
	free(oss->base);
	free(oss->host);
	free(oss->bucket);
	free(oss->region);
	free(oss->encryption);
	free(oss->encryption_key_id);
	free(oss->prefix);
	free(oss->single);
	free(oss);
}

static const struct ots_store_ops ops = {
	.list = oss_list,
	.stat = oss_stat,
	.stat_until = oss_stat_until,
	.open = oss_open,
	.fetch = oss_fetch,
	.front = oss_front,
	.shut = oss_shut,
	.write = oss_write,
	.put = oss_put,
	.finish = oss_finish,
	.abort = oss_abort,
	.delete_key = oss_delete,
	.thaw = oss_thaw,

	.counts = oss_counts,
	.close = oss_close,
};

static char *copy_of(struct ots_bytes text)
{
	char *copy = malloc(text.len + 1);

	if (copy != NULL) {
		if (text.len > 0)
			memcpy(copy, text.at, text.len);
		copy[text.len] = '\0';
	}
	return copy;
}

static char *copy_if(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

/* `oss://bucket` and what of the prefix is meant, without a '/' at its end. */
static char *name_of(struct ots_bytes bucket, struct ots_bytes prefix)
{
	struct ots_buffer text;
	char *name = NULL;

	ots_buffer_init(&text, (size_t)4096);
	if (ots_buffer_puts(&text, "oss://") && ots_buffer_put(&text, bucket.at, bucket.len) &&
	    (prefix.len == 0 ||
	     (ots_buffer_put_byte(&text, '/') && ots_buffer_put(&text, prefix.at, prefix.len))))
		name = copy_of((struct ots_bytes){text.bytes, text.len});
	ots_buffer_release(&text);
	return name;
}

static struct oss *oss_new(const struct ots_oss_options *options, struct ots_bytes prefix)
{
	struct oss *oss = calloc(1, sizeof *oss);

	if (oss == NULL)
		return NULL;
	oss->options = *options;
	oss->name = name_of(options->bucket, prefix);
	oss->bucket = copy_of(options->bucket);
	oss->encryption = copy_if(options->encryption);
	oss->encryption_key_id = copy_if(options->encryption_key_id);
	if (oss->name == NULL || oss->bucket == NULL ||
	    (options->encryption != NULL && oss->encryption == NULL) ||
	    (options->encryption_key_id != NULL && oss->encryption_key_id == NULL)) {
		oss_close(oss);
		return NULL;
	}
	return oss;
}

/* The prefix is a folder, or one object, or nothing yet; both is the folder. With one question
 * where it is a folder that has keys.
 * @param is_folder  it was written with a '/' at its end: never the object of that name */
static enum ots_status settle_prefix(struct oss *oss, struct ots_bytes prefix, bool is_folder,
				     bool *is_object, struct ots_error *err)
{
	uint8_t whole[OTS_KEY_MAX_BYTES];
	struct ots_bytes folder = {whole, prefix.len + 1};
	struct oss_object_head head;
	size_t cut = prefix.len;
	bool any = false;
	enum ots_status status;

	*is_object = false;
	if (prefix.len + 1 > sizeof whole)
		return ots_fail(err, OTS_USAGE, "%s: a prefix of %zu bytes, expected at most %zu",
				oss->name, prefix.len, sizeof whole - 1);
	if (prefix.len == 0)
		folder.len = 0;
	else
		memcpy(whole, prefix.at, prefix.len);
	whole[prefix.len] = '/';
	status = oss_probe(oss, folder, &any, err);
	if (status != OTS_OK)
		return status;
	if (!any && prefix.len > 0 && !is_folder) {
		status = oss_head(oss, prefix, 3, NULL, &head, err);
		*is_object = status == OTS_OK;
		if (status == OTS_NOT_FOUND || status == OTS_DENIED)
			status = OTS_OK; /* an empty folder, which may be filled yet */
	}
	while (*is_object && cut > 0 && prefix.at[cut - 1] != '/') /* ends: cut falls */
		cut--;
	if (*is_object) {
		folder = (struct ots_bytes){prefix.at, cut};
		oss->single = copy_of((struct ots_bytes){prefix.at + cut, prefix.len - cut});
	}
	oss->prefix = copy_of(folder);
	oss->prefix_len = folder.len;
	if (oss->prefix == NULL || (*is_object && oss->single == NULL))
		return ots_fail(err, OTS_NO_MEMORY, "%s", oss->name);
	return status;
}

enum ots_status ots_oss_open(const struct ots_oss_options *options, struct ots_store **out,
			     bool *is_object, struct ots_error *err)
{
	struct ots_bytes prefix = options->prefix;
	struct oss *oss;
	enum ots_status status;

	while (prefix.len > 0 && prefix.at[prefix.len - 1] == '/') /* ends: len falls */
		prefix.len--;
	/* oss-protocol 1.5. Taken as it stands it would mean a folder that cannot be. */
	if (options->prefix.len > 0 &&
	    (options->prefix.at[0] == '/' || options->prefix.at[0] == '\\'))
		return ots_fail(err, OTS_USAGE, "oss://%.*s/%.*s: no key begins with / or \\",
				(int)options->bucket.len, (const char *)options->bucket.at,
				(int)options->prefix.len, (const char *)options->prefix.at);
	oss = oss_new(options, prefix);
	if (oss == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "opening a bucket");
	status = oss_address(oss, err);
	if (status == OTS_OK && !options->anonymous)
		status = ots_pool_new(1, 1, &oss->renewer, err);
	if (status == OTS_OK)
		status = settle_prefix(oss, prefix, prefix.len < options->prefix.len, is_object,
				       err);
	if (status == OTS_OK)
		status = ots_store_new(&ops, oss, oss->name, out, err);
	if (status == OTS_OK)
		oss = NULL; /* the store's */
	oss_close(oss);
	return status;
}
