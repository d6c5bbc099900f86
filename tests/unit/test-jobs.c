/*
 * test-jobs.c - frames of signetd: what is taken in, what is answered at once, what ends it
 */
#include "agent/worker/jobs.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/wire/job.h"

/* Both ends of a connection; nobody works on what is taken in. */
struct house {
	struct queue queue;
	struct manager manager;
	struct hub hub;
	struct jobs jobs;
	struct channel *channel;
	int signetd_fd;
};

static void house_init(struct house *h)
{
	int fds[2];

	*h = (struct house){.jobs = {&h->queue, &h->manager, &h->hub}};
	ck_assert_int_eq(queue_init(&h->queue, -EBADF, NULL, NULL), 0);
	ck_assert_int_eq(hub_init(&h->hub), 0);
	ck_assert_int_eq(pthread_mutex_init(&h->manager.lock, NULL), 0);
	ck_assert_int_eq(pthread_cond_init(&h->manager.wake, NULL), 0);
	list_init(&h->manager.orders);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
			 0);
	h->signetd_fd = fds[1];
	ck_assert_int_eq(channel_new(&fds[0], h->hub.bell_fd, &h->channel), 0);
}

static void house_done(struct house *h)
{
	queue_cancel(&h->queue, h->channel);
	manager_cancel(&h->manager, h->channel);
	ck_assert(!channel_is_shared(h->channel));
	channel_unref(h->channel);
	fd_close(h->signetd_fd);
	fd_close(h->hub.bell_fd);
	queue_done(&h->queue);
}

/* A frame as it stands behind its length word. */
static enum jobs_verdict take(struct house *h, const struct writer *w)
{
	return jobs_take(&h->jobs, h->channel, (struct view){w->data + 4, w->size - 4});
}

static void greet(struct house *h)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_hello(&w);
	ck_assert_int_eq(take(h, &w), JOBS_TAKEN);
	writer_done(&w);
}

static void write_sign(struct writer *w)
{
	static const uint8_t key_id[JOB_KEY_ID_SIZE], data[32];
	const struct job_sign m = {
		.id = 7,
		.key_id = {key_id, sizeof(key_id)},
		.algorithm = ALGORITHM_ECDSA,
		.hash = HASH_SHA256,
		.input = INPUT_DIGEST,
		.data = {data, sizeof(data)},
	};

	writer_init(w, FRAME_MAX);
	job_write_sign(w, &m);
	ck_assert_int_eq(writer_end(w), 0);
}

/* A memfd on its way to the channel, before the frame that it belongs to. */
static void send_pin(struct house *h, const char *pin, bool is_sealed)
{
	_cleanup_(fd_closep) int fd = memfd_create("pin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t size = strlen(pin);

	ck_assert_int_eq(write(fd, pin, size), (ssize_t)size);
	if (is_sealed)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK),
				 0);
	h->channel->fds[h->channel->n_fds++] = take_fd(&fd);
}

static enum jobs_verdict take_order_of(struct house *h, enum job_type type, bool is_stored)
{
	enum jobs_verdict verdict;
	struct writer w;

	writer_init(&w, FRAME_MAX);
	if (type == JOB_LOCK)
		job_write_lock(&w, 9);
	else
		job_write_unlock(&w, &(struct job_unlock){.id = 9, .is_stored = is_stored});
	verdict = take(h, &w);
	writer_done(&w);
	return verdict;
}

static enum jobs_verdict take_order(struct house *h, enum job_type type)
{
	return take_order_of(h, type, false);
}

/* What signetd is answered; RESULT_NONE: nothing. */
static enum job_result answered(struct house *h)
{
	struct job_answer a;
	uint8_t buf[2048];
	struct reader r;
	ssize_t n = recv(h->signetd_fd, buf, sizeof(buf), 0);

	if (n < 0)
		return JOB_RESULT_NONE;
	ck_assert_int_gt(n, 5);
	ck_assert_uint_eq(buf[4], JOB_DONE);
	reader_init(&r, buf + 5, (size_t)n - 5);
	ck_assert(job_read_done(&r, &a));
	ck_assert_uint_eq(a.id, 9);
	return a.result;
}

START_TEST(hello_comes_first_and_once)
{
	struct house h;
	struct writer w;

	house_init(&h);
	write_sign(&w);
	ck_assert_int_eq(take(&h, &w), JOBS_MALFORMED);
	greet(&h);
	ck_assert_int_eq(take(&h, &w), JOBS_TAKEN);
	ck_assert_uint_eq(h.queue.n_tasks, 1);
	writer_done(&w);
	writer_init(&w, FRAME_MAX);
	job_write_hello(&w);
	ck_assert_int_eq(take(&h, &w), JOBS_MALFORMED);
	writer_done(&w);
	house_done(&h);
}
END_TEST

START_TEST(another_version_is_not_spoken)
{
	struct house h;
	struct writer w;

	house_init(&h);
	writer_init(&w, FRAME_MAX);
	job_write_hello(&w);
	w.data[w.size - 1]++;
	ck_assert_int_eq(take(&h, &w), JOBS_MALFORMED);
	writer_done(&w);
	house_done(&h);
}
END_TEST

