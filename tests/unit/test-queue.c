/*
 * test-queue.c - what waits for a session, and who gets the token for itself
 */
#include "agent/worker/queue.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"

static struct channel *new_channel(void)
{
	struct channel *c;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(channel_new(&fds[0], -1, &c), 0);
	fd_close(fds[1]);
	return c;
}

static struct task *new_task(struct channel *c, uint64_t id, size_t size)
{
	static uint8_t data[MESSAGE_MAX], key_id[JOB_KEY_ID_SIZE];
	const struct job_sign job = {
		.id = id,
		.key_id = {key_id, sizeof(key_id)},
		.data = {data, size},
	};
	struct task *t;

	ck_assert_int_eq(task_new_sign(c, &job, &t), 0);
	return t;
}

static void put(struct queue *q, struct channel *c, uint64_t id)
{
	struct task *t = new_task(c, id, 32);

	ck_assert(queue_put(q, &t));
	ck_assert_ptr_null(t);
}

START_TEST(tasks_come_out_in_the_order_they_went_in)
{
	struct channel *c = new_channel();
	struct queue q;

	ck_assert_int_eq(queue_init(&q, -EBADF, NULL, NULL), 0);
	queue_resume(&q, 3);
	for (uint64_t i = 1; i <= 3; i++)
		put(&q, c, i);
	for (uint64_t i = 1; i <= 3; i++) {
		struct task *t = queue_take(&q);

		ck_assert_uint_eq(t->id, i);
		queue_finish(&q, t);
	}
	ck_assert(queue_is_empty(&q));
	ck_assert(!channel_is_shared(c));
	channel_unref(c);
}
END_TEST

START_TEST(a_returned_task_is_the_next_one_again)
{
	struct channel *c = new_channel();
	struct queue q;
	struct task *t;

	ck_assert_int_eq(queue_init(&q, -EBADF, NULL, NULL), 0);
	queue_resume(&q, 1);
	put(&q, c, 1);
	put(&q, c, 2);
	queue_return(&q, queue_take(&q));
	t = queue_take(&q);
	ck_assert_uint_eq(t->id, 1);
	queue_finish(&q, t);
	t = queue_take(&q);
	ck_assert_uint_eq(t->id, 2);
	queue_finish(&q, t);
	channel_unref(c);
}
END_TEST

START_TEST(each_running_task_has_a_lane_of_its_own_below_the_limit)
{
	struct channel *c = new_channel();
	struct task *tasks[3];
	unsigned lanes = 0;
	struct queue q;

	ck_assert_int_eq(queue_init(&q, -EBADF, NULL, NULL), 0);
	queue_resume(&q, 3);
	for (uint64_t i = 0; i < 5; i++)
		put(&q, c, i);
	for (size_t i = 0; i < 3; i++) {
		tasks[i] = queue_take(&q);
		lanes |= 1u << tasks[i]->lane;
	}
	ck_assert_uint_eq(lanes, 7);
	queue_finish(&q, tasks[1]);
	tasks[1] = queue_take(&q);
	ck_assert_uint_eq(tasks[1]->lane, 1);
	queue_return(&q, tasks[2]);
	tasks[2] = queue_take(&q);
	ck_assert_uint_eq(tasks[2]->lane, 2);
	for (size_t i = 0; i < 3; i++)
		queue_finish(&q, tasks[i]);
	queue_cancel(&q, c);
	queue_done(&q);
	channel_unref(c);
}
END_TEST

START_TEST(too_many_bytes_are_not_taken_in)
{
	struct channel *c = new_channel();
	struct queue q;
	struct task *t;
	size_t n = 0;

	ck_assert_int_eq(queue_init(&q, -EBADF, NULL, NULL), 0);
	do {
		t = new_task(c, ++n, MESSAGE_MAX);
	} while (queue_put(&q, &t));
	ck_assert_uint_le(n, QUEUE_BYTES_MAX / MESSAGE_MAX + 2);
	ck_assert_ptr_nonnull(t); /* still the caller's */
	task_free(t);
	queue_cancel(&q, c);
	ck_assert(queue_is_empty(&q));
	channel_unref(c);
}
END_TEST

