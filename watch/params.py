"""Every threshold of the detectors, with its unit and its source.

Sources: GFW = Global Fishing Watch's published methods and pipe-gaps; Miller 2018 = "Identifying global patterns of
transshipment behavior"; IALA = recommendation R0124; M.1371 = ITU-R M.1371-5; own = chosen here, reason beside it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Params:
    """Thresholds of segmenting and of the detectors.

    Examples
    --------
    >>> Params().gap_min_h
    6.0
    """

    # segments
    max_speed_kn: float = 60.0  # no hull does more on average: DESIGN §3 spoof, RadianceFleet
    jump_slack_m: float = 1_000.0  # own: GNSS error and clock error of two receivers in one second

    # gap
    gap_min_h: float = 6.0  # GFW pipe-gaps min_gap_length
    history_h: int = 12  # GFW: positions in the 12 h before the gap
    coverage_after_h: int = 5  # own: whole hours that surely lie inside a gap of 6 h
    coverage_cell_deg: float = 0.5  # own: 3 x 3 cells reach 45 nm, above the 20 nm of one receiver (IALA)
    coverage_lost_share: float = 0.35  # outage below 35 % of the usual ships: receiver_downtime_check (S-GUR)

    # zone visits
    zone_merge_h: float = 1.0  # own: jitter at an edge is one visit
    zone_dwell_h: float = 0.0  # a zone may ask for more with `min_dwell_h`
    crossed_min_leg_m: float = 1_852.0  # own: a shorter chord cuts a corner that is drawn no finer than a mile
    visit_silence_h: float = 24.0  # own: after a day unheard nobody can say that the ship stayed

    # port visits
    port_enter_m: float = 3_000.0  # GFW anchorages: entry at 3 km
    port_exit_m: float = 4_000.0  # GFW anchorages: exit at 4 km
    stop_begin_kn: float = 0.2  # GFW anchorages
    stop_end_kn: float = 0.5  # GFW anchorages

    # encounters
    encounter_m: float = 500.0  # GFW, Miller 2018
    encounter_min_h: float = 2.0  # GFW, Miller 2018
    encounter_max_kn: float = 2.0  # GFW, Miller 2018
    encounter_merge_h: float = 4.0  # GFW: encounters closer than 4 h are one
    encounter_port_m: float = 10_000.0  # GFW: at least 10 km from an anchorage
    encounter_grid_min: int = 10  # GFW: positions on a ten-minute grid
    encounter_reach_h: float = 2.0  # own: between fixes further apart than an encounter lasts, nothing is known
    moored_drift_m: float = 40.0  # own: two GNSS errors of 20 m; ships on one anchor swing further


DEFAULT = Params()
