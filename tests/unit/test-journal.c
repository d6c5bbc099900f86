/*
 * test-journal.c - records to journald, and whether they are written
 *
 * journald is a socket in this process, which is read when the test says so.
 */
#include "agent/audit/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "tests/unit/unit.h"

#define LONG (3600 * USEC_PER_SEC)
#define SHORT 1u

/* Stands before the C library's: a kernel that takes no more than so many parts. 0: all. */
static size_t fake_parts_max;

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (fake_parts_max > 0 && msg->msg_iovlen > fake_parts_max) {
		errno = EMSGSIZE;
		return -1;
	}
	return syscall(SYS_sendmsg, fd, msg, flags);
}

/* --- the world -------------------------------------------------------------------------------- */

static sd_event *event;
static struct journal *journal;
static char dir[] = "/tmp/test-journal-XXXXXX";
static char path[64];
static int journald = -EBADF; /* the receiving end */

static char datagram[256 * 1024]; /* the last one taken; NUL-terminated */
static size_t datagram_size;

static void start_journald(void)
{
	struct sockaddr_un address;
	unsigned len;

	(void)unlink(path); /* it may not be there */
	journald = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(journald, 0);
	ck_assert_int_eq(fd_unix_address(path, &address, &len), 0);
	ck_assert_int_eq(bind(journald, (struct sockaddr *)&address, len), 0);
}

static void stop_journald(void)
{
	journald = fd_close(journald);
}

static void set_up(uint64_t timeout_usec)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_eq(journal_new(event, path, timeout_usec, &journal), 0);
	start_journald();
}

static void tear_down(void)
{
	journal = journal_free(journal);
	event = sd_event_unref(event);
	stop_journald();
	(void)unlink(path); /* it may not be there */
	ck_assert_int_eq(rmdir(dir), 0);
}

static void turn(void)
{
	unsigned n;
	int r;

	do {
		journal_turn(journal);
		n = 0;
		while ((r = sd_event_run(event, 0)) > 0)
			n++;
		ck_assert_int_eq(r, 0);
	} while (n > 0);
}

static bool take(void)
{
	ssize_t n = recv(journald, datagram, sizeof(datagram) - 1, 0);

	if (n < 0)
		ck_assert_int_eq(errno, EAGAIN);
	datagram_size = n < 0 ? 0 : (size_t)n;
	datagram[datagram_size] = '\0';
	return n >= 0;
}

/* Records in the last datagram; they are separated by empty lines. */
static unsigned count_records(void)
{
	unsigned n = datagram_size > 0;

	for (const char *at = datagram; (at = strstr(at, "\n\n")); at++)
		n++;
	return n;
}

static bool has(const char *what)
{
	return strstr(datagram, what);
}

/* --- records and what becomes of them --------------------------------------------------------- */

struct wait {
	struct journal_ticket *ticket;
	unsigned n_calls;
	int result;
	bool is_in_call;
	struct wait *cancels; /* another one, from the callback */
	struct wait *writes;  /* the same */
};

static void write_record(struct wait *w);

static void on_result(int result, void *userdata)
{
	struct wait *w = userdata;

	ck_assert_msg(!w->is_in_call, "called back from inside journal_write()");
	w->n_calls++;
	w->result = result;
	w->ticket = NULL;
	if (w->cancels)
		journal_cancel(take_ptr(w->cancels->ticket));
	if (w->writes)
		write_record(w->writes);
}

static void write_message(struct wait *w, const char *message)
{
	const struct record r = {.kind = RECORD_SIGNED, .message = message};

	w->is_in_call = true;
	ck_assert_int_eq(journal_write(journal, &r, on_result, w, &w->ticket), 0);
	w->is_in_call = false;
}

static void write_record(struct wait *w)
{
	write_message(w, "a record");
}

static int note(const char *message)
{
	return journal_note(journal,
			    &(struct record){.kind = RECORD_TOKEN_LOST, .message = message});
}

static void wait_for(const struct wait *w)
{
	while (w->n_calls == 0) {
		journal_turn(journal);
		if (w->n_calls == 0)
			ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
	}
}

static void check_result(const struct wait *w, int result)
{
	ck_assert_uint_eq(w->n_calls, 1);
	ck_assert_int_eq(w->result, result);
}

/* --- written ---------------------------------------------------------------------------------- */

