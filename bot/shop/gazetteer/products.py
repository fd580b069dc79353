"""Which products the words of a text name, wholly or in part, from an index of the words of their names."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.language.detect import is_known_word
from bot.shop.gazetteer.common import is_common
from bot.shop.gazetteer.forms import Word, is_arabic, key, skeleton, words_of
from bot.shop.gazetteer.names import ProductName
from bot.shop.gazetteer.vocabulary import EXACT, HEARD, Known
from bot.shop.vocabulary import content_words

MOST_CODE_PARTS = 5
SHORTEST_CODE = 4
MOST_PRODUCTS = 4  # in one text
MOST_CANDIDATES = 12  # past this the words describe products rather than name one
SEED_PRODUCTS = 400  # words in more names than this find no product by themselves
SHORTEST_NOUN = 4  # letters
LONGEST_GAP = 1  # words between two words of one name
ENOUGH_TELLING = 0.5  # share of a name's telling words that a customer says
ENOUGH_HEARD = 0.6  # the same, of words in the other letters that only sound alike
ENOUGH_ORDINARY = 0.75  # the same, when all that was said are words anybody uses
ENOUGH_NUMBERED = 0.5  # share of a name's words, when they are its brand and a number
SAME = 0.97  # of the best score counts as equal to it

_SEPARATORS = frozenset(
    ["and", "or", "vs", "versus", "against", "to", "with", "than", "و", "او", "ولا", "مع", "ضد", "مقابل", "ام"]
)


@dataclass(frozen=True)
class Hit:
    """A product named between `start` and `end`; `candidates` when several are named equally well."""

    code: str
    start: int
    end: int
    candidates: tuple[str, ...] = ()


class _Name(NamedTuple):
    """One name of one product: its words' keys."""

    code: str
    keys: tuple[str, ...]


@dataclass
class _Match:
    """Words of the text, by position, that a name has too."""

    name: _Name
    positions: dict[int, Known] = field(default_factory=dict)
    score: float = 0.0


