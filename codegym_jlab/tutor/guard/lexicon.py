# ruff: noqa: E501  (a table of patterns)
"""The words and signs that stand for one step of a program, in prose of six languages and in code of many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from .idioms import CLOSE, OPEN, phrases
from .numerals import in_digits
from .scanning import Scanner

#: One word that stands for several steps.
_SEVERAL: dict[str, tuple[str, ...]] = {
    "enough": ("order", "len"), "even": ("mod", "number 2", "eq", "number 0"), "odd": ("mod", "number 2", "eq", "number 1"), "divisible": ("mod", "eq"), "nought": ("number 0",), "mean": ("sum", "div"),
}  # fmt: skip
_WORDS: tuple[tuple[str, str], ...] = (
    ("nought", r"(?:at|from|with|below|under) (?:nothing|nought|none)|nought|naught|(?:the )?first (?:letter|character|sign)(?! of (?:each|every))|(?:der|den|das|dem) erste[rsn]? (?:buchstaben?|zeichen)|la primera letra|el primer car[aá]cter|la première lettre|le premier caractère|pierwsz\w+ (?:liter|znak)\w*"),
    ("last", r"(?:the|its|their) last (?!line|step|thing|check|case|time)\w+|letzte[nrms]?(?= \w+ von| element| paar| wert| eintrag)|últim[oa]s? (?:elemento|par|valor)|derni(?:er|ère) (?:élément|paire|valeur)|ostatni\w* (?:element|par)\w*|peekLast|getLast|lastOrNull|end\[-1\]|letzte[nrms]? (?:buchstabe|zeichen)\w*|última letra|último carácter|dernière lettre|dernier caractère|ostatni\w* (?:liter|znak)\w*|ostatniej"),
    ("enough", r"(?:long|short) enough|lang genug|assez long\w*|suficientemente larg\w+|wystarczająco dług\w+"),
    ("odd", r"odd|nieparzyst\w+|ungerade\w*|(?:es|son|números?) impare?s?|(?:est|sont|nombres?) impaire?s?"),
    ("even", r"(?:can be|kann man|puede) (?:halved|shared by two)(?: (?:evenly|exactly|without \w+ (?:being )?left(?: over)?))?|even|parzyst\w+|gerade (?=(?:zahl|ist|,))|ist gerade|(?:es|son|números?) pare?s?|(?:est|sont|nombres?) paire?s?"),
    ("divisible", r"divisible|podzieln\w+|dzieli się(?= przez)|teilbar|divisibles|multiples? of|vielfache[sn]? von|múltiplos? de|multiples? de|wielokrotności\w*"),
    ("mean", r"means?|averages?|mittelwerte?|durchschnitte?|promedios?|moyennes?|średni\w+|AVG"),
    ("median", r"median\w*|mediana|médiane"),
    ("group", r"group(?:s|ed|ing)?[ _]?by|groupBy|GroupBy|group\w*|partition by|gruppier\w*|agrup\w+|regroup\w*|grupuj\w*|pogrupuj\w*"),
    ("unique", r"(?:make )?(?:an? |the |another )?sets? (?:out )?(?:of|from)|duplicate[sd]?|distinct|unique|row_number|uniq|doppelte\w*|duplicad\w+|doublons?|duplikat\w*|first (?:row |one )?(?:per|of each|for each)|(?:an? |the |make )?sets? of|(?:in)?to a set|toSet|to_set|HashSet|collect\(Collectors\.toSet\(\)\)|eine menge|un conjunto|un ensemble|zbiór"),
    ("missing", r"dropna|isnull|isna|notna|is null|is not null|missing|fehlende\w*|faltante\w*|manquant\w*|brakując\w+|is\.na"),
    ("fill", r"fillna|coalesce|fill(?:s|ed)?(?: in)?|füll\w*|rellen\w+|remplis\w*|wypełni\w*"),
    ("merge", r"merge[sd]?|left join|inner join|match up|join(?= \w+ (?:on|using)\b)"),
    ("isalnum", r"isalnum|is_?alphanumeric|alphanumeric|isLetterOrDigit|letters? or (?:a )?digits?|buchstaben? oder (?:eine )?ziffer|letra o (?:un )?d[ií]gito|lettre ou (?:un )?chiffre|liter[aąyę] (?:lub|albo) cyfr[aąyę]|letters? and digits?|buchstaben? und ziffern?|letras? y (?:los )?d[ií]gitos?|lettres? et (?:les )?chiffres?"),
    ("isdigit", r"isdigit|is_?numeric|(?:only|all|just|nothing but) (?:of )?digits|digits only|nur (?:aus )?ziffern|s[oó]lo d[ií]gitos|sam(?:e|ych) cyfr\w*|tylko (?:z )?cyfr\w*|fait\w* de chiffres|(?:hech[oa]s? de|son) (?:dígitos|cifras)|(?:besteht )?aus ziffern|(?:made|consists?) of digits|composed of digits"),
    ("else", r"else|otherwise|elif|elsif|elseif|in all other cases|in any other case|orelse|if not,|sonst|ansonsten|andernfalls|si no|sino|sinon|or else|default|w przeciwnym (?:razie|wypadku)|inaczej|en otro caso|de lo contrario|dans le cas contraire|im anderen fall"),
    ("order", r"(?:less|smaller|lower|fewer|greater|larger|bigger|higher|more|longer|older|younger) than|below|under|above|over \d+|at least|at most|exceeds?|strictly (?:larger|smaller)|(?:or|up to) (?:more|less)|beats|kleiner(?: als)?|größer(?: als)?|mindestens|höchstens|unter|über \d+|menor(?: que)?|mayor(?: que)?|al menos|como mucho|inférieure? à|supérieure? à|au moins|au plus|plus (?:grande?|petite?) que|mniejsz\w+(?: (?:niż|od|lub równ\w+))?|większ\w+(?: (?:niż|od|lub równ\w+))?|poniżej|powyżej|co najmniej|co najwyżej|przekracza|übersteigt|größer|kleiner|dépasse|supera|plus (?:petit|grand)e? (?:que|ou)"),
    ("eq", r"equals?(?: to)?|(?:is|are) (?:the )?same(?: as)?|differs?(?: from)?|different from|matches|is (?:exactly )?(?=\d|zero\b|none\b|null\b)|gleich(?: ist)?|ungleich|igual(?: a)?|distint[oa] de|égale?(?: à)?|différente? de|elem|eqv?|równ[aey]\w*|różn\w+ od|tak(?:i|a|ie) sam\w*|coincide|différente? de|verschieden von|exactly (?:that|this|so|as) (?:many|much)|just as (?:many|much)|genau ?so ?viele?|exactamente (?:esa|ese|tant[oa]s)|exactement (?:ce|autant)|dokładnie tyle"),
    ("in", r"(?:is|are|was) (?:not |already |still )*(?:in|one of|among|part of|a key of|a member of|contained in|found in|present in)|(?:not|isn't|aren't) (?:already )?in|contains?|includes?|occurs?(?: in)?|appears? in|membership|notElem|has|vorkommt|enthalten|enthält|contiene|est dans|está en|contient|ContainsKey|containsKey|in_array|array_key_exists|strpos|(?:nie )?(?:jest|występuje|znajduje się|ma)(?: jeszcze| już)? w(?= )|zawiera\w*|(?:ya |todavía |aún )?(?:no )?está(?: ya)? en|(?:déjà )?(?:est |n'est pas |pas encore )dans|noch nicht (?:da|drin|in)|schon (?:da|drin|in)|intersection|schnittmenge|intersección|part wspóln\w+|common to both|intersect\w*|überschneid\w*|(?:es|son) un[oa]s? de|ist ein[esr]{0,2} (?:von|der)|est (?:l'une?|une?) des|jest jedn\w+ z"),
    ("mod", r"mod(?:ulo|ulus)?|remainder|divisionsrest|rest der division|resto|reste|rem|reszt[aęy]\w*|(?:stays|remains|is|bleibt|what is) left over|left ?over|übrig bleibt|sobra|qui reste|zostaje"),
    ("mul", r"times|fois(?! que)|veces|multipl(?:y|ied|ies|ying)(?: by)?|multipliziere?|mal(?= \d)|por(?= \d)|multiplica|multiplie|razy|pomn[oó]ż\w*|mnoż\w*|multiplikation"),
    ("div", r"div(?:ide[sd]?|ided by|ision)?|whole hours|teile|geteilt|divide|divise|intdiv|podziel\w*|dziel(?:isz|ona|ąc|enie)?|divisée?|dividid[ao]|dividierst?|dividiere|halve[sd]?|half of|how many whole|how (?:often|many times) .{1,40}? (?:fits?|goes) (?:in|into)|wie oft .{1,40}? (?:passt|hineinpasst)|cuántas veces|combien de fois|ile razy"),
    ("max", r"max(?:imum)?|maximo|máximo|(?:whichever|what) is (?:larger|greater|bigger)|the (?:larger|greater|bigger|largest|greatest) (?:one )?of|MaxBy|das maximum|die größere|maksimum|(?:największ|większ)\w+ z|le plus grand|el mayor de|das größere von|(?:the )?(?:highest|largest|biggest|greatest)(?! first)|höchste[nrms]?|größte[nrms]?|más alt[oa]|plus haute?(?! que)|najwyższ\w+"),
    ("min", r"min(?:imum)?|mínimo|(?:whichever|what) is (?:smaller|less)|the (?:smaller|lesser|smallest) (?:one )?of|die kleinere|najmniejsz\w+ z|mniejsz\w+ z|le plus petit|el menor de|das kleinere von|(?:the )?(?:lowest|smallest)(?! first)|niedrigste[nrms]?|kleinste[nrms]?|más baj[oa]|plus bas(?:se)?(?! que)|najniższ\w+"),
    ("sum", r"sum(?:s|med)?|add(?:s|ing)? up|add (?:them|all|these)|summe|suma|somme|sum[aęyują]\w*|zsumuj\w*|summiere?\w*|summierst|total(?:s|led)? of|additionne\w*"),
    ("len", r"len(?:gths?)?|length\w*|size|count|number of (?:elements|items|characters|letters|ages)|how many|strlen|längen?|anzahl|longitud|longueur|nombre d'éléments|długoś\w+|ile|taille|tamaño|cuántos|combien|wie viele"),
    ("sorted", r"sort(?:ed|s|ing|By|_by|With|Desc\w*)?|usort|order(?:ed)? by|OrderBy\w*|ThenBy\w*|sortier\w*|ord[eé]n\w*|tri(?:e|é|ée|ées)|p?o?sortuj\w*|posortowan\w+|sortowani\w+|uporządkuj\w*|alphabetical(?:ly)?|arrange"),
    ("reverse", r"revers(?:e|ed|ing)|backwards?|from the (?:end|back|right)|descending|rev|rückwärts|al revés|à l'envers|downto|downTo|OrderByDescending|odwr[oó]\w+|od końca|malejąc\w+|absteigend\w*|descendente|décroissante?|umgekehrt\w*|umdreh\w*|dreh\w* .{1,30} um|desc|largest first|highest first"),
    ("lower", r"lower[- ]?(?:case[sd]?|cased)?|small letters|toLower(?:Case)?|downcase|strtolower|ToLower|kleinschreib\w*|kleingeschrieben\w*|kleinbuchstaben|min[uú]sculas?|minuscules?|casefold|mał(?:e|ych|ymi|ą) liter\w*|klein (?:schreib|geschrieb)\w*|lowered|lc(?= \$)"),
    ("upper", r"upper(?:case[sd]?|cased)?|capital letters|toUpper(?:Case)?|upcase|strtoupper|großschreib\w*|großbuchstaben|may[uú]sculas?|majuscules?|(?:wielk|duż)(?:ie|ich|imi|e|ych|ymi|ą) liter\w*|uc(?= \$)"),
    ("add", r"append(?:s|ed|ing)?|push(?:es|ed|_back)?|adds?|added|adding|plus|increas(?:e[sd]?|ing)|increment(?:s|ed|a|e)?|grows?|goes up|(?:put|place|stick|glue)s? .{1,30}? (?:at the end|behind|onto|into)|insert|plusOne|one more|erhöhe\w*|erhöhst|addiere?\w*|häng\w*|füge?\w*|añad\w+|agrega\w*|suma(?:le|r)|increment[ae]\w*|aument\w+|ajout\w+|augment\w+|concat\w*|put|followed by|dodaj\w*|dodawaj\w*|dodaw\w+|dopisz\w*|dołącz\w*|zwiększ\w*|zähle? .{1,30}? (?:dazu|hinzu)|dazu(?:zählen|rechnen)?|rechne .{1,20}? dazu|anhäng\w*|angehängt|ergänz\w*|un(?:o)? más|addition\w+|leg(?:e|st|t)? .{1,40}? (?:ab|hinein|dazu)|mete|met(?:s|tre)? .{1,20}? dans|añad\w*"),
    ("sub", r"minus|\w+ less(?= |,|\.)(?! than)|subtract(?:s|ed)?(?: from)?|decreas(?:e[sd]?|ing)|decrement\w*|goes down|take(?:s)? away|take .{1,20} off|abzieh\w*|zieh\w* .{1,20} ab|menos|resta\w*|moins|soustra\w*|negative|negated|inferior|odejmij\w*|odejmuj\w*|odję\w+|zmniejsz\w*|rest(?:e|é|ar|ándole)|retranch\w*|ôte\w*|verringer\w*|vermind\w*|reduc[eé]\w*|disminuy\w*|diminu\w*|tak(?:e|es|ing) .{1,40}? away|(?:nimm|nimmst) .{1,40}? weg|odbierz"),
    ("join", r"join(?:ed|s|ToString)?|implode|glued? together|intercalate|concatenate all|verbinde\w*|une(?= (?:los|las|el|todo))|joint|połącz\w*|sklej\w*|złącz\w*|kleb\w* .{1,30}? zusammen|zusammen(?:kleb|setz|füg)\w*|fügst? .{1,30}? zusammen|pega\w*|recolle\w*|colle\w*|junta\w*"),
    ("split", r"split(?:s|ting)?|explode|cut(?:s)? .{1,30}? at(?! both)|words|fields|zerlege\w*|teile .{1,20} (?:am|an)|trenne\w*|divide .{1,20} (?:por|en)|parte|découpe\w*|rozdziel\w*|rozbij\w*|zerteil\w*|zerleg\w*|aufteil\w*|coupe\w*|sépare\w*|corta\w*|separa\w*|na słowa|in wörter|dividel?[aoe]s? en palabras|divide\w* en (?:palabras|partes|trozos)"),
    ("strip", r"strip(?:ped|s)?|trim(?:med|s|Matching\w*)?|(?:spaces|white ?space) (?:around|at both ends)|without (?:the )?(?:spaces|punctuation)|quita\w*|enlève|obetnij|oczyść|(?:from|off|at) both (?:ends|sides)|an beiden (?:enden|seiten)|z obu (?:końców|stron)|aux deux (?:bouts|extrémités)|en los extremos|de ambos (?:lados|extremos)|quita\w*"),
    ("get", r"get(?:s|OrDefault|OrElse)?|setdefault|getOrPut|computeIfAbsent|defaults? (?:to|of|value)|fallback|or (?:an )?(?:zero|0|empty list) if|\?\?|pobierz|domyśln\w+|hole?|nimm|standardwert|por defecto|par défaut|look(?:s|ed)? up|(?:or|oder|o|ou|albo|lub) 0(?=[,; ])|anfangs? 0|start(?:s|ing)? (?:at|from) 0"),
    ("items", r"items|entries|pairs|key and value|keys and values|entrySet|einträge|pares|klucz i wartość|pary?|schlüssel und wert|clave y valor|clé et (?:la )?valeur"),
    ("int", r"int(?:eger)?s?|parseInt|Atoi|toInt|to_i|whole numbers?|as (?:a )?numbers?|ganzzahl|entero|entier|intval|Number|liczb\w+ całkowit\w+|ganze zahl(?:en)?|als zahl|en número|en entier"),
    ("float", r"float(?:ing)?|double|decimal|to_f|fließkommazahl|gleitkommazahl|flottant|flotante"),
    ("str", r"str(?:ing)?|toString|to_s|as (?:a )?text|Sprintf|itoa|strval|text formatting"),
    ("ord", r"ord|charCodeAt|code ?point|character code|fromEnum"),
    ("chr", r"chr|fromCharCode|character (?:of|with) (?:the|that) code|toEnum"),
    ("pop", r"pop(?:s|ped|Last|back)?|pop_back|removeLast|remove(?:s|d)?|delete(?:s|d)?|take (?:it |one )?off|entfern\w*|quit[ae]\w*|retire|usuń\w*|zdejmij|lösch\w*|supprim\w*|elimina\w*|enlev\w*"),
    ("zip", r"zip(?:ped|s|With|3)?|in step|side by side"),
    ("any", r"any|some|exists|irgendein\w*|algún|aucun"),
    ("all", r"all|every(?=\()|alle|todos|tous|none of"),
    ("slice", r"slice[sd]?|first (?=\w+ (?:elements|items|of))|rest of|the rest|take|Take|take\(|limit|array_slice|subList|prefix|drop|the first (?=\w)|die ersten|los primeros|les \w* ?premiers|up to position|wycinek|fragment|ausschnitt|teilstück|tranche|rebanada|trozo|window|slices?|all but the (?:first|last)|(?:ohne|bis auf) (?:das|den) letzte[ns]?|tou[ts]e?s? sauf|alles außer|alle außer|everything but|all but|tod[oa]s? menos|wszystk\w+ oprócz|todos menos|substring|sublist|lo que queda|was (?:noch )?übrig\w*|le reste de la liste|desde (?=\w)|à partir d[eu']|ab (?:index|stelle)|from index|from position|without (?:the|its) (?:first|last)(?: and (?:the )?last)?|bez pierwsz\w+(?: i ostatni\w+)?|ohne (?:den|das|die) ersten?(?: und (?:den |das |die )?letzten?)?|sans (?:la|le) premi\w+|sin (?:la|el) primer\w*"),
    ("return", r"returns?|returned|result is|answer is|the result|output|outputs?|give (?:it )?back|hand(?:s)? back|gib|gibst|zurück\w*|devuelve\w*|devolver|devuelv\w+|regresa|renvo\w+|retourn\w+|send back|at the end comes|zwróć|zwracasz?|oddaj\w*|wynikiem jest|wynik to|das ergebnis|le résultat|el resultado|entrega\w*|liefer\w*|hand it back|that is the answer|(?:gives?|hands?|sends?) (?:(?!out\b|the floor\b)\w+ ){1,4}?back"),
    ("yield", r"yield\w*|hand(?:s|ed)? out|emit|gibst? .{1,20}? (?:mit|per) yield|cede"),
    ("continue", r"continue|skip\w*|next one|go on to the next|leave (?:it|them) out|überspring\w*|salta|pasa al siguiente|passe au suivant|pomiń\w*|pomija\w*|przejdź do następn\w+|ignor\w+|geh\w* zum nächsten|sáltat\w+|salta\w*"),
    ("break", r"break|stop the loop|leave the loop|przerwij|brich (?:die schleife )?ab|sal del bucle|sors de la boucle"),
    ("raise", r"raise[sd]?|throw[sn]?|valueerror|exception|lanza|lève|wirf|wirft|zgłoś|rzuć|wyjątek|lance[sz]?|lanzas?"),
    ("empty", r"empty|leere?[nrms]?|vac[ií][oa]s?|vide|ArrayList|HashMap|HashSet|StringBuilder|Map|Dictionary|make|mutable\w+|character\(0\)|c\(\)|list\(\)|pust(?:a|ą|e|y|ego|ej|ych)|there (?:is|are) no|no (?:letters?|elements?|items?|words?|parts?|values?) (?:is|are)? ?left|none is left|numeric\(0\)|'\(\)|my [%@]\w+(?=;)|il n'y a (?:rien|aucun\w*)|no hay (?:nada|ning\w+)|gibt es kein\w*|nie ma"),
    ("none", r"none|null|nil|undefined|nothing|nichts|nada|rien|nic"),
    ("loop", r"for|foreach|loop\w*|each|every|iterate\w*|(?:go|walk|run|step)(?:s|ing)? (?:\w+ )?(?:through|over|along)|look at (?:each|every)|repeat|times do|map|filter|reduce|while|as long as|until|schleife|jede[snrm]?|für|gehst? .{0,30}?durch|durchlauf\w*|solange|wiederhol\w*|bucle|recorre\w*|cada|mientras|repite|boucle|chaque|tant que|parcour\w+|one (?:by|at a|after)|foldl'?|foldr|select|Where|Select|dla każd\w+|dopóki|pętl\w+|po kolei|każd(?:y|ego|ej|e|ą|a|ym)|wszystki\w+|foreach\w*|forEach\w*|sapply|lapply|vapply|seq_along|seq_len|nacheinander|der reihe nach|uno por uno|l'un après l'autre|alle[nr]? (?=\w+ durch)|one at a time|all (?:the )?\w+ in turn|cond|comprehension|forever|endlessly|without end|again and again|over and over|für immer|immer wieder|ohne ende|sin (?:fin|parar)|sans (?:fin|arrêt)|bez końca|w kółko"),
    ("if", r"if|when|whether|unless|check|guard|where|Where|filter|case|only (?:those|if)|wenn|falls|ob|si|cuando|quand|lorsque|jeśli|jeżeli|gdy|czy|else-?if|unless|provided(?: that)?|siempre que|pourvu que|sofern|nur (?:die|wenn|jene|solche)|sólo (?:los|las|si)|solo (?:los|las|si)|seulement|uniquement|tylko (?:te|jeśli|ci|gdy)|keep(?:s|ing)? (?:only|just|the ones|those)|throw away|cond|whenever|in case|whoever|(?:every(?:body|one)|those|the ones|any(?:body|one)) (?:who|that|which)|diejenigen|(?:los|las) que|celles? qui|ceux qui|(?:te|ci|tych), któr\w+"),
    ("self", r"itself|(?:what )?the function gives|the (?:same )?function again|the same function|recurs\w*|recursion|sich selbst|sí mism[oa]|elle-même|lui-même|sam\w* siebie|rekuren\w+|rekursi\w+|récursi\w+|recursiv\w+|(?:do|does|ask|asks) (?:itself|the same (?:with|for|to|of))|the same (?:question|thing|game) (?:for|with|of|again)|dasselbe (?:mit|für)|lo mismo (?:con|para)|la même chose (?:avec|pour)|to samo (?:z|dla)|(?:też|również|także) jest|ist (?:auch|ebenfalls) ein|es también un|est aussi un|is (?:also|likewise) an?"),
)  # fmt: skip
#: Chinese, which has no blanks between words.
_JOINED: tuple[tuple[str, str], ...] = (
    ("return", r"返回"), ("loop", r"循环|遍历|每(?:一)?(?:个|次|行|对|项)|逐个|依次|只要|当(?=.{1,20}时)"), ("else", r"否则|不然"),
    ("if", r"如果|若|是否|只(?:保留|留下?|要那些)"), ("eq", r"不?等于|相等|相同|不同|一样"), ("order", r"大于(?:等于)?|小于(?:等于)?|超过|至少|至多|低于|高于|不到"),
    ("mean", r"平均"), ("sum", r"求和|总和|之和|加起来"), ("max", r"最大|较大"), ("min", r"最小|较小"),
    ("add", r"追加|添加|增加|加(?:到|上|入|进)?|放(?:进|入|到)"), ("sub", r"减(?:去|少)?"), ("mul", r"乘以?"), ("mod", r"余数|取余|取模|整除(?=于|的)|能被"),
    ("div", r"整?除以|整除"), ("even", r"偶数"), ("odd", r"奇数"), ("len", r"长度|个数|多少个"), ("sorted", r"排序|排好"), ("reverse", r"反转|倒序|降序|倒过来|从后往前|从右往左"),
    ("lower", r"小写"), ("upper", r"大写"), ("join", r"连接|拼接|拼成|连起来|合并"), ("split", r"分割|拆分|切分|拆成|分成"), ("strip", r"首尾|两端"),
    ("get", r"默认值?|没有(?:就|则|的话)|取出"), ("in", r"不?在.{1,12}?(?:里|中)(?!间)|包含|已经有|出现过"), ("empty", r"空(?:的)?(?:列表|字典|字符串|集合)?"),
    ("yield", r"产出"), ("continue", r"跳过"), ("break", r"跳出|退出循环"), ("raise", r"抛出"), ("slice", r"切片|前.{1,3}个|子串|子列表"), ("self", r"调用自己|调用自身|递归"),
    ("pop", r"删除|移除|弹出|删掉"), ("int", r"整数|转成数字|变成数字"), ("group", r"分组"), ("unique", r"去重|重复"),
)  # fmt: skip
#: Signs, which are read in code alone.
_SIGNS: tuple[tuple[str, str], ...] = (
    ("last", r"\[-1\]|\[\^1\]|\[\w+(?:\.\w+)*(?:\.(?:length|size|Count|count)(?:\(\))?) ?- ?1\]|\.last\b|\.back\(\)|\.at\(-1\)"),
    ("skip", r"\|>|%>%|my %|\\%|=>|->|<<-|<-|::|#\{"),
    ("eq", r"[=!]==?(?!=)(?<!^=)|(?<![<>=!:+\-*/%])={2,3}|!=|/=|≠"),
    ("order", r"[<>]=?(?![<>\-])|≤|≥"),
    ("add", r"\+\+|\+=|\+|<<|\.="),
    ("sub", r"--|-=|-|−"),
    ("mul", r"\*=|\*|×"),
    ("in", r"%in%"),
    ("div", r"%/%"),
    ("mod", r"%%|%="  "|%"),
    ("div", r"//|/=|/(?![*/])|÷"),
    ("else_if", r"\?(?=[^?.:]*:)"),
    ("empty", r"\[\]|\{\}|\"\"|''"),
    ("slice", r"\[(?=[^\[\]\n]*(?:[^:\[]:(?![:=])|\.\.)[^\[\]\n]*\])"),
)  # fmt: skip
#: Accents move when words grow (añade, añádelo), so they count for nothing.
_BARE = str.maketrans("áàâéèêëíìîïóòôúùûç", "aaaeeeeiiiiooouuuc")
#: A letter before or after which no word begins or ends; Chinese ones have no such bounds.
#: Without regard to case each such class would take milliseconds to compile.
_LETTER, _HAN = r"(?-i:[^\W\u4e00-\u9fff])", r"(?-i:[\u4e00-\u9fff])"
_NUMBER_PART = ("digits", r"\d+(?:\.\d+)?", r"(?<![A-Za-z0-9_.])", r"(?![A-Za-z0-9_])")
_JOINED_PARTS = [(f"joined_{place}", pattern, "", "") for place, (_, pattern) in enumerate(_JOINED)]
_SIGN_PARTS = [(f"sign_{place}", pattern, "", "") for place, (_, pattern) in enumerate(_SIGNS)]
_PHRASES = phrases()


@cache
def _scanner(is_code: bool) -> Scanner:
    """What looks for all of this; in code words and signs alone, under other bounds."""
    bounds = (r"(?<![A-Za-z])", r"(?![a-z])") if is_code else (f"(?<!{_LETTER})", f"(?!{_LETTER})")
    words = [(fact, pattern.translate(_BARE), *bounds) for fact, pattern in _WORDS]
    common = [*words, *_JOINED_PARTS, _NUMBER_PART, *_SIGN_PARTS]
    if is_code:
        return Scanner([("text", r"\"[^\"\n]*\"|'[^'\n]*'", "", ""), *common], "[A-Za-z]+")
    loose = f"(?:(?<!{_LETTER})|(?={_HAN}))", f"(?:(?!{_LETTER})|(?<={_HAN}))"
    said = [(f"phrase_{place}", pattern.translate(_BARE), *loose) for place, (_, pattern) in enumerate(_PHRASES)]
    named = [("name", rf"{OPEN}\w+{CLOSE}", "", ""), *said, ("text", r"\"[^\"\n]*\"", "", "")]
    return Scanner([*named, *common], f"{_LETTER}+")


#: Letters named one after another, which are a text together.
_LETTERS = re.compile(
    r"(?<!\w)[\"'`]?[a-zA-Z][\"'`]?(?:, ?[\"'`]?[a-zA-Z][\"'`]?(?!\w)){2,}(?:,? (?:or|and|o|u|y|e|oder|und|ou|et|lub|albo|i) [\"'`]?[a-zA-Z][\"'`]?(?!\w))?"
)


def _spelled_out(found: re.Match[str]) -> str:
    letters = re.findall(
        r"(?<!\w)[a-zA-Z](?!\w)", re.sub(r" (?:or|and|o|u|y|e|oder|und|ou|et|lub|albo|i) (?=\S)", " ", found[0])
    )
    return '"' + "".join(letters) + '"'


#: What numbers the items of a list, or stands before them: no sums, and no numbers.
_ITEM = re.compile(
    r"^[ \t>]*(?:(?:[-*+•‣◦]|\(?\d{1,2}[.):]|\(?[a-h]\)|(?:step|schritt|paso|étape|krok|line|zeile|第) ?\d{1,2} ?[步行]?[.:)]?)[ \t]*)+(?=\D)",
    re.IGNORECASE | re.MULTILINE,
)
_HAN_DIGITS = {word: value for value, word in enumerate("零一二三四五六七八九十")} | {"两": 2}
_HAN_NUMBER = re.compile(
    r"([一二两三四五六七八九])?百|([一二两三四五六七八九])?十([一二三四五六七八九])?|[零两二三四五六七八九]|一(?![个行次遍样起直旦定些下种条项步点边句字列])"
)


def _han_number(found: re.Match[str]) -> str:
    if "百" in found[0]:
        return str(100 * _HAN_DIGITS.get(found[1] or "一", 1))
    if "十" in found[0]:
        return str(10 * _HAN_DIGITS.get(found[2] or "一", 1) + _HAN_DIGITS.get(found[3] or "零", 0))
    return str(_HAN_DIGITS[found[0]])


def _in_words(text: str) -> str:
    """Prose without what numbers its lists, its numbers in digits."""
    text = _HAN_NUMBER.sub(_han_number, in_digits(_ITEM.sub("", text)))
    return _LETTERS.sub(_spelled_out, text)


def facts_said(text: str, is_code: bool) -> list[str]:
    """The steps that a text names, in its order. In prose a sign counts between blanks only."""
    return list(_facts_said(text, is_code))


@lru_cache(maxsize=512)
def _facts_said(text: str, is_code: bool) -> tuple[str, ...]:
    found: list[str] = []
    whole = text if is_code else _in_words(text)
    text = whole.translate(_BARE)
    for name, start, end in _scanner(is_code).scan(text):
        if name == "mean" and is_code and text[end : end + 1] != "(":
            continue  # a name
        found += _facts(name, whole[start:end], text[start - 1 : start] + text[end : end + 1], is_code)
    return tuple(found)


def _facts(name: str, said: str, around: str, is_code: bool) -> Sequence[str]:
    """The facts of one thing found; `around` are the characters beside it."""
    kind, _, place = name.partition("_")
    if name == "text":
        return [f"text {said[1:-1]}" if said[1:-1] else "empty"]
    if name == "digits":
        return [f"number {float(said):g}"]
    if name == "name":
        return [f"name {said[1:-1]}"]
    if kind == "phrase":
        return _PHRASES[int(place)][0]
    if kind == "sign":
        fact = _SIGNS[int(place)][0]
        if fact == "else_if":
            return ["if", "else"]
        is_read = is_code or not around.strip() or fact in ("empty", "last")
        return [fact] if fact != "skip" and is_read else []
    fact = _JOINED[int(place)][0] if kind == "joined" else name
    return _SEVERAL.get(fact, (fact,))
