"""The everyday things in the pictures: their names and the code points of their emoji."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing with a picture in every emoji set, named by its hexadecimal code point."""

    name: str
    plural: str
    code: str


def _things(table: str) -> tuple[Thing, ...]:
    rows = (entry.split("/") for line in table.strip().splitlines() for entry in line.split(", "))
    return tuple(Thing(name, plural or f"{name}s", code) for name, plural, code in rows)


# name/plural where it is not just an s/code point
THINGS = _things("""
apple//1f34e, banana//1f34c, pear//1f350, lemon//1f34b, strawberry/strawberries/1f353
pineapple//1f34d, watermelon slice//1f349, carrot//1f955, tomato/tomatoes/1f345, mushroom//1f344
eggplant//1f346, avocado//1f951, corn cob//1f33d, hot pepper//1f336, broccoli/broccoli/1f966
pizza slice//1f355, hamburger//1f354, hot dog//1f32d, donut//1f369, cookie//1f36a
pretzel//1f968, croissant//1f950, ice cream cone//1f366, birthday cake//1f382, egg//1f95a
dog//1f436, cat//1f431, rabbit//1f430, fox/foxes/1f98a, bear//1f43b, panda//1f43c, lion//1f981
tiger//1f42f, cow//1f42e, pig//1f437, frog//1f438, monkey//1f435, horse//1f434, mouse/mice/1f42d
chick//1f424, penguin//1f427, owl//1f989, turtle//1f422, snail//1f40c
butterfly/butterflies/1f98b, bee//1f41d, ladybug//1f41e, fish/fish/1f41f, whale//1f433
octopus/octopuses/1f419, crab//1f980, elephant//1f418, snake//1f40d, duck//1f986, car//1f697
taxi//1f695, bus/buses/1f68c, truck//1f69a, fire engine//1f692, bicycle//1f6b2, airplane//2708
helicopter//1f681, rocket//1f680, sailboat//26f5, tractor//1f69c, house//1f3e0, castle//1f3f0
tent//26fa, tree//1f333, palm tree//1f334, cactus/cacti/1f335, sunflower//1f33b, rose//1f339
tulip//1f337, four leaf clover//1f340, sun//2600, moon//1f319, cloud//2601, rainbow//1f308
snowman/snowmen/26c4, umbrella//2602, balloon//1f388, gift box/gift boxes/1f381, key//1f511
padlock//1f512, light bulb//1f4a1, alarm clock//23f0, pair of scissors/pairs of scissors/2702
pencil//270f, hammer//1f528, bell//1f514, magnet//1f9f2, book//1f4d5, envelope//2709
paper clip//1f4ce, telephone//260e, laptop//1f4bb, camera//1f4f7, television//1f4fa
magnifying glass/magnifying glasses/1f50d, guitar//1f3b8, trumpet//1f3ba, drum//1f941
violin//1f3bb, trophy/trophies/1f3c6, soccer ball//26bd, basketball//1f3c0, tennis ball//1f3be
crown//1f451, top hat//1f3a9, backpack//1f392, T-shirt//1f455, high heel//1f460
pair of glasses/pairs of glasses/1f453, coffee cup//2615, teapot//1fad6, chair//1fa91
ghost//1f47b, robot//1f916, teddy bear//1f9f8
""")
