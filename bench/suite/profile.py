"""Which functions of the program take the instructions of a load, a call or an eviction (callgrind, in one process).

The count of a function includes the functions that it calls. Recursion and inlining make counts less exact. Functions with less
than one percent are left out.
"""
import pathlib
import re
import subprocess
import tempfile

from suite.instructions import stripped
from support.guests import guest_file

SHORT = ["--rounds", "5"]
# The functions of engine.h whose calls are counted.
PARTS = {"load": ["fe_component_load"], "call": ["fe_call_new", "fe_call_poll", "fe_call_free"], "evict": ["fe_component_free"]}


def options(parser):
    parser.add_argument("--guest", default="hello")
    parser.add_argument("--of", choices=PARTS, default="load")
    parser.add_argument("--rounds", type=int, default=40, help="cold starts; there are 2,000 warm calls besides")
    parser.add_argument("--lines", type=int, default=40)


def profile(guest, part, rounds):
    """[(instructions, function)]; the first entry is the total."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        toggles = [f"--toggle-collect={name}" for name in PARTS[part]]
        subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no", *toggles, stripped("faasta_phases"), guest_file(guest), str(rounds)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", out], check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^\s*([0-9,]+) \([ 0-9.]+%\)\s+(?:[^\s:]+:)?(.+?)(?: \[[^\]]*\])?$", text, re.MULTILINE)
    return [(int(count.replace(",", "")), name) for count, name in rows]


def run(options, report):
    rows = profile(options.guest, options.of, options.rounds)
    total = rows[0][0]
    report.add({"guest": options.guest, "part": options.of, "rows": rows[:200]})
    skip = re.compile(r"main|below|^0x|TOTALS|faasta_phases")
    shown = [(count, name) for count, name in rows if count * 100 >= total and not skip.search(name)][:options.lines]
    report.table(f"{options.guest}, {options.of}: share of its instructions, in a function and what it calls", ["", "%"], [[name[:90], 100 * count / total] for count, name in shown])
