"use strict";
/* Reads the scene and puts the page together. */
(() => {
  const { replay } = window.Shipwatch;
  const { el, byId, toLat, toLon, boxOf, SPEEDS } = replay;
  const L = window.L;
  const NEAR_ZOOM = 10; // own: a roadstead fills the view
  const FOLLOW_INNER = 0.5; // own: share of the view, from its middle, in which a followed ship moves freely
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let running = null;

  function makeMap(root) {
    const tiles = root.dataset.tiles;
    const map = L.map("r-map", {
      zoomSnap: tiles ? 1 : 0.25, minZoom: 1, maxZoom: 15, inertia: !calm,
      zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: false, wheelPxPerZoomLevel: 90,
    });
    map.attributionControl.setPrefix("Leaflet");
    map.attributionControl.addAttribution("Coast: Natural Earth");
    if (tiles) L.tileLayer(tiles, { attribution: safe(root.dataset.tilesCredit) }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    map.setView([0, 0], 2);
    return map;
  }

  /** Leaflet writes credits as HTML. */
  const safe = (text) => el("i", {}, text || "").innerHTML;

  function trackBox(track) {
    const box = boxOf([]);
    for (let i = 0; i < track.n; i++) replay.grow(box, track.x[i], track.y[i]);
    return box;
  }

  function sceneBox(state) {
    const box = boxOf([]);
    for (const ship of state.scene.ships.filter((one) => state.visible(one) && one.track.n)) {
      const own = (ship.box ??= trackBox(ship.track));
      replay.grow(box, own[0], own[1]);
      replay.grow(box, own[2], own[3]);
    }
    const reach = replay.reachBox(state);
    if (reach) {
      replay.grow(box, reach[0], reach[1]);
      replay.grow(box, reach[2], reach[3]);
    }
    return box;
  }

  function fitAll(state, map) {
    fitBox(map, sceneBox(state), 11);
  }

  const cornersOf = ([west, north, east, south]) => [[toLat(south), toLon(west)], [toLat(north), toLon(east)]];

  function fitBox(map, box, maxZoom) {
    if (box[2] >= box[0]) map.fitBounds(cornersOf(box), { padding: [34, 34], maxZoom, animate: false });
  }

  /** To the gap that is told of, else to the chosen ship. */
  function zoomIn(state, map) {
    const { toldGap: gap, focus } = state;
    if (gap && gap.end_x !== null) {
      const box = boxOf([[gap.x, gap.y, gap.end_x, gap.end_y]]);
      if (map.getZoom() < map.getBoundsZoom(cornersOf(box)) - 1) return fitBox(map, box, NEAR_ZOOM);
    }
    if (!focus || focus.now.i < 0) return;
    const zoom = Math.max(NEAR_ZOOM, map.getZoom() + 1);
    map.setView([toLat(focus.now.y), toLon(focus.now.x)], zoom, { animate: false });
  }

  /** Keeps the followed ship in the middle, and an event that was opened in view. */
  function keepInView(state, map) {
    state.on("time option", () => {
      const { focus, options } = state;
      if (options.follow && focus && focus.now.i >= 0) centreOn(map, focus.now, FOLLOW_INNER);
    });
    state.on("event", () => {
      if (state.opened.at) centreOn(map, state.opened.at, 0.96);
    });
  }

  function centreOn(map, { x, y }, inner) {
    const at = L.latLng(toLat(y), toLon(x));
    const [point, size] = [map.latLngToContainerPoint(at), map.getSize()];
    const [dx, dy] = [Math.abs(point.x / size.x - 0.5), Math.abs(point.y / size.y - 0.5)];
    if (Math.max(dx, dy) > inner / 2) map.setView(at, map.getZoom(), { animate: false });
  }

  function tellTitle(scene, root) {
    const { alert } = scene;
    byId("r-title").textContent = scene.title;
    byId("r-summary").textContent = byId("r-summary").title = alert?.summary ?? spanWords(scene);
    if (!alert) return;
    const address = `/alerts/${encodeURIComponent(alert.alert_id)}`;
    const rule = root.dataset.scene ? el("a", { href: address }, alert.title) : el("span", {}, alert.title);
    const level = el("span", { className: `level level-${levelClass(alert.level)}` }, alert.level);
    byId("r-sub").replaceChildren(level, el("span", { className: "state" }, alert.status), rule);
  }

  const levelClass = (level) => String(level).replace(/[^a-z]/g, "");
  function spanWords({ from_s, to_s, ships }) {
    const { stamp, moment } = replay.words;
    return `${stamp(from_s)} – ${moment(to_s)} · ${ships.length} ${ships.length === 1 ? "ship" : "ships"}`;
  }

  function tellKey(state) {
    const key = byId("r-key");
    const line = (className, text) => el("span", { className: "r-entry" }, el("i", { className, "aria-hidden": "true" }), text);
    const speeds = () => SPEEDS.map(([, colour, text]) => {
      const entry = line("r-line", text);
      entry.firstChild.style.background = colour;
      return entry;
    });
    let within = false;
    const show = () => {
      const bySpeed = state.options.colour === "speed" ? speeds() : [];
      key.replaceChildren(...bySpeed, line("r-dash", "no AIS heard"), line("r-hollow", "last heard here"), line("r-zone", "zone"), ...(within ? [line("r-within", "could be here now")] : []));
    };
    state.on("option", show);
    const look = () => {
      const drawn = state.options.reach && Boolean(replay.reachNow(state)?.ring);
      if (drawn === within) return;
      within = drawn;
      show();
    };
    state.on("time gap focus option", look);
    show();
    look();
  }

  /** What tests and the curious may ask: the state in numbers. */
  function view() {
    const { state, map, overlay } = running;
    const ships = state.scene.ships.map((ship) => ({
      label: ship.label, vessel_id: ship.vessel_id, shown: state.visible(ship), state: ship.now.state, fix: ship.now.i,
      lat: toLat(ship.now.y), lon: toLon(ship.now.x),
      west: toLon((ship.box ??= trackBox(ship.track))[0]), east: toLon(ship.box[2]),
    }));
    return {
      at_s: state.at_s, playing: state.playing, speed_h: state.speed_h, focus: state.focus?.vessel_id ?? null, ships,
      gap: state.toldGap?.event_id ?? null, reach: (state.options.reach && state.toldGap?.ring?.length) || 0,
      reach_now: (state.options.reach && replay.reachNow(state)?.ring?.length) || 0, reach_box: replay.reachBox(state)?.map((xy, i) => (i % 2 ? toLat(xy) : toLon(xy))) ?? null,
      zoom: map.getZoom(), marks: overlay.marks.length, draws: state.draws,
      said: overlay.labels.said, land: overlay.coast.rings.length, drawn_ms: Array.from(state.drawn_ms.slice(0, state.draws)),
    };
  }

  function start(raw, root) {
    const scene = replay.decodeScene(raw);
    if (!scene.ships.some((ship) => ship.track.n)) return tellState("No positions are stored for this ship and time.");
    const state = new replay.State(scene);
    tellTitle(scene, root);
    const map = makeMap(root);
    fitAll(state, map);
    const overlay = new replay.Overlay(state, root).addTo(map);
    running = { state, map, overlay };
    keepInView(state, map);
    new replay.Pointer(state, map, overlay);
    new replay.Strip(state);
    new replay.ShipList(state);
    const events = new replay.EventList(state);
    new replay.GapBox(state);
    new replay.FixBox(state);
    new replay.Controls(state, events, { fitAll: () => fitAll(state, map), zoomIn: () => zoomIn(state, map) });
    tellKey(state);
    root.classList.add("r-ready");
    byId("r-state").hidden = true;
    requestAnimationFrame(() => performance.mark("scene-ready"));
  }

  function tellState(text, mayRetry = false) {
    byId("r-state").hidden = false;
    byId("r-state-text").textContent = text;
    byId("r-progress").hidden = true;
    byId("r-retry").hidden = !mayRetry;
  }

  async function boot() {
    const root = byId("replay");
    root.hidden = false;
    byId("r-retry").hidden = true;
    byId("r-progress").hidden = false;
    try {
      start(await replay.readScene(root), root);
    } catch (error) {
      tellState(`The tracks could not be read: ${error.message}`, true);
    }
  }

  /** Pixels on the map of a place. */
  const pixelOf = (lat, lon) => running.map.latLngToContainerPoint([lat, lon]);

  Object.assign(replay, { view, pixelOf });
  byId("r-retry").addEventListener("click", boot);
  boot();
})();
