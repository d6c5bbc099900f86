/*
 * test-listener.c - a listening socket: whom it lets in, whom it turns away, what it says of it
 *
 * getsockopt() stands before that of the C library, so that peers can have any uid, or none.
 */
#include "agent/peer/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "tests/unit/unit.h"

#define ALICE 2001u
#define BOB 2002u
#define LONG (3600 * USEC_PER_SEC)

static uid_t fake_uid;
static int fake_error; /* errno of SO_PEERCRED; 0: none */

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	int r = (int)syscall(SYS_getsockopt, fd, level, name, value, len);

	if (level != SOL_SOCKET || name != SO_PEERCRED || r < 0)
		return r;
	if (fake_error) {
		errno = fake_error;
		return -1;
	}
	((struct ucred *)value)->uid = fake_uid;
	return r;
}

/* --- the world -------------------------------------------------------------------------------- */

#define CONNS_MAX 1024u

static sd_event *event;
static struct quota *quota;
static struct listener *listener;
static char dir[] = "/tmp/test-listener-XXXXXX";
static char path[64];

static struct conn *conns[CONNS_MAX];
static unsigned n_conns, n_reports, n_refused;
static int last_error;
static uid_t last_uid; /* (uid_t) -1: reported without a caller */

static void on_conn(struct conn *c, void *userdata)
{
	ck_assert_ptr_eq(userdata, &quota);
	ck_assert_uint_lt(n_conns, CONNS_MAX);
	conns[n_conns++] = c;
}

static void on_refused(const struct caller *caller, int error, unsigned count, void *userdata)
{
	ck_assert_ptr_eq(userdata, &quota);
	ck_assert_uint_gt(count, 0);
	n_reports++;
	n_refused += count;
	last_error = error;
	last_uid = caller ? caller->uid : (uid_t)-1;
}

static void on_frame(struct conn *c, struct view frame, int *fd, void *userdata)
{
	(void)c;
	(void)frame;
	(void)fd;
	(void)userdata;
}

static void on_end(struct conn *c, enum conn_end why, void *userdata)
{
	(void)c;
	(void)why;
	(void)userdata;
}

static const struct listener_events events = {
	.conn = on_conn,
	.refused = on_refused,
	.conn_events = {.frame = on_frame, .end = on_end},
};

static void set_up(void)
{
	int fd = -EBADF;

	fake_uid = ALICE;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/agent.sock", dir);
	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_eq(quota_new(&quota), 0);
	ck_assert_int_eq(listener_bind(path, &fd), 0);
	ck_assert_int_eq(listener_new(event, fd, quota, LONG, &events, &quota, &listener), 0);
}

static void tear_down(void)
{
	listener = listener_free(listener);
	while (n_conns > 0)
		(void)conn_free(conns[--n_conns]);
	quota = quota_free(quota);
	event = sd_event_unref(event);
	(void)unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static int try_to_dial(void)
{
	struct sockaddr_un address;
	unsigned len;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_unix_address(path, &address, &len), 0);
	if (connect(fd, (struct sockaddr *)&address, len) < 0) {
		int error = -errno;

		(void)close(fd);
		return error;
	}
	return fd;
}

