/*
 * fuzz-ini.c - configuration text: what was understood, written out plainly, is understood again
 */
#include <errno.h>

#include "agent/base/ini.h"
#include "agent/base/limits.h"
#include "agent/base/text.h"
#include "agent/wire/writer.h"
#include "tests/fuzz/fuzz.h"

struct told {
	struct writer plain; /* what was told, one section line before each assignment */
	bool is_plain;       /* it can be written that way */
};

static bool is_line(const char *s)
{
	return *s == '\0' || text_is_clean(s, strlen(s), CONFIG_FILE_MAX);
}

static int tell(const char *section, const char *key, const char *value, unsigned line,
		struct ini_error *error, void *userdata)
{
	struct told *t = userdata;
	size_t last = value ? strlen(value) : 0;

	fuzz_check(line >= 1, "lines count from 1");
	if (!key) {
		fuzz_check(*section && is_line(section) && !value, "a section has a name alone");
		return 0;
	}
	fuzz_check(*section && *key, "section and key are not empty");
	fuzz_check(is_line(section) && is_line(key) && is_line(value), "what is told is clean");
	fuzz_check(!strchr(key, '='), "a key ends at the first '='");
	fuzz_check(*value != ' ' && (last == 0 || value[last - 1] != ' '), "values are stripped");
	if (strcmp(key, "refuse") == 0)
		return ini_refuse(error, line, "'%s' is refused", value);
	/* A backslash at the very end of a file joins nothing; in the middle it would. */
	if (last > 0 && value[last - 1] == '\\')
		t->is_plain = false;
	writer_u8(&t->plain, '[');
	writer_bytes(&t->plain, section, strlen(section));
	writer_bytes(&t->plain, "]\n", 2);
	writer_bytes(&t->plain, key, strlen(key));
	writer_u8(&t->plain, '=');
	writer_bytes(&t->plain, value, strlen(value));
	writer_u8(&t->plain, '\n');
	return 0;
}

static int parse(const char *text, size_t size, struct told *t)
{
	struct ini_error error = {};
	int r;

	*t = (struct told){.is_plain = true};
	writer_init(&t->plain, 64 << 20);
	r = ini_parse(text, size, tell, t, &error);
	fuzz_check(r == 0 || r == -EINVAL, "text is read or refused");
	fuzz_check((r == 0) == (error.what[0] == '\0'), "a refusal has a sentence");
	fuzz_check(writer_end(&t->plain) == 0, "there is memory");
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told first, second;
	struct view v;

	if (size > CONFIG_FILE_MAX)
		return 0;
	if (parse((const char *)data, size, &first) == 0 && first.is_plain) {
		v = writer_view(&first.plain);
		fuzz_check(parse(v.data ? (const char *)v.data : "", v.size, &second) == 0,
			   "what was understood is understood again");
		fuzz_check_same(writer_view(&second.plain), v.data, v.size);
		writer_done(&second.plain);
	}
	writer_done(&first.plain);
	return 0;
}