class ProductIndex:
    """The words of all product names.

    Args:
        names: titles and aliases.
        codes: SKUs and codes as they are written, to product codes.
        popularity: of each product code; orders candidates.
        ordinary: keys of words the shop uses as words (kinds, values, prose), which name nothing by themselves.
        brands: keys of the words of brand names.
        phrases: joined keys of what else has a name; a product is not known by such a name alone.
    """

    def __init__(
        self,
        names: Sequence[ProductName],
        codes: Mapping[str, str],
        popularity: Mapping[str, int],
        ordinary: set[str],
        brands: set[str],
        phrases: Set[str] = frozenset(),
    ) -> None:
        self._popularity = popularity
        self.words: set[str] = set()
        self._names: list[_Name] = []
        self._postings: dict[str, array[int]] = {}
        joined: dict[str, str] = {}
        owners: dict[str, set[str]] = defaultdict(set)
        whole: dict[str, set[str]] = defaultdict(set)
        seen: set[_Name] = set()
        shared: dict[str, str] = {}  # one object a key, however many names have it
        for code, text in names:
            words = [word.folded for word in words_of(text)]
            self.words.update(words)
            keys = tuple(shared.setdefault(k, k) for k in dict.fromkeys(map(key, words)))
            name = _Name(code, keys)
            if not keys or name in seen:
                continue
            seen.add(name)
            for word in keys:
                owners[word].add(code)
                self._postings.setdefault(word, array("I")).append(len(self._names))
            self._names.append(name)
            joined.setdefault("".join(words), code)
            if len(keys) > 1:
                whole["".join(keys)].add(code)
        self._weigh(owners, ordinary, brands)
        joined.update({"".join(word.folded for word in words_of(written)): code for written, code in codes.items()})
        self._joined = {together: code for together, code in joined.items() if any(c.isdigit() for c in together)}
        self._whole = {name: next(iter(of)) for name, of in whole.items() if len(of) == 1 and name not in phrases}

    def _weigh(self, owners: dict[str, set[str]], ordinary: set[str], brands: set[str]) -> None:
        total = max(len({name.code for name in self._names}), 1)
        self._weight = {word: math.log(1 + total / len(codes)) for word, codes in owners.items()}
        common = max(20, total // 50)
        forms = {shape for word in ordinary if (shape := skeleton(word))}  # "ستارة" of "ستائر" is a kind of thing too
        self._telling = {
            word
            for word, codes in owners.items()
            if len(codes) <= common
            and len(word) > 1
            and word not in ordinary
            and word not in brands
            and not word.isdigit()
            and content_words(word)
            and skeleton(word) not in forms
        }
        self._brands = brands
        self._numbers = {
            word for word, codes in owners.items() if word.isdigit() and len(word) > 1 and len(codes) <= common
        }
        self._seeds = self._telling | self._numbers
        self.telling_words = {word for word in self.words if key(word) in self._telling}
        self._plain = {word for word in self._telling if is_known_word(word) or is_common(word)}

    def _by_code(self, words: Sequence[Word]) -> list[tuple[Hit, set[int]]]:
        """Products whose whole name stands there, or, however it is spaced, a code, an SKU or a name with a number."""
        found: list[tuple[Hit, set[int]]] = []
        for first in range(len(words)):
            together = keys = ""
            for last in range(first, min(first + MOST_CODE_PARTS, len(words))):
                if last > first and words[last].start - words[last - 1].end > 1:
                    break
                together += words[last].folded
                keys += key(words[last].folded)
                code = self._joined.get(together) or (self._whole.get(keys) if last > first else None)
                if code and len(together) >= SHORTEST_CODE:
                    found.append((Hit(code, words[first].start, words[last].end), set(range(first, last + 1))))
        return sorted(found, key=lambda hit: -len(hit[1]))

    def find(
        self,
        words: Sequence[Word],
        resolved: Sequence[tuple[Known, ...]],
        join: Callable[[str, str], str | None],
    ) -> list[Hit]:
        """The products that `words` name, at most `MOST_PRODUCTS`."""
        keys = [list(known) for known in resolved]
        pairs = {i: joined for i in range(len(words) - 1) if (joined := join(words[i].folded, words[i + 1].folded))}
        hits: list[Hit] = []
        free = set(range(len(words)))
        for hit, used in self._by_code(words):
            if used <= free:
                hits.append(hit)
                free -= used
        while len(hits) < MOST_PRODUCTS:
            best = self._best(words, keys, pairs, free)
            if best is None:
                break
            hit, used = best
            hits.append(hit)
            free -= used
        return hits

    def _best(
        self, words: Sequence[Word], keys: list[list[Known]], pairs: dict[int, str], free: set[int]
    ) -> tuple[Hit, set[int]] | None:
        matches = [run for match in self._matches(keys, pairs, free) if (run := self._run(match, words, pairs))]
        accepted = [match for match in matches if self._names_it(match)]
        if not accepted:
            return None
        top = max(match.score for match in accepted)
        equal = [match for match in accepted if match.score >= SAME * top]
        if any(match.positions.keys() >= other.positions.keys() for match in equal for other in equal):
            first = max(equal, key=lambda match: match.score)
            equal = [match for match in equal if match.positions.keys() & first.positions.keys()]
        codes = self._order(equal)
        used = {position for match in equal for position in match.positions}
        used |= {i + 1 for i in used if i in pairs}
        start, end = words[min(used)].start, words[max(used)].end
        if len(codes) > MOST_CANDIDATES:
            return None
        return Hit(codes[0], start, end, tuple(codes) if len(codes) > 1 else ()), used

    def _matches(self, keys: list[list[Known]], pairs: dict[int, str], free: set[int]) -> list[_Match]:
        found: dict[int, _Match] = {}
        later: list[tuple[int, Known]] = []
        for position in sorted(free):
            for known in [*keys[position], *([Known(pairs[position], 1.0)] if position in pairs else [])]:
                postings = self._postings.get(known.key, ())
                if len(postings) > SEED_PRODUCTS or known.key not in self._seeds:
                    later.append((position, known))
                    continue
                for number in postings:
                    match = found.setdefault(number, _Match(self._names[number]))
                    _keep_better(match, position, known)
        for match in found.values():
            for position, known in later:
                if known.key in match.name.keys:
                    _keep_better(match, position, known)
        return list(found.values())

    def _run(self, match: _Match, words: Sequence[Word], pairs: dict[int, str]) -> _Match | None:
        """The best stretch of a match without a long gap or a separator, scored."""
        runs: list[list[int]] = []
        for position in sorted(match.positions):
            last = runs[-1][-1] if runs else None
            if last is not None:
                last += 1 if last in pairs else 0
                between = words[last + 1 : position]
                broken = any(w.folded in _SEPARATORS for w in between) or any(
                    w.breaks for w in words[last + 1 : position + 1]
                )
                if position - last - 1 <= LONGEST_GAP and not broken:
                    runs[-1].append(position)
                    continue
            runs.append([position])
        best = None
        for run in runs:
            by_key: dict[str, float] = {}
            for position in run:
                known = match.positions[position]
                by_key[known.key] = max(by_key.get(known.key, 0.0), known.quality)
            score = sum(self._weight[word] * quality for word, quality in by_key.items())
            if best is None or score > best.score:
                best = _Match(match.name, {p: match.positions[p] for p in run}, score)
        return best

    def _names_it(self, match: _Match) -> bool:
        """Whether what was said is enough of a name."""
        said = {known.key for known in match.positions.values()}
        of_name = self._telling.intersection(match.name.keys)
        telling = said & of_name
        if not telling:
            return self._is_numbered(match)
        weight = self._weight
        of_telling = sum(weight[w] for w in telling) / sum(weight[w] for w in of_name)
        if telling - self._plain:
            # One word that no other product has and any other of the name: "jenin oil".
            alone = len(said) > 1 and any(len(self._postings[word]) == 1 for word in telling - self._plain)
            heard = all(known.quality <= HEARD for known in match.positions.values())  # a sound proves little
            enough = ENOUGH_HEARD if heard else ENOUGH_TELLING
            return of_telling >= enough or len(telling) > 1 or alone or self._is_its_noun(match)
        of_all = sum(weight[w] for w in said) / sum(weight[w] for w in match.name.keys)
        return len(said) > 1 and of_telling >= ENOUGH_ORDINARY and of_all >= ENOUGH_TELLING

    def _is_its_noun(self, match: _Match) -> bool:
        """Whether the noun that only this name begins with (in Arabic) was said as it is written: «ليقنز»."""
        first = match.name.keys[0]
        said = any(known.key == first and known.quality == EXACT for known in match.positions.values())
        strange = first in self._telling and first not in self._plain and len(first) >= SHORTEST_NOUN
        return said and strange and is_arabic(first) and len(self._postings[first]) == 1

    def _is_numbered(self, match: _Match) -> bool:
        """Whether a brand and a number right after it were said ("Turvo 300"), and hardly more makes the name."""
        places = sorted(match.positions)
        keys = [match.positions[place].key for place in places]
        numbered = any(
            later == place + 1 and first in self._brands and second in self._numbers
            for place, later, first, second in zip(places, places[1:], keys, keys[1:], strict=False)
        )
        return numbered and len(set(keys)) >= len(match.name.keys) * ENOUGH_NUMBERED

    def _order(self, matches: list[_Match]) -> list[str]:
        """Codes of equally good matches: a name said in full before all others, then what sells more."""

        def left_out(match: _Match) -> float:
            said = {known.key for known in match.positions.values()}
            return sum(self._weight[w] for w in match.name.keys if w not in said)

        least: dict[str, float] = {}
        for match in matches:
            least[match.name.code] = min(least.get(match.name.code, math.inf), left_out(match))
        codes = sorted(least, key=lambda code: (least[code], -self._popularity.get(code, 0), code))
        complete = [code for code in codes if least[code] == 0]
        return complete if len(complete) == 1 else codes


def _keep_better(match: _Match, position: int, known: Known) -> None:
    held = match.positions.get(position)
    if held is None or held.quality < known.quality:
        match.positions[position] = known
