"""What docs/threat-model.md says is shown by a test is shown by one that there is."""

from __future__ import annotations

import re

from tests.builders import ROOT


def test_the_threat_model_names_tests_that_there_are() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
    cited = [
        (ROOT / path, test.rstrip("…"))
        for path, tests in re.findall(r"`(tests/test_\w+\.py)`(?: \(([^)]*)\))?", text)
        for test in re.findall(r"test_[\w…]+", tests) or [""]
    ]
    assert len(cited) > 30
    assert [(path.name, test) for path, test in cited if f"def {test}" not in path.read_text("utf-8")] == []
