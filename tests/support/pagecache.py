"""Drops files from the page cache, loads them into it, and counts the pages that are in it."""
import ctypes
import mmap
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
FAILED = ctypes.c_void_p(-1).value


def drop(path):
    """Asks the kernel to drop the file's pages. They must be on the disk already (os.sync), and must not be mapped."""
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def fill(path):
    with open(path, "rb") as file:
        while file.read(1 << 20):
            pass


def resident(path):
    """How many of the file's pages are in the page cache."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            return 0
        address = libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, file.fileno(), 0)
        assert address != FAILED, os.strerror(ctypes.get_errno())
        pages = ctypes.create_string_buffer((size + mmap.PAGESIZE - 1) // mmap.PAGESIZE)
        failed = libc.mincore(address, size, pages)
        libc.munmap(address, size)
        assert not failed, os.strerror(ctypes.get_errno())
        return sum(byte & 1 for byte in pages.raw)
