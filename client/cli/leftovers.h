/*
 * cli/leftovers.h - files that have a name before they are complete: a signal that ends the program
 * removes them first
 *
 * Owns the list of these names, one for the process, as signals are the process's. SIGKILL leaves
 * them where they are.
 */
#ifndef CLIENT_CLI_LEFTOVERS_H
#define CLIENT_CLI_LEFTOVERS_H

/*
 * From now on SIGINT, SIGTERM and SIGHUP come by way of here, but for those that are ignored. To be
 * called before other threads are started, which inherit that.
 */
void leftovers_watch(void);

/* Before there is a file of this name. 0 or a negative errno. */
int leftovers_add(const char *name);
/* When there is none any more; it may never have been added. */
void leftovers_drop(const char *name);

#endif
