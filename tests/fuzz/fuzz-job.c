/*
 * fuzz-job.c - the token channel, both directions: what is read is written back the same
 *
 * The input is one frame behind its length word.
 */
#include "agent/base/limits.h"
#include "agent/wire/job.h"
#include "tests/fuzz/fuzz.h"

/* Reads a job of the type and writes it again; false if it is malformed. */
static bool copy(uint8_t type, struct reader *r, struct writer *w)
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
		if (!job_read_hello(r, &m.version) || m.version != JOB_VERSION)
			return false;
		job_write_hello(w);
		return true;
	case JOB_SIGN:
		if (!job_read_sign(r, &m.sign))
			return false;
		job_write_sign(w, &m.sign);
		return true;
	case JOB_UNLOCK:
		if (!job_read_unlock(r, &m.unlock))
			return false;
		job_write_unlock(w, &m.unlock);
		return true;
	case JOB_LOCK:
		if (!job_read_lock(r, &m.id))
			return false;
		job_write_lock(w, m.id);
		return true;
	case JOB_KEY:
		if (!job_read_key(r, &m.key))
			return false;
		fuzz_check(code_signature_size(m.key.type, m.key.bits) <= SIGNATURE_MAX,
			   "no key makes a signature that does not fit");
		job_write_key(w, &m.key);
		return true;
	case JOB_STATE:
		if (!job_read_state(r, &m.state))
			return false;
		job_write_state(w, &m.state);
		return true;
	case JOB_SIGNED:
		if (!job_read_signed(r, &m.answer))
			return false;
		job_write_signed(w, &m.answer);
		return true;
	case JOB_DONE:
		if (!job_read_done(r, &m.answer))
			return false;
		job_write_done(w, &m.answer);
		return true;
	default:
		return false;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writer w;
	struct reader r;
	struct view v;

	if (size > FRAME_MAX)
		return 0;
	reader_init(&r, data, size);
	writer_init(&w, FRAME_MAX + 4);
	if (copy(reader_u8(&r), &r, &w)) {
		fuzz_check(writer_end(&w) == 0, "what fitted a frame fits one again");
		v = writer_view(&w);
		fuzz_check_same((struct view){v.data + 4, v.size - 4}, data, size);
	}
	writer_done(&w);
	return 0;
}
