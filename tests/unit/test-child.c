/*
 * test-child.c - what happens in the child, and that the host does not feel it
 */
#include "pam/child.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/clock.h"

static uint64_t in(uint64_t usec)
{
	return clock_boottime_usec() + usec;
}

static void start(struct child *c, void (*work)(int fd, void *userdata), void *userdata)
{
	ck_assert_int_eq(child_start(c, NULL, work, userdata), 0);
}

static void check_gone(const struct child *c)
{
	siginfo_t info;

	ck_assert_int_eq(c->fd, -EBADF);
	ck_assert_int_eq(c->pidfd, -EBADF);
	ck_assert_int_eq(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
}

static void say_two_things(int fd, void *userdata)
{
	child_say(fd, REPORT_LOG, "%s", (const char *)userdata);
	child_report(fd, REPORT_SIGNED, "", 0);
}

START_TEST(reports_come_in_their_order_and_then_the_end)
{
	static struct report r;
	struct child c;

	start(&c, say_two_things, (void *)"hello");
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_REPORTED);
	ck_assert_int_eq(r.kind, REPORT_LOG);
	unit_check_text((struct view){r.data, r.size}, "hello");
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_REPORTED);
	ck_assert_int_eq(r.kind, REPORT_SIGNED);
	ck_assert_uint_eq(r.size, 0);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_ENDED);
	child_end(&c, 0);
	check_gone(&c);
}
END_TEST

static void hang(int fd, void *userdata)
{
	(void)fd;
	(void)userdata;
	for (;;)
		(void)pause();
}

START_TEST(one_that_hangs_is_late_and_killed)
{
	static struct report r;
	struct child c;

	start(&c, hang, NULL);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_MSEC), &r), CHILD_LATE);
	child_end(&c, 10 * USEC_PER_MSEC);
	check_gone(&c);
}
END_TEST

static void crash(int fd, void *userdata)
{
	(void)userdata;
	child_say(fd, REPORT_LOG, "so far");
	(void)signal(SIGSEGV, SIG_DFL);
	(void)kill(getpid(), SIGKILL);
}

START_TEST(one_that_dies_has_not_ended)
{
	static struct report r;
	struct child c;

	start(&c, crash, NULL);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_REPORTED);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_DIED);
	child_end(&c, 0);
}
END_TEST

static void say_too_much(int fd, void *userdata)
{
	static const char much[REPORT_MAX + 1];

	(void)userdata;
	child_report(fd, REPORT_SIGNED, much, sizeof(much));
}

START_TEST(a_report_that_is_too_long_is_the_end)
{
	static struct report r;
	struct child c;

	start(&c, say_too_much, NULL);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_DIED);
	child_end(&c, 0);
}
END_TEST

static void await_hang_up(int fd, void *userdata)
{
	struct pollfd p = {.fd = fd};
	short *seen = userdata;

	(void)poll(&p, 1, -1);
	*seen = p.revents;
}

START_TEST(who_is_not_listened_to_any_more_sees_it_and_may_finish)
{
	struct child c;
	short *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			   -1, 0);

	ck_assert_ptr_ne(seen, MAP_FAILED);
	start(&c, await_hang_up, seen);
	child_end(&c, 10 * USEC_PER_SEC);
	ck_assert_int_eq(*seen, POLLHUP);
}
END_TEST

static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
	(void)number;
	n_signals++;
}

static void handle(int number)
{
	const struct sigaction action = {.sa_handler = count_signal};

	ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

START_TEST(the_host_gets_no_signal_and_its_own_wait_does_not_see_the_child)
{
	static struct report r;
	struct child c;
	int status;

	handle(SIGCHLD);
	start(&c, say_two_things, (void *)"hello");
	while (child_wait(&c, in(10 * USEC_PER_SEC), &r) == CHILD_REPORTED)
		;
	ck_assert_int_eq(waitpid(-1, &status, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	child_end(&c, 0);
	ck_assert_int_eq(n_signals, 0);
}
END_TEST

START_TEST(a_host_that_ignores_its_children_does_not_lose_it)
{
	struct child c;

	(void)signal(SIGCHLD, SIG_IGN);
	start(&c, hang, NULL);
	child_end(&c, 0);
	check_gone(&c);
}
END_TEST

START_TEST(the_mask_of_the_host_is_as_it_was)
{
	sigset_t set, now;
	struct child c;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &set, NULL), 0);
	start(&c, say_two_things, (void *)"");
	child_end(&c, USEC_PER_SEC);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	ck_assert_int_eq(sigismember(&now, SIGUSR2), 1);
	ck_assert_int_eq(sigismember(&now, SIGUSR1), 0);
	ck_assert_int_eq(sigismember(&now, SIGTERM), 0);
}
END_TEST

/* Ctrl-C on the terminal of sudo reaches both; the handler of the host must not run in the child. */
static void look_at_signals(int fd, void *userdata)
{
	(void)userdata;
	(void)kill(getpid(), SIGINT);
	(void)kill(getpid(), SIGTERM);
	child_say(fd, REPORT_LOG, "%d %d", (int)n_signals, prctl(PR_GET_DUMPABLE));
}

START_TEST(in_the_child_no_signal_is_handled_and_nothing_may_be_dumped)
{
	static struct report r;
	struct child c;

	handle(SIGINT);
	handle(SIGTERM);
	start(&c, look_at_signals, NULL);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_REPORTED);
	unit_check_text((struct view){r.data, r.size}, "0 0");
	child_end(&c, 0);
}
END_TEST

