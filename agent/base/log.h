/*
 * base/log.h - diagnostics of a daemon, to standard error
 *
 * For what an operator must know and no record holds: start, stop, a broken file, a lost token
 * process. Audit records do not go this way. Lines carry the <N> prefix by which systemd sets
 * the priority; text from outside is passed through text_sanitise() first. Rooms do not log.
 */
#ifndef AGENT_BASE_LOG_H
#define AGENT_BASE_LOG_H

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* One line; a newline is added, control bytes are replaced. Keeps errno. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)

#endif
