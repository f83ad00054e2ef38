"""The runner of pages itself: what holds passes, what does not hold fails, and a page can be brought up to date."""

import textwrap

import literate
import pytest


@pytest.fixture
def run(tmp_path):
    def run(text: str, update: bool = False) -> str:
        page = tmp_path / "page.md"
        page.write_text(textwrap.dedent(text).lstrip())
        folder = tmp_path / "folder"
        folder.mkdir(exist_ok=True)
        literate.run_page(page, folder, update)
        return page.read_text()

    return run


def test_a_command_and_its_output(run):
    run(
        """
        ```console
        $ echo one; echo two
        one
        two
        $ cat < /dev/null
        ```
        """
    )


def test_another_output_fails_with_place_and_difference(run):
    with pytest.raises(literate.PageError, match=r"page\.md:2: (.|\n)*\n-two\n\+one"):
        run("```console\n$ echo one\ntwo\n```\n")


def test_a_status_has_to_be_announced(run):
    with pytest.raises(literate.PageError, match="ended with 3, not 0"):
        run("```console\n$ exit 3\n```\n")
    run("```console exit=3\n$ exit 3\n```\n")


def test_update_rewrites_outputs_and_nothing_else(run):
    text = """
        # Title

        1. In a list:

           ```console
           $ echo one
           old
           older
           ```

        ```console
        $ printf 'a\\nb\\n'
        ```
        the end
        """
    updated = run(text, update=True)
    wanted = textwrap.dedent(text).lstrip().replace("   old\n   older\n", "   one\n")
    assert updated == wanted.replace("'a\\nb\\n'\n", "'a\\nb\\n'\na\nb\n")
    run(updated)


def test_layerdsl_runs_in_the_folder_of_the_page(run):
    wanted = "error[LD701]: can't read `none.layer`: no such file or directory"
    run(f"```console exit=2\n$ layerdsl compile none.layer\n{wanted}\n```\n")


def test_where_real_caffe_lies_is_handed_on_and_nothing_else_of_ours(run, monkeypatch):
    monkeypatch.setenv("LAYERDSL_CACHE", "/caches/a")
    monkeypatch.setenv("LAYERDSL_DEBUG", "nan")
    run("```console\n$ echo $LAYERDSL_CACHE $LAYERDSL_DEBUG\n/caches/a\n```\n")


def test_python_blocks_go_on_and_their_output_is_compared(run):
    run("```python\na = 1\nprint('unseen')\n```\n```python\nprint(a + 1)\n```\n```output\n2\n```\n")
    with pytest.raises(literate.PageError, match="page says something else"):
        run("```python\nprint(3)\n```\n```output\n2\n```\n")
    with pytest.raises(literate.PageError, match="ZeroDivisionError"):
        run("```python\n1 / 0\n```\n")


def test_files_are_written_and_parts_shown(run):
    run(
        """
        ```python file=code.py
        class A:
            x = 1

            def f(self):
                return 1


        class B:
            pass
        ```

        ```python shows=code.py part=A.f
        def f(self):
            return 1
        ```
        """
    )
    with pytest.raises(literate.PageError, match="no file `none"):
        run("```python shows=none.py\n```\n")


def test_what_is_not_run_is_text(run):
    run("```text\nanything\n```\n")
    with pytest.raises(literate.PageError, match="nothing runs a block of `sh`"):
        run("```sh\nmake\n```\n")


def test_a_block_may_hold_fences(run):
    run("````text\n```sh\n```\n````\n")


def test_prototxt_is_parsed_as_caffe_parses_it(run):
    run('```prototxt\nlayer { name: "a" type: "Python" python_param { module: "m" layer: "L" } }\n```\n')
    with pytest.raises(literate.PageError, match="Caffe would not read this"):
        run("```prototxt\nlayer { nam: 1 }\n```\n")


def test_a_program_that_no_command_names_has_to_compile(run):
    run("```layer\nlayer Same(x: [*S]) -> y: [*S]:\n    y = x\n```\n")
    with pytest.raises(literate.PageError, match="does not compile clean"):
        run("```layer\nlayer Same(x: [*S]) -> y: [*S]:\n    y = z\n```\n")
