"""Runs `faasta` as a person does: with its output in pipes, or on a terminal. The texts are made comparable: all that is
different in each run becomes a word in capitals."""
import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading

from support.guests import REPOSITORY
from support.server import BINARIES
from support.waiting import eventually, patient

# Each pattern, and the word that stands for it. The order counts.
CHANGING = [
    (r"\r\x1b\[K[^\r\n]*(?=\r\x1b\[K)", ""),                         # a progress line that the next one replaces
    (r"\r\x1b\[K", ""),
    (r"(?m)^(building|uploading|uploaded|compiled|the server|waiting)[^\n]*\(\d+ s\)\n", ""),
    (r"(?m)^.*cli: wait.*\n", ""),
    (r"\x1b", r"\\e"),
    (r"faa_\w+", "TOKEN"),
    (r"(?m)(its version is|^faasta) \d+\.\d+\.\d+$", r"\1 VERSION"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\b(?=[0-9a-z]*[0-9])(?=[0-9a-z]*[a-z])[0-9a-z]{16,40}\b", "ID"),
    (r"\b[0-9a-f]{8}-[0-9a-f-]{8,}\b", "ID"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\b\d\d:\d\d:\d\d(\.\d+)?\b", "CLOCK"),
    (r"(localhost|127\.0\.0\.1|\[::1\]):\d+", r"\1:PORT"),
    (r"\bport \d+", "port PORT"),
    (r"\b\d+(\.\d+)? (us|µs|ms|s)\b", "DURATION"),
    (r"DURATION +[#|]+", "DURATION  BAR"),
    (r"\b\d+(\.\d+)? (B|KiB|MiB|GiB|TiB)\b", "SIZE"),
    (r"\b(just now|\d+ (second|minute)s? ago)\b", "AGE"),
    (r"  +", "  "),
]


def comparable(text, places):
    """`places`: paths and the words that stand for them."""
    text = text.replace("\r\n", "\n")
    for path, word in sorted(places.items(), key=lambda item: -len(str(item[0]))):
        text = text.replace(str(path), word)
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


class Screen:
    """`cli`: a support.cli.Cli. `terminal`: whether a person sees the output."""

    def __init__(self, cli, terminal):
        self.cli, self.terminal = cli, terminal
        self.places = {cli.home: "HOME", REPOSITORY: "REPOSITORY", BINARIES: "BIN"}

    def run(self, words, stdin=None, typed=(), until=None, cwd=None, env=None):
        """Returns the text of one run. `stdin`: comes from a pipe. `typed`: pairs of a text that the terminal shows, and
        what the person types then; with pipes, all of it comes from stdin. `until`: when this text is there, Ctrl-C."""
        run = self.on_terminal if self.terminal else self.in_pipes
        code, parts = run(words, stdin, typed, until, cwd or self.cli.home, env)
        out = [f"$ faasta {' '.join(map(str, words))}", *(f"--- {name}\n{comparable(text, self.places)}" for name, text in parts if text), f"--- exit {code}"]
        return comparable("\n".join(out), self.places)

    def in_pipes(self, words, stdin, typed, until, cwd, env):
        process = subprocess.Popen(self.cli.command(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.cli.environment(env), cwd=cwd)
        texts = {"stdout": bytearray(), "stderr": bytearray()}
        readers = [reader(process.stdout.fileno(), texts["stdout"]), reader(process.stderr.fileno(), texts["stderr"])]
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write((stdin if stdin is not None else "".join(text for _, text in typed)).encode())
            process.stdin.close()
        if until:
            eventually(lambda: until.encode() in texts["stdout"] + texts["stderr"] or process.poll() is not None, 60, lambda: f"{until}: {texts}")
            process.send_signal(signal.SIGINT)
        process.wait(patient(60))
        for one in readers:
            one.join()
        return process.returncode, [(name, text.decode(errors="replace")) for name, text in texts.items()]

    def on_terminal(self, words, stdin, typed, until, cwd, env):
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        env = {key: value for key, value in self.cli.environment(env).items() if key != "NO_COLOR"} | {"TERM": "xterm-256color"}
        process = subprocess.Popen(self.cli.command(*words), stdin=subprocess.PIPE if stdin is not None else side, stdout=side, stderr=side, env=env, cwd=cwd,
                                   start_new_session=True, preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0))
        os.close(side)
        shown = bytearray()
        reading = reader(main, shown)
        if stdin is not None:
            process.stdin.write(stdin.encode())
            process.stdin.close()
        for prompt, text in typed:
            eventually(lambda: prompt.encode() in shown or process.poll() is not None, 30, lambda: f"{prompt}: {bytes(shown)}")
            os.write(main, text.encode())
        if until:
            eventually(lambda: until.encode() in shown or process.poll() is not None, 60, lambda: f"{until}: {bytes(shown)}")
            os.write(main, b"\x03")
        process.wait(patient(60))
        reading.join()
        os.close(main)
        return process.returncode, [("terminal", shown.decode(errors="replace"))]


def reader(descriptor, into):
    def read():
        with contextlib.suppress(OSError):       # the other end of a terminal is closed
            while data := os.read(descriptor, 65536):
                into.extend(data)
    thread = threading.Thread(target=read)
    thread.start()
    return thread
