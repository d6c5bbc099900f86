/*
 * fuzz-agent.c - the whole agent between clients, a token process and a journal that do anything
 *
 * The input is a list of actions: bytes from one of a few clients, hang-ups, what the token process
 * does, whether the journal reads. Nothing waits for the clock, so an input always runs alike.
 * What must hold: no more answers than frames, no answer before its record, no signature without
 * one that says so, and when everybody has gone nothing is left.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>

#include "agent/agent.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/wire/frame.h"
#include "agent/wire/message.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/fake-journal.h"
#include "tests/lib/fake-token.h"

#define CLIENTS_MAX 4u
/* Larger ones say nothing new, and have no room in the fake token process. */
#define INPUT_MAX 32768u
/* Far more turns than any input needs: an agent that still has something to do then never rests. */
#define TURNS_MAX 100000u

static char dir[] = "/tmp/signet-fuzz.XXXXXX";
static char config[64], journal_path[64], socket_path[64];

struct client {
	int fd; /* -EBADF: has hung up */
	struct frames sent;
	struct frames heard;
	size_t n_asked; /* frames */
	size_t n_answers;
};

struct world {
	struct agent *agent;
	sd_event *event; /* the agent's */
	struct fake_token token;
	struct fake_journal journal;
	struct client clients[CLIENTS_MAX];
	size_t next_job; /* the first one that was not answered */
	size_t n_asked;
	size_t n_answers;
	size_t n_signed;
};

static struct world world;

/* Instead of the one in agent/base: thousands of refusals are of no interest here. */
void log_line(enum log_level level, const char *format, ...)
{
	(void)level;
	(void)format;
}

/* --- what is there before the first input ----------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void clean_up(void)
{
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* what is left is left in /tmp */
}

static void write_file(const char *name, const char *text)
{
	_cleanup_(freep) char *path = text_format("%s/%s", config, name);
	FILE *f = fopen(path, "we");

	fuzz_check(f && fputs(text, f) >= 0 && fclose(f) == 0, path);
}

static void make_dir(const char *name)
{
	_cleanup_(freep) char *path = text_format("%s/%s", config, name);

	fuzz_check(mkdir(path, 0700) == 0, path);
}

static void set_up(void)
{
	(void)umask(022); /* returns the old one */
	fuzz_check(mkdtemp(dir) != NULL, dir);
	(void)atexit(clean_up); /* there is room for one */
	(void)snprintf(config, sizeof(config), "%s/config", dir);
	(void)snprintf(journal_path, sizeof(journal_path), "%s/journal", dir);
	(void)snprintf(socket_path, sizeof(socket_path), "%s/agent.sock", dir);
	fuzz_check(mkdir(config, 0700) == 0, config);
	make_dir("tokens.d");
	make_dir("keys.d");
	write_file("signet.conf", "[Agent]\nAuthorization=same-user\nTokenTimeoutSec=1h\n"
				  "FrameTimeoutSec=1h\nJournalTimeoutSec=1h\nIdleExitSec=0\n");
	write_file("tokens.d/t.conf", "[Token]\nModule=/m.so\nURI=pkcs11:token=t\n");
	write_file("keys.d/k.conf", "[Key]\nURI=pkcs11:token=soft;object=k\nPurposes=digest\n");
}

/* --- one world for each input ----------------------------------------------------------------- */

static void begin(struct world *w)
{
	static const struct fake_key keys[] = {
		{.label = "c", .type = KEY_TYPE_P256, .bits = 256},
		{.label = "d", .type = KEY_TYPE_ED25519, .bits = 255},
		{.label = "k", .type = KEY_TYPE_P521, .bits = 521},
		{.label = "r", .type = KEY_TYPE_RSA, .bits = 2048},
	};
	const struct agent_paths paths = {config, dir, journal_path, NULL};
	int fd;

	memset(w, 0, sizeof(*w));
	fuzz_check(agent_new(&paths, &w->agent) == 0, "the agent starts");
	w->event = w->agent->event;
	fuzz_check(listener_bind(socket_path, &fd) == 0 && agent_listen(w->agent, fd) == 0,
		   "the agent listens");
	fake_token_init(&w->token, w->event, dir, "t");
	w->token.label = "soft";
	w->token.keys = keys;
	w->token.n_keys = array_len(keys);
	fake_journal_init(&w->journal, w->event, journal_path);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		w->clients[i].fd = -EBADF;
}