START_TEST(a_record_is_written_when_journald_has_taken_it_and_not_before)
{
	struct wait w = {};

	set_up(LONG);
	write_record(&w);
	turn();
	ck_assert_uint_eq(w.n_calls, 0);
	ck_assert(take());
	ck_assert(has("MESSAGE=a record\n"));
	ck_assert(has("SIGNET_SEQ=1\n"));
	turn();
	check_result(&w, 0);
	ck_assert_uint_eq(journal_sequence(journal), 1);
	tear_down();
}
END_TEST

START_TEST(a_record_is_what_it_was_when_it_was_written)
{
	char message[] = "before";
	struct wait w = {};

	set_up(LONG);
	write_message(&w, message);
	strcpy(message, "after!");
	turn();
	ck_assert(take());
	ck_assert(has("MESSAGE=before\n"));
	turn();
	check_result(&w, 0);
	tear_down();
}
END_TEST

START_TEST(records_written_together_travel_together)
{
	struct wait w[3] = {};

	set_up(LONG);
	for (unsigned i = 0; i < 3; i++)
		write_record(&w[i]);
	turn();
	ck_assert(take());
	ck_assert_uint_eq(count_records(), 3);
	ck_assert(has("\n\nMESSAGE="));
	ck_assert(!take());
	turn();
	for (unsigned i = 0; i < 3; i++)
		check_result(&w[i], 0);
	tear_down();
}
END_TEST

START_TEST(the_next_ones_wait_until_the_first_are_taken)
{
	struct wait w[3] = {};

	set_up(LONG);
	write_record(&w[0]);
	turn();
	write_record(&w[1]);
	write_record(&w[2]);
	turn();
	ck_assert(take());
	ck_assert_uint_eq(count_records(), 1);
	ck_assert(!take());
	turn();
	check_result(&w[0], 0);
	ck_assert_uint_eq(w[1].n_calls, 0);
	ck_assert(take());
	ck_assert_uint_eq(count_records(), 2);
	ck_assert(has("SIGNET_SEQ=2\n"));
	ck_assert(has("SIGNET_SEQ=3\n"));
	turn();
	check_result(&w[1], 0);
	check_result(&w[2], 0);
	tear_down();
}
END_TEST

START_TEST(many_records_are_split_into_datagrams_in_order)
{
	struct wait *w = calloc(1000, sizeof(*w));
	unsigned n = 0;
	char seq[64];

	ck_assert_ptr_nonnull(w);
	set_up(LONG);
	for (unsigned i = 0; i < 1000; i++)
		write_record(&w[i]);
	for (turn(); take(); turn()) {
		ck_assert_uint_le(datagram_size, 128 * 1024);
		for (unsigned i = count_records(); i > 0; i--) {
			(void)snprintf(seq, sizeof(seq), "SIGNET_SEQ=%u\n", ++n);
			ck_assert(has(seq));
		}
	}
	ck_assert_uint_eq(n, 1000);
	for (unsigned i = 0; i < 1000; i++)
		check_result(&w[i], 0);
	free(w);
	tear_down();
}
END_TEST

START_TEST(large_records_are_split_into_datagrams_too)
{
	struct ask_item *items = calloc(BATCH_MAX, sizeof(*items));
	struct ask ask = {.items = items, .n_items = BATCH_MAX, .pin_fd = -EBADF};
	const struct record r = {.kind = RECORD_SIGNED, .ask = &ask, .n_signed = BATCH_MAX};
	unsigned n = 0;

	ck_assert_ptr_nonnull(items);
	set_up(LONG);
	for (unsigned i = 0; i < BATCH_MAX; i++)
		items[i].digest_size = DIGEST_MAX;
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(journal_note(journal, &r), 0);
	for (turn(); take(); turn()) {
		ck_assert_uint_le(datagram_size, 128 * 1024);
		n += count_records();
	}
	ck_assert_uint_eq(n, 20);
	free(items);
	tear_down();
}
END_TEST

START_TEST(a_callback_may_write_and_cancel)
{
	struct wait w[3] = {}, another = {};

	set_up(LONG);
	w[0].cancels = &w[1];
	w[0].writes = &another;
	for (unsigned i = 0; i < 3; i++)
		write_record(&w[i]);
	turn();
	ck_assert(take());
	turn();
	check_result(&w[0], 0);
	ck_assert_uint_eq(w[1].n_calls, 0);
	check_result(&w[2], 0);
	ck_assert_uint_eq(another.n_calls, 0);
	ck_assert(take());
	turn();
	check_result(&another, 0);
	tear_down();
}
END_TEST

