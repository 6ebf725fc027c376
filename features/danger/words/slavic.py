"""Polish, Russian and Ukrainian words of danger."""

from typing import Final

from features.danger.lexicon import Words

POLISH: Final = Words(
    language="pl",
    concepts={
        "PERSON": "klient* osob* dziec* pracowni* koleg* koleżan* pani pan kobiet* mężczyz* ktoś kogoś ludzie ludzi "
        "niemowl* starsz* kasjer* kierowc* szef*",
        "PLACE": "wind* chłodni* zamrażar* mroźni* toalet* łazien* chłodz* komor*",
        "WIRE": "przewod* przewód kabel kabl* drut*",
        "ELECTRIC": "gniazd* rozdziel* prąd* elektr* skrzynk* bezpieczni* tablic*",
        "WATER": "woda wody leje kapie cieknie zalew* deszcz przecieka",
        "ABOVE": "sufit* dach* regał* półk* ścian* lamp* szyld* stelaż* belk*",
        "STUCK": "utkn* utknęł* zamknięt* uwięzi* zatrzasn* zaklinowan* zakleszcz* przytrzasn* uwięzion*",
    },
    dangers={
        "smoke_fire": "dym|dymi|dymu|zadymi*|dymem\npożar*|ogień|ognia|płomie*\npali ~1 się\npalą "
        "się\npłonie|płonąc*|spalenizn*|swąd|tli\nstraż ~2 pożarn*\nnadpal*|stopion*|stopił* ~4 "
        "gniazd*|wtyczk*|kabel|kabl*\newaku*",
        "gas_leak": "gaz|gazu|gazem ~4 "
        "czuć|śmierdz*|pachnie|zapach|smród|wyciek*|ulatnia*|uchodzi|nieszczeln*\nczad|czadu\ntlenek węgla",
        "explosion": "wybuch*|eksplo*|huk",
        "electrical": "iskr*|zwarci*|poraż*\nłuk elektryczny\nkop* ~3 prąd*|mnie\nprąd ~3 "
        "kop*|poraz*\ngoł*|odsłonięt*|wisz*|odizolowan*|wystaj* ~3 WIRE\nWATER ~4 ELECTRIC",
        "entrapment": "STUCK ~4 PERSON\nSTUCK ~4 PLACE\nnie ~3 wyjść",
        "collapse": "zawala*|zawalił*|wali ~1 się\nzawali*|runą*|runęł*|oberwa*|zarwa*\nspad*|przewr*|odpad*|pęk* ~4 "
        "ABOVE\nzaraz|grozi|może ~4 spad*|przewr*|zawal*|runie",
        "glass": "rozbit*|stłucz*|pęknięt*|zbit*|wybit* ~3 szyb*|szkł*|okn*|witryn*\nodłamk*",
        "injury": "potrąc*|przejecha*|najecha*|przygni* ~5 PERSON\nwóz*|wózk* ~2 widłow* ~5 "
        "przewróc*|przewrac*|uderz*|najecha*|potrąc*\nrann*|zrani*|krwaw*|krew|nieprzytomn*|zemdl*|zasłab*|przytomno*|pogotow*|karetk*|poparz*|wypadek|zawał|drgawk*|dusi|martw*\npoślizgn*|upad*|przewróci* "
        "~5 PERSON\npoślizgn*\nskalecz*|rozci*|ucię*|obcię*\nnie ~2 oddycha\nzawrot* ~2 głow*\nwymiot*",
        "trip": "śliz*|ślisko|gołoledź|oblodz*",
        "chemical": "amoniak*|trują*|toksycz*|zatru*|chemikal*\nkwas* ~3 rozla*|wyciek*|wyla*\nczynnik* ~3 chłodnicz* "
        "~4 wyciek*\nkaszl*",
        "egress_blocked": "wyjści*|drog* ~3 ewakuacyjn*|awaryjn* ~4 zablokow*|zastawi*|zamknięt*|zamkni*|nie",
        "flood": "zalan*|zalewa|zalało|powód*|ściek*|fekali*\npękł*|pęknięt* ~3 rur*",
        "violence": "nóż|nożem|pistolet|broń|bronią|maczet* ~5 PERSON|z|ma|grozi\ngroz*|grozi* ~3 "
        "PERSON|mi|nam|śmierci*|bomb*\nnapad*|rabun*|złodziej*|włama*|bomb*|strzela*|strzał*|zakładni*|pobi*|atak*",
        "unsafe": "niebezpiecz*|zagroż*|pomocy|ratunku",
        "contamination": "salmonell*|listeri*|skażon*|zanieczyszcz*|robaki",
        "recall": "wycof* ~4 produkt*|parti*|sprzedaż*|rynk*",
    },
    harmless="czujni* ~2 dymu ~6 bateri*|wymian*|test*\nbateri* ~4 czujni* ~2 dymu\nalarm* ~2 pożar* ~4 "
    "test*|zaliczon*|przegląd*\ntest* ~3 alarm* ~2 pożar*\nżarówk*|lamp* ~3 przepal*\nprzepal* ~3 żarówk*|lamp*\nzakaz "
    "palenia",
    denials="nie brak bez żadnego żadnych ani",
    common="w na z ze do od i nie jest są się za przy po dla o lub ale który mam nas brak zepsute zużyta drzwi światło "
    "woda sklep biuro alejce żarówka przepalona kapie kranu skrzypią wymiana baterii przegląd papieru drukarce "
    "klimatyzacja hałasuje kółko wózku pomalować ścianę uszczelka lodówce lodówką tabliczka odpadła",
)

