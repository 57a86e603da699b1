"use strict";
/* What lies under the mouse: its values beside it, and on a click in the panel. */
(() => {
  const { replay } = window.Shipwatch;
  const { byId, words } = replay;
  const NEAR_PX = 9; // own

  /** The fix nearest to a point of the canvases, of the chosen ship before others; null when none is near. */
  function nearestFix(state, tracks, x, y) {
    let best = null;
    let least = NEAR_PX * NEAR_PX;
    for (const ship of state.scene.ships) {
      if (!state.visible(ship)) continue;
      const thin = tracks.thin.get(ship);
      const handicap = ship === state.focus ? 0.5 : 1;
      const [left, top] = [x - tracks.offset[0], y - tracks.offset[1]];
      for (let k = 0; k < thin.n; k++) {
        const far = ((thin.px[k] - left) ** 2 + (thin.py[k] - top) ** 2) * handicap;
        if (far < least) [least, best] = [far, { ship, i: thin.index[k] }];
      }
    }
    return best;
  }

  function nearestGap(state, view, x, y) {
    for (const ship of state.scene.ships) {
      if (!state.visible(ship)) continue;
      for (const gap of ship.gaps) if (gap.end_x !== null && distance(view, gap, x, y) < NEAR_PX) return gap;
    }
    return null;
  }

  /** Pixels from a point to the line over a gap. */
  function distance(view, gap, x, y) {
    const [ax, ay] = [view.px(gap.x), view.py(gap.y)];
    const [dx, dy] = [view.px(gap.end_x) - ax, view.py(gap.end_y) - ay];
    const part = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    return Math.hypot(ax + part * dx - x, ay + part * dy - y);
  }

  const fixTime = (fix) => fix.ship.track.t[fix.i];

  /** Pairs of what a fix says. */
  function fixFacts({ ship, i }) {
    const { track } = ship;
    const radio = track.radio ? ship.radios[track.radio[i]] : ship.radios[0];
    return [
      ["Time", new Date(track.t[i] * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC"],
      ["Place", words.place(track.lat[i] / 1e5, track.lon[i] / 1e5)],
      ["Degrees", `${(track.lat[i] / 1e5).toFixed(5)}, ${(track.lon[i] / 1e5).toFixed(5)}`],
      ["Speed", words.speed(track.sog[i])],
      ["Course", words.course(track.cog[i])],
      ["MMSI", String(radio ?? "unknown")],
    ];
  }

  const gapWords = (gap) => {
    const end = gap.end_t === null ? "no fix since" : `next heard ${words.moment(gap.end_t)}`;
    return [gap.ship.label, `No AIS heard for ${words.lasting(gap.hours)}`, `last heard ${words.moment(gap.t)}`, end];
  };

  const eventWords = (event) => [
    `${event.number ? `Step ${event.number}: ` : ""}${event.what}`,
    event.other ? `${event.ship.label} with ${event.other}` : event.ship.label,
    words.moment(event.t), event.where,
  ];

  class Pointer {
    constructor(state, map, overlay) {
      Object.assign(this, { state, map, overlay, tip: byId("r-tip"), waiting: null });
      map.on("mousemove", (event) => this.look(event));
      map.on("mouseout movestart", () => this.hide());
      map.on("click", (event) => this.take(event));
    }

    /** What lies at a mouse event: {event}, {fix} or {gap}, or null. */
    under(event) {
      const { x, y } = this.overlay.pointOf(event);
      const mark = this.overlay.marks.findLast((one) => Math.hypot(one.x - x, one.y - y) <= one.radius);
      if (mark) return { event: mark.event };
      const fix = nearestFix(this.state, this.overlay.tracks, x, y);
      if (fix) return { fix };
      const gap = nearestGap(this.state, this.overlay.view, x, y);
      return gap ? { gap } : null;
    }

    look(event) {
      if (!this.waiting) requestAnimationFrame(() => this.show());
      this.waiting = event;
    }

    show() {
      const event = this.waiting;
      this.waiting = null;
      if (!event) return;
      const found = this.under(event);
      this.map.getContainer().classList.toggle("r-over", Boolean(found));
      if (found) this.tell(linesOf(found), event.containerPoint);
      else this.hide();
    }

    tell(lines, { x, y }) {
      this.tip.replaceChildren(...lines.filter(Boolean).map((line) => replay.el("div", {}, line)));
      this.tip.hidden = false;
      const size = this.map.getSize();
      const left = x + 14 + this.tip.offsetWidth > size.x ? x - 14 - this.tip.offsetWidth : x + 14;
      const top = Math.max(4, Math.min(y + 12, size.y - this.tip.offsetHeight - 4));
      this.tip.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
    }

    hide() {
      this.waiting = null;
      this.tip.hidden = true;
    }

    take(event) {
      const found = this.under(event);
      if (found?.event) replay.openEvent(this.state, found.event);
      else if (found?.fix) replay.openFix(this.state, found.fix);
      else this.state.chooseGap(found?.gap ?? null);
    }
  }

  const linesOf = ({ event, fix, gap }) => {
    if (event) return eventWords(event);
    return fix ? [fix.ship.label, ...fixFacts(fix).map(([name, value]) => `${name} ${value}`)] : gapWords(gap);
  };

  /** Moves the clock to a fix and keeps its values in the panel. */
  function openFix(state, fix) {
    if (state.focus !== fix.ship) state.choose(fix.ship);
    state.chooseGap(null);
    state.chooseFix(fix);
    state.jump(fixTime(fix));
  }

  /** Moves the clock to an event; a gap is chosen with it. */
  function openEvent(state, event) {
    const gap = event.ship.gaps.find((one) => one.event_id === event.event_id) ?? null;
    state.opened = event;
    state.chooseFix(null);
    state.chooseGap(gap);
    state.jump(event.shown_s);
    state.tell("event");
  }

  Object.assign(replay, { Pointer, fixFacts, openFix, openEvent });
})();
