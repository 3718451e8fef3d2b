#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost of the programs beside their peers, on servers that run already (tests/bench/rig).

bench.py gate        instructions and system calls, which repeat to 0.1 %: "ok" and "not ok" lines
bench.py run FILE    times, memory and round trips too: a table, and the same as JSON in FILE

Ratios are medians of runs taken in turn (ours, peer, peer, ours, ...), so a busy machine slows
all alike. A row without a peer has an absolute goal.
"""
import dataclasses
import json
import os
import re
import statistics
import subprocess
import sys
import time

HOST, NAME = "192.0.2.10", "mail.example.test"
PLUGINS = "/usr/lib/nagios/plugins/"
CA = os.environ["CA_FILE"]
PROGRAMS = os.environ["PROGRAMS"]
TREE = os.environ["TREE"]
MEASURE = os.environ.get("MEASURE", "")
FAR = os.environ.get("FAR", "").split()  # prefix of a command that is to meet the delay line
ROUNDS, FAR_ROUNDS = 31, 5


def ours(program, *arguments):
    return [f"{PROGRAMS}/{program}", "-H", HOST, "--verify-name", NAME, *arguments]


ALICE = ["-U", "alice", "--password-env", "MAIL_PASSWORD"]
BY_FILE = ["--ca-file", CA]
SIMAP = [PLUGINS + "check_simap", "-H", HOST, "-p", "993"]
IMAP_DIALOG = ["-E", "-s", "a LOGIN alice alicepw\\r\\nb EXAMINE INBOX\\r\\n", "-e", "b OK", "-q", "c LOGOUT"]
POP_DIALOG = ["-E", "-s", "USER alice\\r\\nPASS alicepw\\r\\nSTAT\\r\\n", "-e", "+OK 3", "-q", "QUIT"]
ENVELOPE = ["--from", "alice@example.test", "--rcpt", "bob@example.test"]
IMAPLIB = f"""
import imaplib, ssl
m = imaplib.IMAP4_SSL({NAME!r}, 993, ssl_context=ssl.create_default_context(cafile={CA!r}))
m.login('alice', 'alicepw'); m.select('INBOX', readonly=True); m.logout()
"""

# Each further target of a run: what MANY of them cost more than one, divided. One thread: the order is the same.
MANY = 21
TARGETS = ["--parallel", "1", *[f"tls://{HOST}:993"] * (MANY - 1)]

COMMANDS = {
    "imap login": ours("check_imap_tls", *BY_FILE, *ALICE),
    "imap login, system store": ours("check_imap_tls", *ALICE),
    "imap greeting": ours("check_imap_tls", *BY_FILE),
    "imap login, STARTTLS": ours("check_imap_tls", "-p", "143", *BY_FILE, *ALICE),
    "pop3 login": ours("check_pop3", *BY_FILE, *ALICE),
    "smtp 587": ours("check_smtp_submit", *BY_FILE, *ALICE, *ENVELOPE),
    "smtp 465": ours("check_smtp_submit", "-p", "465", *BY_FILE, *ALICE, *ENVELOPE),
    "certificate": ours("check_cert_expiry", "-p", "993", "--key-types", "any", *BY_FILE),
    "certificate, STARTTLS smtp": ours("check_cert_expiry", "-p", "25", "--key-types", "any", *BY_FILE),
    "certificate, more targets": ours("check_cert_expiry", "-p", "993", "--key-types", "any", *BY_FILE, *TARGETS),
    "imap --version": [PROGRAMS + "/check_imap_tls", "--version"],
    "imap --help": [PROGRAMS + "/check_imap_tls", "--help"],
    "imap bad option": [PROGRAMS + "/check_imap_tls", "--no-such-option"],
    "check_simap -s": SIMAP + IMAP_DIALOG,
    "check_simap --version": [PLUGINS + "check_simap", "--version"],
    "check_simap --help": [PLUGINS + "check_simap", "--help"],
    "curl imaps": ["/usr/bin/curl", "-s", "--cacert", CA, "--capath", "/nonexistent", "--user", "alice:alicepw",
                   f"imaps://{NAME}/INBOX", "-X", "EXAMINE INBOX"],
    "python imaplib": ["/usr/bin/python3", "-c", IMAPLIB],
    "check_imap_receive": [PLUGINS + "check_imap_receive", "-H", NAME, "-p", "993", "--ssl", "--ssl-ca-file", CA, "-U",
                           "alice", "-P", "alicepw", "-s", "ALL", "--nodelete", "--search-critical-min", "0",
                           "--imap-retries", "1", "--imap-check-interval", "0"],
    "check_spop -s": [PLUGINS + "check_spop", "-H", HOST, "-p", "995", *POP_DIALOG],
    "check_smtp -S -A": [PLUGINS + "check_smtp", "-H", HOST, "-p", "587", "-S", "-A", "LOGIN", "-U", "alice", "-P",
                         "alicepw"],
    "check_ssmtp": [PLUGINS + "check_ssmtp", "-H", HOST, "-p", "465"],
    "check_tcp -S -D": [PLUGINS + "check_tcp", "-H", HOST, "-p", "993", "-S", "-D", "14"],
    "check_ssl_cert": [PLUGINS + "check_ssl_cert", "-H", HOST, "-p", "993", "-P", "imaps", "-r", CA, "-m", NAME,
                       "--ignore-sct", "--ignore-ocsp", "--ignore-maximum-validity"],
}
FURTHER = {"certificate, more targets": "certificate"}
UNUSUAL_EXIT = {"imap --version": 3, "imap --help": 3, "imap bad option": 3, "check_simap --version": 3,
                "check_simap --help": 3}


@dataclasses.dataclass(frozen=True)
class Goal:
    """us at most limit times peer; without a peer, at most limit."""

    id: str
    kind: str
    us: str
    peer: str | None
    limit: float


GATES = [
    Goal("P1", "instructions", "imap login", "check_simap -s", 0.98),
    Goal("P3", "instructions", "imap login, system store", "imap login", 1.10),
    Goal("P3", "bundles opened", "imap login, system store", None, 0),
    Goal("P7", "instructions", "pop3 login", "check_spop -s", 0.98),
    Goal("P8", "instructions", "certificate", "check_tcp -S -D", 1.0),
    Goal("P9", "further target", "certificate, more targets", "check_tcp -S -D", 0.40),
    Goal("P11", "processes", "imap login", None, 1),
    Goal("P11", "system calls", "imap login", None, 140),
    Goal("P11", "system calls", "imap login, system store", None, 140),
    Goal("P11", "system calls", "pop3 login", None, 140),
    Goal("P11", "system calls", "certificate", None, 140),
    Goal("P11", "sandbox calls", "imap login", None, 20),
    Goal("P12", "instructions", "imap --version", "check_simap --version", 1.2),
    Goal("P12", "instructions", "imap --help", "check_simap --help", 1.2),
    Goal("P12", "instructions", "imap bad option", "check_simap --version", 1.2),
]
# Not held yet, so shown by run alone: STARTTLS has flights of its own, each three calls.
OPEN = [
    Goal("P11", "system calls", "imap login, STARTTLS", None, 140),
    Goal("P11", "system calls", "smtp 587", None, 140),
]
TIMES = [
    Goal("P1", "cpu", "imap login", "check_simap -s", 0.95),
    Goal("P2", "cpu", "imap login", "curl imaps", 0.55),
    Goal("P2", "cpu", "imap login", "python imaplib", 0.15),
    Goal("P2", "cpu", "imap login", "check_imap_receive", 0.09),
    Goal("P4", "round trips", "imap greeting", None, 3.10),
    Goal("P4", "round trips", "imap login", None, 4.10),
    Goal("P4", "round trips", "imap login, STARTTLS", None, 5.10),
    Goal("P5", "round trips", "smtp 587", None, 8.10),
    Goal("P5", "cpu", "smtp 587", "check_smtp -S -A", 0.95),
    Goal("P6", "wall", "smtp 465", "check_ssmtp", 0.20),
    Goal("P7", "round trips", "pop3 login", None, 5.10),
    Goal("P8", "cpu", "certificate", "check_tcp -S -D", 0.95),
    Goal("P8", "cpu", "certificate", "check_ssl_cert", 1 / 200),
    Goal("P9", "further cpu", "certificate, more targets", None, 1000),
    Goal("P8", "round trips", "certificate", None, 2.10),
    Goal("P8", "round trips", "certificate, STARTTLS smtp", None, 5.10),
    Goal("P11", "memory", "imap login", "check_simap -s", 0.97),
]


class Failed(Exception):
    """A command that does not do its work has no cost worth naming."""


def checked(name, status, detail=""):
    if status != UNUSUAL_EXIT.get(name, 0):
        raise Failed(f"{name}: exit {status} {detail}")


def call(name, prefix, **options):
    done = subprocess.run(prefix + COMMANDS[name], capture_output=True, text=True, timeout=120, check=False, **options)
    checked(name, done.returncode, done.stdout[:200])
    return done


def instructions(name):
    done = call(name, ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def further_target(name):
    """Of a run of many; of a peer, which knows one, all of it."""
    if name not in FURTHER:
        return exact_value("instructions", name)
    return round((exact_value("instructions", name) - exact_value("instructions", FURTHER[name])) / (MANY - 1))


def trace(name):
    call(name, ["strace", "-f", "-qq", "-o", "trace"])
    with open("trace", encoding="utf-8", errors="replace") as lines:
        return [line for line in lines if not re.search(r"resumed|\+\+\+|---", line)]


TRACES = 3

# Set-up of the sandbox has a goal of its own.
SANDBOX = re.compile(r" (prctl\(|seccomp\(|landlock_|prlimit64\(0, RLIMIT_CORE)")


def system_calls(name):
    # A busy machine tears a server's flight in two, which is a read more: the least of some runs is ours.
    return min(sum(not SANDBOX.search(line) for line in trace(name)) for _ in range(TRACES))


def sandbox_calls(name):
    return sum(bool(SANDBOX.search(line)) for line in trace(name))


def processes(name):
    return sum(bool(re.search(r" (execve|v?fork|clone3?)\(", line)) for line in trace(name))


def bundles_opened(name):
    return sum("ca-certificates.crt" in line or "/cert.pem" in line for line in trace(name))


def measured(name, prefix=()):
    """Wall, CPU and memory of one run."""
    done = subprocess.run([*prefix, MEASURE, *COMMANDS[name]], capture_output=True, text=True, timeout=60, check=True)
    *values, status = (int(word) for word in done.stdout.split())
    checked(name, status)
    return values


def in_turn(names, rounds, prefix=()):
    rows = {name: [] for name in names}
    for turn in range(rounds + 1):
        for name in names:
            row = measured(name, prefix)
            if turn:  # the first one warms the server up
                rows[name].append(row)
    return rows


EXACT = {
    "instructions": instructions,
    "further target": further_target,
    "system calls": system_calls,
    "sandbox calls": sandbox_calls,
    "processes": processes,
    "bundles opened": bundles_opened,
}
FIELDS = {"wall": 0, "cpu": 1, "memory": 2, "further cpu": 1}
UNITS = {"instructions": "", "wall": "us", "cpu": "us", "further cpu": "us", "memory": "KiB", "round trips": "RTT"}


def exists(goal):
    """A program without a source is not there yet; one that was not built is an error."""
    program = os.path.basename(COMMANDS[goal.us][0])
    return os.path.exists(f"{TREE}/plugins/{program}.c")


def exact_value(kind, name, known={}):
    if (kind, name) not in known:
        known[kind, name] = EXACT[kind](name)
    return known[kind, name]


def judged(goal, us, peer):
    ratio = us / peer if peer else us
    return {**dataclasses.asdict(goal), "value": us, "peer_value": peer, "ratio": float(f"{ratio:.3g}"),
            "holds": ratio <= goal.limit}


def broken(goal, error):
    return {**dataclasses.asdict(goal), "value": None, "peer_value": None, "ratio": None, "holds": False,
            "error": str(error)}


def exact_row(goal):
    try:
        us = exact_value(goal.kind, goal.us)
        return judged(goal, us, exact_value(goal.kind, goal.peer) if goal.peer else None)
    except (Failed, subprocess.SubprocessError, OSError, AttributeError) as error:
        return broken(goal, error)


def further_cpu_row(goal, rows):
    field = FIELDS["cpu"]
    pairs = zip(rows[goal.us], rows[FURTHER[goal.us]])
    return judged(goal, round(statistics.median((many[field] - one[field]) / (MANY - 1) for many, one in pairs)), None)


def near_rows(goals):
    names = {name for goal in goals for name in (goal.us, goal.peer, FURTHER.get(goal.us)) if name}
    rows = in_turn(sorted(names), ROUNDS)
    for goal in goals:
        if goal.kind == "further cpu":
            yield further_cpu_row(goal, rows)
            continue
        field = FIELDS[goal.kind]
        pairs = [(a[field], b[field]) for a, b in zip(rows[goal.us], rows[goal.peer])]
        row = judged(goal, statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs))
        ratio = statistics.median(a / b for a, b in pairs)
        row["ratio"] = float(f"{ratio:.3g}")
        row["holds"] = ratio <= goal.limit
        yield row


CONNECT = f"""
import socket, time
def once():
    start = time.monotonic()
    socket.create_connection(({HOST!r}, 993)).close()
    return time.monotonic() - start
