/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns: libcurl, and what it may do.
 * Must not know: what is fetched and why.
 */
#include "net/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/late.h"
#include "base/number.h"
#include "base/text.h"
#include "wire/ip_kind.h"

static struct {
	__typeof__(curl_easy_init) *init;
	__typeof__(curl_easy_setopt) *setopt;
	__typeof__(curl_easy_perform) *perform;
	__typeof__(curl_easy_getinfo) *getinfo;
	__typeof__(curl_easy_cleanup) *cleanup;
	__typeof__(curl_easy_strerror) *strerror;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_url) *url;
	__typeof__(curl_url_set) *url_set;
	__typeof__(curl_url_get) *url_get;
	__typeof__(curl_url_cleanup) *url_cleanup;
	__typeof__(curl_free) *free;
} lib;

static const struct late_symbol symbols[] = {
    {"curl_easy_init", &lib.init},
    {"curl_easy_setopt", &lib.setopt},
    {"curl_easy_perform", &lib.perform},
    {"curl_easy_getinfo", &lib.getinfo},
    {"curl_easy_cleanup", &lib.cleanup},
    {"curl_easy_strerror", &lib.strerror},
    {"curl_slist_append", &lib.slist_append},
    {"curl_slist_free_all", &lib.slist_free_all},
    {"curl_url", &lib.url},
    {"curl_url_set", &lib.url_set},
    {"curl_url_get", &lib.url_get},
    {"curl_url_cleanup", &lib.url_cleanup},
    {"curl_free", &lib.free},
};

static struct late_library library = {
    .soname = "libcurl.so.4",
    .package = "libcurl4",
    .symbols = symbols,
    .symbol_count = ARRAY_LEN(symbols),
};

/* One fetch under way. */
struct fetch {
	const struct http_params *params;
	struct http_facts *facts;
	CURL *curl;
	char host[256];
	uint16_t port;  /* of the URL */
	bool too_large; /* the body */
	bool refused;   /* an address was not connected to */
	struct addresses found;
	struct curl_slist *pinned; /* the host's addresses, for libcurl */
	struct curl_slist *headers;
};

static bool
http_fault(struct fetch *fetch, enum http_fault fault, enum err_kind kind, const char *words)
{
	fetch->facts->fault = fault;
	return err_set(&fetch->facts->err, kind, 0, "%s: %s", fetch->host, words);
}

/* ---- where to ---------------------------------------------------------------- */

static bool
read_url(struct fetch *fetch)
{
	CURLU *url = lib.url();
	char *host = NULL, *port = NULL, *scheme = NULL;
	int64_t number = 0;
	bool good = url && lib.url_set(url, CURLUPART_URL, fetch->params->url, 0) == CURLUE_OK &&
		    lib.url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    lib.url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		    lib.url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		    number_i64_text(port, 1, 65535, &number) && strlen(host) < sizeof fetch->host;

	good = good && (strcmp(scheme, "http") == 0 ||
			   (strcmp(scheme, "https") == 0 && fetch->params->trust));
	if (good) {
		memcpy(fetch->host, host, strlen(host) + 1);
		fetch->port = (uint16_t)number;
	}
	lib.free(host);
	lib.free(port);
	lib.free(scheme);
	lib.url_cleanup(url);
	if (good)
		return true;
	memcpy(fetch->host, "the URL", sizeof "the URL");
	return http_fault(fetch, HTTP_FAULT_URL, ERR_CONFIG, "cannot be fetched from");
}

static bool
is_reachable(const struct address *address)
{
	const char *what;

	if (address->family == AF_INET)
		return ip_kind((const uint8_t *)&address->sa.in.sin_addr, 4, &what) == IP_PUBLIC;
	return address->family == AF_INET6 &&
	       ip_kind((const uint8_t *)&address->sa.in6.sin6_addr, 16, &what) == IP_PUBLIC;
}

