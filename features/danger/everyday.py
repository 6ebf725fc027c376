"""Everyday English words: what a text of English is told by, and what is never taken for a misspelt danger."""

from typing import Final

FILLERS: Final = frozenset(
    """the a an my our his her its their this that these those is are was were be been being am has have had got get gets getting
    very so really just now still also there s im ive completely fully totally slightly quite all again suddenly already
    badly please""".split()
)
"""Left out before words are counted: they stand anywhere and mean nothing here."""

NEGATION_FILLERS: Final = frozenset(
    """any visible active obvious actual sign signs evidence trace traces of see seeing seen smell real immediate longer
    here currently one body
    hay hubo de d da c e ce ha ma se ve er es gibt mehr any more""".split()
)
"""May stand between a denial and what it denies."""

COMMON: Final = frozenset(
    """
    i we you he she it they me us them who what which when where why how and or but if then because as at by for from in into of
    off on onto out over under up down with without to no not nor yes can could cannot cant do does did dont doesnt didnt will
    would should may might must wont isnt arent wasnt need needs needed want wants make makes making made take takes taken took
    put puts go goes going gone went come comes coming came keep keeps kept look looks looking looked see saw seen say says said
    call called calls ask asked send sent use used using try tried trying work works working worked stop stops stopped stopping
    start starts started starting open opens opened opening close closed closes closing turn turns turned turning run runs
    running ran set sets setting move moved moving check checked checking fix fixed fixing repair repaired replace replaced
    replacing replacement change changed install installed clean cleaned cleaning order ordered request requested requesting
    please thank thanks team asap today tomorrow yesterday morning night week weekly month monthly year annual yearly day days
    hour hours minute minutes time times since until before after first second third last next new old big small large little
    much many more less most some any every each other another same both few several one two three four five six seven eight
    nine ten half whole full empty high low long short wide left right front back side top bottom middle near behind between
    around across inside outside through along above below here everywhere again always never often once twice too only almost
    about loose broken broke break damaged damage dirty worn torn bent cracked crack chipped scratched stained stain faded dim
    noisy loud quiet slow fast hot cold warm cool dry wet hard soft heavy light bright dark bad good better worse ok fine ready
    missing lost found need wrong stuck jammed clogged blocked leaking leak leaks dripping drips drip making noise noises noise
    squeak squeaks squeaking squeaky rattle rattling rattles grinding humming hum flicker flickers flickering frozen freeze
    freezing heating heat cooling iced beeping beep blinking blank error code reset reboot offline online login password
    door doors gate window windows wall walls floor floors ceiling roof tile tiles carpet paint painting painted peeling room
    rooms office restroom restrooms bathroom toilet toilets sink sinks faucet tap drain drains urinal pipe pipes water pump
    kitchen deli bakery produce dairy meat seafood floral pharmacy grocery aisle aisles department store stores shop warehouse
    stock backroom sales lot parking entrance entry exit lobby vestibule hall hallway stairs stair dock bay ramp case cases
    cooler coolers freezer freezers fridge fridges refrigerator compressor evaporator condenser coil coils fan fans belt motor
    filter filters unit units rtu ac hvac thermostat temp temps temperature sensor gauge valve gasket hinge handle lock locks
    key keys knob latch closer sweep seal strip rail shelf shelves shelving rack racks racking gondola display displays sign
    signs banner label labels tag tags sticker poster table desk chair bench counter cabinet drawer cart carts basket trolley
    pallet pallets jack forklift lift elevator escalator baler compactor dumpster trash garbage bin box boxes cardboard
    register registers checkout lane lanes pos scanner printer receipt terminal pinpad screen monitor keyboard computer phone
    tablet network wifi internet system software server camera cameras cctv alarm alarms panel light lights lighting lamp lamps
    bulb bulbs fixture fixtures ballast outlet outlets plug socket switch breaker power electric electrical cable cables wire
    wires cord battery batteries charger oven ovens fryer grill rotisserie slicer mixer proofer steamer microwave toaster machine
    machines equipment ice coffee soda food hood vent vents duct air gutter downspout lawn tree trees snow salt sidewalk fence
    pothole pest mouse mice rat ants flies fly bird birds roach roaches spider customer customers guest guests employee
    employees associate associates staff manager people person kid kids child someone somebody nobody company vendor vendors
    technician contractor plumber electrician service number part parts piece pieces set style model serial color colour black
    white red blue green yellow grey gray size level levels note issue issues problem problems ticket photo attached repeat
    inspection inspect maintenance preventive scheduled schedule due expired test tested passed annual monthly supply supplies
    paper towel soap dispenser holder bracket screw screws bolt bolts nail board sheet glass mirror plastic metal wood wooden
    rubber foam brick concrete steel cover covers lid cap frame guard wheel wheels tire tires chain cable hose nozzle spray
    smells odor odour smell musty stale mold moldy rust rusty dust dusty grease greasy oil oily mop bucket broom
    spoke spelled spilled spilt struck stock stack stick sticks stacks stocks shook sock socks park parked parks spare spares
    spark frame frames fame blade blades glaze suck sucks spar stuffed shaken breeding brooding reading heading bedding
    explored explore explores exported wrapped trimmed tripped tapped topped dropped stopped snapped cropped wrapping tracking
    trucking backing packing parking barking printing sprinting sprinkle sprinkled burnished bunting bundling bumping turning
    stacking stocking sticking checking blocking blinking licking locking looking leaning loading floating flattened floored
    flooring fluid fluids frames framed lamination smacking smelling shelled shipped slipper slippers tripper stripper
    shipping snipping snapping slapping chopping clipping dipping dripping whipping equipping
    injector infected inspected collected collective connected connection charged changing hanging chewing chocolate checkout
    stapled staples stable tables cables gables knives knit kit fair fairly flair flare fare firm film file files filed fires
    weapon weekend wagon acids aside assist ambulatory exist exits excess access express exposed expose expired evacuum
    elevated elevation alleviate freezes froze breeze breezer sneeze basement casement pavement replacement placement
    cooking stitched stitch stitching ignition choker flamingo contest fumbled limping lighted fighting
    engine engines pressure jump restart oven customers cyl pilot sender refit adaptor haul overhaul bypass overheating exhaust
    deposit refund returned return returns wrong size color gift arrived price prices invoice invoiced delivery deliveries
    delivered billed charge charges supplier purchase order freight promo promotion count units cases sold delisted
    firewall fireplace firewood firework fireworks firefly football baseball
    hazel hazy daze dizzying burner burners burger burgers robe robes robbins rubber rubbed rubbing robot robots rotted
    threaded threads thread treated treat threat heater heated gasoline gases gaskets gassed passed assorted
    """.split()
)
