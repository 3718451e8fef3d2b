/* SPDX-License-Identifier: GPL-3.0-or-later */
/* net/socket*.c and net/address.c over loopback, socket pairs and unix sockets. */
#include <arpa/inet.h>
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/socket.h"

struct literal_row {
	const char *text;
	int family; /* 0: not an address */
	const char *shown;
};
static const struct literal_row literal_rows[] = {
    {"192.0.2.1", AF_INET, "192.0.2.1"},
    {"::1", AF_INET6, "::1"},
    {"[2001:db8::1]", AF_INET6, "2001:db8::1"},
    {"fe80::1%1", AF_INET6, "fe80::1%1"},
    {"fe80::1%lo", AF_INET6, "fe80::1%lo"},
    {"/run/lmtp", AF_UNIX, "/run/lmtp"},
    {"imap.example.org", 0, ""},
    {"", 0, ""},
    {"[192.0.2.1]", 0, ""},
    {"[::1", 0, ""},
    {"[]", 0, ""},
    {"1", 0, ""},
    {"127.1", 0, ""},
    {"192.0.2.1.", 0, ""},
    {"192.0.2.256", 0, ""},
    {"0x7f.0.0.1", 0, ""},
    {"fe80::1%nosuchinterface", 0, ""},
    {"fe80::1%0", 0, ""},
    {"2001:db8::1:2:3:4:5:6:7:8", 0, ""},
    {"2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", 0, ""},
};

START_TEST(literals)
{
	const struct literal_row *row = &literal_rows[_i];
	struct address address;
	ck_assert_msg(
	    address_parse(row->text, 993, &address) == (row->family != 0), "%s", row->text);
	ck_assert_int_eq(address.family, row->family);
	ck_assert_str_eq(address.text, row->shown);
	if (row->family == AF_INET)
		ck_assert_uint_eq(ntohs(address.sa.in.sin_port), 993);
	if (row->family == AF_INET6)
		ck_assert_uint_eq(ntohs(address.sa.in6.sin6_port), 993);
	if (strchr(row->text, '%'))
		ck_assert_uint_eq(address.sa.in6.sin6_scope_id, row->family ? 1 : 0);
}
END_TEST

START_TEST(unix_path_too_long)
{
	char path[200];
	struct address address;
	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	ck_assert(!address_parse(path, 0, &address));
	path[107] = '\0'; /* the longest that leaves room for the NUL */
	ck_assert(address_parse(path, 0, &address));
	ck_assert_str_eq(address.text, path);
}
END_TEST

/* ---- resolving ---- */

struct resolve_row {
	const char *name, *host;
	int family;
	const char *fixed[4];
	const char *want[3];
	enum err_kind kind;
	int code;
};
static const struct resolve_row resolve_rows[] = {
    {"literal", "192.0.2.1", AF_UNSPEC, {NULL}, {"192.0.2.1"}, ERR_NONE, 0},
    {"literal v6", "[2001:db8::1]", AF_INET6, {NULL}, {"2001:db8::1"}, ERR_NONE, 0},
    {"unix", "/run/x", AF_INET, {NULL}, {"/run/x"}, ERR_NONE, 0},
    {"wrong family", "192.0.2.1", AF_INET6, {NULL}, {NULL}, ERR_RESOLVE, ERR_RESOLVE_NO_ADDRESS},
    {"fixed", "a.test", AF_UNSPEC, {"A.Test:192.0.2.7"}, {"192.0.2.7"}, ERR_NONE, 0},
    {"fixed twice", "a.test", AF_UNSPEC, {"a.test:192.0.2.7", "b.test:192.0.2.8", "a.test:::1"},
	{"192.0.2.7", "::1"}, ERR_NONE, 0},
    {"fixed v6", "a.test.", AF_UNSPEC, {"a.test:[2001:db8::2]"}, {"2001:db8::2"}, ERR_NONE, 0},
    {"fixed family", "a.test", AF_INET6, {"a.test:192.0.2.7"}, {NULL}, ERR_RESOLVE,
	ERR_RESOLVE_NO_ADDRESS},
    {"fixed garbage", "a.test", AF_UNSPEC, {"a.test:elsewhere"}, {NULL}, ERR_CONFIG, 0},
    {"fixed prefix", "a.tes", AF_UNSPEC, {"a.test:192.0.2.7", "a.tes:192.0.2.9"}, {"192.0.2.9"},
	ERR_NONE, 0},
    {"system", "localhost", AF_INET, {"other:192.0.2.7"}, {"127.0.0.1"}, ERR_NONE, 0},
};