START_TEST(who_hangs_up_takes_his_tasks_along_and_nobody_elses)
{
	struct channel *a = new_channel(), *b = new_channel();
	struct queue q;
	struct task *t;

	ck_assert_int_eq(queue_init(&q, -EBADF, NULL, NULL), 0);
	queue_resume(&q, 1);
	put(&q, a, 1);
	put(&q, b, 2);
	put(&q, a, 3);
	queue_cancel(&q, a);
	ck_assert(!channel_is_shared(a));
	t = queue_take(&q);
	ck_assert_uint_eq(t->id, 2);
	queue_finish(&q, t);
	ck_assert(queue_is_empty(&q));
	channel_unref(a);
	channel_unref(b);
}
END_TEST

START_TEST(a_running_task_is_not_cancelled)
{
	struct channel *c = new_channel();
	struct queue q;
	struct task *t;

	ck_assert_int_eq(queue_init(&q, -EBADF, NULL, NULL), 0);
	queue_resume(&q, 1);
	put(&q, c, 1);
	t = queue_take(&q);
	queue_cancel(&q, c);
	ck_assert(channel_is_shared(c));
	ck_assert(!queue_is_empty(&q));
	queue_finish(&q, t);
	ck_assert(!channel_is_shared(c));
	channel_unref(c);
}
END_TEST

/* A thread that signs: takes what it gets and lets others see how many do at once. */
struct crowd {
	struct queue queue;
	pthread_mutex_t lock;
	unsigned n_inside, n_most, n_done, n_wanted;
	bool is_forbidden; /* somebody has drained the queue */
	bool was_disturbed;
};

static void *take_and_finish(void *userdata)
{
	struct crowd *c = userdata;

	for (;;) {
		struct task *t = queue_take(&c->queue);
		bool is_last;

		pthread_mutex_lock(&c->lock);
		c->was_disturbed |= c->is_forbidden;
		if (++c->n_inside > c->n_most)
			c->n_most = c->n_inside;
		pthread_mutex_unlock(&c->lock);

		pthread_mutex_lock(&c->lock);
		c->n_inside--;
		is_last = ++c->n_done + 4 > c->n_wanted;
		pthread_mutex_unlock(&c->lock);
		queue_finish(&c->queue, t);
		if (is_last) {
			queue_wake(&c->queue); /* somebody else must take the next one */
			return NULL;
		}
	}
}

START_TEST(no_more_run_than_allowed_and_none_while_the_queue_is_drained)
{
	struct crowd crowd = {.lock = PTHREAD_MUTEX_INITIALIZER, .n_wanted = 3000};
	struct channel *c = new_channel();
	pthread_t threads[4];

	ck_assert_int_eq(queue_init(&crowd.queue, -EBADF, NULL, NULL), 0);
	queue_resume(&crowd.queue, 2);
	for (size_t i = 0; i < array_len(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_finish, &crowd), 0);
	for (unsigned i = 0; i < crowd.n_wanted; i++) {
		put(&crowd.queue, c, i);
		queue_wake(&crowd.queue);
		if (i % 100 != 0)
			continue;
		queue_pause(&crowd.queue);
		queue_drain(&crowd.queue);
		pthread_mutex_lock(&crowd.lock);
		crowd.is_forbidden = true;
		pthread_mutex_unlock(&crowd.lock);
		pthread_mutex_lock(&crowd.lock);
		crowd.is_forbidden = false;
		pthread_mutex_unlock(&crowd.lock);
		queue_resume(&crowd.queue, 2);
	}
	for (size_t i = 0; i < array_len(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_le(crowd.n_most, 2);
	ck_assert(!crowd.was_disturbed);
	channel_unref(c);
}
END_TEST

/* --- who waits for a task listens ------------------------------------------------------------------ */

struct ear {
	struct queue queue;
	struct channel *channel;
	int fds[2]; /* what is listened to, and where it comes from */
	int watch_fd;
	unsigned n_read;
};

/* Each byte is a task. */
static void on_readable(unsigned source, void *userdata)
{
	struct ear *e = userdata;
	char bytes[16];
	ssize_t n;

	ck_assert_uint_eq(source, 3);
	n = recv(e->fds[0], bytes, sizeof(bytes), MSG_DONTWAIT);
	for (ssize_t i = 0; i < n; i++)
		put(&e->queue, e->channel, ++e->n_read);
	queue_listen_again(&e->queue, e->fds[0], source);
}

static void ear_open(struct ear *e)
{
	*e = (struct ear){.channel = new_channel()};
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, e->fds), 0);
	e->watch_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ck_assert_int_eq(queue_init(&e->queue, e->watch_fd, on_readable, e), 0);
	ck_assert_int_eq(queue_listen(&e->queue, e->fds[0], 3), 0);
}