/* The addresses that libcurl may use, as its "host:port:address,address". */
static bool
pin_addresses(struct fetch *fetch, const struct addresses *addresses)
{
	struct buf entry;
	size_t taken = 0;

	buf_init(&entry, 2048);
	buf_printf(&entry, "%s:%u:", fetch->host, fetch->port);
	for (size_t i = 0; i < addresses->count && taken < HTTP_ADDRESSES_MAX; i++) {
		const struct address *address = &addresses->list[i];

		if (!fetch->params->allow_private && !is_reachable(address))
			continue;
		buf_printf(&entry, address->family == AF_INET6 ? "%s[%s]" : "%s%s",
		    taken > 0 ? "," : "", address->text);
		taken++;
	}
	if (taken > 0)
		fetch->pinned = lib.slist_append(NULL, buf_text(&entry));
	buf_free(&entry);
	if (taken > 0)
		return true;
	return http_fault(fetch, HTTP_FAULT_PRIVATE, ERR_REFUSED,
	    "leads to an address that is not public: not asked");
}

static bool
find_addresses(struct fetch *fetch)
{
	const struct http_params *params = fetch->params;
	struct resolve_params resolve = {
	    .host = fetch->host,
	    .port = fetch->port,
	    .family = AF_UNSPEC,
	    .deadline = params->deadline,
	};

	if (params->addresses)
		return pin_addresses(fetch, params->addresses);
	if (socket_resolve(&resolve, &fetch->found, &fetch->facts->err))
		return pin_addresses(fetch, &fetch->found);
	fetch->facts->fault = HTTP_FAULT_RESOLVE;
	return false;
}

/* ---- what libcurl asks ----------------------------------------------------------- */

