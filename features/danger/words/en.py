"""English words of danger."""

from features.danger.lexicon import Words
from features.danger.everyday import COMMON

_CONCEPTS = {
    "FIRE": "fire fires flame flames flaming ablaze blaze blazing inferno alight ignite ignites ignited igniting smoulder* smolder* ember embers emojifire",
    "SMOKE": "smoke smokes smoking smoky smokey smoked smok",
    "BURNT": "burn burns burning burned burnt scorch* charred charring singed melted melting melts melt blackened cooked fried",
    "MELT": "melted melting melts melt scorch* charred charring singed blackened swollen swelling bulging swells",
    "SMELL": "smell* odor* odour* stink* stench reek* whiff scent smel smeel sniff*",
    "GAS": "gas gaz propan propane methane lpg butane natgas",
    "LEAK": "leak* laek* leek lek escaping escapes escape* ruptur* venting seep* hiss* spew* gush* emitting released releasing emanating",
    "SPILL": "spill* spilt splash* spray* leak* pouring pour poured dripping ruptur* burst* bubbling foaming mixed mixing mix",
    "CHEMICAL": "chemical* acid acids bleach chlorine solvent* pesticide* insecticide* herbicide* lye caustic corrosive peroxide thinner formaldehyde hazmat cleaner cleaners degreaser drano disinfectant sanitizer",
    "FUEL": "diesel fuel gasoline petrol kerosene",
    "COOLANT": "refrigerant refrigerants freon r22 r404a r404 r410a r134a r448a",
    "FUMES": "fume fumes",
    "TOXIC": "toxic poisonous noxious hazardous deadly lethal",
    "PERSON": "person people man men woman women lady ladies guy guys boy girl child children kid kids toddler* baby babies infant customer customers shopper* guest guests client clients visitor* patron* associate* employee* worker* colleague* coworker* cashier* clerk* staff manager* supervisor driver* vendor technician tech contractor* cleaner janitor someone somebody anybody anyone everyone everybody me us him them he she we i you mom mother father dad grandma elderly pregnant peple ppl member occupant occupants operator operators male males female patient tenant tenants attendant* bagger* porter custodian merchandiser* engineer plumber electrician pharmacist nurse neighbour neighbor cyclist resident residents volunteer* cleaner* crewmember subcontractor friend friends brother sister teen teens teenager* stocker greeter closer loader trucker courier mechanic helper intern trainee chef cook guard somebodys ladys mans granny butcher baker receiver passenger* pedestrian* teammate student senior son daughter wife husband pensioner buddy mate folks crew picker herself himself myself themselves",
    "BODY": "hand hands arm arms finger fingers fingertip* thumb foot feet leg legs toe toes head hair face eye eyes neck ankle* wrist* knee* hip shoulder* skin chest ribs rib bone skull forehead scalp elbow shin mouth tongue throat nose limb",
    "MINOR": "childrens child children kid kids toddler* baby babies infant boy girl",
    "HURTING": "fell fallen falls slipped slips slipping tripped trips stumbled tumbled knocked struck hit hits crushed crushing cut cuts bruised scraped scratched punctured sliced stabbed slashed burned burnt scalded pinched stung bitten bit broke broken fractured twisted sprained dislocated smashed squashed ran hospitalised hospitalized gashed gash",
    "FALLING": "fall falls fell falling fallen drop drops dropped dropping collapse* topple* tumble* tipping tipped tip plunge* crash*",
    "CUT": "cut cuts sliced slice slashed lacerat* gash* chopped severed lost punctured pierced crushed mangled smashed stabbed nicked caught injured hurt burned burnt burn broke broken fractured splashed pinched squashed",
    "ELECTRIC": "electric electrical electrically electricity outlet outlets socket sockets breaker breakers fuse fuses fusebox switchgear switchboard transformer wiring wires wire switchroom receptacle receptacles plug plugs mains mdp busbar",
    "WIRED": "outlet outlets socket sockets breaker breakers fuse fuses fusebox switchgear switchboard transformer wiring wires wire cord cords cable cables plug plugs receptacle receptacles electrics electricity electronics",
    "WIRE": "wire wires wiring cable cables cabling cord cords conductor* lead leads copper terminals",
    "BARE": "exposed bare live frayed stripped chewed cut damaged open hanging naked uncovered loose showing torn sticking dangling unprotected uninsulated severed split visible protruding",
    "SHOCK": "shock shocks shocked shocking zap* zapped jolt jolted tingle* tingling electrocut*",
    "BUZZ": "buzz* crackl* popping pops sizzl* hissing arcing sparking humming snapping glowing hot warm burning smoking charred bang",
    "WATER": "water leak leaks leaking leaked drip drips dripping dripped rain raining rainwater flood* wet pouring soaked sewage puddle puddles overflow* damp moisture splash* soaking",
    "LIFT": "elevator* lift lifts escalator* elevater paternoster",
    "ROOM": "elevator* elevater lift freezer* cooler* fridge walk walkin baler compactor restroom* bathroom* toilet* washroom vestibule stockroom storeroom storage safe vault room office coldroom chiller refrigerator stall closet cell basement cage container trailer lockup cubicle shaft trunk tunnel car attic airlock entryway turnstile",
    "STUCK": "stuck trapped locked shut jammed wedged stranded pinned caught imprisoned confined enclosed snagged",
    "STATE_BAD": "down offline out impaired disabled isolated dead fault faulted failed fails failing broken broke empty bypassed inoperative inoperable discharged disconnected unplugged silenced disarmed defective malfunction* kaput useless tampered nonfunctional unresponsive",
    "BLOCKED": "blocked blocking block blocks locked chained jammed stuck obstruct* barred padlocked sealed barricaded boarded wedged bolted inaccessible nailed cluttered",
    "EXIT": "exit exits egress fireexit",
    "OVERHEAD": "ceiling ceilings roof canopy awning facade plaster drywall beam beams joist skylight mezzanine parapet balcony chimney soffit concrete masonry brick bricks stucco girder truss rafters",
    "STRUCTURE": "ceiling ceilings roof canopy awning facade beam beams column columns pillar pillars mezzanine wall walls foundation rack racks racking upright uprights shelf shelves shelving gondola* scaffold* balcony deck stairs staircase stairway staircases floor girder truss pole tree platform chimney support supports structure building bridge",
    "HEAVY": "shelf shelves shelving rack racks racking gondola* pallet pallets stock boxes box fixture fixtures speaker* sign tile tiles light lights lamp fan pole tree wall glass door doors pane tv screen merchandise unit duct pipe pipes beam ladder bricks debris chunks pieces chunk rocks ice icicle* crate crates load mirror monitor stack stacks cabinet grill grille vent panel antenna",
    "BENDING": "bulg* buckl* bowing bowed sagging sags sag leaning leans lean tilting tilts tilted tipping tips giving unstable wobbl* unsteady shifting shifted bent cracking crumbl* swaying detaching detached unsupported toppling caving",
    "GLASS": "glass glas window windows pane panes skylight windshield showcase shopfront",
    "SMASHED": "shatter* smashed smash broken broke breaks breaking cracked burst exploded splintered fell falling out shards splinters",
    "MACHINE": "slicer baler compactor escalator forklift saw grinder conveyor elevator lift leveler leveller press crusher machine mixer cutter shutter truck",
    "SICK": "dizzy sick nauseous nausea nauseated vomit* vomiting puking headache* headaches faint lightheaded ill unwell queasy woozy throwing cough* coughing",
    "BREATHE": "breathe breath breathing",
    "NEGATED": "not cant cannot wont dont doesnt isnt couldnt unable never no stopped without",
    "THREAT": "threat threats threaten threatens threatened threatening threatning",
    "WEAPON": "knife gun pistol rifle shotgun machete weapon weapons firearm handgun axe crowbar sword blade revolver taser bat hammer emojiweapon",
    "ARMED": "has had with pulled pulls pulling drew holding waving wielding carrying brandish* pointed pointing swinging swung threaten* attacked attack robbed showing threatening using grabbed came come",
    "ALARM": "alarm alarms detector detectors monitor monitors sensor sensors siren",
    "SOUNDING": "sounding sounds ringing rings going went goes beep* chirp* activated active triggered blaring blares alarming wailing screaming tripped set alerting keeps ongoing flashing",
    "OIL": "oil oils grease lard fat",
    "ICE": "ice icy frozen sleet",
    "WALKED": "entrance entry sidewalk* walkway* stairs steps ramp lot pavement floor aisle path doorway pathway stairwell",
    "BURST": "burst bursts bursting broke broken breaks ruptur* exploded blew cracked split snapped gave",
    "PIPED": "pipe pipes main mains hose line tank boiler heater sprinkler plumbing pipework waterline",
    "RUSHING": "pouring gushing everywhere rushing spraying flooding gush* cascading pooling streaming raining waterfall",
    "TANK": "tank tanks cylinder cylinders canister* bottle can cans drum vessel boiler container battery batteries",
    "CARRIED": "battery batteries powerbank charger hoverboard scooter laptop cell",
    "VIOLENT": "attack* assault* stab* punch* beat beaten beating hitting kicked kicking slapped choked strangl* spat spit shoved grabbed hit fight* harass* stalk* molest* groped grope",
    "INTRUDER": "burglar* intruder* robber* thief thieves looter* looting shooter gunman gunmen prowler trespasser*",
    "CALLED": "called calling call calls dialed dialled coming here arrived site scene needed need sent way hospital taken attending requested treated dispatched",
    "ODD": "suspicious unattended unknown strange abandoned suspect mysterious",
    "THING": "key keys card cards cart carts coin coins phone ring paper cup ball toy tag pallet pallets box boxes jack trolley truck buggy buggies drawer receipt basket glove coin shoe cash money item product handle button",
}  # fmt: skip

