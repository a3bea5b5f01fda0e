"""A name made to look like another's takes nobody's row."""

import pytest

from graders.intake.layouts import read

MARK = "_assignsubmission_file_"


def rows(folder, *names):
    folder.mkdir()
    for name in names:
        (folder / name).write_text("x = 1")
    return {item.handle: item.file.name for item in read(folder).found}


def test_a_file_named_like_another_participants_stays_its_owners(tmp_path):
    eve = f"Eve_103{MARK}Alan_102{MARK}x.py"
    found = rows(tmp_path / "in", f"Alan_102{MARK}hw.py", f"Ada_101{MARK}hw.py", eve)
    assert found == {
        "Participant 101": f"Ada_101{MARK}hw.py",
        "Participant 102": f"Alan_102{MARK}hw.py",
        "Participant 103": eve,
    }


def test_many_files_named_as_another_platform_names_them_do_not_change_the_layout(tmp_path):
    eve = [f"eve_3_{i}_x_102{MARK}{i}.py" for i in range(7)]
    found = rows(tmp_path / "in", "ada_1_11_hw.py", "alan_2_12_hw.py", *eve)
    assert set(found) == {"1", "2", "3"}


@pytest.mark.parametrize("key", ["publishd", "deu", "latte"])
def test_unknown_keys_are_refused_with_the_nearest_known_one(tmp_path, monkeypatch, key):
    from graders.course import homeworks

    text = '[a]\ntitle = "A"\ntopics = ["kl"]\n'
    text += "[a.latte]\ndays = 1\n" if key == "latte" else f"{key} = true\n"
    (tmp_path / "homeworks.toml").write_text(text + "[a.points]\nkl_to_itself = 1\n")
    monkeypatch.setenv(homeworks.VARIABLE, str(tmp_path))
    near = {"publishd": "published", "deu": "due", "latte": "late"}[key]
    with pytest.raises(homeworks.BadCourse, match=f"{key}.*did you mean '{near}'"):
        homeworks.homeworks()


def test_two_moodle_participants_of_one_name_are_two(tmp_path):
    from graders.course.people import Person
    from graders.intake.inbox import open_inbox

    folder = tmp_path / "in"
    folder.mkdir()
    for number in (101, 102, 103):
        name = "Alan" if number == 103 else "Ada Lovelace"
        (folder / f"{name}_{number}{MARK}hw.py").write_text(f"x = {number}")
    roster = [Person(id="1", name="Ada Lovelace"), Person(id="3", name="Alan")]
    inbox = open_inbox(folder, tmp_path / "unpacked", roster)
    assert [item.handle for item in inbox.found] == [f"Participant {n}" for n in (101, 102, 103)]
    assert len({item.owner for item in inbox.found}) == 3
    assert [item.people[0].id for item in inbox.found] == ["", "", "3"]


def test_what_an_experiment_left_beside_several_scripts_is_nobodys(tmp_path):
    from graders.intake.find import plain

    (tmp_path / "experiment.npz").write_bytes(b"PK")
    (tmp_path / "ada.py").write_text("x = 1")
    (alone,) = plain(tmp_path).found
    assert alone.artefacts == tmp_path / "experiment.npz"
    (tmp_path / "alan.py").write_text("x = 2")
    (tmp_path / "alan.npz").write_bytes(b"PK")
    inbox = plain(tmp_path)
    ada, alan = inbox.found
    assert ada.artefacts is None and alan.artefacts == tmp_path / "alan.npz"
    assert any("experiment.npz is nobody's" in note for note in inbox.notes)


@pytest.mark.parametrize("platform", ["canvas", "moodle", "folder"])
def test_what_an_experiment_left_goes_with_the_code_of_the_same_student(tmp_path, platform):
    place = {
        "canvas": lambda name: f"ada_1_{11 + len(name)}_{name}",
        "moodle": lambda name: f"Ada_101{MARK}{name}",
        "folder": lambda name: f"ada/{name}",
    }[platform]
    for name in ("hw.py", "experiment.npz", "helper.py"):
        path = tmp_path / place(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text("kl = 1")
    (item,) = read(tmp_path, ["kl"]).found
    assert item.artefacts == tmp_path / place("experiment.npz")
