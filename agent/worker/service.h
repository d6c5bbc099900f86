/*
 * worker/service.h - what systemd and this process say to each other, without libsystemd
 *
 * The token process links as little as it can, and sd_listen_fds(3) and sd_notify(3) are a few
 * lines each. Also the socket for when nobody passes one, as in tests and under --runtime.
 */
#ifndef AGENT_WORKER_SERVICE_H
#define AGENT_WORKER_SERVICE_H

#include <stdint.h>

/*
 * The listening socket that was passed to this process; -EBADF in ret if there is none. More than
 * one, or something else than a listening AF_UNIX stream socket, is -EINVAL.
 */
int service_take_listener(int *ret_fd);

/*
 * Listens at RUNTIME/token/NAME.sock, readable for our own user only. -EADDRINUSE if somebody does
 * already; what is left of somebody who is gone is replaced.
 */
int service_listen(const char *runtime_directory, const char *name, int *ret_fd);

/*
 * Tells systemd, if it has asked for it: lines of VARIABLE=VALUE. Failures are not told: there is
 * nobody to tell.
 */
void service_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How often systemd wants to hear WATCHDOG=1; 0: not at all. */
uint64_t service_watchdog_usec(void);

#endif
