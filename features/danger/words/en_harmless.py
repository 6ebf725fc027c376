"""English phrases that only look like danger."""

from typing import Final

HARMLESS: Final = """
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
    screen|display|monitor|tv|image|logo ~2 burn in
    burn rate|cream|calories|center|barrel|ban|mark|time|notice|cd|disc
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
    fire risk assessment|assessments|assessor
    escalator ~1 comb ~1 plate|plates ~4 clean|cleaning|dusty|dirty
    recalled order|orders|payment|paying|invoice|invoices|seeing|buying|telling|email|message|po|driver|price|having|delivery|shipment
    customer|client|cashier|clerk|shopper|buyer|guest|supplier|he|she|they|i ~1 recalled
    kill|kills|killed|killing ~2 budget|vibe|mood|time|feet|margin|profit|process|task|session|app|lights|power
    explosion|blast|flame proof|proofed|protected|rated
    gas|electric fire ~3 showroom|remote|surround|display|model
    panic|duress|holdup button|alarm|strip ~4 test|tested|battery|sticker|installed|install|training|label|ordered|relocate|move
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
    carbon monoxide detectors|alarms
    carbon monoxide detector|alarm ~2 check|service|certificate|sticker|test|expiry|due
    bomb shell|shells
    killed|killing|kills ~4 order|orders|stock|sales|deal|promo|demand|margin
    colour|color|colours|colors|ink|dye|pen|marker|print ~1 bleed|bleeds|bleeding
    bit but|more|less|too|late|slow|uneven|loud|dull|cold|warm
    lamp|lamps|light|lights|bulb|tube ~2 hums|humming
    lawn|lawns|grass|flowerbed|field ~2 under water
    fire officer|officers ~5 happy|passed|satisfied|fine|pleased|appointment
    key box|safe|boxes ~3 fire brigade
    log|report|date|result|results|record|minutes ~4 fire test|tests|training
    asbestos register|survey|report ~4 none|no|clear|free|file|negative|update
    asbestos free|training
    knocked on|at ~3 door|window|counter
    explosive demand|growth|sales|increase
    exploded|explodes|exploding view|drawing|diagram
    sales|revenue|turnover|demand|price|prices|orders|app|website ~1 collapsed|exploded|exploding|crashed
    poisoned relationship|relationships|atmosphere|climate
    scorched ironing|earth
    blaze red|orange
    burglar alarm ~2 zone|code|codes|panel|test|sensor|battery
    mouse|mice|rat|rodent|fly trap|traps
    skip|skips|skipping|drop|drops stitches|stitch
    chair|table|desk|stool|bench|sofa|bed ~1 leg|legs ~2 broken|missing|wobbly|loose|short
    chair|table|desk|stool|bench|sofa|bed broken leg|legs
    poster|banner|sign|sticker|decal|garland|balloon|balloons|picture|clock|calendar ~2 came|fell|dropped ~3 down|off|from|in
    defibrillator|aed|defib pad|pads|cabinet|battery|batteries|training|service
    stroke|strokes line|lines|width
    choking coffee|printer|machine|drain|sink
    shooting a|the|our ~1 promo|video|videos|photo|photos|commercial|ad|advert|film
    robbed of
    fighting|fight|fights with|against ~3 software|system|till|printer|computer|app|login|scanner
    stab proof
    needle and thread
    igniter ~3 spark
    sparks in the commercial|film|video|advert
    fire|evacuation|bomb|robbery|tabletop|emergency exercise|exercises
    evacuation vest|vests|time|times
    did ~1 evacuation
    fire ext|exts
    fire guy|guys|man|men|brigade ~6 yearly|annual|visit|visited|tour
    team|sales|week ~2 on fire
    flame red|orange|yellow
    burn|burning ~4 cd|cds|dvd|dvds|disc|discs
    toxic|acid green|yellow|lime
    explosive atmosphere document|documents
    explosion box|boxes
    film|movie|game poster|trailer|banner ~3 explosion|explosions
    film|movie crew ~3 shoot|shooting|shoots
    shoot|shooting ~2 scene|clip|advert
    robbery|fight|shooting scene|scenes
    bell|bells ~1 test|tests
    smoke generator|generators
    bomb|robbery|hostage|violence|threat ~2 training|checklist|refresher|procedure
    training|practice|refresher|rehearsal ~2 bomb|robbery|hostage
    tested|testing ~3 trapped ~2 button
    bomb cyclone
    time bomb
    bombay
    asbestos register|registers|sampling|awareness
    asbestos survey|surveys ~3 booked|book|due|plan|planned|before
    legionella flush|flushing|sample|samples|sampling|log|logs|record|records
    negative|clear ~2 legionella
    legionella ~2 negative|clear|absent
    ammonia ~3 decommissioned|purged|calibration|calibrate|calibrated|drift|shutdown
    ammonia ~3 readings|reading|read ~1 0|zero
    crack monitor|monitors
    burglar alarm ~3 late|retrain|set
    mannequin|dummy|doll ~2 lost|missing|broken|broke ~2 arm|arms|leg|legs|hand|hands|head|finger|fingers
    broken|bent|loose arm|leg ~2 parasol|umbrella|mannequin|desk|table|chair|bench|sofa|display
    leg|legs ~4 cut ~3 cm|mm|inch|inches|shorter
    cut leg|legs ~2 cm|mm|inch|inches|shorter
    bleed|bleeding of ~1 radiator|radiators|brakes|lines
    bleeding|bleeds|bled margin|margins|money|cash|dry
    heart attack ~4 price|prices|total|bill|quote|invoice
    price|prices|total|bill|quote|invoice ~4 heart attack
    manager|boss|vendor|supplier ~1 explode|exploded|explodes
    dying for
    holder|printer|machine|till|phone|computer|hoover|kettle ~1 committed suicide
    gun to ~2 head ~4 price|prices|rise|cost|contract
    poisonous relationship|relationships|climate|mood
    kill for
    fainted ~2 joy
    robbed me|him|her|us of
    cough syrup|drops|sweets|medicine|mixture
    recall|recalled ~6 zero|none in stock
    recall|recalled ~5 never had
    dangerous goods consultant|adviser|advisor|training|note|course
    danger ~3 sticker|stickers|label|labels
    sticker|stickers|label|labels ~3 danger
    safety knife|knives|cutter|cutters
    moth|pheromone|beetle|fruit trap|traps
    anyone|anybody hurt|injured no|none
    second|another|new|spare defibrillator|aed
    rack|shelf|shelves wobbly|wobbled ~4 bolted|secured|unloaded|fixed
    shelf that wobbled ~4 bolted|secured|fixed
    wasps|hornets|nest|bees gone|removed
    ice|snow ~3 cleared|gritted
    ice machine|machines|maker|makers
    turn|turned ~1 down
    belt|cover|cap|chain|lid|sleeve slipped off
    a bit stiff|loose|slow|tight
    call out fees
    window|till ~2 out of
    d|be|am|are|were glad
"""
