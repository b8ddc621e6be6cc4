"""Running a script as a host would."""

import subprocess


def run_in_sh(script: bytes) -> str:
    """Give what `sh` prints for a script on its standard input; it must succeed."""
    return subprocess.run(["sh", "-s"], input=script, capture_output=True, check=True).stdout.decode()
