/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the ways to TLS of LDAP, PostgreSQL, MySQL and XMPP. Lengths of the
 * peer are bounded before they are believed. Knows no login.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "dialog/starttls_talk.h"

#define ANSWER_MAX ((size_t)16 << 10)

/* What a binary protocol said, or what its refusal means, is all there is to show. */
static bool
read_bytes(struct starttls *talk, struct buf *out, size_t len)
{
	return stream_bytes(talk->session.stream, out, len) || session_failed(&talk->session);
}

static bool
malformed(struct starttls *talk, const char *what)
{
	return starttls_broken(talk, ERR_PROTOCOL, ERR_PROTOCOL_MALFORMED, "%s", what);
}

/* ---- LDAP (RFC 4511, 4.14) -------------------------------------------------------- */

/* A BER length in one byte, or in the next one or two. */
static bool
read_length(struct starttls *talk, struct buf *bytes, size_t *len_out)
{
	size_t at = bytes->len, more;
	const unsigned char *b;

	if (!read_bytes(talk, bytes, 1))
		return false;
	more = (unsigned char)bytes->data[at];
	*len_out = more;
	if (more < 0x80)
		return true;
	more &= 0x7f;
	if (more == 0 || more > 2)
		return malformed(talk, "not an LDAP answer");
	if (!read_bytes(talk, bytes, more))
		return false;
	b = (const unsigned char *)bytes->data + at + 1;
	*len_out = more == 1 ? b[0] : (size_t)b[0] << 8 | b[1];
	return *len_out <= ANSWER_MAX / 2 || malformed(talk, "an LDAP answer beyond all measure");
}

/* SEQUENCE { messageID 1, [APPLICATION 24] { resultCode ENUMERATED, ... } } */
static bool
ldap_result(const struct buf *bytes, int *code_out)
{
	const unsigned char *b = (const unsigned char *)bytes->data, *end = b + bytes->len;

	if (end - b < 5 || b[0] != 0x02 || b[1] < 1 || b[1] > 4)
		return false;
	b += 2 + b[1];
	if (end - b < 2 || b[0] != 0x78)
		return false;
	b += b[1] < 0x80 ? 2 : 2 + (b[1] & 0x7f);
	if (end - b < 3 || b[0] != 0x0a || b[1] != 1)
		return false;
	*code_out = b[2];
	return true;
}

static const char *
ldap_words(int code)
{
	switch (code) {
	case 0:
		return "success";
	case 1:
		return "operationsError (1): TLS may be on already";
	case 2:
		return "protocolError (2): the server knows no StartTLS";
	case 52:
		return "unavailable (52): the server's TLS does not work";
	default:
		return "the server refuses StartTLS";
	}
}

bool
starttls_ldap(struct starttls *talk)
{
	static const unsigned char request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
					       "1.3.6.1.4.1.1466.20037";
	struct buf bytes;
	size_t len = 0;
	int code = -1;
	bool good;

	starttls_asking(talk);
	stream_put(talk->session.stream, request, sizeof(request) - 1);
	buf_init(&bytes, ANSWER_MAX);
	good = read_bytes(talk, &bytes, 1) &&
	       (bytes.data[0] == 0x30 || malformed(talk, "not an LDAP answer")) &&
	       read_length(talk, &bytes, &len);
	buf_clear(&bytes);
	good = good && read_bytes(talk, &bytes, len) &&
	       (ldap_result(&bytes, &code) || malformed(talk, "not an answer to StartTLS"));
	buf_free(&bytes);
	/* protocolError is how servers without it answer (RFC 4511, 4.14.2) */
	return good && starttls_answered(talk, code == 0, code != 2, ldap_words(code));
}

/* UnbindRequest (RFC 4511, 4.3). */
void
starttls_ldap_bye(struct starttls *talk)
{
	stream_put(talk->session.stream, "\x30\x05\x02\x01\x02\x42\x00", 7);
}

/* ---- PostgreSQL (protocol 3.0, "SSL Session Encryption") --------------------------- */

