/*
 * model/quorum.h - where a request stands that other people have to approve
 */
#ifndef AGENT_MODEL_QUORUM_H
#define AGENT_MODEL_QUORUM_H

enum quorum_standing {
	QUORUM_STANDING_NONE = 0, /* nobody has been asked */
	QUORUM_STANDING_PENDING,
	QUORUM_STANDING_APPROVED, /* for this very request, once */
	QUORUM_STANDING_WINDOW,   /* in the time and number that was approved */
	QUORUM_STANDING_VETOED,
	QUORUM_STANDING_EXPIRED,
	_QUORUM_STANDING_MAX,
};

#endif
