"""The alert rules and the dashboard in packaging/watching use only metrics, and labels, that the server has."""
import json
import re
import shutil
import subprocess

import pytest

from support.guests import REPOSITORY, guest_file
from support.server import free_port
from support.tls import Authority
from support.waiting import eventually

WATCHING = REPOSITORY / "packaging" / "watching"
WORDS = {"sum", "rate", "by", "and", "le", "topk", "increase", "changes", "histogram_quantile", "sort"}


@pytest.fixture(name="texts", scope="module")
def texts_fixture(tmp_path_factory):
    """The metrics of two servers: with calls, and with certificates from a CA that does not answer."""
    from support.server import Server       # pylint: disable=import-outside-toplevel
    out = []
    pair = Authority(tmp_path_factory.mktemp("authority")).issue("*.localhost")
    with Server(tmp_path_factory.mktemp("calls"), {"tls": {"listen": "127.0.0.1:0", "redirect": False, "certificates": [pair]}}) as server:
        server.deploy("hello", guest_file("hello-raw").read_bytes())
        server.deploy("trap", guest_file("trap").read_bytes())
        assert server.call("hello").status == 200 and server.call("trap", "/before").status >= 500
        out.append(server.metrics_text())
    acme = {"tls": {"listen": f"127.0.0.1:{free_port()}"}, "acme": {"directory": f"https://127.0.0.1:{free_port()}/"}}
    with Server(tmp_path_factory.mktemp("acme"), acme, base_domain="faasta.example") as server:
        eventually(lambda: any(one.startswith("faasta_certificate_order_problem{") for one in server.prometheus()), 30, "the certificate of the base domain")
        out.append(server.metrics_text())
    return out


@pytest.fixture(name="samples", scope="module")
def samples_fixture(texts):
    return {line.rsplit(" ", 1)[0] for text in texts for line in text.splitlines() if line and not line.startswith("#")}


def expressions():
    for match in re.finditer(r"^        expr: (>-\n(?:          .*\n)+|.*\n)", (WATCHING / "alerts.yml").read_text(), re.MULTILINE):
        yield match[1].removeprefix(">-").strip()
    for panel in json.loads((WATCHING / "grafana.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def selectors(expression):
    """Each metric with its conditions: (name, {label: value})."""
    expression = re.sub(r"\[[^]]*\]|by \([^)]*\)", "", expression)
    for name, labels in re.findall(r"([a-z_]+[a-z0-9_]*)(\{[^}]*\})?", expression):
        if name not in WORDS:
            yield name, dict(re.findall(r'(\w+)="([^"]*)"', labels))


def test_each_metric_exists(samples):
    names = {sample.partition("{")[0] for sample in samples}
    count = 0
    for expression in expressions():
        for name, labels in selectors(expression):
            count += 1
            labels.pop("job", None)           # Prometheus adds it
            assert name == "up" or name in names, f"{name} in {expression}"
            assert all(any(f'{label}="{value}"' in sample for sample in samples if sample.startswith(name)) for label, value in labels.items()), expression
        for grouped in re.findall(r"by \(([^)]*)\)", expression):
            name = next(name for name, _ in selectors(expression))
            for label in grouped.split(", "):
                assert any(f'{label}="' in sample for sample in samples if sample.startswith(name)), (label, expression)
    assert count > 40


def test_labels_in_texts_exist(samples):
    text = (WATCHING / "alerts.yml").read_text()
    for rule in text.split("- alert: ")[1:]:
        for label in re.findall(r"\$labels\.(\w+)", rule):
            metric = next(name for name, _ in selectors(re.search(r"expr: (.*)", rule)[1]))
            assert any(f'{label}="' in sample for sample in samples if sample.startswith(metric)), rule
        assert "summary:" in rule and "fix:" in rule


def promtool(*words, **more):
    return subprocess.run(["promtool", *words], capture_output=True, text=True, **more)


needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (package prometheus; ./dev check package)")


@needs_promtool
def test_prometheus_accepts_the_rules():
    checked = promtool("check", "rules", WATCHING / "alerts.yml")
    assert checked.returncode == 0 and re.search(r"SUCCESS: (\d+) rules found", checked.stdout), checked


@needs_promtool
def test_prometheus_accepts_the_metrics(texts):
    for text in texts:
        checked = promtool("check", "metrics", input=text)
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", ""), checked
    assert promtool("check", "metrics", input=texts[0].replace(" counter", " guess", 1)).returncode != 0


@needs_promtool
def test_alerts_fire():
    """Series that a rule must fire for, and series that it must not (alerts_test.yml)."""
    checked = promtool("test", "rules", REPOSITORY / "tests" / "alerts_test.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