bool
starttls_postgres(struct starttls *talk)
{
	struct buf byte;
	char answer = '\0';
	bool good;

	starttls_asking(talk);
	stream_put(talk->session.stream, "\x00\x00\x00\x08\x04\xd2\x16\x2f", 8);
	buf_init(&byte, 8);
	good = read_bytes(talk, &byte, 1);
	if (good)
		answer = byte.data[0];
	buf_free(&byte);
	if (good && answer != 'S' && answer != 'N' && answer != 'E')
		return malformed(talk, "not a PostgreSQL answer");
	return good && starttls_answered(talk, answer == 'S', answer != 'N',
			   answer == 'S'   ? "S"
			   : answer == 'N' ? "N: the server has no TLS"
					   : "E: an error in place of an answer");
}

/* ---- MySQL, MariaDB (protocol 10) ---------------------------------------------------- */

#define MYSQL_SSL 0x0800u
#define MYSQL_HEAD 36 /* bytes of what every answer to the greeting begins with */

/* Of len bytes behind its header of length and sequence. */
static void
mysql_head(struct starttls *talk, unsigned char len, unsigned char sequence, bool with_tls)
{
	unsigned char head[MYSQL_HEAD] = {len, 0, 0, sequence};

	/* CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH */
	head[5] = with_tls ? 0x82 | MYSQL_SSL >> 8 : 0x82;
	head[6] = 0x08;
	head[12] = 0x21; /* UTF-8 */
	stream_put(talk->session.stream, head, sizeof(head));
}

/* 0xff, code, perhaps "#" and five letters of SQLSTATE, words to the end. */
static bool
mysql_refusal(struct starttls *talk, const struct buf *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes->data;
	size_t at = bytes->len > 9 && b[3] == '#' ? 9 : 3;
	int code = bytes->len > 3 ? b[1] | b[2] << 8 : 0;
	struct arena *arena = &talk->facts->arena;

	return starttls_unwelcome(talk, code,
	    bytes->len > at ? arena_printf(arena, "error %d: %s", code, buf_text(bytes) + at)
			    : "an error without words");
}

/* Header of three bytes length and one of sequence, then the greeting. */
static bool
mysql_greeting(struct starttls *talk, struct buf *bytes, unsigned *abilities)
{
	const unsigned char *b;
	size_t len, version;

	if (!read_bytes(talk, bytes, 4))
		return false;
	b = (const unsigned char *)bytes->data;
	len = b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16;
	buf_clear(bytes);
	if (len < 4 || len > ANSWER_MAX / 2)
		return malformed(talk, "not a MySQL greeting");
	if (!read_bytes(talk, bytes, len))
		return false;
	b = (const unsigned char *)bytes->data;
	if (b[0] == 0xff)
		return mysql_refusal(talk, bytes);
	version = strnlen((const char *)b + 1, len - 1) + 2;
	/* protocol, version and its NUL, thread id, 8 bytes of salt, filler, abilities */
	if (b[0] != 10 || version + 15 > len)
		return malformed(talk, "not a MySQL greeting");
	*abilities = b[version + 13] | (unsigned)b[version + 14] << 8;
	return true;
}

bool
starttls_mysql(struct starttls *talk)
{
	struct session_facts *facts = talk->facts;
	unsigned abilities = 0;
	struct buf bytes;
	bool good;

	phase_begin(&facts->phases, PHASE_GREETING);
	talk->session.stream->step = "greeting";
	buf_init(&bytes, ANSWER_MAX);
	good = mysql_greeting(talk, &bytes, &abilities);
	if (good)
		facts->greeting = arena_strdup(&facts->arena, buf_text(&bytes) + 1);
	buf_free(&bytes);
	if (!good)
		return false;
	starttls_asking(talk);
	if ((abilities & MYSQL_SSL) == 0)
		return starttls_answered(talk, false, false, "the server has no TLS");
	/* No answer comes: the handshake is the next thing the server waits for. */
	mysql_head(talk, MYSQL_HEAD - 4, 1, true);
	return starttls_answered(talk, true, true, "");
}

/*
 * The server counts a client that leaves before it gives a name, and shuts its host out after
 * max_connect_errors of them (100). A name that nobody has is not counted.
 */
