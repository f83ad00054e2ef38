"""Classes that people wrote: right ones are right, broken ones are told of, and nothing gets out of its process."""

import json
import pathlib
import sys
import xml.etree.ElementTree

import numpy as np
import pytest
from hand_written import BROKEN, HEAD, OF_THEIR_TIME, RELU, RIGHT, SCALE, SQUARED

from layerdsl.check import check_class, test_gradient_for_python_layer
from layerdsl.check.bottoms import spec
from layerdsl.check.probe.manners import _few_and_most
from layerdsl.cli import main
from layerdsl.source import Fault

SHAPE = ["4x3x5x6"]


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a text to my_layers.py, in whose folder the test is."""
    monkeypatch.chdir(tmp_path)
    return lambda text: (tmp_path / "my_layers.py").write_text(text)


@pytest.fixture
def check(written):
    def run(text, name="ReLU", bottoms=SHAPE, **options):
        written(text)
        return check_class(f"my_layers.py:{name}", bottoms, **options)

    return run


def said(result):
    return "\n".join("\n".join([each.message, *each.notes]) for each in result.diagnostics)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_class_is_right(check, name):
    text, bottoms, param_str = RIGHT[name]
    result = check(text, name, bottoms, param_str=param_str)
    assert [row for row in result.rows if row.verdict == "WRONG"] == []
    assert result.ok, said(result)


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_class_is_told_of(check, fault):
    right, wrong, words = BROKEN[fault]
    assert right in RELU
    result = check(RELU.replace(right, wrong))
    assert not result.ok
    assert words in said(result)
    assert "WRONG" in {row.verdict for row in result.rows}


@pytest.mark.parametrize("fault", OF_THEIR_TIME)
def test_what_hinders_a_class_of_another_time_is_explained(check, fault):
    text, words, advice = OF_THEIR_TIME[fault]
    result = check(text)
    (found,) = result.diagnostics
    assert (found.code, found.level) == ("LD608", "error")
    assert words in found.message
    assert advice in found.help


def test_a_fault_is_shown_at_the_method_or_the_line(check):
    (found,) = check(RELU.replace("= top[0].diff *", "= -top[0].diff *"), properties=("gradient",)).diagnostics
    assert found.span.text == "def backward(self, top, propagate_down, bottom):"
    (found,) = check(RELU.replace("        pass", "        xrange(3)")).diagnostics
    assert found.span.text == "xrange(3)"


def test_a_line_of_an_inherited_method_is_shown_in_its_own_file(check, tmp_path):
    refusing = RELU.replace(
        "            bottom[0].diff[...] =", "            raise KeyError\n            bottom[0].diff[...] ="
    )
    (tmp_path / "base.py").write_text(refusing)
    (found,) = check("from base import ReLU\n\n\nclass Derived(ReLU):\n    pass\n", "Derived").diagnostics
    assert (found.span.source.name, found.span.text) == ("base.py", "raise KeyError")


def test_a_refusal_is_told_as_one(check):
    (found,) = check(SQUARED, "Squared").diagnostics
    assert found.message == "`Squared`: `setup` refuses: ValueError: two bottoms"


def test_a_backward_that_refuses_says_which_bottoms_have_a_gradient(check):
    text = SQUARED.replace(
        "        for i, sign", "        if propagate_down[1]:\n            raise ValueError('no')\n        for i, sign"
    )
    (found,) = check(text, "Squared", RIGHT["Squared"][1]).diagnostics
    assert found.message == "`Squared`: `backward` refuses: ValueError: no"
    assert found.help == "`--propagate-down` says which bottoms have a gradient"
    assert check(text, "Squared", RIGHT["Squared"][1], propagate_down=[True, False]).ok


def test_what_shows_in_two_properties_is_told_once(check):
    right, wrong, _ = BROKEN["nothing written"]
    result = check(RELU.replace(right, wrong))
    assert {row.property for row in result.rows if row.verdict == "WRONG"} == {
        "gradient of `bottom[0]`",
        "diffs written",
    }
    (found,) = result.diagnostics
    assert "`--propagate-down 0` if it has no gradient" in found.help


def test_a_factor_is_told_where_all_entries_have_it_and_not_where_those_of_a_sample_do(check):
    assert "every entry is 2 times its slope" in said(check(RELU.replace("= top[0].diff *", "= 2 * top[0].diff *")))
    one_sample = RELU.replace("(bottom[0].data > 0)\n", "(bottom[0].data > 0)\n            bottom[0].diff[0] *= 2\n")
    result = check(one_sample)
    assert not result.ok
    assert "every entry" not in said(result)


PICKED = (
    HEAD
    + """class Picked(caffe.Layer):
    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(bottom[1].num, bottom[0].channels)

    def forward(self, bottom, top):
        self.picked = bottom[1].data[:, 0].astype(int)
        top[0].data[...] = bottom[0].data[self.picked]

    def backward(self, top, propagate_down, bottom):
        if propagate_down[0]:
            bottom[0].diff[...] = 0
            np.add.at(bottom[0].diff, self.picked, top[0].diff)
