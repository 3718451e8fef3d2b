#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_cert_expiry before the servers of the distribution, each three times: with a good
# certificate, with one that ended, and with TLS off. STARTTLS, TLS from the first byte where
# the protocol has it, and a log in which we leave no complaint.
# shellcheck disable=SC2317 # claim calls functions by name
. "$(dirname "$0")/common"
world cyrus

CERT=check_cert_expiry
NAME=mail.example.test
GOOD=192.0.2.111 EXPIRED=192.0.2.112 OFF=192.0.2.113 CLOSED=192.0.2.114
# Servers drop their privileges: a directory that lets them pass, and that ends with the run.
PLACE=/mnt/servers

# three SERVER...: serve_SERVER VARIANT ADDRESS for each, in a directory of its own.
three() {
	local server variant
	for server; do
		for variant in good expired off; do one "$server" "$variant"; done
	done
}
one() {
	mkdir -p "$PLACE/$1/$2"
	(cd "$PLACE/$1/$2" && "serve_$1" "$2" "$(address "$2")" 8>&-) >>start.log 2>&1
}
address() {
	case $1 in
	good) echo $GOOD ;;
	expired) echo $EXPIRED ;;
	off) echo $OFF ;;
	closed) echo $CLOSED ;;
	all) ;;
	esac
}
# Off: neither certificate nor key.
on() { [ "$1" = good ] || [ "$1" = expired ]; }

