"""The colours: one accent, and red only for what fails. Four looks, the same roles.

All values of the dark and light look lie on the xterm 256 cube, so 256 colours and true colour look
the same. What may not live here: which look a terminal gets (`screens.terminal`).
"""

from dataclasses import replace
from enum import StrEnum

from textual.theme import BUILTIN_THEMES, Theme

from screens.terminal import Look


class Tone(StrEnum):
    """What a piece of text is, by the name of its variable in style sheets."""

    TEXT = ""
    MUTED = "$muted"
    ACCENT = "$accent"
    OK = "$success"
    WARN = "$warning"
    FAIL = "$error"
    STRONG = "bold"


_RICH: dict[Look, dict[Tone, str]] = {
    Look.DARK: {
        Tone.MUTED: "#9e9e9e",
        Tone.ACCENT: "#5fafd7",
        Tone.OK: "#87af5f",
        Tone.WARN: "#d7af5f",
        Tone.FAIL: "#ff875f",
    },
    Look.LIGHT: {
        Tone.MUTED: "#585858",
        Tone.ACCENT: "#005f87",
        Tone.OK: "#005f00",
        Tone.WARN: "#875f00",
        Tone.FAIL: "#af0000",
    },
    Look.SIXTEEN: {
        Tone.ACCENT: "cyan",
        Tone.OK: "green",
        Tone.WARN: "yellow",
        Tone.FAIL: "bright_red",
    },
    Look.PLAIN: {Tone.ACCENT: "bold", Tone.WARN: "bold", Tone.FAIL: "bold"},
}


def rich_style(look: Look, tone: Tone) -> str:
    """Give rich's style for a tone; tables and the diff do not read style sheets."""
    if tone is Tone.STRONG:
        return "bold"
    return _RICH[look].get(tone, "")


def themes() -> tuple[Theme, ...]:
    """Give the four themes, named as the looks."""
    return (
        _cube(Look.DARK, "#121212", "#262626", "#d0d0d0", "#3a3a3a"),
        _cube(Look.LIGHT, "#ffffff", "#eeeeee", "#262626", "#d0d0d0"),
        _ansi(Look.SIXTEEN, "ansi_cyan", "ansi_green", "ansi_yellow", "ansi_bright_red"),
        _ansi(Look.PLAIN, *["ansi_default"] * 4),
    )


def _cube(look: Look, ground: str, panel: str, text: str, cursor: str) -> Theme:
    tones = _RICH[look]
    return Theme(
        name=look,
        primary=tones[Tone.ACCENT],
        accent=tones[Tone.ACCENT],
        success=tones[Tone.OK],
        warning=tones[Tone.WARN],
        error=tones[Tone.FAIL],
        foreground=text,
        background=ground,
        surface=ground,
        panel=panel,
        dark=look is Look.DARK,
        variables={
            "muted": tones[Tone.MUTED],
            "cursor": cursor,
            "block-cursor-background": cursor,
            "block-cursor-foreground": text,
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-background": panel,
            "block-cursor-blurred-foreground": text,
            "input-cursor-background": text,
            "input-cursor-foreground": ground,
            "input-selection-background": cursor,
        },
    )


def _ansi(look: Look, accent: str, success: str, warning: str, error: str) -> Theme:
    # Built from the stock one: a theme of ansi names alone lacks variables that style sheets ask for.
    stock = BUILTIN_THEMES["ansi-dark"]
    return replace(
        stock,
        name=look,
        primary=accent,
        accent=accent,
        success=success,
        warning=warning,
        error=error,
        variables={**stock.variables, "muted": "ansi_default", "cursor": "ansi_default"},
    )
