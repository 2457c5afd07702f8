"""The command line: words to calls to an exit code; errors are printed in one place."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from microlib.cli.bank import check, demo, doctor, ingest, init, lookup
from microlib.cli.design import design
from microlib.cli.learn import case, exercise, lab, what_if
from microlib.cli.options import LANG, SETTINGS, lacking, limited_rights
from microlib.cli.report import bundle, diff, index, kernels, new, report, schedule, verify
from microlib.cli.speech import OPTION, chosen_language, refusal, spoken
from microlib.errors import WorkbenchError
from microlib.files import ended_by_signals
from microlib.home import VERSION
from microlib.identifiers import masked_text, visible

INTERRUPTED = 130


@click.command(context_settings=SETTINGS)
def version() -> None:
    """Print the versions of microlib and Python.

    \b
    Example: microlib version
    """
    import platform

    click.echo(f"microlib {VERSION}, Python {platform.python_version()}")


def _say_version(context: click.Context, option: click.Parameter, is_asked: bool) -> None:
    if is_asked and not context.resilient_parsing:
        context.invoke(version)
        context.exit()


COMMANDS = [
    init,
    doctor,
    demo,
    ingest,
    lookup,
    check,
    report,
    new,
    index,
    bundle,
    schedule,
    verify,
    diff,
    kernels,
    case,
    exercise,
    lab,
    what_if,
    design,
    version,
]


@click.group(commands=COMMANDS, context_settings=SETTINGS)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_say_version,
    help="Print the versions of microlib and Python.",
)
@click.option(
    OPTION,
    type=LANG,
    expose_value=False,
    is_eager=True,
    help="Language of help and errors.  [default: that of the system]",
)
@click.option(
    "--group", "is_shared", is_flag=True, envvar="MICROLIB_GROUP", help="Let your group read what is written."
)
@click.pass_context
def workbench(context: click.Context, is_shared: bool) -> None:
    """Find local customer groups, measure them, and design a credit product for them (小微信贷产品设计工作台).

    What is written is readable by you alone unless --group is given; the key and the look-up are always.

    \b
    Start: microlib init DIR, then microlib demo, microlib report
    Own tables: microlib ingest FILE --mapping M, then microlib report
    Exit codes: 0 done, 2 misuse, 3 bad configuration, 4 bad data, 5 a notebook failed, 1 a bug
    """
    context.with_resource(limited_rights(is_shared))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; an unexpected error keeps its traceback and exits with 1."""
    lang = chosen_language(sys.argv[1:] if arguments is None else arguments)
    with spoken(workbench, lang) as commands, ended_by_signals():
        try:
            sys.exit(commands.main(arguments, standalone_mode=False, prog_name="microlib", obj=lang))
        except WorkbenchError as error:
            _refuse(refusal(error, lang), error.exit_code)
        except ModuleNotFoundError as error:
            refused = lacking(error)
            if refused is None:
                raise
            _refuse(refusal(refused, lang), refused.exit_code)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt) as stopped:
            if isinstance(stopped.__cause__, EOFError):  # which click takes for the end of somebody's typing
                raise stopped.__cause__ from None
            _refuse(refusal("interrupted", lang), INTERRUPTED)


def _refuse(text: str, code: int) -> None:
    click.echo(visible(masked_text(text), kept="\n"), err=True)
    sys.exit(code)
