"""Reasons: what was measured of them is shown as it was measured, and one case is explained by a program of its own."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from govern.errors import InvalidInput
from gui.app import App
from gui.cases import Answer, Case
from gui.charts import shares as share_chart
from gui.charts import steps as step_chart
from gui.charts.shares import Part, Shares
from gui.charts.steps import Step, Steps
from gui.children import Children, Errand
from gui.session import Session
from gui.viewmodels.reasons import Reasons, compared, decided, method, recorded, sampled, shares, steps
from gui.views.reasons import ReasonsPage
from gui.words import share, signed
from gui.workshop import Workshop, answer_of, explained_of
from tests.cli.conftest import _pair, _scoring, _staffed
from tests.cli.terminal import PASSPHRASE, Terminal
from tests.cli.test_measuring import MEASURE
from tests.gui.conftest import wait, window
from tests.gui.instruments import at_once, nameless
from tests.gui.samples import CODES, EXPLAINED

pytest.importorskip("xgboost", reason="a model to explain is an extra")

__all__ = ["_pair", "_scoring", "_staffed"]
CREDIT = "credit-risk@1"


@pytest.fixture(scope="module")
def measured(_scoring: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A bank whose model declines people, with evidence of the reasons they are told, in review."""
    bank = _scoring.copied(tmp_path_factory.mktemp("reasons") / "bank")
    bank.ok(*MEASURE)
    bank.ok("submit", CREDIT, "--as", "ana")
    return bank


@pytest.fixture
def reasons(bank: Path) -> Reasons:
    return Reasons(at_once, Workshop(Children(), lambda: str(bank)))


# What is measured


def test_reason_codes_are_those_that_were_recorded(measured: Terminal) -> None:
    session = Session.open(measured.ledger)
    sight = session.dossier(CREDIT, "vic")
    session.close()

    codes = sight.codes
    assert codes is not None
    assert {one.code for one in codes.codes} <= {"R01", "R02", "R09"}
    assert "Income too low for the amount asked for" in codes.codes[0].text
    assert sum(one.first for one in codes.codes) == codes.reasoned == codes.explained == 200
    assert (codes.who, codes.approve, codes.check) == ("Vic", "score < 0.4", "reasons")
    assert codes.dictionary.startswith("sha256:")


def test_where_nothing_is_measured_the_next_step_is_named(measured: Terminal, session: Session) -> None:
    unasked = session.dossier(CREDIT, "rae")
    fresh = measured.copied(measured.folder.parent / "fresh")
    fresh.ok("version", "register", "credit-risk", "card.yaml", "--as", "ana")
    asked = Session.open(fresh.ledger)
    sight = asked.dossier("credit-risk@2", "vic")
    asked.close()

    assert unasked.codes is None
    assert unasked.no_codes == "No policy that applies asks for them. A check with `metric: reason_coverage` does"
    assert sight.codes is None
    assert sight.no_codes.startswith("credit 1.0.0 asks for them in checks.reasons: `govern evaluate credit-risk@2")


@pytest.mark.parametrize(
    ("part", "of", "said"),
    [(0, 7, "0 %"), (1, 1000, "< 1 %"), (1, 3, "33 %"), (999, 1000, "> 99 %"), (7, 7, "100 %"), (0, 0, "no share")],
)
def test_a_share_is_never_rounded_to_nobody_or_everybody(part: int, of: int, said: str) -> None:
    assert share(part, of) == said


def test_a_number_with_a_direction_has_a_real_minus() -> None:
    assert [signed(Decimal(text)) for text in ("0.8204", "-0.412", "0")] == ["+0.820", "\u22120.412", "0"]


# One case


SAID = {
    "version": CREDIT,
    "case": "A1",
    "score": "0.519581139",
    "cutoff": "0.4",
    "decision": "declined",
    "approve": "score < 0.4",
    "reference": {"sha256": "7c" * 32, "rows": 420, "kind": "near_cutoff"},
    "reasons": [{"code": "R01", "text": "Income too low", "group": "income", "contribution": "1.3", "rank": 1}],
    "contributions": {"noise": "-0.181353", "income": "1.31303"},
    "blocking": [],
    "illustration": None,
    "erased": None,
    "recorded": None,
    "method": {
        "space": "log_odds",
        "kind": "tree",
        "library": "shap 0.51.0",
        "max_samples": 420,
        "margin": "0.078365",
        "reference_mean": "-1.721411",
        "residual": "0.000000042273",
        "sampled": None,
    },
}


