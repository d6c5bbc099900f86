/*
 * faultp11.c - a PKCS#11 module that stands before a real one and misbehaves when it is told to
 *
 *	FAULTP11_MODULE   the real module; everything is handed on to it
 *	FAULTP11_CTL      the control file; read again when it changes, no file: no faults
 *	FAULTP11_LOG      one line for each call: 'PID NUMBER FUNCTION 0xRESULT WHAT DATA'; WHAT is '-'
 *	                  if nothing was done to it, DATA the first bytes of what C_Sign was to sign;
 *	                  and one for each change of the token
 *
 * A line of the control file is a rule or changes the token; '#' starts a comment.
 *
 *	FUNCTION FAULT [times=N] [skip=N] [slot=N]
 *
 * FUNCTION is a pattern of fnmatch(3), such as C_Sign or 'C_*'. The first rule that fits a call and
 * is not used up holds. With skip=N the first N calls go unharmed, with times=N it is used up after
 * N more, with slot=N only calls that name this slot are meant. Faults:
 *
 *	rv:HEX      answer HEX; the real module is not called
 *	late:HEX    call the real module, then answer HEX: done, but the answer is lost
 *	active:HEX  C_Sign: answer HEX and leave the operation under way in its session
 *	slow:MSEC   wait first; a line with 'waits' tells when it began
 *	hang        wait until the control file changes; a line with 'hangs' tells when it began
 *	abort       die, as from assert()
 *	segv        die, as from a wild pointer
 *	exit:N      leave, as from exit() in a library
 *	flags:HEX   C_GetTokenInfo: these flags, too
 *	corrupt     C_Sign: one bit of the signature is flipped
 *	short       C_Sign: the signature is said to be one byte shorter
 *
 *	token removed     pulled out: no slot has a token, and what was open is gone for good
 *	token present     put in again
 *	sessions drop     all sessions end, the token stays
 *	login drop        logged out, the sessions stay
 *
 * What signet-token calls goes through here, the rest does not. No secret is logged.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/cleanup.h"

#define RULES_MAX 32u
#define SLOTS_MAX 64u
#define FOREVER (-1L)
#define ANY_SLOT (-1L)
#define LINE_SIZE 256u

enum fault {
	FAULT_NONE = 0,
	FAULT_RV,
	FAULT_LATE,
	FAULT_ACTIVE,
	FAULT_SLOW,
	FAULT_HANG,
	FAULT_ABORT,
	FAULT_SEGV,
	FAULT_EXIT,
	FAULT_FLAGS,
	FAULT_CORRUPT,
	FAULT_SHORT,
};

static const struct {
	const char *name;
	int base; /* of its number; 0: it has none */
} faults[] = {
	[FAULT_RV] = {"rv", 16},         [FAULT_LATE] = {"late", 16},
	[FAULT_ACTIVE] = {"active", 16}, [FAULT_SLOW] = {"slow", 10},
	[FAULT_HANG] = {"hang", 0},      [FAULT_ABORT] = {"abort", 0},
	[FAULT_SEGV] = {"segv", 0},      [FAULT_EXIT] = {"exit", 10},
	[FAULT_FLAGS] = {"flags", 16},   [FAULT_CORRUPT] = {"corrupt", 0},
	[FAULT_SHORT] = {"short", 0},
};

struct rule {
	char function[64];
	enum fault fault;
	unsigned long number;
	long times; /* how often it still holds */
	long skip;
	long slot;
};

/* Which version of the control file was read. */
struct stamp {
	ino_t inode; /* 0: there is none */
	struct timespec changed;
};

/* What a call needs of the token: what it answers while that is out. */
enum needs {
	NEEDS_NOTHING,
	NEEDS_TOKEN,   /* CKR_TOKEN_NOT_PRESENT */
	NEEDS_SESSION, /* CKR_DEVICE_REMOVED */
};

struct call {
	const char *function;
	long slot; /* ANY_SLOT: it names none */
	enum fault fault;
	unsigned long number;
	bool is_removed;
	struct stamp stamp; /* when it came in */
	CK_RV rv;
	char data[2 * 4 + 1]; /* hexadecimal */
};

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST ours;

