/*
 * test-decide.c - every limit, every answer, and that a limit more never allows more
 */
#include "agent/policy/decide.h"

#include "tests/unit/unit.h"

#include "agent/base/clock.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"

#define NOBODY ((uid_t)-1)
#define AGENT 980u
#define ALICE 1001u
#define NOW UINT64_C(1800000000000000)
#define NOT_SAID 99 /* this enum value is in no table */

/* A row of the table: what is not written is as in usual(). */
struct row {
	const char *what;
	/* the request */
	const char *action;  /* NULL: org.signetd.sign; "": none */
	const char *purpose; /* NULL: digest */
	uid_t uid;           /* 0: alice; ROOT: 0 */
	int algorithm;       /* 0: what fits the type, as for hash and input; NOT_SAID: none */
	int hash;
	int input;
	int polkit;
	bool is_for_token; /* no key, but a token */
	bool is_for_neither;
	bool only_shows; /* signs nothing */
	bool is_forwarded;
	/* the key */
	int type;      /* 0: P-256; NOT_SAID: none */
	unsigned bits; /* 0: 3072 for RSA, else 256 */
	bool has_no_file;
	int state; /* 0: active; NOT_SAID: none */
	uint64_t not_before;
	uint64_t not_after;
	unsigned minimum_bits;
	unsigned hashes;
	const char *purposes[4];
	bool has_no_purposes; /* the list is there and empty */
	unsigned algorithms;
	uint64_t certificate_not_after;
	unsigned rate; /* so many in a minute; 0: not limited */
	unsigned n_left;
	unsigned maximum;
	unsigned n_signed;
	unsigned n_items; /* 0: 1 */
	bool is_counted;
	/* who has to agree */
	unsigned quorum;
	int standing;
	const char *request;
	bool is_break_glass;
	uid_t break_glass; /* BreakGlass= names it; 0: nobody; ROOT: 0 */
	/* the settings */
	int authorization; /* 0: polkit; NOT_SAID: none */
	/* the answer */
	enum verdict_kind kind;
	enum authority authority;
	const char *reason; /* part of it */
};

#define ROOT 0xfffffffeu /* stands for uid 0 in a row */
#define BIT(h) (1u << HASH_##h)

#define YES .polkit = POLKIT_ANSWER_YES
#define ALLOWED .kind = VERDICT_ALLOW, .authority = AUTHORITY_POLKIT
#define ASKED .kind = VERDICT_ASK, .authority = AUTHORITY_POLKIT
#define BY_FILE .kind = VERDICT_DENY, .authority = AUTHORITY_KEY_FILE
#define BY_POLKIT .kind = VERDICT_DENY, .authority = AUTHORITY_POLKIT
#define BY_NOBODY .kind = VERDICT_DENY, .authority = AUTHORITY_NONE
#define BY_USER .authority = AUTHORITY_SAME_USER
#define RSA .type = KEY_TYPE_RSA
#define ED25519 .type = KEY_TYPE_ED25519
#define SAME_USER .authorization = AUTHORIZATION_SAME_USER
#define BREAKS .is_break_glass = true, .action = "org.signetd.break-glass"
#define PURPOSES(...) .purposes = {__VA_ARGS__}
#define BY(a) (1u << ALGORITHM_##a)
#define TWO .quorum = 2, .request = "r-7"
#define STANDS(s) TWO, .standing = QUORUM_STANDING_##s
#define WAITS .kind = VERDICT_QUORUM, .authority = AUTHORITY_QUORUM
#define AGREED .kind = VERDICT_ALLOW, .authority = AUTHORITY_QUORUM
#define BY_OTHERS .kind = VERDICT_DENY, .authority = AUTHORITY_QUORUM
#define BROKEN .kind = VERDICT_ALLOW, .authority = AUTHORITY_BREAK_GLASS
#define NOT_BROKEN .kind = VERDICT_DENY, .authority = AUTHORITY_BREAK_GLASS

