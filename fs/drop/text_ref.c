#include "text_ref.h"

#include <stdlib.h>

enum ots_status ots_text_ref_open(struct ots_catalog *catalog, struct ots_view *view,
				  uint64_t number, struct ots_cancel *cancel, struct text_ref **out,
				  struct ots_error *err)
{
	enum ots_status status;
	struct text_ref *ref = calloc(1, sizeof *ref);

	if (ref == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "opening a file");
	atomic_init(&ref->holders, 1);
	ref->number = number;
	status = ots_catalog_object_until(catalog, number, cancel, &ref->object, err);
	if (status != OTS_OK) {
		free(ref); /* the object was not filled */
		return status;
	}
	status = ots_text_open(view, &ref->object, (enum ots_node_form)ots_node_form(number),
			       cancel, &ref->text, err);
	if (status == OTS_OK) {
		*out = ref; /* handed over */
		ref = NULL;
	}
	ots_text_ref_release(ref);
	return status;
}

struct text_ref *ots_text_ref_hold(struct text_ref *ref)
{
	(void)atomic_fetch_add_explicit(&ref->holders, 1, memory_order_relaxed);
	return ref;
}

void ots_text_ref_release(struct text_ref *ref)
{
	if (ref == NULL || atomic_fetch_sub_explicit(&ref->holders, 1, memory_order_acq_rel) != 1)
		return;
	if (ref->text != NULL)
		ots_text_close(ref->text);
	ots_object_release(&ref->object);
	free(ref);
}
