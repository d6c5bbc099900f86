/*
 * report.h - what the record says of a request
 */
#ifndef AGENT_REPORT_H
#define AGENT_REPORT_H

#include "agent/request.h"

/* The name of the key that the request is about; NULL: it is about none. */
const char *report_key(const struct request *q);

/* Writes the record of how it ended, into q->record until callback is called with q. As journal_write(). */
int report_write(struct request *q, journal_callback callback);

#endif
