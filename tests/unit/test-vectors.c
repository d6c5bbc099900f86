/*
 * test-vectors.c - our writers and readers against bytes that an independent encoder made
 *
 * tests/vectors/generate is that encoder; the values stand there a second time. Each vector is
 * written by us and compared byte for byte, and read by us and compared field for field.
 */
#include "tests/unit/unit.h"

#include "agent/wire/job.h"
#include "agent/wire/message.h"
#include "agent/wire/signature.h"
#include "agent/wire/ssh.h"

struct vector {
	struct view bytes;  /* owned */
	struct reader body; /* behind the type, and behind the name of an extension */
	struct view name;   /* of the extension */
};

static void vector_open(struct vector *v, const char *file, const char *name, uint8_t type)
{
	v->bytes = unit_vector(file, name);
	reader_init(&v->body, v->bytes.data, v->bytes.size);
	ck_assert_uint_eq(reader_u32(&v->body), v->bytes.size - 4);
	ck_assert_uint_eq(reader_u8(&v->body), type);
	v->name = (struct view){};
	if (type == MESSAGE_EXTENSION)
		v->name = reader_text(&v->body, 1, MESSAGE_EXTENSION_NAME_MAX);
	ck_assert(!v->body.has_failed);
}

static void vector_close(struct vector *v)
{
	free((void *)v->bytes.data);
}

/* What was written is the vector; ends the writer. */
static void check_written(struct writer *w, const char *file, const char *name)
{
	struct view expected = unit_vector(file, name);

	ck_assert_int_eq(writer_end(w), 0);
	unit_check_view(writer_view(w), expected);
	free((void *)expected.data);
	writer_done(w);
}

/* size bytes that count up from start; room for some at a time. */
static struct view run(uint8_t start, size_t size)
{
	static uint8_t pool[16][512];
	static unsigned next;
	uint8_t *bytes = pool[next++ % array_len(pool)];

	ck_assert_uint_le(size, sizeof(pool[0]));
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(start + i);
	return (struct view){.data = bytes, .size = size};
}

/* --- requests ----------------------------------------------------------------------------------- */

START_TEST(list_request_is_as_in_the_vectors)
{
	struct message_list m;
	struct vector v;
	struct writer w;

	writer_init(&w, FRAME_MAX);
	message_write_list(&w, 0, NULL, MESSAGE_INTERACTIVE | MESSAGE_ALL, NULL);
	check_written(&w, "message", "list-all");
	writer_init(&w, FRAME_MAX);
	message_write_list(&w, 7, "release-2026", 0, "pam:sudo");
	check_written(&w, "message", "list-one");

	vector_open(&v, "message", "list-one", MESSAGE_EXTENSION);
	unit_check_text(v.name, "list@signetd.org");
	ck_assert(message_read_list(&v.body, &m));
	ck_assert_uint_eq(m.first, 7);
	unit_check_text(m.name, "release-2026");
	ck_assert_uint_eq(m.flags, 0);
	unit_check_text(m.purpose, "pam:sudo");
	vector_close(&v);
	vector_open(&v, "message", "list-all", MESSAGE_EXTENSION);
	ck_assert(message_read_list(&v.body, &m));
	ck_assert_uint_eq(m.flags, MESSAGE_INTERACTIVE | MESSAGE_ALL);
	vector_close(&v);
}
END_TEST

START_TEST(sign_request_with_digests_is_as_in_the_vectors)
{
	struct message_sign m = {
		.key = unit_view("release"),
		.algorithm = ALGORITHM_RSA_PKCS1,
		.hash = HASH_SHA256,
		.input = INPUT_DIGEST,
		.n_items = 2,
	};
	struct message_sign back;
	struct vector v;
	struct writer w;

	m.items[0] = (struct message_item){run(0, 32), unit_view("kernel.ko")};
	m.items[1] = (struct message_item){run(100, 32), unit_view("")};
	writer_init(&w, FRAME_MAX);
	message_write_sign(&w, &m);
	check_written(&w, "message", "sign-digests");

	vector_open(&v, "message", "sign-digests", MESSAGE_EXTENSION);
	unit_check_text(v.name, "sign@signetd.org");
	ck_assert(message_read_sign(&v.body, &back));
	unit_check_text(back.key, "release");
	ck_assert_int_eq(back.algorithm, ALGORITHM_RSA_PKCS1);
	ck_assert_int_eq(back.hash, HASH_SHA256);
	ck_assert_int_eq(back.input, INPUT_DIGEST);
	ck_assert_uint_eq(back.flags, 0);
	ck_assert_uint_eq(back.n_items, 2);
	unit_check_view(back.items[0].data, run(0, 32));
	unit_check_text(back.items[0].label, "kernel.ko");
	unit_check_view(back.items[1].data, run(100, 32));
	unit_check_text(back.items[1].label, "");
	vector_close(&v);
}
END_TEST

