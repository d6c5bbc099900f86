/*
 * test-message.c - malformed messages, one fault at a time
 *
 * test-vectors.c shows what well-formed ones look like. Here each of them is cut at every byte,
 * lengthened, and given numbers and texts that have no meaning.
 */
#include "agent/wire/message.h"

#include "tests/unit/unit.h"

typedef bool decoder(struct reader *r);

static bool decode_bind(struct reader *r)
{
	struct message_bind m;

	return message_read_bind(r, &m);
}

static bool decode_ssh_sign(struct reader *r)
{
	struct message_ssh_sign m;

	return message_read_ssh_sign(r, &m);
}

static bool decode_list(struct reader *r)
{
	struct message_list m;

	return message_read_list(r, &m);
}

static bool decode_sign(struct reader *r)
{
	struct message_sign m;

	return message_read_sign(r, &m);
}

static bool decode_unlock(struct reader *r)
{
	struct message_token m;

	return message_read_unlock(r, &m);
}

static bool decode_lock(struct reader *r)
{
	struct message_token m;

	return message_read_lock(r, &m);
}

static bool decode_answer_list(struct reader *r)
{
	struct message_answer a;
	struct message_key k;

	if (!message_read_answer((struct view){r->at, r->left}, &a))
		return false;
	(void)reader_u32(&a.result);
	for (uint32_t n = reader_count(&a.result, 100); n > 0; n--)
		message_read_key(&a.result, &k);
	return reader_end(&a.result);
}

static bool decode_answer_sign(struct reader *r)
{
	struct message_answer a;
	struct message_signature s;

	if (!message_read_answer((struct view){r->at, r->left}, &a))
		return false;
	for (uint32_t n = reader_count(&a.result, BATCH_MAX); n > 0; n--)
		message_read_signature(&a.result, &s);
	return reader_end(&a.result);
}

static bool decode_answer_status(struct reader *r)
{
	struct message_answer a;
	struct message_status s;
	struct message_status_token t;

	if (!message_read_answer((struct view){r->at, r->left}, &a))
		return false;
	message_read_status_front(&a.result, &s);
	for (uint32_t n = reader_count(&a.result, TOKENS_MAX); n > 0; n--)
		message_read_status_token(&a.result, &t);
	return reader_end(&a.result);
}

static const struct {
	const char *vector;
	decoder *decode;
	size_t skip; /* length word, type, name of the extension */
} messages[] = {
	{"session-bind", decode_bind, 5 + 4 + 24}, {"ssh-sign", decode_ssh_sign, 5},
	{"list-all", decode_list, 5 + 4 + 16},     {"list-one", decode_list, 5 + 4 + 16},
	{"sign-digests", decode_sign, 5 + 4 + 16}, {"sign-pss", decode_sign, 5 + 4 + 16},
	{"sign-message", decode_sign, 5 + 4 + 16}, {"unlock", decode_unlock, 5 + 4 + 18},
	{"lock", decode_lock, 5 + 4 + 16},         {"answer-list", decode_answer_list, 4},
	{"answer-sign", decode_answer_sign, 4},    {"answer-status", decode_answer_status, 4},
};

/* Decodes a copy of exactly size bytes, so that a sanitizer sees what reads beyond them. */
static bool decode_copy(decoder *decode, const uint8_t *data, size_t size)
{
	_cleanup_(freep) uint8_t *copy = malloc(size ? size : 1);
	struct reader r;

	ck_assert_ptr_nonnull(copy);
	if (size > 0)
		memcpy(copy, data, size);
	reader_init(&r, copy, size);
	return decode(&r);
}

START_TEST(a_message_cut_anywhere_is_malformed)
{
	for (size_t i = 0; i < array_len(messages); i++) {
		struct view v = unit_vector("message", messages[i].vector);
		const uint8_t *body = v.data + messages[i].skip;
		size_t size = v.size - messages[i].skip;

		ck_assert_msg(decode_copy(messages[i].decode, body, size), "%s is refused",
			      messages[i].vector);
		for (size_t cut = 0; cut < size; cut++)
			ck_assert_msg(!decode_copy(messages[i].decode, body, cut),
				      "%s cut to %zu of %zu bytes is accepted", messages[i].vector,
				      cut, size);
		free((void *)v.data);
	}
}
END_TEST

