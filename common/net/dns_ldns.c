/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns libldns: records and signatures in its own form, never longer than one look at them. */
#include "net/dns_ldns.h"

#include <ldns/ldns.h>
#include <string.h>

#include "base/late.h"

/* name, and the type that the header gives it */
#define LDNS_CALLS(CALL) \
	CALL(ldns_wire2pkt) \
	CALL(ldns_pkt_free) \
	CALL(ldns_pkt_answer) \
	CALL(ldns_pkt_authority) \
	CALL(ldns_rr_list_new) \
	CALL(ldns_rr_list_free) \
	CALL(ldns_rr_list_deep_free) \
	CALL(ldns_rr_list_push_rr) \
	CALL(ldns_rr_list_rr) \
	CALL(ldns_rr_list_rr_count) \
	CALL(ldns_rr_clone) \
	CALL(ldns_rr_free) \
	CALL(ldns_rr_new_frm_str) \
	CALL(ldns_rr_owner) \
	CALL(ldns_rr_get_type) \
	CALL(ldns_rr_rdf) \
	CALL(ldns_rr_rrsig_typecovered) \
	CALL(ldns_rr_rrsig_signame) \
	CALL(ldns_rr_rrsig_labels) \
	CALL(ldns_rr_compare_ds) \
	CALL(ldns_rdf2rr_type) \
	CALL(ldns_rdf2native_int8) \
	CALL(ldns_rdf2str) \
	CALL(ldns_rdf_deep_free) \
	CALL(ldns_dname_new_frm_str) \
	CALL(ldns_dname_compare) \
	CALL(ldns_dname_label_count) \
	CALL(ldns_dname_is_wildcard) \
	CALL(ldns_dname_is_subdomain) \
	CALL(ldns_key_algo_supported) \
	CALL(ldns_verify_rrsig_keylist_time) \
	CALL(ldns_nsec_get_bitmap) \
	CALL(ldns_nsec_bitmap_covers_type) \
	CALL(ldns_nsec_covers_name) \
	CALL(ldns_nsec3_hash_name_frm_nsec3) \
	CALL(ldns_nsec3_iterations) \
	CALL(ldns_rdf_clone) \
	CALL(ldns_rdf2native_int16) \
	CALL(ldns_dname_left_chop) \
	CALL(ldns_dname_cat) \
	CALL(ldns_nsec3_optout)

static struct {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration */
#define CALL(name) __typeof__(&(name)) name;
	LDNS_CALLS(CALL)
#undef CALL
} l;

static const struct late_symbol symbols[] = {
#define CALL(name) {#name, &l.name},
    LDNS_CALLS(CALL)
#undef CALL
};

static struct late_library library = {.soname = "libldns.so.3",
    .package = "libldns3",
    .symbols = symbols,
    .symbol_count = ARRAY_LEN(symbols)};

#define ITERATIONS_MAX 500 /* of NSEC3: RFC 9276, 3.2 */
#define TTL 3600

struct dns_keys {
	ldns_rr_list *list; /* owned, deep */
};

struct dns_ldns {
	ldns_pkt *packet;
};

bool
dns_ldns_load(struct err *err)
{
	return late_load(&library, err);
}

/* ---- lists of records ------------------------------------------------------------------ */

static size_t
count_of(const ldns_rr_list *list)
{
	return list ? l.ldns_rr_list_rr_count(list) : 0;
}

static bool
is_named(const ldns_rr *rr, const ldns_rdf *name)
{
	return l.ldns_dname_compare(l.ldns_rr_owner(rr), name) == 0;
}

static bool
covers(const ldns_rr *rrsig, ldns_rr_type type)
{
	return l.ldns_rr_get_type(rrsig) == LDNS_RR_TYPE_RRSIG &&
	       l.ldns_rdf2rr_type(l.ldns_rr_rrsig_typecovered(rrsig)) == type;
}

/* Names are text of ours: our escapes are theirs. NULL only when memory is gone. */
static ldns_rdf *
name_of(const char *text)
{
	return l.ldns_dname_new_frm_str(text);
}

/* The records of a name and type, borrowed from list. */
static ldns_rr_list *
set_of(const ldns_rr_list *list, const ldns_rdf *owner, ldns_rr_type type)
{
	ldns_rr_list *set = l.ldns_rr_list_new();

	for (size_t i = 0; i < count_of(list); i++) {
		ldns_rr *rr = l.ldns_rr_list_rr(list, i);

		if (l.ldns_rr_get_type(rr) == type && is_named(rr, owner))
			l.ldns_rr_list_push_rr(set, rr);
	}
	return set;
}

