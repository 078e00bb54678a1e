"""The sample bank's six models, each trained, registered, measured and reviewed for real.

Each ends differently: in production and sound, unfair, too little data, drifted, waiting for a second signature, rejected.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from govern import __version__, catalogue, discussion, measuring, review
from govern.connection import Near
from govern.demo import credit
from govern.demo.cast import Stage
from govern.desk import Desk
from govern.errors import NotAllowed
from govern.ledger.keys import Pen
from govern.measuring import Rows, Terms
from govern.policy.findings import Verdict
from govern.record.inventory import Version

Say = Callable[[str], None]

CUT_OFF = "score < 0.25"
POLICY = b"""\
schema: govern/policy/v1
id: retail-credit
version: 1.0.0
title: Retail credit scoring
owner: model-risk
applies_to: {use_case: credit-scoring}
data:
  sensitive:
    sex: {column: sex, groups: [female, male]}
    age: {column: age, groups: ["18-25", "26-40", "41-61", "62+"]}
checks:
  - id: auc
    metric: roc_auc
    min: 0.68
    confidence: {resamples: 500, decide_on: lower}
    compare: {to: champion, delta_min: -0.05}
  - id: four-fifths
    metric: adverse_impact_ratio
    by: [sex, age]
    min: 0.80
    favourable: {outcome: "no"}
    min_group_size: 30
    confidence: {resamples: 500, decide_on: interval}
    remedy: Look for what stands in for sex or age, and train without it
  - id: sex-and-age
    metric: adverse_impact_ratio
    by: [sex]
    intersections: [[sex, age]]
    min: 0.75
    favourable: {outcome: "no"}
    min_group_size: 50
    small_groups: merge
    confidence: {resamples: 500, decide_on: point}
    on_fail: warn
    remedy: Look at women and men of each age by themselves
  - {id: calibration, metric: expected_calibration_error, max: 0.06, confidence: {resamples: 500, decide_on: point}, on_fail: warn}
  - {id: brier, metric: brier, max: 0.2, confidence: {resamples: 500, decide_on: point}, on_fail: warn}
  - id: drift
    metric: psi
    of: [income, utilisation, arrears, tenure]
    against: training
    warn_above: 0.1
    max: 0.25
    on_fail: warn
    remedy: Find out who applies now that did not before
  - id: reasons
    metric: reason_coverage
    min: 1
    remedy: Train without what may not be a reason, or give it words
approvals:
  validation: {role: validator, quorum: 1}
  committee: {role: risk-officer, quorum: 2, not_same_as: [validation]}
gates:
  validated: {from: [in_review], checks: all, approvals: [validation]}
  production: {from: [validated], checks: all, approvals: [validation, committee]}
"""
DICTIONARY = b"""\
schema: govern/reasons/v1
reasons:
  income: {code: R01, text_low: Income too low for the amount asked for, text_high: Income beside the amount asked for}
  utilisation: {code: R02, text_high: Too much of the existing limits in use, text_low: Too little use of the limits}
  arrears: {code: R03, text_high: Payments late in the last two years, text: Payments in the last two years}
  tenure: {code: R04, text_low: Employed for too short a time, text_high: Length of employment}
  account: {code: R05, text_low: First account opened too recently, text_high: Age of the first account}
  district: {code: R90, prohibited: true}
  title: {code: R91, prohibited: true}
"""
LIMITATIONS = """\
# Limitations

