/*
 * test-libsignet.c - libsignet against an agent that answers well, badly, late or not at all
 *
 * The agent is a thread that serves one connection after the other with a function of the test.
 * It only records what it sees; the test looks at that after the thread has ended.
 */
#include "client/include/signet.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/wire/message.h"

#define REQUEST_ID "0123456789abcdef"

/* --- the agent -------------------------------------------------------------------------------- */

struct agent {
	char dir[32];
	char path[64];
	int listener;
	pthread_t thread;
	void (*serve)(struct agent *a,
		      int fd); /* returns when it has had enough of the connection */
	struct view reply;     /* what it says, where the test decides */
	unsigned n_connections;
	unsigned n_requests;
	bool is_withdrawn;  /* the client hung up without an answer */
	struct writer seen; /* the last request, behind its length word */
	int seen_fd;        /* the descriptor that came on its first byte */
	int gate[2];        /* a pipe: closing gate[1] lets a waiting agent go on */
};

static ssize_t receive_first(struct agent *a, int fd, uint8_t *byte)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = byte, .iov_len = 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&a->seen_fd, CMSG_DATA(c), sizeof(int));
	return n;
}

/* One request -> a->seen. False if the client hung up instead. */
static bool receive(struct agent *a, int fd)
{
	uint8_t front[4], *body;
	size_t size;

	if (receive_first(a, fd, front) != 1 || recv(fd, front + 1, 3, MSG_WAITALL) != 3)
		return false;
	size = (size_t)front[0] << 24 | (size_t)front[1] << 16 | (size_t)front[2] << 8 | front[3];
	body = malloc(size);
	if (!body || recv(fd, body, size, MSG_WAITALL) != (ssize_t)size) {
		free(body);
		return false;
	}
	writer_done(&a->seen);
	writer_init(&a->seen, size);
	writer_bytes(&a->seen, body, size);
	free(body);
	a->n_requests++;
	return true;
}

static void say(int fd, struct view v)
{
	(void)!send(fd, v.data, v.size,
		    MSG_NOSIGNAL); /* the client may be gone: some tests want it */
}

/* Reads requests and answers each with a->reply until the client hangs up. */
static void serve_reply(struct agent *a, int fd)
{
	while (receive(a, fd))
		say(fd, a->reply);
}

