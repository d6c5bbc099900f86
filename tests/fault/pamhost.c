/*
 * pamhost.c - a program that lets a user in by PAM and looks at what that has done to it
 *
 *	pamhost USER SERVICE...
 *
 * The password is the first line of standard input. Each service has a handle of its own, so that a module
 * of theirs is loaded by all of them, and all are open at the same time. When the sessions are open it
 * writes 'open' and what is different from before, and reads another line, so that others can look at its
 * memory; then it closes all, and writes what is different now. It has wiped its own copy of the password,
 * unless the environment has KEEP. Exit status 1 if PAM has refused, 2 if something is different
 * at the end.
 */
#include <dirent.h>
#include <errno.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "agent/base/cleanup.h"

#define HANDLES_MAX 4u

static char password[256];
static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
	(void)number;
	n_signals++;
}

/* --- what it is ----------------------------------------------------------------------------------- */

/* Who it is, how many threads there are, and what is done with signals. */
static void print_status(FILE *f)
{
	static const char *const lines[] = {
		"Uid:",    "Gid:",    "Groups:", "Threads:", "SigPnd:", "ShdPnd:",     "SigBlk:",
		"SigIgn:", "SigCgt:", "CapPrm:", "CapEff:",  "CapBnd:", "NoNewPrivs:", "Seccomp:"};
	FILE *status = fopen("/proc/self/status", "re");
	char line[512];

	while (status && fgets(line, sizeof(line), status))
		for (size_t i = 0; i < array_len(lines); i++)
			if (strncmp(line, lines[i], strlen(lines[i])) == 0)
				(void)fputs(line, f);
	if (status)
		(void)fclose(status);
}

static void print_signals(FILE *f)
{
	struct sigaction a;

	for (int i = 1; i < NSIG; i++)
		if (sigaction(i, NULL, &a) == 0)
			(void)fprintf(f, "signal %d: %p %x\n", i, (void *)(uintptr_t)a.sa_handler,
				      (unsigned)a.sa_flags);
	(void)fprintf(f, "signals handled: %d\n", (int)n_signals);
}

static void print_descriptors(FILE *f)
{
	DIR *dir = opendir("/proc/self/fd");
	char target[256];
	struct dirent *entry;
	ssize_t n;

	while (dir && (entry = readdir(dir))) {
		n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (n < 0 || atoi(entry->d_name) == dirfd(dir))
			continue;
		target[n] = '\0';
		(void)fprintf(f, "fd %s: %s\n", entry->d_name, target);
	}
	if (dir)
		(void)closedir(dir);
}

static void print_rest(FILE *f)
{
	struct itimerval timer = {};
	struct rlimit core = {};
	char cwd[4096] = "";
	mode_t mask = umask(0);

	(void)umask(mask);
	(void)getrlimit(RLIMIT_CORE, &core);
	(void)getitimer(ITIMER_REAL, &timer);
	(void)fprintf(f, "umask %o, directory %s, core %llu, dumpable %d, alarm %ld\n",
		      (unsigned)mask, getcwd(cwd, sizeof(cwd)), (unsigned long long)core.rlim_cur,
		      prctl(PR_GET_DUMPABLE), (long)timer.it_value.tv_sec);
	(void)fprintf(f, "children: %s\n",
		      waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD ? "none" : "some");
	for (char **variable = environ; *variable; variable++)
		(void)fprintf(f, "environment: %s\n", *variable);
}

static char *look(void)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	print_status(f);
	print_signals(f);
	print_descriptors(f);
	print_rest(f);
	(void)fclose(f);
	return text;
}

static bool has_line(const char *text, const char *line, size_t size)
{
	for (; *text != '\0'; text = strchr(text, '\n') + 1)
		if (strncmp(text, line, size) == 0 && text[size] == '\n')
			return true;
	return false;
}

/* Whether all lines of a are in b; those that are not are written. */
static bool compare(const char *word, const char *a, const char *b)
{
	bool is_same = true;

	for (const char *end; *a != '\0'; a = end + 1) {
		end = strchr(a, '\n');
		if (has_line(b, a, (size_t)(end - a)))
			continue;
		is_same = false;
		(void)printf("%s %.*s\n", word, (int)(end - a), a);
	}
	return is_same;
}

static bool is_as_before(const char *before)
{
	char *now = look();
	bool is_gone = !compare("gone:", before, now), is_new = !compare("new:", now, before);

	free(now);
	return !is_gone && !is_new;
}

/* --- PAM ------------------------------------------------------------------------------------------ */

static int converse(int n, const struct pam_message **messages, struct pam_response **ret,
		    void *userdata)
{
	(void)userdata;
	*ret = calloc((size_t)n, sizeof(**ret));
	for (int i = 0; *ret && i < n; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			(*ret)[i].resp = strdup(password);
		else
			(void)printf("told: %s\n", messages[i]->msg);
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

static bool let_in(const char *user, const char *service, pam_handle_t **ret)
{
	static const struct pam_conv conversation = {.conv = converse};
	int r = pam_start(service, user, &conversation, ret);

	if (r == PAM_SUCCESS)
		r = pam_authenticate(*ret, 0);
	if (r == PAM_SUCCESS)
		r = pam_setcred(*ret, PAM_ESTABLISH_CRED);
	if (r == PAM_SUCCESS)
		r = pam_open_session(*ret, 0);
	if (r != PAM_SUCCESS)
		(void)printf("%s: %s\n", service, pam_strerror(*ret, r));
	return r == PAM_SUCCESS;
}

static void let_out(pam_handle_t *handle)
{
	int r = pam_close_session(handle, 0);

	if (r == PAM_SUCCESS)
		r = pam_setcred(handle, PAM_DELETE_CRED);
	(void)pam_end(handle, r);
}

static void read_line(char *ret, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(STDIN_FILENO, ret + n, 1) == 1 && ret[n] != '\n')
		n++;
	ret[n] = '\0';
}

/* libc opens its descriptor for the log at the first line, and those of NSS at the first user. */
static void warm_up(const char *user)
{
	const struct sigaction counting = {.sa_handler = count_signal};

	(void)sigaction(SIGCHLD, &counting, NULL);
	(void)sigaction(SIGPIPE, &counting, NULL);
	(void)sigaction(SIGALRM, &counting, NULL);
	syslog(LOG_AUTHPRIV | LOG_DEBUG, "a login of '%s' begins", user);
	read_line(password, sizeof(password));
}

int main(int argc, char **argv)
{
	pam_handle_t *handles[HANDLES_MAX] = {};
	bool is_in = true, is_same;
	char line[2], *before;

	if (argc < 3 || argc - 2 > (int)HANDLES_MAX)
		return 64;
	warm_up(argv[1]);
	before = look();
	for (int i = 2; i < argc; i++)
		is_in = let_in(argv[1], argv[i], &handles[i - 2]) && is_in;
	if (!getenv("KEEP"))
		explicit_bzero(password, sizeof(password));
	(void)is_as_before(before); /* it is said */
	(void)printf("open\n");
	(void)fflush(stdout);
	read_line(line, sizeof(line));
	for (int i = argc - 1; i >= 2; i--)
		let_out(handles[i - 2]);
	is_same = is_as_before(before);
	free(before);
	return is_in ? is_same ? 0 : 2 : 1;
}
