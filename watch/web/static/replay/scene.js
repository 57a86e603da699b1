"use strict";
/* The scene as the scripts work on it: tracks in typed arrays, longitudes unwrapped so that a way across 180° is one
   line. x and y are Mercator's, both 0..1 for one copy of the world; x goes on beyond it. */
(() => {
  const { replay } = window.Shipwatch;
  const JOIN_S = 60; // own: a ship counts as heard for a minute after a fix that no other joins on to

  const toX = (lon) => lon / 360 + 0.5;
  const toY = (lat) => {
    const sine = Math.sin((Math.max(-85, Math.min(85, lat)) * Math.PI) / 180);
    return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  };
  const toLon = (x) => (x - 0.5) * 360;
  const toLat = (y) => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;
  /** The copy of x that lies nearest to another. */
  const nearX = (x, other) => x + Math.round(other - x);

  async function inflated(text) {
    const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  /** Reads the scene: out of the page itself, or from the server. */
  async function readScene(root) {
    const inside = replay.byId("scene");
    if (inside) return inflated(inside.textContent);
    const answer = await fetch(root.dataset.scene, { headers: { accept: "application/json" } });
    if (answer.ok) return answer.json();
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.error || `The server answered ${answer.status}.`);
  }

  /** Sums of differences; the first value is whole. */
  function summed(deltas, into) {
    let sum = 0;
    for (let i = 0; i < deltas.length; i++) into[i] = sum += deltas[i];
    return into;
  }

  function decodeTrack(raw) {
    const n = raw.n;
    const lat = summed(raw.lat, new Int32Array(n));
    const lon = summed(raw.lon, new Int32Array(n));
    const track = {
      n, lat, lon,
      t: summed(raw.t, new Float64Array(n)),
      sog: Int16Array.from(raw.sog),
      cog: Int16Array.from(raw.cog),
      radio: raw.radio ? Uint8Array.from(raw.radio) : null,
      cut: new Uint8Array(n + 1),
      x: new Float64Array(n),
      y: new Float64Array(n),
      thinned_m: raw.thinned_m || 0,
    };
    for (const i of raw.cut) track.cut[i] = 1;
    if (n) track.cut[0] = 1;
    for (let i = 0; i < n; i++) {
      const x = toX(lon[i] / 1e5);
      track.x[i] = i ? nearX(x, track.x[i - 1]) : x;
      track.y[i] = toY(lat[i] / 1e5);
    }
    return track;
  }

  /** Index of the last fix at or before a time, or -1. */
  function indexAt(track, at_s) {
    let low = 0;
    let high = track.n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (track.t[middle] <= at_s) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Where a ship is at a time, written into `ship.now`: between two joined fixes on the way between them; where no
      fix follows that joins on, she stays where she was last heard, and counts as silent. */
  function place(ship, at_s) {
    const { track, now } = ship;
    const i = (now.i = indexAt(track, at_s));
    if (i < 0) {
      now.state = "before";
      return now;
    }
    const joined = i + 1 < track.n && !track.cut[i + 1];
    const part = joined ? (at_s - track.t[i]) / (track.t[i + 1] - track.t[i] || 1) : 0;
    now.dx = joined ? track.x[i + 1] - track.x[i] : 0;
    now.dy = joined ? track.y[i + 1] - track.y[i] : 0;
    now.x = track.x[i] + part * now.dx;
    now.y = track.y[i] + part * now.dy;
    now.state = joined || at_s - track.t[i] <= JOIN_S ? "heard" : "silent";
    now.gap = now.state === "silent" ? gapAt(ship, at_s) : null;
    return now;
  }

  function gapAt(ship, at_s) {
    for (const gap of ship.gaps) if (gap.t <= at_s && (gap.end_t === null || at_s < gap.end_t)) return gap;
    return null;
  }

  function shifted(xs, by) {
    if (by) for (let i = 0; i < xs.length; i++) xs[i] += by;
  }

  /** x of the ship's track about a time, to choose the copy of the world of what happened to her then. */
  function xAt(ship, at_s, otherwise) {
    const { track } = ship;
    return track.n ? track.x[Math.max(0, indexAt(track, at_s))] : otherwise;
  }

  function decodeGap(raw, ship, centre) {
    const x = nearX(toX(raw.lon), xAt(ship, raw.t, centre));
    const gap = { ...raw, ship, x, y: toY(raw.lat), end_x: null, end_y: null, ring: null };
    if (raw.end_lon !== null && raw.end_lat !== null) {
      gap.end_x = nearX(toX(raw.end_lon), x);
      gap.end_y = toY(raw.end_lat);
    }
    if (raw.reach?.ring?.length) gap.ring = ringOf(raw.reach.ring, x);
    return gap;
  }

  /** Corners of a ring, each in the copy of the world next to the corner before. */
  function ringOf(corners, centre) {
    const ring = new Float64Array(corners.length * 2);
    let before = centre;
    corners.forEach(([lon, lat], i) => {
      ring[2 * i] = before = nearX(toX(lon), before);
      ring[2 * i + 1] = toY(lat);
    });
    return ring;
  }

  function decodeShip(raw, index) {
    const track = decodeTrack(raw.track);
    return { ...raw, index, track, shown: true, now: { i: -1, x: 0, y: 0, dx: 0, dy: 0, state: "before", gap: null } };
  }

  function decodeEvent(raw, index, ships, centre, from_s) {
    const ship = ships[raw.ship];
    const at = raw.lat === null ? null : { x: nearX(toX(raw.lon), xAt(ship, raw.t, centre)), y: toY(raw.lat) };
    return { ...raw, index, ship, at, shown_s: Math.max(raw.t, from_s), before: raw.t < from_s };
  }

  function decodeZone(raw, centre) {
    const rings = raw.rings.filter((ring) => ring.length > 2).map((ring) => ringOf(ring, nearX(toX(ring[0][0]), centre)));
    return { ...raw, rings, box: boxOf(rings) };
  }

  /** West, north, east, south of rings, in x and y. */
  function boxOf(rings) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) grow(box, ring[i], ring[i + 1]);
    }
    return box;
  }

  function grow(box, x, y) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }

  function decodeBackground(raw) {
    const lat = summed(raw.lat, new Int32Array(raw.lat.length));
    const lon = summed(raw.lon, new Int32Array(raw.lon.length));
    return { x: Float64Array.from(lon, (e4) => toX(e4 / 1e4)), y: Float64Array.from(lat, (e4) => toY(e4 / 1e4)) };
  }

  const middle = (track) => (track.n ? (Math.min(...ends(track.x)) + Math.max(...ends(track.x))) / 2 : null);
  function ends(xs) {
    let [low, high] = [Infinity, -Infinity];
    for (const x of xs) [low, high] = [Math.min(low, x), Math.max(high, x)];
    return [low, high];
  }

  /** Returns the scene ready to be drawn; every track in the copy of the world next to the chosen ship's. */
  function decodeScene(raw) {
    if (raw.format !== 1) throw new Error("The scene has a form that this page does not know.");
    const ships = raw.ships.map(decodeShip);
    const centre = middle(ships[raw.focus]?.track ?? { n: 0 }) ?? 0.5;
    for (const ship of ships) {
      const own = middle(ship.track);
      if (own !== null) shifted(ship.track.x, Math.round(centre - own));
      ship.gaps = ship.gaps.map((gap) => decodeGap(gap, ship, centre));
    }
    const events = raw.events.map((event, index) => decodeEvent(event, index, ships, centre, raw.from_s));
    events.filter((event) => event.step).forEach((event, i) => (event.number = i + 1));
    return {
      ...raw, ships, events, centre,
      countries: new Map(Object.entries(raw.countries ?? {})),
      zones: raw.zones.map((zone) => decodeZone(zone, centre)),
      background: raw.background ? decodeBackground(raw.background) : null,
    };
  }

  Object.assign(replay, { toX, toY, toLon, toLat, nearX, indexAt, place, grow, readScene, decodeScene, summed, boxOf });
})();