START_TEST(sign_request_with_pss_and_utf8_label_is_as_in_the_vectors)
{
	struct message_sign m = {
		.key = unit_view("release"),
		.algorithm = ALGORITHM_RSA_PSS,
		.hash = HASH_SHA512,
		.input = INPUT_DIGEST,
		.flags = MESSAGE_INTERACTIVE,
		.n_items = 1,
	};
	struct message_sign back;
	struct vector v;
	struct writer w;

	m.items[0] = (struct message_item){run(200, 64), unit_view("\xc3\xa9.bin")};
	writer_init(&w, FRAME_MAX);
	message_write_sign(&w, &m);
	check_written(&w, "message", "sign-pss");

	vector_open(&v, "message", "sign-pss", MESSAGE_EXTENSION);
	ck_assert(message_read_sign(&v.body, &back));
	ck_assert_int_eq(back.algorithm, ALGORITHM_RSA_PSS);
	ck_assert_int_eq(back.hash, HASH_SHA512);
	ck_assert_uint_eq(back.flags, MESSAGE_INTERACTIVE);
	unit_check_view(back.items[0].data, run(200, 64));
	unit_check_text(back.items[0].label, "\xc3\xa9.bin");
	vector_close(&v);
}
END_TEST

START_TEST(sign_request_for_one_very_key_is_as_in_the_vectors)
{
	struct message_sign m = {
		.key = unit_view("release"),
		.algorithm = ALGORITHM_ECDSA,
		.hash = HASH_SHA256,
		.input = INPUT_DIGEST,
		.n_items = 1,
		.key_id = run(7, 32),
	};
	struct message_sign back;
	struct vector v;
	struct writer w;

	m.items[0].data = run(0, 32);
	writer_init(&w, FRAME_MAX);
	message_write_sign(&w, &m);
	check_written(&w, "message", "sign-with-id");

	vector_open(&v, "message", "sign-with-id", MESSAGE_EXTENSION);
	ck_assert(message_read_sign(&v.body, &back));
	unit_check_view(back.key_id, run(7, 32));
	vector_close(&v);
}
END_TEST

START_TEST(sign_request_with_messages_is_as_in_the_vectors)
{
	struct message_sign m = {
		.key = unit_view("main/ed"),
		.algorithm = ALGORITHM_EDDSA,
		.hash = HASH_NONE,
		.input = INPUT_MESSAGE,
		.n_items = 2,
	};
	struct message_sign back;
	struct vector v;
	struct writer w;

	m.items[0] = (struct message_item){unit_view("a message"), unit_view("-")};
	m.items[1] = (struct message_item){};
	writer_init(&w, FRAME_MAX);
	message_write_sign(&w, &m);
	check_written(&w, "message", "sign-message");

	vector_open(&v, "message", "sign-message", MESSAGE_EXTENSION);
	ck_assert(message_read_sign(&v.body, &back));
	ck_assert_uint_eq(back.n_items, 2);
	unit_check_text(back.items[0].data, "a message");
	ck_assert_uint_eq(back.items[1].data.size, 0);
	vector_close(&v);
}
END_TEST