START_TEST(a_cancelled_record_is_written_and_nobody_is_called)
{
	struct wait w[2] = {};

	set_up(LONG);
	write_record(&w[0]);
	journal_cancel(take_ptr(w[0].ticket));
	write_record(&w[1]);
	turn();
	journal_cancel(take_ptr(w[1].ticket));
	journal_cancel(NULL);
	ck_assert(take());
	ck_assert_uint_eq(count_records(), 2);
	turn();
	ck_assert_uint_eq(w[0].n_calls + w[1].n_calls, 0);
	tear_down();
}
END_TEST

/* --- not written ------------------------------------------------------------------------------ */

START_TEST(without_a_journal_nothing_is_written)
{
	struct wait w = {};

	set_up(LONG);
	stop_journald();
	ck_assert_int_eq(unlink(path), 0);
	write_record(&w);
	ck_assert_uint_eq(w.n_calls, 0);
	turn();
	check_result(&w, -ENOENT);
	ck_assert_uint_eq(journal_sequence(journal), 0);
	tear_down();
}
END_TEST

START_TEST(a_socket_that_nobody_has_open_takes_nothing)
{
	struct wait w = {};

	set_up(LONG);
	stop_journald();
	write_record(&w);
	turn();
	check_result(&w, -ECONNREFUSED);
	tear_down();
}
END_TEST

START_TEST(a_journald_that_closes_with_the_record_unread_has_not_written_it)
{
	struct wait w = {};

	set_up(LONG);
	write_record(&w);
	turn();
	stop_journald();
	turn();
	check_result(&w, -ECONNREFUSED);
	tear_down();
}
END_TEST

START_TEST(nor_has_one_that_goes_away_with_its_socket)
{
	struct wait w = {};

	set_up(LONG);
	write_record(&w);
	turn();
	ck_assert_int_eq(unlink(path), 0);
	stop_journald();
	turn();
	check_result(&w, -ENOENT);
	tear_down();
}
END_TEST

START_TEST(nor_has_one_that_another_took_the_place_of)
{
	struct wait w[2] = {};

	set_up(LONG);
	write_record(&w[0]);
	turn();
	stop_journald();
	start_journald();
	turn();
	check_result(&w[0], -ECONNREFUSED);
	ck_assert(!take());

	write_record(&w[1]); /* but the new one takes the next */
	turn();
	ck_assert(take());
	ck_assert(has("SIGNET_SEQ=2\n")); /* and the gap shows that one is lost */
	turn();
	check_result(&w[1], 0);
	tear_down();
}
END_TEST

START_TEST(a_new_journald_takes_what_the_old_one_had_not_been_sent)
{
	struct wait w[2] = {};

	set_up(LONG);
	write_record(&w[0]);
	turn();
	ck_assert(take());
	turn();
	stop_journald();
	start_journald();
	write_record(&w[1]);
	turn();
	ck_assert(take());
	turn();
	check_result(&w[1], 0);
	tear_down();
}
END_TEST

/* Writes a record that is sent before its short time is up. */
static void send_in_time(struct wait *w)
{
	do {
		*w = (struct wait){};
		write_record(w);
		turn();
	} while (journal_sequence(journal) == 0);
}

START_TEST(a_hung_journald_makes_each_record_time_out)
{
	struct wait sent, waiting = {};

	set_up(SHORT);
	send_in_time(&sent);
	write_message(&waiting, "never sent");
	wait_for(&sent);
	wait_for(&waiting);
	check_result(&sent, -ETIMEDOUT);
	check_result(&waiting, -ETIMEDOUT);
	tear_down();
}
END_TEST

START_TEST(it_is_written_to_again_when_it_is_back)
{
	struct wait sent, waiting = {};

	set_up(SHORT);
	send_in_time(&sent);
	write_message(&waiting, "withdrawn");
	wait_for(&sent);
	wait_for(&waiting);
	ck_assert(take()); /* the first was in the socket, and could not be taken back */
	ck_assert(has("SIGNET_SEQ=1\n"));
	turn();
	ck_assert(!take()); /* the second was not */
	ck_assert_int_eq(note("again"), 0);
	turn();
	ck_assert(take());
	ck_assert(has("MESSAGE=again\n"));
	ck_assert(has("SIGNET_SEQ=2\n")); /* no gap: nothing that journald was given is lost */
	ck_assert(!has("withdrawn"));
	tear_down();
}
END_TEST

