/* ListObjectsV2, page by page. Source: oss-protocol 3.1. */
#include "client.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>

#define PAGE_KEYS 1000
/* Before a mount says that a bucket cannot be reached. */
#define PROBE_ATTEMPTS 3
/* So many pages in a row may bring no key above those before: a service that leaves things out may
 * send some that are empty; one whose tokens go in a circle would never end. A guess. */
#define IDLE_PAGES_MAX 100

struct listing {
	struct oss_call call;
	struct oss_page page;
	struct ots_buffer token; /* of the page that is asked for */
	uint64_t lost_links;
	unsigned idle_pages;
	size_t last_len;
	uint8_t last[OTS_KEY_MAX_BYTES]; /* the greatest key so far */
};

static enum ots_status on_page(void *arg, const struct ots_http_response *response,
			       struct ots_error *err)
{
	struct listing *l = arg;
	const struct ots_bytes document = {response->body.bytes, response->body.len};
	const enum ots_status status = oss_page_read(document, &l->page, err);

	/* Cut short or mangled on the way, another attempt may bring it whole. */
	if (status == OTS_CORRUPT)
		err->status = OTS_SERVER;
	return status == OTS_CORRUPT ? OTS_SERVER : status;
}

static void listing_init(struct listing *l, struct oss *oss, struct ots_bytes prefix,
			 const char *max_keys, bool folders)
{
	*l = (struct listing){.lost_links = 0};
	oss_call_init(&l->call, oss, "GET", (struct ots_bytes){NULL, 0});
	oss_page_init(&l->page);
	ots_buffer_init(&l->token, OSS_XML_MAX_BYTES);
	l->call.limit_bytes = OSS_XML_MAX_BYTES;
	oss_call_query(&l->call, "list-type", ots_bytes_of("2"));
	oss_call_query(&l->call, "max-keys", ots_bytes_of(max_keys));
	oss_call_query(&l->call, "encoding-type", ots_bytes_of("url"));
	if (prefix.len > 0)
		oss_call_query(&l->call, "prefix", prefix);
	if (folders)
		oss_call_query(&l->call, "delimiter", ots_bytes_of("/"));
}

static void listing_release(struct listing *l)
{
	ots_buffer_release(&l->token);
	oss_page_release(&l->page);
	oss_call_release(&l->call);
}

static bool is_above_last(const struct listing *l, struct ots_bytes key)
{
	const size_t common = key.len < l->last_len ? key.len : l->last_len;
	const int order = common > 0 ? memcmp(key.at, l->last, common) : 0;

	return order > 0 || (order == 0 && key.len > l->last_len);
}

/* Keys ascend from page to page (oss-protocol 3.1). */
static void note_progress(struct listing *l)
{
	l->idle_pages++;
	for (size_t i = 0; i < l->page.count; i++) {
		const struct ots_bytes key = l->page.listed[i].entry.key;

		if (key.len > sizeof l->last || !is_above_last(l, key))
			continue;
		memcpy(l->last, key.at, key.len);
		l->last_len = key.len;
		l->idle_pages = 0;
	}
}

/* Ask for the page behind the one in hand. */
static enum ots_status go_on(struct listing *l, struct ots_error *err)
{
	const bool first = l->token.len == 0;

	note_progress(l);
	if (l->idle_pages > IDLE_PAGES_MAX)
		return ots_fail(err, OTS_SERVER,
				"%s: %u pages of the listing brought no new key: it would not end",
				l->call.oss->name, l->idle_pages);
	if (!first && l->token.len == l->page.token.len &&
	    memcmp(l->token.bytes, l->page.token.bytes, l->token.len) == 0)
		return ots_fail(err, OTS_SERVER,
				"%s: a page of the listing has the token of the page before: it "
				"would not end",
				l->call.oss->name);
	l->token.len = 0;
	if (!ots_buffer_put(&l->token, l->page.token.bytes, l->page.token.len))
		return ots_buffer_fail(&l->token, l->page.token.len, "token of a listing", err);
	if (first)
		oss_call_query(&l->call, "continuation-token", (struct ots_bytes){NULL, 0});
	l->call.query[l->call.query_count - 1].value =
		(struct ots_bytes){l->token.bytes, l->token.len - 1}; /* without the NUL */
	l->call.is_mended = false;
	return OTS_OK;
}

/* A symlink object is a file with its target's bytes: one HEAD, since the listing does not say.
 * @param lost  it leads nowhere */
