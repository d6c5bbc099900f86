/*
 * test-quorum-text.c - the text that approvers read and sign never changes by accident
 */
#include "agent/policy/quorum-text.h"

#include "tests/lib/fake-parked.h"
#include "tests/unit/unit.h"

static const struct window no_window;

static struct parked *some(size_t n)
{
	struct parked *p = fake_parked(n);

	memcpy(p->id, "0123456789abcdef", PARKED_ID_LEN);
	return p;
}

static void check_line(const struct parked *p, const struct window *w, bool is_denied,
		       const char *line)
{
	_cleanup_(freep) char *text = quorum_text(p, FAKE_HOST, is_denied, w);

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(strstr(text, line), "no '%s' in:\n%s", line, text);
}

START_TEST(it_is_as_in_the_vectors)
{
	struct view v = unit_vector("sshsig", "text");
	struct parked *p = some(2);
	_cleanup_(freep) char *text = quorum_text(p, FAKE_HOST, false, &no_window);
	_cleanup_(freep) char *expected = strndup((const char *)v.data, v.size);

	ck_assert_str_eq(text, expected);
	free((void *)v.data);
	(void)parked_free(p);
}
END_TEST

START_TEST(verdict_and_window_are_part_of_it)
{
	struct parked *p = some(1), *w = fake_parked_window(7200, 500);
	const struct window two = {3600 * FAKE_SECOND, 20}, few = {0, 20};

	check_line(p, &no_window, true, "\nverdict: deny\n");
	check_line(p, &two, false, "\nwindow: 3600 seconds, 20 signatures\n");
	check_line(w, &no_window, false, "\nwindow: 7200 seconds, 500 signatures\nitems: 0\n");
	check_line(w, &few, false, "\nwindow: 7200 seconds, 20 signatures\nitems: 0\n");
	(void)parked_free(p);
	(void)parked_free(w);
}
END_TEST

START_TEST(a_message_shows_its_size_and_hash)
{
	struct parked *p = some(1);

	p->ask.input = INPUT_MESSAGE;
	p->ask.algorithm = ALGORITHM_EDDSA;
	p->ask.hash = HASH_NONE;
	check_line(p, &no_window, false, "\nhash: -\n");
	check_line(p, &no_window, false, "\nitem: message of 32 bytes, sha256 0000");
	(void)parked_free(p);
}
END_TEST

#define CHALLENGE                                     \
	"signet pam challenge 1\n"                    \
	"service: sudo\n"                             \
	"user: root\n"                                \
	"ruser: alice\n"                              \
	"rhost: -\n"                                  \
	"tty: /dev/pts/3\n"                           \
	"host: build-7\n"                             \
	"machine: 0123456789abcdef0123456789abcdef\n" \
	"time: 2026-11-22T16:00:00Z\n"                \
	"nonce: " FAKE_POLICY "\n"                    \
	"command: reboot\n"

/* One item, which is this message. */
static struct parked *some_message(const char *message)
{
	struct parked *p = some(1);
	struct ask_item *item = &p->ask.items[0];

	p->ask.input = INPUT_MESSAGE;
	free(item->data);
	item->data = (uint8_t *)strdup(message);
	ck_assert_ptr_nonnull(item->data);
	item->size = strlen(message);
	return p;
}

START_TEST(who_approves_a_challenge_reads_what_is_signed)
{
	struct parked *p = some_message(CHALLENGE);
	_cleanup_(freep) char *text = quorum_text(p, FAKE_HOST, false, &no_window);

	check_line(p, &no_window, false,
		   "000000\n"
		   "  service: sudo\n"
		   "  user: root\n"
		   "  ruser: alice\n"
		   "  rhost: -\n"
		   "  tty: /dev/pts/3\n"
		   "  host: build-7\n"
		   "  machine: 0123456789abcdef0123456789abcdef\n"
		   "  time: 2026-11-22T16:00:00Z\n"
		   "  nonce: " FAKE_POLICY "\n"
		   "  command: reboot\n");
	check_line(p, &no_window, false, "\nitem: message of 257 bytes, sha256 0000");
	ck_assert_msg(!strstr(text, "file name"), "what the client calls it stands in:\n%s", text);
	(void)parked_free(p);
}
END_TEST

START_TEST(what_is_nearly_a_challenge_has_no_lines_of_its_own)
{
	static const char *const messages[] = {CHALLENGE "\n", "signet pam challenge 1\n",
					       "text\n" CHALLENGE};

	for (size_t i = 0; i < array_len(messages); i++) {
		struct parked *p = some_message(messages[i]);
		_cleanup_(freep) char *text = quorum_text(p, FAKE_HOST, false, &no_window);

		ck_assert_msg(!strstr(text, "\n  "), "case %zu:\n%s", i, text);
		ck_assert_ptr_nonnull(strstr(text, " declared file name\n"));
		(void)parked_free(p);
	}
}
END_TEST

START_TEST(a_digest_that_reads_like_a_challenge_stays_a_digest)
{
	struct parked *p = some_message(CHALLENGE);
	_cleanup_(freep) char *text = NULL;

	p->ask.input = INPUT_DIGEST;
	text = quorum_text(p, FAKE_HOST, false, &no_window);
	ck_assert_msg(!strstr(text, "\n  "), "lines in:\n%s", text);
	(void)parked_free(p);
}
END_TEST

/* Every field that changes what is signed, or by whom, changes the text. */
START_TEST(no_two_requests_have_one_text)
{
	struct parked *p = some(1);
	_cleanup_(freep) char *first = quorum_text(p, FAKE_HOST, false, &no_window);
	_cleanup_(freep) char *elsewhere = quorum_text(p, "other", false, &no_window);
	struct parked changed;

	ck_assert_str_ne(first, elsewhere);
	for (unsigned i = 0;; i++) {
		_cleanup_(freep) char *text = NULL;

		changed = *p;
		switch (i) {
		case 0:
			changed.id[0] = 'f';
			break;
		case 1:
			changed.key = (char *)"other";
			break;
		case 2:
			changed.key_id[0] ^= 1;
			break;
		case 3:
			changed.uid++;
			break;
		case 4:
			changed.unit = NULL;
			break;
		case 5:
			changed.session = (char *)"4";
			break;
		case 6:
			changed.is_forwarded = true;
			break;
		case 7:
			changed.policy[0] = 'f';
			break;
		case 8:
			changed.expires_usec += FAKE_SECOND;
			break;
		case 9:
			changed.ask.purpose[0] = 'c';
			break;
		case 10:
			changed.ask.algorithm = ALGORITHM_RSA_PSS;
			break;
		default:
			(void)parked_free(p);
			return;
		}
		text = quorum_text(&changed, FAKE_HOST, false, &no_window);
		ck_assert_msg(strcmp(text, first) != 0, "change %u does not show", i);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_as_in_the_vectors,
		verdict_and_window_are_part_of_it,
		a_message_shows_its_size_and_hash,
		who_approves_a_challenge_reads_what_is_signed,
		what_is_nearly_a_challenge_has_no_lines_of_its_own,
		a_digest_that_reads_like_a_challenge_stays_a_digest,
		no_two_requests_have_one_text,
	};

	return unit_run("quorum-text", tests, array_len(tests));
}
