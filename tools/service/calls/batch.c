#include "batch.h"

#include <string.h>

bool ots_batch_check_tables(struct ots_call *call, const struct ots_batch_table *tables,
			    size_t count, size_t row_limit, size_t *row_count)
{
	*row_count = 0;
	for (size_t t = 0; t < count; t++) {
		if (!ots_check_table_name(tables[t].name, call->fault))
			return false;
		*row_count += tables[t].row_count; /* each took bytes of the body */
		if (*row_count > row_limit)
			return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
					  "Rows count exceeds the upper limit: %zu.", row_limit);
		for (size_t i = 0; i < t; i++)
			if (strcmp(tables[i].name, tables[t].name) == 0)
				return ots_refuse(call->fault, OTS_FAULT_PARAMETER,
						  "Duplicated table name: '%s'.", tables[t].name);
	}
	return true;
}

bool ots_batch_outcome_fill(struct ots_fault *fault, int32_t read, int32_t write,
			    struct ots_batch_outcome *to)
{
	const char *code = ots_fault_code(fault);

	if (fault->kind == OTS_FAULT_NONE) {
		ots__wire__consumed_capacity__init(&to->consumed);
		ots__wire__capacity_unit__init(&to->unit);
		to->unit.has_read = to->unit.has_write = 1;
		to->unit.read = read;
		to->unit.write = write;
		to->consumed.capacity_unit = &to->unit;
		return true;
	}
	ots__wire__error__init(&to->error);
	memcpy(to->code, code, strnlen(code, sizeof to->code - 1) + 1);
	to->code[sizeof to->code - 1] = '\0';
	to->error.code = to->code;
	to->error.message = fault->message;
	return false;
}
