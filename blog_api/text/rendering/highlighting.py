"""Highlight code with Pygments: it adds classes, which the stylesheet of the site colours."""

from __future__ import annotations

import html
import io
from collections.abc import Iterator
from functools import cache
from typing import Any

from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

from blog_api.text.rendering.budget import Budget

# Characters of code per post. Pygments takes 2 to 5 ms for 1,000 characters.
MAX_HIGHLIGHTED = 20_000
# Nothing can interrupt a lexer within a token, so these are tested to be fast on hostile code. The lexers of INI,
# makefiles and shell sessions are not.
LANGUAGES = frozenset(
    {
        "bash", "sh", "shell", "zsh", "c", "c#", "c++", "cpp", "cs", "csharp", "css", "diff", "docker", "dockerfile",
        "go", "golang", "graphql", "html", "java", "javascript", "js", "json", "jsx", "kotlin", "lua", "markdown", "md",
        "php", "powershell", "ps1", "pwsh", "py", "python", "python3", "rb", "ruby", "rs", "rust", "scss", "sql",
        "swift", "text", "toml", "ts", "tsx", "typescript", "xml", "yaml", "yml",
    }
)  # fmt: skip
CLASSES = frozenset(filter(None, STANDARD_TYPES.values()))

_FORMATTER = HtmlFormatter(nowrap=True)


class Highlighter:
    """Highlights the code blocks of one post until they exceed `limit` characters in total."""

    def __init__(self, budget: Budget, limit: int = MAX_HIGHLIGHTED) -> None:
        self._budget, self._left = budget, limit

    def __call__(self, info: str | None, code: str) -> str:
        """Return the HTML of a code block. Only a known language has a class."""
        language = (info or "").partition(",")[0].lower()
        if language not in LANGUAGES:
            return f"<pre><code>{html.escape(code)}</code></pre>\n"
        body = html.escape(code)
        if len(code) <= self._left:
            self._left -= len(code)
            body = self._highlight(_lexer(language), code)
        return f'<pre class="highlight"><code class="language-{language}">{body}</code></pre>\n'

    def _highlight(self, lexer: Lexer, code: str) -> str:
        target = io.StringIO()
        _FORMATTER.format(self._tokens(lexer, code), target)
        return target.getvalue()

    def _tokens(self, lexer: Lexer, code: str) -> Iterator[tuple[Any, str]]:
        for token in lexer.get_tokens(code):
            self._budget.check()
            yield token


@cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False)
