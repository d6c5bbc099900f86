/*
 * cli/format.h - the forms in which sign writes signatures and verify reads them
 *
 * A format says what of a file is signed, and where the signature goes. Signing has two halves,
 * because the agent signs many files in one request: prepare() reads the file and says what is to
 * be signed, finish() gets the signature and writes the output. Both run in several threads at
 * once, each on a job of its own.
 */
#ifndef CLIENT_CLI_FORMAT_H
#define CLIENT_CLI_FORMAT_H

#include "client/cli/cli.h"
#include "client/cli/pkey.h"
#include "client/cli/progress.h"
#include "client/cli/signer.h"

struct format;

/* How the files of one command are signed; the same for all of them, and never changed. */
struct recipe {
	const struct args *args;
	const struct format *format;
	struct scheme scheme;
	struct signer signer;
	struct progress *progress; /* NULL, but where one large file is read */
	bool is_batch;             /* many files: what is signed already stays as it is */
};

/* One file on its way. */
struct job {
	const char *path;
	uint8_t *signed_data; /* owned: what the agent signs, a digest or a message */
	size_t signed_size;
	size_t held; /* of memory, where that is much; set by prepare() */
	void *made; /* owned: what the format keeps between prepare() and finish(); drop() frees it */
};

static inline void recipe_done(struct recipe *r)
{
	signer_done(&r->signer);
}

struct format {
	const char *name;
	const char *purpose; /* that the agent sees; an Ed25519 key may show it more */
	const char *
		suffix; /* of the file that a signature goes to; NULL: the file itself is changed */
	bool needs_certificate;
	bool is_enclosing; /* the output holds the file: verify() gets nothing else */
	bool is_message;   /* what the agent gets is hashed by it, and not a digest */
	/* Whether options and key fit the format, and what else follows from them; may be NULL. */
	enum exit_code (*choose)(struct recipe *r);
	/* Says why it failed. A file that is signed already and needs nothing: EXIT_DONE, signed_data NULL. */
	enum exit_code (*prepare)(const struct recipe *r, struct job *job);
	enum exit_code (*finish)(const struct recipe *r, struct job *job, const uint8_t *signature,
				 size_t size);
	void (*drop)(void *made); /* takes NULL; may be NULL if nothing is made */
	/*
	 * The key comes with the recipe. EXIT_NO_MATCH without a word: the signature, which may be
	 * NULL, does not verify.
	 */
	enum exit_code (*verify)(const struct recipe *r, const char *path, const char *signature);
};

extern const struct format format_raw, format_cms, format_sshsig, format_kmod, format_pe,
	format_verity, format_fsverity, format_ima, format_dsse, format_jws;

/* The format of -f, raw if there is none; NULL, which was said: it is not known. */
const struct format *format_find(const char *name);

/*
 * The purpose that a person means: what the format of that name signs as, or else the text itself.
 * False if it is neither; purposes_known are those that it could be.
 */
bool format_purpose(const char *text, const char **ret);
extern const char purposes_known[];

/*
 * prepare(), unless one of many files has its signature beside it and that verifies: who was
 * interrupted and starts again has only the rest to sign.
 */
enum exit_code format_prepare(const struct recipe *r, struct job *job);

/* Frees what a job holds. */
void job_done(const struct format *f, struct job *job);

/* "FILE.SUFFIX", or the name of -o. Owned by the caller; NULL, which was said: out of memory. */
char *format_output(const struct recipe *r, const char *path);

/* Writes a whole signature where format_output() says; "-" as a file goes to standard output. */
enum exit_code format_write(const struct recipe *r, const char *path, const void *data,
			    size_t size);

#endif