_EAST: Final = "в на с и не у от за из по к под над около для что это есть там был очень"

RUSSIAN: Final = Words(
    language="ru",
    concepts={
        "PERSON": "покупател* клиент* человек люд* ребен* дет* сотрудни* работни* коллег* женщин* мужчин* девочк* "
        "мальчик* кто-то продав* кассир* бабушк* водител* охранник* он она",
        "PLACE": "лифт* морозил* холодил* камер* туалет* эскалатор*",
        "WIRE": "провод* кабел*",
        "ELECTRIC": "электр* розетк* щит* проводк* ток током автомат* удлинител*",
        "WATER": "вод* льет* капает теч* протечк* дожд* затопи*",
        "ABOVE": "потолок* потолк* крыш* стеллаж* полк* стен* вывеск* плит* светильник* балк*",
    },
    dangers={
        "smoke_fire": "дым|дыма|дымит*|дымом|задымлен*|дымок\nпожар|пожара|пожаре|горит|горят|горело|загорел*|огонь|огня|огнем|пламя|пламен*|полыха*|возгоран*|тлеет|вспыхн*\nгарь|гари|гарью|горелым|жжен*|паленым\nоплав*|расплав* "
        "~3 розетк*|провод*|вилк*\nэваку*",
        "gas_leak": "газ|газа|газом ~4 пахн*|запах*|воня*|утечк*|шип*|чувств*\nугарн* ~1 газ*",
        "explosion": "взрыв*|взорв*|рванул*|хлопок",
        "electrical": "искр*|замыкан*|коротит\nудар* ~3 ток*\nбьет|бьется|ударило ~3 ток*\nтоком\nогол*|торч*|свис* ~3 "
        "WIRE\nWATER ~4 ELECTRIC",
        "entrapment": "застрял*|заперт*|зажал*|закрыл*|прищем*|заблокирован* ~4 PERSON\nзастрял*|заперт* ~4 PLACE\nне "
        "~3 выйти|выбраться",
        "collapse": "обруш*|обвал*|рухн*\nпада*|упал*|упадет|свалил*|накренил*|отвал* ~4 ABOVE|PERSON\nвот ~2 "
        "упадет|рухнет",
        "glass": "разби*|лопн*|трес* ~3 стекл*|окн*|витрин*\nосколк*",
        "injury": "сбил*|наехал*|задавил*|переехал*|придавил* ~4 PERSON\nпогрузчик* ~5 "
        "сбил*|наехал*|задавил*|переехал*|ударил*|придавил*|перевернул*|врезал*\nтравм*|ранен*|рана|кровь|крови|кровоточ*|истека*|сознани*|обморок*|скорую|скорая|ожог*|ошпар*|погиб*|умер*|инфаркт*|судорог*|задыха*|пострадал*\nпоскользн*|упал* "
        "~4 PERSON\nпоскользн*\nпорез*|отрез* ~3 рук*|пал*\nне ~2 дыш*\nголов* ~2 кружит*\nтошн*|рвот*",
        "trip": "скользк*|гололед*",
        "chemical": "аммиак*|хлор*|ядовит*|токсич*|отрав*\nхими*|кислот*|фреон*|хладагент* ~4 "
        "разли*|утечк*|пролил*|вытек*\nкашля*",
        "egress_blocked": "выход* ~3 аварийн*|запасн*|эвакуац* ~4 "
        "блок*|заблок*|закрыт*|завален*|загромо*|заставлен*|перекрыт*|не\nаварийн*|запасн*|эвакуационн* ~1 выход* ~4 "
        "блок*|заблок*|закрыт*|завален*|загромо*|заставлен*|перекрыт*|не",
        "flood": "затоп*|потоп*|канализац*|наводнен*\nпрорва*|лопн* ~3 труб*",
        "violence": "нож|ножом|пистолет*|оружи*|ружь* ~4 "
        "PERSON|с|угрож*\nугрож*|ограб*|грабе*|грабят|налет*|бомб*|стреля*|выстрел*|заложник*|напал*|нападен*|избил*|бьют|драк*|взлом*\nворуют|вор ~3 сейчас|прямо",
        "unsafe": "опасн*|помогите|спасите|угроза",
        "contamination": "сальмонел*|листери*|заражен*|загрязнен*|черви",
        "recall": "отзыв* ~3 товар*|продук*|парти*",
    },
    harmless="датчик* ~2 дым* ~5 батар*|замен*|тест*\nзамен* ~5 датчик* ~2 дым*\nпожарн* ~2 сигнализ* ~4 "
    "тест*|пройден*|проверк*\nлампоч*|ламп* ~3 перегор*\nне курить",
    denials="нет не без ни никак",
    denials_after="нет",
    common=_EAST
    + " нет ряду лампочка кран капает скрипит дверь заменить батарейку проверка принтере бумаги шумит кондиционер "
    "сломано колесо тележки покрасить стену офисе износился уплотнитель холодильника холодильником отклеилась табличка "
    "курить тест пройден магазин складе кухне свет вода",
)

