#include "answer.h"

#include <stdio.h>
#include <string.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/json.h>

#include "../credentials/snapshot.h"

enum answer_member { ID, SECRET, TOKEN, EXPIRATION, CODE, MESSAGE, MEMBERS };

static const struct {
	const char *name;
	enum answer_member member;
} names[] = {
	{"AccessKeyId", ID},      {"AccessKeySecret", SECRET},
	{"SecurityToken", TOKEN}, {"Expiration", EXPIRATION},
	{"Code", CODE},           {"Message", MESSAGE},
	{"access_key_id", ID},    {"access_key_secret", SECRET},
	{"sts_token", TOKEN},
};

struct answer {
	struct ots_arena arena;
	struct ots_bytes text[MEMBERS]; /* empty: not there */
};

/* @return false: not JSON, or no memory */
static bool take_member(struct answer *answer, struct ots_json *json,
			const struct ots_json_text *name)
{
	struct ots_json_text text;
	const enum ots_json_token token = ots_json_next(json, &text);
	bool no_memory = false;

	for (size_t i = 0; token == OTS_JSON_STRING && i < sizeof names / sizeof *names; i++) {
		if (ots_json_name_is(name, names[i].name))
			return ots_json_unescape(&text, false, &answer->arena,
						 &answer->text[names[i].member], &no_memory);
	}
	/* The members of this object count as those of the answer. */
	if (token == OTS_JSON_OBJECT && ots_json_name_is(name, "Credentials"))
		return true;
	return ots_json_skip_from(json, token) == OTS_JSON_NULL;
}

/* @return false: not one JSON object */
static bool read_members(struct answer *answer, struct ots_bytes body)
{
	struct ots_json json;
	struct ots_json_text name;
	enum ots_json_token token;

	ots_json_init(&json, body.at, body.len, (struct ots_json_options){.depth_limit = 8});
	if (ots_json_next(&json, NULL) != OTS_JSON_OBJECT)
		return false;
	do { /* ends: each turn passes a token; with the value or at what is none */
		token = ots_json_next(&json, &name);
		if (token == OTS_JSON_NAME && !take_member(answer, &json, &name))
			return false;
	} while (token == OTS_JSON_NAME || token == OTS_JSON_OBJECT_END);
	return token == OTS_JSON_END && ots_json_rest_is_blank(&json);
}

/* Foreign text for a message. */
static void show(struct ots_bytes text, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < size - 1; i++)
		out[len++] = text.at[i] >= ' ' && text.at[i] <= '~' ? (char)text.at[i] : '?';
	out[len] = '\0';
}

static void fail_coded(const struct answer *answer, enum ots_status status, const char *who,
		       struct ots_error *err)
{
	char code[48], message[300];

	show(answer->text[CODE], code, sizeof code);
	show(answer->text[MESSAGE], message, sizeof message);
	(void)ots_fail(err, status, "%s refuses: %s%s%s", who, code, message[0] != '\0' ? ": " : "",
		       message);
	if (err != NULL)
		(void)snprintf(err->code, sizeof err->code, "%s", code);
}

static enum ots_status take_end(const struct answer *answer, const struct answer_wish *wish,
				int64_t *expires_us, struct ots_error *err)
{
	const struct ots_bytes text = answer->text[EXPIRATION];
	char shown[OTS_TIME_TEXT_BYTES];

	*expires_us = 0;
	if (text.len == 0 && wish->must_expire)
		return ots_fail(err, OTS_CORRUPT, "%s: an answer without Expiration", wish->who);
	if (text.len == 0)
		return OTS_OK;
	show(text, shown, sizeof shown);
	if (!ots_time_parse(text, expires_us))
		return ots_fail(err, OTS_CORRUPT, "%s: Expiration '%s' is no time", wish->who,
				shown);
	if (*expires_us <= wish->now_us)
		return ots_fail(err, OTS_DENIED,
				"%s: a key that ended at %s, before now: is this machine's clock "
				"right?",
				wish->who, shown);
	return OTS_OK;
}

enum ots_status key_answer_decode(struct ots_bytes body, const struct answer_wish *wish,
				  struct ots_credentials **out, struct ots_error *err)
{
	struct answer answer = {.text = {{NULL, 0}}};
	struct key_text text;
	enum ots_status status = OTS_OK;

	ots_arena_init(&answer.arena, KEY_ANSWER_MAX_BYTES);
	if (body.len > KEY_ANSWER_MAX_BYTES)
		status = ots_fail(err, OTS_LIMIT, "%s: an answer of %zu bytes, above %zu",
				  wish->who, body.len, KEY_ANSWER_MAX_BYTES);
	else if (!read_members(&answer, body))
		status = ots_fail(err, OTS_CORRUPT,
				  "%s: the %zu bytes are no JSON object with a key", wish->who,
				  body.len);
	if (status != OTS_OK)
		goto out;
	if (answer.text[CODE].len > 0 && !ots_bytes_are(answer.text[CODE], "Success")) {
		status = OTS_DENIED;
		fail_coded(&answer, status, wish->who, err);
		goto out;
	}
	text.id = answer.text[ID];
	text.secret = answer.text[SECRET];
	text.token = answer.text[TOKEN];
	status = take_end(&answer, wish, &text.expires_us, err);
	if (status != OTS_OK)
		goto out;
	status = credentials_make(&text, out, err);
	if (status != OTS_OK)
		(void)ots_context(err, "%s", wish->who);
out:
	ots_arena_release_wiped(&answer.arena);
	return status;
}

enum ots_status key_answer_error(struct ots_bytes body, int http_status, const char *who,
				 struct ots_error *err)
{
	struct answer answer = {.text = {{NULL, 0}}};
	enum ots_status status = OTS_SERVER;

	ots_arena_init(&answer.arena, KEY_ANSWER_MAX_BYTES);
	if (body.len > KEY_ANSWER_MAX_BYTES || !read_members(&answer, body))
		answer.text[CODE].len = 0;
	if (http_status == 429 ||
	    (answer.text[CODE].len >= 10 && memcmp(answer.text[CODE].at, "Throttling", 10) == 0))
		status = OTS_THROTTLED;
	else if (http_status >= 400 && http_status < 500)
		status = OTS_DENIED;
	if (answer.text[CODE].len > 0)
		fail_coded(&answer, status, who, err);
	else
		(void)ots_fail(err, status, "%s answers HTTP status %d", who, http_status);
	if (err != NULL)
		err->http_status = http_status;
	ots_arena_release_wiped(&answer.arena);
	return status;
}

enum ots_status key_response_init(struct ots_http_response *response, struct ots_error *err)
{
	ots_http_response_init(response);
	response->body.limit = KEY_ANSWER_MAX_BYTES;
	if (!ots_buffer_reserve(&response->body, KEY_ANSWER_MAX_BYTES))
		return ots_fail(err, OTS_NO_MEMORY, "an answer with a key");
	return OTS_OK;
}

void key_response_release(struct ots_http_response *response)
{
	ots_buffer_release_wiped(&response->body);
	ots_http_response_release(response);
}