static void *run_agent(void *userdata)
{
	struct agent *a = userdata;
	int fd;

	while ((fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		a->n_connections++;
		a->serve(a, fd);
		(void)close(fd);
	}
	return NULL;
}

/* backlog -1: nobody accepts. */
static void agent_start(struct agent *a, void (*serve)(struct agent *, int), int backlog)
{
	struct sockaddr_un address;
	unsigned len;

	a->serve = serve;
	a->seen_fd = -EBADF;
	writer_init(&a->seen, FRAME_MAX);
	(void)strcpy(a->dir, "/tmp/test-libsignet-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(a->dir));
	(void)snprintf(a->path, sizeof(a->path), "%s/sock", a->dir);
	ck_assert_int_eq(pipe2(a->gate, O_CLOEXEC), 0);
	a->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(fd_unix_address(a->path, &address, &len), 0);
	ck_assert_int_eq(bind(a->listener, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(a->listener, backlog < 0 ? 0 : backlog), 0);
	if (backlog >= 0)
		ck_assert_int_eq(pthread_create(&a->thread, NULL, run_agent, a), 0);
}

static void open_gate(struct agent *a)
{
	a->gate[1] = fd_close(a->gate[1]);
}

static void wait_at_gate(struct agent *a)
{
	char byte;

	(void)!read(a->gate[0], &byte, 1); /* the end of the pipe is what is waited for */
}

/* Ends the thread; what was seen stays. The client's handles must be closed. */
static void agent_join(struct agent *a)
{
	open_gate(a);
	(void)shutdown(a->listener, SHUT_RDWR); /* wakes accept() */
	ck_assert_int_eq(pthread_join(a->thread, NULL), 0);
}

static void agent_done(struct agent *a)
{
	a->listener = fd_close(a->listener);
	a->gate[0] = fd_close(a->gate[0]);
	a->gate[1] = fd_close(a->gate[1]);
	a->seen_fd = fd_close(a->seen_fd);
	writer_done(&a->seen);
	(void)unlink(a->path);
	(void)rmdir(a->dir);
}

static struct signet *open_handle(const struct agent *a)
{
	struct signet *s;

	ck_assert_int_eq(signet_open(a->path, &s), 0);
	signet_set_timeout(s, 10 * 1000 * 1000);
	return s;
}

/* --- answers ---------------------------------------------------------------------------------- */

static size_t open_answer(struct writer *w, const char *name, enum status status,
			  const char *sentence)
{
	writer_init(w, FRAME_MAX + 4);
	return message_open_answer(w, unit_view(name), status, sentence, REQUEST_ID);
}

static void write_key(struct writer *w, const char *name, const char *certificate,
		      const char *ssh_certificate)
{
	struct message_key k = {
		.name = unit_view(name),
		.token = unit_view("hsm"),
		.type = KEY_TYPE_P256,
		.bits = 256,
		.state = TOKEN_STATE_LOCKED,
		.spki = unit_view("the public key"),
		.certificate = unit_view(certificate),
		.key_state = KEY_STATE_SUSPENDED,
		.not_before = 11,
		.not_after = 12,
		.certificate_not_after = 13,
		.uses = 14,
		.last_use = 15,
		.quorum = 16,
		.successor = unit_view("next"),
		.file = unit_view("/etc/signet/keys.d/a.conf"),
		.ssh_certificate = unit_view(ssh_certificate),
	};

	message_write_key(w, &k);
}

static void list_answer(struct writer *w, uint32_t next, const char *a, const char *b)
{
	size_t mark = open_answer(w, "list@signetd.org", STATUS_OK, "");

	writer_u32(w, next);
	writer_u32(w, b ? 2 : 1);
	write_key(w, a, "", "its SSH certificate");
	if (b)
		write_key(w, b, "its certificate", "");
	message_close(w, mark);
}

static void write_signature(struct writer *w, uint32_t status, const char *signature,
			    const char *sentence)
{
	writer_u32(w, status);
	writer_text(w, signature);
	writer_text(w, sentence);
}

/* The second of two items was not signed. */
static void sign_answer(struct writer *w)
{
	size_t mark = open_answer(w, "sign@signetd.org", STATUS_OK, "");

	writer_u32(w, 2);
	write_signature(w, 0, "signature one", "");
	write_signature(w, 75, "", "refused because the token is busy");
	message_close(w, mark);
}

static void denied_answer(struct writer *w, const char *name)
{
	message_close(w, open_answer(w, name, STATUS_DENIED, "refused because polkit said no"));
}

static void status_answer(struct writer *w)
{
	size_t mark = open_answer(w, "status@signetd.org", STATUS_OK, "");
	struct message_status m = {unit_view("1.2"),   5000000, 3, 1, UINT64_C(1) << 40,
				   unit_view("polkit")};
	struct message_status_token t = {unit_view("hsm"),
					 TOKEN_STATE_REFUSED_PIN,
					 unit_view("the PIN was refused"),
					 4,
					 2,
					 9};

	message_write_status_front(w, &m);
	writer_u32(w, 1);
	message_write_status_token(w, &t);
	message_close(w, mark);
}

static const char digest_one[] = "01234567890123456789012345678901";
static const struct signet_item two_items[] = {{digest_one, 32, "one"}, {digest_one, 32, "two"}};
static const struct signet_request two = {
	.key = "release",
	.algorithm = SIGNET_ECDSA,
	.hash = SIGNET_SHA256,
	.input = SIGNET_DIGEST,
	.flags = SIGNET_MAY_ASK,
	.items = two_items,
	.n_items = 2,
};

static int sign_two(struct signet *s)
{
	struct signet_answer *answer = NULL;
	int r = signet_sign(s, &two, &answer);

	signet_answer_free(answer);
	return r;
}

/* --- what works ------------------------------------------------------------------------------- */

/* The second page comes for the second request. */
static void serve_pages(struct agent *a, int fd)
{
	struct writer w;

	while (receive(a, fd)) {
		if (a->n_requests == 1)
			list_answer(&w, 2, "a", "b");
		else
			list_answer(&w, 0, "c", NULL);
		say(fd, writer_view(&w));
		writer_done(&w);
	}
}

START_TEST(a_list_in_two_pages_is_one_list)
{
	struct agent a = {};
	struct signet_answer *answer;
	const uint8_t *data;
	struct signet *s;
	size_t size;

	agent_start(&a, serve_pages, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_list(s, NULL, &answer), 0);
	ck_assert_int_eq(signet_answer_status(answer), 0);
	ck_assert_uint_eq(signet_answer_count(answer), 3);
	ck_assert_str_eq(signet_key_name(signet_answer_key(answer, 0)), "a");
	ck_assert_str_eq(signet_key_name(signet_answer_key(answer, 2)), "c");
	ck_assert_str_eq(signet_key_token(signet_answer_key(answer, 1)), "hsm");
	ck_assert_uint_eq(signet_key_type(signet_answer_key(answer, 1)), SIGNET_KEY_P256);
	ck_assert_uint_eq(signet_key_bits(signet_answer_key(answer, 1)), 256);
	ck_assert_uint_eq(signet_key_state(signet_answer_key(answer, 1)), SIGNET_TOKEN_LOCKED);
	data = signet_key_spki(signet_answer_key(answer, 2), &size);
	unit_check_text((struct view){data, size}, "the public key");
	data = signet_key_certificate(signet_answer_key(answer, 1), &size);
	unit_check_text((struct view){data, size}, "its certificate");
	ck_assert_ptr_null(signet_key_certificate(signet_answer_key(answer, 0), &size));
	data = signet_key_ssh_certificate(signet_answer_key(answer, 0), &size);
	unit_check_text((struct view){data, size}, "its SSH certificate");
	ck_assert_ptr_null(signet_key_ssh_certificate(signet_answer_key(answer, 1), &size));
	ck_assert_uint_eq(size, 0);
	ck_assert_ptr_null(signet_answer_key(answer, 3));
	ck_assert_ptr_null(signet_answer_token(answer, 0));
	ck_assert_ptr_null(signet_answer_agent(answer));
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_connections, 1);
	ck_assert_uint_eq(a.n_requests, 2);
	agent_done(&a);
}
END_TEST

START_TEST(a_key_comes_with_what_its_file_says_and_how_often_it_was_used)
{
	struct agent a = {};
	struct signet_answer *answer;
	const struct signet_key *k;
	struct signet *s;

	agent_start(&a, serve_pages, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_list(s, NULL, &answer), 0);
	k = signet_answer_key(answer, 1);
	ck_assert_int_eq(signet_key_standing(k), SIGNET_KEY_SUSPENDED);
	ck_assert_str_eq(signet_key_standing_name(signet_key_standing(k)), "suspended");
	ck_assert_ptr_null(signet_key_standing_name((enum signet_key_standing)9));
	ck_assert_uint_eq(signet_key_not_before(k), 11);
	ck_assert_uint_eq(signet_key_not_after(k), 12);
	ck_assert_uint_eq(signet_key_certificate_not_after(k), 13);
	ck_assert_uint_eq(signet_key_uses(k), 14);
	ck_assert_uint_eq(signet_key_last_use(k), 15);
	ck_assert_uint_eq(signet_key_quorum(k), 16);
	ck_assert_str_eq(signet_key_successor(k), "next");
	ck_assert_str_eq(signet_key_file(k), "/etc/signet/keys.d/a.conf");
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	agent_done(&a);
}
END_TEST

/* What the last request for a list was. */
static void check_list_request(const struct agent *a, uint8_t flags, const char *purpose)
{
	struct view seen = writer_view(&a->seen);
	struct message_list m;
	struct reader r;

	reader_init(&r, seen.data, seen.size);
	ck_assert_uint_eq(reader_u8(&r), MESSAGE_EXTENSION);
	unit_check_text(reader_text(&r, 1, 64), "list@signetd.org");
	ck_assert(message_read_list(&r, &m));
	ck_assert_uint_eq(m.flags, flags);
	unit_check_text(m.purpose, purpose);
}

START_TEST(a_list_of_all_keys_says_so_on_each_page)
{
	static const struct {
		unsigned flags;
		uint8_t sent;
	} cases[] = {{0, MESSAGE_ALL}, {SIGNET_MAY_ASK, MESSAGE_ALL | MESSAGE_INTERACTIVE}};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct agent a = {};
		struct signet_answer *answer = NULL;
		struct signet *s;

		agent_start(&a, serve_pages, 8);
		s = open_handle(&a);
		ck_assert_int_eq(signet_list_all(s, NULL, 2, &answer), SIGNET_E_INVALID);
		ck_assert_int_eq(signet_list_all(s, "", 0, &answer), SIGNET_E_INVALID);
		ck_assert_int_eq(signet_list_all(s, NULL, cases[i].flags, &answer), 0);
		ck_assert_uint_eq(signet_answer_count(answer), 3);
		signet_answer_free(answer);
		signet_close(s);
		agent_join(&a);
		ck_assert_uint_eq(a.n_requests, 2);
		check_list_request(&a, cases[i].sent, "");
		agent_done(&a);
	}
}
END_TEST

START_TEST(a_list_for_a_purpose_says_so_on_each_page)
{
	static char longer[PURPOSE_MAX + 2];
	struct agent a = {};
	struct signet_answer *answer = NULL;
	struct signet *s;

	memset(longer, 'p', PURPOSE_MAX + 1);
	agent_start(&a, serve_pages, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_list_for(s, NULL, &answer), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_list_for(s, "", &answer), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_list_for(s, "pam:\nsudo", &answer), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_list_for(s, longer, &answer), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_list_for(s, "pam:sudo", &answer), 0);
	ck_assert_uint_eq(signet_answer_count(answer), 3);
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_requests, 2);
	check_list_request(&a, 0, "pam:sudo");
	agent_done(&a);
}
END_TEST

