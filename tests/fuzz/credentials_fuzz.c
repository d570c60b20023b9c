/* What keys, and places of buckets, are read from: the first byte says which, the rest is the text.
 * Properties: a refusal says why, a success says nothing; a recipe that comes out has all that its
 * mode needs, no more links than allowed and no text above its limit; a key is printable; words lie
 * in their room. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/net/bucket_settings/decode.h"
#include "../../core/net/issuers/answer.h"
#include "../../core/net/issuers/words.h"
#include "../../core/net/profiles/profiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool holds)
{
	if (!holds)
		abort();
}

static void check_recipe(const struct recipe *recipe)
{
	unsigned links = 0;

	for (; recipe != NULL; recipe = recipe->base, links++) {
		insist(recipe->name != NULL);
		for (size_t i = 0; i < RECIPE_FIELDS; i++)
			insist(recipe->text[i] == NULL ||
			       (recipe->text[i][0] != '\0' &&
				strlen(recipe->text[i]) <= RECIPE_TEXT_MAX_BYTES));
		if (recipe->mode == RECIPE_KEY || recipe->mode == RECIPE_STS_KEY)
			insist(recipe->text[RECIPE_ID] != NULL &&
			       recipe->text[RECIPE_SECRET] != NULL);
		if (recipe->mode == RECIPE_ROLE)
			insist(recipe->text[RECIPE_ROLE_ARN] != NULL &&
			       (recipe->base != NULL || recipe->text[RECIPE_SECRET] != NULL));
	}
	insist(links <= RECIPE_CHAIN_MAX);
}

static enum ots_status profile(profile_decode_fn *decode, struct ots_bytes text, const char *name,
			       struct ots_error *err)
{
	struct recipe *recipe = NULL;
	const enum ots_status status = decode(text, "/f", name, &recipe, err);

	insist(status == OTS_OK || recipe == NULL);
	check_recipe(recipe);
	recipe_free(recipe);
	return status;
}

static void check_part(const char *part)
{
	for (; part != NULL && *part != '\0'; part++)
		insist(*part > ' ' && *part <= '~');
}

static enum ots_status answer(struct ots_bytes text, bool must_expire, struct ots_error *err)
{
	const struct answer_wish wish = {"the fuzzer", must_expire, INT64_C(1795228200000000)};
	struct ots_credentials *key = NULL;
	const enum ots_status status = key_answer_decode(text, &wish, &key, err);

	insist((status == OTS_OK) == (key != NULL));
	if (key != NULL) {
		insist(key->id[0] != '\0' && key->secret[0] != '\0');
		check_part(key->id);
		check_part(key->secret);
		check_part(key->token);
		insist(key->expires_us > wish.now_us || (key->expires_us == 0 && !must_expire));
	}
	ots_credentials_release(key);
	return status;
}

static enum ots_status split(struct ots_bytes text, struct ots_error *err)
{
	struct words words = {.room = NULL};
	char *copy = strndup((const char *)text.at, text.len);
	enum ots_status status;
	size_t sum = 0;

	insist(copy != NULL);
	status = words_split(copy, &words, err);
	if (status == OTS_OK) {
		for (size_t i = 0; i < WORDS_MAX && words.word[i] != NULL; i++)
			sum += strlen(words.word[i]) + 1;
		insist(words.word[0] != NULL && sum <= strlen(copy) + 2);
		words_release(&words);
	}
	free(copy);
	return status;
}

static enum ots_status settings(bool ossutil, const char *profile, struct ots_bytes text,
				struct ots_error *err)
{
	struct ots_bucket_settings out = {NULL, NULL, NULL, NULL};
	const enum ots_status status =
		ossutil ? ossutil_settings_decode(text, "/f", profile,
						  (struct ots_bytes){(const uint8_t *)"my-bk", 5},
						  &out, err)
			: aliyun_settings_decode(text, "/f", profile, &out, err);

	check_part(out.endpoint);
	check_part(out.region);
	check_part(out.addressing);
	check_part(out.sign);
	insist(ossutil || out.endpoint == NULL);
	ots_bucket_settings_release(&out);
	return status;
}

static enum ots_status run(uint8_t which, struct ots_bytes text, struct ots_error *err)
{
	switch (which % 12) {
	case 0: return profile(aliyun_config_decode, text, NULL, err);
	case 1: return profile(aliyun_config_decode, text, "p", err);
	case 2: return profile(ossutil_config_decode, text, NULL, err);
	case 3: return profile(ossutil_config_decode, text, "p", err);
	case 4: return profile(credentials_file_decode, text, NULL, err);
	case 5: return answer(text, true, err);
	case 6: return answer(text, false, err);
	case 7: return key_answer_error(text, 400, "the fuzzer", err);
	case 8: return split(text, err);
	case 9: return settings(true, NULL, text, err);
	case 10: return settings(true, "p", text, err);
	default: return settings(false, NULL, text, err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ots_error err = {0};
	enum ots_status status;

	if (size == 0)
		return 0;
	status = run(data[0], (struct ots_bytes){data + 1, size - 1}, &err);
	insist((status == OTS_OK) == (err.text[0] == '\0') && err.status == status);
	return 0;
}
