"""Chromium, without a window. It trusts its own list of roots, and the ones that a test adds."""
import os
import subprocess


def shown(programs, folder, root, url, rules):
    """The document at `url`, as the browser shows it. `programs`: chromium and certutil; `root`: a certificate (PEM) to
    trust; `rules`: addresses of host names, as `--host-resolver-rules` takes them."""
    browser, certutil = programs
    home = folder / "browser"
    roots = home / ".pki" / "nssdb"
    roots.mkdir(parents=True)
    for words in (["-N", "--empty-password"], ["-A", "-n", "test", "-t", "C,,", "-i", root]):
        subprocess.run([certutil, "-d", f"sql:{roots}", *words], check=True, capture_output=True)
    page = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home}/profile", f"--host-resolver-rules={rules}", "--dump-dom", url],
                          env={**os.environ, "HOME": str(home)}, capture_output=True, text=True, timeout=120, check=False)
    assert page.stdout, page.stderr[-2000:]
    return page.stdout
