"""What is said of a version besides signing it: ``comment``, ``challenge``, ``respond`` and ``recheck``."""

import click

from govern.cli import shell

_version = click.argument("name", metavar="MODEL@V")
_text = click.argument("text")


@shell.command(
    "comment",
    'govern comment credit-risk@1 "Which cut-off was this measured at?" --anchor evidence:auc --as vic',
    'govern comment credit-risk@1 "0.5, see the card." --as ana',
    help="Say something about a version, or about one part of it. The text can be erased; that you said something stays.",
)
@_version
@_text
@click.option(
    "--anchor", default="", metavar="ANCHOR", help="About what: section:limitations, evidence:auc, policy:ID."
)
@shell.place(people=True)
def comment(name: str, text: str, anchor: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion, review, vocabulary  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        one = review.version(desk, name)
        vocabulary.require_anchor(desk, one, anchor)
        receipt = discussion.comment(desk, one, text, anchor)
        where.filed(desk, "comment", receipt, f"your comment on {name} is kept", as_json=as_json)


@shell.command(
    "challenge",
    'govern challenge credit-risk@1 "The holdout is of the boom years." --anchor evidence:auc --as vic',
    'govern challenge credit-risk@1 "Nothing on thin files." --anchor section:limitations --as vic',
    help="Doubt one part of a version, as somebody who reviews or audits it: its makers owe an answer.",
)
@_version
@_text
@click.option(
    "--anchor", required=True, metavar="ANCHOR", help="What: section:, evidence:, document:, finding: or policy:NAME."
)
@shell.place(people=True)
def challenge(name: str, text: str, anchor: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion, review, vocabulary  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        one = review.version(desk, name)
        vocabulary.require_anchor(desk, one, anchor)
        receipt = discussion.challenge(desk, one, text, anchor)
        where.filed(desk, "challenge", receipt, f"{anchor} of {name} is challenged", as_json=as_json)


@shell.command(
    "respond",
    'govern respond 41 "2019 to 2023; the report says so now." --as ana',
    'govern respond 41 "See section 4 of the new report." --as ana --json',
    help="Answer a challenge, which is named by its entry.",
)
@click.argument("entry")
@_text
@shell.place(people=True)
def respond(entry: str, text: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion  # noqa: PLC0415  --help opens no database

    index = shell.entry_index(entry)
    with where.desk() as desk:
        receipt = discussion.respond(desk, discussion.about(desk, index), index, text)
        where.filed(desk, "respond", receipt, f"#{index} is answered", as_json=as_json)


@shell.command(
    "recheck",
    'govern recheck credit-risk@1 auc --reason "the label was corrected in March" --as gus',
    'govern recheck credit-risk@1 four-fifths --reason "new census groups" --as vic --json',
    help="Ask for a check to be measured again, with the reason; it waits in the validators' inboxes until it is.",
)
@_version
@click.argument("check")
@shell.needed_reason
@shell.place(people=True)
def recheck(name: str, check: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion, review  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        receipt = discussion.recheck(desk, review.version(desk, name), check, reason)
        where.filed(desk, "recheck", receipt, f"{check} of {name} is to be measured again", as_json=as_json)