The model was trained on applicants of one year. It was not tried on applicants without any account, on the self-employed
alone, or in a recession. It says nothing about how much somebody can repay.
"""
TRAINING, HELD_OUT = 7, 8


@dataclass(frozen=True, slots=True)
class Bank:
    """The ledger, the people's pens, and where the bank's files lie."""

    near: Near
    stage: Stage
    pens: dict[str, Pen]
    say: Say
    training: credit.Training

    def desk(self, *who: str) -> Desk:
        return Desk(self.near.ledger, self.near.store, self.stage.clock, self.stage.chance, self._pens(who))

    @property
    def out(self) -> Path:
        return self.near.folder.path / "out"

    def _pens(self, who: Sequence[str]) -> tuple[Pen, ...]:
        return tuple(self.pens[one] for one in who)


def adopt(bank: Bank) -> None:
    receipt = catalogue.adopt_policy(bank.desk("rae"), POLICY, "retail-credit.yaml", __version__)
    rules = "AUC, four fifths by sex and age, calibration, drift, reasons that may be given"
    bank.say(f"  #{receipt.index}  rae adopts the policy retail-credit 1.0.0: {rules}")


def register(bank: Bank, name: str, purpose: str, tier: str = "high") -> None:
    card = f"schema: govern/model/v1\nname: {name}\nowner: ana\npurpose: {purpose}\nuse_case: credit-scoring\n"
    card += (
        f"risk_tier: {tier}\njurisdictions: [EU, US]\npermitted_uses: [decisions on applications of retail customers]\n"
    )
    card += "prohibited_uses: [pricing, collection of debts]\nconsidered: model\n"
    card += "considered_because: it estimates from data, and people are declined by what it says\n"
    receipt = catalogue.register_model(bank.desk("ana"), card.encode(), f"{name}.yaml")
    bank.say(f"  #{receipt.index}  ana registers the model {name}: {purpose}")


def train(bank: Bank, name: str, seed: int, features: Sequence[str], parent: str = "") -> str:
    """Train and register a version; return how it is written."""
    rows = credit.write(bank.out / f"{name}-training.csv", credit.portfolio(seed))
    file = bank.training.train(rows, bank.out / f"{name}.json", features)
    made = catalogue.Made(
        {"training": rows},
        {"features": " ".join(features)},
        {},
        parent=parent,
        approve=CUT_OFF,
        reasons=DICTIONARY,
        about={"training": {"rows": "6000", "first": "2025-01-01", "last": "2025-12-31", "licence": "own records"}},
        change="retrain" if parent else "",
    )
    receipt, one = catalogue.register_version(bank.desk("ana"), name, [file], made)
    bank.say(f"  #{receipt.index}  ana trains on 6,000 loans and registers {one.name}: {', '.join(features)}")
    return one.name


def measure(bank: Bank, name: str, loans: Sequence[credit.Loan], *, told: bool = True) -> None:
    """Let somebody who did not make a version measure it on loans that it was not trained on, by its own model."""
    vic, one = bank.desk("vic"), review.version(bank.desk("vic"), name)
    path = credit.write(bank.out / f"{one.model}-held-out.csv", loans)
    then = Terms(baseline=bank.out / f"{one.model}-training.csv")
    receipt, run = measuring.evaluate(vic, one, Rows(path, label="bad", positive="yes"), then, threads=1)
    bank.say(f"  #{receipt.index}  vic measures {name} on {run.evidence.rows:,} other loans, in a process of its own")
    for finding in review.judged(vic, review.version(vic, name)).findings:
        if finding.verdict is Verdict.NOT_APPLICABLE or (finding.verdict is Verdict.PASS and not told):
            continue
        interval = f" ({finding.low:.3f} to {finding.high:.3f})" if finding.low is not None else ""
        value = f" {finding.value:.3f}{interval}" if finding.value is not None else ""
        group = "".join(f" {of}" for of in (finding.group or {}).values())
        what = f"{finding.rule.removeprefix('checks.')}{group}{value}"
        bank.say(f"        {finding.verdict}: {what}, limit {finding.limit}")


def submit(bank: Bank, name: str) -> None:
    ana = bank.desk("ana")
    receipt = review.submit(ana, review.version(ana, name))
    bank.say(f"  #{receipt.index}  ana submits {name}: from here on its dossier is what people sign")


def sign(bank: Bank, who: str, name: str, meaning: str, reason: str) -> None:
    desk = bank.desk(who)
    receipt = review.sign(desk, review.version(desk, name), meaning, reason)
    bank.say(f"  #{receipt.index}  {who}: {meaning}, “{reason}”")


def doubt(bank: Bank, name: str) -> int:
    """Let a validator doubt a version and be answered, and put on record what is wrong; return the finding's entry."""
    vic, ana = bank.desk("vic"), bank.desk("ana")
    said = "Why are fewer than seven in ten of the young approved for ten of the others?"
    asked = discussion.challenge(vic, review.version(vic, name), said, "evidence:four-fifths")
    bank.say(f"  #{asked.index}  vic challenges the evidence: “{said}”")
    answer = "The age of the first account and the district stand in for age and sex. We train without them."
    told = discussion.respond(ana, review.version(ana, name), asked.index, answer)
    bank.say(f"  #{told.index}  ana answers: “{answer}”")
    due = (bank.stage.clock() + timedelta(days=30)).date()
    title = "Proxies of age and sex are scored"
    found = discussion.raise_finding(vic, review.version(vic, name), title, "high", "ana", due)
    bank.say(f"  #{found.index}  vic raises a finding, high: “{title}”; ana mends it until {due}")
    return found.index


def settle(bank: Bank, name: str, finding: int) -> None:
    """Let the validator close a finding: its owner cannot."""
    vic = bank.desk("vic")
    receipt = discussion.close_finding(
        vic, review.version(vic, name), finding, "retired in favour of a version without"
    )
    bank.say(f"  #{receipt.index}  vic closes #{finding}; ana, who owned it, could not")


