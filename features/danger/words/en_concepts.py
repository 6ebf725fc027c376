"""English concepts: the words that rules of danger are made of."""

from typing import Final

CONCEPTS: Final = {
    "FIRE": "fire fires flame flames flaming ablaze blaze blazing inferno alight ignite ignites ignited igniting "
    "smoulder* smolder* ember embers emojifire",
    "SMOKE": "smoke smokes smoking smoky smokey smoked smok",
    "BURNT": "burn burns burning burned burnt scorch* charred charring singed melted melting melts melt blackened "
    "cooked fried",
    "MELT": "melted melting melts melt scorch* charred charring singed blackened swollen swelling bulging swells",
    "SMELL": "smell* odor* odour* stink* stench reek* whiff scent smel smeel sniff*",
    "GAS": "gas gaz propan propane methane lpg butane natgas",
    "LEAK": "leak* laek* leek lek escaping escapes escape* ruptur* venting seep* hiss* spew* gush* emitting released "
    "releasing emanating",
    "SPILL": "spill* spilt splash* spray* leak* pouring pour poured dripping ruptur* burst* bubbling foaming mixed "
    "mixing mix",
    "CHEMICAL": "chemical* acid acids bleach chlorine solvent* pesticide* insecticide* herbicide* lye caustic "
    "corrosive peroxide thinner formaldehyde hazmat cleaner cleaners degreaser drano disinfectant sanitizer",
    "FUEL": "diesel fuel gasoline petrol kerosene",
    "COOLANT": "refrigerant refrigerants refrig freon r744 r290 r717 r507 r32 r449a r452a r407f r22 r404a r404 r410a "
    "r134a r448a",
    "FUMES": "fume fumes",
    "TOXIC": "toxic poisonous noxious hazardous deadly lethal",
    "PERSON": "person people man men woman women lady ladies guy guys boy girl child children kid kids toddler* baby "
    "babies infant customer customers shopper* guest guests client clients visitor* patron* associate* employee* "
    "worker* colleague* coworker* cashier* clerk* staff manager* supervisor driver* vendor technician tech "
    "contractor* cleaner janitor someone somebody anybody anyone everyone everybody me us him them he she we i you "
    "mom mother father dad grandma elderly pregnant peple ppl member occupant occupants operator operators male males "
    "female patient tenant tenants attendant* bagger* porter custodian merchandiser* engineer plumber electrician "
    "pharmacist nurse neighbour neighbor cyclist resident residents volunteer* cleaner* crewmember subcontractor "
    "friend friends brother sister teen teens teenager* stocker greeter closer loader trucker courier mechanic helper "
    "intern trainee chef cook guard somebodys ladys mans granny butcher baker receiver passenger* pedestrian* "
    "teammate sum1 some1 sm1 sumone smone evry1 every1 any1 cust custs lad lads bloke blokes pharmacist pedestrians "
    "youth youths electricians fitter fitters toddlers colleague pensioners shopkeeper teammate student senior son "
    "daughter wife husband pensioner buddy mate folks crew picker herself himself myself themselves",
    "BODY": "hand hands arm arms finger fingers fingertip* thumb foot feet leg legs toe toes head hair face eye eyes "
    "neck ankle* wrist* knee* hip shoulder* skin chest ribs rib bone skull forehead scalp elbow shin mouth tongue "
    "throat nose limb",
    "MINOR": "childrens child children kid kids toddler* baby babies infant boy girl",
    "HURTING": "fell fallen falls slipped slips slipping tripped trips stumbled tumbled knocked struck hit hits "
    "crushed crushing cut cuts bruised scraped scratched punctured sliced stabbed slashed burned burnt scalded pinched "
    "stung bitten bit broke broken fractured twisted sprained dislocated smashed squashed ran hospitalised "
    "hospitalized gashed gash",
    "FALLING": "fall falls fell falling fallen drop drops dropped dropping collapse* topple* tumble* tipping tipped "
    "tip plunge* crash*",
    "CUT": "cut cuts sliced slice slashed lacerat* gash* chopped severed lost punctured pierced crushed mangled "
    "smashed stabbed nicked caught injured hurt burned burnt burn broke broken fractured splashed pinched squashed",
    "ELECTRIC": "electric electrical electrically electricity outlet outlets socket sockets breaker breakers fuse "
    "fuses fusebox switchgear switchboard transformer wiring wires wire switchroom receptacle receptacles plug plugs "
    "mains mdp busbar",
    "WIRED": "outlet outlets socket sockets breaker breakers fuse fuses fusebox switchgear switchboard transformer "
    "wiring wires wire cord cords cable cables plug plugs receptacle receptacles electrics electricity electronics",
    "WIRE": "wire wires wiring cable cables cabling cord cords conductor* lead leads copper terminals",
    "BARE": "exposed bare live frayed stripped chewed cut damaged open hanging naked uncovered loose showing torn "
    "sticking dangling unprotected uninsulated severed split visible protruding",
    "SHOCK": "shock shocks shocked shocking zap* zapped jolt jolted tingle* tingling electrocut*",
    "BUZZ": "buzz* crackl* popping pops sizzl* hissing arcing sparking humming snapping glowing hot warm burning "
    "smoking charred bang",
    "WATER": "water leak leaks leaking leaked drip drips dripping dripped rain raining rainwater flood* wet pouring "
    "soaked sewage puddle puddles overflow* damp moisture splash* soaking",
    "LIFT": "elevator* lift lifts escalator* elevater paternoster",
    "ROOM": "elevator* elevater lift freezer* cooler* fridge walk walkin baler compactor restroom* bathroom* toilet* "
    "washroom vestibule stockroom storeroom storage safe vault room office coldroom chiller refrigerator stall closet "
    "cell basement cage container trailer lockup cubicle shaft trunk tunnel car attic airlock entryway turnstile",
    "STUCK": "stuck trapped locked shut jammed wedged stranded pinned caught imprisoned confined enclosed snagged",
    "STATE_BAD": "down offline out impaired disabled isolated dead fault faulted failed fails failing broken broke "
    "empty bypassed inoperative inoperable discharged disconnected unplugged silenced disarmed defective malfunction* "
    "kaput useless tampered nonfunctional unresponsive",
    "BLOCKED": "blocked blocking block blocks locked chained jammed stuck obstruct* barred padlocked sealed barricaded "
    "boarded wedged bolted inaccessible nailed cluttered",
    "EXIT": "exit exits egress fireexit",
    "OVERHEAD": "ceiling ceilings roof canopy awning facade plaster drywall beam beams joist skylight mezzanine "
    "parapet balcony chimney soffit concrete masonry brick bricks stucco girder truss rafters",
    "STRUCTURE": "ceiling ceilings roof canopy awning facade beam beams column columns pillar pillars mezzanine wall "
    "walls foundation rack racks racking upright uprights shelf shelves shelving gondola* scaffold* balcony deck "
    "stairs staircase stairway staircases floor girder truss pole tree platform chimney support supports structure "
    "building bridge",
    "HEAVY": "shelf shelves shelving rack racks racking gondola* pallet pallets stock boxes box fixture fixtures "
    "speaker* sign tile tiles light lights lamp fan pole tree wall glass door doors pane tv screen merchandise unit "
    "duct pipe pipes beam ladder bricks debris chunks pieces chunk rocks ice icicle* crate crates load mirror monitor "
    "stack stacks cabinet grill grille vent panel antenna",
    "BENDING": "bulg* buckl* bowing bowed sagging sags sag leaning leans lean tilting tilts tilted tipping tips giving "
    "unstable wobbl* unsteady shifting shifted bent cracking crumbl* swaying detaching detached unsupported toppling "
    "caving",
    "GLASS": "glass glas window windows pane panes skylight windshield showcase shopfront",
    "SMASHED": "shatter* smashed smash broken broke breaks breaking cracked burst exploded splintered fell falling out "
    "shards splinters",
    "MACHINE": "slicer baler compactor escalator forklift saw grinder conveyor elevator lift leveler leveller press "
    "crusher machine mixer cutter shutter truck",
    "SICK": "dizzy sick nauseous nausea nauseated vomit* vomiting puking headache* headaches faint lightheaded ill "
    "unwell queasy woozy throwing cough* coughing",
    "BREATHE": "breathe breath breathing",
    "NEGATED": "not cant cannot wont dont doesnt isnt couldnt unable never no stopped without",
    "THREAT": "threat threats threaten threatens threatened threatening threatning",
    "WEAPON": "knife gun pistol rifle shotgun machete weapon weapons firearm handgun axe crowbar sword blade revolver "
    "taser bat hammer emojiweapon",
    "ARMED": "has had with pulled pulls pulling drew holding waving wielding carrying brandish* pointed pointing "
    "swinging swung threaten* attacked attack robbed showing threatening using grabbed came come",
    "ALARM": "alarm alarms detector detectors monitor monitors sensor sensors siren sounder sounders",
    "SOUNDING": "sounding sounds ringing rings going went goes beep* chirp* activated active triggered blaring blares "
    "alarming wailing screaming tripped set alerting keeps ongoing flashing",
    "OIL": "oil oils grease lard fat",
    "ICE": "ice icy frozen sleet",
    "WALKED": "entrance entry sidewalk* walkway* stairs steps ramp lot pavement floor aisle path doorway pathway "
    "stairwell",
    "BURST": "burst bursts bursting broke broken breaks ruptur* exploded blew cracked split snapped gave",
    "PIPED": "pipe pipes main mains hose line tank boiler heater sprinkler plumbing pipework waterline",
    "RUSHING": "pouring gushing everywhere rushing spraying flooding gush* cascading pooling streaming raining "
    "waterfall",
    "TANK": "tank tanks cylinder cylinders canister* bottle can cans drum vessel boiler container battery batteries",
    "CARRIED": "battery batteries powerbank charger hoverboard scooter laptop cell",
    "VIOLENT": "attack* assault* stab* punch* beat beaten beating hitting kicked kicking slapped choked strangl* spat "
    "spit shoved grabbed hit fight* harass* stalk* molest* groped grope",
    "INTRUDER": "burglar* raider* intruder* robber* thief thieves looter* looting shooter gunman gunmen prowler "
    "trespasser*",
    "CALLED": "called calling call calls dialed dialled coming here arrived site scene needed need sent way hospital "
    "taken attending requested treated dispatched",
    "ODD": "suspicious unattended unknown strange abandoned suspect mysterious",
    "THING": "key keys card cards cart carts coin coins phone ring paper cup ball toy tag pallet pallets box boxes "
    "jack trolley truck buggy buggies drawer receipt basket glove coin shoe cash money item product handle button",
}  # fmt: skip
