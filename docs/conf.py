"""Sphinx: `make docs` builds the site into dist/docs, and every warning is an error."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

project = "critic"
author = "the authors of critic"
html_title = "critic"
html_theme = "furo"
html_show_copyright = False
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3
# These pages hold hints of hidden checks: students see them after publication only.
exclude_patterns = ["messages.md", "diagnosis.md", "glossary_de.md"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Docstrings quote code between single backticks.
default_role = "code"
# `...` in a page stands for what is left out, and `$` for the prompt.
highlight_language = "text"
