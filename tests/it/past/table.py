"""Reads a table of an export as docs/HTTP.md says, and prints each row as the JSON lines have it."""
import csv
import json
import sys
from datetime import datetime

KINDS_WITH_TEXT = ("message", "me", "edit", "topic")


def said(cell):
    """What was said: without the apostrophe that keeps spreadsheets from seeing a formula."""
    return cell[1:] if cell.startswith("'") else cell


# Without a limit of its own, this module refuses long cells.
csv.field_size_limit(sys.maxsize)
table = open(sys.argv[1], encoding="utf-8", newline="")
for row in csv.DictReader(table, strict=True):
    time = datetime.fromisoformat(row["time"].replace("Z", "+00:00"))
    line = {
        "seq": int(row["number"]),
        "time": round(time.timestamp() * 1000),
        "room": said(row["room"]),
        "from": said(row["name"]),
        "type": row["kind"],
    }
    if row["mark"]:
        line["mark"] = row["mark"]
    if row["kind"] in KINDS_WITH_TEXT:
        line["text"] = said(row["text"])
    if row["kind"] == "new-name":
        line["to"] = said(row["text"])
    if row["of"]:
        line["of"] = int(row["of"])
    if row["reply_to"]:
        line["reply"] = int(row["reply_to"])
    print(json.dumps(line))
