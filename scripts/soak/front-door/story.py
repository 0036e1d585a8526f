"""Generates a client from the served document and lives through a story with it: a hazard, seen, photographed, mended, paid."""

import datetime
import importlib
import inspect
import io
import json
import os
import pkgutil
import subprocess
import sys
import time
import urllib.request

OUT, HOST, WORK = sys.argv[1], os.environ["HOST"], os.environ["WORK"]
PASSWORD = os.environ["NIANGJIA_PASSWORD"]
started = time.time()
told = {"steps": [], "wrong": [], "requests": 0, "asked": set()}

with urllib.request.urlopen(HOST + "/api/v1/openapi.json") as answer:
    document = answer.read()
with open(f"{WORK}/openapi.json", "wb") as file:
    file.write(document)
with open(f"{WORK}/client.yaml", "w") as file:
    file.write("project_name_override: niangjia-client\npackage_name_override: niangjia_client\npost_hooks: []\n")
generated = subprocess.run(
    ["openapi-python-client", "generate", "--path", f"{WORK}/openapi.json", "--config", f"{WORK}/client.yaml",
     "--meta", "none", "--output-path", f"{WORK}/niangjia_client", "--overwrite"],
    capture_output=True, text=True)
# Whatever the generator leaves out, it says.
for line in (generated.stdout + generated.stderr).splitlines():
    if "WARNING" in line or "ERROR" in line or "Unable" in line:
        told["wrong"].append(f"generator: {line.strip()}")
if generated.returncode != 0:
    told["wrong"].append(f"generator: {generated.stderr[-500:]}")
version = subprocess.run(["openapi-python-client", "--version"], capture_output=True, text=True).stdout.strip()
told["generator"] = version

sys.path.insert(0, WORK)
import niangjia_client  # noqa: E402
import niangjia_client.api  # noqa: E402
from niangjia_client.types import File  # noqa: E402

operations = {}
for module in pkgutil.walk_packages(niangjia_client.api.__path__, "niangjia_client.api."):
    loaded = importlib.import_module(module.name)
    if hasattr(loaded, "sync_detailed"):
        operations[module.name.split(".")[-1]] = loaded
described = sum(len(methods) for methods in json.loads(document)["paths"].values())
told["operations"] = len(operations)
if len(operations) != described:
    told["wrong"].append(f"the client has {len(operations)} operations, the document {described}")

clients = {}


def difference(read, came, place=""):
    """Where two values differ, or None; an instant may be spelled with more digits."""
    if isinstance(read, dict) and isinstance(came, dict):
        if read.keys() != came.keys():
            return f"{place}: {sorted(read.keys() ^ came.keys())}"
        return next(filter(None, (difference(read[key], came[key], f"{place}/{key}") for key in read)), None)
    if isinstance(read, list) and isinstance(came, list):
        if len(read) != len(came):
            return f"{place}: {len(read)} for {len(came)}"
        pairs = enumerate(zip(read, came))
        return next(filter(None, (difference(a, b, f"{place}/{n}") for n, (a, b) in pairs)), None)
    if isinstance(read, str) and isinstance(came, str) and read != came:
        try:
            if datetime.datetime.fromisoformat(read) == datetime.datetime.fromisoformat(came):
                return None
        except ValueError:
            pass
    return None if read == came else f"{place}: {read} for {came}"


def call(who, name, expected=200, body=None, **arguments):
    """Asks by the generated function; a body is given as its generated model."""
    module = operations[name]
    signature = inspect.signature(module.sync_detailed)
    if body is not None:
        kind = signature.parameters["body"].annotation
        if isinstance(body, bytes):
            body = File(payload=io.BytesIO(body), file_name="file")
        else:
            kinds = [one for one in getattr(kind, "__args__", (kind,)) if hasattr(one, "from_dict")]
            body = kinds[0].from_dict(body)
        arguments["body"] = body
    told["requests"] += 1
    told["asked"].add(name)
    answer = module.sync_detailed(client=clients[who], **arguments)
    if int(answer.status_code) != expected:
        told["wrong"].append(f"{who} {name}: {int(answer.status_code)} {answer.content[:300].decode()}")
        return None
    # The answer as the generated model read it, written back, is what came: nothing was lost on the way.
    if answer.parsed is not None and hasattr(answer.parsed, "to_dict"):
        came = json.loads(answer.content)
        other = difference(answer.parsed.to_dict(), came)
        if other:
            told["wrong"].append(f"{name}: the generated model reads the answer otherwise: {other}")
        return came
    return answer.content


def step(text, fine):
    told["steps"].append(text)
    if not fine:
        told["wrong"].append(f"otherwise: {text}")


clients[None] = niangjia_client.Client(base_url=HOST)


def sign_in(who):
    answer = call(None, "account_login", 201, body={"account": who, "password": PASSWORD})
    clients[who] = niangjia_client.AuthenticatedClient(base_url=HOST, token=answer["token"])