START_TEST(token_requests_are_as_in_the_vectors)
{
	struct message_token m;
	struct vector v;
	struct writer w;
	uint8_t flags;

	writer_init(&w, FRAME_MAX);
	message_write_token(&w, "unlock", "main", MESSAGE_INTERACTIVE);
	check_written(&w, "message", "unlock");
	writer_init(&w, FRAME_MAX);
	message_write_token(&w, "unlock", "main", MESSAGE_STORED_PIN);
	check_written(&w, "message", "unlock-stored");
	writer_init(&w, FRAME_MAX);
	message_write_token(&w, "lock", "main", 0);
	check_written(&w, "message", "lock");
	writer_init(&w, FRAME_MAX);
	message_write_status(&w);
	check_written(&w, "message", "status");
	writer_init(&w, FRAME_MAX);
	message_write_reload(&w, MESSAGE_INTERACTIVE);
	check_written(&w, "message", "reload");

	vector_open(&v, "message", "reload", MESSAGE_EXTENSION);
	unit_check_text(v.name, "reload@signetd.org");
	ck_assert(message_read_flags(&v.body, &flags));
	ck_assert_uint_eq(flags, MESSAGE_INTERACTIVE);
	vector_close(&v);
	vector_open(&v, "message", "unlock", MESSAGE_EXTENSION);
	unit_check_text(v.name, "unlock@signetd.org");
	ck_assert(message_read_unlock(&v.body, &m));
	unit_check_text(m.token, "main");
	ck_assert_uint_eq(m.flags, MESSAGE_INTERACTIVE);
	vector_close(&v);
}
END_TEST

START_TEST(explanations_are_as_in_the_vectors)
{
	const struct message_explain own = {.key = unit_view("release"),
					    .flags = MESSAGE_FORWARDED};
	const struct message_explain other = {
		.key = unit_view("release"),
		.purpose = unit_view("sshsig:git"),
		.algorithm = ALGORITHM_RSA_PSS,
		.hash = HASH_SHA512,
		.flags = MESSAGE_INTERACTIVE | MESSAGE_OTHER,
		.uid = 1001,
		.gid = 1002,
		.n_groups = 2,
		.groups = {27, 100},
		.unit = unit_view("build@7.service"),
		.slice = unit_view("build.slice"),
	};
	struct message_explain m;
	struct vector v;
	struct writer w;

	writer_init(&w, FRAME_MAX);
	message_write_explain(&w, &own);
	check_written(&w, "message", "explain");
	writer_init(&w, FRAME_MAX);
	message_write_explain(&w, &other);
	check_written(&w, "message", "explain-other");

	vector_open(&v, "message", "explain-other", MESSAGE_EXTENSION);
	unit_check_text(v.name, "explain@signetd.org");
	ck_assert(message_read_explain(&v.body, &m));
	ck_assert_uint_eq(m.uid, 1001);
	ck_assert_uint_eq(m.n_groups, 2);
	ck_assert_uint_eq(m.groups[1], 100);
	unit_check_text(m.slice, "build.slice");
	vector_close(&v);
}
END_TEST

START_TEST(session_bind_is_read_as_in_the_vectors)
{
	struct message_bind m;
	struct vector v;

	vector_open(&v, "message", "session-bind", MESSAGE_EXTENSION);
	unit_check_text(v.name, "session-bind@openssh.com");
	ck_assert(message_read_bind(&v.body, &m));
	unit_check_view(m.host_key, run(1, 51));
	unit_check_view(m.session, run(3, 32));
	unit_check_view(m.signature, run(4, 83));
	ck_assert(m.is_forwarding);
	vector_close(&v);
}
END_TEST

START_TEST(ssh_sign_request_is_read_as_in_the_vectors)
{
	struct message_ssh_sign m;
	struct vector v;

	vector_open(&v, "message", "ssh-sign", MESSAGE_SIGN_REQUEST);
	ck_assert(message_read_ssh_sign(&v.body, &m));
	unit_check_view(m.blob, run(1, 51));
	unit_check_text(m.data, "to be signed");
	ck_assert_uint_eq(m.flags, MESSAGE_SSH_RSA_SHA2_512);
	vector_close(&v);
}
END_TEST

/* --- answers ------------------------------------------------------------------------------------ */

START_TEST(failures_are_as_in_the_vectors)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	message_write_bare(&w, MESSAGE_FAILURE);
	check_written(&w, "message", "failure");
	writer_init(&w, FRAME_MAX);
	message_write_bare(&w, MESSAGE_SUCCESS);
	check_written(&w, "message", "success");
	writer_init(&w, FRAME_MAX);
	message_write_bare(&w, MESSAGE_EXTENSION_FAILURE);
	check_written(&w, "message", "extension-failure");
}
END_TEST

static const char request_id[] = "0123456789abcdef";