def test_what_was_sampled_is_shown_with_its_errors_and_what_is_not_certain_says_so() -> None:
    errors = {"noise": "0.01", "income": "0.02"}
    walked = {"errors": errors, "walks": 1200, "orders": "govern/walks/v1", "certain": False}
    how: dict[str, object] = SAID["method"]  # type: ignore[assignment]
    of = {**SAID, "method": {**how, "kind": "asked.sampled", "residual": "0", "sampled": walked}}

    found = explained_of(of)
    chart = steps(found)
    (first, second) = step_chart.layout(chart, 600.0, lambda text: 6.0 * len(text)).rows

    assert sampled(found) == (
        "1\u202f200 walks there and back, each from a row of the reference; which reasons are told is not certain, "
        "and so none may be given"
    )
    assert sampled(explained_of(SAID)) == ""
    assert chart.lines[0] == "income: +1.313 \u00b1 0.02, towards a decline"
    assert first.whisker
    assert second.whisker
    assert first.whisker[0] < first.ends < first.whisker[1]
    assert first.whisker[1] - first.whisker[0] == pytest.approx(2 * (second.whisker[1] - second.whisker[0]))
    assert all(row.whisker is None for row in step_chart.layout(steps(explained_of(SAID)), 600.0, len).rows)
    assert method(found).endswith("residual 0")
    assert decided(found, "of the class lost").startswith("Declined: the score of the class lost is 0.5196")


def test_an_answer_is_read_as_it_was_given_the_weightiest_first() -> None:
    found = explained_of(SAID)

    assert (found.approved, found.score, found.space) == (False, Decimal("0.519581139"), "log odds")
    assert found.contributions == (("income", Decimal("1.31303")), ("noise", Decimal("-0.181353")))
    assert decided(found) == "Declined: the score is 0.5196, below 0.4 is approved"
    assert compared(found.reference_kind, found.reference_rows) == "420 rows: the approved nearest to the cut-off"


@pytest.mark.parametrize(
    ("approve", "against"),
    [("score < 0.4", [True, False]), ("score <= 0.4", [True, False]), ("score > 0.4", [False, True])],
)
def test_what_goes_towards_a_decline_hangs_on_the_rule(approve: str, against: list[bool]) -> None:
    chart = steps(replace(explained_of(SAID), approve=approve))

    assert [one.against for one in chart.steps] == against


def test_what_is_missing_is_named_before_anything_runs(reasons: Reasons) -> None:
    reasons.about(CREDIT)
    said = [reasons.state.missing]
    reasons.choose("cases.csv")
    said.append(reasons.state.missing)
    reasons.name_column("applicant")
    said.append(reasons.state.missing)
    reasons.name_case("A1")

    assert said == [
        "Choose the file of cases: CSV or Parquet.",
        "Type the id of a case, as it stands in the column case.",
        "Type the id of a case, as it stands in the column applicant.",
    ]
    assert reasons.state.missing == ""


