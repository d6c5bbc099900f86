/*
 * worker/inlet.c - see inlet.h
 */
#include "agent/worker/inlet.h"

#include <errno.h>
#include <string.h>

#include "agent/base/fd.h"

/* Jobs are much smaller, unless they carry a message; then one fills several reads. */
#define MUCH 16384u

void inlet_init(struct inlet *inlet, const struct jobs *jobs)
{
	*inlet = (struct inlet){.jobs = *jobs};
}

/* --- reading ---------------------------------------------------------------------------------------- */

/* NULL if the connection goes on, or why it is over. */
static const char *take_frames(const struct jobs *jobs, struct channel *c)
{
	enum frames_state state;
	struct view frame;

	while ((state = frames_next(&c->in, &frame)) == FRAMES_COMPLETE) {
		switch (jobs_take(jobs, c, frame)) {
		case JOBS_TAKEN:
			break;
		case JOBS_END:
			hub_leave(jobs->hub, "a job has passed its deadline");
			return ""; /* nothing behind it is to be read any more */
		case JOBS_MALFORMED:
			return "it sent a malformed frame";
		}
		frames_drop(&c->in);
	}
	return state == FRAMES_BROKEN ? "it sent a frame of no possible length" : NULL;
}

static const char *read_some(const struct jobs *jobs, struct channel *c, size_t *ret_size)
{
	size_t before = frames_pending(&c->in);
	int r;

	*ret_size = 0;
	r = channel_receive(c);
	if (r == -EAGAIN)
		return NULL;
	if (r == -ECONNRESET)
		return "";
	if (r < 0)
		return "it cannot be read";
	*ret_size = frames_pending(&c->in) - before;
	return take_frames(jobs, c);
}

/* On, while much comes: an end may stand behind large jobs, and the next look may be some time off. */
static const char *read_all(const struct jobs *jobs, struct channel *c)
{
	const char *why_over;
	size_t size;

	do
		why_over = read_some(jobs, c, &size);
	while (!why_over && size >= MUCH);
	return why_over;
}

void inlet_readable(unsigned i, void *userdata)
{
	struct inlet *inlet = userdata;
	_cleanup_(channel_unrefp) struct channel *c = hub_channel(inlet->jobs.hub, i);
	bool is_over;

	if (!c)
		return; /* it was removed meanwhile */
	pthread_mutex_lock(&c->reading);
	if (c->fd >= 0 && !c->why_over)
		c->why_over = read_all(&inlet->jobs, c);
	is_over = c->why_over;
	if (!is_over && c->fd >= 0)
		queue_listen_again(inlet->jobs.queue, c->fd, i);
	pthread_mutex_unlock(&c->reading);
	if (is_over)
		hub_ring(inlet->jobs.hub);
}

/* --- the main thread's ------------------------------------------------------------------------------ */

int inlet_add(struct inlet *inlet, int *fd)
{
	_cleanup_(channel_unrefp) struct channel *c = NULL;
	int i, r;

	r = channel_new(fd, inlet->jobs.hub->bell_fd, &c);
	if (r < 0)
		return r;
	i = hub_add(inlet->jobs.hub, c);
	if (i < 0) {
		*fd = take_fd(&c->fd); /* it stays with who gave it */
		return i;
	}
	r = queue_listen(inlet->jobs.queue, c->fd, (unsigned)i);
	if (r < 0)
		channel_unref(inlet_remove(inlet, (size_t)i));
	return r;
}

void inlet_stop(struct inlet *inlet)
{
	for (size_t i = 0; i < HUB_CHANNELS_MAX; i++)
		if (inlet_at(inlet, i))
			queue_ignore(inlet->jobs.queue, inlet_at(inlet, i)->fd);
}

void inlet_flush(struct inlet *inlet)
{
	for (size_t i = 0; i < HUB_CHANNELS_MAX; i++)
		if (inlet_at(inlet, i))
			channel_flush(inlet_at(inlet, i));
}

struct channel *inlet_at(const struct inlet *inlet, size_t i)
{
	return inlet->jobs.hub->channels[i];
}

const char *inlet_why_over(const struct inlet *inlet, size_t i)
{
	struct channel *c = inlet_at(inlet, i);
	const char *why;

	pthread_mutex_lock(&c->reading);
	why = c->why_over;
	pthread_mutex_unlock(&c->reading);
	return why;
}

struct channel *inlet_remove(struct inlet *inlet, size_t i)
{
	const struct jobs *jobs = &inlet->jobs;
	struct channel *c = hub_remove(jobs->hub, i);

	pthread_mutex_lock(&c->reading);
	queue_ignore(jobs->queue, c->fd);
	channel_close(c);
	pthread_mutex_unlock(&c->reading);
	queue_cancel(jobs->queue, c);
	manager_cancel(jobs->manager, c);
	if (channel_is_shared(c))
		return c;
	return channel_unref(c);
}