static int dial(void)
{
	int fd = try_to_dial();

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void turn(void)
{
	int r;

	while ((r = sd_event_run(event, 0)) > 0)
		;
	ck_assert_int_eq(r, 0);
}

static bool was_closed(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

/* As if this uid held so many already. */
static void hold(uid_t uid, size_t n)
{
	bool is_granted = false;

	ck_assert_int_eq(quota_charge(quota, uid, QUOTA_CONNECTIONS, n, &is_granted), 0);
	ck_assert(is_granted);
}

static void dial_and_be_refused(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		int fd = dial();

		turn();
		ck_assert(was_closed(fd));
		(void)close(fd);
	}
}

/* --- accepting -------------------------------------------------------------------------------- */

START_TEST(a_connection_is_handed_out_with_its_caller)
{
	int fd;

	set_up();
	fd = dial();
	turn();
	ck_assert_uint_eq(n_conns, 1);
	ck_assert_uint_eq(conn_caller(conns[0])->uid, ALICE);
	ck_assert_int_eq(conn_caller(conns[0])->pid, getpid());
	ck_assert_uint_eq(n_reports, 0);
	ck_assert(!was_closed(fd));
	(void)close(fd);
	tear_down();
}
END_TEST

START_TEST(a_crowd_is_let_in_bit_by_bit)
{
	int fds[200];

	set_up();
	for (unsigned i = 0; i < array_len(fds); i++)
		fds[i] = dial();
	while (n_conns == 0)
		ck_assert_int_gt(sd_event_run(event, 0), 0);
	ck_assert_uint_lt(n_conns, array_len(fds) / 2);
	turn();
	ck_assert_uint_eq(n_conns, array_len(fds));
	for (unsigned i = 0; i < array_len(fds); i++)
		(void)close(fds[i]);
	tear_down();
}
END_TEST

START_TEST(who_hung_up_before_being_accepted_does_no_harm)
{
	int fd;

	set_up();
	for (unsigned i = 0; i < 10; i++)
		(void)close(dial());
	fd = dial();
	turn();
	ck_assert_uint_eq(n_conns, 11);
	ck_assert(!was_closed(fd));
	(void)close(fd);
	tear_down();
}
END_TEST

/* --- turning away ----------------------------------------------------------------------------- */

START_TEST(a_uid_gets_its_share_and_not_one_more)
{
	int fds[UID_CONNECTIONS_MAX];

	set_up();
	for (unsigned i = 0; i < array_len(fds); i++) {
		fds[i] = dial();
		turn();
	}
	ck_assert_uint_eq(n_conns, UID_CONNECTIONS_MAX);
	ck_assert_uint_eq(n_reports, 0);
	dial_and_be_refused(1);
	ck_assert_uint_eq(n_conns, UID_CONNECTIONS_MAX);
	ck_assert_uint_eq(n_reports, 1);
	ck_assert_int_eq(last_error, -EDQUOT);
	ck_assert_uint_eq(last_uid, ALICE);
	for (unsigned i = 0; i < array_len(fds); i++)
		(void)close(fds[i]);
	tear_down();
}
END_TEST

START_TEST(one_uid_over_its_share_does_not_shut_out_another)
{
	int fd;

	set_up();
	hold(ALICE, UID_CONNECTIONS_MAX);
	dial_and_be_refused(100);
	fake_uid = BOB;
	fd = dial();
	turn();
	ck_assert_uint_eq(n_conns, 1);
	ck_assert_uint_eq(conn_caller(conns[0])->uid, BOB);
	(void)close(fd);
	quota_release(quota, ALICE, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	tear_down();
}
END_TEST

START_TEST(who_gave_a_connection_back_gets_another)
{
	int fd;

	set_up();
	hold(ALICE, UID_CONNECTIONS_MAX);
	dial_and_be_refused(1);
	quota_release(quota, ALICE, QUOTA_CONNECTIONS, 1);
	fd = dial();
	turn();
	ck_assert_uint_eq(n_conns, 1);
	(void)close(fd);
	quota_release(quota, ALICE, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX - 1);
	tear_down();
}
END_TEST

START_TEST(too_many_of_all_uids_are_turned_away)
{
	const unsigned uids = CONNECTIONS_MAX / UID_CONNECTIONS_MAX;

	set_up();
	for (unsigned i = 0; i < uids; i++)
		hold(3000 + i, UID_CONNECTIONS_MAX);
	dial_and_be_refused(1);
	ck_assert_int_eq(last_error, -EMFILE);
	ck_assert_uint_eq(last_uid, ALICE);
	for (unsigned i = 0; i < uids; i++)
		quota_release(quota, 3000 + i, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	tear_down();
}
END_TEST

START_TEST(who_has_no_identity_is_turned_away)
{
	set_up();
	fake_error = EACCES;
	dial_and_be_refused(1);
	ck_assert_uint_eq(n_conns, 0);
	ck_assert_uint_eq(n_reports, 1);
	ck_assert_int_eq(last_error, -EACCES);
	ck_assert_uint_eq(last_uid, (uid_t)-1);
	tear_down();
}
END_TEST

START_TEST(who_claims_to_be_nobody_is_turned_away)
{
	set_up();
	fake_uid = (uid_t)-1;
	dial_and_be_refused(1);
	ck_assert_uint_eq(n_conns, 0);
	ck_assert_uint_eq(n_reports, 1);
	tear_down();
}
END_TEST

START_TEST(a_flood_is_reported_once_and_then_as_a_number)
{
	set_up();
	hold(ALICE, UID_CONNECTIONS_MAX);
	dial_and_be_refused(300);
	ck_assert_uint_le(n_reports, 2); /* two if a second has passed meanwhile */
	while (n_refused < 300)
		ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
	ck_assert_uint_le(n_reports, 3);
	ck_assert_uint_eq(n_refused, 300);
	ck_assert_uint_eq(last_uid, ALICE);
	quota_release(quota, ALICE, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	tear_down();
}
END_TEST

START_TEST(a_flood_of_many_uids_is_reported_a_few_dozen_times)
{
	const unsigned uids = 300;

	set_up();
	for (uid_t uid = 5000; uid < 5000 + uids; uid++) {
		hold(uid, UID_CONNECTIONS_MAX);
		fake_uid = uid;
		dial_and_be_refused(2);
		quota_release(quota, uid, QUOTA_CONNECTIONS, UID_CONNECTIONS_MAX);
	}
	ck_assert_uint_le(n_reports, 2 * 64); /* twice if a second has passed meanwhile */
	while (n_refused < 2 * uids)
		ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
	ck_assert_uint_eq(n_refused, 2 * uids);
	tear_down();
}
END_TEST

/* Leaves the process without free descriptors. */
static rlim_t use_up_descriptors(void)
{
	struct rlimit limit;
	rlim_t before;
	int next;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	next = fcntl(0, F_DUPFD_CLOEXEC, 0);
	ck_assert_int_ge(next, 0);
	(void)close(next);
	limit.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static void give_descriptors_back(rlim_t n)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(without_descriptors_it_waits_a_moment_instead_of_spinning)
{
	rlim_t before;
	int fd;

	set_up();
	fd = dial();
	before = use_up_descriptors();
	turn(); /* comes to an end: the listener does not ask again and again */
	ck_assert_uint_eq(n_conns, 0);
	ck_assert_uint_eq(n_reports, 1);
	ck_assert_int_eq(last_error, -EMFILE);
	ck_assert_uint_eq(last_uid, (uid_t)-1);
	give_descriptors_back(before);
	while (n_conns == 0)
		ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
	ck_assert(!was_closed(fd));
	(void)close(fd);
	tear_down();
}
END_TEST

/* --- binding ---------------------------------------------------------------------------------- */

START_TEST(everybody_may_connect_whatever_the_umask)
{
	struct stat st;
	int fd = -EBADF;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)umask(077);
	ck_assert_int_eq(listener_bind(path, &fd), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0666);
	ck_assert_uint_eq(umask(077), 077); /* as it was */
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(dir);
}
END_TEST

START_TEST(a_socket_that_was_left_over_is_replaced)
{
	int fd = -EBADF;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	ck_assert_int_eq(listener_bind(path, &fd), 0);
	(void)close(fd);
	ck_assert_int_eq(listener_bind(path, &fd), 0);
	(void)close(dial());
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(dir);
}
END_TEST

START_TEST(a_socket_in_use_is_not_replaced)
{
	int first = -EBADF, second = -EBADF;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	ck_assert_int_eq(listener_bind(path, &first), 0);
	ck_assert_int_eq(listener_bind(path, &second), -EADDRINUSE);
	ck_assert_int_eq(second, -EBADF);
	(void)close(dial());
	(void)close(first);
	(void)unlink(path);
	(void)rmdir(dir);
}
END_TEST

START_TEST(what_is_no_socket_is_not_replaced)
{
	struct stat st;
	int fd = -EBADF;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ck_assert_int_eq(listener_bind(path, &fd), -EADDRINUSE);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("elsewhere", path), 0);
	ck_assert_int_eq(listener_bind(path, &fd), -EADDRINUSE);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	(void)unlink(path);
	(void)rmdir(dir);
}
END_TEST

START_TEST(a_path_that_cannot_be_is_refused)
{
	char long_path[200];
	int fd = -EBADF;

	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	ck_assert_int_eq(listener_bind(long_path, &fd), -ENAMETOOLONG);
	ck_assert_int_eq(listener_bind("", &fd), -EINVAL);
	ck_assert_int_eq(listener_bind("/nonexistent/agent.sock", &fd), -ENOENT);
	ck_assert_int_eq(fd, -EBADF);
}
END_TEST

START_TEST(what_cannot_listen_is_closed)
{
	struct listener *l = NULL;
	int fd;

	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_eq(quota_new(&quota), 0);
	fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC); /* epoll takes no regular files */
	ck_assert_int_lt(listener_new(event, fd, quota, LONG, &events, NULL, &l), 0);
	ck_assert_ptr_null(l);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_lt(listener_new(event, -EBADF, quota, LONG, &events, NULL, &l), 0);
	quota = quota_free(quota);
	event = sd_event_unref(event);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_connection_is_handed_out_with_its_caller,
		a_crowd_is_let_in_bit_by_bit,
		who_hung_up_before_being_accepted_does_no_harm,
		a_uid_gets_its_share_and_not_one_more,
		one_uid_over_its_share_does_not_shut_out_another,
		who_gave_a_connection_back_gets_another,
		too_many_of_all_uids_are_turned_away,
		who_has_no_identity_is_turned_away,
		who_claims_to_be_nobody_is_turned_away,
		a_flood_is_reported_once_and_then_as_a_number,
		a_flood_of_many_uids_is_reported_a_few_dozen_times,
		without_descriptors_it_waits_a_moment_instead_of_spinning,
		everybody_may_connect_whatever_the_umask,
		a_socket_that_was_left_over_is_replaced,
		a_socket_in_use_is_not_replaced,
		what_is_no_socket_is_not_replaced,
		a_path_that_cannot_be_is_refused,
		what_cannot_listen_is_closed,
	};

	return unit_run("listener", tests, array_len(tests));
}
