/*
 * test-identity.c - socket -> caller
 *
 * What the kernel and systemd answer can be replaced here: the functions below stand before those
 * of the C library and of libsystemd. So old kernels, vanished processes and units can be had.
 */
#include "agent/peer/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "tests/unit/unit.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* --- what is replaced ------------------------------------------------------------------------- */

static struct {
	int cred_error, pidfd_error, groups_error; /* errno; 0: ask the kernel */
	pid_t pid;                                 /* said to be the peer's; -1: ask the kernel */
	uid_t uid;                                 /* the same; 0: ask the kernel */
	unsigned n_groups;                         /* as many, made up; 0: ask the kernel */
	int unit_result, session_result;           /* 0: the text below */
	const char *unit, *user_unit, *slice, *session;
	void (*on_unit)(void); /* called while systemd is asked */
} fake;

static void reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.pid = -1;
	fake.unit_result = fake.session_result = -ENODATA;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static int make_up_groups(gid_t *groups, socklen_t *len)
{
	socklen_t needed = fake.n_groups * (socklen_t)sizeof(gid_t), room = *len;

	*len = needed;
	if (needed > room)
		return refuse(ERANGE);
	for (unsigned i = 0; i < fake.n_groups; i++)
		groups[i] = 5000 + i;
	return 0;
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	int r;

	if (level == SOL_SOCKET && name == SO_PEERPIDFD && fake.pidfd_error)
		return refuse(fake.pidfd_error);
	if (level == SOL_SOCKET && name == SO_PEERGROUPS && fake.groups_error)
		return refuse(fake.groups_error);
	if (level == SOL_SOCKET && name == SO_PEERGROUPS && fake.n_groups)
		return make_up_groups(value, len);
	if (level == SOL_SOCKET && name == SO_PEERCRED && fake.cred_error)
		return refuse(fake.cred_error);
	r = (int)syscall(SYS_getsockopt, fd, level, name, value, len);
	if (r >= 0 && level == SOL_SOCKET && name == SO_PEERCRED) {
		struct ucred *cred = value;

		if (fake.pid >= 0)
			cred->pid = fake.pid;
		if (fake.uid > 0)
			cred->uid = fake.uid;
	}
	return r;
}

static int give(int result, const char *text, char **ret)
{
	if (result < 0)
		return result;
	if (!text)
		return -ENODATA;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

int sd_pid_get_unit(pid_t pid, char **ret)
{
	(void)pid;
	if (fake.on_unit)
		fake.on_unit();
	return give(fake.unit_result, fake.unit, ret);
}

int sd_pid_get_user_unit(pid_t pid, char **ret)
{
	(void)pid;
	return give(fake.unit_result, fake.user_unit, ret);
}

int sd_pid_get_slice(pid_t pid, char **ret)
{
	(void)pid;
	return give(fake.unit_result, fake.slice, ret);
}

int sd_pid_get_session(pid_t pid, char **ret)
{
	(void)pid;
	return give(fake.session_result, fake.session, ret);
}

/* --- peers ------------------------------------------------------------------------------------ */

/* One end of a socket whose peer is this process. */
static int own_socket(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	(void)close(fds[1]); /* who connected it is known all the same */
	return fds[0];
}

static struct caller *identify(int fd)
{
	struct caller *c = NULL;

	ck_assert_int_eq(identity_of_peer(fd, &c), 0);
	ck_assert_ptr_nonnull(c);
	return c;
}

static void check_misses(const struct caller *c, const char *what)
{
	ck_assert_ptr_nonnull(c->missing);
	ck_assert_msg(strstr(c->missing, what), "'%s' is not in '%s'", what, c->missing);
}

static void check_misses_nothing_of(const struct caller *c, const char *what)
{
	ck_assert_msg(!c->missing || !strstr(c->missing, what), "'%s' is in '%s'", what,
		      c->missing);
}

static void check_has_no_process(const struct caller *c)
{
	ck_assert_ptr_null(c->unit);
	ck_assert_ptr_null(c->user_unit);
	ck_assert_ptr_null(c->slice);
	ck_assert_ptr_null(c->session);
	ck_assert_ptr_null(c->invocation);
	ck_assert_ptr_null(c->comm);
	ck_assert_uint_eq(c->start_time, 0);
}

static void fake_units(void)
{
	fake.unit_result = fake.session_result = 0;
	fake.unit = "build@1.service";
	fake.slice = "system.slice";
	fake.session = "c7";
}

/* A child that has connected to the listening socket, and how to make it end. */
static pid_t child;

static int socket_of_child(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX}; /* autobind: no file needed */
	socklen_t len = sizeof(sa_family_t);
	int listener, fd;

	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	len = sizeof(address);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		int s = socket(AF_UNIX, SOCK_STREAM, 0);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (connect(s, (struct sockaddr *)&address, len) < 0)
			_exit(1);
		for (;;)
			(void)pause();
	}
	fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	(void)close(listener);
	return fd;
}

