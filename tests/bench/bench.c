/*
 * bench/bench.c - asks for signatures in closed loops and says how many came, and how fast
 *
 * One run is one measurement of one alternative; tests/bench/run makes many of them. Ends by
 * itself, whatever the other side does.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "tests/bench/journal.h"
#include "tests/bench/load.h"

#define NSEC_PER_SEC UINT64_C(1000000000)
/* Logins of SoftHSM fail while another process logs in; more than a dozen times is another cause. */
#define PREPARE_TRIES 12u
#define WORKERS_MAX 1024u
/* Seconds that a run may take longer than it was told to. */
#define GRACE 60u

static unsigned arg_processes = 1;
static unsigned arg_threads = 1;

/* Shared by all processes of a run. */
struct gate {
	pthread_mutex_t turn; /* one process at a time gets ready */
	pthread_barrier_t barrier;
	struct worker workers[];
};

/* A thread. */
struct place {
	const struct kind *kind;
	const struct load *load;
	struct gate *gate;
	struct worker *worker;
	pthread_t thread;
	int result;
};

static int usage(FILE *to, int status)
{
	fputs("bench signet SOCKET [OPTION]...    sign@signetd.org\n"
	      "bench provider SOCKET [OPTION]...  the same through libcrypto's provider 'signet'\n"
	      "bench ssh SOCKET [OPTION]...       the ssh-agent protocol\n"
	      "bench gpg SOCKET [OPTION]...       gpg-agent; a key's name is its keygrip\n"
	      "bench module PATH [OPTION]...      C_Sign of a PKCS#11 module\n"
	      "bench echo -                       a message to another process and back\n"
	      "bench journal SOCKET               take records until SIGTERM, then count them\n"
	      "\n"
	      "  --key NAME --public FILE    what signs, and its public key (PEM)\n"
	      "  --seconds N                 how long (0.5)\n"
	      "  --connections N             to an agent\n"
	      "  --batch N                   signatures in one request of signet's\n"
	      "  --processes N --threads N   N workers, each of N threads\n"
	      "  --token NAME                of a module; its PIN is in BENCH_PIN\n"
	      "  --soak                      verify every signature, not only the first ones\n"
	      "\n"
	      "Prints one line: signatures a second, latency (p50, p99, max) and time from the start to\n"
	      "the first signature in microseconds, requests, and signatures that were right, wrong\n"
	      "and refused. Exit status 1 if any was not right.\n",
	      to);
	return status;
}

/* --- for the workers -------------------------------------------------------------------------- */

uint64_t load_now_nsec(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t gate_pass(struct gate *g, const struct load *l, struct worker *w)
{
	(void)pthread_barrier_wait(&g->barrier); /* says only who was last */
	w->started_nsec = load_now_nsec();
	return w->started_nsec + l->duration_nsec;
}

void worker_complain(struct worker *w, const char *format, ...)
{
	va_list args;

	if (w->sentence[0])
		return;
	va_start(args, format);
	(void)vsnprintf(w->sentence, sizeof(w->sentence), format, args); /* cut is good enough */
	va_end(args);
}

void worker_answered(struct worker *w, uint64_t sent_nsec, unsigned n_signed)
{
	if (w->started_nsec == 0)
		return;
	w->ended_nsec = load_now_nsec();
	histogram_add(&w->latencies, w->ended_nsec - sent_nsec);
	w->n_signed += n_signed;
}

void worker_signed(struct worker *w, const struct load *l, uint64_t n, enum form form,
		   struct view signature)
{
	bool is_first = w->first_nsec == 0;
	uint8_t data[DATA_SIZE];

	if (is_first)
		w->first_nsec = load_now_nsec() - l->began_nsec;
	if (!is_first && !l->is_soak) {
		w->right++;
		return;
	}
	public_sample(n, data);
	if (public_verifies(&l->public, data, form, signature)) {
		w->right++;
		return;
	}
	w->wrong++;
	worker_complain(w, "a signature of key '%s' is wrong", l->key);
}

/* --- processes and threads -------------------------------------------------------------------- */

static int gate_new(unsigned n_workers, struct gate **ret)
{
	size_t size = sizeof(struct gate) + n_workers * sizeof(struct worker);
	pthread_barrierattr_t barrier;
	pthread_mutexattr_t mutex;
	struct gate *g;

	g = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g == MAP_FAILED)
		return -ENOMEM;
	if (pthread_barrierattr_init(&barrier) != 0 || pthread_mutexattr_init(&mutex) != 0 ||
	    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED) != 0 ||
	    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED) != 0 ||
	    pthread_barrier_init(&g->barrier, &barrier, n_workers) != 0 ||
	    pthread_mutex_init(&g->turn, &mutex) != 0)
		return -ENOMEM;
	*ret = g;
	return 0;
}

