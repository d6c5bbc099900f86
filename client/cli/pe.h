/*
 * cli/pe.h - where things are in a PE image; pure
 *
 * Only images that leave no doubt about which bytes are signed are let through: headers, then
 * sections one behind the other without gaps or overlaps, and the certificate table at the very end.
 */
#ifndef CLIENT_CLI_PE_H
#define CLIENT_CLI_PE_H

#include <stddef.h>
#include <stdint.h>

/* Headers and the table of sections lie within this. */
#define PE_HEAD_MAX ((size_t)64 * 1024)

/* Offsets in the file. */
struct pe {
	size_t checksum;     /* of the four bytes that are not signed */
	size_t table_entry;  /* of the eight that say where the certificate table is, likewise */
	uint64_t image_size; /* where the certificate table begins or, without one, the file ends */
	uint64_t table_size; /* 0: there is none */
};

/*
 * Reads the front of a file, which has file_size bytes in all. NULL, or what is wrong with it, as
 * the end of a sentence.
 */
const char *pe_read(const uint8_t *head, size_t size, uint64_t file_size, struct pe *ret);

#endif
