"""Measures MangoSense against the Python peers over HTTP, in one run.

Each server is started, loaded and stopped by turns, several times over, so that
a busy moment of the machine hits all of them. What it prints is Markdown; the
figures also go to JSON files and a plot. A peer that does not start or breaks is
left out, with a word.

    tools/peers/setup.sh && make build && go build -o bin/load ./tools/load
    python3 tools/peers/run.py [--rounds 3] [--seconds 6] [--clients 1,16] [--svg docs/benchmarks/peers.svg]

It is not a test: nothing passes or fails. It needs Python's own library only, and
sends to this machine only.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import plot
import table

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tools" / "peers"
PYTHON = HERE / ".venv" / "bin" / "python"
CORES = len(os.sched_getaffinity(0))


class Failed(Exception):
    """A server that cannot be measured."""


def uvicorn(module, *more):
    return lambda port: [PYTHON, "-m", "uvicorn", module, "--host", "127.0.0.1", "--port", str(port),
                         "--no-access-log", "--log-level", "warning", *more]


TUNED = ["--workers", str(CORES), "--loop", "uvloop", "--http", "httptools"]

# Name → what starts it, given a port; and what it wants in its environment.
PEERS = {
    "MangoSense": (lambda port: [ROOT / "bin" / "mangosense", "serve"], {"RATE_LIMIT": "off", "ACCESS_LOG": "false"}),
    "(a) FastAPI, usual": (uvicorn("usual:app"), {}),
    "(b) FastAPI, tuned": (uvicorn("tuned:app", *TUNED), {}),
    "(c) LitServe": (lambda port: [PYTHON, "lit.py", str(port)], {}),
    "(d) ONNX Runtime": (uvicorn("tuned:app", *TUNED), {"PEER_ENGINE": "onnx"}),
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def running(name, scratch):
    """Starts a server, waits until it answers, and ends it with its workers."""
    command, extra = PEERS[name]
    port = free_port()
    env = dict(os.environ, MODELS_DIR=str(ROOT / "models"), PORT=str(port), ADDRESS="127.0.0.1",
               DATA_DIR=tempfile.mkdtemp(dir=scratch), **extra)
    log = open(pathlib.Path(scratch) / "log.txt", "ab")
    begin = time.monotonic()
    server = subprocess.Popen([str(c) for c in command(port)], cwd=HERE, env=env, stdout=log, stderr=log,
                              start_new_session=True)
    try:
        wait_healthy(server, port, name, log.name)
        yield server, port, time.monotonic() - begin
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)  # the group that was started here, nobody else
        server.wait()
        log.close()


def wait_healthy(server, port, name, log):
    end = time.monotonic() + 90
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=2) as r:
                if r.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.02)
    raise Failed(f"{name} does not become healthy:\n" + pathlib.Path(log).read_text(errors="replace")[-2000:])


def load(port, pid, photos, clients, seconds, warmup):
    out = subprocess.run(
        [ROOT / "bin" / "load", "--url", f"http://127.0.0.1:{port}/api/predict/", "--photos", photos, "--pid", str(pid),
         "--clients", str(clients), "--duration", f"{seconds}s", "--warmup", str(warmup), "--timeout", "60s", "--json"],
        stdout=subprocess.PIPE, check=True)
    return json.loads(out.stdout)


def measure(options, scratch):
    photos = os.path.join(scratch, "photos")
    subprocess.run([ROOT / "bin" / "load", "--save", photos, "--mp", str(options.mp), "--distinct", "4"], check=True)
    names = [n for n in PEERS if n not in options.without]
    if not (HERE / ".venv" / "leaf.onnx").exists():
        names = [n for n in names if not n.startswith("(d)")]
    runs, broken = [], set()
    for round_ in range(options.rounds):
        for name in names[round_ % len(names):] + names[:round_ % len(names)]:
            try:
                runs += turn(name, round_, options, photos, scratch)
            except (Failed, subprocess.CalledProcessError) as e:
                if name == "MangoSense":
                    raise SystemExit(f"run.py: {e}") from e
                print(f"run.py: {name} is left out: {e}", file=sys.stderr)
                broken.add(name)
        names = [n for n in names if n not in broken]
    runs = [r for r in runs if r["server"] not in broken]
    return {"machine": machine(), "cores": CORES, "megapixels": options.mp, "seconds": options.seconds,
            "rounds": options.rounds, "when": time.strftime("%Y-%m-%d", time.gmtime()), "runs": runs}


def turn(name, round_, options, photos, scratch):
    """One round of one server, all numbers of clients."""
    runs = []
    with running(name, scratch) as (server, port, healthy):
        for clients in options.clients:
            # Every worker and thread should have its model before the clock runs.
            r = load(port, server.pid, photos, clients, options.seconds, 4 * CORES)
            memory = r.pop("server")
            runs.append({**r, "server": name, "clients": clients, "round": round_, "healthy_s": healthy,
                         "server_memory": memory["proportional_peak"], "server_resident": memory["resident_peak"]})
            print(f"{name}, {clients} clients: {r['per_second']:.1f} photos/s, p99 {r['ms']['p99']:.0f} ms, "
                  f"{r['requests'] - r['ok']} not answered 200", file=sys.stderr)
    return runs


def machine():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return os.uname().machine


def main():
    p = argparse.ArgumentParser(description="MangoSense against the Python peers, over HTTP")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=6)
    p.add_argument("--clients", type=lambda s: [int(n) for n in s.split(",")], default=[1, 16])
    p.add_argument("--mp", type=float, default=12)
    p.add_argument("--without", action="append", default=[], help="leave out a server of this name")
    p.add_argument("--json", type=pathlib.Path, help="file for every run's figures")
    p.add_argument("--ratios", type=pathlib.Path, help="JSON file for what is said below the tables")
    p.add_argument("--svg", type=pathlib.Path, help="file for the plot")
    options = p.parse_args()
    for needed, remedy in ((ROOT / "bin" / "mangosense", "make build"), (ROOT / "bin" / "load", "go build -o bin/load ./tools/load"),
                           (PYTHON, "tools/peers/setup.sh")):
        if not needed.exists():
            raise SystemExit(f"run.py: {needed.relative_to(ROOT)} is missing: run {remedy}")
    with tempfile.TemporaryDirectory(prefix="mangosense-peers-") as scratch:
        result = measure(options, scratch)
    every = table.rows(result)
    quotients = [q for q in map(table.ratios, table.groups(every)) if q]
    for path, text in ((options.json, json.dumps(result, indent=1)), (options.ratios, json.dumps(quotients)), (options.svg, plot.svg(every))):
        if path:
            path.write_text(text.strip() + "\n")
    print(table.markdown(result))


if __name__ == "__main__":
    main()
