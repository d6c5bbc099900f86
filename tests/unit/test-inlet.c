/*
 * test-inlet.c - the token process's connections: who reads them, how they end
 */
#include "agent/worker/inlet.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/fd.h"
#include "agent/base/limits.h"
#include "agent/wire/job.h"

/* A token process without its threads; the test waits for tasks itself. */
struct house {
	struct queue queue;
	struct manager manager;
	struct hub hub;
	struct inlet inlet;
	int signetd_fds[HUB_CHANNELS_MAX + 1];
};

static void begin(struct house *h)
{
	const struct jobs jobs = {&h->queue, &h->manager, &h->hub};

	*h = (struct house){};
	ck_assert_int_eq(hub_init(&h->hub), 0);
	ck_assert_int_eq(queue_init(&h->queue, h->hub.bell_fd, inlet_readable, &h->inlet), 0);
	ck_assert_int_eq(pthread_mutex_init(&h->manager.lock, NULL), 0);
	ck_assert_int_eq(pthread_cond_init(&h->manager.wake, NULL), 0);
	list_init(&h->manager.orders);
	inlet_init(&h->inlet, &jobs);
	queue_resume(&h->queue, 1);
}

static void end(struct house *h)
{
	for (size_t i = 0; i < HUB_CHANNELS_MAX; i++)
		if (inlet_at(&h->inlet, i))
			ck_assert_ptr_null(inlet_remove(&h->inlet, i));
	for (size_t i = 0; i < array_len(h->signetd_fds); i++)
		if (h->signetd_fds[i] > 0)
			fd_close(h->signetd_fds[i]);
	queue_done(&h->queue);
	fd_close(h->hub.bell_fd);
}

static int dial(struct house *h, size_t i)
{
	int fds[2], r;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
			 0);
	h->signetd_fds[i] = fds[1];
	r = inlet_add(&h->inlet, &fds[0]);
	ck_assert_int_eq(fds[0] == -EBADF, r == 0);
	if (r < 0)
		fd_close(fds[0]);
	return r;
}

static void send_frames(struct house *h, size_t i, struct writer *w)
{
	ck_assert_int_eq(writer_end(w), 0);
	ck_assert_int_eq(write(h->signetd_fds[i], w->data, w->size), (ssize_t)w->size);
	writer_done(w);
}

static void say_hello(struct house *h, size_t i)
{
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_hello(&w);
	send_frames(h, i, &w);
}

static void ask(struct house *h, size_t i, uint64_t id)
{
	static const uint8_t key_id[JOB_KEY_ID_SIZE], data[32];
	const struct job_sign m = {
		.id = id,
		.key_id = {key_id, sizeof(key_id)},
		.algorithm = ALGORITHM_ECDSA,
		.hash = HASH_SHA256,
		.input = INPUT_DIGEST,
		.data = {data, sizeof(data)},
	};
	struct writer w;

	writer_init(&w, FRAME_MAX);
	job_write_sign(&w, &m);
	send_frames(h, i, &w);
}

static bool has_rung(struct house *h)
{
	uint64_t n;

	return read(h->hub.bell_fd, &n, sizeof(n)) == sizeof(n);
}

static bool must_leave(struct house *h)
{
	_cleanup_(freep) char *status = NULL, *notices = NULL;

	return hub_collect(&h->hub, &status, &notices);
}

START_TEST(who_waits_for_a_task_reads_it_from_its_connection)
{
	struct house h;
	struct task *t;

	begin(&h);
	ck_assert_int_eq(dial(&h, 0), 0);
	ck_assert_int_eq(dial(&h, 1), 0);
	say_hello(&h, 0);
	say_hello(&h, 1);
	ask(&h, 1, 7);
	t = queue_take(&h.queue);
	ck_assert_uint_eq(t->id, 7);
	ck_assert_ptr_eq(t->channel, inlet_at(&h.inlet, 1));
	ck_assert_ptr_null(inlet_why_over(&h.inlet, 0));
	queue_finish(&h.queue, t);
	end(&h);
}
END_TEST

static void *take_one(void *userdata)
{
	struct house *h = userdata;

	return queue_take(&h->queue);
}

/* What the main thread has taken out of the socket wakes nobody any more by itself. */
START_TEST(a_thread_that_waits_is_woken_for_what_another_has_read)
{
	struct house h;
	pthread_t thread;
	bool is_deaf;
	void *t;

	begin(&h);
	ck_assert_int_eq(dial(&h, 0), 0);
	say_hello(&h, 0);
	inlet_readable(0, &h.inlet);
	queue_ignore(&h.queue, inlet_at(&h.inlet, 0)->fd); /* so that the order is certain */
	ck_assert_int_eq(pthread_create(&thread, NULL, take_one, &h), 0);
	do
		(void)queue_watch(&h.queue, &is_deaf);
	while (is_deaf);
	ask(&h, 0, 2);
	inlet_readable(0, &h.inlet);
	queue_wake(&h.queue);
	ck_assert_int_eq(pthread_join(thread, &t), 0);
	ck_assert_uint_eq(((struct task *)t)->id, 2);
	queue_finish(&h.queue, t);
	end(&h);
}
END_TEST

START_TEST(an_end_behind_large_jobs_is_heard_at_one_look)
{
	static uint8_t key_id[JOB_KEY_ID_SIZE], data[60000];
	const struct job_sign m = {
		.id = 1,
		.key_id = {key_id, sizeof(key_id)},
		.algorithm = ALGORITHM_EDDSA,
		.hash = HASH_NONE,
		.input = INPUT_MESSAGE,
		.data = {data, sizeof(data)},
	};
	struct writer w;
	struct house h;

	begin(&h);
	ck_assert_int_eq(dial(&h, 0), 0);
	say_hello(&h, 0);
	writer_init(&w, 16u * FRAME_MAX);
	job_write_sign(&w, &m);
	job_write_sign(&w, &m);
	job_write_end(&w);
	send_frames(&h, 0, &w);
	inlet_readable(0, &h.inlet);
	ck_assert(must_leave(&h));
	end(&h);
}
END_TEST

