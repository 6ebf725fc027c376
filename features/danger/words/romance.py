"""Spanish, French, Portuguese, Italian and Romanian words of danger."""

from typing import Final

from features.danger.lexicon import Words

SPANISH: Final = Words(
    language="es",
    concepts={
        "GAS": "gas butano propano metano",
        "SMELL": "huele olor olores oler oliendo apesta peste huelo olemos oliendo huelen",
        "BURNT": "quemad* quema queman quemando chamusc* achicharr* derret* derriti*",
        "SMOKE": "humo humos humea humeando humareda",
        "FIRE": "fuego incendi* llama llamas llamarada ?arde ardiendo arder",
        "LEAK": "fuga fugas escape escapes escapa perdida pierde derram* gotea goteando filtr* saliendo sale salen",
        "SHUT_IN": "atrapad* encerrad* atascad* atorad* aprisionad* trancad* bloquead*",
        "PLACE": "ascensor elevador camara congelador nevera frigorifico bano aseo puerta almacen escalera cuarto "
        "cuartos refrigerador montacargas",
        "PERSON": "persona* client* nino* nina* senor* hombre mujer emplead* compan* gente alguien trabajador* chic* "
        "anciano* anciana* bebe cajer* jefe encargad* abuel* repartidor* dependient*",
        "WIRE": "cable* alambre* hilo hilos",
        "BARE": "pelad* suelto* suelta* expuesto* colgando descubierto* rotos desnudo*",
        "ELECTRIC": "electric* electricidad cuadro enchufe* tablero tomacorriente* interruptor* fusible* luz corriente "
        "toma",
        "WATER": "agua gotea goteando goteras gotera lluvia",
        "FALL": "cae caen caer cayo caido caida caidos cayendo desplom* derrumb* hundi* colaps* vino desprend*",
        "ABOVE": "techo cielo raso estante* estanteria* pared muro placa plafon lampara rotulo letrero viga cristal "
        "toldo fachada andamio",
        "GLASS": "vidrio* cristal* ventana* escaparate luna",
        "BROKEN": "rompio roto rota rotos rotas quebr* estall* astill* añicos",
        "EXIT": "salida salidas evacuacion emergencia escape",
        "BLOCKED": "bloquead* obstru* tapad* cerrad* tapada trabad* atascad* cadena encadenad* abre",
    },
    dangers={
        "smoke_fire": "SMOKE\nFIRE\nSMELL ~4 BURNT\nquemando|quemandose\nse quema|queman\nBURNT ~4 "
        "ELECTRIC\nbomberos\nevacu*",
        "gas_leak": "GAS ~4 SMELL\nGAS ~4 LEAK\nmonoxido\nhuevos ~2 podridos",
        "explosion": "explo*|estallo|estallido|revento ~4 "
        "caldera|tanque|bombona|horno|compresor|bateria|botella\nexplo*\nestallido",
        "electrical": "chispa*|chisporrote*|chispazo*\ncortocircuito\ncorto "
        "circuito\nelectrocut*\ndescarga|calambre|calambrazo ~5 "
        "ELECTRIC|tocar|toque|di|dio|da|toca\ncalambre|calambrazo\nBARE ~3 WIRE\nWATER ~5 ELECTRIC\ntoques ~3 "
        "electricos",
        "entrapment": "SHUT_IN ~6 PERSON\nSHUT_IN ~4 PLACE\nPERSON ~5 dentro ~6 PLACE\nno ~2 puede|puedo|pueden ~2 "
        "salir",
        "collapse": "FALL ~5 ABOVE\nderrumb*|desplom*|colapso\nva|van|punto ~2 caer|caerse\na punto de "
        "caer|caerse\ngrieta* ~4 columna|viga|muro|techo|pared",
        "glass": "GLASS ~3 BROKEN\nGLASS ~5 todos|partes|suelo|piso|esparcid*",
        "injury": "atropell*\nmontacargas|carretilla|transpaleta|toro|camion ~5 "
        "golpe*|volc*|aplast*|atropell*|choc*\nherid*|lesion*|sangr*|desmay*|inconsciente|accidentad*|ambulancia|muert*|infarto|convuls*|asfixi*|ahog*\nresbal* "
        "~6 PERSON|cayo|golpe*\nse cayo ~6 PERSON\nPERSON ~4 cayo|caido|resbalo|tropezo\ncorto|corte ~5 "
        "dedo|mano|brazo|cara\nno ~2 respira|respirar\nquemo|quemadura* ~5 mano|brazo|cara|PERSON\nmare*|vomit* ~5 "
        "PERSON|todos",
        "trip": "resbal*|resbaladiz*",
        "chemical": "amoniaco|amonio|refrigerante ~3 LEAK\namoniaco\nquimic* ~5 derram*|olor|fuga|LEAK|vapor*\nderrame "
        "~4 quimic*|acido|lejia|gasolina|toxic*\nacido|cloro|lejia ~4 derram*|vapor*|gas|olor\ntoxic*|venen*|intoxic*",
        "egress_blocked": "salida ~3 emergencia|incendio* ~5 BLOCKED\nEXIT ~3 emergencia|escape|evacuacion ~4 "
        "BLOCKED\nsalida ~2 BLOCKED",
        "fire_system_impaired": "!alarma|rociador*|extintor*|detector* ~5 "
        "funciona|averiad*|desactivad*|apagad*|estropead*|vaci* ~5 incendio*|humo|no\nrociador*|extintor* ~3 "
        "averiad*|vaci*|roto|rotos",
        "flood": "inund*|reventada|revento|reventaron\ntuberia|cano|caneria ~4 revent*|rota|rompio|estall*\naguas "
        "negras|fecales|residuales",
        "violence": "cuchillo|pistola|arma|armas|navaja|machete|armad* ~6 PERSON|con|tiene|saco|amenaz*\namenaz* ~5 "
        "PERSON|muerte|matar|bomba|nos|me\nrobando|robo|asalto|atraco|asaltando|atracando|ladron*|tiroteo|disparo*|rehen*|bomba\nagred*|agresion|peg* ~3 PERSON",
        "unsafe": "peligro|peligros*|socorro|auxilio\nurgencia ~1 vital\nauxilio",
        "contamination": "salmonel*|listeri*|contaminad*|gusano*\nintoxicacion\nvidrio|metal|plastico|aguja ~3 "
        "en|dentro ~3 comida|pan|frasco|producto|tarro|leche",
        "recall": "retirada ~3 producto|alimentaria|mercado\nretirar ~5 producto|mercado\nalerta ~2 "
        "sanitaria|alimentaria",
        "allergen": "alergen* ~4 no|sin ~3 declarad*\nalergi* ~3 reaccion|grave|alergica",
    },
    harmless="alarma|alarmas ~2 incendio|incendios|humo ~5 prueba|paso|revision|bateria|pila|ok\ndetector* ~2 humo ~6 pila|bateria|revision|cambi*\nextintor* ~5 revision|anual|cambi*\ncontra incendios\npuerta cortafuegos\ngas oil\nbombilla*|lampara|foco|luz ~6 fundid*|quemad*\nbombilla*\nprohibido fumar\nno ~1 hay ~1 heridos",
    denials="no sin ningun ninguna tampoco",
    common="el la los las un una de del en con por para se no hay es esta este y que mi al lo su muy pero desde cuando "
    "como le nos falta necesita necesitamos cambiar funciona puerta luz agua nevera pasillo tienda oficina roto rota "
    "limpiar pintar bombilla fundida grifo gotea poco papel impresora cierra bien aire acondicionado ruido hace rueda "
    "tiene reparar favor wifi pared carrito revision",
)

