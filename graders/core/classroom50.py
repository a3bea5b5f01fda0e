"""The public checks as Classroom 50 has them run: after each push, in the student's repository, by
an `autograder.py` that leaves `result.json` and `release-body.md` in the working folder.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from graders.core.language import say
from graders.core.outside import Found, Told, Unusable, check_file

SCHEMA = "classroom50/result/v1"
# What the runner says in its environment, by the field that repeats it.
FIELDS = {
    "classroom": "CLASSROOM", "assignment": "ASSIGNMENT", "assignment_type": "ASSIGNMENT_TYPE",
    "owner": "OWNER", "submission": "SUBMISSION_TAG", "commit": "COMMIT_URL",
    "release": "RELEASE_URL", "review": "REVIEW_URL",
}  # fmt: skip


def main(notebook: str) -> int:
    """Check the notebook in the working folder. Returns 0: whether checks pass stands in the
    result.
    """
    try:
        if not Path(notebook).is_file():
            raise Unusable(say("there is no {notebook} in this repository", notebook=notebook))
        found = check_file(Path(notebook))
    except Unusable as error:
        found = Found(notes=[say("nothing was checked: {error}", error=error)])
    result = result_of(found, os.environ, datetime.now(timezone.utc))
    said = say(
        "{passed} of {number} public checks pass",
        passed=result["score"],
        number=result["max-score"],
    )
    text = "\n\n".join([*(f"! {note}" for note in found.notes), *(r.text for r in found.reports)])
    Path("result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    Path("release-body.md").write_text(f"### {said}\n\n~~~text\n{text}\n~~~\n", encoding="utf-8")
    if output := os.environ.get("GITHUB_OUTPUT"):
        passed = result["tests"] and all(test["passed"] for test in result["tests"])
        with open(output, "a", encoding="utf-8") as file:
            file.write(f"status={'success' if passed else 'failure'}\nsummary={said}\n")
    print(f"{text}\n\n{said}")
    return 0


def result_of(found: Found, environment: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The result: a test per exercise of the homework that has public checks, a point per check.
    Without any, one test that fails.
    """
    reports = {report.name: report for report in found.reports}
    whole = found.whole or {report.name: report.checks for report in found.reports}
    tests = [_test(name, checks, reports.get(name)) for name, checks in whole.items() if checks]
    tests = tests or [_test("exercises", 1, None)]
    said = {field: environment.get(name, "") for field, name in FIELDS.items()}
    return {
        "schema": SCHEMA,
        **said,
        "assignment_type": said["assignment_type"] or "individual",
        "owner": said["owner"] or environment.get("USERNAME", ""),
        "review": said["review"] or said["commit"],
        "datetime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(int(test["score"]) for test in tests),
        "max-score": sum(int(test["max-score"]) for test in tests),
        "tests": tests,
    }


def _test(name: str, checks: int, report: Told | None) -> dict[str, Any]:
    """What was found about one exercise; None: it is not there."""
    passed = report.passed if report else 0
    return {
        "test-name": name,
        "passed": passed == checks,
        "score": passed,
        "max-score": checks,
        "output": report.text if report else "",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
