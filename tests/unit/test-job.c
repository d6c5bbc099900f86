/*
 * test-job.c - malformed jobs, one fault at a time
 *
 * Both ends of the channel read these: what the token process gets from the agent, and what the
 * agent gets from a process in which a vendor's code runs.
 */
#include "agent/wire/job.h"

#include "tests/unit/unit.h"

#include "agent/base/limits.h"

static bool decode(uint8_t type, struct reader *r)
{
	union {
		uint32_t version;
		uint64_t id;
		struct job_unlock unlock;
		struct job_sign sign;
		struct job_key key;
		struct job_state state;
		struct job_answer answer;
	} m;

	switch (type) {
	case JOB_HELLO:
		return job_read_hello(r, &m.version);
	case JOB_SIGN:
		return job_read_sign(r, &m.sign);
	case JOB_UNLOCK:
		return job_read_unlock(r, &m.unlock);
	case JOB_LOCK:
		return job_read_lock(r, &m.id);
	case JOB_END:
		return reader_end(r);
	case JOB_KEY:
		return job_read_key(r, &m.key);
	case JOB_STATE:
		return job_read_state(r, &m.state);
	case JOB_SIGNED:
		return job_read_signed(r, &m.answer);
	case JOB_DONE:
		return job_read_done(r, &m.answer);
	default:
		return false;
	}
}

/* A frame with its length word, of which the body is cut or filled up to size bytes. */
static bool decode_frame(struct view frame, size_t size)
{
	_cleanup_(freep) uint8_t *copy = calloc(1, size ? size : 1);
	struct reader r;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, frame.data + 5, size < frame.size - 5 ? size : frame.size - 5);
	reader_init(&r, copy, size);
	return decode(frame.data[4], &r);
}

/* clang-format off */
static const char *const vectors[] = {
	"hello", "sign", "sign-message", "unlock", "unlock-stored", "lock", "end",
	"key", "key-bare", "state", "signed", "signed-failed", "done",
};
/* clang-format on */

START_TEST(a_job_cut_anywhere_or_lengthened_is_malformed)
{
	for (size_t i = 0; i < array_len(vectors); i++) {
		struct view v = unit_vector("job", vectors[i]);

		for (size_t size = 0; size <= v.size - 5 + 1; size++)
			ck_assert_msg(decode_frame(v, size) == (size == v.size - 5),
				      "%s of %zu bytes with %zu", vectors[i], v.size - 5, size);
		free((void *)v.data);
	}
}
END_TEST

START_TEST(huge_lengths_anywhere_are_survived)
{
	for (size_t i = 0; i < array_len(vectors); i++) {
		struct view v = unit_vector("job", vectors[i]);
		_cleanup_(freep) uint8_t *copy = malloc(v.size);

		for (size_t at = 5; at + 4 <= v.size; at++) {
			memcpy(copy, v.data, v.size);
			memset(copy + at, 0xff, 4);
			(void)decode_frame((struct view){copy, v.size}, v.size - 5);
		}
		free((void *)v.data);
	}
}
END_TEST

static bool is_read(struct writer *w)
{
	struct view v = writer_view(w);
	bool ok;

	ck_assert_int_eq(writer_end(w), 0);
	ok = decode_frame(v, v.size - 5);
	writer_done(w);
	return ok;
}

static const uint8_t bytes[CERTIFICATE_MAX + 1];

static struct view some(size_t size)
{
	return (struct view){bytes, size};
}

static bool sign_is_read(struct job_sign m)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_sign(&w, &m);
	return is_read(&w);
}

START_TEST(sign_takes_only_numbers_that_have_a_meaning)
{
	const struct job_sign good = {1,           some(32),     ALGORITHM_ECDSA,
				      HASH_SHA256, INPUT_DIGEST, some(32)};
	struct job_sign m;

	ck_assert(sign_is_read(good));
	for (int n = 0; n < 256; n++) {
		m = good;
		m.algorithm = (enum algorithm)n;
		ck_assert_int_eq(sign_is_read(m), n >= 1 && n <= 4);
		m = good;
		m.hash = (enum hash)n;
		ck_assert_int_eq(sign_is_read(m), n <= 3);
		m = good;
		m.input = (enum input)n;
		ck_assert_int_eq(sign_is_read(m), n == 1 || n == 2);
	}
	for (size_t size = 0; size < 64; size++) {
		m = good;
		m.key_id = some(size);
		ck_assert_int_eq(sign_is_read(m), size == 32);
	}
}
END_TEST

