"""Titles and labels: half of the words are those of the training data, half are not."""

from random import Random

from tools.demo_model import words


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


OTHER_WORDS = _split("""
abandonment acreage adoption aging allocation apparel arrivals attrition auction backlog bakery
bandwidth barley basket battery beverage billing boiler bonds bottling brewery broadband broker
canteen carrier casualty catalog catering cement ceramics churn circulation clearance clinic
clothing collateral compliance congestion copyright courier curriculum dairy deductible dispatch
drought emergency engagement fabric failure feedback ferry fertilizer firmware fishery
footfall franchise fundraising furniture garage grocery headcount helpdesk hiring honey hosting
hydrogen invoicing irrigation jewelry kitchen laundry lending lighting livestock lumber mailing
mileage mining nursery occupancy onboarding orchard overhead packaging patrol payout pharmacy
plumbing poultry pottery procurement pulp quarry queue recruitment referral reliability resale
retention roofing royalty sanitation sensor server shelter silver sourcing spending staffing
stadium subway surplus tariff taxation throughput tonnage tooling tuition uptime vaccine vineyard
voucher wholesale workload
""")
OTHER_LABELS = _split("""
Alto Basalt Birch Cedar Cobalt Coral Delta Ember Falcon Granite Harbor Indigo Jasper Koala Lagoon
Maple Nectar Onyx Pelican Quartz Raven Sable Tundra Umber Violet Walnut Yarrow Zephyr Basel Bergen
Cork Dakar Davos Fargo Ghent Graz Izmir Jena Kobe Leeds Luanda Malaga Minsk Nantes Omaha Pisa
Reno Sofia Tampa Tunis Turin Utrecht York
""")


def word(rng: Random) -> str:
    """A lower-case word."""
    return rng.choice(words.BUSINESS if rng.random() < 0.5 else OTHER_WORDS)


def title(rng: Random) -> str:
    """One to three words."""
    text = " ".join(word(rng) for _ in range(rng.randint(1, 3)))
    return rng.choice((str.title, str.title, str.title, str.capitalize, str.upper))(text)


def labels(rng: Random, count: int) -> list[str]:
    """`count` different short names, all of one kind."""
    if rng.random() < 0.5:
        return rng.sample(OTHER_LABELS, count)
    found: set[str] = set()
    while len(found) < count:
        candidate = word(rng)
        if len(candidate) <= 8:
            found.add(candidate.capitalize())
    return rng.sample(sorted(found), count)


def sentence(rng: Random) -> str:
    """A line of text that means next to nothing."""
    start = rng.choice(("The", "Our", "Each", "This", "Every"))
    verb = rng.choice(("needs", "follows", "covers", "moves", "explains", "limits"))
    return f"{start} {word(rng)} {verb} the {word(rng)}."