START_TEST(a_message_with_one_byte_too_many_is_malformed)
{
	for (size_t i = 0; i < array_len(messages); i++) {
		struct view v = unit_vector("message", messages[i].vector);
		size_t size = v.size - messages[i].skip;
		uint8_t *longer = calloc(1, size + 1);

		ck_assert_ptr_nonnull(longer);
		memcpy(longer, v.data + messages[i].skip, size);
		ck_assert_msg(!decode_copy(messages[i].decode, longer, size + 1),
			      "%s with a byte behind it is accepted", messages[i].vector);
		free(longer);
		free((void *)v.data);
	}
}
END_TEST

/* Every length word and count stands somewhere: huge ones in all places must do no harm. */
START_TEST(huge_lengths_anywhere_are_survived)
{
	for (size_t i = 0; i < array_len(messages); i++) {
		struct view v = unit_vector("message", messages[i].vector);
		size_t size = v.size - messages[i].skip;
		uint8_t *copy = malloc(size);

		ck_assert_ptr_nonnull(copy);
		for (size_t at = 0; at + 4 <= size; at++) {
			memcpy(copy, v.data + messages[i].skip, size);
			memset(copy + at, 0xff, 4);
			(void)decode_copy(messages[i].decode, copy, size);
		}
		free(copy);
		free((void *)v.data);
	}
}
END_TEST

/* --- signing requests with one fault ------------------------------------------------------------- */

static struct message_sign good_request(void)
{
	static const uint8_t digest[DIGEST_MAX];
	struct message_sign m = {
		.key = unit_view("release"),
		.algorithm = ALGORITHM_ECDSA,
		.hash = HASH_SHA256,
		.input = INPUT_DIGEST,
		.n_items = 1,
	};

	for (size_t i = 0; i < BATCH_MAX; i++)
		m.items[i].data = (struct view){digest, 32};
	return m;
}

/* Writes m and says whether it is read. */
static bool is_read(const struct message_sign *m)
{
	struct writer w;
	bool ok;

	writer_init(&w, FRAME_MAX);
	message_write_sign(&w, m);
	ck_assert_int_eq(writer_end(&w), 0);
	ok = decode_copy(decode_sign, writer_view(&w).data + 25, writer_view(&w).size - 25);
	writer_done(&w);
	return ok;
}

START_TEST(numbers_without_meaning_are_malformed)
{
	struct message_sign m = good_request();

	ck_assert(is_read(&m));
	for (int n = 0; n < 256; n++) {
		m = good_request();
		m.algorithm = (enum algorithm)n;
		ck_assert_int_eq(is_read(&m), n >= 1 && n <= 4);
		m = good_request();
		m.hash = (enum hash)n; /* the others have digests of another length */
		ck_assert_int_eq(is_read(&m), n == HASH_SHA256);
		m = good_request();
		m.input = (enum input)n;
		ck_assert_int_eq(is_read(&m), n == INPUT_DIGEST || n == INPUT_MESSAGE);
		m = good_request();
		m.flags = (uint8_t)n;
		ck_assert_int_eq(is_read(&m), n <= 1);
	}
}
END_TEST

START_TEST(a_batch_has_1_to_256_items)
{
	struct message_sign m = good_request();
	struct writer w;
	uint8_t *count;

	m.n_items = BATCH_MAX;
	ck_assert(is_read(&m));
	m.n_items = 0;
	ck_assert(!is_read(&m));

	/* 257 do not fit our own struct, so the count is forged. */
	m.n_items = BATCH_MAX;
	writer_init(&w, FRAME_MAX);
	message_write_sign(&w, &m);
	writer_string(&w, m.items[0].data.data, 32);
	writer_text(&w, "");
	count = w.data + 25 + 4 + strlen("release") + 4;
	ck_assert_uint_eq(count[2], 1);
	count[3] = 1;
	ck_assert(!decode_copy(decode_sign, w.data + 25, w.size - 25));
	writer_done(&w);
}
END_TEST

