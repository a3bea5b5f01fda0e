"""A class: many submissions, one gradebook, and what is written of it.

Coming in      find and layouts (which files), unpack (zips), people (whose, the roster), inbox (all of these together)
Grading        classroom (what is due), desk (what one process does), one (one file), pool, warm and cluster (many processes),
               machine (sharing one), record (a grade as JSON)
The book       gradebook and schema.sql, versions (what must be graded again), scores, policy and totals (what counts)
Going out      outputs (everything), feedback, by_hand, report and plots, exports, differences, summary (the terminal)
A course       course, initial, demo, experiment
Commands       command (grade, demo), bookkeeping (export, score, diff, total, init)
"""
