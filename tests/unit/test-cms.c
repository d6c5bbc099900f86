/*
 * test-cms.c - what are signed attributes of CMS, and what only looks a little like them
 */
#include "agent/wire/cms.h"

#include "tests/unit/unit.h"

#define TYPE                     \
	"3018"                   \
	"06092a864886f70d010903" \
	"310b"                   \
	"06092a864886f70d010701"
#define DIGEST                   \
	"302f"                   \
	"06092a864886f70d010904" \
	"3122"                   \
	"0420"                   \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define TIME                     \
	"301c"                   \
	"06092a864886f70d010905" \
	"310f"                   \
	"170d3236313132323030303030305a"

static bool is_attributes(const char *hex)
{
	struct view v = unit_unhex(hex);
	bool is = cms_is_attributes(v);

	free((void *)v.data);
	return is;
}

START_TEST(attributes_with_type_and_digest_are_recognised)
{
	ck_assert(is_attributes("314b" TYPE DIGEST));
	ck_assert(is_attributes("314b" DIGEST TYPE));
	ck_assert(is_attributes("3169" TYPE TIME DIGEST));
}
END_TEST

START_TEST(what_lacks_one_of_the_two_is_none)
{
	ck_assert(!is_attributes("311a" TYPE));
	ck_assert(!is_attributes("3131" DIGEST));
	ck_assert(!is_attributes("3138" TYPE TIME));
	ck_assert(!is_attributes("3100"));
}
END_TEST

START_TEST(another_frame_is_none)
{
	static const char *const cases[] = {
		"",
		"31",
		"304b" TYPE DIGEST,         /* a SEQUENCE */
		"314b" TYPE DIGEST "00",    /* more behind it */
		"314c" TYPE DIGEST "00",    /* more inside */
		"31814b" TYPE DIGEST,       /* a length that is not the shortest */
		"3182004b" TYPE DIGEST,     /* likewise */
		"3180" TYPE DIGEST "0000",  /* indefinite */
		"318400000000" TYPE DIGEST, /* too long for us */
		"31ff" TYPE DIGEST,
		"314b"
		"3018"
		"05092a864886f70d010903"
		"310b"
		"06092a864886f70d010701" DIGEST,
		"314b"
		"3018"
		"06092a864886f70d010903"
		"300b"
		"06092a864886f70d010701" DIGEST,
		"314d"
		"301a"
		"06092a864886f70d010903"
		"310b"
		"06092a864886f70d010701"
		"0500" DIGEST,
	};

	for (size_t i = 0; i < array_len(cases); i++)
		ck_assert_msg(!is_attributes(cases[i]), "case %zu: %s", i, cases[i]);
}
END_TEST

START_TEST(every_cut_is_none)
{
	struct view v = unit_unhex("3169" TYPE TIME DIGEST);
	uint8_t *copy;

	for (size_t size = 0; size < v.size; size++) {
		copy = malloc(size > 0 ? size : 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, v.data, size);
		ck_assert_msg(!cms_is_attributes((struct view){copy, size}), "%zu bytes", size);
		free(copy);
	}
	free((void *)v.data);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		attributes_with_type_and_digest_are_recognised,
		what_lacks_one_of_the_two_is_none,
		another_frame_is_none,
		every_cut_is_none,
	};

	return unit_run("cms", tests, array_len(tests));
}
