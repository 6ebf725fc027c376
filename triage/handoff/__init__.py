"""Handing over: endpoints, deliveries to them, and the workers that send them.

The seam: whoever decides something calls `events.enqueue` inside the deciding transaction; everything after the commit
is here.
"""
