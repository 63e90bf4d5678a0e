"""Questions and names as tokens: lower case, no accents, light stems, code kept apart from words, CJK in pairs."""

from __future__ import annotations

import re
from functools import lru_cache

from ..folding import fold
from .meanings import meanings

_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]+"  # Chinese and its neighbours
    r"|\\[a-z](?![a-z])"  # a backslash and its letter
    r"|(?P<dot>\.)?(?P<path>[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*)(?P<call>\s?\()?(?P<named>=(?![=\s]))?"
    r"|(?P<at>(?<=[\]\"'\w])\[-?\d+\])"
    r"|#(?!\w)|\*\*|//|==|!=|<=|>=|:=|->|\+=|-=|\[:,|\[::?-?1?\]|\[\]|\{\}|\(\)|[%*@<>]|\d+(?:\.\d+)?"
)
_TAG = re.compile(r"</?[a-z][a-z0-9]*\s?/?>|<!--|-->")
_TICKS = re.compile(r"`([^`\n]+)`")
#: 0.30000000000000004 and 2.6799999999999997, as floats come out
_ROUNDED_OFF = re.compile(r"\d[.,]\d*?(?:0{6,}[1-9]|9{6,})\d*")

#: words that say nothing about the topic; as code (`for`, `.get()`) they count all the same
EMPTY = frozenset(
    """
    a an the i me my we you your it its this that these those there here what whats which who whose when
    where why how do does did done doing don dont doesnt is are was were be been am im can could would
    should may might will shall must of to in on at by for from with without as into onto up out about over
    under and or but if then than so not no yes use used using get gets got give gives given show shows
    showing tell explain explains explained example examples please thanks thank help need want know
    understand mean means meaning work works working make makes made way thing things some any all one like
    just really also too very much more most many again still now ever never always have has had having let
    lets look see say says said think try tried question code python program programming writing written
    good better best different difference between vs versus compare exactly actually quick small little
    simple short line lines something anything someone other another own self's doesn isn hi hello ok okay
    well right t s d m re ve ll wasn aren won couldn whole every each build built walk fail fails happen
    happens people person new idea point purpose reason reasons called call animal animals mine typical
    useful handy inside myself yourself themselves everywhere anyway always mix bit pls somehow via saw picture
    super

    un una uno unos unas el la los las de del al que qué como cómo es son en y o u se me mi tu te para por
    con sin sobre puedes puede quiero necesito explicar explica explicame ejemplo ejemplos muestrame ensenas
    ensename funciona hace hacer sirve usar usa uso cuando donde cual cuales diferencia entre hay significa
    favor codigo lo le les ser esta este

    der die das den dem des ein eine einen einem einer eines und oder aber ich du mir mich man wie was wer
    wo wann warum wieso ist sind war kann kannst konnte konntest mit ohne fur von vom zu zum zur im in auf
    an am bei aus nach uber nicht bitte zeig zeige zeigen erklar erklare erklaren beispiel beispiele
    funktioniert bedeutet macht mache mach benutze benutzen verwende verwenden brauche brauchen unterschied
    zwischen genau eigentlich ganz anderen anderes anderem anderer es gibt habe haben hat wird werden

    le la les l un une des du de d et ou mais je tu il elle on nous vous moi me mon ma mes ton ta que qu qui
    quoi est sont ce c cet cette ca comment pourquoi quand quel quelle quels quelles avec sans pour par sur
    dans en au aux ne pas plus peux peut pouvez voudrais veux expliquer explique expliquez montre montrer
    montrez exemple exemples marche fonctionne sert faire fait utiliser utilise difference entre s il plait
    se

    i w we z ze na do od o u po za nie tak jak co to jest sa czy dlaczego kiedy gdzie ktory ktora jaki jaka
    jakie moge mozesz prosze pokaz pokazac wyjasnij wytlumacz przyklad przyklady dziala robi zrobic uzyc
    uzywac uzywa sie mi mnie moj roznica miedzy znaczy oznacza albo lub dla bez przez

    什么 是什 么意 意思 思是 怎么 么用 如何 为什 么会 可以 以有 例子 个例 举个 举例 能举 一个 的意
    一下 解释 请问 我想 用法 么样 么做 有什 么区 区别 么是 吗 呢 能不 不能 怎样 么写 写一 给我
    我看 看一 释一 里面 中的 有没 没有 么处 处理 理解
    """.split()
)


#: keywords that are no words of a question otherwise
_UNMISTAKEN = frozenset("finally except elif lambda yield nonlocal async await assert raise".split())

