"""no_new_code.py PROGRAM ARGUMENT...: runs the program under the system call filter that systemd sets for
`MemoryDenyWriteExecute=yes`. No memory can become executable, and no mapping can be writable and executable."""
import ctypes
import errno
import os
import struct
import sys

MMAP, MPROTECT, SHMAT, PKEY_MPROTECT = 9, 10, 30, 329       # x86-64
WRITE, EXEC, SHM_EXEC = 2, 4, 0o100000
LOAD, AND, EQUAL, RETURN = 0x20, 0x54, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
THIRD_ARGUMENT = 16 + 8 * 2         # offset in struct seccomp_data: its lower half


def filter_program():
    code = [(LOAD, 0, 0, 0)]
    for call, bits in ((MPROTECT, EXEC), (PKEY_MPROTECT, EXEC), (MMAP, WRITE | EXEC), (SHMAT, SHM_EXEC)):
        code += [(EQUAL, 0, 5, call), (LOAD, 0, 0, THIRD_ARGUMENT), (AND, 0, 0, bits), (EQUAL, 0, 1, bits),
                 (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    return [*code, (RETURN, 0, 0, ALLOW)]


def enter(code):
    """Puts this process, and the programs that it becomes, under a filter."""
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = b"".join(struct.pack("HBBI", *one) for one in code)
    kept = ctypes.create_string_buffer(instructions)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(kept)))
    no_new_privileges, set_seccomp, by_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, by_filter, ctypes.byref(header), 0, 0):
        sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    enter(filter_program())
    os.execv(sys.argv[1], sys.argv[1:])
