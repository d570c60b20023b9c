#include "profiles.h"

#include <stdlib.h>
#include <string.h>

#include "secret_file.h"

/* A file of the chain. Source: oss-protocol 5.1 to 5.4. */
struct place {
	const char *below;    /* the user's home */
	const char *variable; /* says another path */
	profile_decode_fn *decode;
};

static const struct place aliyun = {".aliyun/config.json", "ALIBABA_CLOUD_CONFIG_FILE",
				    aliyun_config_decode};
static const struct place ossutil = {".ossutilconfig", "OSSUTIL_CONFIG_FILE",
				     ossutil_config_decode};
static const struct place credentials = {".alibabacloud/credentials",
					 "ALIBABA_CLOUD_CREDENTIALS_FILE", credentials_file_decode};

/* The cli's file is not to be read; a profile that is named then means nothing. */
static bool is_passed_over(void)
{
	return environment_says("ALIBABA_CLOUD_CLI_PROFILE_DISABLED") ||
	       environment_says("ALIBABA_CLOUD_IGNORE_PROFILE");
}

const char *profile_named(const char **variable)
{
	static const char *const names[] = {"ALIBABA_CLOUD_PROFILE", "ALIBABACLOUD_PROFILE",
					    "ALICLOUD_PROFILE"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = environment_text(names[i]);

		if (value != NULL && !is_passed_over()) {
			if (variable != NULL)
				*variable = names[i];
			return value;
		}
	}
	return NULL;
}

/* @param named  the path stands in the environment: then the file must be there */
static enum ots_status find(const struct place *place, char **path, bool *named,
			    struct ots_error *err)
{
	const char *value = environment_text(place->variable);

	*named = value != NULL;
	if (value == NULL)
		return home_path(place->below, path, err);
	*path = strdup(value);
	return *path != NULL ? OTS_OK : ots_fail(err, OTS_NO_MEMORY, "%s", place->variable);
}

/* @param path  stays NULL when there is no such file */
static enum ots_status read_place(const struct place *place, char **path, struct secret_file *file,
				  struct ots_error *err)
{
	struct ots_error why = {.status = OTS_OK};
	char *found = NULL;
	bool named = false;
	enum ots_status status = find(place, &found, &named, &why);

	if (status == OTS_OK)
		status = secret_file_read(found, true, file, &why);
	if (status == OTS_OK) {
		*path = found;
		return OTS_OK;
	}
	if (status == OTS_NOT_FOUND && named)
		status = ots_fail(err, OTS_DENIED, "%s names %s, which is not there",
				  place->variable, found);
	else if (status == OTS_NOT_FOUND)
		status = OTS_OK; /* most people have no such file: nothing to tell */
	else if (err != NULL)
		*err = why;
	free(found);
	return status;
}

static enum ots_status take(const struct place *place, const char *profile, struct recipe **out,
			    struct ots_error *err)
{
	struct secret_file file = {NULL, 0, 0};
	char *path = NULL;
	enum ots_status status = read_place(place, &path, &file, err);

	if (status == OTS_OK && path != NULL)
		status = place->decode((struct ots_bytes){file.bytes, file.len}, path, profile, out,
				       err);
	secret_file_release(&file);
	free(path);
	return status;
}

enum ots_status place_aliyun_read(char **path, struct secret_file *file, struct ots_error *err)
{
	return is_passed_over() ? OTS_OK : read_place(&aliyun, path, file, err);
}

enum ots_status place_ossutil_read(char **path, struct secret_file *file, struct ots_error *err)
{
	return read_place(&ossutil, path, file, err);
}

enum ots_status place_aliyun_config(struct recipe **out, struct ots_error *err)
{
	if (is_passed_over())
		return OTS_OK;
	return take(&aliyun, profile_named(NULL), out, err);
}

enum ots_status place_ossutil_config(struct recipe **out, struct ots_error *err)
{
	const char *profile = environment_text("OSSUTIL_PROFILE");
	enum ots_status status = take(&ossutil, profile, out, err);

	if (status == OTS_OK && *out == NULL && profile != NULL)
		return ots_fail(err, OTS_DENIED, "OSSUTIL_PROFILE names %s, which is not there",
				profile);
	return status;
}

enum ots_status place_credentials_file(struct recipe **out, struct ots_error *err)
{
	return take(&credentials, profile_named(NULL), out, err);
}

static bool put_path(struct ots_buffer *out, const struct place *place)
{
	char *path = NULL;
	bool named;
	const bool ok = ots_buffer_puts(
		out, find(place, &path, &named, NULL) == OTS_OK ? path : place->below);

	free(path);
	return ok;
}

bool profiles_put_paths(struct ots_buffer *out)
{
	return put_path(out, &aliyun) && ots_buffer_puts(out, ", ") && put_path(out, &ossutil) &&
	       ots_buffer_puts(out, ", ") && put_path(out, &credentials);
}

char *profiles_settings_paths(void)
{
	struct ots_buffer paths;
	char *text = NULL;

	ots_buffer_init(&paths, 16384);
	if (put_path(&paths, &ossutil) && ots_buffer_puts(&paths, ", ") &&
	    put_path(&paths, &aliyun))
		text = strndup((const char *)paths.bytes, paths.len);
	ots_buffer_release(&paths);
	return text;
}
