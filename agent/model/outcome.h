/*
 * model/outcome.h - what became of a request, for the record
 */
#ifndef AGENT_MODEL_OUTCOME_H
#define AGENT_MODEL_OUTCOME_H

enum outcome {
	OUTCOME_NONE = 0,
	OUTCOME_SIGNED, /* at least one signature is released */
	OUTCOME_DONE,   /* answered; an operation that signs nothing */
	OUTCOME_DENIED,
	OUTCOME_FAILED,
	OUTCOME_TIMEOUT,   /* polkit or a person did not answer in time */
	OUTCOME_CANCELLED, /* the caller hung up */
	OUTCOME_UNKNOWN,   /* the token may have signed, nothing is released */
	OUTCOME_PENDING,   /* it waits for the approvals of other people */
};

/* As recorded: "signed", "done", ...; NULL for none. */
const char *outcome_name(enum outcome o);

#endif
