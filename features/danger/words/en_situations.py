"""English dangers told by what happened rather than by their name: panels, machines, goods that move, near misses."""

from typing import Final

SITUATIONS: Final = {
    "fire_system_impaired": """
        !detection|detector|detectors|sounder|sounders|sensor|sensors|heads ~4 bagged|covered|capped|taped|masked|isolated|painted|disabled|forgotten
        !hose reel|reels ~5 no|not|without|dry|empty ~3 water|pressure|work|working
        !sprinkler|sprinklers|hydrant|riser|suppression|ansul ~8 drained|isolated|impaired|shut|valved|empty
    """,
    "smoke_fire": """
        cherry|glowing red
        heater|heaters|element|oven|fryer|grill|hob|burner ~4 cannot|cant|wont|not ~4 switch*|turn*|shut off
        contactor|relay|thermostat ~3 welded|stuck ~2 closed|on|shut
        flicker* ~5 glow|haze|orange|smoke
        lot|lots|thick|heavy ~2 haze|smog|fog
        flammable|flammables|oxidising|oxidizing|combustible|combustibles|pyrotechnic* ~5 together|heater|boiler|leak*|weep*|spill*|exit|stairs|flame|near|hot
        !SMELL|smelt ~3 BURNT|burny
        SMELL ~3 hot ~2 iron|plastic|metal|wire|wires|rubber|electric*|dust|motor|brake*|oil|solder
        plug|socket|outlet|adapter|adaptor|lead|cable|cord|strip|charger|switch ~8 gone|went|going|turned|turning ~2 brown|black|soft
        plug|socket|outlet|adapter|adaptor|lead|cable|cord|strip|breaker|switch ~4 discolored|discoloured|blackened|browned|fizz*|crackl*|sizzl*|popping
        relight*|relit|reignit*|rekindl*|smoldering
        fryer|oven|stove|grill|pan|bin|skip|dumpster|van|lorry|truck|charger|battery|hob|toaster|microwave|compactor|baler ~1 went|gone|going up
        fryer|oven|stove|grill|pan|bin|skip|dumpster|toaster|microwave|baler|hob ~3 flare*|flaring|ignite*
        !heat|smoke|flame|duct|beam|optical|ionisation|ionization|vesda|aspirating ~1 det|detect|detector|detectors|dt|sensor|head ~4 activated|activation|active|actuated|tripped|operated|alm
        !heat|smoke|flame|duct|vesda det|dt ~5 alarm|alm|fire|high
        pull|manual|call|break station|stn|point|glass|pt ~3 active|activated|activation|pulled|alarm|alm|operated|pressed
        mcp|callpoint|breakglass|pullstation ~3 active|activated|alarm|operated|broken|pressed
        fire|heat|smoke ~2 alm|activation
        fire stage|phase|signal|condition|confirmed
        waterflow|flow ~2 alarm|alm|active|switch|activated ~5 riser|zone|floor|sprinkler|activated|alarm
        waterflow
        thermal|heat ~1 runaway
        lithium|lipo|battery|batteries|ebike|scooter ~5 swell*|swollen|bulg*|hiss*|venting|popping|fizz*|hot|smok*|puffed
        heat ~2 rising ~6 room|battery|panel|plant|duct|ceiling|wall|vent
    """,
    "explosion": """
        tank|cylinder|vessel|keg|bottle|receiver ~5 whistl*|frosting|screech*|roar*|venting|bulg*
        drum|drums|peroxide|barrel|tote|ibc|battery|batteries|oxidizer|oxidiser|resin|cylinder|aerosol|aerosols ~4 growing|becoming|go|going ~2 hot|warm|hotter
        peroxide|oxidizer|oxidiser|acid|chlorine|bleach ~5 hot|boiling|bubbling|fizzing|heating|reacting|smoking|foaming
        aerosol|aerosols ~4 burst*|punctur*|crushed|hiss*|spraying
    """,
    "gas_leak": """
        gas ~5 tightness|soundness|test|check ~4 failed|fail|fails
        flue|chimney ~4 disconnected|blocked|loose|detached|cracked|leak*|spilling
        !co|monoxide|gas ~2 sounder|detector|alarm|siren ~4 going|goes|sounding|ringing|beep*|off|high
        atmosphere|air ~4 not|unsafe|hazardous|un ~2 safe|breathable|unsafe|hazardous
        gas|propane|burner|burners|hob|cylinder|lpg ~5 not|cant|cannot|couldnt|wont|doesnt|unable|cnt ~2 close|shut|stop|isolate
        gas|propane|burner|burners|hob|cylinder|lpg ~5 not|cant|cannot|couldnt|wont|doesnt|unable|cnt ~2 turn|turned|switch off
        gas|propane ~3 valve|tap|knob|regulator|hose ~3 snapped|broken|cracked|split|perished
        lel|nh3|h2s|so2|pellistor
        co|co2|gas|nh3|no2|o2|oxygen|ammonia|refrigerant|chlorine ~4 *ppm
        o2|oxygen ~3 low|deficien*|deplet*|alarm|alm|danger
        co2|co ~3 deficien*|alm|danger|evac*
        boiler|heater|flue|oven|ovens|generator ~8 headache|headaches|drowsy|sleepy|lightheaded|dizzy|fainted
    """,
    "chemical": """
        liquid|container|drum|bottle|tin|can|barrel|carboy ~4 weep*|fuming|eaten|corroded ~6 acid|oxid*|flammable*|chemical*|liquid*|unknown|solvent*
        COOLANT everywhere
        COOLANT|refrig|glycol ~4 LEAK|ppm|detect|det|alarm|alm|high|evacuat*
        sore|raw|scratchy|burning|itchy|tight|stinging ~2 throat|throats|lungs|chests
        eyes ~3 sting*|burn*|stream*|water*|crying|tear*|red|itch*
        air ~6 sleepy|vomit|drowsy|dizzy|faint|sick|eyes|cough*|burn*
        sprayed|spraying|spray ~5 cough*|eyes|face|choking|breath*
        liquid|powder|paste|cleaner|descaler|acid|sanitiser|sanitizer|bleach ~5 in|on|into|onto|over|splashed ~2 face|eye|eyes|skin|mouth|trousers|leg
        drank|drunk|swallowed ~4 bleach|cleaner|chemical|descaler|detergent|sanitiser|sanitizer|soap|thinner
    """,
    "electrical": """
        live ~2 wall|walls|case|casing|frame|chassis|rail|sink|metal|tap|trolley|shutter
        voltage|volts ~6 chassis|case|frame|touch*|metal|socket|sockets|casing|neutral|shelf|rail|surge
        neutral|earth|earthing|grounding|bonding ~2 lost|missing|broken|disconnected|gone|floating
        conductor|conductors|busbar|terminals|terminal ~6 accessible|public|reach|touch|open
        mains|meter|consumer|intake|distribution|db ~3 fizz*|buzz*|hum|humming|crackl*|sizzl*|hot|warm|melt*|spark*
        power|overhead|electric ~1 cable|cables|line|lines|wire ~2 down|across|lying|snapped
        hot plug|plugs|socket|sockets|fuse|breaker
        fault current
        extension|mains|power ~1 lead|leads|strip|block|cube|brick|board|bar|reel ~6 buzz*|crackl*|pop|popping|pops|sizzl*|fizz*|hiss*|hot|warm|melt*|smell*|brown|black|wet|burn*|spark*|humming
        gave|gives|give|giving|feel|felt ~4 shock|shocks|zap|jolt|tingle|tingles|tingling|zapped ~6 touch*|machine|metal|till|freezer|fridge|counter|handle|switch|door|rail|sink|tap|case|table|drawer|reader|slicer|oven
        numb|tingl* ~4 touch*|plug*|arm|hand ~6 plug*|machine|till|reader|metal|fridge|socket|switch
    """,
    "egress_blocked": """
        !door|doors|stairwell|staircase|stairway|stairs|exit|exits|gate|shutter|route|corridor ~4 chained|padlocked|welded|barricaded|nailed|bolted ~9 PERSON|inside|open|packed|trading|full|occupied|up
        !only way|exit|door|route ~2 out ~9 BLOCKED|wont|cant|jammed|locked|stuck|not|shut
        !wont|cant|cannot|doesnt|not|couldnt ~2 open ~4 inside ~9 only|way|out|exit
    """,
    "entrapment": """
        !wont|cant|doesnt|not|cannot ~1 open ~2 from ~2 in|inside|here|within
        shut|locked|trapped|stuck in ~1 chill|chiller|cold|bay|dark|shaft|pit|yard
        no ~1 pull|release|emergency|inside cord|handle|release
        MINOR ~4 in|inside|under|behind ~2 skip|bin|dumpster|compactor|baler|container|truck|lorry|vent|duct|pit|well
        PERSON ~4 in|inside ~2 skip|dumpster|compactor|baler|duct|pit|shaft|crusher|silo
        PERSON ~5 between ~5 wall|truck|dock|lorry|trailer|forklift|vehicle|van|racking
        !cnt|cant|cannot|couldnt|cudnt ~1 out
        MACHINE ~6 sleeve|hair|scarf|lanyard|apron|glove|coat|necklace|shoelace|fingers|finger|arm|foot|leg|trousers|skirt ~5 pull*|inside|caught|stuck|drag*|free|trapped|grabbed|in|into|wrapped
        handle|knob|latch|release ~4 came|off|broke|snapped ~6 inside|within ~6 ROOM
        free|release|extract|extricate ~2 PERSON ~9 cant|cannot|unable|trying|stuck|caught|trapped|machine|belt|door
        caught ~2 hair|sleeve|scarf|lanyard|coat|clothing|apron ~5 in|belt|machine|rollers|conveyor|escalator
    """,
    "collapse": """
        lintel|beam|joist|wall|slab|ceiling|roof|canopy|column|pillar|arch|parapet|floor ~4 dropped|moved|shifted|displaced|slipped|sunk|subsid*|bulged|parted|deflect* ~6 inch|inches|cm|mm|millimetre*
        lintel|beam|joist|ceiling|roof|canopy|column|arch|parapet ~4 dropped|displaced|sunk|subsid*|bulged|parted|deflect* ~6 since|more|today|overnight
        upright|uprights|beam|beams|racking|rack|frame ~3 displaced|deflect*|overload*|dislodged|twisted
        ceiling|roof|wall|canopy|shelf|racking|floor ~1 came|come|caved|fell ~1 in
        sign|canopy|panel|sheet|cladding|branch|banner|gutter|scaffold* ~4 swinging|flapping|swaying|banging ~6 gale|wind|storm|head|loose|people|about
        take|took|taking|takes ~5 head|eye|arm|leg|finger|fingers ~1 off|out
        ground|floor|pavement|road|tarmac|yard ~5 hollow|sinking|sunk|opening|undermined|void|subsid*
        above|over|exceeds|exceeding ~2 safe|swl|rated|weight ~3 limit|load|capacity|working
        standing|stood|riding|rides|lifted|climbing|climbed|climbs|sitting ~3 forks|fork|tines|racking|rack|ledge|parapet|conveyor
        STRUCTURE|HEAVY|LIFT|ladder|leg|legs|lift|brakes ~2 gave|gives out
        strap|straps|load|chain|chains|cable|rope|sling|winch ~3 let|gave|snapped|parted|failed ~1 go|out|way
        rolled|slid|swung|shot|tipped ~2 onto|on|over|into ~3 BODY|PERSON
        car|van|truck|lorry|vehicle|bus ~3 gone|went|came|driven|smashed|ploughed|plowed|reversed|crashed|drove ~1 through|into ~3 store|shop|front|window|wall|entrance|building|doors|till*
        free|freely ~1 fall|falls|falling|fell
        pallet|pallets|box|boxes|crate|crates|load|tins|tv|drum|drums|sack|sacks|beam|carton|cartons|tyre|tyres ~4 came|come|fell|dropped|slid|rolled|slipped|toppled ~2 off|down|from ~4 top|upper|high|height|level|mast|forks|rack|racking|above
        landed|crashed|smashed|fell|dropped|came ~6 where ~5 standing|working|sitting|stood|walking|sat
        landed|crashed|fell|dropped|swung ~4 beside|inches|inch|feet|metre|metres|meter|meters|centimetres ~4 PERSON|BODY
        missed ~2 PERSON|BODY|head|pram ~6 by|inches|inch|centimetre*|whisker|barely|narrowly
        near miss
        narrowly|barely missed ~2 PERSON|BODY
        lucky|luckily|thank|thankfully ~3 nobody|noone|none|one|god ~4 under|underneath|below|standing|hurt|killed|injured|hit
        tile|tiles|brick|bricks|slate|slates|panel|sign|letter|plaster|render|cladding|gutter|glass|chunk|stone ~4 fell|fallen|came|dropped|crashed|blew ~5 building|facade|pavement|street|sidewalk|car|cars|path|people
        mezzanine|deck|platform|stairs|scaffold*|balcony|walkway|gantry|staircase|racking|rack ~4 bounc*|shak*|sway*|vibrat*|creak*|groan*|sinking|sunk|wobbl*|tilt*
        bolts|bolt|weld|welds|anchor|anchors|rivets|baseplate ~3 sheared|snapped|popped|ripped|torn|pulled|cracked ~6 STRUCTURE|mezzanine|leg|lift|leveller|leveler|canopy|ladder
        rack|racks|racking|upright|uprights|beam|beams|footplate|brace ~5 bent|buckl*|twisted|dent*|damaged|popped|dislodged|unhooked|unclipped|crushed|hit|split|torn ~8 load*|pallet|pallets|bay|bays|forklift|truck|stacker
        truck|lorry|trailer|driver|wagon|artic ~3 pulled|drove|moved|rolled|pulling|driven|rolling|creeping ~3 away|off|out|forward ~6 while|loading|unloading|forklift
        shelf|shelves|rack|racking|ceiling|wall|sign|display|tower|stack|load ~3 gna|gunna|finna|bout|gonna ~2 fall|drop|collapse|tip
        cherry|scissor|boom|picker picker|lift|platform ~5 stuck|tilting|tipped|leaning|alarm|failed|fell|dropped
        forklift|truck|reach|flt|mhe|stacker ~4 hit|clipped|struck|reversed|rammed ~4 PERSON|BODY|rack|racking|upright|column|pedestrian|door
        door|shutter|gate|curtain ~4 dropped|drops|fell|came|slammed ~3 guillotine|stone|warning
    """,
    "machine_guard": """
        !safety|overspeed|holding|parking ~1 brake|brakes|catch|gear|edge|device|valve|chain|interlock ~4 failed|failing|fails|defeated|snapped|disabled|bypassed|inoperative
        interlock|interlocks|lockout|guard|guards|cutoff|limit ~4 defeated|jammed|bypassed|overridden|linked|bridged
        comb|step ~2 lifted|missing|broken|raised ~6 escalator|foot|shoe|sandal|plate
        estop|stop|emergency|interlock|deadman|safety ~6 nothing|ignored|useless|noeffect|effect|unresponsive ~6 wrapper|baler|conveyor|machine|slicer|saw|mixer|compactor|press|forklift|truck|escalator|line|button|pressed|switch
        estop|interlock|deadman ~5 nothing|ignored|useless|effect|unresponsive|loose|wired|taped|faulty|out
        guard|guards|shield ~3 taped|tied|wedged|zip|bypassed|propped ~5 back|up|open|off|out
        MACHINE ~4 starts|started|restarted|kicked|ran|running ~3 itself|own|hand|arm
        can|could ~2 reach|touch|put ~4 blade|blades|rollers|chain|belt|fan|gears
        brakes|brake|steering|hydraulics ~4 failed|fail|fails|gone|dont|doesnt|not|snapped|cracked|bent|dead|no ~5 forklift|truck|stacker|flt|reach|lift|jack
        blade|knife ~4 spinning|running|turning|coasting ~4 off|open|after
    """,
    "violence": """
        bleach|acid|bottle|bottles|chair|chairs|coffee|stones|stone|brick|can|liquid|hot ~2 thrown|threw|throws|throwing|chucked|hurled|lobbed ~3 at|over|in|on
        barricad* ~4 in|inside|room|office|themselves
        raiders|raider
        knife|blade|razor ~2 to ~1 himself|herself|themselves|wrists|throat
        jump|jumping|jumps ~6 roof|ledge|bridge|edge|window|himself|herself|suicide
        PERSON ~3 on ~3 roof|ledge|parapet ~1 edge
        panic|duress|holdup|robbery|raid button|alarm|btn|strip|alm|switch
        hold up alarm|btn|button
        swung|swings|swinging|lunged|lunges|lunging|headbutt*|hurled|flew ~1 at ~3 PERSON|staff
        headbutt*|lunged|brandish*|manhandl*|slapp*|throttl*|strangl*
        pushing|pushed|pushes|shoving|shoves|barging|barged|tackled|dragging|dragged|spitting|kicking|biting ~1 staff|cashier|guard|colleague|clerk|security|employee|manager|me|us
        knows|know|knew|found ~2 where ~1 i|we|she|he|you|they ~1 live|lives
        threw|throws|throwing|hurling|hurled ~4 at ~3 PERSON|staff
        locked|locking|lock ourselves ~6 in|inside|office
        wont|will ~1 let ~1 PERSON ~1 leave|go|out
    """,
    "injury": """
        no|without|weak|faint pulse
        slump*|faintings|fainted|keeled|semiconscious
        flat ~1 on ~2 face|back
        found ~4 on ~1 floor|ground ~9 PERSON|staff
        he|she|baby|kid|child ~1 blue|grey|purple
        legionella|legionnaire*|outbreak
        went flying
        back|hit|banged|cracked|split|smacked ~3 skull|head|forehead|face
        dog|rat|snake ~2 bit|bites|bitten|attacked|loose
        not|isnt|aint|stopped|hardly|barely ~1 BREATHE
        cust|ppl|sum1|sm1|some1|sumone|evry1|every1 ~4 slip*|fell|fall*|hurt|bleed*|cut|hit|collapsed|sick|dizzy|trapped|stuck
        went|gone|go ~1 over ~4 wet|ice|head|hip|ankle|knee|wrist|cable
        numb|slurr*|droop* ~4 arm|face|speech|side|mouth|hand
        blue|grey|purple ~2 lips|face
        diabetic|hypo|hypoglyc* ~4 shaking|collapsed|sweating|confused|passed|fit
        he|she|baby|child|man|woman|lady|lips ~2 turning|gone|went|going ~1 blue|grey|purple
        went ~2 labour|labor
        waters ~1 broke
        fell|fallen|drop* ~2 through ~3 roof|skylight|ceiling|floor|hatch|hole
        giddy|groggy|disoriented|delirious|heatstroke|hypotherm*|frostbite
    """,
    "product_hazard": """
        !gave|gives|received|giving ~4 shock|jolt|zap ~6 charger|kettle|plug*|lamp|toaster|iron|dryer|appliance|cable|lead|heater|electric*|battery|wire*|drill|shaver|switch*
        charger|kettle|plug*|lamp|toaster|dryer|cable|lead|heater|battery|drill|shaver|hairdryer|straightener*|lights ~6 shock|zap|zapped|jolt|spark*|smoke|smoking|melt*|burning|singed|scorched
        exploded|shattered|snapped ~6 face|injur*|hurt|hospital|stitches|ankle
    """,
    "contamination": """
        !smells|smell|smelt|tastes|taste|stinks|reeks|tasted ~3 diesel|petrol|gasoline|paraffin|kerosene|bleach|ammonia|solvent|detergent|disinfectant
        blown|swollen|bulging|bloated|puffed|domed ~4 tin|tins|can|cans|lid|lids|pouch|pouches|jar|jars|carton|cartons|tuna
        plastic|metal|glass|wood|rubber|wire|stone|tooth ~3 bits|bit|piece|pieces|fragments|found|splinter*|shards ~5 porridge|puree|pesto|meatballs|nuggets|curry|pie|pies|stew|noodles|cereal|muesli|ham|sausage*|burger*|dip|hummus|gherkins|pickles|honey|oats|vegetables|spinach|peas|fish|sushi|dough|dessert|smoothie
    """,
    "allergen": """
        NUTS ~6 not|isnt|arent|without ~2 declared|declaration|labeled|labelled|stated
        !nut|nuts|gluten|dairy|milk|egg|lactose|soy|peanut free ~5 but|yet|however|found|contains|contained ~5 NUTS
        contains|contain|contained|traces ~3 NUTS ~6 vegan|undeclared|reaction|label|declared
        wrong|incorrect|swapped label|labels ~8 NUTS
        epipen|anaphyl*|swollen ~1 lips|tongue
        swollen|swelling|swelled|swell ~3 lips|tongue|throat|face
    """,
    "recall": """
        !recalled ~4 product|products|batch|lot|toy|toys|formula|sku|food|heater|heaters|charger|chargers
    """,
}  # fmt: skip
"""Rules that join those of the other modules, by kind."""

NUTS: Final = (
    "nut nuts peanut peanuts hazelnut* cashew* almond* pistachio* walnut* pecan* macadamia* milk dairy lactose egg eggs gluten wheat "
    "barley soy soya sesame mustard celery lupin fish shellfish prawn* crab crustacean* mollusc* sulphite* sulfite* allergen*"
)
"""What people are commonly allergic to."""
