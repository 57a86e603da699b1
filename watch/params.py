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
    max_speed_kn: float = 60.0  # no hull does more on average: RadianceFleet
    jump_slack_m: float = 1_000.0  # own: GNSS error and clock error of two receivers in one second

    # samples: one fix of each track an hour
    sample_back_h: int = 24  # own: the longest look back of a detector that judges by the hour

    # gap
    gap_min_h: float = 6.0  # GFW pipe-gaps min_gap_length
    history_h: int = 12  # GFW: positions in the 12 h before the gap
    coverage_after_h: int = 5  # own: whole hours that surely lie inside a gap of 6 h
    coverage_cell_deg: float = 0.5  # own: 3 x 3 cells reach 45 nm, above the 20 nm of one receiver (IALA)
    coverage_lost_share: float = 0.35  # outage below 35 % of the usual ships: receiver_downtime_check (S-GUR)

    # coverage: what is usual, and outages
    usual_days: int = 7  # own: a week holds five working days, whose median a holiday or an outage does not move
    usual_min_days: int = 2  # own: what happened once is not usual
    outage_block_deg: float = 2.0  # own: 120 nm, the reach of a few receivers; half the coast of a small state
    outage_usual_min: int = 10  # own: at ten ships usual, three or fewer by chance once in 100 hours (Poisson) …
    outage_min_h: int = 2  # own: … and in two hours in a row once in 10,000

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

    # jumps: leaps between segments of one radio
    spoof_merge_h: float = 12.0  # own: leaps of a radio closer than this are one episode; two hulls that take turns …
    # … by day and by night still are; and as long is waited for fixes that show whether the new place is a stray's
    spoof_min_nm: float = 20.0  # own: a message told an hour late shows a ship of 20 kn no further off (docs/real-data)
    shared_jumps: int = 4  # own: there and back, and again: both places go on
    shared_near_jumps: int = 24  # own: nearer than `spoof_min_nm`, late messages of one ship made up to 18 leaps
    interference_ships: int = 5  # own: leaps of firm tracks coincide in pairs by chance, never in fives
    interference_min_nm: float = 5.0  # own: late messages by one receiver moved 8 ships of Los Angeles 1-10 nm each
    interference_h: float = 1.0  # own: a jammer takes all ships in its reach within minutes, fixes are minutes apart
    interference_cell_deg: float = 1.0  # own: 3 x 3 cells reach 60-120 nm, beyond the horizon of a jammer on a hill

    # possible visits: what a ship could reach while unheard, at the speed of its class
    possible_visit_min_h: float = 12.0  # own: rules speak of gaps of 12 h and more; below, thinning of feeds
    possible_visit_stay_h: float = 2.0  # own: as an encounter; to moor or to come alongside takes as long
    reach_tanker_kn: float = 14.0  # own: above the 10-13 kn of tankers at sea (IMO 4th GHG study), below their design
    reach_cargo_kn: float = 18.0  # own: AIS does not tell a container ship (14-18 kn there) from a bulk carrier (11)
    reach_other_kn: float = 14.0  # own: as a tanker, so that one of unknown type has no advantage

    # possible encounters: silences that overlap, and waiting that a silent ship could have joined
    possible_encounter_min_h: float = 2.0  # GFW, Miller 2018: as an encounter
    possible_encounter_near_nm: float = 100.0  # own: half a day's sailing; between far places nothing points to a pair
    possible_encounter_near_h: float = 48.0  # own: beyond two days apart, nothing does either
    possible_encounter_short_h: float = 120.0  # own: in a gap of at most five days few other places can be reached
    possible_encounter_draught_m: float = 1.0  # Windward/PoleStar: less than a metre is trim and typing

    # detours: voyages from call to call by a longer way than the sea asks for
    detour_ratio: float = 1.5  # own: weather and waiting cost a tenth or two, a canal shut 1.3 to 2.8 times (Suez)
    detour_extra_nm: float = 500.0  # own: a day and a half's sailing, more than any storm or pilot costs
    detour_near_nm: float = 100.0  # own: half a day's sailing; ships wait and drift off a port as far
    detour_sea_share: float = 0.95  # own: ways over the sea come out up to a twentieth too long (watch/seaway.py) …
    detour_round_nm: float = 150.0  # own: … and those round an islet up to so much more, 99 of 100 across the Pacific
    detour_most_kn: float = 22.0  # own: gas carriers and container ships keep 18-22 kn; faster is not one hull
    detour_canal_ratio: float = 1.2  # own: a fifth above the way without the canal, as much as weather and waiting cost
    detour_via_share: float = 0.8  # own: the far end of a detour, not all its way there and back

    # spoof: what no hull does, seen in the shape of a track
    circle_fixes: int = 8  # own: hourly fixes of a window, and twice as many; three alone always lie on a circle
    circle_min_h: float = 6.0  # own: a ship that waits or searches changes its way within a watch or two
    circle_span_h: int = 20  # own: leaves four hours of the samples before it, to tell whether its first moved
    circle_min_nm: float = 0.5  # own: more than twice the swing of the longest ship at anchor
    circle_max_nm: float = 20.0  # own: at 10 kn one turn takes half a day
    circle_residual: float = 0.03  # own: GNSS error of 25 m on the smallest circle; race-tracks are off by 0.1
    circle_min_kn: float = 2.0  # own: above tidal drift, which goes round too
    circle_own_deg: float = 8.0  # own: two places nearer than that count as one direction
    circle_directions: int = 6  # own: four or five calls of a daily round may lie on a circle by chance
    circle_agree_deg: float = 5.0  # own: by the hour; straight ways between four places are 10 degrees off
    circle_open_deg: float = 110.0  # own: hourly fixes of a circle of 3.1 h a turn lie up to 100 degrees apart
    held_fixes: int = 4  # own: hourly fixes of a window
    held_min_h: float = 2.5  # own: four first fixes of an hour lie three hours apart, less the wait for a fix
    held_span_h: int = 12  # own: of a ship heard every four hours
    held_m: float = 50.0  # own: two GNSS errors of 20 m and some; a ship that does 2 kn is away in a minute
    held_min_kn: float = 2.0  # own: as a slow ship of an encounter
    hairpin_min_kn: float = 10.0  # own: at less, harbour craft turn on the spot
    hairpin_leg_m: float = 300.0  # own: ten GNSS errors
    hairpin_leg_min: float = 3.0  # own: in more, a ship can turn and gather way again
    hairpin_turn_deg: float = 150.0  # own: back on the way out
    hairpin_speed_kept: float = 0.9  # own: 46 boats that turned back in real sets kept at most 0.86
    hairpin_turns: int = 2  # own: one may be a small boat thrown about
    hairpin_merge_h: float = 24.0  # own: turns of one day
    stale_one_in: int = 32  # own: half an hour of fixes every 10 s holds six of the class
    stale_back_h: float = 48.0  # own: a track sent again on the next day, and a day late
    stale_min_lag_h: float = 1.0  # own: below, late and doubled reception sends fixes again
    stale_min_kn: float = 2.0  # own: a ship at rest repeats its place
    stale_lag_s: float = 60.0  # own: two clocks and the wait of a class-A radio
    stale_repeats: int = 3  # own: two may be chance on a ferry's lane
    stale_apart_m: float = 1_000.0  # own: out of any berth or anchorage
    stale_merge_h: float = 12.0  # own: thinned feeds hold a fix of the class every few hours
    formation_min_h: int = 6  # own: ships of one lane keep like ways for an hour or three
    formation_min_kn: float = 5.0  # own: below, tide makes like ways
    formation_differ_m: float = 50.0  # own: GNSS error of four fixes
    formation_drift_m: float = 100.0  # own: copies stay as they are; ships of like speed near or part
    formation_min_nm: float = 1.0  # own: a tow is nearer
    formation_max_nm: float = 20.0  # own: beyond, ships of one speed and lane agree by chance

    # loitering
    loiter_max_kn: float = 2.0  # GFW loitering
    loiter_min_h: float = 4.0  # own: a transfer between tankers takes longer
    loiter_min_samples: int = 3  # own: two, hours apart, do not show that the ship stayed
    loiter_shore_nm: float = 20.0  # GFW loitering: at least 20 nm from shore
    loiter_leg_h: float = 6.0  # as `gap_min_h`: over a longer silence nobody can say that the ship stayed slow
    loiter_merge_h: float = 1.0  # own: an hour under way to go back to where it drifted from

    # positions on land
    on_land_nm: float = 5.0  # own: cell and step of the table 3 nm, drawing of the coast 1 nm and a margin
    on_land_min_samples: int = 4  # own: three hours and more; fewer may be errors of reception
    on_land_area_nm: float = 12.0  # own: a circle of 6 nm, or 4 kn; a ship that sails makes more way in three hours
    on_land_span_h: int = 12  # own: of a ship heard every four hours
    on_land_merge_h: float = 6.0  # as `gap_min_h`

    # what ships declare: identity, draught, destination
    identity_flip_h: float = 24.0  # own: two values that go back and forth within a day of one another are one event
    draught_change_m: float = 1.0  # Windward/PoleStar: less than a metre is trim, squat and typing
    draught_change_share: float = 0.1  # Windward/PoleStar: of the draught before
    draught_typo_h: float = 2.0  # own: a cargo is not worked and worked back in two hours; a typing error is corrected
    draught_between: int = 20  # own: the latest of what lay between; more would bury the ones that matter
    waterplane_share_min: float = 0.75  # own: waterplane over length overall x beam, in ballast; see draught_change
    waterplane_share_max: float = 0.92  # own: the same of a full-formed hull, laden
    ballast_draught_ratio: float = 1.35  # own: ships in ballast lie up to a third deeper than MARPOL I/18.2 asks
    ballast_share: float = 0.54  # own: ballast over length x beam x draught: block 0.75 x 0.72 that is no lightship
    barrels_per_tonne_min: float = 6.29  # 158.987 l at 1.00 t/m3, extra heavy crude (10 degrees API)
    barrels_per_tonne_max: float = 8.74  # 158.987 l at 0.72 t/m3, the lightest petrol
    destination_near_nm: float = 25.0  # own: roads, pilots and lighterage of one port area lie as far apart
    destination_confidence: int = 3  # a stop and one end seen: less may be a ship that passes or a receiver's edge


DEFAULT = Params()