# in_background COMMAND...: its pid is noted for the end, its words are its log.
in_background() {
	"$@" >>log 2>&1 </dev/null &
	echo $! >>"$PLACE/pids"
}
end_all() {
	local pid log
	for log in "$PLACE"/*/*/log; do cp "$log" "$WORK/$(dirname "${log#"$PLACE"/}" | tr / -).log"; done
	while read -r pid; do kill "$pid" 2>/dev/null; done <"$PLACE/pids"
}

# ---- the servers ----------------------------------------------------------------------------

serve_dovecot() { # VARIANT ADDRESS
	local ssl=no
	on "$1" && ssl="yes
		ssl_cert = <$PLACE/$1.pem
		ssl_key = <$PLACE/$1.key"
	dovecot_files "$PWD" <<-END
		protocols = imap pop3 sieve lmtp
		listen = $2
		ssl = $ssl
		service imap-login {
		  inet_listener imap {
		    port = 143
		  }
		}
		service managesieve-login {
		  inet_listener sieve {
		    port = 4190
		  }
		}
		service lmtp {
		  inet_listener lmtp {
		    address = $2
		    port = 24
		  }
		  unix_listener lmtp {
		    mode = 0666
		  }
		}
	END
	in_background dovecot -F -c conf
}

# One Postfix for all three.
serve_postfix() {
	local address tls
	for address in $GOOD $EXPIRED $OFF; do
		tls="-o smtpd_tls_security_level=none"
		[ "$address" = "$GOOD" ] && tls="-o smtpd_tls_chain_files=$PLACE/good.both"
		[ "$address" = "$EXPIRED" ] && tls="-o smtpd_tls_chain_files=$PLACE/expired.both"
		echo "$address:25 inet n - n - 5 smtpd -o smtpd_tls_security_level=may $tls"
		echo "$address:587 inet n - n - 5 smtpd -o smtpd_tls_security_level=encrypt $tls"
		[ "$address" = "$OFF" ] ||
			echo "$address:465 inet n - n - 5 smtpd -o smtpd_tls_wrappermode=yes $tls"
	done | postfix_files "$PWD"
	in_background postfix -c "$PWD/etc" start-fg
}

serve_slapd() {
	on "$1" && printf 'TLSCertificateFile %s\nTLSCertificateKeyFile %s\n' "$PLACE/$1.pem" "$PLACE/$1.key" >conf
	echo "pidfile $PWD/pid" >>conf
	in_background slapd -d stats -h "ldap://$2:389/ $(on "$1" && echo "ldaps://$2:636/")" -f conf
}

serve_vsftpd() {
	local port
	mkdir -p empty
	for port in 21 990; do
		cat >"conf$port" <<-END
			background=NO
			listen=YES
			listen_address=$2
			listen_port=$port
			anonymous_enable=NO
			local_enable=YES
			secure_chroot_dir=$PWD/empty
			vsftpd_log_file=$PWD/log
			log_ftp_protocol=YES
			xferlog_enable=YES
			xferlog_std_format=NO
			seccomp_sandbox=NO
		END
		on "$1" || { in_background vsftpd "conf$port"; break; }
		[ "$port" = 21 ] || echo implicit_ssl=YES >>"conf$port"
		printf 'ssl_enable=YES\nssl_ciphers=HIGH\nrsa_cert_file=%s\nrsa_private_key_file=%s\n' \
			"$PLACE/$1.pem" "$PLACE/$1.key" >>"conf$port"
		in_background vsftpd "conf$port"
	done
}

serve_prosody() {
	mkdir -p data certs
	cat >conf.lua <<-END
		run_as_root = true
		pidfile = "$PWD/pid"
		data_path = "$PWD/data"
		log = { { levels = { min = "info" }, to = "file", filename = "$PWD/log" } }
		interfaces = { "$2" }
		c2s_ports = { 5222 }
		s2s_ports = { 5269 }
		modules_disabled = { "http" }
	END
	if on "$1"; then
		cat >>conf.lua <<-END
			modules_enabled = { "tls", "saslauth", "disco", "s2s", "c2s", "dialback" }
			c2s_direct_tls_ports = { 5223 }
			c2s_direct_tls_ssl = { certificate = "$PLACE/$1.pem", key = "$PLACE/$1.key" }
			ssl = { certificate = "$PLACE/$1.pem", key = "$PLACE/$1.key" }
		END
	else
		echo 'modules_enabled = { "saslauth", "disco", "s2s", "c2s", "dialback" }' >>conf.lua
		echo 'modules_disabled = { "tls", "http" }' >>conf.lua
	fi
	echo "VirtualHost \"$NAME\"" >>conf.lua
	in_background prosody -F --config "$PWD/conf.lua"
}

# initdb once; both refuse to be root.
serve_postgres() {
	local bin
	bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -1)
	if [ ! -e ../data ]; then
		mkdir ../data
		chown 65534 ../data
		as_nobody "$bin/initdb" -D "$PLACE/postgres/data" -A trust -N -E UTF8 --no-locale >../initdb.log 2>&1
	fi
	cp -a ../data data
	cat >>data/postgresql.conf <<-END
		listen_addresses = '$2'
		unix_socket_directories = ''
		shared_buffers = 1MB
		max_connections = 10
		fsync = off
		log_connections = on
	END
	if on "$1"; then
		install -o 65534 -m 600 "$PLACE/$1.key" data/server.key
		install -o 65534 -m 600 "$PLACE/$1.pem" data/server.crt
		echo "ssl = on" >>data/postgresql.conf
	fi
	in_background as_nobody "$bin/postgres" -D "$PWD/data"
}

# Its tables are made once; a name each for the hosts that may connect.
serve_mariadb() {
	local tls=(--skip-ssl) host
	local options=(--no-defaults --user=nobody --skip-innodb --default-storage-engine=Aria
		--aria-log-file-size=8M --performance-schema=0)
	if [ ! -e ../data ]; then
		install -d -o nobody ../data
		{
			printf 'create database mysql;\nuse mysql;\n'
			cat /usr/share/mysql/mysql_system_tables.sql
			for host in 111 112 113; do
				echo "insert into global_priv values ('198.51.100.$host', 'nobody', '{\"access\":0}');"
			done
		} | mariadbd "${options[@]}" --datadir="$PLACE/mariadb/data" --bootstrap >../log 2>&1 ||
			echo "no tables for MariaDB: $(cat ../log)"
	fi
	cp -a ../data data
	on "$1" && tls=(--ssl-cert="$PLACE/$1.pem" --ssl-key="$PLACE/$1.key")
	in_background mariadbd "${options[@]}" "${tls[@]}" --datadir="$PWD/data" --bind-address="$2" --port=3306 \
		--socket="$PWD/data/socket" --log-warnings=2 --max-connect-errors=3
}