START_TEST(a_digest_has_the_length_of_its_hash)
{
	static const uint8_t bytes[100];

	for (int h = 0; h < _HASH_MAX; h++)
		for (size_t size = 0; size <= sizeof(bytes); size++) {
			struct message_sign m = good_request();

			m.hash = (enum hash)h;
			m.items[0].data = (struct view){bytes, size};
			ck_assert_int_eq(is_read(&m), size > 0 && size == hash_size((enum hash)h));
		}
}
END_TEST

START_TEST(names_and_labels_are_text_within_their_limits)
{
	char name[LABEL_MAX + 2];
	struct message_sign m;

	memset(name, 'n', sizeof(name));
	for (size_t size = 0; size <= LABEL_MAX + 1; size++) {
		m = good_request();
		m.key = (struct view){(const uint8_t *)name, size};
		ck_assert_int_eq(is_read(&m), size >= 1 && size <= NAME_MAX_LEN);
		m = good_request();
		m.items[0].label = (struct view){(const uint8_t *)name, size};
		ck_assert_int_eq(is_read(&m), size <= LABEL_MAX);
	}
	m = good_request();
	m.key = unit_view("rel\nease");
	ck_assert(!is_read(&m));
	m = good_request();
	m.items[0].label = unit_view("\x1b[2J");
	ck_assert(!is_read(&m));
	m = good_request();
	m.items[0].label = unit_view("\xff");
	ck_assert(!is_read(&m));
}
END_TEST

START_TEST(a_message_to_sign_has_a_maximum)
{
	_cleanup_(freep) uint8_t *bytes = calloc(1, MESSAGE_MAX + 1);
	struct message_sign m = good_request();

	m.input = INPUT_MESSAGE;
	m.items[0].data = (struct view){bytes, MESSAGE_MAX};
	ck_assert(is_read(&m));
	m.items[0].data.size++;
	ck_assert(!is_read(&m));
}
END_TEST

START_TEST(ssh_flags_other_than_sha2_are_malformed)
{
	struct view v = unit_vector("message", "ssh-sign");
	uint8_t *flags = (uint8_t *)v.data + v.size - 1;

	for (unsigned n = 0; n < 256; n++) {
		*flags = (uint8_t)n;
		ck_assert_int_eq(decode_copy(decode_ssh_sign, v.data + 5, v.size - 5),
				 n == 0 || n == 2 || n == 4 || n == 6);
	}
	free((void *)v.data);
}
END_TEST

START_TEST(a_binding_that_neither_forwards_nor_logs_in_is_malformed)
{
	struct view v = unit_vector("message", "session-bind");
	uint8_t *forwarding = (uint8_t *)v.data + v.size - 1;
	const size_t front = 4 + 1 + 4 + strlen("session-bind@openssh.com");

	for (unsigned n = 0; n < 256; n++) {
		*forwarding = (uint8_t)n;
		ck_assert_int_eq(decode_copy(decode_bind, v.data + front, v.size - front), n <= 1);
	}
	free((void *)v.data);
}
END_TEST

/* --- answers with one fault ---------------------------------------------------------------------- */

START_TEST(an_answer_of_another_type_is_malformed)
{
	struct view v = unit_vector("message", "answer-done");
	struct message_answer a;

	for (unsigned type = 0; type < 256; type++) {
		((uint8_t *)v.data)[4] = (uint8_t)type;
		ck_assert_int_eq(message_read_answer((struct view){v.data + 4, v.size - 4}, &a),
				 type == MESSAGE_EXTENSION_RESPONSE);
	}
	ck_assert(!message_read_answer((struct view){}, &a));
	free((void *)v.data);
}
END_TEST

