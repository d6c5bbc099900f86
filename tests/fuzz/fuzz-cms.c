/*
 * fuzz-cms.c - bytes that may be the signed attributes of CMS
 */
#include "agent/wire/cms.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09};

	if (!cms_is_attributes((struct view){data, size}))
		return 0;
	fuzz_check(data[0] == 0x31, "attributes are a SET");
	fuzz_check(memmem(data, size, oid, sizeof(oid)) != NULL, "there are types of attributes");
	fuzz_check(!cms_is_attributes((struct view){data, size - 1}), "nothing may be missing");
	return 0;
}
