#include <otsfs/object/fault.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <otsfs/object/input.h>

#include "../backend.h"

struct fault {
	struct ots_store *below;
	struct ots_fault_plan plan;
	_Atomic uint64_t calls;
};

/* Count a call. @return whether it is one that goes wrong */
static bool is_cue(struct fault *fault)
{
	const uint64_t call = atomic_fetch_add(&fault->calls, 1) + 1;
	/* What has changed stays changed. */
	const bool sticky = fault->plan.sticky || fault->plan.kind == OTS_FAULT_CHANGE;

	return call == fault->plan.nth || (sticky && call > fault->plan.nth);
}

static enum ots_status fail(const struct fault *fault, const char *call, struct ots_error *err)
{
	return ots_fail(err, fault->plan.status, "%s: %s fails on cue, as call %" PRIu64,
			ots_store_name(fault->below), call, fault->plan.nth);
}

/* An object that changed has another ETag. */
static void change_etag(struct ots_entry *entry)
{
	const size_t len = strlen(entry->etag);

	if (len + 1 < sizeof entry->etag) {
		entry->etag[len] = '+';
		entry->etag[len + 1] = '\0';
	}
}

struct listing {
	ots_list_fn *fn;
	void *arg;
};

static bool pass_changed(void *arg, const struct ots_entry *entry)
{
	const struct listing *listing = arg;
	struct ots_entry changed = *entry;

	change_etag(&changed);
	return listing->fn(listing->arg, &changed);
}

static enum ots_status fault_list(void *self, const struct ots_list_request *request,
				  ots_list_fn *fn, void *arg, struct ots_error *err)
{
	struct fault *fault = self;
	struct listing listing = {fn, arg};

	if (!is_cue(fault))
		return ots_store_list(fault->below, request, fn, arg, err);
	if (fault->plan.kind == OTS_FAULT_STATUS)
		return fail(fault, "list", err);
	if (fault->plan.kind == OTS_FAULT_CHANGE)
		return ots_store_list(fault->below, request, pass_changed, &listing, err);
	return ots_store_list(fault->below, request, fn, arg, err);
}

static enum ots_status fault_stat(void *self, struct ots_bytes key, struct ots_entry *entry,
				  struct ots_error *err)
{
	struct fault *fault = self;
	const bool cue = is_cue(fault);
	enum ots_status status;

	if (cue && fault->plan.kind == OTS_FAULT_STATUS)
		return fail(fault, "stat", err);
	status = ots_store_stat(fault->below, key, entry, err);
	if (status == OTS_OK && cue && fault->plan.kind == OTS_FAULT_CHANGE)
		change_etag(entry);
	return status;
}

static enum ots_status fault_open(void *self, const struct ots_open_request *request,
				  struct ots_entry *entry, void **handle, struct ots_error *err)
{
	struct fault *fault = self;
	const bool cue = is_cue(fault);
	struct ots_input *input = NULL;
	enum ots_status status;

	if (cue && fault->plan.kind == OTS_FAULT_STATUS)
		return fail(fault, "open", err);
	status = ots_input_open_as(
		fault->below,
		&(struct ots_open_request){.key = request->key, .cancel = request->cancel}, &input,
		err);
	if (status != OTS_OK)
		return status;
	*entry = *ots_input_entry(input);
	entry->key = request->key;
	if (cue && fault->plan.kind == OTS_FAULT_CHANGE)
		change_etag(entry);
	*handle = input;
	return OTS_OK;
}

static enum ots_status fault_read(void *self, void *handle, uint64_t offset, void *buf, size_t len,
				  size_t *got, struct ots_error *err)
{
	struct fault *fault = self;
	struct ots_input *input = handle;
	const struct ots_bytes key = ots_input_entry(input)->key;
	const bool cue = is_cue(fault);
	enum ots_status status;

	if (cue && fault->plan.kind == OTS_FAULT_STATUS)
		return fail(fault, "read", err);
	if (cue && fault->plan.kind == OTS_FAULT_CHANGE)
		return ots_fail(err, OTS_CHANGED, "%s/%.*s: changed on cue, at call %" PRIu64,
				ots_store_name(fault->below), (int)key.len, (const char *)key.at,
				fault->plan.nth);
	status = ots_input_read(input, offset, buf, len, got, err);
	if (status == OTS_OK && cue && fault->plan.kind == OTS_FAULT_CORRUPT && *got > 0) {
		uint8_t *bytes = buf;

		bytes[*got / 2] ^= 0x20;
	}
	return status;
}

static void fault_shut(void *self, void *handle)
{
	(void)self;
	ots_input_close(handle);
}

static void fault_counts(void *self, struct ots_store_counts *counts)
{
	struct fault *fault = self;

	ots_store_counts(fault->below, counts);
}

static void fault_close(void *self)
{
	struct fault *fault = self;

	ots_store_free(fault->below);
	free(fault);
}

static const struct ots_store_ops ops = {
	.list = fault_list,
	.stat = fault_stat,
	.open = fault_open,
	.read = fault_read,
	.shut = fault_shut,
	.counts = fault_counts,
	.close = fault_close,
};

enum ots_status ots_fault_open(struct ots_store *below, const struct ots_fault_plan *plan,
			       struct ots_store **out, struct ots_error *err)
{
	struct fault *fault = calloc(1, sizeof *fault);
	enum ots_status status;

	if (fault == NULL)
		return ots_fail(err, OTS_NO_MEMORY, "%s: no memory for a store",
				ots_store_name(below));
	fault->below = below;
	fault->plan = *plan;
	status = ots_store_new(&ops, fault, ots_store_name(below), out, err);
	if (status != OTS_OK)
		free(fault);
	return status;
}

uint64_t ots_fault_calls(const struct ots_store *store)
{
	const struct fault *fault = store->self;

	return atomic_load(&fault->calls);
}
