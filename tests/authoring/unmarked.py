"""Finds texts of a source that reach students without being said in their language."""

import ast

# What is done with a text that is one: it is said, marked, or a part of what is said where it
# comes to (failures, sentences of checks, declarations of pictures).
SAID = ("say", "to_say", "counted", "Failure", "true", "check", "picture", "Picture", "say_again")
SAID_BY_NAME = ("subject", "detail", "hint", "summary", "inputs", "mistakes", "caption", "shows")
# What only authors, instructors or processes read.
FOR_OTHERS = (
    "CannotPass", "Flaw", "TypeError", "ValueError", "KeyError", "AssertionError",
    "AttributeError",
    "WireError", "Closed", "TimeoutError", "GroundFault", "RuntimeError", "ImportError",
    "compile", "fullmatch", "search", "match", "sub", "ContextVar", "replace", "Law",
)  # fmt: skip


def unmarked(source: str, words: int = 3, students: bool = True) -> list[str]:
    """The texts of at least so many words that nothing says, as `line: text`.

    students: whether they read what is raised there.
    """
    tree = ast.parse(source)
    fine = {id(part) for node in ast.walk(tree) for part in _fine(node, students)}
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in fine
    ]
    return [f"{node.lineno}: {_text(node)}" for node in found if _reads(_text(node), words)]


def _fine(node, students):
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (part for part in node.values)
    elif isinstance(node, ast.Raise) and not students:
        yield from ast.walk(node)
    elif isinstance(node, ast.Assert) and node.msg:
        yield from ast.walk(node.msg)
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        if name in (*SAID, *FOR_OTHERS):
            yield from (part for word in (*node.args, *node.keywords) for part in ast.walk(word))
        for word in node.keywords:
            if word.arg in (*SAID_BY_NAME, "got"):
                yield from ast.walk(word.value)


def _text(node) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
    return "".join(map(str, parts))


def _reads(text: str, words: int) -> bool:
    """Whether it reads as words: no formula, path, style or pattern."""
    parts = [part.strip(".,:;?!()`\"'") for part in text.split()]
    plain = [part for part in parts if part.isalpha() and (len(part) > 1 or part in "aI")]
    code = any(mark in text for mark in ("</", "\\w", "(?", "import ", "style=", "$", "://"))
    return len(plain) >= words and not code
