/*
 * cli/leftovers.c - see leftovers.h
 */
#include "client/cli/leftovers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"

struct leftover {
	struct leftover *next;
	char name[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for first */
static struct leftover *first;

int leftovers_add(const char *name)
{
	size_t size = strlen(name) + 1;
	struct leftover *l = malloc(sizeof(*l) + size);

	if (!l)
		return -ENOMEM;
	memcpy(l->name, name, size);
	(void)pthread_mutex_lock(&lock);
	l->next = first;
	first = l;
	(void)pthread_mutex_unlock(&lock);
	return 0;
}

void leftovers_drop(const char *name)
{
	struct leftover **at, *l;

	(void)pthread_mutex_lock(&lock);
	for (at = &first; *at && strcmp((*at)->name, name) != 0; at = &(*at)->next)
		;
	l = *at;
	if (l)
		*at = l->next;
	(void)pthread_mutex_unlock(&lock);
	free(l);
}

static void *wait_for_end(void *userdata)
{
	sigset_t *set = userdata;
	int sig;

	if (sigwait(set, &sig) != 0)
		return NULL;
	(void)pthread_mutex_lock(&lock); /* for good: no other file gets a name */
	for (const struct leftover *l = first; l; l = l->next)
		(void)unlink(l->name); /* it may not be there */
	(void)raise(sig);              /* ends us once it is let through */
	(void)pthread_sigmask(SIG_UNBLOCK, set, NULL);
	return NULL;
}

static bool is_ignored(int sig)
{
	struct sigaction how;

	return sigaction(sig, NULL, &how) < 0 || how.sa_handler != SIG_DFL;
}

void leftovers_watch(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	static sigset_t set; /* for as long as there is a thread */
	pthread_t thread;

	(void)sigemptyset(&set); /* fails for no set */
	for (size_t i = 0; i < array_len(ends); i++)
		if (!is_ignored(ends[i]))
			(void)sigaddset(&set, ends[i]); /* fails for no signal of these */
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);   /* fails for no valid set */
	if (pthread_create(&thread, NULL, wait_for_end, &set) == 0)
		(void)pthread_detach(thread); /* ends with us */
	else
		(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* it ends us as ever */
}
