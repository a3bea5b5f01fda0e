"""Otter assignments, the student's bundle, and the zip for Gradescope.

Building       build, master and solutions (the notebook), assign (the real `otter assign`), bundle
(what students receive),
               rules (what the homework asks of Gradescope), archive (zips equal byte by byte)
In the zip     autograder (Gradescope), plugin and verdicts (Otter), otter_pickle (`otter grade`),
intake, judge, results Commands       command, rehearsal (the zip as Gradescope runs it)
"""