_SITE = {
    "smoke_fire": """
        engulfed|combust*|arson|soot|torched|kindled
        flared|flare|flaring up
        set|lit|went ~1 on fire
        up in smoke|flames
        orange|red|strange glow
        hazy|haze|plume|billow* ~6 smell|store|kitchen|floor|room|coming|roof|vent|compressor|here|here
        cooking|toasting|sizzling|frying ~4 outlet|plug|charger|charging|cord|wire|wires|panel|breaker|battery|station
        plastic|rubber ~2 dripping|melting|burning|smell
        acrid|burny
        FIRE
        SMOKE
        BURNT ~ SMELL
        burn|burning|burnt ~3 rubber|plastic|wire|wires|cable|insulation|electrical|hair|wood|metal
        burning
        BURNT|hot|warm ~4 outlet|outlets|socket|sockets|plug|plugs|cord|cords|cable|cables|wire|wires|wiring|breaker|fuse|adapter|transformer|ballast|receptacle
        MELT ~4 panel|charger|strip|battery|batteries|insulation|carpet|lamp
        hot to touch
        hot to the touch
        too hot to touch
        overheat* ~4 battery|batteries|outlet|plug|cord|charger|panel|motor|breaker|wire|wires|cable|transformer|melting
        glow* ~4 red|orange|hot
        !fire|smoke|heat alarm|alarms ~3 SOUNDING
        !fire|smoke|heat detector|detectors|panel ~3 sounding|sounds|going|activated|triggered|blaring
        alarm|alarms ~4 evacuat*
        evacuat*
        MELT|hot|hissing|leaking|smoking|popped|exploded ~4 CARRIED
        hot ~3 melting
        red hot
        !fire department|brigade|fighters|service|trucks|truck|men|engine ~4 CALLED
        firefighter*|firemen|fireman
        911|999|112 ~3 CALLED
        haze ~4 deli|store|room|floor|kitchen|aisle|everywhere|filling
        charred|scorched|smoldering|smouldering
        blew up
    """,
    "explosion": """
        flash* back
        flashback|backfire*|fireball|detonated|kaboom
        boom|bang|pop ~4 heard|loud|huge|then|followed
        burst|popped|ruptured ~3 tank|cylinder|tire|battery|can|valve|boiler|capacitor|canister
        explod*|explosion|explosions|detonat*|emojiexplosion
        blew ~1 up
        blow ~1 up
        blown up
        loud|big|huge bang|boom|explosion
        bang|boom ~5 SMOKE
        transformer ~4 blew|bang|boom|popped|blown|sizzling|buzzing
        boiler|tank|pressure|vessel|heater ~5 rumbling|bulging|rattling|hissing|overpressure|redline|banging
        pressure|gauge|boiler ~5 in red
        pressure ~3 too high|dangerous|dangerously
        relief|safety valve ~5 blow*|spray*|discharg*|venting|stuck|steam|hissing|popped
        steam ~4 burst*|ruptur*|leak*|spray*|escaping|shooting|blowing|jet|scald*
        cylinder|cylinders|tank|canister|bottle ~5 fell|tipped|venting|valve|hissing|spraying|toppled|rolling
        bulging|swollen|swelling ~4 TANK
    """,
    "gas_leak": """
        co meter|monitor|reading|level|levels|detector|sensor ~4 reads|read|shows|showing|high|over|ppm|above
        gas|gaz ~5 pain|head|headache|dizzy|sick|vomit
        make|makes|making|giving gas
        GAS ~ SMELL
        GAS ~ LEAK
        gas|propane ~4 escap*|hiss*|everywhere|coming|flowing|ruptured|fumes|cloud|broken|cracked|struck|hit|severed|cut|damaged|burst|punctured|filling|strong
        !gas ~4 detector|alarm|sensor|monitor ~3 SOUNDING
        gas|propane|burner ~5 wont shut|turn|close
        gas|burner left on
        gas ~ SICK
        gas|propane line|pipe|hose|main|valve ~4 BURST|hit|leaking|hissing|damaged|struck|off
        rotten|rotting|bad egg|eggs ~4 SMELL
        rotten|rotting eggs
        eggs ~4 SMELL
        sulfur|sulphur ~4 SMELL
        carbon monoxide
        !co|monoxide ALARM ~4 SOUNDING|alarm|sick|warning|high|ppm
        !co ~3 poisoning|leak|ppm|reading|levels|high
        !co2|co2|nitrogen|oxygen|helium|argon|n2 ~3 LEAK|alarm|alarming|spraying|valve|high
        exhaust|generator|truck|forklift|engine ~3 fumes
        pilot ~4 out ~4 SMELL
        mercaptan
    """,
    "electrical": """
        WIRE ~2 without|no ~2 plastic|insulation|cover|protection|cap|tape
        wire|wires|cable|outlet|plug|reader|metal|sink ~4 bit|bites|buzzed|tingled|stung ~2 PERSON
        electric|electricity|current ~5 pain|touch*|hurt|bite|bites|leaking|leak
        stray voltage|current
        earth|ground fault ~4 shock|touch*|metal
        spark|sparks|sparking|sparked|sparky|sparkin|arcing|arced|arcs|emojishock
        arc flash
        electrocut*|electrified
        electric|electrical|static shock|shocks|jolt
        shocked|zapped|jolted ~ PERSON
        shock|shocks|zap|jolt|tingle|tingling|zapping|tingles ~ PERSON
        SHOCK ~ touch*|handle|switch|metal|freezer|door|case|sink|register|electric|electrical|grab*|plug*|cooler|machine|when
        BARE ~2 wire|wires|wiring|conductor*
        bare|live|frayed|exposed|stripped|chewed|cut|sparking|naked|severed|damaged|uninsulated ~2 WIRE
        hanging|dangling|sticking ~3 wires|wires|wiring|wire|power|electrical
        cord|cable|cables|wire|wires ~4 copper|frayed|stripped|cut|chewed
        live ~2 electric|electrical|power|current|parts|terminals|conductor
        wires|wires ~4 reach|child|children|kids
        panel|breaker|electrical|fuse|junction ~3 cover|door ~3 missing|open|off ~5 exposed|live|wires|reach
        BUZZ ~4 breaker|breakers|fuse|fuses|fusebox|switchgear|transformer|outlet|outlets|socket|sockets|electrical|wiring|switchboard|wires
        crackl*|sizzl*|popping ~5 ELECTRIC|floor|strip|light|lights|panel|switch
        power line|lines|pole ~5 down|fallen|fell|hanging|leaning|hit|broken|sagging|sparking|low|snapped|on
        electricity|utility|power|lamp|light pole|post ~5 leaning|fell|falling|fallen|tilting|hit|open
        downed line|lines|wire|wires|cable|cables|pole
        WATER ~ WIRED
        WATER ~ electric|electrical ~4 panel|room|closet|box|cabinet|equipment|outlet|board|installation
        WATER ~4 electrical
        WATER ~5 electricity|electrics|electronics
        WATER ~5 power strip|board|panel|outlet
        WATER ~4 extension cord|cords|lead|leads|cable|cables
        WATER ~3 through|into|inside|in|from|onto|out|over light|lights|fixture|fixtures|lamp|lamps
        WATER ~4 light|ceiling fixture|fixtures
        WATER ~4 server|servers ~4 rack|room|racks|power
        outlet|outlets|socket|sockets|plug|breaker|fuse ~3 wet|soaked|underwater|flooded
        short circuit*|circuiting
        shorting|shorted ~3 out
        blue|bright flash
        touch* ~4 shocks|tingle*|tingling|electric
        electric|electrical ~4 feel|felt ~3 touch*
    """,
    "entrapment": """
        inside ~6 door|doors|lid|gate ~5 not|wont|cant|doesnt open|release|budge
        LIFT ~6 with ~3 PERSON
        stuck|stopped|jammed|halted ~4 with ~3 PERSON
        PERSON ~3 on|in|under|inside|underneath ~4 LIFT|ladder|platform|leveler|plate|forklift|gate ~6 stuck|dropped|fell|stopped|tipped|collapsed|moved
        BODY ~8 cant|cannot|wont|unable ~3 out
        PERSON ~4 lock|close|closed|locked|shut ~1 in|inside ~2 ROOM
        PERSON ~5 not|wont|cant|doesnt open ~5 inside|in
        pounding|banging|knocking|screaming|yelling|crying|shouting ~3 inside|within|help
        inside ~4 pounding|banging|knocking|screaming|yelling|crying|shouting
        calling|screaming|yelling|shouting ~2 help
        rescue|extricate*|freed ~5 PERSON
        LIFT|stairs|escalator ~4 no|not move ~5 PERSON|inside
        trapped|entrap*|trap ~5 PERSON|BODY|ROOM|inside
        stuck|locked|shut|closed|jammed|wedged|stranded|caught|pinned|trapped ~4 PERSON ~4 in|inside|behind|between|under|up|on|out
        MINOR ~5 stuck|locked|wedged|trapped|stranded|jammed
        PERSON ~2 STUCK
        PERSON ~3 stranded|pinned|trapped|locked
        BODY ~4 STUCK|crushed|pinned|wedged|sucked|pulled
        BODY ~3 in|under escalator|conveyor|baler|door|doors|lift|machine|gate|grinder|slicer|compactor
        STUCK ~2 in|inside|on ~3 ROOM ~4 PERSON
        stuck|locked|trapped|shut inside|in ROOM
        stuck|locked|trapped|shut inside|in walk in
        stuck|locked|trapped|shut ~1 in|inside ~2 ROOM
        STUCK behind
        locked|trapped inside
        PERSON ~3 inside|under ~6 STUCK|stopped|wont|cant|door|doors|elevator|lift|freezer|jam*|fallen|shelves|banging|closed|release|broken
        PERSON ~3 under ~3 HEAVY
        under ~2 collapsed|fallen|heavy ~2 HEAVY
        cant|cannot|unable|couldnt|wont ~3 get|come|let|climb|break ~2 out|him|her|them|me|us ~8 PERSON|ROOM|STUCK
        cant|cannot get out
        unable to get|leave|exit|escape
        !no way out
        wont|cant|cannot|doesnt|not open|opens ~1 from ~2 inside|within
        release|handle|knob|button ~3 inside|inner|interior ~6 doesnt|wont|broken|broke|missing|fell|not|dead|stuck|jammed|off
        inside|inner|interior|emergency|safety release|handle|latch|knob ~4 doesnt|wont|broken|broke|missing|fell|not|dead|stuck|jammed|off
        alarm|panic button|buttons ~4 dead|broken|not|doesnt|wont ~8 walk|freezer|cooler
        LIFT ~ stopped|stuck|jammed|dead|halted|wont ~ PERSON
        LIFT ~5 between floors
        between floors ~5 stuck|stopped
        LIFT ~4 PERSON ~4 inside|in|trapped|stuck
        PERSON ~6 intercom|banging|screaming|yelling|knocking ~6 LIFT|door|inside|STUCK
        MINOR ~4 locked|left|alone ~4 car|vehicle|room|inside|bathroom|trunk
        gate|shutter|door|doors|shelf|forklift|truck ~4 came|closed|fell|dropped|down|closes|closing|hit ~3 on|onto|over|against ~3 PERSON|BODY
        pinned|crushed|squeezed|squashed ~4 PERSON|BODY
        pinned|crushed|squeezed under|between|beneath|against
    """,
    "collapse": """
        icicle|icicles|boulder|debris|masonry|tiles|bricks|plaster|concrete|glass|branches|branch|limb|slab|panels|sheets|cladding|shingles|snow ~3 falling|dropping|coming|fell|raining|sliding
        dropped|fell|tipped|toppled|swung|rolled|collapsed ~6 while|when|with ~5 PERSON
        forklift|truck|crane|lift|vehicle|jack|tugger|reach ~3 tipped|overturned|rolled|toppled|flipped
        load|pallet|pallets|rack|stack ~3 leaning|shifted|hanging|teetering|unstable
        violently|wildly ~4 shaking|wobbling|vibrating|swinging|swaying|spinning
        STRUCTURE ~6 coming|come|fall|folding|giving|pulling|separating ~2 down|in|out|away|apart
        STRUCTURE ~4 want|wants|going|close|ready|near ~2 fall|falling|collapse|collapsing
        teeter*|precarious*|disintegrat*|subsid*
        shelf|shelves|shelving|rack|racks|racking|gondola ~4 folding|bending|bowing|buckling|collapsing|giving
        pulled|pulling|torn|ripped|coming ~1 out|away ~2 wall|ceiling|anchor|anchors
        HEAVY|STRUCTURE|piece ~3 fall|falls|fell|falling|down|came ~6 head|PERSON|near|almost
        elevator|lift|freight ~4 dropped|drops|fell|fall|plunged
        stairs|stair|steps|step|ladder|floor ~3 broke|broken|collapsed|cracked ~6 PERSON|down|fell
        collapse*|collapsing
        cav* in
        caving|caved
        gave|give|gives|giving way
        about to|2 ~1 fall|collapse|come|tip|give|drop|break|topple|crash|cave
        ready|going|gonna to fall|collapse|topple|tip|cave
        going|will|could|might|may|gonna ~1 fall|collapse|topple|drop ~5 on|onto|somebody|someone|head|PERSON|HEAVY|STRUCTURE
        HEAVY|STRUCTURE ~4 could|might|may|will|gonna|would fall|collapse|topple|drop|tip|come
        FALLING ~3 on|onto|over|near|towards ~3 PERSON|BODY|building|car|cars|entrance|sidewalk|walkway|checkout
        falling|dropping|raining|fell ~3 from ceiling|roof|above|facade|wall|upstairs
        FALLING ~4 OVERHEAD
        ceiling tile|tiles|panel ~4 fell|falling|fallen|down|dropped|collapsed
        came|coming|come ~1 down ~5 ceiling|roof|wall|shelf|shelves|shelving|racking|rack|canopy|tree|sign|pole|scaffold*|gutter ~4 on|onto|crashing|hit
        come|came|coming crashing
        rack|racking|racks|shelf|shelves|shelving|beam|upright|wall|ceiling|roof ~3 come|came|coming down
        crashed|drove|ran|rammed|backed ~2 into|through ~3 building|store|storefront|shop|wall|entrance|window|front|pole|column|door|doors|rack|racking
        HEAVY ~3 hanging ~3 by|thread|bolt|screw|wire|loose|low
        dangling ~4 OVERHEAD|HEAVY
        hanging ~3 by one|a|single|thread|bolt|screw|wire|nail|cable
        hanging ~2 from ~1 ceiling|roof ~6 loose|half|bolt|heavy|low|about
        hanging|coming|came|comes|come|broken|broke|break|working ~1 loose ~5 OVERHEAD|canopy|sign|awning|speaker|fixture|lights|light|panel|cladding|scaffold*|railing
        STRUCTURE ~4 bulg*|buckl*|bowing|bowed|sagging|sags|leaning|tilting|tipping|crumbl*|toppling|unstable|swaying|caving
        rack|racks|racking|upright|uprights|pillar|column|scaffold*|mezzanine ~4 BENDING|hit|struck|damaged|dented
        gondola|shelf|shelves|shelving|tower|stack|stacks|pallets|pallet|cabinet ~4 tipping|tips|toppl*|leaning|unstable|wobbl*|collaps*|tip
        crack|cracks|cracked|cracking ~4 column|columns|pillar|beam|beams|foundation|support|supporting|structural|structure|load|girder|slab|deck|mezzanine
        floor ~3 gave|caving|sinking|collapsing|soft|giving|sunk|spongy
        hole ~3 floor|sidewalk|stairs|walkway|deck|ramp
        fall|fell|falls|step|stepped through|into
        sinkhole*
        manhole|grate|grating ~4 missing|open|uncovered|broken|off|gone
        railing|railings|handrail|handrails|guardrail|banister|balustrade ~4 gave|came|broke|broken|snapped|missing|off|loose|detached|collapsed
        step|steps|stair|stairs|tread|treads|rung ~4 broke|broken|missing|collapsed|gave|cracked|rotten
        escalator ~3 step|steps|comb|gap|missing|teeth
        spring|cable|chain|rope|hoist ~3 snapped|broke ~8 door|lift|gate|shutter|elevator|load|hit
        door|shutter|gate|leveler|leveller|lift|platform|hoist|elevator ~4 crash*|dropped|drops|slammed|plunged|plummeted|free ~5 down|suddenly|on|fast|fell
        door|shutter|gate|lift|platform|elevator|load ~2 fell|dropped
        load ~3 raised|fell|falling|dropped|shifted
        fan|blade|wheel|part|piece|saw ~4 flew|flying ~2 off|out|across
        flew|flying off|across
        ladder ~3 broke|broken|collapsed|fell|slipped|snapped
        tree|branch|pole|mast|crane|scaffolding|lamppost ~3 fell|fallen|falling|leaning|down
        roof|facade ~4 flew|blown|blowing|peeling|lifted|ripped|tearing ~4 off|wind|away|storm
        structural|structurally ~3 damage|damaged|failure|unsound|unsafe|compromised
        wheel ~3 came|fell|off ~5 forklift|truck|raised
        stock|boxes|pallets|merchandise|items ~3 falling|fell ~3 from|on|off
    """,
    "glass": """
        shard|shards|shatter*
        GLASS ~3 shatter*|smashed|shards|splinter*|exploded|burst|kicked
        broken|broke|breaking|cracked|loose ~2 glass|pane|panes|skylight|windowpane
        glass|pane|panes|skylight|mirror ~2 broke|broken|breaking|everywhere|falling|fell|exploded|pieces|rained|raining|splinters|came
        window|windows ~3 fell|falling|fall|blew|blown|out|exploded|loose|hit|smashed|kicked
        GLASS ~3 about to
        sharp ~3 glass|edge|edges|metal ~6 cut*|exposed|kids|children|customers|sticking|bleeding|reach|hurt|customer
        smashed ~3 window|door|glass|windows
    """,
    "injury": """
        bees|wasps|hornets|swarm* ~6 sting|stung|attack*|entry|entrance|PERSON
        swollen|swelling ~3 face|throat|hand|leg|arm|PERSON|stung
        PERSON ~4 not|isnt|wont|doesnt|stopped|arent ~1 responding|respond|moving|move|awake|answering|responsive
        out cold
        went down hard
        PERSON ~3 went|go|goes|lying|laying|lies ~2 down|floor|ground
        motionless|lifeless|impaled|trampled|stampede|blister*|puncture|gash|gashed|limping|conscious|vertigo
        doubled over
        catch|catching ~1 breath
        PERSON ~5 pain|pains|ache|vomit|vomiting|fever ~6 smell|gas|head|chest|product|chemical
        something|debris|dust|glass|metal|chemical|cleaner|splash* ~3 in ~2 eye|eyes
        cut ~2 BODY
        cut|hurt|hit|burn|injured|struck ~2 PERSON
        needs|need ~2 doctor|medic|medics|hospital|ambulance|medical
        eat|eats|ate|eating|grabbed|swallowed|caught ~3 shoe|arm|hand|finger|scarf|hair|sleeve|foot|clothes
        clipped|struck|hit|rammed ~2 by ~4 door|doors|forklift|cart|truck|car|box|gate|shelf
        injur*|wound*|wounded|emojiinjury
        hurt|hurts|hurting
        bleed|bleeding|bleeds|blood|bloody|bled
        unconscious|unresponsive|faint|fainted|fainting|faints|concussion|concussed
        passed|pass|passing|blacked out
        passed|pass out
        collapsed ~4 PERSON
        knocked out|unconscious
        seizure|seizures|convuls*|epilep*|cardiac|stroke
        heart attack
        chest ~2 pain|pains|tight|tightness
        not|cant|cannot|unable|stopped|hard|trouble|difficulty|difficult|struggling|barely|couldnt|problem|problems|hardly|short|shortness ~3 BREATHE
        choke|chokes|choked|choking|suffocat*|asphyxi*|gasping|wheez*|smother*
        drown*
        burning|watering|stinging|sting|irritated|itching|hurt eyes
        eyes|throat|lungs|nose ~2 burn|burning|watering|stinging|sting|irritat*|itch*|sore
        PERSON ~5 cough*|dizzy|nauseous|nausea|nauseated|vomiting|puking|lightheaded|wheez*
        everybody|everyone|people|staff|several ~3 coughing|cough
        PERSON ~4 feel|feels|feeling|getting|felt|fell|became|become|got|gotten|made|making|went sick|ill|unwell|dizzy|faint|weak
        PERSON ~4 feel|feels|feeling|felt ~2 sick|ill|unwell|dizzy|faint
        dizzy|lightheaded|nauseous
        throwing|threw up
        headache|headaches ~ SMELL|FUMES|chemical|staff|everyone|employees|dizzy|sick
        PERSON ~5 cut|sliced|gashed|stabbed|slashed ~3 himself|herself|themselves|myself|BODY
        CUT ~3 BODY
        BODY ~3 cut|sliced|crushed|severed|amputated|mangled|burned|burnt|broken|fractured|smashed|slashed|lacerated|swollen|injured
        himself|herself|themselves|myself|yourself ~3 cut|burned|burnt|hurt|injured|stabbed
        PERSON ~2 fell|slipped|tripped|fallen|stumbled|slips|falls
        fell|slipped|tripped|fallen|slipping|tripping|stumbled|skidded ~4 PERSON
        PERSON ~2 slipping|tripping|falling|slip|slips|trip|falls|stumbling|skidding|tumbled
        almost|nearly ~3 fell|fall|slipped|hit|crushed|killed|hurt|tripped|injured|died|electrocuted|run|struck|lost
        slipped|tripped on|over|from|down|into
        fell ~2 off|from|down|into ~4 ladder|ladders|stairs|stair|steps|stool|chair|roof|dock|platform|lift|truck|escalator|forklift|scaffold*|mezzanine|pallet
        hit|struck|knocked|clipped ~3 PERSON ~3 head|down|by|over|in|with|down
        hit|struck|knocked|hitting ~2 PERSON|BODY
        PERSON ~2 hit|struck|crushed|knocked|pinned|rammed ~3 by|under|between|down|over
        run|ran|rolled over ~3 PERSON|BODY
        knocked ~1 down|over ~3 PERSON
        crush|crushed|crushing|crushes ~4 PERSON|BODY
        stitches|amputated|amputation|tourniquet|ambulance|paramedic*|emt|emts|hospital|hospitalized|hospitalised|medics|medic|cpr|defibrillat*
        lost ~3 finger|fingers|fingertip|fingertips|hand|arm|leg|eye|consciousness
        broke|broken|fractured|sprained|dislocated ~3 hip|arm|leg|wrist|ankle|bone|neck|nose|rib|ribs|collarbone|elbow|knee
        scald*
        hot|boiling oil|water|steam|grease ~5 burned|burnt|splashed|face|hand|skin|PERSON
        burned|burnt|burn|burns ~3 PERSON
        stung|bitten|bit ~3 PERSON
        PERSON ~3 stung|bitten
        allergic|anaphyl* ~2 reaction|shock
        poisoned|poisoning|emojipoison|emojisick
        overdose|overdosed|overdosing
        dead|deceased|died|dying|lifeless ~2 PERSON|body
        PERSON ~2 dead|died|dying|collapsed|bleeding|down
        someone|somebody ~3 die|killed
        killed|fatal|fatality|fatalities
        needle|needles|syringe|syringes ~5 found|sticking|used|floor|bin|restroom|bathroom|toilet|stuck|aisle|trash|on|in
        used|dirty needle|needles|syringe|syringes
        nail|nails|screw|screws|metal|spike|spikes|rebar|splinter|splinters|bolt ~3 sticking|through|protruding|stepped|exposed ~6 out|up|foot|hand|shoe|floor|playground|kids|board|of
        bare nail|nails
        first aid ~3 given|needed|called|applied
        shoe|clothes|sleeve|scarf|hair|apron|dress|coat|skirt|shoelace ~4 sucked|pulled|caught|dragged|stuck|trapped ~3 in|into|escalator|conveyor|machine|belt
        medical emergency|help|attention
        emergency ~2 medical
        baby|child|kid|toddler|infant ~3 swallowed|choking|burned|fell|hurt|drowning|missing
        someone|somebody|person|people|customer|customers|kid|kids|child|children|employee ~3 will|could|might|may|gonna|going ~3 hurt|killed|fall|slip|trip|injured|electrocuted|burned|die|crushed|cut|shocked|trapped
        will|could|might|may|going ~3 kill|hurt|injure|electrocute|crush|burn ~3 someone|somebody|people|PERSON
        carbon|monoxide|food poisoning
    """,
    "trip": """
        trip|tripping|trips|slip|slipping|slipped|fall|falling hazard|danger|risk
        tripped over|on
        slippery|slick
        people|customers|customer|everybody|kids|we|guests ~3 slip|slipping|trip|tripping|tripped|slipped|fall|falling|fell
        ice|icy|sheet|frozen|ice ~4 stairs|steps|sidewalk|sidewalks|walkway|walkways|ramp|pavement|entrance|doorway|path|stairwell|parking
        black ice
        ice rink
        OIL ~3 spill|spilled|slick|slippery|everywhere|patch ~5 floor|aisle|entrance|customers|walkway|stairs
        oil slick
    """,
    "chemical": """
        pepper spray|sprayed
        pepperspray|mace|teargas
        tear gas
        sprayed something
        stings|burns|hurts|watering|waters ~2 eyes|throat|nose
        pungent|overpowering|choking|suffocating|stinging ~2 SMELL|smell|gas|air
        white|thick fog|cloud|mist|vapor|vapour
        CHEMICAL|liquid|powder ~3 run|runs|running|spread*|everywhere ~3 floor|aisle|room
        clean* ~3 mixed|mix|two|together ~5 gas|smoke|fumes|smell|product
        ammonia|emojipoison|asbestos|radioactive|radiation|anthrax|cyanide|chloramine
        mercury ~4 spill*|broke*|thermometer|leak*|floor|beads
        COOLANT ~5 LEAK|SMELL|spray*|cloud|fog|alarm|hiss*|mist|escap*|everywhere|sick|low|pouring
        CHEMICAL ~5 SPILL|FUMES|SMELL|reaction|burn*|cough*|face|eyes|skin|cloud
        acid ~4 leak*|spill*|burn*|splash*|drip*|floor
        FUEL ~5 SPILL|SMELL|FUMES|floor|everywhere
        TOXIC ~4 fume*|vapor*|vapour*|gas|gases|smell*|odor*|air|substance|chemical*|material*|liquid|cloud|smoke|waste|spill*|leak*|mold|mould
        FUMES
        vapor|vapour ~3 toxic|strong|chemical|solvent|paint
        hazmat|hazardous ~4 spill*|leak*|label|drum|team|material|materials|substance|liquid|container|incident
        white|unknown|suspicious|strange|yellow|odd|mystery powder|substance|liquid|chemical|gas|fumes
        hydraulic|hot|boiling ~3 oil|fluid ~4 spray*|squirt*|shooting|burst*|mist|splash*|jet
        cough*|wheez* ~5 SMELL|fumes|dust|gas|spray|everybody|everyone|people|customers|door|staff|mold|aisle
        bleach ~4 mixed|mix|mixing|with|and ~3 cleaner|ammonia|acid|vinegar|another|other|chemical
        SMELL ~4 make|makes|making|giving|gives|made ~5 SICK|PERSON
        SMELL ~6 dizzy|headache|headaches|sick|nauseous|nausea|choking|faint|burning|lightheaded|vomiting
        white|vapor|mist|gas|refrigerant|freon|ammonia|strange cloud|fog
        hiss* ~5 cloud|fog|gas|white|cooler|tank|cylinder|meter|line|freon|refrigerant
        pesticide|insecticide|roach spray|can|bomb|fogger ~4 burst*|exploded|leak*|cough*
        black mold|mould ~8 wheez*|breath*|sick|cough*|asthma
        drum|barrel|tote|container|canister ~4 leak*|bulg*|hiss*|bubbl* ~6 chemical|hazmat|acid|unknown|label|toxic
    """,
    "egress_blocked": """
        !emergency|fire|panic exit|door|bar ~3 handle|bar|latch|lever|hinge ~3 came|broke|broken|fell|off|missing
        !exit|exits|egress|emergency|escape ~5 not|wont|cant|doesnt|fails|failed|refuses|unable ~2 release|unlatch|open|unlock|budge|swing
        !fire|emergency|back|rear door|doors|exit|exits ~4 chain|chains|chained|padlock|padlocked|barricaded
        !emergency|fire|escape door|exit ~3 close|closed|locked|lock ~3 with|chain|key|outside
        !exit|exits ~3 padlock*|chain|chains
        !EXIT ~4 BLOCKED
        !EXIT ~4 wont|cant|cannot|doesnt|not|unable|couldnt ~2 open|opens|opened|budge|move|use|exit|push
        !cant|cannot|unable|wont|couldnt ~3 open|use|reach|get ~4 EXIT
        !EXIT ~4 front|piled|full|behind|against|stacked|filled ~6 pallet|pallets|boxes|stock|carts|merchandise|trash|cardboard|freight|front
        !fire|emergency|escape|evacuation|emergency door|doors|exit|exits|route|routes|path|stairs|staircase|way ~5 BLOCKED|wont|cant|full|piled|cannot|stacked|filled|not|doesnt|covered
        !pallet|pallets|boxes|stock|carts|merchandise|trash|cardboard|freight|shelf|shelves|display ~4 front|blocking|against|covering ~4 EXIT|escape|emergency|fire
        !crash|panic|push bar|hardware ~5 broken|broke|stuck|wont|not|jammed|doesnt|fell|missing|off|locked|inoperable
        !escape|evacuation route|path|way|door ~5 full|blocked|cluttered|locked|pallets|boxes|closed
        !people|customers|staff|we cant|cannot|couldnt get|exit|leave ~2 out
        !no ~2 emergency|exit|escape light|lights|lighting ~6 dark|outage|power|stairs|people
        !dark|darkness ~5 people|customers|stairs ~6 stairs|lights|people|cant|trapped
    """,
    "fire_system_impaired": """
        !fire watch ~3 need*|required|posted|start*|set|ordered
        no|not ~3 zones|zone ~3 report*|respond*
        ansul|suppression ~3 dumped|went|fired|released|activated|discharged|triggered
        sprinkler|sprinklers ~4 low pressure
        sprinkler|sprinklers|fire|riser ~5 valve ~3 closed|shut|off
        !fire|alarm|smoke|sprinkler|suppression|ansul|heat|halon alarm|alarms|panel|panels|detector|detectors|system|systems|head|heads|pump|pumps|valve ~4 STATE_BAD|missing
        !fire|smoke|suppression alarm|alarms|panel|detector|detectors|system|systems|extinguisher|extinguishers|pump ~3 not|doesnt|dont|wont|isnt|arent|never ~2 work|working|respond|reset|sound|function|charged|online|functional|operational|ring|responding|functioning
        sprinkler|sprinklers ~4 STATE_BAD|shut|capped|closed|not|doesnt|wont|gushing|discharg*|spraying|snapped|knocked|hit|blocked
        !fire|alarm alarm|panel in trouble
        !fire|smoke|alarm|sprinkler|sprinklers ~3 turned|switched|shut off
        sprinkler|sprinklers off
        !fire|alarm alarm|panel trouble
        !fire extinguisher|extinguishers ~4 empty|discharged|missing|gone|stolen|not
        extinguisher|extinguishers ~3 empty|discharged|stolen
        !smoke detectors|detector|alarms|alarm ~3 disabled|covered|removed|taped|unplugged|bypassed|disconnected|dead
        ansul ~3 discharg*|STATE_BAD|tripped
        fire door|doors ~4 wedged|propped|held|tied|blocked
        no ~2 fire protection|alarm|sprinkler|sprinklers|extinguisher|extinguishers|detection
    """,
    "machine_guard": """
        moved|started|cycled|activated|ran|closed|turned|spun ~4 while|when ~5 PERSON|hand|hands|arm|clearing|cleaning|inside
        guard|shield ~3 broke|came|fell|cracked|snapped ~4 off|blade|saw|slicer
        not|doesnt|wont|cant|dont stop ~6 escalator|conveyor|forklift|saw|slicer|baler|compactor|grinder|mixer|belt|press
        machine|baler|slicer|conveyor|saw ~3 not|doesnt|wont|dont stop ~6 button|emergency|press|red
        red|stop|emergency button ~5 not|doesnt|broken|dead|dont|wont|missing
        e|emergency stop ~5 not|doesnt|wont|broken|bypassed|disabled|missing|dead|fails|failed|does|inoperative|stuck
        estop|interlock|interlocks ~4 not|doesnt|wont|broken|bypassed|disabled|missing|dead|fails|failed|defeated|overridden|jumped
        safety|blade|machine|finger guard|guards|gate|cover|switch|shield|sensor|sensors|edge|edges ~4 missing|removed|broken|off|bypassed|disabled|open|fell|not|dead|doesnt|failed
        guard ~2 missing|removed|off|broken ~5 MACHINE|blade|fan|belt
        MACHINE ~4 guard ~3 missing|removed|off|broken|open
        runs|running|starts|operates|cycles|cycling|started|moves|moving ~3 with gate|door|guard|cover|lid ~3 open|off|removed|missing
        runs|starts|cycles|moves|started ~3 by itself|own
        forklift|truck|lift|vehicle|tugger|pallet|jack|escalator|cart ~4 brake|brakes ~4 fail*|not|dont|gone|wont|bad|out|dead|no|broken
        doors|door|gate|shutter ~3 close|closes|closing|shuts|slams|slam|slamming|hits|hitting ~3 on ~2 PERSON|hand|hands|arm|arms|heads
    """,
    "flood": """
        flood*
        water ~4 RUSHING
        ankle|knee deep
        inches|inch|feet|cm|centimeters ~2 of water
        burst|bursted|bursting ~3 pipe|pipes|main|mains|hose|line|tank|heater|sprinkler
        pipe|pipes|main|mains|plumbing ~3 burst*|broke|ruptur*|exploded|blew|busted|bust
        water main|line|pipe|tank ~3 BURST
        ruptur*
        submerged|underwater
        under water
        sprinkler|hydrant|valve|pipe|hose ~5 gushing|spraying|flooding
        storm|rain water|rainwater ~4 rushing|coming|pouring|entering|flowing
        water|rain ~3 rushing|pouring|gushing|cascading
    """,
    "sewage": """
        sewage|feces|faeces|excrement
        sewer ~3 back*|water|smell*|gas|overflow*|odor*
        toilet|toilets|urinal ~3 overflow*|overflowing|flooding
        waste|black water|backup
        raw sewer|waste
        septic ~3 overflow*|backup|backing|smell
    """,
    "unsafe": """
        dangerous|dangerously|danger|unsafe|life threatening|deadly|lethal|perilous|mayday|sos|emojihelp
        life|lives threatening|risk|danger|endanger*
        endanger*
        not safe
        hazard|hazards|hazardous ~3 safety|serious|big|huge|major|public|health|big|real|is|customers|people|kids|children|customer|fire|electrical
        help ~2 help|emergency|fast|quick|urgent|us|fire
        emergency ~2 real|life|help|serious|immediate|now
        risk ~2 of ~2 fall*|injury|death|collapse|electrocution|burns|shock|explosion
        life safety ~3 issue|risk|concern|hazard
    """,
}  # fmt: skip