FRENCH: Final = Words(
    language="fr",
    concepts={
        "GAS": "gaz butane propane methane",
        "SMELL": "sent odeur odeurs pue puanteur sentir sentons sentent",
        "BURNT": "brul* crame roussi cramé fond fondu* fondent",
        "SMOKE": "fumee fumees fume enfum*",
        "FIRE": "feu incendie* flamme* flammes embras*",
        "LEAK": "fuite fuites fuit echapp* deverse* renvers* coule coulent ecoul* sort degage*",
        "SHUT_IN": "bloque bloquee bloques bloquees coince* enferme* prisonni* piege*",
        "PLACE": "ascenseur* congelateur* frigo chambre toilettes wc monte local reserve porte escalator cellule "
        "placard sas",
        "PERSON": "client* personne* enfant* employe* collegue* dame* monsieur homme* femme* bebe* gens quelqu "
        "salarie* vendeu* caissi* fille garcon vieil* chauffeur livreur patron",
        "WIRE": "fil fils cable cables",
        "BARE": "denud* nu nus apparent* pend* arrach* decouvert*",
        "ELECTRIC": "electri* prise prises tableau compteur disjoncteur* interrupteur* armoire multiprise rallonge",
        "WATER": "eau goutte* pluie inond* fuite",
        "FALL": "tombe tombee tombes tombent tomber effondr* ecroul* chut* affaiss* lache cede bascul*",
        "ABOVE": "plafond toit etagere* rayon* mur facade dalle* enseigne luminaire* poutre rack gondole vitre "
        "echafaud*",
        "GLASS": "vitre* verre* fenetre* vitrine* carreau* baie",
        "BROKEN": "bris* cass* eclat* fissur* explos*",
        "EXIT": "issue issues sortie sorties",
        "BLOCKED": "bloque* obstru* encombr* condamn* ferme* verrouill* ouvre coince*",
    },
    dangers={
        "smoke_fire": "SMOKE\nFIRE\nSMELL ~4 BURNT\nca brule\nBURNT ~4 ELECTRIC\npompiers\nevacu*",
        "gas_leak": "GAS ~4 SMELL\nGAS ~4 LEAK\nmonoxyde\noeuf* ~2 pourri*",
        "explosion": "explos*|explose*",
        "electrical": "etincelle*|electrocut*|electrise*\ncourt ~1 circuit\ncourtcircuit\ndecharge|chataigne ~6 "
        "ELECTRIC|touch*|pris|frigo\npris ~2 courant|jus|decharge\nBARE ~3 WIRE\nWATER ~5 ELECTRIC",
        "entrapment": "SHUT_IN ~5 PERSON\nSHUT_IN ~4 ascenseur|congelateur|chambre|toilettes|wc\nne|peut|peux ~2 "
        "sortir\nPERSON ~4 interieur|dedans ~4 PLACE",
        "collapse": "FALL ~5 ABOVE\neffondr*|ecroul*\nva|vont|menace*|risque ~3 tomber|effondrer|ecrouler",
        "glass": "GLASS ~3 BROKEN\neclats ~2 verre",
        "injury": "renvers*|percut*|heurt*|ecras* ~3 PERSON\nchariot|camion|transpalette|elevateur ~5 "
        "renvers*|percut*|heurt*|ecras* ~5 "
        "PERSON|elevateur|rack|etagere\nbless*|saign*|sang|evanoui*|inconscient*|ambulance|samu|malaise|mort|morte|convuls*|etouff*\nglisse* "
        "~6 PERSON|tombe*|bless*\nPERSON ~4 tombe*|glisse*|trebuch*|assomm*\ncoupe|coupee ~5 "
        "doigt|main|bras\nrespire|respirer ~3 plus|mal|pas|peut\nbrule|brulure* ~5 "
        "main|bras|visage|PERSON\nvertige*|vomi*",
        "trip": "glissant*|verglas",
        "chemical": "ammoniac*|monoxyde|intoxic*|toxique*\nfluide ~2 frigorigene\nfrigorigene|chimique* ~5 "
        "LEAK|odeur|tousse*|vapeur*\nacide|javel|chlore ~4 LEAK|vapeur*|melang*|odeur\ntousse* ~6 "
        "on|tous|produit|monde|clients|odeur",
        "egress_blocked": "EXIT ~3 secours|incendie ~5 BLOCKED\nEXIT ~2 BLOCKED\nporte ~2 secours ~4 BLOCKED",
        "fire_system_impaired": "!alarme|sprinkler*|detecteur*|extincteur* ~5 "
        "panne|marche|fonctionne|desactive*|hors|vide ~5 incendie|fumee|pas|service\nsprinkler*|extincteur* ~3 "
        "vide|vides|panne",
        "flood": "inond*|egout*|eaux ~1 usees\ncanalisation|tuyau|conduite ~4 eclat*|rompu*|perce*|cass*|explos*",
        "violence": "couteau|pistolet|arme|armes|fusil|machette ~6 PERSON|avec|sorti|menac*\nmenac* ~5 "
        "PERSON|mort|tuer|nous|bombe|me\nbraquage|cambriol*|voleur*|agress*|otage*|bombe|fusillade\ncoups ~2 feu\nvol "
        "~2 cours",
        "unsafe": "danger|dangereux|dangereuse*\nsecours ~1 vite\nau secours",
        "contamination": "salmonel*|listeri*|contamin*|asticot*|intoxication\nverre|metal|plastique|aiguille ~3 dans "
        "~3 pain|pot|bocal|produit|lait|nourriture",
        "recall": "rappel ~3 produit*|lot*|conso\nretrait ~3 vente|produit*",
        "allergen": "allergen* ~4 non|pas ~3 declare*\nreaction ~2 allergique",
    },
    harmless="alarme|alarmes ~2 incendie ~5 test|essai|pile|reussi|verif*\ndetecteur* ~2 fumee ~5 "
    "pile|verif*|chang*\nchang* ~6 detecteur|detecteurs\nampoule*|lampe* ~3 grille*|brule*\ninterdi* ~2 fumer\nsaumon "
    "~1 fume\nextincteur* ~5 verif*|annuel*",
    denials="pas sans aucun aucune ni plus",
    common="le la les un une des du de en dans et est sont ne pas il elle au aux sur avec pour ce cette qui que se ça "
    "ca mon ma notre plus derriere devant ampoule robinet goutte porte grince verification annuelle imprimante sans "
    "papier climatisation bruyante roue chariot cassee peinture bureau joint frigo use panneau changer pile rayon "
    "lumiere magasin reserve fuite marche fonctionne",
)

