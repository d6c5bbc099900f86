/*
 * test-polkit.c - questions to polkit, against a polkitd of our own at the other end of a socket
 *
 * Both ends live in one event loop, so everything that is going to happen without time passing has
 * happened once the loop is idle: idle().
 */
#include "agent/policy/polkit.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/policy/polkit-grants.h"
#include "agent/policy/polkit-internal.h"
#include "agent/policy/polkit-subject.h"

#define LONG (60 * USEC_PER_SEC)
#define SHORT (20 * USEC_PER_MSEC)
#define KEEP (5 * USEC_PER_SEC)
#define ASKED_MAX 256
#define POLKITD ":1.7"
#define ASKED_ANEW 3

static sd_event *event;
static struct polkit *polkit;
static struct caller *me;
static sd_bus *server;
static unsigned n_connects;
static bool is_bus_down;
static sd_bus_message *asked[ASKED_MAX];
static size_t n_asked;
static char cancelled[1024];

/* One who waits for an answer. */
struct waiter {
	struct polkit_ticket *ticket;
	unsigned n_called;
	enum polkit_answer answer;
};

/* --- the other end ----------------------------------------------------------------------------- */

static void send_reply(sd_bus_message *reply, const char *sender)
{
	ck_assert_int_ge(sd_bus_message_set_sender(reply, sender), 0);
	ck_assert_int_ge(sd_bus_send(server, reply, NULL), 0);
	sd_bus_message_unref(reply);
}

static void answer_driver(sd_bus_message *m)
{
	sd_bus_message *reply;

	ck_assert_int_ge(sd_bus_message_new_method_return(m, &reply), 0);
	if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "Hello"))
		ck_assert_int_ge(sd_bus_message_append(reply, "s", ":1.42"), 0);
	if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "GetNameOwner"))
		ck_assert_int_ge(sd_bus_message_append(reply, "s", POLKITD), 0);
	send_reply(reply, "org.freedesktop.DBus");
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const char *id;

	(void)userdata;
	(void)error;
	if (sd_bus_message_is_method_call(m, "org.freedesktop.PolicyKit1.Authority",
					  "CheckAuthorization")) {
		ck_assert_uint_lt(n_asked, ASKED_MAX);
		asked[n_asked++] = sd_bus_message_ref(m);
	} else if (sd_bus_message_is_method_call(m, "org.freedesktop.PolicyKit1.Authority",
						 "CancelCheckAuthorization")) {
		ck_assert_int_ge(sd_bus_message_read(m, "s", &id), 0);
		strcat(cancelled, id);
		strcat(cancelled, " ");
	} else if (sd_bus_message_get_expect_reply(m) > 0) {
		answer_driver(m);
	}
	return 1;
}

static int open_bus(void *userdata, sd_bus **ret)
{
	sd_id128_t id = {};
	sd_bus *client;
	int fds[2];

	(void)userdata;
	if (is_bus_down)
		return -ECONNREFUSED;
	n_connects++;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	ck_assert_int_ge(sd_bus_new(&server), 0);
	ck_assert_int_ge(sd_bus_set_fd(server, fds[0], fds[0]), 0);
	ck_assert_int_ge(sd_bus_set_server(server, true, id), 0);
	ck_assert_int_ge(sd_bus_start(server), 0);
	ck_assert_int_ge(sd_bus_add_filter(server, NULL, on_message, NULL), 0);
	ck_assert_int_ge(sd_bus_attach_event(server, event, 0), 0);

	ck_assert_int_ge(sd_bus_new(&client), 0);
	ck_assert_int_ge(sd_bus_set_fd(client, fds[1], fds[1]), 0);
	ck_assert_int_ge(sd_bus_set_bus_client(client, true), 0);
	*ret = client;
	return 0;
}

static void hang_up(void)
{
	server = sd_bus_close_unref(server);
}

/* Polkitd's answer to the question that came as number i, with one detail. */
static void say_with(size_t i, bool is_authorized, bool is_challenge, const char *name,
		     const char *value)
{
	sd_bus_message *reply;

	ck_assert_uint_lt(i, n_asked);
	ck_assert_int_ge(sd_bus_message_new_method_return(asked[i], &reply), 0);
	ck_assert_int_ge(sd_bus_message_append(reply, "(bba{ss})", is_authorized, is_challenge, 1,
					       name, value),
			 0);
	send_reply(reply, POLKITD);
}

static void say(size_t i, bool is_authorized, bool is_challenge)
{
	say_with(i, is_authorized, is_challenge, "x", "y");
}

static void say_yes(size_t i)
{
	say(i, true, false);
}

static void say_no(size_t i)
{
	say(i, false, false);
}

static void say_challenge(size_t i)
{
	say(i, false, true);
}

/* As polkit does since 127: result is what it wants, or what it was given for. */
static void say_for(size_t i, bool is_authorized, const char *result)
{
	say_with(i, is_authorized, !is_authorized, "polkit.result", result);
}

/* As it does before 127, too, when a rule said AUTH_ADMIN_KEEP. */
static void say_challenge_to_keep(size_t i)
{
	say_with(i, false, true, "polkit.retains_authorization_after_challenge", "1");
}

static void say_error(size_t i, const char *name)
{
	sd_bus_message *reply;
	sd_bus_error error = SD_BUS_ERROR_MAKE_CONST(name, "no");

	ck_assert_int_ge(sd_bus_message_new_method_error(asked[i], &reply, &error), 0);
	send_reply(reply, POLKITD);
}

static void say_nonsense(size_t i, const char *types, ...)
{
	sd_bus_message *reply;
	va_list ap;

	ck_assert_int_ge(sd_bus_message_new_method_return(asked[i], &reply), 0);
	va_start(ap, types);
	ck_assert_int_ge(sd_bus_message_appendv(reply, types, ap), 0);
	va_end(ap);
	send_reply(reply, POLKITD);
}

static void say_changed(const char *sender)
{
	sd_bus_message *m;

	ck_assert_int_ge(sd_bus_message_new_signal(server, &m,
						   "/org/freedesktop/PolicyKit1/Authority",
						   "org.freedesktop.PolicyKit1.Authority",
						   "Changed"),
			 0);
	send_reply(m, sender);
}

static void say_owner_changed(const char *old, const char *new)
{
	sd_bus_message *m;

	ck_assert_int_ge(sd_bus_message_new_signal(server, &m, "/org/freedesktop/DBus",
						   "org.freedesktop.DBus", "NameOwnerChanged"),
			 0);
	ck_assert_int_ge(sd_bus_message_append(m, "sss", "org.freedesktop.PolicyKit1", old, new),
			 0);
	send_reply(m, "org.freedesktop.DBus");
}

/* --- our end ----------------------------------------------------------------------------------- */

