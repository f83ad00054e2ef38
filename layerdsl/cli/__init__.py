"""The command line: the one place that reads, writes and prints."""

from layerdsl.cli.app import main

__all__ = ["main"]