PORTUGUESE: Final = Words(
    language="pt",
    concepts={
        "GAS": "gas butano propano",
        "SMELL": "cheiro cheira cheirando odor fedor fede",
        "BURNT": "queimad* queima queimando chamusc* derret*",
        "SMOKE": "fumaca fumo fumos fumega fumegando",
        "FIRE": "fogo incendio* incendiou chama chamas labareda*",
        "LEAK": "vazamento vazando vaza fuga derram* escap* vazou saindo",
        "SHUT_IN": "pres* trancad* encurral* entalad*",
        "PLACE": "elevador camara congelador freezer frigorifico banheiro casa geladeira porta escada deposito estoque",
        "PERSON": "cliente* pessoa* crianca* senhor* homem mulher funcionari* colega* empregad* rapaz moca menin* "
        "gente alguem idos* bebe motorista gerente",
        "WIRE": "fio fios cabo cabos",
        "BARE": "desencapad* descascad* solto* solta* expost* pendurad* descarnad*",
        "ELECTRIC": "eletric* electric* tomada* quadro disjuntor* energia interruptor* luz",
        "WATER": "agua gotej* pinga* pingando chuva goteira*",
        "FALL": "cai caiu cair caindo caido desab* desmoron* colaps* tomb* ruiu despenc*",
        "ABOVE": "teto tecto forro prateleira* gondola parede muro placa luminaria letreiro viga telhado estante* "
        "andaime",
        "GLASS": "vidro* vitrine* janela* espelho",
        "BROKEN": "quebrad* quebrou partid* partiu estilhac* estour* trincad* cacos",
        "BLOCKED": "bloquead* obstru* trancad* fechad* tapad* impedid* abre",
    },
    dangers={
        "smoke_fire": "SMOKE\nFIRE\nSMELL ~4 BURNT\nqueimando ~4 tomada|fio|quadro|motor|algo|alguma\npegou|pegando "
        "fogo\nBURNT ~4 tomada|fio|fios|quadro|eletric*\nbombeiros\nevacu*",
        "gas_leak": "GAS ~4 SMELL\nGAS ~4 LEAK\nmonoxido\novo* ~2 podre*",
        "explosion": "explo*",
        "electrical": "faisca*|faiscando|faiscas|curto\ncurto ~1 circuito\neletrocut*|electrocut*\nchoque|choques ~6 "
        "levei|levou|eletric*|vitrine|deu|dando|da|tomei|geladeira|tocar|ELECTRIC\nBARE ~3 WIRE\nWATER ~6 ELECTRIC",
        "entrapment": "SHUT_IN ~5 PERSON\nSHUT_IN ~4 elevador|camara|banheiro|congelador|freezer\nnao ~2 "
        "consegue|consigo|conseguem ~2 sair",
        "collapse": "FALL ~5 ABOVE\ndesab*|desmoron*\nvai|vao|prestes ~2 cair|desabar|tombar\nrachadura* ~4 "
        "coluna|viga|parede|teto",
        "glass": "GLASS ~3 BROKEN\ncacos ~2 vidro",
        "injury": "atropel*\nempilhadeira|paleteira|caminhao ~5 "
        "tomb*|bateu|virou|atingiu|esmag*|capot*\nferid*|ferimento*|machuc*|sangr*|sangue|desmai*|inconsciente|ambulancia|samu|morto|morta|infarto|convuls*|sufoc*|afog*|magoou\nescorreg* "
        "~6 PERSON|caiu|machuc*\nPERSON ~4 caiu|escorregou|tropecou\ncortou|corte ~5 dedo|mao|braco\nrespira|respirar "
        "~3 nao|consegue|dificuldade\nqueimou|queimadura* ~5 mao|braco|rosto|PERSON\ntontura*|tont*|vomit*",
        "trip": "escorregadi*|escorreg*",
        "chemical": "amonia|amoniaco|toxic*|intoxic*|venen*\nquimic* ~5 "
        "derram*|cheiro|vazamento|vazou|vapor*\nrefrigerante ~3 LEAK\nacido|cloro ~4 derram*|vapor*|vazando",
        "egress_blocked": "saida* ~3 emergencia|incendio ~5 BLOCKED\nsaida* ~2 BLOCKED\nporta ~2 emergencia ~4 "
        "BLOCKED|nao",
        "fire_system_impaired": "!alarme|sprinkler*|detector*|extintor* ~5 "
        "funciona|avariad*|desligad*|vazi*|desativad* ~5 incendio|fumaca|nao\nextintor* ~3 vazi*|avariad*",
        "flood": "alagad*|alagou|inund*|alagamento|esgoto*\ncano|tubo|tubulacao ~4 estour*|rebent*|rompeu|arrebent*",
        "violence": "faca|pistola|arma|armas|revolver|facao|armad* ~6 PERSON|com|tem|sacou|ameac*\nameac* ~5 "
        "PERSON|morte|matar|bomba|nos|me\nassalto|roubando|roubo|assaltante*|ladrao|ladroes|tiro|tiros|tiroteio|refem|bomba|agred*|agressao",
        "unsafe": "perigo|perigos*|socorro",
        "contamination": "salmonel*|listeri*|contaminad*|larva*|intoxicacao\nvidro|metal|plastico|agulha ~3 "
        "na|no|dentro ~3 comida|pao|pote|produto|leite",
        "recall": "recall|recolh* ~4 produto|lote",
        "allergen": "alergen* ~4 nao|sem ~3 declarad*\nreacao ~2 alergica",
    },
    harmless="alarme* ~2 incendio ~5 teste|ok|bateria|revisao|vistoria\nteste* ~3 alarme* ~2 incendio\ndetector* ~2 "
    "fumaca|fumo ~5 bateria|pilha|troca*\ntroca* ~5 detector* ~2 fumaca|fumo\nextintor* ~5 "
    "vistoria|revisao|anual\nlampada*|luz ~3 queimad*\nproibido fumar\nnao fumar",
    denials="nao sem nenhum nenhuma nem",
    common="o a os as um uma de do da dos das em no na nos nas com por para se nao tem esta este e que ao seu sua "
    "muito mas atras perto porta luz agua geladeira corredor loja escritorio quebrada lampada queimada torneira "
    "pingando rangendo troca bateria vistoria anual impressora sem papel ar condicionado barulhento roda carrinho "
    "pintar parede borracha gasta placa caiu teste ok limpar",
)