/* Guards what follows. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[RULES_MAX];
static size_t n_rules;
static bool is_removed;
static struct stamp stamp;
static unsigned long n_calls;

/*
 * Held by every call while it is with the real module, and against them all while the token is
 * changed: SoftHSM does not bear that a session is closed in which another thread signs.
 */
static pthread_rwlock_t inside = PTHREAD_RWLOCK_INITIALIZER;

/* --- the log ---------------------------------------------------------------------------------- */

static void note(const struct call *c, const char *what)
{
	const char *path = getenv("FAULTP11_LOG");
	unsigned long number = __atomic_add_fetch(&n_calls, 1, __ATOMIC_RELAXED);
	char line[LINE_SIZE];
	int fd, n;

	if (!path)
		return;
	n = snprintf(line, sizeof(line), "%ld %lu %s 0x%lx %s %s\n", (long)getpid(), number,
		     c->function, c->rv, what, c->data);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	if (write(fd, line, (size_t)n) < 0)
		(void)fputs("faultp11: the log cannot be written\n", stderr); /* tests miss it */
	(void)close(fd); /* nothing is buffered */
}

/* --- the token -------------------------------------------------------------------------------- */

static void close_sessions(CK_SLOT_ID slot)
{
	(void)real->C_CloseAllSessions(slot); /* there may be none */
}

static void log_out(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session;

	if (real->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK)
		return;
	(void)real->C_Logout(session);       /* nobody may be logged in */
	(void)real->C_CloseSession(session); /* just opened */
}

static void for_each_slot(void (*function)(CK_SLOT_ID slot))
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX;

	if (real->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return;
	while (n > 0)
		function(slots[--n]);
}

/* --- the control file ------------------------------------------------------------------------- */

/* False if the line is no change of the token. */
static bool change_token(const char *what, const char *how)
{
	const struct call change = {.function = what};
	bool is_token = strcmp(what, "token") == 0, is_known = true;

	(void)pthread_rwlock_wrlock(&inside); /* fails only for whoever holds it */
	if (is_token && strcmp(how, "removed") == 0) {
		for_each_slot(close_sessions);
		is_removed = true;
	} else if (is_token && strcmp(how, "present") == 0) {
		is_removed = false;
	} else if (strcmp(what, "sessions") == 0 && strcmp(how, "drop") == 0) {
		for_each_slot(close_sessions);
	} else if (strcmp(what, "login") == 0 && strcmp(how, "drop") == 0) {
		for_each_slot(log_out);
	} else {
		is_known = false;
	}
	(void)pthread_rwlock_unlock(&inside); /* is held */
	if (is_known)
		note(&change, how);
	return is_known;
}

/* 'NAME' or 'NAME:NUMBER', as the table has it. */
static bool read_fault(const char *text, struct rule *rule)
{
	size_t length = strcspn(text, ":");
	char *end;

	for (size_t i = 0; i < array_len(faults); i++) {
		if (!faults[i].name || strlen(faults[i].name) != length ||
		    strncmp(faults[i].name, text, length) != 0)
			continue;
		rule->fault = (enum fault)i;
		if (faults[i].base == 0)
			return text[length] == '\0';
		if (text[length] == '\0')
			return false;
		rule->number = strtoul(text + length + 1, &end, faults[i].base);
		return end != text + length + 1 && *end == '\0';
	}
	return false;
}

static bool read_option(const char *text, struct rule *rule)
{
	int n = 0;

	if (sscanf(text, "times=%ld%n", &rule->times, &n) != 1 &&
	    sscanf(text, "skip=%ld%n", &rule->skip, &n) != 1 &&
	    sscanf(text, "slot=%ld%n", &rule->slot, &n) != 1)
		return false;
	return text[n] == '\0' && rule->times >= FOREVER && rule->skip >= 0 &&
	       rule->slot >= ANY_SLOT;
}

static bool read_rule(const char *function, const char *fault, char *options)
{
	struct rule rule = {.times = FOREVER, .slot = ANY_SLOT};
	char *save = NULL;

	if (n_rules == RULES_MAX || strlen(function) >= sizeof(rule.function))
		return false;
	(void)strcpy(rule.function, function);
	if (!read_fault(fault, &rule))
		return false;
	for (char *o = strtok_r(options, " \t", &save); o; o = strtok_r(NULL, " \t", &save))
		if (!read_option(o, &rule))
			return false;
	rules[n_rules++] = rule;
	return true;
}