START_TEST(what_a_callback_writes_when_time_is_up_has_a_time_of_its_own)
{
	struct wait first = {}, second = {}, third = {};

	set_up(SHORT);
	first.writes = &third;
	write_record(&first);
	write_record(&second);
	wait_for(&third);
	wait_for(&second);
	check_result(&first, -ETIMEDOUT);
	check_result(&second, -ETIMEDOUT);
	check_result(&third, -ETIMEDOUT);
	tear_down();
}
END_TEST

/* Fills journald's queue as other programs would; what it can hold is the system's setting. */
static unsigned fill_queue(int *ret_fd)
{
	struct sockaddr_un address;
	unsigned len, n = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_unix_address(path, &address, &len), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, len), 0);
	while (send(fd, "x", 1, 0) == 1)
		n++;
	ck_assert_int_eq(errno, EAGAIN);
	*ret_fd = fd;
	return n;
}

START_TEST(a_full_queue_is_waited_for_without_spinning)
{
	struct wait w = {};
	unsigned n;
	int fd;

	set_up(LONG);
	n = fill_queue(&fd);
	write_record(&w);
	turn(); /* comes to an end */
	ck_assert_uint_eq(w.n_calls, 0);
	ck_assert_uint_eq(journal_sequence(journal), 0);
	while (n-- > 0)
		ck_assert(take());
	turn();
	ck_assert(take());
	ck_assert(has("SIGNET_SEQ=1\n"));
	turn();
	check_result(&w, 0);
	(void)close(fd);
	tear_down();
}
END_TEST

START_TEST(a_queue_that_stays_full_makes_a_record_time_out)
{
	struct wait w = {};
	int fd;

	set_up(SHORT);
	(void)fill_queue(&fd);
	write_record(&w);
	wait_for(&w);
	check_result(&w, -ETIMEDOUT);
	ck_assert_uint_eq(journal_sequence(journal), 0);
	(void)close(fd);
	tear_down();
}
END_TEST

START_TEST(what_waits_is_bounded_and_room_comes_back)
{
	struct wait w = {};
	char message[1024];
	unsigned n = 0;

	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	set_up(LONG);
	write_record(&w);
	turn(); /* and journald hangs */
	while (note(message) == 0)
		ck_assert_uint_lt(++n, 16 * 1024);
	ck_assert_int_eq(note(message), -ENOBUFS);
	ck_assert_uint_gt(n, 1000);
	while (take())
		turn();
	ck_assert_int_eq(note("room again"), 0);
	turn();
	ck_assert(take());
	ck_assert(has("room again"));
	tear_down();
}
END_TEST

/* --- who waits for whom ----------------------------------------------------------------------- */

#define ALICE 1000u
#define BOB 1001u

static int note_about(uid_t uid, const char *message)
{
	const struct caller caller = {.uid = uid, .gid = uid};

	return journal_note(journal, &(struct record){.kind = RECORD_DENIED,
						      .message = message,
						      .caller = &caller});
}

static void write_about(uid_t uid, struct wait *w, const char *message)
{
	const struct caller caller = {.uid = uid, .gid = uid};
	const struct record r = {.kind = RECORD_SIGNED, .message = message, .caller = &caller};

	ck_assert_int_eq(journal_write(journal, &r, on_result, w, &w->ticket), 0);
}

/* journald hangs with one record unread, and then a uid writes until it is refused. */
static unsigned flood(uid_t uid)
{
	static char message[1024];
	unsigned n = 0;
	int r;

	memset(message, 'x', sizeof(message) - 1);
	while ((r = note_about(uid, message)) == 0)
		ck_assert_uint_lt(++n, 16 * 1024);
	ck_assert_int_eq(r, -ENOBUFS);
	return n;
}

START_TEST(a_uid_that_floods_is_refused_alone)
{
	struct wait first = {}, w = {};
	unsigned n;

	set_up(LONG);
	write_record(&first);
	turn();
	ck_assert_uint_gt(flood(ALICE), 1000);
	turn();
	ck_assert_int_eq(note_about(ALICE, "x"), -ENOBUFS);
	ck_assert_int_eq(note("about nobody"), 0);
	write_about(BOB, &w, "from bob");
	ck_assert(take());
	turn();
	ck_assert(take()); /* the very next group */
	ck_assert(has("MESSAGE=from bob\n"));
	ck_assert(has("MESSAGE=about nobody\n"));
	ck_assert_uint_gt(count_records(), 50);
	turn();
	check_result(&first, 0);
	check_result(&w, 0);
	for (n = 0; take(); n++)
		turn();
	ck_assert_uint_gt(n, 10);
	ck_assert_int_eq(note_about(ALICE, "room again"), 0);
	tear_down();
}
END_TEST

