"""`make demo` runs the main job, with what a user sees first."""

import subprocess
import sys


def test_the_demo_shows_the_main_job(project):
    run = subprocess.run([sys.executable, project / "tools" / "demo"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    titles = [line for line in run.stdout.splitlines() if line.startswith("== ")]
    assert len(titles) == 6
    # On paper: 1 - ((2 * 1.7 + 1) / (1.46 + 2 + 1) + (2 * 1.1 + 1) / (0.74 + 2 + 1)) / 2 with smooth = 1.
    assert "loss  0.078919" in run.stdout
    assert run.stdout.rstrip().endswith("ok")
