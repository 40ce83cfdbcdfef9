"""The colours: one accent, and red only for failures. Four schemes, the same roles.

All values of the dark and light scheme are in the xterm 256 cube, so 256 colours and true colour look
the same.
"""

from dataclasses import replace  # noqa: TID251 - the themes are Textual's
from enum import StrEnum

from textual.theme import BUILTIN_THEMES, Theme

from screens.terminal.capabilities import ColorScheme


class TextStyle(StrEnum):
    """What a piece of text is, by the name of its variable in style sheets."""

    TEXT = ""
    MUTED = "$muted"
    ACCENT = "$accent"
    OK = "$success"
    WARN = "$warning"
    FAIL = "$error"
    STRONG = "bold"
    REMOVED = "$removed"
    """A line that a diff takes out: no failure, so never its colour."""


_RICH: dict[ColorScheme, dict[TextStyle, str]] = {
    ColorScheme.DARK: {
        TextStyle.MUTED: "#9e9e9e",
        TextStyle.ACCENT: "#5fafd7",
        TextStyle.OK: "#87af5f",
        TextStyle.WARN: "#d7af5f",
        TextStyle.FAIL: "#ff875f",
        TextStyle.REMOVED: "#af87af",
    },
    ColorScheme.LIGHT: {
        TextStyle.MUTED: "#585858",
        TextStyle.ACCENT: "#005f87",
        TextStyle.OK: "#005f00",
        TextStyle.WARN: "#875f00",
        TextStyle.FAIL: "#af0000",
        TextStyle.REMOVED: "#870087",
    },
    ColorScheme.SIXTEEN: {
        TextStyle.ACCENT: "cyan",
        TextStyle.OK: "green",
        TextStyle.WARN: "yellow",
        TextStyle.FAIL: "bright_red",
        TextStyle.REMOVED: "magenta",
    },
    ColorScheme.PLAIN: {TextStyle.ACCENT: "bold", TextStyle.WARN: "bold", TextStyle.FAIL: "bold"},
}
_SCROLLBAR = ("scrollbar", "scrollbar-hover", "scrollbar-active")
_SCROLLBAR_TRACK = ("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active")


def rich_style(color_scheme: ColorScheme, tone: TextStyle) -> str:
    """Return rich's style for a tone; tables and the diff do not read style sheets."""
    if tone is TextStyle.STRONG:
        return "bold"
    return _RICH[color_scheme].get(tone, "")


def themes() -> tuple[Theme, ...]:
    """Return the four themes, named as the colour schemes."""
    return (
        _cube(ColorScheme.DARK, "#121212", "#262626", "#d0d0d0", "#3a3a3a"),
        _cube(ColorScheme.LIGHT, "#ffffff", "#eeeeee", "#262626", "#d0d0d0"),
        _ansi(ColorScheme.SIXTEEN, "ansi_cyan", "ansi_green", "ansi_yellow", "ansi_bright_red", "ansi_magenta"),
        _ansi(ColorScheme.PLAIN, *["ansi_default"] * 5),
    )


def _cube(color_scheme: ColorScheme, ground: str, panel: str, text: str, cursor: str) -> Theme:
    tones = _RICH[color_scheme]
    return Theme(
        name=color_scheme,
        primary=tones[TextStyle.ACCENT],
        accent=tones[TextStyle.ACCENT],
        success=tones[TextStyle.OK],
        warning=tones[TextStyle.WARN],
        error=tones[TextStyle.FAIL],
        foreground=text,
        background=ground,
        surface=ground,
        panel=panel,
        dark=color_scheme is ColorScheme.DARK,
        variables={
            "muted": tones[TextStyle.MUTED],
            "removed": tones[TextStyle.REMOVED],
            # Of an example in an empty field.
            "text-disabled": tones[TextStyle.MUTED],
            "cursor": cursor,
            **dict.fromkeys(_SCROLLBAR, tones[TextStyle.MUTED]),
            **dict.fromkeys(_SCROLLBAR_TRACK, panel),
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


def _ansi(color_scheme: ColorScheme, accent: str, success: str, warning: str, error: str, removed: str) -> Theme:
    # Built from the stock one: a theme of ansi names alone lacks variables that style sheets ask for.
    stock = BUILTIN_THEMES["ansi-dark"]
    return replace(
        stock,
        name=color_scheme,
        primary=accent,
        accent=accent,
        success=success,
        warning=warning,
        error=error,
        variables={
            **stock.variables,
            "muted": "ansi_default",
            "removed": removed,
            "cursor": "ansi_default",
            **dict.fromkeys(_SCROLLBAR, accent),
            **dict.fromkeys(_SCROLLBAR_TRACK, "ansi_default"),
        },
    )