START_TEST(each_item_of_a_batch_has_its_own_outcome)
{
	struct agent a = {};
	struct signet_answer *answer;
	const uint8_t *data;
	struct writer w;
	struct signet *s;
	size_t size;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_sign(s, &two, &answer), 0);
	ck_assert_str_eq(signet_answer_request(answer), REQUEST_ID);
	ck_assert_uint_eq(signet_answer_count(answer), 2);
	data = signet_signature_data(signet_answer_signature(answer, 0), &size);
	unit_check_text((struct view){data, size}, "signature one");
	ck_assert_int_eq(signet_signature_status(signet_answer_signature(answer, 1)),
			 SIGNET_STATUS_AGAIN);
	ck_assert_str_eq(signet_signature_sentence(signet_answer_signature(answer, 1)),
			 "refused because the token is busy");
	ck_assert_ptr_null(signet_signature_data(signet_answer_signature(answer, 1), &size));
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

/* The request as the agent's own decoder sees it. */
static void decode_sign(const struct agent *a, struct message_sign *ret)
{
	struct view seen = writer_view(&a->seen);
	struct reader r;

	reader_init(&r, seen.data, seen.size);
	ck_assert_uint_eq(reader_u8(&r), MESSAGE_EXTENSION);
	unit_check_text(reader_text(&r, 1, MESSAGE_EXTENSION_NAME_MAX), "sign@signetd.org");
	ck_assert(message_read_sign(&r, ret));
}

START_TEST(a_label_becomes_clean_text_and_keeps_its_end)
{
	static struct message_sign m;
	char path[LABEL_MAX + 8], expected[LABEL_MAX + 1];
	struct signet_item items[] = {{digest_one, 32, "a\nb\x1b[31m"}, {digest_one, 32, path}};
	struct signet_request q = two;
	struct agent a = {};
	struct signet_answer *answer;
	struct writer w;
	struct signet *s;

	memset(path, 'x', sizeof(path));
	(void)strcpy(path + sizeof(path) - 5, ".efi");
	/* The cut falls into the middle of a character, which goes as a whole. */
	memcpy(path + 6, "\xc3\xbc", 2);
	(void)strcpy(expected, path + 8);
	q.items = items;
	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_sign(s, &q, &answer), 0);
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	decode_sign(&a, &m);
	unit_check_text(m.key, "release");
	ck_assert_uint_eq(m.flags, MESSAGE_INTERACTIVE);
	unit_check_text(m.items[0].label, "a?b?[31m");
	unit_check_text(m.items[1].label, expected);
	unit_check_view(m.items[1].data, (struct view){(const uint8_t *)digest_one, 32});
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(the_largest_request_fits_a_frame)
{
	static struct message_sign m;
	static uint8_t data[SIGNET_REQUEST_MAX];
	struct signet_item items[2] = {{data, SIGNET_MESSAGE_MAX, NULL}, {data, 0, "label"}};
	struct signet_request q = {
		"release", SIGNET_EDDSA, SIGNET_NO_HASH, SIGNET_MESSAGE, 0, items, 2, NULL, NULL};
	struct agent a = {};
	struct signet_answer *answer;
	struct writer w;
	struct signet *s;
	char name[SIGNET_NAME_MAX + 1] = {};

	memset(name, 'n', SIGNET_NAME_MAX);
	q.key = name;
	items[1].size = SIGNET_REQUEST_MAX - SIGNET_MESSAGE_MAX - 2 * 8 - strlen("label");
	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_sign(s, &q, &answer), 0);
	signet_answer_free(answer);
	items[1].size++;
	ck_assert_int_eq(signet_sign(s, &q, &answer), SIGNET_E_INVALID);
	signet_close(s);
	agent_join(&a);
	decode_sign(&a, &m);
	ck_assert_uint_eq(m.items[0].data.size, SIGNET_MESSAGE_MAX);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(a_refusal_is_an_answer)
{
	struct agent a = {};
	struct signet_answer *answer;
	struct writer w;
	struct signet *s;

	denied_answer(&w, "lock@signetd.org");
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_lock(s, "hsm", 0, &answer), 0);
	ck_assert_int_eq(signet_answer_status(answer), SIGNET_STATUS_DENIED);
	ck_assert_str_eq(signet_answer_sentence(answer), "refused because polkit said no");
	ck_assert_uint_eq(signet_answer_count(answer), 0);
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(status_says_it_all)
{
	struct agent a = {};
	const struct signet_agent *g;
	const struct signet_token *t;
	struct signet_answer *answer;
	struct writer w;
	struct signet *s;

	status_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_status(s, &answer), 0);
	g = signet_answer_agent(answer);
	ck_assert_str_eq(signet_agent_version(g), "1.2");
	ck_assert_uint_eq(signet_agent_uptime_usec(g), 5000000);
	ck_assert_uint_eq(signet_agent_connections(g), 3);
	ck_assert_uint_eq(signet_agent_requests(g), 1);
	ck_assert_uint_eq(signet_agent_records(g), UINT64_C(1) << 40);
	ck_assert_str_eq(signet_agent_authorization(g), "polkit");
	t = signet_answer_token(answer, 0);
	ck_assert_str_eq(signet_token_name(t), "hsm");
	ck_assert_str_eq(signet_token_state_name(signet_token_state(t)), "refused-pin");
	ck_assert_str_eq(signet_token_sentence(t), "the PIN was refused");
	ck_assert_uint_eq(signet_token_keys(t), 4);
	ck_assert_uint_eq(signet_token_sessions(t), 2);
	ck_assert_uint_eq(signet_token_queued(t), 9);
	ck_assert_ptr_null(signet_answer_token(answer, 1));
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(the_pin_arrives_sealed_and_on_the_first_byte)
{
	struct agent a = {};
	struct signet_answer *answer;
	struct writer w;
	struct signet *s;
	char pin[8] = {};
	bool is_sealed;
	int fd;

	message_close(&w, open_answer(&w, "unlock@signetd.org", STATUS_OK, ""));
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_pin("1234", 4, &fd), 0);
	ck_assert_int_eq(signet_unlock(s, "hsm", SIGNET_MAY_ASK | SIGNET_STORED_PIN, fd, &answer),
			 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	ck_assert_int_eq(fd_is_sealed_memfd(a.seen_fd, PIN_MAX, &is_sealed), 0);
	ck_assert(is_sealed);
	ck_assert_int_eq(pread(a.seen_fd, pin, sizeof(pin), 0), 4);
	ck_assert_str_eq(pin, "1234");
	ck_assert_uint_eq(a.seen.data[a.seen.size - 1], MESSAGE_INTERACTIVE | MESSAGE_STORED_PIN);
	(void)close(fd);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

static void serve_drip(struct agent *a, int fd)
{
	while (receive(a, fd))
		for (size_t i = 0; i < a->reply.size; i++)
			say(fd, (struct view){a->reply.data + i, 1});
}

START_TEST(an_answer_may_come_byte_by_byte)
{
	struct agent a = {};
	struct writer w;
	struct signet *s;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_drip, 8);
	s = open_handle(&a);
	ck_assert_int_eq(sign_two(s), 0);
	ck_assert_int_eq(sign_two(s), 0);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_connections, 1);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

