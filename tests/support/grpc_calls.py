"""Runs in a Python that has grpcio (support/venv.py). Calls the guest `grpc` at the given address and host, and prints
the answers."""
import json
import queue
import sys

import grpc


def failure(call):
    try:
        return repr(call())
    except grpc.RpcError as error:
        return [error.code().name, error.details()]


def chat(channel):
    """Sends each word only after the answer to the word before has arrived."""
    words, seen = queue.SimpleQueue(), []
    words.put(b"one")
    for answer in channel.stream_stream("/test.Words/Chat")(iter(words.get, None), timeout=30):
        seen.append(answer.decode())
        words.put(None if len(seen) == 3 else b"word%d" % len(seen))
    return seen


def main(address, host):
    with grpc.insecure_channel(address, options=[("grpc.default_authority", host)]) as channel:
        echo = channel.unary_unary("/test.Words/Echo")
        long = b"x" * 3_000_000
        print(json.dumps({
            "echo": echo(b"hello", timeout=30).decode(),
            "long": echo(long, timeout=60) == long,
            "empty": echo(b"", timeout=30).decode(),
            "join": channel.stream_unary("/test.Words/Join")(iter([b"a", b"b", b"c" * 100_000]), timeout=30).decode(),
            "split": [word.decode() for word in channel.unary_stream("/test.Words/Split")(b"one two three", timeout=30)],
            "chat": chat(channel),
            "fail": failure(lambda: channel.unary_unary("/test.Words/Fail")(b"x", timeout=30)),
            "unknown": failure(lambda: channel.unary_unary("/test.Words/Other")(b"x", timeout=30)),
            "many": [echo.future(b"%d" % i, timeout=30) for i in range(50)][-1].result().decode(),
        }))


main(*sys.argv[1:])
