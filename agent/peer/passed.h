/*
 * peer/passed.h - descriptors that arrive with the bytes of a stream, and whose frame they are
 *
 * The kernel hands descriptors over with some of the bytes they were sent with, but says no more
 * about where. What a frame brings with it belongs to the frame that holds the last byte received
 * in the same call: reading stops behind the bytes that a descriptor came with.
 */
#ifndef AGENT_PEER_PASSED_H
#define AGENT_PEER_PASSED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One or several that came together. */
struct passed_one {
	int fd;      /* owned; -EBADF if several came, which are closed */
	uint64_t at; /* bytes of the stream received until then */
};

struct passed {
	struct passed_one ones[2]; /* at most: for the frame under way, and for the last one read */
	unsigned n;
	uint64_t received; /* bytes of the stream, ever */
};

void passed_init(struct passed *p);
/* Closes what was not taken. */
void passed_done(struct passed *p);

/*
 * Reads at most size bytes. Returns how many, 0 at the end of the stream, or a negative errno. Not
 * to be called while a frame that is complete was not taken for.
 */
ssize_t passed_receive(struct passed *p, int fd, void *data, size_t size);

/*
 * The descriptor of the frame that ends with byte number end of the stream, owned by the caller;
 * -EBADF if it has none or more than one, which are closed. Frames are asked for in order.
 */
int passed_take(struct passed *p, uint64_t end);

#endif