/* Answers once and hangs up, as an agent does that has nothing to do any more. */
static void serve_once(struct agent *a, int fd)
{
	if (receive(a, fd))
		say(fd, a->reply);
}

/* The agent serves in turn: when it answers the second handle, it has closed the first. */
START_TEST(a_connection_closed_between_requests_is_made_again)
{
	struct agent a = {};
	struct signet *s, *other;
	struct writer w;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_once, 8);
	s = open_handle(&a);
	other = open_handle(&a);
	ck_assert_int_eq(sign_two(s), 0);
	ck_assert_int_eq(sign_two(other), 0);
	ck_assert_int_eq(sign_two(s), 0);
	signet_close(s);
	signet_close(other);
	agent_join(&a);
	ck_assert_uint_eq(a.n_connections, 3);
	ck_assert_uint_eq(a.n_requests, 3);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(the_kernel_says_who_the_agent_is)
{
	struct agent a = {};
	struct signet *s;
	uid_t uid;

	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	ck_assert_int_eq(signet_peer_uid(s, &uid), 0);
	ck_assert_uint_eq(uid, getuid());
	signet_close(s);
	agent_join(&a);
	agent_done(&a);
}
END_TEST

/* Not root, who may always listen: the user who does now. */
static uid_t listen_as_user(struct agent *a)
{
	uid_t uid = getuid() == 0 ? 65534 : getuid();

	ck_assert_int_eq(seteuid(uid), 0);
	ck_assert_int_eq(listen(a->listener, 8), 0); /* the kernel notes who calls it last */
	ck_assert_int_eq(seteuid(getuid()), 0);
	return uid;
}