static void read_line(char *line)
{
	char copy[LINE_SIZE], *save = NULL, *first, *second;

	line[strcspn(line, "#\n")] = '\0';
	(void)strcpy(copy, line); /* of the same size */
	first = strtok_r(line, " \t", &save);
	second = first ? strtok_r(NULL, " \t", &save) : NULL;
	if (!first)
		return;
	if (!second || (!change_token(first, second) && !read_rule(first, second, save)))
		(void)fprintf(stderr, "faultp11: '%s' is not understood\n", copy);
}

static struct stamp look(void)
{
	const char *path = getenv("FAULTP11_CTL");
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return (struct stamp){};
	return (struct stamp){.inode = st.st_ino, .changed = st.st_mtim};
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
	return a->inode == b->inode && a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Called with the lock held. */
static void read_control(void)
{
	struct stamp now = look();
	char line[LINE_SIZE];
	FILE *f;

	if (is_same(&now, &stamp))
		return;
	stamp = now;
	n_rules = 0;
	if (now.inode == 0) {
		is_removed = false;
		return;
	}
	f = fopen(getenv("FAULTP11_CTL"), "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		read_line(line);
	(void)fclose(f); /* only read */
}

/* --- one call --------------------------------------------------------------------------------- */

static void wait_msec(unsigned long msec)
{
	const struct timespec t = {(time_t)(msec / 1000), (long)(msec % 1000) * 1000000L};

	(void)nanosleep(&t, NULL); /* a signal may cut it short */
}

static void wait_for_a_change(const struct stamp *then)
{
	struct stamp now;

	do {
		wait_msec(20);
		now = look();
	} while (is_same(&now, then));
}

/* As if nobody had caught the signal, a sanitizer included. */
static void die_by(const struct call *c, int signal_number)
{
	note(c, faults[c->fault].name);
	(void)signal(signal_number, SIG_DFL);
	(void)raise(signal_number);
}

/* Called with the lock held. */
static struct rule *find_rule(const struct call *c)
{
	for (size_t i = 0; i < n_rules; i++) {
		if (rules[i].times == 0 || fnmatch(rules[i].function, c->function, 0) != 0)
			continue;
		if (rules[i].slot != ANY_SLOT && rules[i].slot != c->slot)
			continue;
		if (rules[i].skip == 0)
			return &rules[i];
		rules[i].skip--;
	}
	return NULL;
}

static void decide(struct call *c)
{
	struct rule *rule;

	(void)pthread_mutex_lock(&lock); /* fails only when it is no mutex */
	read_control();
	rule = find_rule(c);
	if (rule) {
		c->fault = rule->fault;
		c->number = rule->number;
		if (rule->times > 0)
			rule->times--;
	}
	c->is_removed = is_removed;
	c->stamp = stamp;
	(void)pthread_mutex_unlock(&lock);
}

/* What happens before the real module is called, or instead; false: c->rv is the answer. */
static bool suffer(struct call *c)
{
	switch (c->fault) {
	case FAULT_RV:
	case FAULT_ACTIVE:
		c->rv = c->number;
		return false;
	case FAULT_SLOW:
		note(c, "waits");
		wait_msec(c->number);
		return true;
	case FAULT_HANG:
		note(c, "hangs");
		wait_for_a_change(&c->stamp);
		return true;
	case FAULT_ABORT:
		die_by(c, SIGABRT);
		break;
	case FAULT_SEGV:
		die_by(c, SIGSEGV);
		break;
	case FAULT_EXIT:
		note(c, faults[c->fault].name);
		_exit((int)c->number);
	case FAULT_NONE:
	case FAULT_LATE:
	case FAULT_FLAGS:
	case FAULT_CORRUPT:
	case FAULT_SHORT:
		break;
	}
	return true;
}

/*
 * False if the real module is not to be called; then call_end() has the answer. What comes in
 * between is inside.
 */
static bool call_run(struct call *c, enum needs needs)
{
	bool is_alive;

	decide(c);
	is_alive = suffer(c);
	(void)pthread_rwlock_rdlock(&inside); /* there are few threads */
	if (!is_alive)
		return false;
	if (!c->is_removed || needs == NEEDS_NOTHING)
		return true;
	c->rv = needs == NEEDS_TOKEN ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_REMOVED;
	return false;
}

static bool call_begin(struct call *c, const char *function, enum needs needs)
{
	*c = (struct call){.function = function, .slot = ANY_SLOT};
	return call_run(c, needs);
}

static bool call_begin_in(struct call *c, const char *function, enum needs needs, CK_SLOT_ID slot)
{
	*c = (struct call){.function = function, .slot = (long)slot};
	return call_run(c, needs);
}

static bool call_begin_sign(struct call *c, const CK_BYTE *data, CK_ULONG size)
{
	*c = (struct call){.function = "C_Sign", .slot = ANY_SLOT};
	for (CK_ULONG i = 0; i < size && i < sizeof(c->data) / 2; i++)
		(void)snprintf(c->data + 2 * i, 3, "%02x", data[i]); /* always fits */
	return call_run(c, NEEDS_SESSION);
}

static CK_RV call_end(struct call *c)
{
	CK_RV really = c->rv;

	(void)pthread_rwlock_unlock(&inside); /* since call_run() */
	if (c->fault == FAULT_LATE)
		c->rv = c->number;
	note(c, c->rv != really          ? "late"
		: c->fault == FAULT_NONE ? (c->is_removed ? "removed" : "-")
					 : faults[c->fault].name);
	return c->rv;
}

/* --- what is called --------------------------------------------------------------------------- */

static CK_RV fault_initialize(void *arguments)
{
	struct call c;

	if (call_begin(&c, "C_Initialize", NEEDS_NOTHING))
		c.rv = real->C_Initialize(arguments);
	return call_end(&c);
}

static CK_RV fault_get_slot_list(CK_BBOOL with_token, CK_SLOT_ID_PTR slots, CK_ULONG_PTR n)
{
	struct call c;

	if (call_begin(&c, "C_GetSlotList", NEEDS_NOTHING))
		c.rv = real->C_GetSlotList(with_token, slots, n);
	if (c.rv == CKR_OK && c.is_removed && with_token)
		*n = 0;
	return call_end(&c);
}

static CK_RV fault_get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info)
{
	struct call c;

	if (call_begin_in(&c, "C_GetSlotInfo", NEEDS_NOTHING, slot)) {
		c.rv = real->C_GetSlotInfo(slot, info);
		if (c.rv == CKR_OK)
			info->flags |= CKF_REMOVABLE_DEVICE;
		if (c.rv == CKR_OK && c.is_removed)
			info->flags &= ~(CK_FLAGS)CKF_TOKEN_PRESENT;
	}
	return call_end(&c);
}

static CK_RV fault_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	struct call c;