START_TEST(resolve)
{
	const struct resolve_row *row = &resolve_rows[_i];
	struct addresses out;
	struct err err = {0};
	struct resolve_params params = {.host = row->host,
	    .port = 25,
	    .family = row->family,
	    .deadline = deadline_in(5 * US_PER_S),
	    .fixed = row->fixed};
	bool found = socket_resolve(&params, &out, &err);
	ck_assert_msg(found == (row->kind == ERR_NONE), "%s: %s", row->name, err.text);
	ck_assert_msg(err.kind == row->kind, "%s: %s", row->name, err.text);
	ck_assert_int_eq(err.code, row->code);
	if (!found)
		return;
	for (size_t i = 0; row->want[i]; i++) {
		ck_assert_uint_lt(i, out.count);
		ck_assert_str_eq(out.list[i].text, row->want[i]);
		if (out.list[i].family == AF_INET)
			ck_assert_uint_eq(ntohs(out.list[i].sa.in.sin_port), 25);
	}
	ck_assert_ptr_null(row->want[out.count]);
}
END_TEST

/* The resolver's part, played here: its answer, what errno it leaves, how long it takes. */
static struct {
	int result, code;
	useconds_t takes_us;
	bool real;
} resolver = {.real = true};

int
getaddrinfo(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **answer)
{
	if (resolver.real) {
		int (*next)(
		    const char *, const char *, const struct addrinfo *, struct addrinfo **);
		*(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
		return next(host, service, hints, answer);
	}
	usleep(resolver.takes_us);
	errno = resolver.code;
	return resolver.result;
}

struct failure_row {
	int result, code;
	useconds_t takes_us;
	enum err_kind kind;
	int err_code;
};
static const struct failure_row failure_rows[] = {
    {EAI_NONAME, 0, 0, ERR_RESOLVE, ERR_RESOLVE_NXDOMAIN},
    {EAI_NODATA, 0, 0, ERR_RESOLVE, ERR_RESOLVE_NO_ADDRESS},
    {EAI_ADDRFAMILY, 0, 0, ERR_RESOLVE, ERR_RESOLVE_NO_ADDRESS},
    {EAI_AGAIN, ETIMEDOUT, 0, ERR_RESOLVE, ERR_RESOLVE_SERVFAIL},
    {EAI_AGAIN, ETIMEDOUT, 950000, ERR_RESOLVE, ERR_RESOLVE_SILENT},
    {EAI_AGAIN, ECONNREFUSED, 0, ERR_RESOLVE, ERR_RESOLVE_SILENT},
    {EAI_AGAIN, EMFILE, 0, ERR_LOCAL, EMFILE}, {EAI_FAIL, 0, 0, ERR_RESOLVE, ERR_RESOLVE_SERVFAIL},
    {EAI_MEMORY, ENOMEM, 0, ERR_LOCAL, ENOMEM}, {EAI_SYSTEM, EIO, 0, ERR_LOCAL, EIO},
    {0, 0, 0, ERR_RESOLVE, ERR_RESOLVE_NO_ADDRESS},
    {EAI_NONAME, 0, 300000, ERR_TIMEOUT, 0}, /* after the deadline of 200 ms */
};

START_TEST(resolve_failure)
{
	const struct failure_row *row = &failure_rows[_i];
	struct addresses out;
	struct err err = {0};
	bool late = row->kind == ERR_TIMEOUT;
	resolver.real = false;
	resolver.result = row->result;
	resolver.code = row->code;
	resolver.takes_us = row->takes_us;
	int64_t start_us = clock_now_us();
	struct resolve_params params = {.host = "mail.test",
	    .family = AF_UNSPEC,
	    .deadline = deadline_in(late ? 200 * US_PER_MS : 5 * US_PER_S)};
	ck_assert(!socket_resolve(&params, &out, &err));
	ck_assert_msg(err.kind == row->kind, "%d: %s", _i, err.text);
	ck_assert_int_eq(err.code, row->err_code);
	if (late) {
		ck_assert_int_lt(clock_now_us() - start_us, 290 * US_PER_MS);
		usleep(300000); /* the thread ends and frees what it was left with */
	}
}
END_TEST

/* No descriptors left: this machine's fault, whatever the resolver makes of it. */
START_TEST(no_descriptors)
{
	struct socket_stream socket;
	struct address address;
	struct rlimit before, none;
	ck_assert(address_parse("127.0.0.1", 9, &address));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert(!socket_connect(&socket, &address, deadline_in(US_PER_S)));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(socket.stream.err.kind, ERR_LOCAL);
	ck_assert_int_eq(socket.stream.err.code, EMFILE);
	stream_close(&socket.stream);
}
END_TEST

/* ---- connecting ---- */

/* A listener on a free port; backlog 0 and never accepting makes later connects hang. */
static int
listen_on(const char *text, struct address *address, int backlog)
{
	ck_assert(address_parse(text, 0, address));
	int fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, &address->sa.any, address->len), 0);
	ck_assert_int_eq(getsockname(fd, &address->sa.any, &address->len), 0);
	if (backlog >= 0)
		ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