START_TEST(a_frame_cut_anywhere_or_with_more_behind_it_is_malformed)
{
	struct house h;
	struct writer w;

	house_init(&h);
	greet(&h);
	write_sign(&w);
	for (size_t size = 1; size < w.size - 4; size++)
		ck_assert_int_eq(jobs_take(&h.jobs, h.channel, (struct view){w.data + 4, size}),
				 JOBS_MALFORMED);
	writer_u8(&w, 0);
	ck_assert_int_eq(take(&h, &w), JOBS_MALFORMED);
	ck_assert(queue_is_empty(&h.queue));
	writer_done(&w);
	house_done(&h);
}
END_TEST

START_TEST(what_signetd_never_sends_is_malformed)
{
	struct house h;

	house_init(&h);
	greet(&h);
	for (unsigned type = 0; type <= 255; type++) {
		uint8_t frame[9] = {(uint8_t)type};

		if (type == JOB_LOCK)
			continue;
		ck_assert_int_eq(jobs_take(&h.jobs, h.channel, (struct view){frame, sizeof(frame)}),
				 JOBS_MALFORMED);
	}
	house_done(&h);
}
END_TEST

START_TEST(the_end_is_the_end)
{
	struct house h;
	struct writer w;

	house_init(&h);
	greet(&h);
	writer_init(&w, FRAME_MAX);
	job_write_end(&w);
	ck_assert_int_eq(take(&h, &w), JOBS_END);
	writer_done(&w);
	house_done(&h);
}
END_TEST

START_TEST(a_pin_in_a_sealed_memfd_is_taken_along)
{
	struct house h;
	struct task *t;

	house_init(&h);
	greet(&h);
	send_pin(&h, "1234\n", true);
	ck_assert_int_eq(take_order(&h, JOB_UNLOCK), JOBS_TAKEN);
	ck_assert_uint_eq(h.manager.n_orders, 1);
	t = container_of(h.manager.orders.next, struct task, link);
	ck_assert_str_eq(t->pin->bytes, "1234");
	ck_assert(t->is_person);
	ck_assert_int_eq(answered(&h), JOB_RESULT_NONE);
	house_done(&h);
}
END_TEST

START_TEST(a_stored_pin_is_no_persons)
{
	struct house h;
	struct task *t;

	house_init(&h);
	greet(&h);
	send_pin(&h, "1234", true);
	ck_assert_int_eq(take_order_of(&h, JOB_UNLOCK, true), JOBS_TAKEN);
	t = container_of(h.manager.orders.next, struct task, link);
	ck_assert(!t->is_person);
	house_done(&h);
}
END_TEST

START_TEST(a_pin_that_comes_otherwise_is_refused_and_never_tried)
{
	static const struct {
		const char *pin;
		bool is_sealed;
	} rows[] = {{"1234", false}, {"", true}, {"\n", true}};
	char long_pin[PIN_MAX + 3];
	struct house h;

	house_init(&h);
	greet(&h);
	ck_assert_int_eq(take_order(&h, JOB_UNLOCK), JOBS_TAKEN); /* no descriptor at all */
	ck_assert_int_eq(answered(&h), JOB_RESULT_REFUSED);
	for (size_t i = 0; i < array_len(rows); i++) {
		send_pin(&h, rows[i].pin, rows[i].is_sealed);
		ck_assert_int_eq(take_order(&h, JOB_UNLOCK), JOBS_TAKEN);
		ck_assert_int_eq(answered(&h), JOB_RESULT_REFUSED);
	}
	memset(long_pin, '1', sizeof(long_pin) - 1);
	long_pin[sizeof(long_pin) - 1] = '\0';
	send_pin(&h, long_pin, true);
	ck_assert_int_eq(take_order(&h, JOB_UNLOCK), JOBS_TAKEN);
	ck_assert_int_eq(answered(&h), JOB_RESULT_REFUSED);
	ck_assert_uint_eq(h.manager.n_orders, 0);
	house_done(&h);
}
END_TEST

START_TEST(more_orders_than_anybody_gives_are_answered_busy)
{
	struct house h;

	house_init(&h);
	greet(&h);
	for (unsigned i = 0; i < MANAGER_ORDERS_MAX; i++) {
		send_pin(&h, "1234", true);
		ck_assert_int_eq(take_order(&h, JOB_UNLOCK), JOBS_TAKEN);
	}
	ck_assert_int_eq(answered(&h), JOB_RESULT_NONE);
	ck_assert_int_eq(take_order(&h, JOB_LOCK), JOBS_TAKEN);
	ck_assert_int_eq(answered(&h), JOB_RESULT_BUSY);
	house_done(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hello_comes_first_and_once,
		another_version_is_not_spoken,
		a_frame_cut_anywhere_or_with_more_behind_it_is_malformed,
		what_signetd_never_sends_is_malformed,
		the_end_is_the_end,
		a_pin_in_a_sealed_memfd_is_taken_along,
		a_stored_pin_is_no_persons,
		a_pin_that_comes_otherwise_is_refused_and_never_tried,
		more_orders_than_anybody_gives_are_answered_busy,
	};

	return unit_run("jobs", tests, array_len(tests));
}
