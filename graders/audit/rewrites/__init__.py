"""Right solutions written by hand, each in a style of its own, for the false-fail run: a module is
a style.
"""