START_TEST(only_the_user_who_should_listen_is_sent_anything)
{
	struct agent a = {};
	struct writer w;
	struct signet *s;
	uid_t own, uid;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	own = listen_as_user(&a);
	s = open_handle(&a);
	signet_set_listener(s, own + 1);
	ck_assert_int_eq(sign_two(s), SIGNET_E_LISTENER);
	ck_assert_int_eq(signet_peer_uid(s, &uid), SIGNET_E_LISTENER);
	signet_set_listener(s, (uid_t)-1);
	ck_assert_int_eq(sign_two(s), SIGNET_E_LISTENER);
	signet_set_listener(s, 0);
	ck_assert_int_eq(sign_two(s), SIGNET_E_LISTENER);
	signet_set_listener(s, own);
	ck_assert_int_eq(sign_two(s), 0);
	ck_assert_int_eq(signet_peer_uid(s, &uid), 0);
	ck_assert_uint_eq(uid, own);
	signet_set_listener(s, own + 1); /* the connection is there already */
	ck_assert_int_eq(sign_two(s), SIGNET_E_LISTENER);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_requests, 1);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(who_listens_is_looked_at_again_when_a_connection_is_made_again)
{
	struct agent a = {};
	struct signet *s, *other;
	struct writer w;
	uid_t own;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_once, 8);
	own = getuid();
	s = open_handle(&a);
	other = open_handle(&a);
	signet_set_listener(s, own);
	ck_assert_int_eq(sign_two(s), 0);
	ck_assert_int_eq(sign_two(other), 0); /* so the first was hung up on by now */
	if (listen_as_user(&a) == own)        /* who is not root can only change what is expected */
		signet_set_listener(s, own + 1);
	ck_assert_int_eq(sign_two(s), SIGNET_E_LISTENER);
	signet_close(s);
	signet_close(other);
	agent_join(&a);
	ck_assert_uint_eq(a.n_requests, 2);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(a_child_expects_the_same_listener)
{
	struct agent a = {};
	struct writer w;
	struct signet *s;
	uid_t own;
	int status;
	pid_t pid;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	own = listen_as_user(&a);
	s = open_handle(&a);
	signet_set_listener(s, own + 1);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(sign_two(s) == SIGNET_E_LISTENER ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_requests, 0);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

/* systemd listens until the agent runs. */
START_TEST(root_may_always_listen)
{
	struct agent a = {};
	struct writer w;
	struct signet *s;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	signet_set_listener(s, getuid() + 1);
	ck_assert_int_eq(sign_two(s), getuid() == 0 ? 0 : SIGNET_E_LISTENER);
	signet_close(s);
	agent_join(&a);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(a_child_has_a_connection_of_its_own)
{
	struct agent a = {};
	struct writer w;
	struct signet *s;
	int status;
	pid_t pid;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_once, 8);
	s = open_handle(&a);
	ck_assert_int_eq(sign_two(s), 0);
	pid = fork();
	if (pid == 0) {
		int r = sign_two(s);

		signet_close(s);
		_exit(r == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_connections, 2);
	ck_assert_uint_eq(a.n_requests, 2);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

static void *sign_often(void *userdata)
{
	for (unsigned i = 0; i < 50; i++)
		if (sign_two(userdata) < 0)
			return userdata;
	return NULL;
}

START_TEST(threads_take_turns_on_one_connection)
{
	struct agent a = {};
	pthread_t threads[4];
	struct writer w;
	struct signet *s;
	void *failed;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	for (size_t i = 0; i < array_len(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, sign_often, s), 0);
	for (size_t i = 0; i < array_len(threads); i++) {
		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_connections, 1);
	ck_assert_uint_eq(a.n_requests, 200);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

START_TEST(the_socket_is_the_one_named_or_that_of_the_environment)
{
	struct signet *s;

	ck_assert_int_eq(setenv("SIGNET_SOCK", "/tmp/from-environment", 1), 0);
	ck_assert_int_eq(signet_open(NULL, &s), 0);
	ck_assert_str_eq(signet_socket(s), "/tmp/from-environment");
	signet_close(s);
	ck_assert_int_eq(signet_open("/tmp/named", &s), 0);
	ck_assert_str_eq(signet_socket(s), "/tmp/named");
	signet_close(s);
	ck_assert_int_eq(unsetenv("SIGNET_SOCK"), 0);
	ck_assert_int_eq(signet_open(NULL, &s), 0);
	ck_assert_str_eq(signet_socket(s), SIGNET_SOCKET);
	signet_close(s);
	signet_close(NULL);
	signet_answer_free(NULL);
}
END_TEST

/* --- nobody there, or not for long ------------------------------------------------------------ */

START_TEST(a_path_that_is_none_is_refused_at_once)
{
	char path[200];
	struct signet *s = NULL;

	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(signet_open("", &s), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_open(path, &s), SIGNET_E_INVALID);
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(no_agent_is_an_error_with_its_cause)
{
	struct signet *s;
	uid_t uid = 4711;

	ck_assert_int_eq(signet_open("/tmp/nobody-listens-here", &s), 0);
	errno = 0;
	ck_assert_int_eq(sign_two(s), SIGNET_E_CONNECT);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(signet_peer_uid(s, &uid), SIGNET_E_CONNECT);
	ck_assert_uint_eq(uid, 4711);
	signet_close(s);
}
END_TEST

START_TEST(a_full_backlog_is_waited_for_no_longer_than_allowed)
{
	struct agent a = {};
	struct signet *waiting[4], *s;
	uid_t uid;
	int r = 0;

	agent_start(&a, NULL, -1);
	for (size_t i = 0; i < array_len(waiting); i++) {
		waiting[i] = open_handle(&a);
		signet_set_timeout(waiting[i], 50 * 1000);
		r = signet_peer_uid(waiting[i], &uid);
	}
	ck_assert_int_eq(r, SIGNET_E_TIMEOUT);
	s = open_handle(&a);
	signet_set_timeout(s, 50 * 1000);
	ck_assert_int_eq(sign_two(s), SIGNET_E_TIMEOUT);
	signet_close(s);
	for (size_t i = 0; i < array_len(waiting); i++)
		signet_close(waiting[i]);
	agent_done(&a);
}
END_TEST

static void serve_hang_up(struct agent *a, int fd)
{
	(void)receive(a, fd);
}

START_TEST(a_request_that_was_sent_is_never_sent_again)
{
	struct agent a = {};
	struct signet *s;

	agent_start(&a, serve_hang_up, 8);
	s = open_handle(&a);
	ck_assert_int_eq(sign_two(s), SIGNET_E_CLOSED);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_connections, 1);
	ck_assert_uint_eq(a.n_requests, 1);
	agent_done(&a);
}
END_TEST

/* Takes a request, says so, and waits for what comes next. */
static void serve_silence(struct agent *a, int fd)
{
	bool is_asked = receive(a, fd);

	open_gate(a);
	a->is_withdrawn = is_asked && !receive(a, fd);
}

struct watched {
	struct agent *agent;
	int fds[2];
};

static void *hang_up_when_asked(void *userdata)
{
	struct watched *w = userdata;

	wait_at_gate(w->agent);
	w->fds[0] = fd_close(w->fds[0]);
	return NULL;
}

static struct signet *open_watching(struct agent *a, struct watched *ret)
{
	struct signet *s = open_handle(a);

	ret->agent = a;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret->fds), 0);
	signet_set_watch(s, ret->fds[1]);
	return s;
}

START_TEST(a_request_is_withdrawn_when_who_is_watched_hangs_up)
{
	struct agent a = {};
	struct watched w;
	struct signet *s;
	pthread_t thread;

	agent_start(&a, serve_silence, 8);
	s = open_watching(&a, &w);
	ck_assert_int_eq(pthread_create(&thread, NULL, hang_up_when_asked, &w), 0);
	ck_assert_int_eq(sign_two(s), SIGNET_E_WITHDRAWN);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	agent_join(&a);
	ck_assert(a.is_withdrawn);
	ck_assert_uint_eq(a.n_requests, 1);
	signet_close(s);
	(void)close(w.fds[1]);
	agent_done(&a);
}
END_TEST

START_TEST(who_is_watched_may_end_one_direction_or_be_nobody)
{
	struct agent a = {};
	struct watched w;
	struct writer reply;
	struct signet *s;

	sign_answer(&reply);
	a.reply = writer_view(&reply);
	agent_start(&a, serve_reply, 8);
	s = open_watching(&a, &w);
	ck_assert_int_eq(shutdown(w.fds[0], SHUT_WR), 0);
	ck_assert_int_eq(sign_two(s), 0);
	(void)close(w.fds[0]);
	signet_set_watch(s, -1);
	ck_assert_int_eq(sign_two(s), 0);
	signet_close(s);
	(void)close(w.fds[1]);
	agent_join(&a);
	agent_done(&a);
	writer_done(&reply);
}
END_TEST

static void serve_nothing(struct agent *a, int fd)
{
	(void)a;
	(void)fd;
}

/* SIGPIPE would end the test. */
START_TEST(an_agent_that_hangs_up_at_once_kills_nobody)
{
	struct agent a = {};
	struct signet *s;

	agent_start(&a, serve_nothing, 8);
	s = open_handle(&a);
	for (unsigned i = 0; i < 50; i++) {
		int r = sign_two(s);

		ck_assert_msg(r == SIGNET_E_CLOSED || r == SIGNET_E_CONNECT, "got %d", r);
	}
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_requests, 0);
	agent_done(&a);
}
END_TEST

/* Half of an answer, and the rest only when the test says so. */
static void serve_half(struct agent *a, int fd)
{
	size_t half = a->reply.size / 2;

	while (receive(a, fd)) {
		say(fd, (struct view){a->reply.data, half});
		wait_at_gate(a);
		say(fd, (struct view){a->reply.data + half, a->reply.size - half});
	}
}

START_TEST(half_an_answer_is_not_waited_for_without_end_and_not_mixed_up)
{
	struct agent a = {};
	struct writer w;
	struct signet *s;

	sign_answer(&w);
	a.reply = writer_view(&w);
	agent_start(&a, serve_half, 8);
	s = open_handle(&a);
	signet_set_timeout(s, 50 * 1000);
	ck_assert_int_eq(sign_two(s), SIGNET_E_TIMEOUT);
	open_gate(&a);
	signet_set_timeout(s, 0);
	ck_assert_int_eq(sign_two(s), 0);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_connections, 2);
	agent_done(&a);
	writer_done(&w);
}
END_TEST

