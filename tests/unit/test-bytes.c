/*
 * test-bytes.c - copies of bytes
 */
#include "agent/base/bytes.h"

#include "tests/unit/unit.h"

START_TEST(a_copy_is_the_same_and_its_own)
{
	char original[] = "a\0b";
	char *copy = bytes_dup(original, sizeof(original));

	ck_assert_ptr_nonnull(copy);
	ck_assert_mem_eq(copy, original, sizeof(original));
	original[0] = 'x';
	ck_assert_int_eq(copy[0], 'a');
	free(copy);
}
END_TEST

START_TEST(a_copy_of_nothing_is_something_to_free)
{
	void *copy = bytes_dup(NULL, 0);

	ck_assert_ptr_nonnull(copy);
	free(copy);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_copy_is_the_same_and_its_own,
		a_copy_of_nothing_is_something_to_free,
	};

	return unit_run("bytes", tests, array_len(tests));
}