START_TEST(a_signature_is_there_exactly_if_the_status_is_0)
{
	static const struct {
		uint32_t status;
		const char *signature;
		bool is_good;
	} cases[] = {
		{0, "s", true}, {0, "", false}, {77, "", true}, {77, "s", false}, {256, "", false},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct message_signature m = {
			.status = cases[i].status,
			.signature = unit_view(cases[i].signature),
		};
		struct writer w;
		struct reader r;

		writer_init(&w, FRAME_MAX);
		message_write_signature(&w, &m);
		reader_init(&r, writer_view(&w).data, writer_view(&w).size);
		message_read_signature(&r, &m);
		ck_assert_int_eq(reader_end(&r), cases[i].is_good);
		writer_done(&w);
	}
}
END_TEST

START_TEST(a_key_or_token_in_a_state_without_name_is_malformed)
{
	for (int n = 0; n < 256; n++) {
		struct message_key k = {
			.name = unit_view("a"),
			.token = unit_view("b"),
			.type = (enum key_type)n,
			.bits = 256,
			.state = TOKEN_STATE_READY,
			.spki = unit_view("c"),
			.key_state = KEY_STATE_ACTIVE,
		};
		struct message_key other = k;
		struct message_status_token t = {
			.name = unit_view("a"),
			.state = (enum token_state)n,
		};
		struct writer w;
		struct reader r;

		writer_init(&w, FRAME_MAX);
		message_write_key(&w, &k);
		reader_init(&r, writer_view(&w).data, writer_view(&w).size);
		message_read_key(&r, &k);
		ck_assert_int_eq(reader_end(&r), n >= 1 && n <= 5);
		writer_done(&w);

		other.type = KEY_TYPE_RSA;
		other.key_state = (enum key_state)n;
		writer_init(&w, FRAME_MAX);
		message_write_key(&w, &other);
		reader_init(&r, writer_view(&w).data, writer_view(&w).size);
		message_read_key(&r, &k);
		ck_assert_int_eq(reader_end(&r), n >= 1 && n <= 3);
		writer_done(&w);

		writer_init(&w, FRAME_MAX);
		message_write_status_token(&w, &t);
		reader_init(&r, writer_view(&w).data, writer_view(&w).size);
		message_read_status_token(&r, &t);
		ck_assert_int_eq(reader_end(&r), n >= 1 && n <= 5);
		writer_done(&w);
	}
}
END_TEST

/* --- approvals ---------------------------------------------------------------------------------- */

/* The contents of a frame, behind the name of its extension and, for request@, its first byte. */
static struct reader contents_of(const struct writer *w, bool has_kind)
{
	struct view v = writer_view(w);
	struct reader r;

	reader_init(&r, v.data, v.size);
	(void)reader_u32(&r);
	(void)reader_u8(&r);
	(void)reader_string(&r, 1, 64);
	if (has_kind)
		(void)reader_u8(&r);
	ck_assert(!r.has_failed);
	return r;
}

START_TEST(a_list_of_all_keys_is_for_no_purpose)
{
	static const struct {
		uint8_t flags;
		const char *purpose;
		bool is_good;
	} cases[] = {
		{0, "", true},
		{0, "pam:sudo", true},
		{MESSAGE_ALL, "", true},
		{MESSAGE_ALL, "pam:sudo", false},
		{MESSAGE_ALL | MESSAGE_INTERACTIVE, "digest", false},
		{0, "pam:\nsudo", false},
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		struct message_list m;
		struct writer w;
		struct reader r;

		writer_init(&w, FRAME_MAX);
		message_write_list(&w, 0, NULL, cases[i].flags, cases[i].purpose);
		r = contents_of(&w, false);
		ck_assert_msg(message_read_list(&r, &m) == cases[i].is_good, "case %zu", i);
		writer_done(&w);
	}
}
END_TEST

START_TEST(only_what_unlocks_says_where_the_pin_comes_from)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		struct message_token m;
		struct reader unlock, lock;
		struct writer w;

		writer_init(&w, FRAME_MAX);
		message_write_token(&w, "unlock", "main", (uint8_t)flags);
		unlock = lock = contents_of(&w, false);
		ck_assert_int_eq(message_read_unlock(&unlock, &m), (flags & ~5u) == 0);
		ck_assert_int_eq(message_read_lock(&lock, &m), (flags & ~1u) == 0);
		writer_done(&w);
	}
}
END_TEST