UKRAINIAN: Final = Words(
    language="uk",
    concepts={
        "PERSON": "клієнт* покуп* люд* дит* працівн* колег* жінк* чоловік* хлоп* дівч* хтось продав* касир* він вона",
        "PLACE": "ліфт* мороз* холодил* камер* туалет* ескалатор*",
        "WIRE": "дрот* кабел* провід провод*",
        "ELECTRIC": "електр* розетк* щит* струм* подовжувач*",
        "ABOVE": "стел* дах* стелаж* полиц* стін* вивіск* балк*",
    },
    dangers={
        "smoke_fire": "дим|диму|димить|задимлен*\nпожеж*|горить|горять|загорі*|вогонь|вогню|полум*|палає|тліє\nгоріл*|гар\nевак*",
        "gas_leak": "газ|газу|газом ~4 пахне|запах*|витік*|витік|смерд*|чути\nчадн*",
        "explosion": "вибух*",
        "electrical": "іскр*|замикан*\nудар*|вдар*|б'є ~3 струм*\nструмом\nоголен*|стирч*|висять ~3 "
        "WIRE\nвод*|ллється|капає|дощ* ~4 ELECTRIC",
        "entrapment": "застряг*|замкн*|зачинен*|затис* ~4 PERSON\nзастряг*|замкн* ~4 PLACE\nне ~3 вийти|вибратися",
        "collapse": "обвал*|завал*|обруш*|впав*|впала|впаде|падає ~4 ABOVE\nобвал*|обруш*|рухн*",
        "glass": "розби*|трісн* ~3 скл*|вікн*\nуламк*|осколк*",
        "injury": "збив|збила|наїха*|переїха*|придави* ~4 PERSON\nнавантажувач* ~5 "
        "збив|наїха*|переїха*|вдари*|перекину*\nтравм*|поранен*|кров*|знепритомн*|непритомн*|швидку|швидка|опік*|загину*|помер*|задих*|постражд*\nпослизн*|впав|впала "
        "~4 PERSON\nпослизн*\nпоріз*|відріз* ~3 рук*|пал*\nне ~2 дих*\nнудот*|паморо*",
        "trip": "слизьк*|ожелед*",
        "chemical": "аміак*|хлор*|отруй*|токсич*|отру*\nхімі*|кислот*|фреон* ~4 розли*|витік*|витек*\nкашля*",
        "egress_blocked": "аварійн*|запасн*|евакуаційн* ~1 вихід* ~4 заблок*|закрит*|завален*|не",
        "flood": "затоп*|потоп*|каналізац*\nпрорва*|лопн* ~3 труб*",
        "violence": "ніж|ножем|пістолет*|зброя|зброєю|зброї ~4 "
        "PERSON|з|погрож*\nпогрож*|пограб*|грабу*|бомб*|стріля*|постріл*|заручник*|напад*|напав|побил*|бійк*",
        "unsafe": "небезпе*|рятуйте|допоможіть|загроза",
        "contamination": "сальмонел*|лістері*|забрудн*",
        "recall": "відклик* ~3 товар*|парті*",
    },
    harmless="датчик* ~2 дим* ~5 батар*|замін*|тест*\nзамін* ~5 датчик* ~2 дим*\nпожежн* ~2 сигналіз* ~4 "
    "тест*|пройден*\nлампоч*|ламп* ~3 перегор*\nперегор* ~3 лампоч*",
    denials="немає нема не без ні",
    denials_after="немає",
    common="в на з і й у від за із по до під над для що це є там не лампочка кран капає скриплять двері замінити "
    "батарейку перевірка принтері немає паперу шумить кондиціонер пофарбувати стіну офісі складі кухні холодильником "
    "магазин",
)