START_TEST(what_is_about_nobody_is_bounded_alone_too)
{
	struct wait first = {}, w = {};

	set_up(LONG);
	write_record(&first);
	turn();
	while (note("about nobody") == 0)
		;
	write_about(BOB, &w, "from bob");
	ck_assert(take());
	turn();
	ck_assert(take());
	ck_assert(has("MESSAGE=from bob\n"));
	turn();
	check_result(&w, 0);
	tear_down();
}
END_TEST

START_TEST(a_flood_that_did_not_fit_the_socket_delays_others_by_one_group_at_most)
{
	struct wait w = {};
	unsigned n;
	int fd;

	set_up(LONG);
	n = fill_queue(&fd);
	(void)flood(ALICE);
	turn(); /* a group is made, and has no room */
	write_about(BOB, &w, "from bob");
	while (n-- > 0)
		ck_assert(take());
	turn();
	ck_assert(take());
	ck_assert(has("SIGNET_SEQ=1\n"));
	turn();
	ck_assert(take());
	ck_assert(has("MESSAGE=from bob\n"));
	turn();
	check_result(&w, 0);
	(void)close(fd);
	tear_down();
}
END_TEST

START_TEST(uids_take_turns_and_each_keeps_its_order)
{
	struct wait first = {};
	const char *at;

	set_up(LONG);
	write_record(&first);
	turn();
	ck_assert_int_eq(note_about(ALICE, "alice 1"), 0);
	ck_assert_int_eq(note_about(ALICE, "alice 2"), 0);
	ck_assert_int_eq(note_about(ALICE, "alice 3"), 0);
	ck_assert_int_eq(note_about(BOB, "bob 1"), 0);
	ck_assert_int_eq(note_about(BOB, "bob 2"), 0);
	ck_assert(take());
	turn();
	ck_assert(take());
	at = datagram;
	for (unsigned i = 0; i < 5; i++) {
		static const char *const order[] = {"alice 1", "bob 1", "alice 2", "bob 2",
						    "alice 3"};
		char seq[32];

		at = strstr(at, order[i]);
		ck_assert_msg(at, "'%s' is not where it should be", order[i]);
		(void)snprintf(seq, sizeof(seq), "SIGNET_SEQ=%u\n", i + 2);
		at = strstr(at, seq);
		ck_assert_msg(at, "'%s' does not have number %u", order[i], i + 2);
	}
	turn();
	tear_down();
}
END_TEST

START_TEST(all_uids_together_are_bounded)
{
	struct wait first = {}, w = {};
	unsigned n_uids = 0;

	set_up(LONG);
	write_record(&first);
	turn();
	while (note_about(ALICE + n_uids, "x") == 0) {
		(void)flood(ALICE + n_uids);
		ck_assert_uint_lt(++n_uids, 100);
	}
	ck_assert_uint_ge(n_uids, 16);
	ck_assert(take());
	turn();
	write_about(ALICE + n_uids, &w, "room again");
	ck_assert(take());
	turn();
	ck_assert(take());
	turn();
	check_result(&w, 0);
	tear_down();
}
END_TEST

START_TEST(many_uids_are_served_and_forgotten)
{
	struct wait first = {};
	unsigned n = 0;

	set_up(LONG);
	write_record(&first);
	turn();
	for (uid_t uid = 0; uid < 3000; uid++)
		ck_assert_int_eq(note_about(uid, "x"), 0);
	for (; take(); turn())
		n += count_records();
	ck_assert_uint_eq(n, 3001);
	tear_down();
}
END_TEST

START_TEST(records_of_all_uids_fail_in_their_order_when_time_is_up)
{
	struct wait sent, w[4] = {};

	set_up(SHORT);
	send_in_time(&sent);
	for (unsigned i = 0; i < 4; i++)
		write_about(ALICE + i % 2, &w[i], "never sent");
	w[0].cancels = &w[1];
	for (unsigned i = 0; i < 4; i++)
		if (i != 1)
			wait_for(&w[i]);
	ck_assert_uint_eq(w[1].n_calls, 0);
	for (unsigned i = 0; i < 4; i++)
		if (i != 1)
			check_result(&w[i], -ETIMEDOUT);
	tear_down();
}
END_TEST

/* --- notes ------------------------------------------------------------------------------------ */

