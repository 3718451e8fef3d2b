/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns what one certificate says: names, dates, key, and for which host it is
 * valid. Knows no connection, no trust store and no time of day.
 */
#include "wire/cert.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/text.h"

#define NAME_TEXT_MAX 16384
#define TLS_FEATURE_STATUS_REQUEST 5 /* RFC 7633, 6 */

/* ---- names ---- */

/* A distinguished name on one line, most specific part last, control bytes and commas escaped. */
char *
cert_name_text(const X509_NAME *name)
{
	unsigned long style =
	    (XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV & ~XN_FLAG_SEP_MASK) | XN_FLAG_SEP_CPLUS_SPC;
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	char *text;
	if (memory && X509_NAME_print_ex(
			  memory, name, 0, style & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		long len = BIO_get_mem_data(memory, &bytes);
		text = mem_strndup(
		    bytes ? bytes : "", len > NAME_TEXT_MAX ? NAME_TEXT_MAX : (size_t)len);
	} else {
		text = mem_strdup("");
	}
	BIO_free(memory);
	return text;
}

static const ASN1_OCTET_STRING *
ip_of(const GENERAL_NAME *name)
{
	return name->type == GEN_IPADD ? name->d.iPAddress : NULL;
}

/* As text, or NULL for a kind we do not list. A NUL is shown, so that it cannot hide what follows. */
static char *
san_text(const GENERAL_NAME *name)
{
	char address[INET6_ADDRSTRLEN];
	const ASN1_OCTET_STRING *ip = ip_of(name);
	if (ip && (ip->length == 4 || ip->length == 16)) {
		inet_ntop(ip->length == 4 ? AF_INET : AF_INET6, ip->data, address, sizeof address);
		return mem_strdup(address);
	}
	if (name->type != GEN_DNS)
		return NULL;
	struct buf text;
	buf_init(&text, NAME_TEXT_MAX);
	for (int i = 0; i < name->d.dNSName->length; i++) {
		if (name->d.dNSName->data[i])
			buf_add_char(&text, (char)name->d.dNSName->data[i]);
		else
			buf_add_text(&text, "\\0");
	}
	char *copy = mem_strdup(buf_text(&text));
	buf_free(&text);
	return copy;
}

static void
read_names(struct cert *cert)
{
	GENERAL_NAMES *sans = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);
	int count = sans ? sk_GENERAL_NAME_num(sans) : 0;
	cert->names = mem_array((size_t)count + 1, sizeof *cert->names);
	for (int i = 0; i < count; i++) {
		char *text = san_text(sk_GENERAL_NAME_value(sans, i));
		if (text)
			cert->names[cert->name_count++] = text;
	}
	GENERAL_NAMES_free(sans);
}

/* ---- dates ---- */

/*
 * Only the forms of RFC 5280, 4.1.2.5: others OpenSSL reads here and refuses
 * there, and a date that is read two ways is not read.
 */
static bool
read_date(const ASN1_TIME *date, int64_t *unix_out)
{
	struct tm broken;
	int len = ASN1_STRING_type(date) == V_ASN1_UTCTIME ? 13 : 15;
	*unix_out = 0;
	if (ASN1_STRING_length(date) != len || ASN1_STRING_get0_data(date)[len - 1] != 'Z' ||
	    !ASN1_TIME_to_tm(date, &broken))
		return false;
	*unix_out = timegm(&broken);
	return true;
}

double
cert_days(const struct cert *cert, int64_t now_unix)
{
	return (double)(cert->not_after_unix - now_unix) / 86400;
}

double
cert_lifetime_left(const struct cert *cert, int64_t now_unix)
{
	double whole = (double)(cert->not_after_unix - cert->not_before_unix);
	double left = (double)(cert->not_after_unix - now_unix);
	if (whole <= 0)
		return 0;
	return left > whole ? 100 : 100 * left / whole;
}

/* ---- key, signature, digests ---- */

static void
read_key(struct cert *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert->x509);
	cert->key_type = "unknown";
	if (!key)
		return;
	const char *type = EVP_PKEY_get0_type_name(key);
	if (type)
		cert->key_type = type;
	cert->key_bits = EVP_PKEY_get_bits(key);
	cert->security_bits = EVP_PKEY_get_security_bits(key);
}

static void
read_signature(struct cert *cert)
{
	OBJ_obj2txt(cert->signature, sizeof cert->signature,
	    X509_get0_tbs_sigalg(cert->x509)->algorithm, 0);
}

static void
hex(char *out, const unsigned char *digest, unsigned len)
{
	static const char digits[] = "0123456789abcdef";
	for (unsigned i = 0; i < len; i++) {
		*out++ = digits[digest[i] >> 4];
		*out++ = digits[digest[i] & 15];
	}
	*out = '\0';
}

static void
read_digests(struct cert *cert)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char *spki = NULL;
	unsigned len = 0;
	if (X509_digest(cert->x509, EVP_sha256(), digest, &len))
		hex(cert->sha256, digest, len);
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert->x509), &spki);
	if (size > 0 && EVP_Digest(spki, (size_t)size, digest, &len, EVP_sha256(), NULL))
		hex(cert->spki_sha256, digest, len);
	OPENSSL_free(spki);
}