/* Reads what is at r, and each of its beginnings, which are none. */
static bool is_request(struct reader r, enum message_request kind, struct message_request_ask *ret)
{
	struct message_request_ask m;

	for (size_t size = 0; size < r.left; size++) {
		struct reader cut = {r.at, size, false};

		ck_assert_msg(!message_read_request(&cut, kind, &m), "%zu bytes of %d", size, kind);
	}
	return message_read_request(&r, kind, ret);
}

START_TEST(each_kind_of_request_is_read_as_it_was_written)
{
	const struct message_request_ask m = {
		.id = unit_view("0123456789abcdef"),
		.flags = MESSAGE_INTERACTIVE,
		.first = 7,
		.verdict = MESSAGE_DENY,
		.window = {3600, 500},
		.wait_sec = 60,
		.known = 1,
		.key = unit_view("release"),
		.purpose = unit_view("digest"),
	};
	struct message_request_ask got;

	for (enum message_request kind = MESSAGE_REQUEST_LIST; kind <= MESSAGE_REQUEST_WINDOW;
	     kind++) {
		struct writer w;
		struct reader longer;

		writer_init(&w, FRAME_MAX);
		message_write_request(&w, kind, &m);
		ck_assert_msg(is_request(contents_of(&w, true), kind, &got), "kind %d", kind);
		ck_assert_uint_eq(got.flags, m.flags);
		writer_u8(&w, 0);
		longer = contents_of(&w, true);
		ck_assert(!message_read_request(&longer, kind, &got));
		writer_done(&w);
	}
}
END_TEST

static bool is_asked(enum message_request kind, const struct message_request_ask *m)
{
	struct message_request_ask got;
	struct writer w;
	struct reader r;
	bool is_read;

	writer_init(&w, FRAME_MAX);
	message_write_request(&w, kind, m);
	r = contents_of(&w, true);
	is_read = message_read_request(&r, kind, &got);
	writer_done(&w);
	return is_read;
}

/* Whoever could ask for all when he fetches, could choose which action is asked about. */
START_TEST(all_requests_are_asked_for_where_they_are_shown_alone)
{
	const struct message_request_ask m = {
		.id = unit_view("0123456789abcdef"),
		.flags = MESSAGE_ALL,
		.verdict = MESSAGE_APPROVE,
		.window = {3600, 500},
		.key = unit_view("release"),
		.purpose = unit_view("digest"),
	};

	ck_assert(is_asked(MESSAGE_REQUEST_LIST, &m));
	ck_assert(is_asked(MESSAGE_REQUEST_SHOW, &m));
	ck_assert(!is_asked(MESSAGE_REQUEST_FETCH, &m));
	ck_assert(!is_asked(MESSAGE_REQUEST_WITHDRAW, &m));
	ck_assert(!is_asked(MESSAGE_REQUEST_WINDOW, &m));
}
END_TEST

