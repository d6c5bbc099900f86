/*
 * cli/batch.c - see batch.h
 */
#include "client/cli/batch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/agent.h"
#include "client/cli/input.h"
#include "client/cli/output.h"

static void remember(struct signing *g, enum exit_code e)
{
	if (g->first == EXIT_DONE)
		g->first = e;
}

static void show_progress(struct signing *g)
{
	if (g->args->n_operands > 1)
		progress_files(&g->progress, g->at, g->n_signed, g->args->n_operands);
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum exit_code load_digest(struct signing *g, struct job *job)
{
	struct progress *progress = g->args->n_operands == 1 ? &g->progress : NULL;

	job->data = malloc(EVP_MAX_MD_SIZE);
	if (!job->data) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	return input_digest(job->path, g->scheme.md, progress, job->data, &job->size);
}

static enum exit_code load(struct signing *g, struct job *job)
{
	if (g->scheme.md)
		return load_digest(g, job);
	return input_read(
		job->path, SIGNET_MESSAGE_MAX,
		"is too long to be signed with Ed25519, which signs the file itself and not a "
		"digest: at most 258048 bytes; use an RSA or ECDSA key",
		&job->data, &job->size);
}

/* The next file that can be read. False: there is none. */
static bool take_next(struct signing *g, struct job *ret)
{
	if (g->spare.path) {
		*ret = g->spare;
		g->spare = (struct job){};
		return true;
	}
	while (g->at < g->args->n_operands) {
		struct job job = {.path = g->args->operands[g->at++]};
		enum exit_code e = load(g, &job);

		if (e == EXIT_DONE) {
			*ret = job;
			show_progress(g);
			return true;
		}
		free(job.data);
		remember(g, e);
	}
	return false;
}

static bool has_room(const struct batch *b, size_t size)
{
	return b->n < b->signing->items_max && b->size + size <= SIGNET_REQUEST_MAX;
}

void batch_fill(struct batch *b)
{
	struct signing *g = b->signing;
	struct job job;

	while (has_room(b, 0) && take_next(g, &job)) {
		size_t label = strnlen(job.path, SIGNET_LABEL_MAX), size = job.size + label + 8;

		if (!has_room(b, size)) {
			g->spare = job;
			return;
		}
		b->jobs[b->n] = job;
		b->items[b->n] = (struct signet_item){job.data, job.size, shown_name(job.path)};
		b->size += size;
		b->n++;
	}
}

/* --- sending ---------------------------------------------------------------------------------- */

static void *send_batch(void *userdata)
{
	struct batch *b = userdata;
	const struct signing *g = b->signing;
	struct signet_request request = {
		.key = g->args->key,
		.algorithm = g->scheme.algorithm,
		.hash = g->scheme.hash,
		.input = g->scheme.md ? SIGNET_DIGEST : SIGNET_MESSAGE,
		.flags = agent_flags(g->args),
		.items = b->items,
		.n_items = b->n,
	};

	b->result = signet_sign(g->agent, &request, &b->answer);
	b->cause = errno;
	return NULL;
}

void batch_send(struct batch *b)
{
	b->has_thread = pthread_create(&b->thread, NULL, send_batch, b) == 0;
	if (!b->has_thread)
		(void)send_batch(b); /* returns NULL */
}

void batch_wait(struct batch *b)
{
	struct signing *g = b->signing;
	enum exit_code e;

	if (b->has_thread)
		(void)pthread_join(b->thread, NULL); /* a thread of ours that was not joined yet */
	b->has_thread = false;
	errno = b->cause;
	e = agent_check(g->agent, b->result, b->answer, "key '%s'", g->args->key);
	if (e == EXIT_DONE)
		return;
	remember(g, e);
	g->is_refused = true;
}

/* --- writing ---------------------------------------------------------------------------------- */

static enum exit_code write_beside(const char *path, const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *name = NULL;

	if (strcmp(path, "-") == 0)
		return output_write("-", data, size);
	if (asprintf(&name, "%s.sig", path) < 0) {
		name = NULL;
		complain("out of memory");
		return EXIT_AGAIN;
	}
	return output_replace(name, data, size);
}

static enum exit_code finish_job(const struct batch *b, size_t i)
{
	const struct signet_signature *signature = signet_answer_signature(b->answer, i);
	const char *path = b->jobs[i].path, *output = b->signing->args->output;
	const uint8_t *data;
	size_t size;

	if (signet_signature_status(signature) != SIGNET_STATUS_OK) {
		complain("'%s' was not signed: %s (request %s)", shown_name(path),
			 signet_signature_sentence(signature), signet_answer_request(b->answer));
		return agent_exit(signet_signature_status(signature));
	}
	data = signet_signature_data(signature, &size);
	return output ? output_write(output, data, size) : write_beside(path, data, size);
}

static void finish_jobs(struct batch *b)
{
	struct signing *g = b->signing;

	for (size_t i = 0; i < b->n; i++) {
		enum exit_code e = finish_job(b, i);

		if (e == EXIT_DONE)
			g->n_signed++;
		else
			remember(g, e);
		show_progress(g);
	}
}

/* With one file the reason, which was told, says it all. */
static void name_jobs(const struct batch *b)
{
	if (b->signing->args->n_operands == 1)
		return;
	for (size_t i = 0; i < b->n; i++)
		complain("'%s' has no signature", shown_name(b->jobs[i].path));
}

void batch_drop(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->jobs[i].data);
	signet_answer_free(b->answer);
	*b = (struct batch){.signing = b->signing};
}

void batch_write(struct batch *b)
{
	if (b->answer && signet_answer_count(b->answer) == b->n)
		finish_jobs(b);
	else
		name_jobs(b);
	batch_drop(b);
}