static void
talk(const char *where)
{
	struct address address;
	struct socket_stream socket;
	const char *line;
	size_t len;
	char heard[8] = "";
	int listener = listen_on(where, &address, 5);
	bool connected = socket_connect(&socket, &address, deadline_in(2 * US_PER_S));
	ck_assert_msg(connected, "%s: %s", where, socket.stream.err.text);
	int peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(write(peer, "hello\r\n", 7), 7);
	ck_assert(stream_wait(&socket.stream, US_PER_S));
	ck_assert(stream_line(&socket.stream, &line, &len));
	ck_assert_str_eq(line, "hello");
	ck_assert(!stream_wait(&socket.stream, 1000));
	ck_assert_uint_eq(stream_pending(&socket.stream), 0);
	ck_assert(!err_is_set(&socket.stream.err));
	ck_assert(stream_say(&socket.stream, "hi"));
	ck_assert(stream_flush(&socket.stream));
	ck_assert_int_eq(read(peer, heard, sizeof heard - 1), 4);
	ck_assert_str_eq(heard, "hi\r\n");
	close(peer);
	ck_assert(!stream_line(&socket.stream, &line, &len));
	ck_assert_int_eq(socket.stream.err.kind, ERR_CLOSED);
	stream_close(&socket.stream);
	stream_close(&socket.stream);
	close(listener);
}

START_TEST(connects_and_talks)
{
	char path[64];
	snprintf(path, sizeof path, "/tmp/test_socket.%d", (int)getpid());
	talk("127.0.0.1");
	talk("::1");
	talk(path);
	unlink(path);
}
END_TEST

START_TEST(refused)
{
	struct address address;
	struct socket_stream socket;
	int bound = listen_on("127.0.0.1", &address, -1); /* bound, but nobody listens */
	ck_assert(!socket_connect(&socket, &address, deadline_in(US_PER_S)));
	ck_assert_int_eq(socket.stream.err.kind, ERR_CONNECT);
	ck_assert_int_eq(socket.stream.err.code, ECONNREFUSED);
	ck_assert_str_eq(socket.stream.err.text, "connect: connection refused");
	stream_close(&socket.stream);
	close(bound);
	ck_assert(address_parse("/nonexistent/socket", 0, &address));
	ck_assert(!socket_connect(&socket, &address, deadline_in(US_PER_S)));
	ck_assert_int_eq(socket.stream.err.kind, ERR_CONNECT);
	ck_assert_int_eq(socket.stream.err.code, ENOENT);
	stream_close(&socket.stream);
}
END_TEST

/* A full backlog drops our SYN; the deadline of the try holds. */
START_TEST(syn_dropped)
{
	struct address address;
	struct socket_stream fill[8], socket;
	int listener = listen_on("127.0.0.1", &address, 0);
	for (size_t i = 0; i < ARRAY_LEN(fill); i++)
		(void)!socket_connect(&fill[i], &address, deadline_in(20 * US_PER_MS));
	int64_t start_us = clock_now_us();
	ck_assert(!socket_connect(&socket, &address, deadline_in(100 * US_PER_MS)));
	ck_assert_int_eq(socket.stream.err.kind, ERR_TIMEOUT);
	ck_assert_int_ge(clock_now_us() - start_us, 100 * US_PER_MS);
	ck_assert_int_lt(clock_now_us() - start_us, 350 * US_PER_MS);
	stream_close(&socket.stream);
	for (size_t i = 0; i < ARRAY_LEN(fill); i++)
		stream_close(&fill[i].stream);
	close(listener);
}
END_TEST

