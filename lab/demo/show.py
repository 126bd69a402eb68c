"""What the demo prints: 100 columns, colours only on a terminal."""

import sys
import textwrap

WIDTH = 100
_BOLD, _DIM, _GREEN, _PLAIN = "\033[1m", "\033[2m", "\033[32m", "\033[0m"


class Show:
    """Prints, or, with quiet=True, does not."""

    def __init__(self, quiet=False):
        self._quiet = quiet
        self._colours = sys.stdout.isatty()

    def _print(self, text, style=""):
        if not self._quiet:
            if style and self._colours and text:
                text = f"{style}{text}{_PLAIN}"
            print(text, flush=True)

    def chapter(self, title):
        self._print("")
        self._print(f"=== {title}", _BOLD)

    def say(self, text):
        """A paragraph."""
        self._print(textwrap.fill(" ".join(text.split()), WIDTH))

    def command(self, line, output="", note=""):
        """A command as it was run, and what it printed."""
        # A long command goes on in the next line, as in a shell.
        wrapped = textwrap.wrap(line, WIDTH - 10, break_on_hyphens=False,
                                break_long_words=False)
        text = " \\\n      ".join(wrapped)
        self._print(f"  $ {text}" + (f"     # {note}" if note else ""),
                    _BOLD)
        self.lines(output.rstrip("\n").splitlines())

    def lines(self, lines):
        for line in lines:
            for piece in textwrap.wrap(
                    line, WIDTH - 4, subsequent_indent="      ",
                    drop_whitespace=False, break_on_hyphens=False) or [""]:
                self._print(f"    {piece}".rstrip())

    def row(self, ms, who, what, good=False):
        """A line of a timeline."""
        time = f"{ms:8.1f} ms" if ms is not None else " " * 11
        self._print(f"  {time}  {who:<10} {what}", _GREEN if good else "")

    def table(self, rows):
        widths = [max(len(cell) for cell in column)
                  for column in zip(*rows)]
        for number, row in enumerate(rows):
            cells = [cell.ljust(width) if index == 0 else cell.rjust(width)
                     for index, (cell, width) in enumerate(zip(row, widths))]
            self._print("    " + "   ".join(cells).rstrip(),
                        "" if number else _BOLD)
