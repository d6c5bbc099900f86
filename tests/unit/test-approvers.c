/*
 * test-approvers.c - the file of ApproverKeys=: what is taken, and what is refused with its line
 */
#include "agent/policy/approvers.h"

#include <unistd.h>

#include "tests/unit/unit.h"

#define KEY "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define KEY2 "AAAAC3NzaC1lZDI1NTE5AAAAICACAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
#define SK                                                                                         \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIDACAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g" \
	"AAAABHNzaDo="

static int parse(const char *text, size_t size, struct approver_key **ret, size_t *ret_n,
		 struct ini_error *error)
{
	_cleanup_(freep) char *copy = malloc(size + 1);

	memcpy(copy, text, size);
	copy[size] = '\0';
	*error = (struct ini_error){};
	return approvers_parse(copy, size, ret, ret_n, error);
}

START_TEST(keys_and_their_persons_are_read)
{
	static const char text[] = "# who\n"
				   "erin ssh-ed25519 " KEY " erin@laptop\n"
				   "\n"
				   "\t root  ssh-ed25519\t" KEY2 "\r\n"
				   "frank@far.example sk-ssh-ed25519@openssh.com " SK;
	struct approver_key *keys;
	struct ini_error error;
	size_t n;

	ck_assert_int_eq(parse(text, strlen(text), &keys, &n, &error), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(keys[0].person.name, "erin");
	ck_assert_uint_eq(keys[0].person.uid, (uid_t)-1);
	ck_assert_uint_eq(keys[0].key[0], 1);
	ck_assert_ptr_null(keys[0].application);
	ck_assert_uint_eq(keys[1].person.uid, 0); /* root is a user of every host */
	ck_assert_str_eq(keys[2].application, "ssh:");
	ck_assert_uint_eq(keys[2].key[0], 0x30);
	approver_keys_free(keys, n);
}
END_TEST

START_TEST(what_is_no_list_of_keys_is_refused_with_its_line)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what;
	} rows[] = {
		{"", 0, "it holds no key"},
		{"# nobody\n", 0, "it holds no key"},
		{"erin\n", 1, "expected PERSON ssh-ed25519 BASE64"},
		{"ssh-ed25519 " KEY "\n", 1, "expected PERSON"},
		{"\nerin ssh-rsa AAAA\n", 2, "a key of type 'ssh-rsa' cannot approve"},
		{"erin ecdsa-sha2-nistp256 AAAA\n", 1, "cannot approve"},
		{"erin ssh-ed25519 AAAA\n", 1, "is no such key"},
		{"erin ssh-ed25519 ***\n", 1, "is no such key"},
		{"erin ssh-ed25519 " SK "\n", 1, "is no such key"},
		{"erin sk-ssh-ed25519@openssh.com " KEY "\n", 1, "is no such key"},
		{"erin ssh-ed25519 " KEY "AAAA\n", 1, "is no such key"},
		{"erin ssh-ed25519 " KEY "\nbob ssh-ed25519 " KEY "\n", 2,
		 "stands there already, for 'erin'"},
		{"erin ssh-ed25519 " KEY "\nerin ssh-ed25519 " KEY "\n", 2, "stands there already"},
		{"er\033in ssh-ed25519 " KEY "\n", 1, "no name for a person"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ssh-ed25519 " KEY
		 "\n",
		 1, "no name for a person"},
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct approver_key *keys;
		struct ini_error error;
		size_t n;

		ck_assert_int_eq(parse(rows[i].text, strlen(rows[i].text), &keys, &n, &error),
				 -EINVAL);
		ck_assert_msg(strstr(error.what, rows[i].what), "row %zu: %s", i, error.what);
		ck_assert_uint_eq(error.line, rows[i].line);
	}
}
END_TEST

START_TEST(a_nul_byte_hides_nothing)
{
	static const char text[] = "erin ssh-ed25519 " KEY "\n\0 bob ssh-ed25519 " KEY2 "\n";
	struct approver_key *keys;
	struct ini_error error;
	size_t n;

	ck_assert_int_eq(parse(text, sizeof(text) - 1, &keys, &n, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.what, "NUL"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keys_and_their_persons_are_read,
		what_is_no_list_of_keys_is_refused_with_its_line,
		a_nul_byte_hides_nothing,
	};

	return unit_run("approvers", tests, array_len(tests));
}
