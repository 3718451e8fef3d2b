/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the look of our own messages. Knows neither SMTP nor the clock. */
#include "wire/message.h"

#include <string.h>

#include "base/text.h"
#include "wire/mail_date.h"

#define PAD_LINE 78    /* with CRLF */
#define LINE_LENGTH 78 /* RFC 5322, 2.1.1 */
#define WORD_MAX 72
#define ENCODED_BYTES 42 /* their base64 and its wrapping stay below 75 characters (RFC 2047, 2) */

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

/* Never splits a character of UTF-8. */
static size_t
encoded_piece(const char *text)
{
	size_t len = strlen(text);

	if (len <= ENCODED_BYTES)
		return len;
	len = ENCODED_BYTES;
	while (len > ENCODED_BYTES - 4 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* Words folded at blanks (RFC 5322, 2.2.3); one longer than a line is cut into several. */
static void
add_folded(struct buf *out, const char *text)
{
	size_t column = strlen("Subject:");

	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t word = strcspn(text, " ");

		if (word > WORD_MAX)
			word = WORD_MAX;
		if (column + 1 + word > LINE_LENGTH) {
			buf_add_text(out, "\r\n");
			column = 0;
		}
		buf_add_char(out, ' ');
		buf_add(out, text, word);
		column += 1 + word;
		text += word;
	}
}

static void
add_subject(struct buf *out, const char *subject)
{
	buf_add_text(out, "Subject:");
	if (is_plain(subject)) {
		add_folded(out, subject);
	} else {
		for (size_t len; *subject != '\0'; subject += len) {
			len = encoded_piece(subject);
			buf_add_text(out, out->data[out->len - 1] == ':' ? " " : "\r\n ");
			buf_add_text(out, "=?UTF-8?B?");
			text_base64(out, subject, len);
			buf_add_text(out, "?=");
		}
	}
	buf_add_text(out, "\r\n");
}

static void
add_recipients(struct buf *out, const char *const *rcpt)
{
	buf_add_text(out, "To: ");
	for (size_t i = 0; rcpt[i] != NULL; i++)
		buf_printf(out, "%s<%s>", i > 0 ? ",\r\n " : "", rcpt[i]);
	buf_add_text(out, "\r\n");
}

void
message_head(struct buf *out, const struct message *message, size_t *body_out)
{
	buf_add_text(out, "Date: ");
	mail_date_print(out, message->now_unix);
	if (*message->from != '\0')
		buf_printf(out, "\r\nFrom: <%s>\r\n", message->from);
	else
		buf_printf(out, "\r\nFrom: <MAILER-DAEMON@%s>\r\n", message->host);
	add_recipients(out, message->rcpt);
	add_subject(out, message->subject != NULL ? message->subject : "Mail delivery check");
	buf_printf(out,
	    "Message-ID: <%s@%s>\r\n" MESSAGE_TOKEN_FIELD ": %s\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=us-ascii\r\n\r\n",
	    message->token, message->host, message->token);
	*body_out = out->len;
	buf_printf(out,
	    "This message was sent by a monitoring system to see whether mail arrives.\r\n"
	    "It may be deleted.\r\n\r\n"
	    "Token: %s\r\n"
	    ".A line that begins with a dot arrives as it was sent.\r\n",
	    message->token);
}

uint64_t
message_padding(size_t head_len, uint64_t size)
{
	uint64_t left = size > head_len ? size - head_len : 0;

	return left < 3 ? 0 : left; /* a line has at least one character */
}

uint64_t
message_pad(struct buf *out, uint64_t left, size_t room)
{
	static const char line[] =
	    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901";
	uint64_t added = 0;

	while (left > 0) {
		/* The last line takes what would be too little for one more. */
		size_t len = left < PAD_LINE + 3 ? (size_t)left : PAD_LINE;

		if (added + len > room)
			break;
		buf_add(out, line, len - 2);
		buf_add_text(out, "\r\n");
		added += len;
		left -= len;
	}
	return added;
}