/* The last look before a connection: whatever the name led to. */
static curl_socket_t
open_socket(void *context, curlsocktype purpose UNUSED, struct curl_sockaddr *to)
{
	struct fetch *fetch = context;
	struct address address;

	if (!address_from(&to->addr, to->addrlen, &address) ||
	    (!fetch->params->allow_private && !is_reachable(&address))) {
		fetch->refused = true;
		return CURL_SOCKET_BAD;
	}
	if (fetch->params->port > 0) {
		address_set_port(&address, fetch->params->port);
		memcpy(&to->addr, &address.sa, address.len);
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct fetch *fetch = context;

	if (buf_add(&fetch->facts->body, bytes, size * count))
		return size * count;
	fetch->too_large = true;
	return 0;
}

/* Our anchors in place of libcurl's: a run knows one trust store. */
static CURLcode
set_trust(CURL *curl UNUSED, void *ssl_ctx, void *context)
{
	const struct tls_context *trust = ((struct fetch *)context)->params->trust;

	SSL_CTX_set1_cert_store(ssl_ctx, SSL_CTX_get_cert_store(trust->ctx));
	return CURLE_OK;
}

/* ---- the transfer ------------------------------------------------------------------ */

/*
 * libcurl's options are a variadic call, which a macro of its header checks
 * against its own name only; so each type has its own line here.
 */
static bool
set_long(struct fetch *fetch, CURLoption option, long value)
{
	return lib.setopt(fetch->curl, option, value) == CURLE_OK;
}

static bool
set_text(struct fetch *fetch, CURLoption option, const char *value)
{
	return lib.setopt(fetch->curl, option, value) == CURLE_OK;
}

static bool
set_data(struct fetch *fetch, CURLoption option, void *value)
{
	return lib.setopt(fetch->curl, option, value) == CURLE_OK;
}

static bool
set_habits(struct fetch *fetch)
{
	int64_t left_ms = deadline_left_us(fetch->params->deadline) / US_PER_MS;

	return set_text(fetch, CURLOPT_URL, fetch->params->url) &&
	       set_text(
		   fetch, CURLOPT_PROTOCOLS_STR, fetch->params->trust ? "http,https" : "http") &&
	       set_text(fetch, CURLOPT_PROXY, "") && set_long(fetch, CURLOPT_NETRC, 0) &&
	       set_long(fetch, CURLOPT_FOLLOWLOCATION, 0) && set_long(fetch, CURLOPT_NOSIGNAL, 1) &&
	       set_long(fetch, CURLOPT_TIMEOUT_MS, left_ms > 0 ? (long)left_ms : 1) &&
	       set_long(fetch, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
	       set_long(fetch, CURLOPT_FORBID_REUSE, 1) &&
	       set_text(fetch, CURLOPT_USERAGENT, "mailvitals/" MAILVITALS_VERSION);
}

static bool
set_callbacks(struct fetch *fetch)
{
	CURL *curl = fetch->curl;

	return lib.setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	       set_data(fetch, CURLOPT_OPENSOCKETDATA, fetch) &&
	       lib.setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	       set_data(fetch, CURLOPT_WRITEDATA, fetch) &&
	       set_data(fetch, CURLOPT_RESOLVE, fetch->pinned);
}

static bool
set_tls(struct fetch *fetch)
{
	if (!fetch->params->trust)
		return true;
	return set_long(fetch, CURLOPT_SSL_VERIFYPEER, 1) &&
	       set_long(fetch, CURLOPT_SSL_VERIFYHOST, 2) &&
	       set_long(fetch, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
	       set_text(fetch, CURLOPT_CAINFO, NULL) && set_text(fetch, CURLOPT_CAPATH, NULL) &&
	       lib.setopt(fetch->curl, CURLOPT_SSL_CTX_FUNCTION, set_trust) == CURLE_OK &&
	       set_data(fetch, CURLOPT_SSL_CTX_DATA, fetch);
}

static bool
set_body(struct fetch *fetch)
{
	const struct http_params *params = fetch->params;
	struct buf header;

	if (!params->body)
		return true;
	buf_init(&header, 256);
	buf_printf(&header, "Content-Type: %s", params->content_type);
	fetch->headers = lib.slist_append(NULL, buf_text(&header));
	buf_free(&header);
	return fetch->headers && set_data(fetch, CURLOPT_HTTPHEADER, fetch->headers) &&
	       set_long(fetch, CURLOPT_POSTFIELDSIZE, (long)params->body_len) &&
	       lib.setopt(fetch->curl, CURLOPT_POSTFIELDS, params->body) == CURLE_OK;
}

static enum http_fault
fault_of(const struct fetch *fetch, CURLcode code)
{
	if (fetch->too_large)
		return HTTP_FAULT_SIZE;
	switch (code) {
	case CURLE_OK:
		return HTTP_FAULT_NONE;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return HTTP_FAULT_URL;
	case CURLE_COULDNT_RESOLVE_HOST:
		return HTTP_FAULT_RESOLVE;
	case CURLE_COULDNT_CONNECT:
		return fetch->refused ? HTTP_FAULT_PRIVATE : HTTP_FAULT_CONNECT;
	case CURLE_PEER_FAILED_VERIFICATION:
		return HTTP_FAULT_CERT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		return HTTP_FAULT_TLS;
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_FAULT_TIME;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
	case CURLE_NOT_BUILT_IN:
	case CURLE_UNKNOWN_OPTION:
		return HTTP_FAULT_LIBRARY;
	default:
		return HTTP_FAULT_BROKEN;
	}
}

/* The kernel's reason: libcurl's own text tells of milliseconds. */
static const char *
connect_words(const struct fetch *fetch, char *out, size_t size)
{
	const char *reason = NULL;
	long code = 0;

	if (lib.getinfo(fetch->curl, CURLINFO_OS_ERRNO, &code) == CURLE_OK && code > 0)
		reason = strerrordesc_np((int)code);
	(void)snprintf(out, size, "no connection: %s", reason ? reason : "nobody answers");
	return out;
}

static bool
http_say(struct fetch *fetch, CURLcode code, const char *words)
{
	static const enum err_kind kinds[] = {
	    [HTTP_FAULT_LIBRARY] = ERR_LOCAL,
	    [HTTP_FAULT_URL] = ERR_CONFIG,
	    [HTTP_FAULT_RESOLVE] = ERR_RESOLVE,
	    [HTTP_FAULT_PRIVATE] = ERR_REFUSED,
	    [HTTP_FAULT_CONNECT] = ERR_CONNECT,
	    [HTTP_FAULT_TLS] = ERR_TLS,
	    [HTTP_FAULT_CERT] = ERR_TLS,
	    [HTTP_FAULT_SIZE] = ERR_PROTOCOL,
	    [HTTP_FAULT_TIME] = ERR_TIMEOUT,
	    [HTTP_FAULT_BROKEN] = ERR_PROTOCOL,
	};
	enum http_fault fault = fault_of(fetch, code);
	char clean[200], reason[128];

	if (fault == HTTP_FAULT_NONE)
		return true;
	if (fault == HTTP_FAULT_SIZE)
		words = "the answer is larger than it may be";
	else if (fault == HTTP_FAULT_CONNECT)
		words = connect_words(fetch, reason, sizeof reason);
	else if (fault == HTTP_FAULT_TIME)
		words = "no complete answer in time";
	else if (words[0] == '\0')
		words = lib.strerror(code);
	text_clean_into(clean, sizeof clean, words, strlen(words));
	return http_fault(fetch, fault, kinds[fault], clean);
}

static void
copy_lower(char *out, size_t size, const char *text, const char *until)
{
	size_t len = text ? strcspn(text, until) : 0;

	if (len >= size)
		len = size - 1;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
	out[len] = '\0';
}

/* What libcurl learnt, as far as it came. */
static void
take_facts(struct fetch *fetch)
{
	struct http_facts *facts = fetch->facts;
	const char *text = NULL;
	long status = 0;

	if (lib.getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
		facts->status = (int)status;
	if (lib.getinfo(fetch->curl, CURLINFO_CONTENT_TYPE, &text) == CURLE_OK)
		copy_lower(facts->content_type, sizeof facts->content_type, text, "; \t\r\n");
	text = NULL;
	if (lib.getinfo(fetch->curl, CURLINFO_REDIRECT_URL, &text) == CURLE_OK && text)
		text_clean_into(facts->location, sizeof facts->location, text, strlen(text));
	text = NULL;
	if (lib.getinfo(fetch->curl, CURLINFO_PRIMARY_IP, &text) == CURLE_OK)
		copy_lower(facts->address, sizeof facts->address, text, "\r\n");
}

static bool
transfer(struct fetch *fetch)
{
	char words[CURL_ERROR_SIZE] = "";
	CURLcode code = CURLE_FAILED_INIT;
	bool good;

	fetch->curl = lib.init();
	if (fetch->curl && set_habits(fetch) && set_callbacks(fetch) && set_tls(fetch) &&
	    set_body(fetch) && set_data(fetch, CURLOPT_ERRORBUFFER, words)) {
		code = lib.perform(fetch->curl);
		take_facts(fetch);
	}
	good = http_say(fetch, code, words);
	lib.cleanup(fetch->curl);
	lib.slist_free_all(fetch->headers);
	lib.slist_free_all(fetch->pinned);
	return good;
}

bool
http_fetch(const struct http_params *params, struct http_facts *facts)
{
	struct fetch fetch = {.params = params, .facts = facts};
	int64_t began_us = clock_now_us();
	bool good;

	*facts = (struct http_facts){0};
	buf_init(&facts->body, params->size_max);
	if (!late_load(&library, &facts->err)) {
		facts->fault = HTTP_FAULT_LIBRARY;
		return false;
	}
	good = read_url(&fetch) && find_addresses(&fetch) && transfer(&fetch);
	facts->span_us = clock_now_us() - began_us;
	return good;
}

void
http_facts_free(struct http_facts *facts)
{
	buf_free(&facts->body);
}