"""
)


def test_values_that_were_given_need_not_fit_other_sizes(check):
    """A region of the second picture has no place in a batch of one."""
    bottoms = ["2x3", np.array([[0, 1], [1, 0], [1, 1]])]
    result = check(PICKED, "Picked", bottoms, propagate_down=[True, False])
    assert result.ok, said(result)
    assert {row.property: row.verdict for row in result.rows}["other sizes"] == "doubtful"
    assert "the values that were given for `bottom[1]` are cut or repeated" in said(result)
    wrong = PICKED.replace(
        "np.add.at(bottom[0].diff, self.picked, top[0].diff)", "bottom[0].diff[self.picked] = top[0].diff"
    )
    result = check(wrong, "Picked", bottoms, propagate_down=[True, False])
    (row,) = [row for row in result.rows if row.verdict == "WRONG"]
    assert row.figure is not None


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5])
def test_subsets_are_tried_from_both_ends(number):
    found = list(_few_and_most(list(range(number))))
    assert len(found) == len(set(found)) == 2**number
    assert found[:2] == [(), tuple(range(number))][: len(found)]


HUBER = (
    HEAD
    + """class Huber(caffe.Layer):
    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].shape)

    def forward(self, bottom, top):
        size = np.abs(bottom[0].data)
        top[0].data[...] = np.where(size < 10, size**2 / 2, 10 * (size - 5))

    def backward(self, top, propagate_down, bottom):
        if propagate_down[0]:
            bottom[0].diff[...] = np.clip(bottom[0].data, -10, 10) * top[0].diff