START_TEST(notes_wait_for_a_journal_and_records_do_not)
{
	struct wait w = {};

	set_up(LONG);
	stop_journald();
	ck_assert_int_eq(note("first"), 0);
	write_record(&w);
	turn();
	check_result(&w, -ECONNREFUSED);
	start_journald();
	ck_assert_int_eq(note("second"), 0);
	turn();
	ck_assert(take());
	ck_assert_uint_eq(count_records(), 2);
	ck_assert(has("MESSAGE=first\n"));
	ck_assert(has("SIGNET_SEQ=1\n"));
	ck_assert(!has("a record"));
	tear_down();
}
END_TEST

START_TEST(last_notes_are_sent_when_the_journal_is_freed)
{
	set_up(LONG);
	ck_assert_int_eq(note("good bye"), 0);
	journal = journal_free(journal);
	ck_assert(take());
	ck_assert(has("MESSAGE=good bye\n"));
	tear_down();
}
END_TEST

START_TEST(freeing_a_journal_does_not_wait_for_a_full_queue)
{
	int fd;

	set_up(LONG);
	(void)fill_queue(&fd);
	ck_assert_int_eq(note("good bye"), 0);
	tear_down();
	(void)close(fd);
}
END_TEST

START_TEST(a_kernel_that_takes_no_groups_gets_them_one_by_one)
{
	struct wait w[3] = {};

	set_up(LONG);
	fake_parts_max = 2; /* a record and its number */
	for (unsigned i = 0; i < 3; i++)
		write_record(&w[i]);
	for (unsigned i = 0; i < 3; i++) {
		turn();
		ck_assert(take());
		ck_assert_uint_eq(count_records(), 1);
	}
	turn();
	for (unsigned i = 0; i < 3; i++)
		check_result(&w[i], 0);
	tear_down();
}
END_TEST

START_TEST(a_record_that_is_too_large_for_the_kernel_is_not_written)
{
	struct wait w[2] = {};

	set_up(LONG);
	fake_parts_max = 1;
	write_record(&w[0]);
	write_record(&w[1]);
	turn();
	check_result(&w[0], -EMSGSIZE);
	check_result(&w[1], -EMSGSIZE);
	ck_assert(!take());
	tear_down();
}
END_TEST

START_TEST(a_path_that_cannot_be_is_refused)
{
	char long_path[200];
	struct journal *j = NULL;

	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_eq(journal_new(event, long_path, LONG, &j), -ENAMETOOLONG);
	ck_assert_int_eq(journal_new(event, "", LONG, &j), -EINVAL);
	ck_assert_ptr_null(j);
	event = sd_event_unref(event);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_record_is_written_when_journald_has_taken_it_and_not_before,
		a_record_is_what_it_was_when_it_was_written,
		records_written_together_travel_together,
		the_next_ones_wait_until_the_first_are_taken,
		many_records_are_split_into_datagrams_in_order,
		large_records_are_split_into_datagrams_too,
		a_callback_may_write_and_cancel,
		a_cancelled_record_is_written_and_nobody_is_called,
		without_a_journal_nothing_is_written,
		a_socket_that_nobody_has_open_takes_nothing,
		a_journald_that_closes_with_the_record_unread_has_not_written_it,
		nor_has_one_that_goes_away_with_its_socket,
		nor_has_one_that_another_took_the_place_of,
		a_new_journald_takes_what_the_old_one_had_not_been_sent,
		a_hung_journald_makes_each_record_time_out,
		it_is_written_to_again_when_it_is_back,
		what_a_callback_writes_when_time_is_up_has_a_time_of_its_own,
		a_full_queue_is_waited_for_without_spinning,
		a_queue_that_stays_full_makes_a_record_time_out,
		what_waits_is_bounded_and_room_comes_back,
		a_uid_that_floods_is_refused_alone,
		what_is_about_nobody_is_bounded_alone_too,
		a_flood_that_did_not_fit_the_socket_delays_others_by_one_group_at_most,
		uids_take_turns_and_each_keeps_its_order,
		all_uids_together_are_bounded,
		many_uids_are_served_and_forgotten,
		records_of_all_uids_fail_in_their_order_when_time_is_up,
		notes_wait_for_a_journal_and_records_do_not,
		last_notes_are_sent_when_the_journal_is_freed,
		freeing_a_journal_does_not_wait_for_a_full_queue,
		a_kernel_that_takes_no_groups_gets_them_one_by_one,
		a_record_that_is_too_large_for_the_kernel_is_not_written,
		a_path_that_cannot_be_is_refused,
	};

	return unit_run("journal", tests, array_len(tests));
}
