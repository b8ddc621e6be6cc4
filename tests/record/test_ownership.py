"""A report belongs to the workspace's owner, whoever wrote it."""

import os
from pathlib import Path

from deployer.record.ownership import adopt

ROOT = os.geteuid() == 0
OWNER, SOMEBODY = (4242, 4343) if ROOT else (os.geteuid(), os.geteuid())


def test_the_report_and_its_new_parents_belong_to_the_owner_of_the_workspace(tmp_path: Path) -> None:
    report = tmp_path / ".sockdeploy" / "run"
    report.mkdir(parents=True)
    (report / "journal.jsonl").write_text("x")
    (report / "away").symlink_to("/etc")
    (report / "theirs").write_text("x")
    os.chown(report / "theirs", SOMEBODY, -1)
    os.chown(tmp_path, OWNER, -1)
    adopt(report, tmp_path)
    for path in (report.parent, report, report / "journal.jsonl", report / "away"):
        assert path.lstat().st_uid == OWNER
    assert (report / "theirs").lstat().st_uid == SOMEBODY
    assert Path("/etc").stat().st_uid == 0


def test_a_report_outside_the_workspace_leaves_its_parents_alone(tmp_path: Path) -> None:
    workspace, report = tmp_path / "workspace", tmp_path / "elsewhere" / "run"
    workspace.mkdir()
    report.mkdir(parents=True)
    os.chown(workspace, OWNER, -1)
    adopt(report, workspace)
    assert report.stat().st_uid == OWNER
    assert report.parent.stat().st_uid == os.geteuid()


def test_a_report_that_does_not_exist_is_nobodys(tmp_path: Path) -> None:
    adopt(tmp_path / "missing", tmp_path)
    assert list(tmp_path.iterdir()) == []