_PEOPLE = {
    "violence": """
        bag|box|package|parcel|suitcase|something|device|backpack ~4 ticking|wires|beeping
        gunpoint|knifepoint|holdup|stickup|assailant|attacker|swatting
        swinging|throwing|smashing ~3 things|bottles|chairs|fists|products|items|punches
        following|followed|stalking ~2 me|her|cashier|girl|employee
        kill|stab|shoot ~3 me|him|her|us|you|myself|himself
        WEAPON ~5 ARMED
        PERSON ~3 gun|pistol|rifle|shotgun|machete|firearm|handgun|revolver|weapon|crowbar
        he|she|man|guy|someone|somebody|person|they|robber ~1 knife|axe|sword|blade|bat|hammer
        PERSON ~3 WEAPON ~4 PERSON
        armed ~3 PERSON|robbery|man|men|with|suspect*|gang|robbers
        THREAT ~6 PERSON
        THREAT ~5 kill|hurt|beat|harm|stab|shoot|WEAPON|violence|life|death|burn
        death|bomb threat|threats
        threatening ~3 staff|cashier|us|customers|me|behaviour|behavior|manner|message|call|letter
        kill|shoot|murder|rape ~3 PERSON|us|all|you|everybody|family
        hurt|harm|beat|beating ~3 you|her|him|us|family|cashier|staff|clerk|them|me|children
        beat|beating|beaten|beats up
        something ~4 happen ~4 family|kids|you|children
        VIOLENT ~4 PERSON
        PERSON ~4 attack*|assault*|stab*|punch*|spat|shoved|fighting|strangl*|harass*|groped|molest*|slapped|kicked|violent|aggressive|screaming
        hitting|punching|kicking|smashing ~4 counter|door|desk|PERSON|things|display*|glass
        fight|brawl|riot|fighting|brawling|rioting|mob
        shot|shots|gun fired|fired|gunfire
        shots fired
        shooting|shooter|gunman|gunmen|gunshot*|gunfire|hostage*|kidnap*|abduct*|murder*|rape|raped|terrorist*|suicid*|stabbing|stabbed|assaulted
        bomb|bombs|grenade|emojibomb ~5 found|threat|in|under|device|package|scare|says|has|there|will|store|building
        bomb|pipe bomb|device ~4 threat|suspicious
        ODD ~2 package|parcel|bag|backpack|suitcase|device|object|box|envelope|item ~8 left|found|wires|ticking|near|by|at|next|entrance|wire|in
        staff|cashier|employees|everyone|customers|we|i ~3 afraid|scared|terrified|frightened|fear|unsafe
        afraid|scared|terrified|fear ~3 life|lives|safety
        forcing|forced|blackmail*|extort*|coerc*|under duress ~4 PERSON|me|us|payment
        blackmail*|extort*|duress|coerc*
        panic|duress|hold button|buttons|alarm|up ~5 not|doesnt|dead|broken|pressed|silent|activated
        wait* ~3 after ~2 work|shift ~6 her|him|me|hurt|cashier
        drunk|drugged|intoxicated|aggressive|violent|crazy ~2 PERSON
        road rage
        razor ~1 blade|blades ~5 in|found|inside|put
    """,
    "crime_in_progress": """
        trying|try|tries ~2 break ~1 in|into
        smash ~1 grab
        take|takes|took|want|wants|asking|ask|demand* ~5 money|cash|till ~6 knife|gun|bad|threat*|now|weapon
        robbery|robbed|robbing|robbers|robber|rob ~8 PERSON|store|now|we|being|armed|us|progress|at|lost|today|inside|glass|smashed
        being robbed|burgled|burglarized|looted|mugged
        INTRUDER ~5 inside|in|still|store|here|building|now|entered|roof
        burglar*|looting|looters|looted|carjack*|mugged|mugging|hijack*
        stealing|steal|steals|shoplifting|robbing|looting ~4 now|progress|right|currently|moment|running|runs
        theft|robbery|burglary|breakin|crime ~2 in progress
        running|ran|runs|run ~1 out ~4 with ~4 tv|goods|merchandise|cash|cart|stuff|bag|items|product
        grab|snatch ~2 run|and
        snatched|grabbed ~3 ran|purse|cash|till
        kicked|breaking|broke|broken|forced|pried|smashed ~1 in|into|through ~4 door|store|back|window|building|shop|night|warehouse|last
        kicked|smashed|rammed|breaking in
        break in ~5 progress|last|night|happened|door|window|back|store
        gang|mob|group ~4 stealing|threatening|robbing|looting|smashing|desk|fighting|youths
        someone|somebody|man|person|people ~3 inside|in ~4 after|closed|hours|hiding|roof|alarm
        hiding ~3 in ~3 store|restroom|stockroom|warehouse|building
    """,
}  # fmt: skip

