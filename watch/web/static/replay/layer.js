"use strict";
/* The canvases over Leaflet's map: what stays (drawn when the map moved), what is past (drawn on), what moves (anew for
   each picture). They reach a little beyond the view, so that dragging shows no empty edge. */
(() => {
  const { replay } = window.Shipwatch;
  const L = window.L;
  const PAD = 0.08; // own: share of the view beyond each edge
  const RATIO_MAX = 2;
  const NAMES = ["still", "past", "moving"];

  /** What the canvases show: pixels of x and y, and what lies within. */
  function viewOf(map, tiles) {
    const size = map.getSize();
    const pad = size.multiplyBy(PAD).round();
    const zoom = map.getZoom();
    const scale = 256 * 2 ** zoom;
    const corner = map.getPixelBounds().min.subtract(pad);
    const [width, height] = [size.x + 2 * pad.x, size.y + 2 * pad.y];
    const [west, east] = [corner.x / scale, (corner.x + width) / scale];
    const turns = [];
    for (let turn = Math.floor(west); turn <= Math.floor(east); turn++) turns.push(turn);
    return {
      zoom, scale, width, height, turns, tiles, corner,
      ratio: Math.min(RATIO_MAX, window.devicePixelRatio || 1),
      px: (x) => x * scale - corner.x,
      py: (y) => y * scale - corner.y,
      inner: { left: pad.x, top: pad.y, right: width - pad.x, bottom: height - pad.y },
      bounds: replay.viewCorners(west, corner.y / scale, east, (corner.y + height) / scale),
      sees: (x0, y0, x1, y1) => x1 >= west && x0 <= east && y1 * scale >= corner.y && y0 * scale <= corner.y + height,
    };
  }

  replay.Overlay = L.Layer.extend({
    initialize(state, root) {
      this.state = state;
      this.tracks = new replay.Tracks(state);
      this.labels = new replay.Labels();
      this.names = new replay.Labels();
      this.marks = [];
      this.tiles = Boolean(root.dataset.tiles);
      this.coast = new replay.Coast(state, root, () => this.redraw());
      state.on("frame", () => this.drawFrame());
      state.on("option ships focus which", () => this.redraw());
    },

    onAdd(map) {
      this.box = L.DomUtil.create("div", "r-canvases leaflet-zoom-animated", map.getPane("overlayPane"));
      this.canvases = NAMES.map(() => L.DomUtil.create("canvas", "", this.box));
      this.contexts = this.canvases.map((canvas) => canvas.getContext("2d"));
      this.canvases.forEach((canvas) => canvas.setAttribute("aria-hidden", "true"));
      this.reset();
    },

    onRemove() {
      this.box.remove();
    },

    getEvents() {
      const events = { moveend: this.reset, move: this.onMove, resize: this.reset };
      if (this._map.options.zoomAnimation) events.zoomanim = this.onZoomAnimation;
      return events;
    },

    /** Lays the canvases over the view anew, and draws all. */
    reset() {
      const view = (this.view = viewOf(this._map, this.tiles));
      const at = view.corner.subtract(this._map.getPixelOrigin());
      L.DomUtil.setTransform(this.box, at, 1);
      this.canvases.forEach((canvas, i) => fitCanvas(canvas, this.contexts[i], view));
      this.coast.ensure(view);
      this.redraw();
    },

    /** While dragging: draws anew as soon as the view leaves the canvases. */
    onMove() {
      const moved = this._map.getPixelBounds().min.subtract(this.view.corner);
      const { left, top } = this.view.inner;
      const zooming = this._map.getZoom() !== this.view.zoom;
      if (!zooming && (moved.x < 0 || moved.y < 0 || moved.x > 2 * left || moved.y > 2 * top)) this.reset();
    },

    onZoomAnimation(event) {
      const scale = this._map.getZoomScale(event.zoom, this.view.zoom);
      const half = this._map.getSize().divideBy(2);
      const origin = this._map.project(event.center, event.zoom).subtract(half);
      const shift = this.view.corner.multiplyBy(scale).subtract(origin);
      const pane = L.DomUtil.getPosition(this._map.getPane("mapPane"));
      L.DomUtil.setTransform(this.box, shift.subtract(pane), scale);
    },

    redraw() {
      if (!this._map || !this.view) return;
      const [ctx] = this.contexts;
      const { state, view } = this;
      const { scene, options } = state;
      ctx.clearRect(0, 0, view.width, view.height);
      this.tracks.fit(view);
      if (this.coast.rings.length) replay.drawLand(ctx, view, this.coast);
      replay.drawGraticule(ctx, view);
      if (options.background && scene.background) replay.drawBackground(ctx, view, scene.background);
      if (options.zones) replay.drawZones(ctx, view, scene.zones);
      this.tracks.drawFaint(ctx);
      this.marks = replay.chooseMarks(state, view);
      this.nameZones(ctx);
      state.wake();
    },

    nameZones(ctx) {
      const { left, top, right } = this.view.inner;
      const buttons = [[left, top, left + 48, top + 82], [right - 105, top, right, top + 42]];
      this.names.begin(buttons, this.view.inner);
      for (const mark of this.marks) this.names.block(mark.x, mark.y, mark.radius);
      const { state } = this;
      const { scene, options } = state;
      const told = new Set(scene.events.filter((event) => state.lists(event)).map((event) => event.zone_id));
      if (options.zones && options.labels) replay.nameZones(ctx, this.view, scene.zones, told, this.names);
    },

    drawFrame() {
      if (!this.view) return;
      const [, past, ctx] = this.contexts;
      const { state, view, labels } = this;
      this.tracks.drawPast(past, view);
      ctx.clearRect(0, 0, view.width, view.height);
      replay.drawReach(ctx, state, view);
      replay.drawGaps(ctx, state, view);
      for (const ship of state.scene.ships) if (state.visible(ship)) this.tracks.drawHead(ctx, ship, view);
      replay.drawMarks(ctx, state, this.marks);
      replay.drawShips(ctx, state, view);
      labels.begin(this.names.boxes, view.inner);
      for (const ship of state.scene.ships) {
        if (ship.now.i >= 0 && state.visible(ship)) labels.block(view.px(ship.now.x), view.py(ship.now.y), 6);
      }
      if (state.options.labels) replay.labelShips(ctx, state, view, labels, true);
      replay.labelGaps(ctx, state, view, labels, true);
      if (state.options.labels) replay.labelShips(ctx, state, view, labels, false);
      replay.labelGaps(ctx, state, view, labels, false);
    },

    /** Pixels on the canvases of a mouse event. */
    pointOf(event) {
      return this._map.latLngToContainerPoint(event.latlng).add(this._map.getPixelBounds().min).subtract(this.view.corner);
    },
  });

  function fitCanvas(canvas, ctx, view) {
    const [width, height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      canvas.style.width = `${view.width}px`;
      canvas.style.height = `${view.height}px`;
    }
    ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
  }
})();