/* Opens the vector of an answer and checks its front. */
static struct reader read_answer(struct vector *v, const char *vector, const char *name)
{
	struct message_answer m;

	v->bytes = unit_vector("message", vector);
	ck_assert(message_read_answer((struct view){v->bytes.data + 4, v->bytes.size - 4}, &m));
	unit_check_text(m.name, name);
	ck_assert_uint_eq(m.status, 0);
	ck_assert_uint_eq(m.sentence.size, 0);
	unit_check_text(m.request, request_id);
	return m.result;
}

START_TEST(refusal_is_as_in_the_vectors)
{
	struct message_answer m;
	struct vector v;
	struct writer w;

	writer_init(&w, FRAME_MAX);
	message_close(&w,
		      message_open_answer(&w, unit_view("sign@signetd.org"), STATUS_DENIED,
					  "refused because nobody allows it", "00000000000000ff"));
	check_written(&w, "message", "answer-denied");

	v.bytes = unit_vector("message", "answer-denied");
	ck_assert(message_read_answer((struct view){v.bytes.data + 4, v.bytes.size - 4}, &m));
	unit_check_text(m.name, "sign@signetd.org");
	ck_assert_uint_eq(m.status, STATUS_DENIED);
	unit_check_text(m.sentence, "refused because nobody allows it");
	unit_check_text(m.request, "00000000000000ff");
	ck_assert(reader_end(&m.result));
	vector_close(&v);
}
END_TEST

START_TEST(list_answer_is_as_in_the_vectors)
{
	/* clang-format off */
	struct message_key keys[2] = {
		{unit_view("release"), unit_view("main"), KEY_TYPE_RSA, 3072, TOKEN_STATE_READY,
		 run(48, 90), run(1, 40), KEY_STATE_ACTIVE, 1, 2, UINT64_C(1) << 50, 70000,
		 UINT64_C(1) << 51, 2, unit_view("next"),
		 unit_view("/etc/signet/keys.d/release.conf"), run(77, 50)},
		{unit_view("ci"), unit_view("main"), KEY_TYPE_ED25519, 255, TOKEN_STATE_LOCKED,
		 run(9, 44), {}, KEY_STATE_RETIRED, 0, 0, 0, 0, 0, 0, {}, {}, {}},
	};
	/* clang-format on */
	struct message_key m;
	struct vector v;
	struct reader r;
	struct writer w;
	size_t mark;

	writer_init(&w, FRAME_MAX);
	mark = message_open_answer(&w, unit_view("list@signetd.org"), STATUS_OK, NULL, request_id);
	writer_u32(&w, 2);
	writer_u32(&w, 2);
	message_write_key(&w, &keys[0]);
	message_write_key(&w, &keys[1]);
	message_close(&w, mark);
	check_written(&w, "message", "answer-list");

	r = read_answer(&v, "answer-list", "list@signetd.org");
	ck_assert_uint_eq(reader_u32(&r), 2);
	ck_assert_uint_eq(reader_u32(&r), 2);
	for (size_t i = 0; i < array_len(keys); i++) {
		message_read_key(&r, &m);
		unit_check_view(m.name, keys[i].name);
		unit_check_view(m.token, keys[i].token);
		ck_assert_int_eq(m.type, keys[i].type);
		ck_assert_uint_eq(m.bits, keys[i].bits);
		ck_assert_int_eq(m.state, keys[i].state);
		unit_check_view(m.spki, keys[i].spki);
		unit_check_view(m.certificate, keys[i].certificate);
		ck_assert_int_eq(m.key_state, keys[i].key_state);
		ck_assert_uint_eq(m.not_before, keys[i].not_before);
		ck_assert_uint_eq(m.not_after, keys[i].not_after);
		ck_assert_uint_eq(m.certificate_not_after, keys[i].certificate_not_after);
		ck_assert_uint_eq(m.uses, keys[i].uses);
		ck_assert_uint_eq(m.last_use, keys[i].last_use);
		ck_assert_uint_eq(m.quorum, keys[i].quorum);
		unit_check_view(m.successor, keys[i].successor);
		unit_check_view(m.file, keys[i].file);
		unit_check_view(m.ssh_certificate, keys[i].ssh_certificate);
	}
	ck_assert(reader_end(&r));
	vector_close(&v);
}
END_TEST

