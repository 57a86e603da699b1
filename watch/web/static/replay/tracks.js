"use strict";
/* Tracks: thinned to what a zoom can show, the part that is past drawn on, the rest faint. */
(() => {
  const { replay } = window.Shipwatch;
  const { HOUR_S, indexAt } = replay;
  const APART_PX = 0.7; // own: nearer than this nobody sees a corner
  const TAIL_EVERY_MS = 150; // own
  const EDGE_PX = 8; // own: half a line's width, and its round end
  // told apart also by those who do not see red or green; red itself is kept for silences
  const SHIP_COLOURS = ["#0067b1", "#b36b00", "#00785a", "#a8407f", "#2f8fc4", "#5d3fa8", "#7a6a00", "#515c66", "#8a4a2a", "#2d6f7f"];
  /** Upper bound in knots, colour, words; the last takes what was not sent. */
  const SPEEDS = [
    [0.5, "#440154", "below 0.5 kn"], [3, "#3b528b", "0.5–3"], [8, "#1f8a8c", "3–8"], [12, "#4aa93b", "8–12"],
    [Infinity, "#b99a00", "above 12"], [null, "#8a949c", "not sent"],
  ];

  const shipColour = (ship) => SHIP_COLOURS[ship.index % SHIP_COLOURS.length];

  function speedBucket(tenths_kn) {
    if (tenths_kn < 0) return SPEEDS.length - 1;
    return SPEEDS.findIndex(([bound_kn]) => tenths_kn / 10 < bound_kn);
  }

  /** The fixes of a track that can be told apart at a zoom: `index` of each, and its pixels at that zoom. */
  function thinned(track, scale, originX, originY) {
    const { n, x, y, cut } = track;
    const [index, px, py] = [new Int32Array(n), new Float32Array(n), new Float32Array(n)];
    const apart = APART_PX / scale;
    let kept = 0;
    for (let i = 0; i < n; i++) {
      const last = kept ? index[kept - 1] : 0;
      const near = kept && Math.abs(x[i] - x[last]) + Math.abs(y[i] - y[last]) < apart;
      if (near && !cut[i] && !cut[i + 1] && i < n - 1) continue;
      index[kept] = i;
      px[kept] = (x[i] - originX) * scale;
      py[kept++] = (y[i] - originY) * scale;
    }
    return { n: kept, index: index.subarray(0, kept), px: px.subarray(0, kept), py: py.subarray(0, kept) };
  }

  /** Number of the last kept fix at or before a fix, or -1. */
  function keptAt(thin, i) {
    let low = 0;
    let high = thin.n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (thin.index[middle] <= i) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  class Tracks {
    constructor(state) {
      this.state = state;
      this.thin = new Map();
      this.zoom = null;
      this.done = new Map(); // ship: kept fix up to which the canvas of the past shows her
      this.at_s = null;
    }

    /** Thins anew where the zoom is another; forgets what is drawn. */
    fit(view) {
      if (this.zoom !== view.zoom) {
        const { centre, ships } = this.state.scene;
        this.zoom = view.zoom;
        for (const ship of ships) this.thin.set(ship, thinned(ship.track, view.scale, centre, 0.5));
      }
      this.offset = [view.px(this.state.scene.centre), view.py(0.5)];
      const [left, top] = [-this.offset[0] - EDGE_PX, -this.offset[1] - EDGE_PX];
      this.window = [left, top, left + view.width + 2 * EDGE_PX, top + view.height + 2 * EDGE_PX];
      this.forget();
    }

    /** Whether a piece of a line may touch the canvas. */
    sees(x, y, toX, toY) {
      const [left, top, right, bottom] = this.window;
      return !((x < left && toX < left) || (x > right && toX > right) || (y < top && toY < top) || (y > bottom && toY > bottom));
    }

    forget() {
      this.done.clear();
      this.at_s = null;
    }

    /** The whole way, faint. */
    drawFaint(ctx) {
      ctx.save();
      ctx.translate(...this.offset);
      ctx.globalAlpha = 0.38;
      ctx.lineWidth = 1.2;
      for (const ship of this.state.scene.ships) {
        if (!this.state.visible(ship)) continue;
        ctx.strokeStyle = shipColour(ship);
        this.strokeRun(ctx, ship, 0, this.thin.get(ship).n - 1);
      }
      ctx.restore();
    }

    /** The way so far: drawn on while the clock runs forward, anew where it does not, or where a trail has an end. */
    drawPast(ctx, view) {
      const { at_s, scene } = this.state;
      if (this.at_s === null || at_s < this.at_s || this.isTailOld()) {
        ctx.clearRect(0, 0, view.width, view.height);
        this.done.clear();
        this.anew_ms = performance.now();
      }
      this.at_s = at_s;
      ctx.save();
      ctx.translate(...this.offset);
      ctx.lineJoin = "bevel";
      for (let i = scene.ships.length - 1; i >= 0; i--) {
        if (this.state.visible(scene.ships[i])) this.drawOn(ctx, scene.ships[i]);
      }
      ctx.restore();
    }

    /** Whether a trail's end must be cut off again; while the clock runs, a few times a second are enough. */
    isTailOld() {
      const { options, playing } = this.state;
      return options.trail_h > 0 && (!playing || performance.now() - this.anew_ms > TAIL_EVERY_MS);
    }

    drawOn(ctx, ship) {
      if (ship.now.i < 0) return;
      const thin = this.thin.get(ship);
      const to = keptAt(thin, ship.now.i);
      const from = this.done.get(ship) ?? this.trailStart(ship, thin);
      this.done.set(ship, to);
      if (to <= from) return;
      ctx.lineWidth = ship === this.state.focus ? 2.8 : ship.role === "neighbour" ? 1.4 : 2;
      if (this.state.options.colour === "speed") this.strokeSpeeds(ctx, ship, from, to);
      else {
        ctx.strokeStyle = shipColour(ship);
        this.strokeRun(ctx, ship, from, to);
      }
    }

    trailStart(ship, thin) {
      const { trail_h } = this.state.options;
      if (!trail_h) return 0;
      return Math.max(0, keptAt(thin, Math.max(0, indexAt(ship.track, this.state.at_s - trail_h * HOUR_S))));
    }

    strokeRun(ctx, ship, from, to) {
      const { px, py, index } = this.thin.get(ship);
      const { cut } = ship.track;
      let pen = false;
      ctx.beginPath();
      for (let k = from + 1; k <= to; k++) {
        const seen = !cut[index[k]] && this.sees(px[k - 1], py[k - 1], px[k], py[k]);
        if (seen && !pen) ctx.moveTo(px[k - 1], py[k - 1]);
        if (seen) ctx.lineTo(px[k], py[k]);
        pen = seen;
      }
      ctx.stroke();
    }

    strokeSpeeds(ctx, ship, from, to) {
      const { px, py, index } = this.thin.get(ship);
      const { cut, sog } = ship.track;
      const paths = SPEEDS.map(() => null);
      for (let k = from + 1; k <= to; k++) {
        if (cut[index[k]] || !this.sees(px[k - 1], py[k - 1], px[k], py[k])) continue;
        const path = (paths[speedBucket(sog[index[k]])] ??= new Path2D());
        path.moveTo(px[k - 1], py[k - 1]);
        path.lineTo(px[k], py[k]);
      }
      paths.forEach((path, bucket) => {
        if (!path) return;
        ctx.strokeStyle = SPEEDS[bucket][1];
        ctx.stroke(path);
      });
    }

    /** The last piece, from the last fix to where the ship is now. */
    drawHead(ctx, ship, view) {
      const { now } = ship;
      if (now.i < 0 || now.state !== "heard") return;
      const thin = this.thin.get(ship);
      const k = Math.max(0, keptAt(thin, now.i));
      const bySpeed = this.state.options.colour === "speed";
      ctx.strokeStyle = bySpeed ? SPEEDS[speedBucket(ship.track.sog[now.i])][1] : shipColour(ship);
      ctx.lineWidth = ship === this.state.focus ? 2.8 : 1.8;
      ctx.beginPath();
      ctx.moveTo(thin.px[k] + this.offset[0], thin.py[k] + this.offset[1]);
      ctx.lineTo(view.px(now.x), view.py(now.y));
      ctx.stroke();
    }
  }

  Object.assign(replay, { Tracks, SPEEDS, shipColour });
})();