/* clang-format off */
static const struct row rows[] = {
	/* polkit's answers, on a key without limits */
	{"not asked yet", ASKED},
	{"yes", YES, ALLOWED},
	{"yes, in full", YES, ALLOWED,
	 .reason = "allowed because polkit says yes to action org.signetd.sign on key 'release' for uid 1001 (purpose digest)"},
	{"no", .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason =
	 "refused because polkit says no to action org.signetd.sign on key 'release' for uid 1001 (purpose digest); "
	 "an administrator can grant it with 'signet grant' or a polkit rule"},
	{"challenge", .polkit = POLKIT_ANSWER_CHALLENGE, BY_POLKIT, .reason =
	 "refused because polkit wants a person to authenticate and none can be asked here: action org.signetd.sign on key 'release'"},
	{"dismissed", .polkit = POLKIT_ANSWER_DISMISSED, BY_POLKIT, .reason = "did not authenticate: action org.signetd.sign on key 'release'"},
	{"silence", .polkit = POLKIT_ANSWER_SILENCE, BY_POLKIT, .reason = "refused because polkit did not answer in time"},
	{"an unknown answer", .polkit = _POLKIT_ANSWER_MAX, BY_POLKIT, .reason = "not understood"},
	{"a far unknown answer", .polkit = NOT_SAID, BY_POLKIT, .reason = "not understood"},
	{"a negative answer", .polkit = -1, BY_POLKIT, .reason = "not understood"},

	/* the same without a file */
	{"no file, not asked", .has_no_file = true, ASKED},
	{"no file, yes", .has_no_file = true, YES, ALLOWED},
	{"no file, no", .has_no_file = true, .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "polkit says no"},
	{"no file, challenge", .has_no_file = true, .polkit = POLKIT_ANSWER_CHALLENGE, BY_POLKIT, .reason = "a person"},
	{"no file, dismissed", .has_no_file = true, .polkit = POLKIT_ANSWER_DISMISSED, BY_POLKIT, .reason = "authenticate"},
	{"no file, silence", .has_no_file = true, .polkit = POLKIT_ANSWER_SILENCE, BY_POLKIT, .reason = "in time"},

	/* who asks */
	{"root is asked for too", .uid = ROOT, ASKED},
	{"root and yes", .uid = ROOT, YES, ALLOWED, .reason = "for uid 0"},
	{"root and no", .uid = ROOT, .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "for uid 0"},
	{"the agent's own user is asked for too", .uid = AGENT, ASKED},
	{"nobody knows who", .uid = NOBODY, BY_NOBODY, .reason = "not known who asks"},
	{"nobody knows who, and yes", .uid = NOBODY, YES, BY_NOBODY, .reason = "not known who asks"},
	{"nobody knows who, open to everybody", .uid = NOBODY, .action = "", BY_NOBODY, .reason = "not known who asks"},
	{"nobody knows who, same-user", .uid = NOBODY, SAME_USER, BY_NOBODY, .reason = "not known who asks"},

	/* same-user */
	{"same-user, the agent's", .uid = AGENT, SAME_USER, .kind = VERDICT_ALLOW, BY_USER, .reason = "its own user"},
	{"same-user, root", .uid = ROOT, SAME_USER, .kind = VERDICT_ALLOW, BY_USER, .reason = "its own user"},
	{"same-user, another", SAME_USER, BY_USER, .reason = "serves only root and its own user, uid 980: action org.signetd.sign on key 'release' for uid 1001"},
	{"same-user, another, polkit's yes counts nothing", SAME_USER, YES, BY_USER, .reason = "serves only"},
	{"same-user, polkit's no counts nothing", .uid = AGENT, SAME_USER, .polkit = POLKIT_ANSWER_NO, .kind = VERDICT_ALLOW, BY_USER},
	{"same-user, the key's limits hold", .uid = AGENT, SAME_USER, .state = KEY_STATE_SUSPENDED, BY_FILE, .reason = "suspended"},
	{"same-user, they hold for root", .uid = ROOT, SAME_USER, .not_after = NOW, BY_FILE, .reason = "expired"},
	{"same-user, ssh-raw takes a file that says so", .uid = AGENT, SAME_USER, .purpose = "ssh-raw", .has_no_file = true, BY_USER, .reason = "no Purposes= in keys.d allows ssh-raw"},
	{"same-user, a file without Purposes= does not", .uid = ROOT, SAME_USER, .purpose = "ssh-raw", BY_USER, .reason = "no Purposes= in keys.d allows ssh-raw"},
	{"same-user, forwarded, a login", .uid = AGENT, SAME_USER, .purpose = "ssh-auth", .is_forwarded = true, .has_no_file = true, .kind = VERDICT_ALLOW, BY_USER},
	{"same-user, forwarded, a commit", .uid = AGENT, SAME_USER, .purpose = "sshsig:git", .is_forwarded = true, .has_no_file = true, .kind = VERDICT_ALLOW, BY_USER},
	{"same-user, forwarded, a digest", .uid = AGENT, SAME_USER, .is_forwarded = true, .has_no_file = true, BY_USER, .reason = "no Purposes= in keys.d allows digest for another host"},
	{"same-user, forwarded, a certificate", .uid = AGENT, SAME_USER, .purpose = "ssh-cert", .is_forwarded = true, BY_USER, .reason = "for another host"},
	{"same-user, forwarded, a digest that is allowed", .uid = AGENT, SAME_USER, .is_forwarded = true, PURPOSES("digest"), .kind = VERDICT_ALLOW, BY_USER},
	{"polkit decides about what is forwarded", YES, .is_forwarded = true, ALLOWED},
	{"same-user, one that names it does", .uid = AGENT, SAME_USER, .purpose = "ssh-raw", PURPOSES("ssh-raw"), .kind = VERDICT_ALLOW, BY_USER},
	{"same-user, somebody is let in", .uid = AGENT, SAME_USER, .purpose = "pam:sudo", .has_no_file = true, BY_USER, .reason = "no Purposes= in keys.d allows pam:sudo: "},
	{"same-user, root is let in, a file without Purposes=", .uid = ROOT, SAME_USER, .purpose = "pam:sudo", BY_USER, .reason = "no Purposes= in keys.d allows pam:sudo"},
	{"same-user, let in by a file that says so", .uid = AGENT, SAME_USER, .purpose = "pam:sudo", PURPOSES("pam:*"), .kind = VERDICT_ALLOW, BY_USER},
	{"same-user, forwarded, somebody is let in", .uid = AGENT, SAME_USER, .purpose = "pam:sudo", .is_forwarded = true, .has_no_file = true, BY_USER, .reason = "allows pam:sudo for another host"},
	{"same-user, unlock, the agent's", .uid = AGENT, SAME_USER, .is_for_token = true, .action = "org.signetd.unlock", .kind = VERDICT_ALLOW, BY_USER},
	{"same-user, unlock, another", SAME_USER, .is_for_token = true, .action = "org.signetd.unlock", BY_USER, .reason = "on token 'main'"},

	/* settings */
	{"no authorization", .authorization = NOT_SAID, YES, BY_NOBODY, .reason = "Authorization="},
	{"no authorization, root", .authorization = NOT_SAID, .uid = ROOT, YES, BY_NOBODY, .reason = "Authorization="},
	{"unknown authorization", .authorization = 3, YES, BY_NOBODY, .reason = "Authorization="},
	{"unknown authorization, negative", .authorization = -1, YES, BY_NOBODY, .reason = "Authorization="},

	/* operations without a key */
	{"unlock, not asked", .is_for_token = true, .action = "org.signetd.unlock", ASKED},
	{"unlock, yes", .is_for_token = true, .action = "org.signetd.unlock", YES, ALLOWED, .reason = "action org.signetd.unlock on token 'main' for uid 1001"},
	{"unlock, no", .is_for_token = true, .action = "org.signetd.unlock", .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "action org.signetd.unlock on token 'main' for uid 1001; an admin"},
	{"unlock, challenge", .is_for_token = true, .action = "org.signetd.unlock", .polkit = POLKIT_ANSWER_CHALLENGE, BY_POLKIT, .reason = "token 'main'"},
	{"unlock, dismissed", .is_for_token = true, .action = "org.signetd.unlock", .polkit = POLKIT_ANSWER_DISMISSED, BY_POLKIT, .reason = "token 'main'"},
	{"unlock, silence", .is_for_token = true, .action = "org.signetd.unlock", .polkit = POLKIT_ANSWER_SILENCE, BY_POLKIT, .reason = "token 'main'"},
	{"lock, no", .is_for_token = true, .action = "org.signetd.lock", .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "action org.signetd.lock on token 'main'"},
	{"manage, not asked", .is_for_neither = true, .action = "org.signetd.manage", ASKED},
	{"manage, no", .is_for_neither = true, .action = "org.signetd.manage", .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "action org.signetd.manage for uid 1001"},
	{"open to everybody", .is_for_neither = true, .action = "", .kind = VERDICT_ALLOW, .authority = AUTHORITY_NONE, .reason = "open to everybody"},
	{"open to everybody, polkit's no", .is_for_neither = true, .action = "", .polkit = POLKIT_ANSWER_NO, .kind = VERDICT_ALLOW, .authority = AUTHORITY_NONE},
	{"open to everybody, same-user", .is_for_neither = true, .action = "", SAME_USER, .kind = VERDICT_ALLOW, .authority = AUTHORITY_NONE},
	{"open to everybody, the key's limits hold", .action = "", .state = KEY_STATE_RETIRED, BY_FILE, .reason = "retired"},

	/* State= */
	{"active", .state = KEY_STATE_ACTIVE, YES, ALLOWED},
	{"suspended", .state = KEY_STATE_SUSPENDED, YES, BY_FILE, .reason = "refused because key 'release' is suspended by /etc/signet/keys.d/release.conf"},
	{"suspended, not asked", .state = KEY_STATE_SUSPENDED, BY_FILE, .reason = "suspended"},
	{"suspended, root", .state = KEY_STATE_SUSPENDED, .uid = ROOT, YES, BY_FILE, .reason = "suspended"},
	{"suspended, shown", .state = KEY_STATE_SUSPENDED, .only_shows = true, YES, BY_FILE, .reason = "suspended"},
	{"retired", .state = KEY_STATE_RETIRED, YES, BY_FILE, .reason = "refused because key 'release' is retired by /etc/signet/keys.d/release.conf"},
	{"retired, not asked", .state = KEY_STATE_RETIRED, BY_FILE, .reason = "retired"},
	{"retired, shown", .state = KEY_STATE_RETIRED, .only_shows = true, YES, BY_FILE, .reason = "retired"},
	{"no state", .state = NOT_SAID, YES, BY_FILE, .reason = "no state"},
	{"unknown state", .state = 4, YES, BY_FILE, .reason = "no state"},
	{"negative state", .state = -1, YES, BY_FILE, .reason = "no state"},

	/* NotBefore=, NotAfter= */
	{"not before a moment ago", .not_before = NOW - 1, YES, ALLOWED},
	{"not before now", .not_before = NOW, YES, ALLOWED},
	{"not before the next moment", .not_before = NOW + 1, YES, BY_FILE, .reason = "may not be used yet, by NotBefore= in /etc/signet/keys.d/release.conf"},
	{"not before ever", .not_before = UINT64_MAX, YES, BY_FILE, .reason = "yet"},
	{"not before, shown", .not_before = NOW + 1, .only_shows = true, YES, BY_FILE, .reason = "yet"},
	{"not after the next moment", .not_after = NOW + 1, YES, ALLOWED},
	{"not after now", .not_after = NOW, YES, BY_FILE, .reason = "has expired, by NotAfter= in /etc/signet/keys.d/release.conf"},
	{"not after a moment ago", .not_after = NOW - 1, YES, BY_FILE, .reason = "expired"},
	{"not after 1970", .not_after = 1, YES, BY_FILE, .reason = "expired"},
	{"not after the end of time", .not_after = UINT64_MAX, YES, ALLOWED},
	{"within the window", .not_before = NOW - 5, .not_after = NOW + 5, YES, ALLOWED},
	{"before the window", .not_before = NOW + 5, .not_after = NOW + 9, YES, BY_FILE, .reason = "yet"},
	{"behind the window", .not_before = NOW - 9, .not_after = NOW - 5, YES, BY_FILE, .reason = "expired"},
	{"within the window, not asked", .not_before = NOW - 5, .not_after = NOW + 5, ASKED},
	{"expired, not asked", .not_after = NOW - 5, BY_FILE, .reason = "expired"},

	/* MinimumBits= */
	{"as many bits", RSA, .minimum_bits = 3072, YES, ALLOWED},
	{"one bit more", RSA, .minimum_bits = 3071, YES, ALLOWED},
	{"one bit less", RSA, .minimum_bits = 3073, YES, BY_FILE, .reason = "has 3072 bits, fewer than MinimumBits=3073"},
	{"RSA-1024", RSA, .bits = 1024, .minimum_bits = 2048, YES, BY_FILE, .reason = "has 1024 bits, fewer than MinimumBits=2048"},
	{"RSA-1024 without the limit", RSA, .bits = 1024, YES, BY_FILE, .reason = "is RSA-1024, which is too weak: 2048 bits are the least"},
	{"a curve has bits too", .minimum_bits = 256, YES, ALLOWED},
	{"a curve with fewer", .minimum_bits = 384, YES, BY_FILE, .reason = "256 bits"},
	{"P-521 with enough", .type = KEY_TYPE_P521, .bits = 521, .minimum_bits = 384, YES, ALLOWED},
	{"too few bits, shown", .minimum_bits = 384, .only_shows = true, YES, BY_FILE, .reason = "256 bits"},

	/* Hashes= */
	{"the hash", .hashes = BIT(SHA256), YES, ALLOWED},
	{"another hash", .hashes = BIT(SHA384), YES, BY_FILE, .reason = "may not sign with hash sha256, by Hashes= in /etc/signet/keys.d/release.conf"},
	{"one of two", .hashes = BIT(SHA256) | BIT(SHA512), .hash = HASH_SHA512, YES, ALLOWED},
	{"none of two", .hashes = BIT(SHA256) | BIT(SHA512), .hash = HASH_SHA384, YES, BY_FILE, .reason = "sha384"},
	{"all of them", .hashes = BIT(SHA256) | BIT(SHA384) | BIT(SHA512), .hash = HASH_SHA384, YES, ALLOWED},
	{"no hash is listed", .hashes = BIT(NONE), YES, BY_FILE, .reason = "may not sign with hash sha256"},
	{"no hash is listed, shown", .hashes = BIT(NONE), .only_shows = true, YES, BY_FILE, .reason = "with hash none"},
	{"no hash is asked for", .hashes = BIT(SHA256), .hash = NOT_SAID, YES, BY_FILE, .reason = "with hash none"},
	{"no hash is asked for nor listed", .hashes = BIT(NONE), .hash = NOT_SAID, YES, BY_FILE, .reason = "with hash none"},
	{"an unknown hash", .hashes = ~0u, .hash = 5, YES, BY_FILE, .reason = "with hash none"},
	{"a far unknown hash", .hashes = ~0u, .hash = 31, YES, BY_FILE, .reason = "with hash none"},
	{"another hash, shown", .hashes = BIT(SHA384), .only_shows = true, YES, ALLOWED},
	{"RSA, the hash", RSA, .hashes = BIT(SHA512), .hash = HASH_SHA512, YES, ALLOWED},
	{"RSA, another hash", RSA, .hashes = BIT(SHA512), YES, BY_FILE, .reason = "sha256"},
	{"Ed25519 is SHA-512", ED25519, .hashes = BIT(SHA512), YES, ALLOWED},
	{"Ed25519 is not SHA-256", ED25519, .hashes = BIT(SHA256), YES, BY_FILE, .reason = "may not sign with hash sha512"},
	{"Ed25519, no hash is listed", ED25519, .hashes = BIT(NONE), YES, BY_FILE, .reason = "sha512"},
	{"another hash, not asked", .hashes = BIT(SHA384), BY_FILE, .reason = "sha256"},

	/* Purposes= */
	{"the purpose", PURPOSES("digest"), YES, ALLOWED},
	{"another purpose", PURPOSES("cms"), YES, BY_FILE, .reason = "is not for purpose 'digest', by Purposes= in /etc/signet/keys.d/release.conf"},
	{"one of several", PURPOSES("cms", "ssh-auth", "digest"), YES, ALLOWED},
	{"none of several", PURPOSES("cms", "ssh-auth", "ssh-cert"), YES, BY_FILE, .reason = "'digest'"},
	{"no purpose is listed", .has_no_purposes = true, YES, BY_FILE, .reason = "for no purpose at all"},
	{"no purpose is listed, shown", .has_no_purposes = true, .only_shows = true, YES, BY_FILE, .reason = "for no purpose at all"},
	{"no purpose is listed, not asked", .has_no_purposes = true, BY_FILE, .reason = "for no purpose at all"},
	{"another purpose, not asked", PURPOSES("cms"), BY_FILE, .reason = "'digest'"},
	{"another purpose, shown", PURPOSES("cms"), .only_shows = true, YES, ALLOWED},
	{"ssh-auth", PURPOSES("ssh-auth"), .purpose = "ssh-auth", YES, ALLOWED},
	{"ssh-cert is not ssh-auth", PURPOSES("ssh-auth"), .purpose = "ssh-cert", YES, BY_FILE, .reason = "'ssh-cert'"},
	{"ssh-raw is not ssh-auth", PURPOSES("ssh-auth"), .purpose = "ssh-raw", YES, BY_FILE, .reason = "'ssh-raw'"},
	{"a namespace", PURPOSES("sshsig:git"), .purpose = "sshsig:git", YES, ALLOWED},
	{"another namespace", PURPOSES("sshsig:git"), .purpose = "sshsig:file", YES, BY_FILE, .reason = "'sshsig:file'"},
	{"a longer namespace", PURPOSES("sshsig:git"), .purpose = "sshsig:git2", YES, BY_FILE, .reason = "'sshsig:git2'"},
	{"a shorter namespace", PURPOSES("sshsig:git"), .purpose = "sshsig:gi", YES, BY_FILE, .reason = "'sshsig:gi'"},
	{"every namespace", PURPOSES("sshsig:*"), .purpose = "sshsig:file", YES, ALLOWED},
	{"every namespace is not none", PURPOSES("sshsig:*"), .purpose = "sshsig:", YES, BY_FILE, .reason = "'sshsig:'"},
	{"every namespace is not every purpose", PURPOSES("sshsig:*"), YES, BY_FILE, .reason = "'digest'"},
	{"every namespace is not ssh-auth", PURPOSES("sshsig:*"), .purpose = "ssh-auth", YES, BY_FILE, .reason = "'ssh-auth'"},
	{"a star asked for is no star", PURPOSES("sshsig:git"), .purpose = "sshsig:*", YES, BY_FILE, .reason = "'sshsig:*'"},
	{"a service", PURPOSES("pam:sudo"), .purpose = "pam:sudo", YES, ALLOWED},
	{"another service", PURPOSES("pam:sudo"), .purpose = "pam:su", YES, BY_FILE, .reason = "'pam:su'"},
	{"a longer service", PURPOSES("pam:sudo"), .purpose = "pam:sudo-i", YES, BY_FILE, .reason = "'pam:sudo-i'"},
	{"every service", PURPOSES("pam:*"), .purpose = "pam:login", YES, ALLOWED},
	{"every service is not none", PURPOSES("pam:*"), .purpose = "pam:", YES, BY_FILE, .reason = "'pam:'"},
	{"every service is no namespace", PURPOSES("pam:*"), .purpose = "sshsig:git", YES, BY_FILE, .reason = "'sshsig:git'"},
	{"every namespace is no service", PURPOSES("sshsig:*"), .purpose = "pam:sudo", YES, BY_FILE, .reason = "'pam:sudo'"},
	{"whatever comes over ssh is no service", PURPOSES("ssh-raw", "digest"), .purpose = "pam:sudo", YES, BY_FILE, .reason = "'pam:sudo'"},
	{"sshsig is not digest", PURPOSES("digest"), .purpose = "sshsig:digest", YES, BY_FILE, .reason = "sshsig:digest"},
	{"case counts", PURPOSES("digest"), .purpose = "Digest", YES, BY_FILE, .reason = "'Digest'"},
	{"no purpose is asked for", PURPOSES("digest"), .purpose = "", YES, BY_FILE, .reason = "not for purpose ''"},
	{"no purpose is asked for, not limited", .purpose = "", YES, BY_NOBODY, .reason = "says no purpose"},
	{"no purpose is asked for, no file", .purpose = "", .has_no_file = true, YES, BY_NOBODY, .reason = "says no purpose"},

	/* what a key can do */
	{"RSA PSS", RSA, .algorithm = ALGORITHM_RSA_PSS, YES, ALLOWED},
	{"Ed25519", ED25519, YES, ALLOWED},
	{"a message to be hashed", .input = INPUT_MESSAGE, YES, ALLOWED},

	/* showing */
	{"shown, not asked", .only_shows = true, ASKED},
	{"shown, yes", .only_shows = true, YES, ALLOWED, .reason = "on key 'release' for uid 1001"},
	{"shown, no", .only_shows = true, .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "on key 'release' for uid 1001; an"},

	/* several at once: the first in order is named */
	{"state before time", .state = KEY_STATE_RETIRED, .not_after = 1, YES, BY_FILE, .reason = "retired"},
	{"time before bits", .not_after = 1, .minimum_bits = 9999, YES, BY_FILE, .reason = "expired"},
	{"bits before hash", .minimum_bits = 9999, .hashes = BIT(SHA384), YES, BY_FILE, .reason = "MinimumBits=9999"},
	{"hash before purpose", .hashes = BIT(SHA384), PURPOSES("cms"), YES, BY_FILE, .reason = "Hashes="},
	{"purpose before polkit", PURPOSES("cms"), .polkit = POLKIT_ANSWER_NO, BY_FILE, .reason = "Purposes="},
	{"everything fits", RSA, .state = KEY_STATE_ACTIVE, .not_before = NOW, .not_after = NOW + 1, .minimum_bits = 3072,
	 .hashes = BIT(SHA256), PURPOSES("digest"), YES, ALLOWED},
	{"everything fits, not asked", RSA, .state = KEY_STATE_ACTIVE, .not_before = NOW, .not_after = NOW + 1,
	 .minimum_bits = 3072, .hashes = BIT(SHA256), PURPOSES("digest"), ASKED},

	/* Algorithms= */
	{"the algorithm", .algorithms = BY(ECDSA), YES, ALLOWED},
	{"another algorithm", RSA, .algorithms = BY(RSA_PSS), YES, BY_FILE, .reason = "may not sign by rsa-pkcs1, by Algorithms= in /etc/signet/keys.d/release.conf"},
	{"PSS is not PKCS#1", RSA, .algorithm = ALGORITHM_RSA_PSS, .algorithms = BY(RSA_PKCS1), YES, BY_FILE, .reason = "may not sign by rsa-pss"},
	{"one of two algorithms", RSA, .algorithms = BY(RSA_PKCS1) | BY(RSA_PSS), .algorithm = ALGORITHM_RSA_PSS, YES, ALLOWED},
	{"none of two algorithms", .algorithms = BY(RSA_PKCS1) | BY(RSA_PSS), YES, BY_FILE, .reason = "by ecdsa"},
	{"ed25519", ED25519, .algorithms = BY(EDDSA), YES, ALLOWED},
	{"not ed25519", ED25519, .algorithms = BY(ECDSA), YES, BY_FILE, .reason = "by ed25519"},
	{"no algorithm is listed", .algorithms = BY(NONE), YES, BY_FILE, .reason = "may not sign by ecdsa"},
	{"no algorithm is listed nor asked for", .algorithms = BY(NONE), .algorithm = NOT_SAID, YES, BY_FILE, .reason = "an unknown algorithm"},
	{"no algorithm is asked for", .algorithms = BY(ECDSA), .algorithm = NOT_SAID, YES, BY_FILE, .reason = "an unknown algorithm"},
	{"an unknown algorithm", .algorithms = ~0u, .algorithm = _ALGORITHM_MAX, YES, BY_FILE, .reason = "an unknown algorithm"},
	{"a far unknown algorithm", .algorithms = ~0u, .algorithm = 31, YES, BY_FILE, .reason = "an unknown algorithm"},
	{"another algorithm, shown", .algorithms = BY(EDDSA), .only_shows = true, YES, ALLOWED},
	{"another algorithm, not asked", .algorithms = BY(EDDSA), BY_FILE, .reason = "Algorithms="},
	{"another algorithm, root", .algorithms = BY(EDDSA), .uid = ROOT, YES, BY_FILE, .reason = "Algorithms="},

	/* the certificate */
	{"the certificate ends in a moment", .certificate_not_after = NOW + 1, YES, ALLOWED},
	{"the certificate ends now", .certificate_not_after = NOW, YES, BY_FILE, .reason = "refused because the certificate of key 'release' has expired, which Certificate= in /etc/signet/keys.d/release.conf names"},
	{"the certificate ended long ago", .certificate_not_after = 1, YES, BY_FILE, .reason = "the certificate of key 'release' has expired"},
	{"the certificate has no end", .certificate_not_after = UINT64_MAX, YES, ALLOWED},
	{"the certificate ended, not asked", .certificate_not_after = NOW - 1, BY_FILE, .reason = "the certificate"},
	{"the certificate ended, shown", .certificate_not_after = NOW - 1, .only_shows = true, YES, BY_FILE, .reason = "the certificate"},
	{"the certificate ended, same-user", .certificate_not_after = NOW - 1, .uid = AGENT, SAME_USER, BY_FILE, .reason = "the certificate"},
	{"the certificate outlives the key", .certificate_not_after = NOW + 9, .not_after = NOW, YES, BY_FILE, .reason = "NotAfter="},

	/* weak keys and hashes, with and without a file */
	{"RSA-2047", RSA, .bits = 2047, YES, BY_FILE, .reason = "is RSA-2047, which is too weak"},
	{"RSA-2048", RSA, .bits = 2048, YES, ALLOWED},
	{"RSA-1024, no file", RSA, .bits = 1024, .has_no_file = true, YES, BY_FILE, .reason = "refused because key 'release' is RSA-1024, which is too weak: 2048 bits are the least"},
	{"RSA-1024, MinimumBits= allows it", RSA, .bits = 1024, .minimum_bits = 1024, YES, BY_FILE, .reason = "too weak"},
	{"RSA-1024, root", RSA, .bits = 1024, .uid = ROOT, YES, BY_FILE, .reason = "too weak"},
	{"RSA-1024, same-user", RSA, .bits = 1024, .uid = AGENT, SAME_USER, BY_FILE, .reason = "too weak"},
	{"RSA-1024, shown", RSA, .bits = 1024, .only_shows = true, YES, BY_FILE, .reason = "too weak"},
	{"RSA-1024, open to everybody", RSA, .bits = 1024, .action = "", BY_FILE, .reason = "too weak"},
	{"SHA-1", .hash = HASH_SHA1, YES, BY_FILE, .reason = "refused because a signature with SHA-1 was asked for, which is broken: sign with sha256, sha384 or sha512"},
	{"SHA-1, not asked", .hash = HASH_SHA1, BY_FILE, .reason = "SHA-1"},
	{"SHA-1, no file", .hash = HASH_SHA1, .has_no_file = true, YES, BY_FILE, .reason = "SHA-1"},
	{"SHA-1, every hash is listed", .hash = HASH_SHA1, .hashes = ~0u, YES, BY_FILE, .reason = "SHA-1"},
	{"SHA-1 by RSA", RSA, .hash = HASH_SHA1, YES, BY_FILE, .reason = "SHA-1"},
	{"SHA-1 for root", .hash = HASH_SHA1, .uid = ROOT, YES, BY_FILE, .reason = "SHA-1"},
	{"SHA-1, same-user", .hash = HASH_SHA1, .uid = AGENT, SAME_USER, BY_FILE, .reason = "SHA-1"},
	{"SHA-1 is named before the key's own limits", .hash = HASH_SHA1, .state = KEY_STATE_RETIRED, YES, BY_FILE, .reason = "SHA-1"},

	/* RateLimit= */
	{"one of many left", .rate = 5, .n_left = 5, YES, ALLOWED},
	{"the last one left", .rate = 5, .n_left = 1, YES, ALLOWED},
	{"none left", .rate = 5, YES, BY_FILE, .reason = "refused because key 'release' may make 5 signatures in 60 s, by RateLimit= in /etc/signet/keys.d/release.conf: 1 are asked for and 0 are left now; try again later"},
	{"as many as are left", .rate = 5, .n_left = 3, .n_items = 3, YES, ALLOWED},
	{"one more than is left", .rate = 5, .n_left = 3, .n_items = 4, YES, BY_FILE, .reason = "4 are asked for and 3 are left"},
	{"more than the rate at once", .rate = 5, .n_left = 5, .n_items = 6, YES, BY_FILE, .reason = "6 are asked for and 5 are left"},
	{"none left, but counted already", .rate = 5, .is_counted = true, YES, ALLOWED},
	{"none left, shown", .rate = 5, .only_shows = true, YES, ALLOWED},
	{"none left, not asked", .rate = 5, BY_FILE, .reason = "RateLimit="},
	{"none left, root", .rate = 5, .uid = ROOT, YES, BY_FILE, .reason = "RateLimit="},
	{"none left, same-user", .rate = 5, .uid = AGENT, SAME_USER, BY_FILE, .reason = "RateLimit="},
	{"no rate, none left", .n_items = 256, YES, ALLOWED},

	/* MaximumSignatures= */
	{"the first", .maximum = 10, YES, ALLOWED},
	{"the last", .maximum = 10, .n_signed = 9, YES, ALLOWED},
	{"one more", .maximum = 10, .n_signed = 10, YES, BY_FILE, .reason = "refused because key 'release' has made 10 of the 10 signatures that MaximumSignatures= in /etc/signet/keys.d/release.conf allows"},
	{"one more than was once allowed", .maximum = 10, .n_signed = 50, YES, BY_FILE, .reason = "has made 50 of the 10"},
	{"as many as remain", .maximum = 10, .n_signed = 6, .n_items = 4, YES, ALLOWED},
	{"one more than remain", .maximum = 10, .n_signed = 6, .n_items = 5, YES, BY_FILE, .reason = "has made 6 of the 10"},
	{"all at once", .maximum = 10, .n_items = 10, YES, ALLOWED},
	{"more than all at once", .maximum = 10, .n_items = 11, YES, BY_FILE, .reason = "has made 0 of the 10"},
	{"one more, but counted already", .maximum = 10, .n_signed = 10, .is_counted = true, YES, ALLOWED},
	{"one more, not asked", .maximum = 10, .n_signed = 10, BY_FILE, .reason = "MaximumSignatures="},
	{"one more, root", .maximum = 10, .n_signed = 10, .uid = ROOT, YES, BY_FILE, .reason = "MaximumSignatures="},
	{"one more, same-user", .maximum = 10, .n_signed = 10, .uid = AGENT, SAME_USER, BY_FILE, .reason = "MaximumSignatures="},
	{"no maximum", .n_signed = 4000000000u, YES, ALLOWED},

	/* Quorum= */
	{"two have to agree", STANDS(NONE), YES, WAITS, .reason = "2 approvals are needed, by Quorum= in /etc/signet/keys.d/release.conf"},
	{"one has to agree", .quorum = 1, YES, WAITS, .reason = "1 approvals"},
	{"two have to agree, it is waited for", STANDS(PENDING), YES, WAITS, .reason = "2 approvals"},
	{"two agreed", STANDS(APPROVED), YES, AGREED, .reason = "allowed because request r-7 for key 'release' was approved by 2"},
	{"two agreed to a window", STANDS(WINDOW), YES, AGREED, .reason = "allowed because the window of request r-7 for key 'release' is open, approved by 2"},
	{"a veto", STANDS(VETOED), YES, BY_OTHERS, .reason = "refused because an approver denied request r-7 for key 'release'"},
	{"too late", STANDS(EXPIRED), YES, BY_OTHERS, .reason = "refused because request r-7 for key 'release' was not approved in time; ask again"},
	{"an unknown standing", TWO, .standing = _QUORUM_STANDING_MAX, YES, BY_OTHERS, .reason = "not known where request r-7 for key 'release' stands"},
	{"a far unknown standing", TWO, .standing = NOT_SAID, YES, BY_OTHERS, .reason = "not known where"},
	{"a negative standing", TWO, .standing = -1, YES, BY_OTHERS, .reason = "not known where"},
	{"agreed, under no id", .quorum = 2, .standing = QUORUM_STANDING_APPROVED, YES, AGREED, .reason = "request ? for"},
	{"polkit is asked first", STANDS(NONE), ASKED},
	{"polkit is asked although two agreed", STANDS(APPROVED), ASKED},
	{"two agreed and polkit says no", STANDS(APPROVED), .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "polkit says no"},
	{"two agreed and polkit is silent", STANDS(APPROVED), .polkit = POLKIT_ANSWER_SILENCE, BY_POLKIT, .reason = "in time"},
	{"a window is open and polkit says no", STANDS(WINDOW), .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "polkit says no"},
	{"nobody is asked about what polkit refuses", STANDS(NONE), .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "polkit says no"},
	{"two agreed, the key is suspended since", STANDS(APPROVED), .state = KEY_STATE_SUSPENDED, YES, BY_FILE, .reason = "suspended"},
	{"two agreed, the key expired since", STANDS(APPROVED), .not_after = NOW, YES, BY_FILE, .reason = "expired"},
	{"two agreed to SHA-1", STANDS(APPROVED), .hash = HASH_SHA1, YES, BY_FILE, .reason = "SHA-1"},
	{"a window is open, no signature remains", STANDS(WINDOW), .maximum = 1, .n_signed = 1, YES, BY_FILE, .reason = "MaximumSignatures="},
	{"two have to agree, no signature remains", STANDS(NONE), .maximum = 1, .n_signed = 1, YES, BY_FILE, .reason = "MaximumSignatures="},
	{"two have to agree, shown", STANDS(NONE), .only_shows = true, YES, ALLOWED},
	{"two have to agree, root", STANDS(NONE), .uid = ROOT, YES, WAITS, .reason = "2 approvals"},
	{"two have to agree, same-user", STANDS(NONE), .uid = AGENT, SAME_USER, WAITS, .reason = "2 approvals"},
	{"two agreed, same-user", STANDS(APPROVED), .uid = AGENT, SAME_USER, AGREED},
	{"two agreed, same-user, another", STANDS(APPROVED), SAME_USER, .kind = VERDICT_DENY, BY_USER, .reason = "serves only"},
	{"two have to agree, open to everybody", STANDS(NONE), .action = "", WAITS, .reason = "2 approvals"},
	{"no file, nobody has to agree", STANDS(VETOED), .has_no_file = true, YES, ALLOWED},
	{"no quorum, a standing counts nothing", .standing = QUORUM_STANDING_VETOED, YES, ALLOWED},

	/* BreakGlass= */
	{"the glass is broken", STANDS(NONE), BREAKS, .break_glass = ALICE, YES, BROKEN, .reason = "allowed without approvals because uid 1001 breaks the glass of key 'release', by BreakGlass= in /etc/signet/keys.d/release.conf"},
	{"the glass is broken by another", STANDS(NONE), BREAKS, .break_glass = 1002, YES, NOT_BROKEN, .reason = "refused because uid 1001 is not among BreakGlass= of key 'release' in /etc/signet/keys.d/release.conf"},
	{"nobody may break the glass", STANDS(NONE), BREAKS, YES, NOT_BROKEN, .reason = "not among BreakGlass="},
	{"root may not break the glass", STANDS(NONE), BREAKS, .uid = ROOT, .break_glass = ALICE, YES, NOT_BROKEN, .reason = "uid 0 is not among"},
	{"root is named", STANDS(NONE), BREAKS, .uid = ROOT, .break_glass = ROOT, YES, BROKEN},
	{"who may break it has to say so", STANDS(NONE), .break_glass = ALICE, YES, WAITS},
	{"the glass is broken, polkit is asked", STANDS(NONE), BREAKS, .break_glass = ALICE, ASKED},
	{"the glass is broken, polkit says no", STANDS(NONE), BREAKS, .break_glass = ALICE, .polkit = POLKIT_ANSWER_NO, BY_POLKIT, .reason = "polkit says no"},
	{"the glass is broken, the key is retired", STANDS(NONE), BREAKS, .break_glass = ALICE, .state = KEY_STATE_RETIRED, YES, BY_FILE, .reason = "retired"},
	{"the glass is broken for SHA-1", STANDS(NONE), BREAKS, .break_glass = ALICE, .hash = HASH_SHA1, YES, BY_FILE, .reason = "SHA-1"},
	{"the glass is broken, none left", STANDS(NONE), BREAKS, .break_glass = ALICE, .rate = 1, YES, BY_FILE, .reason = "RateLimit="},
	{"a veto holds nobody who breaks the glass", STANDS(VETOED), BREAKS, .break_glass = ALICE, YES, BROKEN},
	{"there is no glass", BREAKS, YES, NOT_BROKEN, .reason = "refused because key 'release' needs no approvals: there is no glass to break"},
	{"the glass is not broken by another action", STANDS(NONE), .is_break_glass = true, .break_glass = ALICE, YES, NOT_BROKEN, .reason = "takes the action org.signetd.break-glass"},
	{"the glass is not broken for another host", STANDS(NONE), BREAKS, .break_glass = ALICE, .is_forwarded = true, YES, NOT_BROKEN, .reason = "for another host"},
	{"there is no glass without a file", STANDS(NONE), BREAKS, .break_glass = ALICE, .has_no_file = true, YES, NOT_BROKEN, .reason = "no glass to break"},
	{"the glass is not broken by no action", STANDS(NONE), .action = "", .is_break_glass = true, .break_glass = ALICE, YES, NOT_BROKEN, .reason = "takes the action"},
	{"the glass is broken by another, not asked", STANDS(NONE), BREAKS, .break_glass = 1002, NOT_BROKEN, .reason = "not among BreakGlass="},
	{"the glass is broken, same-user", STANDS(NONE), BREAKS, .uid = AGENT, .break_glass = AGENT, SAME_USER, BROKEN},
	{"the glass is broken, same-user, another", STANDS(NONE), BREAKS, .break_glass = ALICE, SAME_USER, .kind = VERDICT_DENY, BY_USER, .reason = "serves only"},
	{"the action alone opens nothing", STANDS(APPROVED), .action = "org.signetd.break-glass", YES, .kind = VERDICT_ALLOW, .authority = AUTHORITY_QUORUM},

	/* the new ones, several at once */
	{"not after before the certificate", .not_after = 1, .certificate_not_after = 1, YES, BY_FILE, .reason = "NotAfter="},
	{"the certificate before bits", .certificate_not_after = 1, .minimum_bits = 9999, YES, BY_FILE, .reason = "the certificate"},
	{"bits before algorithm", .minimum_bits = 9999, .algorithms = BY(EDDSA), YES, BY_FILE, .reason = "MinimumBits=9999"},
	{"algorithm before hash", .algorithms = BY(EDDSA), .hashes = BIT(SHA384), YES, BY_FILE, .reason = "Algorithms="},
	{"purpose before rate", PURPOSES("cms"), .rate = 1, YES, BY_FILE, .reason = "Purposes="},
	{"rate before number", .rate = 1, .maximum = 1, .n_signed = 1, YES, BY_FILE, .reason = "RateLimit="},
	{"number before a weak key", RSA, .bits = 1024, .maximum = 1, .n_signed = 1, YES, BY_FILE, .reason = "MaximumSignatures="},
	{"all of them fit", RSA, .algorithms = BY(RSA_PKCS1), .certificate_not_after = NOW + 1, .rate = 1, .n_left = 1, .maximum = 1,
	 STANDS(APPROVED), YES, AGREED},
};
/* clang-format on */

