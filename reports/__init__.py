"""Dossier to PDF, evidence bundle and back again: functions of plain values, with no ledger, no clock and no network."""