	if (call_begin_in(&c, "C_GetTokenInfo", NEEDS_TOKEN, slot)) {
		c.rv = real->C_GetTokenInfo(slot, info);
		if (c.rv == CKR_OK && c.fault == FAULT_FLAGS)
			info->flags |= c.number;
	}
	return call_end(&c);
}

static CK_RV fault_open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *userdata, CK_NOTIFY notify,
				CK_SESSION_HANDLE_PTR ret)
{
	struct call c;

	if (call_begin_in(&c, "C_OpenSession", NEEDS_TOKEN, slot))
		c.rv = real->C_OpenSession(slot, flags, userdata, notify, ret);
	return call_end(&c);
}

static CK_RV fault_close_session(CK_SESSION_HANDLE session)
{
	struct call c;

	if (call_begin(&c, "C_CloseSession", NEEDS_SESSION))
		c.rv = real->C_CloseSession(session);
	return call_end(&c);
}

static CK_RV fault_close_all_sessions(CK_SLOT_ID slot)
{
	struct call c;

	if (call_begin_in(&c, "C_CloseAllSessions", NEEDS_TOKEN, slot))
		c.rv = real->C_CloseAllSessions(slot);
	return call_end(&c);
}

static CK_RV fault_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
			 CK_ULONG pin_size)
{
	struct call c;

	if (call_begin(&c, "C_Login", NEEDS_SESSION))
		c.rv = real->C_Login(session, user, pin, pin_size);
	return call_end(&c);
}