START_TEST(requests_outside_of_their_limits_are_malformed)
{
	static const struct view id = {(const uint8_t *)"0123456789abcdef", 16};
	const struct message_request_ask window = {.key = unit_view("release"),
						   .purpose = unit_view("digest"),
						   .window = {1, 1}};
	struct message_request_ask m = window;

	ck_assert(is_asked(MESSAGE_REQUEST_WINDOW, &m));
	m.window.seconds = 0;
	ck_assert(!is_asked(MESSAGE_REQUEST_WINDOW, &m));
	m.window = (struct message_window){WINDOW_SEC_MAX + 1, 1};
	ck_assert(!is_asked(MESSAGE_REQUEST_WINDOW, &m));
	m.window = (struct message_window){1, WINDOW_SIGNATURES_MAX + 1};
	ck_assert(!is_asked(MESSAGE_REQUEST_WINDOW, &m));
	m.window = (struct message_window){1, 0};
	ck_assert(!is_asked(MESSAGE_REQUEST_WINDOW, &m));
	m = window;
	m.purpose = unit_view("");
	ck_assert(!is_asked(MESSAGE_REQUEST_WINDOW, &m));
	m = (struct message_request_ask){.id = id, .wait_sec = FETCH_WAIT_SEC_MAX + 1};
	ck_assert(!is_asked(MESSAGE_REQUEST_FETCH, &m));
	m = (struct message_request_ask){.id = unit_view("0123456789abcde")};
	ck_assert(!is_asked(MESSAGE_REQUEST_WITHDRAW, &m));
	m = (struct message_request_ask){.id = id, .verdict = 3};
	ck_assert(!is_asked(MESSAGE_REQUEST_SHOW, &m));
	m.verdict = MESSAGE_APPROVE;
	ck_assert(is_asked(MESSAGE_REQUEST_SHOW, &m));
	m.flags = 8;
	ck_assert(!is_asked(MESSAGE_REQUEST_SHOW, &m));
}
END_TEST

static bool is_approval(const struct message_approve *m)
{
	struct message_approve got;
	struct writer w;
	struct reader r;
	bool is_read;

	writer_init(&w, FRAME_MAX);
	message_write_approve(&w, m);
	r = contents_of(&w, false);
	is_read = message_read_approve(&r, &got);
	writer_done(&w);
	return is_read;
}

START_TEST(approvals_outside_of_their_limits_are_malformed)
{
	static const uint8_t large[SSHSIG_MAX + 1];
	const struct message_approve good = {.id = unit_view("0123456789abcdef"),
					     .verdict = MESSAGE_APPROVE};
	struct message_approve m = good;

	ck_assert(is_approval(&m));
	m.signature = (struct view){large, SSHSIG_MAX};
	ck_assert(is_approval(&m));
	m.signature.size++;
	ck_assert(!is_approval(&m));
	m = good;
	m.verdict = 0;
	ck_assert(!is_approval(&m));
	m = good;
	m.flags = MESSAGE_ALL;
	ck_assert(!is_approval(&m));
	m = good;
	m.reason = unit_view("two\nlines");
	ck_assert(!is_approval(&m));
	m = good;
	m.id = unit_view("0123456789abcdef0");
	ck_assert(!is_approval(&m));
}
END_TEST

START_TEST(the_glass_is_not_broken_without_a_reason)
{
	struct message_sign m = good_request();

	m.flags = MESSAGE_BREAK_GLASS;
	ck_assert(!is_read(&m));
	m.break_glass = unit_view("the house burns");
	ck_assert(is_read(&m));
	m.flags = 0;
	ck_assert(!is_read(&m));
	m.flags = MESSAGE_BREAK_GLASS;
	m.break_glass = unit_view("the house\nburns");
	ck_assert(!is_read(&m));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_message_cut_anywhere_is_malformed,
		a_message_with_one_byte_too_many_is_malformed,
		huge_lengths_anywhere_are_survived,
		numbers_without_meaning_are_malformed,
		a_batch_has_1_to_256_items,
		a_digest_has_the_length_of_its_hash,
		names_and_labels_are_text_within_their_limits,
		a_message_to_sign_has_a_maximum,
		ssh_flags_other_than_sha2_are_malformed,
		a_binding_that_neither_forwards_nor_logs_in_is_malformed,
		an_answer_of_another_type_is_malformed,
		a_signature_is_there_exactly_if_the_status_is_0,
		a_key_or_token_in_a_state_without_name_is_malformed,
		a_list_of_all_keys_is_for_no_purpose,
		only_what_unlocks_says_where_the_pin_comes_from,
		each_kind_of_request_is_read_as_it_was_written,
		all_requests_are_asked_for_where_they_are_shown_alone,
		requests_outside_of_their_limits_are_malformed,
		approvals_outside_of_their_limits_are_malformed,
		the_glass_is_not_broken_without_a_reason,
	};

	return unit_run("message", tests, array_len(tests));
}