/* A situation and all that it points to. */
struct scene {
	struct settings settings;
	struct caller caller;
	struct ask ask;
	struct key key;
	struct key_rule rule;
	char *purposes[5];
	uid_t break_glass;
	struct situation s;
};

/* 0 is what is usual, NOT_SAID is 0. */
static int pick(int value, int usual)
{
	return value == 0 ? usual : value == NOT_SAID ? 0 : value;
}

static void set_ask(struct scene *c, const struct row *row)
{
	bool is_rsa = row->type == KEY_TYPE_RSA, is_ed25519 = row->type == KEY_TYPE_ED25519;

	ask_init(&c->ask);
	if (row->is_for_token)
		c->ask.token = (char *)"main";
	if (row->is_for_token || row->is_for_neither || row->only_shows)
		return;
	snprintf(c->ask.purpose, sizeof(c->ask.purpose), "%s",
		 row->purpose ? row->purpose : "digest");
	c->ask.algorithm = (enum algorithm)pick(row->algorithm, is_rsa       ? ALGORITHM_RSA_PKCS1
								: is_ed25519 ? ALGORITHM_EDDSA
									     : ALGORITHM_ECDSA);
	c->ask.hash = (enum hash)pick(row->hash, is_ed25519 ? HASH_NONE : HASH_SHA256);
	c->ask.input = (enum input)pick(row->input, is_ed25519 ? INPUT_MESSAGE : INPUT_DIGEST);
	c->ask.n_items = row->n_items ? row->n_items : 1;
	c->ask.is_forwarded = row->is_forwarded;
	c->ask.is_break_glass = row->is_break_glass;
}

