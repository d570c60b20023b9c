#include "listed.h"

#include <string.h>

static bool take(void *arg, const struct ots_entry *entry)
{
	struct listed *listed = arg;

	if (entry->key.len + 1 < sizeof listed->text - listed->len) {
		memcpy(listed->text + listed->len, entry->key.at, entry->key.len);
		listed->len += entry->key.len;
		listed->text[listed->len++] = '\n';
		listed->text[listed->len] = '\0';
	}
	listed->count++;
	if (listed->cancel_after_first != NULL)
		ots_cancel_ask(listed->cancel_after_first);
	return listed->stop_after == 0 || listed->count < listed->stop_after;
}

enum ots_status list_keys(struct ots_store *store, const struct ots_list_request *request,
			  struct listed *listed, struct ots_error *err)
{
	listed->len = 0;
	listed->count = 0;
	listed->text[0] = '\0';
	return ots_store_list(store, request, take, listed, err);
}
