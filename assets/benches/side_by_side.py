#!/usr/bin/env python3
"""How fast large files open: ours, trimesh and F3D on the same files, one process each, into the README.

usage: python3 assets/benches/side_by_side.py [TRIANGLES] [--write]

Needs Linux, cargo, and a Python with trimesh and f3d (pip install trimesh scipy f3d); programs that are not there are
left out. Each number is the best of three processes after one that warms the file cache; memory is how far the process
grew while it read. With --write the table replaces the one between the marks in README.md.
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MARKS = ("<!-- load table -->", "<!-- end of load table -->")
FILES = [("STL, binary", "STL_binary.stl"), ("OBJ", "OBJ.obj"), ("PLY, binary", "PLY_binary.ply"), ("GLB", "GLB.glb"),
         ("STL, ascii", "STL_ascii.stl"), ("3MF", "3MF.3mf")]

MEASURE = """
import json, sys, time
def kb(line):
    return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith(line))
path = sys.argv[1]
{prepare}
before = kb('VmRSS:')
start = time.perf_counter()
{load}
ms = (time.perf_counter() - start) * 1e3
print(json.dumps(dict(ms=ms, mb=(kb('VmHWM:') - before) / 1e3)))
"""
PEERS = {
    "trimesh": MEASURE.format(prepare="import trimesh, scipy.spatial, networkx", load="scene = trimesh.load_scene(path)"),
    "F3D": MEASURE.format(
        prepare="import f3d\nf3d.Log.set_verbose_level(f3d.Log.VerboseLevel.QUIET)\nf3d.Engine.autoload_plugins()\n"
                "engine = f3d.Engine.create_none()",
        load="engine.scene.add(path)"),
}


def ours():
    """The bench that reads a file."""
    build = subprocess.run(["cargo", "bench", "-p", "assets", "--bench", "import", "--no-run", "--message-format=json"],
                           cwd=ROOT, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in build.stdout.splitlines() if line.startswith("{")]
    return next(it["executable"] for it in found if it.get("executable") and it["target"]["name"] == "import")


def measure(command):
    """The best of three, or None where the program is not there or cannot read the file."""
    best = None
    for _ in range(4):
        ran = subprocess.run(command, capture_output=True, text=True)
        lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
        if ran.returncode != 0 or not lines:
            return None
        found = json.loads(lines[-1])
        best = found if best is None or found["ms"] < best["ms"] else best
    return best


def main():
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    triangles = numbers[0] if numbers else 1_000_000
    bench = ours()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([bench, str(triangles), folder], check=True, capture_output=True)
        rows = []
        for label, name in FILES:
            path = os.path.join(folder, name)
            size = os.path.getsize(path) / 1e6
            cells = [measure([bench, path])]
            cells += [measure([sys.executable, "-c", code, path]) for code in PEERS.values()]
            shown = ["–" if it is None else f"{it['ms'] / 1e3:.2f} s, {it['mb']:.0f} MB" for it in cells]
            rows.append(f"| {label}, {size:.0f} MB | " + " | ".join(shown) + " |")
            print(rows[-1], flush=True)
    table = [f"| {triangles / 1e6:g} million triangles | Kerf | " + " | ".join(PEERS) + " |", "|---|---|" + "---|" * len(PEERS)]
    text = "\n".join(table + rows)
    if "--write" in sys.argv:
        path = os.path.join(ROOT, "README.md")
        readme = open(path, encoding="utf-8").read()
        before, rest = readme.split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}")
    else:
        print(text)


if __name__ == "__main__":
    main()