/* A port of the ephemeral range, tried until the kernel picks it for our end as well. */
START_TEST(self_connect)
{
	struct address address;
	struct socket_stream socket;
	int low = 0, high = 0;
	FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	ck_assert(range && fscanf(range, "%d %d", &low, &high) == 2);
	fclose(range);
	/* connect(2) picks ports of the parity of the range's start first */
	ck_assert(address_parse("127.0.0.1", (uint16_t)(low + ((high - low) / 4) * 2), &address));
	bool met = false;
	for (int i = 0; i < 100000 && !met; i++) {
		ck_assert(!socket_connect(&socket, &address, deadline_in(US_PER_S)));
		ck_assert_int_eq(socket.stream.err.kind, ERR_CONNECT);
		ck_assert_int_eq(socket.stream.err.code, ECONNREFUSED);
		met = strstr(socket.stream.err.text, "itself") != NULL;
		stream_close(&socket.stream);
	}
	ck_assert(met);
}
END_TEST

/* ---- reading and writing ---- */

static void
pair(struct socket_stream *socket, int *peer, int64_t span_us)
{
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	socket_adopt(socket, ends[0], deadline_in(span_us));
	*peer = ends[1];
}

START_TEST(silence_ends_at_the_deadline)
{
	struct socket_stream socket;
	int peer;
	const char *line;
	size_t len;
	pair(&socket, &peer, 50 * US_PER_MS);
	ck_assert_int_eq(write(peer, "half a li", 9), 9);
	int64_t start_us = clock_now_us();
	ck_assert(!stream_line(&socket.stream, &line, &len));
	ck_assert_int_eq(socket.stream.err.kind, ERR_TIMEOUT);
	ck_assert_int_ge(clock_now_us() - start_us, 49 * US_PER_MS);
	ck_assert_int_lt(clock_now_us() - start_us, 300 * US_PER_MS);
	stream_close(&socket.stream);
	close(peer);
}
END_TEST

/* How late a read, or a connect to address, ends after so long a silence. */
struct silence {
	const struct address *address;
	int64_t span_us, late_us;
};

static void *
wait_out(void *argument)
{
	struct silence *silence = argument;
	struct socket_stream socket;
	int peer = -1;
	char byte;
	int64_t start_us = clock_now_us();
	if (silence->address) {
		(void)!socket_connect(&socket, silence->address, deadline_in(silence->span_us));
	} else {
		pair(&socket, &peer, silence->span_us);
		(void)!stream_some(&socket.stream, &byte, 1);
	}
	silence->late_us = clock_now_us() - start_us - silence->span_us;
	stream_close(&socket.stream);
	close(peer);
	return NULL;
}

static int
by_lateness(const void *a, const void *b)
{
	int64_t x = ((const struct silence *)a)->late_us, y = ((const struct silence *)b)->late_us;
	return x < y ? -1 : x > y;
}