static void set_counts_and_people(struct scene *c, const struct row *row)
{
	c->rule.algorithms = row->algorithms;
	c->rule.certificate_not_after = row->certificate_not_after;
	c->rule.rate = row->rate;
	c->rule.rate_usec = row->rate > 0 ? 60 * USEC_PER_SEC : 0;
	c->rule.maximum_signatures = row->maximum;
	c->rule.quorum = row->quorum;
	if (row->break_glass == 0)
		return;
	c->break_glass = row->break_glass == ROOT ? 0 : row->break_glass;
	c->rule.break_glass = (struct people){.uids = &c->break_glass, .n_uids = 1};
}

static void set_key(struct scene *c, const struct row *row)
{
	c->key.name = (char *)"release";
	c->key.token = (char *)"main";
	c->key.info.type = (enum key_type)pick(row->type, KEY_TYPE_P256);
	c->key.info.bits = row->bits ? row->bits : row->type == KEY_TYPE_RSA ? 3072 : 256;
	c->rule.name = (char *)"release";
	c->rule.path = (char *)"/etc/signet/keys.d/release.conf";
	c->rule.state = (enum key_state)pick(row->state, KEY_STATE_ACTIVE);
	c->rule.not_before = row->not_before;
	c->rule.not_after = row->not_after;
	c->rule.minimum_bits = row->minimum_bits;
	c->rule.hashes = row->hashes;
	for (size_t i = 0; i < array_len(row->purposes); i++)
		c->purposes[i] = (char *)row->purposes[i];
	c->rule.purposes = row->has_no_purposes || row->purposes[0] ? c->purposes : NULL;
	c->key.rule = row->has_no_file ? NULL : &c->rule;
	set_counts_and_people(c, row);
}

