/* A program that prints a key: run without a shell, its output bounded, ended at its time.
 * Source: oss-protocol 5.4 (External), 5.8. */
#define _GNU_SOURCE /* pipe2, environ */
#include "issuer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <otsfs/base/bytes.h>
#include <otsfs/text/number.h>

#include "../credentials/places.h"
#include "answer.h"
#include "words.h"

#define TIMEOUT_S 60
#define TIMEOUT_MAX_S 600
/* How long a wish to stop may go unseen. */
#define POLL_MS 100

struct child {
	pid_t pid;
	int output; /* what it prints */
};

/* Its own group, so that what it starts ends with it; no signal of ours is blocked or ignored in
 * it; its messages go nowhere, because what a program says about a key may be the key. */
static int child_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, usual;
	int number;

	(void)sigemptyset(&none);
	(void)sigemptyset(&usual);
	(void)sigaddset(&usual, SIGPIPE);
	(void)sigaddset(&usual, SIGINT);
	(void)sigaddset(&usual, SIGTERM);
	(void)sigaddset(&usual, SIGHUP);
	number = posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (number == 0)
		number = posix_spawnattr_setsigmask(attributes, &none);
	return number == 0 ? posix_spawnattr_setsigdefault(attributes, &usual) : number;
}

static int spawn(const struct words *words, int output, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int number = posix_spawn_file_actions_init(&files);

	if (number != 0)
		return number;
	number = posix_spawnattr_init(&attributes);
	if (number != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return number;
	}
	number = child_attributes(&attributes);
	if (number == 0)
		number = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
							  O_RDONLY, 0);
	if (number == 0)
		number = posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	if (number == 0)
		number = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null",
							  O_WRONLY, 0);
	if (number == 0)
		number = posix_spawnp(pid, words->word[0], &files, &attributes, words->word,
				      environ);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&files);
	return number;
}

static enum ots_status start(const struct words *words, struct child *child, struct ots_error *err)
{
	int fds[2];
	int number;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return ots_fail(err, OTS_IO, "pipe: %s", strerror(errno));
	number = spawn(words, fds[1], &child->pid);
	(void)close(fds[1]);
	if (number != 0) {
		(void)close(fds[0]);
		return ots_fail(err, OTS_DENIED, "%s does not start: %s", words->word[0],
				strerror(number));
	}
	child->output = fds[0];
	return OTS_OK;
}

/* Everything it prints, until it closes its output. */
static enum ots_status read_all(const struct child *child, int64_t end_ms,
				struct ots_cancel *cancel, struct ots_buffer *out,
				struct ots_error *err)
{
	for (;;) { /* ends: with the output, at the limit, at its time */
		const int64_t left_ms = end_ms - ots_clock_monotonic_ms(&ots_clock_system);
		struct pollfd wait = {.fd = child->output, .events = POLLIN};
		ssize_t n;

		if (ots_cancel_asked(cancel))
			return ots_fail(err, OTS_CANCELLED, "stopped");
		if (left_ms <= 0)
			return ots_fail(err, OTS_TIMEOUT, "the program does not end in time");
		if (poll(&wait, 1, left_ms < POLL_MS ? (int)left_ms : POLL_MS) <= 0)
			continue;
		if (out->len == out->cap)
			return ots_fail(err, OTS_LIMIT, "the program prints more than %zu bytes",
					out->cap);
		n = read(child->output, out->bytes + out->len, out->cap - out->len);
		if (n < 0 && errno != EINTR)
			return ots_fail(err, OTS_IO, "output of the program: %s", strerror(errno));
		if (n == 0)
			return OTS_OK;
		if (n > 0)
			out->len += (size_t)n;
	}
}

/* Wait for its end; one that closed its output and stays is ended at its time, too. */
static int reap(const struct child *child, int64_t end_ms, struct ots_cancel *cancel)
{
	int state = 0;
	bool ended = false;
	pid_t gone;

	for (;;) { /* ends: by its death */
		gone = waitpid(child->pid, &state, ended ? 0 : WNOHANG);
		if (gone > 0 || (gone < 0 && errno != EINTR))
			break;
		ended = ended || ots_cancel_asked(cancel) ||
			ots_clock_monotonic_ms(&ots_clock_system) >= end_ms;
		if (ended)
			(void)kill(-child->pid, SIGKILL);
		else
			(void)ots_cancel_wait(cancel, 5);
	}
	return state;
}

static enum ots_status run(const struct words *words, int64_t timeout_ms, struct ots_cancel *cancel,
			   struct ots_buffer *out, struct ots_error *err)
{
	const int64_t end_ms = ots_clock_monotonic_ms(&ots_clock_system) + timeout_ms;
	struct child child = {0, -1};
	enum ots_status status = start(words, &child, err);
	int state;

	if (status != OTS_OK)
		return status;
	status = read_all(&child, end_ms, cancel, out, err);
	(void)close(child.output);
	if (status != OTS_OK)
		(void)kill(-child.pid, SIGKILL);
	state = reap(&child, end_ms, cancel);
	if (status == OTS_OK && (!WIFEXITED(state) || WEXITSTATUS(state) != 0))
		status = WIFEXITED(state) ? ots_fail(err, OTS_DENIED, "%s ends with status %d",
						     words->word[0], WEXITSTATUS(state))
					  : ots_fail(err, OTS_DENIED, "%s was ended by signal %d",
						     words->word[0], WTERMSIG(state));
	return status;
}

static enum ots_status timeout_of(const struct recipe *recipe, int64_t *ms, struct ots_error *err)
{
	const char *text = recipe->text[RECIPE_COMMAND_TIMEOUT];
	int64_t seconds = TIMEOUT_S;

	if (text != NULL && (!ots_parse_i64(ots_bytes_of(text), &seconds) || seconds < 1 ||
			     seconds > TIMEOUT_MAX_S))
		return ots_fail(err, OTS_DENIED, "the program's timeout is not 1 to %d seconds",
				TIMEOUT_MAX_S);
	*ms = seconds * 1000;
	return OTS_OK;
}

enum ots_status process_key(const struct recipe *recipe, const struct issuer_context *context,
			    struct ots_credentials **out, struct ots_error *err)
{
	struct answer_wish wish = {.now_us = ots_clock_wall_us(context->clock)};
	struct words words = {.room = NULL};
	struct ots_buffer text;
	int64_t timeout_ms = 0;
	enum ots_status status = timeout_of(recipe, &timeout_ms, err);

	if (status == OTS_OK && environment_says("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"))
		status = ots_fail(err, OTS_DENIED,
				  "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids to run a program "
				  "for a key");
	if (status != OTS_OK)
		return status;
	ots_buffer_init(&text, KEY_ANSWER_MAX_BYTES);
	status = words_split(recipe->text[RECIPE_COMMAND], &words, err);
	if (status == OTS_OK && !ots_buffer_reserve(&text, KEY_ANSWER_MAX_BYTES))
		status = ots_fail(err, OTS_NO_MEMORY, "output of a program");
	if (status == OTS_OK)
		status = run(&words, timeout_ms, context->cancel, &text, err);
	if (status == OTS_OK) {
		wish.who = words.word[0];
		status = key_answer_decode((struct ots_bytes){text.bytes, text.len}, &wish, out,
					   err);
	}
	words_release(&words);
	ots_buffer_release_wiped(&text);
	return status;
}
