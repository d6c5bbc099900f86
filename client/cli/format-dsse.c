/*
 * cli/format-dsse.c - DSSE v1, the envelope of in-toto and SLSA attestations
 *
 * What is signed is the payload with its type in front (PAE); the envelope is JSON and holds both.
 */
#include "client/cli/format.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/base64.h"
#include "client/cli/input.h"
#include "client/cli/json.h"
#include "client/cli/message.h"

#define PAYLOAD_MAX ((size_t)64 * 1024 * 1024)
#define ENVELOPE_MAX (PAYLOAD_MAX * 2)
#define DEFAULT_TYPE "application/vnd.in-toto+json"

static void drop(void *made)
{
	struct contents *payload = made;

	if (!payload)
		return;
	contents_done(payload);
	free(payload);
}

static const char *type_of(const struct recipe *r)
{
	return r->args->payload_type ? r->args->payload_type : DEFAULT_TYPE;
}

/* "DSSEv1 LENGTH TYPE LENGTH PAYLOAD"; NULL: out of memory. */
static uint8_t *pre_authentication(const char *type, const struct contents *payload,
				   size_t *ret_size)
{
	char *front;
	uint8_t *all;
	int n;

	n = asprintf(&front, "DSSEv1 %zu %s %zu ", strlen(type), type, payload->size);
	if (n < 0)
		return NULL;
	all = realloc(front, (size_t)n + payload->size + 1);
	if (!all) {
		free(front);
		return NULL;
	}
	if (payload->size > 0)
		memcpy(all + n, payload->data, payload->size);
	*ret_size = (size_t)n + payload->size;
	return all;
}

static enum exit_code prepare(const struct recipe *r, struct job *job)
{
	_cleanup_(freep) uint8_t *pae = NULL;
	struct contents *payload = calloc(1, sizeof(*payload));
	enum exit_code e;
	size_t size;

	job->made = payload;
	if (!payload) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	e = input_read(job->path, PAYLOAD_MAX, "is too long for an attestation: at most 64 MiB",
		       payload);
	if (e != EXIT_DONE)
		return e;
	job->held = payload->size;
	pae = pre_authentication(type_of(r), payload, &size);
	if (!pae) {
		complain("out of memory");
		return EXIT_AGAIN;
	}
	return message_begin(r, pae, size, job);
}

static bool add(struct json_object *o, const char *name, struct json_object *value)
{
	if (value && json_object_object_add(o, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

static bool add_base64(struct json_object *o, const char *name, const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = base64_encode(data, size, false);

	return text && add(o, name, json_object_new_string(text));
}

static bool add_signature(struct json_object *envelope, const struct recipe *r,
			  const uint8_t *signature, size_t size)
{
	struct json_object *list = json_object_new_array(), *one = json_object_new_object();
	char keyid[65];

	message_keyid(r, keyid);
	if (list && one && add(one, "keyid", json_object_new_string(keyid)) &&
	    add_base64(one, "sig", signature, size) && json_object_array_add(list, one) == 0)
		return add(envelope, "signatures", list);
	json_object_put(one);
	json_object_put(list);
	return false;
}

static enum exit_code finish(const struct recipe *r, struct job *job, const uint8_t *signature,
			     size_t size)
{
	struct json_object *envelope = json_object_new_object();
	const struct contents *payload = job->made;
	enum exit_code e = EXIT_AGAIN;
	const char *text = NULL;

	if (envelope && add(envelope, "payloadType", json_object_new_string(type_of(r))) &&
	    add_base64(envelope, "payload", payload->data, payload->size) &&
	    add_signature(envelope, r, signature, size))
		text = json_object_to_json_string_ext(envelope,
						      JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		e = format_write(r, job->path, text, strlen(text));
	else
		complain("out of memory");
	json_object_put(envelope);
	return e;
}

/* --- verifying -------------------------------------------------------------------------------- */

/* One of the signatures is by the key. */
static bool has_signature(const struct recipe *r, struct json_object *envelope, const uint8_t *pae,
			  size_t pae_size)
{
	struct json_object *list;
	size_t n, size;

	if (!json_object_object_get_ex(envelope, "signatures", &list) ||
	    !json_object_is_type(list, json_type_array))
		return false;
	n = json_object_array_length(list);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_text(json_object_array_get_idx(list, i), "sig");
		_cleanup_(freep) uint8_t *signature =
			text ? base64_decode(text, strlen(text), false, &size) : NULL;

		if (signature && message_is_signed(r, pae, pae_size, signature, size))
			return true;
	}
	return false;
}

static bool is_right(const struct recipe *r, struct json_object *envelope)
{
	const char *type = json_text(envelope, "payloadType"),
		   *text = json_text(envelope, "payload");
	_cleanup_(contents_done) struct contents payload = {};
	_cleanup_(freep) uint8_t *pae = NULL;
	size_t pae_size;

	if (!type || !text || strcmp(type, type_of(r)) != 0)
		return false;
	payload.data = base64_decode(text, strlen(text), false, &payload.size);
	pae = payload.data ? pre_authentication(type, &payload, &pae_size) : NULL;
	return pae && has_signature(r, envelope, pae, pae_size);
}

static enum exit_code verify(const struct recipe *r, const char *path, const char *signature_path)
{
	_cleanup_(contents_done) struct contents text = {};
	struct json_object *envelope;
	enum exit_code e;

	(void)signature_path; /* it is in the envelope */
	e = input_read(path, ENVELOPE_MAX, "is too long for an envelope", &text);
	if (e != EXIT_DONE)
		return e;
	while (text.size > 0 && memchr(" \t\r\n", text.data[text.size - 1], 4))
		text.size--;
	envelope = json_read(text.data, text.size);
	e = envelope && is_right(r, envelope) ? EXIT_DONE : EXIT_NO_MATCH;
	json_object_put(envelope);
	ERR_clear_error();
	return e;
}

const struct format format_dsse = {
	.name = "dsse",
	.purpose = "digest",
	.suffix = ".dsse",
	.is_enclosing = true,
	.prepare = prepare,
	.finish = finish,
	.drop = drop,
	.verify = verify,
};
