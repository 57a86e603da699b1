"use strict";
/* The places within reach in a gap, by country, and which of them the ship can have reached by now. */
(() => {
  const { replay } = window.Shipwatch;
  const { el, words, HOUR_S } = replay;
  const BRIEF_H = 96; // own: in a shorter gap the hour matters
  const HEADS = ["Place", "Way", "There from", "Time for a stay", "Needs"];

  const miles = (nm) => `${Math.round(nm).toLocaleString("en")} nm`;
  const wayWords = ({ was_there, way_nm }) => (was_there ? "was there" : way_nm === null ? "" : miles(way_nm));
  const stayWords = ({ stay_h }) => (stay_h === null ? "" : words.lasting(stay_h));
  const neededWords = ({ needed_kn: kn, was_there }) => (kn === null || was_there ? "" : kn < 0.1 ? "< 0.1 kn" : `${kn.toFixed(1)} kn`);
  const places = (count) => `${count} ${count === 1 ? "place" : "places"}`;

  /** Zones by country, the country of the nearest place first, its nearest place first. */
  function byCountry(zones) {
    const sorted = [...zones].sort((a, b) => a.from_s - b.from_s || a.name.localeCompare(b.name));
    const groups = new Map();
    for (const zone of sorted) groups.set(zone.country, [...(groups.get(zone.country) ?? []), zone]);
    return groups;
  }

  class ReachList {
    constructor(gap, countries) {
      Object.assign(this, { gap, countries, rows: [], groups: [], told: null });
      this.when = gap.hours < BRIEF_H ? words.short : words.day;
      this.now = el("p", { className: "r-bynow" });
      const { note, zones } = gap.reach;
      const groups = Array.from(byCountry(zones), ([country, there]) => this.group(country, there));
      if (groups.length === 1) groups[0].open = true;
      const title = el("h3", {}, "What it could have reached");
      this.parts = [title, this.now, note ? el("p", { className: "small soft" }, `All in all: ${note}.`) : "", ...groups];
    }

    group(country, zones) {
      const name = this.countries.get(country) ?? (country || "No country");
      const count = el("span", { className: "r-count" });
      const near = `${zones[0].name}${zones[0].was_there ? "" : ` ${wayWords(zones[0])}`}`;
      const summary = el("summary", {}, el("b", {}, name), " ", count, " ",
        el("span", { className: "r-from" }, `from ${this.when(zones[0].from_s)}`),
        el("span", { className: "r-near" }, zones.length > 1 ? `nearest ${near}` : near));
      const rows = zones.map((zone) => this.row(zone));
      const head = el("tr", {}, ...HEADS.map((text, i) => el("th", { scope: "col", className: i === 1 || i === 4 ? "number" : "" }, text)));
      const table = el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows));
      const scroll = el("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": `Places of ${name}` }, table);
      const made = el("details", {}, summary, scroll);
      this.groups.push({ made, count, zones });
      return made;
    }

    row(zone) {
      const from = el("td", { title: words.moment(zone.from_s) }, this.when(zone.from_s));
      const row = el("tr", {}, el("th", { scope: "row" }, zone.name), el("td", { className: "number" }, wayWords(zone)), from,
        el("td", {}, stayWords(zone)), el("td", { className: "number" }, neededWords(zone)));
      this.rows.push({ zone, row });
      return row;
    }

    /** Tells how far the ship can have come by the time; all of the gap while the clock stands outside of it. */
    tell(state) {
      const now = replay.reachNow(state);
      const within = (zone) => !now || zone.from_s <= state.at_s;
      const text = this.sentence(now, this.gap.reach.zones.filter(within).length);
      if (text === this.told) return;
      this.now.textContent = this.told = text;
      for (const { zone, row } of this.rows) row.classList.toggle("r-later", !within(zone));
      for (const { made, count, zones } of this.groups) {
        const there = zones.filter(within).length;
        made.classList.toggle("r-later", !there);
        count.textContent = now && there < zones.length ? `${there} of ${places(zones.length)}` : places(zones.length);
      }
    }

    sentence(now, count) {
      const all = this.gap.reach.zones.length;
      if (!now) return all ? `${all} watched ${all === 1 ? "place" : "places"} within reach in all.` : "No watched place lay within reach.";
      const sailed = `By now, ${words.lasting(now.hours)}: ${miles(now.way_nm)} of sailing${now.why ? ` (${now.why})` : ""}`;
      const heard = this.gap.end_t !== null; // the way back leaves few of them within reach at its end
      return `${sailed}; ${all ? `${count} of ${all} watched places ${heard ? "could have been reached" : "within reach"}` : "no watched place within reach"}.`;
    }
  }

  Object.assign(replay, { ReachList });
})();
