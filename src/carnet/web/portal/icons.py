"""
The icons of the pages: one set, 24 grid, drawn for carnet. A page carries only those it uses, in a sprite of its own.

Always beside a word: a screen reader skips them.
"""

from markupsafe import Markup

DRAWINGS = {
    "alert": "M12 4 21 19.5H3zM12 10v4.5M12 17v.2",
    "bell": "M6 16.5c1.3-1.3 1.5-3.2 1.500-6a4.500 4.500 0 0 1 9 0c0 2.800.2 4.700 1.500 6zM10.300 19.500h3.400",
    "calendar": "M4 6.5h16V20H4zM4 11h16M8 4v4M16 4v4",
    "camera": "M3.500 8h4l1.500-2.500h6L16.500 8h4v11h-17zM12 16.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z",
    "check": "M4.500 12.500 10 18 20 6.500",
    "clock": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 7.500V12l3 2",
    "cross": "M6 6l12 12M18 6 6 18",
    "document": "M6.500 3.500h7.500L18 7.500v13H6.500zM14 3.500v4h4M9.500 12h5M9.500 16h5",
    "download": "M12 4v11M7.500 10.500 12 15l4.500-4.500M5 19.500h14",
    "eye": "M2.500 12c2.600-4.200 5.700-6.300 9.500-6.300s6.900 2.100 9.500 6.300c-2.600 4.200-5.700 6.300-9.500 6.300S5.100 16.200 2.500 12zM12 14.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600z",
    "eye-off": "M4 4l16 16M9.300 6.100A9.500 9.500 0 0 1 12 5.700c3.800 0 6.900 2.100 9.500 6.300a15 15 0 0 1-2.700 3.300M14.800 17.900a9.700 9.700 0 0 1-2.800.4c-3.800 0-6.900-2.100-9.500-6.300a15.500 15.500 0 0 1 3.100-3.700M9.800 10.300a2.800 2.800 0 0 0 3.900 3.900",
    "flask": "M9.500 4h5M10.500 4v5.500L5.500 18.300A1.200 1.200 0 0 0 6.500 20h11a1.200 1.200 0 0 0 1-1.700L13.500 9.500V4M8 14.500h8",
    "folder": "M3.500 6h6l2 2.500h9V19h-17z",
    "heart": "M12 19.500C7 16 4.200 13 4.200 9.600A4 4 0 0 1 12 8a4 4 0 0 1 7.800 1.600c0 3.400-2.800 6.400-7.800 9.900z",
    "home": "M4 11 12 4l8 7M6.500 9.500V20h11V9.500M10 20v-5.500h4V20",
    "image": "M4 5h16v14H4zM4 16l4.500-4.500 4 4 3-3L20 17M9 9.200v.1",
    "info": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 11v5M12 8v.2",
    "key": "M8 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM11.500 12H20v3M17 12v2.500",
    "link": "M10 14a3.500 3.500 0 0 0 5 0l3.500-3.500a3.500 3.500 0 0 0-5-5L12 7M14 10a3.500 3.500 0 0 0-5 0l-3.500 3.500a3.500 3.500 0 0 0 5 5L12 17",
    "lock": "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
    "mail": "M3.500 6h17v13h-17zM4 7l8 6 8-6",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "needle": "M14.500 4.500l5 5M17 7l-2.500 2.500M8 12.500l4.500-4.500 3.500 3.500-4.500 4.500-3.500.5-4 4M10 11l2 2",
    "people": "M9 11.500a3.300 3.300 0 1 0 0-6.600 3.300 3.300 0 0 0 0 6.600zM3 19.500c.4-3.500 2.500-5.300 6-5.300s5.600 1.800 6 5.300M15.500 5.500a3 3 0 0 1 0 5.700M17.500 14.500c2 .8 3.200 2.500 3.500 5",
    "person": "M12 11.500a3.700 3.700 0 1 0 0-7.400 3.700 3.700 0 0 0 0 7.400zM4.500 20c.5-4 3-6 7.500-6s7 2 7.500 6",
    "phone": "M6.500 4h3L11 8 9 9.500a11 11 0 0 0 5.500 5.500L16 13l4 1.500v3c0 1-.7 1.700-1.700 1.600C11.400 18.600 5.400 12.600 5 5.700 4.900 4.700 5.500 4 6.500 4z",
    "pill": "M5.500 12.500l7-7a4.200 4.200 0 0 1 6 6l-7 7a4.200 4.200 0 0 1-6-6zM9 9l6 6",
    "plus": "M12 5v14M5 12h14",
    "printer": "M7 8.500V4h10v4.500M7 17H4V8.500h16V17h-3M7 14h10v6H7z",
    "search": "M10.500 16.500a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM15 15l5 5",
    "share": "M8 12l8-5M8 12l8 5M6 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM18 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM18 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
    "shield": "M12 4l7 2.500V12c0 4-2.500 6.500-7 8.500-4.500-2-7-4.500-7-8.500V6.500z",
    "undo": "M8 5 4 9l4 4M4 9h9.500a5 5 0 0 1 0 10H8",
}


class Icons:
    """Those of one page: each use is noted, and `sprite` gives their drawings once."""

    def __init__(self) -> None:
        self._used: dict[str, None] = {}

    def __call__(self, name: str) -> Markup:
        """The icon, to stand beside its word."""
        assert name in DRAWINGS, name
        self._used[name] = None
        return Markup('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>').format(name)

    def sprite(self) -> Markup:
        """What every use refers to; at the end of the page."""
        symbols = Markup("").join(
            Markup('<symbol id="i-{}" viewBox="0 0 24 24"><path d="{}"/></symbol>').format(name, DRAWINGS[name])
            for name in self._used
        )
        return Markup("<svg hidden>{}</svg>").format(symbols) if symbols else Markup("")
