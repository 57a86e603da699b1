"use strict";
/* What lies below the ships and stays while the clock runs: land, lines of latitude, zones, other traffic. */
(() => {
  const { replay } = window.Shipwatch;
  const { toX, toY, toLon, toLat, summed } = replay;
  const INK = { land: "#f1ede2", shore: "#8f9a9c", line: "#b9cad6", text: "#4a5a66", zone: "#6a3d9a", zoneFill: "#6a3d9a18" };
  const STEPS_DEG = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 45];
  const STEP_MIN_PX = 110; // own
  const NEAR_ZOOM = 6.5; // own: from here the shore of 1:50m looks cut with an axe
  const FILLED_MAX = 0.5; // own: a zone wider than half the view would only tint all
  const WATERS_PX = 400; // own: narrower than this, coastal waters go without their name
  const ZOOM_BUTTONS_PX = 40;
  const RECTS_MAX = 4000; // own: beyond this a picture made pixel by pixel is quicker
  const PAD = 0.6; // own: share of the view that is fetched beyond each of its edges
  const WORLD = [-180, -85, 180, 85];

  /** The coast: inside the scene, or fetched for the part of the world that is looked at. */
  class Coast {
    constructor(state, root, changed) {
      this.address = root.dataset.scene ? root.dataset.coast : null;
      this.changed = changed;
      this.rings = [];
      this.box = null;
      this.near = false;
      if (state.scene.coast) this.take(state.scene.coast, WORLD);
    }

    take(raw, box) {
      this.rings = raw.lines.map(decodeRing);
      this.edges = edgesOf(this.rings);
      this.near = raw.near;
      this.box = box;
      this.changed();
    }

    /** Fetches what the view needs and is not there yet. */
    async ensure(view) {
      if (!this.address) return;
      const near = view.zoom >= NEAR_ZOOM;
      const [west, south, east, north] = view.bounds;
      const enough = this.box && this.near === near && covers(this.box, [west, south, east, north]);
      if (enough) return;
      if (!near && this.world) {
        this.take(this.world, WORLD);
        return;
      }
      const wanted = near ? padded(west, south, east, north) : WORLD;
      const key = `${wanted}|${near}`;
      if (this.asked === key) return;
      this.asked = key;
      const parts = await Promise.all(halves(wanted).map((box) => this.fetchPart(box, near)));
      if (this.asked !== key) return;
      this.asked = null;
      if (!parts.every(Boolean)) return;
      const found = { lines: parts.flatMap((part) => part.lines), near };
      if (!near) this.world = found;
      this.take(found, wanted);
    }

    async fetchPart(box, near) {
      const query = new URLSearchParams({ box: box.map((deg) => deg.toFixed(3)).join(","), near: near ? "1" : "0" });
      const answer = await fetch(`${this.address}?${query}`).catch(() => null);
      return answer?.ok ? answer.json() : null;
    }
  }

  const covers = (box, wanted) => {
    if (box === WORLD) return true;
    return box[0] <= wanted[0] && box[1] <= wanted[1] && box[2] >= wanted[2] && box[3] >= wanted[3];
  };

  function padded(west, south, east, north) {
    const [dx, dy] = [(east - west) * PAD, (north - south) * PAD];
    return [west - dx, Math.max(-85, south - dy), east + dx, Math.min(85, north + dy)];
  }

  /** A box cut at 180°, each part within [-180, 180]. */
  function halves([west, south, east, north]) {
    if (east - west >= 360) return [[-180, south, 180, north]];
    const turn = Math.floor((west + 180) / 360) * 360;
    const [w, e] = [west - turn, east - turn];
    return e <= 180 ? [[w, south, e, north]] : [[w, south, 180, north], [-180, south, e - 360, north]];
  }

  function decodeRing(raw) {
    const n = raw.length / 2;
    const [lon, lat] = [new Int32Array(n), new Int32Array(n)];
    for (let i = 0; i < n; i++) [lon[i], lat[i]] = [raw[2 * i], raw[2 * i + 1]];
    summed(Array.from(lon), lon);
    summed(Array.from(lat), lat);
    return { lon, lat, x: Float64Array.from(lon, (e3) => toX(e3 / 1e3)), y: Float64Array.from(lat, (e3) => toY(e3 / 1e3)) };
  }

  /** The outermost values: there rings were cut off, and no shore is. */
  function edgesOf(rings) {
    const edges = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings) for (let i = 0; i < ring.lon.length; i++) replay.grow(edges, ring.lon[i], ring.lat[i]);
    return edges;
  }

  function drawLand(ctx, view, coast) {
    const [fill, shore] = [new Path2D(), new Path2D()];
    for (const turn of view.turns) for (const ring of coast.rings) addRing(fill, shore, ring, coast.edges, view, turn);
    ctx.fillStyle = INK.land;
    if (!view.tiles) ctx.fill(fill, "evenodd");
    ctx.strokeStyle = INK.shore;
    ctx.lineWidth = 0.8;
    ctx.stroke(shore);
  }

  function addRing(fill, shore, ring, edges, view, turn) {
    const { x, y, lon, lat } = ring;
    let pen = false;
    let [px, py] = [Infinity, Infinity];
    for (let i = 0; i < x.length; i++) {
      const [nx, ny] = [view.px(x[i] + turn), view.py(y[i])];
      if (i && i < x.length - 1 && Math.abs(nx - px) + Math.abs(ny - py) < 0.8) continue;
      if (i) fill.lineTo(nx, ny);
      else fill.moveTo(nx, ny);
      const cut = i > 0 && isCut(lon, lat, i, edges);
      if (cut || !pen) shore.moveTo(nx, ny);
      else shore.lineTo(nx, ny);
      pen = true;
      [px, py] = [nx, ny];
    }
    fill.closePath();
  }

  function isCut(lon, lat, i, [west, south, east, north]) {
    const onSide = lon[i] === lon[i - 1] && (lon[i] === west || lon[i] === east || Math.abs(lon[i]) === 180000);
    return onSide || (lat[i] === lat[i - 1] && (lat[i] === south || lat[i] === north));
  }

  const degrees = (value, sides, digits) => {
    const shown = Number(Math.abs(value).toFixed(digits));
    return value === 0 || shown === 180 ? `${shown}°` : `${shown}°${sides[value < 0 ? 1 : 0]}`;
  };

  function drawGraticule(ctx, view) {
    const step = STEPS_DEG.find((deg) => (deg / 360) * view.scale >= STEP_MIN_PX) ?? 45;
    const [west, south, east, north] = view.bounds;
    const margin = [(east - west) * 0.15, (north - south) * 0.15];
    const path = new Path2D();
    const { top, right, bottom } = view.inner;
    ctx.font = "11px system-ui, sans-serif";
    ctx.fillStyle = INK.text;
    ctx.textBaseline = "alphabetic";
    ctx.textAlign = "left";
    for (let lon = Math.ceil((west - margin[0]) / step) * step; lon <= east + margin[0]; lon += step) {
      const x = Math.round(view.px(toX(lon))) + 0.5;
      path.moveTo(x, 0);
      path.lineTo(x, view.height);
      if (x < view.inner.left + ZOOM_BUTTONS_PX) continue;
      ctx.fillText(degrees(replay.words.inWorld(lon), "EW", 2), x + 3, top + 12);
    }
    for (let lat = Math.ceil((south - margin[1]) / step) * step; lat <= Math.min(84, north + margin[1]); lat += step) {
      const y = Math.round(view.py(toY(lat))) + 0.5;
      path.moveTo(0, y);
      path.lineTo(view.width, y);
      ctx.textAlign = "right";
      if (y > top + 60 && y < bottom - 20) ctx.fillText(degrees(lat, "NS", 2), right - 4, y - 3);
    }
    ctx.strokeStyle = INK.line;
    ctx.lineWidth = 1;
    ctx.textAlign = "left";
    ctx.globalAlpha = 0.55;
    ctx.stroke(path);
    ctx.globalAlpha = 1;
  }

  function drawZones(ctx, view, zones) {
    ctx.strokeStyle = INK.zone;
    ctx.fillStyle = INK.zoneFill;
    ctx.lineWidth = 1.2;
    ctx.setLineDash([3, 2]);
    for (const turn of view.turns) for (const zone of zones) drawZone(ctx, view, zone, turn);
    ctx.setLineDash([]);
  }

  function drawZone(ctx, view, zone, turn) {
    if (!view.sees(zone.box[0] + turn, zone.box[1], zone.box[2] + turn, zone.box[3])) return;
    const path = new Path2D();
    for (const ring of zone.rings) {
      for (let i = 0; i < ring.length; i += 2) path[i ? "lineTo" : "moveTo"](view.px(ring[i] + turn), view.py(ring[i + 1]));
      path.closePath();
    }
    const waters = replay.isWaters(zone);
    if (!waters && (zone.box[2] - zone.box[0]) * view.scale < FILLED_MAX * view.width) ctx.fill(path, "evenodd");
    ctx.globalAlpha = waters ? 0.4 : 1;
    ctx.stroke(path);
    ctx.globalAlpha = 1;
  }

  /** Names of zones, those with events first; what would lie over another name is left out. */
  function nameZones(ctx, view, zones, told, labels) {
    const weight = (zone) => (told.has(zone.id) ? 2 : 0) - (replay.isWaters(zone) ? 1 : 0);
    const order = [...zones].sort((a, b) => weight(b) - weight(a));
    for (const zone of order) {
      for (const turn of view.turns) {
        if (!view.sees(zone.box[0] + turn, zone.box[1], zone.box[2] + turn, zone.box[3])) continue;
        const wide = (zone.box[2] - zone.box[0]) * view.scale;
        if (!told.has(zone.id) && wide < (replay.isWaters(zone) ? WATERS_PX : 10)) continue;
        const x = view.px((zone.box[0] + zone.box[2]) / 2 + turn);
        const font = `${told.has(zone.id) ? "600 " : ""}11px system-ui, sans-serif`;
        labels.put(ctx, zone.name, x, view.py(zone.box[1]), { colour: "#55307c", font, sides: "nsew", gap_px: 3 });
      }
    }
  }

  /** Pixels (one number each) of the other traffic within a view. */
  function cloudPixels(view, { x, y }, w, h) {
    const { scale, corner } = view;
    const pixels = [];
    for (const turn of view.turns) {
      for (let i = 0; i < x.length; i++) {
        const px = Math.round((x[i] + turn) * scale - corner.x);
        const py = Math.round(y[i] * scale - corner.y);
        if (px >= 0 && py >= 0 && px < w && py < h) pixels.push(py * w + px);
      }
    }
    return pixels;
  }

  /** Other traffic: each position darkens one pixel, so that lanes show and fifty thousand cost little. */
  function drawBackground(ctx, view, cloud) {
    const [w, h] = [Math.ceil(view.width), Math.ceil(view.height)];
    const pixels = cloudPixels(view, cloud, w, h);
    if (pixels.length > RECTS_MAX) drawCloud(ctx, view, pixels, w, h);
    else {
      ctx.fillStyle = "#4c5a6b60";
      for (const at of pixels) ctx.fillRect(at % w, Math.floor(at / w), 1.5, 1.5);
    }
  }

  function drawCloud(ctx, view, pixels, w, h) {
    const image = new ImageData(w, h);
    const inks = new Uint32Array(image.data.buffer);
    for (const at of pixels) {
      const ink = Math.min(0xb0, (inks[at] >>> 24) + 0x48);
      inks[at] = ((ink << 24) | 0x6b5a4c) >>> 0; // alpha, blue, green, red
    }
    const sheet = new OffscreenCanvas(w, h);
    sheet.getContext("2d").putImageData(image, 0, 0);
    ctx.drawImage(sheet, 0, 0, w, h);
  }

  Object.assign(replay, { Coast, drawLand, drawGraticule, drawZones, nameZones, drawBackground, viewCorners });

  /** West, south, east, north of a view, in degrees. */
  function viewCorners(west, north, east, south) {
    return [toLon(west), toLat(south), toLon(east), toLat(north)];
  }
})();