/* Again and again, since the host may not be waiting yet. */
static void ring(int fd, void *userdata)
{
	(void)fd;
	(void)userdata;
	while (kill(getppid(), SIGUSR1) == 0)
		(void)poll(NULL, 0, 10);
}

START_TEST(a_signal_that_the_host_handles_interrupts_waiting)
{
	static struct report r;
	struct child c;

	handle(SIGUSR1);
	start(&c, ring, NULL);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_INTERRUPTED);
	ck_assert_int_ge(n_signals, 1);
	child_end(&c, 0);
}
END_TEST

static void look_at_descriptors(int fd, void *userdata)
{
	const int *other = userdata;

	child_say(fd, REPORT_LOG, "%s", fcntl(*other, F_GETFD) < 0 ? "closed" : "open");
}

START_TEST(what_the_host_has_open_is_closed_in_the_child)
{
	static struct report r;
	struct child c;
	int below = open("/dev/null", O_RDONLY), above;

	start(&c, look_at_descriptors, &below);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_REPORTED);
	unit_check_text((struct view){r.data, r.size}, "closed");
	child_end(&c, 0);
	above = fcntl(below, F_DUPFD, 100);
	start(&c, look_at_descriptors, &above);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_REPORTED);
	unit_check_text((struct view){r.data, r.size}, "closed");
	child_end(&c, 0);
	ck_assert_int_ge(fcntl(above, F_GETFD), 0);
}
END_TEST

/* As sudo blocks SIGINT; the host will see it when it looks. */
START_TEST(a_signal_that_is_blocked_interrupts_only_who_heeds_it_and_stays)
{
	static struct report r;
	struct child c;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	start(&c, hang, NULL);
	(void)kill(getpid(), SIGINT);
	ck_assert_int_eq(child_wait(&c, in(USEC_PER_MSEC), &r), CHILD_LATE);
	child_heed_signals(&c);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_INTERRUPTED);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_INTERRUPTED);
	child_end(&c, 0);
	ck_assert_int_eq(sigpending(&set), 0);
	ck_assert_int_eq(sigismember(&set, SIGINT), 1);
}
END_TEST

/* What such a host writes to its standard streams must not be taken for a report. */
START_TEST(in_a_host_without_standard_streams_their_numbers_stay_free)
{
	struct child c;
	int kept[3];

	for (int fd = 0; fd < 3; fd++) {
		kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		(void)close(fd);
	}
	start(&c, hang, NULL);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(kept[fd], fd);
	ck_assert_int_gt(c.fd, 2);
	child_end(&c, 0);
}
END_TEST

static void say_who(int fd, void *userdata)
{
	uid_t real, effective, saved;
	gid_t group;

	(void)userdata;
	if (getresuid(&real, &effective, &saved) == 0 && getresgid(&group, &group, &group) == 0)
		child_say(fd, REPORT_LOG, "%u %u %u %u", real, effective, saved, group);
}

START_TEST(root_becomes_somebody_wholly_and_others_only_themselves)
{
	const struct child_identity nobody = {65534, 65533}, self = {getuid(), getgid()};
	static struct report r;
	enum child_event event;
	struct child c;

	ck_assert_int_eq(child_start(&c, &self, say_who, NULL), 0);
	ck_assert_int_eq(child_wait(&c, in(10 * USEC_PER_SEC), &r), CHILD_REPORTED);
	child_end(&c, 0);
	ck_assert_int_eq(child_start(&c, &nobody, say_who, NULL), 0);
	event = child_wait(&c, in(10 * USEC_PER_SEC), &r);
	child_end(&c, 0);
	if (geteuid() != 0) {
		ck_assert_int_eq(event, CHILD_DIED);
		return;
	}
	ck_assert_int_eq(event, CHILD_REPORTED);
	unit_check_text((struct view){r.data, r.size}, "65534 65534 65534 65533");
	ck_assert_uint_eq(geteuid(), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reports_come_in_their_order_and_then_the_end,
		one_that_hangs_is_late_and_killed,
		one_that_dies_has_not_ended,
		a_report_that_is_too_long_is_the_end,
		who_is_not_listened_to_any_more_sees_it_and_may_finish,
		the_host_gets_no_signal_and_its_own_wait_does_not_see_the_child,
		a_host_that_ignores_its_children_does_not_lose_it,
		the_mask_of_the_host_is_as_it_was,
		in_the_child_no_signal_is_handled_and_nothing_may_be_dumped,
		a_signal_that_the_host_handles_interrupts_waiting,
		what_the_host_has_open_is_closed_in_the_child,
		a_signal_that_is_blocked_interrupts_only_who_heeds_it_and_stays,
		in_a_host_without_standard_streams_their_numbers_stay_free,
		root_becomes_somebody_wholly_and_others_only_themselves,
	};
	return unit_run("child", tests, array_len(tests));
}
