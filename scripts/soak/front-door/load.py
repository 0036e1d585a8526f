"""The front door under violence. Starts servers of its own, says what it does, writes load.md; exit status 1 when a promise is broken."""
import http.client, json, os, random, re, select, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time

BINARY, EVIDENCE = os.environ["NIANGJIA"], os.environ["EVIDENCE"]
EACH, KILLS = int(os.environ.get("SECONDS_EACH", "20")), int(os.environ.get("KILLS", "10"))
WORK = tempfile.mkdtemp()
CITY = WORK + "/city"
ENV = dict(os.environ, NIANGJIA_DATA=CITY, NIANGJIA_SESSIONS=WORK + "/sessions.json", NIANGJIA_PASSWORD="niangjia-demo",
           NIANGJIA_NEW_PASSWORD="niangjia-demo", SWIFT_BACKTRACE="enable=no")
LINES, BROKEN = [], []


def say(text):
    print(text, flush=True)
    LINES.append(text)


def promise(text, holds):
    say(f"* {'holds' if holds else '**BROKEN**'}: {text}")
    if not holds:
        BROKEN.append(text)


def niangjia(*arguments):
    done = subprocess.run([BINARY, *arguments], env=ENV, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"niangjia {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


class Server:
    def __init__(self, listen="127.0.0.1:0"):
        self.out = open(WORK + "/serve.txt", "w+")
        self.process = subprocess.Popen([BINARY, "serve", "--listen", listen], env=ENV, stdout=self.out, stderr=self.out)
        self.most = 0
        for _ in range(300):
            found = re.search(r"http://127\.0\.0\.1:(\d+)/api/v1/", open(WORK + "/serve.txt").read())
            if found:
                break
            if self.process.poll() is not None:
                sys.exit(open(WORK + "/serve.txt").read())
            time.sleep(0.1)
        self.port = int(found[1])

    def memory(self):
        """KiB in use by the server itself, and the most since the last reset."""
        try:
            text = open(f"/proc/{self.process.pid}/status").read()
        except OSError:
            return 0
        now = int(re.search(r"VmRSS:\s+(\d+)", text)[1])
        self.most = max(self.most, now)
        return now

    def stop(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        self.process.wait(60)


class Probe(threading.Thread):
    """Somebody honest who asks all the while, from an address of their own, on a new connection each time."""

    def __init__(self, server, token):
        super().__init__(daemon=True)
        self.server, self.token, self.going = server, token, True
        self.times, self.statuses, self.failures = [], {}, 0

    def run(self):
        while self.going:
            began = time.monotonic()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20, source_address=("127.0.9.9", 0))
                connection.request("GET", "/api/v1/programs", headers={"Authorization": f"Bearer {self.token}"})
                answer = connection.getresponse()
                answer.read()
                self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
                if answer.status == 200:
                    self.times.append(time.monotonic() - began)
                connection.close()
            except OSError:
                self.failures += 1
            self.server.memory()
            time.sleep(0.05)

    def stop(self):
        self.going = False
        self.join()

    def worst(self, part=0.99):
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 if ordered else float("inf")


def sign_in(port, account="office"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/api/v1/sessions", json.dumps({"account": account, "password": "niangjia-demo"}),
                       {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())["token"]


def opened(port, count, first, small=False):
    """Connections from many addresses, as many clients have."""
    found = []
    for n in range(count):
        one = socket.socket()
        if small:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.bind((f"127.0.{first + n // 200}.{1 + n % 200}", 0))
        one.settimeout(5)
        try:
            one.connect(("127.0.0.1", port))
        except OSError:
            one.close()
            continue
        one.setblocking(False)
        found.append(one)
    return found


def violence(server, sockets, speak, seconds):
    """Speaks a little on each connection each second; tells how each ended: cut off, told with a status, or still there."""
    ends, heard = {"cut off": 0, "still open": 0}, {}
    alive = {one.fileno(): one for one in sockets}
    poll = select.poll()
    for number in alive:
        poll.register(number, select.POLLERR | select.POLLHUP | select.POLLRDHUP)
    until = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < until and alive:
        for number, _ in poll.poll(0):
            one = alive.pop(number, None)
            if one is None:
                continue
            poll.unregister(number)
            try:
                text = one.recv(65536)
            except OSError:
                text = b""
            status = re.match(rb"HTTP/1.1 (\d+)", text)
            name = status[1].decode() if status and status[1] != b"200" else "cut off"
            ends[name] = ends.get(name, 0) + 1
            one.close()
        for one in list(alive.values()):
            try:
                speak(one, turn)
            except OSError:
                pass
        turn += 1
        server.memory()
        time.sleep(1)
    ends["still open"] = len(alive)
    for one in alive.values():
        one.close()
    return ends


HEAD = b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX-Slow: "
BODY = b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8000\r\n\r\n"


def slow(server, token, baseline):
    say("\n## Slow senders and slow readers\n")
    turns = {}

    def sends(one, turn):
        told = turns.get(one)
        if told is None:
            turns[one] = 1
            one.send(HEAD if one.fileno() % 2 else BODY)
        else:
            one.send(b"x")

    def reads(one, turn):
        # Asks again and again for a large answer and never takes any of it.
        if turns.get((one, "r"), 0) < 40:
            turns[(one, "r")] = turns.get((one, "r"), 0) + 1
            one.send(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")

    for name, small, speak, first in [("1,000 slow senders (a byte a second of a head, or of a body)", False, sends, 10),
                                      ("1,000 slow readers (large answers of which nothing is taken)", True, reads, 20)]:
        before = server.memory()
        server.most = 0
        probe = Probe(server, token)
        probe.start()
        sockets = opened(server.port, 1000, first, small)
        ends = violence(server, sockets, speak, 45)
        probe.stop()
        say(f"{name}: {len(sockets)} connections; after 45 s {ends}. Memory {before >> 10} MiB before, {server.most >> 10} MiB at most. "
            f"An honest client meanwhile: {probe.statuses}, {probe.failures} failures, p99 {probe.worst():.0f} ms (alone {baseline:.0f} ms).\n")
        promise("every one of them is ended by its deadline", ends["still open"] == 0)
        promise("memory stays within 512 MiB", server.most < 512 << 10)
        promise("honest clients are answered all the while", probe.failures == 0 and set(probe.statuses) <= {200, 503}
                and probe.statuses.get(200, 0) > 0.99 * sum(probe.statuses.values()))
        say("")
    probe = Probe(server, token)
    sockets = opened(server.port, 3500, 30)
    time.sleep(2)
    refused = 0
    for one in sockets:
        try:
            if one.recv(64).startswith(b"HTTP/1.1 503"):
                refused += 1
        except OSError:
            pass
    say(f"3,500 connections at once: {refused} were told 503 and to come back, the others wait.")
    promise("beyond the limit of connections it is an honest 503", refused > 1000)
    for one in sockets:
        one.close()
    recovery(server, token, baseline)


def recovery(server, token, baseline):
    began = time.monotonic()
    while True:
        probe = Probe(server, token)
        probe.start()
        time.sleep(1)
        probe.stop()
        if probe.failures == 0 and set(probe.statuses) == {200} and probe.worst() < max(100, 5 * baseline):
            break
        if time.monotonic() - began > 60:
            break
    spent = time.monotonic() - began
    say(f"\nRecovered {spent:.0f} s after: p99 {probe.worst():.0f} ms.")
    promise("it recovers within seconds", spent <= 10)


WRK = """
local account = '{token}'
wrk.headers['Authorization'] = 'Bearer ' .. account
local counts, threads = {{}}, {{}}
function setup(thread) table.insert(threads, thread) end
function init() statuses = {{}} end
function request() return wrk.format('GET', '{path}') end
function response(status, headers) statuses[status] = (statuses[status] or 0) + 1
  if status == 503 and not headers['Retry-After'] then statuses[599] = (statuses[599] or 0) + 1 end end
function done(summary, latency)
  local all = {{}}
  for _, t in ipairs(threads) do for s, n in pairs(t:get('statuses')) do all[s] = (all[s] or 0) + n end end
  local out = ''
  for s, n in pairs(all) do out = out .. s .. ':' .. n .. ' ' end
  io.write('STATUSES ' .. out .. 'P99 ' .. latency:percentile(99) / 1000 .. ' RATE ' .. summary.requests / summary.duration * 1e6
    .. ' CONNECT ' .. summary.errors.connect .. ' READ ' .. summary.errors.read .. '\\n')
end
"""


def wrk(server, token, path, connections, seconds):
    script = WORK + "/wrk.lua"
    open(script, "w").write(WRK.format(token=token, path=path))
    told = subprocess.run(["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", script,
                           f"http://127.0.0.1:{server.port}"], capture_output=True, text=True).stdout
    line = re.search(r"STATUSES (.*)P99 ([\d.]+) RATE ([\d.]+) CONNECT (\d+) READ (\d+)", told)
    statuses = {int(s): int(n) for s, n in (pair.split(":") for pair in line[1].split())}
    return statuses, float(line[2]), float(line[3]), int(line[4]) + int(line[5])


def load(server, token, baseline):
    say("\n## Twice the load that it can carry\n")
    path = "/api/v1/programs/summer-cooling-2026"
    statuses, p99, rate, errors = wrk(server, token, path, 64, EACH)
    say(f"What it carries (64 connections, {EACH} s): {rate:.0f} requests a second, p99 {p99:.0f} ms, {statuses}.\n")
    server.most = 0
    probe = Probe(server, token)
    probe.start()
    statuses, p99, rate, errors = wrk(server, token, path, 128, EACH)
    twice = wrk(server, token, path, 250, EACH)
    probe.stop()
    say(f"128 connections: {rate:.0f} a second, p99 {p99:.0f} ms, {statuses}. 250 connections: {twice[2]:.0f} a second, p99 {twice[1]:.0f} ms, "
        f"{twice[0]}, {twice[3]} broken. Memory {server.most >> 10} MiB at most. A client beside: {probe.statuses}, {probe.failures} failures.\n")
    promise("what isn't carried is told 503 with Retry-After, nothing else", set(twice[0]) <= {200, 503} and twice[3] == 0)
    promise("memory stays within 512 MiB", server.most < 512 << 10)
    promise("most of what can be carried still is", twice[0].get(200, 0) / EACH > 0.3 * rate)
    recovery(server, token, baseline)


def killed(token):
    say("\n## Killed under load\n")
    acknowledged = []
    server = Server()
    token = sign_in(server.port)
    units = [row["code"] for row in json.loads(niangjia("organization", "list", "--as", "office", "--json")) if row["level"] == "basic"]
    for kill in range(KILLS):
        going = [True]
        lock = threading.Lock()

        def files(port, seed):
            rng = random.Random(seed)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            while going[0]:
                unit = rng.choice(units)
                body = {"program": "summer-cooling-2026", "form": "site_visit", "channel": "clerk", "unit": unit,
                        "fields": {"unit": unit, "headcount": 20}}
                try:
                    connection.request("POST", "/api/v1/cases", json.dumps(body),
                                       {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
                    answer = connection.getresponse()
                    told = json.loads(answer.read())
                    if answer.status == 201:
                        with lock:
                            acknowledged.append(told["case"])
                except (OSError, http.client.HTTPException, ValueError):
                    return

        threads = [threading.Thread(target=files, args=(server.port, kill * 100 + n)) for n in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(1 + random.Random(kill).random() * 2)
        server.stop(signal.SIGKILL)
        going[0] = False
        for thread in threads:
            thread.join()
        server = Server()
    missing = 0
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for case in acknowledged:
        connection.request("GET", f"/api/v1/cases/{case}", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        missing += answer.status != 200
    server.stop()
    say(f"{KILLS} times kill -9 while 8 clients filed: {len(acknowledged)} cases were acknowledged, {missing} of them are missing.")
    promise("every acknowledged case is there", missing == 0 and len(acknowledged) > 10 * KILLS)
    verified = subprocess.run([BINARY, "audit", "verify", "--json"], env=ENV, capture_output=True, text=True)
    promise("chain, journal and books hold afterwards", verified.returncode == 0)
    promise("money holds to the fen", subprocess.run([BINARY, "fund", "verify"], env=ENV, capture_output=True).returncode == 0)


def proxied():
    say("\n## Behind the real nginx, with the sample of the documentation\n")
    tls, port, plain = WORK + "/tls", 18443, 18480
    os.makedirs(tls)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=union.example.org", "-addext", "subjectAltName=DNS:union.example.org", "-keyout", tls + "/key.pem",
                    "-out", tls + "/fullchain.pem"], check=True, capture_output=True)
    server = Server()
    sample = open("docs/nginx.conf.sample").read()
    sample = (sample.replace("/etc/niangjia/tls", tls).replace("/var/log/nginx", WORK).replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
              .replace("listen 443 ssl http2", f"listen 127.0.0.1:{port} ssl http2").replace("listen 80", f"listen 127.0.0.1:{plain}")
              .replace("worker_processes auto;", f"worker_processes 2; pid {WORK}/nginx.pid; error_log {WORK}/nginx.log; daemon off;"))
    open(WORK + "/nginx.conf", "w").write(sample)
    nginx = subprocess.Popen(["nginx", "-c", WORK + "/nginx.conf", "-p", WORK], stderr=subprocess.DEVNULL)
    context = ssl.create_default_context(cafile=tls + "/fullchain.pem")

    def ask(method, path, body=None, headers={}):
        raw = socket.create_connection(("127.0.0.1", port), 20)
        connection = http.client.HTTPConnection("union.example.org")
        connection.sock = context.wrap_socket(raw, server_hostname="union.example.org")
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    try:
        for _ in range(50):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        status, headers, _ = ask("GET", "/api/v1/health")
        promise("TLS by nginx, the answer by the host, with HSTS", status == 200 and "Strict-Transport-Security" in headers)
        status, headers, body = ask("POST", "/api/v1/sessions", json.dumps({"account": "office", "password": "niangjia-demo"}),
                                    {"Content-Type": "application/json"})
        token = json.loads(body)["token"]
        status, _, _ = ask("POST", "/api/v1/files", b"%PDF-1.4 " + bytes(3 << 20),
                           {"Authorization": f"Bearer {token}", "Content-Type": "application/pdf"})
        promise("evidence of 3 MB passes", status == 201)
        promise("readiness isn't for outside", ask("GET", "/readyz")[0] == 403)
        before = ask("GET", "/api/v1/health", headers={"X-Forwarded-For": "203.0.113.9"})[0]
        promise("a forged address changes nothing", before == 200)
        bare = http.client.HTTPConnection("127.0.0.1", plain, timeout=10)
        bare.request("GET", "/api/v1/health?q=1", headers={"Host": "union.example.org"})
        moved = bare.getresponse()
        promise("plain HTTP is sent to TLS", moved.status == 308 and moved.getheader("Location", "").startswith("https://"))
        stranger = http.client.HTTPConnection("127.0.0.1", plain, timeout=10)
        stranger.request("GET", "/a", headers={"Host": "evil.example"})
        refused = stranger.getresponse()
        promise("another host's name is sent nowhere", refused.status == 421 and refused.getheader("Location") is None)
        promise("nor is it answered by TLS", ask("GET", "/api/v1/health", headers={"Host": "evil.example"})[0] == 421)
        server.stop()
        looked_for = "/api/v1/organizations/names?text=SOUGHT"
        promise("where the host is down nginx says so", ask("GET", looked_for)[0] == 502)
        written = [os.path.join(WORK, name) for name in os.listdir(WORK) if name.startswith(("nginx", "niangjia-error"))]
        promise("and writes down nowhere what was looked for",
                not any(b"SOUGHT" in open(path, "rb").read() for path in written if not path.endswith(".conf")))
    finally:
        nginx.terminate()
        nginx.wait(20)
        if server.process.poll() is None:
            server.stop()


def main():
    random.seed(20260601)
    niangjia("demo", "--data", CITY, "--members", "2000", "--stations", "48")
    with open(CITY + "/config/niangjia.yaml", "a") as file:
        file.write("\nproxy: [127.0.0.1]\nlimits: {requests_per_minute: 10000000, anonymous_per_minute: 10000000, "
                   "sign_ins_per_minute: 10000000, requests_at_once: 192, requests_by_client: 192}\n")
    niangjia("config", "propose", "--as", "office")
    server = Server()
    token = sign_in(server.port)
    probe = Probe(server, token)
    probe.start()
    time.sleep(3)
    probe.stop()
    baseline = probe.worst()
    say("# The front door under violence\n")
    say("Written by `scripts/soak/front-door-load.sh`; nobody edits it.\n")
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    say(f"* commit: {os.environ.get('NIANGJIA_COMMIT', '?')}\n* machine: {model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n"
        f"* seed: 20260601; counts: 1,000 slow senders, 1,000 slow readers, {EACH} s a phase of load, {KILLS} kills; an honest client alone: p99 {baseline:.0f} ms")
    slow(server, token, baseline)
    load(server, token, baseline)
    server.stop()
    killed(token)
    proxied()
    open(EVIDENCE + "/load.md", "w").write("\n".join(LINES) + "\n")
    shutil.rmtree(WORK, ignore_errors=True)
    sys.exit(1 if BROKEN else 0)


main()