static void ear_close(struct ear *e)
{
	ck_assert(queue_is_empty(&e->queue));
	queue_done(&e->queue);
	channel_unref(e->channel);
	fd_close(e->fds[0]);
	fd_close(e->fds[1]);
	fd_close(e->watch_fd);
}

static bool has_rung(const struct ear *e)
{
	uint64_t n;

	return read(e->watch_fd, &n, sizeof(n)) == sizeof(n);
}

START_TEST(who_waits_reads_the_task_and_takes_it)
{
	struct ear e;

	ear_open(&e);
	queue_resume(&e.queue, 1);
	for (uint64_t i = 1; i <= 3; i++) {
		struct task *t;

		ck_assert_int_eq(send(e.fds[1], "x", 1, 0), 1);
		t = queue_take(&e.queue);
		ck_assert_uint_eq(t->id, i);
		queue_finish(&e.queue, t);
	}
	ear_close(&e);
}
END_TEST

static void *take_one(void *userdata)
{
	struct ear *e = userdata;
	struct task *t = queue_take(&e->queue);

	/* Not before the other has one, too. */
	while (!queue_watch(&e->queue, &(bool){false}) || e->queue.n_running < 2)
		sched_yield();
	return t;
}

START_TEST(who_reads_more_than_he_can_do_wakes_others)
{
	pthread_t threads[2];
	void *tasks[2];
	struct ear e;

	ear_open(&e);
	queue_resume(&e.queue, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_one, &e), 0);
	ck_assert_int_eq(send(e.fds[1], "xx", 2, 0), 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], &tasks[i]), 0);
	for (size_t i = 0; i < 2; i++)
		queue_finish(&e.queue, tasks[i]);
	ear_close(&e);
}
END_TEST

START_TEST(the_main_thread_is_told_to_watch_once_and_that_nobody_listens)
{
	struct task *first, *second;
	bool is_deaf;
	struct ear e;

	ear_open(&e);
	queue_resume(&e.queue, 2);
	ck_assert(!queue_watch(&e.queue, &is_deaf));
	ck_assert_int_eq(send(e.fds[1], "xx", 2, 0), 2);
	first = queue_take(&e.queue);
	ck_assert(has_rung(&e));
	ck_assert(queue_has_more(&e.queue));
	second = queue_take(&e.queue);
	ck_assert(!has_rung(&e));
	ck_assert(!queue_has_more(&e.queue));
	ck_assert(queue_watch(&e.queue, &is_deaf));
	ck_assert(is_deaf);
	queue_finish(&e.queue, first);
	queue_finish(&e.queue, second);
	ck_assert(!queue_watch(&e.queue, &is_deaf));
	ear_close(&e);
}
END_TEST

START_TEST(who_is_ignored_is_not_read)
{
	struct ear e;
	struct task *t;

	ear_open(&e);
	queue_ignore(&e.queue, e.fds[0]);
	queue_resume(&e.queue, 1);
	ck_assert_int_eq(send(e.fds[1], "x", 1, 0), 1);
	put(&e.queue, e.channel, 77);
	t = queue_take(&e.queue);
	ck_assert_uint_eq(t->id, 77);
	queue_finish(&e.queue, t);
	ck_assert_uint_eq(e.n_read, 0);
	ear_close(&e);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tasks_come_out_in_the_order_they_went_in,
		a_returned_task_is_the_next_one_again,
		each_running_task_has_a_lane_of_its_own_below_the_limit,
		too_many_bytes_are_not_taken_in,
		who_hangs_up_takes_his_tasks_along_and_nobody_elses,
		a_running_task_is_not_cancelled,
		no_more_run_than_allowed_and_none_while_the_queue_is_drained,
		who_waits_reads_the_task_and_takes_it,
		who_reads_more_than_he_can_do_wakes_others,
		the_main_thread_is_told_to_watch_once_and_that_nobody_listens,
		who_is_ignored_is_not_read,
	};

	return unit_run("queue", tests, array_len(tests));
}
