/*
 * worker/main.c - signet-token: holds one PKCS#11 token for signetd (signet-token(8))
 *
 * Reads the configuration, gives up what it does not need, starts its threads, runs the loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/code.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/worker/config.h"
#include "agent/worker/harden.h"
#include "agent/worker/loop.h"
#include "agent/worker/service.h"
#include "agent/worker/signer.h"

#ifndef SIGNET_VERSION
#define SIGNET_VERSION "unknown" /* set by the Makefile */
#endif

static const char *arg_config = "/etc/signet";
static const char *arg_runtime = "/run/signet";
static const char *arg_state = "/var/lib/signet";
static const char *arg_name;

/* --- arguments --------------------------------------------------------------------------------------- */

static void print_help(void)
{
	printf("signet-token [OPTION]... NAME\n"
	       "Holds the PKCS#11 token NAME for signetd.\n\n"
	       "  --config DIR    read DIR/tokens.d/NAME.conf (default %s)\n"
	       "  --runtime DIR   listen on DIR/token/NAME.sock unless a socket is passed\n"
	       "                  (default %s)\n"
	       "  --state DIR     keep state in DIR/token/NAME (default %s)\n"
	       "  --help, --version\n",
	       arg_config, arg_runtime, arg_state);
}

/* Returns what to exit with, or -1 to go on. */
static int parse_arguments(int argc, char **argv)
{
	enum { OPTION_CONFIG = 256, OPTION_RUNTIME, OPTION_STATE, OPTION_HELP, OPTION_VERSION };
	static const struct option options[] = {
		{"config", required_argument, NULL, OPTION_CONFIG},
		{"runtime", required_argument, NULL, OPTION_RUNTIME},
		{"state", required_argument, NULL, OPTION_STATE},
		{"help", no_argument, NULL, OPTION_HELP},
		{"version", no_argument, NULL, OPTION_VERSION},
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case OPTION_CONFIG:
			arg_config = optarg;
			break;
		case OPTION_RUNTIME:
			arg_runtime = optarg;
			break;
		case OPTION_STATE:
			arg_state = optarg;
			break;
		case OPTION_HELP:
			print_help();
			return 0;
		case OPTION_VERSION:
			printf("signet-token %s\n", SIGNET_VERSION);
			return 0;
		default:
			return STATUS_USAGE;
		}
	}
	if (argc - optind != 1 || !text_is_file_name(argv[optind])) {
		fprintf(stderr, "signet-token: expected the name of one token; see --help\n");
		return STATUS_USAGE;
	}
	arg_name = argv[optind];
	return -1;
}

/* --- getting ready ------------------------------------------------------------------------------------- */

static int read_config(struct tokenfile *ret)
{
	_cleanup_(freep) char *path = NULL;
	struct ini_error error = {};
	int r;

	r = config_read(arg_config, arg_name, ret, &error, &path);
	if (r == -EINVAL && error.line > 0)
		log_error("%s:%u: %s", path, error.line, error.what);
	else if (r == -EINVAL)
		log_error("%s: %s", path, error.what);
	else if (r < 0)
		log_error("%s cannot be read: %s", path ? path : arg_name, strerror(-r));
	return r;
}

/* The credential 'pin' of the unit; none is fine: somebody unlocks the token then. */
static int read_credential(struct secret **ret)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	_cleanup_(freep) char *path = NULL;
	_cleanup_(fd_closep) int fd = -EBADF;
	int r;

	if (!directory)
		return 0;
	path = text_format("%s/pin", directory);
	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = secret_read(fd, PIN_MAX, ret);
	return r;
}

static int make_state_directory(char **ret)
{
	_cleanup_(freep) char *parent = text_format("%s/token", arg_state);
	_cleanup_(freep) char *path = text_format("%s/token/%s", arg_state, arg_name);

	if (!parent || !path)
		return -ENOMEM;
	/* systemd makes them with the right owner; this is for where it does not. */
	if (mkdir(arg_state, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mkdir(parent, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	*ret = take_ptr(path);
	return 0;
}

static int open_listener(int *ret)
{
	int r;

	r = service_take_listener(ret);
	if (r < 0 || *ret >= 0)
		return r;
	return service_listen(arg_runtime, arg_name, ret);
}

/* Before any thread is there: all of them inherit the mask, and only the loop sees the signals. */
static int open_signals(int *ret)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	(void)sigemptyset(&set); /* these cannot fail with signals that exist */
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	if (sigaction(SIGPIPE, &ignore, NULL) < 0)
		return -errno;
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return -EINVAL;
	*ret = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret < 0 ? -errno : 0;
}

static int failed(const char *what, int r)
{
	log_error("token '%s': %s: %s", arg_name, what, strerror(-r));
	return EXIT_FAILURE;
}

/* --- running --------------------------------------------------------------------------------------------- */

/* Lives in main() until _exit(): threads use it for as long as there is a process. */
struct program {
	struct tokenfile config;
	char *directory; /* owned */
	int listener_fd; /* owned */
	int signal_fd;   /* owned */
	struct token token;
	struct queue queue;
	struct hub hub;
	struct inlet inlet;
	struct manager manager;
	struct signer signers[TOKEN_SESSIONS_MAX];
};

static int start_threads(struct program *p)
{
	unsigned n = config_sessions(&p->config);
	int r;

	r = manager_start(&p->manager, &p->token, &p->queue, &p->hub);
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = signer_start(&p->signers[i], &p->token, &p->manager, &p->queue);
	return r;
}

static int run(struct program *p)
{
	_cleanup_(secret_freep) struct secret *pin = NULL;
	const struct jobs jobs = {&p->queue, &p->manager, &p->hub};
	const struct loop loop = {
		.name = arg_name,
		.inlet = &p->inlet,
		.queue = &p->queue,
		.manager = &p->manager,
		.hub = &p->hub,
		.listener_fd = p->listener_fd,
		.signal_fd = p->signal_fd,
	};
	int r;

	r = read_credential(&pin);
	if (r < 0)
		log_warning("token '%s': the credential 'pin' cannot be used: %s", arg_name,
			    strerror(-r));
	token_init(&p->token, arg_name, p->directory, &p->config, &pin);
	inlet_init(&p->inlet, &jobs);
	r = hub_init(&p->hub);
	if (r == 0)
		r = queue_init(&p->queue, p->hub.bell_fd, inlet_readable, &p->inlet);
	if (r == 0)
		r = start_threads(p);
	if (r < 0)
		return failed("the threads cannot be started", r);
	service_notify("READY=1\nSTATUS=looking for the token");
	return (int)loop_run(&loop);
}

static int get_ready_and_run(struct program *p)
{
	int r;

	r = harden_process();
	if (r < 0)
		return failed("the process cannot be protected", r);
	r = harden_memory();
	if (r < 0)
		log_notice("token '%s': the module's memory may be swapped: %s", arg_name,
			   strerror(-r));
	r = read_config(&p->config);
	if (r < 0)
		return STATUS_CONFIG;
	r = make_state_directory(&p->directory);
	if (r < 0)
		return failed("there is no directory for its state", r);
	r = open_listener(&p->listener_fd);
	if (r < 0)
		return failed("there is no socket to listen on", r);
	r = open_signals(&p->signal_fd);
	if (r < 0)
		return failed("signals cannot be received", r);
	return run(p);
}

int main(int argc, char **argv)
{
	struct program program = {.listener_fd = -EBADF, .signal_fd = -EBADF};
	int status = parse_arguments(argc, argv);

	if (status >= 0)
		return status;
	/* Threads may be inside the module: nothing is to be cleaned up under them. */
	_exit(get_ready_and_run(&program));
}
