"""`critic review`: a page on loopback on which a class is read and graded by a person.

state (what the pages show, from an open gradebook), pages and changes (what is shown and what may
be changed), app and guard (addresses, and who may ask for them), alike (code that is much the
same), again (grading one submission again), command (the server).

Nothing that a submission holds is live HTML: text is escaped, Markdown goes through
`graders.grading.markdown`, and the content security policy allows no script but our own file.
"""
