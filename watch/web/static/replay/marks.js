"use strict";
/* What moves or changes with the clock: gaps, what could be reached in one, marks of events, and the ships. */
(() => {
  const { replay } = window.Shipwatch;
  const { shipColour, words } = replay;
  const SILENT = "#b3261e";
  const INK = "#1d2935";
  const REST_TENTHS_KN = 5;
  const APART_PX = 15; // own: marks nearer than this would hide each other
  const PIN_PX = 19; // own: a step's number stands above its place, so that the ship is seen in it
  const NAMED_ZOOM = 6; // own
  const FONT = "12px system-ui, sans-serif";
  const BOLD = "600 12px system-ui, sans-serif";

  /** Shape of each kind in a square of 16; the list of events shows the same. `fill`: filled; else hollow. */
  const SHAPES = {
    __proto__: null,
    gap: { d: "M8 1.5 14.5 8 8 14.5 1.5 8Z", colour: SILENT },
    possible_visit: { d: "M8 1.5 14.5 8 8 14.5 1.5 8Z M8 6a2 2 0 1 0 .01 0Z", colour: SILENT },
    encounter: { d: "M6 4.5a3.5 3.5 0 1 0 .01 0Z M10 4.5a3.5 3.5 0 1 0 .01 0Z", colour: "#6b1f7a" },
    possible_encounter: { d: "M6 4.5a3.5 3.5 0 1 0 .01 0Z M10 4.5a3.5 3.5 0 1 0 .01 0Z", colour: SILENT },
    loitering: { d: "M8 2a6 6 0 1 0 .01 0Z M8 6a2 2 0 1 0 .01 0Z", colour: "#7a5200" },
    port_visit: { d: "M3 3H13V13H3Z", colour: "#14508a", fill: true },
    zone_visit: { d: "M3 3H13V13H3Z", colour: "#55307c" },
    identity_change: { d: "M8 2 14 13H2Z", colour: "#14633a", fill: true },
    draught_change: { d: "M8 14 2 3H14Z", colour: "#14633a" },
    destination_change: { d: "M3 2 14 8 3 14Z", colour: "#51606e" },
    spoof: { d: "M3 3 13 13M13 3 3 13", colour: SILENT },
  };
  /** Which mark wins where several would lie upon each other. */
  const RANKS = {
    __proto__: null,
    gap: 3, encounter: 3, possible_encounter: 2, possible_visit: 2, port_visit: 2, loitering: 1, identity_change: 1,
  };
  const OTHER = { d: "M8 3a5 5 0 1 0 .01 0Z", colour: "#51606e" };
  const shapeOf = (kind) => SHAPES[kind] ?? OTHER;
  const paths = new Map();

  function pathOf(kind) {
    if (!paths.has(kind)) paths.set(kind, new Path2D(shapeOf(kind).d));
    return paths.get(kind);
  }

  /** Which events have a mark in this view: steps first, then those of the chosen ship; none upon another. */
  function chooseMarks(state, view) {
    const wanted = state.scene.events.filter((event) => event.at && state.lists(event));
    const weight = (event) => (event.number ? 8 : 0) + (event.ship === state.focus ? 4 : 0) + (RANKS[event.kind] ?? 0);
    wanted.sort((a, b) => weight(b) - weight(a));
    const kept = [];
    for (const event of wanted) {
      const [x, y] = [view.px(event.at.x), view.py(event.at.y)];
      if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
      const reach = event.number ? 8 : APART_PX;
      if (kept.some((other) => Math.abs(other.x - x) < reach && Math.abs(other.y - y) < reach)) continue;
      kept.push({ event, x, y: event.number ? y - PIN_PX : y, radius: event.number ? 10 : 8 });
    }
    return kept.reverse();
  }

  function drawMarks(ctx, state, marks) {
    for (const { event, x, y } of marks) {
      const past = event.t <= state.at_s;
      ctx.globalAlpha = past ? 1 : 0.45;
      if (event.number) drawStep(ctx, event, x, y);
      else drawShape(ctx, event.kind, x, y);
    }
    ctx.globalAlpha = 1;
  }

  function drawStep(ctx, event, x, y) {
    ctx.globalAlpha = Math.max(ctx.globalAlpha, 0.75);
    ctx.beginPath();
    ctx.moveTo(x - 4, y + 6);
    ctx.lineTo(x, y + PIN_PX);
    ctx.lineTo(x + 4, y + 6);
    ctx.closePath();
    ctx.moveTo(x + 9.5, y);
    ctx.arc(x, y, 9.5, 0, 7);
    ctx.strokeStyle = "#fff";
    ctx.lineWidth = 2.5;
    ctx.stroke();
    ctx.fillStyle = INK;
    ctx.fill();
    ctx.fillStyle = "#fff";
    ctx.font = BOLD;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(event.number, x, y + 0.5);
    ctx.textAlign = "left";
  }

  function drawShape(ctx, kind, x, y) {
    const { colour, fill } = shapeOf(kind);
    ctx.save();
    ctx.translate(x - 7, y - 7);
    ctx.scale(0.875, 0.875);
    ctx.lineWidth = 4.5;
    ctx.strokeStyle = "#fff";
    ctx.stroke(pathOf(kind));
    ctx.fillStyle = fill ? colour : "#ffffffcc";
    ctx.fill(pathOf(kind));
    ctx.lineWidth = 1.9;
    ctx.strokeStyle = colour;
    ctx.stroke(pathOf(kind));
    ctx.restore();
  }

  function drawGaps(ctx, state, view) {
    ctx.strokeStyle = SILENT;
    for (const ship of state.scene.ships) {
      if (!state.visible(ship)) continue;
      for (const gap of ship.gaps) drawGap(ctx, state, view, gap);
    }
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  }

  function drawGap(ctx, state, view, gap) {
    if (gap.end_x === null) return;
    const told = gap === state.toldGap || gap === gap.ship.now.gap;
    const others = gap.ship.role === "neighbour" ? 0.6 : 1;
    ctx.globalAlpha = (told || gap.t <= state.at_s ? 1 : 0.4) * others;
    ctx.lineWidth = told ? 3 : gap.ship === state.focus ? 2.2 : 1.4;
    ctx.setLineDash(told ? [9, 6] : [6, 5]);
    ctx.beginPath();
    ctx.moveTo(view.px(gap.x), view.py(gap.y));
    ctx.lineTo(view.px(gap.end_x), view.py(gap.end_y));
    ctx.stroke();
  }

  function drawReach(ctx, state, view) {
    const gap = state.toldGap;
    if (!gap?.reach || !state.options.reach || !state.visible(gap.ship)) return;
    const now = replay.reachNow(state);
    if (gap.ring) drawRing(ctx, ringPath(view, gap.ring), now ? null : "#b3261e0e", "#b3261ea0", [2, 3]);
    if (now?.ring) drawRing(ctx, ringPath(view, now.ring), "#b3261e1c", SILENT, []);
    const within = gap.reach.zones.filter((zone) => !now || zone.from_s <= state.at_s);
    const reached = new Set(within.map((zone) => zone.zone_id));
    ctx.strokeStyle = "#b3261ea0";
    ctx.lineWidth = 2;
    for (const zone of state.scene.zones) if (reached.has(zone.id)) strokeZone(ctx, view, zone);
  }

  function drawRing(ctx, path, fill, line, dash) {
    if (fill) {
      ctx.fillStyle = fill;
      ctx.fill(path);
    }
    ctx.strokeStyle = line;
    ctx.lineWidth = 1.2;
    ctx.setLineDash(dash);
    ctx.stroke(path);
    ctx.setLineDash([]);
  }

  function strokeZone(ctx, view, zone) {
    for (const ring of zone.rings) ctx.stroke(ringPath(view, ring));
  }

  function ringPath(view, ring) {
    const path = new Path2D();
    for (let i = 0; i < ring.length; i += 2) path.lineTo(view.px(ring[i]), view.py(ring[i + 1]));
    path.closePath();
    return path;
  }

  /** The longest gaps say how long they are; the one told of in any case. */
  function labelGaps(ctx, state, view, labels, wanted) {
    const told = (ship) => state.visible(ship) && (ship.role !== "neighbour" || ship === state.focus);
    const gaps = state.scene.ships.filter(told).flatMap((ship) => ship.gaps);
    gaps.sort((a, b) => (b.ship === state.focus) - (a.ship === state.focus) || b.hours - a.hours);
    for (const gap of gaps) {
      const first = gap === state.toldGap;
      if (first !== wanted || (gap.end_t === null && gap.t <= state.at_s)) continue; // while it lasts, the ship's name says it
      const [x, y] = [view.px((gap.x + (gap.end_x ?? gap.x)) / 2), view.py((gap.y + (gap.end_y ?? gap.y)) / 2)];
      const text = gap.end_t === null ? `no AIS since ${words.day(gap.t)}` : words.lasting(gap.hours);
      labels.put(ctx, text, x, y, { colour: SILENT, font: first ? BOLD : FONT, sides: "ensw", gap_px: 7, key: gap, must: first });
    }
  }

  function drawShips(ctx, state, view) {
    const ships = state.scene.ships;
    for (let i = ships.length - 1; i >= 0; i--) if (ships[i] !== state.focus) drawShip(ctx, state, view, ships[i]);
    if (state.focus) drawShip(ctx, state, view, state.focus);
  }

  function drawShip(ctx, state, view, ship) {
    const { now, track } = ship;
    if (now.state === "before" || !state.visible(ship)) return;
    const size = ship === state.focus ? 10 : ship.role === "neighbour" ? 6 : 8;
    ctx.save();
    ctx.translate(view.px(now.x), view.py(now.y));
    shipShape(ctx, track, now, size);
    const hollow = now.state === "silent";
    ctx.lineWidth = hollow ? 4.5 : 3;
    ctx.strokeStyle = "#fff";
    ctx.stroke();
    ctx.fillStyle = hollow ? "#fff" : shipColour(ship);
    ctx.fill();
    ctx.lineWidth = hollow ? 2 : 1;
    ctx.strokeStyle = hollow ? shipColour(ship) : INK;
    ctx.stroke();
    ctx.restore();
  }

  /** An arrow along the course; a round for a ship at rest, or whose course nobody knows. */
  function shipShape(ctx, { sog, cog }, now, size) {
    const moving = (now.dx !== 0 || now.dy !== 0) && (sog[now.i] < 0 || sog[now.i] >= REST_TENTHS_KN);
    const sent = cog[now.i] >= 0 && sog[now.i] >= REST_TENTHS_KN;
    ctx.beginPath();
    if (!moving && !sent) {
      ctx.arc(0, 0, size * 0.62, 0, 7);
      return;
    }
    ctx.rotate(moving ? Math.atan2(now.dx, -now.dy) : (cog[now.i] * Math.PI) / 180);
    ctx.moveTo(0, -size);
    ctx.lineTo(size * 0.62, size * 0.8);
    ctx.lineTo(0, size * 0.42);
    ctx.lineTo(-size * 0.62, size * 0.8);
    ctx.closePath();
  }

  function shipWords(ship, at_s) {
    if (ship.now.state === "heard") return ship.label;
    return `${ship.label} · no AIS for ${words.since(ship.track.t[ship.now.i], at_s)}`;
  }

  /** The chosen ship's name, or those of the others; neighbours are named where the view is near enough. */
  function labelShips(ctx, state, view, labels, focus) {
    const ships = state.scene.ships.filter((ship) => ship.now.i >= 0 && state.visible(ship) && (ship === state.focus) === focus);
    const named = ships.filter((ship) => focus || ship.role !== "neighbour" || view.zoom >= NAMED_ZOOM);
    named.sort((a, b) => (a.role === "neighbour") - (b.role === "neighbour"));
    for (const ship of named) {
      const silent = ship.now.state === "silent";
      const [x, y] = [view.px(ship.now.x), view.py(ship.now.y)];
      const style = { colour: silent ? SILENT : INK, font: focus ? BOLD : FONT, gap_px: focus ? 13 : 10, key: ship, must: focus };
      labels.put(ctx, shipWords(ship, state.at_s), x, y, style);
    }
  }

  Object.assign(replay, { SILENT, shapeOf, chooseMarks, drawMarks, drawGaps, drawReach, labelGaps, drawShips, labelShips });
})();
