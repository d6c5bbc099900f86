/*
 * cli/progress.c - see progress.h
 */
#include "client/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>

#define PATIENCE_USEC 500000u
#define PAUSE_USEC 100000u

void progress_start(struct progress *p, const struct args *args)
{
	*p = (struct progress){.is_on = !args->is_quiet && is_on_terminal()};
	p->start_usec = now_usec();
}

uint64_t progress_usec(const struct progress *p)
{
	return now_usec() - p->start_usec;
}

/* Whether it is time to show something. */
static bool is_due(struct progress *p)
{
	uint64_t now;

	if (!p->is_on)
		return false;
	now = now_usec();
	if (now - p->start_usec < PATIENCE_USEC || now - p->shown_usec < PAUSE_USEC)
		return false;
	p->shown_usec = now;
	p->is_shown = true;
	return true;
}

/* Seconds that what is left takes at the rate so far. */
static uint64_t seconds_left(const struct progress *p, double done, double total)
{
	double usec = (double)progress_usec(p);

	return done > 0 && total > done ? (uint64_t)(usec / done * (total - done) / 1e6 + 1) : 0;
}

void progress_files(struct progress *p, size_t read, size_t done, size_t total)
{
	double rate;

	if (!is_due(p))
		return;
	rate = (double)done / ((double)progress_usec(p) / 1e6);
	if (done > 0)
		(void)fprintf(stderr,
			      "\r\033[Ksigned %zu of %zu files, %.0f/s, %" PRIu64 " s left\r", done,
			      total, rate,
			      seconds_left(p, (double)done, (double)total)); /* for the eye */
	else
		(void)fprintf(stderr, "\r\033[Kread %zu of %zu files\r", read, total); /* same */
}

void progress_bytes(struct progress *p, uint64_t done, uint64_t total)
{
	double mib = (double)done / 1048576, rate;

	if (!is_due(p))
		return;
	rate = mib / ((double)progress_usec(p) / 1e6);
	if (total > 0)
		(void)fprintf(stderr,
			      "\r\033[Kread %.0f of %.0f MiB, %.0f MiB/s, %" PRIu64 " s left\r",
			      mib, (double)total / 1048576, rate,
			      seconds_left(p, (double)done, (double)total)); /* for the eye */
	else
		(void)fprintf(stderr, "\r\033[Kread %.0f MiB, %.0f MiB/s\r", mib, rate); /* same */
}

void progress_end(struct progress *p)
{
	if (p->is_shown)
		(void)fputs("\r\033[K", stderr); /* for the eye */
	p->is_shown = false;
}
