"""Raw NMEA logs: AIVDM and AIVDO sentences, whole or in parts, with a moment in a tag block or beside the sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from watch.errors import InputError
from watch.readers.batch import Limits, Member, RawBatch, Tally
from watch.readers.blocks import Block, cut_blocks, read_ahead
from watch.readers.found import Found
from watch.readers.messages import Clock, decode_message
from watch.readers.sentences import SENTENCE, Sentence, parse_sentence

#: Decoded messages weigh about twenty times their text.
_BLOCK_BYTES = 4 << 20

#: Parts of one message come close together; the number that joins them is used again after ten messages.
_PARTS_WITHIN_LINES = 200

_LOST_PARTS = "part {part} of {count} of a message whose other parts are missing"


@dataclass
class _Log:
    """What is carried from line to line: parts that wait for their fellows, and the last known moment."""

    tally: Tally
    clock: Clock = field(default_factory=Clock)
    waiting: dict[tuple[str, str, str, int], list[Sentence]] = field(default_factory=dict)

    def read(self, block: Block, found: Found) -> None:
        """Read the lines of a block."""
        for line, raw in enumerate(block.data.splitlines(), block.first_line):
            text = raw.decode("utf-8", "replace")
            if not text.strip():
                continue
            sentence = parse_sentence(line, text)
            if isinstance(sentence, str):
                found.rejects.append((line, sentence, text))
            else:
                self._add(sentence, found)

    def _add(self, sentence: Sentence, found: Found) -> None:
        if sentence.at_us is not None:
            self.clock.set(sentence.at_us, sentence.line)
        if sentence.count == 1:
            self._decode([sentence], found)
            return
        parts = self.waiting.pop(sentence.key, [])
        fits = sentence.part == len(parts) + 1 and (not parts or sentence.line - parts[0].line <= _PARTS_WITHIN_LINES)
        if not fits:
            self._lose(parts, found)
            parts = []
        if sentence.part != len(parts) + 1:
            self._lose([sentence], found)
        elif sentence.part == sentence.count:
            self._decode([*parts, sentence], found)
        else:
            self.waiting[sentence.key] = [*parts, sentence]

    def _decode(self, parts: list[Sentence], found: Found) -> None:
        first = parts[0]
        at_us = next((part.at_us for part in parts if part.at_us is not None), None)
        message = decode_message(replace(first, at_us=at_us), [part.body for part in parts], self.clock)
        text = " ".join(part.text for part in parts)
        if message.fault:
            found.rejects.append((first.line, message.fault, text))
            return
        if message.fix:
            found.fixes.append(message.fix)
            found.texts.append(text)
        else:
            self.tally.static_messages += 1
        if message.static:
            found.statics.append(message.static)

    def _lose(self, parts: list[Sentence], found: Found) -> None:
        for part in parts:
            found.rejects.append((part.line, _LOST_PARTS.format(part=part.part, count=part.count), part.text))

    def close(self, found: Found) -> None:
        """Give up on parts that still wait."""
        for parts in self.waiting.values():
            self._lose(parts, found)
        self.waiting.clear()


@dataclass(frozen=True)
class NmeaReader:
    """A reader of NMEA logs."""

    name: str = "nmea"

    def recognises(self, head: bytes) -> bool:
        """Return whether an AIS sentence stands among these first bytes."""
        return bool(SENTENCE.search(head.decode("utf-8", "replace")))

    def read(self, member: Member, limits: Limits, tally: Tally) -> Iterator[RawBatch]:
        """Yield the position reports and unusable lines of a member, block by block.

        Raises
        ------
        InputError
            The packed data are damaged.
        """
        log, small = _Log(tally), replace(limits, block_bytes=min(limits.block_bytes, _BLOCK_BYTES))
        with read_ahead(cut_blocks(member, small)) as blocks:
            try:
                for block in blocks:
                    found = Found()
                    log.read(block, found)
                    yield found.batch(member.label)
            except InputError:
                yield _remains(log, member.label)
                raise
        if log.waiting:
            yield _remains(log, member.label)


def _remains(log: _Log, label: str) -> RawBatch:
    found = Found()
    log.close(found)
    return found.batch(label)


NMEA = NmeaReader()
