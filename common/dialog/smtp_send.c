/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the way of a message to the server and whose reply is whose at its end.
 * The message's text is wire/message.c's.
 */
#include "dialog/smtp_send.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "dialog/smtp_envelope.h"
#include "wire/message.h"

#define PIECE ((size_t)64 << 10)

bool
smtp_send_token(char token[SMTP_TOKEN_SIZE], struct err *err)
{
	unsigned char bits[16];
	struct buf hex;

	if (getrandom(bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		return err_set(err, ERR_LOCAL, errno, "no random bytes for a token");
	buf_init(&hex, SMTP_TOKEN_SIZE - 1);
	text_hex(&hex, bits, sizeof(bits));
	memcpy(token, buf_text(&hex), SMTP_TOKEN_SIZE);
	buf_free(&hex);
	return true;
}

/* A message on its way out, in pieces: the padding may be larger than memory should be. */
struct sending {
	struct smtp *smtp;
	struct buf head, out;
	size_t body; /* where it begins in head */
	uint64_t padding;
	EVP_MD_CTX *digest;
	struct smtp_msg_stuffer stuffer;
};

static bool
begin_digest(struct sending *sending)
{
	sending->digest = EVP_MD_CTX_new();
	if (sending->digest != NULL && EVP_DigestInit_ex(sending->digest, EVP_sha256(), NULL) == 1)
		return true;
	return err_set(&sending->smtp->facts->session.err, ERR_LOCAL, 0, "no SHA-256");
}

static bool
write_head(struct sending *sending)
{
	struct smtp *smtp = sending->smtp;
	const struct smtp_params *params = smtp->params;
	struct smtp_facts *facts = smtp->facts;
	const char *given = params->send.token;
	struct message message = {
	    .token = facts->token,
	    .from = params->from,
	    .rcpt = params->rcpt,
	    .subject = params->send.subject,
	    .host = params->ehlo_name,
	    .now_unix = params->send.now_unix,
	};

	if (given != NULL && strlen(given) == SMTP_TOKEN_SIZE - 1)
		memcpy(facts->token, given, SMTP_TOKEN_SIZE);
	else if (!smtp_send_token(facts->token, &facts->session.err))
		return false;
	message_head(&sending->head, &message, &sending->body);
	if (sending->head.overflow)
		return err_set(
		    &facts->session.err, ERR_CONFIG, 0, "too many recipients for one message");
	sending->padding = message_padding(sending->head.len, params->size);
	facts->message_size = sending->head.len + sending->padding;
	return true;
}

/* Bytes of the body, as they are, and with transparency where DATA wants it. */
static bool
put(struct sending *sending, const char *bytes, size_t len)
{
	struct stream *stream = sending->smtp->session.stream;

	if (sending->smtp->facts->chunked)
		return stream_put(stream, bytes, len);
	buf_clear(&sending->out);
	smtp_msg_stuff(&sending->stuffer, &sending->out, bytes, len);
	return stream_put(stream, buf_text(&sending->out), sending->out.len);
}

static void
put_all(struct sending *sending)
{
	struct smtp *smtp = sending->smtp;
	const struct buf *head = &sending->head;
	struct buf piece;
	bool ok = put(sending, head->data, head->len);

	EVP_DigestUpdate(sending->digest, head->data + sending->body, head->len - sending->body);
	buf_init(&piece, PIECE);
	for (uint64_t left = sending->padding; ok && left > 0;) {
		buf_clear(&piece);
		left -= message_pad(&piece, left, PIECE);
		EVP_DigestUpdate(sending->digest, piece.data, piece.len);
		ok = put(sending, piece.data, piece.len) && stream_flush(smtp->session.stream);
	}
	buf_free(&piece);
	if (ok && !smtp->facts->chunked) {
		buf_clear(&sending->out);
		smtp_msg_stuff_end(&sending->stuffer, &sending->out);
		stream_put(smtp->session.stream, buf_text(&sending->out), sending->out.len);
	}
	EVP_DigestFinal_ex(sending->digest, smtp->facts->body_sha256, NULL);
}

/* DATA waits for 354 (RFC 5321, 4.1.1.4); BDAT for nothing (RFC 3030, 2). */
static bool
ask(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;

	facts->chunked = facts->ehlo.chunking;
	if (facts->chunked) {
		smtp_talk_say(smtp, "BDAT %llu LAST", (unsigned long long)facts->message_size);
		return true;
	}
	smtp_talk_say(smtp, "DATA");
	if (!smtp_talk_hear(smtp, SMTP_STAGE_DATA, NULL, &facts->data))
		return false;
	if (facts->data.code != 354)
		return smtp_talk_refused(smtp, &facts->data);
	smtp_talk_expect(smtp);
	return true;
}

/* LMTP answers for each recipient that it accepted, in their order (RFC 2033, 4.2). */
static bool
hear_each(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;

	for (size_t i = 0; i < facts->rcpt_count; i++) {
		struct smtp_rcpt *rcpt = &facts->rcpts[i];

		if (!rcpt->accepted)
			continue;
		if (!smtp_talk_hear(smtp, SMTP_STAGE_MESSAGE, rcpt->address, &rcpt->final))
			return false;
		if (facts->message.code == 0 ||
		    (smtp_talk_yes(&facts->message) && !smtp_talk_yes(&rcpt->final)))
			facts->message = rcpt->final;
	}
	return true;
}

static bool
conclude(struct smtp *smtp)
{
	struct smtp_facts *facts = smtp->facts;
	const char *id;
	size_t len;

	if (smtp->params->lmtp ? !hear_each(smtp)
			       : !smtp_talk_hear(smtp, SMTP_STAGE_MESSAGE, NULL, &facts->message))
		return false;
	if (!smtp_talk_yes(&facts->message))
		return smtp_talk_refused(smtp, &facts->message);
	facts->sent = true;
	if (smtp_msg_queue_id(facts->message.text, &id, &len))
		facts->queue_id = arena_strndup(&facts->session.arena, id, len);
	return true;
}

/* Nobody to send to: what the first recipient was answered is the reason. */
static bool
no_recipient(struct smtp *smtp)
{
	return smtp_talk_refused(smtp, &smtp->facts->rcpts[0].reply);
}

bool
smtp_send_message(struct smtp *smtp)
{
	struct sending sending = {.smtp = smtp};
	bool ok;

	smtp_talk_begin(smtp, PHASE_SUBMIT);
	buf_init(&sending.head, MESSAGE_HEAD_MAX);
	buf_init(&sending.out, 2 * MESSAGE_HEAD_MAX);
	ok = begin_digest(&sending) && write_head(&sending) &&
	     smtp_envelope_open(smtp, smtp->facts->message_size) &&
	     (smtp->facts->rcpts_accepted > 0 || no_recipient(smtp)) && ask(smtp);
	if (ok)
		put_all(&sending);
	ok = ok && conclude(smtp);
	EVP_MD_CTX_free(sending.digest);
	buf_free(&sending.head);
	buf_free(&sending.out);
	phase_end(&smtp->facts->session.phases, ok ? PHASE_DONE : PHASE_FAULT);
	return ok;
}
