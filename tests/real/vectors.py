# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates, containers, lists and answers that others collected to break readers of them, given
to check_cert_expiry as files. usage: vectors.py PROGRAM SANITIZED FOLDER; prints "ok" or "not ok",
a tab and a statement, a line each."""
import base64
import collections
import concurrent.futures
import datetime
import functools
import glob
import json
import os
import re
import subprocess
import sys

PROGRAM, SANITIZED, FOLDER = sys.argv[1:]
WORDS = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
NOW = datetime.datetime.utcnow()
PKITS = FOLDER + "/x509/PKITS_data/certs"
ROOT = PKITS + "/TrustAnchorRootCertificate.crt"
# What PKITS calls invalid for a reason that a path shows by itself: dates, signatures, names, and
# what an issuer may do. The others need policies or lists of revoked certificates.
BY_PATH = re.compile(
    "Invalid(CA|EE)(Signature|not)|InvalidDSASignature|InvalidNameChaining|"
    "InvalidMissingbasicConstraints|InvalidcAFalse|Invalid(SelfIssued)?pathLen|"
    "InvalidkeyUsage.*keyCertSign|Invalid(DN|RFC822|DNS|URI).*nameConstraints|"
    "InvalidUnknownCriticalCertificate"
)
# What of a file is its chain's, whatever its dates.
OF_CHAIN = re.compile(
    r"tls\.cert\.(untrusted|profile|unverified|weak|chain\.(incomplete|expired|mismatch|not_ca|too_long))"
)


def claim(holds, text, evidence=()):
    print("ok" if holds else "not ok", text + "".join("; " + str(e) for e in list(evidence)[:5]), sep="\t")


def run(program, *args):
    return subprocess.run([program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def fault(done):
    """What is wrong with a run, whatever its verdict; None."""
    if done.returncode not in (0, 1, 2, 3):
        return f"exit {done.returncode}"
    if done.stderr:
        return "standard error: " + done.stderr[:80].decode("latin-1")
    try:
        first = done.stdout.decode("utf-8").split("\n")[0]
    except UnicodeDecodeError:
        return "not UTF-8"
    if re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", done.stdout):
        return "control bytes"
    if not re.fullmatch(rf"CERT {WORDS[done.returncode]} - [^|]+(\|[^|]*)?", first):
        return "line 1: " + first[:80]
    return None


def files_of(folder):
    return sorted(f for f in glob.glob(f"{FOLDER}/{folder}/*") if os.path.isfile(f))


def one_by_one(folder):
    files = files_of(folder)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda f: fault(run(PROGRAM, "-f", f, "-t", "20")), files)
        bad = [(os.path.basename(f), why) for f, why in zip(files, runs) if why]
    claim(files and not bad, f"{folder}: each of {len(files)} files ends in one clean line", bad)


def findings(program, pattern, *args):
    """The findings of each file, from one run over all of them; None if the run is not sound."""
    done = run(program, "-f", pattern, "--parallel", "8", "-t", "50", "-o", "json", *args)
    if done.returncode not in (0, 1, 2, 3) or done.stderr:
        return None
    by_file = collections.defaultdict(set)
    for finding in json.loads(done.stdout)["findings"]:
        by_file[finding["subject"]].add((finding["finding"], finding["state"]))
    return by_file


def openssl(*args, **more):
    return subprocess.run(["openssl", *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more)


@functools.lru_cache(maxsize=None)
def told(file):
    """What openssl says of a file that holds one certificate, a line each; "" if it is none."""
    with open(file, "rb") as handle:
        content = handle.read()
    pem = b"-----BEGIN" in content
    if content.count(b"-----BEGIN CERTIFICATE-----") > 1 or (not pem and content[:1] != b"\x30"):
        return ""
    what = ["-noout", "-dates", "-subject", "-issuer", "-ext", "basicConstraints"]
    done = openssl("x509", "-in", file, "-inform", "PEM" if pem else "DER", *what)
    return done.stdout.decode("latin-1")


def dates(file):
    """Beginning and end by openssl's word; (): it cannot read them; None: no certificate."""
    lines = re.findall(r"not(?:Before|After)=(.*)", told(file))
    if len(lines) != 2:
        return None
    try:
        return [datetime.datetime.strptime(line, "%b %d %H:%M:%S %Y %Z") for line in lines]
    except ValueError:
        return ()