static void end(struct world *w)
{
	sd_event *event = sd_event_ref(w->event);

	w->agent = agent_free(w->agent);
	fake_token_done(&w->token);
	fake_journal_done(&w->journal);
	(void)sd_event_unref(event);
	(void)unlink(socket_path); /* the next one binds it again, faster than over a left-over */
}

/* --- what clients hear ------------------------------------------------------------------------ */

static bool is_signature(struct view frame)
{
	struct message_answer m;

	if (frame.data[0] == MESSAGE_SIGN_RESPONSE)
		return true;
	if (frame.data[0] != MESSAGE_EXTENSION_RESPONSE || !message_read_answer(frame, &m))
		return false;
	return view_is(m.name, "sign@signetd.org") && m.status == STATUS_OK;
}

static void check_answer(struct world *w, struct client *c, struct view frame)
{
	switch (frame.data[0]) {
	case MESSAGE_FAILURE:
	case MESSAGE_IDENTITIES_ANSWER:
	case MESSAGE_SIGN_RESPONSE:
	case MESSAGE_EXTENSION_FAILURE:
	case MESSAGE_EXTENSION_RESPONSE:
		break;
	default:
		fuzz_check(false, "an answer has a type that PROTOCOL.md knows");
	}
	c->n_answers++;
	w->n_answers++;
	w->n_signed += is_signature(frame);
	fuzz_check(c->n_answers <= c->n_asked, "there are no more answers than frames");
	fuzz_check(w->n_answers <= fake_journal_requests(&w->journal),
		   "no answer is sent before its record is taken");
	fuzz_check(w->n_signed <= fake_journal_count(&w->journal, "SIGNET_OUTCOME=signed"),
		   "no signature is sent without a record that says so");
}

static void hear(struct world *w, struct client *c)
{
	struct view frame;
	uint8_t *room;
	ssize_t n;

	while (c->fd >= 0) {
		room = frames_room(&c->heard, 65536);
		n = recv(c->fd, room, 65536, MSG_DONTWAIT);
		if (n <= 0)
			return;
		frames_filled(&c->heard, (size_t)n);
		while (frames_next(&c->heard, &frame) == FRAMES_COMPLETE) {
			check_answer(w, c, frame);
			frames_drop(&c->heard);
		}
		fuzz_check(frames_next(&c->heard, &frame) == FRAMES_PARTIAL,
			   "what is sent can be cut into frames");
	}
}

/* Until nobody has anything to do. */
static void rest(struct world *w)
{
	unsigned n = 0, before;

	do {
		agent_turn(w->agent);
		before = n;
		while (sd_event_run(w->event, 0) > 0) {
			fuzz_check(n++ < TURNS_MAX, "the agent comes to rest");
			for (size_t i = 0; i < CLIENTS_MAX; i++)
				hear(w, &w->clients[i]);
		}
	} while (n > before);
}

/* --- what clients do -------------------------------------------------------------------------- */

static void dial(struct client *c)
{
	struct sockaddr_un address;
	unsigned length;

	if (c->fd >= 0)
		return;
	*c = (struct client){};
	frames_init(&c->sent);
	frames_init(&c->heard);
	fuzz_check(fd_unix_address(socket_path, &address, &length) == 0, "the path fits");
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fuzz_check(connect(c->fd, (struct sockaddr *)&address, length) == 0, "the agent listens");
}

static void hang_up(struct client *c)
{
	c->fd = fd_close(c->fd);
	frames_done(&c->sent);
	frames_done(&c->heard);
}

/* Counts the frames that the agent has been sent. */
static void note_sent(struct world *w, struct client *c, const void *data, size_t size)
{
	struct view frame;

	if (size == 0)
		return;
	memcpy(frames_room(&c->sent, size), data, size);
	frames_filled(&c->sent, size);
	while (frames_next(&c->sent, &frame) == FRAMES_COMPLETE) {
		c->n_asked++;
		w->n_asked++;
		frames_drop(&c->sent);
	}
}