ITALIAN: Final = Words(
    language="it",
    concepts={
        "GAS": "gas metano propano butano gpl",
        "SMELL": "odore odori puzza puzzo odora sente",
        "BURNT": "bruciat* brucia bruciano bruciando bruciare fuso fusa sciolt*",
        "SMOKE": "fumo fumi fuma",
        "FIRE": "fuoco incendio incendi fiamma fiamme incendiat*",
        "LEAK": "fuga fughe perdita perdite perde fuoriuscita fuoriesce esce rovesciat* versat* sversa* cola",
        "SHUT_IN": "bloccat* intrappolat* chius* rinchius* incastrat*",
        "PLACE": "ascensore cella bagno congelatore frigo toilette porta magazzino montacarichi",
        "PERSON": "cliente clienti persona persone bambin* collega colleghi signora signore uomo donna dipendente* "
        "ragazz* qualcuno gente anzian* cassier* neonato autista commess*",
        "WIRE": "cavo cavi filo fili",
        "BARE": "scopert* nud* spelat* pendent* pendono pendenti",
        "ELECTRIC": "elettric* presa prese quadro interruttore corrente contatore luce",
        "WATER": "acqua gocciola* piove pioggia infiltr*",
        "FALL": "cade cadono cadut* cadere cadendo crollat* crolla crollo crollare ceduto cedut* venuto stacc*",
        "ABOVE": "soffitto tetto scaffal* mensol* muro parete insegna pannello trave plafone controsoffitto tenda "
        "ponteggio",
        "GLASS": "vetro vetri vetrina vetrine finestra finestre specchio",
        "BROKEN": "rott* infrant* frantum* schegge spaccat* rompe",
        "BLOCKED": "bloccat* ostruit* chius* ingombr* apre sbarrat*",
    },
    dangers={
        "smoke_fire": "SMOKE\nFIRE\nSMELL ~4 BURNT\nsta|stanno bruciando\nBURNT ~4 "
        "presa|cavo|cavi|quadro|elettric*|spina\nvigili ~2 fuoco\npompieri\nevacua*",
        "gas_leak": "GAS ~4 SMELL\nGAS ~4 LEAK\nmonossido\nuova ~2 marce",
        "explosion": "esplo*|scoppiat* ~4 caldaia|bombola|batteria|forno|tubo\nesplo*",
        "electrical": "scintill*|cortocircuito|folgorat*\ncorto ~1 circuito\nscossa|scosse\nBARE ~3 WIRE\nWATER ~5 "
        "ELECTRIC",
        "entrapment": "bloccat*|intrappolat*|rinchius*|incastrat*|chius* ~5 PERSON\nSHUT_IN ~4 "
        "ascensore|cella|bagno|congelatore\nnon ~3 uscire|esce",
        "collapse": "FALL ~5 ABOVE\ncroll*\nsta|stanno ~2 per cadere|crollare|cedere\ncrepa|crepe ~4 "
        "colonna|trave|muro|soffitto|pilastro",
        "glass": "GLASS ~3 BROKEN\nschegge",
        "injury": "investit*|travolt*|schiacciat* ~4 PERSON\nmuletto|carrello|transpallet ~4 "
        "investit*|travolt*|ribaltat*|schiacciat*\nferit*|sangu*|sangue|svenut*|incosciente|ambulanza|118|infarto|convuls*|soffoc*|morto|morta|ustion*|infortun*\nscivolat* "
        "~6 PERSON|fatta|fatto|cadut*\nPERSON ~4 cadut*|scivolat*|inciampat*|male\nfatt* ~2 male\ntagliat* ~5 "
        "dito|mano|braccio|affettatrice\nrespira|respirare ~3 non|fatica|riesce\ngir* ~1 testa\nvomit*",
        "trip": "scivolos*|scivola|scivolano",
        "chemical": "ammoniaca|tossic*|intossic*|velen*\nrefrigerante|freon ~3 LEAK\nchimic* ~5 "
        "rovesciat*|versat*|odore|perdita|vapor*\nacido|candeggina|cloro ~4 versat*|rovesciat*|vapor*|mischiat*",
        "egress_blocked": "uscit* ~3 emergenza|sicurezza ~5 BLOCKED\nuscit* ~2 BLOCKED\nvia|vie ~2 fuga ~4 BLOCKED",
        "fire_system_impaired": "!allarme|sprinkler|rilevator*|estintor* ~5 funziona|guast*|disattivat*|scaric*|spent* "
        "~5 antincendio|fumo|non|incendio\nestintor* ~3 scaric*|vuot*",
        "flood": "allagat*|allagamento|allaga|fogna|fogne|liquami\ntubo|tubazione|tubatura ~4 scoppiat*|rott*|esplos*",
        "violence": "coltello|pistola|arma|armi|fucile|armat* ~6 PERSON|con|ha|minacci*\nminacci* ~5 "
        "PERSON|morte|uccider*|bomba|ci|mi\nrapina|rapinat*|ladro|ladri|sparatoria|spari|ostaggi*|bomba|aggression*|aggredit*",
        "unsafe": "pericolo|pericolos*|aiuto ~2 aiuto|subito",
        "contamination": "salmonell*|listeri*|contaminat*|larve|intossicazione\nvetro|metallo|plastica|ago ~3 "
        "nel|nella|dentro ~3 cibo|pane|barattolo|prodotto|latte",
        "recall": "richiamo|ritiro ~3 prodott*|lott*",
        "allergen": "allergen* ~4 non ~3 dichiarat*\nreazione ~2 allergica",
    },
    harmless="allarme ~1 antincendio ~5 prova|superata|test|revisione|batteria\nprova ~3 allarme\nrilevator* ~2 fumo "
    "~5 batteria|revisione|cambiare\ncambiare ~5 rilevator* ~2 fumo\nestintor* ~5 revisione|annuale\nlampad*|luce ~3 "
    "bruciat*|fulminat*\nvietato fumare",
    denials="non senza nessun nessuna niente ne",
    common="il lo la i gli le un uno una di del della dei delle in nel nella con per si non e che da dal al alla sul "
    "sulla ha ho sono mio nostra molto ma dietro vicino porta luce acqua frigo corsia negozio ufficio rotta rotto "
    "lampadina bruciata rubinetto gocciola cigola cambiare batteria revisione annuale stampante senza carta "
    "condizionatore rumoroso ruota carrello imbiancare parete guarnizione consumata cartello prova superata",
)

