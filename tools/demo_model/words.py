"""Words for titles, labels and cells: common ones, rare ones and ones that nobody has seen."""

import functools
import string
import zlib
from collections.abc import Callable, Sequence
from random import Random

from tools.demo_model import assets


def listed(text: str) -> tuple[str, ...]:
    """The words of a text that is a list of them."""
    return tuple(text.split())


BUSINESS = listed("""
account actual advertising agency agenda analysis annual approval asset attendance audit average
balance bank benefit bid board bonus booking brand branch breakdown budget building business call
campaign capacity capital cargo cash center change channel charge city claim client cloud coal
coffee commission company comparison complaint computer conference construction consumer contact
contract conversion copper cost coverage credit crew crop culture currency customer daily data
deal debt defect delay delivery demand department deposit design detail device digital discount
distance district dividend domestic download driver duration earnings east economy education
efficiency electricity email emission employee energy engine enrollment equipment equity error
estimate event exchange exercise expense export factory fee field figure film final finance fiscal
flight fleet flow food forecast forest freight fuel fund garden gas global goal gold goods grade
grain graph gross ground group growth guest harvest health heating height holiday home hospital
hotel hour house housing import incident income index industry inflation insurance interest
internet inventory investment invoice item job journey key labor land language launch law lead
lease length level library license line list loan local location logistics loss lunch machine mail
maintenance margin marine market marketing material meal measure media medical meeting member
menu merchandise message metal method metric milk mobile model money monthly mortgage museum music
national natural network news night north number nurse ocean office oil online operation order
output overtime package page paper parking partner party passenger patent patient pay payment
payroll pension people performance permit person phone pipeline plan plant plastic platform
player policy pollution population port portfolio position power premium price printing private
process product production profit program progress project property public purchase quality
quantity quarter quarterly quota rail rain range rate ratio reading rebate receipt record recovery
recycling refund region regional release renewable rent repair report request research reserve
resource response result retail return revenue review reward risk river road room route safety
salary sale sales sample satisfaction saving schedule school score season section sector security
segment seller service session share shift ship shipment shop signal site size snow social
software solar south space speed sport spring staff standard station statistics status steel
stock storage store strategy street student study subscription subsidy success summary summer
supplier supply support survey system target tax team technology temperature tenant term test
textile ticket timber time tool topic total tour tourism tourist trade traffic training transfer
transit transport travel treatment trend trial truck turnover unemployment unit update usage user
utility vacancy vacation value vehicle vendor venue video view visit visitor volume vote wage
warehouse warranty waste water weather web week weekly weight west wheat wind winter wood work
worker workshop world yearly yield zone
""")
LINKS = ("of", "by", "per", "and", "in", "for", "vs", "to")
MONTHS = listed("""
January February March April May June July August September October November
December
""")
WEEKDAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
CITIES = listed("""
Paris London Berlin Madrid Rome Vienna Oslo Tokyo Lima Cairo Boston Chicago Denver
Austin Seattle Dublin Prague Warsaw Athens Lisbon Zurich Geneva Milan Naples Lyon Munich Hamburg
Delhi Mumbai Seoul Osaka Kyoto Beijing Hanoi Dubai Nairobi Lagos Accra Quito Bogota Havana Toronto
Montreal Sydney Perth Auckland Helsinki Stockholm Copenhagen Brussels Amsterdam Budapest Riga
Vilnius Tallinn Porto Seville Miami Dallas Houston Phoenix Portland
""")
COUNTRIES = listed("""
France Germany Spain Italy Austria Norway Sweden Japan Peru Egypt Ireland Poland
Greece Portugal India Korea China Vietnam Kenya Nigeria Ghana Ecuador Cuba Canada Mexico Brazil
Chile Finland Denmark Belgium Hungary Latvia Turkey Iceland Ukraine Romania
""")
NAMES = listed("""
Anna Ben Carla David Emma Felix Grace Henry Iris Jack Karen Leo Maria Nina Oscar Paul
Rosa Sam Tina Victor Wendy Alice Bob Clara Daniel Elena Frank Hugo Julia Kevin Laura Mark Nora Peter
Ruth Simon Thomas Vera
""")
PLACES = listed("North South East West Central Upper Lower Coast Inland Urban Rural Valley")
PRODUCTS = listed("""
Bread Milk Cheese Butter Apples Pears Rice Beans Tea Coffee Sugar Salt Flour Juice
Soap Paper Pens Books Shoes Shirts Hats Chairs Tables Lamps Phones Laptops Tablets Cameras Bikes
Cars Trucks Toys Games Tools Paint Glass Steel Copper Cotton Wool Plums Grapes Lemons Oranges Eggs
Fish Cakes Nuts Onions Carrots Figs Dates Limes Melons Desks Cups Maps Keys Doors Boats Rings Nails
""")
DEPARTMENTS = listed("""
Sales Marketing Finance Legal Support Design Research Operations Security Training
Logistics Product Quality Planning Purchasing
""")
FRUITS = listed("""
Apple Banana Cherry Grape Kiwi Lemon Mango Melon Orange Papaya Peach Pear Plum
Strawberry Lime Fig Date Apricot
""")
STEPS = listed("""
Start Plan Design Build Test Deploy Review Approve Order Pay Pack Ship Deliver Receive
Check Sort Load Store Read Write Parse Train Evaluate Report Collect Clean Filter Merge Publish
Archive Login Search Select Confirm Finish Stop Input Output Draft Edit Sign Send Print Scan Import
Export Schedule Notify Measure Repair Inspect Cut Mix Bake Cool Serve End Begin Done Wait Open Close
Add Try Ask Run Eat Yes No
""")

