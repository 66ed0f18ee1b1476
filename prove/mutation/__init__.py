"""Mutants of the rules: how they are made, and how they are tried. Imports none of the rules."""
