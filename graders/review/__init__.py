"""`critic review`: a page on loopback on which a class is read and graded by a person.

state (what the pages show, from an open gradebook), app (addresses and what may be changed),
alike (code that is much the same), command (the server).

Nothing that a submission holds is live HTML: text is escaped, Markdown goes through
`graders.grading.markdown`, and the content security policy allows no script but our own file.
"""
