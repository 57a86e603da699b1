"use strict";
/* The panel's boxes for one gap (what could have been reached in it) and for one fix. */
(() => {
  const { replay } = window.Shipwatch;
  const { el, byId, words, fixFacts } = replay;
  const FIRST = 10; // own
  const COVERAGE = {
    __proto__: null,
    heard: "Others were heard here meanwhile.",
    lost: "Others fell silent here too: reception was lost.",
    unknown: "Whether others could be heard here is not known.",
  };

  function facts(pairs) {
    const made = el("dl", { className: "facts" });
    for (const [name, value] of pairs) made.append(el("dt", {}, name), el("dd", {}, value));
    return made;
  }

  const titleOf = (gap) =>
    gap.end_t === null
      ? `${gap.ship.label}: no AIS heard since ${words.day(gap.t)}, ${words.lasting(gap.hours)} so far`
      : `${gap.ship.label}: no AIS heard for ${words.lasting(gap.hours)}`;

  /** Times are UTC, as everywhere; there is no room to say so in each line. */
  function gapFacts(gap) {
    const where = gap.end_lat === null ? "" : `, ${words.place(gap.end_lat, gap.end_lon)}`;
    return facts([
      ["Last", `${words.stamp(gap.t)}, ${words.place(gap.lat, gap.lon)}`],
      ["Next", gap.end_t === null ? "not heard again in this data" : `${words.stamp(gap.end_t)}${where}`],
    ]);
  }

  const neededWords = (kn) => (kn === null ? "" : kn < 0.1 ? "below 0.1 kn" : `${kn.toFixed(1)} kn`);

  const zoneRow = (zone) => el("tr", {},
    el("td", {}, el("b", {}, zone.name), zone.country ? ` (${zone.country})` : ""),
    el("td", { className: "number" }, zone.stay_h === null ? "" : words.lasting(zone.stay_h)),
    el("td", { className: "number" }, neededWords(zone.needed_kn)));

  function reachTable(zones) {
    const head = ["Zone", "Stay up to", "At least"].map((name) => el("th", { scope: "col" }, name));
    return el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...zones.map(zoneRow)));
  }

  /** The zones within reach; those that ask for least speed come first and are seen at once. */
  function reachParts({ zones }) {
    if (!zones.length) return [el("p", {}, "No watched zone lay within reach.")];
    const more = zones.slice(FIRST);
    const rest = more.length ? el("details", {}, el("summary", {}, `${more.length} more, farther away`), reachTable(more)) : null;
    return [reachTable(zones.slice(0, FIRST)), rest];
  }

  function gapBody(gap) {
    const parts = [gapFacts(gap), el("p", { className: "small soft" }, COVERAGE[gap.coverage] ?? COVERAGE.unknown)];
    if (!gap.reach) return parts;
    const title = el("h3", {}, "Could have been here meanwhile");
    const note = gap.reach.note ? el("p", { className: "small soft" }, gap.reach.note) : null;
    return [...parts, title, note, ...reachParts(gap.reach)].filter(Boolean);
  }

  /** Shows the gap that is chosen, or that the chosen ship is in. */
  class GapBox {
    constructor(state) {
      Object.assign(this, { state, box: byId("r-gap"), shown: null });
      state.on("time gap focus", () => this.show());
      this.show();
    }

    show() {
      const gap = this.state.toldGap;
      if (gap === this.shown) return;
      this.shown = gap;
      this.box.hidden = !gap;
      if (!gap) return;
      byId("r-gap-title").textContent = titleOf(gap);
      this.box.scrollTop = 0;
      byId("r-panel").scrollTop = 0;
      byId("r-gap-body").replaceChildren(...gapBody(gap));
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
      byId("r-fix-facts").replaceChildren(...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
    }
  }

  Object.assign(replay, { GapBox, FixBox });
})();