def main():
    for who in ("m-t6-father", "office", "officer", "city", "treasurer", "payer", "auditor"):
        sign_in(who)
    member = "m-t6-father"
    programs = call(member, "program_mine")["items"]
    step("A member signs in and sees what is open to him", any(p["program"] == "hazard-report-2026" for p in programs))
    unions = call("office", "organization_list", limit=500)["items"]
    unit = next(one["code"] for one in unions if one["level"] == "basic")
    photo = b"%PDF-1.4 a photograph of a ladder"
    evidence = call(member, "file_add", 201, body=photo)
    filed = call(member, "case_submit", 201, idempotency_key="story-1", body={
        "program": "hazard-report-2026", "form": "report",
        "fields": {"unit": unit, "severity": "major", "photo": evidence["file"]}})
    again = call(member, "case_submit", 201, idempotency_key="story-1", body={
        "program": "hazard-report-2026", "form": "report",
        "fields": {"unit": unit, "severity": "major", "photo": evidence["file"]}})
    step("He hands a hazard in with a photograph; sent twice, it is one case", filed == again and filed["case"])
    case = filed["case"]
    seen = call(member, "case_show", id=case)
    step("He follows it: it is under way", seen["state"] == "under_way")
    sealed = call("office", "case_show", id=case)
    step("The office sees the case and not whom it is from", sealed["is_sealed"] and sealed["fields"].get("unit"))
    officer = call("officer", "person_data")["person"]
    call("office", "case_stage", id=case, if_match=f'"{sealed["version"]}"',
         body={"stage": "assigned", "fields": {"officer": officer}})
    call("office", "case_stage", 412, id=case, if_match=f'"{sealed["version"]}"',
         body={"stage": "assigned", "fields": {"officer": officer}})
    step("The office assigns it; whoever saw an older version is told so (412)", True)
    proof = call("officer", "file_add", 201, body=b"%PDF-1.4 the ladder, mended")
    call("officer", "case_stage", id=case, body={"stage": "rectified", "fields": {"proof": proof["file"]}})
    call("office", "case_stage", id=case, body={"stage": "verified", "fields": {"useful": True}})
    waiting = call("city", "case_list", queue=True, limit=100)["items"]
    step("Mended and verified, it waits in the city reviewer's queue", any(one["case"] == case for one in waiting))
    call(member, "case_advance", 403, id=case, body={"action": "approve"})
    approved = call("city", "case_advance", id=case, body={"action": "approve", "note": "情况属实"})
    step("A second person approves it; the member could not", approved["state"] == "approved")
    built = call("treasurer", "batch_build", 201, idempotency_key="story-2", body={"program": "hazard-report-2026"})
    step("The treasurer builds a batch of one payment", built["count"] == 1 and built["total"] == "200.00")
    batch = built["batch"]
    call("treasurer", "batch_approve", 403, id=batch)
    call("payer", "batch_approve", id=batch)
    exported = call("payer", "batch_export", id=batch, body={})
    content = call("payer", "batch_file", id=batch, n=1)
    step("The payer approves and exports it; the treasurer could not", exported["count"] == 1 and content)
    # The bank's template: number | account | holder | yuan | …, in the bank's own encoding.
    cells = content.split(b"\r\n")[0].split(b"|")
    result = call("treasurer", "batch_result", id=batch, body=b"|".join(cells[:4]) + b"|00|OK\r\n")
    step("The bank has paid", result["paid"] == 1)
    done = call(member, "case_show", id=case)
    why = call(member, "decision_explain", id=case)
    step("The member sees that it is done, and why he was given what he was given",
         done["state"] == "done" and why["amount_fen"] == 20000 and why["amount"] == "200.00")
    mine = call(member, "person_data")
    step("What is held about him tells of it", any(one["case"] == case for one in mine["cases"]))
    # A sealed case's decision is nobody's to see: another one is replayed.
    decisions = call("auditor", "decision_list", program="tuition-2026", limit=100)["items"]
    decision = next(one["decision"] for one in decisions if one["outcome"] == "granted")
    replayed = call("auditor", "decision_replay", id=decision)
    proved = call("auditor", "audit_verify", body={})
    step("The auditor replays the decision to the same bytes and proves the chain", replayed["same"] and proved["ok"])


try:
    main()
except Exception as error:  # a story that breaks off is told as far as it came
    told["wrong"].append(f"broke off: {type(error).__name__} {error}")
told["asked"] = len(told["asked"])
told["seconds"] = round(time.time() - started)
with open(OUT, "w") as file:
    json.dump(told, file, ensure_ascii=False)
print("\n".join(told["steps"] + ["WRONG " + one for one in told["wrong"]]))
sys.exit(1 if told["wrong"] else 0)
