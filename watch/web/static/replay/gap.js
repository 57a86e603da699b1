"use strict";
/* The panel's boxes for one gap (what could have been reached in it) and for one fix. */
(() => {
  const { replay } = window.Shipwatch;
  const { el, byId, words, fixFacts } = replay;
  const COVERAGE = {
    __proto__: null,
    heard: "When it fell silent, others around were still heard.",
    lost: "When it fell silent, others around fell silent too.",
    unknown: "When it fell silent, nobody was near who could tell whether the area was heard.",
  };

  const factRows = (pairs) => pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);

  const titleOf = (gap) =>
    gap.end_t === null
      ? `${gap.ship.label}: no AIS heard since ${words.day(gap.t)}, ${words.lasting(gap.hours)} so far`
      : `${gap.ship.label}: no AIS heard for ${words.lasting(gap.hours)}`;

  /** Times are UTC, as everywhere; there is no room to say so in each line. */
  function gapFacts(gap) {
    const where = gap.end_lat === null ? "" : `, ${words.place(gap.end_lat, gap.end_lon)}`;
    return el("dl", { className: "facts" }, ...factRows([
      ["Last", `${words.stamp(gap.t)}, ${words.place(gap.lat, gap.lon)}`],
      ["Next", gap.end_t === null ? "not heard again in this data" : `${words.stamp(gap.end_t)}${where}`],
    ]));
  }

  /** Shows the gap that is chosen, or that the chosen ship is in. */
  class GapBox {
    constructor(state) {
      Object.assign(this, { state, box: byId("r-gap"), shown: null, reach: null });
      state.on("time gap focus", () => this.show());
      this.show();
    }

    show() {
      const gap = this.state.toldGap;
      if (gap !== this.shown) this.fill(gap);
      this.reach?.tell(this.state);
    }

    fill(gap) {
      this.shown = gap;
      this.reach = gap?.reach ? new replay.ReachList(gap, this.state.scene.countries) : null;
      this.box.hidden = !gap;
      if (!gap) return;
      byId("r-gap-title").textContent = titleOf(gap);
      byId("r-panel").scrollTop = 0;
      const coverage = el("p", { className: "small soft" }, COVERAGE[gap.coverage] ?? COVERAGE.unknown);
      byId("r-gap-body").replaceChildren(gapFacts(gap), coverage, ...(this.reach?.parts ?? []));
    }
  }

  class FixBox {
    constructor(state) {
      state.on("fix", () => this.show(state.fix));
      state.on("play", () => state.playing && state.fix && state.chooseFix(null));
      byId("r-fix-close").addEventListener("click", () => state.chooseFix(null));
    }

    show(fix) {
      byId("r-fix").hidden = !fix;
      if (!fix) return;
      byId("r-fix-title").textContent = `Fix of ${fix.ship.label}`;
      const pairs = fixFacts(fix);
      const errs_m = Math.round(fix.ship.track.thinned_m);
      if (errs_m) pairs.push(["Thinned", `some fixes are left out; the line errs by at most ${errs_m} m`]);
      byId("r-fix-facts").replaceChildren(...factRows(pairs));
    }
  }

  Object.assign(replay, { GapBox, FixBox });
})();