class Answers:
    """A workshop that explains what it is told to, later if it is asked to wait."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Case]] = []
        self.answer: Answer | Exception = Answer(EXPLAINED)

    def explain(self, version: str, case: Case, errand: Errand) -> Answer:  # noqa: ARG002
        self.asked.append((version, case))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asked(workshop: Answers, run: Any = at_once) -> Reasons:
    made = Reasons(run, workshop)
    made.about(CREDIT)
    made.choose(" cases.csv ")
    made.name_case(" A-10293 ")
    made.explain()
    return made


def test_another_version_drops_what_was_found_of_a_person() -> None:
    workshop = Answers()
    found = asked(workshop)
    answer = found.state.answer

    found.about("churn-eu@1")

    assert workshop.asked == [(CREDIT, Case("cases.csv", "", "A-10293"))]
    assert answer == Answer(EXPLAINED)
    assert (found.state.answer, found.state.case, found.state.file) == (None, "", " cases.csv ")


def test_an_answer_that_was_called_off_is_dropped() -> None:
    waiting: list[Callable[[], None]] = []

    def later(work: Callable[[], Any], done: Callable[[Any], None], _: Callable[[Exception], None]) -> None:
        waiting.append(lambda: done(work()))

    found = asked(Answers(), later)
    working = found.state.working
    found.stop()
    waiting[0]()

    assert working
    assert (found.state.working, found.state.answer, found.state.error) == (False, None, "")


def test_what_went_wrong_stays_in_the_page() -> None:
    workshop = Answers()
    workshop.answer = InvalidInput("0 rows with case A-10293", hint="look at the column")

    found = asked(workshop)

    assert found.state.error == "0 rows with case A-10293. Look at the column."


# Charts


@pytest.mark.parametrize("width", [300.0, 520.0, 1100.0])
def test_nothing_in_the_chart_of_shares_overlaps(width: float) -> None:
    placed = share_chart.layout(shares(CODES), width, lambda text: 6.0 * len(text))

    for row in placed.rows:
        assert not row.label.meets(row.given)
        assert not row.figure.meets(row.given)
        assert row.first.width <= row.given.width
        assert row.given.right <= placed.plot.right
    for one, other in zip(placed.rows, placed.rows[1:], strict=False):
        assert not one.given.meets(other.label)


def test_all_of_them_is_the_whole_width() -> None:
    placed = share_chart.layout(Shares("", (Part("R1", "", 3, 6),), 6), 500, len)

    assert placed.rows[0].given.width == placed.plot.width
    assert placed.rows[0].first.width == pytest.approx(placed.plot.width / 2)


@pytest.mark.parametrize("width", [300.0, 520.0, 1100.0])
def test_steps_begin_where_the_one_before_ended_and_end_at_the_case(width: float) -> None:
    chart = steps(EXPLAINED)
    placed = step_chart.layout(chart, width, lambda text: 6.0 * len(text))

    (start, _, first), (end, _, second) = placed.marks
    assert placed.rows[0].fill.x == pytest.approx(start)
    assert placed.rows[-1].ends == pytest.approx(end)
    for one, other in zip(placed.rows, placed.rows[1:], strict=False):
        edges = (other.fill.x, other.fill.right)
        assert min(abs(edge - one.ends) for edge in edges) < 1e-6
    for row in placed.rows:
        assert not row.label.meets(row.fill)
        assert not row.figure.meets(row.fill)
        assert row.figure.right <= width + 1
    assert not first.meets(second)


def test_a_chart_of_nothing_has_a_place_for_it() -> None:
    chart = Steps("", (Step("a", Decimal(0), False),), Decimal(1), Decimal(1), "score")

    assert step_chart.layout(chart, 400, len).rows[0].fill.width == 0


# The page


def page_of(app: App) -> ReasonsPage:
    app.commands.registry.run("reasons")
    assert app.shell.dossier
    return app.shell.dossier.reasons


def said_on(page: ReasonsPage) -> list[str]:
    return [one.text() for one in page.findChildren(QLabel) if one.isVisible()]


def test_the_page_says_plainly_that_nothing_is_measured(shown: App) -> None:
    page = page_of(shown)

    said = said_on(page)

    assert "No reason codes were measured for this version." in said
    assert any(text.startswith("No policy that applies asks for them.") for text in said)
    assert not page.chart.isVisible()
    assert nameless(shown.shell) == []


def test_from_reason_codes_to_one_case_by_its_own_model(
    qapp: QApplication, qtbot: Any, measured: Terminal, tmp_path: Path
) -> None:
    bank = Path(shutil.copytree(measured.ledger, tmp_path / "models"))
    with window(qapp, bank, "vic", PASSPHRASE) as app:
        assert app.shell.inbox
        qtbot.keyClick(app.shell.inbox.list, Qt.Key.Key_3)
        page = page_of(app)
        assert page.isVisible()
        assert any("200 of 200 explained cases may be told why" in text for text in said_on(page))
        assert "R01" in page.chart.accessibleDescription()

        # The same as a table, with a key.
        qtbot.keyClick(page.chart, Qt.Key.Key_T)
        assert page.table.isVisible()
        assert not page.chart.isVisible()
        assert page.table.model().index(0, 0).data() in {"R01", "R02"}
        qtbot.keyClick(page.table, Qt.Key.Key_T)
        page.digests.click()
        wait(lambda: "Dictionary" in said_on(page))
        assert nameless(app.shell) == []

        # A case.
        page.browse.click()
        dialog = page.findChild(QFileDialog)
        assert dialog
        dialog.selectFile(str(measured.folder / "applicants.csv"))
        dialog.accept()
        qtbot.keyClicks(page.case, "L0002")
        qtbot.keyClick(page.case, Qt.Key.Key_Return)
        assert page.stop.isVisible()
        wait(lambda: page.reasons.state.answer or page.reasons.state.error)

        assert page.reasons.state.error == ""
        wait(lambda: "Case L0002" in said_on(page))
        said = said_on(page)
        assert "Declined: the score is 0.5196, below 0.4 is approved" in said
        assert "Income too low for the amount asked for" in said
        assert page.steps.isVisible()
        assert page.steps.accessibleDescription().startswith("What moved case L0002, in log odds. reference")
        qtbot.keyClick(page.steps, Qt.Key.Key_Down)
        assert page.steps.accessibleDescription().startswith("income: +1.313, towards a decline")

        # A case that is not there.
        page.case.setText("nobody")
        page.run.click()
        wait(lambda: page.reasons.state.error)
        assert "no row with case" in page._error.accessibleName()


def test_a_decision_on_record_is_proven_beside_what_is_found_today(
    qapp: QApplication, measured: Terminal, tmp_path: Path
) -> None:
    bank = measured.copied(tmp_path / "decided")
    rows, record = bank.folder / "applicants.csv", bank.folder / "applicants.decisions.parquet"
    entry = bank.ok("decisions", "record", CREDIT, "--data", str(rows), "-o", str(record), "--as", "vic", "--json").json
    with window(qapp, bank.ledger, "vic", PASSPHRASE) as app:
        page = page_of(app)
        page.file.setText(str(rows))
        page.case.setText("L0002")
        page.batch.setText(str(record))
        page.run.click()
        wait(lambda: "Case L0002" in said_on(page))
        said = said_on(page)
        assert any(text.startswith("Declined with the score 0.519581") and entry["entry"] in text for text in said)
        assert "Inputs, score, decision, reasons and reference are the same today." in said
        assert any(text.startswith("With ") and "the score would be" in text for text in said)
        assert nameless(app.shell) == []

        # The inputs are gone: what was decided is proven all the same.
        kept = [line for line in rows.read_text().splitlines() if not line.startswith("L0002,")]
        rows.write_text("\n".join([*kept, ""]))
        page.run.click()
        wait(lambda: any("its inputs were erased" in text for text in said_on(page)))
        assert any(text.startswith("Declined with the score 0.519581") for text in said_on(page))
        assert not page.steps.isVisible()

        # A record of something else proves nothing.
        page.batch.setText(str(rows))
        page.run.click()
        wait(lambda: page.reasons.state.error)
        assert page.reasons.state.answer is None


def test_what_differs_is_told_then_and_now() -> None:
    said = {
        "entry": "#41",
        "person": "vic",
        "at": "2026-11-02T10:00:00.000000Z",
        "decision": "declined",
        "score": "0.52",
        "codes": ["R01"],
        "blocking": None,
        "index": 6,
        "size": 900,
        "batch": "sha256:" + "ab" * 32,
        "identical": False,
        "differs": [{"what": "score", "then": "0.52", "now": "0.51"}],
    }
    found = answer_of({**SAID, "recorded": said})
    gone = answer_of({"erased": "it is gone", "recorded": {**said, "identical": None, "differs": []}})

    assert found.recorded
    assert found.recorded.differs == (("score", "0.52", "0.51"),)
    assert recorded(found.recorded).startswith("Declined with the score 0.52 for R01: recorded by vic on 2 Nov 2026")
    assert "the leaf 7 of 900 under the root of entry #41" in recorded(found.recorded)
    assert (gone.explained, gone.erased) == (None, "It is gone.")
    assert gone.recorded
    assert gone.recorded.differs is None


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("tree.patterns", "exact Shapley values of the trees, from the patterns of the whole reference, by "),
        ("tree.shap", "Shapley values of the trees, each row of the reference in turn, by "),
        ("asked.exact", "exact Shapley values, the model asked of every set of columns, by "),
        ("asked.sampled", "Shapley values of a model that was asked, sampled, with errors, by "),
        ("linear", "exact Shapley values of a weighted sum, by "),
        ("sampled", "Shapley values (sampled), by "),
    ],
)
def test_how_a_case_was_explained_is_said_in_words(kind: str, said: str) -> None:
    assert method(replace(EXPLAINED, kind=kind)) == f"{said}shap 0.51.0, in log odds; residual 4.2E-8"
