#!/usr/bin/env python3
"""Holds recorded lines of threadbare.v1 against docs/protocol.schema.json, and
the examples of docs/PROTOCOL.md too.

usage: check.py RECORDED

Each recorded line is "> " or "< " and a JSON text: asked, or told. Fails if one
does not fit, or if a type of the schema never came.
"""

import json
import pathlib
import re
import sys

from jsonschema import Draft202012Validator

root = pathlib.Path(__file__).resolve().parents[2]
schema = json.loads((root / "docs/protocol.schema.json").read_text())


def validator(part):
    return Draft202012Validator({**schema, "$ref": f"#/$defs/{part}"})


validators = {">": validator("asked"), "<": validator("told")}


def kinds(part):
    for option in schema["$defs"][part]["oneOf"]:
        if "$ref" in option:
            yield from kinds(option["$ref"].rsplit("/", 1)[1])
        else:
            yield option["properties"]["type"]["const"]


def check(direction, text, where):
    try:
        line = json.loads(text)
    except ValueError as error:
        return [f"{where}: {error}: {text}"]
    return [f"{where}: {error.message}: {text}" for error in validators[direction].iter_errors(line)]


faults = []
seen = {">": set(), "<": set()}
lines = 0
# Which number it is makes no difference, but for its sign and for none; a long run has
# millions of lines that differ in nothing else.
known = set()
for text in open(sys.argv[1], encoding="utf-8", newline="\n"):
    lines += 1
    like = re.sub(r"[1-9][0-9]*", "1", text)
    if like in known:
        continue
    known.add(like)
    direction, text = text[0], text[2:]
    faults += check(direction, text, "recorded")
    seen[direction].add(json.loads(text)["type"])

# What the page shows must be true as well; an ellipsis stands for what is left out.
page = (root / "docs/PROTOCOL.md").read_text()
examples = [match.group(1) or match.group(2) for match in re.finditer(r'^(?:[<>] )?(\{"type".*\})$|`(\{"type".*?\})`', page, re.M)]
for text in examples:
    text = text.replace('"9f0c…"', '"' + "9f0c" * 8 + '"').replace('"…"', '"5b052f6932fe7727"').replace("[ … ]", "[]")
    if check(">", text, "page") and check("<", text, "page"):
        faults += check(">", text, "page, as asked") + check("<", text, "page, as told")

# Nothing but a crash tells that numbers were not kept.
missing = [f"never asked: {kind}" for kind in sorted(set(kinds("asked")) - seen[">"])]
missing += [f"never told: {kind}" for kind in sorted(set(kinds("told")) - seen["<"] - {"not-kept"})]
for fault in (faults + missing)[:20]:
    print(fault)
print(f"{lines} lines and {len(examples)} examples, {len(faults)} faults")
sys.exit(bool(faults or missing or not lines))
