"""Reasons to test screens with: the small bank has made-up counts and no model that could give them."""

from decimal import Decimal

from gui.cases import Explained, Reason
from gui.sights import Code, Codes

VERSION, CASE = "credit-risk@1", "A-10293"
_DIGEST = "sha256:7c709964fd3501185f080a06083bc5753b5144b3ccddabe59a763597843ebd62"

CODES = Codes(
    check="reasons",
    entry=21,
    who="Vic Tanaka (DEMO)",
    declined=1870,
    explained=200,
    reasoned=197,
    blocked=(("no words are registered for postcode", 3),),
    reference_kind="near_cutoff",
    reference_rows=420,
    reference=_DIGEST,
    dictionary="sha256:4b1f0c8f6a7be2f4d7e58d0c0f4f7a1e9f0a5d5a96b8f1a36cbb3d1c0a5f9e21",
    approve="score < 0.22",
    codes=(
        Code("R01", "Income too low for the amount asked for", 81, 152),
        Code("R02", "Too much debt beside the income", 54, 139),
        Code("R05", "Payments missed in the last 24 months", 38, 71),
        Code("R03", "Too much of the limits in use", 17, 98),
        Code("R07", "Accounts opened too recently", 7, 44),
        Code("R04", "Too little time with the present employer", 0, 19),
    ),
)

EXPLAINED = Explained(
    version=VERSION,
    case=CASE,
    approved=False,
    score=Decimal("0.412876"),
    approve="score < 0.22",
    reasons=(
        Reason(1, "R02", "Too much debt beside the income", "debt to income", Decimal("0.82")),
        Reason(2, "R05", "Payments missed in the last 24 months", "missed payments", Decimal("0.55")),
        Reason(3, "R03", "Too much of the limits in use", "utilisation", Decimal("0.31")),
        Reason(4, "R07", "Accounts opened too recently", "account age", Decimal("0.12")),
    ),
    blocking=(),
    contributions=tuple(
        (group, Decimal(value))
        for group, value in (
            ("debt to income", "0.820412"),
            ("missed payments", "0.550131"),
            ("savings balance", "-0.412008"),
            ("utilisation", "0.310556"),
            ("employment length", "-0.280914"),
            ("account age", "0.121207"),
            ("postcode risk", "0.050116"),
        )
    ),
    start=Decimal("-1.511842"),
    end=Decimal("-0.352342"),
    space="log odds",
    kind="tree",
    library="shap 0.51.0",
    residual=Decimal("0.000000042273"),
    reference_kind="near_cutoff",
    reference_rows=420,
    reference=_DIGEST,
)
