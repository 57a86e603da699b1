"""Whatever a small scenario says, its tracks hold together."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scenarios.scenario_builders import make_case, make_ship

from watch.errors import FaultsError
from watch.geodesy import distance_m
from watch.scenarios.maker import make_scenario

places = st.tuples(st.floats(-89.5, 89.5), st.floats(-180, 180))
sails = st.builds(lambda to, kn: {"sail": {"to": to, "speed_kn": kn}}, places, st.floats(3, 25))
holds = st.builds(
    lambda h, how: {"hold": {"hours": h, "as": how}},
    st.floats(0.01, 80),
    st.sampled_from(["moored", "anchored", "drifting", "not_under_command"]),
)
says = st.builds(lambda d: {"says": {"draught_m": d}}, st.floats(3, 20))
simple = st.one_of(sails, holds, says)
acts = st.lists(
    st.one_of(simple, st.lists(simple, min_size=1, max_size=3).map(lambda a: {"silent": a})), min_size=1, max_size=6
)
reports = st.fixed_dictionaries(
    {
        "class": st.sampled_from("AB"),
        "thin_min": st.sampled_from([5, 20, 120]),
        "rest_min": st.sampled_from([10, 60]),
        "satellite": st.sampled_from(["far", "only", "never"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(start=places, acts=acts, reports=reports, seed=st.integers(0, 2**32 - 1))
def test_fixes_are_ordered_and_in_range(start, acts, reports, seed):
    rows = _made(start, acts, reports, seed)
    assert rows["fix_at"].is_monotonic_increasing
    assert rows["fix_at"].is_unique
    assert rows["lat"].between(-90, 90).all()
    assert rows["lon"].between(-180, 180).all()
    assert rows["cog_deg"].between(0, 360, inclusive="left").all()
    assert rows["heading_deg"].between(0, 360, inclusive="left").all()
    assert rows["sog_kn"].between(0, 27).all()


@settings(max_examples=40, deadline=None)
@given(start=places, acts=st.lists(simple, min_size=1, max_size=6), reports=reports)
def test_the_way_made_fits_the_speed_told(start, acts, reports):
    """Every act begins with a fix, so two fixes running lie in one act, at one speed."""
    rows = _made(start, acts, reports, 0)
    step_h = rows["fix_at"].diff().dt.total_seconds().to_numpy()[1:] / 3600
    lat, lon, sog_kn = (rows[c].to_numpy(dtype=np.float64) for c in ("lat", "lon", "sog_kn"))
    made_kn = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]) / 1852 / step_h
    slack_kn = 80 / 1852 / step_h + 1.0  # five sigma of two fixes, and of the log
    assert (np.abs(made_kn - sog_kn[:-1]) <= slack_kn).all()


def _made(start, acts, reports, seed):
    case = make_case(make_ship(*acts, position=start, reports=reports))
    try:
        return make_scenario(case, seed)
    except FaultsError as error:
        assume("the ship is there already" not in str(error))
        raise