_SYLLABLES = listed("""
ba be bi bo bu ca co da de di do du fa fe fi fo ga go gu ha he hi ho ja jo ka ki ko
la le li lo lu ma me mi mo mu na ne ni no nu pa pe pi po qua ra re ri ro ru sa se si so su ta te ti
to tu va ve vi vo wa we wi xa xi ya yo za ze zi zo bran cril dor fen gles hart jun keld lorn mest
nix plen quor ster tram vex wick zan
""")


@functools.cache
def dictionary() -> tuple[str, ...]:
    return tuple(assets.WORDS.read_text(encoding="utf-8").split())


def word(rng: Random) -> str:
    """A lower-case word: mostly of business, at times any, at times none at all."""
    roll = rng.random()
    if roll < 0.6:
        return rng.choice(BUSINESS)
    if roll < 0.91:
        return rng.choice(dictionary())
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 3)))


def title(rng: Random, *, is_held_out: bool, max_words: int = 4) -> str:
    """One to four words in some case. A tenth of all titles is kept for the evaluation."""
    while True:
        text = _title(rng, max_words)
        if (zlib.crc32(text.lower().encode()) % 10 == 0) == is_held_out:
            return text


def number(rng: Random) -> str:
    """A number as it is written in documents."""
    return rng.choice(
        (
            str(rng.randint(0, 99)),
            str(rng.randint(100, 9999)),
            f"{rng.randint(1, 99)},{rng.randint(0, 999):03d}",
            f"{rng.randint(0, 99)}.{rng.randint(0, 99):02d}",
            f"${rng.randint(1, 999)}.{rng.randint(0, 99):02d}",
            f"{rng.randint(1, 100)}%",
        )
    )


def date(rng: Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1995, 2035)
    name = MONTHS[month - 1]
    return rng.choice(
        (
            f"{name} {day}, {year}",
            f"{day} {name} {year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day:02d}.{month:02d}.{year}",
            f"{month:02d}/{day:02d}/{year}",
            f"{name} {year}",
        )
    )


def clock(rng: Random) -> str:
    """'07:45', on a quarter of an hour."""
    return f"{rng.randint(0, 23):02d}:{rng.choice((0, 15, 30, 45)):02d}"


def code(rng: Random) -> str:
    """Letters and digits that mean nothing, so that reading cannot be guessing."""
    letters = "".join(rng.choices(string.ascii_uppercase, k=rng.randint(1, 4)))
    return f"{letters}{rng.choice(('', '-'))}{rng.randint(1, 99999)}"


def categories(rng: Random, count: int) -> list[str]:
    """`count` different names of one family, as under the bars of a chart."""
    names = rng.choices(_FAMILIES, _FAMILY_WEIGHTS)[0](rng, count)
    # Some programs write all in capitals or all small.
    roll = rng.random()
    if roll < 0.04:
        return [name.upper() for name in names]
    return [name.lower() for name in names] if roll < 0.06 else names


def family_of(names: Sequence[str]) -> str:
    """What one of the names is called, 'month' or 'city', or nothing."""
    for noun, pool in _POOL_BY_NOUN.items():
        if all(name in pool for name in names):
            return noun
    is_year = all(name.isdigit() and 1900 < int(name) < 2100 for name in names)
    return "year" if is_year else ""


