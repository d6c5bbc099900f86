/*
 * test-request.c - the whole story: clients on one side, a token process and a journal on the other
 *
 * The agent is the real one with all its rooms; only what is outside of it is ours. Polkit is not
 * asked: Authorization=same-user.
 */
#include "agent/request.h"

#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <sys/mman.h>

#include "agent/audit/catalog-ids.h"
#include "agent/base/clock.h"
#include "agent/base/text.h"
#include "agent/wire/challenge.h"
#include "agent/wire/frame.h"
#include "agent/wire/message.h"
#include "tests/lib/fake-journal.h"
#include "tests/lib/fake-token.h"
#include "tests/unit/unit.h"

static const struct fake_key keys[] = {
	{.label = "ec", .type = KEY_TYPE_P256, .bits = 256},
	{.label = "ed", .type = KEY_TYPE_ED25519, .bits = 255},
	{.label = "rsa", .type = KEY_TYPE_RSA, .bits = 2048},
};

struct house {
	char dir[32];
	char config[64];
	char socket[64];
	struct agent *agent;
	sd_event *event;         /* the agent's */
	struct fake_token token; /* 'hsm' */
	struct fake_journal journal;
	size_t n_answers;
	bool may_lack_records; /* the test is about that */
};

struct client {
	int fd;
	struct frames in;
};

/* --- the house -------------------------------------------------------------------------------- */