ROMANIAN: Final = Words(
    language="ro",
    concepts={
        "SMELL": "miroase miros mirosuri pute duhoare",
        "LIFT": "lift liftul ascensor camera frigorifica congelator baie toaleta usa",
        "PERSON": "client* angajat* coleg* copil* doamn* domn* femei* barbat* persoan* cineva om oameni bebelus* "
        "batran* muncitor*",
        "WIRE": "?fire ?fir cablu cabluri firele",
        "ELECTRIC": "electric* priza prize tablou tabloul curent panou sigurante",
    },
    dangers={
        "smoke_fire": "fum|fumul|fumega\n?ars ~4 SMELL\nincendi*|flacar*\nfoc|focul\nSMELL ~3 "
        "ars|arsura\narde\npompieri*\nevacu*",
        "gas_leak": "gaz|gaze|gazul|butan|metan ~4 SMELL\ngaz|gaze ~4 scurger*|scapari|scapa|curge\nmonoxid",
        "explosion": "explo*|explozi*|bubuit*",
        "electrical": "scantei*|scurtcircuit*|electrocut*|curentat*|curentez\nscurt ~1 circuit\nsoc ~2 electric\nWIRE "
        "~4 dezizolat*|goale|neizolat*|atarna|descoperit*\napa|ploaie|picura|curge ~5 ELECTRIC",
        "entrapment": "blocat*|inchis*|prins*|captiv*|intepenit* ~4 LIFT\nblocat*|inchis*|prins*|captiv* ~4 PERSON\nnu "
        "~3 iesi",
        "collapse": "prabusit*|prabuseste|darama*|surpat*\ncade|cazut|cada|caz ~5 "
        "tavan*|raft*|zid*|perete*|acoperis*|PERSON",
        "glass": "geam*|sticla|vitrina|fereastra ~3 spart*|cioburi\ncioburi",
        "injury": "ranit*|sangereaz*|sange|lesinat*|inconstient*|ambulant*|mort|moarta|accidentat*|sufoc*\nars ~3 "
        "mana\nalunecat ~6 PERSON|ranit*|cazut\ntaiat ~5 deget*|mana|brat|sangereaz*\nnu ~2 respir*",
        "chemical": "amoniac|toxic*|intoxic*|otrav*\nchimic* ~4 varsat*|scurs*|scurger*|miros",
        "egress_blocked": "iesire*|iesirea ~3 urgenta ~5 blocat*|inchis*|obstruct*\niesire*|iesirea ~2 blocat*",
        "flood": "inund*|inundat*|canalizare ~3 miros|refula*|iese\nteava|conducta ~4 spart*|sparta|rupt*",
        "violence": "cutit|pistol|arma|inarmat* ~6 PERSON|cu|are|ameninta*\nameninta* ~5 "
        "PERSON|moarte|bomba|cu|ne|ma\njaf|jefui*|hot|hoti|talhar*|bomba|impuscat*|impuscaturi|agres*|atacat*",
        "unsafe": "pericol*|periculos*|ajutor ~2 ajutor|repede",
        "contamination": "salmonel*|listeri*|contaminat*|viermi",
        "recall": "rechem* ~3 produs*|lot*|retras ~3 piata",
    },
    harmless="bec*|bec ~2 ars\ndetector* ~3 fum ~4 bateri*\nbateri* ~4 detector* ~3 fum\nstingato* ~5 verific*|anual*",
    denials="nu fara niciun nicio",
    common="si de la in din cu pe pentru un o este sunt nu are iese curge s a m langa spatele dupa fost bec ars "
    "culoarul robinetul picura usa scartaie schimbat bateria verificare anuala imprimanta hartie aerul conditionat "
    "face zgomot zugravit peretele biroului",
)