def _years(rng: Random, count: int) -> list[str]:
    start, step = rng.randint(1990, 2025), rng.choice((1, 1, 1, 2, 5))
    return [str(start + step * index) for index in range(count)]


def _months(rng: Random, count: int) -> list[str]:
    start = rng.randrange(12) if rng.random() < 0.5 else 0
    months = [MONTHS[(start + index) % 12] for index in range(count)]
    return [month[:3] for month in months] if rng.random() < 0.6 else months


def _weekdays(rng: Random, count: int) -> list[str]:
    cut = rng.choice((3, 3, 9))
    days = [day[:cut] for day in WEEKDAYS]
    return (days * 2)[:count] if count <= len(days) else _months(rng, count)


def _quarters(rng: Random, count: int) -> list[str]:
    if count > 4 or rng.random() < 0.3:
        year = rng.randint(15, 30)
        return [f"Q{index % 4 + 1} {year + index // 4}" for index in range(count)]
    return [f"Q{index + 1}" for index in range(count)]


def _lettered(rng: Random, count: int) -> list[str]:
    """'Team A', 'Item 1', 'A', 'T3': a word or a letter and what counts up."""
    word_before = rng.choice(("Team", "Group", "Plant", "Unit", "Item", "Class", "Line", "Model"))
    is_digit = rng.random() < 0.5
    ends = string.digits[1:] if is_digit else string.ascii_uppercase
    roll = rng.random()
    if roll < 0.3 and not is_digit:
        return list(ends[:count])
    if roll < 0.5:
        return [f"{word_before[0]}{index + 1}" for index in range(count)]
    return [f"{word_before} {ends[index]}" for index in range(count)]


def _pooled(rng: Random, count: int) -> list[str]:
    pools = (CITIES, COUNTRIES, NAMES, PLACES, PRODUCTS, DEPARTMENTS, FRUITS)
    return rng.sample(rng.choice([pool for pool in pools if len(pool) >= count]), count)


def _spans(rng: Random, count: int) -> list[str]:
    """Ranges as of ages: '0-9', '10-19'."""
    step = rng.choice((5, 10, 20))
    return [f"{step * index}-{step * (index + 1) - 1}" for index in range(count)]


def _word_pairs(rng: Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"{word(rng).capitalize()[:8]} {rng.choice(BUSINESS)[:7].capitalize()}"] = None
    return list(found)


def distinct_words(rng: Random, count: int) -> list[str]:
    """`count` capitalised words of at most nine letters."""
    found: dict[str, None] = {}
    while len(found) < count:
        candidate = word(rng)
        if len(candidate) <= 9:
            found[candidate.capitalize()] = None
    return list(found)


_FAMILIES: tuple[Callable[[Random, int], list[str]], ...] = (
    *(_years, _months, _weekdays, _quarters, _lettered, _pooled, _spans, _word_pairs),
    distinct_words,
)
_FAMILY_WEIGHTS = (8, 9, 5, 7, 10, 34, 2, 3, 22)
_POOL_BY_NOUN = {
    "month": {*MONTHS, *(month[:3] for month in MONTHS)},
    "day": {*WEEKDAYS, *(day[:3] for day in WEEKDAYS)},
    "city": CITIES,
    "country": COUNTRIES,
    "person": NAMES,
    "region": PLACES,
    "product": PRODUCTS,
    "department": DEPARTMENTS,
    "quarter": ("Q1", "Q2", "Q3", "Q4"),
    "fruit": FRUITS,
}


def _title(rng: Random, max_words: int) -> str:
    count = min(rng.choices((1, 2, 3, 4), (2, 5, 4, 2))[0], max_words)
    words = [word(rng) for _ in range(count)]
    if count >= 3 and rng.random() < 0.5:
        words[rng.randrange(1, count - 1)] = rng.choice(LINKS)
    if count >= 2 and rng.random() < 0.15:
        words[-1] = str(rng.randint(1990, 2035))
    if rng.random() < 0.04:
        words[rng.randrange(count)] = code(rng)
    if count >= 2 and rng.random() < 0.1:
        words[0] += rng.choice((" &", ":", " and", " -", ","))
    elif rng.random() < 0.04:
        words[-1] = f"({words[-1]})"
    cases = (_capitalised, string.capwords, str.capitalize, str.upper, str.lower)
    case = rng.choices(cases, (8, 3, 3, 1.8, 0.7))[0]
    return case(" ".join(words))


def _capitalised(text: str) -> str:
    words = text.split()
    return " ".join(part if part in LINKS else part[0].upper() + part[1:] for part in words)
