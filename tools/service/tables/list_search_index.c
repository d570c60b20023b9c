/* ListSearchIndex: there is never one, and helpers of the official clients ask before they drop a
 * table. Source: tablestore-protocol 13.2, 10. */
#include "../call.h"

bool ots_call_list_search_index(struct ots_call *call)
{
	const Ots__Wire__ListSearchIndexRequest *request =
		ots__wire__list_search_index_request__unpack(&call->allocator, call->body.len,
							     call->body.at);

	if (request == NULL)
		return ots_call_bad_message(call);
	return true; /* an empty list is an empty message */
}