static void kill_child(void)
{
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

/* --- tests ------------------------------------------------------------------------------------ */

START_TEST(a_peer_is_known_by_what_the_kernel_says)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	ck_assert_int_eq(prctl(PR_SET_NAME, "some) (name"), 0);
	c = identify(fd);
	ck_assert_uint_eq(c->uid, geteuid());
	ck_assert_uint_eq(c->gid, getegid());
	ck_assert_int_eq(c->pid, getpid());
	ck_assert_str_eq(c->comm, "some) (name");
	ck_assert_uint_gt(c->start_time, 0);
	ck_assert_uint_eq(c->n_groups, (size_t)getgroups(0, NULL));
}
END_TEST

START_TEST(a_process_in_no_unit_misses_nothing)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	c = identify(fd);
	ck_assert_ptr_null(c->unit);
	ck_assert_ptr_null(c->session);
	check_misses_nothing_of(c, "unit");
	check_misses_nothing_of(c, "session");
}
END_TEST

START_TEST(units_are_kept_as_systemd_names_them)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake_units();
	fake.user_unit = "app-git\\x2dgui.service";
	c = identify(fd);
	ck_assert_str_eq(c->unit, "build@1.service");
	ck_assert_str_eq(c->user_unit, "app-git\\x2dgui.service");
	ck_assert_str_eq(c->slice, "system.slice");
	ck_assert_str_eq(c->session, "c7");
}
END_TEST

START_TEST(what_systemd_cannot_say_is_named)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake.unit_result = -ENOMEDIUM;
	fake.session_result = -ENXIO;
	c = identify(fd);
	check_misses(c, "unit: ");
	check_misses(c, "slice: ");
	check_misses_nothing_of(c, "session");
	ck_assert_ptr_null(c->unit);
	ck_assert_ptr_nonnull(c->comm);
}
END_TEST

START_TEST(a_unit_name_that_is_no_clean_text_is_dropped)
{
	static const char *const names[] = {"a\nb.service", "\xff.service", "x\x1b[31m.service",
					    ""};

	for (size_t i = 0; i < array_len(names); i++) {
		_cleanup_(fd_closep) int fd = own_socket();
		_cleanup_(caller_freep) struct caller *c = NULL;

		reset();
		fake_units();
		fake.unit = names[i];
		c = identify(fd);
		ck_assert_ptr_null(c->unit);
		ck_assert_ptr_null(c->invocation);
		check_misses(c, "unit: is not clean text");
		ck_assert_str_eq(c->slice, "system.slice");
	}
}
END_TEST

START_TEST(a_unit_name_does_not_lead_out_of_its_directory)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake_units();
	fake.unit = "../../../proc/self";
	c = identify(fd);
	ck_assert_ptr_null(c->invocation);
	check_misses(c, "invocation: ");
}
END_TEST

START_TEST(a_comm_with_control_bytes_is_dropped)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	ck_assert_int_eq(prctl(PR_SET_NAME, "a\nUID=0\x1b"), 0);
	c = identify(fd);
	ck_assert_ptr_null(c->comm);
	check_misses(c, "comm: is not clean text");
	ck_assert_uint_gt(c->start_time, 0);
}
END_TEST

