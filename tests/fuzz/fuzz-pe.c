/*
 * fuzz-pe.c - the front of a PE image, of a file that may be longer than that
 *
 * The first four bytes are how much longer.
 */
#include "client/cli/pe.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t file_size;
	struct pe pe = {};
	const char *why;

	if (size < 4)
		return 0;
	file_size = (uint64_t)data[0] << 24 | (uint64_t)data[1] << 16 | (uint64_t)data[2] << 8 |
		    data[3];
	data += 4;
	size -= 4;
	file_size += size;
	why = pe_read(data, size < PE_HEAD_MAX ? size : PE_HEAD_MAX, file_size, &pe);
	if (why)
		return 0;
	fuzz_check(pe.checksum + 4 <= pe.table_entry, "the checksum stands before the entry");
	fuzz_check(pe.table_entry + 8 <= size, "both are in what was read");
	fuzz_check(pe.table_entry + 8 <= pe.image_size, "and in the image");
	fuzz_check(pe.image_size + pe.table_size == file_size, "image and table are all there is");
	return 0;
}
