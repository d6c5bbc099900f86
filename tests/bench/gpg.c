/*
 * bench/gpg.c - a load on gpg-agent: its Assuan protocol, in lines
 *
 * The key is named by its keygrip, once on a connection. A request is SETHASH and PKSIGN in one
 * write, one trip less than gpg itself takes.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/base/cleanup.h"
#include "agent/base/limits.h"
#include "tests/bench/agent.h"

#define KEYGRIP_SIZE 40u
/* SHA-256, as OpenPGP numbers it. */
#define SETHASH "SETHASH 8 "

/* --- lines ------------------------------------------------------------------------------------ */

/* Takes a line from the front, without its end; false if there is no whole one. */
static bool line_next(struct view *text, struct view *ret)
{
	const uint8_t *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;

	if (!end)
		return false;
	*ret = (struct view){text->data, (size_t)(end - text->data)};
	*text = (struct view){end + 1, text->size - ret->size - 1};
	return true;
}

/* Whether it is this word, alone or with something behind it. */
static bool line_is(struct view line, const char *word)
{
	size_t size = strlen(word);

	return line.size >= size && memcmp(line.data, word, size) == 0 &&
	       (line.size == size || line.data[size] == ' ');
}

/* Reads what is there. 1 when n commands were answered, 0 if something is missing. */
static int lines_receive(struct connection *c, unsigned n, struct view *ret)
{
	struct view text, line;
	unsigned ends = 0;
	ssize_t size;

	if (c->lines.size == LINES_MAX)
		return -EMSGSIZE;
	size = recv(c->fd, c->lines.data + c->lines.size, LINES_MAX - c->lines.size, 0);
	if (size < 0)
		return -errno;
	if (size == 0)
		return -EPIPE;
	c->lines.size += (size_t)size;
	text = (struct view){c->lines.data, c->lines.size};
	while (ends < n && line_next(&text, &line)) {
		/* It would wait for us, and there is nothing that it may ask. */
		if (line_is(line, "INQUIRE"))
			return -EBADMSG;
		ends += line_is(line, "OK") || line_is(line, "ERR");
	}
	if (ends < n)
		return 0;
	*ret = (struct view){c->lines.data, c->lines.size};
	return text.size == 0 ? 1 : -EBADMSG;
}

static void lines_drop(struct connection *c)
{
	c->lines.size = 0;
}

/* --- an answer -------------------------------------------------------------------------------- */

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Appends the data of a D line; false if it is not well-formed. */
static bool unescape(struct view escaped, struct writer *w)
{
	for (size_t i = 0; i < escaped.size; i++) {
		int high, low;

		if (escaped.data[i] != '%') {
			writer_u8(w, escaped.data[i]);
			continue;
		}
		if (escaped.size - i < 3)
			return false;
		high = digit_of(escaped.data[i + 1]);
		low = digit_of(escaped.data[i + 2]);
		if (high < 0 || low < 0)
			return false;
		writer_u8(w, (uint8_t)(high << 4 | low));
		i += 2;
	}
	return true;
}

/* The data that came between the OK of SETHASH and the one of PKSIGN. */
static bool data_of(struct view answer, struct worker *w, struct writer *ret)
{
	struct view line;
	unsigned oks = 0;

	while (line_next(&answer, &line)) {
		if (line_is(line, "OK")) {
			oks++;
			continue;
		}
		if (line_is(line, "S") || (line.size > 0 && line.data[0] == '#'))
			continue;
		if (oks == 1 && line_is(line, "D") && line.size > 2 &&
		    unescape((struct view){line.data + 2, line.size - 2}, ret))
			continue;
		worker_complain(w, "gpg-agent answers: %.*s", (int)line.size, line.data);
		return false;
	}
	return oks == 2 && writer_end(ret) == 0;
}

/* --- an S-expression, in its canonical form ------------------------------------------------- */

/* Exactly these bytes. */
static void sexp_take(struct reader *r, const char *s)
{
	if (!view_is(reader_bytes(r, strlen(s)), s))
		reader_fail(r);
}

/* A length in decimal, a colon, and that many bytes, 1 to max. */
static struct view sexp_atom(struct reader *r, size_t max)
{
	uint8_t c = reader_u8(r);
	size_t size = 0;

	if (c == '0')
		reader_fail(r);
	for (; c >= '0' && c <= '9' && size <= max; c = reader_u8(r))
		size = size * 10 + (c - (size_t)'0');
	if (c != ':' || size == 0 || size > max)
		reader_fail(r);
	return reader_bytes(r, size);
}

