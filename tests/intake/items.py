"""Things that may lie in the folder of a class, of every kind: each writes itself into a folder."""

import gzip
import io
import json
import lzma
import os
import stat
import tarfile
import zipfile

RIGHT = "kl_to_itself = 0.0"


def book(*sources, **more):
    """A notebook of these cells: code, or (kind, text)."""
    parts = [("code", s) if isinstance(s, str) else s for s in sources]
    cells = [
        {"cell_type": kind, "source": text, "metadata": {}}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for kind, text in parts
    ]
    whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(whole).encode()


def put(name, content=b""):
    """A file."""

    def write(folder):
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    return write


def proof(text):
    """A notebook whose written answer is this."""
    return book(("markdown", "### elbo_proof"), ("markdown", text), RIGHT)


def zipped(*members, **options):
    """The bytes of a zip; a member is a name or ZipInfo, and its content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def info(name, mode=0):
    """The entry of a zip that has this mode."""
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


def nested(depth):
    """A zip in a zip in a zip."""
    content = zipped(("a.py", RIGHT))
    for _ in range(depth):
        content = zipped(("a.zip", content))
    return content


def tarred(*members, mode="w:gz"):
    """The bytes of a tar."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content, *more in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for key, value in (more[0] if more else {}).items():
                setattr(entry, key, value)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def flipped(content, at, byte=0xFF):
    """The same bytes with one of them turned over."""
    return content[:at] + bytes([content[at] ^ byte]) + content[at + 1 :]


