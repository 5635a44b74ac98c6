"""The root of a clean Debian 12, from the tar file that packaging/clean-debian makes (FAASTA_DEBIAN)."""
import os
import shutil
import subprocess


def unpack(root):
    """Makes the folder `root` anew."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    subprocess.run(["tar", "-C", root, "-xf", os.environ["FAASTA_DEBIAN"]], check=True)