/* --- answers that are none -------------------------------------------------------------------- */

/* What a call that signs returns when the agent says exactly these bytes. */
static int sign_against(struct view reply)
{
	struct agent a = {.reply = reply};
	struct signet *s;
	int r;

	agent_start(&a, serve_once, 8);
	s = open_handle(&a);
	r = sign_two(s);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_requests, 1);
	agent_done(&a);
	return r;
}

static int list_against(struct view reply, const char *name)
{
	struct agent a = {.reply = reply};
	struct signet_answer *answer = NULL;
	struct signet *s;
	int r;

	agent_start(&a, serve_reply, 8);
	s = open_handle(&a);
	r = signet_list(s, name, &answer);
	if (r < 0)
		ck_assert_ptr_null(answer);
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	agent_done(&a);
	return r;
}

static const struct {
	const char *what;
	const char *hex;
	int expected;
} frames[] = {
	{"a length of nothing", "00000000", SIGNET_E_PROTOCOL},
	{"a length above the largest frame", "00040001", SIGNET_E_PROTOCOL},
	{"the largest length there is", "ffffffff1d", SIGNET_E_PROTOCOL},
	{"half a length", "0000", SIGNET_E_CLOSED},
	{"half a frame", "000000101d00", SIGNET_E_CLOSED},
	{"a failure of ssh-agent", "0000000105", SIGNET_E_UNSUPPORTED},
	{"a failure with something behind it", "000000020500", SIGNET_E_PROTOCOL},
	{"an extension failure", "000000011c", SIGNET_E_PROTOCOL},
	{"another message", "00000005 0c00000000", SIGNET_E_PROTOCOL},
	{"a response without a name", "000000011d", SIGNET_E_PROTOCOL},
	{"a response with an empty name", "000000051d00000000", SIGNET_E_PROTOCOL},
};

START_TEST(a_frame_that_is_no_answer_is_refused)
{
	for (size_t i = 0; i < array_len(frames); i++) {
		char hex[64];
		struct view bytes;
		size_t n = 0;
		int r;

		for (const char *p = frames[i].hex; *p; p++)
			if (*p != ' ')
				hex[n++] = *p;
		hex[n] = '\0';
		bytes = unit_unhex(hex);
		r = sign_against(bytes);
		ck_assert_msg(r == frames[i].expected, "%s: got %d, expected %d", frames[i].what, r,
			      frames[i].expected);
		free((void *)bytes.data);
	}
}
END_TEST

START_TEST(no_beginning_of_an_answer_is_an_answer)
{
	struct writer whole, w;

	sign_answer(&whole);
	for (size_t size = 1; size < whole.size - 4; size++) {
		int r;

		writer_init(&w, FRAME_MAX);
		writer_string(&w, whole.data + 4, size); /* with a length word that fits */
		r = sign_against(writer_view(&w));
		ck_assert_msg(r == SIGNET_E_PROTOCOL, "%zu of %zu bytes: got %d", size,
			      whole.size - 4, r);
		writer_done(&w);
	}
	writer_done(&whole);
}
END_TEST

START_TEST(an_answer_with_something_behind_it_is_refused)
{
	struct writer whole, w;

	sign_answer(&whole);
	writer_init(&w, FRAME_MAX);
	writer_u32(&w, (uint32_t)whole.size - 4 + 1);
	writer_bytes(&w, whole.data + 4, whole.size - 4);
	writer_u8(&w, 0);
	ck_assert_int_eq(sign_against(writer_view(&w)), SIGNET_E_PROTOCOL);
	writer_done(&w);
	writer_done(&whole);
}
END_TEST

START_TEST(an_answer_to_another_question_is_refused)
{
	struct writer w;

	denied_answer(&w, "sign@signetd.orgx");
	ck_assert_int_eq(sign_against(writer_view(&w)), SIGNET_E_PROTOCOL);
	writer_done(&w);
	denied_answer(&w, "list@signetd.org");
	ck_assert_int_eq(sign_against(writer_view(&w)), SIGNET_E_PROTOCOL);
	writer_done(&w);
	denied_answer(&w, "sign");
	ck_assert_int_eq(sign_against(writer_view(&w)), SIGNET_E_PROTOCOL);
	writer_done(&w);
	denied_answer(&w, "sign@signetd.org");
	ck_assert_int_eq(sign_against(writer_view(&w)), 0);
	writer_done(&w);
}
END_TEST

