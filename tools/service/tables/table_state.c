#include "table_state.h"

bool ots_table_pack_definition(struct ots_call *call, Ots__Wire__CreateTableRequest *request,
			       const struct ots_table *table, struct ots_bytes *out)
{
	uint8_t *bytes;

	request->n_partitions = 0;
	for (size_t i = 0; i < table->key_count; i++) /* an option that is none is not told again */
		request->table_meta->primary_key[i]->has_option = table->key[i].auto_increment;
	request->table_meta->table_id = NULL;
	request->table_meta->global_table_id = NULL;
	request->has_stored_last_increase_time = 1;
	request->stored_last_increase_time = table->increased_s;
	request->has_stored_last_decrease_time = table->decreased_s != 0;
	request->stored_last_decrease_time = table->decreased_s;
	out->len = ots__wire__create_table_request__get_packed_size(request);
	bytes = ots_arena_alloc(&call->arena, out->len);
	if (bytes == NULL)
		return ots_call_no_memory(call->fault);
	out->len = ots__wire__create_table_request__pack(request, bytes);
	out->at = bytes;
	return true;
}

void ots_table_state_fill(const struct ots_table *table, struct ots_table_state *state)
{
	ots__wire__reserved_throughput_details__init(&state->throughput);
	ots__wire__capacity_unit__init(&state->unit);
	ots__wire__table_options__init(&state->options);
	ots__wire__stream_details__init(&state->stream);
	state->unit.has_read = state->unit.has_write = 1;
	state->unit.read = table->reserved_read;
	state->unit.write = table->reserved_write;
	state->throughput.capacity_unit = &state->unit;
	state->throughput.last_increase_time = table->increased_s;
	state->throughput.has_last_decrease_time = table->decreased_s != 0;
	state->throughput.last_decrease_time = table->decreased_s;
	state->options.has_time_to_live = state->options.has_max_versions = 1;
	state->options.time_to_live = table->ttl_seconds;
	state->options.max_versions = table->max_versions;
	state->options.has_deviation_cell_version_in_sec = state->options.has_allow_update = 1;
	state->options.deviation_cell_version_in_sec = table->deviation_seconds;
	state->options.allow_update = table->allow_update;
}
