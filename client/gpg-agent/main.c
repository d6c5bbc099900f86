/*
 * gpg-agent/main.c - signet-gpg-agent: speaks GnuPG's agent protocol in front of signetd
 *
 * systemd hands over the listening sockets. Each client gets a thread, since both the protocol and
 * libsignet wait; what one waits for keeps nobody else. Keys, passphrases and decisions are
 * elsewhere: at signetd, and at the user's own gpg-agent behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/gpg-agent/dialogue.h"
#include "client/gpg-agent/share.h"

#ifndef SIGNET_VERSION
#define SIGNET_VERSION "unknown" /* the Makefile says */
#endif

/* The first descriptor that systemd hands over, and how many are looked at. */
#define LISTEN_FDS_START 3
#define LISTEN_FDS_MAX 8u
/* Far more than the programs that one user has running: who opens more is broken. */
#define CLIENTS_MAX 128u
/* Until it is tried again where there are no descriptors. */
#define ACCEPT_MSEC 500
/* gpg opens a connection each time: an agent that nobody needs ends, and systemd starts the next. */
#define IDLE_SEC 300u

static const char *arg_behind;
static unsigned arg_idle_sec = IDLE_SEC;
static atomic_uint n_clients;

/* --- clients ---------------------------------------------------------------------------------- */

static void *serve(void *userdata)
{
	struct dialogue *d = userdata;

	dialogue_run(d);
	dialogue_done(d);
	free(d);
	atomic_fetch_sub(&n_clients, 1);
	return NULL;
}

/* Takes the descriptor over. NULL, or a sentence that says why not. */
static const char *begin(int fd)
{
	struct dialogue *d = malloc(sizeof(*d));
	pthread_t thread;

	if (!d || dialogue_init(d, fd, arg_behind) < 0) {
		(void)close(fd); /* nothing was sent */
		free(d);
		return "out of memory, or SIGNET_SOCK is no path";
	}
	atomic_fetch_add(&n_clients, 1);
	if (pthread_create(&thread, NULL, serve, d) == 0) {
		(void)pthread_detach(thread); /* was just made */
		return NULL;
	}
	atomic_fetch_sub(&n_clients, 1);
	dialogue_done(d);
	free(d);
	return "no thread to be had";
}

static void accept_one(int listen_fd)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	const char *why = NULL;

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			(void)poll(NULL, 0,
				   ACCEPT_MSEC); /* just time, for others to close theirs */
		return;
	}
	if (!lines_are_mine(fd))
		why = "it is not of this user";
	else if (atomic_load(&n_clients) >= CLIENTS_MAX)
		why = "there are too many";
	if (why)
		(void)close(fd); /* nothing was sent */
	else
		why = begin(fd);
	if (why)
		(void)fprintf(stderr, "a client was turned away: %s\n", why);
}

/* --- the sockets ------------------------------------------------------------------------------ */

/* A number of up to nine digits, and nothing else. */
static bool parse_number(const char *text, unsigned *ret)
{
	unsigned n = 0;
	size_t size = text ? strlen(text) : 0;

	if (size == 0 || size > 9)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (unsigned)(*text - '0');
	}
	*ret = n;
	return true;
}

/* How many sockets systemd has handed over to this very process. */
static unsigned find_sockets(struct pollfd fds[static LISTEN_FDS_MAX])
{
	unsigned pid, n;

	if (!parse_number(getenv("LISTEN_PID"), &pid) || (pid_t)pid != getpid())
		return 0;
	if (!parse_number(getenv("LISTEN_FDS"), &n) || n > LISTEN_FDS_MAX)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		int fd = LISTEN_FDS_START + (int)i;

		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
			return 0;
		fds[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	return n;
}

/* Until nobody was there for some time. */
static int listen_to(struct pollfd *fds, unsigned n)
{
	for (;;) {
		int ready = poll(fds, n, (int)arg_idle_sec * 1000);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready == 0 && atomic_load(&n_clients) == 0)
			return 0;
		for (unsigned i = 0; ready > 0 && i < n; i++)
			if (fds[i].revents)
				accept_one(fds[i].fd);
	}
}

/* --- the command line ------------------------------------------------------------------------- */

static int print_help(void)
{
	return printf("usage: signet-gpg-agent [OPTION]...\n\n"
		      "Started by systemd; see signet-gpg-agent(8).\n\n"
		      "  --behind PATH    socket of the user's own gpg-agent\n"
		      "                   (default: $XDG_RUNTIME_DIR/gnupg/S.gpg-agent.behind)\n"
		      "  --idle SECONDS   end when nobody was there for so long (default: %u)\n"
		      "  --help           show this\n"
		      "  --version        show the version\n",
		      IDLE_SEC) < 0;
}

/* False: *ret_status is how the program ends. */
static bool parse_options(int argc, char **argv, int *ret_status)
{
	static const struct option options[] = {{"behind", required_argument, NULL, 'b'},
						{"idle", required_argument, NULL, 'i'},
						{"help", no_argument, NULL, 'h'},
						{"version", no_argument, NULL, 'v'},
						{}};
	int c;

	*ret_status = 64;
	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case 'b':
			arg_behind = optarg;
			break;
		case 'i':
			if (!parse_number(optarg, &arg_idle_sec) || arg_idle_sec == 0 ||
			    arg_idle_sec > 86400)
				return false;
			break;
		case 'h':
			*ret_status = print_help();
			return false;
		case 'v':
			*ret_status = printf("signet-gpg-agent %s\n", SIGNET_VERSION) < 0;
			return false;
		default:
			return false;
		}
	}
	return optind == argc;
}

int main(int argc, char **argv)
{
	_cleanup_(freep) char *standard = NULL;
	struct pollfd fds[LISTEN_FDS_MAX];
	const char *dir = getenv("XDG_RUNTIME_DIR");
	unsigned n;
	int r;

	if (!parse_options(argc, argv, &r))
		return r;
	if (!arg_behind && asprintf(&standard, "%s/gnupg/S.gpg-agent.behind", dir ? dir : "") >= 0)
		arg_behind = standard;
	n = find_sockets(fds);
	if (n == 0 || !arg_behind || !sexp_init()) {
		(void)fprintf(stderr, "signet-gpg-agent: %s\n",
			      n == 0 ? "is started by systemd, which hands over a socket"
				     : "out of memory, or a libgcrypt that does not fit");
		return n == 0 ? 64 : 75;
	}
	r = listen_to(fds, n);
	if (r < 0)
		(void)fprintf(stderr, "signet-gpg-agent: waiting for clients: %s\n", strerror(-r));
	return r < 0 ? 74 : 0;
}