print(int(min(once() for _ in range(5)) * 1e6))
"""


def round_trip_us():
    """A TCP connection takes one."""
    return int(subprocess.run([*FAR, "python3", "-c", CONNECT], capture_output=True, text=True, timeout=60,
                              check=True).stdout)


def far_rows(goals):
    rtt = round_trip_us()
    rows = in_turn(sorted({goal.us for goal in goals}), FAR_ROUNDS, FAR)
    for goal in goals:
        yield judged(goal, round(statistics.median(row[0] for row in rows[goal.us]) / rtt, 3), None)


def timed_rows(goals):
    """Goals of one program fail together: what does not run cannot be taken in turn."""
    for program in sorted({os.path.basename(COMMANDS[goal.us][0]) for goal in goals}):
        mine = [goal for goal in goals if COMMANDS[goal.us][0].endswith(program)]
        near = [goal for goal in mine if goal.kind in FIELDS]
        far = [goal for goal in mine if goal.kind == "round trips"]
        try:
            yield from near_rows(near)
            if FAR:
                yield from far_rows(far)
        except (Failed, subprocess.SubprocessError, OSError) as error:
            yield from (broken(goal, error) for goal in mine)


def line(row):
    if "error" in row:
        return f"{row['id']:4} {row['us']:27} {row['kind']:14} {row['error']}"
    unit = UNITS.get(row["kind"], "")
    peer = f"{row['peer']} {row['peer_value']:g}{unit}" if row["peer"] else ""
    verdict = "holds" if row["holds"] else "FAILS"
    return (f"{row['id']:4} {row['us']:27} {row['kind']:14} {row['value']:>11g}{unit:4} {peer:38}"
            f" {row['ratio']:8.3g} <= {row['limit']:<6g} {verdict}")


def gate():
    rows = [exact_row(goal) for goal in GATES if exists(goal)]
    for row in rows:
        print("ok -" if row["holds"] else "not ok -", re.sub(r" +", " ", line(row)))
    failed = sum(not row["holds"] for row in rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed or not rows else 0


def run(path):
    start = time.time()
    rows = [exact_row(goal) for goal in GATES + OPEN if exists(goal)]
    rows += timed_rows([goal for goal in TIMES if exists(goal)])
    for row in sorted(rows, key=lambda row: int(row["id"][1:])):
        print(line(row))
    if not FAR:
        print("no delay line: round trips were not measured")
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"started": int(start), "seconds": round(time.time() - start), "rows": rows}, out, indent=1)
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["gate"]:
        sys.exit(gate())
    if len(sys.argv) == 3 and sys.argv[1] == "run":
        sys.exit(run(sys.argv[2]))
    sys.exit(__doc__)