/* A memfd as signet(1) sends it, sealed or not; there for all inputs. */
static int pin(bool is_sealed)
{
	static int fds[2];

	if (fds[is_sealed] == 0) {
		fds[is_sealed] = memfd_create("pin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		fuzz_check(write(fds[is_sealed], "1234", 4) == 4, "a memfd can be written");
		if (is_sealed)
			fuzz_check(fcntl(fds[1], F_ADD_SEALS,
					 F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0,
				   "a memfd can be sealed");
	}
	return fds[is_sealed];
}

/* fd: goes with the first byte, unless it is negative. What does not fit the socket is not sent. */
static void say(struct world *w, struct client *c, struct view data, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec iov = {(void *)data.data, data.size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;
	ssize_t n;

	if (fd >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	dial(c);
	n = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		note_sent(w, c, data.data, (size_t)n);
}

/* A frame whose length word is right; kind says what comes with it. */
static void say_frame(struct world *w, struct client *c, struct view body, uint8_t kind)
{
	struct writer frame;

	writer_init(&frame, FRAME_MAX + 4);
	writer_string(&frame, body.data, body.size);
	say(w, c, writer_view(&frame), kind & 2 ? pin(kind & 1) : -EBADF);
	writer_done(&frame);
}

/* --- what the token process does -------------------------------------------------------------- */

static void answer_job(struct world *w, uint8_t how)
{
	const struct fake_job *job;
	enum job_result result = (enum job_result)(how % 12);

	if (w->next_job == w->token.n_jobs || w->token.fd < 0)
		return;
	job = &w->token.jobs[w->next_job++];
	if (result == JOB_RESULT_OK || result == JOB_RESULT_NONE)
		(void)fake_token_sign(&w->token, job); /* closed or not: all the same to us */
	else
		(void)fake_token_answer(&w->token, job->type, job->id, result, 0);
}

static void change_state(struct world *w, uint8_t how)
{
	w->token.state = (enum token_state)(1 + how % 5);
	w->token.n_keys = how & 0x80 ? 0 : 4;
	w->token.sessions = how >> 4 & 3;
	if (w->token.fd >= 0)
		(void)fake_token_greet(&w->token); /* as above */
}

/* --- one input -------------------------------------------------------------------------------- */

static struct view some_bytes(struct reader *r)
{
	size_t size = (size_t)reader_u8(r) << 8;

	size |= reader_u8(r);
	return reader_bytes(r, size < r->left ? size : r->left);
}

static void act(struct world *w, struct reader *r)
{
	uint8_t action = reader_u8(r), how = reader_u8(r);
	struct client *c = &w->clients[how % CLIENTS_MAX];
	struct view v;

	switch (action % 13) {
	case 0:
	case 1:
		v = some_bytes(r);
		if (v.size > 0)
			say_frame(w, c, v, how >> 2);
		break;
	case 2:
		v = some_bytes(r);
		if (v.size > 0)
			say(w, c, v, -EBADF);
		break;
	case 3:
		hang_up(c);
		break;
	case 4:
		if (c->fd >= 0)
			(void)shutdown(c->fd, SHUT_WR); /* it may be closed by the agent already */
		break;
	case 5:
		answer_job(w, how);
		break;
	case 6:
		v = some_bytes(r);
		if (w->token.fd >= 0)
			(void)fake_token_send(&w->token, v.data, v.size); /* as above */
		break;
	case 7:
		fake_token_die(&w->token);
		break;
	case 8:
		change_state(w, how);
		break;
	case 9:
		fake_journal_set_reading(&w->journal, how & 1);
		return; /* without a turn, so that more can happen at once */
	case 10:
		w->token.is_signing = how & 1;
		w->token.is_silent = how & 2;
		return;
	case 11:
		agent_reload(w->agent);
		break;
	case 12: /* between two turns, so that the agent hears of it together with something else */
		fake_journal_read(&w->journal);
		return;
	}
	if (!(how & 0x40))
		rest(w);
}

/* Everybody goes; then nothing may be left, and everything is recorded. */
static void leave(struct world *w)
{
	rest(w);
	fake_journal_set_reading(&w->journal, true);
	rest(w);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		hang_up(&w->clients[i]);
	rest(w);
	fuzz_check(w->agent->n_conns == 0, "no connection is left");
	fuzz_check(w->agent->n_requests == 0, "no request is left");
	fuzz_check(quota_total(w->agent->quota, QUOTA_BYTES) == 0, "no byte is charged");
	fuzz_check(quota_total(w->agent->quota, QUOTA_PARKED) == 0, "no request is charged");
	fuzz_check(fake_journal_requests(&w->journal) <= w->n_asked,
		   "there are no more records than frames");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r;

	if (size > INPUT_MAX)
		return 0;
	if (config[0] == '\0')
		set_up();
	reader_init(&r, data, size);
	begin(&world);
	while (r.left > 0)
		act(&world, &r);
	leave(&world);
	end(&world);
	return 0;
}
