"""The notes of a file, and what each is on: they may come after what they are of."""

from __future__ import annotations

from collections import defaultdict

from exports.refi.found import Project

ALONE = "qui ne sont posées ni sur un passage codé ni sur un thème"


class Notes:
    """Followed as they come; `settle` puts each at its place once all was read."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}  # by note, what it says
        self._on_codes: list[tuple[str, str]] = []  # code, note
        self._on_passages: list[tuple[int, int, str]] = []  # first and last passage, note
        self._links: list[tuple[str, str]] = []

    def describes(self, said: str) -> str:
        """A note without a name of its own: written on a selection, before its codings."""
        note = f"said {len(self.words)}"
        self.words[note] = said
        return note

    def on_code(self, code: str, note: str) -> None:
        self._on_codes.append((code, note))

    def on_passages(self, first: int, last: int, note: str) -> None:
        self._on_passages.append((first, last, note))

    def link(self, one: str, other: str) -> None:
        self._links.append((one, other))

    def settle(self, project: Project) -> None:
        """Give each passage and each code its notes; count those that are on neither."""
        used, by_passage = set[str](), defaultdict[int, list[str]](list)
        self._follow_links(project)
        for first, last, note in self._on_passages:
            if first == last or note not in self.words:
                continue  # of a passage without a code, or of a note that is not there
            used.add(note)
            for place in range(first, last):
                by_passage[place].append(self.words[note])
        for place, said in by_passage.items():
            passage = project.passages[place]
            project.passages[place] = passage._replace(notes=(*passage.notes, *said))
        for code, note in self._on_codes:
            if note in self.words:
                used.add(note)
                project.code_notes[code].append(self.words[note])
        lone = sum(1 for id, words in self.words.items() if id not in used and words.strip())
        if lone:
            project.lone_notes[ALONE] += lone

    def _follow_links(self, project: Project) -> None:
        by_selection: dict[str, list[int]] = defaultdict(list)
        for place, passage in enumerate(project.passages):
            if passage.selection:
                by_selection[passage.selection].append(place)
        for ends in self._links:
            note = next((one for one in ends if one in self.words), None)
            places = [place for one in ends for place in by_selection.get(one, ())]
            if note is None or not places:
                project.aside["Link"] += 1
            else:
                self.on_passages(places[0], places[-1] + 1, note)
