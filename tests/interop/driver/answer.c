#include "driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void put_integer_text(struct driver *d, const char *name, int64_t n)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%" PRId64, n);
	ots_json_put_text(&d->out, name, text);
}

static void put_hex(struct driver *d, struct ots_bytes bytes)
{
	char *text = malloc(2 * bytes.len + 1);

	if (text == NULL) {
		d->out.failed = true;
		return;
	}
	text[0] = '\0';
	for (size_t i = 0; i < bytes.len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes.at[i]);
	ots_json_put_text(&d->out, NULL, text);
	free(text);
}

static void put_value(struct driver *d, const struct ots_wire_value *value)
{
	char text[64];

	ots_json_array_begin(&d->out, NULL);
	switch (value->kind) {
	case OTS_VT_INTEGER:
		ots_json_put_text(&d->out, NULL, "INTEGER");
		put_integer_text(d, NULL, value->as.integer);
		break;
	case OTS_VT_STRING:
		ots_json_put_text(&d->out, NULL, "STRING");
		ots_json_put_bytes(&d->out, NULL, value->as.bytes);
		break;
	case OTS_VT_BLOB:
		ots_json_put_text(&d->out, NULL, "BINARY");
		put_hex(d, value->as.bytes);
		break;
	case OTS_VT_DOUBLE:
		ots_json_put_text(&d->out, NULL, "DOUBLE");
		(void)snprintf(text, sizeof text, "%a", value->as.real);
		ots_json_put_text(&d->out, NULL, text);
		break;
	case OTS_VT_BOOLEAN:
		ots_json_put_text(&d->out, NULL, "BOOLEAN");
		ots_json_put_bool(&d->out, NULL, value->as.boolean);
		break;
	case OTS_VT_INF_MIN: ots_json_put_text(&d->out, NULL, "MIN"); break;
	case OTS_VT_INF_MAX: ots_json_put_text(&d->out, NULL, "MAX"); break;
	case OTS_VT_AUTO_INCREMENT: ots_json_put_text(&d->out, NULL, "AUTO"); break;
	case OTS_VT_NULL: ots_json_put_text(&d->out, NULL, "NULL"); break;
	}
	ots_json_array_end(&d->out);
}

void driver_put_capacity(struct driver *d, const char *name, struct ots_capacity capacity)
{
	ots_json_array_begin(&d->out, name);
	ots_json_put_integer(&d->out, NULL, capacity.read);
	ots_json_put_integer(&d->out, NULL, capacity.write);
	ots_json_array_end(&d->out);
}

static void put_column(struct driver *d, struct ots_bytes name, const struct ots_wire_value *value)
{
	ots_json_array_begin(&d->out, NULL);
	ots_json_put_bytes(&d->out, NULL, name);
	put_value(d, value);
	ots_json_array_end(&d->out);
}

void driver_put_key(struct driver *d, const char *name, const struct ots_wire_row *key)
{
	ots_json_array_begin(&d->out, name);
	for (size_t i = 0; i < key->key_count; i++)
		put_column(d, key->key[i].name, &key->key[i].value);
	ots_json_array_end(&d->out);
}

void driver_put_record(struct driver *d, const char *name, const struct ots_record *record)
{
	ots_json_object_begin(&d->out, name);
	ots_json_array_begin(&d->out, "key");
	for (size_t i = 0; i < record->key_count; i++) {
		const struct ots_wire_value value = ots_wire_value_of(&record->key[i].value);

		put_column(d, record->key[i].name, &value);
	}
	ots_json_array_end(&d->out);
	ots_json_array_begin(&d->out, "cells");
	for (size_t i = 0; i < record->cell_count; i++) {
		const struct ots_cell *cell = &record->cells[i];
		const struct ots_wire_value value = ots_wire_value_of(&cell->value);

		ots_json_array_begin(&d->out, NULL);
		ots_json_put_bytes(&d->out, NULL, cell->name);
		put_value(d, &value);
		if (cell->has_version)
			put_integer_text(d, NULL, cell->version);
		else
			ots_json_put_null(&d->out, NULL);
		ots_json_array_end(&d->out);
	}
	ots_json_array_end(&d->out);
	ots_json_object_end(&d->out);
}

void driver_put_row(struct driver *d, const char *name, size_t index)
{
	if (index == OTS_NO_ROW)
		ots_json_put_null(&d->out, name);
	else
		driver_put_record(d, name, &d->rows.records[index]);
}

void driver_put_failure(struct driver *d, enum ots_status status, const struct ots_error *err)
{
	ots_json_put_bool(&d->out, "ok", false);
	ots_json_put_text(&d->out, "status", ots_status_word(status));
	ots_json_put_text(&d->out, "code", err->code);
	ots_json_put_integer(&d->out, "http", err->http_status);
	ots_json_put_text(&d->out, "id", err->request_id);
	ots_json_put_text(&d->out, "text", err->text);
}
