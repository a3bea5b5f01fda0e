"""Runs submissions where they can reach nothing. The grader trusts only what is on its own side.

Grader's side  supervise (the way in), submission and remote (what checks see), ground (the zygote),
channel, messages and
               wire (the protocol), watchdog, uids, limits, cleanup, doctor
Zygote         zygote, plan (its orders), namespaces, mounts, bubblewrap, reaper and processes
(ending what runs) Worker         worker, sandbox (its layers), landlock, seccomp, shell (cells),
timers, probe (the attacks of the self-test) Both           linux (calls that Python lacks),
interpreter (which Python)
"""
