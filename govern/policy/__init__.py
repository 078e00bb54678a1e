"""What the rules say: policies, the evidence they judge, and the judge, pure."""