START_TEST(sign_answer_is_as_in_the_vectors)
{
	struct message_signature good = {STATUS_OK, run(5, 71), {}};
	struct message_signature bad = {STATUS_AGAIN, {}, unit_view("the token process ended")};
	struct message_signature m;
	struct vector v;
	struct reader r;
	struct writer w;
	size_t mark;

	writer_init(&w, FRAME_MAX);
	mark = message_open_answer(&w, unit_view("sign@signetd.org"), STATUS_OK, "", request_id);
	writer_u32(&w, 2);
	message_write_signature(&w, &good);
	message_write_signature(&w, &bad);
	message_close(&w, mark);
	check_written(&w, "message", "answer-sign");

	r = read_answer(&v, "answer-sign", "sign@signetd.org");
	ck_assert_uint_eq(reader_u32(&r), 2);
	message_read_signature(&r, &m);
	ck_assert_uint_eq(m.status, STATUS_OK);
	unit_check_view(m.signature, good.signature);
	message_read_signature(&r, &m);
	ck_assert_uint_eq(m.status, STATUS_AGAIN);
	unit_check_view(m.sentence, bad.sentence);
	ck_assert(reader_end(&r));
	vector_close(&v);
}
END_TEST

START_TEST(status_answer_is_as_in_the_vectors)
{
	struct message_status front = {
		.version = unit_view("0.1.0"),
		.uptime_usec = 0x0102030405060708,
		.connections = 3,
		.requests = 2,
		.records = UINT64_C(1) << 40,
		.authorization = unit_view("polkit"),
	};
	/* clang-format off */
	struct message_status_token tokens[2] = {
		{unit_view("main"), TOKEN_STATE_READY, {}, 9, 15, 1},
		{unit_view("spare"), TOKEN_STATE_REFUSED_PIN, unit_view("the PIN was refused"), 0, 0, 0},
	};
	/* clang-format on */
	struct message_status_token m;
	struct message_status back;
	struct vector v;
	struct reader r;
	struct writer w;
	size_t mark;

	writer_init(&w, FRAME_MAX);
	mark = message_open_answer(&w, unit_view("status@signetd.org"), STATUS_OK, "", request_id);
	message_write_status_front(&w, &front);
	writer_u32(&w, 2);
	message_write_status_token(&w, &tokens[0]);
	message_write_status_token(&w, &tokens[1]);
	message_close(&w, mark);
	check_written(&w, "message", "answer-status");

	r = read_answer(&v, "answer-status", "status@signetd.org");
	message_read_status_front(&r, &back);
	unit_check_view(back.version, front.version);
	ck_assert_uint_eq(back.uptime_usec, front.uptime_usec);
	ck_assert_uint_eq(back.connections, 3);
	ck_assert_uint_eq(back.requests, 2);
	ck_assert_uint_eq(back.records, front.records);
	unit_check_view(back.authorization, front.authorization);
	ck_assert_uint_eq(reader_u32(&r), 2);
	for (size_t i = 0; i < array_len(tokens); i++) {
		message_read_status_token(&r, &m);
		unit_check_view(m.name, tokens[i].name);
		ck_assert_int_eq(m.state, tokens[i].state);
		unit_check_view(m.sentence, tokens[i].sentence);
		ck_assert_uint_eq(m.keys, tokens[i].keys);
		ck_assert_uint_eq(m.sessions, tokens[i].sessions);
		ck_assert_uint_eq(m.queued, tokens[i].queued);
	}
	ck_assert(reader_end(&r));
	vector_close(&v);
}
END_TEST

