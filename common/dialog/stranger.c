/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beginnings of greetings. Knows what they look like and nothing else. */
#include "dialog/stranger.h"

#include "base/base.h"
#include "base/text.h"

const char *
stranger_name(const char *line)
{
	static const struct {
		const char *begin, *name;
	} strangers[] = {
	    {"HTTP/", "an HTTP server"},
	    {"<", "an HTTP server"},
	    {"SSH-", "an SSH server"},
	    {"220", "an SMTP or FTP server"},
	    {"421", "an SMTP or FTP server"},
	    {"554", "an SMTP server"},
	    {"+OK", "a POP3 server"},
	    {"-ERR", "a POP3 server"},
	    {"* OK", "an IMAP server"},
	    {"* PREAUTH", "an IMAP server"},
	    {"* BYE", "an IMAP server"},
	    {"200", "an NNTP server"},
	    {"201", "an NNTP server"},
	    {"\"IMPLEMENTATION\"", "a ManageSieve server"},
	    {"RFB ", "a VNC server"},
	    {"\x15\x03", "a TLS server"}, /* alert and handshake records of RFC 8446, 5.1 */
	    {"\x16\x03", "a TLS server"},
	};

	for (size_t i = 0; i < ARRAY_LEN(strangers); i++)
		if (text_begins_fold(line, strangers[i].begin))
			return strangers[i].name;
	return NULL;
}
