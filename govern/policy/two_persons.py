"""The rule that holds until a policy is adopted: nobody takes a model to production alone.

It is a policy like any other, so that one judge knows one kind of rule. It measures nothing, and says so in its title.
"""

from functools import cache

from govern.policy.resolve import Resolved, resolve

FILE = "(built in)"

_POLICY = b"""\
schema: govern/policy/v1
id: two-persons
version: 1.0.0
title: Two persons, and no checks, until a policy is adopted
owner: govern
approvals:
  second-person: {role: [validator, risk-officer], quorum: 1, not_same_as: [makers]}
gates:
  validated: {approvals: [second-person]}
  approved: {approvals: [second-person]}
  production: {approvals: [second-person]}
"""


@cache
def two_persons() -> Resolved:
    return resolve(_POLICY, FILE, "0.1")
