"""How easy a French text is to read: the index of Kandel and Moles.

207 - 1.015 x words per sentence - 73.6 x syllables per word (Kandel and Moles, 1958, after Flesch;
the figures that the `textstat` library uses). 100 and more is very easy, under 50 is hard. A few
words move it much: ask it of texts of some length. docs/decisions says why it is counted here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

VOWEL = "aeiouyàâäéèêëîïôöùûü"
_SILENT = re.compile(rf"(?<=[^{VOWEL}])es?$|(?<=[iuéïû])es?$")
_PLURAL = re.compile(rf"(?<=[^{VOWEL}m])ent$")  # « touchent », but « document »
_NOT_PLURAL = re.compile(r"(souv|arg|ag|par|cont|réc|abs|urg|différ|cli|accid|prés|évid|d|v|c)ent$")
_GLIDE = re.compile(
    rf"(?<=[qg])u(?=[{VOWEL}])|i(?=on|e[lnrzud]|é|è)|u(?=i)|o(?=[iuù])|^y(?=[{VOWEL}])"
)
_ONE_SOUND = re.compile(r"eau|au|ai|ei|eu")


def syllables(word: str) -> int:
    """The syllables heard in a word, at least one; a silent « e » is none."""
    heard = "".join(c for c in word.casefold() if c.isalpha())
    heard = heard.replace("œ", "e").replace("æ", "é")
    if not _NOT_PLURAL.search(heard):
        heard = _PLURAL.sub("", heard)
    heard = _SILENT.sub("", heard) if len(heard) > 2 else heard
    heard = _ONE_SOUND.sub("e", _GLIDE.sub("", heard))
    return max(1, sum(c in VOWEL for c in heard))


def kandel_moles(sentences: Sequence[Sequence[str]]) -> float:
    """The index of these sentences, each its words. Raises ValueError when there is no word."""
    words = [word for sentence in sentences for word in sentence]
    if not words:
        raise ValueError("no word")
    per_word = sum(map(syllables, words)) / len(words)
    return 207 - 1.015 * len(words) / len(sentences) - 73.6 * per_word
