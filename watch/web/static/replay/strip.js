"use strict";
/* The strip of time: how many positions came when, silences hatched, events as ticks, steps with their numbers. */
(() => {
  const { replay } = window.Shipwatch;
  const { byId, words, SILENT, shapeOf } = replay;
  const INSET_PX = 8; // half of the slider's thumb, so that strip and slider agree
  const TOP_PX = 17;
  const BOTTOM_PX = 15;
  const BINS = 600;
  const BAR_PX = 4; // own
  const TICK_MIN_PX = 80;
  const DAY_S = 86400;
  const TICKS_S = [0.125, 0.25, 0.5, 1, 2, 5, 7, 14, 28, 56, 112].map((days) => days * DAY_S);

  /** Positions over time: of the scene's own ship as told, of another counted here. */
  function densityOf(scene, ship) {
    if (!ship || ship.index === scene.focus) return scene.density;
    const step_s = Math.max(1, (scene.to_s - scene.from_s) / BINS);
    const counts = new Array(BINS).fill(0);
    for (const t of ship.track.t) {
      const bin = Math.floor((t - scene.from_s) / step_s);
      if (bin >= 0 && bin < BINS) counts[bin]++;
    }
    return { t0: scene.from_s, step_s, counts };
  }

  /** The same counts in bars that are wide enough to be seen. */
  function barsOf({ t0, step_s, counts }, secondsPerPixel) {
    const many = Math.max(1, Math.ceil((BAR_PX * secondsPerPixel) / step_s));
    const bars = new Array(Math.ceil(counts.length / many)).fill(0);
    counts.forEach((count, i) => (bars[Math.floor(i / many)] += count));
    return { t0, step_s: step_s * many, counts: bars };
  }

  class Strip {
    constructor(state) {
      Object.assign(this, { state, box: byId("r-strip"), canvas: byId("r-strip-canvas"), cursor: byId("r-cursor") });
      this.tip = replay.el("div", { className: "r-tip", hidden: true });
      this.ctx = this.canvas.getContext("2d");
      this.box.append(this.tip);
      new ResizeObserver(() => this.draw()).observe(this.box);
      state.on("focus ships which", () => this.draw());
      state.on("time", () => this.point());
      this.box.addEventListener("pointerdown", (event) => this.grab(event));
      this.box.addEventListener("pointermove", (event) => this.hover(event));
      this.box.addEventListener("pointerleave", () => (this.tip.hidden = true));
      this.box.addEventListener("pointerup", (event) => this.state.jump(this.timeAt(event)));
    }

    x(at_s) {
      const { from_s, to_s } = this.state.scene;
      return INSET_PX + ((at_s - from_s) / (to_s - from_s || 1)) * (this.width - 2 * INSET_PX);
    }

    timeAt(event) {
      const { from_s, to_s } = this.state.scene;
      const part = (event.clientX - this.box.getBoundingClientRect().left - INSET_PX) / (this.width - 2 * INSET_PX);
      return from_s + Math.max(0, Math.min(1, part)) * (to_s - from_s);
    }

    grab(event) {
      if (event.button !== 0) return;
      this.box.setPointerCapture(event.pointerId);
      this.state.setTime(this.timeAt(event));
    }

    hover(event) {
      const at_s = this.timeAt(event);
      if (event.buttons & 1) this.state.setTime(at_s);
      this.tip.textContent = words.moment(at_s);
      this.tip.hidden = false;
      const left = Math.min(this.x(at_s) + 8, this.width - this.tip.offsetWidth - 2);
      this.tip.style.transform = `translate(${left}px, ${TOP_PX}px)`;
    }

    point() {
      this.cursor.style.transform = `translateX(${this.x(this.state.at_s)}px)`;
    }

    draw() {
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      [this.width, this.height] = [this.box.clientWidth, this.box.clientHeight];
      [this.canvas.width, this.canvas.height] = [this.width * ratio, this.height * ratio];
      this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.drawDensity();
      this.drawSilences();
      this.drawDays();
      this.drawEvents();
      this.point();
    }

    drawDensity() {
      const { ctx, height } = this;
      const { from_s, to_s } = this.state.scene;
      const { t0, step_s, counts } = barsOf(densityOf(this.state.scene, this.state.focus), (to_s - from_s) / this.width);
      const most = Math.sqrt(Math.max(1, ...counts));
      const full = height - TOP_PX - BOTTOM_PX;
      ctx.fillStyle = "#edf1f5";
      ctx.fillRect(INSET_PX, TOP_PX, this.width - 2 * INSET_PX, full);
      ctx.fillStyle = "#86a9c6";
      counts.forEach((count, i) => {
        const [left, right] = [this.x(t0 + i * step_s), Math.min(this.x(to_s), this.x(t0 + (i + 1) * step_s))];
        const tall = (Math.sqrt(count) / most) * full;
        ctx.fillRect(left, TOP_PX + full - tall, Math.max(0.6, right - left), tall);
      });
    }

    drawSilences() {
      const { ctx, height } = this;
      const full = height - TOP_PX - BOTTOM_PX;
      ctx.strokeStyle = SILENT;
      for (const gap of this.state.focus?.gaps ?? []) {
        const left = Math.max(INSET_PX, this.x(gap.t));
        const wide = Math.max(1.5, Math.min(this.width - INSET_PX, this.x(gap.end_t ?? this.state.scene.to_s)) - left);
        ctx.save();
        ctx.beginPath();
        ctx.rect(left, TOP_PX, wide, full);
        ctx.fillStyle = "#fbe9e7";
        ctx.fill();
        ctx.clip();
        ctx.lineWidth = 1;
        ctx.beginPath();
        for (let x = left - full; x < left + wide; x += 5) {
          ctx.moveTo(x, TOP_PX + full);
          ctx.lineTo(x + full, TOP_PX);
        }
        ctx.stroke();
        ctx.lineWidth = 2;
        ctx.strokeRect(left, TOP_PX, wide, full);
        ctx.restore();
      }
    }

    drawDays() {
      const { ctx, height, state } = this;
      const { from_s, to_s } = state.scene;
      const perPixel = (to_s - from_s) / this.width;
      const step_s = TICKS_S.find((tick_s) => tick_s / perPixel >= TICK_MIN_PX) ?? TICKS_S.at(-1);
      ctx.fillStyle = "#51606e";
      ctx.font = "11px system-ui, sans-serif";
      ctx.textBaseline = "alphabetic";
      for (let at_s = Math.ceil(from_s / step_s) * step_s; at_s <= to_s; at_s += step_s) {
        const x = this.x(at_s);
        ctx.fillRect(Math.round(x), height - BOTTOM_PX, 1, 4);
        const text = step_s < DAY_S ? words.short(at_s) : words.day(at_s);
        if (x + ctx.measureText(text).width + 3 < this.width) ctx.fillText(text, x + 3, height - 3);
      }
    }

    drawEvents() {
      const { ctx, state, height } = this;
      const events = state.scene.events.filter((event) => state.lists(event));
      for (const event of events.sort((a, b) => (a.number ?? 0) - (b.number ?? 0))) {
        const x = this.x(event.t);
        ctx.fillStyle = event.number ? "#1d2935" : shapeOf(event.kind).colour;
        ctx.fillRect(x - 0.5, TOP_PX - 4, event.number ? 1.5 : 1, height - TOP_PX - BOTTOM_PX + 4);
        if (event.number) drawNumber(ctx, event.number, x);
        else ctx.fillRect(x - 2, TOP_PX - 6, 4, 4);
      }
    }
  }

  function drawNumber(ctx, number, x) {
    ctx.beginPath();
    ctx.arc(x, 8, 7.5, 0, 7);
    ctx.fill();
    ctx.fillStyle = "#fff";
    ctx.font = "600 10.5px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(number, x, 8.5);
    ctx.textAlign = "left";
  }

  replay.Strip = Strip;
})();