/* Writes dir/config/NAME. */
static void configure(struct house *h, const char *name, const char *text)
{
	_cleanup_(freep) char *path = text_format("%s/%s", h->config, name);
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void make_dir(const char *parent, const char *name)
{
	_cleanup_(freep) char *path = text_format("%s/%s", parent, name);

	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void make_dirs(struct house *h)
{
	(void)umask(022); /* returns the old one */
	*h = (struct house){.dir = "/tmp/signet-unit.XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(h->dir));
	(void)snprintf(h->config, sizeof(h->config), "%s/config", h->dir);
	(void)snprintf(h->socket, sizeof(h->socket), "%s/agent.sock", h->dir);
	make_dir(h->dir, "config");
	make_dir(h->config, "tokens.d");
	make_dir(h->config, "keys.d");
	configure(h, "tokens.d/hsm.conf", "[Token]\nModule=/m.so\nURI=pkcs11:token=t\n");
}

static void begin_with(struct house *h, const char *settings)
{
	_cleanup_(freep) char *journal = NULL;
	_cleanup_(freep) char *text = NULL;
	struct agent_paths paths = {.config = h->config, .runtime = h->dir, .state = h->dir};
	int fd;

	make_dirs(h);
	text = text_format("[Agent]\nAuthorization=same-user\n%s", settings);
	configure(h, "signet.conf", text);
	journal = text_format("%s/journal", h->dir);
	paths.journal = journal;
	ck_assert_int_eq(agent_new(&paths, &h->agent), 0);
	h->event = h->agent->event;
	ck_assert_int_eq(listener_bind(h->socket, &fd), 0);
	ck_assert_int_eq(agent_listen(h->agent, fd), 0);
	fake_token_init(&h->token, h->event, h->dir, "hsm");
	h->token.label = "soft";
	h->token.keys = keys;
	h->token.n_keys = array_len(keys);
	fake_journal_init(&h->journal, h->event, journal);
}

static void begin(struct house *h)
{
	begin_with(h, "");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void end(struct house *h)
{
	sd_event *event = sd_event_ref(h->event); /* the fakes outlive the agent */

	h->agent = agent_free(h->agent);
	fake_token_done(&h->token);
	fake_journal_done(&h->journal);
	(void)sd_event_unref(event);
	ck_assert_int_eq(nftw(h->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Waits for one thing to happen. */
static void turn(struct house *h)
{
	agent_turn(h->agent);
	ck_assert_int_gt(sd_event_run(h->event, 10 * USEC_PER_SEC), 0);
	agent_turn(h->agent);
}

/* Until nothing is left to do but to wait. */
static void settle(struct house *h)
{
	unsigned n;

	do {
		agent_turn(h->agent);
		n = 0;
		while (sd_event_run(h->event, 0) > 0)
			n++;
	} while (n > 0);
}

/* The only request that is under way. */
static struct request *request_of(struct house *h)
{
	ck_assert_uint_eq(h->agent->n_requests, 1);
	return container_of(h->agent->requests.next, struct request, link);
}

/* Until its record has been handed to the journal, which does not read. */
static void wait_for_audit(struct house *h)
{
	while (h->agent->n_requests == 0 || request_of(h)->state != REQUEST_AUDIT)
		turn(h);
	settle(h);
	ck_assert(fake_journal_has_mail(&h->journal));
}

/* --- clients ---------------------------------------------------------------------------------- */

static struct client dial(struct house *h)
{
	struct client c = {};
	struct sockaddr_un address;
	unsigned length;

	frames_init(&c.in);
	ck_assert_int_eq(fd_unix_address(h->socket, &address, &length), 0);
	c.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(c.fd, 0);
	ck_assert_int_eq(connect(c.fd, (struct sockaddr *)&address, length), 0);
	return c;
}

static void hang_up(struct house *h, struct client *c)
{
	c->fd = fd_close(c->fd);
	frames_done(&c->in);
	settle(h);
}

static void say(struct client *c, const void *data, size_t size)
{
	ck_assert_int_eq(send(c->fd, data, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* What was written, which is forgotten. */
static void say_written(struct client *c, struct writer *w)
{
	struct view v = writer_view(w);

	ck_assert_int_eq(writer_end(w), 0);
	say(c, v.data, v.size);
	writer_done(w);
}

/* Reads what is there; false if the agent has closed the connection. */
static bool hear(struct client *c)
{
	uint8_t *room = frames_room(&c->in, 65536);
	ssize_t n = recv(c->fd, room, 65536, MSG_DONTWAIT);

	if (n > 0)
		frames_filled(&c->in, (size_t)n);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/*
 * The next answer, or false if the connection is closed. Whenever one comes, the journal must have
 * at least as many records of requests as there were answers.
 */
static bool next_answer(struct house *h, struct client *c, struct view *ret)
{
	while (frames_next(&c->in, ret) == FRAMES_PARTIAL) {
		if (!hear(c))
			return false;
		if (frames_next(&c->in, ret) == FRAMES_PARTIAL)
			turn(h);
	}
	ck_assert_int_eq(frames_next(&c->in, ret), FRAMES_COMPLETE);
	h->n_answers++;
	if (!h->may_lack_records)
		ck_assert_uint_ge(fake_journal_requests(&h->journal), h->n_answers);
	return true;
}

static bool has_answer(struct client *c)
{
	struct view v;

	(void)hear(c);
	return frames_next(&c->in, &v) == FRAMES_COMPLETE;
}

/* The type of the next answer; 0 if the connection is closed. */
static unsigned answer_type(struct house *h, struct client *c)
{
	struct view v;
	unsigned type;

	if (!next_answer(h, c, &v))
		return 0;
	type = v.data[0];
	frames_drop(&c->in);
	settle(h);
	return type;
}

/* The status of the next answer to an own operation, its result and its views valid until more. */
static unsigned answer_status(struct house *h, struct client *c, struct reader *ret_result)
{
	struct message_answer m;
	struct view v;

	ck_assert(next_answer(h, c, &v));
	ck_assert(message_read_answer(v, &m));
	frames_drop(&c->in);
	settle(h);
	ck_assert_int_eq(m.sentence.size == 0, m.status == STATUS_OK);
	ck_assert_uint_eq(m.request.size, 16);
	if (m.status != STATUS_OK)
		ck_assert_uint_eq(m.result.left, 0);
	if (ret_result)
		*ret_result = m.result;
	return m.status;
}

/* --- what is asked ---------------------------------------------------------------------------- */

static void ask_for(struct client *c, const struct message_sign *m)
{
	struct writer w;

	writer_init(&w, FRAME_MAX + 4);
	message_write_sign(&w, m);
	say_written(c, &w);
}

/* n digests with an EC key; id: what the key must be, or empty. */
static void ask_digests_of(struct client *c, const char *key, uint32_t n, struct view id)
{
	static const uint8_t digest[32] = "a digest of thirty-two bytes ...";
	struct message_sign m = {
		.key_id = id,
		.key = unit_view(key),
		.algorithm = ALGORITHM_ECDSA,
		.hash = HASH_SHA256,
		.input = INPUT_DIGEST,
		.n_items = n,
	};

	for (uint32_t i = 0; i < n; i++)
		m.items[i].data = (struct view){digest, sizeof(digest)};
	ask_for(c, &m);
}

static void ask_digests(struct client *c, const char *key, uint32_t n)
{
	ask_digests_of(c, key, n, (struct view){});
}

static void ask_sign(struct client *c)
{
	ask_digests(c, "ec", 1);
}

/* A client whose request the token has, and has not answered. */
static struct client dial_and_sign(struct house *h)
{
	struct client c = dial(h);

	ask_sign(&c);
	while (h->token.n_jobs < 1)
		turn(h);
	return c;
}

/* Messages with the Ed25519 key. */
static void ask_messages(struct client *c, struct view first, struct view second)
{
	struct message_sign m = {
		.key = unit_view("ed"),
		.algorithm = ALGORITHM_EDDSA,
		.input = INPUT_MESSAGE,
		.n_items = second.size > 0 ? 2 : 1,
		.items = {{.data = first}, {.data = second}},
	};

	ask_for(c, &m);
}

static void ask_ssh(struct client *c, const struct fake_key *key, struct view data, uint32_t flags)
{
	char buf[160];
	struct view blob = fake_blob(key, buf);
	struct writer w;
	size_t mark;

	writer_init(&w, FRAME_MAX + 4);
	mark = message_open(&w, MESSAGE_SIGN_REQUEST);
	writer_string(&w, blob.data, blob.size);
	writer_string(&w, data.data, data.size);
	writer_u32(&w, flags);
	message_close(&w, mark);
	say_written(c, &w);
}

static void ask_type(struct client *c, uint8_t type)
{
	const uint8_t frame[] = {0, 0, 0, 1, type};

	say(c, frame, sizeof(frame));
}

static void ask_extension(struct client *c, const char *name, struct view contents)
{
	struct writer w;
	size_t mark;

	writer_init(&w, FRAME_MAX + 4);
	mark = message_open(&w, MESSAGE_EXTENSION);
	writer_text(&w, name);
	writer_bytes(&w, contents.data, contents.size);
	message_close(&w, mark);
	say_written(c, &w);
}

/* What ssh-keygen -Y sign asks to have signed, in a namespace. */
static struct view sshsig(struct writer *w, const char *namespace)
{
	static const uint8_t digest[64];

	writer_init(w, FRAME_MAX);
	writer_bytes(w, "SSHSIG", 6);
	writer_text(w, namespace);
	writer_text(w, "");
	writer_text(w, "sha512");
	writer_string(w, digest, sizeof(digest));
	return writer_view(w);
}

/* --- checks ----------------------------------------------------------------------------------- */

/* The last record of a request has a field of this value. */
static void check_record(struct house *h, const char *field, const char *expected)
{
	ck_assert_msg(strcmp(fake_journal_last(&h->journal, field), expected) == 0,
		      "%s: expected '%s', got '%s'", field, expected,
		      fake_journal_last(&h->journal, field));
}

/* So many requests were recorded, and the last one ended so. */
static void check_records(struct house *h, size_t n, const char *outcome)
{
	settle(h);
	ck_assert_uint_eq(fake_journal_requests(&h->journal), n);
	check_record(h, "SIGNET_OUTCOME", outcome);
	ck_assert_uint_eq(h->agent->n_requests, 0);
}

/* The agent is well: somebody else gets a signature. */
static void check_well(struct house *h)
{
	struct client c = dial(h);

	h->token.is_signing = true;
	h->token.is_silent = false;
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(h, &c, NULL), STATUS_OK);
	check_record(h, "SIGNET_OUTCOME", "signed");
	hang_up(h, &c);
	h->token.is_signing = false;
	ck_assert_uint_eq(h->agent->n_conns, 0);
}

/* --- well ------------------------------------------------------------------------------------- */

START_TEST(a_signature_comes_with_one_record_that_says_what_was_signed)
{
	struct message_signature s;
	struct client c;
	struct house h;
	struct reader r;

	begin(&h);
	c = dial(&h);
	h.token.is_signing = true;
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_OK);
	ck_assert_uint_eq(reader_u32(&r), 1);
	message_read_signature(&r, &s);
	ck_assert(reader_end(&r));
	ck_assert_uint_gt(s.signature.size, 64);
	check_records(&h, 1, "signed");
	check_record(&h, "SIGNET_OPERATION", "sign");
	check_record(&h, "SIGNET_KEY", "ec");
	check_record(&h, "SIGNET_TOKEN", "hsm");
	check_record(&h, "SIGNET_PURPOSE", "digest");
	check_record(&h, "SIGNET_COUNT", "1");
	check_record(&h, "SIGNET_AUTHORITY", "same-user");
	check_record(&h, "SIGNET_DIGEST",
		     "6120646967657374206f66207468697274792d74776f206279746573202e2e2e");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_batch_has_one_record_and_a_status_for_each_item)
{
	static const enum job_result results[] = {JOB_RESULT_OK, JOB_RESULT_REFUSED, JOB_RESULT_OK};
	struct message_signature s;
	struct client c;
	struct house h;
	struct reader r;

	begin(&h);
	h.token.sessions = 2;
	c = dial(&h);
	ask_digests(&c, "ec", 3);
	while (h.token.n_jobs < 3)
		turn(&h);
	for (size_t i = 0; i < 3; i++)
		ck_assert(
			fake_token_answer(&h.token, JOB_SIGN, h.token.jobs[i].id, results[i], 64));
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_OK);
	ck_assert_uint_eq(reader_u32(&r), 3);
	for (size_t i = 0; i < 3; i++) {
		message_read_signature(&r, &s);
		ck_assert_uint_eq(s.status, results[i] == JOB_RESULT_OK ? STATUS_OK : STATUS_DATA);
		ck_assert_int_eq(s.signature.size > 0, results[i] == JOB_RESULT_OK);
	}
	ck_assert(reader_end(&r));
	check_records(&h, 1, "signed");
	check_record(&h, "SIGNET_COUNT", "3");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(two_frames_at_once_are_answered_in_order)
{
	struct client c;
	struct house h;
	struct reader r;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_sign(&c);
	ask_digests(&c, "nobody", 1);
	ask_type(&c, MESSAGE_REQUEST_IDENTITIES);
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_OK);
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_UNAVAILABLE);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_IDENTITIES_ANSWER);
	check_records(&h, 3, "done");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(listing_and_status_are_recorded_too)
{
	struct message_key key;
	struct client c;
	struct house h;
	struct reader r;
	struct writer w;

	begin(&h);
	c = dial(&h);
	writer_init(&w, FRAME_MAX);
	message_write_list(&w, 0, "", 0, "");
	say_written(&c, &w);
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_OK);
	ck_assert_uint_eq(reader_u32(&r), 0);
	ck_assert_uint_eq(reader_u32(&r), array_len(keys));
	for (size_t i = 0; i < array_len(keys); i++) {
		message_read_key(&r, &key);
		unit_check_text(key.name, keys[i].label);
	}
	ck_assert(reader_end(&r));
	check_records(&h, 1, "done");
	check_record(&h, "SIGNET_OPERATION", "list");
	writer_init(&w, FRAME_MAX);
	message_write_status(&w);
	say_written(&c, &w);
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_OK);
	check_records(&h, 2, "done");
	check_record(&h, "SIGNET_OPERATION", "status");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- the record comes first ------------------------------------------------------------------- */

START_TEST(no_answer_leaves_before_its_record_was_taken)
{
	struct client c;
	struct house h;
	struct reader r;

	begin(&h);
	h.token.is_signing = true;
	fake_journal_set_reading(&h.journal, false);
	c = dial(&h);
	ask_sign(&c);
	wait_for_audit(&h);
	ck_assert(!has_answer(&c));
	fake_journal_set_reading(&h.journal, true);
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_OK);
	check_records(&h, 1, "signed");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_journal_that_does_not_read_costs_the_signature)
{
	struct client c;
	struct house h;

	begin_with(&h, "JournalTimeoutSec=50ms\n");
	h.token.is_signing = true;
	h.may_lack_records = true;
	fake_journal_set_reading(&h.journal, false);
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_IO);
	ck_assert_uint_eq(h.token.n_jobs, 1);
	ask_ssh(&c, &keys[0], unit_view("data"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	fake_journal_set_reading(&h.journal, true);
	settle(&h);
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(a_journal_that_is_not_there_costs_the_signature)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	h.may_lack_records = true;
	fake_journal_close(&h.journal);
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_IO);
	ask_ssh(&c, &keys[0], unit_view("data"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	fake_journal_open(&h.journal);
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(a_journal_that_goes_away_with_the_record_costs_the_signature)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	h.may_lack_records = true;
	fake_journal_set_reading(&h.journal, false);
	c = dial(&h);
	ask_sign(&c);
	wait_for_audit(&h);
	fake_journal_close(&h.journal);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_IO);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_refusal_without_a_record_is_no_success_either)
{
	struct client c;
	struct house h;

	begin(&h);
	h.may_lack_records = true;
	fake_journal_close(&h.journal);
	c = dial(&h);
	ask_digests(&c, "nobody", 1);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_IO);
	ask_type(&c, 17);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- hanging up ------------------------------------------------------------------------------- */

START_TEST(who_hangs_up_while_the_token_is_looked_for_is_recorded_as_cancelled)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_silent = true;
	c = dial(&h);
	ask_sign(&c);
	settle(&h);
	ck_assert_int_eq(request_of(&h)->state, REQUEST_RESOLVE);
	hang_up(&h, &c);
	check_records(&h, 1, "cancelled");
	ck_assert(fake_token_greet(&h.token));
	settle(&h);
	ck_assert_uint_eq(h.token.n_jobs, 0);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(who_hangs_up_before_the_token_had_the_job_is_recorded_as_cancelled)
{
	struct client busy, c;
	struct house h;

	begin(&h);
	busy = dial(&h);
	ask_digests(&busy, "ec", 2);
	while (h.token.n_jobs < 2)
		turn(&h);
	c = dial(&h);
	ask_sign(&c);
	settle(&h);
	ck_assert_uint_eq(h.agent->n_requests, 2);
	ck_assert_uint_eq(h.token.n_jobs, 2);
	hang_up(&h, &c);
	ck_assert_uint_eq(h.agent->n_requests, 1);
	check_record(&h, "SIGNET_OUTCOME", "cancelled");
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[0]));
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[1]));
	ck_assert_uint_eq(answer_status(&h, &busy, NULL), STATUS_OK);
	ck_assert_uint_eq(h.token.n_jobs, 2);
	check_records(&h, 2, "signed");
	hang_up(&h, &busy);
	end(&h);
}
END_TEST

START_TEST(who_hangs_up_while_the_token_signs_is_recorded_as_unknown)
{
	struct client c;
	struct house h;

	begin(&h);
	c = dial_and_sign(&h);
	hang_up(&h, &c);
	check_records(&h, 1, "unknown");
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[0]));
	settle(&h);
	check_records(&h, 1, "unknown");
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(who_hangs_up_while_the_record_is_written_does_not_change_it)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	fake_journal_set_reading(&h.journal, false);
	c = dial(&h);
	ask_sign(&c);
	wait_for_audit(&h);
	hang_up(&h, &c);
	ck_assert_uint_eq(h.agent->n_requests, 1);
	ck_assert_uint_eq(h.agent->n_conns, 0);
	fake_journal_set_reading(&h.journal, true);
	settle(&h);
	check_records(&h, 1, "signed");
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(who_hangs_up_at_the_moment_the_record_is_taken_is_not_answered)
{
	struct client c;
	struct house h;

	begin(&h);
	check_well(&h); /* so that this record will be the only one on its way */
	h.token.is_signing = true;
	fake_journal_set_reading(&h.journal, false);
	c = dial(&h);
	ask_sign(&c);
	wait_for_audit(&h);
	fake_journal_read(&h.journal); /* both, before the loop turns */
	hang_up(&h, &c);
	check_records(&h, 2, "signed");
	ck_assert_uint_eq(h.agent->n_conns, 0);
	ck_assert_uint_eq(quota_total(h.agent->quota, QUOTA_PARKED), 0);
	fake_journal_set_reading(&h.journal, true);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(who_only_stops_talking_still_gets_the_answer)
{
	struct client c;
	struct house h;

	begin(&h);
	c = dial_and_sign(&h);
	ck_assert_int_eq(shutdown(c.fd, SHUT_WR), 0);
	settle(&h);
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[0]));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	ck_assert_uint_eq(answer_type(&h, &c), 0);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(the_agent_may_end_with_requests_in_every_state)
{
	struct client looking, waiting, signing, auditing;
	struct house h;

	begin(&h);
	auditing = dial(&h);
	waiting = dial(&h);
	signing = dial(&h);
	ask_digests(&signing, "ec", 2);
	while (h.token.n_jobs < 2)
		turn(&h);
	ask_sign(&waiting);
	settle(&h);
	fake_journal_set_reading(&h.journal, false);
	ask_type(&auditing, 17);
	settle(&h);
	fake_token_die(&h.token);
	h.token.is_silent = true;
	settle(&h);
	looking = dial(&h);
	ask_sign(&looking);
	settle(&h);
	ck_assert_uint_eq(h.agent->n_requests, 4);
	end(&h);
	(void)fd_close(looking.fd);
	(void)fd_close(waiting.fd);
	(void)fd_close(signing.fd);
	(void)fd_close(auditing.fd);
}
END_TEST

START_TEST(what_is_under_way_when_the_agent_stops_is_still_answered)
{
	struct client c;
	struct house h;

	begin(&h);
	c = dial_and_sign(&h);
	agent_stop(h.agent);
	settle(&h);
	ck_assert_int_eq(sd_event_get_state(h.event), SD_EVENT_INITIAL);
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[0]));
	ck_assert_int_eq(agent_run(h.agent), 0);
	ck_assert(has_answer(&c));
	ck_assert_uint_eq(fake_journal_requests(&h.journal), 1);
	c.fd = fd_close(c.fd);
	frames_done(&c.in);
	end(&h);
}
END_TEST

/* --- bytes that make no sense ----------------------------------------------------------------- */