"""
)


def test_a_bottom_may_be_a_tuple_of_sizes_and_a_list_is_values(check):
    result = check(RELU, bottoms=[(4, np.int64(3))], properties=("gradient",))
    assert result.rows == check(RELU, bottoms=["4x3"], properties=("gradient",)).rows
    result = check(RELU, bottoms=[[4.0, 3.0]], properties=("gradient",), names={"bottom": ["pair"]})
    assert result.rows[0].property == "gradient of `pair`"
    assert result.ok
    with pytest.raises(ValueError, match="has no entries"):
        check(RELU, bottoms=[(4, 0)])


@pytest.mark.parametrize("name", ["np.random", "random"])
def test_a_class_that_seeds_what_all_draw_from_is_told_so(check, name):
    text = RELU.replace("        pass", f"        import random\n        {name}.seed(0)", 1)
    (found,) = check(text, properties=("repeatable",)).diagnostics
    assert (found.message, found.level) == (
        f"`ReLU`: `setup` seeds `{name}`, from which all other layers draw, too",
        "warning",
    )


def test_a_branch_that_only_large_values_take_is_tried(check):
    assert check(HUBER, "Huber", ["4x5"]).ok
    result = check(
        HUBER.replace("np.clip(bottom[0].data, -10, 10)", "bottom[0].data"), "Huber", ["4x5"], properties=("gradient",)
    )
    (found,) = result.diagnostics
    assert found.message.startswith(
        "`Huber`: for values 10 times as large the gradient of `bottom[0]` is not the slope"
    )
    assert (found.level, result.rows[0].verdict) == ("warning", "doubtful")


REFILLED = {
    "filled anyway": (
        "            self.blobs[0].data[...] = 1",
        "        self.blobs[0].data[...] = 1",
        "fills `blobs[0]` again, which is there already",
    ),
    "added anyway": ("if len(self.blobs) == 0", "if True", "adds blobs to those that are there already"),
}


@pytest.mark.parametrize("fault", REFILLED)
def test_blobs_that_are_there_before_setup_are_kept(check, fault):
    """As where the prototxt holds them."""
    right, wrong, words = REFILLED[fault]
    text, bottoms, _ = RIGHT["Scale"]
    result = check(text.replace(right, wrong), "Scale", bottoms, properties=("state",))
    (found,) = result.diagnostics
    assert (found.message, found.level) == (f"`Scale`: `setup` {words}", "warning")
    assert found.span.text == "def setup(self, bottom, top):"
    assert {row.property: row.verdict for row in result.rows}["state"] == "doubtful"


def test_an_endless_loop_comes_to_an_end(check):
    text = RELU.replace(
        "top[0].data[...] = np.maximum", "while True:\n            pass\n        top[0].data[...] = np.maximum"
    )
    result = check(text, seconds=3.0)
    (found,) = result.diagnostics
    assert "did not come to an end within 3 seconds, in `forward`" in found.message
    assert found.span.text in ("while True:", "pass")


def test_a_process_that_gets_nowhere_in_its_time(check):
    (found,) = check(RELU, seconds=0.001).diagnostics
    assert found.message == "`ReLU`: Python did not get as far as to try it within 0.001 seconds"


def test_a_crash_and_an_end_of_the_process_are_told(check):
    crash = RELU.replace("        pass", "        import ctypes\n        ctypes.string_at(0)")
    assert "the process that ran it has ended (signal SIGSEGV)" in said(check(crash))
    over = RELU.replace("        pass", "        import os\n        os._exit(3)")
    assert "the process that ran it has ended (exit status 3)" in said(check(over))


def test_a_process_that_ends_as_if_nothing_were_wrong_is_no_check(check, tmp_path, capfd):
    over = RELU.replace("        pass", "        import os\n        os._exit(0)")
    result = check(over)
    assert "the process that ran it has ended (exit status 0)" in said(result)
    assert not result.ok
    assert main(["check", "--class", "my_layers.py:ReLU", "--bottom", "4x3", "--json", "told.json"]) == 1
    assert not json.loads((tmp_path / "told.json").read_text())["checks"][0]["ok"]
    capfd.readouterr()


def test_a_program_that_is_no_python_has_checked_nothing(check, tmp_path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    (found,) = check(RELU, python=str(program)).diagnostics
    assert found.message == f"`ReLU`: {program} did not get as far as to try it (exit status 0)"


def test_what_a_class_prints_is_not_in_the_table(check, capfd):
    assert check(RELU.replace("        pass", "        print('hello')")).ok
    assert capfd.readouterr() == ("", "")


def test_float32_in_a_class_does_not_blur_its_slopes(check):
    text, bottoms, _ = RIGHT["Squared"]
    figures = [row.figure for row in check(text, "Squared", bottoms).rows if row.property.startswith("gradient")]
    assert len(figures) == 2
    assert max(figures) < 1e-7


def test_labels_have_no_gradient_and_propagate_down_says_what_has(check):
    text, bottoms, _ = RIGHT["Squared"]
    rows = [row.property for row in check(text, "Squared", [bottoms[0], bottoms[1] + ":labels=2"]).rows]
    assert [row for row in rows if row.startswith("gradient")] == ["gradient of `bottom[0]`"]
    rows = [row.property for row in check(text, "Squared", bottoms, propagate_down=[False, True]).rows]
    assert [row for row in rows if row.startswith("gradient")] == ["gradient of `bottom[1]`"]


WHOLE = (
    HEAD
    + """class Whole(caffe.Layer):
    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        label = bottom[1].data
        if (label != np.round(label)).any() or (label < 0).any():
            raise ValueError("labels are whole")
        self.weight = (label + 1).reshape(-1, 1)
        top[0].data[...] = np.sum(bottom[0].data ** 2 * self.weight)

    def backward(self, top, propagate_down, bottom):
        if propagate_down[0]:
            bottom[0].diff[...] = 2 * bottom[0].data * self.weight * top[0].diff.flat[0]
"""
)


@pytest.mark.parametrize("labels", ["4:labels=3", np.array([0.0, 2.0, 1.0, 0.0])])
def test_labels_stay_whole(check, labels):
    result = check(WHOLE, "Whole", ["4x3", labels], propagate_down=[True, False])
    assert result.ok, said(result)


BESIDE = RELU.replace(
    "        top[0].reshape", "        top[1].reshape(*bottom[0].shape)\n        top[0].reshape"
).replace(
    "        top[0].data[...] =", "        top[1].data[...] = np.tanh(bottom[0].data)\n        top[0].data[...] ="
)


def test_a_top_may_give_no_gradient_back(written, capsys):
    written(BESIDE)
    options = ["check", "--class", "my_layers.py:ReLU", "--bottom", "4x3"]
    assert main([*options, "--tops", "2"]) == 1
    assert main([*options, "--tops", "1,0"]) == 0
    assert main([*options, "--tops", "1,x"]) == 2
    assert "`1,x` is neither how many tops" in capsys.readouterr().err


def test_parameters_that_are_filled_again_are_no_states(check):
    text = SCALE.replace("        top[0].data", "        self.blobs[0].data[...] = 1\n        top[0].data")
    result = check(text, "Scale")
    assert "`blobs[0]` is filled again after it was restored" in said(result)


SOURCE = (
    HEAD
    + """class Source(caffe.Layer):
    def setup(self, bottom, top):
        self.count = 0

    def reshape(self, bottom, top):
        top[0].reshape(3)

    def forward(self, bottom, top):
        self.count += 1
        top[0].data[...] = self.count

    def backward(self, top, propagate_down, bottom):
        pass