# ---- the statements ---------------------------------------------------------------------------

# ask VARIANT PORT PROTOCOL [OPTION...]
ask() {
	local at
	at=$(address "$1")
	run $CERT -H "$NAME" --resolve "$NAME:$at" -p "$2" -P "$3" "${@:4}"
}
by_ca() { ask "$@" --ca-file ca.pem --key-types any; }
shows() { # SERIAL
	[ "$(json 'd["certificates"][0]["serial"]' | tr -d : | tr a-f A-F)" = "$1" ]
}
serial() { openssl x509 -in "$1" -noout -serial | cut -d= -f2; }

# upgrade SERVER PORT PROTOCOL MISSING: all that STARTTLS can meet. MISSING: what is said
# where TLS is off.
upgrade() {
	local text="$1, port $2"
	by_ca good "$2" "$3"
	claim "$text: good" answered 0 "CERT OK"
	by_ca good "$2" "$3" -o json
	claim "$text: it is that certificate" shows "$(serial good.pem)"
	ask good "$2" "$3" --ca-file other.pem --key-types any
	claim "$text: another CA" answered 2 "[tls.cert.untrusted]"
	by_ca expired "$2" "$3"
	claim "$text: expired" answered 2 "[tls.cert.expired]"
	by_ca off "$2" "$3"
	claim "$text: TLS off" answered 2 "[$4]"
}

# at_once SERVER PORT PROTOCOL: the same with TLS from the first byte.
at_once() {
	local text="$1, TLS at once, port $2"
	by_ca good "$2" "$3"
	claim "$text: good" answered 0 "CERT OK"
	by_ca good "$2" "$3" -o json
	claim "$text: it is that certificate" shows "$(serial good.pem)"
	by_ca expired "$2" "$3"
	claim "$text: expired" answered 2 "[tls.cert.expired]"
}

