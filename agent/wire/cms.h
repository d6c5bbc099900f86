/*
 * wire/cms.h - the signed attributes of CMS (RFC 5652, 5.3), recognised by their form
 *
 * Who signs a file by CMS, or an image by Authenticode, has these few bytes signed, and not the file.
 */
#ifndef AGENT_WIRE_CMS_H
#define AGENT_WIRE_CMS_H

#include "agent/wire/reader.h"

/* Whether data is, to the last byte, a DER SET OF attributes with a content type and a digest. */
bool cms_is_attributes(struct view data);

#endif