static enum ots_status follow(struct oss *oss, struct ots_entry *entry, bool *lost,
			      struct ots_cancel *cancel, struct ots_error *err)
{
	const struct ots_bytes key = entry->key;
	struct oss_object_head head;
	const enum ots_status status = oss_head(oss, key, 0, cancel, &head, err);

	*lost = status == OTS_NOT_FOUND || status == OTS_UNSUPPORTED;
	if (*lost)
		return OTS_OK;
	if (status == OTS_OK) {
		*entry = head.entry;
		entry->key = key;
	}
	return status;
}

/* Hand out one page. @return OTS_OK also when told to stop */
static enum ots_status hand_out(struct listing *l, ots_list_fn *fn, void *arg, bool *stopped,
				struct ots_cancel *cancel, struct ots_error *err)
{
	struct oss *oss = l->call.oss;
	const size_t prefix_len = oss->prefix_len;

	for (size_t i = 0; i < l->page.count && !*stopped; i++) {
		struct ots_entry entry = l->page.listed[i].entry;
		bool lost = false;

		if (ots_cancel_asked(cancel))
			return ots_fail(err, OTS_CANCELLED, "%s: listing was cancelled", oss->name);
		/* What does not begin so was not asked for; what is no longer is the folder's own
		 * marker. */
		if (entry.key.len <= prefix_len ||
		    memcmp(entry.key.at, oss->prefix, prefix_len) != 0)
			continue;
		if (l->page.listed[i].link) {
			const enum ots_status status = follow(oss, &entry, &lost, cancel, err);

			if (status != OTS_OK)
				return status;
		}
		if (lost) {
			l->lost_links++;
			continue;
		}
		entry.key.at += prefix_len;
		entry.key.len -= prefix_len;
		*stopped = !fn(arg, &entry);
	}
	return OTS_OK;
}

static enum ots_status list_single(struct oss *oss, const struct ots_list_request *request,
				   ots_list_fn *fn, void *arg, struct ots_error *err)
{
	const struct ots_bytes key = ots_bytes_of(oss->single);
	struct ots_entry entry = {0};
	enum ots_status status;

	if (key.len < request->prefix.len ||
	    (request->prefix.len > 0 &&
	     memcmp(key.at, request->prefix.at, request->prefix.len) != 0))
		return OTS_OK;
	status = oss_stat_until(oss, key, request->cancel, &entry, err);
	if (status == OTS_OK)
		(void)fn(arg, &entry);
	return status == OTS_NOT_FOUND ? OTS_OK : status; /* it went away: nothing is left */
}

enum ots_status oss_list(void *self, const struct ots_list_request *request, ots_list_fn *fn,
			 void *arg, struct ots_error *err)
{
	struct oss *oss = self;
	uint8_t bytes[OTS_KEY_MAX_BYTES];
	struct ots_bytes prefix = {bytes, oss->prefix_len + request->prefix.len};
	char most[16] = "1000";
	struct listing l;
	bool stopped = false;
	enum ots_status status = OTS_OK;

	if (oss->single != NULL)
		return list_single(oss, request, fn, arg, err);
	if (prefix.len > sizeof bytes)
		return OTS_OK; /* no key is so long */
	memcpy(bytes, oss->prefix, oss->prefix_len);
	if (request->prefix.len > 0)
		memcpy(bytes + oss->prefix_len, request->prefix.at, request->prefix.len);
	if (request->page_keys > 0 && request->page_keys < PAGE_KEYS)
		(void)snprintf(most, sizeof most, "%u", request->page_keys);
	listing_init(&l, oss, prefix, most, request->folders);
	do { /* ends: with the listing, whose pages must get on */
		status = oss_call_run(&l.call, on_page, &l, 0, request->cancel, err);
		if (status == OTS_OK)
			status = hand_out(&l, fn, arg, &stopped, request->cancel, err);
		if (status == OTS_OK && l.page.truncated && !stopped)
			status = go_on(&l, err);
	} while (status == OTS_OK && l.page.truncated && !stopped);
	if (status == OTS_OK && !stopped)
		atomic_store(&oss->lost_links, l.lost_links);
	listing_release(&l);
	if (status == OTS_CANCELLED)
		return ots_fail(err, OTS_CANCELLED, "%s: listing was cancelled", oss->name);
	return status;
}

enum ots_status oss_probe(struct oss *oss, struct ots_bytes prefix, bool *any,
			  struct ots_error *err)
{
	struct listing l;
	enum ots_status status;

	listing_init(&l, oss, prefix, "1", false);
	status = oss_call_run(&l.call, on_page, &l, PROBE_ATTEMPTS, NULL, err);
	*any = status == OTS_OK && l.page.count > 0;
	listing_release(&l);
	return status;
}
