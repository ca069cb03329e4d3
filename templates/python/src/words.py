"""Counts words."""

import re
from collections import Counter
from typing import Any, Literal


def count_words(text: str, order: Literal["frequency", "alphabet"]) -> dict[str, Any]:
    """How many words a text has, and how often each stands there."""
    words = re.findall(r"[^\W_]+", text.lower())
    counts = sorted(Counter(words).items())
    if order == "frequency":
        counts.sort(key=lambda pair: -pair[1])
    return {"words": len(words), "counts": [{"word": word, "count": count} for word, count in counts]}
