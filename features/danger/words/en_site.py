"""English dangers of a site: fire, gas, electricity, people trapped or hurt, things that fall."""

from typing import Final

SITE_DANGERS: Final = {
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