START_TEST(an_end_is_told_to_the_main_thread_and_read_no_more)
{
	struct house h;

	begin(&h);
	ck_assert_int_eq(dial(&h, 0), 0);
	h.signetd_fds[0] = fd_close(h.signetd_fds[0]);
	inlet_readable(0, &h.inlet);
	ck_assert_str_eq(inlet_why_over(&h.inlet, 0), "");
	ck_assert(has_rung(&h));
	inlet_readable(0, &h.inlet);
	ck_assert_str_eq(inlet_why_over(&h.inlet, 0), "");
	end(&h);
}
END_TEST

START_TEST(a_frame_that_is_malformed_ends_its_connection_alone)
{
	static const uint8_t nonsense[] = {0, 0, 0, 2, 99, 99}, endless[] = {0xff, 0xff, 0, 0, 1};
	struct house h;
	struct task *t;

	begin(&h);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(dial(&h, i), 0);
		say_hello(&h, i);
	}
	ck_assert_int_eq(write(h.signetd_fds[0], nonsense, sizeof(nonsense)), sizeof(nonsense));
	ck_assert_int_eq(write(h.signetd_fds[1], endless, sizeof(endless)), sizeof(endless));
	inlet_readable(0, &h.inlet);
	inlet_readable(1, &h.inlet);
	ck_assert_ptr_nonnull(strstr(inlet_why_over(&h.inlet, 0), "malformed"));
	ck_assert_ptr_nonnull(strstr(inlet_why_over(&h.inlet, 1), "no possible length"));
	ask(&h, 2, 1);
	t = queue_take(&h.queue);
	ck_assert_uint_eq(t->id, 1);
	queue_finish(&h.queue, t);
	end(&h);
}
END_TEST

START_TEST(jobs_of_a_removed_connection_are_dropped_unless_they_run)
{
	struct channel *orphaned;
	struct house h;
	struct task *t;

	begin(&h);
	ck_assert_int_eq(dial(&h, 0), 0);
	say_hello(&h, 0);
	ask(&h, 0, 1);
	ask(&h, 0, 2);
	t = queue_take(&h.queue);
	orphaned = inlet_remove(&h.inlet, 0);
	ck_assert_ptr_eq(orphaned, t->channel);
	ck_assert(!queue_has_more(&h.queue));
	queue_finish(&h.queue, t);
	ck_assert(!channel_is_shared(orphaned));
	channel_unref(orphaned);
	inlet_readable(0, &h.inlet); /* somebody had heard of it just before */
	end(&h);
}
END_TEST

START_TEST(a_deadline_that_has_passed_ends_the_process_and_nothing_behind_it_is_read)
{
	struct writer w;
	struct house h;

	begin(&h);
	ck_assert_int_eq(dial(&h, 0), 0);
	say_hello(&h, 0);
	writer_init(&w, FRAME_MAX);
	job_write_end(&w);
	send_frames(&h, 0, &w);
	ask(&h, 0, 1);
	inlet_readable(0, &h.inlet);
	ck_assert(must_leave(&h));
	ck_assert(!queue_has_more(&h.queue));
	end(&h);
}
END_TEST

START_TEST(who_was_told_to_stop_reads_nothing_more)
{
	static uint8_t key_id[JOB_KEY_ID_SIZE];
	const struct job_sign m = {.id = 9, .key_id = {key_id, sizeof(key_id)}};
	struct house h;
	struct task *t;

	begin(&h);
	ck_assert_int_eq(dial(&h, 0), 0);
	say_hello(&h, 0);
	inlet_stop(&h.inlet);
	ask(&h, 0, 1);
	ck_assert_int_eq(task_new_sign(inlet_at(&h.inlet, 0), &m, &t), 0);
	ck_assert(queue_put(&h.queue, &t));
	t = queue_take(&h.queue);
	ck_assert_uint_eq(t->id, 9);
	ck_assert(!queue_has_more(&h.queue));
	queue_finish(&h.queue, t);
	end(&h);
}
END_TEST

START_TEST(more_connections_than_there_is_room_for_are_refused)
{
	struct house h;

	begin(&h);
	for (size_t i = 0; i < HUB_CHANNELS_MAX; i++)
		ck_assert_int_eq(dial(&h, i), 0);
	ck_assert_int_eq(dial(&h, HUB_CHANNELS_MAX), -ENOSPC);
	ck_assert_ptr_null(inlet_remove(&h.inlet, 1));
	h.signetd_fds[1] = fd_close(h.signetd_fds[1]);
	ck_assert_int_eq(dial(&h, 1), 0);
	end(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		who_waits_for_a_task_reads_it_from_its_connection,
		a_thread_that_waits_is_woken_for_what_another_has_read,
		an_end_behind_large_jobs_is_heard_at_one_look,
		an_end_is_told_to_the_main_thread_and_read_no_more,
		a_frame_that_is_malformed_ends_its_connection_alone,
		jobs_of_a_removed_connection_are_dropped_unless_they_run,
		a_deadline_that_has_passed_ends_the_process_and_nothing_behind_it_is_read,
		who_was_told_to_stop_reads_nothing_more,
		more_connections_than_there_is_room_for_are_refused,
	};

	return unit_run("inlet", tests, array_len(tests));
}