/* The kernel's timers are coarse when they are long: spread over a step of theirs, half are late by half of it. */
static void
spread(const struct address *address)
{
	struct silence all[9];
	pthread_t threads[ARRAY_LEN(all)];
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		all[i] =
		    (struct silence){address, 2200 * US_PER_MS + (int64_t)i * 32 * US_PER_MS, 0};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_out, &all[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		pthread_join(threads[i], NULL);
	qsort(all, ARRAY_LEN(all), sizeof(all[0]), by_lateness);
	ck_assert_int_ge(all[0].late_us, -US_PER_MS);
	ck_assert_int_lt(all[ARRAY_LEN(all) / 2].late_us, 80 * US_PER_MS);
}

START_TEST(long_silence_ends_at_the_deadline)
{
	spread(NULL);
}
END_TEST

START_TEST(long_connect_ends_at_the_deadline)
{
	struct address address;
	struct socket_stream fill[8];
	int listener = listen_on("127.0.0.1", &address, 0);
	for (size_t i = 0; i < ARRAY_LEN(fill); i++)
		(void)!socket_connect(&fill[i], &address, deadline_in(20 * US_PER_MS));
	spread(&address);
	for (size_t i = 0; i < ARRAY_LEN(fill); i++)
		stream_close(&fill[i].stream);
	close(listener);
}
END_TEST

/* Data is always there, yet the deadline ends it. */
START_TEST(flood_ends_at_the_deadline)
{
	struct socket_stream socket;
	int peer;
	char byte;
	pair(&socket, &peer, 30 * US_PER_MS);
	fcntl(peer, F_SETFL, O_NONBLOCK);
	while (!err_is_set(&socket.stream.err)) {
		(void)!write(peer, "x", 1);
		(void)stream_some(&socket.stream, &byte, 1);
	}
	ck_assert_int_eq(socket.stream.err.kind, ERR_TIMEOUT);
	stream_close(&socket.stream);
	close(peer);
}
END_TEST

START_TEST(deaf_peer_ends_at_the_deadline)
{
	static char much[4 << 20];
	struct socket_stream socket;
	int peer;
	pair(&socket, &peer, 50 * US_PER_MS);
	ck_assert(stream_put(&socket.stream, much, sizeof much));
	ck_assert(!stream_flush(&socket.stream));
	ck_assert_int_eq(socket.stream.err.kind, ERR_TIMEOUT);
	stream_close(&socket.stream);
	close(peer);
}
END_TEST

/* A closed peer: no SIGPIPE, and the error says so. */
START_TEST(broken_pipe)
{
	struct socket_stream socket;
	int peer;
	pair(&socket, &peer, US_PER_S);
	close(peer);
	ck_assert(stream_say(&socket.stream, "NOOP"));
	ck_assert(!stream_flush(&socket.stream));
	ck_assert_int_eq(socket.stream.err.kind, ERR_CLOSED);
	ck_assert_int_eq(socket.stream.err.code, EPIPE);
	stream_close(&socket.stream);
}
END_TEST

START_TEST(reset)
{
	struct address address;
	struct socket_stream socket, peer;
	const char *line;
	size_t len;
	int listener = listen_on("127.0.0.1", &address, 5);
	ck_assert(socket_connect(&socket, &address, deadline_in(US_PER_S)));
	socket_adopt(&peer, accept(listener, NULL, NULL), deadline_in(US_PER_S));
	socket_abort(&peer);
	ck_assert(!stream_line(&socket.stream, &line, &len));
	ck_assert_int_eq(socket.stream.err.kind, ERR_CLOSED);
	ck_assert_int_eq(socket.stream.err.code, ECONNRESET);
	stream_close(&socket.stream);
	close(listener);
}
END_TEST

static void
on_signal(int number UNUSED)
{
}

static void *
pester(void *thread)
{
	for (int i = 0; i < 20; i++) {
		usleep(5000);
		pthread_kill(*(pthread_t *)thread, SIGUSR1);
	}
	return NULL;
}

/* Signals neither end a wait nor prolong it. */
START_TEST(interrupted)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct socket_stream socket;
	pthread_t self = pthread_self(), other;
	int peer;
	char byte;
	sigaction(SIGUSR1, &action, NULL);
	pair(&socket, &peer, 60 * US_PER_MS);
	int64_t start_us = clock_now_us();
	ck_assert_int_eq(pthread_create(&other, NULL, pester, &self), 0);
	ck_assert_uint_eq(stream_some(&socket.stream, &byte, 1), 0);
	ck_assert_int_eq(socket.stream.err.kind, ERR_TIMEOUT);
	ck_assert_int_ge(clock_now_us() - start_us, 59 * US_PER_MS);
	ck_assert_int_lt(clock_now_us() - start_us, 300 * US_PER_MS);
	pthread_join(other, NULL);
	stream_close(&socket.stream);
	close(peer);
}
END_TEST

/* ---- the PROXY header ---- */

static size_t
proxy_header(const char *where, int version, char *heard, size_t size, uint16_t *ports)
{
	struct address address, local, remote;
	struct socket_stream socket;
	int listener = listen_on(where, &address, 5);
	ck_assert(socket_connect(&socket, &address, deadline_in(US_PER_S)));
	int peer = accept(listener, NULL, NULL);
	ck_assert(socket_names(&socket, &local, &remote));
	ports[0] = ntohs(local.sa.in.sin_port);
	ports[1] = ntohs(remote.sa.in.sin_port);
	ck_assert(socket_say_proxy(&socket, version));
	ck_assert(stream_say(&socket.stream, "EHLO x"));
	ck_assert(stream_flush(&socket.stream));
	ssize_t got = read(peer, heard, size - 1);
	ck_assert_int_gt(got, 8);
	heard[got] = '\0';
	ck_assert_str_eq(heard + got - 8, "EHLO x\r\n"); /* behind the header, in one go */
	stream_close(&socket.stream);
	close(peer);
	close(listener);
	return (size_t)got - 8;
}

