import io

from nemotron_vl.cli.bench.png import noise_png
from PIL import Image


def test_image_has_its_size_and_is_the_seeds_own() -> None:
    one, same, other = (noise_png(64, 48, seed) for seed in ("a", "a", "b"))
    with Image.open(io.BytesIO(one)) as image:
        image.load()
        assert (image.size, image.mode, image.format) == ((64, 48), "RGB", "PNG")
        extremes = image.getextrema()
        assert extremes == ((0, 255),) * 3
    assert one == same
    assert one != other


def test_image_has_about_the_bytes_of_a_photograph() -> None:
    assert 420_000 < len(noise_png(640, 480, "0 0")) < 450_000
