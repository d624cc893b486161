"""The fonts that text is drawn with, where they come from, and under which licence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font family of a Debian package: the file names of its regular and its bold cut."""

    family: str
    package: str
    regular: str
    bold: str
    licence: str


def _typefaces(table: str) -> tuple[Typeface, ...]:
    rows = (line.split(", ") for line in table.strip().splitlines())
    return tuple(Typeface(family, f"fonts-{package}", *rest) for family, package, *rest in rows)


# family, Debian package after its fonts-, regular, bold, licence that the package states (+FE: with
# an exception for what is drawn with the font)
TRAINING = _typefaces("""
DejaVu Sans, dejavu-core, DejaVuSans.ttf, DejaVuSans-Bold.ttf, Bitstream-Vera
DejaVu Serif, dejavu-core, DejaVuSerif.ttf, DejaVuSerif-Bold.ttf, Bitstream-Vera
DejaVu Sans Mono, dejavu-core, DejaVuSansMono.ttf, DejaVuSansMono-Bold.ttf, Bitstream-Vera
Liberation Sans, liberation2, LiberationSans-Regular.ttf, LiberationSans-Bold.ttf, OFL-1.1
Liberation Serif, liberation2, LiberationSerif-Regular.ttf, LiberationSerif-Bold.ttf, OFL-1.1
Liberation Mono, liberation2, LiberationMono-Regular.ttf, LiberationMono-Bold.ttf, OFL-1.1
Noto Sans, noto-core, NotoSans-Regular.ttf, NotoSans-Bold.ttf, OFL-1.1
Noto Serif, noto-core, NotoSerif-Regular.ttf, NotoSerif-Bold.ttf, OFL-1.1
Roboto, roboto-unhinted, Roboto-Regular.ttf, Roboto-Bold.ttf, Apache-2.0
Roboto Condensed, roboto-unhinted, RobotoCondensed-Regular.ttf, RobotoCondensed-Bold.ttf, Apache-2.0
Open Sans, open-sans, OpenSans-Regular.ttf, OpenSans-Bold.ttf, Apache-2.0
Lato, lato, Lato-Regular.ttf, Lato-Bold.ttf, OFL-1.1
Cantarell, cantarell, Cantarell-Regular.otf, Cantarell-Bold.otf, OFL-1.1
Carlito, crosextra-carlito, Carlito-Regular.ttf, Carlito-Bold.ttf, OFL-1.1
Caladea, crosextra-caladea, Caladea-Regular.ttf, Caladea-Bold.ttf, Apache-2.0
Comfortaa, comfortaa, Comfortaa-Regular.ttf, Comfortaa-Bold.ttf, OFL-1.1
Comic Neue, comic-neue, ComicNeue-Regular.otf, ComicNeue-Bold.otf, OFL-1.1
JetBrains Mono, jetbrains-mono, JetBrainsMono-Regular.ttf, JetBrainsMono-Bold.ttf, Apache-2.0
PT Sans, paratype, PTS55F.ttf, PTS75F.ttf, ParaType-Free-Font-License
PT Serif, paratype, PTF55F.ttf, PTF75F.ttf, ParaType-Free-Font-License
B612, b612, B612-Regular.otf, B612-Bold.otf, OFL-1.1
Play, play, Play-Regular.ttf, Play-Bold.ttf, OFL-1.1
Manrope, manrope, Manrope-Regular.ttf, Manrope-Bold.ttf, OFL-1.1
Inter, inter, Inter-Regular.otf, Inter-Bold.otf, OFL-1.1
Go, go, Go-Regular.ttf, Go-Bold.ttf, BSD-3-Clause
Karla, karla, Karla-Regular.otf, Karla-Bold.otf, OFL-1.1
Libertine, linuxlibertine, LinLibertine_R.otf, LinLibertine_RB.otf, OFL-1.1
EB Garamond, ebgaramond, EBGaramond12-Regular.otf, EBGaramond12-Bold.otf, OFL-1.1
TeX Gyre Heros, texgyre, texgyreheros-regular.otf, texgyreheros-bold.otf, GUST-Font-License
TeX Gyre Pagella, texgyre, texgyrepagella-regular.otf, texgyrepagella-bold.otf, GUST-Font-License
Roboto Slab, roboto-slab, RobotoSlab-Regular.otf, RobotoSlab-Bold.otf, Apache-2.0
Andika, sil-andika, Andika-Regular.ttf, Andika-Bold.ttf, OFL-1.1
Gillius ADF, adf-gillius, GilliusADF-Regular.otf, GilliusADF-Bold.otf, GPL-2+FE
Universalis, adf-universalis, UniversalisADFStd-Regular.otf, UniversalisADFStd-Bold.otf, GPL-2+FE
Baskervald ADF, adf-baskervald, BaskervaldADFStd.otf, BaskervaldADFStd-Heavy.otf, GPL-2+FE
Libris ADF, adf-libris, LibrisADFStd-Regular.otf, LibrisADFStd-Bold.otf, GPL-2+FE
Verana Sans, adf-verana, VeranaSans-Regular.otf, VeranaSans-Bold.otf, GPL-2+FE
Verana, adf-verana, Verana-Regular.otf, Verana-Bold.otf, GPL-2+FE
Tribun ADF, adf-tribun, TribunADFStd-Regular.otf, TribunADFStd-Bold.otf, GPL-2+FE
Romande ADF, adf-romande, RomandeADFStd-Regular.otf, RomandeADFStd-DemiBold.otf, GPL-2+FE
Ikarius ADF, adf-ikarius, IkariusADFStd-Regular.otf, IkariusADFStd-Bold.otf, GPL-2+FE
Accanthis ADF, adf-accanthis, AccanthisADFStd-Regular.otf, AccanthisADFStd-Bold.otf, GPL-2+FE
Berenis ADF, adf-berenis, BerenisADFPro-Regular.otf, BerenisADFPro-Bold.otf, GPL-2+FE
Averia Sans, averia-sans-gwf, AveriaSansGWF-Regular.ttf, AveriaSansGWF-Bold.ttf, OFL-1.1
Averia Serif, averia-serif-gwf, AveriaSerifGWF-Regular.ttf, AveriaSerifGWF-Bold.ttf, OFL-1.1
Cousine, croscore, Cousine-Regular.ttf, Cousine-Bold.ttf, OFL-1.1
Dosis, dosis, Dosis-Book.otf, Dosis-Bold.otf, OFL-1.1
Fantasque, fantasque-sans, FantasqueSansMono-Regular.otf, FantasqueSansMono-Bold.otf, OFL-1.1
Fira Code, firacode, FiraCode-Regular.ttf, FiraCode-Bold.ttf, OFL-1.1
FreeMono, freefont-otf, FreeMono.otf, FreeMonoBold.otf, GPL-3+FE
FreeSans, freefont-otf, FreeSans.otf, FreeSansBold.otf, GPL-3+FE
GFS Artemisia, gfs-artemisia, GFSArtemisia.otf, GFSArtemisiaBold.otf, OFL-1.1
GFS Didot, gfs-didot, GFSDidot.otf, GFSDidotBold.otf, OFL-1.1
GFS Neohellenic, gfs-neohellenic, GFSNeohellenic.otf, GFSNeohellenicBold.otf, OFL-1.1
Hack, hack, Hack-Regular.ttf, Hack-Bold.ttf, Bitstream-Vera
Jura, jura, Jura-Regular.otf, Jura-Bold.otf, OFL-1.1
League Mono, league-mono, LeagueMono-Regular.otf, LeagueMono-Bold.otf, OFL-1.1
League Spartan, league-spartan, LeagueSpartan-Regular.otf, LeagueSpartan-Bold.otf, OFL-1.1
Monoid, monoid, Monoid-Regular.ttf, Monoid-Bold.ttf, OFL-1.1
OpenDyslexic, opendyslexic, OpenDyslexic-Regular.otf, OpenDyslexic-Bold.otf, CC-BY-3.0
Quicksand, quicksand, Quicksand-Regular.ttf, Quicksand-Bold.ttf, OFL-1.1
Gentium Book, sil-gentium-basic, GenBkBasR.ttf, GenBkBasB.ttf, OFL-1.1
Sora, sora, Sora-Regular.otf, Sora-Bold.otf, OFL-1.1
Tuffy, tuffy, tuffy_regular.ttf, tuffy_bold.ttf, public-domain
Nimbus Mono, urw-base35, NimbusMonoPS-Regular.otf, NimbusMonoPS-Bold.otf, AGPL-3+FE
Nimbus Roman, urw-base35, NimbusRoman-Regular.otf, NimbusRoman-Bold.otf, AGPL-3+FE
Nimbus Sans Narrow, urw-base35, NimbusSansNarrow-Regular.otf, NimbusSansNarrow-Bold.otf, AGPL-3+FE
C059, urw-base35, C059-Roman.otf, C059-Bold.otf, AGPL-3+FE
URW Gothic, urw-base35, URWGothic-Book.otf, URWGothic-Demi.otf, AGPL-3+FE
Agave, agave, agave-r-autohinted.ttf, agave-b-autohinted.ttf, MIT
""")

# Never seen in training: the evaluation draws with these alone.
HELD_OUT = _typefaces("""
Cabin, cabin, Cabin-Regular.otf, Cabin-Bold.otf, OFL-1.1
Vollkorn, vollkorn, Vollkorn-Regular.ttf, Vollkorn-Bold.ttf, OFL-1.1
Clear Sans, clear-sans, ClearSans-Regular.ttf, ClearSans-Bold.ttf, Apache-2.0
Mononoki, mononoki, mononoki-Regular.ttf, mononoki-Bold.ttf, OFL-1.1
Oxygen, oxygen, Oxygen-Sans.ttf, Oxygen-Sans-Bold.ttf, OFL-1.1
""")
