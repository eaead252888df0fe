"""The command line: `python -m utils COMMAND`, which the Makefile calls too."""

import argparse
import os
import sys

from utils.errors import CourseError
from utils.paths import ROOT


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 2
    try:
        return options.run(options) or 0
    except CourseError as problem:
        print(problem, file=sys.stderr)
    except BrokenPipeError:
        # Whoever read the output, such as `head`, has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "utils":
            raise
        print(
            f"This Python ({sys.executable}) has not the course's packages: `{missing.name}` is "
            f"missing. Use the course's own: {_own_python()} -m utils ...",
            file=sys.stderr,
        )
    return 1


def _own_python() -> str:
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    own = ROOT.joinpath(".venv", *inside)
    return str(own) if own.exists() else "conda run -n monitoring-ml python"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m utils", description="The course's commands.")
    commands = parser.add_subparsers(metavar="COMMAND")

    def command(name, run, summary):
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run)
        return added

    command("lab", _lab, "open the course in JupyterLab")
    command("doctor", _doctor, "check the installation and say what is missing")
    command("progress", _progress, "show which exercises you have solved")
    reset = command("reset", _reset, "give a lesson back as it was; your copy goes to kept/")
    reset.add_argument("lesson", help="its number, such as 01")
    programs = command("prometheus", _prometheus, "install Prometheus and Alertmanager")
    programs.add_argument("--meanwhile", action="store_true", help="yield to all other programs")
    build = command("build", _build, "build the notebooks whose lesson has changed")
    build.add_argument("lesson", nargs="*", help="only these, such as 01 03, changed or not")
    build.add_argument("--all", action="store_true", help="build all, and note it in the README")
    build.add_argument("--check", action="store_true", help="only say which ones are stale")
    incident = command("incident", _incident, "for teachers: what a seed of lesson 10 plays")
    incident.add_argument("--seed", type=int, required=True, help="a whole number, 0 or more")
    incident.add_argument("--truth", action="store_true", help="say what goes wrong")
    look = command("look", _look, "write a lesson's solved notebook as a page, to look at")
    look.add_argument("lesson", help="its number, such as 01")
    test = command("test", _test, "run every test")
    test.add_argument("--quick", metavar="LESSON", help="only what one lesson needs, in a minute")
    command("newest", _newest, "run every test on the newest release of everything")
    return parser


# Each command imports what it needs when it runs, so that the quick ones are quick.


def _lab(options: argparse.Namespace) -> int:
    from utils.course import lab

    return lab.open_lab()


def _doctor(options: argparse.Namespace) -> int:
    from utils.course import doctor

    findings = doctor.examine()
    print(doctor.as_text(findings))
    return int(any(finding.blocks for finding in findings))


def _progress(options: argparse.Namespace) -> None:
    from utils.exercises import boxes, notebook, progress_file

    try:
        records = progress_file.load()
    except progress_file.StoreError as problem:
        print(problem)
        records = {}
    print(boxes.table_text(*notebook.progress_table(records)))


def _reset(options: argparse.Namespace) -> None:
    from utils.course import reset

    print(reset.reset(options.lesson))


def _prometheus(options: argparse.Namespace) -> None:
    from utils.servers import find_program

    if options.meanwhile and hasattr(os, "nice"):
        os.nice(19)
    print(find_program.install())
    from utils.prometheus import history

    # Made once, so that nobody waits for it in lesson 08.
    history.database()


def _build(options: argparse.Namespace) -> int:
    from utils.course import build, house_map, verified

    if options.check:
        problems = build.stale() + verified.stale() + house_map.stale()
        print("\n".join(problems) or "Every built notebook is what its lesson makes.")
        return int(bool(problems))
    done = build.build(options.all, only=[lesson.zfill(2) for lesson in options.lesson])
    for kept in done.kept:
        print(f"A changed notebook was kept as {kept.relative_to(ROOT)}.")
    house_map.write()
    if not options.lesson:
        verified.note(done.seconds, complete=options.all)
    for name, seconds in sorted(done.seconds.items()):
        print(f"{name}: ran in {seconds:.1f} s")
    return 0


def _incident(options: argparse.Namespace) -> None:
    from utils.desk.incident_bank import BANK, draw

    truth = draw(options.seed).truth()
    if not options.truth:
        truth = {"replay": truth["replay"], "one of": f"{len(BANK)} incidents; --truth says which"}
    print("\n".join(f"{name:10}{value}" for name, value in truth.items()))


def _look(options: argparse.Namespace) -> None:
    from utils.course import lab

    print(lab.as_page(options.lesson))


def _test(options: argparse.Namespace) -> int:
    from utils.course import testing

    return testing.run_quick(options.quick) if options.quick else testing.run_all()


def _newest(options: argparse.Namespace) -> int:
    from utils.course import testing

    return testing.run_newest()


if __name__ == "__main__":
    sys.exit(main())
