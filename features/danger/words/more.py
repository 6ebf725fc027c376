"""The first ten words of danger in languages that are otherwise not covered: they escalate, and the rest goes to a
person."""

from typing import Final

from features.danger.lexicon import Words

_FIRST: Final = {
    "sv": ("eldsvåda brinner rök rökutveckling", "gaslukt gasläcka luktar", "instängd fastklämd",
    "explosion blöder medvetslös skadad kortslutning gnistor rånad"),
    "da": ("brænder røg", "gaslugt gaslæk", "fanget indespærret", "eksplosion bløder bevidstløs såret kortslutning "
    "gnister trussel røveri"),
    "no": ("brann ild brenner røyk", "gasslukt gasslekkasje", "innestengt fanget", "eksplosjon blør bevisstløs skadet "
    "kortslutning gnister trussel"),
    "fi": ("tulipalo palaa savua savu liekki liekit", "kaasuvuoto kaasun kaasua", "jumissa loukussa",
    "räjähdys räjähti tajuton loukkaantui kipinöi sähköisku uhkaa ryöstö vaara"),
    "cs": ("požár hoří oheň kouř kouří plameny", "plyn plynu", "uvízl uvězněn zaseknutý", "výbuch krvácí bezvědomí "
    "zraněný zkrat jiskří nebezpečí vyhrožuje loupež"),
    "sk": ("požiar horí oheň dym dymí", "plyn plynu", "uviazol zaseknutý", "výbuch krváca bezvedomí zranený skrat "
    "iskrí nebezpečenstvo vyhráža"),
    "hu": ("tűz ég füst füstöl lángol", "gázszag gázszivárgás", "bennragadt beszorult", "robbanás vérzik eszméletlen "
    "megsérült rövidzárlat szikrázik veszély fenyeget"),
    "hr": ("požar gori vatra dimi", "plina plin", "zaglavljen zarobljen", "eksplozija krvari onesvijestio ozlijeđen "
    "iskri opasnost prijeti"),
    "id": ("kebakaran terbakar", "bocor", "terjebak terkunci", "ledakan meledak berdarah pingsan terluka korsleting "
    "tersetrum bahaya mengancam perampokan"),
    "tl": ("sunog apoy usok nasusunog", "tagas", "naipit nakulong", "sumabog pagsabog dumudugo nahimatay nasugatan "
    "nakuryente panganib banta"),
    "sw": ("moshi unaungua", "gesi", "amekwama", "mlipuko damu amezimia amejeruhiwa hatari umeme"),
    "so": ("qiiq gubanaya", "gaaska", "xayiran", "qarax dhiig dhaawac khatar koronto"),
    "sq": ("zjarr tym digjet flakë", "gazi", "bllokuar", "shpërthim gjak lënduar rrezik"),
    "el": ("φωτιά πυρκαγιά καπνός καίγεται φλόγες", "αέριο διαρροή", "εγκλωβίστηκε παγιδευμένος",
    "έκρηξη αίμα αναίσθητος τραυματίας βραχυκύκλωμα κίνδυνος"),
    "bg": ("пожар гори огън дим", "изтичане", "заклещен заседнал", "експлозия кърви припадна ранен искри опасност"),
    "lt": ("gaisras dega dūmai ugnis", "dujos dujų", "įstrigo", "sprogimas kraujuoja sužeistas pavojus"),
    "ur": ("آگ دھواں", "گیس", "پھنس", "دھماکہ خون زخمی خطرہ"),
    "fa": ("آتش دود حریق", "گاز نشت", "گیر", "انفجار خون زخمی خطر"),
    "he": ("אש שריפה עשן", "גז", "תקוע לכוד", "פיצוץ דם פצוע סכנה"),
}  # fmt: skip
_GLUED: Final = {
    "ja": "火事 火災 煙 燃え 焦げ ガス漏れ ガス臭 閉じ込め 爆発 感電 漏電 火花 怪我 けが 倒れ 出血 意識 停電 危険 助けて 強盗 ナイフ 脅",
    "ko": "화재 불이 불났 연기 타는 가스 갇혔 갇힌 폭발 감전 스파크 다쳤 부상 쓰러 피가 의식 위험 살려 강도 칼 협박",
    "th": "ไฟไหม้ ไหม้ ควัน แก๊ส ก๊าซ ติดอยู่ ติดใน ระเบิด ไฟดูด ไฟฟ้าดูด ประกายไฟ บาดเจ็บ เลือด หมดสติ อันตราย "
    "ช่วยด้วย ปล้น มีด",
    "bn": "আগুন ধোঁয়া গ্যাস আটকে বিস্ফোরণ আহত রক্ত বিপদ",
    "ta": "தீ புகை எரிவாயு சிக்கி வெடிப்பு காயம் ஆபத்து",
    "pa": "ਅੱਗ ਧੂੰਆਂ ਗੈਸ ਫਸ ਧਮਾਕਾ ਜ਼ਖਮੀ ਖ਼ਤਰਾ",
}  # fmt: skip

_KINDS: Final = ("smoke_fire", "gas_leak", "entrapment", "unsafe")
MORE: Final = (
    *(
        Words(language=language, concepts={}, dangers={kind: words.replace(" ", "\n") for kind, words in zip(_KINDS,
        lists, strict=True)}, accents_matter=True)
        for language, lists in _FIRST.items()
    ),
    *(
        Words(language=language, concepts={}, dangers={"unsafe": words.replace(" ", "\n")}, written_without_blanks=True)
        for language, words in _GLUED.items()
    ),
)  # fmt: skip