static void idle(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

/* Until the waiter has its answer; the deadline is only that of a broken test. */
static void wait_for(const struct waiter *w)
{
	while (w->n_called == 0)
		ck_assert_int_gt(sd_event_run(event, LONG), 0);
	idle();
}

static uint64_t start_time_of(pid_t pid)
{
	char path[64], *text, *at;
	uint64_t value;
	size_t size;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	ck_assert_int_eq(fd_read_file(AT_FDCWD, path, 4096, &text, &size), 0);
	at = strrchr(text, ')');
	for (int i = 0; i < 20; i++)
		at = strchr(at + 1, ' ');
	at[1 + strcspn(at + 1, " ")] = '\0';
	ck_assert_int_eq(text_to_u64(at + 1, UINT64_MAX, &value), 0);
	free(text);
	return value;
}

static struct caller *new_caller(pid_t pid)
{
	struct caller *c = caller_new();

	ck_assert_ptr_nonnull(c);
	c->uid = 1001;
	c->gid = 1001;
	c->pid = pid;
	c->start_time = start_time_of(pid);
	c->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	ck_assert_int_ge(c->pidfd, 0);
	return c;
}

static void set_up(void)
{
	is_bus_down = false;
	n_connects = 0;
	n_asked = 0;
	cancelled[0] = '\0';
	ck_assert_int_ge(sd_event_new(&event), 0);
	me = new_caller(getpid());
	ck_assert_int_eq(polkit_new_on(event, open_bus, NULL, &polkit), 0);
	polkit_set_times(polkit, LONG, LONG, KEEP);
	idle();
}

static void tear_down(void)
{
	for (size_t i = 0; i < n_asked; i++)
		sd_bus_message_unref(asked[i]);
	polkit = polkit_free(polkit);
	server = sd_bus_close_unref(server);
	me = caller_free(me);
	event = sd_event_unref(event);
}

static struct polkit_question question(const char *key)
{
	return (struct polkit_question){
		.caller = me,
		.action = "org.signetd.sign",
		.key = key,
		.token = "main",
		.purpose = "digest",
		.algorithm = "ecdsa",
		.hash = "sha256",
		.count = 1,
	};
}

static void on_answer(enum polkit_answer answer, void *userdata)
{
	struct waiter *w = userdata;

	w->n_called++;
	w->answer = answer;
	w->ticket = NULL;
}

static void ask(struct waiter *w, const struct polkit_question *q)
{
	*w = (struct waiter){};
	ck_assert_int_eq(polkit_ask(polkit, q, on_answer, w, &w->ticket), 0);
	ck_assert_uint_eq(w->n_called, 0);
}

#define check_answer(w, expected)                          \
	do {                                               \
		idle();                                    \
		ck_assert_uint_eq((w)->n_called, 1);       \
		ck_assert_int_eq((w)->answer, (expected)); \
	} while (0)

#define check_waits(w)                               \
	do {                                         \
		idle();                              \
		ck_assert_uint_eq((w)->n_called, 0); \
	} while (0)

#define check_asked(expected)                           \
	do {                                            \
		idle();                                 \
		ck_assert_uint_eq(n_asked, (expected)); \
	} while (0)

/* Asks, has polkit say it, and takes the answer. */
static void ask_and_say(const struct polkit_question *q, bool is_authorized, bool is_challenge)
{
	struct waiter w;
	size_t n = n_asked;

	ask(&w, q);
	check_asked(n + 1);
	say(n, is_authorized, is_challenge);
	idle();
	ck_assert_uint_eq(w.n_called, 1);
}

/* --- answers ----------------------------------------------------------------------------------- */

START_TEST(yes_is_yes)
{
	struct polkit_question q = question("release");
	struct waiter w;

	ask(&w, &q);
	check_asked(1);
	say_yes(0);
	check_answer(&w, POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(no_is_no)
{
	struct polkit_question q = question("release");
	struct waiter w;

	ask(&w, &q);
	check_asked(1);
	say_no(0);
	check_answer(&w, POLKIT_ANSWER_NO);
}
END_TEST

START_TEST(challenge_is_told_when_nobody_may_be_asked)
{
	struct polkit_question q = question("release");
	struct waiter w;

	ask(&w, &q);
	check_asked(1);
	say_challenge(0);
	check_answer(&w, POLKIT_ANSWER_CHALLENGE);
	check_asked(1);
}
END_TEST

static uint32_t flags_of(size_t i)
{
	uint32_t flags;
	const char *id;

	ck_assert_int_ge(sd_bus_message_rewind(asked[i], true), 0);
	ck_assert_int_ge(sd_bus_message_skip(asked[i], "(sa{sv})sa{ss}"), 0);
	ck_assert_int_ge(sd_bus_message_read(asked[i], "us", &flags, &id), 0);
	return flags;
}

/* Asks, and has the person asked; polkit wants that result, if it says so. */
static void prompt_for(struct waiter *w, const struct polkit_question *q, const char *result)
{
	size_t n = n_asked;

	ask(w, q);
	check_asked(n + 1);
	if (result)
		say_for(n, false, result);
	else
		say_challenge(n);
	check_asked(n + 2);
	ck_assert_uint_eq(flags_of(n + 1), 1);
}

static const char *id_of(size_t i)
{
	uint32_t flags;
	const char *id;

	ck_assert_int_ge(sd_bus_message_rewind(asked[i], true), 0);
	ck_assert_int_ge(sd_bus_message_skip(asked[i], "(sa{sv})sa{ss}"), 0);
	ck_assert_int_ge(sd_bus_message_read(asked[i], "us", &flags, &id), 0);
	return id;
}

START_TEST(challenge_asks_a_person_when_one_may_be_asked)
{
	static const struct {
		bool is_authorized, is_challenge;
		enum polkit_answer expected;
	} cases[] = {
		{true, false, POLKIT_ANSWER_YES},
		{false, false, POLKIT_ANSWER_DISMISSED},
		{false, true, POLKIT_ANSWER_CHALLENGE}, /* no agent to ask with */
	};
	struct polkit_question q = question("release");
	struct waiter w;

	q.may_interact = true;
	for (size_t i = 0; i < array_len(cases); i++) {
		ask(&w, &q);
		check_asked(2 * i + 1);
		ck_assert_uint_eq(flags_of(2 * i), 0);
		say_challenge(2 * i);
		check_asked(2 * i + 2);
		ck_assert_uint_eq(flags_of(2 * i + 1), 1);
		ck_assert_str_ne(id_of(2 * i), id_of(2 * i + 1));
		check_waits(&w);
		say(2 * i + 1, cases[i].is_authorized, cases[i].is_challenge);
		check_answer(&w, cases[i].expected);
		ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	}
}
END_TEST

START_TEST(nobody_is_asked_when_no_person_is_needed)
{
	struct polkit_question q = question("release");
	struct waiter w;

	q.may_interact = true;
	ask(&w, &q);
	idle();
	ck_assert_uint_eq(flags_of(0), 0);
	say_no(0);
	check_answer(&w, POLKIT_ANSWER_NO);
	check_asked(1);
}
END_TEST

START_TEST(errors_are_silence)
{
	static const char *const names[] = {
		"org.freedesktop.PolicyKit1.Error.Failed",
		"org.freedesktop.PolicyKit1.Error.NotAuthorized",
		"org.freedesktop.PolicyKit1.Error.NotSupported",
		"org.freedesktop.PolicyKit1.Error.Cancelled",
		"org.freedesktop.DBus.Error.ServiceUnknown",
		"org.freedesktop.DBus.Error.NoReply",
		"org.freedesktop.DBus.Error.AccessDenied",
	};
	struct polkit_question q = question("release");
	struct waiter w;

	for (size_t i = 0; i < array_len(names); i++) {
		ask(&w, &q);
		idle();
		say_error(i, names[i]);
		check_answer(&w, POLKIT_ANSWER_SILENCE);
		ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	}
}
END_TEST

START_TEST(replies_that_are_no_result_are_silence)
{
	struct polkit_question q = question("release");
	struct waiter w;

	for (size_t i = 0; i < 5; i++) {
		ask(&w, &q);
		idle();
		if (i == 0)
			say_nonsense(i, "");
		else if (i == 1)
			say_nonsense(i, "b", true);
		else if (i == 2)
			say_nonsense(i, "(bb)", true, false);
		else if (i == 3)
			say_nonsense(i, "(bba{ss})s", true, false, 0, "more");
		else
			say_nonsense(i, "(bba{ss})", true, true, 0);
		check_answer(&w, POLKIT_ANSWER_SILENCE);
	}
}
END_TEST

START_TEST(answers_come_from_the_loop_and_once)
{
	struct polkit_question q = question("release");
	struct waiter w;

	is_bus_down = true;
	hang_up();
	idle();
	ask(&w, &q);
	ck_assert_uint_eq(w.n_called, 0);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
}
END_TEST

/* --- what polkit is told ----------------------------------------------------------------------- */

/* "name=value " for each detail, in their order. */
static void details_of(size_t i, char *buf, size_t size)
{
	const char *name, *value;
	size_t at = 0;

	buf[0] = '\0';
	ck_assert_int_ge(sd_bus_message_rewind(asked[i], true), 0);
	ck_assert_int_ge(sd_bus_message_skip(asked[i], "(sa{sv})s"), 0);
	ck_assert_int_ge(sd_bus_message_enter_container(asked[i], 'a', "{ss}"), 0);
	while (sd_bus_message_read(asked[i], "{ss}", &name, &value) > 0)
		at += (size_t)snprintf(buf + at, size - at, "%s=%s ", name, value);
}

START_TEST(a_rule_is_told_every_detail)
{
	struct polkit_question q = question("release");
	char details[1024];
	struct waiter w;

	me->unit = strdup("build.service");
	me->user_unit = strdup("app.service");
	me->slice = strdup("system.slice");
	me->session = strdup("c2");
	me->comm = strdup("gi t");
	q.count = 40;
	q.is_forwarded = true;
	ask(&w, &q);
	idle();
	details_of(0, details, sizeof(details));
	ck_assert_str_eq(details,
			 "key=release token=main purpose=digest algorithm=ecdsa hash=sha256 "
			 "count=40 unit=build.service user_unit=app.service "
			 "slice=system.slice session=c2 comm=gi t uid=1001 forwarded=true "
			 "origin=another host, by ssh place=unit build.service ");
	polkit_cancel(w.ticket);
}
END_TEST

START_TEST(who_approves_is_told_what_is_said_and_what_it_opens)
{
	struct polkit_question q = question("release");
	char details[1024];
	struct waiter w;

	q.action = "org.signetd.approve";
	q.request = "0123456789abcdef";
	q.requester = 1003;
	q.verdict = "approve";
	q.window = "500 signatures in 7200 s";
	ask(&w, &q);
	idle();
	details_of(0, details, sizeof(details));
	ck_assert_ptr_nonnull(strstr(details, " requester=1003 verdict=approve "
					      "window=500 signatures in 7200 s "));
	polkit_cancel(w.ticket);
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	struct polkit_question q = {.caller = me, .action = "org.signetd.unlock", .token = "main"};
	char details[1024];
	struct waiter w;

	q.purpose = "";
	ask(&w, &q);
	idle();
	details_of(0, details, sizeof(details));
	ck_assert_str_eq(details, "token=main uid=1001 origin=this host place=no unit ");
	polkit_cancel(w.ticket);
}
END_TEST

START_TEST(the_subject_is_the_process_as_the_kernel_named_it)
{
	struct polkit_question q = question("release");
	const char *kind, *name, *action;
	unsigned seen = 0;
	struct waiter w;

	ask(&w, &q);
	idle();
	ck_assert_str_eq(sd_bus_message_get_destination(asked[0]), "org.freedesktop.PolicyKit1");
	ck_assert_int_ge(sd_bus_message_enter_container(asked[0], 'r', "sa{sv}"), 0);
	ck_assert_int_ge(sd_bus_message_read(asked[0], "s", &kind), 0);
	ck_assert_str_eq(kind, "unix-process");
	ck_assert_int_ge(sd_bus_message_enter_container(asked[0], 'a', "{sv}"), 0);
	while (sd_bus_message_enter_container(asked[0], 'e', "sv") > 0) {
		uint32_t pid;
		uint64_t start;
		int32_t uid;
		int fd;

		ck_assert_int_ge(sd_bus_message_read(asked[0], "s", &name), 0);
		if (strcmp(name, "pid") == 0) {
			ck_assert_int_gt(sd_bus_message_read(asked[0], "v", "u", &pid), 0);
			ck_assert_uint_eq(pid, (uint32_t)getpid());
			seen |= 1;
		} else if (strcmp(name, "start-time") == 0) {
			ck_assert_int_gt(sd_bus_message_read(asked[0], "v", "t", &start), 0);
			ck_assert_uint_eq(start, me->start_time);
			seen |= 2;
		} else if (strcmp(name, "uid") == 0) {
			ck_assert_int_gt(sd_bus_message_read(asked[0], "v", "i", &uid), 0);
			ck_assert_int_eq(uid, 1001);
			seen |= 4;
		} else {
			ck_assert_str_eq(name, "pidfd");
			ck_assert_int_gt(sd_bus_message_read(asked[0], "v", "h", &fd), 0);
			ck_assert_int_ge(fd, 0);
			seen |= 8;
		}
		ck_assert_int_ge(sd_bus_message_exit_container(asked[0]), 0);
	}
	ck_assert_int_ge(sd_bus_message_exit_container(asked[0]), 0);
	ck_assert_int_ge(sd_bus_message_exit_container(asked[0]), 0);
	ck_assert_uint_eq(seen, 15);
	ck_assert_int_ge(sd_bus_message_read(asked[0], "s", &action), 0);
	ck_assert_str_eq(action, "org.signetd.sign");
	polkit_cancel(w.ticket);
}
END_TEST

START_TEST(a_detail_that_no_bus_carries_is_silence)
{
	struct polkit_question q = question("rel\xff"
					    "ease");
	struct waiter w;

	ask(&w, &q);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	check_asked(0);
}
END_TEST

/* --- deadlines, withdrawal --------------------------------------------------------------------- */

static void check_withdrawn(const char *expected)
{
	idle();
	ck_assert_str_eq(cancelled, expected);
}

START_TEST(silence_ends_at_the_deadline_and_is_withdrawn)
{
	struct polkit_question q = question("release");
	struct waiter w;

	polkit_set_times(polkit, SHORT, LONG, KEEP);
	ask(&w, &q);
	wait_for(&w);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	check_withdrawn("signet-1 ");
	ck_assert_str_eq(id_of(0), "signet-1");
}
END_TEST

START_TEST(a_person_has_a_deadline_of_its_own)
{
	struct polkit_question q = question("release");
	struct waiter w;

	q.may_interact = true;
	polkit_set_times(polkit, LONG, SHORT, KEEP);
	ask(&w, &q);
	check_asked(1);
	say_challenge(0);
	wait_for(&w);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	check_withdrawn("signet-2 ");
}
END_TEST

START_TEST(an_answer_after_the_deadline_is_nothing)
{
	struct polkit_question q = question("release");
	struct waiter w;

	polkit_set_times(polkit, SHORT, LONG, KEEP);
	ask(&w, &q);
	wait_for(&w);
	say_yes(0);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(a_cancelled_question_is_withdrawn_and_its_answer_is_nothing)
{
	struct polkit_question q = question("release");
	struct waiter w;

	ask(&w, &q);
	check_asked(1);
	polkit_cancel(w.ticket);
	check_withdrawn("signet-1 ");
	say_yes(0);
	check_waits(&w);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(an_open_prompt_is_withdrawn)
{
	struct polkit_question q = question("release");
	struct waiter w;

	q.may_interact = true;
	prompt_for(&w, &q, NULL);
	polkit_cancel(w.ticket);
	check_withdrawn("signet-2 ");
}
END_TEST

START_TEST(one_may_cancel_when_the_answer_is_there_but_not_told)
{
	struct polkit_question q = question("release");
	struct waiter a, b;

	is_bus_down = true;
	hang_up();
	idle();
	ask(&a, &q);
	ask(&b, &q);
	polkit_cancel(a.ticket);
	polkit_cancel(NULL);
	check_answer(&b, POLKIT_ANSWER_SILENCE);
	ck_assert_uint_eq(a.n_called, 0);
}
END_TEST

/* --- kept -------------------------------------------------------------------------------------- */

START_TEST(yes_no_and_challenge_are_kept)
{
	struct polkit_question yes = question("yes"), no = question("no"),
			       maybe = question("maybe");

	ask_and_say(&yes, true, false);
	ask_and_say(&no, false, false);
	ask_and_say(&maybe, false, true);
	ck_assert_int_eq(polkit_kept(polkit, &yes), POLKIT_ANSWER_YES);
	ck_assert_int_eq(polkit_kept(polkit, &no), POLKIT_ANSWER_NO);
	ck_assert_int_eq(polkit_kept(polkit, &maybe), POLKIT_ANSWER_CHALLENGE);
	maybe.may_interact = true;
	ck_assert_int_eq(polkit_kept(polkit, &maybe), POLKIT_ANSWER_NONE);
	yes.may_interact = true;
	ck_assert_int_eq(polkit_kept(polkit, &yes), POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(what_is_kept_is_for_the_very_same_question)
{
	struct polkit_question q = question("release");

	ask_and_say(&q, true, false);
	for (int i = 0; i < 14; i++) {
		struct polkit_question other = q;
		struct caller c = *me;

		other.caller = &c;
		switch (i) {
		case 0:
			other.action = "org.signetd.unlock";
			break;
		case 1:
			other.key = "releas";
			break;
		case 2:
			other.token = "other";
			break;
		case 3:
			other.purpose = "cms";
			break;
		case 4:
			other.algorithm = "rsa-pss";
			break;
		case 5:
			other.hash = "sha512";
			break;
		case 6:
			other.count = 2;
			break;
		case 7:
			c.uid = 1002;
			break;
		case 8:
			c.start_time++;
			break;
		case 9:
			c.pid = getppid();
			c.pidfd = -EBADF;
			c.start_time = start_time_of(c.pid);
			break;
		case 10:
			other.hash = NULL;
			break;
		case 11:
			c.unit = (char *)"other.service";
			break;
		case 12:
			other.verdict = "approve";
			break;
		case 13:
			other.window = "500 signatures in 7200 s";
			break;
		}
		ck_assert_msg(polkit_kept(polkit, &other) == POLKIT_ANSWER_NONE, "case %d is kept",
			      i);
	}
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(nothing_is_kept_longer_than_said)
{
	struct polkit_question q = question("release");
	struct waiter w;

	polkit_set_times(polkit, LONG, LONG, 1);
	ask_and_say(&q, true, false);
	/* The clock has moved by a microsecond when a question has gone there and back. */
	ask(&w, &q);
	check_asked(2);
	polkit_cancel(w.ticket);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	polkit_set_times(polkit, LONG, LONG, 0);
	ask_and_say(&q, true, false);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(new_settings_drop_what_is_kept)
{
	struct polkit_question q = question("release");

	ask_and_say(&q, true, false);
	polkit_set_times(polkit, LONG, LONG, KEEP);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(changed_drops_what_is_kept)
{
	struct polkit_question q = question("release");

	ask_and_say(&q, true, false);
	say_changed(POLKITD);
	idle();
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(changed_from_somebody_else_drops_nothing)
{
	struct polkit_question q = question("release");

	ask_and_say(&q, true, false);
	say_changed(":1.66");
	idle();
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(a_new_polkitd_drops_what_is_kept_and_is_heard)
{
	struct polkit_question q = question("release");

	ask_and_say(&q, true, false);
	say_owner_changed(POLKITD, "");
	idle();
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	say_owner_changed("", ":1.8");
	idle();
	ask_and_say(&q, true, false);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
	say_changed(":1.8");
	idle();
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(a_lost_bus_drops_what_is_kept)
{
	struct polkit_question q = question("release");

	ask_and_say(&q, true, false);
	hang_up();
	idle();
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(a_person_who_said_yes_ends_the_challenge_that_was_kept)
{
	struct polkit_question q = question("release");
	struct waiter w;

	ask_and_say(&q, false, true);
	q.may_interact = true;
	ask(&w, &q);
	check_asked(2);
	say_challenge(1);
	check_asked(3);
	say_yes(2);
	check_answer(&w, POLKIT_ANSWER_YES);
	q.may_interact = false;
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(as_many_as_the_limit_are_kept_and_the_oldest_goes)
{
	struct polkit_question q;
	char key[16];

	for (unsigned i = 0; i <= POLKIT_KEPT_MAX; i++) {
		snprintf(key, sizeof(key), "key%u", i);
		q = question(key);
		ask_and_say(&q, true, false);
		n_asked = 0;
		sd_bus_message_unref(asked[0]);
	}
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
	q = question("key0");
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	q = question("key1");
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
}
END_TEST

/* --- changes under way ------------------------------------------------------------------------- */

START_TEST(an_answer_after_rules_changed_counts_and_is_not_kept)
{
	struct polkit_question q = question("release");
	struct waiter w;

	for (size_t i = 0; i < 3; i++) {
		ask(&w, &q);
		check_asked(i + 1);
		say_changed(POLKITD);
		if (i == 0)
			say_yes(i);
		else if (i == 1)
			say_no(i);
		else
			say_challenge(i);
		check_answer(&w, i == 0   ? POLKIT_ANSWER_YES
				 : i == 1 ? POLKIT_ANSWER_NO
					  : POLKIT_ANSWER_CHALLENGE);
		ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	}
}
END_TEST

/* Asks, and has polkitd end under each question but the last that may be asked. */
static void ask_under_restarts(struct waiter *w, const struct polkit_question *q)
{
	ask(w, q);
	for (size_t i = 0; i < ASKED_ANEW; i++) {
		check_asked(i + 1);
		say_owner_changed(POLKITD, POLKITD);
		say_error(i, "org.freedesktop.DBus.Error.NoReply");
		check_waits(w);
	}
	check_asked(ASKED_ANEW + 1);
}

START_TEST(what_polkitd_leaves_unanswered_too_often_is_silence)
{
	struct polkit_question q = question("release");
	struct waiter w;

	ask_under_restarts(&w, &q);
	say_owner_changed(POLKITD, POLKITD);
	say_error(ASKED_ANEW, "org.freedesktop.DBus.Error.NoReply");
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	check_asked(ASKED_ANEW + 1);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(the_last_answer_of_a_polkitd_that_is_restarted_counts)
{
	struct polkit_question q = question("release");
	struct waiter w;

	ask_under_restarts(&w, &q);
	say_yes(ASKED_ANEW);
	check_answer(&w, POLKIT_ANSWER_YES);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(nobody_joins_a_question_that_rules_changed_under)
{
	struct polkit_question q = question("release");
	struct waiter a, b;

	ask(&a, &q);
	check_asked(1);
	say_changed(POLKITD);
	idle();
	ask(&b, &q);
	check_asked(2);
	say_yes(0);
	check_answer(&a, POLKIT_ANSWER_YES);
	check_waits(&b);
	say_no(1);
	check_answer(&b, POLKIT_ANSWER_NO);
}
END_TEST

START_TEST(the_generation_grows_with_all_that_ends_what_polkit_said)
{
	uint64_t before = polkit_generation(polkit);
	struct polkit_question q = question("release");

	ask_and_say(&q, true, false);
	say_changed(":1.66");
	idle();
	ck_assert_uint_eq(polkit_generation(polkit), before);
	for (int i = 0; i < 3; i++) {
		if (i == 0)
			say_changed(POLKITD);
		else if (i == 1)
			say_owner_changed(POLKITD, "");
		else
			hang_up();
		idle();
		ck_assert_uint_gt(polkit_generation(polkit), before);
		before = polkit_generation(polkit);
	}
}
END_TEST

START_TEST(a_prompt_answered_after_rules_changed_is_asked_anew_without_it)
{
	struct polkit_question q = question("release");
	struct waiter w;

	q.may_interact = true;
	prompt_for(&w, &q, NULL);
	say_changed(POLKITD);
	say_yes(1);
	check_asked(3);
	ck_assert_uint_eq(flags_of(2), 0);
	check_waits(&w);
	say_no(2);
	check_answer(&w, POLKIT_ANSWER_NO);
}
END_TEST

START_TEST(polkitd_restarted_while_asked_is_asked_anew)
{
	struct polkit_question q = question("release");
	struct waiter w;

	ask(&w, &q);
	check_asked(1);
	say_owner_changed(POLKITD, "");
	say_error(0, "org.freedesktop.DBus.Error.NoReply");
	check_waits(&w);
	check_asked(2);
	say_yes(1);
	check_answer(&w, POLKIT_ANSWER_YES);
}
END_TEST

/* A yes due to a temporary authorization; a new one comes after Changed, as polkit 122 does it. */
static void say_granted(size_t i, const char *id, bool is_new)
{
	sd_bus_message *reply;

	if (is_new)
		say_changed(POLKITD);
	ck_assert_uint_lt(i, n_asked);
	ck_assert_int_ge(sd_bus_message_new_method_return(asked[i], &reply), 0);
	ck_assert_int_ge(sd_bus_message_open_container(reply, 'r', "bba{ss}"), 0);
	ck_assert_int_ge(sd_bus_message_append(reply, "bb", true, false), 0);
	ck_assert_int_ge(sd_bus_message_open_container(reply, 'a', "{ss}"), 0);
	if (is_new)
		ck_assert_int_ge(sd_bus_message_append(
					 reply, "{ss}",
					 "polkit.retains_authorization_after_challenge", "true"),
				 0);
	ck_assert_int_ge(sd_bus_message_append(reply, "{ss}{ss}",
					       "polkit.temporary_authorization_id", id, "key", "x"),
			 0);
	ck_assert_int_ge(sd_bus_message_close_container(reply), 0);
	ck_assert_int_ge(sd_bus_message_close_container(reply), 0);
	send_reply(reply, POLKITD);
}

/* --- who has authenticated ----------------------------------------------------------------------- */

static struct polkit_question question_to_person(const char *key)
{
	struct polkit_question q = question(key);

	q.may_interact = true;
	return q;
}

/* A person says yes, polkit says Changed, and is asked anew without a person. */
static void authenticate_under_change(struct waiter *w, const struct polkit_question *q,
				      const char *result)
{
	size_t n;

	prompt_for(w, q, "auth_admin");
	n = n_asked;
	say_changed(POLKITD);
	say_for(n - 1, true, result);
	check_asked(n + 1);
	ck_assert_uint_eq(flags_of(n), 0);
	check_waits(w);
}

START_TEST(who_has_authenticated_is_not_asked_again_for_the_same)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	for (size_t i = 0; i < 2; i++) { /* the second one is not kept from the first */
		authenticate_under_change(&w, &q, "auth_admin");
		say_for(n_asked - 1, false, "auth_admin");
		check_answer(&w, POLKIT_ANSWER_YES);
		check_asked(3 * (i + 1));
		ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	}
}
END_TEST

/* Before 127. */
START_TEST(who_has_authenticated_is_not_asked_again_by_a_polkitd_that_does_not_say_what_for)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	prompt_for(&w, &q, NULL);
	say_changed(POLKITD);
	say_yes(1);
	check_asked(3);
	say_challenge(2);
	check_answer(&w, POLKIT_ANSWER_YES);
	check_asked(3);
}
END_TEST

/* What was authenticated for is what counts, not what was wanted before the prompt: auth_admin. */
START_TEST(who_has_authenticated_is_asked_again_for_what_is_wanted_now)
{
	static const struct {
		const char *given, *wanted;
	} cases[] = {
		{"auth_self", "auth_admin"},
		{"auth_self", "auth_self_keep"},
		{"auth_admin", "auth_self"},
		{"yes", "auth_admin"},
		{"", "auth_admin"},
		{"auth_admin_and_more_than_anybody_would_read", "auth_admin_and_more_than_anybody"},
	};
	struct polkit_question q = question_to_person("release");
	struct waiter w;
	size_t n;

	for (size_t i = 0; i < array_len(cases); i++) {
		authenticate_under_change(&w, &q, cases[i].given);
		n = n_asked;
		say_for(n - 1, false, cases[i].wanted);
		check_asked(n + 1);
		ck_assert_uint_eq(flags_of(n), 1);
		check_waits(&w);
		say_no(n);
		check_answer(&w, POLKIT_ANSWER_DISMISSED);
	}
}
END_TEST

START_TEST(who_has_authenticated_is_refused_if_rules_say_no_now)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	authenticate_under_change(&w, &q, "auth_admin");
	say_no(n_asked - 1);
	check_answer(&w, POLKIT_ANSWER_NO);
}
END_TEST

START_TEST(an_authentication_counts_until_the_next_one)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	authenticate_under_change(&w, &q, "auth_self");
	say_for(2, false, "auth_admin");
	check_asked(4);
	say_changed(POLKITD);
	say_for(3, true, "auth_admin");
	check_asked(5);
	ck_assert_uint_eq(flags_of(4), 0);
	say_for(4, false, "auth_self");
	check_asked(6);
	ck_assert_uint_eq(flags_of(5), 1);
	say_yes(5);
	check_answer(&w, POLKIT_ANSWER_YES);
}
END_TEST

/* Changed as often as somebody likes. */
START_TEST(nobody_can_have_prompts_come_back_for_ever)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	prompt_for(&w, &q, "auth_admin");
	for (size_t i = 0; i < 3; i++) {
		say_changed(POLKITD);
		say_for(n_asked - 1, true, "auth_self");
		check_asked(2 * i + 3);
		ck_assert_uint_eq(flags_of(n_asked - 1), 0);
		say_for(n_asked - 1, false, "auth_admin");
		check_asked(2 * i + 4);
		ck_assert_uint_eq(flags_of(n_asked - 1), 1);
	}
	say_changed(POLKITD);
	say_for(n_asked - 1, true, "auth_self");
	check_asked(9);
	say_for(n_asked - 1, false, "auth_admin");
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	check_asked(9);
}
END_TEST

START_TEST(changed_as_often_as_anybody_likes_keeps_nobody_from_a_prompt_and_its_yes)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	ask(&w, &q);
	for (size_t i = 0; i < 3; i++) {
		check_asked(i + 1);
		ck_assert_uint_eq(flags_of(i), i % 2);
		check_waits(&w);
		say_changed(POLKITD);
		say_for(i, i == 1, "auth_admin");
	}
	check_answer(&w, POLKIT_ANSWER_YES);
	check_asked(3);
}
END_TEST

/* The shipped default, when a rule for AUTH_SELF was deleted. */
START_TEST(a_yes_that_is_not_kept_is_none_to_what_polkit_would_keep)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	prompt_for(&w, &q, NULL);
	say_changed(POLKITD);
	say_yes(1);
	check_asked(3);
	say_challenge_to_keep(2);
	check_asked(4);
	ck_assert_uint_eq(flags_of(3), 1);
	say_no(3);
	check_answer(&w, POLKIT_ANSWER_DISMISSED);
}
END_TEST

START_TEST(a_prompt_that_nobody_could_be_shown_is_not_tried_again)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	prompt_for(&w, &q, "auth_admin");
	say_changed(POLKITD);
	say_for(1, false, "auth_admin");
	check_answer(&w, POLKIT_ANSWER_CHALLENGE);
	check_asked(2);
}
END_TEST

/* A yes that polkit keeps is looked for there, and not found if it was taken back. */
START_TEST(a_yes_that_polkit_keeps_is_no_consent)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	prompt_for(&w, &q, "auth_admin");
	say_granted(1, "tmpauthz7", true);
	check_asked(3);
	say_challenge(2);
	check_asked(4);
	ck_assert_uint_eq(flags_of(3), 1);
	say_no(3);
	check_answer(&w, POLKIT_ANSWER_DISMISSED);
}
END_TEST

START_TEST(a_prompt_that_failed_under_changed_is_put_again)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	prompt_for(&w, &q, "auth_admin");
	say_owner_changed(POLKITD, POLKITD);
	say_error(1, "org.freedesktop.DBus.Error.NoReply");
	check_asked(3);
	say_for(2, false, "auth_admin");
	check_asked(4);
	ck_assert_uint_eq(flags_of(3), 1);
	say_yes(3);
	check_answer(&w, POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(nobody_joins_a_question_that_a_person_has_answered)
{
	struct polkit_question q = question_to_person("release");
	struct waiter a, b;

	authenticate_under_change(&a, &q, "auth_admin");
	ask(&b, &q);
	check_asked(4);
	say_for(2, false, "auth_admin");
	check_answer(&a, POLKIT_ANSWER_YES);
	say_for(3, false, "auth_admin");
	check_asked(5);
	ck_assert_uint_eq(flags_of(4), 1);
	say_no(4);
	check_answer(&b, POLKIT_ANSWER_DISMISSED);
}
END_TEST

/* A request is decided on more than once. */
START_TEST(a_consent_counts_when_the_same_is_asked_again)
{
	struct polkit_consent consent = {};
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	q.consent = &consent;
	prompt_for(&w, &q, "auth_admin");
	say_for(1, true, "auth_admin");
	check_answer(&w, POLKIT_ANSWER_YES);
	ck_assert(consent.is_given);
	for (size_t i = 0; i < 2; i++) {
		ask(&w, &q);
		check_asked(3 + i);
		ck_assert_uint_eq(flags_of(2 + i), 0);
		say_for(2 + i, false, "auth_admin");
		check_answer(&w, POLKIT_ANSWER_YES);
		ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	}
	ask(&w, &q);
	check_asked(5);
	say_for(4, false, "auth_admin_keep");
	check_asked(6);
	say_no(5);
	check_answer(&w, POLKIT_ANSWER_DISMISSED);
	ck_assert(!consent.is_given);
}
END_TEST

START_TEST(a_consent_counts_for_nothing_else)
{
	struct polkit_consent consent = {};
	struct polkit_question q = question_to_person("release"), other = q;
	struct caller c = *me;
	struct waiter w;

	q.consent = &consent;
	prompt_for(&w, &q, "auth_admin");
	say_for(1, true, "auth_admin");
	check_answer(&w, POLKIT_ANSWER_YES);
	for (size_t i = 0; i < 4; i++) {
		struct polkit_consent copy = consent;

		other = q;
		other.consent = &copy;
		if (i == 0)
			other.key = "ci";
		else if (i == 1)
			other.purpose = "ssh-auth";
		else if (i == 2)
			other.count = 2;
		else
			other.caller = &c;
		c.start_time = me->start_time + 1;
		prompt_for(&w, &other, "auth_admin");
		say_no(n_asked - 1);
		check_answer(&w, POLKIT_ANSWER_DISMISSED);
		ck_assert(!copy.is_given);
	}
}
END_TEST

START_TEST(a_consent_is_not_shared)
{
	struct polkit_consent consent = {};
	struct polkit_question q = question_to_person("release"), plain = q;
	struct waiter a, b;

	q.consent = &consent;
	prompt_for(&a, &q, "auth_admin");
	say_for(1, true, "auth_admin");
	check_answer(&a, POLKIT_ANSWER_YES);
	ask(&a, &q);
	ask(&b, &plain);
	check_asked(4);
	say_for(2, false, "auth_admin");
	check_answer(&a, POLKIT_ANSWER_YES);
	check_waits(&b);
	say_no(3);
	check_answer(&b, POLKIT_ANSWER_NO);
}
END_TEST

START_TEST(who_has_not_authenticated_is_not_asked_again)
{
	struct polkit_question q = question_to_person("release");
	struct waiter w;

	prompt_for(&w, &q, "auth_admin");
	say_changed(POLKITD);
	say_no(1);
	check_answer(&w, POLKIT_ANSWER_DISMISSED);
	check_asked(2);
}
END_TEST

/* --- what polkit keeps ------------------------------------------------------------------------- */

/* What becomes of a question that polkit says yes to at once because of this id. */
static enum polkit_answer answer_to_granted(struct polkit_question q, bool may_interact,
					    const char *id)
{
	size_t n = n_asked;
	struct waiter w;

	q.may_interact = may_interact;
	ask(&w, &q);
	check_asked(n + 1);
	ck_assert_uint_eq(flags_of(n), 0);
	say_granted(n, id, false);
	idle();
	ck_assert_uint_eq(w.n_called, 1);
	ck_assert_uint_eq(n_asked, n + 1);
	return w.answer;
}

/* A person authenticates for the question, and polkit keeps it. */
static void authenticate(struct polkit_question q, const char *id)
{
	size_t n = n_asked;
	struct waiter w;

	q.may_interact = true;
	prompt_for(&w, &q, NULL);
	say_granted(n + 1, id, true);
	check_asked(n + 3);
	ck_assert_uint_eq(flags_of(n + 2), 0);
	say_granted(n + 2, id, false);
	check_answer(&w, POLKIT_ANSWER_YES);
}

START_TEST(what_polkit_keeps_counts_for_the_same_key_and_purpose)
{
	struct polkit_question q = question("ci");

	authenticate(q, "tmpauthz0");
	q.algorithm = "rsa-pss";
	q.hash = "sha512";
	q.count = 7;
	me->unit = strdup("other.service");
	ck_assert_int_eq(answer_to_granted(q, false, "tmpauthz0"), POLKIT_ANSWER_YES);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
	q.hash = NULL;
	ck_assert_int_eq(answer_to_granted(q, true, "tmpauthz0"), POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(what_polkit_keeps_counts_for_nothing_else)
{
	authenticate(question("ci"), "tmpauthz0");
	for (int i = 0; i < 7; i++) {
		struct polkit_question q = question("ci");
		struct caller c = *me;

		switch (i) {
		case 0:
			q.key = "release";
			break;
		case 1:
			q.token = "other";
			break;
		case 2:
			q.purpose = "ssh-auth";
			break;
		case 3:
			q.action = "org.signetd.unlock";
			break;
		case 4:
			q.purpose = NULL;
			break;
		case 5:
			q.key = NULL;
			break;
		case 6:
			c.uid = 1002;
			q.caller = &c;
			break;
		}
		ck_assert_msg(answer_to_granted(q, true, "tmpauthz0") == POLKIT_ANSWER_DISMISSED,
			      "case %d", i);
		ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
		ck_assert_msg(answer_to_granted(q, false, "tmpauthz0") == POLKIT_ANSWER_CHALLENGE,
			      "case %d", i);
		ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_CHALLENGE);
	}
	ck_assert_int_eq(answer_to_granted(question("ci"), false, "tmpauthz0"), POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(an_id_that_nobody_was_asked_about_counts_for_nothing)
{
	struct polkit_question q = question("ci");

	ck_assert_int_eq(answer_to_granted(q, false, "tmpauthz0"), POLKIT_ANSWER_CHALLENGE);
	ck_assert_int_eq(answer_to_granted(q, true, "tmpauthz0"), POLKIT_ANSWER_DISMISSED);
	authenticate(q, "tmpauthz1");
	ck_assert_int_eq(answer_to_granted(q, true, "tmpauthz0"), POLKIT_ANSWER_DISMISSED);
	ck_assert_int_eq(answer_to_granted(q, true, "tmpauthz"), POLKIT_ANSWER_DISMISSED);
}
END_TEST

START_TEST(a_prompt_that_never_opened_because_of_another_key_is_no_yes)
{
	static const char *const ids[] = {"tmpauthz0", "tmpauthz1"}; /* of key ci; not known */
	struct polkit_question q = question("release");
	struct waiter w;

	authenticate(question("ci"), ids[0]);
	q.may_interact = true;
	for (size_t i = 0; i < array_len(ids); i++) {
		size_t n = n_asked;

		prompt_for(&w, &q, NULL);
		say_granted(n + 1, ids[i], false);
		check_answer(&w, POLKIT_ANSWER_DISMISSED);
		ck_assert_int_eq(answer_to_granted(q, false, ids[i]), POLKIT_ANSWER_CHALLENGE);
	}
}
END_TEST

START_TEST(an_id_stands_for_what_it_was_given_for_first)
{
	struct polkit_question q = question("release");
	struct waiter w;
	size_t n;

	authenticate(question("ci"), "tmpauthz0");
	n = n_asked;
	q.may_interact = true;
	prompt_for(&w, &q, NULL);
	say_granted(n + 1, "tmpauthz0", true);
	check_answer(&w, POLKIT_ANSWER_DISMISSED);
	ck_assert_int_eq(answer_to_granted(question("ci"), false, "tmpauthz0"), POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(a_yes_by_a_rule_needs_no_id)
{
	struct polkit_question q = question("release");

	authenticate(question("ci"), "tmpauthz0");
	ask_and_say(&q, true, false);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(ids_end_with_polkitd_and_not_with_changed)
{
	struct polkit_question q = question("ci");

	authenticate(q, "tmpauthz0");
	say_changed(POLKITD);
	idle();
	ck_assert_int_eq(answer_to_granted(q, false, "tmpauthz0"), POLKIT_ANSWER_YES);
	say_owner_changed(POLKITD, "");
	say_owner_changed("", POLKITD);
	idle();
	ck_assert_int_eq(answer_to_granted(q, false, "tmpauthz0"), POLKIT_ANSWER_CHALLENGE);
}
END_TEST

START_TEST(ids_end_with_the_bus)
{
	struct polkit_question q = question("ci");

	authenticate(q, "tmpauthz0");
	hang_up();
	while (n_connects < 2)
		ck_assert_int_gt(sd_event_run(event, LONG), 0);
	idle();
	ck_assert_int_eq(answer_to_granted(q, false, "tmpauthz0"), POLKIT_ANSWER_CHALLENGE);
}
END_TEST

START_TEST(an_id_that_makes_no_sense_is_silence)
{
	char id[POLKIT_GRANT_ID_MAX + 2];
	struct polkit_question q = question("ci");
	struct waiter w;

	memset(id, 'a', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	ck_assert_int_eq(answer_to_granted(q, true, id), POLKIT_ANSWER_SILENCE);
	ck_assert_int_eq(answer_to_granted(q, true, ""), POLKIT_ANSWER_SILENCE);
	ask(&w, &q);
	check_asked(3);
	say_nonsense(2, "(bba{ss})", true, false, 2, "polkit.temporary_authorization_id", "a",
		     "polkit.temporary_authorization_id", "a");
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	authenticate(q, id + 1);
}
END_TEST

START_TEST(a_bounded_number_of_ids_is_known_and_the_oldest_goes)
{
	_cleanup_(polkit_grants_freep) struct polkit_grants *g = NULL;
	_cleanup_(polkit_matter_done) struct polkit_matter m = {};
	uint8_t key[crypto_shorthash_KEYBYTES] = {};
	struct polkit_question q = question("ci");

	ck_assert_int_eq(polkit_matter_init(&m, &q, key), 0);
	ck_assert_int_eq(polkit_grants_new(3, &g), 0);
	ck_assert(!polkit_grants_has(g, "", &m));
	polkit_grants_put(g, "a", &m);
	polkit_grants_put(g, "b", &m);
	polkit_grants_put(g, "c", &m);
	polkit_grants_put(g, "a", &m);
	ck_assert(polkit_grants_has(g, "a", &m));
	polkit_grants_put(g, "d", &m);
	ck_assert(!polkit_grants_has(g, "a", &m));
	ck_assert(polkit_grants_has(g, "b", &m));
	ck_assert(polkit_grants_has(g, "d", &m));
	polkit_grants_forget_all(g);
	ck_assert(!polkit_grants_has(g, "d", &m));
}
END_TEST

/* --- many -------------------------------------------------------------------------------------- */

START_TEST(equal_questions_are_asked_once)
{
	struct polkit_question q = question("release");
	struct waiter w[20];

	for (size_t i = 0; i < array_len(w); i++)
		ask(&w[i], &q);
	check_asked(1);
	say_yes(0);
	for (size_t i = 0; i < array_len(w); i++)
		check_answer(&w[i], POLKIT_ANSWER_YES);
	check_asked(1);
}
END_TEST

START_TEST(only_the_last_one_who_waits_withdraws)
{
	struct polkit_question q = question("release");
	struct waiter a, b;

	ask(&a, &q);
	ask(&b, &q);
	polkit_cancel(a.ticket);
	check_withdrawn("");
	polkit_cancel(b.ticket);
	check_withdrawn("signet-1 ");
	ck_assert_uint_eq(a.n_called + b.n_called, 0);
}
END_TEST

START_TEST(questions_that_differ_are_not_joined)
{
	struct polkit_question a = question("a"), b = question("b"), c = question("a");
	struct caller stranger = *me;
	struct polkit_question d = question("a");
	struct waiter w[5];

	c.may_interact = true;
	stranger.start_time = 0;
	d.caller = &stranger;
	ask(&w[0], &a);
	ask(&w[1], &b);
	ask(&w[2], &c);
	ask(&w[3], &d);
	ask(&w[4], &d);
	check_asked(5);
	for (size_t i = 0; i < array_len(w); i++)
		polkit_cancel(w[i].ticket);
}
END_TEST

/* What only decides about a list is for all processes that polkit is told the same about. */
START_TEST(lists_of_like_processes_are_asked_about_once)
{
	struct polkit_question a = question("release"), b = question("release"), alone;
	struct caller like = *me, other = *me;
	struct waiter w[3];

	a.is_for_list = b.is_for_list = true;
	like.pid = getppid();
	like.pidfd = -EBADF;
	like.start_time = start_time_of(like.pid);
	b.caller = &like;
	ask(&w[0], &a);
	ask(&w[1], &b);
	alone = b;
	alone.is_for_list = false;
	ask(&w[2], &alone);
	check_asked(2);
	say_yes(0);
	say_yes(1);
	for (size_t i = 0; i < array_len(w); i++)
		check_answer(&w[i], POLKIT_ANSWER_YES);
	ck_assert_int_eq(polkit_kept(polkit, &b), POLKIT_ANSWER_YES);
	alone.caller = &other;
	other.start_time++;
	ck_assert_int_eq(polkit_kept(polkit, &alone), POLKIT_ANSWER_NONE);
	b.caller = &other;
	other.unit = (char *)"other.service";
	ck_assert_int_eq(polkit_kept(polkit, &b), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(a_bounded_number_is_asked_at_once)
{
	struct waiter w[2 * POLKIT_INFLIGHT_MAX];
	char key[16];

	for (size_t i = 0; i < array_len(w); i++) {
		struct polkit_question q;

		snprintf(key, sizeof(key), "key%zu", i);
		q = question(key);
		ask(&w[i], &q);
	}
	check_asked(POLKIT_INFLIGHT_MAX);
	say_yes(0);
	check_asked(POLKIT_INFLIGHT_MAX + 1);
	for (size_t i = 1; i < array_len(w); i++) {
		say_yes(i);
		idle();
	}
	for (size_t i = 0; i < array_len(w); i++)
		check_answer(&w[i], POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(one_uid_with_many_delays_another_by_one_turn)
{
	struct waiter many[150], one;
	struct caller other = *me;
	struct polkit_question q;
	char key[16], details[1024];

	for (size_t i = 0; i < array_len(many); i++) {
		snprintf(key, sizeof(key), "key%zu", i);
		q = question(key);
		ask(&many[i], &q);
	}
	other.uid = 1002;
	q = question("urgent");
	q.caller = &other;
	ask(&one, &q);
	check_asked(POLKIT_INFLIGHT_MAX);
	say_yes(0);
	say_yes(1);
	check_asked(POLKIT_INFLIGHT_MAX + 2);
	details_of(POLKIT_INFLIGHT_MAX + 1, details, sizeof(details));
	ck_assert_ptr_nonnull(strstr(details, "key=urgent "));
	for (size_t i = 0; i < array_len(many); i++)
		polkit_cancel(many[i].ticket);
	polkit_cancel(one.ticket);
}
END_TEST

START_TEST(a_uid_has_a_bounded_number_of_prompts)
{
	struct waiter w[6];
	struct polkit_question q;
	char key[16];

	for (size_t i = 0; i < array_len(w); i++) {
		snprintf(key, sizeof(key), "key%zu", i);
		q = question(key);
		q.may_interact = true;
		ask(&w[i], &q);
	}
	check_asked(6);
	for (size_t i = 0; i < 6; i++)
		say_challenge(i);
	check_asked(10);
	say_yes(6);
	check_answer(&w[0], POLKIT_ANSWER_YES);
	check_asked(11);
	polkit_cancel(w[1].ticket);
	check_asked(12);
	for (size_t i = 2; i < array_len(w); i++)
		polkit_cancel(w[i].ticket);
}
END_TEST

START_TEST(above_the_limit_of_the_queue_it_is_busy)
{
	struct polkit_ticket **tickets = calloc(POLKIT_QUEUE_MAX, sizeof(*tickets)), *more;
	struct polkit_question q = question("release");
	struct waiter w = {};

	for (size_t i = 0; i < POLKIT_QUEUE_MAX; i++)
		ck_assert_int_eq(polkit_ask(polkit, &q, on_answer, &w, &tickets[i]), 0);
	ck_assert_int_eq(polkit_ask(polkit, &q, on_answer, &w, &more), -EBUSY);
	for (size_t i = 0; i < POLKIT_QUEUE_MAX; i++)
		polkit_cancel(tickets[i]);
	ck_assert_uint_eq(w.n_called, 0);
	free(tickets);
}
END_TEST

static void ask_again(enum polkit_answer answer, void *userdata)
{
	struct polkit_question q = question("another");

	on_answer(answer, userdata);
	ask(userdata, &q);
}

START_TEST(one_may_ask_from_inside_an_answer)
{
	struct polkit_question q = question("release");
	struct waiter w = {};

	ck_assert_int_eq(polkit_ask(polkit, &q, ask_again, &w, &w.ticket), 0);
	check_asked(1);
	say_yes(0);
	check_asked(2);
	ck_assert_uint_eq(w.n_called, 0);
	say_no(1);
	check_answer(&w, POLKIT_ANSWER_NO);
}
END_TEST

static struct waiter other;

static void cancel_other(enum polkit_answer answer, void *userdata)
{
	on_answer(answer, userdata);
	polkit_cancel(other.ticket);
}

START_TEST(one_may_cancel_another_from_inside_an_answer)
{
	struct polkit_question q = question("release");
	struct waiter w = {};

	ck_assert_int_eq(polkit_ask(polkit, &q, cancel_other, &w, &w.ticket), 0);
	ask(&other, &q);
	check_asked(1);
	say_yes(0);
	check_answer(&w, POLKIT_ANSWER_YES);
	ck_assert_uint_eq(other.n_called, 0);
}
END_TEST

/* --- the bus ----------------------------------------------------------------------------------- */

START_TEST(a_lost_bus_silences_all_who_wait)
{
	struct waiter w[POLKIT_INFLIGHT_MAX + 10];
	char key[16];

	for (size_t i = 0; i < array_len(w); i++) {
		struct polkit_question q;

		snprintf(key, sizeof(key), "key%zu", i);
		q = question(key);
		ask(&w[i], &q);
	}
	idle();
	hang_up();
	for (size_t i = 0; i < array_len(w); i++)
		check_answer(&w[i], POLKIT_ANSWER_SILENCE);
}
END_TEST

START_TEST(without_a_bus_it_is_silence_until_the_bus_is_back)
{
	struct polkit_question q = question("release");
	struct waiter w;

	hang_up();
	idle();
	ask(&w, &q);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	while (n_connects < 2)
		ck_assert_int_gt(sd_event_run(event, LONG), 0);
	/* It is asked as soon as the new connection stands. */
	ask(&w, &q);
	check_asked(1);
	say_yes(0);
	check_answer(&w, POLKIT_ANSWER_YES);
}
END_TEST

START_TEST(an_agent_may_end_while_the_bus_is_down)
{
	is_bus_down = true;
	hang_up();
	idle();
}
END_TEST

/* --- the process ------------------------------------------------------------------------------- */

/* A child that lives until killed. */
static pid_t start_child(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end_child(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(a_caller_that_is_gone_is_not_asked_about)
{
	pid_t pid = start_child();
	struct caller *c = new_caller(pid);
	struct polkit_question q = question("release");
	struct waiter w;

	q.caller = c;
	end_child(pid);
	ask(&w, &q);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	check_asked(0);
	caller_free(c);
}
END_TEST

START_TEST(a_caller_that_ends_before_its_turn_is_not_asked_about)
{
	struct waiter first[POLKIT_INFLIGHT_MAX], w;
	pid_t pid = start_child();
	struct caller *c = new_caller(pid);
	struct polkit_question q;
	char key[16];

	for (size_t i = 0; i < array_len(first); i++) {
		snprintf(key, sizeof(key), "key%zu", i);
		q = question(key);
		ask(&first[i], &q);
	}
	q = question("release");
	q.caller = c;
	ask(&w, &q);
	check_waits(&w);
	end_child(pid);
	say_yes(0);
	check_answer(&w, POLKIT_ANSWER_SILENCE);
	check_asked(POLKIT_INFLIGHT_MAX);
	for (size_t i = 1; i < array_len(first); i++)
		polkit_cancel(first[i].ticket);
	caller_free(c);
}
END_TEST

START_TEST(a_yes_for_a_caller_that_is_gone_is_silence)
{
	for (int has_pidfd = 0; has_pidfd < 2; has_pidfd++) {
		pid_t pid = start_child();
		struct caller *c = new_caller(pid);
		struct polkit_question q = question("release");
		struct waiter w;

		if (!has_pidfd)
			c->pidfd = fd_close(c->pidfd);
		q.caller = c;
		ask(&w, &q);
		check_asked((size_t)has_pidfd + 1);
		end_child(pid);
		say_yes((size_t)has_pidfd);
		check_answer(&w, POLKIT_ANSWER_SILENCE);
		caller_free(c);
	}
}
END_TEST

START_TEST(what_is_kept_ends_with_the_process)
{
	pid_t pid = start_child();
	struct caller *c = new_caller(pid);
	struct polkit_question q = question("release");

	q.caller = c;
	ask_and_say(&q, true, false);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_YES);
	end_child(pid);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
	caller_free(c);
}
END_TEST

START_TEST(a_zombie_is_gone)
{
	pid_t pid = start_child();
	struct caller *c = new_caller(pid);
	siginfo_t info;

	c->pidfd = fd_close(c->pidfd);
	ck_assert(polkit_subject_is_alive(c));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert(!polkit_subject_is_alive(c));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	caller_free(c);
}
END_TEST

START_TEST(a_caller_of_whom_too_little_is_known_is_not_asked_about)
{
	struct polkit_question q = question("release");

	for (int i = 0; i < 4; i++) {
		struct caller c = *me;
		struct waiter w;

		q.caller = &c;
		switch (i) {
		case 0:
			c.pidfd = -EBADF;
			c.start_time = 0;
			break;
		case 1:
			c.pidfd = -EBADF;
			c.start_time++;
			break;
		case 2:
			c.uid = (uid_t)-1;
			break;
		case 3:
			c.pid = 0;
			break;
		}
		ask(&w, &q);
		check_answer(&w, POLKIT_ANSWER_SILENCE);
	}
	check_asked(0);
}
END_TEST

START_TEST(without_a_start_time_nothing_is_kept)
{
	struct polkit_question q = question("release");
	struct caller c = *me;

	q.caller = &c;
	c.start_time = 0;
	ask_and_say(&q, true, false);
	ck_assert_int_eq(polkit_kept(polkit, &q), POLKIT_ANSWER_NONE);
}
END_TEST

START_TEST(the_caller_may_go_while_the_question_is_under_way)
{
	struct caller *c = new_caller(getpid());
	struct polkit_question q = question("release");
	struct waiter w;

	q.caller = c;
	ask(&w, &q);
	caller_free(c);
	check_asked(1);
	say_yes(0);
	check_answer(&w, POLKIT_ANSWER_YES);
}
END_TEST

static void add_tests_of_answers(TCase *group)
{
	const TTest *const tests[] = {
		yes_is_yes,
		no_is_no,
		challenge_is_told_when_nobody_may_be_asked,
		challenge_asks_a_person_when_one_may_be_asked,
		nobody_is_asked_when_no_person_is_needed,
		errors_are_silence,
		replies_that_are_no_result_are_silence,
		answers_come_from_the_loop_and_once,
		a_rule_is_told_every_detail,
		who_approves_is_told_what_is_said_and_what_it_opens,
		what_is_not_known_is_left_out,
		the_subject_is_the_process_as_the_kernel_named_it,
		a_detail_that_no_bus_carries_is_silence,
		silence_ends_at_the_deadline_and_is_withdrawn,
		a_person_has_a_deadline_of_its_own,
		an_answer_after_the_deadline_is_nothing,
		a_cancelled_question_is_withdrawn_and_its_answer_is_nothing,
		an_open_prompt_is_withdrawn,
		one_may_cancel_when_the_answer_is_there_but_not_told,
	};

	for (size_t i = 0; i < array_len(tests); i++)
		tcase_add_test(group, tests[i]);
}

static void add_tests_of_what_is_kept_and_changed(TCase *group)
{
	const TTest *const tests[] = {
		yes_no_and_challenge_are_kept,
		what_is_kept_is_for_the_very_same_question,
		nothing_is_kept_longer_than_said,
		new_settings_drop_what_is_kept,
		changed_drops_what_is_kept,
		changed_from_somebody_else_drops_nothing,
		a_new_polkitd_drops_what_is_kept_and_is_heard,
		a_lost_bus_drops_what_is_kept,
		a_person_who_said_yes_ends_the_challenge_that_was_kept,
		as_many_as_the_limit_are_kept_and_the_oldest_goes,
		an_answer_after_rules_changed_counts_and_is_not_kept,
		what_polkitd_leaves_unanswered_too_often_is_silence,
		the_last_answer_of_a_polkitd_that_is_restarted_counts,
		nobody_joins_a_question_that_rules_changed_under,
		the_generation_grows_with_all_that_ends_what_polkit_said,
		a_prompt_answered_after_rules_changed_is_asked_anew_without_it,
		who_has_authenticated_is_not_asked_again_for_the_same,
		who_has_authenticated_is_not_asked_again_by_a_polkitd_that_does_not_say_what_for,
		who_has_authenticated_is_asked_again_for_what_is_wanted_now,
		who_has_authenticated_is_refused_if_rules_say_no_now,
		an_authentication_counts_until_the_next_one,
		nobody_can_have_prompts_come_back_for_ever,
		changed_as_often_as_anybody_likes_keeps_nobody_from_a_prompt_and_its_yes,
		a_yes_that_is_not_kept_is_none_to_what_polkit_would_keep,
		a_prompt_that_nobody_could_be_shown_is_not_tried_again,
		a_yes_that_polkit_keeps_is_no_consent,
		a_prompt_that_failed_under_changed_is_put_again,
		nobody_joins_a_question_that_a_person_has_answered,
		a_consent_counts_when_the_same_is_asked_again,
		a_consent_counts_for_nothing_else,
		a_consent_is_not_shared,
		who_has_not_authenticated_is_not_asked_again,
		polkitd_restarted_while_asked_is_asked_anew,
		what_polkit_keeps_counts_for_the_same_key_and_purpose,
		what_polkit_keeps_counts_for_nothing_else,
		an_id_that_nobody_was_asked_about_counts_for_nothing,
		a_prompt_that_never_opened_because_of_another_key_is_no_yes,
		an_id_stands_for_what_it_was_given_for_first,
		a_yes_by_a_rule_needs_no_id,
		ids_end_with_polkitd_and_not_with_changed,
		ids_end_with_the_bus,
		an_id_that_makes_no_sense_is_silence,
		a_bounded_number_of_ids_is_known_and_the_oldest_goes,
		equal_questions_are_asked_once,
		only_the_last_one_who_waits_withdraws,
		questions_that_differ_are_not_joined,
		lists_of_like_processes_are_asked_about_once,
		a_bounded_number_is_asked_at_once,
		one_uid_with_many_delays_another_by_one_turn,
		a_uid_has_a_bounded_number_of_prompts,
		above_the_limit_of_the_queue_it_is_busy,
		one_may_ask_from_inside_an_answer,
		one_may_cancel_another_from_inside_an_answer,
		a_lost_bus_silences_all_who_wait,
		without_a_bus_it_is_silence_until_the_bus_is_back,
		an_agent_may_end_while_the_bus_is_down,
		a_caller_that_is_gone_is_not_asked_about,
		a_caller_that_ends_before_its_turn_is_not_asked_about,
		a_yes_for_a_caller_that_is_gone_is_silence,
		what_is_kept_ends_with_the_process,
		a_zombie_is_gone,
		a_caller_of_whom_too_little_is_known_is_not_asked_about,
		without_a_start_time_nothing_is_kept,
		the_caller_may_go_while_the_question_is_under_way,
	};

	for (size_t i = 0; i < array_len(tests); i++)
		tcase_add_test(group, tests[i]);
}

int main(void)
{
	Suite *suite = suite_create("polkit");
	TCase *group = tcase_create("polkit");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(group, set_up, tear_down);
	tcase_set_timeout(group, 60);
	add_tests_of_answers(group);
	add_tests_of_what_is_kept_and_changed(group);
	suite_add_tcase(suite, group);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
