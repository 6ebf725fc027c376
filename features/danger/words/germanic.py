"""German and Dutch words of danger; many are parts of longer words."""

from typing import Final

from features.danger.lexicon import Words

GERMAN: Final = Words(
    language="de",
    concepts={
        "GAS": "gas gase erdgas propan butan flüssiggas",
        "SMELL": "riecht riechen geruch gerüche stinkt gestank roch",
        "BURNT": "verbrannt* verschmort* angebrannt* schmort verkohlt* geschmolzen* schmilzt versengt* brandig kokelt",
        "SMOKE": "rauch qualm* qualmt raucht verraucht* verqualmt*",
        "FIRE": "feuer ?brand brennt brennen brennend* brannte flamme* *brandgeruch* kabelbrand* *schwelbrand* "
        "entzündet entzündete feuerwehr stichflamme",
        "LEAK": "leck lecks *leckage* austritt ausgetreten ausströmt strömt undicht* entweicht läuft ausgelaufen "
        "austreten ausgeströmt tritt leckt",
        "SHUT_IN": "eingeschlossen* gefangen eingesperrt* eingeklemmt* steckengeblieben festsitz* feststeck* stecken "
        "steckt sitzt eingequetscht*",
        "PLACE": "aufzug fahrstuhl lift kühlzelle kühlraum kühlhaus tiefkühl* gefrierraum gefrierzelle toilette wc "
        "rolltreppe umkleide tiefkühlraum kühlkammer",
        "PERSON": "person personen kunde kunden kundin mitarbeiter* kollege kollegen kollegin kind kinder frau mann "
        "dame herr jemand leute mensch* baby azubi oma opa älter* verkäufer* kassierer* fahrer chef",
        "WIRE": "kabel leitung leitungen draht drähte litze",
        "BARE": "blank blanke blanker offen offene offenes freiliegend* blankes blankliegend* herausgerissen* "
        "abisoliert* hängen hängt",
        "ELECTRIC": "*steckdose* *schaltschrank* *sicherungskasten* *verteiler* strom elektr* *schaltkasten* "
        "sicherung* trafo mehrfachstecker schukostecker *elektroraum*",
        "WATER": "wasser tropft regen nass tropfwasser regenwasser",
        "FALL": "eingestürzt* einsturz* abgestürzt* umgekippt* umgefallen* umzukippen umkippen heruntergefallen* "
        "runtergefallen herabgefallen* gefallen fällt stürzt umstürzen *absturzgefahr* einzustürzen abzustürzen "
        "herunterzufallen runter kippt zusammengebrochen* herausgebrochen*",
        "ABOVE": "*decke* dach regal regale *regal* deckenplatte* wand mauer *lampe* leuchtreklame *platte* vordach "
        "fassade balken leiter gerüst",
        "GLASS": "scheibe scheiben *scheibe* glas glastür fenster spiegel *glasscherben*",
        "BROKEN": "zerbrochen* zersplittert* zersprungen* gesprungen* scherben zerstört* splitter eingeschlagen* "
        "kaputt",
        "EXIT": "*notausgang* *notausgänge* *fluchtweg* *fluchttür* *rettungsweg* *notausgangstür*",
        "BLOCKED": "zugestellt* versperrt* blockiert* verschlossen* abgeschlossen* klemmt verbaut* abgesperrt* geht "
        "zugeparkt* verriegelt*",
    },
    dangers={
        "smoke_fire": "SMOKE\n*rauchentwicklung*|rauchgeruch*|*brandgeruch*|schmorgeruch*|*brandherd*\nFIRE\nSMELL ~4 "
        "BURNT\nes|etwas brennt\nBURNT ~4 *steckdose*|kabel|stecker|*stecker*|sicherung*|plastik\nevakuier*",
        "gas_leak": "*gasgeruch*|*gasleck*|gasaustritt|gasalarm|kohlenmonoxid*|*gasausbruch*\nGAS ~4 SMELL\nGAS ~4 "
        "LEAK\nfaule* eier*\nco ~2 melder|warner ~3 piept|alarm",
        "explosion": "explo*|verpuffung|geplatzt* ~3 kessel|tank|akku|batterie|heizung\nknall",
        "electrical": "funken|funkt|funkenflug|kurzschluss|kurzschluß|*stromschlag*|stromschläge|lichtbogen|elektroschock\nstrom "
        "~2 schlag\nschlag|gewischt ~4 bekommen|strom\nBARE ~3 WIRE\nWATER ~6 ELECTRIC\nwasserschaden ~3 "
        "ELECTRIC\nunter strom|spannung ~4 steht|gehäuse|regal|metall",
        "entrapment": "eingeschlossen*|eingesperrt*|eingeklemmt*|gefangen|eingequetscht* ~6 PERSON\nSHUT_IN ~4 "
        "PLACE\nPERSON ~5 PLACE ~4 fest|stecken|steckt|fest\nkommt|komme|kommen ~4 nicht ~2 "
        "raus|heraus\nhand|arm|finger|fuß|bein|haare ~4 eingeklemmt*|klemmt|steckt|eingequetscht*|eingezogen",
        "collapse": "einsturz*|eingestürzt*|*einsturzgefahr*|*absturzgefahr*|einzustürzen\nFALL ~5 ABOVE\ndroht ~4 "
        "umzukippen|kippen|fallen|stürzen|herunterzufallen|einzustürzen|zusammenzubrechen|abzustürzen|umzufallen\nriss|risse "
        "~4 säule|stütze|träger|balken|tragend*\nFALL ~3 auf ~3 PERSON\n*regal*|*decke*|*stapel*|palette|paletten ~4 "
        "eingeknickt|verbogen|schief|wackelt|kippt|nachgegeben|schwankt",
        "glass": "GLASS ~4 BROKEN\nscherben|glassplitter|glasbruch|*glasscherben*",
        "injury": "angefahren|überfahren|umgefahren ~5 PERSON\n*stapler|*staplers|hubwagen|lkw|ameise ~5 "
        "angefahren|überfahren|gerammt|erfasst|gequetscht|umgefahren|umgekippt|gestreift|PERSON ~5 "
        "angefahren|überfahren|gerammt|erfasst|gequetscht|umgefahren|umgekippt|gestreift|gegen\nverletz*|blut|blutet|bluten|blutend*|bewusstlos*|bewußtlos*|ohnmächtig*|krankenwagen|rettungsdienst|notarzt|sanitäter*|verunglückt*|unfall|tot|verbrüht*\nverbrannt "
        "~4 "
        "hand|arm|gesicht|PERSON\n*arbeitsunfall*|herzinfarkt|krampfanfall|atemnot|erstick*|platzwunde|knochenbruch\nausgerutscht*|gestürzt*|gestolpert*|hingefallen*|umgeknickt* "
        "~6 PERSON\nausgerutscht*|hingefallen*\nPERSON ~4 umgekippt|gefallen|zusammengebrochen\ngeschnitten|schnitt "
        "~4 finger|hand|arm|blutet\nkeine|schlecht|kaum ~2 luft\nschwindlig|schwindelig|übel|kopfschmerzen ~5 "
        "PERSON|geruch|alle|riecht\nerbrech*|übergibt|übergeben ~4 PERSON|alle",
        "trip": "*rutschgefahr*|*stolperfalle*|*stolpergefahr*|*sturzgefahr*|glatteis|rutschig|spiegelglatt|eisglatt|*unfallgefahr*",
        "chemical": "ammoniak*|*ammoniakgeruch*|giftig*|vergift*|giftgas|dämpfe|*chemieunfall*\nsäure ~3 "
        "ausgelaufen|verschüttet|tropft\nkältemittel*|kühlmittel ~4 "
        "LEAK\n*kältemittelaustritt*|kältemittelleck*\nchemikalie*|chlor|säure|batteriesäure|reiniger ~5 "
        "LEAK|ausgelaufen|riecht|geruch|verschüttet|dampf|gemischt|husten\nhusten ~4 kollegen|alle|kunden|leute|wir",
        "egress_blocked": "EXIT ~4 BLOCKED\nEXIT ~3 nicht|lässt",
        "fire_system_impaired": "*brandmeldeanlage*|*sprinkler*|*rauchmelder*|*brandmelder*|*feuerlöscher* ~4 "
        "defekt|ausgefallen|gestört|störung|außer|aus|leer|abgeschaltet|fehlt|fehlen\n*brandmeldeanlage*|*rauchmelder* "
        "~3 schlägt|ausgelöst|alarm",
        "flood": "*rohrbruch*|überschwemm*|überflut*|*wassereinbruch*|abwasser|fäkalien\nunter ~1 "
        "wasser\nrohr|*leitung* ~3 geplatzt*|gebrochen|gerissen\nsteht ~2 unter wasser",
        "violence": "messer|pistole|waffe|bewaffnet*|machete ~6 PERSON|mit|bedroh*|hat|zieht\nbedroh*|droht ~3 "
        "PERSON|mich|uns|umzubringen|gewalt\nüberfall*|überfallen|einbrecher|einbruch|räuber|*bombendrohung*|bombe|geisel*|schießerei|schüsse|angegriffen|schlägerei|randaliert|amok*\ngeschlagen ~3 PERSON\ndiebstahl ~3 gerade|jetzt",
        "unsafe": "gefahr|gefährlich*|lebensgefahr|lebensgefährlich*\nhilfe ~3 hilfe|schnell|notfall\nakute",
        "contamination": "salmonell*|listeri*|verunreinig*|kontamin*|maden|fremdkörper*\nglas|metall|plastik|nadel|*splitter* "
        "~3 im|in|ins ~3 brot|glas|essen|produkt|milch|marmelade|lebensmittel",
        "recall": "*rückruf*|zurückgerufen*",
        "allergen": "allergen* ~4 nicht|fehlt ~3 dekl*|gekennzeichnet|angegeben\nallergische reaktion",
    },
    harmless="*brauch*\n*rauchmeld* ~4 "
    "batterie|wechseln|prüfung|test\nrauchmeld*|feuerlösch*|brandschutz*|brandmeld*|raucher*|feuerzeug*|feuerwerk*|feuerfest*|brandneu*|feuertür*|rauchfrei*\nbrandmelde* ~5 test|prüfung|wartung\ngasdruck*|gasfeder*|gastherme\nglühbirne*|lampe*|birne* ~4 durchgebrannt*\nfeuerwehr ~2 zufahrt\nerste hilfe ~3 kasten|koffer",
    denials="kein keine keinen keiner keinem nicht ohne weder nie",
    denials_after="nicht",
    common="der die das den dem des ein eine einen einem einer und oder ist sind im in am an auf aus bei mit nach von "
    "vor zu zum zur für nicht auch noch nur wir ich es sich hat haben wird bitte seit defekt kaputt tropft tür "
    "quietscht klimaanlage laut drucker toner einkaufswagen defektem rad beleuchtung flackert bürostuhl spülung läuft "
    "fensterreinigung bestellen aschenbecher voll batterie wechseln prüfung fällig gang wasserhahn glühbirne filiale "
    "lager kühltheke",
)

