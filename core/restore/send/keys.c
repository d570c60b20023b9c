#include "keys.h"

#include <stdlib.h>

bool ots_out_keys_init(struct ots_out_keys *keys, size_t rows_max, uint64_t seed)
{
	size_t count = 64;

	while (count < rows_max && count <= SIZE_MAX / 4)
		count *= 2;
	*keys = (struct ots_out_keys){.bucket_count = count, .seed = seed};
	keys->buckets = calloc(count, sizeof(struct ots_out_row *));
	return keys->buckets != NULL;
}

size_t ots_out_keys_release(struct ots_out_keys *keys)
{
	size_t count = 0;

	for (size_t i = 0; keys->buckets != NULL && i < keys->bucket_count; i++) {
		struct ots_out_row *head = keys->buckets[i];

		while (head != NULL) {
			struct ots_out_row *chain = head->chain;

			while (head != NULL) {
				struct ots_out_row *same = head->same;

				ots_out_row_free(head);
				count++;
				head = same;
			}
			head = chain;
		}
	}
	free(keys->buckets);
	*keys = (struct ots_out_keys){.buckets = NULL};
	return count;
}

static struct ots_out_row **bucket_of(struct ots_out_keys *keys, const struct ots_out_row *row)
{
	return &keys->buckets[row->hash & (keys->bucket_count - 1)];
}

bool ots_out_keys_add(struct ots_out_keys *keys, struct ots_out_row *row)
{
	struct ots_out_row **bucket;

	row->hash = ots_record_key_hash(&row->record, keys->seed);
	row->chain = NULL;
	row->same = NULL;
	row->same_last = row;
	keys->rows++;
	keys->bytes += row->held_bytes;
	bucket = bucket_of(keys, row);
	for (struct ots_out_row *head = *bucket; head != NULL; head = head->chain) {
		if (head->hash != row->hash ||
		    ots_record_key_compare(&head->record, &row->record) != 0)
			continue;
		head->same_last->same = row;
		head->same_last = row;
		return false;
	}
	row->chain = *bucket;
	*bucket = row;
	return true;
}

struct ots_out_row *ots_out_keys_settle(struct ots_out_keys *keys, struct ots_out_row *row)
{
	struct ots_out_row **at = bucket_of(keys, row);
	struct ots_out_row *next = row->same;

	while (*at != row) /* ends: a row that was free to go is in its bucket */
		at = &(*at)->chain;
	if (next != NULL) {
		next->chain = row->chain;
		next->same_last = row->same_last;
		*at = next;
	} else {
		*at = row->chain;
	}
	keys->rows--;
	keys->bytes -= row->held_bytes;
	ots_out_row_free(row);
	return next;
}