static void set_scene(struct scene *c, const struct row *row)
{
	bool has_no_key = row->is_for_token || row->is_for_neither;

	memset(c, 0, sizeof(*c));
	c->settings.authorization =
		(enum authorization)pick(row->authorization, AUTHORIZATION_POLKIT);
	c->caller.uid = row->uid == 0 ? ALICE : row->uid == ROOT ? 0 : row->uid;
	set_ask(c, row);
	set_key(c, row);
	c->s = (struct situation){
		.settings = &c->settings,
		.caller = &c->caller,
		.ask = &c->ask,
		.action = !row->action     ? "org.signetd.sign"
			  : row->action[0] ? row->action
					   : NULL,
		.key = has_no_key ? NULL : &c->key,
		.agent_uid = AGENT,
		.now_usec = NOW,
		.polkit = (enum polkit_answer)row->polkit,
		.use = {.n_signed = row->n_signed,
			.n_left = row->n_left,
			.is_counted = row->is_counted},
		.quorum = (enum quorum_standing)row->standing,
		.quorum_request = row->request,
	};
}

static void check_reason(const struct row *row, const struct verdict *v)
{
	size_t len = strnlen(v->reason, sizeof(v->reason));

	ck_assert_uint_lt(len, sizeof(v->reason));
	if (v->kind == VERDICT_ASK) {
		ck_assert_msg(len == 0, "'%s': ASK has the reason '%s'", row->what, v->reason);
		return;
	}
	ck_assert_msg(text_is_clean(v->reason, len, 255), "'%s': '%s'", row->what, v->reason);
	if (v->kind == VERDICT_QUORUM)
		return; /* what is needed, and no answer yet */
	ck_assert_msg(strstr(v->reason, " because "), "'%s': '%s'", row->what, v->reason);
	ck_assert_msg(v->reason[len - 1] != '.', "'%s': '%s'", row->what, v->reason);
	ck_assert_msg((v->kind == VERDICT_ALLOW) == (strncmp(v->reason, "allowed ", 8) == 0),
		      "'%s': '%s'", row->what, v->reason);
}