"""
)


def test_a_source_of_data_may_go_on_by_itself(check):
    result = check(SOURCE, "Source", [])
    assert result.ok
    assert {row.property: row.verdict for row in result.rows}["repeatable"] == "doubtful"


def test_what_fails_at_one_line_is_told_once(check):
    text = RELU.replace("        pass", "        self.kept = np.zeros((4, 3))")
    result = check(
        text.replace("np.maximum(bottom[0].data, 0)", "np.maximum(bottom[0].data + self.kept, 0)"), bottoms=["4x3"]
    )
    assert len([each for each in result.diagnostics if "broadcast" in each.message]) == 1


def test_labels_may_be_others_besides(check):
    """Of 255 the weight has to be none: that it is not would show in no other way."""
    right = WHOLE.replace("(label + 1)", "((label + 1) * (label != 255))")
    assert check(right, "Whole", ["4x3", "4:labels=3,255"]).ok
    ignored = right.replace("* self.weight * top", "* (bottom[1].data + 1).reshape(-1, 1) * top")
    assert check(ignored, "Whole", ["4x3", "4:labels=3"]).ok
    assert not check(ignored, "Whole", ["4x3", "4:labels=3,255"]).ok


def test_the_number_of_tops_is_found_out(check):
    text = RELU.replace("        top[0].reshape", "        top[1].reshape(1)\n        top[0].reshape").replace(
        "        top[0].data[...] =", "        top[1].data[...] = 0\n        top[0].data[...] ="
    )
    result = check(text)
    assert result.ok, said(result)
    assert any("each of 2 tops alone" in row.how for row in result.rows)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("4x3", {"shape": [4, 3], "kind": "normal"}),
        ("scalar", {"shape": [], "kind": "normal"}),
        ("7:labels=2", {"shape": [7], "kind": "labels", "labels": 2}),
        ("7:labels=2,255,-1", {"shape": [7], "kind": "labels", "labels": 2, "others": [255, -1]}),
        ("4x2:-1..2.5", {"shape": [4, 2], "kind": "range", "low": -1.0, "high": 2.5}),
    ],
)
def test_bottoms_are_read(text, wanted):
    assert spec(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "4x",
        "4,3",
        "4:label=3",
        "4:labels=0",
        "4:labels=2,",
        "4:labels=2,x",
        "4:2..1",
        "4:0..inf",
        "99999x99999",
        "4x0",
        "no.npy",
    ],
)
def test_what_is_no_bottom_is_refused_with_what_is(text):
    with pytest.raises(ValueError, match="`"):
        spec(text)


def test_a_file_or_python_that_is_not_there_is_told(check):
    with pytest.raises(Fault, match="can't read `none"):
        check_class("none.py:A", SHAPE)
    with pytest.raises(Fault, match="can't run `no/python`"):
        check(RELU, python="no/python")


def test_on_a_python_without_caffe(check):
    (found,) = check(RELU, python=sys.executable).diagnostics
    assert found.code == "LD608"
    assert "caffe" in found.help


def run_old_test(text, **changed):
    pathlib.Path("my_old_layers.py").write_text(text)
    random = np.random.RandomState(0)
    given = {
        "input_names_and_values": [("pred", random.randn(3, 4)), ("label", random.randn(3, 4))],
        "output_names": ["loss"],
        "py_module": "my_old_layers",
        "py_layer": "Squared",
        "param_str": None,
        "propagate_down": [True, True],
    }
    return test_gradient_for_python_layer(**(given | changed))


def test_old_tests_run_on(written, monkeypatch):
    monkeypatch.syspath_prepend(".")
    assert run_old_test(SQUARED) is True
    run_old_test(SQUARED, propagate_down=[True, False])


def test_old_tests_fail_where_the_layer_is_wrong(written, monkeypatch):
    monkeypatch.syspath_prepend(".")
    with pytest.raises(AssertionError, match="the gradient of `label` is not the slope"):
        run_old_test(SQUARED.replace("(1, -1)", "(1, 1)"))


def test_the_command_line_writes_json_and_junit(written, capsys):
    written(RELU.replace("= top[0].diff *", "= 1.0 *"))
    options = ["--bottom", "4x3x5x6", "--json", "out.json", "--junit", "out.xml"]
    assert main(["check", "--class", "my_layers.py:ReLU", *options]) == 1
    printed = capsys.readouterr()
    assert "loss_weight" in printed.out
    assert "error[LD607]" in printed.err
    (report,) = json.loads(pathlib.Path("out.json").read_text())["checks"]
    assert (report["name"], report["ok"]) == ("my_layers.py:ReLU", False)
    assert {line["property"]: line["verdict"] for line in report["properties"]}["top diffs"] == "WRONG"
    suite = xml.etree.ElementTree.parse("out.xml").getroot()[0]
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == 1
    assert int(suite.get("tests")) == len(suite.findall("testcase")) == len(report["properties"])


def test_each_case_of_junit_has_what_is_wrong_with_it(written):
    wrong = RELU.replace("= top[0].diff *", "= -top[0].diff *").replace("if propagate_down[0]:", "if True:")
    written(wrong)
    assert (
        main(["check", "--class", "my_layers.py:ReLU", "--bottom", "4x3x5x6", "--junit", "a.xml", "--json", "a.json"])
        == 1
    )
    suite = xml.etree.ElementTree.parse("a.xml").getroot()[0]
    said = {case.get("name"): case.find("failure") for case in suite if case.find("failure") is not None}
    assert {name: failure.get("message") for name, failure in said.items()} == {
        "gradient of `bottom[0]`": "`ReLU`: the gradient of `bottom[0]` is not the slope of the forward",
        "propagate_down": "`ReLU`: the diff of `bottom[0]` is written although `propagate_down[0]` is false",
    }
    assert "the backward gives" in said["gradient of `bottom[0]`"].text
    assert "the backward gives" not in said["propagate_down"].text
    (report,) = json.loads(pathlib.Path("a.json").read_text())["checks"]
    assert {each["property"] for each in report["diagnostics"]} == set(said)


def test_layer_files_are_written_to_json_and_junit_too(written, capsys):
    pathlib.Path("a.layer").write_text(
        'layer Twice(x: [N]) -> y: [N]:\n    y = 2 * x\n\nexample "e":\n    Twice(x=[1]) == 3\n'
    )
    assert main(["check", "a.layer", "--json", "out.json", "--junit", "out.xml"]) == 1
    (report,) = json.loads(pathlib.Path("out.json").read_text())["checks"]
    assert {line["property"] for line in report["properties"]} >= {"gradient of x", "top diffs", "state", "e"}
    assert report["diagnostics"][0]["code"] == "LD601"
    suite = xml.etree.ElementTree.parse("out.xml").getroot()[0]
    assert suite.get("failures") == "1"
    (failure,) = suite.findall("testcase[@name='e']/failure")
    assert failure.get("message") == 'example "e" does not hold'


@pytest.mark.parametrize(
    "options",
    [
        ["--class", "my_layers.py", "--bottom", "4"],
        ["--class", "my_layers.py:ReLU", "--bottom", "4y"],
        ["--class", "my_layers.py:ReLU", "--bottom", "4", "--propagate-down", "1,0"],
        ["--class", "my_layers.py:ReLU", "a.layer"],
        ["--class", "my_layers.py:ReLU", "--bottom", "4", "--set", "a=1"],
        ["--class", "my_layers.py:ReLU", "--bottom", "4", "--extern"],
        ["--class", "my_layers.py:ReLU", "--bottom", "4x0"],
        ["a.layer", "--bottom", "4"],
        [],
    ],
)
def test_wrong_use_is_told(written, capsys, options):
    written(RELU)
    assert main(["check", *options]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_text_that_is_no_xml_is_written_as_xml(written):
    written(HEAD + RELU[len(HEAD) :].replace("        pass", "        raise ValueError('\\x01 <&> \\x1b')"))
    assert main(["check", "--class", "my_layers.py:ReLU", "--bottom", "4", "--junit", "out.xml"]) == 1
    assert xml.etree.ElementTree.parse("out.xml").getroot()[0].get("failures") == "1"