# clean SERVER WITNESS PATTERN: its logs know of us by WITNESS, and complain nowhere.
clean() {
	cat "$PLACE/$1"/*/log >"$1.log"
	grep -qF -- "$2" "$1.log" && no grep -E -- "$3" "$1.log"
}

printf "198.51.100.111 monitor.example.test\n198.51.100.113 monitor.example.test\n" >>/etc/hosts
authorities
ISSUER=middle aged good rsa 80
ISSUER=middle aged expired rsa -5
mkdir -p $PLACE
for name in good expired; do
	cat middle.pem >>$name.pem
	cat $name.key $name.pem >$PLACE/$name.both
	cp $name.pem $name.key $PLACE/
done
chmod 644 $PLACE/*.key
: >$PLACE/pids
trap end_all EXIT

three dovecot slapd vsftpd prosody postgres mariadb
one mariadb closed
one postfix all
for port in 143 110 4190 24 25 587 389 21 5222 5432 3306; do
	for at in $GOOD $EXPIRED $OFF; do
		listening "$port" "$at" || broken "nobody listens at $at, port $port"
	done
done

upgrade Dovecot 143 imap tls.starttls.missing
upgrade Dovecot 110 pop3 tls.starttls.missing
upgrade Dovecot 4190 sieve tls.starttls.missing
upgrade Dovecot 24 lmtp tls.starttls.missing
for variant in good expired off; do
	run $CERT lmtp:$PLACE/dovecot/$variant/run/lmtp -m "$NAME" --ca-file ca.pem --key-types any
	case $variant in
	good) claim "Dovecot, LMTP at a socket: good" answered 0 "CERT OK" ;;
	expired) claim "... expired" answered 2 "[tls.cert.expired]" ;;
	off) claim "... TLS off" answered 2 "[tls.starttls.missing]" ;;
	esac
done
upgrade Postfix 25 smtp tls.starttls.missing
upgrade Postfix 587 submission tls.starttls.missing
upgrade OpenLDAP 389 ldap tls.starttls.missing
upgrade vsftpd 21 ftp tls.starttls.missing
upgrade Prosody 5222 xmpp tls.starttls.refused
upgrade "Prosody between servers" 5269 xmpp tls.starttls.missing
upgrade PostgreSQL 5432 postgres tls.starttls.missing
upgrade MariaDB 3306 mysql tls.starttls.missing
at_once Dovecot 993 imaps
at_once Dovecot 995 pop3s
at_once Postfix 465 smtps
at_once OpenLDAP 636 ldaps
at_once vsftpd 990 ftps
at_once Prosody 5223 xmpps

# Cyrus has its own certificates, and a log that we cannot see.
news() { run $CERT -H "$CYRUS_HOST:$1" -P "${2:-nntp}" -m "${3:-$CYRUS_HOST}" --ca-file "${4:-$CA_FILE}" -o "${5:-text}"; }
news "$CYRUS_NNTP"
claim "Cyrus, NNTP: good" answered 0 "CERT OK"
news "$CYRUS_NNTP" nntp "" "" json
claim "... it is that certificate" shows "$(serial "$CA_DIR/server.pem")"
news "$CYRUS_NNTP" nntp "" other.pem
claim "... another CA" answered 2 "[tls.cert.untrusted]"
news "$CYRUS_NNTP_EXPIRED" nntp expired.example.test
claim "... expired" answered 2 "[tls.cert.expired]"
news "$CYRUS_NNTP_OFF"
claim "... TLS off" answered 2 "[tls.starttls.missing]"
news "$CYRUS_NNTPS" nntps
claim "Cyrus, NNTP with TLS at once: good" answered 0 "CERT OK"

# Whoever leaves before the login is counted, and shut out at the third time here.
for _ in {1..6}; do ask good 3306 mysql --ca-file ca.pem; done
claim "MariaDB, max_connect_errors=3: still let in" answered 0 "CERT OK"
for _ in {1..6}; do ask off 3306 mysql --ca-file ca.pem; done
claim "... and where TLS is off" answered 2 "[tls.starttls.missing]"

run $CERT -H $GOOD:5222 -P xmpp -m $NAME --ca-file ca.pem --key-types any
claim "Prosody, asked for its domain at an address" answered 0 "CERT OK"
run $CERT -H $GOOD:5222 -P xmpp -m other.example.test --ca-file ca.pem --key-types any
claim "Prosody, asked for a domain it does not have" answered 2 "[tls.starttls.refused]"
claim "... in its own words" grep -q "host-unknown" out

claim "Dovecot's logs are clean" clean dovecot "Aborted login by logging out" "Error|Warning|Fatal|Panic"
claim "Postfix's log is clean" clean postfix "quit=1" "lost connection|SSL_accept|warning|error|fatal"
claim "OpenLDAP's logs are clean" clean slapd " UNBIND" "TLS negotiation failure|err=[13-9]"
claim "vsftpd's logs are clean" clean vsftpd "221 Goodbye" "FAIL|OOPS|error"
claim "Prosody's logs are clean" clean prosody "Client connected" "	error	"
claim "PostgreSQL's logs are clean" clean postgres "connection received" "ERROR|FATAL|WARNING|could not"
claim "MariaDB's logs are clean" clean mariadb "Access denied for user 'mailvitals'" "Aborted|blocked"
by_ca closed 3306 mysql
claim "MariaDB shuts us out: in its own words" answered 2 "error 1130: Host '198.51.100.114' is not allowed"
finish