START_TEST(every_limit_and_every_answer_has_its_verdict)
{
	for (size_t i = 0; i < array_len(rows); i++) {
		const struct row *row = &rows[i];
		struct scene c;
		struct verdict v;

		set_scene(&c, row);
		memset(&v, 0xff, sizeof(v));
		decide(&c.s, &v);
		ck_assert_msg(v.kind == row->kind && v.authority == row->authority,
			      "'%s': expected %d by %d, got %d by %d, '%s'", row->what, row->kind,
			      row->authority, v.kind, v.authority, v.reason);
		check_reason(row, &v);
		if (row->reason)
			ck_assert_msg(strstr(v.reason, row->reason),
				      "'%s': expected '%s', got '%s'", row->what, row->reason,
				      v.reason);
	}
	ck_assert_uint_ge(array_len(rows), 200);
}
END_TEST

START_TEST(a_situation_with_a_hole_is_refused)
{
	static const struct row usual = {.what = "usual", YES};

	for (int i = 0; i < 5; i++) {
		struct scene c;
		struct verdict v;

		set_scene(&c, &usual);
		switch (i) {
		case 0:
			c.s.settings = NULL;
			break;
		case 1:
			c.s.caller = NULL;
			break;
		case 2:
			c.s.ask = NULL;
			break;
		case 3:
			c.key.name = NULL;
			break;
		default:
			memset(&c.s, 0, sizeof(c.s));
			break;
		}
		decide(&c.s, &v);
		ck_assert_int_eq(v.kind, VERDICT_DENY);
		ck_assert_str_ne(v.reason, "");
	}
}
END_TEST