START_TEST(proxy_text)
{
	char heard[300], want[200];
	uint16_t ports[2];
	size_t len = proxy_header("127.0.0.1", 1, heard, sizeof heard, ports);
	snprintf(want, sizeof want, "PROXY TCP4 127.0.0.1 127.0.0.1 %u %u\r\n", ports[0], ports[1]);
	ck_assert_uint_eq(len, strlen(want));
	ck_assert_mem_eq(heard, want, len);
	len = proxy_header("::1", 1, heard, sizeof heard, ports);
	snprintf(want, sizeof want, "PROXY TCP6 ::1 ::1 %u %u\r\n", ports[0], ports[1]);
	ck_assert_uint_eq(len, strlen(want));
	ck_assert_mem_eq(heard, want, len);
}
END_TEST

START_TEST(proxy_binary)
{
	static const char start[] = "\r\n\r\n\0\r\nQUIT\n";
	char heard[300];
	uint16_t ports[2];
	ck_assert_uint_eq(proxy_header("127.0.0.1", 2, heard, sizeof heard, ports), 28);
	ck_assert_mem_eq(heard, start, 12);
	ck_assert_mem_eq(heard + 12, "\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01", 12);
	ck_assert_int_eq((uint8_t)heard[24] << 8 | (uint8_t)heard[25], ports[0]);
	ck_assert_int_eq((uint8_t)heard[26] << 8 | (uint8_t)heard[27], ports[1]);
	ck_assert_uint_eq(proxy_header("::1", 2, heard, sizeof heard, ports), 52);
	ck_assert_mem_eq(heard + 12, "\x21\x21\x00\x24", 4);
}
END_TEST

START_TEST(proxy_over_unix)
{
	struct socket_stream socket;
	int peer;
	char heard[64];
	pair(&socket, &peer, US_PER_S);
	ck_assert(socket_say_proxy(&socket, 1));
	ck_assert(stream_flush(&socket.stream));
	ck_assert_int_eq(read(peer, heard, sizeof heard), 15);
	ck_assert_mem_eq(heard, "PROXY UNKNOWN\r\n", 15);
	ck_assert(socket_say_proxy(&socket, 2));
	ck_assert(stream_flush(&socket.stream));
	ck_assert_int_eq(read(peer, heard, sizeof heard), 16);
	ck_assert_mem_eq(heard + 12, "\x20\0\0\0", 4);
	stream_close(&socket.stream);
	close(peer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("socket");
	TCase *tcase = tcase_create("socket");
	tcase_set_timeout(tcase, 5);
	tcase_add_loop_test(tcase, literals, 0, (int)ARRAY_LEN(literal_rows));
	tcase_add_test(tcase, unix_path_too_long);
	tcase_add_loop_test(tcase, resolve, 0, (int)ARRAY_LEN(resolve_rows));
	tcase_add_loop_test(tcase, resolve_failure, 0, (int)ARRAY_LEN(failure_rows));
	tcase_add_test(tcase, no_descriptors);
	tcase_add_test(tcase, connects_and_talks);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, syn_dropped);
	tcase_add_test(tcase, self_connect);
	tcase_add_test(tcase, silence_ends_at_the_deadline);
	tcase_add_test(tcase, long_silence_ends_at_the_deadline);
	tcase_add_test(tcase, long_connect_ends_at_the_deadline);
	tcase_add_test(tcase, flood_ends_at_the_deadline);
	tcase_add_test(tcase, deaf_peer_ends_at_the_deadline);
	tcase_add_test(tcase, broken_pipe);
	tcase_add_test(tcase, reset);
	tcase_add_test(tcase, interrupted);
	tcase_add_test(tcase, proxy_text);
	tcase_add_test(tcase, proxy_binary);
	tcase_add_test(tcase, proxy_over_unix);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
