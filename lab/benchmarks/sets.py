"""Every question the benchmark asks of public data, in the order of the page."""

from typing import Final

from training.benchmarks.bpic2019 import BPIC2019
from training.benchmarks.excavator import EXCAVATOR
from training.benchmarks.freshretailnet import STOCKOUT
from training.benchmarks.online_retail import RETURNS
from training.benchmarks.product_backorders import BACKORDERS
from training.benchmarks.real_set import RealSet
from training.benchmarks.servicenow import PRIORITY, SLA

REAL_SETS: Final[tuple[RealSet, ...]] = (BPIC2019, RETURNS, PRIORITY, SLA, EXCAVATOR, BACKORDERS, STOCKOUT)
