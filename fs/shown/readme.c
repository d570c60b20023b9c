#include "readme.h"

/* Paths come from keys: quoted for a shell, where a quote ends, is escaped, and begins anew. */
static bool put_quoted(struct ots_buffer *out, const char *folder, const char *path)
{
	bool ok = ots_buffer_put_byte(out, '\'');

	for (const char *part = folder; part != NULL; part = part == folder ? path : NULL) {
		for (const char *c = part; ok && *c != '\0'; c++)
			ok = *c == '\'' ? ots_buffer_puts(out, "'\\''")
					: ots_buffer_put_byte(out, (uint8_t)*c);
		if (part == folder && path != NULL)
			ok = ok && ots_buffer_put_byte(out, '/');
	}
	return ok && ots_buffer_put_byte(out, '\'');
}

/* One example: a command, a quoted path below the mountpoint, and what follows it. */
static bool put_example(struct ots_buffer *out, const struct readme_facts *facts,
			const char *command, const char *path, const char *rest)
{
	return ots_buffer_puts(out, "    ") && ots_buffer_puts(out, command) &&
	       put_quoted(out, facts->mountpoint, path) && ots_buffer_puts(out, rest) &&
	       ots_buffer_puts(out, "\n");
}

static bool put_tree(struct ots_buffer *out, const struct readme_facts *facts)
{
	return ots_buffer_printf(out, "Backups of Tablestore tables, mounted from %s\n\n",
				 facts->source) &&
	       ots_buffer_puts(
		       out,
		       "tables/<table>/<year>/<month>/<day>/<hour>/<object>.jsonl\n"
		       "                records as text, one JSON object a line; latest is a link\n"
		       "by-time/<year>/<month>/<day>/<hour>/<table>/<object>.jsonl\n"
		       "                the same files, ordered by time first\n"
		       "raw/<key>       every object of the source, byte for byte\n"
		       "status/         mount.json, metrics.prom, log (why something failed), "
		       "jobs/\n") &&
	       (facts->target == NULL ||
		ots_buffer_puts(out, "restore/<table>/\n"
				     "                copy a file here and it is restored\n"));
}

static bool put_reading(struct ots_buffer *out, const struct readme_facts *facts)
{
	bool ok = ots_buffer_puts(out, "\nReading\n") &&
		  put_example(out, facts, "ls -R ", facts->table == NULL ? "tables" : facts->table,
			      "");

	if (facts->file != NULL)
		ok = ok && put_example(out, facts, "head -n 3 ", facts->file, "") &&
		     put_example(out, facts, "grep -c '\"op\":\"DELETE\"' ", facts->file, "") &&
		     put_example(out, facts, "jq -c .pk ", facts->file, "");
	return ok && put_example(out, facts, "grep -r '\"op\":\"DELETE\"' ", "tables", "") &&
	       ots_buffer_puts(
		       out,
		       "A text's size is an over-estimate until the file is first opened; every "
		       "tool\n"
		       "that opens before it asks is right, ls -l and du before that are not.\n"
		       "A damaged object gives its good part and then an error (EIO); status/log "
		       "says\n"
		       "where and why.\n");
}

static bool put_restoring(struct ots_buffer *out, const struct readme_facts *facts)
{
	bool ok = ots_buffer_printf(out, "\nRestoring (to %s)\n", facts->target);

	if (facts->file != NULL && facts->restore_to != NULL)
		ok = ok && ots_buffer_puts(out, "    cp ") &&
		     put_quoted(out, facts->mountpoint, facts->file) && ots_buffer_puts(out, " ") &&
		     put_quoted(out, facts->mountpoint, facts->restore_to) &&
		     ots_buffer_puts(out, "/\n") && ots_buffer_puts(out, "    grep u42 ") &&
		     put_quoted(out, facts->mountpoint, facts->file) &&
		     ots_buffer_puts(out, " > ") &&
		     put_quoted(out, facts->mountpoint, facts->restore_to) &&
		     ots_buffer_puts(out, "/some.jsonl\n");
	return ok &&
	       ots_buffer_puts(
		       out,
		       "A file becomes a job when its writer closes it; the close gives the "
		       "verdict of\n"
		       "the checks, and text that does not decode is refused there (EBADMSG). "
		       "Beside\n"
		       "the file appears <name>.job, a link to status/jobs/<id>/: status.json,\n"
		       "report.json, dead.jsonl (rows set aside: mend it and drop it again), and\n"
		       "control: write pause, resume, cancel or rate=ROWS.\n") &&
	       ots_buffer_puts(out, facts->restore_wait
					    ? "Close waits until the rows are written.\n"
					    : "The job then runs on its own.\n") &&
	       ots_buffer_puts(
		       out,
		       "Other rows of the table are left alone. A table that the target lacks is\n"
		       "created from the records' keys: mkdir restore/<table>, then copy into it.\n"
		       "Folders and links cannot be dropped, so cp -r there is refused (EPERM): "
		       "copy\n"
		       "the files, oldest first.\n"
		       "A killed writer restores nothing. Files under a temporary name (rsync:\n"
		       ".name.XXXXXX) count when they are renamed.\n"
		       "Limit: a pipe whose first part failed closes like a good one. What\n"
		       "    grep u42 FILE | tee restore/<table>/some.jsonl\n"
		       "wrote is restored even when grep failed half way. Use a file between, or\n"
		       "grep ... > restore/<table>/some.jsonl and look at its exit status.\n");
}

bool ots_readme_write(struct ots_buffer *out, const struct readme_facts *facts)
{
	return put_tree(out, facts) && put_reading(out, facts) &&
	       (facts->target == NULL || put_restoring(out, facts));
}
