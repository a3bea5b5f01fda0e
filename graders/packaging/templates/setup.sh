#!/usr/bin/env bash
# Builds the grading image: a virtual environment with the CPU build of torch, and the grader in a folder that only root
# may enter. Gradescope and `otter grade` run this once per image.
#   TORCH_INDEX  where torch comes from; set it to nothing for the default package index
#   PYTHON       the interpreter, 3.10 or later
# With a wheel of torch in requirements.wheels/ nothing is downloaded at all.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
PYTHON=${PYTHON:-python3}
TORCH_INDEX=${TORCH_INDEX-https://download.pytorch.org/whl/cpu}

# `otter grade` unpacks the folder of wheels into its parent.
wheels=$here/requirements.wheels
[ -d "$wheels" ] || wheels=$here
grader=$(ls "$wheels"/critic-*.whl)

if ! "$PYTHON" -c "import ensurepip, venv" 2>/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install --yes --no-install-recommends python3 python3-venv
fi
"$PYTHON" -m venv "$root/venv"
pip=("$root/venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-cache-dir)
constraints=()
[ -f "$here/requirements.txt" ] && constraints=(--constraint "$here/requirements.txt")
if ls "$wheels"/torch-*.whl >/dev/null 2>&1; then
    pip+=(--no-index --find-links "$wheels")
    "${pip[@]}" "${constraints[@]}" torch
    more=()
else
    "${pip[@]}" "${constraints[@]}" ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch
    more=(${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"})
fi
# The grader's requirements go into the environment that submissions may read, the grader itself does not.
"${pip[@]}" "${constraints[@]}" "$grader"
# What the homework lets submissions import; those of torch's family come as builds for the CPU too.
if [ -s "$here/libraries.txt" ]; then
    "${pip[@]}" "${constraints[@]}" "${more[@]}" --requirement "$here/libraries.txt"
fi
"$root/venv/bin/python" -m pip uninstall --yes --quiet critic
(umask 077 && "${pip[@]}" --no-deps --target "$root/closed" "$grader")
chmod -R go= "$root/closed" "$grader"