struct dns_keys *
dns_keys_new(void)
{
	struct dns_keys *keys = mem_alloc(sizeof(*keys));

	keys->list = l.ldns_rr_list_new();
	return keys;
}

void
dns_keys_free(struct dns_keys *keys)
{
	if (keys)
		l.ldns_rr_list_deep_free(keys->list);
	mem_free(keys);
}

static struct dns_keys *
copy_of(const ldns_rr_list *list)
{
	struct dns_keys *keys = dns_keys_new();

	for (size_t i = 0; i < count_of(list); i++)
		l.ldns_rr_list_push_rr(keys->list, l.ldns_rr_clone(l.ldns_rr_list_rr(list, i)));
	return keys;
}

bool
dns_keys_add(struct dns_keys *keys, const char *text)
{
	ldns_rr *rr = NULL;

	if (l.ldns_rr_new_frm_str(&rr, text, TTL, NULL, NULL) != LDNS_STATUS_OK)
		return false;
	if (l.ldns_rr_get_type(rr) == LDNS_RR_TYPE_DS ||
	    l.ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY)
		return l.ldns_rr_list_push_rr(keys->list, rr);
	l.ldns_rr_free(rr);
	return false;
}

struct dns_keys *
dns_keys_of(const struct dns_keys *keys, const char *zone)
{
	ldns_rdf *name = name_of(zone);
	struct dns_keys *found = dns_keys_new();

	for (size_t i = 0; i < count_of(keys->list); i++)
		if (is_named(l.ldns_rr_list_rr(keys->list, i), name))
			l.ldns_rr_list_push_rr(
			    found->list, l.ldns_rr_clone(l.ldns_rr_list_rr(keys->list, i)));
	l.ldns_rdf_deep_free(name);
	if (count_of(found->list) > 0)
		return found;
	dns_keys_free(found);
	return NULL;
}

static unsigned
number_at(const ldns_rr *rr, size_t field)
{
	return l.ldns_rdf2native_int8(l.ldns_rr_rdf(rr, field));
}

/* SHA-1, SHA-256, SHA-384; an algorithm that libldns and OpenSSL have. */
bool
dns_keys_supported(const struct dns_keys *ds)
{
	for (size_t i = 0; i < count_of(ds->list); i++) {
		const ldns_rr *rr = l.ldns_rr_list_rr(ds->list, i);
		bool key = l.ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY;
		unsigned algorithm = number_at(rr, key ? 2 : 1);
		unsigned digest = key ? 2 : number_at(rr, 2);

		if (l.ldns_key_algo_supported((int)algorithm) &&
		    (digest == 1 || digest == 2 || digest == 4))
			return true;
	}
	return false;
}

/* ---- messages ----------------------------------------------------------------------------- */

struct dns_ldns *
dns_ldns_open(const uint8_t *bytes, size_t len)
{
	struct dns_ldns *message;
	ldns_pkt *packet = NULL;

	if (l.ldns_wire2pkt(&packet, bytes, len) != LDNS_STATUS_OK)
		return NULL;
	message = mem_alloc(sizeof(*message));
	message->packet = packet;
	return message;
}

void
dns_ldns_close(struct dns_ldns *message)
{
	if (message)
		l.ldns_pkt_free(message->packet);
	mem_free(message);
}

/* ---- signatures ----------------------------------------------------------------------------- */

struct signer {
	const ldns_rr_list *keys;
	const ldns_rdf *zone;
	time_t now;
};

/* Fewer labels in the signature than in the name: RFC 4034, 3.1.3. */
static bool
is_expanded(const ldns_rr *rrsig, const ldns_rdf *owner)
{
	unsigned labels = l.ldns_dname_label_count(owner);

	labels -= l.ldns_dname_is_wildcard(owner) ? 1 : 0;
	return l.ldns_rdf2native_int8(l.ldns_rr_rrsig_labels(rrsig)) < labels;
}

