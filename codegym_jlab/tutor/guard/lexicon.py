# ruff: noqa: E501  (a table of patterns)
"""The words and signs that stand for one step of a program, in prose of four languages and in code of many."""

from __future__ import annotations

import re

_NUMBER_WORDS = {
    word: value
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
    )
    for value, word in enumerate(words.split())
    if word not in ("un", "once")
}
_WORDS: tuple[tuple[str, str], ...] = (
    ("isalnum", r"isalnum|is_?alphanumeric|alphanumeric|isLetterOrDigit|letters? or (?:a )?digits?|buchstaben? oder (?:eine )?ziffer|letra o (?:un )?d[ií]gito|lettre ou (?:un )?chiffre"),
    ("isdigit", r"isdigit|is_?numeric|(?:only|all|just|nothing but) (?:of )?digits|digits only|nur (?:aus )?ziffern|s[oó]lo d[ií]gitos"),
    ("else", r"else|otherwise|elif|elsif|elseif|in all other cases|in any other case|if not,|sonst|ansonsten|andernfalls|si no|sino|sinon|or else|default"),
    ("order", r"(?:less|smaller|lower|fewer|greater|larger|bigger|higher|more|longer|older|younger) than|below|under|above|over \d+|at least|at most|exceeds?|strictly (?:larger|smaller)|(?:or|up to) (?:more|less)|beats|kleiner(?: als)?|größer(?: als)?|mindestens|höchstens|unter|über \d+|menor(?: que)?|mayor(?: que)?|al menos|como mucho|inférieure? à|supérieure? à|au moins|au plus|plus (?:grande?|petite?) que"),
    ("eq", r"equals?(?: to)?|(?:is|are) (?:the )?same(?: as)?|differs?(?: from)?|different from|matches|is (?:exactly )?(?=\d|zero\b|none\b|null\b)|gleich(?: ist)?|ungleich|igual(?: a)?|distint[oa] de|égale?(?: à)?|différente? de|elem|eqv?"),
    ("in", r"(?:is|are|was) (?:not |already |still )*(?:in|one of|among|part of|a key of|a member of|contained in|found in|present in)|(?:not|isn't|aren't) (?:already )?in|contains?|includes?|occurs?(?: in)?|appears? in|membership|notElem|has|vorkommt|enthalten|enthält|contiene|est dans|está en|contient|ContainsKey|containsKey|in_array|array_key_exists|strpos"),
    ("mod", r"mod(?:ulo|ulus)?|remainder|divisionsrest|rest der division|resto|reste|rem|divisible|even|odd"),
    ("mul", r"times|multipl(?:y|ied|ies|ying)(?: by)?|multipliziere?|mal(?= \d)|por(?= \d)|multiplica|multiplie"),
    ("div", r"div(?:ide[sd]?|ided by|ision)?|whole hours|teile|geteilt|divide|divise|intdiv"),
    ("max", r"max(?:imum)?|maximo|máximo|(?:whichever|what) is (?:larger|greater|bigger)|the (?:larger|greater|bigger|largest|greatest) (?:one )?of|MaxBy|das maximum|die größere"),
    ("min", r"min(?:imum)?|mínimo|(?:whichever|what) is (?:smaller|less)|the (?:smaller|lesser|smallest) (?:one )?of|die kleinere"),
    ("sum", r"sum(?:s|med)?|add(?:s|ing)? up|add (?:them|all|these)|summe|suma|somme"),
    ("len", r"len(?:gths?)?|length\w*|size|count|number of (?:elements|items|characters|letters|ages)|how many|strlen|länge|anzahl|longitud|longueur|nombre d'éléments"),
    ("sorted", r"sort(?:ed|s|ing|By|_by|With|Desc\w*)?|usort|order(?:ed)? by|OrderBy\w*|ThenBy\w*|sortier\w*|orden(?:a|ad[oa]s?|ar)|tri(?:e|é|ée|ées)"),
    ("reverse", r"revers(?:e|ed|ing)|backwards?|from the (?:end|back|right)|descending|rev|rückwärts|al revés|à l'envers|downto|downTo|OrderByDescending"),
    ("lower", r"lower(?:case[sd]?|cased)?|small letters|toLower(?:Case)?|downcase|strtolower|ToLower|kleinschreib\w*|kleingeschrieben\w*|kleinbuchstaben|min[uú]sculas?|minuscules?|casefold"),
    ("upper", r"upper(?:case[sd]?|cased)?|capital letters|toUpper(?:Case)?|upcase|strtoupper|großschreib\w*|großbuchstaben|may[uú]sculas?|majuscules?"),
    ("add", r"append(?:s|ed|ing)?|push(?:es|ed|_back)?|adds?|added|adding|plus|increas(?:e[sd]?|ing)|increment(?:s|ed|a|e)?|grows?|goes up|(?:put|place|stick|glue)s? .{1,30}? (?:at the end|behind|onto|into)|insert|plusOne|one more|erhöhe\w*|erhöhst|addiere?\w*|häng(?:e|st|t)|füge?\w*|añad\w+|agrega\w*|suma(?:le|r)|increment[ae]\w*|aument\w+|ajout\w+|augment\w+|concat\w*|put|followed by"),
    ("sub", r"minus|subtract(?:s|ed)?(?: from)?|decreas(?:e[sd]?|ing)|decrement\w*|goes down|take(?:s)? away|take .{1,20} off|abzieh\w*|zieh\w* .{1,20} ab|menos|resta\w*|moins|soustra\w*|negative|negated|inferior"),
    ("join", r"join(?:ed|s|ToString)?|implode|glued? together|intercalate|concatenate all|verbinde\w*|une\b|joint"),
    ("split", r"split(?:s|ting)?|explode|cut(?:s)? .{1,30}? at|words|fields|zerlege\w*|teile .{1,20} (?:am|an)|trenne\w*|divide .{1,20} (?:por|en)|parte|découpe\w*"),
    ("strip", r"strip(?:ped|s)?|trim(?:med|s|Matching\w*)?|(?:spaces|white ?space) (?:around|at both ends)|without (?:the )?(?:spaces|punctuation)|quita\w*|enlève"),
    ("get", r"get(?:s|OrDefault|OrElse)?|setdefault|getOrPut|computeIfAbsent|groupBy|group_by|GroupBy|group\w*|defaults? (?:to|of|value)|fallback|or (?:an )?(?:zero|0|empty list) if|\?\?"),
    ("items", r"items|entries|pairs|key and value|keys and values|entrySet|einträge|pares"),
    ("int", r"int(?:eger)?s?|parseInt|Atoi|toInt|to_i|whole numbers?|as (?:a )?numbers?|ganzzahl|entero|entier|intval|Number"),
    ("float", r"float(?:ing)?|double|decimal|to_f|fließkommazahl|gleitkommazahl|flottant|flotante"),
    ("str", r"str(?:ing)?|toString|to_s|as (?:a )?text|Sprintf|itoa|strval|text formatting"),
    ("ord", r"ord|charCodeAt|code ?point|character code|fromEnum"),
    ("chr", r"chr|fromCharCode|character (?:of|with) (?:the|that) code|toEnum"),
    ("pop", r"pop(?:s|ped|Last|back)?|pop_back|removeLast|remove(?:s|d)?|delete(?:s|d)?|take (?:it |one )?off|entfern\w*|quit[ae]\w*|retire"),
    ("zip", r"zip(?:ped|s|With|3)?|in step|side by side"),
    ("any", r"any|some|exists|irgendein\w*|algún|aucun"),
    ("all", r"all|every(?=\()|alle|todos|tous|none of"),
    ("slice", r"slice[sd]?|first (?=\w+ (?:elements|items|of))|rest of|the rest|take|Take|take\(|limit|array_slice|subList|prefix|drop|the first \w+|die ersten|los primeros|les \w* ?premiers|up to position"),
    ("return", r"returns?|returned|result is|answer is|the result|output|outputs?|give (?:it )?back|hand(?:s)? back|gib|gibst|zurück|devuelve\w*|devolver|devuelv\w+|regresa|renvo\w+|retourn\w+|send back|at the end comes"),
    ("yield", r"yield\w*|hand(?:s|ed)? out|emit"),
    ("continue", r"continue|skip\w*|next one|go on to the next|leave (?:it|them) out|überspring\w*|salta|pasa al siguiente|passe au suivant"),
    ("break", r"break|stop the loop|leave the loop"),
    ("raise", r"raise[sd]?|throw[sn]?|valueerror|exception|lanza|lève|wirf|wirft"),
    ("empty", r"empty|leere?[nrms]?|vac[ií][oa]s?|vide|ArrayList|HashMap|HashSet|StringBuilder|Map|Dictionary|make|mutable\w+|character\(0\)|c\(\)|list\(\)"),
    ("none", r"none|null|nil|undefined|nothing|nichts|nada|rien"),
    ("loop", r"for|foreach|loop\w*|each|every|iterate\w*|(?:go|walk|run|step)(?:s|ing)? (?:\w+ )?(?:through|over|along)|look at (?:each|every)|repeat|times do|map|filter|reduce|while|as long as|until|schleife|jede[snrm]?|für|gehst? .{0,30}?durch|durchlauf\w*|solange|wiederhol\w*|bucle|recorre\w*|cada|mientras|repite|boucle|chaque|tant que|parcour\w+|one (?:by|at a|after)|foldl'?|foldr|select|Where|Select"),
    ("if", r"if|when|whether|unless|check|guard|where|Where|filter|case|only (?:those|if)|wenn|falls|ob|si|cuando|quand|lorsque"),
    ("self", r"itself|recurs\w*|recursion|sich selbst|sí mism[oa]|elle-même|lui-même"),
)  # fmt: skip
#: Signs, which are read in code alone.
_SIGNS: tuple[tuple[str, str], ...] = (
    ("skip", r"=>|->|<<-|<-|::|#\{"),
    ("eq", r"[=!]==?(?!=)(?<!^=)|(?<![<>=!:+\-*/%])={2,3}|!=|/=|≠"),
    ("order", r"[<>]=?(?![<>\-])|≤|≥"),
    ("add", r"\+\+|\+=|\+|<<|\.="),
    ("sub", r"--|-=|-|−"),
    ("mul", r"\*=|\*|×"),
    ("mod", r"%%|%="  "|%"),
    ("div", r"//|/=|/(?![*/])|÷"),
    ("else_if", r"\?(?=[^?.:]*:)"),
    ("empty", r"\[\]|\{\}|\"\"|''"),
)  # fmt: skip
_WORD_PART = "|".join(f"(?P<{fact}>{pattern})" for fact, pattern in _WORDS)
_SIGN_PART = "|".join(f"(?P<sign_{place}>{pattern})" for place, (_, pattern) in enumerate(_SIGNS))
_NUMBER_PART = rf"(?P<digits>(?<![\w.])\d+(?:\.\d+)?(?!\w))|(?P<spoken>\b(?:{'|'.join(_NUMBER_WORDS)})\b)"
_CODE = re.compile(
    rf"(?P<text>\"[^\"\n]*\"|'[^'\n]*')|(?<![A-Za-z])(?:{_WORD_PART})(?![a-z])|{_NUMBER_PART}|{_SIGN_PART}",
    re.IGNORECASE,
)
_PROSE = re.compile(rf"(?P<text>\"[^\"\n]*\")|(?<!\w)(?:{_WORD_PART})(?!\w)|{_NUMBER_PART}|{_SIGN_PART}", re.IGNORECASE)


def facts_said(text: str, is_code: bool) -> list[str]:
    """The steps that a text names, in its order. In prose a sign counts between blanks only."""
    found: list[str] = []
    for match in (_CODE if is_code else _PROSE).finditer(text):
        group = str(match.lastgroup)
        if group == "text":
            found.append(f"text {match[0][1:-1]}" if len(match[0]) > 2 else "empty")
        elif group == "digits":
            found.append(f"number {float(match[0]):g}")
        elif group == "spoken":
            found.append(f"number {_NUMBER_WORDS[match[0].lower()]}")
        elif group.startswith("sign_"):
            fact = _SIGNS[int(group[5:])][0]
            around = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
            if fact == "else_if":
                found += ["if", "else"]
            elif fact != "skip" and (is_code or not around.strip() or fact == "empty"):
                found.append(fact)
        else:
            found.append(group)
    return found