START_TEST(brackets_in_a_comm_do_not_shift_the_start_time)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *before = NULL, *after = NULL;

	reset();
	before = identify(fd);
	ck_assert_int_eq(prctl(PR_SET_NAME, ") R 1 1 ) 7 7"), 0);
	after = identify(fd);
	ck_assert_uint_gt(before->start_time, 0);
	ck_assert_uint_eq(before->start_time, after->start_time);
}
END_TEST

START_TEST(an_old_kernel_costs_the_pidfd_and_no_more)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake_units();
	fake.pidfd_error = ENOPROTOOPT;
	c = identify(fd);
	ck_assert_int_lt(c->pidfd, 0);
	check_misses(c, "pidfd: ");
	check_misses_nothing_of(c, "process");
	ck_assert_str_eq(c->unit, "build@1.service");
	ck_assert_uint_gt(c->start_time, 0);
}
END_TEST

START_TEST(without_pidfd_another_uid_under_the_number_is_not_the_peer)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake_units();
	fake.pidfd_error = ENOPROTOOPT;
	fake.uid = 4242;
	c = identify(fd);
	ck_assert_uint_eq(c->uid, 4242);
	check_has_no_process(c);
	check_misses(c, "process: ");
}
END_TEST

START_TEST(a_kernel_that_says_the_process_is_gone_ends_the_search)
{
	static const int errors[] = {EINVAL, ESRCH, ENODATA};

	for (size_t i = 0; i < array_len(errors); i++) {
		_cleanup_(fd_closep) int fd = own_socket();
		_cleanup_(caller_freep) struct caller *c = NULL;

		reset();
		fake_units();
		fake.pidfd_error = errors[i];
		c = identify(fd);
		ck_assert_int_lt(c->pidfd, 0);
		check_has_no_process(c);
		check_misses(c, "pidfd: ");
	}
}
END_TEST

START_TEST(a_dead_peer_has_no_unit)
{
	_cleanup_(caller_freep) struct caller *c = NULL;
	_cleanup_(fd_closep) int fd = -EBADF;

	reset();
	fake_units();
	fd = socket_of_child();
	kill_child();
	c = identify(fd);
	ck_assert_int_eq(c->pid, child);
	ck_assert_uint_eq(c->uid, geteuid());
	check_has_no_process(c);
	ck_assert_ptr_nonnull(c->missing);
}
END_TEST

START_TEST(a_peer_that_dies_while_it_is_looked_at_has_no_unit)
{
	_cleanup_(caller_freep) struct caller *c = NULL;
	_cleanup_(fd_closep) int fd = -EBADF;

	reset();
	fake_units();
	fake.on_unit = kill_child;
	fd = socket_of_child();
	c = identify(fd);
	check_has_no_process(c);
	check_misses(c, "process: ");
}
END_TEST

START_TEST(it_also_has_none_where_there_is_no_pidfd)
{
	_cleanup_(caller_freep) struct caller *c = NULL;
	_cleanup_(fd_closep) int fd = -EBADF;

	reset();
	fake_units();
	fake.pidfd_error = ENOPROTOOPT;
	fake.on_unit = kill_child;
	fd = socket_of_child();
	c = identify(fd);
	check_has_no_process(c);
	check_misses(c, "process: ");
}
END_TEST

START_TEST(the_pidfd_is_the_peers_and_closed_on_exec)
{
	_cleanup_(caller_freep) struct caller *c = NULL;
	_cleanup_(fd_closep) int fd = -EBADF;
	struct pollfd p;

	reset();
	fd = socket_of_child();
	c = identify(fd);
	if (c->pidfd < 0) { /* an old kernel: then it has said so */
		check_misses(c, "pidfd: ");
		kill_child();
		return;
	}
	ck_assert_int_eq(fcntl(c->pidfd, F_GETFD), FD_CLOEXEC);
	p = (struct pollfd){.fd = c->pidfd, .events = POLLIN};
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	kill_child();
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
}
END_TEST

START_TEST(a_peer_of_another_pid_namespace_has_no_process)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake_units();
	fake.pid = 0;
	c = identify(fd);
	check_has_no_process(c);
	check_misses(c, "process: in another pid namespace");
	ck_assert_uint_eq(c->uid, geteuid());
}
END_TEST

