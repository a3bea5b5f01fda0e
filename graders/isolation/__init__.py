"""Runs submissions where they can reach nothing. The grader trusts only what is on its own side.

Grader's side  supervise (the way in), submission, branches and remote (what checks see), ground
               (the zygote), seed (how it starts), channel, messages and wire (the protocol),
               watchdog, uids, limits, cleanup, outside and folder (what branches leave), doctor
Zygote         zygote, warm (what it loads), plan (its orders), namespaces, mounts, bubblewrap,
               reaper and processes (ending what runs)
Worker         worker, sandbox (its layers), landlock, seccomp, shell (cells), probe (the attacks
               of the self-test)
Both           linux (calls that Python lacks), interpreter (which Python)
"""
