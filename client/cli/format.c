/*
 * cli/format.c - see format.h
 */
#include "client/cli/format.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "client/cli/output.h"

static const struct format *const formats[] = {
	&format_raw,    &format_cms,      &format_sshsig, &format_kmod, &format_pe,
	&format_verity, &format_fsverity, &format_ima,    &format_dsse, &format_jws,
};

static void refuse(const char *name)
{
	char known[256] = "";
	size_t at = 0;

	for (size_t i = 0; i < array_len(formats); i++)
		at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s", i > 0 ? ", " : "",
				       formats[i]->name); /* the table is short */
	complain("format '%s' is not known: -f takes %s", name, known);
}

const struct format *format_find(const char *name)
{
	if (!name)
		return &format_raw;
	for (size_t i = 0; i < array_len(formats); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	refuse(name);
	return NULL;
}

const char purposes_known[] =
	"digest, cms, ssh-auth, ssh-cert, ssh-raw, sshsig:NAMESPACE, sshsig:*, pam:SERVICE or pam:*, or "
	"the format that is signed: raw, sshsig, kmod, pe, verity, fsverity, ima, dsse, jws";

static bool is_purpose(const char *text)
{
	static const char *const plain[] = {"digest", "cms", "ssh-auth", "ssh-cert", "ssh-raw"};
	static const char *const families[] = {"sshsig:", "pam:"};

	for (size_t i = 0; i < array_len(plain); i++)
		if (strcmp(text, plain[i]) == 0)
			return true;
	for (size_t i = 0; i < array_len(families); i++)
		if (strncmp(text, families[i], strlen(families[i])) == 0)
			return text[strlen(families[i])] != '\0' && !strchr(text, ' ');
	return false;
}

bool format_purpose(const char *text, const char **ret)
{
	*ret = text;
	if (is_purpose(text))
		return true;
	for (size_t i = 0; i < array_len(formats); i++) {
		if (strcmp(formats[i]->name, text) != 0)
			continue;
		*ret = formats[i]->purpose;
		return true;
	}
	return false;
}

/* An enclosing format does not say of which file it is. */
static bool has_signature(const struct recipe *r, const char *path)
{
	_cleanup_(freep) char *beside = NULL;
	struct stat st;

	if (!r->is_batch || r->args->is_forced || !r->format->suffix || r->format->is_enclosing ||
	    r->args->is_xattr || !r->signer.public || strcmp(path, "-") == 0)
		return false;
	if (r->format == &format_cms && (r->args->hash || r->args->has_time || r->args->is_pem))
		return false; /* what there is may be another kind */
	beside = format_output(r, path);
	return beside && lstat(beside, &st) == 0 && S_ISREG(st.st_mode) &&
	       (!r->args->is_attached || r->format->verify(r, beside, beside) == EXIT_DONE) &&
	       r->format->verify(r, path, beside) == EXIT_DONE;
}

enum exit_code format_prepare(const struct recipe *r, struct job *job)
{
	if (has_signature(r, job->path))
		return EXIT_DONE;
	return r->format->prepare(r, job);
}

void job_done(const struct format *f, struct job *job)
{
	free(job->signed_data);
	if (f->drop)
		f->drop(job->made);
	*job = (struct job){};
}

char *format_output(const struct recipe *r, const char *path)
{
	char *name;

	if (asprintf(&name, "%s%s", path, r->format->suffix) >= 0)
		return name;
	complain("out of memory");
	return NULL;
}

enum exit_code format_write(const struct recipe *r, const char *path, const void *data, size_t size)
{
	_cleanup_(freep) char *name = NULL;

	if (r->args->output)
		return output_write(r->args->output, data, size);
	if (strcmp(path, "-") == 0)
		return output_write("-", data, size);
	name = format_output(r, path);
	return name ? output_replace(name, data, size) : EXIT_AGAIN;
}
