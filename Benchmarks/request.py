"""Serves CITY, asks for stations nearby with wrk, and prints what a request costs, part by part (run-request.sh)."""
import collections, json, os, re, shutil, socket, subprocess, tempfile, time, urllib.request
PORT, SECS = 18097, os.environ["SECS"]
SRC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference", "src")
# The innermost that matches counts.
PARTS = [
    ("access log: the line, handing it over", r"AccessLine|AccessLogFile|Timestamp\.now"),
    ("limits, counts, fields that every answer carries", r"\bExchange\b|\bDoor\b|DoorHeaders|WebMetrics|Buckets"),
    ("reading and checking the request", r"RequestReader|\bQuery\b|Schema|TextGuard|Negotiation|DecimalText"),
    ("the operation: five nearest of the index", r"nearby|Operations\.instantly|HostWeb|StationIndex|Coordinate|AnswerSink"),
    ("the answer as JSON", r"WebAnswer|MoneyWords|jsonBytes|Value\.write|Value\.quote"),
    ("the answer as HTTP", r"HTTPCodec\.(write|add|send|spell|flush)"),
    ("the request as HTTP's types", r"HTTPCodec|HTTPFields|HTTPRequest\b"),
    ("the guard of the connection", r"ConnectionGuard"),
    ("choosing the way", r"InstantHandler|InstantRoutes"),
    ("NIO: the parser", r"HTTPDecoder|BetterHTTPParser|llhttp|ByteToMessage"),
    ("NIO: loop, buffers, sockets", r"SelectableEventLoop|Selector|SocketChannel|Socket\."),
]
def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
def wrk(secs):
    run = subprocess.run(["wrk", "-t1", "-c32", f"-d{secs}s", "-s", SRC + "/wrk_ours_nearby.lua", f"http://127.0.0.1:{PORT}"],
                         env=dict(os.environ, SEED="1"), capture_output=True, text=True).stdout
    assert "Non-2xx" not in run, run
    return int(re.search(r"(\d+) requests in", run)[1])
def samples(path):
    text = subprocess.run(["perf", "script", "-i", path, "-F", "ip,sym,dso"], capture_output=True, text=True, errors="replace").stdout
    stacks = [[re.match(r"\s*[0-9a-f]+ (.*?)(?:\+0x[0-9a-f]+)? \((.*)\)$", line) for line in block.strip("\n").splitlines()]
              for block in text.split("\n\n")]
    stacks = [[(m[1], m[2]) for m in stack if m] for stack in stacks]
    names = sorted({symbol for stack in stacks for symbol, _ in stack})
    plain = subprocess.run(["swift", "demangle", "--simplified"], input="\n".join(names), capture_output=True, text=True).stdout.splitlines()
    plain = dict(zip(names, plain))
    return [[(plain[symbol], place) for symbol, place in stack] for stack in stacks if stack]
city, base = os.environ["CITY"], os.environ["BASE"]
shutil.rmtree(city, ignore_errors=True)
shutil.copytree(base, city)
shutil.copy(base + ".keys", city + ".keys")
server = subprocess.Popen([os.environ["NIANGJIA"], "serve", "--data", city, "--listen", f"127.0.0.1:{PORT}"], stdout=subprocess.DEVNULL)
try:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    near = f"http://127.0.0.1:{PORT}/api/v1/stations/nearby?latitude=30.25&longitude=120.17&limit=5&within=50000"
    assert len(json.load(urllib.request.urlopen(near))["items"]) == 5, "the city has no stations"
    wrk(1)
    before = cpu(server.pid)
    asked = wrk(SECS)
    each = (cpu(server.pid) - before) / asked * 1e6
    with tempfile.TemporaryDirectory() as folder:
        record = subprocess.Popen(["perf", "record", "-F", "1999", "-g", "-o", folder + "/perf", "-p", str(server.pid), "--", "sleep", SECS],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wrk(SECS)
        record.wait()
        stacks = samples(folder + "/perf")
finally:
    server.terminate()
    server.wait()
    shutil.rmtree(city, ignore_errors=True)
found = collections.Counter()
for stack in stacks:
    part = "the kernel: sockets, waiting" if "kernel" in stack[0][1] else None
    for symbol, _ in stack:
        part = part or next((name for name, pattern in PARTS if re.search(pattern, symbol)), None)
    found[part or "everything else"] += 1
print(f"{asked} requests, {len(stacks)} samples.\n\n| part | µs |\n|---|---|")
for part, count in found.most_common():
    print(f"| {part} | {count / len(stacks) * each:.1f} |")
print(f"| all | {each:.1f} |")