#: signs by their names, as those say who cannot search for a sign; longer names first
_SIGNS = {
    "**": r"double (?:star|asterisk)s?|(?:two|2) (?:stars|asterisks)|doppelstern\w*|zwei sternchen|doble asterisco"
    r"|dos asteriscos|double etoile|deux etoiles|dwie gwiazdki|podwojna gwiazdka|两个星号|双星号",
    "//": r"double (?:fraction )?slash(?:es)?|(?:two|2) slashes|zwei schragstriche|doppelter schragstrich|doble barra"
    r"|dos barras|double barre|deux barres|dwa ukosniki|podwojny ukosnik|两个斜杠|双斜杠",
    "==": r"double equals?(?: signs?)?|(?:two|2) equals?(?: signs?)?|doppeltes gleich\w*|zwei gleichheitszeichen"
    r"|doble igual|dos (?:signos )?igual(?:es)?|double egal|deux (?:signes )?egal|podwojn\w+ rownosc\w*"
    r"|dwa znaki rownosci|双等号|两个等号",
    "!=": r"exclamation (?:mark|point) (?:and )?equals?|not[- ]equals? sign|ungleichheitszeichen|不等号",
    "%": r"per ?cent(?:age)?[- ]?signs?|prozentzeichen|signo (?:de )?por(?:centaje| ?ciento)|(?:signe )?pour[- ]?cents?"
    r"|znak procentu?|procencik|百分号",
    "+=": r"plus[- ]equals?(?: signs?)?|plus gleich|mas igual|plus egal|plus rowna sie|加等于",
    "#": r"hash(?: ?tag)?[- ]?(?:signs?|symbols?|marks?)|hashtags?|pound signs?|rautezeichen"
    r"|almohadilla|井号",
    "@": r"at[- ]signs?|klammeraffe\w*|arroba|arobase|malpa|艾特",
}
_SIGN = re.compile("|".join(rf"(?:{names})" for names in _SIGNS.values()))

#: words that mean the same here
_SAME = {
    word: same
    for same, words in {
        "dict": "dictionary dictionaries dicts",
        "largest": "biggest greatest highest maximum maximal",
        "smallest": "lowest minimum minimal",
        "remove": "delete erase rid",
        "element": "item entry items entries",
        "letter": "character char characters chars",
        "loop": "iterate iterating traverse",
        "int": "integer integers ints",
        "argument": "parameter parameters arg",
        "folder": "directory",
        "dataframe": "df",
        "numpy": "np",
        "pandas": "pd",
        "duplicate": "repeated repeats",
        "example": "snippet demo",
    }.items()
    for word in words.split()
}

_IRREGULAR = {
    form: word
    for word, forms in {
        "keep": "kept keeping",
        "write": "wrote written",
        "go": "went gone goes going",
        "take": "took taken taking",
        "throw": "threw thrown throwing",
        "stick": "stuck sticking",
        "find": "found finding",
        "come": "came coming comes",
        "put": "putting puts",
        "give": "gave given giving gives",
        "leave": "left leaving leaves",
        "break": "broke breaking",
        "choose": "chose chosen choosing",
        "draw": "drew drawn drawing",
        "hold": "held holding",
        "tell": "told telling",
        "child": "children",
    }.items()
    for form in forms.split()
}


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without the commonest English endings, synonyms as one; names in code are left alone."""
    word = _IRREGULAR.get(word, word)
    word = _SAME.get(word, word)
    if len(word) < 4 or "_" in word or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def tokens(text: str) -> list[str]:
    """Stems in order; beside a name in code its code token, as `` `get` `` for `.get(` and `dict.get`."""
    found: list[str] = []
    start = 0
    folded = _SIGN.sub(_signed, _ROUNDED_OFF.sub(" roundoff ", _TAG.sub(" ", fold(text))))
    for ticked in _TICKS.finditer(folded):
        _scan(folded[start : ticked.start()], found, code=False)
        _scan(ticked[1], found, code=True)
        start = ticked.end()
    _scan(folded[start:], found, code=False)
    return meanings(stem).of(found, folded)


def _signed(name: re.Match[str]) -> str:
    return next(f" {sign} " for sign, names in _SIGNS.items() if re.fullmatch(names, name[0]))


def _scan(text: str, found: list[str], code: bool) -> None:
    for match in _TOKEN.finditer(text):
        path = match["path"]
        if path is None:
            whole = "[i]" if match["at"] else match[0]
            found.extend(_pairs(whole) if "\u3040" <= whole[0] <= "\u9fff" else [whole])
            continue
        parts = path.split(".")
        is_code = (
            code or path in _UNMISTAKEN or bool(match["dot"]) or len(parts) > 1 or bool(match["call"]) or "_" in path
        )
        for part in parts:
            found.append(stem(part))
        if is_code:
            found.append(f"`{parts[-1]}`")
        if match["named"]:
            found.append(f"`{parts[-1]}=`")
        if len(parts) > 1:
            found.append(f"`{path}`")


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]
