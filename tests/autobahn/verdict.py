"""Reads Autobahn's report: python3 verdict.py index.json"""

import json
import sys

CASES = 301
# Bad UTF-8 inside one frame that comes in pieces: tungstenite looks at the
# frame's end and not at the bad byte.
MAY_BE_NOT_STRICT = {"6.4.3", "6.4.4"}
GOOD = {"OK", "INFORMATIONAL"}

with open(sys.argv[1]) as file:
    agents = json.load(file)
cases = agents.get("threadbare", {})

bad = []
counts = {}
for case, verdict in sorted(cases.items()):
    behavior, close = verdict["behavior"], verdict["behaviorClose"]
    counts[behavior] = counts.get(behavior, 0) + 1
    allowed = behavior in GOOD or (behavior == "NON-STRICT" and case in MAY_BE_NOT_STRICT)
    if not allowed or close not in GOOD:
        bad.append(f"{case}: {behavior}, close {close}")

ok = counts.pop("OK", 0)
rest = "".join(f", {count} {behavior.lower()}" for behavior, count in sorted(counts.items()))
print(f"autobahn: {len(cases)} cases, {ok} ok{rest}")
for line in bad:
    print(line)
if len(cases) != CASES:
    print(f"expected {CASES} cases")
sys.exit(1 if bad or len(cases) != CASES else 0)
