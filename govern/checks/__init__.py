"""What the numbers say: from scored rows, or a model and rows, to evidence and reasons.

Every measure is made in two steps. DuckDB reduces the rows, however many, to a small table of integers; a finisher makes
of that table a fraction, and of the fraction a decimal. The table is the evidence, so anyone can finish it again. Nothing
here depends on the order of rows, on threads or on the machine.
"""
