"""Fuzz the targets, guided by what of the exporter's code an input reaches.

For each target: a process that goes on after a finding, a corpus that grows from run to run in
`run/hostile/`, and the findings of this run as files beside it. Prometheus' own parser reads one
page of the whole corpus of log lines. `python -m tests.hostile --seconds 600`.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import traceback
from importlib import import_module
from pathlib import Path

TARGETS = ("parser", "classifier", "configuration")
KEPT = Path("run") / "hostile"
"""Where corpora and findings are kept, below the project's folder."""

_LONGEST = 4096  # bytes of an input; how time grows beyond is measured by the tests
_SLOW = 10  # seconds that one input may take


def main() -> int:
    """Run the targets one after the other; 1 when one has a finding."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--seconds", type=int, default=60, help="for each target")
    flags.add_argument("--fuzz", choices=TARGETS, help=argparse.SUPPRESS)
    flags.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    given = flags.parse_args()
    if given.fuzz:
        fuzz(given.fuzz, given.seconds)
    found = 0
    for target in given.targets or TARGETS:
        print(f"{target}: {given.seconds} s", flush=True)
        shutil.rmtree(KEPT / target / "findings", ignore_errors=True)
        command = [sys.executable, "-m", "tests.hostile", "--fuzz", target]
        ended = subprocess.run([*command, "--seconds", str(given.seconds)], check=False)
        findings = sorted((KEPT / target / "findings").glob("*"))
        print(f"{target}: exit code {ended.returncode}, {len(findings)} findings", *findings)
        found += len(findings) + (ended.returncode != 0)
        if target == "parser" and ended.returncode == 0:
            found += not _read_by_prometheus(KEPT / target / "corpus")
    return 1 if found else 0


def _read_by_prometheus(corpus: Path) -> bool:
    together = import_module("tests.hostile.targets").Together()
    for path in corpus.iterdir():
        together.add(path.read_bytes())
    page = together.page()
    code, told = import_module("tests.prometheus").check_metrics(page)
    print(f"promtool check metrics: {page.count(b'{')} series, exit code {code}", told)
    return bool(code == 0)


def fuzz(target: str, seconds: int) -> None:
    """Fuzz one target; ends the process."""
    import atheris

    with atheris.instrument_imports(include=["exporter", "yaml"]):
        check = import_module("tests.hostile.targets").TARGETS[target]
        seeds = import_module("tests.hostile.seeds")
    corpus, findings = KEPT / target / "corpus", KEPT / target / "findings"
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(exist_ok=True)
    for seed in seeds.of(target):
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    dictionary = KEPT / target / "words"
    dictionary.write_text("".join(map(_quoted, seeds.words(target))))
    known: set[str] = set()

    def checked(data: bytes) -> None:
        try:
            check(data)
        except Exception as error:
            _keep(data, error, findings, known)

    options = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", f"-timeout={_SLOW}"]
    options += [f"-dict={dictionary}", f"-artifact_prefix={findings}/", "-print_final_stats=1"]
    atheris.Setup([target, *options, str(corpus)], checked)
    atheris.Fuzz()


def _keep(data: bytes, error: Exception, findings: Path, known: set[str]) -> None:
    """Keep the first input for each place that an error comes from."""
    place = "\n".join(map(str, traceback.extract_tb(error.__traceback__)[-3:]))
    name = hashlib.sha256(f"{type(error).__name__} {place}".encode()).hexdigest()[:12]
    if name not in known:
        known.add(name)
        (findings / name).write_bytes(data)
        print(f"\n{name}: {data!a}", *traceback.format_exception(error), sep="\n", flush=True)


def _quoted(word: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'


if __name__ == "__main__":
    raise SystemExit(main())