static bool
is_by(const ldns_rr *rrsig, const ldns_rr_list *set, const struct signer *by)
{
	ldns_rr_list *good = l.ldns_rr_list_new();
	const ldns_rdf *owner = l.ldns_rr_owner(l.ldns_rr_list_rr(set, 0));
	bool ours = l.ldns_dname_compare(l.ldns_rr_rrsig_signame(rrsig), by->zone) == 0 &&
		    (l.ldns_dname_compare(owner, by->zone) == 0 ||
			l.ldns_dname_is_subdomain(owner, by->zone));
	bool holds = ours && l.ldns_verify_rrsig_keylist_time(
				 set, rrsig, by->keys, by->now, good) == LDNS_STATUS_OK;

	l.ldns_rr_list_free(good);
	return holds;
}

/*
 * The set of records that owner has in this section, under any of its
 * signatures: DNS_PROOF_WILDCARD if *rrsig_out shows that a wildcard gave them.
 */
static enum dns_proof
check_set(const ldns_rr_list *section, const ldns_rdf *owner, ldns_rr_type type,
    const struct signer *by, const ldns_rr **rrsig_out)
{
	ldns_rr_list *set = set_of(section, owner, type);
	enum dns_proof proof = DNS_PROOF_MISSING;

	for (size_t i = 0; count_of(set) > 0 && i < count_of(section); i++) {
		const ldns_rr *rr = l.ldns_rr_list_rr(section, i);

		if (!covers(rr, type) || !is_named(rr, owner) || proof > DNS_PROOF_BAD)
			continue;
		if (!is_by(rr, set, by))
			proof = DNS_PROOF_BAD;
		else
			proof = is_expanded(rr, owner) ? DNS_PROOF_WILDCARD : DNS_PROOF_GOOD;
		*rrsig_out = rr;
	}
	l.ldns_rr_list_free(set);
	return proof;
}

/* Signed for this very owner. */
static bool
is_signed(
    const ldns_rr_list *section, const ldns_rdf *owner, ldns_rr_type type, const struct signer *by)
{
	const ldns_rr *rrsig;

	return check_set(section, owner, type, by, &rrsig) == DNS_PROOF_GOOD;
}

/* As text of ours: lower case, no dot at the end. */
static bool
take_name(const ldns_rdf *name, char out[DNS_NAME_TEXT_MAX])
{
	char *text = l.ldns_rdf2str(name);
	size_t len = text ? strlen(text) : 0;
	bool fits = len > 0 && len < DNS_NAME_TEXT_MAX;

	if (fits) {
		len -= len > 1 && text[len - 1] == '.';
		for (size_t i = 0; i < len; i++)
			out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
		out[len] = '\0';
	}
	free(text);
	return fits;
}

bool
dns_ldns_signer(
    const struct dns_ldns *message, const char *owner, uint16_t type, char out[DNS_NAME_TEXT_MAX])
{
	const ldns_rr_list *section =
	    owner ? l.ldns_pkt_answer(message->packet) : l.ldns_pkt_authority(message->packet);
	ldns_rdf *name = owner ? name_of(owner) : NULL;
	bool found = false;

	for (size_t i = 0; !found && i < count_of(section); i++) {
		const ldns_rr *rr = l.ldns_rr_list_rr(section, i);
		bool proof = covers(rr, LDNS_RR_TYPE_NSEC) || covers(rr, LDNS_RR_TYPE_NSEC3);

		if (name ? covers(rr, (ldns_rr_type)type) && is_named(rr, name) : proof)
			found = take_name(l.ldns_rr_rrsig_signame(rr), out);
	}
	if (name)
		l.ldns_rdf_deep_free(name);
	return found;
}

/* ---- chains of zones ---------------------------------------------------------------------- */

struct dns_keys *
dns_ldns_ds(const struct dns_ldns *message, const char *zone, const char *parent,
    const struct dns_keys *keys, int64_t now_unix)
{
	struct dns_keys *found = NULL;
	ldns_rr_list *set;
	ldns_rdf *name;

	if (dns_ldns_check(message, zone, DNS_TYPE_DS, parent, keys, now_unix) != DNS_PROOF_GOOD)
		return NULL;
	name = name_of(zone);
	set = set_of(l.ldns_pkt_answer(message->packet), name, LDNS_RR_TYPE_DS);
	found = copy_of(set);
	l.ldns_rr_list_free(set);
	l.ldns_rdf_deep_free(name);
	return found;
}

/* A key of a zone (RFC 4034, 2.1.1) that was not revoked (RFC 5011, 2.1). */
static bool
is_zone_key(const ldns_rr *key)
{
	unsigned flags = l.ldns_rdf2native_int16(l.ldns_rr_rdf(key, 0));

	return (flags & LDNS_KEY_ZONE_KEY) && !(flags & LDNS_KEY_REVOKE_KEY);
}

