"""Names as they are cited: without academic titles, and parted where a format wants parts."""

import re

_TITLES = re.compile(
    r"""^(?:
        (?:(?:Univ|Hon|apl|em|[Aa]ssoc|[Aa]sst|[Aa]ss)\.[\s-]*|(?:Associate|Assistant|Adjunct)\s+)?
        (?:Prof(?:essor(?:in)?)?\b\.?|PD\b|Priv(?:at)?\.?[\s-]?[Dd]oz(?:ent(?:in)?)?\b\.?
          |Drs?\b\.?|Doctor\b|Dipl\.[\s-]?[A-Z][a-z]+\b\.?)
        (?:\s*(?:[a-z]{1,6}\.|(?:med|dent|habil|mult)\b))*    # rer. nat., med. dent., h. c.
        [\s,]*
    )+""",
    re.VERBOSE,
)
_DEGREES = re.compile(
    r"(?:,?\s+(?:MD|M\.\s?D\.|Ph\.?\s?D\.?|DPhil|D\.?Sc\.?|M\.?Sc\.?|B\.?Sc\.?|MBBS|MBChB|MPH|DDS"
    r"|DMD|DVM|FRC[APRS][A-Za-z]*|FACR),?)+$"
)


def untitled(name: str) -> str:
    """The name without titles before and degrees after it; as it is where nothing would be left.

    >>> untitled("Prof. Dr. med. Ana Müller, PhD")
    'Ana Müller'
    """
    line = " ".join(name.split())
    return _DEGREES.sub("", _TITLES.sub("", line)) or line or name


def name_parts(name: str) -> tuple[str, str]:
    """Given names and family name: the last word, or what stands before the only comma.

    Given names are empty where there is one word only.

    >>> name_parts("Amara N. Lindqvist"), name_parts("van der Berg, Ana"), name_parts("Plato")
    (('Amara N.', 'Lindqvist'), ('Ana', 'van der Berg'), ('', 'Plato'))
    """
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma and family and given and "," not in given:
        return given, family
    given, _, family = name.strip().rpartition(" ")
    return given, family
