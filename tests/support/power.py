"""Power cuts: what the kernel may leave of a server's files. A library in the server writes down each change and each
fsync (tests/faults/trace.c). A power cut after any of these records leaves the bytes that fsync has made durable, and the
names that an fsync of their folder has made durable; the rest may be lost, or may be there in part."""
import os
import random
import struct

from support.faults import library

RECORD = struct.Struct("<IIQQQ")
BLOCK = 4096


class File:
    """The bytes of an inode: now, and after its last fsync."""

    def __init__(self, now=b"", synced=b""):
        self.now, self.synced = bytearray(now), synced

    def left(self, chance):
        """What a power cut leaves. Without `chance`: what was synced."""
        if chance is None or self.now == self.synced:
            return self.synced
        size = chance.choice([len(self.now), len(self.synced)])
        both = [source.ljust(size, b"\0") for source in (bytes(self.now), self.synced)]
        return b"".join(chance.choice(both)[at:min(at + BLOCK, size)] for at in range(0, size, BLOCK))


class Disk:
    """The folder after some records. A node is a File, a link's target (bytes), or None for a folder."""

    def __init__(self):
        self.files, self.now, self.synced = {}, {}, {"": {}}

    @staticmethod
    def split(path):
        folder, _, name = path.rpartition("/")
        return folder, name

    def file(self, inode):
        return self.files.setdefault(inode, File())

    def put(self, path, node):
        self.now[path] = node

    def apply(self, kind, path, inode, offset, data):
        if kind == "e":
            known = inode in {id_ for id_, file in self.files.items() if any(node is file for node in self.now.values())}
            if not known:
                self.files[inode] = File()      # the number of a deleted file comes again
            self.put(path, self.files[inode])
        elif kind == "f":
            self.synced[path] = {}
            if path:                            # not the data folder itself
                self.put(path, None)
        elif kind == "l":
            self.put(path, data)
        elif kind == "g":
            self.now.pop(path, None)
        elif kind == "r":
            one, other = path.split("\n")
            for name in [name for name in self.now if name == one or name.startswith(one + "/")]:
                self.now[other + name[len(one):]] = self.now.pop(name)
        elif kind == "w":
            now = self.file(inode).now
            now.extend(bytes(max(0, offset - len(now))))
            now[offset:offset + len(data)] = data
        elif kind == "t":
            now = self.file(inode).now
            del now[offset:]
            now.extend(bytes(offset - len(now)))
        elif kind == "s":
            self.file(inode).now, self.file(inode).synced = bytearray(data), data
        elif kind == "d":
            self.synced[path] = self.entries(path)

    def entries(self, folder):
        return {self.split(path)[1]: node for path, node in self.now.items() if self.split(path)[0] == folder}

    def leave(self, place, seed=None):
        """Writes to `place` what a power cut leaves: without a seed, nothing that was not synced."""
        chance, made = None if seed is None else random.Random(seed), {}

        def fill(folder):
            os.mkdir(place / folder, 0o700)
            old, new = self.synced.get(folder, {}), self.entries(folder)
            kept = new if chance and chance.random() < 0.5 else old
            for name, node in kept.items():
                path = f"{folder}/{name}" if folder else name
                if node is None:
                    fill(path)
                elif isinstance(node, bytes):
                    os.symlink(node, place / path)
                elif id(node) in made:
                    os.link(made[id(node)], place / path)
                else:
                    with open(place / path, "xb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
                        file.write(node.left(chance))
                    made[id(node)] = place / path
        fill("")

    def durable(self):
        """A value that is equal for two states of the disk if power cuts leave the same."""
        def of(node):
            return hash(node.synced) if isinstance(node, File) else node
        return hash(tuple(sorted((folder, name, of(node)) for folder, names in self.synced.items() for name, node in names.items())))


class Trace:
    """The records of a server whose data folder is empty or missing. Make it before the server starts."""

    def __init__(self, server):
        self.server, self.file = server, server.folder / "trace"
        self.file.touch()
        self.environment = {"LD_PRELOAD": str(library(server.folder, "trace")), "FAULTS_TRACE": str(self.file), "FAULTS_FOLDER": f"{server.data.resolve()}/"}
        server.more_environment |= self.environment

    def place(self):
        """The end of the records so far."""
        return self.file.stat().st_size

    def records(self):
        """Yields (end, record) for each record."""
        whole, at = self.file.read_bytes(), 0
        while at < len(whole):
            kind, path_size, inode, offset, size = RECORD.unpack_from(whole, at)
            path, at = whole[at + RECORD.size:at + RECORD.size + path_size].decode(), at + RECORD.size + path_size + size
            yield at, (chr(kind), path, inode, offset, whole[at - size:at])

    def disk(self):
        """The disk after all records."""
        out = Disk()
        for _, record in self.records():
            out.apply(*record)
        return out


def missed(disk, folder):
    """The files of a folder that differ from what the records say: changes that the library did not see."""
    real = {str(path.relative_to(folder)): path for path in folder.rglob("*") if not path.name.endswith("-shm")}
    out = {name for name in real.keys() ^ disk.now.keys()}
    for name in real.keys() & disk.now.keys():
        if isinstance(disk.now[name], File) and real[name].read_bytes() != disk.now[name].now:
            out.add(name)
    return out
