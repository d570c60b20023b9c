/* Listings of a bucket that do not get on. */
#include <otsfs/object/oss.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/oss_rig.h"
#include "listed.h"

TestSuite(oss_list, .timeout = 60);

struct circle {
	unsigned pages; /* of the listing, without that of opening */
	bool has_key;
};

/* Pages whose tokens are a, b, a, b and so on. */
static bool go_in_a_circle(void *arg, const struct scripted_request *request,
			   struct ots_buffer *out, enum scripted_after *after)
{
	struct circle *circle = arg;
	char page[512];

	(void)after;
	if (strstr(request->head, "max-keys=1000") == NULL)
		return false;
	(void)snprintf(
		page, sizeof page,
		"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
		"<NextContinuationToken>%c</NextContinuationToken>%s</ListBucketResult>",
		circle->pages++ % 2 == 0 ? 'a' : 'b',
		circle->has_key ? "<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes>" : "");
	return ots_buffer_printf(out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
				 strlen(page), page);
}

Test(oss_list, a_listing_whose_tokens_go_in_a_circle_ends_with_an_error)
{
	for (unsigned i = 0; i < 2; i++) {
		struct circle circle = {.has_key = i == 1};
		struct listed *listed = calloc(1, sizeof *listed);
		struct ots_error err = {0};
		struct oss_rig rig;
		bool is_object;

		oss_rig_make(&rig);
		fake_bucket_hook_set(rig.bucket, go_in_a_circle, &circle);
		cr_assert_eq(oss_rig_open(&rig, "", 20000, &is_object, &err), OTS_OK, "%s",
			     err.text);
		cr_expect_eq(list_keys(rig.store, &(struct ots_list_request){.folders = true},
				       listed, &err),
			     OTS_SERVER);
		cr_expect(strstr(err.text, "101 pages of the listing brought no new key") != NULL,
			  "%s", err.text);
		cr_expect_eq(circle.pages, 101 + i);
		free(listed);
		oss_rig_end(&rig);
	}
}
