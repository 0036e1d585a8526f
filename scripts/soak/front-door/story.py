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
    file.write("project_name_override: niangjia-client\npackage_name_override: niangjia_client\npost_hooks: []\n"
               # The generator reads files of no other type.
               + "content_type_overrides:\n"
               + "".join(f"  {one}: application/octet-stream\n" for one in ("image/jpeg", "image/png", "application/pdf")))
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


def sign_in(who, password=PASSWORD):
    answer = call(None, "account_login", 201, body={"account": who, "password": password})
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
    tag = f'"{call("city", "case_show", id=case)["version"]}"'
    call(member, "case_advance", 403, id=case, if_match=tag, body={"action": "approve"})
    call("city", "case_advance", 428, id=case, body={"action": "approve", "note": "情况属实"})
    approved = call("city", "case_advance", id=case, if_match=tag, body={"action": "approve", "note": "情况属实"})
    step("A second person says which version they saw and approves it; the member could not", approved["state"] == "approved")
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
    everyday(member)
    registers()
    imports()
    runs()
    paid_again()
    grants(unit)
    config()
    told_to_the_outside(member)


def everyday(member):
    call(None, "health")
    call("office", "program_list")
    call("office", "program_show", id="summer-cooling-2026")
    call(None, "station_near", latitude=36.0, longitude=106.2, within=50000, limit=3)
    body = {"form": "package", "as_of": "2026-08-10"}
    preview = call("office", "program_preview", id="summer-cooling-2026", body=body)
    compared = call("office", "program_diff", id="summer-cooling-2026", body=dict(body, **{"from": "closed", "against": "active", "limit": 5}))
    unasked = call("office", "program_unasked", id="summer-cooling-2026", form="package", limit=5)
    step("The office previews a program, compares it with none at all, and finds who never asked",
         preview["considered"] > 0 and compared and unasked is not None)
    call("office", "place_list", id="training-2026")
    call("office", "draw_list")
    call("office", "action_list", id="legal-aid-2026")
    decisions = call(member, "decision_list", limit=5)["items"]
    step("The member lists what was decided about him, and opens it",
         not decisions or call(member, "decision_show", id=decisions[0]["decision"]) is not None)
    given = call("auditor", "decision_list", program="summer-cooling-2026", limit=20)["items"]
    person = next(one["subject"].split(":")[-1] for one in given if one["subject"].split(":")[-1].startswith("p-"))
    why = call("auditor", "program_explanation", id="summer-cooling-2026", person=person)
    step("The auditor reads why somebody was given what a run gave", why["program"] == "summer-cooling-2026")


def registers():
    found = call("office", "person_find", body={"text": "示例"})
    people = found["items"] if found else []
    person = people[0]["person"] if people else call("officer", "person_data")["person"]
    masked = call("office", "person_show", id=person)
    full = call("office", "person_unmask", id=person, body={"reason": "核对证件"})
    looks = call("auditor", "access_log", about=person, limit=1)["items"]
    step("A clerk sees a person masked, and in full for a reason that the auditor reads",
         "*" in masked["id_number"] and "*" not in full["id_number"] and looks[0]["reason"] == "核对证件")
    station = call(None, "station_near", latitude=36.0, longitude=106.2, within=50000, limit=1)["items"][0]["code"]
    sign_in("keeper")
    call("keeper", "account_password", body={"password": PASSWORD, "new_password": "another ten letters"})
    call("keeper", "program_list", 401)
    sign_in("keeper", "another ten letters")
    step("A keeper takes another password, which ends his sign-ins, and counts twelve visitors", call("keeper", "visit_add", 201, body={"station": station, "count": 12}) is not None)


def imports():
    begun = call("office", "import_begin", 201, body={"kind": "organization", "name": "新建工会.csv", "source": "测试"})
    county = next(one["code"] for one in call("office", "organization_list", limit=500)["items"] if one["level"] == "county")
    rows = f"工会代码,工会名称,上级工会代码,层级\r\n{county}901,新建一厂工会,{county},基层\r\n,没有代码,{county},基层\r\n"
    number = begun["import"]
    step("An import waits for its file", begun["state"] == "waiting" and not begun["is_ended"])
    call("treasurer", "import_put", 403, id=number, body=rows.encode())
    call("office", "import_put", 202, id=number, body=rows.encode())
    checked = ended("office", "import_show", number)
    step("Checked: one row is new, one is refused with its place",
         checked["findings"]["new"] == 1 and checked["findings"]["refused"] == 1)
    call("office", "import_confirm", 202, id=number)
    taken = ended("office", "import_show", number)
    call("office", "import_jobs")
    call("office", "import_list", limit=1)
    undone = call("office", "import_undo", id=taken["batch"])
    step("Taken, and undone", taken["state"] == "taken" and undone["removed"] == 1)