def by_dates(folder):
    """Each file's dates by openssl's word and by ours."""
    ours, wrong, seen = findings(PROGRAM, f"{FOLDER}/{folder}/*"), [], 0
    for file in files_of(folder):
        said = dates(file)
        if said is None or ours is None:
            continue
        seen += 1
        ids = {finding for finding, _ in ours[file]}
        if said == ():
            right = "tls.cert.date_unreadable" in ids or "client.file" in ids
        elif "client.file" in ids or "tls.cert.date_unreadable" in ids:
            right = True
        else:
            right = ("tls.cert.expired" in ids) == (said[1] < NOW) and (
                "tls.cert.not_yet_valid" in ids
            ) == (said[0] > NOW)
        if not right:
            wrong.append((os.path.basename(file), said, sorted(ids)))
    claim(seen and not wrong, f"{folder}: {seen} certificates are over, or not, as openssl says", wrong)


def pem(file):
    with open(file, "rb") as handle:
        return b"-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % base64.encodebytes(handle.read())


def chains():
    """A file for each leaf of PKITS: it, then everything that may have issued it, and so on up."""
    files = files_of("x509/PKITS_data/certs")
    subject, issuer = ({f: re.search(w + "=(.*)", told(f)).group(1) for f in files} for w in ("subject", "issuer"))
    named = collections.defaultdict(list)
    for file, name in subject.items():
        if not file.endswith("EE.crt") and file != ROOT:
            named[name].append(file)
    os.makedirs("chains", exist_ok=True)
    for leaf in (f for f in files if f.endswith("EE.crt")):
        # Some of these leaves are authorities; of such a file the dates alone are judged.
        if "CA:TRUE" in told(leaf):
            continue
        members, at = [leaf], 0
        while at < len(members):
            members += [f for f in named[issuer[members[at]]] if f not in members]
            at += 1
        with open(f"chains/{os.path.basename(leaf)[:-4]}.pem", "wb") as out:
            out.write(b"".join(map(pem, members)))
    with open("root.pem", "wb") as out:
        out.write(pem(ROOT))


def accepted(file):
    """openssl verify's word of the first certificate of a file, with the others beside it."""
    terms = ["-purpose", "sslserver", "-auth_level", "2", "-CAfile", "root.pem", "-untrusted", file]
    return openssl("verify", *terms, file).returncode == 0


def paths():
    chains()
    ours = findings(PROGRAM, "chains/*.pem", "--ca-file", "root.pem")
    files = sorted(glob.glob("chains/*.pem"))
    verdict = {f: [s for i, s in ours[f] if s != "OK"] for f in files}
    invalid = [f for f in files if BY_PATH.search(f)]
    claim(
        len(invalid) > 40 and all(verdict[f] for f in invalid),
        f"NIST: none of {len(invalid)} chains that are invalid by themselves is OK",
        [f for f in invalid if not verdict[f]],
    )
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        theirs = dict(zip(files, pool.map(accepted, files)))
    refused = [f for f in files if not theirs[f]]
    claim(
        len(refused) > 40 and all(verdict[f] for f in refused),
        f"NIST: what openssl verify refuses, {len(refused)} chains, is not OK",
        [f for f in refused if not verdict[f]],
    )
    valid = [f for f in files if theirs[f] and "/Valid" in f]
    wrong = [(f, ours[f]) for f in valid if any(OF_CHAIN.match(i) for i, _ in ours[f])]
    claim(
        len(valid) > 60 and not wrong,
        f"NIST: of {len(valid)} chains that are valid and openssl verify accepts none is refused for its chain",
        wrong,
    )
    missed = [f for f in files if "/Valid" in f and not theirs[f] and not verdict[f]]
    claim(not missed, "NIST: nor is one OK that openssl refuses", missed)


def sanitized(folder):
    claim(
        findings(SANITIZED, f"{FOLDER}/{folder}/*") is not None,
        f"{folder}: with sanitizers",
    )


SINGLE = ["x509", "x509/custom", "x509/custom/ca", "x509/ocsp", "x509/requests", "x509/ed25519", "x509/ed448"]
SINGLE += ["x509/PKITS_data/crls", "pkcs12", "pkcs7", "asymmetric/PKCS8", "asymmetric/Traditional_OpenSSL_Serialization"]
PARTS = [f"x509/PKITS_data/{part}" for part in ("certs", "certpairs", "pkcs12", "smime")]
for name in SINGLE:
    one_by_one(name)
for name in PARTS:
    claim(findings(PROGRAM, f"{FOLDER}/{name}/*") is not None, f"{name}: all in one run")
for name in SINGLE + PARTS:
    sanitized(name)
for name in ["x509", "x509/custom", "x509/PKITS_data/certs"]:
    by_dates(name)
paths()