START_TEST(what_makes_no_sense_is_refused_and_recorded)
{
	static const struct {
		const char *what;
		const char *hex;
		unsigned answer;
	} cases[] = {
		{"type 0", "0000000100", MESSAGE_FAILURE},
		{"type 255", "00000001ff", MESSAGE_FAILURE},
		{"add identity", "0000000111", MESSAGE_FAILURE},
		{"remove all identities", "0000000113", MESSAGE_FAILURE},
		{"lock of ssh-agent", "0000000116", MESSAGE_FAILURE},
		{"identities with a byte left over", "000000020b00", MESSAGE_FAILURE},
		{"ssh sign without contents", "000000010d", MESSAGE_FAILURE},
		{"ssh sign with a long string", "000000050dffffffff", MESSAGE_FAILURE},
		{"extension without a name", "000000011b", MESSAGE_FAILURE},
		{"extension of an empty name", "000000051b00000000", MESSAGE_FAILURE},
		{"extension that nobody knows", "000000081b0000000378797a", MESSAGE_FAILURE},
		{"query with a byte left over", "0000000b1b00000005717565727900",
		 MESSAGE_EXTENSION_FAILURE},
		{"session-bind without contents",
		 "0000001d1b0000001873657373696f6e2d62696e64406f70656e7373682e636f6d",
		 MESSAGE_EXTENSION_FAILURE},
		{"sign without contents", "000000151b000000107369676e407369676e6574642e6f7267",
		 MESSAGE_EXTENSION_FAILURE},
		{"status with a byte left over",
		 "000000181b00000012737461747573407369676e6574642e6f726700",
		 MESSAGE_EXTENSION_FAILURE},
		{"lock with an unknown flag",
		 "0000001d1b000000106c6f636b407369676e6574642e6f72670000000368736d80",
		 MESSAGE_EXTENSION_FAILURE},
		{"unlock without a descriptor",
		 "0000001f1b00000012756e6c6f636b407369676e6574642e6f72670000000368736d00",
		 MESSAGE_EXTENSION_FAILURE},
	};
	struct client c;
	struct house h;

	begin(&h);
	c = dial(&h);
	for (size_t i = 0; i < array_len(cases); i++) {
		struct view v = unit_unhex(cases[i].hex);
		unsigned answer;

		say(&c, v.data, v.size);
		answer = answer_type(&h, &c);
		ck_assert_msg(answer == cases[i].answer, "%s: expected %u, got %u", cases[i].what,
			      cases[i].answer, answer);
		ck_assert_msg(fake_journal_requests(&h.journal) == i + 1, "%s: %zu records",
			      cases[i].what, fake_journal_requests(&h.journal));
		free((void *)v.data);
	}
	ck_assert_uint_eq(h.token.n_jobs, 0);
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(a_length_that_cannot_be_ends_the_connection_and_is_recorded)
{
	static const uint8_t frames[][5] = {{0, 0, 0, 0, 11}, {0, 4, 0, 1, 11}, "GET /"};
	struct client c;
	struct house h;

	begin(&h);
	for (size_t i = 0; i < array_len(frames); i++) {
		c = dial(&h);
		say(&c, frames[i], sizeof(frames[i]));
		ck_assert_uint_eq(answer_type(&h, &c), 0);
		hang_up(&h, &c);
		ck_assert_uint_eq(fake_journal_count(&h.journal, "SIGNET_OUTCOME=failed"), i + 1);
	}
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(whoever_causes_many_events_keeps_none_but_his_own_from_being_recorded)
{
	static const char loaded[] = "MESSAGE_ID=" RECORD_ID_CONFIG_LOADED;
	static const uint8_t nonsense[] = {0, 0, 0, 0, 11};
	struct client c;
	struct house h;
	size_t before;

	begin(&h);
	before = fake_journal_count(&h.journal, loaded);
	for (size_t i = 0; i < 2 * (size_t)NOTES_PER_SEC_MAX; i++) {
		c = dial(&h);
		say(&c, nonsense, sizeof(nonsense));
		ck_assert_uint_eq(answer_type(&h, &c), 0);
		hang_up(&h, &c);
	}
	ck_assert(agent_reload(h.agent));
	settle(&h);
	ck_assert_uint_eq(fake_journal_count(&h.journal, loaded), before + 1);
	end(&h);
}
END_TEST

START_TEST(half_a_frame_and_a_hang_up_are_no_request)
{
	static const uint8_t half[] = {0, 0, 1, 0, MESSAGE_SIGN_REQUEST, 1, 2, 3};
	struct client c;
	struct house h;

	begin(&h);
	for (size_t size = 0; size <= sizeof(half); size++) {
		c = dial(&h);
		say(&c, half, size);
		settle(&h);
		hang_up(&h, &c);
	}
	ck_assert_uint_eq(h.journal.n_records, 0);
	ck_assert_uint_eq(h.agent->n_conns, 0);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(the_extensions_that_are_known_are_told)
{
	struct client c;
	struct house h;
	struct view v;

	begin(&h);
	c = dial(&h);
	ask_extension(&c, "query", (struct view){});
	ck_assert(next_answer(&h, &c, &v));
	ck_assert_uint_eq(v.data[0], MESSAGE_EXTENSION_RESPONSE);
	ck_assert_ptr_nonnull(memmem(v.data, v.size, "sign@signetd.org", 16));
	frames_drop(&c.in);
	check_records(&h, 1, "done");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- ssh -------------------------------------------------------------------------------------- */

START_TEST(ssh_sees_the_keys_and_signs_with_them)
{
	struct client c;
	struct house h;
	struct reader r;
	struct writer w;
	struct view v, data;
	char buf[160];

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_type(&c, MESSAGE_REQUEST_IDENTITIES);
	ck_assert(next_answer(&h, &c, &v));
	reader_init(&r, v.data, v.size);
	ck_assert_uint_eq(reader_u8(&r), MESSAGE_IDENTITIES_ANSWER);
	ck_assert_uint_eq(reader_u32(&r), array_len(keys));
	for (size_t i = 0; i < array_len(keys); i++) {
		unit_check_view(reader_string(&r, 1, SPKI_MAX), fake_blob(&keys[i], buf));
		unit_check_text(reader_text(&r, 1, NAME_MAX_LEN), keys[i].label);
	}
	ck_assert(reader_end(&r));
	frames_drop(&c.in);
	data = sshsig(&w, "git");
	ask_ssh(&c, &keys[0], data, 0);
	writer_done(&w);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_SIGN_RESPONSE);
	check_records(&h, 2, "signed");
	check_record(&h, "SIGNET_PURPOSE", "sshsig:git");
	check_record(&h, "SIGNET_HASH", "sha256");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(an_ssh_signature_with_sha1_is_refused)
{
	struct view data;
	struct client c;
	struct house h;
	struct writer w;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_ssh(&c, &keys[2], unit_view("data"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	check_records(&h, 1, "denied");
	ck_assert_ptr_nonnull(strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "SHA-1"));
	ck_assert_uint_eq(h.token.n_jobs, 0);
	data = sshsig(&w, "git");
	ask_ssh(&c, &keys[2], data, MESSAGE_SSH_RSA_SHA2_512);
	writer_done(&w);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_SIGN_RESPONSE);
	check_record(&h, "SIGNET_HASH", "sha512");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* What is nothing of ssh's could be anything. */
START_TEST(an_ssh_blob_without_form_takes_a_file_that_allows_it)
{
	static const char *const texts[] = {"", "Purposes=ssh-auth\n",
					    "Purposes=ssh-auth ssh-raw\n"};
	char file[256];
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_ssh(&c, &keys[0], unit_view("data"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	check_records(&h, 1, "denied");
	check_record(&h, "SIGNET_PURPOSE", "ssh-raw");
	for (size_t i = 0; i < array_len(texts); i++) {
		(void)snprintf(file, sizeof(file), "[Key]\nURI=pkcs11:token=soft;object=ec\n%s",
			       texts[i]);
		configure(&h, "keys.d/raw.conf", file);
		agent_reload(h.agent);
		ask_ssh(&c, &keys[0], unit_view("data"), 0);
		ck_assert_uint_eq(answer_type(&h, &c),
				  i == 2 ? MESSAGE_SIGN_RESPONSE : MESSAGE_FAILURE);
	}
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- session-bind ----------------------------------------------------------------------------- */

/* Says that the connection serves the ssh session that is all of this byte; the answer's type. */
static unsigned bind_session(struct house *h, struct client *c, uint8_t session, bool is_forwarding)
{
	uint8_t id[32];
	struct writer w;

	memset(id, session, sizeof(id));
	writer_init(&w, FRAME_MAX);
	writer_text(&w, "host key");
	writer_string(&w, id, sizeof(id));
	writer_text(&w, "signature of the host");
	writer_u8(&w, is_forwarding);
	ask_extension(c, "session-bind@openssh.com", writer_view(&w));
	writer_done(&w);
	return answer_type(h, c);
}

/* The same, with a host key of that size, as a host certificate can have. */
static unsigned bind_large(struct house *h, struct client *c, size_t size)
{
	uint8_t id[32] = {1}, *key = calloc(1, size);
	struct writer w;

	writer_init(&w, FRAME_MAX);
	writer_string(&w, key, size);
	writer_string(&w, id, sizeof(id));
	writer_text(&w, "signature of the host");
	writer_u8(&w, 1);
	ask_extension(c, "session-bind@openssh.com", writer_view(&w));
	writer_done(&w);
	free(key);
	return answer_type(h, c);
}

/* Asks for what logs in to that ssh session. */
static unsigned log_in(struct house *h, struct client *c, uint8_t session)
{
	uint8_t id[32];
	struct writer w;

	memset(id, session, sizeof(id));
	writer_init(&w, FRAME_MAX);
	writer_string(&w, id, sizeof(id));
	writer_u8(&w, 50);
	writer_text(&w, "user");
	writer_text(&w, "ssh-connection");
	writer_text(&w, "publickey");
	writer_u8(&w, 1);
	writer_text(&w, "algorithm");
	writer_text(&w, "key");
	ask_ssh(c, &keys[0], writer_view(&w), 0);
	writer_done(&w);
	return answer_type(h, c);
}

START_TEST(a_bound_connection_logs_in_to_its_own_session_alone)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ck_assert_uint_eq(log_in(&h, &c, 1), MESSAGE_SIGN_RESPONSE);
	ck_assert_uint_eq(bind_session(&h, &c, 2, false), MESSAGE_SUCCESS);
	ck_assert_uint_eq(log_in(&h, &c, 1), MESSAGE_FAILURE);
	ck_assert_ptr_nonnull(
		strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "another ssh session"));
	ck_assert_uint_eq(log_in(&h, &c, 2), MESSAGE_SIGN_RESPONSE);
	check_record(&h, "SIGNET_FORWARDED", "");
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(a_connection_that_logs_in_is_not_bound_anew)
{
	struct client c;
	struct house h;

	begin(&h);
	c = dial(&h);
	ck_assert_uint_eq(bind_session(&h, &c, 1, false), MESSAGE_SUCCESS);
	ck_assert_uint_eq(bind_session(&h, &c, 1, false), MESSAGE_SUCCESS);
	ck_assert_uint_eq(bind_session(&h, &c, 2, false), MESSAGE_EXTENSION_FAILURE);
	ck_assert_uint_eq(bind_session(&h, &c, 1, true), MESSAGE_EXTENSION_FAILURE);
	check_records(&h, 4, "denied");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* What follows on it may come from another host: it can say what it likes, the mark stays. */
START_TEST(a_forwarded_connection_stays_one)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_record(&h, "SIGNET_FORWARDED", "");
	ck_assert_uint_eq(bind_session(&h, &c, 1, true), MESSAGE_SUCCESS);
	check_record(&h, "SIGNET_FORWARDED", "true");
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	check_record(&h, "SIGNET_FORWARDED", "true");
	ck_assert_uint_eq(bind_session(&h, &c, 2, false), MESSAGE_SUCCESS);
	ck_assert_uint_eq(log_in(&h, &c, 2), MESSAGE_SIGN_RESPONSE);
	check_record(&h, "SIGNET_FORWARDED", "true");
	hang_up(&h, &c);
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_record(&h, "SIGNET_FORWARDED", "");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* ssh goes on whatever it is answered, and how large a host key is the host decides. */
START_TEST(a_host_cannot_keep_a_connection_from_being_marked_as_forwarded)
{
	static const size_t sizes[] = {CERTIFICATE_MAX + 1, 200000, 0};
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	for (size_t i = 0; i < array_len(sizes); i++) {
		c = dial(&h);
		(void)bind_large(&h, &c, sizes[i]); /* succeed or not */
		ask_sign(&c);
		ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
		check_record(&h, "SIGNET_FORWARDED", "true");
		hang_up(&h, &c);
	}
	end(&h);
}
END_TEST

START_TEST(an_ssh_key_that_nobody_has_is_refused)
{
	static const struct fake_key other = {.label = "other"};
	struct client c;
	struct house h;

	begin(&h);
	c = dial(&h);
	ask_ssh(&c, &other, unit_view("data"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	check_records(&h, 1, "failed");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- purposes --------------------------------------------------------------------------------- */

START_TEST(a_message_that_is_an_ssh_signature_has_that_purpose_however_it_comes)
{
	struct client c;
	struct house h;
	struct writer w;
	struct view git;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	git = sshsig(&w, "git");
	ask_messages(&c, git, (struct view){});
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_record(&h, "SIGNET_PURPOSE", "sshsig:git");
	ask_ssh(&c, &keys[1], git, 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_SIGN_RESPONSE);
	check_record(&h, "SIGNET_PURPOSE", "sshsig:git");
	ask_messages(&c, unit_view("just a message"), (struct view){});
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_record(&h, "SIGNET_PURPOSE", "digest");
	writer_done(&w);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* What pam_signet asks to have signed, for a service. */
static struct view challenge(struct writer *w, const char *service)
{
	const struct challenge c = {
		.service = unit_view(service),
		.user = unit_view("root"),
		.ruser = unit_view("alice"),
		.tty = unit_view("/dev/pts/3"),
		.command = unit_view("reboot"),
		.time_usec = clock_realtime_usec(),
	};

	writer_init(w, CHALLENGE_MAX);
	challenge_write(w, &c);
	ck_assert_int_eq(writer_end(w), 0);
	return writer_view(w);
}

static void allow(struct house *h, const char *key, const char *purposes)
{
	_cleanup_(freep) char *name = text_format("keys.d/%s.conf", key);
	_cleanup_(freep) char *file =
		text_format("[Key]\nURI=pkcs11:token=soft;object=%s\nPurposes=%s\n", key, purposes);

	configure(h, name, file);
	ck_assert(agent_reload(h->agent));
	settle(h);
}

START_TEST(a_challenge_has_the_purpose_of_its_service_however_it_comes)
{
	struct message_sign m = {
		.key = unit_view("ed"),
		.algorithm = ALGORITHM_EDDSA,
		.input = INPUT_MESSAGE,
		.n_items = 1,
		.items = {{.label = unit_view("harmless.txt")}},
	};
	struct client c;
	struct house h;
	struct writer w;

	begin(&h);
	allow(&h, "ed", "pam:sudo");
	h.token.is_signing = true;
	c = dial(&h);
	m.items[0].data = challenge(&w, "sudo");
	ask_for(&c, &m);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_record(&h, "SIGNET_PURPOSE", "pam:sudo");
	check_record(&h, "SIGNET_ITEM", "sudo for root by alice on /dev/pts/3: reboot");
	ask_ssh(&c, &keys[1], writer_view(&w), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_SIGN_RESPONSE);
	check_record(&h, "SIGNET_PURPOSE", "pam:sudo");
	check_record(&h, "SIGNET_ITEM", "sudo for root by alice on /dev/pts/3: reboot");
	writer_done(&w);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_challenge_takes_a_key_that_is_for_its_service)
{
	static const char *const purposes[] = {"digest cms ssh-auth ssh-cert ssh-raw sshsig:*",
					       "pam:su", "pam:sudo-i"};
	struct client c;
	struct house h;
	struct writer w;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	(void)challenge(&w, "sudo");
	ask_messages(&c, writer_view(&w), (struct view){}); /* no file at all */
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	for (size_t i = 0; i < array_len(purposes); i++) {
		allow(&h, "ed", purposes[i]);
		ask_messages(&c, writer_view(&w), (struct view){});
		ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
		check_record(&h, "SIGNET_PURPOSE", "pam:sudo");
		check_record(&h, "SIGNET_ITEM", "sudo for root by alice on /dev/pts/3: reboot");
		ask_ssh(&c, &keys[1], writer_view(&w), 0);
		ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	}
	ck_assert_uint_eq(h.token.n_jobs, 0);
	allow(&h, "ed", "pam:*");
	ask_messages(&c, writer_view(&w), (struct view){});
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	ask_messages(&c, unit_view("just a message"), (struct view){});
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	writer_done(&w);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(what_only_begins_like_a_challenge_is_refused)
{
	struct client c;
	struct house h;
	struct writer w;

	begin(&h);
	allow(&h, "ed", "digest ssh-raw pam:*");
	h.token.is_signing = true;
	c = dial(&h);
	(void)challenge(&w, "sudo");
	writer_u8(&w, '\n');
	ask_messages(&c, writer_view(&w), (struct view){});
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DATA);
	check_records(&h, 1, "failed");
	ask_ssh(&c, &keys[1], writer_view(&w), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	ask_ssh(&c, &keys[1], unit_view("signet pam"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	check_records(&h, 3, "failed");
	ck_assert_uint_eq(h.token.n_jobs, 0);
	writer_done(&w);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* So that who approves agrees to each by itself. */
START_TEST(challenges_are_signed_one_by_one)
{
	struct client c;
	struct house h;
	struct writer w, other;

	begin(&h);
	allow(&h, "ed", "pam:*");
	h.token.is_signing = true;
	c = dial(&h);
	(void)challenge(&w, "sudo");
	ask_messages(&c, writer_view(&w), challenge(&other, "sudo"));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DATA);
	ck_assert_uint_eq(h.token.n_jobs, 0);
	writer_done(&w);
	writer_done(&other);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_batch_for_two_purposes_is_refused)
{
	struct client c;
	struct house h;
	struct writer git, file;
	struct view a, b;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	a = sshsig(&git, "git");
	b = sshsig(&file, "file");
	ask_messages(&c, a, unit_view("just a message"));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DATA);
	ask_messages(&c, a, b);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DATA);
	check_records(&h, 2, "failed");
	ck_assert_uint_eq(h.token.n_jobs, 0);
	writer_done(&git);
	writer_done(&file);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_key_for_one_purpose_does_not_sign_for_another)
{
	struct client c;
	struct house h;
	struct writer w;
	struct view git;

	begin(&h);
	configure(&h, "keys.d/ed.conf",
		  "[Key]\nURI=pkcs11:token=soft;object=ed\nPurposes=digest\n");
	agent_reload(h.agent);
	h.token.is_signing = true;
	c = dial(&h);
	git = sshsig(&w, "git");
	ask_messages(&c, git, (struct view){});
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	ask_ssh(&c, &keys[1], git, 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	ask_ssh(&c, &keys[1], unit_view("data"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	check_records(&h, 3, "denied");
	check_record(&h, "SIGNET_AUTHORITY", "key-file");
	ck_assert_uint_eq(h.token.n_jobs, 0);
	ask_messages(&c, unit_view("just a message"), (struct view){});
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	writer_done(&w);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* The name may be that of another key by now. */
START_TEST(a_key_that_is_not_the_one_that_is_meant_does_not_sign)
{
	uint8_t right[KEY_ID_SIZE], wrong[KEY_ID_SIZE] = {};
	const uint8_t *ids[] = {right, wrong};
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	memcpy(right, keys_by_name(h.agent->keys, "ec")->info.id, sizeof(right));
	for (size_t i = 0; i < array_len(ids); i++) {
		ask_digests_of(&c, "ec", 1, (struct view){ids[i], KEY_ID_SIZE});
		ck_assert_uint_eq(answer_status(&h, &c, NULL),
				  i == 0 ? STATUS_OK : STATUS_UNAVAILABLE);
	}
	ck_assert_ptr_nonnull(
		strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "another one now"));
	ck_assert_uint_eq(h.token.n_jobs, 2);
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(an_algorithm_that_the_key_does_not_have_is_refused)
{
	struct message_sign m = {
		.key = unit_view("ec"),
		.algorithm = ALGORITHM_RSA_PKCS1,
		.hash = HASH_SHA256,
		.input = INPUT_MESSAGE,
		.n_items = 1,
	};
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_for(&c, &m);
	ck_assert_uint_ne(answer_status(&h, &c, NULL), STATUS_OK);
	ck_assert_str_ne(fake_journal_last(&h.journal, "SIGNET_OUTCOME"), "signed");
	ck_assert_uint_eq(h.token.n_jobs, 0);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- configuration ---------------------------------------------------------------------------- */

START_TEST(a_broken_configuration_leaves_the_old_one_in_force)
{
	struct client c;
	struct house h;

	begin(&h);
	configure(&h, "keys.d/ec.conf",
		  "[Key]\nURI=pkcs11:token=soft;object=ec\nState=suspended\n");
	agent_reload(h.agent);
	configure(&h, "keys.d/ec.conf", "[Key]\nURI=pkcs11:token=soft;object=ec\nNonsense=1\n");
	agent_reload(h.agent);
	h.token.is_signing = true;
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	check_records(&h, 1, "denied");
	ck_assert_uint_eq(fake_journal_count(&h.journal, "SIGNET_CONFIG_LINE=3"), 1);
	configure(&h, "keys.d/ec.conf", "[Key]\nURI=pkcs11:token=soft;object=ec\n");
	agent_reload(h.agent);
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(every_record_names_the_configuration_by_which_it_was_decided)
{
	struct client c;
	struct house h;
	char before[65];

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_type(&c, 99); /* nothing was decided */
	(void)answer_type(&h, &c);
	check_record(&h, "SIGNET_POLICY", h.agent->rules->hash);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_record(&h, "SIGNET_POLICY", h.agent->rules->hash);
	memcpy(before, h.agent->rules->hash, sizeof(before));
	configure(&h, "keys.d/ec.conf", "[Key]\nURI=pkcs11:token=soft;object=ec\n");
	agent_reload(h.agent);
	ck_assert_str_ne(h.agent->rules->hash, before);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_record(&h, "SIGNET_POLICY", h.agent->rules->hash);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* By what it was allowed, whatever is in force when it comes to be written down. */
START_TEST(a_record_that_is_late_names_the_configuration_by_which_it_was_decided)
{
	struct client c;
	struct house h;
	char before[65];

	begin(&h);
	memcpy(before, h.agent->rules->hash, sizeof(before));
	c = dial_and_sign(&h);
	configure(&h, "keys.d/ec.conf", "[Key]\nURI=pkcs11:token=soft;object=ec\n");
	agent_reload(h.agent);
	hang_up(&h, &c);
	check_records(&h, 1, "unknown");
	check_record(&h, "SIGNET_POLICY", before);
	end(&h);
}
END_TEST

static void ask_reload(struct client *c)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	message_write_reload(&w, 0);
	say_written(c, &w);
}

START_TEST(who_asks_for_a_reload_is_told_what_is_wrong_and_where)
{
	struct message_answer m;
	struct client c;
	struct house h;
	struct view v;

	begin(&h);
	c = dial(&h);
	configure(&h, "keys.d/ec.conf", "[Key]\nURI=pkcs11:token=soft;object=ec\nNonsense=1\n");
	ask_reload(&c);
	ck_assert(next_answer(&h, &c, &v));
	ck_assert(message_read_answer(v, &m));
	ck_assert_uint_eq(m.status, STATUS_CONFIG);
	ck_assert_ptr_nonnull(memmem(m.sentence.data, m.sentence.size, "keys.d/ec.conf:3: ", 18));
	ck_assert_ptr_nonnull(memmem(m.sentence.data, m.sentence.size, "'Nonsense'", 10));
	frames_drop(&c.in);
	check_records(&h, 1, "failed");
	check_record(&h, "SIGNET_OPERATION", "reload");

	configure(&h, "keys.d/ec.conf", "[Key]\nURI=pkcs11:token=soft;object=ec\n");
	ask_reload(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_records(&h, 2, "done");
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

/* --- explain ---------------------------------------------------------------------------------- */

static void ask_explain(struct client *c, const char *key, uid_t uid)
{
	const struct message_explain m = {
		.key = unit_view(key),
		.flags = uid == (uid_t)-1 ? 0 : MESSAGE_OTHER,
		.uid = uid,
		.gid = uid,
	};
	struct writer w;

	writer_init(&w, FRAME_MAX);
	message_write_explain(&w, &m);
	say_written(c, &w);
}

/* The explanation's verdict, and its last step. */
static enum explain_verdict explained(struct house *h, struct client *c, struct message_step *last)
{
	struct message_explanation m;
	struct reader r;
	uint32_t n;

	ck_assert_uint_eq(answer_status(h, c, &r), STATUS_OK);
	message_read_explanation(&r, &m);
	n = reader_u32(&r);
	for (uint32_t i = 0; i < n; i++)
		message_read_step(&r, last);
	ck_assert(reader_end(&r));
	return m.verdict;
}

START_TEST(an_explanation_signs_nothing_and_is_recorded)
{
	struct message_step last;
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_signing = true;
	c = dial(&h);
	ask_explain(&c, "ec", (uid_t)-1);
	ck_assert_uint_eq(explained(&h, &c, &last), EXPLAIN_ALLOWED);
	unit_check_text(last.name, "same-user");
	unit_check_text(last.result, "allowed");
	ck_assert_uint_eq(h.token.n_jobs, 0);
	check_records(&h, 1, "done");
	check_record(&h, "SIGNET_OPERATION", "explain");
	check_record(&h, "SIGNET_KEY", "ec");
	check_record(&h, "SIGNET_PURPOSE", "digest");
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(an_explanation_names_the_drop_in_and_the_line_that_decide)
{
	static const char file[] = "keys.d/ec.conf.d/90-stop.conf";
	struct message_step last;
	struct client c;
	struct house h;

	begin(&h);
	configure(&h, "keys.d/ec.conf", "[Key]\nURI=pkcs11:token=soft;object=ec\nState=active\n");
	make_dir(h.config, "keys.d/ec.conf.d");
	configure(&h, file, "# stop\n[Key]\n\nState=suspended\n");
	agent_reload(h.agent);
	c = dial(&h);
	ask_explain(&c, "ec", (uid_t)-1);
	ck_assert_uint_eq(explained(&h, &c, &last), EXPLAIN_REFUSED);
	unit_check_text(last.name, "State");
	unit_check_text(last.result, "refused");
	ck_assert_uint_eq(last.line, 4);
	ck_assert_ptr_nonnull(memmem(last.source.data, last.source.size, file, strlen(file)));
	check_records(&h, 1, "done");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(an_explanation_about_another_caller_is_about_that_one)
{
	struct message_step last;
	struct client c;
	struct house h;

	begin(&h);
	c = dial(&h);
	ask_explain(&c, "ec", 4711);
	ck_assert_uint_eq(explained(&h, &c, &last), EXPLAIN_REFUSED);
	unit_check_text(last.name, "same-user");
	check_records(&h, 1, "done");
	check_record(&h, "SIGNET_AUTHORITY", "same-user"); /* who may manage may ask that */
	ask_explain(&c, "no-such-key", 4711);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_UNAVAILABLE);
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(a_configuration_that_is_broken_at_the_start_is_refused)
{
	struct agent_paths paths;
	struct agent *agent = NULL;
	struct house h;

	make_dirs(&h);
	paths = (struct agent_paths){.config = h.config, .runtime = h.dir};
	configure(&h, "signet.conf", "[Agent]\nAuthorization=everybody\n");
	ck_assert_int_eq(agent_new(&paths, &agent), -EINVAL);
	ck_assert_ptr_null(agent);
	ck_assert_int_eq(nftw(h.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
END_TEST

START_TEST(a_token_taken_out_of_the_configuration_ends_its_requests)
{
	_cleanup_(freep) char *path = NULL;
	struct client c;
	struct house h;

	begin(&h);
	c = dial_and_sign(&h);
	path = text_format("%s/tokens.d/hsm.conf", h.config);
	ck_assert_int_eq(unlink(path), 0);
	agent_reload(h.agent);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_AGAIN);
	check_records(&h, 1, "unknown");
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_UNAVAILABLE);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_key_that_is_suspended_while_its_token_is_looked_for_does_not_sign)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.is_silent = true;
	c = dial(&h);
	ask_sign(&c);
	settle(&h);
	configure(&h, "keys.d/ec.conf",
		  "[Key]\nURI=pkcs11:token=soft;object=ec\nState=suspended\n");
	agent_reload(h.agent);
	ck_assert(fake_token_greet(&h.token));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	ck_assert_uint_eq(h.token.n_jobs, 0);
	check_records(&h, 1, "denied");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(what_was_signed_while_its_key_was_suspended_is_not_released)
{
	struct client c;
	struct house h;

	begin(&h);
	c = dial_and_sign(&h);
	configure(&h, "keys.d/ec.conf",
		  "[Key]\nURI=pkcs11:token=soft;object=ec\nState=suspended\n");
	agent_reload(h.agent);
	ck_assert(fake_token_sign(&h.token, &h.token.jobs[0]));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	check_records(&h, 1, "denied");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- how often -------------------------------------------------------------------------------- */

/* A key 'ec' with a file that limits it. */
static void begin_limited(struct house *h, const char *limit)
{
	_cleanup_(freep) char *text =
		text_format("[Key]\nURI=pkcs11:token=soft;object=ec\n%s\n", limit);

	begin(h);
	configure(h, "keys.d/ec.conf", text);
	agent_reload(h->agent);
	h->token.is_signing = true;
}

static void check_next(struct house *h, struct client *c, uint32_t n, unsigned status)
{
	ask_digests(c, "ec", n);
	ck_assert_uint_eq(answer_status(h, c, NULL), status);
	settle(h);
	check_record(h, "SIGNET_OUTCOME", status == STATUS_OK ? "signed" : "denied");
	if (status != STATUS_OK)
		check_record(h, "SIGNET_AUTHORITY", "key-file");
}

START_TEST(a_key_makes_as_many_signatures_as_its_file_says_and_not_one_more)
{
	struct client c;
	struct house h;

	begin_limited(&h, "MaximumSignatures=3");
	c = dial(&h);
	check_next(&h, &c, 4, STATUS_DENIED);
	check_next(&h, &c, 2, STATUS_OK);
	check_next(&h, &c, 2, STATUS_DENIED);
	check_next(&h, &c, 1, STATUS_OK);
	check_next(&h, &c, 1, STATUS_DENIED);
	ck_assert_ptr_nonnull(
		strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "MaximumSignatures="));
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_key_signs_no_faster_than_its_file_says)
{
	struct client c;
	struct house h;

	begin_limited(&h, "RateLimit=2/1d");
	c = dial(&h);
	check_next(&h, &c, 2, STATUS_OK);
	check_next(&h, &c, 1, STATUS_DENIED);
	ck_assert_ptr_nonnull(
		strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "try again later"));
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* Both are decided on before either has signed. */
START_TEST(two_requests_at_once_do_not_share_the_last_signature)
{
	struct client a, b;
	struct house h;
	unsigned first, second;

	begin_limited(&h, "MaximumSignatures=1");
	a = dial(&h);
	b = dial(&h);
	ask_sign(&a);
	ask_sign(&b);
	first = answer_status(&h, &a, NULL);
	second = answer_status(&h, &b, NULL);
	ck_assert_uint_eq(first + second, STATUS_DENIED); /* the other is 0 */
	ck_assert_uint_eq(h.token.n_jobs, 1);
	hang_up(&h, &a);
	hang_up(&h, &b);
	end(&h);
}
END_TEST

START_TEST(what_the_token_certainly_did_not_sign_does_not_count)
{
	struct client c;
	struct house h;

	begin_limited(&h, "MaximumSignatures=1");
	h.token.is_signing = false;
	c = dial_and_sign(&h);
	ck_assert(fake_token_answer(&h.token, JOB_SIGN, h.token.jobs[0].id, JOB_RESULT_FAILED, 0));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_IO);
	h.token.is_signing = true;
	check_next(&h, &c, 1, STATUS_OK);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(what_the_token_may_have_signed_counts)
{
	struct client c;
	struct house h;

	begin_limited(&h, "MaximumSignatures=1");
	h.token.is_signing = false;
	c = dial_and_sign(&h);
	fake_token_die(&h.token);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_AGAIN);
	h.token.is_signing = true;
	check_next(&h, &c, 1, STATUS_DENIED);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(what_was_signed_for_one_who_hung_up_counts)
{
	struct client c;
	struct house h;

	begin_limited(&h, "MaximumSignatures=1");
	h.token.is_signing = false;
	c = dial_and_sign(&h);
	hang_up(&h, &c);
	check_records(&h, 1, "unknown");
	h.token.is_signing = true;
	c = dial(&h);
	check_next(&h, &c, 1, STATUS_DENIED);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* The disk takes its time: what is written goes into a pipe that nobody reads yet. */
static void hold_counts(struct house *h, char **ret_pipe)
{
	_cleanup_(freep) char *agent = text_format("%s/agent", h->dir);
	_cleanup_(freep) char *uses = text_format("%s/agent/uses", h->dir);

	*ret_pipe = text_format("%s/agent/uses/new", h->dir);
	ck_assert(mkdir(agent, 0700) == 0 || errno == EEXIST);
	ck_assert(mkdir(uses, 0700) == 0 || errno == EEXIST);
	ck_assert_int_eq(mkfifo(*ret_pipe, 0600), 0);
}

START_TEST(who_hangs_up_while_it_is_counted_uses_nothing_up)
{
	_cleanup_(freep) char *pipe = NULL;
	struct client c;
	struct house h;
	unsigned status;
	int fd;

	begin_limited(&h, "MaximumSignatures=1");
	hold_counts(&h, &pipe);
	c = dial(&h);
	ask_sign(&c);
	while (h.agent->n_requests == 0 || request_of(&h)->state != REQUEST_COUNT)
		turn(&h);
	hang_up(&h, &c);
	check_records(&h, 1, "cancelled");
	ck_assert_uint_eq(h.token.n_jobs, 0);
	fd = open(pipe, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	c = dial(&h);
	do { /* a pipe cannot be synced, which may be known only now */
		ask_sign(&c);
		status = answer_status(&h, &c, NULL);
	} while (status != STATUS_OK &&
		 strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "cannot be written down"));
	ck_assert_uint_eq(status, STATUS_OK);
	(void)close(fd);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_key_that_is_suspended_while_it_is_counted_does_not_sign)
{
	struct client c;
	struct house h;

	begin_limited(&h, "MaximumSignatures=9");
	c = dial(&h);
	ask_sign(&c);
	while (h.agent->n_requests == 0 || request_of(&h)->state != REQUEST_COUNT)
		turn(&h);
	configure(&h, "keys.d/ec.conf",
		  "[Key]\nURI=pkcs11:token=soft;object=ec\nState=suspended\n");
	agent_reload(h.agent);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	ck_assert_uint_eq(h.token.n_jobs, 0);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_count_that_cannot_be_written_costs_the_signature_of_a_key_with_a_limit_alone)
{
	_cleanup_(freep) char *path = NULL;
	struct client c;
	struct house h;

	begin_limited(&h, "MaximumSignatures=9");
	c = dial(&h);
	check_next(&h, &c, 1, STATUS_OK); /* now the directory is there */
	path = text_format("%s/agent/uses/new", h.dir);
	ck_assert_int_eq(mkdir(path, 0700), 0); /* nothing can be written under this name */
	check_next(&h, &c, 1, STATUS_DENIED);
	ck_assert_ptr_nonnull(
		strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "cannot be written down"));
	ck_assert_int_eq(rmdir(path), 0);
	check_next(&h, &c, 8, STATUS_OK); /* what was refused did not count */
	check_next(&h, &c, 1, STATUS_DENIED);
	configure(&h, "keys.d/ec.conf", "[Key]\nURI=pkcs11:token=soft;object=ec\n");
	agent_reload(h.agent);
	check_next(&h, &c, 1, STATUS_OK);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- keys that come after others ---------------------------------------------------------------- */

static const struct fake_key old_and_new[] = {
	{.label = "old", .type = KEY_TYPE_P256, .bits = 256},
	{.label = "new", .type = KEY_TYPE_P256, .bits = 256},
};

static void configure_old(struct house *h, const char *more)
{
	_cleanup_(freep) char *text =
		text_format("[Key]\nURI=pkcs11:token=soft;object=old\nSuccessor=new\n%s\n", more);

	configure(h, "keys.d/old.conf", text);
	agent_reload(h->agent);
}

static void begin_with_successor(struct house *h, const char *more)
{
	begin(h);
	h->token.keys = old_and_new;
	h->token.n_keys = array_len(old_and_new);
	h->token.is_signing = true;
	configure(h, "keys.d/new.conf",
		  "[Key]\nURI=pkcs11:token=soft;object=new\nMaximumSignatures=2\n");
	configure_old(h, more);
}

static void check_signed_by(struct house *h, struct client *c, const char *asked, const char *key)
{
	ask_digests(c, asked, 1);
	ck_assert_uint_eq(answer_status(h, c, NULL), STATUS_OK);
	check_record(h, "SIGNET_KEY", key);
	check_record(h, "SIGNET_KEY_ASKED", strcmp(asked, key) == 0 ? "" : asked);
}

START_TEST(while_both_can_sign_each_name_means_its_own_key)
{
	struct client c;
	struct house h;

	begin_with_successor(&h, "SuccessorFrom=2100-01-01");
	c = dial(&h);
	check_signed_by(&h, &c, "old", "old");
	check_signed_by(&h, &c, "new", "new");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(the_name_of_a_key_that_is_over_means_its_successor_with_the_limits_of_that)
{
	static const char *const ends[] = {"State=retired", "NotAfter=2020-01-01",
					   "SuccessorFrom=2020-01-01"};
	struct client c;
	struct house h;

	begin_with_successor(&h, "");
	c = dial(&h);
	for (size_t i = 0; i < 2; i++) {
		configure_old(&h, ends[i]);
		check_signed_by(&h, &c, "old", "new");
	}
	configure_old(&h, ends[2]);
	ask_digests(&c, "old", 1);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	check_record(&h, "SIGNET_KEY", "new");
	check_record(&h, "SIGNET_KEY_ASKED", "old");
	ck_assert_ptr_nonnull(
		strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "MaximumSignatures="));
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(who_means_the_old_key_itself_does_not_get_a_signature_of_the_new_one)
{
	char buf[160];
	uint8_t id[32];
	struct view spki = fake_spki(&old_and_new[0], buf);
	struct client c;
	struct house h;

	(void)crypto_hash_sha256(id, spki.data, spki.size);
	begin_with_successor(&h, "State=retired");
	c = dial(&h);
	ask_digests_of(&c, "old", 1, (struct view){id, sizeof(id)});
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_UNAVAILABLE);
	ck_assert_uint_eq(h.token.n_jobs, 0);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(to_ssh_a_public_key_means_itself_and_no_successor)
{
	struct client c;
	struct house h;

	begin_with_successor(&h, "State=retired\nPurposes=ssh-raw");
	c = dial(&h);
	ask_ssh(&c, &old_and_new[0], unit_view("x"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	check_record(&h, "SIGNET_KEY", "old");
	check_record(&h, "SIGNET_OUTCOME", "denied");
	ck_assert_uint_eq(h.token.n_jobs, 0);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_successor_that_is_not_there_is_named)
{
	struct client c;
	struct house h;

	begin_with_successor(&h, "State=retired");
	h.token.n_keys = 1;
	c = dial(&h);
	ask_digests(&c, "old", 1);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_UNAVAILABLE);
	ck_assert_ptr_nonnull(
		strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "the successor of 'old'"));
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* Names and public keys of a list of 'name', or of all names. */
static void check_asked_list(struct house *h, const char *name, uint8_t flags, const char *purpose,
			     const char *expected)
{
	struct client c = dial(h);
	char got[1024] = "";
	struct writer w;
	struct reader r;

	writer_init(&w, FRAME_MAX + 4);
	message_write_list(&w, 0, name, flags, purpose);
	say_written(&c, &w);
	ck_assert_uint_eq(answer_status(h, &c, &r), STATUS_OK);
	ck_assert_uint_eq(reader_u32(&r), 0);
	for (uint32_t n = reader_u32(&r); n > 0; n--) {
		struct message_key m;

		message_read_key(&r, &m);
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s=%.*s;",
			       (int)m.name.size, (const char *)m.name.data, (int)m.spki.size,
			       (const char *)m.spki.data);
	}
	ck_assert(reader_end(&r));
	ck_assert_str_eq(got, expected);
	hang_up(h, &c);
}

static void check_flagged_list(struct house *h, const char *name, uint8_t flags,
			       const char *expected)
{
	check_asked_list(h, name, flags, NULL, expected);
}

static void check_list(struct house *h, const char *name, const char *expected)
{
	check_flagged_list(h, name, 0, expected);
}

START_TEST(a_list_of_all_keys_shows_those_that_nobody_may_use_and_each_name_with_its_own)
{
	struct house h;

	begin_with_successor(&h, "State=retired");
	configure(&h, "keys.d/new.conf",
		  "[Key]\nURI=pkcs11:token=soft;object=new\nState=suspended\n");
	agent_reload(h.agent);
	check_list(&h, NULL, "");
	check_flagged_list(&h, NULL, MESSAGE_ALL, "new=public key of new;old=public key of old;");
	check_flagged_list(&h, "old", MESSAGE_ALL, "old=public key of old;");
	check_flagged_list(&h, "other", MESSAGE_ALL, "");
	end(&h);
}
END_TEST

START_TEST(a_list_for_a_purpose_shows_the_keys_that_are_for_it)
{
	static const char ec[] = "ec=public key of ec;", rsa[] = "rsa=public key of rsa;";
	struct house h;

	begin(&h);
	allow(&h, "ec", "pam:sudo sshsig:*");
	allow(&h, "rsa", "pam:*");
	check_asked_list(&h, NULL, 0, "pam:sudo", "ec=public key of ec;rsa=public key of rsa;");
	check_asked_list(&h, NULL, 0, "pam:login", rsa);
	check_asked_list(&h, "ec", 0, "pam:login", "");
	check_asked_list(&h, NULL, 0, "sshsig:nobody-thinks-of-it",
			 "ec=public key of ec;ed=public key of ed;");
	check_asked_list(&h, NULL, 0, "digest", "ed=public key of ed;");
	check_asked_list(&h, "ec", 0, "sshsig:git", ec);
	check_asked_list(&h, NULL, 0, "ssh-raw", "");
	end(&h);
}
END_TEST

START_TEST(a_list_for_what_is_no_single_purpose_is_refused)
{
	static const char *const purposes[] = {"pam:*", "sshsig:*", "pam:", "pam:Sudo",
					       "everything"};
	struct house h;
	struct writer w;

	begin(&h);
	for (size_t i = 0; i < array_len(purposes); i++) {
		struct client c = dial(&h);

		writer_init(&w, FRAME_MAX + 4);
		message_write_list(&w, 0, NULL, 0, purposes[i]);
		say_written(&c, &w);
		ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_USAGE);
		check_record(&h, "SIGNET_OUTCOME", "failed");
		hang_up(&h, &c);
	}
	end(&h);
}
END_TEST

/* The only key of the list. */
static void list_one(struct house *h, struct client *c, const char *name, struct message_key *ret)
{
	struct writer w;
	struct reader r;

	writer_init(&w, FRAME_MAX + 4);
	message_write_list(&w, 0, name, MESSAGE_ALL, NULL);
	say_written(c, &w);
	ck_assert_uint_eq(answer_status(h, c, &r), STATUS_OK);
	ck_assert_uint_eq(reader_u32(&r), 0);
	ck_assert_uint_eq(reader_u32(&r), 1);
	message_read_key(&r, ret);
	ck_assert(reader_end(&r));
}

START_TEST(a_list_tells_what_the_file_says_and_how_often_the_key_has_signed)
{
	_cleanup_(freep) char *path = NULL;
	struct message_key m;
	struct client c;
	struct house h;

	begin_with_successor(&h, "NotBefore=2020-01-01\nNotAfter=2100-01-01");
	path = text_format("%s/keys.d/old.conf", h.config);
	c = dial(&h);
	list_one(&h, &c, "old", &m);
	ck_assert_uint_eq(m.uses, 0);
	ck_assert_uint_eq(m.last_use, 0);
	ask_digests(&c, "old", 3);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	list_one(&h, &c, "old", &m);
	ck_assert_uint_eq(m.uses, 3);
	ck_assert_uint_gt(m.last_use, m.not_before);
	ck_assert_int_eq(m.key_state, KEY_STATE_ACTIVE);
	ck_assert_uint_eq(m.not_before, UINT64_C(1577836800000000));
	ck_assert_uint_eq(m.not_after, UINT64_C(4102444800000000));
	unit_check_text(m.successor, "new");
	unit_check_text(m.file, path);
	configure_old(&h, "State=retired");
	list_one(&h, &c, "old", &m);
	ck_assert_int_eq(m.key_state, KEY_STATE_RETIRED);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_list_shows_what_a_name_would_sign_with)
{
	struct house h;

	begin_with_successor(&h, "");
	check_list(&h, NULL, "new=public key of new;old=public key of old;");
	check_list(&h, "old", "old=public key of old;");
	configure_old(&h, "State=retired");
	check_list(&h, NULL, "new=public key of new;old=public key of new;");
	check_list(&h, "old", "old=public key of new;");
	check_list(&h, "other", "");
	configure(&h, "keys.d/new.conf",
		  "[Key]\nURI=pkcs11:token=soft;object=new\nState=suspended\n");
	agent_reload(h.agent);
	check_list(&h, NULL, "");
	check_list(&h, "old", "");
	end(&h);
}
END_TEST

/* --- tokens ----------------------------------------------------------------------------------- */

START_TEST(a_token_process_that_dies_while_signing_costs_that_request_alone)
{
	struct client c;
	struct house h;

	begin(&h);
	c = dial_and_sign(&h);
	fake_token_die(&h.token);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_AGAIN);
	check_records(&h, 1, "unknown");
	ck_assert_uint_eq(fake_journal_count(&h.journal, "MESSAGE_ID=" RECORD_ID_TOKEN_LOST), 1);
	h.token.is_signing = true;
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	ck_assert_uint_eq(h.token.n_connections, 2);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* Of the records of these kinds there are so many. */
static void check_pin_records(struct house *h, size_t n_refused, size_t n_blocked)
{
	ck_assert_uint_eq(fake_journal_count(&h->journal, "MESSAGE_ID=" RECORD_ID_PIN_REFUSED),
			  n_refused);
	ck_assert_uint_eq(fake_journal_count(&h->journal, "MESSAGE_ID=" RECORD_ID_TOKEN_BLOCKED),
			  n_blocked);
}

START_TEST(a_token_that_is_blocked_by_a_try_is_told_from_one_that_was_blocked_before)
{
	struct house h;

	begin(&h);
	check_well(&h);
	h.token.state = TOKEN_STATE_BLOCKED;
	ck_assert(fake_token_greet(&h.token));
	settle(&h);
	check_pin_records(&h, 0, 1);
	h.token.state = TOKEN_STATE_READY;
	ck_assert(fake_token_greet(&h.token));
	settle(&h);
	h.token.state = TOKEN_STATE_BLOCKED;
	h.token.ckr = 0xa4;
	ck_assert(fake_token_greet(&h.token));
	settle(&h);
	check_pin_records(&h, 1, 1);
	ck_assert(fake_token_greet(&h.token));
	settle(&h);
	check_pin_records(&h, 1, 1);
	end(&h);
}
END_TEST

START_TEST(a_token_that_hangs_is_given_up)
{
	struct client c;
	struct house h;

	begin_with(&h, "TokenTimeoutSec=50ms\n");
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_AGAIN);
	check_records(&h, 1, "unknown");
	ck_assert_uint_eq(h.token.n_ends, 1);
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

START_TEST(a_token_without_a_process_is_unavailable_and_says_how_to_mend_it)
{
	struct client c;
	struct house h;

	begin(&h);
	fake_token_done(&h.token);
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_UNAVAILABLE);
	check_records(&h, 1, "failed");
	ck_assert_ptr_nonnull(strstr(fake_journal_last(&h.journal, "SIGNET_REASON"), "systemctl"));
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_signature_of_the_wrong_length_is_not_released)
{
	struct client c;
	struct house h;

	begin(&h);
	c = dial_and_sign(&h);
	ck_assert(fake_token_answer(&h.token, JOB_SIGN, h.token.jobs[0].id, JOB_RESULT_OK, 63));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_AGAIN);
	check_records(&h, 1, "unknown");
	hang_up(&h, &c);
	check_well(&h);
	end(&h);
}
END_TEST

/* An unlock with a memfd of a PIN, sealed or not. */
static void ask_unlock(struct client *c, bool is_sealed, uint8_t flags)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct msghdr msg = {.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
	_cleanup_(fd_closep) int fd = memfd_create("pin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct iovec iov;
	struct writer w;

	ck_assert_int_eq(write(fd, "1234", 4), 4);
	if (is_sealed)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK),
				 0);
	writer_init(&w, FRAME_MAX);
	message_write_token(&w, "unlock", "hsm", flags);
	iov = (struct iovec){w.data, w.size};
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	ck_assert_int_eq(sendmsg(c->fd, &msg, MSG_NOSIGNAL), (ssize_t)w.size);
	writer_done(&w);
}

START_TEST(a_sealed_pin_reaches_the_token_unread)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.state = TOKEN_STATE_LOCKED;
	c = dial(&h);
	ask_unlock(&c, true, 0);
	while (h.token.n_jobs < 1)
		turn(&h);
	ck_assert_uint_eq(h.token.n_fds, 1);
	ck_assert(!h.token.jobs[0].is_stored);
	ck_assert_int_eq(lseek(h.token.pin_fd, 0, SEEK_CUR), 4); /* as it was written */
	ck_assert(fake_token_answer(&h.token, JOB_UNLOCK, h.token.jobs[0].id, JOB_RESULT_OK, 0));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_records(&h, 1, "done");
	check_record(&h, "SIGNET_TOKEN", "hsm");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(the_token_is_told_that_a_pin_was_stored)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.state = TOKEN_STATE_LOCKED;
	c = dial(&h);
	ask_unlock(&c, true, MESSAGE_STORED_PIN);
	while (h.token.n_jobs < 1)
		turn(&h);
	ck_assert(h.token.jobs[0].is_stored);
	ck_assert(fake_token_answer(&h.token, JOB_UNLOCK, h.token.jobs[0].id, JOB_RESULT_OK, 0));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_pin_that_others_can_still_change_is_refused)
{
	struct client c;
	struct house h;

	begin(&h);
	c = dial(&h);
	ask_unlock(&c, false, 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_EXTENSION_FAILURE);
	check_records(&h, 1, "failed");
	ck_assert_uint_eq(h.token.n_jobs, 0);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(a_wrong_pin_is_told_and_recorded)
{
	struct client c;
	struct house h;

	begin(&h);
	h.token.state = TOKEN_STATE_LOCKED;
	c = dial(&h);
	ask_unlock(&c, true, 0);
	while (h.token.n_jobs < 1)
		turn(&h);
	ck_assert(fake_token_answer(&h.token, JOB_UNLOCK, h.token.jobs[0].id,
				    JOB_RESULT_PIN_REFUSED, 0));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	check_records(&h, 1, "failed");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* --- limits ----------------------------------------------------------------------------------- */

START_TEST(one_user_has_only_so_many_requests_under_way)
{
	static struct client clients[UID_PARKED_MAX + 1];
	struct house h;

	begin(&h);
	h.token.is_silent = true;
	for (size_t i = 0; i < UID_PARKED_MAX; i++) {
		clients[i] = dial(&h);
		ask_sign(&clients[i]);
	}
	settle(&h);
	ck_assert_uint_eq(h.agent->n_requests, UID_PARKED_MAX);
	ck_assert_uint_eq(h.journal.n_records, 0);
	clients[UID_PARKED_MAX] = dial(&h);
	ask_sign(&clients[UID_PARKED_MAX]);
	ck_assert_uint_eq(answer_type(&h, &clients[UID_PARKED_MAX]), 0);
	settle(&h);
	ck_assert_uint_eq(fake_journal_count(&h.journal, "SIGNET_OUTCOME=denied"), 1);
	for (size_t i = 0; i < array_len(clients); i++)
		hang_up(&h, &clients[i]);
	check_records(&h, UID_PARKED_MAX, "cancelled");
	ck_assert(fake_token_greet(&h.token));
	check_well(&h);
	end(&h);
}
END_TEST

/* --- the approval of others ----------------------------------------------------------------------- */

/* erin, who approves by a key of hers. */
struct erin {
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

static void put_text(struct writer *w, const char *text)
{
	writer_string(w, text, strlen(text));
}

static struct writer blob_of(const struct erin *e)
{
	struct writer w;

	writer_init(&w, 256);
	put_text(&w, "ssh-ed25519");
	writer_string(&w, e->public, sizeof(e->public));
	return w;
}

/* The key 'ec' takes the approval of erin. */
static void begin_quorum(struct house *h, struct erin *e, const char *more)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(freep) char *file = NULL;
	_cleanup_(freep) char *line = NULL;
	char base64[256];
	struct writer blob;

	begin(h);
	(void)crypto_sign_keypair(e->public, e->secret);
	blob = blob_of(e);
	(void)sodium_bin2base64(base64, sizeof(base64), blob.data, blob.size,
				sodium_base64_VARIANT_ORIGINAL);
	writer_done(&blob);
	line = text_format("erin ssh-ed25519 %s\n", base64);
	configure(h, "approvers", line);
	path = text_format("%s/approvers", h->config);
	file = text_format("[Key]\nURI=pkcs11:token=soft;object=ec\nQuorum=1\nApproverKeys=%s\n%s",
			   path, more);
	configure(h, "keys.d/ec.conf", file);
	ck_assert(agent_reload(h->agent));
	settle(h);
}

/* The status of the next answer; the id and what is behind it, copied. */
static unsigned waits(struct house *h, struct client *c, char id[17], struct message_advance *ret)
{
	struct message_answer m;
	struct view v;

	ck_assert(next_answer(h, c, &v));
	ck_assert(message_read_answer(v, &m));
	(void)snprintf(id, 17, "%.*s", (int)m.request.size, (const char *)m.request.data);
	if (m.status == STATUS_AGAIN)
		message_read_advance(&m.result, ret);
	ck_assert(m.status == STATUS_OK || reader_end(&m.result));
	frames_drop(&c->in);
	settle(h);
	return m.status;
}

static void ask_request(struct client *c, enum message_request kind, const char *id)
{
	const struct message_request_ask m = {.id = view_of(id), .verdict = MESSAGE_APPROVE};
	struct writer w;

	writer_init(&w, FRAME_MAX + 4);
	message_write_request(&w, kind, &m);
	say_written(c, &w);
}

/* An SSHSIG over the text, as erin makes it elsewhere. */
static struct writer signed_by(const struct erin *e, struct view text)
{
	uint8_t hash[crypto_hash_sha512_BYTES], raw[crypto_sign_BYTES];
	struct writer data, inner, blob = blob_of(e), sig;

	(void)crypto_hash_sha512(hash, text.data, text.size);
	writer_init(&data, 512);
	writer_bytes(&data, "SSHSIG", 6);
	put_text(&data, "approve@signetd.org");
	put_text(&data, "");
	put_text(&data, "sha512");
	writer_string(&data, hash, sizeof(hash));
	(void)crypto_sign_detached(raw, NULL, data.data, data.size, e->secret);
	writer_init(&inner, 512);
	put_text(&inner, "ssh-ed25519");
	writer_string(&inner, raw, sizeof(raw));
	writer_init(&sig, 1024);
	writer_bytes(&sig, "SSHSIG", 6);
	writer_u32(&sig, 1);
	writer_string(&sig, blob.data, blob.size);
	put_text(&sig, "approve@signetd.org");
	put_text(&sig, "");
	put_text(&sig, "sha512");
	writer_string(&sig, inner.data, inner.size);
	writer_done(&data);
	writer_done(&inner);
	writer_done(&blob);
	return sig;
}

static unsigned approve(struct house *h, struct client *c, const struct erin *e, const char *id)
{
	struct message_approve m = {.id = view_of(id), .verdict = MESSAGE_APPROVE};
	struct writer sig, w;
	struct reader r;

	ask_request(c, MESSAGE_REQUEST_SHOW, id);
	ck_assert_uint_eq(answer_status(h, c, &r), STATUS_OK);
	sig = signed_by(e, reader_string(&r, 1, FRAME_MAX));
	if (h->may_lack_records)
		fake_journal_close(&h->journal);
	m.signature = writer_view(&sig);
	writer_init(&w, FRAME_MAX + 4);
	message_write_approve(&w, &m);
	say_written(c, &w);
	writer_done(&sig);
	return answer_status(h, c, NULL);
}

START_TEST(what_needs_approvals_waits_and_is_signed_once_when_they_are_there)
{
	struct message_advance m = {};
	char id[17], again[17];
	struct client c;
	struct house h;
	struct erin e;

	begin_quorum(&h, &e, "");
	c = dial(&h);
	for (unsigned i = 0; i < 2; i++) {
		ask_sign(&c);
		ck_assert_uint_eq(waits(&h, &c, i == 0 ? id : again, &m), STATUS_AGAIN);
		ck_assert_uint_eq(m.approvals, 0);
		ck_assert_uint_eq(m.needed, 1);
	}
	ck_assert_str_eq(id, again);
	ck_assert_uint_eq(h.token.n_jobs, 0);
	h.token.is_signing = true;
	ck_assert_uint_eq(approve(&h, &c, &e, id), STATUS_OK);
	ask_request(&c, MESSAGE_REQUEST_FETCH, id);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	check_record(&h, "SIGNET_AUTHORITY", "quorum");
	ask_request(&c, MESSAGE_REQUEST_FETCH, id);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_UNAVAILABLE);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(approvers_see_what_a_challenge_is_for)
{
	struct message_advance m = {};
	struct message_parked listed;
	struct client c;
	struct house h;
	struct writer w;
	struct reader r;
	struct view text;
	struct erin e;
	char id[17];

	begin_quorum(&h, &e, "Purposes=pam:sudo\n");
	c = dial(&h);
	ask_ssh(&c, &keys[0], challenge(&w, "sudo"), 0);
	ck_assert_uint_eq(answer_type(&h, &c), MESSAGE_FAILURE);
	writer_done(&w);
	ask_request(&c, MESSAGE_REQUEST_LIST, "");
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_OK);
	(void)reader_u32(&r);
	ck_assert_uint_eq(reader_u32(&r), 1);
	message_read_parked(&r, &listed);
	unit_check_text(listed.purpose, "pam:sudo");
	unit_check_text(listed.label, "sudo for root by alice on /dev/pts/3: reboot");
	(void)snprintf(id, sizeof(id), "%.*s", (int)listed.id.size, (const char *)listed.id.data);
	ask_request(&c, MESSAGE_REQUEST_SHOW, id);
	ck_assert_uint_eq(answer_status(&h, &c, &r), STATUS_OK);
	text = reader_string(&r, 1, FRAME_MAX);
	ck_assert_ptr_nonnull(memmem(text.data, text.size, "\n  command: reboot\n", 19));
	h.token.is_signing = true;
	ck_assert_uint_eq(approve(&h, &c, &e, id), STATUS_OK);
	ask_request(&c, MESSAGE_REQUEST_FETCH, id);
	ck_assert_uint_eq(waits(&h, &c, id, &m), STATUS_OK);
	check_record(&h, "SIGNET_PURPOSE", "pam:sudo");
	check_record(&h, "SIGNET_ITEM", "sudo for root by alice on /dev/pts/3: reboot");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(an_approval_by_another_key_does_not_count)
{
	struct message_advance m = {};
	struct client c;
	struct house h;
	struct erin e;
	char id[17];

	begin_quorum(&h, &e, "");
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(waits(&h, &c, id, &m), STATUS_AGAIN);
	(void)crypto_sign_keypair(e.public, e.secret);
	ck_assert_uint_eq(approve(&h, &c, &e, id), STATUS_DENIED);
	/* Nor does the requester, who is all that this agent serves. */
	ask_sign(&c);
	ck_assert_uint_eq(waits(&h, &c, id, &m), STATUS_AGAIN);
	ck_assert_uint_eq(m.approvals, 0);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* The token has it already: what a new policy says is heard before anything is released. */
START_TEST(a_new_policy_holds_what_the_token_signs_by_an_old_approval)
{
	struct message_advance m = {};
	struct client c;
	struct house h;
	struct erin e;
	char id[17];

	begin_quorum(&h, &e, "");
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(waits(&h, &c, id, &m), STATUS_AGAIN);
	ck_assert_uint_eq(approve(&h, &c, &e, id), STATUS_OK);
	ask_request(&c, MESSAGE_REQUEST_FETCH, id);
	while (h.token.n_jobs < 1)
		turn(&h);
	configure(&h, "keys.d/ed.conf", "[Key]\nURI=pkcs11:token=soft;object=ed\n");
	ck_assert(agent_reload(h.agent));
	ck_assert(fake_token_answer(&h.token, JOB_SIGN, h.token.jobs[0].id, JOB_RESULT_OK, 64));
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_DENIED);
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* What was agreed to while the journal was away is told by the record of what is signed by it. */
START_TEST(a_signature_names_those_who_approved_it)
{
	struct message_advance m = {};
	struct client c;
	struct house h;
	struct erin e;
	char id[17];

	begin_quorum(&h, &e, "");
	h.token.is_signing = true;
	h.may_lack_records = true;
	c = dial(&h);
	ask_sign(&c);
	ck_assert_uint_eq(waits(&h, &c, id, &m), STATUS_AGAIN);
	ck_assert_uint_eq(approve(&h, &c, &e, id), STATUS_IO);
	fake_journal_open(&h.journal);
	ask_request(&c, MESSAGE_REQUEST_FETCH, id);
	ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_OK);
	ck_assert_uint_eq(fake_journal_count(&h.journal, "SIGNET_PERSON=erin"), 0);
	check_record(&h, "SIGNET_APPROVER", "erin");
	hang_up(&h, &c);
	end(&h);
}
END_TEST

START_TEST(requests_of_nobody_are_not_found)
{
	static const enum message_request kinds[] = {MESSAGE_REQUEST_SHOW, MESSAGE_REQUEST_FETCH,
						     MESSAGE_REQUEST_WITHDRAW};
	struct client c;
	struct house h;
	struct erin e;

	begin_quorum(&h, &e, "");
	c = dial(&h);
	for (size_t i = 0; i < array_len(kinds); i++) {
		ask_request(&c, kinds[i], "0123456789abcdef");
		ck_assert_uint_eq(answer_status(&h, &c, NULL), STATUS_UNAVAILABLE);
	}
	hang_up(&h, &c);
	end(&h);
}
END_TEST

/* In no function, because there are more than one may have lines. */
static const TTest **const all[] = {
	&a_signature_comes_with_one_record_that_says_what_was_signed,
	&a_batch_has_one_record_and_a_status_for_each_item,
	&two_frames_at_once_are_answered_in_order,
	&listing_and_status_are_recorded_too,
	&no_answer_leaves_before_its_record_was_taken,
	&a_journal_that_does_not_read_costs_the_signature,
	&a_journal_that_is_not_there_costs_the_signature,
	&a_journal_that_goes_away_with_the_record_costs_the_signature,
	&a_refusal_without_a_record_is_no_success_either,
	&who_hangs_up_while_the_token_is_looked_for_is_recorded_as_cancelled,
	&who_hangs_up_before_the_token_had_the_job_is_recorded_as_cancelled,
	&who_hangs_up_while_the_token_signs_is_recorded_as_unknown,
	&who_hangs_up_while_the_record_is_written_does_not_change_it,
	&who_hangs_up_at_the_moment_the_record_is_taken_is_not_answered,
	&who_only_stops_talking_still_gets_the_answer,
	&the_agent_may_end_with_requests_in_every_state,
	&what_is_under_way_when_the_agent_stops_is_still_answered,
	&what_makes_no_sense_is_refused_and_recorded,
	&a_length_that_cannot_be_ends_the_connection_and_is_recorded,
	&whoever_causes_many_events_keeps_none_but_his_own_from_being_recorded,
	&half_a_frame_and_a_hang_up_are_no_request,
	&the_extensions_that_are_known_are_told,
	&ssh_sees_the_keys_and_signs_with_them,
	&an_ssh_signature_with_sha1_is_refused,
	&an_ssh_blob_without_form_takes_a_file_that_allows_it,
	&a_bound_connection_logs_in_to_its_own_session_alone,
	&a_connection_that_logs_in_is_not_bound_anew,
	&a_forwarded_connection_stays_one,
	&a_host_cannot_keep_a_connection_from_being_marked_as_forwarded,
	&an_ssh_key_that_nobody_has_is_refused,
	&a_message_that_is_an_ssh_signature_has_that_purpose_however_it_comes,
	&a_challenge_has_the_purpose_of_its_service_however_it_comes,
	&a_challenge_takes_a_key_that_is_for_its_service,
	&what_only_begins_like_a_challenge_is_refused,
	&challenges_are_signed_one_by_one,
	&a_batch_for_two_purposes_is_refused,
	&a_key_for_one_purpose_does_not_sign_for_another,
	&a_key_that_is_not_the_one_that_is_meant_does_not_sign,
	&an_algorithm_that_the_key_does_not_have_is_refused,
	&a_broken_configuration_leaves_the_old_one_in_force,
	&every_record_names_the_configuration_by_which_it_was_decided,
	&a_record_that_is_late_names_the_configuration_by_which_it_was_decided,
	&who_asks_for_a_reload_is_told_what_is_wrong_and_where,
	&an_explanation_signs_nothing_and_is_recorded,
	&an_explanation_names_the_drop_in_and_the_line_that_decide,
	&an_explanation_about_another_caller_is_about_that_one,
	&a_configuration_that_is_broken_at_the_start_is_refused,
	&a_token_taken_out_of_the_configuration_ends_its_requests,
	&a_key_that_is_suspended_while_its_token_is_looked_for_does_not_sign,
	&what_was_signed_while_its_key_was_suspended_is_not_released,
	&while_both_can_sign_each_name_means_its_own_key,
	&the_name_of_a_key_that_is_over_means_its_successor_with_the_limits_of_that,
	&who_means_the_old_key_itself_does_not_get_a_signature_of_the_new_one,
	&to_ssh_a_public_key_means_itself_and_no_successor,
	&a_successor_that_is_not_there_is_named,
	&a_list_shows_what_a_name_would_sign_with,
	&a_list_of_all_keys_shows_those_that_nobody_may_use_and_each_name_with_its_own,
	&a_list_for_a_purpose_shows_the_keys_that_are_for_it,
	&a_list_for_what_is_no_single_purpose_is_refused,
	&a_list_tells_what_the_file_says_and_how_often_the_key_has_signed,
	&a_key_makes_as_many_signatures_as_its_file_says_and_not_one_more,
	&a_key_signs_no_faster_than_its_file_says,
	&two_requests_at_once_do_not_share_the_last_signature,
	&what_the_token_certainly_did_not_sign_does_not_count,
	&what_the_token_may_have_signed_counts,
	&what_was_signed_for_one_who_hung_up_counts,
	&who_hangs_up_while_it_is_counted_uses_nothing_up,
	&a_key_that_is_suspended_while_it_is_counted_does_not_sign,
	&a_count_that_cannot_be_written_costs_the_signature_of_a_key_with_a_limit_alone,
	&a_token_process_that_dies_while_signing_costs_that_request_alone,
	&a_token_that_is_blocked_by_a_try_is_told_from_one_that_was_blocked_before,
	&a_token_that_hangs_is_given_up,
	&a_token_without_a_process_is_unavailable_and_says_how_to_mend_it,
	&a_signature_of_the_wrong_length_is_not_released,
	&a_sealed_pin_reaches_the_token_unread,
	&the_token_is_told_that_a_pin_was_stored,
	&a_pin_that_others_can_still_change_is_refused,
	&a_wrong_pin_is_told_and_recorded,
	&one_user_has_only_so_many_requests_under_way,
	&what_needs_approvals_waits_and_is_signed_once_when_they_are_there,
	&approvers_see_what_a_challenge_is_for,
	&an_approval_by_another_key_does_not_count,
	&a_new_policy_holds_what_the_token_signs_by_an_old_approval,
	&a_signature_names_those_who_approved_it,
	&requests_of_nobody_are_not_found,
};

int main(void)
{
	const TTest *tests[array_len(all)];

	for (size_t i = 0; i < array_len(all); i++)
		tests[i] = *all[i];
	return unit_run("request", tests, array_len(tests));
}