bool
cert_key_sha256(const EVP_PKEY *key, char out[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char *spki = NULL;
	unsigned len = 0;
	int size = i2d_PUBKEY(key, &spki);
	bool good = size > 0 && EVP_Digest(spki, (size_t)size, digest, &len, EVP_sha256(), NULL);

	if (good)
		hex(out, digest, len);
	OPENSSL_free(spki);
	return good;
}

static char *
serial_text(const X509 *x509)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
	char *digits = number ? BN_bn2hex(number) : NULL;
	char *copy = mem_strdup(digits ? digits : "");
	OPENSSL_free(digits);
	BN_free(number);
	return copy;
}

static bool
must_staple(const X509 *x509)
{
	if (X509_get_ext_by_NID(x509, NID_tlsfeature, -1) < 0)
		return false;
	TLS_FEATURE *features = X509_get_ext_d2i(x509, NID_tlsfeature, NULL, NULL);
	bool found = false;
	for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
		if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) ==
		    TLS_FEATURE_STATUS_REQUEST)
			found = true;
	TLS_FEATURE_free(features);
	return found;
}

void
cert_init(struct cert *cert, X509 *x509)
{
	*cert = (struct cert){.x509 = x509};
	X509_up_ref(x509);
	cert->subject = cert_name_text(X509_get_subject_name(x509));
	cert->issuer = cert_name_text(X509_get_issuer_name(x509));
	cert->serial = serial_text(x509);
	read_names(cert);
	read_key(cert);
	read_signature(cert);
	read_digests(cert);
	bool from = read_date(X509_get0_notBefore(x509), &cert->not_before_unix);
	bool until = read_date(X509_get0_notAfter(x509), &cert->not_after_unix);
	cert->dates_readable = from && until;
	cert->self_signed = X509_self_signed(x509, 0) == 1;
	cert->is_ca = X509_check_ca(x509) > 0;
	cert->must_staple = must_staple(x509);
}

void
cert_free(struct cert *cert)
{
	for (size_t i = 0; i < cert->name_count; i++)
		mem_free(cert->names[i]);
	mem_free(cert->names);
	mem_free(cert->subject);
	mem_free(cert->issuer);
	mem_free(cert->serial);
	X509_free(cert->x509);
	*cert = (struct cert){0};
}

void
cert_chain_add(struct cert_chain *chain, X509 *x509)
{
	chain->list = mem_grow(chain->list, chain->count + 1, sizeof *chain->list);
	cert_init(&chain->list[chain->count++], x509);
}

void
cert_chain_add_copy(struct cert_chain *chain, const struct cert *cert)
{
	chain->list = mem_grow(chain->list, chain->count + 1, sizeof *chain->list);
	struct cert *copy = &chain->list[chain->count++];
	*copy = *cert;
	X509_up_ref(copy->x509);
	copy->subject = mem_strdup(cert->subject);
	copy->issuer = mem_strdup(cert->issuer);
	copy->serial = mem_strdup(cert->serial);
	copy->names = mem_array(cert->name_count + 1, sizeof *copy->names);
	for (size_t i = 0; i < cert->name_count; i++)
		copy->names[i] = mem_strdup(cert->names[i]);
}

void
cert_chain_free(struct cert_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		cert_free(&chain->list[i]);
	mem_free(chain->list);
	*chain = (struct cert_chain){0};
}

static const struct cert *
issuer_of(const struct cert_chain *chain, const struct cert *cert)
{
	for (size_t i = 0; i < chain->count; i++)
		if (&chain->list[i] != cert && strcmp(chain->list[i].subject, cert->issuer) == 0)
			return &chain->list[i];
	return NULL;
}

const struct cert *
cert_chain_end(const struct cert_chain *chain)
{
	const struct cert *end = chain->count ? &chain->list[0] : NULL;
	for (size_t steps = 1; steps < chain->count && !end->self_signed; steps++) {
		const struct cert *issuer = issuer_of(chain, end);
		if (!issuer)
			break;
		end = issuer;
	}
	return end;
}

bool
cert_is_authority(const struct cert *cert)
{
	return cert->is_ca && cert->name_count == 0;
}

/* ---- for which host ---- */

/* The bytes of a literal address: 4, 16, or 0 for a name. */
static int
address_bytes(const char *name, unsigned char *out)
{
	char plain[INET6_ADDRSTRLEN + 2];
	size_t len = strlen(name);
	if (len >= 2 && name[0] == '[' && name[len - 1] == ']') {
		name++;
		len -= 2;
	}
	if (len >= sizeof plain)
		return 0;
	memcpy(plain, name, len);
	plain[len] = '\0';
	plain[strcspn(plain, "%")] = '\0'; /* a zone is this machine's own matter */
	if (inet_pton(AF_INET, plain, out) == 1)
		return 4;
	return inet_pton(AF_INET6, plain, out) == 1 ? 16 : 0;
}

