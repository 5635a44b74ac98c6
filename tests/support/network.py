"""Runs code in a new network namespace."""
import concurrent.futures
import ctypes
import subprocess

import pytest

CLONE_NEWNET = 0x40000000


def in_a_network_of_its_own(work):
    """Runs `work` in a new network, and returns the result of `work`. In this network, `work` and the processes that
    it starts have only a loopback interface."""
    def enter_and_work():
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            return None
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return (work(),)
    # The network belongs to a new thread, and ends with this thread.
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        result = threads.submit(enter_and_work).result()
    if result is None:
        pytest.skip("a network of its own is for root")
    return result[0]


def own_address(address):
    """Gives this network's loopback interface one more address."""
    subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
