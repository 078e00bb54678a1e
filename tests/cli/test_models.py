"""Models, versions, policies and the review, as a user meets them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from govern.cli import signing
from tests.cli import thread
from tests.cli.terminal import Terminal

RECEIPT = {"schema", "ok", "entry", "leafHash", "proof"}
JUDGED = {"decision", "because", "findings", "policy", "policies", "at", "mode"}
FIRST, SECOND = "credit-risk@1", "credit-risk@2"
APPROVING = ["validated", "approved", "approved_with_conditions"]


# Models and versions


def test_a_model_is_what_its_card_says(registered: Terminal) -> None:
    said = registered.ok("model", "show", "credit-risk", "--json").json

    assert said["schema"] == "govern/cli/model-show/v1"
    assert (said["owner"], said["use_case"], said["risk_tier"]) == ("ana", "credit-scoring", "high")
    assert [(one["version"], one["stage"]) for one in said["versions"]] == [(1, "registered")]


def test_a_card_with_a_mistake_is_told_where(staffed: Terminal) -> None:
    (staffed.folder / "card.yaml").write_text("schema: govern/model/v1\nname: Credit Risk\n")

    said = staffed.fails(2, "model", "register", "--card", "card.yaml", "--as", "ana")

    assert "name" in said.err


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["model", "show", "credit-rsk"], "unknown_model", "did you mean credit-risk?"),
        (["version", "show", "credit-risk@9"], "unknown_version", "write model@number, e.g. credit-risk@7"),
        (["version", "show", "credit-risk"], "unknown_version", "write model@number, e.g. credit-risk@7"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(registered: Terminal, words: list[str], code: str, hint: str) -> None:
    error = registered.fails(2, *words, "--json").error

    assert (error["code"], error["hint"]) == (code, hint)


def test_the_same_content_is_registered_once(registered: Terminal) -> None:
    again = ["version", "register", "credit-risk", "model.bin", "--param", "eta=0.1", "--as", "ana", "--json"]

    assert registered.fails(4, *again).error["code"] == "registered_already"


def test_two_versions_are_told_apart_by_what_they_are_made_of(measured: Terminal) -> None:
    said = measured.ok("version", "diff", FIRST, SECOND, "--json").json

    assert [one["what"] for one in said["differences"]] == ["artefact model.bin", "parent"]
    assert measured.ok("version", "diff", FIRST, FIRST).out == "no differences\n"


def test_a_version_says_what_each_signature_is_worth(proved: Terminal) -> None:
    said = proved.ok("version", "show", SECOND, "--json").json

    assert (said["stage"], said["production_role"], said["makers"]) == ("production", "champion", ["ana"])
    words = [(one["person"], one["role"], one["meaning"], one["validity"]) for one in said["signoffs"]]
    assert words == [
        ("vic", "validator", "validated", "valid"),
        ("rae", "risk-officer", "approved", "valid"),
        ("rob", "risk-officer", "approved", "valid"),
    ]


def test_every_object_has_its_schema_and_fields(measured: Terminal) -> None:
    shapes: dict[str, set[str]] = {
        "model list": {"schema", "ok", "models"},
        f"version show {FIRST}": {
            *("schema", "ok", "version", "digest", "stage", "production_role", "entry", "makers", "artefacts"),
            *("evidence", "approve", "reasons", "manifest", "dossier", "submitted", "documents", "findings"),
            *("waivers", "talks", "signoffs", "conditions", "rechecks"),
        },
        "policy list": {"schema", "ok", "policies"},
        "inbox --as vic": {"schema", "ok", "tasks"},
        f"version changes {SECOND}": {"schema", "ok", "version", "since", "entry", "changes", "displaces"},
        f"version history {SECOND}": {"schema", "ok", "version", "entries"},
        f"comment {SECOND} seen --as gus": RECEIPT,
        f"submit {SECOND} --as olga": RECEIPT,
        f"reject {SECOND} --reason no --as vic": RECEIPT,
        f"move {SECOND} --to retired --reason done --as rae": RECEIPT | {"warnings"},
    }
    for line, fields in shapes.items():
        said = measured.ok(*line.split(), "--json").json
        assert set(said) == fields, line
        assert said["schema"].startswith("govern/cli/")


@pytest.mark.parametrize(
    ("line", "schema"),
    [
        (f"sign {SECOND} --meaning validated --as ana", "sign"),
        (f"version register credit-risk {SECOND} --as ana", "version-register"),
        ("gate credit-risk@9 --to validated", "gate"),
    ],
)
def test_an_error_is_named_after_its_command(registered: Terminal, line: str, schema: str) -> None:
    assert registered.run(*line.split(), "--json").json["schema"] == f"govern/cli/{schema}/v1"


def test_a_model_is_amended_with_old_and_new_value(registered: Terminal) -> None:
    amend = ["model", "amend", "credit-risk"]
    registered.ok(*amend, "--add", "tags=portfolio=retail", "--set", "materiality=high", "--reason", "r", "--as", "rae")
    registered.ok(*amend, "--remove", "jurisdictions=US", "--set", "owner=olga", "--reason", "moved", "--as", "rae")

    said = registered.ok("model", "show", "credit-risk", "--json").json

    assert (said["owner"], said["tags"], said["jurisdictions"]) == ("olga", ["portfolio=retail"], ["EU"])
    assert (said["materiality"], said["amended"]) == (
        "high",
        registered.ok("log", "show", "--last", "1", "--json").json["entries"][0]["entry"],
    )
    registered.ok(*amend, "--set", "materiality=", "--reason", "unknown", "--as", "rae")
    assert registered.ok("model", "show", "credit-risk", "--json").json["materiality"] is None
    assert "owner from ana to olga" in registered.ok("version", "history", FIRST).out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing is to change"),
        (["--set", "owner"], "'owner' is not FACT=VALUE"),
        (["--set", "colour=red"], "a model has no colour"),
        (["--remove", "jurisdictions=GB"], "the jurisdictions of credit-risk has no 'GB'"),
        (["--set", "considered=maybe"], "considered is wrong"),
    ],
)
def test_an_amendment_that_cannot_be_is_told(registered: Terminal, words: list[str], message: str) -> None:
    assert message in registered.fails(2, "model", "amend", "credit-risk", *words, "--reason", "r", "--as", "rae").err


def test_a_model_that_does_the_same_is_named_at_registration(registered: Terminal) -> None:
    card, alike = (registered.folder / "card.yaml").read_text(), {"model": "credit-risk"}
    purpose = "Probability of default of retail applicants within twelve months"
    (registered.folder / "card.yaml").write_text(card.replace("credit-risk", "credit-risk-too"))

    said = registered.ok("model", "register", "--card", "card.yaml", "--as", "ana", "--json").json

    assert said["alike"] == [alike | {"why": f"for {purpose!r}"}]
    (registered.folder / "card.yaml").write_text(card.replace("credit-risk", "credit-risk-also"))
    out = registered.ok("model", "register", "--card", "card.yaml", "--as", "ana").out
    assert "2 models do this already:\n  credit-risk      for" in out


def test_a_list_is_what_a_filter_asks_for(measured: Terminal) -> None:
    def found(*words: str) -> list[str]:
        return [one["name"] for one in measured.ok("model", "list", "--json", *words).json["models"]]

    assert found("tier:high stage:in_review", "check:passed", "owner:ana", "default") == ["credit-risk"]
    assert found("--", "-in:EU") == found("check:failed") == found("due:overdue") == []
    error = measured.fails(2, "model", "list", "teir:high", "--json").error
    assert (error["code"], error["hint"]) == ("filter", "did you mean tier?")


def test_a_version_of_rules_has_no_artefacts_and_says_what_it_is_made_of(registered: Terminal) -> None:
    (registered.folder / "rows.csv").write_text("a,b\n")
    (registered.folder / "run.lock").write_text("xgboost==3.0\n")
    made = [*("--rule", "nobody under 18"), *("--rule", "no second loan in 30 days"), *("--change", "rebuild")]
    made += [*("--transformation", "income=log"), *("--coefficient", "income=-0.31"), *("--environment", "run.lock")]
    made += [*("--data", "training=rows.csv"), *("--about", "training:rows=2"), *("--about", "training:licence=own")]
    register = ["version", "register", "credit-risk", "--parent", FIRST, *made, "--as", "ana"]

    registered.ok(*register)

    said = registered.ok("version", "show", SECOND, "--json").json
    assert (said["artefacts"], said["manifest"]["rules"]) == ([], ["nobody under 18", "no second loan in 30 days"])
    assert (said["manifest"]["data"][0]["rows"], said["manifest"]["change"]) == (2, "rebuild")
    shown = registered.ok("version", "show", SECOND).out
    assert all(words in shown for words in ("nobody under 18", "2 rows, own", "income=log", "income=-0.31"))
    assert "is not ROLE:NAME" in registered.fails(2, *register, "--about", "training=2").err
    differing = registered.ok("version", "diff", FIRST, SECOND, "--json").json["differences"]
    assert {one["what"]: one["material"] for one in differing}["coefficient income"] is True
    assert "* rules 1: (none) -> nobody under 18" in registered.ok("version", "diff", FIRST, SECOND).out


# Policies


def test_a_policy_is_told_every_mistake_with_its_place(nowhere: Terminal) -> None:
    wrong = thread.POLICY.replace("roc_auc", "roc_acu").replace("validator, quorum", "validator, quorm")
    (nowhere.folder / "credit.yaml").write_text(wrong)

    said = nowhere.run("policy", "lint", "credit.yaml", "--json")

    assert said.code == 2
    found = [(one["line"], one["column"], one["code"], one["help"]) for one in said.json["diagnostics"]]
    assert found == [(7, 23, "GOV110", 'did you mean "roc_auc"?'), (15, 33, "GOV101", 'did you mean "quorum"?')]
    assert "credit.yaml:7:23: error[GOV110]" in nowhere.run("policy", "lint", "credit.yaml").out


def test_a_policy_without_mistakes_needs_no_ledger(nowhere: Terminal) -> None:
    (nowhere.folder / "credit.yaml").write_text(thread.POLICY)

    (found,) = nowhere.ok("policy", "lint", "credit.yaml", "--json").json["diagnostics"]
    assert (found["severity"], found["code"]) == ("warning", "GOV142")
    (nowhere.folder / "credit.test.yaml").touch()
    assert nowhere.ok("policy", "lint", "credit.yaml", "--json").json["diagnostics"] == []


def test_a_policy_is_adopted_by_a_risk_officer_and_only_grows(registered: Terminal) -> None:
    adopt = ["policy", "adopt", "credit.yaml", "--json"]

    assert registered.fails(4, *adopt, "--as", "ana").error["code"] in {"role", "no_role"}
    assert registered.fails(4, *adopt, "--as", "rob").error["code"] == "not_newer"


@pytest.mark.parametrize(
    ("limit", "release", "least"),
    [
        pytest.param("min: 0.6", "1.1.0", "2.0.0", id="looser"),
        pytest.param("min: 0.7", "1.0.1", "1.1.0", id="tighter"),
    ],
)
def test_a_release_is_as_far_on_as_what_differs(limit: str, release: str, least: str, registered: Terminal) -> None:
    source = thread.POLICY.replace("min: 0.65", limit)
    (registered.folder / "next.yaml").write_text(source.replace("1.0.0", release))
    (registered.folder / "far.yaml").write_text(source.replace("1.0.0", least))
    before = registered.size

    said = registered.fails(2, "policy", "adopt", "next.yaml", "--as", "rae", "--json").error

    assert said["code"] == "version_step"
    assert said["hint"].startswith(f"write version {least} or a later one")
    assert registered.size == before
    registered.ok("policy", "adopt", "far.yaml", "--as", "rae")


# Judging


def test_nothing_measured_is_no_pass(registered: Terminal) -> None:
    said = registered.run("check", FIRST, "--json")

    assert (said.code, said.json["decision"]) == (5, "nothing_checked")
    assert registered.run("check", FIRST).out.endswith("NOTHING CHECKED\n")


def test_a_check_fails_passes_and_asks_for_people_with_its_exit_code(measured: Terminal) -> None:
    failing, fair = measured.run("check", FIRST, "--json"), measured.run("check", SECOND, "--json")
    waiting = measured.run("gate", SECOND, "--to", "validated", "--json")

    assert (failing.code, failing.json["because"]) == (1, ["checks.four-fifths"])
    assert (fair.code, fair.json["decision"]) == (0, "allow")
    assert (waiting.code, waiting.json["decision"]) == (3, "needs_person")
    assert waiting.json["because"] == ["approvals.validation.quorum"]
    assert measured.run("gate", SECOND, "--to", "production").code == 1  # not from where it stands


def test_what_a_pipeline_reads_has_its_fields_and_numbers_as_text(measured: Terminal) -> None:
    said = measured.run("gate", SECOND, "--to", "validated", "--json").json

    assert set(said) == {"schema", *JUDGED}
    assert said["schema"] == "govern/cli/gate/v1"
    assert said["policy"]["id"] == "credit"
    auc = next(one for one in said["findings"] if one["rule"] == "checks.auc")
    assert all(isinstance(auc[name], str) for name in ("value", "low", "high"))
    assert auc["n"] == 2000


def test_a_pipeline_asks_without_a_person_and_files_nothing(proved: Terminal) -> None:
    size, alone = proved.size, proved.told(GOVERN_PASSPHRASE="")

    assert alone.run("gate", SECOND, "--to", "production").code in {0, 1}
    assert alone.run("check", SECOND).code == 0
    assert alone.run("gate", SECOND, "--to", "prodction").code == 5  # a gate that no policy has
    assert proved.size == size


def test_evidence_is_recorded_with_what_it_was_measured_on(registered: Terminal) -> None:
    thread.scored(registered.folder / "fair.csv", stricter=0, rows=600)

    said = registered.ok("evaluate", FIRST, "--data", "fair.csv", *thread.COLUMNS, "--as", "vic", "--json").json

    assert set(said) == {*RECEIPT, *JUDGED, "data", "unmeasured"}
    assert said["data"]["rows"] == 600


def test_where_no_policy_asks_nothing_is_measured(registered: Terminal) -> None:
    card = (registered.folder / "card.yaml").read_text()
    (registered.folder / "card.yaml").write_text(card.replace("credit-risk", "churn").replace("credit-scoring", "crm"))
    registered.ok("model", "register", "--card", "card.yaml", "--as", "ana")
    registered.ok("version", "register", "churn", "model.bin", "--as", "ana")
    thread.scored(registered.folder / "fair.csv", stricter=0, rows=100)

    registered.fails(5, "evaluate", "churn@1", "--data", "fair.csv", *thread.COLUMNS, "--as", "vic")


# The review


@pytest.mark.parametrize("meaning", APPROVING)
def test_whoever_made_or_submitted_a_version_approves_it_with_no_meaning(measured: Terminal, meaning: str) -> None:
    measured.ok("submit", SECOND, "--as", "olga")
    sign = ["sign", SECOND, "--meaning", meaning, "--reason", "mine", "--json"]
    sign += ["--condition", "x; ana; 2999-12-31"] if meaning == "approved_with_conditions" else []

    for words in (["--as", "ana"], ["--as", "olga", "--role", "model-owner"], ["--as", "olga", "--role", "validator"]):
        assert measured.fails(4, *sign, *words).error["code"] == "self_approval"


def test_a_maker_goes_round_a_review_by_no_other_command(measured: Terminal) -> None:
    for name in ("ana", "olga", "rae"):
        words = ["move", SECOND, "--to", "validated", "--reason", "mine", "--as", name, "--json"]
        assert measured.fails(4, *words).error["code"] in {"role", "no_role", "gate"}, name
    code = measured.fails(4, "person", "grant", "ana", "--role", "validator", "--as", "ana", "--json").error["code"]
    assert code in {"role", "no_role", "self_approval", "four_eyes.quorum"}
    assert measured.ok("version", "show", SECOND, "--json").json["stage"] == "in_review"


def test_a_refused_approval_is_on_record(measured: Terminal) -> None:
    measured.fails(4, "sign", SECOND, "--meaning", "approved", "--as", "ana")

    assert "self_approval" in measured.ok("log", "show", "--last", "1").out


def test_a_maker_may_say_what_approves_nothing(measured: Terminal) -> None:
    measured.ok("sign", SECOND, "--meaning", "authored", "--as", "ana")

    assert measured.run("gate", SECOND, "--to", "validated").code == 3


def measured_anew(bank: Terminal) -> None:
    thread.evaluate(bank, SECOND, "unfair.csv")


def measured_and_submitted(bank: Terminal) -> None:
    measured_anew(bank)
    bank.ok("submit", SECOND, "--as", "ana")


def under_a_new_policy(bank: Terminal) -> None:
    (bank.folder / "credit.yaml").write_text(thread.POLICY.replace("1.0.0", "1.1.0").replace("0.65", "0.66"))
    bank.ok("policy", "adopt", "credit.yaml", "--as", "rae")


def retired(bank: Terminal) -> None:
    bank.ok("move", SECOND, "--to", "retired", "--reason", "superseded", "--as", "rae")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (measured_anew, "stale_dossier"),
        (measured_and_submitted, "stale_dossier"),
        (under_a_new_policy, "stale_dossier"),
        (retired, "stage"),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_what_changed_while_it_was_read_is_not_signed(
    measured: Terminal, monkeypatch: pytest.MonkeyPatch, change: Callable[[Terminal], None], code: str
) -> None:
    show: Callable[..., Any] = signing._show

    def slowly(*shown: Any) -> Any:
        seen = show(*shown)
        change(measured)
        return seen

    monkeypatch.setattr(signing, "_show", slowly)

    words = ["sign", SECOND, "--meaning", "validated", "--as", "vic", "--json"]
    assert measured.fails(4, *words).error["code"] == code
    assert measured.ok("version", "show", SECOND, "--json").json["signoffs"] == []
    assert measured.ok("audit", "--json").json["problems"] == []


@pytest.mark.parametrize(
    "line",
    [
        f"sign {SECOND} --meaning validated --as vic",
        f"reject {SECOND} --reason no --as vic",
        f"move {SECOND} --to retired --reason no --as rae",
        f"submit {SECOND} --as ana",
        f"comment {SECOND} hm --as gus",
        "version register credit-risk card.yaml --as ana",
        "policy adopt credit.yaml --as rae",
    ],
)
def test_a_wrong_passphrase_files_nothing_and_the_right_one_is_asked_again(measured: Terminal, line: str) -> None:
    size = measured.size

    error = measured.fails(4, *line.split(), "--json", GOVERN_PASSPHRASE="wrong").error

    assert error["code"] == "wrong_passphrase"
    assert "4 tries left before" in error["hint"]
    assert measured.size == size
    if not line.startswith("policy"):
        measured.ok(*line.split())


def test_new_evidence_is_signed_only_after_it_was_submitted(measured: Terminal) -> None:
    thread.evaluate(measured, SECOND, "unfair.csv")

    error = measured.fails(4, "sign", SECOND, "--meaning", "validated", "--as", "vic", "--json").error

    assert (error["code"], error["hint"]) == ("stale_dossier", f"`govern submit {SECOND}`")


def test_a_new_policy_voids_what_was_signed_under_the_old_one(proved: Terminal) -> None:
    (proved.folder / "credit.yaml").write_text(thread.POLICY.replace("1.0.0", "1.1.0").replace("0.65", "0.66"))
    proved.ok("policy", "adopt", "credit.yaml", "--as", "rae")

    said = proved.ok("version", "show", SECOND, "--json").json

    assert {one["validity"] for one in said["signoffs"]} == {"void: policy"}
    assert [one["what"] for one in proved.ok("inbox", "--as", "rob", "--json").json["tasks"]] == ["sign again"]


def test_a_signer_sees_on_stderr_what_is_signed_and_the_receipt_alone_on_stdout(measured: Terminal) -> None:
    dossier = measured.ok("version", "show", SECOND, "--json").json["dossier"]

    said = measured.ok("sign", SECOND, "--meaning", "validated", "--reason", "complete", "--as", "vic", "--json")

    assert f"You sign: validated {SECOND}" in said.err
    assert f"dossier  {dossier}" in said.err
    assert set(json.loads(said.out)) == RECEIPT


def test_the_inbox_says_what_waits_for_whom(measured: Terminal) -> None:
    def waits(name: str) -> list[str]:
        return [one["version"] for one in measured.ok("inbox", "--as", name, "--json").json["tasks"]]

    assert (waits("vic"), waits("rae"), waits("ana"), waits("gus")) == ([SECOND], [SECOND], [], [])
    measured.ok("sign", SECOND, "--meaning", "validated", "--as", "vic")
    assert waits("vic") == []
    assert "whose inbox?" in measured.fails(2, "inbox").err


@pytest.mark.parametrize("words", [["reject", SECOND], ["move", SECOND, "--to", "retired"]])
def test_what_has_to_be_reasoned_is_refused_without(measured: Terminal, words: list[str]) -> None:
    assert measured.fails(2, *words, "--as", "rae", "--json").error["code"] == "no_reason"
