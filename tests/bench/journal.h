/*
 * bench/journal.h - stands in for journald where there is none: takes records, counts them, and
 * looks whether one of their numbers is missing
 */
#ifndef TESTS_BENCH_JOURNAL_H
#define TESTS_BENCH_JOURNAL_H

/*
 * Listens on path until SIGTERM; then prints how many records came, how many of those were about
 * signing, how many signatures they list, and how many numbers were missing; every agent has its
 * own. Returns an exit status.
 */
int journal_receive(const char *path);

#endif