/* Those keys of the set that a DS or an anchor names. */
static ldns_rr_list *
named_keys(const ldns_rr_list *set, const ldns_rr_list *trusted)
{
	ldns_rr_list *named = l.ldns_rr_list_new();

	for (size_t i = 0; i < count_of(set); i++)
		for (size_t j = 0; j < count_of(trusted); j++)
			if (is_zone_key(l.ldns_rr_list_rr(set, i)) &&
			    l.ldns_rr_compare_ds(
				l.ldns_rr_list_rr(set, i), l.ldns_rr_list_rr(trusted, j))) {
				l.ldns_rr_list_push_rr(named, l.ldns_rr_list_rr(set, i));
				break;
			}
	return named;
}

struct dns_keys *
dns_ldns_keys(const struct dns_ldns *message, const char *zone, const struct dns_keys *trusted,
    int64_t now_unix)
{
	const ldns_rr_list *section = l.ldns_pkt_answer(message->packet);
	ldns_rdf *name = name_of(zone);
	ldns_rr_list *set = set_of(section, name, LDNS_RR_TYPE_DNSKEY);
	ldns_rr_list *named = named_keys(set, trusted->list);
	struct signer by = {.keys = named, .zone = name, .now = (time_t)now_unix};
	struct dns_keys *found = NULL;

	if (count_of(named) > 0 && is_signed(section, name, LDNS_RR_TYPE_DNSKEY, &by))
		found = copy_of(set);
	l.ldns_rr_list_free(named);
	l.ldns_rr_list_free(set);
	l.ldns_rdf_deep_free(name);
	return found;
}

/* ---- what is not there ------------------------------------------------------------------------ */

static bool
is_denial(const ldns_rr *rr)
{
	return l.ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC ||
	       (l.ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC3 &&
		   l.ldns_nsec3_iterations(rr) <= ITERATIONS_MAX);
}

/* NSEC and NSEC3 records whose signatures hold, borrowed. */
static ldns_rr_list *
proven_denials(const ldns_rr_list *section, const struct signer *by)
{
	ldns_rr_list *proven = l.ldns_rr_list_new();

	for (size_t i = 0; i < count_of(section); i++) {
		ldns_rr *rr = l.ldns_rr_list_rr(section, i);

		if (is_denial(rr) &&
		    is_signed(section, l.ldns_rr_owner(rr), l.ldns_rr_get_type(rr), by))
			l.ldns_rr_list_push_rr(proven, rr);
	}
	return proven;
}

static bool
is_hashed(const ldns_rr *denial)
{
	return l.ldns_rr_get_type(denial) == LDNS_RR_TYPE_NSEC3;
}

/* The name as the record would have it: itself, or its hash in the zone (RFC 5155, 3). */
static ldns_rdf *
place_of(const ldns_rdf *name, const ldns_rr *denial)
{
	ldns_rdf *place, *zone;

	if (!is_hashed(denial))
		return l.ldns_rdf_clone(name);
	place = l.ldns_nsec3_hash_name_frm_nsec3(denial, name);
	zone = l.ldns_dname_left_chop(l.ldns_rr_owner(denial));
	if (place && zone)
		(void)l.ldns_dname_cat(place, zone);
	if (zone)
		l.ldns_rdf_deep_free(zone);
	return place;
}

static bool
has_type(const ldns_rr *denial, ldns_rr_type type)
{
	const ldns_rdf *bitmap = l.ldns_nsec_get_bitmap(denial);

	return bitmap && l.ldns_nsec_bitmap_covers_type(bitmap, type);
}

/* What lies below is another zone's, or a DNAME's: this record says nothing of it (RFC 6840, 4.1). */
static bool
is_cut(const ldns_rr *denial)
{
	return has_type(denial, LDNS_RR_TYPE_DNAME) ||
	       (has_type(denial, LDNS_RR_TYPE_NS) && !has_type(denial, LDNS_RR_TYPE_SOA));
}

static bool
lies_elsewhere(const ldns_rr *nsec, const ldns_rdf *name)
{
	return !is_hashed(nsec) && is_cut(nsec) &&
	       l.ldns_dname_is_subdomain(name, l.ldns_rr_owner(nsec));
}