START_TEST(what_an_explanation_says_is_as_in_the_vector)
{
	const struct message_explanation m = {
		.verdict = EXPLAIN_REFUSED,
		.authority = unit_view("key-file"),
		.sentence = unit_view("refused because"),
		.purpose = unit_view("digest"),
		.algorithm = unit_view("rsa-pkcs1"),
		.hash = unit_view("sha256"),
	};
	const struct message_step step = {
		.name = unit_view("State"),
		.source = unit_view("/etc/signet/keys.d/release.conf"),
		.line = 7,
		.result = unit_view("refused"),
		.text = unit_view("it is suspended"),
	};
	struct message_explanation back;
	struct message_step again;
	struct vector v;
	struct reader r;
	struct writer w;
	size_t mark;

	writer_init(&w, FRAME_MAX);
	mark = message_open_answer(&w, unit_view("explain@signetd.org"), STATUS_OK, "", request_id);
	message_write_explanation(&w, &m);
	writer_u32(&w, 1);
	message_write_step(&w, &step);
	message_close(&w, mark);
	check_written(&w, "message", "answer-explain");

	r = read_answer(&v, "answer-explain", "explain@signetd.org");
	message_read_explanation(&r, &back);
	ck_assert_uint_eq(back.verdict, EXPLAIN_REFUSED);
	unit_check_view(back.sentence, m.sentence);
	ck_assert_uint_eq(reader_u32(&r), 1);
	message_read_step(&r, &again);
	unit_check_view(again.source, step.source);
	ck_assert_uint_eq(again.line, 7);
	ck_assert(reader_end(&r));
	vector_close(&v);
}
END_TEST

/* --- jobs --------------------------------------------------------------------------------------- */

START_TEST(small_jobs_are_as_in_the_vectors)
{
	struct vector v;
	struct writer w;
	uint32_t version;
	const struct job_unlock typed = {2, false}, stored = {3, true};
	struct job_unlock unlock;
	uint64_t id;

	writer_init(&w, FRAME_MAX);
	job_write_hello(&w);
	check_written(&w, "job", "hello");
	vector_open(&v, "job", "hello", JOB_HELLO);
	ck_assert(job_read_hello(&v.body, &version));
	ck_assert_uint_eq(version, JOB_VERSION);
	vector_close(&v);

	writer_init(&w, FRAME_MAX);
	job_write_unlock(&w, &typed);
	check_written(&w, "job", "unlock");
	writer_init(&w, FRAME_MAX);
	job_write_unlock(&w, &stored);
	check_written(&w, "job", "unlock-stored");
	vector_open(&v, "job", "unlock-stored", JOB_UNLOCK);
	ck_assert(job_read_unlock(&v.body, &unlock));
	ck_assert_uint_eq(unlock.id, 3);
	ck_assert(unlock.is_stored);
	vector_close(&v);
	writer_init(&w, FRAME_MAX);
	job_write_lock(&w, UINT64_MAX);
	check_written(&w, "job", "lock");
	vector_open(&v, "job", "lock", JOB_LOCK);
	ck_assert(job_read_lock(&v.body, &id));
	ck_assert_uint_eq(id, UINT64_MAX);
	vector_close(&v);

	writer_init(&w, FRAME_MAX);
	job_write_end(&w);
	check_written(&w, "job", "end");
}
END_TEST

static void check_job_sign(const char *name, const struct job_sign *m)
{
	struct job_sign back;
	struct vector v;
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_sign(&w, m);
	check_written(&w, "job", name);
	vector_open(&v, "job", name, JOB_SIGN);
	ck_assert(job_read_sign(&v.body, &back));
	ck_assert_uint_eq(back.id, m->id);
	unit_check_view(back.key_id, m->key_id);
	ck_assert_int_eq(back.algorithm, m->algorithm);
	ck_assert_int_eq(back.hash, m->hash);
	ck_assert_int_eq(back.input, m->input);
	unit_check_view(back.data, m->data);
	vector_close(&v);
}

START_TEST(sign_jobs_are_as_in_the_vectors)
{
	check_job_sign("sign", &(struct job_sign){0x1122334455667788, run(0, 32), ALGORITHM_ECDSA,
						  HASH_SHA384, INPUT_DIGEST, run(7, 48)});
	check_job_sign(
		"sign-message",
		&(struct job_sign){1, run(3, 32), ALGORITHM_EDDSA, HASH_NONE, INPUT_MESSAGE, {}});
}
END_TEST

static void check_job_key(const char *name, const struct job_key *m)
{
	struct job_key back;
	struct vector v;
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_key(&w, m);
	check_written(&w, "job", name);
	vector_open(&v, "job", name, JOB_KEY);
	ck_assert(job_read_key(&v.body, &back));
	unit_check_view(back.label, m->label);
	unit_check_view(back.cka_id, m->cka_id);
	ck_assert_int_eq(back.type, m->type);
	ck_assert_uint_eq(back.bits, m->bits);
	unit_check_view(back.spki, m->spki);
	unit_check_view(back.ssh_blob, m->ssh_blob);
	unit_check_view(back.certificate, m->certificate);
	vector_close(&v);
}

