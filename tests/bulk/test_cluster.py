"""A class on a cluster: the same gradebook as one machine, whatever happens to a worker, and no way
to the scheduler.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

pytest.importorskip("distributed")

import dask.config
from distributed import Client, LocalCluster, Security

from graders.bulk import cluster
from graders.bulk.command import Options, grade_folder
from graders.bulk.demo import Pretend, write_class
from graders.bulk.gradebook import Gradebook
from graders.bulk.task import BadCluster, Run, Task
from graders.course import homeworks
from graders.course.carried import course_files
from graders.intake.find import Found
from graders.isolation.faults import GroundFault, Refused
from graders.isolation.supervise import LAYERS

ROOT = Path(__file__).parents[2]
# In German: what workers say is said in the language of the homework.
COURSE = (
    '[quick]\ntitle = "Quick"\nlanguage = "de"\npublished = true\ntopics = ["kl"]\n[quick.points]\n'
    "kl_standard_normal = 2\nkl_to_itself = 2\n"
)
# Right only where no connection to the scheduler can be opened.
REACH = """
import socket
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=5).close()
    kl_to_itself = "reached"
except OSError:
    kl_to_itself = 0
"""
COMMANDS = [
    line.strip()
    for line in (ROOT / "docs" / "cluster.md").read_text().splitlines()
    if line.startswith("    openssl ")
]


def workers(number):
    """A cluster of so many worker processes on this machine, which know nothing of any course."""
    return LocalCluster(
        n_workers=number, threads_per_worker=1, processes=True, dashboard_address=":0"
    )


@pytest.fixture(scope="module")
def two():
    with workers(2) as running:
        yield running


def hand_in(homework, folder, count):
    """Right and wrong submissions, one that ends its process, and one that is no notebook."""
    mistakes = homework.entry("kl_standard_normal").misconceptions
    write_class(
        homework,
        [
            Pretend(f"s{i:02d}", (mistakes[i % len(mistakes)],) if i % 3 else ())
            for i in range(count - 2)
        ],
        folder,
    )
    (folder / "exits.py").write_text("import os\nos._exit(3)\n")
    (folder / "cut.ipynb").write_text('{"cells": [')
    return folder


def grade(folder, out, address=None):
    return grade_folder(
        Console(width=300),
        "quick",
        folder,
        out,
        2,
        (),
        None,
        False,
        Options(gradebook=out / "g.sqlite", cluster=address),
    )


def exports(out):
    return {
        p.relative_to(out).as_posix(): p.read_bytes()
        for name in ("exports", "feedback")
        for p in (out / name).iterdir()
    } | {"": (out / "grades.csv").read_bytes()}


def times_graded(out):
    with Gradebook(out / "g.sqlite") as book:
        return [
            row[0]
            for row in book._db.execute("SELECT count(*) FROM result GROUP BY submission, exercise")
        ]


def kill_a_worker(out, running, results):
    """Kill the process of a worker when so many results are in. Its nanny starts another one."""
    while not (out / "g.sqlite").exists() or len(times_graded(out)) < results:
        time.sleep(0.02)
    os.kill(next(iter(running.workers.values())).pid, signal.SIGKILL)


def lose_a_worker(running, quick, folder, count):
    """Grade on one machine, and on a cluster of which a worker is killed; the results are the
    same.
    """
    submissions, one, many = hand_in(quick, folder / "in", count), folder / "one", folder / "many"
    assert grade(submissions, one) == 0
    killer = threading.Thread(target=kill_a_worker, args=(many, running, count // 2), daemon=True)
    killer.start()
    assert grade(submissions, many, running.scheduler_address) == 0
    killer.join(10)
    assert not killer.is_alive()
    assert exports(many) == exports(one)
    page = (many / "feedback" / "s01.ipynb.html").read_text()
    assert "Die Antwort ist richtig." in page and "wrong values" not in page
    assert times_graded(many) == [1] * 2 * count


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_fills_the_same_gradebook_as_one_machine(
    two, quick, tmp_path
):
    lose_a_worker(two, quick, tmp_path, 10)


@pytest.mark.slow
def test_three_workers_and_a_class_of_ninety(quick, tmp_path, monkeypatch):
    monkeypatch.delenv(homeworks.VARIABLE)
    with workers(3) as running:
        monkeypatch.setenv(homeworks.VARIABLE, str(tmp_path / "course"))
        lose_a_worker(running, quick, tmp_path, 90)


def test_a_submission_does_not_reach_the_scheduler(two, quick, tmp_path):
    code = REACH.format(port=two.scheduler.port)
    # The same code outside: it does reach it.
    assert (
        subprocess.run(
            [sys.executable, "-c", code + "\nprint(kl_to_itself)"],
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        == "reached\n"
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "reach.py").write_text(code)
    assert grade(tmp_path / "in", tmp_path / "out", two.scheduler_address) == 0
    assert (tmp_path / "out" / "grades.csv").read_text().splitlines()[1].split(",")[:3] == [
        "reach.py",
        "0",
        "1",
    ]
    assert '<html lang="de">' in (tmp_path / "out" / "feedback" / "reach.py.html").read_text()


def test_a_worker_with_other_software_is_named(two, quick, tmp_path):
    run = Run("quick", tmp_path, "key")
    job = cluster.Job(run, course_files(), run.stamps(), "torch of long ago")
    with (
        Client(two.scheduler_address, set_as_default=False) as client,
        pytest.raises(BadCluster, match="has another version of critic or of torch"),
    ):
        list(cluster._results(client, job, [Task(Found("a", None), ("kl_to_itself",))]))


def test_workers_are_renewed_when_the_course_has_changed(two, quick, tmp_path):
    """And one that is not refuses: what Python has loaded, it does not load again."""
    with Client(two.scheduler_address, set_as_default=False) as client:
        assert all(client.run(cluster.has_room_for, course_files()).values())
        other = {**course_files(), "assignments/more.md": b""}
        client.submit(
            cluster._take_course,
            other,
            str(tmp_path),
            workers=[next(iter(client.nthreads()))],
            pure=False,
        ).result()
        assert sorted(client.run(cluster.has_room_for, course_files()).values()) == [
            False,
            True,
        ]
        cluster._refresh(client, SimpleNamespace(course=course_files()))
        found = client.run(cluster.has_room_for, course_files())
        assert found and all(found.values())


class OneStaleWorker:
    """A client whose only worker has loaded another course; what its restart does is given."""

    def __init__(self, restart):
        self.restart_workers = restart

    def run(self, *_):
        return {"tcp://127.0.0.1:1": False}

    def nthreads(self):
        return {}


def refuse(*_, **__):
    raise ValueError("Restarting workers requires a nanny to be used.")


@pytest.mark.parametrize(
    ("restart", "sentence"),
    [
        (
            refuse,
            (
                "tcp://127.0.0.1:1: graded with another state of this course, and cannot be"
                " restarted from here .*: restart them"
            ),
        ),
        (
            lambda *_, **__: {"tcp://127.0.0.1:1": "timed out"},
            "no worker came back after its restart, which a changed course needs: start them again",
        ),
    ],
)
def test_workers_that_cannot_be_renewed_are_named(restart, sentence):
    with pytest.raises(BadCluster, match=sentence):
        cluster._refresh(OneStaleWorker(restart), SimpleNamespace(course={}))


@pytest.mark.parametrize(
    "address",
    [
        "tcp://192.0.2.7:8786",
        "192.0.2.7:8786",
        "tcp://node7:8786",
        "ws://127.0.0.1:8786",
        "ucx://127.0.0.1:8786",
    ],
)
def test_nothing_but_tls_leaves_a_machine(quick, tmp_path, capsys, address):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.py").write_text("kl_to_itself = 0")
    assert grade(tmp_path / "in", tmp_path / "out", address) == 2
    said = capsys.readouterr().out
    assert (
        f"{address} is reached over a network without TLS" in said
        and "wanted tls://HOST:PORT" in said
    )


@pytest.mark.parametrize(
    "address",
    ["tls://192.0.2.7:8786", "tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:8786"],
)
def test_tls_and_loopback_are_taken(address):
    cluster._check_encrypted(address)


def test_tls_without_certificates_says_what_is_missing(monkeypatch):
    with pytest.raises(BadCluster, match="needs the certificate of this cluster's authority"):
        cluster._security("tls://192.0.2.7:8786")


def test_a_scheduler_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with (
        pytest.raises(BadCluster, match=r"--cluster tcp://127\.0\.0\.1:9: no connection"),
        cluster._connected("tcp://127.0.0.1:9"),
    ):
        pass


def test_a_scheduler_that_goes_away_ends_the_run(monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    file = tmp_path / "scheduler.json"
    command = [
        sys.executable,
        "-m",
        "dask",
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--dashboard-address",
        "127.0.0.1:0",
        "--scheduler-file",
        str(file),
    ]
    scheduler = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while not file.exists():
            time.sleep(0.02)
        results = cluster.on_cluster(
            Run("vae", tmp_path, "key"),
            [Task(Found("a", None), ("kl_to_itself",))],
            f"127.0.0.1:{port_in(file)}",
            lambda text: scheduler.kill(),
        )
        # It is killed when the run says that it waits for workers.
        with pytest.raises(GroundFault, match="the cluster's scheduler"):
            list(results)
    finally:
        scheduler.kill()
        scheduler.wait()


def port_in(file):
    """The port that a scheduler has written down; it makes the file before it fills it."""
    while not (text := file.read_text()):
        time.sleep(0.02)
    return json.loads(text)["address"].rpartition(":")[2]


@pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made with openssl")
def test_with_tls_only_who_has_a_certificate_of_the_same_authority_is_let_in(tmp_path, monkeypatch):
    ours, others = (certificates(tmp_path / name) for name in ("ours", "others"))
    settings = [
        {f"distributed.comm.tls.{key}": str(value) for key, value in files.items()}
        for files in (ours, others)
    ]
    roles = {
        f"tls_{role}_{what}": str(ours[f"client.{what}"])
        for role in ("scheduler", "client")
        for what in ("cert", "key")
    }
    security = Security(tls_ca_file=str(ours["ca-file"]), require_encryption=True, **roles)
    with LocalCluster(
        n_workers=0, protocol="tls", security=security, dashboard_address=":0"
    ) as running:
        address = running.scheduler.address
        with dask.config.set(settings[0]), cluster._connected(address) as client:
            assert address.startswith("tls://") and client.nthreads() == {}
        monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
        with (
            dask.config.set(settings[1]),
            pytest.raises(BadCluster, match="does its certificate come from the same authority"),
            cluster._connected(address),
        ):
            pass


def certificates(folder):
    """An authority, and a certificate signed by it, as docs/cluster.md makes them; by the names of
    Dask's settings.
    """
    folder.mkdir()
    for line in COMMANDS:
        subprocess.run(line.split(), cwd=folder, check=True, capture_output=True)
    return {
        "ca-file": folder / "ca.pem",
        "client.cert": folder / "critic.pem",
        "client.key": folder / "critic.key",
    }


@pytest.mark.parametrize("missing", [("no network", "system call filter", "landlock")])
def test_a_worker_refuses_where_a_submission_could_reach_the_network(missing):
    from graders.isolation.supervise import Grounds

    with (
        Grounds(
            layers=[name for name in LAYERS if name not in missing], trust=True
        ) as open_grounds,
        pytest.raises(Refused, match="could reach the network"),
    ):
        cluster._no_way_out(open_grounds)


def test_nothing_of_a_cluster_is_loaded_unless_one_is_asked_for():
    code = (
        "import graders.cli, graders.bulk.command, sys; print([m for m in sys.modules if"
        " m.split('.')[0] in ('dask', 'distributed')])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )
