"""A class: many submissions, one gradebook, and what is written of it.

Grading        classroom (what is due), desk (what one process does), pool, warm and cluster
               (many processes), machine (sharing one)
The book       gradebook and schema.sql, versions (what must be graded again), handed_in (answers
               and code for who reads them), decisions (what a person decided), scores and totals
               (what counts)
Going out      outputs (everything), feedback, by_hand, report and plots, exports, differences,
               mistakes (failures that no misconception names, grouped) and learning (what named
               ones look like under this key), summary (the terminal)
Made up        demo, experiment
Commands       command (grade, demo), bookkeeping (export, score, diff, total, init)
"""