/* n signatures, the first of them with this status and data; all that follow are fine. */
static int sign_against_signatures(uint32_t n, uint32_t status, const char *data,
				   const char *sentence)
{
	struct writer w;
	size_t mark = open_answer(&w, "sign@signetd.org", STATUS_OK, "");
	int r;

	writer_u32(&w, n);
	for (uint32_t i = 0; i < n && i < 4; i++)
		write_signature(&w, i == 0 ? status : 0, i == 0 ? data : "signature",
				i == 0 ? sentence : "");
	message_close(&w, mark);
	r = sign_against(writer_view(&w));
	writer_done(&w);
	return r;
}

START_TEST(signatures_must_be_as_many_as_asked_for_and_make_sense)
{
	ck_assert_int_eq(sign_against_signatures(2, 0, "signature", ""), 0);
	ck_assert_int_eq(sign_against_signatures(0, 0, "", ""), SIGNET_E_PROTOCOL);
	ck_assert_int_eq(sign_against_signatures(1, 0, "signature", ""), SIGNET_E_PROTOCOL);
	ck_assert_int_eq(sign_against_signatures(3, 0, "signature", ""), SIGNET_E_PROTOCOL);
	ck_assert_int_eq(sign_against_signatures(UINT32_MAX, 0, "signature", ""),
			 SIGNET_E_PROTOCOL);
	ck_assert_int_eq(sign_against_signatures(2, 0, "", ""), SIGNET_E_PROTOCOL);
	ck_assert_int_eq(sign_against_signatures(2, 77, "signature", "no"), SIGNET_E_PROTOCOL);
	ck_assert_int_eq(sign_against_signatures(2, 256, "", "no"), SIGNET_E_PROTOCOL);
	ck_assert_int_eq(sign_against_signatures(2, 77, "", "\x1b[31m"), SIGNET_E_PROTOCOL);
}
END_TEST

START_TEST(a_refusal_brings_no_result)
{
	struct writer w;
	size_t mark = open_answer(&w, "sign@signetd.org", STATUS_DENIED, "no");

	writer_u32(&w, 2);
	write_signature(&w, 0, "signature one", "");
	write_signature(&w, 0, "signature two", "");
	message_close(&w, mark);
	ck_assert_int_eq(sign_against(writer_view(&w)), SIGNET_E_PROTOCOL);
	writer_done(&w);
}
END_TEST

START_TEST(a_key_that_was_not_asked_for_is_refused)
{
	struct writer w;

	list_answer(&w, 0, "a", "b");
	ck_assert_int_eq(list_against(writer_view(&w), NULL), 0);
	ck_assert_int_eq(list_against(writer_view(&w), "a"), SIGNET_E_PROTOCOL);
	writer_done(&w);
	list_answer(&w, 0, "a", NULL);
	ck_assert_int_eq(list_against(writer_view(&w), "a"), 0);
	ck_assert_int_eq(list_against(writer_view(&w), "b"), SIGNET_E_PROTOCOL);
	writer_done(&w);
}
END_TEST

START_TEST(pages_that_go_round_in_circles_end)
{
	struct writer w;
	size_t mark;

	list_answer(&w, 7, "a", NULL); /* the second time, 7 follows on 7 */
	ck_assert_int_eq(list_against(writer_view(&w), NULL), SIGNET_E_PROTOCOL);
	writer_done(&w);
	mark = open_answer(&w, "list@signetd.org", STATUS_OK, "");
	writer_u32(&w, 1);
	writer_u32(&w, 0);
	message_close(&w, mark);
	ck_assert_int_eq(list_against(writer_view(&w), NULL), SIGNET_E_PROTOCOL);
	writer_done(&w);
}
END_TEST

/* Page after page, each with one key; large ones have a large certificate. */
static void serve_endlessly(struct agent *a, int fd, bool is_large)
{
	static char certificate[CERTIFICATE_MAX + 1];
	uint32_t next = 1;
	struct writer w;
	size_t mark;

	memset(certificate, 'c', is_large ? CERTIFICATE_MAX : 1);
	while (receive(a, fd)) {
		mark = open_answer(&w, "list@signetd.org", STATUS_OK, "");
		writer_u32(&w, next++);
		writer_u32(&w, 1);
		write_key(&w, "a", certificate, "");
		message_close(&w, mark);
		say(fd, writer_view(&w));
		writer_done(&w);
	}
}

static void serve_large_pages(struct agent *a, int fd)
{
	serve_endlessly(a, fd, true);
}

static void serve_small_pages(struct agent *a, int fd)
{
	serve_endlessly(a, fd, false);
}

static int list_pages(void (*serve)(struct agent *, int), uint64_t timeout_usec)
{
	struct signet_answer *answer = NULL;
	struct agent a = {};
	struct signet *s;
	int r;

	agent_start(&a, serve, 8);
	s = open_handle(&a);
	signet_set_timeout(s, timeout_usec);
	r = signet_list(s, NULL, &answer);
	signet_answer_free(answer);
	signet_close(s);
	agent_join(&a);
	agent_done(&a);
	return r;
}

START_TEST(a_list_without_end_neither_fills_the_memory_nor_lasts_longer_than_the_time_out)
{
	ck_assert_int_eq(list_pages(serve_large_pages, SIGNET_TIMEOUT_USEC), SIGNET_E_PROTOCOL);
	ck_assert_int_eq(list_pages(serve_small_pages, 50 * USEC_PER_MSEC), SIGNET_E_TIMEOUT);
}
END_TEST

/* Whatever comes of it: no crash, no leak, and nothing but the results of signet.h. */
START_TEST(no_changed_byte_of_an_answer_does_harm)
{
	struct writer w;

	sign_answer(&w);
	for (size_t i = 4; i < w.size; i++) {
		int r;

		w.data[i] ^= 0x81;
		r = sign_against(writer_view(&w));
		ck_assert_msg(r == 0 || r == SIGNET_E_PROTOCOL, "byte %zu: got %d", i, r);
		w.data[i] ^= 0x81;
	}
	writer_done(&w);
}
END_TEST

/* --- requests that are none ------------------------------------------------------------------- */

