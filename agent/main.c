/*
 * main.c - signetd: reads its arguments, takes its sockets, turns the loop, says how it ended
 *
 * Decides nothing. What lives is in agent.c, what happens to a request in request.c.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/base/code.h"
#include "agent/base/fd.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/policy/rules.h"

static const char *arg_config = "/etc/signet";
static const char *arg_runtime = "/run/signet";
static const char *arg_state = "/var/lib/signet";
static const char *arg_journal;
static bool arg_check;

static int usage(void)
{
	puts("signetd [OPTION]...\n"
	     "\n"
	     "The signing agent of this host. Takes its socket from systemd, or makes\n"
	     "DIR/agent.sock itself.\n"
	     "\n"
	     "  --config DIR    signet.conf, tokens.d, keys.d ... (/etc/signet)\n"
	     "  --runtime DIR   agent.sock and token/NAME.sock (/run/signet)\n"
	     "  --state DIR     what survives a restart (/var/lib/signet)\n"
	     "  --journal PATH  socket that takes the records, instead of journald's\n"
	     "  --check-config  read the configuration, say what is wrong with it, and exit\n"
	     "  --help, --version");
	return 0;
}

/* Returns an exit status if there is nothing more to do, -1 to go on. */
static int parse_args(int argc, char **argv)
{
	enum { ARG_CONFIG = 256, ARG_RUNTIME, ARG_STATE, ARG_JOURNAL, ARG_CHECK, ARG_VERSION };
	static const struct option options[] = {
		{"config", required_argument, NULL, ARG_CONFIG},
		{"runtime", required_argument, NULL, ARG_RUNTIME},
		{"state", required_argument, NULL, ARG_STATE},
		{"journal", required_argument, NULL, ARG_JOURNAL},
		{"check-config", no_argument, NULL, ARG_CHECK},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, ARG_VERSION},
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case ARG_CONFIG:
			arg_config = optarg;
			break;
		case ARG_RUNTIME:
			arg_runtime = optarg;
			break;
		case ARG_STATE:
			arg_state = optarg;
			break;
		case ARG_JOURNAL:
			arg_journal = optarg;
			break;
		case ARG_CHECK:
			arg_check = true;
			break;
		case 'h':
			return usage();
		case ARG_VERSION:
			puts("signetd " SIGNET_VERSION);
			return 0;
		default:
			return STATUS_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "signetd: '%s' is not an option; see signetd --help\n",
			argv[optind]);
		return STATUS_USAGE;
	}
	return -1;
}

/* For people, before a reload: one line, without what the journal wants in front of it. */
static int check_config(void)
{
	_cleanup_(rules_freep) struct rules *rules = NULL;
	struct rules_error error = {};
	int r;

	r = rules_load(arg_config, &rules, &error);
	if (r == 0)
		return STATUS_OK;
	if (!error.path)
		fprintf(stderr, "%s: cannot be checked: %s\n", arg_config, strerror(-r));
	else if (error.line > 0)
		fprintf(stderr, "%s:%u: %s\n", error.path, error.line, error.what);
	else
		fprintf(stderr, "%s: %s\n", error.path, error.what);
	rules_error_done(&error);
	return r == -EINVAL || r == -ENOENT ? STATUS_CONFIG : STATUS_IO;
}

static int harden(void)
{
	const struct rlimit none = {};

	if (sodium_init() < 0)
		return -ENOSYS;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return -errno;
	return 0;
}

/* --- sockets ------------------------------------------------------------------------------------------ */

static int make_dir(const char *path, mode_t mode)
{
	return mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;
}

static int listen_ourselves(struct agent *a)
{
	_cleanup_(freep) char *path = text_format("%s/agent.sock", arg_runtime);
	_cleanup_(freep) char *tokens = text_format("%s/token", arg_runtime);
	int fd, r;

	if (!path || !tokens)
		return -ENOMEM;
	r = make_dir(arg_runtime, 0755);
	if (r == 0)
		r = make_dir(tokens, 0700);
	if (r == 0)
		r = listener_bind(path, &fd);
	return r < 0 ? r : agent_listen(a, fd);
}

/*
 * Takes what systemd hands over: descriptors named 'agent', or a single one of any name (which is
 * what systemd-socket-activate gives without --fdname).
 */
static int listen_on_passed(struct agent *a, char **names, int n)
{
	int r = 0;

	for (int i = 0; i < n && r == 0; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if ((n > 1 && strcmp(names[i], "agent") != 0) ||
		    sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) <= 0) {
			log_error("descriptor '%s' is not our listening socket", names[i]);
			return -EINVAL;
		}
		r = agent_listen(a, fd);
	}
	a->is_activated = true;
	return r;
}

static int open_sockets(struct agent *a)
{
	char **names = NULL;
	int n, r;

	n = sd_listen_fds_with_names(true, &names);
	if (n < 0)
		return n;
	r = n > 0 ? listen_on_passed(a, names, n) : listen_ourselves(a);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return r;
}

/* --- the loop ----------------------------------------------------------------------------------------- */

static int on_stop(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	(void)s;
	(void)si;
	agent_stop(userdata);
	return 0;
}

static int on_reload(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	(void)s;
	(void)si;
	agent_reload(userdata);
	return 0;
}

static int add_signals(struct agent *a)
{
	sigset_t set;
	int r;

	(void)sigemptyset(&set); /* cannot fail, as sigaddset() with real signals */
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(a->event, NULL, SIGTERM, on_stop, a);
	if (r >= 0)
		r = sd_event_add_signal(a->event, NULL, SIGINT, on_stop, a);
	if (r >= 0)
		r = sd_event_add_signal(a->event, NULL, SIGHUP, on_reload, a);
	if (r >= 0)
		r = sd_event_set_watchdog(a->event, true);
	return r < 0 ? r : 0;
}

static int run(struct agent *a)
{
	int r;

	r = add_signals(a);
	if (r == 0)
		r = open_sockets(a);
	if (r < 0) {
		log_error("cannot listen: %s", strerror(-r));
		return r;
	}
	agent_consider_idle(a);
	(void)sd_notify(false, "READY=1");
	r = agent_run(a);
	if (r < 0)
		log_error("the event loop broke: %s", strerror(-r));
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_(agent_freep) struct agent *a = NULL;
	struct agent_paths paths;
	int r;

	r = parse_args(argc, argv);
	if (r >= 0)
		return r;
	if (arg_check)
		return check_config();
	r = harden();
	if (r < 0) {
		log_error("cannot secure the process: %s", strerror(-r));
		return STATUS_IO;
	}
	paths = (struct agent_paths){arg_config, arg_runtime, arg_journal,
				     arg_check ? NULL : arg_state};
	r = agent_new(&paths, &a);
	if (r == -EINVAL)
		return STATUS_CONFIG; /* said already */
	if (r < 0) {
		log_error("cannot start: %s", strerror(-r));
		return STATUS_IO;
	}
	return run(a) < 0 ? STATUS_IO : 0;
}