DUTCH: Final = Words(
    language="nl",
    concepts={
        "GAS": "gas aardgas propaan butaan",
        "SMELL": "ruikt ruiken geur geuren stinkt stank lucht",
        "BURNT": "verbrand* verschroeid* geschroeid* gesmolten smelt smeult",
        "SMOKE": "?rook rookt rookontwikkeling *rookgeur* walm qualm",
        "FIRE": "?brand vuur vlam vlammen *brandlucht* *brandgeur* brandt brandend* *kortsluitingsbrand* fik",
        "LEAK": "lek lekt lekkage lekken ontsnapt stroomt lekkende gelekt vrijgekomen",
        "SHUT_IN": "vast opgesloten vastzit* ingesloten bekneld klem vastgelopen",
        "PLACE": "lift vriescel koelcel koeling toilet wc diepvries vriezer roltrap magazijn",
        "PERSON": "klant klanten persoon personen collega* medewerk* kind kinderen mevrouw meneer man vrouw iemand "
        "mensen baby oudere chauffeur bezoeker*",
        "WIRE": "draad draden kabel kabels snoer",
        "BARE": "blote blootliggend* losse bloot gerafeld open kale hangen",
        "ELECTRIC": "*stopcontact* *meterkast* stroom elektr* *schakelkast* zekering* stekker stekkerdoos groepenkast",
        "WATER": "water druppelt regen lekwater nat",
        "FALL": "ingestort* instort* omgevallen omvallen vallen valt gevallen neergekomen kantelt *instortingsgevaar* "
        "bezweken",
        "ABOVE": "plafond* dak stelling* schap schappen muur wand lamp gevel luifel rek",
        "GLASS": "ruit ruiten glas raam ramen glasplaat spiegel",
        "BROKEN": "gebroken kapot gesprongen ingeslagen scherven gebarsten versplinterd",
        "EXIT": "*nooduitgang* *vluchtweg* *vluchtdeur* *nooddeur*",
        "BLOCKED": "geblokkeerd* versperd* dicht afgesloten klemt vol gebarricadeerd op",
    },
    dangers={
        "smoke_fire": "SMOKE\nFIRE\n*brandlucht*|*brandgeur*|schroeilucht\nSMELL ~4 BURNT\nbrandweer\nontruim*|evacu*",
        "gas_leak": "*gaslek*|*gasgeur*|*gaslucht*|koolmonoxide\nGAS ~4 SMELL\nGAS ~4 LEAK\nrotte eieren",
        "explosion": "explo*|ontplof*|knal",
        "electrical": "vonk|vonken|vonkt|kortsluiting|geelektrocuteerd|elektrocutie\nschok|schokken\nBARE ~3 "
        "WIRE\nWATER ~5 ELECTRIC\nonder stroom|spanning ~3 staat",
        "entrapment": "SHUT_IN ~4 PLACE\nopgesloten|bekneld|ingesloten ~5 PERSON\nPERSON ~3 zit|zitten ~1 "
        "vast\nhand|arm|vinger|voet|been ~4 bekneld|klem|vast|tussen\nkan|kunnen ~4 niet ~2 uit|eruit",
        "collapse": "ABOVE ~3 naar beneden|onder\nABOVE|stellage*|pallet|pallets ~4 "
        "scheef|wankel*|doorgebogen|verbogen|wiebelt|zakt|hangt ~1 los\nABOVE ~4 "
        "zakt|verbogen|doorgebogen|scheef\ningestort*|*instortingsgevaar*|instort*\nFALL ~5 ABOVE\ndreigt ~4 "
        "vallen|kantelen|instorten|vallen\nscheur* ~4 kolom|balk|draagmuur",
        "glass": "GLASS ~3 BROKEN\n*glasscherven*|scherven",
        "injury": "aangereden|overreden ~5 PERSON\n*heftruck*|reachtruck|vrachtwagen|palletwagen ~5 "
        "geraakt|aangereden|overreden|gekanteld|omgekanteld|klem\nPERSON ~3 "
        "geraakt|geschept\ngewond*|verwond*|bloed|bloedt|bloeden|bloedend|bewusteloos|flauw|flauwgevallen|ambulance|ongeval|ongeluk|hartaanval|stikt|verstikk*|dood|onwel\nuitgegleden|gestruikeld "
        "~6 PERSON|gewond\nuitgegleden\nPERSON ~4 gevallen|uitgegleden|gestruikeld\ngesneden|snee ~5 "
        "vinger|hand|arm|bloedt\nademt|ademen|lucht ~2 niet|moeilijk|geen\nduizelig|misselijk\nverbrand ~3 "
        "hand|arm|gezicht|PERSON",
        "trip": "*gladheid*|spekglad|glad|struikelgevaar|valgevaar|uitglij*",
        "chemical": "ammoniak*|*ammoniaklucht*|giftig*|vergiftig*\nchemisch* ~4 "
        "LEAK|stof|lucht|gemorst\nkoudemiddel|koelmiddel|koelvloeistof ~4 LEAK\nzuur|chloor|bleek ~3 "
        "gemorst|LEAK|damp*|gemengd\nhoest*|hoesten",
        "egress_blocked": "EXIT ~4 BLOCKED\nEXIT ~3 niet|gaat",
        "fire_system_impaired": "*brandmeld*|sprinkler*|*rookmelder*|*brandblusser* ~4 "
        "defect|storing|uit|leeg|uitgeschakeld|stuk\n*brandmeld*|*brandalarm* ~3 gaat|af",
        "flood": "overstro*|blank ~2 staat|winkel|magazijn\nstaat blank\n*leiding* ~3 "
        "gesprongen|gebarsten\nriool*|rioolwater",
        "violence": "mes|pistool|wapen|gewapend*|vuurwapen ~6 "
        "PERSON|met|heeft|bedreig*\nbedreig*|overval*|inbreker*|inbraak|bommelding|bom|gijzel*|schietpartij|schoten|aangevallen|mishandel*|vechtpartij|geslagen",
        "unsafe": "gevaar|gevaarlijk*|levensgevaar*\nhelp ~2 help|snel",
        "contamination": "salmonella|listeria|besmet*|verontreinig*|maden\nglas|metaal|plastic|naald ~3 in ~3 "
        "brood|pot|eten|product|melk",
        "recall": "terugroep*|teruggeroepen",
        "allergen": "allergen* ~4 niet ~3 vermeld|gedeclareerd\nallergische reactie",
    },
    harmless="*brandmeld*|brandblus*|rookmeld*|rookruimte*|rookvrij*|brandwerend*|brandschoon*|gasveer*|brandslang*|branddeur* ~3 keuring|batterij|vervangen|test|onderhoud|asbak|stuk\nbrandblusser*|rookmelder*|rookruimte|gasveer\nlamp|lampje ~2 doorgebrand",
    denials="geen niet zonder nooit",
    denials_after="niet",
    common="de het een en of is zijn in op aan uit bij met naar van voor te niet ook nog er wij ik zich heeft hebben "
    "wordt graag sinds deur lamp water koeling gangpad winkel kantoor kapot kraan druppelt piept batterij vervangen "
    "jaarlijkse keuring printer geen papier airco maakt lawaai wiel winkelwagen muur schilderen rubber koelkast "
    "versleten asbak vol bureaustoel stuk achter staat zit mijn zijn onze",
)
