"use strict";
/* Words on a map that do not lie over each other. */
(() => {
  const { replay } = window.Shipwatch;
  const HALO = "#ffffffd9";
  const HEIGHT_PX = 14;
  const widths = new Map();

  function widthOf(ctx, text, font) {
    const key = `${font}|${text}`;
    if (!widths.has(key)) widths.set(key, ctx.measureText(text).width);
    return widths.get(key);
  }

  /** Where the words stand, by the side of their point: left and top of the box. */
  const PLACES = {
    e: (x, y, w, gap) => [x + gap, y - HEIGHT_PX / 2],
    w: (x, y, w, gap) => [x - gap - w, y - HEIGHT_PX / 2],
    n: (x, y, w, gap) => [x - w / 2, y - gap - HEIGHT_PX],
    s: (x, y, w, gap) => [x - w / 2, y + gap],
    c: (x, y, w) => [x - w / 2, y - HEIGHT_PX / 2],
  };

  class Labels {
    constructor() {
      this.boxes = [];
      this.said = []; // the words of the last picture
      this.last = new Map();
    }

    /** Forgets the words of the picture before; `kept` are boxes that nothing may cover. */
    begin(kept = [], inner = null) {
      this.boxes = kept.slice();
      this.said = [];
      this.inner = inner;
    }

    /** Keeps a place free. */
    block(x, y, radius) {
      this.boxes.push([x - radius, y - radius, x + radius, y + radius]);
    }

    isFree(left, top, right, bottom) {
      for (const box of this.boxes) {
        if (left < box[2] && right > box[0] && top < box[3] && bottom > box[1]) return false;
      }
      return this.isInside(left, top, right - left);
    }

    isInside(left, top, width) {
      const at = this.inner;
      return !at || (left >= at.left && left + width <= at.right && top >= at.top && top + HEIGHT_PX <= at.bottom);
    }

    /** Writes words beside a point, on the first side that is free; returns whether there was one (`must`: anyhow). */
    put(ctx, text, x, y, { colour, font, sides = "ewns", gap_px = 9, key = null, must = false }) {
      ctx.font = font;
      const width = widthOf(ctx, text, font);
      const tried = key !== null && this.last.has(key) ? this.last.get(key) + sides : sides;
      let side = null;
      for (const one of tried) {
        const [left, top] = PLACES[one](x, y, width, gap_px);
        if (this.isFree(left, top, left + width, top + HEIGHT_PX)) {
          side = one;
          break;
        }
      }
      if (must) side ??= [...sides].find((one) => this.isInside(...PLACES[one](x, y, width, gap_px), width)) ?? sides[0];
      if (side === null) return false;
      if (key !== null) this.last.set(key, side);
      const [left, top] = PLACES[side](x, y, width, gap_px);
      this.boxes.push([left - 2, top, left + width + 2, top + HEIGHT_PX]);
      this.said.push(text);
      write(ctx, text, left, top + HEIGHT_PX / 2, colour);
      return true;
    }
  }

  function write(ctx, text, left, middle, colour) {
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.lineJoin = "round";
    ctx.lineWidth = 3;
    ctx.strokeStyle = HALO;
    ctx.strokeText(text, left, middle);
    ctx.fillStyle = colour;
    ctx.fillText(text, left, middle);
  }

  replay.Labels = Labels;
})();
