"""Which language a message is written in: by script, then by small words. A guess, for replies and word lists."""

from __future__ import annotations

from collections import Counter
from functools import cache

#: Small words, folded as `reading.fold` folds; a word may stand in several languages.
_SMALL = {
    "en": "the a an is are am i im you it its this that what whats how why when where which who do does did dont my me your to of in on for"
    " and or but not with can cant could would should please pls help have has just so if be was get any from at they there about now then"
    " next well error code thanks thx hi hello stuck solve hint answer write give tell show right wrong good need want u",
    "es": "el la los las un una de del que y o en es son no por para con como mi me tu se lo le te porque donde cuando cual cuanto cuantos"
    " puedo puedes tengo hay esta este esto muy pero si ya hola gracias ayuda codigo solucion pista falla hacer dame soy estoy ahora eso al su"
    " tarea ejercicio ejercicios siguiente mas qué porfa quiero error bien hasta",
    "de": "der die das ein eine einen und ist sind ich du mir mich mein meine meinen nicht wie was warum wieso wann wo wer wozu kann kannst"
    " bitte hilfe danke hallo mit fur auf den dem zu im in von noch auch aber es sich hier jetzt schon mal nur kein keine habe hab bin hast"
    " losung aufgabe aufgaben fehler heisst soll wird tipp bis zum beim weiter falsch richtig fertig gib zeig los und oder",
    "fr": "le la les un une des du de et est sont je j tu il elle on nous vous mon ma mes ton que qu qui quoi comment pourquoi quand ou ne"
    " pas n c ce ca cette dans pour avec sur au aux en moi me suis peux peut ai plus tout merci bonjour aide salut indice reponse donne"
    " exercice exercices erreur est-ce y d l s m t si mais bien quel quelle faire fait svp stp",
    "pl": "i w z na do nie to jest sie co jak czy dlaczego czemu kiedy gdzie kto mi mnie moj moja moje ten ta te za o od po mam moge mozesz"
    " prosze pomocy dzieki czesc zadanie zadania zadan blad kod juz tylko ale jeszcze dla ile jestem sa byc tego tym tu tam oraz bo zeby nic"
    " dalej czego rozwiazanie podpowiedz wskazowke wskazowka znaczy teraz bardzo bez ze dobrze napisz daj",
    "it": "il lo gli un una di che e per con come mi non sono ho hai perche dove quando cosa quale puoi posso grazie ciao aiuto questo della"
    " nel soluzione codice errore esercizio esercizi mio mia del piu anche fare dammi ora e'",
    "pt": "o os um uma de do da que e em nao por para com como meu minha eu voce porque onde quando qual posso pode obrigado obrigada ola"
    " ajuda isso esta este ao mais muito mas ja solucao codigo erro exercicio exercicios tenho fazer dica",
    "nl": "de het een en is zijn ik je jij mijn niet hoe wat waarom wanneer waar wie kan kun met voor op aan van nog ook maar dit dat"
    " alsjeblieft bedankt dank hoi hulp oplossing opdracht fout geef mij mag deze hier nu geen heb ben",
}
_SCRIPTS = (
    ("ja", 0x3040, 0x30FF),
    ("ko", 0xAC00, 0xD7AF),
    ("zh", 0x4E00, 0x9FFF),
    ("ru", 0x0400, 0x04FF),
    ("ar", 0x0600, 0x06FF),
    ("he", 0x0590, 0x05FF),
    ("el", 0x0370, 0x03FF),
    ("hi", 0x0900, 0x097F),
    ("th", 0x0E00, 0x0E7F),
)
#: Letters that only one of the languages has, as written (before folding).
_LETTERS = {"ñ¿¡": "es", "ßäöü": "de", "çèêœùàâîû": "fr", "łąęśżźćń": "pl", "ãõ": "pt", "ò": "it", "éíóúá": "es"}


@cache
def _words() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language, words in _SMALL.items():
        for word in set(words.split()):
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


def script_of(message: str) -> str | None:
    """The language that the letters alone decide, or None. Latin words among Chinese (names, errors) do not count."""
    counts: Counter[str] = Counter()
    for character in message:
        point = ord(character)
        if point < 0x0370:
            continue
        counts.update(language for language, first, last in _SCRIPTS if first <= point <= last)
    if not counts:
        return None
    if counts["ja"] >= 2:
        return "ja"
    return counts.most_common(1)[0][0]


def tally(message: str, words: list[str]) -> Counter[str]:
    """How much speaks for each language: one for a small word of it (less where it is shared), two for a letter of its own."""
    votes: Counter[str] = Counter()
    known = _words()
    for word in words:
        languages = known.get(word, ())
        for language in languages:
            votes[language] += 4 // len(languages)
    lowered = message.lower()
    for letters, language in _LETTERS.items():
        if any(letter in lowered for letter in letters):
            votes[language] += 3
    return votes


def language_of(message: str, words: list[str], fallback: str) -> tuple[str, bool]:
    """The language of `message` as BCP 47, and whether there is evidence; without it, `fallback`."""
    script = script_of(message)
    if script is not None:
        return script, True
    votes = tally(message, words)
    if not votes:
        return fallback, False
    ranked = votes.most_common(2)
    best, count = ranked[0]
    if len(ranked) > 1 and ranked[1][1] == count and fallback in (best, ranked[1][0]):
        best = fallback
    return best, count >= 4 and (len(ranked) == 1 or count > ranked[1][1] + 2)
