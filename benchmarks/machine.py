"""What the figures were taken on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np


def describe():
    """The processor, the versions and the threads, as words."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system() + " " + platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "autograd": version("autograd"),
        "threads": os.environ.get("OPENBLAS_NUM_THREADS", "not set"),
    }


def processor():
    """Its name as Linux has it, or what Python knows."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