def document(bank: Bank, name: str) -> None:
    path = bank.out / "limitations.md"
    path.write_text(LIMITATIONS, encoding="utf-8")
    ana = bank.desk("ana")
    receipt = discussion.add_document(ana, review.version(ana, name), "limitations", path)
    bank.say(f"  #{receipt.index}  ana adds a document on its limitations")


def approve_with_condition(bank: Bank, who: str, name: str, condition: str, reason: str) -> None:
    desk = bank.desk(who)
    due = (bank.stage.clock() + timedelta(days=90)).date()
    asked = discussion.conditions(desk, [(condition, "ana", due)])
    receipt = review.sign(desk, review.version(desk, name), "approved_with_conditions", reason, conditions=asked)
    bank.say(f"  #{receipt.index}  {who}: approved with conditions, “{reason}”: {condition}, ana until {due}")


def promote(bank: Bank, name: str) -> Version:
    rae = bank.desk("rae")
    for stage, role in (("validated", ""), ("production", "champion")):
        receipt = review.move(rae, review.version(rae, name), stage, "as the policy allows", role)
        bank.say(f"  #{receipt.index}  {name} moves to {stage}: the judge allowed it, and every audit asks it again")
    return review.version(rae, name)


def others(bank: Bank) -> tuple[str, ...]:
    """Take five more models to where each of them is today."""
    found: list[str] = []
    for tell in (_waiting, _drifted, _unfair, _little_data, _rejected):
        if found:
            bank.say("")
        found.append(tell(bank))
    return tuple(found)


def _waiting(bank: Bank) -> str:
    register(bank, "credit-card", "Probability of default of applicants for a credit card")
    name = train(bank, "credit-card", 11, credit.FEATURES)
    measure(bank, name, credit.portfolio(12), told=False)
    submit(bank, name)
    sign(bank, "vic", name, "validated", "measured on loans of another year")
    sign(bank, "rae", name, "approved", "within the appetite")
    bank.say("      It waits for a second risk officer.")
    return "credit-card"


def _drifted(bank: Bank) -> str:
    register(bank, "car-loans", "Probability of default of car loans", "medium")
    name = train(bank, "car-loans", 21, credit.FEATURES)
    measure(bank, name, credit.portfolio(22), told=False)
    submit(bank, name)
    for who, meaning in (("vic", "validated"), ("rae", "approved"), ("rob", "approved")):
        sign(bank, who, name, meaning, "as measured")
    promote(bank, name)
    bank.say("      A recession comes. The same model on this year's loans:")
    measure(bank, name, credit.portfolio(23, recession=True), told=False)
    gus, one = bank.desk("gus"), review.version(bank.desk("gus"), name)
    worth = review.worth(gus, one, one.signed[-1])
    bank.say(f"      The signatures under it are {worth}.")
    return "car-loans"


def _unfair(bank: Bank) -> str:
    register(bank, "overdraft", "Whom an overdraft is offered to")
    name = train(bank, "overdraft", 31, (*credit.FEATURES, "account"))
    measure(bank, name, credit.portfolio(32), told=False)
    submit(bank, name)
    vic = bank.desk("vic")
    said = "The age of the first account stands in for age here. Is it needed?"
    receipt = discussion.comment(vic, review.version(vic, name), said)
    bank.say(f"  #{receipt.index}  vic comments: “{said}”")
    _refused(bank, lambda: promote(bank, name), f"rae moves {name} on all the same")
    return "overdraft"


def _little_data(bank: Bank) -> str:
    register(bank, "small-business", "Probability of default of loans to small businesses")
    name = train(bank, "small-business", 41, credit.FEATURES)
    measure(bank, name, credit.portfolio(42, 600), told=False)
    submit(bank, name)
    bank.say("      600 loans are too few to tell. That is not a pass: a person has to decide.")
    return "small-business"


def _rejected(bank: Bank) -> str:
    register(bank, "store-card", "Probability of default of applicants for a store card", "low")
    name = train(bank, "store-card", 51, (*credit.FEATURES, "title"))
    measure(bank, name, credit.portfolio(52), told=False)
    submit(bank, name)
    sign(bank, "vic", name, "rejected", "The title is scored, which is sex by another name.")
    return "store-card"


def _refused(bank: Bank, attempt: Callable[[], object], what: str) -> None:
    try:
        attempt()
    except NotAllowed as refusal:
        bank.say(f"      {what}: refused, {bank.desk('gus').named(refusal.message)}")
    else:
        raise LookupError(f"nobody refused: {what}")