/* The proven record that is about this very name, or the one in whose gap it lies. */
static const ldns_rr *
find_denial(const ldns_rr_list *proven, const ldns_rdf *name, bool gap)
{
	const ldns_rr *found = NULL;

	for (size_t i = 0; !found && i < count_of(proven); i++) {
		const ldns_rr *denial = l.ldns_rr_list_rr(proven, i);
		ldns_rdf *place = place_of(name, denial);

		if (!place)
			continue;
		if (is_named(denial, place) ? !gap
					    : gap && l.ldns_nsec_covers_name(denial, place) &&
						  !lies_elsewhere(denial, name))
			found = denial;
		l.ldns_rdf_deep_free(place);
	}
	return found;
}

/* RFC 4035, 5.2, and RFC 5155, 8.9: a delegation without DS, or anything under opt-out. */
static bool
shows_unsigned_cut(const ldns_rr_list *proven, const ldns_rdf *name)
{
	const ldns_rr *denial = find_denial(proven, name, false);

	if (denial)
		return has_type(denial, LDNS_RR_TYPE_NS) && !has_type(denial, LDNS_RR_TYPE_DS) &&
		       !has_type(denial, LDNS_RR_TYPE_SOA);
	denial = find_denial(proven, name, true);
	return denial && is_hashed(denial) && l.ldns_nsec3_optout(denial);
}

/*
 * No such type at this name. The parent's side of a delegation knows of DS
 * alone, the child's apex of everything else (RFC 4035, 5.4; RFC 6840, 4.1).
 */
static bool
lacks_type(const ldns_rr *denial, ldns_rr_type type)
{
	bool ns = has_type(denial, LDNS_RR_TYPE_NS), soa = has_type(denial, LDNS_RR_TYPE_SOA);

	if (has_type(denial, type) || has_type(denial, LDNS_RR_TYPE_CNAME))
		return false;
	return type == LDNS_RR_TYPE_DS ? !soa : soa || !ns;
}

/* The end of the gap that an NSEC record shows. */
static const ldns_rdf *
next_of(const ldns_rr *nsec)
{
	return l.ldns_rr_rdf(nsec, 0);
}

static bool
is_at_or_below(const ldns_rdf *name, const ldns_rdf *above)
{
	return l.ldns_dname_compare(name, above) == 0 || l.ldns_dname_is_subdomain(name, above);
}

/* A name that exists above one that lies in a gap (RFC 4592, 3.3.1; RFC 5155, 8.3). */
static bool
exists(const ldns_rr_list *proven, const ldns_rr *gap, const ldns_rdf *name)
{
	if (is_hashed(gap)) {
		const ldns_rr *there = find_denial(proven, name, false);

		return there && !is_cut(there);
	}
	return is_at_or_below(l.ldns_rr_owner(gap), name) || is_at_or_below(next_of(gap), name);
}

/* What a wildcard at the closest name above could have given. */
static enum dns_proof
check_wildcard(const ldns_rr_list *proven, const ldns_rdf *above, ldns_rr_type type, bool missing)
{
	ldns_rdf *star = name_of("*");
	const ldns_rr *there, *gap;
	enum dns_proof proof = DNS_PROOF_BAD;

	(void)l.ldns_dname_cat(star, above);
	there = find_denial(proven, star, false);
	gap = there ? NULL : find_denial(proven, star, true);
	if (missing ? gap != NULL : there && lacks_type(there, type))
		proof = DNS_PROOF_GOOD;
	l.ldns_rdf_deep_free(star);
	return proof;
}

/* The name itself lies in a gap, and so does what a wildcard would be; or it has children only. */
static enum dns_proof
check_gap(const ldns_rr_list *proven, const ldns_rdf *name, const ldns_rdf *apex, ldns_rr_type type,
    bool missing)
{
	ldns_rdf *closer = l.ldns_rdf_clone(name);
	enum dns_proof proof = DNS_PROOF_BAD;
	const ldns_rr *gap = NULL;

	while (closer && l.ldns_dname_compare(closer, apex) != 0) {
		ldns_rdf *above = l.ldns_dname_left_chop(closer);

		gap = find_denial(proven, closer, true);
		l.ldns_rdf_deep_free(closer);
		closer = above;
		if (!above || !gap || !exists(proven, gap, above))
			continue;
		proof = check_wildcard(proven, above, type, missing);
		if (is_hashed(gap) && l.ldns_nsec3_optout(gap))
			proof = proof == DNS_PROOF_GOOD || type == LDNS_RR_TYPE_DS
				    ? DNS_PROOF_WILDCARD
				    : proof;
		break;
	}
	if (closer)
		l.ldns_rdf_deep_free(closer);
	if (gap && !missing && !is_hashed(gap) && is_at_or_below(next_of(gap), name))
		proof = DNS_PROOF_GOOD;
	return proof;
}