void
starttls_mysql_bye(struct starttls *talk)
{
	/* name, no bytes of proof, the method they would be of */
	static const char login[] = "mailvitals\0\0mysql_native_password";
	bool tls = talk->facts->starttls_accepted;

	if (!talk->facts->starttls_reply)
		return; /* turned away by the greeting */
	mysql_head(talk, MYSQL_HEAD - 4 + sizeof(login), tls ? 2 : 1, tls);
	stream_put(talk->session.stream, login, sizeof(login));
}

/* ---- XMPP (RFC 6120, 5.4) ------------------------------------------------------------- */

#define XMPP_SERVERS 5269 /* servers talk to servers here: a namespace of their own */

static bool
ends_with(const struct buf *said, const char *text)
{
	size_t len = strlen(text);

	return said->len >= len && memcmp(said->data + said->len - len, text, len) == 0;
}

static bool
ends_with_one(const struct buf *said, const char *const texts[])
{
	for (; *texts; texts++)
		if (ends_with(said, *texts))
			return true;
	return false;
}

/* Reads on until one of the texts has come; the stream is read to that byte and not beyond. */
static bool
xmpp_until(struct starttls *talk, struct buf *said, const char *const texts[])
{
	while (!ends_with_one(said, texts)) {
		if (said->len == ANSWER_MAX)
			return starttls_broken(talk, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT,
			    "more than %zu KiB before %s", ANSWER_MAX >> 10, texts[0]);
		if (!read_bytes(talk, said, 1))
			return false;
		if (said->len == 1 && said->data[0] != '<')
			return malformed(talk, "not XML");
	}
	return true;
}

/* The features, perhaps none; or a stream error (RFC 6120, 4.9), which ends the stream. */
static bool
xmpp_features(struct starttls *talk, struct buf *said)
{
	static const char error[] = "</stream:error>";
	static const char *const ends[] = {"</stream:features>", "<stream:features/>", error, NULL};
	const char *refusal;

	if (!xmpp_until(talk, said, ends))
		return false;
	if (!ends_with(said, error))
		return true;
	refusal = text_find_fold(buf_text(said), said->len, "<stream:error");
	return starttls_unwelcome(talk, 0, refusal ? refusal : buf_text(said));
}

static bool
xmpp_open(struct starttls *talk, struct buf *said)
{
	const struct session_params *params = talk->session.params;
	/* sin_port and sin6_port stand at the same place */
	bool servers = params->address && params->address->family != AF_UNIX &&
		       ntohs(params->address->sa.in.sin_port) == XMPP_SERVERS;
	struct session_facts *facts = talk->facts;
	const char *opening = arena_printf(&facts->arena,
	    "<?xml version='1.0'?><stream:stream xmlns='jabber:%s' "
	    "xmlns:stream='http://etherx.jabber.org/streams' to='%s' version='1.0'>",
	    servers ? "server" : "client", talk->params->host);

	phase_begin(&facts->phases, PHASE_GREETING);
	talk->session.stream->step = "greeting";
	stream_put(talk->session.stream, opening, strlen(opening));
	if (!xmpp_features(talk, said))
		return false;
	facts->greeting = arena_strdup(&facts->arena, buf_text(said));
	phase_end(&facts->phases, PHASE_DONE);
	return true;
}

bool
starttls_xmpp(struct starttls *talk)
{
	static const char ns[] = "urn:ietf:params:xml:ns:xmpp-tls";
	static const char command[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
	static const char *const answer[] = {">", NULL};
	struct buf said;
	bool offered, good;

	buf_init(&said, ANSWER_MAX);
	good = xmpp_open(talk, &said);
	offered = good && text_find_fold(buf_text(&said), said.len, ns);
	buf_clear(&said);
	if (good) {
		starttls_asking(talk);
		if (offered)
			stream_put(talk->session.stream, command, sizeof(command) - 1);
		good = !offered || xmpp_until(talk, &said, answer);
	}
	good =
	    good && starttls_answered(talk, text_begins_fold(buf_text(&said), "<proceed"), offered,
			offered ? buf_text(&said) : "<stream:features> without <starttls>");
	buf_free(&said);
	return good;
}
