"""Everything that can be done, once: menus, palette, tooltips, keys and tests are made from this."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do; ``why_not`` is empty when it can be done now."""

    id: str
    title: str
    menu: str
    run: Callable[[], None]
    keys: tuple[str, ...] = ()
    why_not: Callable[[], str] = str
    icon: str = ""

    @property
    def key(self) -> str:
        return self.keys[0] if self.keys else ""


@dataclass
class Actions:
    """The registry; an id and a key are taken once."""

    all: dict[str, Action] = field(default_factory=dict)

    def add(self, action: Action) -> None:
        taken = {key: one.id for one in self.all.values() for key in one.keys}
        clash = next((key for key in action.keys if key in taken), "")
        if action.id in self.all or clash:
            raise ValueError(f"{action.id} takes what {taken.get(clash, action.id)} has")
        self.all[action.id] = action

    def run(self, id_: str) -> str:
        """Do it, or return why not."""
        refusal = self.all[id_].why_not()
        if not refusal:
            self.all[id_].run()
        return refusal

    def menus(self) -> dict[str, list[Action]]:
        found: dict[str, list[Action]] = {}
        for action in self.all.values():
            found.setdefault(action.menu, []).append(action)
        return found

    def matching(self, text: str) -> list[Action]:
        """Return actions whose title has every word that was typed, those that begin with it first."""
        words = text.casefold().split()
        found = [
            one for one in self.all.values() if all(word in f"{one.menu} {one.title}".casefold() for word in words)
        ]
        return sorted(found, key=lambda one: not one.title.casefold().startswith(text.casefold()))