_PRODUCT = {
    "recall": """
        recall|recalled ~4 product|products|item|items|goods|list|notice|class|fda|usda|manufacturer|lot|batch|batches|safety|food|pull|stock|urgent|issued|under|by|remove|affected|sku|brand
        recalled
        product recall|withdrawal
        do not sell|eat|consume|use
        dont sell|eat|consume
        stop sale|sales|selling|sell
        pull|pulled|remove|removed|take|taken|withdraw|withdrew|withdrawn ~5 from|off ~2 shelf|shelves|sale|market ~5 PERSON|everything|now|authority|health|safety|immediately|all|fda|unsafe|recall
        withdrew|withdrawn ~5 authority|health|market|manufacturer|product|safety|sale
        health|food|safety authority|department|inspector|agency ~6 withdrew|withdrawn|ordered|closed|stop|warning|contaminat*|recall*|banned
        quarantine|quarantined ~5 lot|batch|product|goods|pallet|pallets|stock|suspected|hold
    """,
    "contamination": """
        salmonella|listeria|botulism|botulinum|ecoli|norovirus|campylobacter|aflatoxin|hepatitis|cholera
        e coli
        contaminat*|tainted|adulterated|poisoned|spoilt|poisonous
        foreign object|objects|body|bodies|matter|material
        glass|shard|shards|metal|plastic|wood|wire|needle|needles|blade|blades|razor|stone|screw|nail|insect|insects|bone|rubber|staple|bolt|shavings|fragments ~5 in|inside|found ~4 jar|jars|food|bread|jam|flour|baby|soup|yoghurt|yogurt|milk|cereal|salad|meat|candy|chocolate|apple|apples|bottle|bottles|can|cans|sauce|juice|cheese|product|formula|cake|sandwich|meal|cookies|chicken|rice|pasta|fruit|snack|pizza|jacket|pocket|returned
        found|bit|swallowed|ate|chewed ~4 glass|shard|shards|metal|plastic|needle|needles|blade|blades|razor|screw|nail|insect|insects|worm|worms|maggot*|mouse|rat|roach|stone|bone|staple
        metal shaving|shavings|fragment|fragments|piece|pieces|splinters
        piece|pieces|bit|bits ~2 of ~1 glass|metal|plastic|wire ~6 in|found|swallowed|bread|food|jar
        glass in
        dead|live mouse|mice|rat|rats|cockroach*|bug|bugs|insect|insects ~5 in|inside|found|box|bag|package
        maggot*|worms|droppings|weevil*|larva*
        poison|bleach|pesticide|chemical|chemicals|cleaner|detergent|antifreeze|diesel|fuel|ammonia|agent ~5 leak*|spill*|on|into|contaminat*|in|over ~5 food|rice|water|flour|pallets|produce|milk|bottles|pasta|meat|goods|bread|grain|sugar|juice
        food poisoning
        got|getting|fell|became|made|become ~2 sick|ill ~6 eat*|ate|after|from|food|PERSON|drink*
        fell|got|became|become ill|sick
        ill|sick|vomit*|diarrhea|diarrhoea ~5 after|from ~2 eat*|drink*|ate|using|consum*
        rat|mouse poison ~5 spill*|on|in|food|pallets|leak*
        smell*|taste*|tasted|reek* ~4 chemical|chemicals|bleach|gasoline|petrol|solvent|diesel|ammonia
        mold|mould|moldy ~6 cereal|bread|food|baby|formula|mouse|ate|eat*|jar|yoghurt|yogurt|child|cheese|meat
        rotten|spoiled|putrid ~3 meat|chicken|fish|food|milk|formula ~8 sick|ill|ate|eat|child|baby
    """,
    "allergen": """
        undeclared|unlabeled|unlabelled|hidden ~4 allergen*|milk|nut|nuts|peanut|peanuts|egg|gluten|soy|sesame|wheat|almond*|shellfish|fish|ingredient*
        not declared|labeled|labelled|listed|label|marked ~6 allergen*|nut|nuts|peanut|peanuts|milk|egg|gluten|soy|sesame|almond*|shellfish
        allergen*|nut|nuts|peanut|peanuts|milk|egg|gluten|soy|sesame ~6 not ~3 declared|labeled|labelled|listed|label|marked|on|mentioned|shown
        allergic|anaphyl*
        wrong|mislabel* ~3 label|labels|labeled ~8 allergen*|nut|nuts|peanut|peanuts|milk|egg|gluten|soy|sesame
        mislabel* ~6 allergen*|nut|nuts|peanut|peanuts|milk|gluten|egg|soy
        undeclared
        epipen|hives|rash ~6 after|from|PERSON|ate|cream|skin
    """,
    "tampering": """
        tamper*
        opened|open and|then resealed|reclosed|closed|glued
        reseal*
        seal|seals ~3 broken|broke|cut|missing|tampered ~6 food|baby|milk|bottle|bottles|formula|medicine|pills|jar|jars|cap|cans|truck|trailer
        someone|somebody ~4 put|injected|poisoned|opened|mixed ~6 food|in|apples|milk|needle|needles|poison|glass|bottle|pills
        swapped|replaced ~3 pills|medicine|formula|contents
    """,
    "product_hazard": """
        caught|catches|catching|catch fire|alight|flame|flames
        on fire
        in flames
        burst|erupted|went|went into|in|up|to flames|flame|fire|smoke
        burst|went|erupted ~1 flames
        flames ~4 from|out|coming|shot|shooting|saw
        started|starts|began|begins ~1 smoking|smoke|sparking|burning|melting
        smoke ~3 from|out|coming|came|inhal*|filled
        explod*|explosion
        blew up
        battery|charger|phone|powerbank|cell ~4 swell*|swollen|swelled|bulg*|exploded|burned|burnt|melted|smoking|caught|hissing
        burned|burnt|burning|burn ~3 down|house|BODY|PERSON ~6 down|house|BODY|PERSON|home
        burned|burnt ~1 down
        burned|burnt|burns|burn ~3 BODY
        nearly|almost ~4 burned|burnt|fire|electrocuted|killed|choked|died|drowned
        electric|electrical shock|shocks
        electrocut*
        shocked|zapped ~3 PERSON|me|son|daughter|touch*
        sparks|sparking ~4 from|came|flew|out|when|plugged|outlet
        melted|melting ~3 plug|socket|outlet|cord|adapter|wall|counter|charger
        carbon monoxide
        gas ~3 leak*|smell*|explo*
        chok* ~4 PERSON|MINOR|baby|nearly|almost|on
        swallow* ~5 battery|magnet|magnets|plastic|piece|glass|metal|button|coin|needle|MINOR
        MINOR ~5 swallowed|choked|choking|strangled|burned|cut|injured|hurt|poisoned
        strap|brake|brakes|harness|helmet|wheel|ladder|chair|stroller|crib|seat|stool ~3 broke|failed|collapsed|snapped ~8 injur*|hurt|fell|hospital|PERSON
        collapsed ~4 PERSON
        shelf|shelves|rack|racking|pallet|pallets|roof|ceiling|warehouse|building ~3 collapse*|fell ~8 PERSON|hurt|aisle|injured|goods|store
        toxic|unsafe|dangerous|hazardous ~4 product|item|toy|fumes|chemical*|chair|heater|it|for|to|is
        unsafe|dangerous|dangerously
        dizzy|nauseous|fumes|ammonia
        chemical|chemicals|acid|ammonia|freon|refrigerant ~4 leak*|spill*|smell*|burn*
        evacuat*
        warehouse|plant|factory|truck|store|trailer|building|depot ~3 fire|burned|burnt|burning|flames|explo*|overturned
        fire ~3 at|in ~3 warehouse|plant|factory|truck|store|trailer|building|depot|dock|supplier
        overturned ~6 driver|truck|injured
        leaking|leak ~6 hospital|dizzy|workers|burned
        eyes|throat|skin ~2 burn*|irritat*|blister*|rash
        blister*
    """,
}  # fmt: skip

