/* The JSON scanner, bare and inside CSV: it ends, its texts lie inside the input, and a document it
 * takes is taken again with the same tokens when its quotes are doubled. */
#include <stdlib.h>
#include <string.h>

#include <otsfs/text/json.h>

#define TOKENS_MAX 4096
#define ARENA_BYTES ((size_t)1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tokens {
	enum ots_json_token token[TOKENS_MAX];
	size_t count;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void scan(const uint8_t *bytes, size_t size, bool in_csv, struct tokens *tokens)
{
	const struct ots_json_options options = {
		.in_csv = in_csv, .nonfinite = true, .depth_limit = 16};
	struct ots_arena arena;
	struct ots_json json;
	enum ots_json_token token;

	ots_arena_init(&arena, ARENA_BYTES);
	ots_json_init(&json, bytes, size, options);
	tokens->count = 0;
	do { /* ends: each token but the last takes a byte at least */
		const uint8_t *const before = json.at;
		struct ots_json_text text = {bytes, 0, false};
		struct ots_bytes out;
		bool no_memory;

		token = ots_json_next(&json, &text);
		require(json.at >= before && json.at <= json.end);
		require(token >= OTS_JSON_END || json.at > before);
		require(text.at >= bytes && text.len <= (size_t)(bytes + size - text.at));
		if ((token == OTS_JSON_STRING || token == OTS_JSON_NAME) &&
		    ots_json_unescape(&text, in_csv, &arena, &out, &no_memory))
			require(out.len <= text.len);
		if (token == OTS_JSON_NAME)
			(void)ots_json_name_is(&text, "columnType");
		if (tokens->count < TOKENS_MAX)
			tokens->token[tokens->count++] = token;
	} while (token < OTS_JSON_END);
	require((token == OTS_JSON_BAD) == (json.why != NULL));
	require(ots_json_next(&json, NULL) == token);
	ots_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nothing[1];
	const uint8_t *bytes = size > 0 ? data : nothing;
	struct tokens *bare = malloc(sizeof *bare);
	struct tokens *csv = malloc(sizeof *csv);
	uint8_t *doubled = malloc(size * 2 + 1);
	size_t len = 0;

	if (bare == NULL || csv == NULL || doubled == NULL)
		goto out;
	scan(bytes, size, false, bare);
	scan(bytes, size, true, csv);
	for (size_t i = 0; i < size; i++) {
		doubled[len++] = data[i];
		if (data[i] == '"')
			doubled[len++] = '"';
	}
	scan(doubled, len, true, csv);
	if (bare->token[bare->count - 1] == OTS_JSON_END && bare->token[0] != OTS_JSON_NUMBER)
		require(csv->count == bare->count &&
			memcmp(csv->token, bare->token, bare->count * sizeof bare->token[0]) == 0);
out:
	free(doubled);
	free(csv);
	free(bare);
	return 0;
}
