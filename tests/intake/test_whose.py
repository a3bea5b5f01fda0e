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