bool
cert_is_address(const char *name)
{
	unsigned char address[16];
	return address_bytes(name, address) > 0;
}

#ifndef MUTANT_NAME_ALWAYS_TRUE

/* Host name without its trailing dot: labels are not empty, no wildcard, RFC 1035's length. */
static bool
is_host(const char *name, size_t len)
{
	if (len == 0 || len > 253 || name[0] == '.' || name[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] == '*' || (name[i] == '.' && name[i + 1] == '.'))
			return false;
	return true;
}

static bool
equal_fold(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char x = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] + 32) : a[i];
		char y = b[i] >= 'A' && b[i] <= 'Z' ? (char)(b[i] + 32) : b[i];
		if (x != y)
			return false;
	}
	return true;
}

/*
 * RFC 9525, 6.3: a wildcard is the whole left-most label, stands for exactly
 * one label, and never above a single one ("*.d").
 */
static bool
dns_matches(const ASN1_IA5STRING *san, const char *host, size_t host_len)
{
	const char *pattern = (const char *)san->data;
	size_t len = (size_t)san->length;
	if (memchr(pattern, '\0', len))
		return false;
	if (len < 2 || pattern[0] != '*' || pattern[1] != '.')
		return len == host_len && equal_fold(pattern, host, len);
	const char *parent = memchr(host, '.', host_len);
	size_t parent_len = parent ? host_len - (size_t)(parent - host) : 0;
	return len - 1 == parent_len && memchr(pattern + 2, '.', len - 2) &&
	       !memchr(pattern + 1, '*', len - 1) && equal_fold(pattern + 1, parent, parent_len);
}

static bool
any_matches(const GENERAL_NAMES *sans, const char *name)
{
	unsigned char address[16];
	int address_len = address_bytes(name, address);
	size_t len = strlen(name);
	if (len && name[len - 1] == '.')
		len--;
	if (!address_len && !is_host(name, len))
		return false;
	for (int i = 0; i < sk_GENERAL_NAME_num(sans); i++) {
		const GENERAL_NAME *san = sk_GENERAL_NAME_value(sans, i);
		const ASN1_OCTET_STRING *ip = ip_of(san);
		if (address_len) {
			if (ip && ip->length == address_len &&
			    memcmp(ip->data, address, (size_t)address_len) == 0)
				return true;
		} else if (san->type == GEN_DNS && dns_matches(san->d.dNSName, name, len)) {
			return true;
		}
	}
	return false;
}

bool
cert_matches(const struct cert *cert, const char *name)
{
	GENERAL_NAMES *sans = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);
	bool matches = sans && any_matches(sans, name);
	GENERAL_NAMES_free(sans);
	return matches;
}

#else

bool
cert_matches(const struct cert *cert, const char *name)
{
	return cert && name;
}

#endif

/* ---- who issued it ---- */

/* Parts of issuer names under which products sign on the fly, and the product. */
static const struct {
	const char *part, *product;
} inspectors[] = {
    {"adguard personal ca", "AdGuard"},
    {"avast! web/mail shield", "Avast"},
    {"avast web/mail shield", "Avast"},
    {"avg web/mail shield", "AVG"},
    {"bitdefender personal ca", "Bitdefender"},
    {"blue coat", "Blue Coat"},
    {"bullguard ssl proxy", "BullGuard"},
    {"charles proxy", "Charles Proxy"},
    {"cisco umbrella", "Cisco Umbrella"},
    {"do_not_trust_fiddlerroot", "Fiddler"},
    {"dr.web for", "Dr.Web"},
    {"eset ssl filter", "ESET"},
    {"fireware https proxy", "WatchGuard"},
    {"forcepoint", "Forcepoint"},
    {"fortigate ca", "FortiGate"},
    {"fortinet untrusted ca", "FortiGate"},
    {"fortinet_ca_ssl", "FortiGate"},
    {"gateway ca - cloudflare managed", "Cloudflare Gateway"},
    {"kaspersky anti-virus", "Kaspersky"},
    {"kaspersky endpoint security", "Kaspersky"},
    {"kaspersky web anti-virus", "Kaspersky"},
    {"mcafee web gateway", "McAfee Web Gateway"},
    {"mitmproxy", "mitmproxy"},
    {"netskope", "Netskope"},
    {"norton web/mail shield", "Norton"},
    {"portswigger", "Burp Suite"},
    {"skyhigh secure web gateway", "Skyhigh"},
    {"smoothwall", "Smoothwall"},
    {"sonicwall firewall dpi-ssl", "SonicWall"},
    {"sophos ssl ca", "Sophos"},
    {"superfish", "Superfish"},
    {"untangle", "Untangle"},
    {"websense", "Forcepoint"},
    {"zscaler", "Zscaler"},
};

const char *
cert_inspector(const struct cert *cert)
{
	for (size_t i = 0; i < ARRAY_LEN(inspectors); i++)
		if (text_find_fold(cert->issuer, strlen(cert->issuer), inspectors[i].part))
			return inspectors[i].product;
	return NULL;
}
