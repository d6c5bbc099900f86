/*
 * cli/cmd-sign.c - signet sign: one or many files in one call
 *
 * Files are read here and only digests travel, many to a request: one decision and one record
 * stand for all of them. A file that fails does not keep the others from being signed; a request
 * that is refused as a whole ends the work, because the next one would be refused too.
 */
#include "client/cli/cli.h"

#include <string.h>
#include <unistd.h>

#include "client/cli/agent.h"
#include "client/cli/approval.h"
#include "client/cli/crew.h"
#include "client/cli/filelist.h"
#include "client/cli/format.h"
#include "client/cli/leftovers.h"

/* --- what was asked for ----------------------------------------------------------------------- */

static enum exit_code check_stdin(const struct args *args, const struct filelist *files)
{
	size_t n = args->files_from && strcmp(args->files_from, "-") == 0;

	n += args->certificate && strcmp(args->certificate, "-") == 0;
	for (size_t i = 0; i < files->n; i++)
		n += strcmp(files->names[i], "-") == 0;
	if (n <= 1)
		return EXIT_DONE;
	complain("only one thing can come from standard input");
	return EXIT_USAGE;
}

static enum exit_code check_args(const struct args *args, const struct format *f,
				 const struct filelist *files)
{
	bool is_cms = f == &format_cms;

	if (!args->key)
		complain("which key? Name it with -k; 'signet list' shows them");
	else if (args->output && files->n > 1)
		complain("-o names the output of one file; there are %zu", files->n);
	else if (args->output && !f->suffix && strcmp(args->output, "-") == 0)
		complain("format '%s' writes files, not to standard output", f->name);
	else if (!is_cms && (args->is_attached || args->has_time || args->is_pem))
		complain("--attached, --time and --pem are for the format cms");
	else if (args->wait && args->break_glass)
		complain("--break-glass does not wait");
	else
		return check_wait(args) == EXIT_DONE ? check_stdin(args, files) : EXIT_USAGE;
	return EXIT_USAGE;
}

static enum exit_code count_threads(const struct args *args, size_t *ret)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	const char *digit = args->jobs;
	size_t n = 0;

	if (!args->jobs) {
		*ret = processors > 0 ? (size_t)processors : 1;
		return EXIT_DONE;
	}
	while (*digit >= '0' && *digit <= '9' && n <= CREW_THREADS_MAX)
		n = n * 10 + (size_t)(*digit++ - '0');
	if (n == 0 || n > CREW_THREADS_MAX || *digit != '\0') {
		complain("--jobs is '%s': it takes a number from 1 to %u", args->jobs,
			 CREW_THREADS_MAX);
		return EXIT_USAGE;
	}
	*ret = n;
	return EXIT_DONE;
}

/* --- the recipe ------------------------------------------------------------------------------- */

static enum exit_code choose(struct recipe *r, struct signet *s)
{
	const struct args *args = r->args;
	enum exit_code e;

	e = signer_from_agent(args, s, &r->signer);
	if (e == EXIT_DONE)
		e = scheme_choose(args, r->signer.type, args->key, &r->scheme);
	if (e != EXIT_DONE || r->format == &format_raw)
		return e;
	/* Without the public key nothing can be built around a signature; for SHA-1 nothing is. */
	if (!r->signer.public || r->scheme.hash == SIGNET_SHA1)
		return signer_ask_why_not(args, s, &r->scheme);
	e = r->format->choose ? r->format->choose(r) : EXIT_DONE;
	if (e != EXIT_DONE)
		return e;
	if (r->format->needs_certificate && !r->signer.certificate) {
		complain(
			"key '%s' has no certificate, which format '%s' needs: name one with --cert, or "
			"let its file in keys.d do so",
			args->key, r->format->name);
		return EXIT_DATA;
	}
	return EXIT_DONE;
}

/* --- doing it --------------------------------------------------------------------------------- */

static void report(const struct args *args, const struct progress *p, const struct tally *t)
{
	double seconds = (double)progress_usec(p) / 1e6;

	if (t->n_skipped > 0)
		note(args, "%zu file%s had that signature already", t->n_skipped,
		     t->n_skipped == 1 ? "" : "s");
	if (t->n_files == 1)
		return;
	if (t->n_untried > 0)
		complain("%zu more files were not tried", t->n_untried);
	if (t->n_signed + t->n_skipped == t->n_files)
		note(args, "signed %zu files with key '%s' in %.1f s", t->n_signed, args->key,
		     seconds);
	else if (t->n_signed > 0)
		note(args, "signed %zu of %zu files with key '%s' in %.1f s", t->n_signed,
		     t->n_files, args->key, seconds);
}

static enum exit_code sign(struct recipe *r, struct signet *s, const struct filelist *files,
			   size_t n_threads)
{
	struct progress progress;
	struct tally tally;

	leftovers_watch();
	progress_start(&progress, r->args);
	r->progress = files->n == 1 ? &progress : NULL;
	r->is_batch = files->n > 1;
	crew_run(r, s, files->names, files->n, n_threads, &progress, &tally);
	progress_end(&progress);
	report(r->args, &progress, &tally);
	return tally.first;
}

enum exit_code cmd_sign(const struct args *args)
{
	_cleanup_(filelist_done) struct filelist files = {};
	_cleanup_(recipe_done) struct recipe r = {.args = args};
	_cleanup_(signet_closep) struct signet *s = NULL;
	size_t n_threads;
	enum exit_code e;

	r.format = format_find(args->format);
	if (!r.format)
		return EXIT_USAGE;
	e = filelist_read(args, &files);
	if (e == EXIT_DONE)
		e = check_args(args, r.format, &files);
	if (e == EXIT_DONE)
		e = count_threads(args, &n_threads);
	if (e == EXIT_DONE && files.n == 0) {
		note(args, "there is nothing to sign: '%s' names no file",
		     shown_name(args->files_from));
		return EXIT_DONE;
	}
	if (e == EXIT_DONE)
		e = agent_open(args, &s);
	if (e == EXIT_DONE)
		e = choose(&r, s);
	return e == EXIT_DONE ? sign(&r, s, &files, n_threads) : e;
}
