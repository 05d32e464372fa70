"""Measurements of the promises in the design, as ratios within one run; never asserted in tests."""
