#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# examples/providers.ini: every section is read and gives the settings it is there for. Nobody is
# asked: the names are resolved to an address of loopback on which nothing listens.
. "$(dirname "$0")/common"
rm -rf "$WORK"
mkdir -p "$WORK"
cd "$WORK" || exit 1
PROVIDERS=$TREE/examples/providers.ini
NOBODY=127.86.86.86
secrets anna
printf 'token\n' >anna.token
chmod 600 anna.token

# settings PROGRAM SECTION HOST OPTION...: a run that ends at a closed port, as JSON in "out"
settings() {
	local program=$1 section=$2 host=$3
	shift 3
	run "$program" --extra-opts="$section@$PROVIDERS" --resolve "$host:$NOBODY" -t 3 -o json "$@"
}
# shown: host, port, mode and mechanism that the run had
shown() {
	json '" ".join(str(x) for x in (d["target"]["host"], d["target"]["port"], d["target"]["mode"],
		d["settings"].get("authtype") or "-"))'
}

seen=0
while read -r section service host port mode mechanism; do
	program=check_imap_tls
	[ "$service" = imap ] || program=check_pop3
	[ "$service" != smtp ] || program=check_smtp_submit
	secret=(--password-file anna.pw)
	[ "$mechanism" != XOAUTH2 ] || secret=(--token-file anna.token)
	settings $program "$section" "$host" -U anna@example.org "${secret[@]}"
	claim "$section.$service: $host $port $mode $mechanism" [ "$(shown)" = "$host $port $mode $mechanism" ]
	claim "$section.$service: ... and nothing else is wrong" \
		[ "$(json '[f["finding"] for f in d["findings"]]')" = "['net.refused']" ]
	settings $program "$section" "$host" -p 4711
	claim "$section.$service: the command line wins" [ "$(json 'd["target"]["port"]')" = 4711 ]
	seen=$((seen + 1))
done <<'ROWS'
gmail imap imap.gmail.com 993 tls PLAIN
gmail smtp smtp.gmail.com 587 starttls PLAIN
gmail pop3 pop.gmail.com 995 tls PLAIN
outlook imap outlook.office365.com 993 tls XOAUTH2
outlook smtp smtp-mail.outlook.com 587 starttls XOAUTH2
outlook pop3 outlook.office365.com 995 tls XOAUTH2
exchange-online imap outlook.office365.com 993 tls XOAUTH2
exchange-online smtp smtp.office365.com 587 starttls XOAUTH2
exchange-online pop3 outlook.office365.com 995 tls XOAUTH2
yandex imap imap.yandex.com 993 tls PLAIN
yandex smtp smtp.yandex.com 465 tls PLAIN
yandex pop3 pop.yandex.com 995 tls PLAIN
mailru imap imap.mail.ru 993 tls PLAIN
mailru smtp smtp.mail.ru 465 tls PLAIN
mailru pop3 pop.mail.ru 995 tls PLAIN
rambler imap imap.rambler.ru 993 tls PLAIN
rambler smtp smtp.rambler.ru 465 tls PLAIN
rambler pop3 pop.rambler.ru 995 tls PLAIN
icloud imap imap.mail.me.com 993 tls PLAIN
icloud smtp smtp.mail.me.com 587 starttls PLAIN
yahoo imap imap.mail.yahoo.com 993 tls PLAIN
yahoo smtp smtp.mail.yahoo.com 465 tls PLAIN
yahoo pop3 pop.mail.yahoo.com 995 tls PLAIN
gmx imap imap.gmx.net 993 tls PLAIN
gmx smtp mail.gmx.net 587 starttls PLAIN
gmx pop3 pop.gmx.net 995 tls PLAIN
own imap mail.example.org 993 tls -
own smtp mail.example.org 587 starttls -
own pop3 mail.example.org 995 tls -
ROWS
claim "no section is left out" [ "$(grep -cE '^\[[a-z-]+\.(imap|smtp|pop3)\]$' "$PROVIDERS")" = $seen ]
settings check_pop3 icloud pop.example.org
claim "iCloud has no POP3: without a host it is a matter of usage" \
	[ "$(json '[f["finding"] for f in d["findings"]]')" = "['client.usage']" ]
finish
