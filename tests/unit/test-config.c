/*
 * test-config.c - what signet(1) writes into the configuration of the agent, and when it takes it back
 *
 * The agent is a thread that answers each request with one status.
 */
#include "client/cli/config.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* signet(1) shares no headers with the agent, and has some of these names as well. */
#define freep unit_freep
#undef _cleanup_
#undef array_len
#include "tests/unit/unit.h"
#include "agent/wire/message.h"
#undef freep

static char dir[32], socket_path[64];
static struct args args;
static int listener;
static enum status answer_status;
static unsigned n_requests;

static void set_up(void)
{
	(void)strcpy(dir, "/tmp/test-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(socket_path, sizeof(socket_path), "%s/agent.sock", dir);
	args = (struct args){.config = dir, .socket = socket_path, .is_quiet = true};
	n_requests = 0;
}

static char *text_of(const char *name)
{
	char *text = NULL;

	ck_assert_int_eq(config_read(&args, name, &text), EXIT_DONE);
	return text;
}

static void check_text(const char *name, const char *expected)
{
	char *text = text_of(name);

	if (expected)
		ck_assert_str_eq(text, expected);
	else
		ck_assert_ptr_null(text);
	free(text);
}

static mode_t mode_of(const char *name)
{
	char *path = config_path(&args, name);
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	free(path);
	return st.st_mode & 07777;
}

static void remove_all(const char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		char *path = config_path(&args, names[i]);

		ck_assert_int_eq(remove(path), 0);
		free(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

/* --- the agent -------------------------------------------------------------------------------- */

static void *serve(void *userdata)
{
	struct writer w;
	uint8_t buf[256];
	int fd;

	(void)userdata;
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		while (recv(fd, buf, sizeof(buf), 0) > 0) {
			n_requests++;
			writer_init(&w, FRAME_MAX);
			message_close(&w,
				      message_open_answer(&w, unit_view("reload@signetd.org"),
							  answer_status,
							  answer_status ? "FILE:1: no" : "", "0"));
			(void)!send(fd, w.data, w.size, MSG_NOSIGNAL); /* it may be gone */
			writer_done(&w);
		}
		(void)close(fd);
	}
	return NULL;
}

static pthread_t start_agent(enum status status)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	pthread_t thread;

	answer_status = status;
	(void)strcpy(address.sun_path, socket_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	return thread;
}

static void end_agent(pthread_t thread)
{
	ck_assert_int_eq(shutdown(listener, SHUT_RDWR), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	(void)close(listener);
	ck_assert_int_eq(unlink(socket_path), 0);
}

/* --- the tests -------------------------------------------------------------------------------- */

START_TEST(a_file_is_written_with_its_directories_for_everybody_to_read)
{
	static const char *const left[] = {"keys.d/k.conf.d/50-state.conf", "keys.d/k.conf.d",
					   "keys.d", NULL};
	const struct config_file file = {left[0], "[Key]\nState=suspended\n"};
	mode_t mask = umask(077);

	set_up();
	ck_assert_int_eq(config_change(&args, &file, 1), EXIT_DONE); /* nobody listens */
	ck_assert_uint_eq(umask(mask), 077);
	check_text(left[0], file.text);
	ck_assert_uint_eq(mode_of(left[0]), 0644);
	ck_assert_uint_eq(mode_of("keys.d"), 0755);
	ck_assert_uint_eq(mode_of("keys.d/k.conf.d"), 0755);
	remove_all(left);
}
END_TEST

START_TEST(the_last_drop_in_takes_its_directory_along)
{
	static const char *const left[] = {"keys.d", NULL};
	struct config_file file = {"keys.d/k.conf.d/50-state.conf", "x"};

	set_up();
	ck_assert_int_eq(config_change(&args, &file, 1), EXIT_DONE);
	file.text = NULL;
	ck_assert_int_eq(config_change(&args, &file, 1), EXIT_DONE);
	check_text(file.name, NULL);
	ck_assert_int_eq(config_change(&args, &file, 1), EXIT_DONE); /* there is none */
	remove_all(left); /* fails if the directory of the drop-in is there */
}
END_TEST

START_TEST(what_the_agent_refuses_is_taken_back)
{
	static const char *const left[] = {"grants.d/old.conf", "grants.d/gone.conf", "grants.d",
					   NULL};
	const struct config_file before[] = {{left[0], "old"}, {left[1], "gone"}};
	const struct config_file changes[] = {{"grants.d/new.conf", "new"},
					      {left[0], "changed"},
					      {left[1], NULL}};
	pthread_t agent;

	set_up();
	ck_assert_int_eq(config_change(&args, before, 2), EXIT_DONE);
	agent = start_agent(STATUS_CONFIG);
	ck_assert_int_eq(config_change(&args, changes, 3), EXIT_CONFIG);
	end_agent(agent);
	ck_assert_uint_eq(n_requests, 1);
	check_text("grants.d/new.conf", NULL);
	check_text(left[0], "old");
	check_text(left[1], "gone");
	remove_all(left);
}
END_TEST

START_TEST(what_the_agent_takes_stays)
{
	static const char *const left[] = {"grants.d/new.conf", "grants.d", NULL};
	const struct config_file file = {left[0], "new"};
	pthread_t agent;

	set_up();
	agent = start_agent(STATUS_OK);
	ck_assert_int_eq(config_change(&args, &file, 1), EXIT_DONE);
	end_agent(agent);
	ck_assert_uint_eq(n_requests, 1);
	check_text(left[0], "new");
	remove_all(left);
}
END_TEST

START_TEST(a_change_stays_if_nobody_may_ask_for_a_reload)
{
	static const char *const left[] = {"grants.d/new.conf", "grants.d", NULL};
	const struct config_file file = {left[0], "new"};
	pthread_t agent;

	set_up();
	agent = start_agent(STATUS_DENIED);
	ck_assert_int_eq(config_change(&args, &file, 1), EXIT_DENIED);
	end_agent(agent);
	check_text(left[0], "new");
	remove_all(left);
}
END_TEST

START_TEST(a_link_is_replaced_and_not_followed)
{
	static const char *const left[] = {"grants.d/new.conf", "grants.d", "victim", NULL};
	const struct config_file victim = {"victim", "untouched"}, file = {left[0], "new"};
	char *grants = NULL, *link = NULL;

	set_up();
	ck_assert_int_eq(config_change(&args, &victim, 1), EXIT_DONE);
	grants = config_path(&args, "grants.d");
	link = config_path(&args, left[0]);
	ck_assert_int_eq(mkdir(grants, 0755), 0);
	ck_assert_int_eq(symlink("../victim", link), 0);
	ck_assert_int_eq(config_change(&args, &file, 1), EXIT_DONE);
	check_text("victim", "untouched");
	check_text(left[0], "new");
	remove_all(left);
	free(grants);
	free(link);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_not_made)
{
	const struct config_file file = {"grants.d/new.conf", "new"};

	set_up();
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(config_change(&args, &file, 1), EXIT_CONFIG);
	ck_assert_int_ne(access(dir, F_OK), 0);
}
END_TEST

START_TEST(what_could_be_another_path_or_an_option_is_no_file_name)
{
	static const char *const bad[] = {"",     ".",    "..",  ".a", "-a",   "a/b",
					  "../a", "a b",  "a\n", "a*", "a%2F", "\xc3\xa4",
					  "a:b",  "a\\b", "a=b", "a~", "[a]",  "a\tb"};
	char name[66] = "";

	for (size_t i = 0; i < array_len(bad); i++)
		ck_assert_msg(!config_is_file_name(bad[i]), "'%s'", bad[i]);
	ck_assert(config_is_file_name("a"));
	ck_assert(config_is_file_name("Release-2026_b@x.y"));
	memset(name, 'a', 64);
	ck_assert(config_is_file_name(name));
	name[64] = 'a';
	ck_assert(!config_is_file_name(name));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_file_is_written_with_its_directories_for_everybody_to_read,
		the_last_drop_in_takes_its_directory_along,
		what_the_agent_refuses_is_taken_back,
		what_the_agent_takes_stays,
		a_change_stays_if_nobody_may_ask_for_a_reload,
		a_link_is_replaced_and_not_followed,
		a_directory_that_is_not_there_is_not_made,
		what_could_be_another_path_or_an_option_is_no_file_name,
	};

	return unit_run("config", tests, array_len(tests));
}
