"use strict";
/* How far a ship can have come by a moment of a gap: the places near enough to where it was last heard and, where it
   was heard again, near enough to that. Their border is of arcs of circles on the sphere. */
(() => {
  const { replay } = window.Shipwatch;
  const { toX, toY, nearX, boxOf, HOUR_S } = replay;
  const NM_RAD = 1852 / 6371008.8;
  const POINTS = 120; // own: three degrees apart
  const WIDEST_RAD = Math.acos(1 / 3); // own: a circle that holds a third of the globe tells nothing
  const DEG = Math.PI / 180;

  const clamped = (value) => Math.max(-1, Math.min(1, value));

  /** Angle between two places, on the sphere. */
  function angle(one, other) {
    const half = Math.sin((other.lat - one.lat) / 2) ** 2;
    const across = Math.cos(one.lat) * Math.cos(other.lat) * Math.sin((other.lon - one.lon) / 2) ** 2;
    return 2 * Math.asin(Math.sqrt(Math.min(1, half + across)));
  }

  function bearing(from, to) {
    const east = Math.sin(to.lon - from.lon) * Math.cos(to.lat);
    return Math.atan2(east, Math.cos(from.lat) * Math.sin(to.lat) - Math.sin(from.lat) * Math.cos(to.lat) * Math.cos(to.lon - from.lon));
  }

  function along(from, course, arc) {
    const sine = clamped(Math.sin(from.lat) * Math.cos(arc) + Math.cos(from.lat) * Math.sin(arc) * Math.cos(course));
    const east = Math.sin(course) * Math.sin(arc) * Math.cos(from.lat);
    return { lat: Math.asin(sine), lon: from.lon + Math.atan2(east, Math.cos(arc) - Math.sin(from.lat) * sine) };
  }

  /** Half of the arc of the circle about one place that lies within the circle about another: 0..π. */
  function halfWithin(radius, other_radius, apart) {
    const cosine = (Math.cos(other_radius) - Math.cos(radius) * Math.cos(apart)) / (Math.sin(radius) * Math.sin(apart));
    return Number.isNaN(cosine) ? Math.PI : Math.acos(clamped(cosine));
  }

  function arcOf(circle, towards, half, points) {
    const from = bearing(circle, towards) - half;
    return Array.from({ length: points + 1 }, (_, i) => along(circle, from + (2 * half * i) / points, circle.radius));
  }

  /** The border of what lies in both circles; null where nothing does. */
  function lens(off, on) {
    if (!on) return arcOf(off, off, Math.PI, POINTS);
    const apart = angle(off, on);
    if (apart > off.radius + on.radius) return null;
    if (apart + off.radius <= on.radius) return arcOf(off, on, Math.PI, POINTS);
    if (apart + on.radius <= off.radius) return arcOf(on, off, Math.PI, POINTS);
    const halves = [halfWithin(off.radius, on.radius, apart), halfWithin(on.radius, off.radius, apart)];
    return [...arcOf(off, on, halves[0], POINTS / 2), ...arcOf(on, off, halves[1], POINTS / 2)];
  }

  /** Corners as x and y, each in the copy of the world next to the one before; round a pole, closed along the edge. */
  function drawn(corners, centre) {
    const [xs, ys] = [[], corners.map(({ lat }) => toY(lat / DEG))];
    let before = centre;
    for (const { lon } of corners) xs.push((before = nearX(toX(lon / DEG), before)));
    const round = nearX(xs[0], before) - xs[0];
    if (Math.abs(round) > 0.5) {
      const edge = round < 0 ? 0 : 1; // corners run clockwise: westward round the north pole
      xs.push(xs[0] + round, xs[0] + round, xs[0]);
      ys.push(ys[0], edge, edge);
    }
    return Float64Array.from({ length: 2 * xs.length }, (_, i) => (i % 2 ? ys : xs)[i >> 1]);
  }

  const circleAt = (lat, lon, radius) => ({ lat: lat * DEG, lon: lon * DEG, radius });

  /** Whether the clock stands in a gap of which it is known how fast the ship could have gone. */
  const inGap = (gap, at_s) => Boolean(gap?.reach) && at_s >= gap.t && (gap.end_t === null || at_s < gap.end_t);

  /** What is within reach at a moment of a gap: hours, miles, the ring (null: none) and why there is none. */
  function reachAt(gap, at_s) {
    const hours = (at_s - gap.t) / HOUR_S;
    const told = { hours, way_nm: hours * gap.reach.kn, ring: null, why: "" };
    const heard = gap.end_t !== null && gap.end_lat !== null;
    const back_nm = heard ? ((gap.end_t - at_s) / HOUR_S) * gap.reach.kn : Infinity;
    if (Math.min(told.way_nm, back_nm) * NM_RAD > WIDEST_RAD) return { ...told, why: "more than a third of the globe, not drawn" };
    const off = circleAt(gap.lat, gap.lon, Math.min(Math.PI, told.way_nm * NM_RAD));
    const on = heard ? circleAt(gap.end_lat, gap.end_lon, Math.min(Math.PI, back_nm * NM_RAD)) : null;
    const corners = lens(off, on);
    if (!corners) return { ...told, why: "the way to the next position takes more than this speed" };
    return { ...told, ring: drawn(corners, gap.x) };
  }

  let last = { gap: null, at_s: NaN, told: null };

  /** The same for the gap that is told of, or null while the clock stands outside of it. */
  function reachNow(state) {
    const { toldGap: gap, at_s } = state;
    if (!inGap(gap, at_s)) return null;
    if (last.gap !== gap || last.at_s !== at_s) last = { gap, at_s, told: reachAt(gap, at_s) };
    return last.told;
  }

  /** West, north, east, south of what is drawn of the reach; null where that is nothing, or half of the world. */
  function reachBox(state) {
    const gap = state.toldGap;
    if (!gap || !state.options.reach || !state.visible(gap.ship)) return null;
    const ring = inGap(gap, state.at_s) ? reachNow(state).ring : gap.ring;
    const box = ring && boxOf([ring]);
    return box && box[2] - box[0] < 0.5 ? box : null;
  }

  Object.assign(replay, { reachAt, reachNow, reachBox });
})();