START_TEST(keys_are_as_in_the_vectors)
{
	check_job_key("key", &(struct job_key){unit_view("release"), run(0x11, 1), KEY_TYPE_P256,
					       256, run(48, 91), run(0, 104), run(60, 33)});
	check_job_key("key-bare", &(struct job_key){.type = KEY_TYPE_RSA,
						    .bits = 2048,
						    .spki = run(1, 1),
						    .ssh_blob = run(2, 1)});
}
END_TEST

START_TEST(state_is_as_in_the_vectors)
{
	struct job_state m = {
		.state = TOKEN_STATE_REFUSED_PIN,
		.ckr = 0xa0,
		.sentence = unit_view("the PIN was refused, unlock with the right one"),
		.label = unit_view("signet-main"),
		.serial = unit_view("a1b2c3d4e5f60718"),
		.sessions = 15,
		.keys = 4096,
	};
	struct job_state back;
	struct vector v;
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_state(&w, &m);
	check_written(&w, "job", "state");
	vector_open(&v, "job", "state", JOB_STATE);
	ck_assert(job_read_state(&v.body, &back));
	ck_assert_int_eq(back.state, m.state);
	ck_assert_uint_eq(back.ckr, 0xa0);
	unit_check_view(back.sentence, m.sentence);
	unit_check_view(back.label, m.label);
	unit_check_view(back.serial, m.serial);
	ck_assert_uint_eq(back.sessions, 15);
	ck_assert_uint_eq(back.keys, 4096);
	vector_close(&v);
}
END_TEST

static void check_job_answer(const char *name, enum job_type type, const struct job_answer *m)
{
	struct job_answer back;
	struct vector v;
	struct writer w;

	writer_init(&w, FRAME_MAX);
	if (type == JOB_SIGNED)
		job_write_signed(&w, m);
	else
		job_write_done(&w, m);
	check_written(&w, "job", name);
	vector_open(&v, "job", name, (uint8_t)type);
	ck_assert(type == JOB_SIGNED ? job_read_signed(&v.body, &back)
				     : job_read_done(&v.body, &back));
	ck_assert_uint_eq(back.id, m->id);
	ck_assert_int_eq(back.result, m->result);
	ck_assert_uint_eq(back.ckr, m->ckr);
	unit_check_view(back.signature, m->signature);
	unit_check_view(back.sentence, m->sentence);
	vector_close(&v);
}

START_TEST(job_answers_are_as_in_the_vectors)
{
	check_job_answer(
		"signed", JOB_SIGNED,
		&(struct job_answer){0x1122334455667788, JOB_RESULT_OK, 0, run(7, 96), {}});
	check_job_answer("signed-failed", JOB_SIGNED,
			 &(struct job_answer){9,
					      JOB_RESULT_FAILED,
					      0x30,
					      {},
					      unit_view("the token said CKR_DEVICE_ERROR")});
	check_job_answer("done", JOB_DONE,
			 &(struct job_answer){2,
					      JOB_RESULT_PIN_REFUSED,
					      0xa0,
					      {},
					      unit_view("the PIN is wrong")});
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		list_request_is_as_in_the_vectors,
		sign_request_with_digests_is_as_in_the_vectors,
		sign_request_with_pss_and_utf8_label_is_as_in_the_vectors,
		sign_request_for_one_very_key_is_as_in_the_vectors,
		sign_request_with_messages_is_as_in_the_vectors,
		token_requests_are_as_in_the_vectors,
		ssh_sign_request_is_read_as_in_the_vectors,
		explanations_are_as_in_the_vectors,
		what_an_explanation_says_is_as_in_the_vector,
		session_bind_is_read_as_in_the_vectors,
		failures_are_as_in_the_vectors,
		refusal_is_as_in_the_vectors,
		list_answer_is_as_in_the_vectors,
		sign_answer_is_as_in_the_vectors,
		status_answer_is_as_in_the_vectors,
		small_jobs_are_as_in_the_vectors,
		sign_jobs_are_as_in_the_vectors,
		keys_are_as_in_the_vectors,
		state_is_as_in_the_vectors,
		job_answers_are_as_in_the_vectors,
	};

	return unit_run("vectors", tests, array_len(tests));
}
