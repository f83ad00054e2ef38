"""tools/real-caffe and tools/caffe-python: what they print, what they hand on, and what they leave when they can't."""

import os
import pathlib
import subprocess
import time

import pytest

TOOLS = pathlib.Path(__file__).resolve().parent.parent.parent / "tools"


def call(*command, **env):
    return subprocess.run(
        command,
        env=os.environ | env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_what_is_there_is_found_at_once(real_caffe):
    before = time.perf_counter()
    again = call(TOOLS / "real-caffe")
    assert (again.returncode, again.stdout, again.stderr) == (0, f"{real_caffe}\n", "")
    assert time.perf_counter() - before < 2  # some milliseconds; anew it would be half a minute


def test_caffe_1_0_0_with_all_its_layers(run_on_caffe):
    script = "import caffe, realnet\nrealnet.save_json([caffe.__version__, len(caffe.layer_type_list())])\n"
    assert run_on_caffe(script).json == ["1.0.0", 61]


def test_importing_it_is_quiet(run_on_caffe):
    done = run_on_caffe("import warnings\nwarnings.simplefilter('error')\nimport caffe, caffe.proto.caffe_pb2\n")
    assert (done.stdout, done.stderr) == ("", "")


NET = 'import realnet\nrealnet.net(\'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }\')\n'


def test_the_log_shows_on_demand(run_on_caffe):
    assert run_on_caffe(NET).stderr == ""
    assert "Creating Layer x" in run_on_caffe(NET, env={"GLOG_minloglevel": "0"}).stderr


@pytest.mark.parametrize("status", [0, 1, 7])
def test_status_and_arguments_are_handed_on(run_on_caffe, status):
    done = run_on_caffe(
        "import sys\nprint(sys.argv[2])\nsys.exit(int(sys.argv[1]))", args=(str(status), "a b"), check=False
    )
    assert (done.status, done.stdout) == (status, "a b\n")


def test_python_2_has_numpy_and_the_stand_in(run_on_python2):
    script = "import sys, numpy, caffe\nprint(sys.version_info[:2], numpy.__version__, caffe.TEST, caffe.Layer.type)\n"
    assert run_on_python2(script).stdout == "((2, 7), '1.16.6', 1, 'Python')\n"


TALKING = """
import caffe
class Talking(caffe.Layer):
    def setup(self, bottom, top):
        print("set up: " + self.param_str)
    def reshape(self, bottom, top):
        top[0].reshape(1)
    def forward(self, bottom, top):
        pass
"""
TALKING_NET = """
layer { name: "l" type: "Python" top: "y" python_param { module: "talking" layer: "Talking" param_str: "here I am" } }
"""


def test_the_caffe_program_finds_python_layers(real_caffe, tmp_path):
    (tmp_path / "talking.py").write_text(TALKING)
    (tmp_path / "net").write_text(TALKING_NET)
    (tmp_path / "solver").write_text(
        f'net: "{tmp_path}/net" lr_policy: "fixed" max_iter: 1 snapshot_after_train: false\n'
    )
    done = call(TOOLS / "caffe-python", "--caffe", "train", f"--solver={tmp_path}/solver", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "set up: here I am\n"), done.stderr


@pytest.fixture
def offline(tmp_path):
    """An environment whose apt can fetch nothing, and an empty cache folder."""
    (tmp_path / "bin").mkdir()
    apt = tmp_path / "bin" / "apt-get"
    apt.write_text("#!/bin/sh\necho 'E: Temporary failure resolving the mirror' >&2\nexit 100\n")
    apt.chmod(0o755)
    return {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "LAYERDSL_CACHE": str(tmp_path / "cache")}


def test_without_a_network_it_says_so_and_leaves_nothing_half(offline, tmp_path):
    done = call(TOOLS / "real-caffe", **offline)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "(is there a network?): E: Temporary failure resolving the mirror" in done.stderr
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]


def test_a_script_is_not_run_without_caffe(offline, tmp_path):
    done = call(TOOLS / "caffe-python", "-c", "print('ran')", **offline)
    assert (done.returncode, done.stdout) == (1, "")


def test_a_cache_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    done = call(TOOLS / "real-caffe", LAYERDSL_CACHE=f"{tmp_path}/file/cache")
    assert done.returncode == 1
    assert f"cannot write to the cache folder {tmp_path}/file/cache" in done.stderr
