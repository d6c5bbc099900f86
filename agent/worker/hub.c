/*
 * worker/hub.c - see hub.h
 */
#include "agent/worker/hub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/base/fd.h"

int hub_init(struct hub *h)
{
	*h = (struct hub){};
	if (pthread_mutex_init(&h->lock, NULL) != 0)
		return -ENOMEM;
	h->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return h->bell_fd < 0 ? -errno : 0;
}

void hub_ring(struct hub *h)
{
	fd_ring(h->bell_fd, 1);
}

int hub_add(struct hub *h, struct channel *c)
{
	size_t i = 0;

	pthread_mutex_lock(&h->lock);
	while (i < HUB_CHANNELS_MAX && h->channels[i])
		i++;
	if (i < HUB_CHANNELS_MAX)
		h->channels[i] = channel_ref(c);
	pthread_mutex_unlock(&h->lock);
	return i < HUB_CHANNELS_MAX ? (int)i : -ENOSPC;
}

struct channel *hub_channel(struct hub *h, size_t i)
{
	struct channel *c;

	pthread_mutex_lock(&h->lock);
	c = h->channels[i] ? channel_ref(h->channels[i]) : NULL;
	pthread_mutex_unlock(&h->lock);
	return c;
}

struct channel *hub_remove(struct hub *h, size_t i)
{
	struct channel *c;

	pthread_mutex_lock(&h->lock);
	c = take_ptr(h->channels[i]);
	pthread_mutex_unlock(&h->lock);
	return c;
}

static void send_state(struct hub *h, struct channel *c)
{
	if (h->frames)
		channel_send(c, (struct view){h->frames, h->frames_size});
}

static void send_state_to_all(struct hub *h)
{
	for (size_t i = 0; i < HUB_CHANNELS_MAX; i++)
		if (h->channels[i] && h->channels[i]->is_greeted)
			send_state(h, h->channels[i]);
}

void hub_greet(struct hub *h, struct channel *c)
{
	pthread_mutex_lock(&h->lock);
	c->is_greeted = true;
	send_state(h, c);
	pthread_mutex_unlock(&h->lock);
}

void hub_announce(struct hub *h, uint8_t **frames, size_t size, char **status, char **notices)
{
	pthread_mutex_lock(&h->lock);
	if (*notices && (!h->notices || strcmp(h->notices, *notices) != 0)) {
		free(h->notices);
		h->notices = take_ptr(*notices);
		h->has_notices = true;
	}
	if (!h->frames || h->frames_size != size || memcmp(h->frames, *frames, size) != 0) {
		free(h->frames);
		free(h->status);
		h->frames = take_ptr(*frames);
		h->frames_size = size;
		h->status = take_ptr(*status);
		send_state_to_all(h);
	}
	pthread_mutex_unlock(&h->lock);
	hub_ring(h);
}

void hub_leave(struct hub *h, const char *why)
{
	pthread_mutex_lock(&h->lock);
	if (!h->why_leave)
		h->why_leave = why;
	pthread_mutex_unlock(&h->lock);
	hub_ring(h);
}

const char *hub_collect(struct hub *h, char **ret_status, char **ret_notices)
{
	const char *why_leave;
	uint64_t rings;

	if (read(h->bell_fd, &rings, sizeof(rings)) < 0)
		rings = 0; /* it has not rung: then nothing is new, which is fine */
	pthread_mutex_lock(&h->lock);
	*ret_status = take_ptr(h->status);
	/* Told once, and kept to be compared; without memory they are not told at all. */
	*ret_notices = h->has_notices ? strdup(h->notices) : NULL;
	h->has_notices = false;
	why_leave = h->why_leave;
	pthread_mutex_unlock(&h->lock);
	return why_leave;
}
