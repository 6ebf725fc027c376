"""English dangers from people, and of goods."""

from typing import Final

PEOPLE_DANGERS: Final = {
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
        razor ~1 blade|blades ~5 found|inside|put|hidden|stuck|glued|taped|slide|playground
        razor ~1 blade|blades in ~3 bread|food|apple|apples|toy|trolley|handle|child|seat|basket|jacket|pocket|clothes|packet|jar
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

GOODS_DANGERS: Final = {
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