def device(folder):
    try:
        os.mknod(folder / "zero.ipynb", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except OSError:  # not allowed here: a link says the same
        (folder / "zero.ipynb").symlink_to("/dev/zero")


def many_files(folder):
    (folder / "many").mkdir()
    for index in range(3000):
        (folder / "many" / f"{index}.txt").touch()
    (folder / "many" / "hw.py").write_text(RIGHT)


def unreadable(folder):
    put("closed/hw.py", RIGHT.encode())(folder)
    (folder / "closed" / "hw.py").chmod(0)
    (folder / "closed").chmod(0)


def hard_link(folder):
    put("eve_hard.ipynb", book(RIGHT))(folder)
    os.link(folder / "eve_hard.ipynb", folder / "eve_hard_too.ipynb")


def climbing(folder):
    (folder / "climb").mkdir()
    (folder / "climb" / "hw.py").symlink_to("../../in/ada0.ipynb")
    (folder / "climb" / "all").symlink_to("/")


NAMES = {
    name: put(f"{name}.ipynb", book(RIGHT))
    for name in ("NUL", "com1", "aux.", "case", "CASE", "a\tb", "'\";|&", "$(touch owned)", "`id`",
                 "%s%n%x", "{0.__class__}", "{{7*7}}", "=1+1", "@SUM(A1)", "<img src=x onerror=a>",
                 "[bold red]x[/]", "[/]", "[link=http://a]", "#hash?q=1&b", "~root", "%2e%2e%2f",
                 "..\\..\\x", "a\u200bda0", "\ufeffada0", "ada0\u00a0", "ada0.ipynb", "-", "a,b\"c",
                 "\u2028line", "e\u0301\u0301\u0301", "\U0001f600", "\x7f", "\u0085",
                 "\u202eevil\u202c", "ada_1_2_assignsubmission_file_", "late_12345_678_ada")
}  # fmt: skip

HERE = zipped(("hw.py", RIGHT))
ARCHIVES = {
    "twice": zipped(("hw.pY", "x = 1"), ("hw.py", RIGHT)).replace(b"hw.pY", b"hw.py"),
    "absolute": zipped(("/etc/critic-owned.py", "x = 1"), ("//a/b.py", "x = 1")),
    "up": zipped(("../../up.py", "x = 1"), ("a/../../b.py", "x = 1")),
    "backslash": zipped(("..\\..\\up.py", "x = 1"), ("C:\\a.py", "x = 1")),
    "link": zipped((info("a.py", stat.S_IFLNK | 0o777), "/etc/passwd")),
    "link_then_file": zipped(
        (info("d", stat.S_IFLNK | 0o777), "/tmp"), ("d/critic-owned.py", "x = 1")
    ),
    "pipe": zipped((info("a.py", stat.S_IFIFO | 0o666), "")),
    "nested": nested(20),
    "truncated": HERE[:-30],
    "half": HERE[: len(HERE) // 2],
    "crc": flipped(HERE, 36),
    "counts": flipped(HERE, len(HERE) - 12),
    "offset": flipped(HERE, len(HERE) - 4),
    "prefix": b"#!/bin/sh\n" + HERE,
    "folder_and_file": zipped(("a/", ""), ("a", "x = 1")),
    "file_and_folder": zipped(("a", "x"), ("a/b.py", RIGHT)),
    "devices": zipped(("CON.py", RIGHT), ("nul", "x"), ("a. ", "x")),
    "case": zipped(("HW.py", "x = 1"), ("hw.py", RIGHT)),
    "many": zipped(*((f"{i}.txt", "") for i in range(5000))),
    "bomb": zipped(("a.py", bytes(2**25)), compression=zipfile.ZIP_DEFLATED),
    "only_mac": zipped(("__MACOSX/._hw.py", "x"), (".DS_Store", "x")),
    "empty": zipped(),
}
OTHERS = {
    "nothing.gz": b"",
    "nothing.py.gz": gzip.compress(b""),
    "nothing.tar.gz": gzip.compress(b""),
    "gz_bomb.tar.gz": gzip.compress(bytes(2**26)),
    "xz_bomb.tar.xz": lzma.compress(bytes(2**24)),
    "cut.tar.gz": tarred(("hw.py", RIGHT.encode()))[:-9],
    "x.tar": tarred(("hw.py", b"x"), mode="w"),
    "up.tgz": tarred(("../up.py", b"x"), ("/abs.py", b"x")),
    "hard.tar.gz": tarred(
        ("a.py", b"", {"type": tarfile.LNKTYPE, "linkname": "../../../etc/passwd"})
    ),
    "long.tar.gz": tarred(("n" * 5000 + ".py", b"x"), ("hw.py", RIGHT.encode())),
    "negative.tar": flipped(tarred(("hw.py", b"x" * 600), mode="w"), 124, 0x80),
    "x.rar": b"Rar!\x1a\x07\x01\x00" + bytes(50),
    "x.7z": b"7z\xbc\xaf\x27\x1c" + bytes(50),
}

CODE = {"cell_type": "code", "metadata": {}, "outputs": [], "source": RIGHT}
NOTEBOOKS = {
    "large_cell": book("x = '" + "a" * 5_000_000 + "'", RIGHT),
    "large_output": book(
        RIGHT, cells=[CODE | {"outputs": [{"data": {"text/plain": "a" * 2**25}}]}]
    ),
    "bom": b"\xef\xbb\xbf" + book(RIGHT),
    "utf32": book(RIGHT).decode().encode("utf-32"),
    "null_cells": book(cells=None),
    "dict_cells": book(cells={"a": 1}),
    "text_cells": book(cells="x"),
    "numbers": book(cells=[CODE | {"source": [1, 2, None]}]),
    "lists": book(cells=[CODE | {"source": [["x = 1"], {"a": 1}]}]),
    "same_ids": book(cells=[CODE | {"id": "a"}] * 3),
    "odd_ids": book(cells=[CODE | {"id": [1]}]),
    "format_99": book(RIGHT, nbformat=99),
    "format_text": book(RIGHT, nbformat="four"),
    "old": json.dumps(
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": 5}]}]}
    ).encode(),
    "worksheets": json.dumps({"nbformat": 3, "worksheets": "x"}).encode(),
    "top_list": b"[1, 2]",
    "top_text": b'"x"',
    "top_null": b"null",
    "top_number": b"1e999",
    "kinds": book(cells=[{"cell_type": k, "source": "x"} for k in ("raw", "heading", 5, None, [])]),
    "metadata": book(RIGHT, metadata=[1]),
    "language": book(RIGHT, metadata={"language_info": 5, "kernelspec": []}),
    "deep_metadata": b'{"cells":[],"metadata":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "long_int": b'{"cells":[],"nbformat":' + b"1" * 50_000 + b"}",
    "surrogate_key": b'{"cells":[{"cell_type":"code","source":"x = 1","\\ud800":1}],"\\udfff":2}',
    "surrogate_code": book("x = '\ud800'", RIGHT),
    "controls": book("x = '\x00\x1b[2J\x07'", RIGHT),
    "tags": book(
        cells=[CODE | {"metadata": {"tags": 5}}, CODE | {"metadata": {"tags": [[1], None]}}]
    ),
    "deep_code": book("x = " + "(" * 5000 + ")" * 5000, RIGHT),
    "deep_minus": book("x = " + "-" * 100_000 + "1", RIGHT),
    "long_sum": book("x = " + "1+" * 100_000 + "1", RIGHT),
    "magics": book(
        "%%script bash\nid",
        "%run /etc/passwd",
        "!id",
        "%%nothing\nx",
        "%load_ext x",
        "%cd /",
        RIGHT,
    ),
    "many_lines": book("x = 1\n" * 300_000, RIGHT),
}
WRITTEN = {
    "scripts": "<script>alert(1)</script><img src=x onerror=a()>[x](javascript:a())",
    "files": "![](file:///etc/passwd) ![](/etc/passwd) ![](../../in/ada0.ipynb)",
    "quotes": ">" * 5000 + " x",
    "stars": "*a_ " * 20_000,
    "brackets": "[" * 20_000 + "]" * 20_000,
    "dollars": "$" * 30_001,
    "formulas": "$x$ " * 5000,
    "macro": r"$\def\x{\x\x}\x$ " * 20,
    "braces": "$" + "{" * 5000 + "}" * 5000 + "$",
    "fractions": "$" + r"\frac{1}{" * 500 + "}" * 500 + "$",
    "left": "$" + r"\left(" * 2000 + "$",
    "table": "|" + "a|" * 5000 + "\n|" + "-|" * 5000,
    "items": "\n".join(" " * (2 * i) + "- x" for i in range(500)),
    "links": "<" * 20_000,
    "backticks": "`" * 10_001 + " a",
    "entities": "&#x110000; &#0; &amp" * 3000,
    "surrogate": "\ud800 and \udfff",
    "nothing": "\x00\x08\x1b]0;x\x07",
    "data": "![](data:image/png;base64," + "A" * 2_000_000 + ")",
    "long": "word " * 400_000,
}
FOLDERS = {
    "device": device,
    "many": many_files,
    "unreadable": unreadable,
    "hard link": hard_link,
    "climbing": climbing,
    "hidden": put(".hidden.ipynb", book(RIGHT)),
    "hidden folder": put(".git/hw.ipynb", book(RIGHT)),
    "empty": lambda f: (f / "empty").mkdir(),
    "called a zip": lambda f: (f / "folder.zip").mkdir(),
    "checkpoints": put("ckpt/.ipynb_checkpoints/hw-checkpoint.ipynb", book(RIGHT)),
    "endless": lambda f: (f / "endless.py").symlink_to("/dev/zero"),
    "process": lambda f: (f / "process.py").symlink_to("/proc/self/mem"),
    "shadow": put("shadows/torch.py", b"raise SystemExit"),
    "two": put("shadows/hw.ipynb", book(RIGHT)),
}

MORE = {
    **NAMES,
    **{f"{key}.zip": put(f"{key}.zip", content) for key, content in ARCHIVES.items()},
    **{key: put(key, content) for key, content in OTHERS.items()},
    **{f"book_{key}": put(f"book_{key}.ipynb", content) for key, content in NOTEBOOKS.items()},
    **{f"proof_{key}": put(f"proof_{key}.ipynb", proof(text)) for key, text in WRITTEN.items()},
    **FOLDERS,
}
# What lies in the folder under another name than that of the item.
CALLED = {"device": "zero.ipynb", "hard link": "eve_hard", "climbing": "climb", "two": "shadows",
          "unreadable": "closed", "hidden": ".hidden", "called a zip": "folder.zip",
          "checkpoints": "ckpt", "endless": "endless.py", "process": "process.py",
          "shadow": "shadows", "[/]": "[", "[bold red]x[/]": "[bold red]x[",
          "[link=http://a]": "[link=http:"}  # fmt: skip
# All but what lies in folders of tools, which no submission is.
SEEN = {*MORE} - {"hidden folder"}
