"""What an exception says is printed where no program in Python gets it, and only there."""

import _thread
import sys
import time

import pytest

from layerdsl.caffe.unheard import _print_unheard_errors


class Layer:
    def setup(self, *_):
        raise ValueError("said in setup")

    reshape = forward = backward = setup


_print_unheard_errors(Layer)


def test_who_calls_it_hears_of_it_and_nothing_is_printed(capsys):
    with pytest.raises(ValueError, match="said in setup"):
        Layer().forward([], [])
    assert capsys.readouterr().err == ""


def test_where_nobody_called_it_is_printed(capsys, monkeypatch):
    """A bare thread calls it with no frame of Python below, as C++ does."""
    said = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)  # the thread's own report of what got out of it
    for method in (Layer().setup, Layer().reshape, Layer().forward, Layer().backward):
        said.clear()
        _thread.start_new_thread(method, ([], []))
        while not said:
            time.sleep(0.01)
        err = capsys.readouterr().err
        assert err.startswith("Traceback (most recent call last):\n")
        assert err.endswith("\nValueError: said in setup\n")
        assert err.count("said in setup") == 2, "once in the line that says it, once as the message"


def test_a_method_keeps_its_name():
    assert (Layer.forward.__name__, Layer.forward.__wrapped__) == ("setup", Layer.setup.__wrapped__)