START_TEST(a_request_that_is_not_valid_is_not_sent)
{
	static const struct signet_item short_item[] = {{digest_one, 31, NULL}};
	static const struct signet_item null_item[] = {{NULL, 32, NULL}};
	static const struct signet_item huge_item[] = {{digest_one, SIZE_MAX, NULL}};
	static char name[SIGNET_NAME_MAX + 2];
	struct signet_request bad[14];
	struct signet_answer *answer;
	struct agent a = {};
	struct signet *s;

	memset(name, 'n', SIGNET_NAME_MAX + 1);
	for (size_t i = 0; i < array_len(bad); i++)
		bad[i] = two;
	bad[0].key = NULL;
	bad[1].key = "";
	bad[2].key = "a\nb";
	bad[3].key = name;
	bad[4].algorithm = (enum signet_algorithm)0;
	bad[5].algorithm = (enum signet_algorithm)5;
	bad[6].hash = (enum signet_hash)4;
	bad[7].hash = SIGNET_NO_HASH;
	bad[8].input = (enum signet_input)3;
	bad[9].flags = 2;
	bad[10].n_items = 0;
	bad[11].n_items = SIGNET_ITEMS_MAX + 1;
	bad[12].items = short_item;
	bad[12].n_items = 1;
	bad[13].items = null_item;
	bad[13].n_items = 1;

	agent_start(&a, serve_nothing, 8);
	s = open_handle(&a);
	for (size_t i = 0; i < array_len(bad); i++) {
		int r = signet_sign(s, &bad[i], &answer);

		ck_assert_msg(r == SIGNET_E_INVALID, "request %zu: got %d", i, r);
	}
	bad[13].items = huge_item;
	bad[13].input = SIGNET_MESSAGE;
	ck_assert_int_eq(signet_sign(s, &bad[13], &answer), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_list(s, "", &answer), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_lock(s, NULL, 0, &answer), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_lock(s, "hsm", 8, &answer), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_lock(s, "hsm", SIGNET_STORED_PIN, &answer), SIGNET_E_INVALID);
	signet_close(s);
	agent_join(&a);
	ck_assert_uint_eq(a.n_connections, 0);
	agent_done(&a);
}
END_TEST

START_TEST(only_a_sealed_pin_leaves)
{
	char longest[SIGNET_PIN_MAX + 1];
	struct signet_answer *answer;
	struct signet *s;
	int fd = -EBADF, file;

	memset(longest, '1', sizeof(longest));
	ck_assert_int_eq(signet_pin(longest, 0, &fd), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_pin(longest, sizeof(longest), &fd), SIGNET_E_INVALID);
	ck_assert_int_eq(signet_pin("12\0"
				    "34",
				    5, &fd),
			 SIGNET_E_INVALID);
	ck_assert_int_eq(fd, -EBADF);
	ck_assert_int_eq(signet_pin(longest, SIGNET_PIN_MAX, &fd), 0);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	(void)close(fd);

	ck_assert_int_eq(signet_open("/tmp/nobody-listens-here", &s), 0);
	ck_assert_int_eq(signet_unlock(s, "hsm", 0, -EBADF, &answer), SIGNET_E_INVALID);
	file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(signet_unlock(s, "hsm", 0, file, &answer), SIGNET_E_INVALID);
	(void)close(file);
	fd = memfd_create("pin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ck_assert_int_eq(write(fd, "1234", 4), 4);
	ck_assert_int_eq(signet_unlock(s, "hsm", 0, fd, &answer), SIGNET_E_INVALID);
	(void)close(fd);
	signet_close(s);
}
END_TEST

START_TEST(every_error_has_a_sentence)
{
	for (int e = SIGNET_E_LISTENER; e <= 0; e++) {
		ck_assert_ptr_nonnull(signet_strerror(e));
		ck_assert_str_ne(signet_strerror(e), "unknown error");
	}
	ck_assert_str_eq(signet_strerror(SIGNET_E_LISTENER - 1), "unknown error");
	ck_assert_str_eq(signet_strerror(1), "unknown error");
	ck_assert_ptr_null(signet_key_type_name((enum signet_key_type)99));
	ck_assert_ptr_null(signet_token_state_name((enum signet_token_state)0));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_list_in_two_pages_is_one_list,
		a_key_comes_with_what_its_file_says_and_how_often_it_was_used,
		a_list_of_all_keys_says_so_on_each_page,
		a_list_for_a_purpose_says_so_on_each_page,
		each_item_of_a_batch_has_its_own_outcome,
		a_label_becomes_clean_text_and_keeps_its_end,
		the_largest_request_fits_a_frame,
		a_refusal_is_an_answer,
		status_says_it_all,
		the_pin_arrives_sealed_and_on_the_first_byte,
		an_answer_may_come_byte_by_byte,
		a_connection_closed_between_requests_is_made_again,
		the_kernel_says_who_the_agent_is,
		only_the_user_who_should_listen_is_sent_anything,
		who_listens_is_looked_at_again_when_a_connection_is_made_again,
		a_child_expects_the_same_listener,
		root_may_always_listen,
		a_child_has_a_connection_of_its_own,
		threads_take_turns_on_one_connection,
		the_socket_is_the_one_named_or_that_of_the_environment,
		a_path_that_is_none_is_refused_at_once,
		no_agent_is_an_error_with_its_cause,
		a_full_backlog_is_waited_for_no_longer_than_allowed,
		a_request_that_was_sent_is_never_sent_again,
		a_request_is_withdrawn_when_who_is_watched_hangs_up,
		who_is_watched_may_end_one_direction_or_be_nobody,
		an_agent_that_hangs_up_at_once_kills_nobody,
		half_an_answer_is_not_waited_for_without_end_and_not_mixed_up,
		a_frame_that_is_no_answer_is_refused,
		no_beginning_of_an_answer_is_an_answer,
		an_answer_with_something_behind_it_is_refused,
		an_answer_to_another_question_is_refused,
		signatures_must_be_as_many_as_asked_for_and_make_sense,
		a_refusal_brings_no_result,
		a_key_that_was_not_asked_for_is_refused,
		pages_that_go_round_in_circles_end,
		a_list_without_end_neither_fills_the_memory_nor_lasts_longer_than_the_time_out,
		no_changed_byte_of_an_answer_does_harm,
		a_request_that_is_not_valid_is_not_sent,
		only_a_sealed_pin_leaves,
		every_error_has_a_sentence,
	};

	return unit_run("libsignet", tests, array_len(tests));
}
