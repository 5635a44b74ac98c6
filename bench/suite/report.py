"""The result of a run: printed, and written as JSON to bench/results/."""
import json
import os
import sys
import time

from suite import machine
from suite.placement import REPOSITORY


class Report:
    """Make a Report at the start, `add` each result, then `close` it. It records the machine's load and stolen CPU time
    at the start and at the end."""

    def __init__(self, command, options):
        self.content = {"command": command, "options": {key: value for key, value in vars(options).items() if not callable(value)}, "machine": machine.described(), "results": []}
        self.started, self.steal = time.monotonic(), machine.steal_seconds()
        self.content["machine"]["load before"] = os.getloadavg()
        self.say(f"== {command}")
        for key, value in self.content["machine"].items():
            self.say(f"{key:12} {value}" if not isinstance(value, dict) else f"{key}\n" + "\n".join(f"  {name:32} {one}" for name, one in value.items()))

    @staticmethod
    def say(text=""):
        print(text)
        sys.stdout.flush()

    def add(self, result):
        self.content["results"].append(result)

    def table(self, title, columns, rows):
        """Prints a table. Each row is a label and its cells; numbers are formatted for reading."""
        cells = [[row[0], *(shown(value) for value in row[1:])] for row in rows]
        widths = [max(len(str(line[i])) for line in [columns, *cells]) for i in range(len(columns))]
        self.say(f"\n{title}")
        for line in [columns, *cells]:
            self.say("  " + str(line[0]).ljust(widths[0]) + "".join(str(cell).rjust(width + 2) for cell, width in zip(line[1:], widths[1:])))

    def close(self):
        took = time.monotonic() - self.started
        stolen = (machine.steal_seconds() - self.steal) / took / (os.cpu_count() or 1)
        self.content["machine"].update({"load after": os.getloadavg(), "seconds": round(took), "steal": round(stolen, 4)})
        folder = REPOSITORY / "bench" / "results"
        folder.mkdir(exist_ok=True)
        file = folder / f"{self.content['machine']['time'].replace(':', '')}-{self.content['command']}.json"
        file.write_text(json.dumps(self.content))
        before, after = self.content["machine"]["load before"], self.content["machine"]["load after"]
        self.say(f"\nload {before[0]:.2f} before, {after[0]:.2f} after; steal {stolen:.2%}; {took:.0f} s; all of it in {file.relative_to(REPOSITORY)}")


def shown(value):
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def of_ratio(ratio):
    return f"{ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"