static CK_RV fault_logout(CK_SESSION_HANDLE session)
{
	struct call c;

	if (call_begin(&c, "C_Logout", NEEDS_SESSION))
		c.rv = real->C_Logout(session);
	return call_end(&c);
}

static CK_RV fault_find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
				     CK_ULONG n)
{
	struct call c;

	if (call_begin(&c, "C_FindObjectsInit", NEEDS_SESSION))
		c.rv = real->C_FindObjectsInit(session, template, n);
	return call_end(&c);
}

static CK_RV fault_get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
				       CK_ATTRIBUTE_PTR template, CK_ULONG n)
{
	struct call c;

	if (call_begin(&c, "C_GetAttributeValue", NEEDS_SESSION))
		c.rv = real->C_GetAttributeValue(session, object, template, n);
	return call_end(&c);
}

static CK_RV fault_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
			     CK_OBJECT_HANDLE key)
{
	struct call c;

	if (call_begin(&c, "C_SignInit", NEEDS_SESSION))
		c.rv = real->C_SignInit(session, mechanism, key);
	return call_end(&c);
}

/* A question for the size alone (no signature) is answered truly. */
static void damage(const struct call *c, CK_BYTE_PTR signature, CK_ULONG_PTR size)
{
	if (c->rv != CKR_OK || !signature || *size == 0)
		return;
	if (c->fault == FAULT_CORRUPT)
		signature[*size / 2] ^= 1;
	if (c->fault == FAULT_SHORT)
		--*size;
}

/*
 * Whatever C_Sign answers, it ends the operation: the next C_SignInit must find none. Tokens that
 * do otherwise are what FAULT_ACTIVE is for.
 */
static void end_signing(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size)
{
	CK_BYTE dropped[2048];
	CK_ULONG size = sizeof(dropped);

	(void)real->C_Sign(session, data, data_size, dropped, &size); /* for its end alone */
}

static CK_RV fault_sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size,
			CK_BYTE_PTR signature, CK_ULONG_PTR size)
{
	struct call c;

	if (call_begin_sign(&c, data, data_size)) {
		c.rv = real->C_Sign(session, data, data_size, signature, size);
		damage(&c, signature, size);
	} else if (c.fault == FAULT_RV) {
		end_signing(session, data, data_size);
	}
	return call_end(&c);
}

/* --- the door --------------------------------------------------------------------------------- */

static CK_RV get_function_list(CK_FUNCTION_LIST_PTR_PTR ret)
{
	*ret = &ours;
	return CKR_OK;
}

static void fill_table(void)
{
	ours = *real;
	/* Not the name below: in signet-token that is another module's, the gate's. */
	ours.C_GetFunctionList = get_function_list;
	ours.C_Initialize = fault_initialize;
	ours.C_GetSlotList = fault_get_slot_list;
	ours.C_GetSlotInfo = fault_get_slot_info;
	ours.C_GetTokenInfo = fault_get_token_info;
	ours.C_OpenSession = fault_open_session;
	ours.C_CloseSession = fault_close_session;
	ours.C_CloseAllSessions = fault_close_all_sessions;
	ours.C_Login = fault_login;
	ours.C_Logout = fault_logout;
	ours.C_FindObjectsInit = fault_find_objects_init;
	ours.C_GetAttributeValue = fault_get_attribute_value;
	ours.C_SignInit = fault_sign_init;
	ours.C_Sign = fault_sign;
}

static CK_RV open_real(void)
{
	const char *path = getenv("FAULTP11_MODULE");
	CK_C_GetFunctionList get;
	void *module;

	if (!path) {
		(void)fputs("faultp11: FAULTP11_MODULE is not set\n", stderr);
		return CKR_GENERAL_ERROR;
	}
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	get = module ? (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList") : NULL;
	if (!get) {
		(void)fprintf(stderr, "faultp11: %s\n", dlerror());
		return CKR_GENERAL_ERROR;
	}
	return get(&real);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ret)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	CK_RV rv = CKR_OK;

	if (!ret)
		return CKR_ARGUMENTS_BAD;
	(void)pthread_mutex_lock(&once); /* fails only when it is no mutex */
	if (!real) {
		rv = open_real();
		if (rv == CKR_OK)
			fill_table();
	}
	(void)pthread_mutex_unlock(&once);
	return rv == CKR_OK ? get_function_list(ret) : rv;
}