static bool key_is_read(struct job_key m)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_key(&w, &m);
	return is_read(&w);
}

START_TEST(a_key_must_fit_the_limits)
{
	const struct job_key good = {
		.label = unit_view("label"),
		.cka_id = some(CKA_ID_MAX),
		.type = KEY_TYPE_RSA,
		.bits = 2048,
		.spki = some(SPKI_MAX),
		.ssh_blob = some(SPKI_MAX),
		.certificate = some(CERTIFICATE_MAX),
	};
	struct job_key m;

	ck_assert(key_is_read(good));
	m = good, m.label = unit_view("la\tbel");
	ck_assert(!key_is_read(m));
	m = good, m.cka_id = some(CKA_ID_MAX + 1);
	ck_assert(!key_is_read(m));
	m = good, m.spki = some(SPKI_MAX + 1);
	ck_assert(!key_is_read(m));
	m = good, m.spki = some(0);
	ck_assert(!key_is_read(m));
	m = good, m.ssh_blob = some(SPKI_MAX + 1);
	ck_assert(!key_is_read(m));
	m = good, m.ssh_blob = some(0);
	ck_assert(!key_is_read(m));
	m = good, m.certificate = some(CERTIFICATE_MAX + 1);
	ck_assert(!key_is_read(m));
	m = good, m.bits = 0;
	ck_assert(!key_is_read(m));
	/* A signature that no buffer could hold. */
	m = good, m.bits = 8 * SIGNATURE_MAX + 1;
	ck_assert(!key_is_read(m));
	m = good, m.bits = UINT32_MAX;
	ck_assert(!key_is_read(m));
	for (int n = 0; n < 256; n++) {
		m = good, m.type = (enum key_type)n;
		ck_assert_int_eq(key_is_read(m), n >= 1 && n <= 5);
	}
}
END_TEST

static bool state_is_read(struct job_state m)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_state(&w, &m);
	return is_read(&w);
}

START_TEST(a_state_must_fit_the_limits)
{
	const struct job_state good = {
		.state = TOKEN_STATE_READY,
		.sessions = TOKEN_SESSIONS_MAX,
		.keys = TOKEN_KEYS_MAX,
	};
	struct job_state m;

	ck_assert(state_is_read(good));
	m = good, m.sessions++;
	ck_assert(!state_is_read(m));
	m = good, m.keys++;
	ck_assert(!state_is_read(m));
	m = good, m.sentence = unit_view("two\nlines");
	ck_assert(!state_is_read(m));
	m = good, m.label = unit_view("\xff");
	ck_assert(!state_is_read(m));
	m = good, m.serial = unit_view("\x7f");
	ck_assert(!state_is_read(m));
	for (int n = 0; n < 256; n++) {
		m = good, m.state = (enum token_state)n;
		ck_assert_int_eq(state_is_read(m), n >= 1 && n <= 5);
	}
}
END_TEST

static bool answer_is_read(struct job_answer m, enum job_type type)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	if (type == JOB_SIGNED)
		job_write_signed(&w, &m);
	else
		job_write_done(&w, &m);
	return is_read(&w);
}

START_TEST(a_signature_comes_exactly_with_ok)
{
	for (int n = 0; n < 256; n++) {
		struct job_answer with = {.result = (enum job_result)n, .signature = some(64)};
		struct job_answer without = {.result = (enum job_result)n};

		ck_assert_int_eq(answer_is_read(with, JOB_SIGNED), n == JOB_RESULT_OK);
		ck_assert_int_eq(answer_is_read(without, JOB_SIGNED), n > 1 && n < _JOB_RESULT_MAX);
		ck_assert_int_eq(answer_is_read(without, JOB_DONE), n >= 1 && n < _JOB_RESULT_MAX);
	}
}
END_TEST

START_TEST(a_signature_has_a_maximum)
{
	ck_assert(answer_is_read((struct job_answer){.result = JOB_RESULT_OK,
						     .signature = some(SIGNATURE_MAX)},
				 JOB_SIGNED));
	ck_assert(!answer_is_read((struct job_answer){.result = JOB_RESULT_OK,
						      .signature = some(SIGNATURE_MAX + 1)},
				  JOB_SIGNED));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_job_cut_anywhere_or_lengthened_is_malformed,
		huge_lengths_anywhere_are_survived,
		sign_takes_only_numbers_that_have_a_meaning,
		a_key_must_fit_the_limits,
		a_state_must_fit_the_limits,
		a_signature_comes_exactly_with_ok,
		a_signature_has_a_maximum,
	};

	return unit_run("job", tests, array_len(tests));
}
