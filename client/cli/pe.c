/*
 * cli/pe.c - see pe.h
 *
 * Offsets are those of Microsoft's PE format; all numbers are little endian.
 */
#include "client/cli/pe.h"

#include <stdbool.h>
#include <string.h>

#define LFANEW 0x3c   /* where the offset of the PE header stands */
#define COFF_SIZE 24u /* "PE\0\0" and the COFF header */
#define SECTION_SIZE 40u
#define SECTIONS_MAX 96u /* the loader of Windows takes no more */

#define MAGIC_PE32 0x10bu
#define MAGIC_PE32_PLUS 0x20bu

/* In the optional header. */
#define SIZE_OF_HEADERS 60u
#define CHECKSUM 64u
#define DIRECTORIES_PE32 96u
#define DIRECTORIES_PE32_PLUS 112u
#define DIRECTORY_SIZE 8u
#define CERTIFICATE_DIRECTORY 4u

/* Parts of the file that were seen to be within it. */
struct image {
	const uint8_t *head;
	size_t size;
	uint64_t file_size;
	size_t optional; /* the optional header */
	size_t optional_size;
	size_t sections; /* the table of sections */
	unsigned n_sections;
	uint32_t headers_size;
};

static uint32_t u16(const uint8_t *at)
{
	return (uint32_t)(at[0] | at[1] << 8);
}

static uint32_t u32(const uint8_t *at)
{
	return u16(at) | u16(at + 2) << 16;
}

static const char *read_coff(struct image *i)
{
	size_t pe;

	if (i->size < LFANEW + 4 || memcmp(i->head, "MZ", 2) != 0)
		return "is no PE image (no MZ header)";
	pe = u32(i->head + LFANEW);
	if (pe > i->size || i->size - pe < COFF_SIZE || memcmp(i->head + pe, "PE\0", 4) != 0)
		return "is no PE image (no PE header where the MZ header says)";
	i->n_sections = u16(i->head + pe + 6);
	i->optional = pe + COFF_SIZE;
	i->optional_size = u16(i->head + pe + 20);
	if (i->optional_size > i->size - i->optional)
		return "is cut: its optional header does not fit";
	i->sections = i->optional + i->optional_size;
	if (i->n_sections > SECTIONS_MAX)
		return "has more sections than an image may have";
	if ((size_t)i->n_sections * SECTION_SIZE > i->size - i->sections)
		return "is cut: its table of sections does not fit";
	return NULL;
}

/* The directories are counted in the header itself, and only as many are there. */
static const char *read_optional(struct image *i, struct pe *ret)
{
	const uint8_t *optional = i->head + i->optional;
	size_t directories, entry;
	uint32_t magic;

	if (i->optional_size < DIRECTORIES_PE32)
		return "has an optional header that is too short";
	magic = u16(optional);
	if (magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS)
		return "is neither PE32 nor PE32+";
	directories = magic == MAGIC_PE32 ? DIRECTORIES_PE32 : DIRECTORIES_PE32_PLUS;
	entry = directories + CERTIFICATE_DIRECTORY * DIRECTORY_SIZE;
	if (i->optional_size < entry + DIRECTORY_SIZE ||
	    u32(optional + directories - 4) <= CERTIFICATE_DIRECTORY)
		return "has no room for a certificate table in its header";
	i->headers_size = u32(optional + SIZE_OF_HEADERS);
	ret->checksum = i->optional + CHECKSUM;
	ret->table_entry = i->optional + entry;
	return NULL;
}

static const char *read_table(const struct image *i, struct pe *ret)
{
	uint32_t offset = u32(i->head + ret->table_entry),
		 size = u32(i->head + ret->table_entry + 4);

	ret->image_size = i->file_size;
	ret->table_size = size;
	if (size == 0 && offset == 0)
		return NULL;
	if (size == 0 || offset % 8 != 0 || (uint64_t)offset + size != i->file_size)
		return "has a certificate table that is not at its end";
	ret->image_size = offset;
	return NULL;
}

struct extent {
	uint32_t offset;
	uint32_t size;
};

/* Sorted by offset; there are few. Sections without data in the file are left out. */
static unsigned sort_sections(const struct image *i, struct extent sorted[SECTIONS_MAX])
{
	unsigned n = 0;

	for (unsigned k = 0; k < i->n_sections; k++) {
		const uint8_t *section = i->head + i->sections + k * SECTION_SIZE;
		struct extent e = {.offset = u32(section + 20), .size = u32(section + 16)};
		unsigned at = n;

		if (e.size == 0)
			continue;
		for (; at > 0 && sorted[at - 1].offset > e.offset; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = e;
		n++;
	}
	return n;
}

static const char *check_sections(const struct image *i, const struct pe *p)
{
	struct extent sorted[SECTIONS_MAX];
	unsigned n = sort_sections(i, sorted);
	uint64_t end = i->headers_size;

	if (i->headers_size < i->sections + i->n_sections * SECTION_SIZE ||
	    i->headers_size < p->table_entry + DIRECTORY_SIZE || i->headers_size > p->image_size)
		return "has headers of a size that cannot be";
	for (unsigned k = 0; k < n; k++) {
		if (sorted[k].offset < end)
			return "has sections that overlap each other or the headers";
		if (sorted[k].offset > end)
			return "has a gap between its sections, of which verifiers make different "
			       "digests";
		end += sorted[k].size;
		if (end > p->image_size)
			return "is cut: a section ends behind the end of the image";
	}
	return NULL;
}

const char *pe_read(const uint8_t *head, size_t size, uint64_t file_size, struct pe *ret)
{
	struct image i = {.head = head, .size = size, .file_size = file_size};
	struct pe p = {};
	const char *why;

	why = read_coff(&i);
	if (!why)
		why = read_optional(&i, &p);
	if (!why)
		why = read_table(&i, &p);
	if (!why)
		why = check_sections(&i, &p);
	if (!why)
		*ret = p;
	return why;
}