/*
 * A wildcard's records are an answer only if nothing nearer is there: the name
 * one label longer than the wildcard's place lies in a gap (RFC 4035, 5.3.4;
 * RFC 5155, 8.8).
 */
static enum dns_proof
check_expansion(const struct dns_ldns *message, const ldns_rdf *owner, const ldns_rr *rrsig,
    const struct signer *by)
{
	unsigned labels = l.ldns_rdf2native_int8(l.ldns_rr_rrsig_labels(rrsig));
	ldns_rr_list *proven = proven_denials(l.ldns_pkt_authority(message->packet), by);
	ldns_rdf *nearer = l.ldns_rdf_clone(owner);
	enum dns_proof proof = DNS_PROOF_BAD;
	const ldns_rr *gap;

	while (nearer && l.ldns_dname_label_count(nearer) > labels + 1) {
		ldns_rdf *above = l.ldns_dname_left_chop(nearer);

		l.ldns_rdf_deep_free(nearer);
		nearer = above;
	}
	gap = nearer ? find_denial(proven, nearer, true) : NULL;
	if (gap && is_hashed(gap))
		proof = l.ldns_nsec3_optout(gap) ? DNS_PROOF_WILDCARD : DNS_PROOF_GOOD;
	else if (gap && !is_at_or_below(next_of(gap), nearer))
		proof = DNS_PROOF_GOOD;
	if (nearer)
		l.ldns_rdf_deep_free(nearer);
	l.ldns_rr_list_free(proven);
	return proof;
}

enum dns_proof
dns_ldns_check(const struct dns_ldns *message, const char *owner, uint16_t type, const char *zone,
    const struct dns_keys *keys, int64_t now_unix)
{
	ldns_rdf *name = name_of(owner), *apex = name_of(zone);
	struct signer by = {.keys = keys->list, .zone = apex, .now = (time_t)now_unix};
	const ldns_rr *rrsig = NULL;
	enum dns_proof proof =
	    check_set(l.ldns_pkt_answer(message->packet), name, (ldns_rr_type)type, &by, &rrsig);

	if (proof == DNS_PROOF_WILDCARD)
		proof = check_expansion(message, name, rrsig, &by);
	l.ldns_rdf_deep_free(name);
	l.ldns_rdf_deep_free(apex);
	return proof;
}

bool
dns_ldns_is_unsigned_cut(const struct dns_ldns *message, const char *name, const char *zone,
    const struct dns_keys *keys, int64_t now_unix)
{
	ldns_rdf *cut = name_of(name), *apex = name_of(zone);
	struct signer by = {.keys = keys->list, .zone = apex, .now = (time_t)now_unix};
	ldns_rr_list *proven = proven_denials(l.ldns_pkt_authority(message->packet), &by);
	bool found = shows_unsigned_cut(proven, cut);

	l.ldns_rr_list_free(proven);
	l.ldns_rdf_deep_free(cut);
	l.ldns_rdf_deep_free(apex);
	return found;
}

enum dns_proof
dns_ldns_check_none(const struct dns_ldns *message, const struct dns_ldns_none *none,
    const char *zone, const struct dns_keys *keys, int64_t now_unix)
{
	ldns_rdf *name = name_of(none->name), *apex = name_of(zone);
	struct signer by = {.keys = keys->list, .zone = apex, .now = (time_t)now_unix};
	ldns_rr_list *proven = proven_denials(l.ldns_pkt_authority(message->packet), &by);
	const ldns_rr *denial = find_denial(proven, name, false);
	enum dns_proof proof = DNS_PROOF_BAD;

	if (!denial)
		proof = check_gap(proven, name, apex, (ldns_rr_type)none->type, none->missing);
	else if (!none->missing && lacks_type(denial, (ldns_rr_type)none->type))
		proof = DNS_PROOF_GOOD;
	l.ldns_rr_list_free(proven);
	l.ldns_rdf_deep_free(name);
	l.ldns_rdf_deep_free(apex);
	return proof;
}