START_TEST(same_user_without_an_agent_uid_serves_root_alone)
{
	static const struct row nobody = {.what = "nobody", .uid = NOBODY, SAME_USER, YES};
	static const struct row alice = {.what = "alice", SAME_USER, YES};
	struct scene c;
	struct verdict v;

	set_scene(&c, &nobody);
	c.s.agent_uid = NOBODY;
	decide(&c.s, &v);
	ck_assert_int_eq(v.kind, VERDICT_DENY);
	set_scene(&c, &alice);
	c.s.agent_uid = NOBODY;
	decide(&c.s, &v);
	ck_assert_int_eq(v.kind, VERDICT_DENY);
}
END_TEST

START_TEST(the_longest_names_give_a_clean_reason)
{
	static const enum polkit_answer answers[] = {POLKIT_ANSWER_YES, POLKIT_ANSWER_NO,
						     POLKIT_ANSWER_CHALLENGE,
						     POLKIT_ANSWER_SILENCE};
	static const struct row usual = {.what = "usual"};
	char name[NAME_MAX_LEN + 1] = "", path[4096], purpose[PURPOSE_MAX + 1];
	struct scene c;
	struct verdict v;

	/* Three bytes a character, so that a cut in the wrong place shows. */
	for (size_t i = 0; i < NAME_MAX_LEN / 3; i++)
		strcat(name, "\xe2\x82\xac");
	memset(path, 'p', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	memset(purpose, 'q', sizeof(purpose));
	purpose[PURPOSE_MAX] = '\0';
	for (size_t i = 0; i < 2 * array_len(answers); i++) {
		set_scene(&c, &usual);
		c.key.name = name;
		c.rule.path = path;
		memcpy(c.ask.purpose, purpose, sizeof(purpose));
		c.s.polkit = answers[i / 2];
		if (i % 2)
			c.rule.state = KEY_STATE_SUSPENDED;
		decide(&c.s, &v);
		ck_assert_int_ne(v.kind, VERDICT_ASK);
		check_reason(&usual, &v);
	}
}
END_TEST

START_TEST(names_with_control_bytes_are_not_shown_as_they_are)
{
	static const struct row usual = {.what = "usual", .state = KEY_STATE_SUSPENDED};
	struct scene c;
	struct verdict v;

	set_scene(&c, &usual);
	c.rule.path = (char *)"/etc/\n\x1b[2J\xff/release.conf";
	decide(&c.s, &v);
	check_reason(&usual, &v);
}
END_TEST

/* --- one limit more never allows more ----------------------------------------------------------- */

static unsigned long long seed = 88172645463325252ULL;

/* Below n; the same numbers in every run. */
static unsigned any(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static void any_counts_and_people(struct row *r)
{
	r->n_items = 1 + any(4);
	r->algorithms = any(3) ? 0 : 1 + any((1u << _ALGORITHM_MAX) - 1);
	r->certificate_not_after = any(3) ? 0 : NOW - 5 + any(25);
	r->rate = any(3) ? 0 : 1 + any(20);
	r->n_left = r->rate > 0 ? any(r->rate + 1) : 0;
	r->maximum = any(3) ? 0 : 1 + any(20);
	r->n_signed = any(12);
	r->is_counted = any(8) == 0;
	r->quorum = any(3) ? 0 : 1 + any(3);
	r->standing = any(2) ? QUORUM_STANDING_APPROVED : (int)any(_QUORUM_STANDING_MAX + 1);
	r->is_break_glass = any(4) == 0;
	if (r->is_break_glass && !r->action)
		r->action = "org.signetd.break-glass";
	r->break_glass = any(2) ? ALICE : 0;
}

static void any_row(struct row *r)
{
	static const char *const purposes[] = {"digest", "cms", "ssh-auth", "sshsig:git",
					       "sshsig:*"};
	static const uid_t uids[] = {ALICE, ROOT, AGENT, 1002, NOBODY};
	static const int types[] = {KEY_TYPE_RSA, KEY_TYPE_P256, KEY_TYPE_ED25519, NOT_SAID};

	*r = (struct row){.what = "any"};
	r->uid = uids[any(16) ? any(4) : any(5)];
	r->purpose = any(9) ? purposes[any(4)] : "";
	r->type = types[any(16) ? any(3) : 3];
	r->algorithm = r->type == KEY_TYPE_RSA    ? ALGORITHM_RSA_PSS
		       : r->type == KEY_TYPE_P256 ? ALGORITHM_ECDSA
						  : ALGORITHM_EDDSA;
	r->hash = r->type == KEY_TYPE_ED25519 ? NOT_SAID : (int)(1 + any(any(8) ? 3 : 4));
	r->input = r->type == KEY_TYPE_ED25519 ? INPUT_MESSAGE : (int)(1 + any(2));
	r->bits = r->type == KEY_TYPE_RSA && any(4) ? 3072 : 256u << any(5);
	r->polkit = any(3) ? POLKIT_ANSWER_YES : (int)any(_POLKIT_ANSWER_MAX + 1);
	r->authorization = any(4) ? AUTHORIZATION_POLKIT : AUTHORIZATION_SAME_USER;
	r->only_shows = any(8) == 0;
	r->is_for_token = any(12) == 0;
	r->action = any(12) ? NULL : "";
	r->has_no_file = any(6) == 0;
	r->state = any(8) ? KEY_STATE_ACTIVE : (int)(1 + any(3));
	r->not_before = any(3) ? 0 : NOW - 20 + any(25);
	r->not_after = any(3) ? 0 : NOW - 5 + any(25);
	r->minimum_bits = any(3) ? 0 : 256u << any(4);
	r->hashes = any(3) ? 0 : 1 + any(15);
	for (unsigned i = any(4) + any(2) * 10; i < 4; i++)
		r->purposes[i % 4] = purposes[any(5)];
	if (!r->purposes[0])
		memset(r->purposes, 0, sizeof(r->purposes));
	any_counts_and_people(r);
}

/* Who may use the key without approvals is as it was, or fewer. */
static const char *restrict_agreement(struct row *r)
{
	switch (any(4)) {
	case 0:
		/*
		 * One that had been enough is not, so what was approved is not any more. Without any
		 * there is no glass: who breaks it nevertheless is refused, and would have been heard.
		 */
		if (r->is_break_glass && r->quorum == 0)
			return NULL;
		r->quorum++;
		if (r->standing == QUORUM_STANDING_APPROVED ||
		    r->standing == QUORUM_STANDING_WINDOW)
			r->standing = QUORUM_STANDING_PENDING;
		return "quorum";
	case 1:
		if (r->standing != QUORUM_STANDING_APPROVED &&
		    r->standing != QUORUM_STANDING_WINDOW)
			return NULL;
		r->standing = any(2) ? QUORUM_STANDING_PENDING : QUORUM_STANDING_NONE;
		return "approvals";
	case 2:
		r->standing = any(2) ? QUORUM_STANDING_VETOED : QUORUM_STANDING_EXPIRED;
		return "time or consent";
	default:
		r->break_glass = 0;
		return "break glass";
	}
}

static const char *restrict_counts_and_people(struct row *r)
{
	switch (any(6)) {
	case 0:
		r->algorithms = (r->algorithms ? r->algorithms : 30) & any(1u << _ALGORITHM_MAX);
		if ((r->algorithms & 30) == 0)
			r->algorithms = BY(NONE);
		return "algorithms";
	case 1:
		r->certificate_not_after =
			(r->certificate_not_after ? r->certificate_not_after : NOW + 20) - any(30);
		return "certificate";
	case 2:
		/* The first limit of the kind, or fewer signatures left of it. */
		r->n_left = r->rate > 0 ? any(r->n_left + 1) : any(5);
		r->rate = r->rate > 0 ? r->rate : 5;
		return "rate";
	case 3:
		r->maximum = r->maximum > 0 ? 1 + any(r->maximum) : 20;
		return "maximum";
	case 4:
		if (any(2)) {
			r->n_signed += any(10);
			return "signatures that are left";
		}
		r->hash = r->hash == NOT_SAID ? NOT_SAID : HASH_SHA1;
		return "hash";
	default:
		return restrict_agreement(r);
	}
}

/* Takes away something that the row allows. Returns what, or NULL if there is nothing of the kind. */
static const char *restrict_row(struct row *r)
{
	switch (any(19)) {
	case 0:
		/* That it was not asked is no answer. */
		if (r->polkit != POLKIT_ANSWER_YES)
			return NULL;
		r->polkit = any(2) ? (int)(1 + any(_POLKIT_ANSWER_MAX)) : NOT_SAID;
		return r->polkit == POLKIT_ANSWER_YES ? NULL : "polkit";
	case 1:
		if (r->has_no_file)
			return NULL;
		r->state = any(2) ? KEY_STATE_SUSPENDED : any(2) ? KEY_STATE_RETIRED : NOT_SAID;
		return "state";
	case 2:
		r->not_before = (r->not_before ? r->not_before : NOW - 20) + any(30);
		return "not before";
	case 3:
		r->not_after = (r->not_after ? r->not_after : NOW + 20) - any(30);
		return "not after";
	case 4:
		r->minimum_bits += 1 + any(4096);
		return "bits";
	case 5:
		/* Fewer hashes; none left is the empty list. */
		r->hashes = (r->hashes ? r->hashes : 14) & any(16);
		if ((r->hashes & 14) == 0)
			r->hashes = BIT(NONE);
		return "hashes";
	case 6:
		/* The last of them goes; none left is the empty list. */
		if (!r->purposes[0])
			return NULL;
		for (int i = 3; i >= 0; i--) {
			if (!r->purposes[i])
				continue;
			r->purposes[i] = NULL;
			break;
		}
		r->has_no_purposes = true;
		return "purposes";
	case 7:
		if (!r->has_no_file || r->is_break_glass) /* its file brings the glass */
			return NULL;
		r->has_no_file = false;
		return "no file";
	case 8:
		r->uid = NOBODY;
		return "uid";
	case 9:
	case 10:
	case 11:
	case 12:
	case 13:
	case 14:
	case 15:
	case 16:
	case 17:
		return restrict_counts_and_people(r);
	default:
		r->authorization = NOT_SAID;
		return r->action ? NULL : "authorization";
	}
}

static enum verdict_kind kind_of(const struct row *r)
{
	struct scene c;
	struct verdict v;

	set_scene(&c, r);
	decide(&c.s, &v);
	return v.kind;
}

START_TEST(a_limit_more_never_allows_more)
{
	unsigned n_allowed = 0, n_restricted = 0, n_now_denied = 0;

	for (unsigned i = 0; i < 60000; i++) {
		enum verdict_kind before, after;
		struct row r;
		const char *what;

		any_row(&r);
		before = kind_of(&r);
		n_allowed += before == VERDICT_ALLOW;
		for (int more = 0; more < 3; more++) {
			what = restrict_row(&r);
			if (!what)
				break;
			after = kind_of(&r);
			n_restricted++;
			n_now_denied += before != VERDICT_DENY && after == VERDICT_DENY;
			ck_assert_msg(before != VERDICT_DENY || after == VERDICT_DENY,
				      "round %u: denied, but not with fewer %s", i, what);
			ck_assert_msg((before != VERDICT_ASK && before != VERDICT_QUORUM) ||
					      after != VERDICT_ALLOW,
				      "round %u: asked, but allowed with fewer %s", i, what);
			before = after;
		}
	}
	/* The rounds must have been about something. */
	ck_assert_uint_gt(n_allowed, 2000);
	ck_assert_uint_gt(n_restricted, 20000);
	ck_assert_uint_gt(n_now_denied, 2000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_limit_and_every_answer_has_its_verdict,
		a_situation_with_a_hole_is_refused,
		same_user_without_an_agent_uid_serves_root_alone,
		the_longest_names_give_a_clean_reason,
		names_with_control_bytes_are_not_shown_as_they_are,
		a_limit_more_never_allows_more,
	};

	return unit_run("decide", tests, array_len(tests));
}
