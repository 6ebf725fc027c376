"""Every question the benchmark asks of public data, in the order of the page."""

from typing import Final

from lab.benchmarks.bpic2019 import BPIC2019
from lab.benchmarks.excavator import EXCAVATOR
from lab.benchmarks.freshretailnet import STOCKOUT
from lab.benchmarks.online_retail import RETURNS
from lab.benchmarks.product_backorders import BACKORDERS
from lab.benchmarks.real_set import RealSet
from lab.benchmarks.servicenow import PRIORITY, SLA

REAL_SETS: Final[tuple[RealSet, ...]] = (BPIC2019, RETURNS, PRIORITY, SLA, EXCAVATOR, BACKORDERS, STOCKOUT)