/* (1:NAME NUMBER): a number without a sign, filled up with zeroes at its front. */
static void sexp_number(struct reader *r, const char *name, uint8_t *ret, size_t size)
{
	struct view v;

	sexp_take(r, "(1:");
	sexp_take(r, name);
	v = sexp_atom(r, size + 1);
	sexp_take(r, ")");
	if (v.size == size + 1 && v.data[0] == 0)
		v = (struct view){v.data + 1, size}; /* the top bit would be a sign */
	if (r->has_failed || v.size > size) {
		reader_fail(r);
		return;
	}
	memset(ret, 0, size - v.size);
	memcpy(ret + size - v.size, v.data, v.size);
}

/* (1:NAME BYTES): as many as that. */
static void sexp_bytes(struct reader *r, const char *name, uint8_t *ret, size_t size)
{
	struct view v;

	sexp_take(r, "(1:");
	sexp_take(r, name);
	v = sexp_atom(r, size);
	sexp_take(r, ")");
	if (r->has_failed || v.size != size) {
		reader_fail(r);
		return;
	}
	memcpy(ret, v.data, size);
}

/* The signature in the form of a token's; its size, or 0 if this is no signature of such a key. */
static size_t signature_of(struct view sexp, const struct public *p, uint8_t ret[SIGNATURE_MAX])
{
	const size_t rsa_size = (p->bits + 7) / 8;
	struct reader r;
	size_t size = 64;

	reader_init(&r, sexp.data, sexp.size);
	if (p->type == KEY_TYPE_RSA && rsa_size <= SIGNATURE_MAX) {
		size = rsa_size;
		sexp_take(&r, "(7:sig-val(3:rsa");
		sexp_number(&r, "s", ret, size);
	} else if (p->type == KEY_TYPE_P256) {
		sexp_take(&r, "(7:sig-val(5:ecdsa");
		sexp_number(&r, "r", ret, 32);
		sexp_number(&r, "s", ret + 32, 32);
	} else if (p->type == KEY_TYPE_ED25519) {
		sexp_take(&r, "(7:sig-val(5:eddsa");
		sexp_bytes(&r, "r", ret, 32);
		sexp_bytes(&r, "s", ret + 32, 32);
	} else {
		return 0;
	}
	sexp_take(&r, "))");
	return reader_end(&r) ? size : 0;
}

/* --- the protocol ----------------------------------------------------------------------------- */

static int greet(const struct load *l, struct worker *w, struct connection *c)
{
	struct view answer, line;
	int r;

	writer_bytes(&c->out, "SIGKEY ", 7);
	writer_bytes(&c->out, l->key, KEYGRIP_SIZE);
	writer_u8(&c->out, '\n');
	r = connection_send(c);
	/* It says OK as soon as we are connected, and then to the command. */
	while (r == 0)
		r = lines_receive(c, 2, &answer);
	if (r < 0)
		return r;
	while (line_next(&answer, &line))
		if (line_is(line, "ERR")) {
			worker_complain(w, "gpg-agent answers: %.*s", (int)line.size, line.data);
			return -ENOENT;
		}
	lines_drop(c);
	return 0;
}

/* An Ed25519 key signs the digest as it would any message. */
static void ask(const struct load *l, uint64_t n, struct writer *w)
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t data[DATA_SIZE];

	(void)l; /* the key was named already */
	public_sample(n, data);
	writer_bytes(w, SETHASH, strlen(SETHASH));
	for (size_t i = 0; i < sizeof(data); i++) {
		writer_u8(w, (uint8_t)digits[data[i] >> 4]);
		writer_u8(w, (uint8_t)digits[data[i] & 15]);
	}
	writer_bytes(w, "\nPKSIGN\n", 8);
}

static int receive(struct connection *c, struct view *ret)
{
	return lines_receive(c, 2, ret);
}

static unsigned read_answer(const struct load *l, struct worker *w, uint64_t n, struct view answer)
{
	_cleanup_(writer_done) struct writer sexp;
	uint8_t signature[SIGNATURE_MAX];
	size_t size = 0;

	writer_init(&sexp, LINES_MAX);
	if (data_of(answer, w, &sexp))
		size = signature_of(writer_view(&sexp), &l->public, signature);
	if (size == 0) {
		worker_complain(w, "gpg-agent's answer is malformed");
		return 0;
	}
	worker_signed(w, l, n, FORM_TOKEN, (struct view){signature, size});
	return 1;
}

static int prepare(struct load *l, struct worker *w)
{
	size_t n = 0;

	while (isxdigit((unsigned char)l->key[n]))
		n++;
	if (n == KEYGRIP_SIZE && l->key[n] == '\0')
		return 0;
	worker_complain(w, "'%s' is no keygrip", l->key);
	return -EINVAL;
}

static int run(const struct load *l, struct worker *w, struct gate *g)
{
	static const struct protocol protocol = {
		.greet = greet,
		.ask = ask,
		.receive = receive,
		.read = read_answer,
		.drop = lines_drop,
	};

	return agent_run(l, w, g, &protocol);
}

const struct kind kind_gpg = {"gpg", prepare, run};
