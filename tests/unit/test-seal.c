/*
 * test-seal.c - a PIN comes out of a seal for whom it was made, with the password, and not otherwise
 */
#include "pam/seal.h"

#include "tests/unit/unit.h"

#include <errno.h>

#define PASSWORD "correct horse"
#define PIN "648219"

static const struct seal_owner alice = {.uid = 1001, .token = "main"};

static struct seal_pin *pin_of(const char *text)
{
	struct seal_pin *pin = seal_pin_new();

	ck_assert_ptr_nonnull(pin);
	pin->size = strlen(text);
	memcpy(pin->bytes, text, pin->size);
	return pin;
}

static void make(const char *text, uint8_t seal[static SEAL_SIZE])
{
	_cleanup_(seal_pin_freep) struct seal_pin *pin = pin_of(text);

	ck_assert_int_eq(seal_make(&alice, PASSWORD, pin, seal), 0);
}

static enum seal_result try_open(const struct seal_owner *o, const char *password,
				 const uint8_t *seal, size_t size)
{
	_cleanup_(seal_pin_freep) struct seal_pin *pin = NULL;

	return seal_open(o, password, seal, size, &pin);
}

static void check_opens(const uint8_t *seal, const char *expected)
{
	_cleanup_(seal_pin_freep) struct seal_pin *pin = NULL;

	ck_assert_int_eq(seal_open(&alice, PASSWORD, seal, SEAL_SIZE, &pin), SEAL_OPEN);
	unit_check_text((struct view){(const uint8_t *)pin->bytes, pin->size}, expected);
}

START_TEST(what_was_sealed_comes_out_again)
{
	char longest[SEAL_PIN_MAX + 1];
	uint8_t seal[SEAL_SIZE];

	make(PIN, seal);
	check_opens(seal, PIN);
	memset(longest, 'x', SEAL_PIN_MAX);
	longest[SEAL_PIN_MAX] = '\0';
	make(longest, seal);
	check_opens(seal, longest);
}
END_TEST

START_TEST(two_seals_of_one_pin_have_nothing_in_common)
{
	uint8_t a[SEAL_SIZE], b[SEAL_SIZE];

	make(PIN, a);
	make(PIN, b);
	for (size_t i = 24; i + 16 <= SEAL_SIZE; i += 16)
		ck_assert_mem_ne(a + i, b + i, 16);
}
END_TEST

START_TEST(the_pin_does_not_stand_in_its_seal)
{
	uint8_t seal[SEAL_SIZE];

	make(PIN, seal);
	ck_assert_ptr_null(memmem(seal, SEAL_SIZE, PIN, strlen(PIN)));
	ck_assert_ptr_null(memmem(seal, SEAL_SIZE, "main", strlen("main")));
}
END_TEST

START_TEST(another_password_opens_nothing)
{
	static const char *const wrong[] = {"", "correct hors", "correct horsf", "correct horse "};
	uint8_t seal[SEAL_SIZE];

	make(PIN, seal);
	for (size_t i = 0; i < array_len(wrong); i++)
		ck_assert_int_eq(try_open(&alice, wrong[i], seal, SEAL_SIZE), SEAL_CLOSED);
}
END_TEST

START_TEST(a_seal_for_somebody_or_something_else_is_none)
{
	const struct seal_owner others[] = {{1002, "main"}, {1001, "mai"}, {1001, "main2"}};
	uint8_t seal[SEAL_SIZE];

	make(PIN, seal);
	for (size_t i = 0; i < array_len(others); i++)
		ck_assert_int_eq(try_open(&others[i], PASSWORD, seal, SEAL_SIZE), SEAL_BROKEN);
	ck_assert_int_eq(try_open(&alice, PASSWORD, seal, SEAL_SIZE), SEAL_OPEN);
}
END_TEST

START_TEST(every_cut_of_it_and_a_byte_more_is_none)
{
	uint8_t seal[SEAL_SIZE + 1] = {};

	make(PIN, seal);
	for (size_t size = 0; size < SEAL_SIZE; size++)
		ck_assert_int_eq(try_open(&alice, PASSWORD, seal, size), SEAL_BROKEN);
	ck_assert_int_eq(try_open(&alice, PASSWORD, seal, SEAL_SIZE + 1), SEAL_BROKEN);
}
END_TEST

/* Some of the header makes Argon2id work in vain, the rest is not one of ours. */
START_TEST(no_changed_byte_is_accepted)
{
	static const size_t at[] = {0, 15, 24, 39, 40, 63, 64, 79, 80, 200, SEAL_SIZE - 1};
	uint8_t seal[SEAL_SIZE];

	make(PIN, seal);
	for (size_t i = 0; i < array_len(at); i++) {
		seal[at[i]] ^= 1;
		ck_assert_int_ne(try_open(&alice, PASSWORD, seal, SEAL_SIZE), SEAL_OPEN);
		seal[at[i]] ^= 1;
	}
	check_opens(seal, PIN);
}
END_TEST

START_TEST(what_takes_too_much_time_or_memory_is_not_begun)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} rows[] = {{16, 0xff}, {19, 0}, {19, 33}, {20, 0xff}, {21, 0xff}};
	uint8_t seal[SEAL_SIZE], changed[SEAL_SIZE];

	make(PIN, seal);
	for (size_t i = 0; i < array_len(rows); i++) {
		memcpy(changed, seal, SEAL_SIZE);
		changed[rows[i].at] = rows[i].byte;
		ck_assert_int_eq(try_open(&alice, PASSWORD, changed, SEAL_SIZE), SEAL_BROKEN);
	}
}
END_TEST

START_TEST(nothing_is_sealed_without_a_password_a_pin_and_a_name)
{
	static const struct seal_owner nameless[] = {{1001, ""},
						     {1001, "../main"},
						     {1001, ".main"}};
	_cleanup_(seal_pin_freep) struct seal_pin *pin = pin_of(PIN);
	_cleanup_(seal_pin_freep) struct seal_pin *none = pin_of("");
	uint8_t seal[SEAL_SIZE];

	ck_assert_int_eq(seal_make(&alice, "", pin, seal), -EINVAL);
	ck_assert_int_eq(seal_make(&alice, PASSWORD, none, seal), -EINVAL);
	for (size_t i = 0; i < array_len(nameless); i++)
		ck_assert_int_eq(seal_make(&nameless[i], PASSWORD, pin, seal), -EINVAL);
	pin->size = SEAL_PIN_MAX + 1;
	ck_assert_int_eq(seal_make(&alice, PASSWORD, pin, seal), -EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_sealed_comes_out_again,
		two_seals_of_one_pin_have_nothing_in_common,
		the_pin_does_not_stand_in_its_seal,
		another_password_opens_nothing,
		a_seal_for_somebody_or_something_else_is_none,
		every_cut_of_it_and_a_byte_more_is_none,
		no_changed_byte_is_accepted,
		what_takes_too_much_time_or_memory_is_not_begun,
		nothing_is_sealed_without_a_password_a_pin_and_a_name,
	};
	return unit_run("seal", tests, array_len(tests));
}