static int prepare(const struct kind *kind, struct load *l, struct gate *g, struct worker *w)
{
	int r = -EAGAIN;

	(void)pthread_mutex_lock(&g->turn); /* fails only if we have it already */
	for (unsigned i = 0; r < 0 && i < PREPARE_TRIES; i++) {
		w->sentence[0] = '\0';
		r = kind->prepare(l, w);
	}
	(void)pthread_mutex_unlock(&g->turn);
	return r;
}

static void *thread_main(void *arg)
{
	struct place *p = arg;

	p->result = p->kind->run(p->load, p->worker, p->gate);
	/* Others may wait at the gate for this one: the whole process ends, and with it the run. */
	if (p->result < 0)
		_exit(1);
	return NULL;
}

/* A child: exit status. */
static int process_main(const struct kind *kind, struct load *l, struct gate *g, struct worker *w)
{
	struct place places[WORKERS_MAX];

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prepare(kind, l, g, w) < 0)
		return 1;
	for (unsigned i = 0; i < arg_threads; i++) {
		places[i] = (struct place){.kind = kind, .load = l, .gate = g, .worker = w + i};
		if (pthread_create(&places[i].thread, NULL, thread_main, &places[i]) != 0)
			return 1;
	}
	for (unsigned i = 0; i < arg_threads; i++)
		(void)pthread_join(places[i].thread, NULL); /* each is joinable */
	return 0;
}

/* Waits for all children; when one has failed, the others are ended. 0 or -EIO. */
static int wait_for(const pid_t *children, unsigned n)
{
	int status, result = 0;

	for (unsigned left = n; left > 0; left--) {
		if (wait(&status) < 0)
			return -errno;
		if (status == 0 || result < 0)
			continue;
		result = -EIO;
		for (unsigned i = 0; i < n; i++)
			(void)kill(children[i], SIGKILL); /* not yet waited for, or gone */
	}
	return result;
}

static int run(const struct kind *kind, struct load *l, struct gate *g)
{
	pid_t children[WORKERS_MAX];
	unsigned n = 0;

	for (; n < arg_processes; n++) {
		children[n] = fork();
		if (children[n] < 0)
			break;
		if (children[n] == 0)
			_exit(process_main(kind, l, g, &g->workers[n * arg_threads]));
	}
	if (n < arg_processes)
		for (unsigned i = 0; i < n; i++)
			(void)kill(children[i], SIGKILL); /* they would wait for ever */
	return wait_for(children, n) < 0 || n < arg_processes ? -EIO : 0;
}

/* --- what came of it -------------------------------------------------------------------------- */

static void add_up(const struct gate *g, struct worker *ret)
{
	*ret = (struct worker){.first_nsec = g->workers[0].first_nsec,
			       .started_nsec = g->workers[0].started_nsec};
	for (unsigned i = 0; i < arg_processes * arg_threads; i++) {
		const struct worker *w = &g->workers[i];

		histogram_merge(&ret->latencies, &w->latencies);
		if (w->started_nsec < ret->started_nsec)
			ret->started_nsec = w->started_nsec;
		if (w->ended_nsec > ret->ended_nsec)
			ret->ended_nsec = w->ended_nsec;
		ret->n_signed += w->n_signed;
		ret->asked += w->asked;
		ret->right += w->right;
		ret->wrong += w->wrong;
		ret->refused += w->refused;
		if (w->sentence[0])
			worker_complain(ret, "%s", w->sentence);
	}
}