def ended(who, name, number):
    for _ in range(200):
        shown = call(who, name, id=number)
        if shown["is_ended"]:
            return shown
        time.sleep(0.05)
    return shown


def runs():
    begun = call("office", "run_start", 202, id="summer-cooling-2026", body={"form": "package"})
    done = ended("office", "run_show", begun["run"])
    call("office", "program_runs", limit=1)
    call("office", "program_pause", 409, id=begun["run"])
    step("A run is begun and followed to its end; then it can't be paused", done["state"] == "applied")


def paid_again():
    line = next(one for one in call("treasurer", "fund_balance")["items"] if one["paid_fen"] > 0)
    call("treasurer", "fund_statement", line=line["line"], limit=2)
    call("treasurer", "fund_verify")
    batches = call("treasurer", "batch_list", limit=50)["items"]
    settled = next(one["batch"] for one in batches if one["state"] == "settled" and one["program"] == "tuition-2026")
    lines = call("treasurer", "batch_show", id=settled)["lines"]
    payment = next(one["payment"] for one in lines if one["state"] == "paid")
    call("treasurer", "batch_returned", id=payment, body={"on": "2026-08-03", "message": "账户已销户"})
    call("treasurer", "batch_reissue", id=payment, body={"reason": "更正卡号"})
    built = call("treasurer", "batch_build", 201, body={"program": "tuition-2026"})
    call("treasurer", "batch_refresh", id=built["batch"], body={})
    call("treasurer", "batch_void", id=built["batch"], body={"reason": "重新制单"})
    step("A payment that came back is paid again in a batch; one that was built wrongly is taken apart", built["count"] == 1)
    call("treasurer", "fund_claims")
    call("treasurer", "fund_report", kind="budget")
    call("treasurer", "fund_periods")
    closing = call("payer", "fund_close", period="2026-07", body={})
    step("Closing a month is previewed first", closing["closed"] is False)


def grants(unit):
    body = {"plan": "station", "organization": "990101", "amount": "10000.00", "purpose": "建站"}
    first = call("treasurer", "grant_propose", 201, body=body)["grant"]
    call("treasurer", "grant_approve", 403, id=first)
    approved = call("payer", "grant_approve", id=first)
    call("treasurer", "grant_show", id=first)
    call("payer", "grant_end", id=first, body={"because": "unused", "note": "没有开工"})
    second = call("treasurer", "grant_propose", 201, body=body)["grant"]
    refused = call("payer", "grant_refuse", id=second, body={"reason": "已有"})
    call("treasurer", "grant_list")
    step("A grant is proposed, approved by another and ended; the next is refused",
         len(approved["instalments"]) == 2 and refused["state"] == "refused")


def config():
    before = call("office", "config_show")["digest"]
    with open(f"{os.environ['NIANGJIA_DATA']}/config/programs/summer-cooling-2026.yaml") as file:
        text = file.read()
    path = "config/programs/summer-cooling-2026.yaml"
    call("office", "config_propose", 422, body={"files": {path: text + "\nnonsense: 1\n"}})
    changed = text.replace("  value: 50 ", "  value: 60 ")
    proposed = call("office", "config_propose", 201, body={"files": {path: changed}})
    call("office", "config_diff", id=proposed["digest"])
    # Longer than the host takes to look at its folder, which knows nothing of it.
    time.sleep(5)
    stands = call("office", "config_show")["digest"] == proposed["digest"]
    behind = call("office", "config_log")["folder_is_behind"]
    step("A change that was approved over HTTP stands, and the folder is said to be behind", stands and behind)
    call("office", "config_check")
    back = call("office", "config_revert", id=before)
    step("It is turned back the same way", back["state"] == "active")
    later = call("office", "config_propose", 201, body={"files": {path: changed}, "from": "2026-12-01"})
    withdrawn = call("office", "config_withdraw", id=later["digest"])
    step("One for a later day is taken back before it comes", withdrawn["state"] == "withdrawn")
    call("office", "program_status", id="ticket-2027", body={"status": "suspended"})


def told_to_the_outside(member):
    head = call("auditor", "audit_head")["printed"]
    proved = call("auditor", "audit_verify", body={"heads": [head]})
    call("auditor", "audit_patterns")
    # A parameter called `from` is called `from_` in Python.
    year = call("auditor", "report", from_=datetime.date(2026, 1, 1), to=datetime.date(2026, 12, 31))
    step("The auditor compares a printed head with the chain, and reads the year", proved["heads"] == 1 and year["metrics"])
    call(member, "account_logout")
    call(member, "program_mine", 401)
    step("The member signs out, and his token is worth nothing", True)


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