_HARMLESS = """
    fire|emergency|smoke door|doors|extinguisher|extinguishers|panel|panels|drill|drills|lane|lanes|marshal|marshall|inspection|inspections|safety|code|codes|rated|hose|hoses|cabinet|cabinets|curtain|curtains|shutter|shutters|watch|inspector|blanket|blankets|escape|warden|plan|hydrant|sprinkler|sprinklers|suppression|system|systems|exit|exits|protection|chief|strobe|strobes|permit|certificate|bell|alarm|alarms|detector|detectors|sensor|sensors|station|retardant|proof|resistant|resistance|damper|damper|stop|stopping|map|signage|regulation|regulations
    fire|fires sale|pit|pits|place|places|wood|truck|engine|sticks|stick|roasted|red|side|cracker|crackers|work|works|fly|log|logs|starter|starters|starters|wall|arm|tv|ant|ants|opal|bowl|table|lighter|lighters|ball|emblem|cider|brick|tablet|hd
    camp|bon|cease|back|wild|cross|quick|rapid|log|toy|dumpster fire
    model|toy|fake|flame|artificial|decorative|led|amazon|kindle|electric fire|flame|flames
    FIRE|SMOKE|BURNT sauce|scented|scent|flavor|flavour|flavored|flavoured|flavors|chips|hot|almonds|candle|candles|cheetos|chip
    flaming|flamin hot
    flame retardant|resistant|effect|less|broiled|grilled|decoration|lamp
    fire|open up|positions|position|off
    smoke|smoking detector|detectors|alarm|alarms|sensor|sensors|colored|coloured|color|colour|grey|gray|free|break|breaks|area|areas|shop|machine|machines|test|house|shelter|shelters|section|sections|zone|zones|spot|room|rooms|prohibited|policy|ban|gazebo|bench|lounge|hut|corner|glass|blue|flavored|flavoured|point|damper|dampers|vent|vents|head|heads|curtain|effect|bomb|bbq|grill|pipe|gun|pellet|pellets|hood|signal|screen|black
    no|non|anti|quit|quitting|stop smoking|smokers
    smoked salmon|ham|meat|turkey|bacon|fish|sausage|glass|cheese|trout|chicken|paprika|almonds|brisket|mirror|herring|mackerel|oysters|pork|tofu|beef|ribs|case
    staff|customers|people|employees|someone|teens|teenagers|associates|guys ~3 smoking ~3 outside|cigarettes|vaping|weed|cigarette
    cigarette|cigar|cigarettes smoke
    burned|burnt|burning|burns|burn|burns out
    bulb|bulbs|lamp|lamps|light|lights|letter|letters|tube|tubes|led|ballast|fluorescent|signs ~4 burned|burnt|burning|burn|burns|melted ~2 out
    lamps|bulb|bulbs|tube|lights burned|burnt
    burning question|questions|desire|issue|man|through|candle|too|low|evenly
    burn rate|in|cream|calories|center|barrel|ban|mark|time|notice|cd|disc
    burnt|burned|burn popcorn|toast|coffee|cookies|pizza|orange|sugar|sienna|umber|pan|food|cheese|on|bread|grease|spot|residue|crumbs|calories|ends|rice
    sun burn|burned|burnt
    cheese|ice|chocolate|snow|candy|butter|snow melter|melted|melt|melting|melts
    melted|melting|melt ice|cheese|chocolate|cream|butter|snow|candy|candle|wax|proof
    ice cream ~2 melted|melting
    snow|ice melt
    tuna|patty|cheese melt|melts
    gas station|stations|pump|pumps|price|prices|spring|springs|lift|card|cards|bill|bills|receipt|receipts|mileage|cap|caps|strut|struts|company|island|shock
    gas|propane sign|price|prices|label|labels|card|bill|tag|cabinet|receipt|display|logo|poster|sticker|brochure
    fuel surcharge|surcharges|card|cards|price|prices|gauge|points|rewards|pump|pumps|station|canopy|charge|cost|costs
    hazmat|hazardous surcharge|fee|charge|charges|storage|endorsement|training
    spark plug|plugs|joy|interest|notebook|ideas|ar
    sparkling
    shock absorber|absorbers|proof|resistant|wave|value|collar|cord|top|mount|watch
    sticker|culture|price|shell|bill shock
    shocking pink|price|prices|blue|yellow|news|bill|color|colour|service
    exit survey|lane|interview|lanes|poll|only|strategy|arrow|code|surveys|interviews|mat|button|gate
    exit sign|signs|light|lights ~4 replaced|out|bulb|battery|lit|faded|crooked|flickering|dim|dark|fell|hanging
    lift|elevator truck|music|button|carpet|gate|inspection|certificate|permit|floor|lobby|logo
    key|keys|card|cards|coin|coins|phone|paper|cup|price|drawer|cart|carts|gum|tag|wheel|label|labels|ticket|receipt|tape|ring|sticker|cash|money|bag|bottle|can|ball|item|product|cap|screw|toy|glove|lid|pen|gift|battery|sim|note|bill|bills|buggy|trolley|pallet|pallets|box|boxes ~1 stuck|trapped|jammed|caught|wedged|locked
    PERSON s ~1 THING
    PERSON s|THING ~1 stuck|jammed
    kids|kid|kiddie|child|children|childrens|customer|customers|guest|baby|staff|manager|managers|employee|employees|driver|drivers cart|carts|seat|ride|wifi|counter|lounge|locker|lockers|service|room|area|table|chair|changing|restroom|restrooms|toilet|toilets|corner|play|menu|display|parking|entrance|elevator|terminal|screen|bathroom|door|office|desk|toy|toys|section|department|aisle|sized|size|car|sink|fountain|fridge|microwave|key|keys|card|computer|phone|tablet|handbook|schedule|complaint|complaints|survey|washroom|key|clothing|clothes|shoes|jacket|bike|bed|gate
    PERSON locked out
    locked out
    lock*|locked ~1 out of
    office|room|door|cabinet|safe|drawer|thermostat|account|screen|locker|computer ~2 locked
    collapsible|collapsable
    collapsed|collapse|collapsing|flattened|folded cardboard|box|boxes|carton|cartons|menu|section|button|table|view|tent
    fall|falling decorations|decor|season|display|displays|promotion|colors|collection|pumpkin|theme|line|set|reset|sale|items|merchandise|cleanup|prices|price|leaves|arrest|protection|harness
    falling|fallen prices|price|sale|sign|behind|short|asleep|star
    sale|smoking|price|promo|promotional|exit|parking|aisle|shelf|banner|paper|poster|label|tag|sticker|decal|handwritten|restroom|hours|small sign|label|labels|holder|holders|tag|tags|banner|poster|posters|strip|talker ~3 FALLING
    tag|tags|label|labels|sticker|banner|poster|decal|price|handle|knob|button|cover|cap|holder|hook|magnet|decorations|strip|strips|hinge|trim ~2 fell|falling|fallen ~1 off|down|out
    hanging basket|baskets|banner|sign ~2 crooked|dusting|hook|missing|faded|dusty|request
    broken glass jar|bottle ~4 cleaned
    glass|window cleaner|blind|blinds|cleaning|shelf|shelves|washing|washer|film|tint|squeegee|frame|sensor|screen|bottle|bottles|jar|jars|door ~3 fingerprints|dusty|dirty|replaced|request|needed|dispenser|broken|faded|out|streaks|smudge*|smudged|closed
    window|windows blind|blinds|shade|sticker|display|cling|decal|seal|film|washing|cleaning|sill
    cleaned|swept|mopped up
    PERSON ~8 cleaned up
    injury log|logs|report|reports|form|forms|board|insurance|lawyer|prevention|free|poster|premium
    injury ~2 log|report|form|board|insurance|prevention|free
    bleed|bleeding|bleeds radiator|radiators|brake|brakes|line|lines|ink|valve|air|off|through|printer|colors|edge
    bleed ~2 radiator|radiators|brake|brakes|line|lines|valve|system
    ink|color|colors|dye|paint ~2 bleed|bleeding|bleeds
    blood pressure|orange|oranges|drive|bank|type|test|glucose|sugar|donation|center|sausage|meter|work
    first aid ~3 kit|kits|supplies|box|cabinet|station|sign|refill|training
    ambulance bay|zone|entrance|parking|lane|chaser|sign
    sick ~1 of
    sick leave|day|days|call|note
    dead battery|batteries|bolt|bolts|pixel|pixels|line|end|stock|zone|outlet|spot|spots|phone|bulb|light|weight|lock|air|bug|bugs|fly|flies|fish|plant|plants|tree|leaves|screen|link|mouse|rodent|bird|register|monitor
    killer deal|deals|price|prices|heels|app|promo|feature|sale|look
    kill switch|time|bill|weeds
    choking hazard
    hazard tape|light|lights|sign|signs|label|labels|strip|map|surcharge|communication|pay|stickers
    drowning in
    breathing room|apparatus|space|exercise
    trip computer|trips|advisor|planner
    breaker ~3 trip|trips|tripped|tripping
    trips|tripped|tripping ~1 breaker
    fire bucket|buckets|polished|opal|glaze|glazed|wood
    red hot water
    dragon|dragons blood
    field|road|school|business|day|round|delivery trip|trips
    slip sheet|sheets|cover|covers|resistant|on|mat|mats|ring
    packing|pink|pay|deposit|pack|delivery|credit slip|slips
    non|anti slip
    sprinkler head|heads cover|plate|label
    lawn|garden|irrigation|yard|oscillating sprinkler|sprinklers
    sprinkler|sprinklers ~4 lawn|timer|irrigation|grass|garden|sidewalk
    flood light|lights|lamp|gates|lamps
    floodlight*
    flooding market
    flooded market|with
    burst of|pack|mode
    alarm clock|clocks|code|codes|limit|company|history|report|permit|keypad|contact|contract|test|testing|log
    alarm|alarms|extinguisher|extinguishers|light|lights|detector|detectors|sprinkler|sprinklers|exits|panel|system ~3 test|tested|testing|inspection|inspected|inspect|battery|batteries|replaced|certified|annual|monthly|due|tag|certificate
    low battery
    battery ~2 low|change|replacement|replaced|dead
    emergency light|lights|lighting|contact|contacts|phone|kit|call|list|plan|number|exit|exits|generator|fund|evacuation ~3 list|test|done|pass|date|replaced|battery|sign|updated|form
    not|no emergency
    evacuation plan|plans|map|maps|drill|drills|route|sign|signs|chair|chairs|poster|procedure|training
    explosive growth|sales|flavor
    exploded view|diagram
    blow|blew up ~3 picture|photo|poster|balloon|balloons|phone|inflatable|mattress|font|image
    toxic avenger|relationship|positivity|masculinity
    poison ivy|oak|control|sumac
    bath|photo|sex|glitter|cherry|smoke bomb|bombs
    bomb jacket|dot|bath
    bath|bomber
    shooting schedule|star|stars|range|game|games|day
    photo|video|film shoot|shooting
    shotgun mic|microphone|shells|style
    toy|nerf|water|glue|nail|staple|heat|massage|caulk|scan|scanner|label|scanning|price|tagging|grease|radar|spray|paint|bubble|soldering|airsoft|tag gun|guns|pistol
    gun oil|safe|rack|cleaner|metal|cabinet|barrel
    knife set|sets|block|sharpener|rack|drawer|holder|section|display|case|guard|promo
    butcher|pocket|utility|chef|bread|steak|kitchen|paring|box|swiss knife|knives ~3 set|rack|block|loose|section|display|missing|holder|dull
    weapon|weapons free|policy
    baseball|softball|cricket|wing|aluminum bat|bats
    hammer|bat|axe|blade drill|section|display|dull|missing
    shot glass|glasses|blocker|put
    hole punch|puncher|punches
    punch list|clock|card|in|out|bowl|lists
    attack weeds|plan|mode
    weeds ~3 attack
    panic buying|at
    stealing the|show
    steal deal
    threaten|threatens|threatened|threatening ~4 stop|delivery|deliveries|invoice|cancel|lawsuit|sue|collection|legal|chargeback|dispute|rain|weather
    recall ~3 email|e|mail|asked|i|we|that|correctly|said|conversation|our|if|meeting
    no recall
    ammonia|bleach|chemical|chemicals|acid|fragrance|sulfate|allergen|gluten|nut|dairy|lactose|bpa free
    allergen free|labels|printing|list|chart|statement|training|range|menu|info|information|section
    chemical|chemicals|bleach|acid|mercury|cleaner closet|closets|label|labels|shelf|shelves|storage|storeroom|room|cabinet|cage|section|reflux|cleaning|dispenser|aisle|order|stain|brand|outboard|jeans|poster|data|bottle|bottles
    battery acid ~3 stain|old
    acid|bleach stain|stained|spots|wash|washed
    paint|carpet|new|perfume|cologne|candle|fish|milk|cheese|musty|food|coffee|popcorn|urine|pizza|onion|garlic|mop|cleaning|floor|mildew|drain|trash|garbage|body smell*|odor*
    smell*|odor* ~2 of|like ~1 old|milk|fish|mold|mildew|musty|food|coffee|urine|cheese|trash
    refrigerant|freon|coolant|glycol label|labels|log|logs|certificate|level|type|recovery|gauge
    live chat|plant|plants|music|stream|lobster|lobsters|feed|bait|demo|view|video|tv|oak|edge
    cable tv|management|box|tray|tie|ties|channel|cover
    hdmi|network|ethernet|phone|usb|data|vga|charging|display|tv|cat5|cat6|video|audio|printer|scanner|pinpad|bike|brake cable|cables|wire|wires|cord|cords|charger
    wire shelf|shelves|rack|racks|shelving|basket|baskets|mesh|hanger|hangers|decking|cage|brush
    baler wire|wires
    hot deal|deals|food|case|bar|dog|dogs|item|items|sauce|water|pink|seller|wheels|chips|tub|chocolate|pepper|plate|spot|topic|air
    hot in|office|out|today|weather|desk
    out of order|stock|paper
    no smoke|smell|danger|leak|emergency ~4 just|only
    kick|kicked|break|broke in ~1 period
    burst|water pressure|bottle|cooler
    water ~1 pressure|bottle|bottles|cooler|coolers|fountain|filter|filters|softener|heater|bill|jug|dispenser
    water bottle|bottles ~3 leak*
    faucet|tap|fountain|bottle|dispenser|spigot|hose ~2 drip*|leak*
    leak ~4 faucet|tap|bucket
    dead|wrong|off by|color
    volcano cake
    ember|flame brand|mug
    blazer|amber
    fired ~2 PERSON|employee|up
    dangerously low|delicious|cheesy|good|close
    step ladder|ladders|stool|stools
    step|stair ~2 nosing|paint|carpet|strip|mat
    nobody|noone|none hurt|injured|harmed
    no one|injuries|injury
    out of order
    glass ~2 broken|broke|cracked ~4 box|arrived|transit|shipping|package
    arrived|came|was|arrive broken
    broken ~2 in ~2 box|transit|shipping
    phone|screen|tablet|laptop|monitor|display|scanner ~2 cracked|broken|smashed|shattered
    cracked|broken|smashed|shattered ~1 phone|screen|tablet|laptop|monitor|scanner|display
    fit too|tight
    toy|heels
    tamper seal|evident|proof|resistant|intact
    seal|seals intact
    pressed panic
    right|left|l|r|second|2nd hand|arm|foot|leg|eye
    hand dryer|dryers|sanitizer|soap|rail|rails|towel|towels|truck|scanner|held|cart|wash|washing|tools|sink|basket|baskets
    head|foot light|lights|office|phones|set|rail|traffic|print|band|gasket|count
    arm|leg rest|rests|chair
    face mask|masks|up|cream|plate
    cut|cuts paper|grass|keys|key|lawn|wood|off|meat|price|prices|cost|costs|fruit|flowers|down
    cold|meat|deli|price|crew|paper|clear cut|cuts
    run|ran|runs over ~2 budget|time
    rack|racking label|labels|beam|wheels|wheel
    shelf|shelves label|labels|talker|strip
    breaks|break|broken ~1 room
    break room
    room break
    died|dying ~2 battery|phone|plant|freezer|cooler|motor|fridge|compressor
    freezer|cooler|battery|phone|fridge|register|motor|compressor|plant|plants|printer|scanner|charger ~2 died|dying|dead
"""

ENGLISH = Words(
    language="en",
    concepts=_CONCEPTS,
    dangers=_SITE | _PEOPLE | _PRODUCT,
    harmless=_HARMLESS,
    denials="no not without never nor isnt wasnt arent werent dont doesnt didnt nobody none havent hasnt cant",
    common=" ".join(sorted(COMMON)),
)