static int report(const struct worker *sum, int error)
{
	double seconds = (double)(sum->ended_nsec - sum->started_nsec) / 1e9;

	printf("rate=%.1f p50=%.1f p99=%.1f max=%.1f first=%.0f asked=%" PRIu64 " right=%" PRIu64
	       " wrong=%" PRIu64 " refused=%" PRIu64 "\n",
	       sum->n_signed > 0 ? (double)sum->n_signed / seconds : 0,
	       (double)histogram_quantile(&sum->latencies, 0.5) / 1e3,
	       (double)histogram_quantile(&sum->latencies, 0.99) / 1e3,
	       (double)histogram_quantile(&sum->latencies, 1) / 1e3, (double)sum->first_nsec / 1e3,
	       sum->asked, sum->right, sum->wrong, sum->refused);
	if (sum->sentence[0])
		fprintf(stderr, "bench: %s\n", sum->sentence);
	return error < 0 || sum->wrong > 0 || sum->refused > 0 ? 1 : 0;
}

/* --- arguments -------------------------------------------------------------------------------- */

static const struct kind *kind_of(const char *name)
{
	static const struct kind *const kinds[] = {&kind_module, &kind_signet,   &kind_ssh,
						   &kind_gpg,    &kind_provider, &kind_echo};

	for (size_t i = 0; i < array_len(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

static bool parse_args(int argc, char **argv, struct load *l, const char **ret_public)
{
	static const struct option options[] = {
		{"key", required_argument, NULL, 'k'},
		{"public", required_argument, NULL, 'u'},
		{"seconds", required_argument, NULL, 's'},
		{"connections", required_argument, NULL, 'c'},
		{"batch", required_argument, NULL, 'b'},
		{"processes", required_argument, NULL, 'p'},
		{"threads", required_argument, NULL, 't'},
		{"token", required_argument, NULL, 'T'},
		{"soak", no_argument, NULL, 'S'},
		{},
	};
	double seconds = 0.5;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case 'k':
			l->key = optarg;
			break;
		case 'u':
			*ret_public = optarg;
			break;
		case 's':
			seconds = strtod(optarg, NULL);
			break;
		case 'c':
			l->connections = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'b':
			l->batch = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			arg_processes = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 't':
			arg_threads = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'T':
			l->token = optarg;
			break;
		case 'S':
			l->is_soak = true;
			break;
		default:
			return false;
		}
	}
	l->duration_nsec = (uint64_t)(seconds * 1e9);
	return optind == argc && *ret_public && l->connections > 0 && l->batch > 0 && seconds > 0 &&
	       seconds < 1e5 && arg_processes > 0 && arg_threads > 0 &&
	       arg_processes <= WORKERS_MAX && arg_threads <= WORKERS_MAX / arg_processes;
}

int main(int argc, char **argv)
{
	struct load l = {.token = "", .key = "", .connections = 1, .batch = 1};
	const char *public_path = NULL;
	const struct kind *kind;
	struct worker sum;
	struct gate *g;
	int r;

	l.began_nsec = load_now_nsec();
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	if (argc < 3)
		return usage(stderr, 64);
	if (strcmp(argv[1], "journal") == 0)
		return journal_receive(argv[2]);
	l.path = argv[2];
	l.pin = getenv("BENCH_PIN");
	kind = kind_of(argv[1]);
	if (!kind || !parse_args(argc - 2, argv + 2, &l, &public_path))
		return usage(stderr, 64);
	if (!l.pin)
		l.pin = "";
	r = public_read(public_path, &l.public);
	if (r < 0) {
		fprintf(stderr, "bench: '%s' is not a public key: %s\n", public_path, strerror(-r));
		return 65;
	}
	(void)alarm((unsigned)(l.duration_nsec / NSEC_PER_SEC) + GRACE);
	r = gate_new(arg_processes * arg_threads, &g);
	if (r < 0) {
		fprintf(stderr, "bench: %s\n", strerror(-r));
		return 1;
	}
	r = run(kind, &l, g);
	add_up(g, &sum);
	public_done(&l.public);
	return report(&sum, r);
}
