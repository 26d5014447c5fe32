"""What the server speaks by TLS itself: which versions, and which suites.

By OpenSSL's own client, with each suite that it has; and by testssl.sh, where that is installed
(apt-get install testssl.sh). `tests/box/front` runs it.
"""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

# A handshake, or all of testssl.sh.
PATIENCE = 600
# Old versions need this word, or OpenSSL does not even ask for them.
WEAKEST = "@SECLEVEL=0"
# Every suite of TLS 1.2 that is not weak: new keys for each session, and a sealed text that
# nobody can change.
GOOD = re.compile(r"ECDHE-(ECDSA|RSA)-(AES128-GCM-SHA256|AES256-GCM-SHA384|CHACHA20-POLY1305)")
# What testssl.sh calls these, and what it must say of each.
OFFERED = {"SSLv2": False, "SSLv3": False, "TLS1": False, "TLS1_1": False, "TLS1_2": True,
           "TLS1_3": True, "cipherlist_NULL": False, "cipherlist_aNULL": False,
           "cipherlist_EXPORT": False, "cipherlist_LOW": False, "cipherlist_3DES_IDEA": False,
           "cipherlist_AVERAGE": False, "cipherlist_OBSOLETED": False}
FINE = ("OK", "INFO")
# About pages that are compressed, and not about TLS.
NOT_OF_TLS = ("BREACH",)


class Server:
    """A running server with a certificate of its own."""

    def __init__(self, program):
        flags = ["--addr", "127.0.0.1:0", "--data", "none", "--tls-self", "--log-level", "error",
                 "--clients-per-address", "1000"]
        self.process = subprocess.Popen([program, *flags], stdout=subprocess.PIPE, text=True)
        self.at = None
        for line in self.process.stdout:
            found = re.search(r"https://(127\.0\.0\.1:\d+)/", line)
            self.at = found[1] if found else self.at
            if line.startswith("Ctrl-C"):
                return
        raise RuntimeError("the server did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)


def shakes_hands(server, *flags):
    """Whether OpenSSL's client, asked like this, and the server agree."""
    command = ["openssl", "s_client", "-connect", server.at, "-brief", *flags]
    said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    return "CONNECTION ESTABLISHED" in said.stderr + said.stdout


def by_openssl(server):
    """Returns what is wrong with the versions and suites."""
    faults = []
    for version, wanted in {"tls1": False, "tls1_1": False, "tls1_2": True, "tls1_3": True}.items():
        weakest = [] if version == "tls1_3" else ["-cipher", f"ALL:COMPLEMENTOFALL{WEAKEST}"]
        if shakes_hands(server, f"-{version}", *weakest) != wanted:
            faults.append(f"{version}: it should {'' if wanted else 'not '}be spoken")
    listed = subprocess.run(
        ["openssl", "ciphers", "-s", "-tls1_2", f"ALL:COMPLEMENTOFALL{WEAKEST}"],
        capture_output=True, text=True, check=True).stdout.strip().split(":")
    spoken = [one for one in listed if not one.startswith("TLS_")
              and shakes_hands(server, "-tls1_2", "-cipher", f"{one}{WEAKEST}")]
    if not spoken:
        faults.append("no suite of TLS 1.2")
    return faults + [f"{one} is weak" for one in spoken if not GOOD.fullmatch(one)]


def by_testssl(server, testssl):
    """Returns what is wrong: versions, suites, forward secrecy and known holes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "found.json")
        subprocess.run(
            [testssl, "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none",
             "-p", "-s", "-f", "-U", "--jsonfile", str(file), server.at],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=PATIENCE, check=False)
        found = {one["id"]: one for one in json.loads(file.read_text())}
    faults = [f"testssl.sh looked for no {name}" for name in ("TLS1_3", "cipherlist_NULL")
              if name not in found]
    for name, one in found.items():
        is_offered = "not offered" not in one["finding"]
        if name in OFFERED and is_offered != OFFERED[name]:
            faults.append(f"{name}: {one['finding']}")
        elif one["severity"] not in FINE and name not in NOT_OF_TLS:
            faults.append(f"{name}: {one['severity']}: {one['finding']}")
    return faults


def main(program):
    """Prints a line for each way to look. Returns whether one of them found something."""
    failed = False
    testssl = shutil.which("testssl") or shutil.which("testssl.sh")
    ways = [("openssl, by each version and suite", shutil.which("openssl"), by_openssl),
            ("testssl.sh", testssl, lambda server: by_testssl(server, testssl))]
    for name, is_here, looks in ways:
        if not is_here:
            print(f"not run  {name}")
            continue
        try:
            with Server(program) as server:
                faults = looks(server)
        except Exception as error:  # The other way is tried all the same.
            faults = [str(error) or type(error).__name__]
        failed = failed or bool(faults)
        print(f"{'FAILED ' if faults else 'ok     '}  {name}: TLS 1.2 and 1.3, no weak suite")
        for fault in faults:
            print(f"           {fault}")
    return failed
