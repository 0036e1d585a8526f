"""Writes what the clients found to the evidence folder, in the form of the other reports. Nobody edits them."""

import collections
import datetime
import json
import os
import platform
import sys
import xml.etree.ElementTree

work, evidence, commit, seed, examples = sys.argv[1:6]


def load(name):
    try:
        with open(f"{work}/{name}") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def machine():
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return f"{model}, {os.cpu_count()} cores, {memory} GiB"


def head(title, seconds):
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).isoformat(timespec="seconds")
    return (
        f"# {title}\n\nWritten by `scripts/soak/front-door.sh`; nobody edits it.\n\n| | |\n|---|---|\n"
        f"| commit | {commit} |\n| date | {now} |\n| machine | {machine()} |\n| seed | {seed} |\n"
        f"| seconds | {seconds} |\n"
    )


def fuzz():
    statuses, operations = collections.Counter(), collections.defaultdict(collections.Counter)
    seconds, failures, cases = 0, [], 0
    for name in ("all", "logout", "login"):
        told = load(f"{name}.json")
        statuses.update(told.get("statuses", {}))
        for operation, counts in told.get("operations", {}).items():
            operations[operation].update(counts)
        try:
            root = xml.etree.ElementTree.parse(f"{work}/{name}.xml").getroot()
        except (OSError, xml.etree.ElementTree.ParseError):
            failures.append(f"{name}: no report")
            continue
        for case in root.iter("testcase"):
            cases += 1
            seconds += float(case.get("time") or 0)
            for wrong in list(case.iter("failure")) + list(case.iter("error")):
                failures.append(f"{case.get('name')}: {(wrong.get('message') or wrong.text or '').strip()[:300]}")
    errors = sum(n for status, n in statuses.items() if status.startswith("5") and status != "503")
    fund, audit = load("fund.json"), load("audit.json")
    out = head("Schemathesis: every check against the served document", int(seconds))
    out += "\n## counts\n\n| | |\n|---|---|\n"
    out += f"| examples an operation | {examples} |\n| operations | {len(operations)} |\n"
    out += f"| operations that succeeded at least once | {sum(any(s < '3' for s in one) for one in operations.values())} |\n"
    out += f"| tests (operations × phases) | {cases} |\n| requests | {sum(statuses.values())} |\n"
    for status, n in sorted(statuses.items()):
        out += f"| answered {status} | {n} |\n"
    out += f"| server errors | {errors} |\n| violations | {len(failures)} |\n"
    out += f"| books to the fen afterwards | {'agree' if fund.get('ok') else 'WRONG'} |\n"
    out += f"| chain afterwards | {'whole' if audit.get('ok') else 'BROKEN'}, {audit.get('events')} events |\n"
    if failures:
        out += "\n## violations\n\n" + "".join(f"* {one}\n" for one in sorted(failures))
    else:
        out += "\nNo fault was found.\n"
    with open(f"{evidence}/schemathesis.md", "w") as file:
        file.write(out)
    return errors == 0 and not failures and fund.get("ok") and audit.get("ok")


def story():
    told = load("story.json")
    out = head("A client generated from the served document lives through the demo's story", told.get("seconds", 0))
    out += "\n## counts\n\n| | |\n|---|---|\n"
    out += f"| generator | {told.get('generator')} |\n| operations of the client | {told.get('operations')} |\n"
    out += f"| operations that the story asks | {told.get('asked')} |\n| requests | {told.get('requests')} |\n"
    out += "\n## story\n\n" + "".join(f"1. {step}\n" for step in told.get("steps", []))
    wrong = told.get("wrong", ["no story"])
    out += "\nNo fault was found.\n" if not wrong else "\n## faults\n\n" + "".join(f"* {one}\n" for one in wrong)
    with open(f"{evidence}/generated-client.md", "w") as file:
        file.write(out)
    return not wrong


sys.exit(0 if all([fuzz(), story()]) else 1)
