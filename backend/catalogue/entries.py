"""The entries of the catalogues, by code, in the order in which they are shown."""

LICENCES = ("ANALYSE", "DETECT", "OPTIMISE", "PROFESSIONAL")
"""By rank: a later one is an upgrade of an earlier one."""

SECTORS = (
    "OFFICES",
    "RETAIL",
    "FOOD_RETAIL",
    "HOSPITALITY",
    "INDUSTRY",
    "HEALTH",
    "EDUCATION",
    "PUBLIC_SECTOR",
    "LOGISTICS",
    "BANKING",
    "LEISURE_AND_SPORT",
    "RESIDENTIAL",
    "DATA_CENTRES",
    "WATER",
    "AGRICULTURE",
    "OTHER",
)

COUNTRIES = (
    "AD", "AR", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CL", "CN", "CO", "CR", "CY", "CZ", "DE", "DK", "DO", "EC",
    "EE", "ES", "FI", "FR", "GB", "GR", "GT", "HR", "HU", "IE", "IN", "IS", "IT", "JP", "KR", "LT", "LU", "LV", "MA",
    "MC", "MT", "MX", "NL", "NO", "NZ", "PA", "PE", "PL", "PT", "PY", "RO", "SE", "SG", "SI", "SK", "TN", "TR", "US",
    "UY", "ZA",
)  # fmt: skip

RTC_COUNTRY = "ES"
"""The only country with electricity meters that are read by modem."""


def licence_rank(code: str) -> int:
    """1 for the smallest licence, 0 for one that only a newer version knows; a change to a higher one is an upgrade."""
    return LICENCES.index(code) + 1 if code in LICENCES else 0