START_TEST(a_number_that_nobody_has_gives_no_process)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake_units();
	fake.pidfd_error = ENOPROTOOPT;
	fake.pid = 0x7ffffff0;
	c = identify(fd);
	check_has_no_process(c);
	check_misses(c, "start time: ");
}
END_TEST

START_TEST(all_groups_are_kept_up_to_the_limit)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake.n_groups = GROUPS_MAX;
	c = identify(fd);
	ck_assert_uint_eq(c->n_groups, GROUPS_MAX);
	ck_assert_uint_eq(c->groups[0], 5000);
	ck_assert_uint_eq(c->groups[GROUPS_MAX - 1], 5000 + GROUPS_MAX - 1);
}
END_TEST

START_TEST(more_groups_than_that_are_none_and_named)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake.n_groups = GROUPS_MAX + 1;
	c = identify(fd);
	ck_assert_uint_eq(c->n_groups, 0);
	ck_assert_ptr_null(c->groups);
	check_misses(c, "groups: ");
}
END_TEST

START_TEST(groups_that_the_kernel_does_not_tell_are_named)
{
	_cleanup_(fd_closep) int fd = own_socket();
	_cleanup_(caller_freep) struct caller *c = NULL;

	reset();
	fake.groups_error = ENOPROTOOPT;
	c = identify(fd);
	ck_assert_uint_eq(c->n_groups, 0);
	check_misses(c, "groups: ");
	ck_assert_ptr_nonnull(c->comm);
}
END_TEST

START_TEST(being_out_of_descriptors_is_not_taken_for_an_answer)
{
	_cleanup_(fd_closep) int fd = own_socket();
	struct caller *c = NULL;

	reset();
	fake.pidfd_error = EMFILE;
	ck_assert_int_eq(identity_of_peer(fd, &c), -EMFILE);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(a_peer_without_credentials_has_no_identity)
{
	_cleanup_(fd_closep) int fd = own_socket();
	struct caller *c = NULL;

	reset();
	fake.cred_error = ENOPROTOOPT;
	ck_assert_int_eq(identity_of_peer(fd, &c), -ENOPROTOOPT);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(a_socket_that_nobody_is_connected_to_has_no_identity)
{
	_cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_(fd_closep) int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct caller *c = NULL;

	reset();
	ck_assert_int_lt(identity_of_peer(fd, &c), 0);
	ck_assert_int_lt(identity_of_peer(tcp, &c), 0);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(what_is_no_socket_has_no_identity)
{
	struct caller *c = NULL;

	reset();
	ck_assert_int_eq(identity_of_peer(-EBADF, &c), -EBADF);
	ck_assert_ptr_null(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_peer_is_known_by_what_the_kernel_says,
		a_process_in_no_unit_misses_nothing,
		units_are_kept_as_systemd_names_them,
		what_systemd_cannot_say_is_named,
		a_unit_name_that_is_no_clean_text_is_dropped,
		a_unit_name_does_not_lead_out_of_its_directory,
		a_comm_with_control_bytes_is_dropped,
		brackets_in_a_comm_do_not_shift_the_start_time,
		an_old_kernel_costs_the_pidfd_and_no_more,
		without_pidfd_another_uid_under_the_number_is_not_the_peer,
		a_kernel_that_says_the_process_is_gone_ends_the_search,
		a_dead_peer_has_no_unit,
		a_peer_that_dies_while_it_is_looked_at_has_no_unit,
		it_also_has_none_where_there_is_no_pidfd,
		the_pidfd_is_the_peers_and_closed_on_exec,
		a_peer_of_another_pid_namespace_has_no_process,
		a_number_that_nobody_has_gives_no_process,
		all_groups_are_kept_up_to_the_limit,
		more_groups_than_that_are_none_and_named,
		groups_that_the_kernel_does_not_tell_are_named,
		being_out_of_descriptors_is_not_taken_for_an_answer,
		a_peer_without_credentials_has_no_identity,
		a_socket_that_nobody_is_connected_to_has_no_identity,
		what_is_no_socket_has_no_identity,
	};

	return unit_run("identity", tests, array_len(tests));
}
