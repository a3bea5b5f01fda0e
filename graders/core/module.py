"""What a class of modules declares: what it is made of, and what its `forward` takes and gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graders.core.contract import SIZES, Contract, Sizes


@dataclass(frozen=True)
class Module:
    """`made`: the arguments of the constructor, each a letter of an axis, whose size it is, or a
    value that is passed as it stands.
    """

    made: tuple[Any, ...]
    forward: Contract

    @property
    def own(self) -> tuple[str, ...]:
        """The letters of sizes that `forward` does not have, such as that of a hidden layer."""
        letters = (part for part in self.made if isinstance(part, str) and part.isidentifier())
        return tuple(dict.fromkeys(part for part in letters if part not in self.forward.axes))

    @property
    def usual(self) -> Sizes:
        """A size for every letter, all different."""
        taken = self.forward.usual
        free = (size for size in SIZES if size not in taken.values())
        return {**taken, **dict(zip(self.own, free, strict=False))}

    def every_size(self) -> Iterator[Sizes]:
        """All sizes different, then each 1 in turn."""
        usual = self.usual
        yield from ({**usual, **sizes} for sizes in self.forward.every_size())
        yield from ({**usual, letter: 1} for letter in self.own)

    def of(self, sizes: Sizes) -> tuple[Any, ...]:
        """The arguments of the constructor for these sizes."""
        return tuple(
            sizes[part] if isinstance(part, str) and part in sizes else part for part in self.made
        )
