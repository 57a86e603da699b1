"use strict";
/* The lists beside the map: ships and events. */
(() => {
  const { replay } = window.Shipwatch;
  const { el, byId, words, shipColour, shapeOf, WHICH } = replay;
  const SVG = "http://www.w3.org/2000/svg";
  const ROLES = { __proto__: null, focus: "this replay's ship", partner: "partner", neighbour: "near by" };

  class ShipList {
    constructor(state) {
      this.state = state;
      this.rows = state.scene.ships.map((ship) => this.row(ship));
      byId("r-ships").replaceChildren(...this.rows.map((row) => row.item));
      state.on("focus ships option", () => this.mark());
      this.mark();
    }

    row(ship) {
      const box = el("input", { type: "checkbox", checked: ship.shown, "aria-label": `Show ${ship.label}` });
      box.addEventListener("change", () => {
        ship.shown = box.checked;
        this.state.tell("ships");
      });
      const swatch = el("span", { className: "r-swatch", "aria-hidden": "true" });
      swatch.style.background = shipColour(ship);
      const told = ship.role === "focus" ? ship.ids : `${ROLES[ship.role]} · ${ship.ids}`;
      const button = el("button", { type: "button", title: told }, el("b", {}, ship.label), el("span", { className: "soft" }, told));
      button.addEventListener("click", () => this.state.choose(ship));
      return { ship, box, button, item: el("li", {}, box, swatch, button) };
    }

    mark() {
      for (const { ship, box, button, item } of this.rows) {
        box.checked = ship.shown;
        item.classList.toggle("r-off", !this.state.visible(ship));
        if (ship === this.state.focus) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      }
    }
  }

  function drawn(tag, attributes) {
    const made = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  /** The mark of an event as the map shows it. */
  function icon(event) {
    if (event.number) return el("span", { className: "r-number" }, String(event.number));
    const { d, colour, fill } = shapeOf(event.kind);
    const svg = drawn("svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" });
    svg.append(drawn("path", { d, stroke: colour, fill: fill ? colour : "none", "stroke-width": 1.8 }));
    return el("span", { className: "r-icon" }, svg);
  }

  class EventList {
    constructor(state) {
      Object.assign(this, { state, list: byId("r-events"), which: byId("r-which"), current: null });
      const kinds = Object.keys(WHICH).filter((kind) => kind !== "steps" || state.scene.events.some((event) => event.number));
      this.which.replaceChildren(...kinds.map((kind) => el("option", { value: kind }, WHICH[kind][0])));
      this.which.addEventListener("change", () => {
        state.which = this.which.value;
        state.tell("which");
      });
      state.on("focus ships option which", () => this.fill());
      state.on("time", () => this.mark());
      this.fill();
    }

    fill() {
      this.events = this.state.scene.events.filter((event) => this.state.lists(event));
      this.items = this.events.map((event) => this.item(event));
      const none = el("li", { className: "soft" }, "No events in this time.");
      this.list.replaceChildren(...(this.items.length ? this.items : [none]));
      this.current = null;
      this.mark();
    }

    item(event) {
      const whose = event.ship === this.state.focus ? null : event.ship.label;
      const before = event.before ? "began earlier" : null;
      const more = [before, event.other ? `with ${event.other}` : null, event.where, whose].filter(Boolean).join(" · ");
      const said = [event.seen, event.number ? `Step of the alert: ${event.step}` : null].filter(Boolean).join(" · ");
      const text = el("span", { className: "r-what" },
        el("span", { className: "r-when" }, words.stamp(event.t)), " ", el("b", {}, event.what),
        el("span", { className: "r-more" }, more ? el("span", { className: "r-where" }, more) : null, more && said ? " · " : null,
          said ? el("span", { className: "r-seen" }, said) : null));
      const button = el("button", { type: "button" }, icon(event), text);
      button.addEventListener("click", () => replay.openEvent(this.state, event));
      return el("li", {}, button);
    }

    /** The last event that has begun. */
    mark() {
      this.tellEnds();
      const at = this.events.findLastIndex((event) => event.shown_s <= this.state.at_s);
      const chosen = this.openedIndex();
      this.highlight(this.items[chosen >= 0 ? chosen : at] ?? null);
    }

    /** Number of the opened event while the clock stands at it, else -1. */
    openedIndex() {
      return this.state.atOpened ? this.events.indexOf(this.state.opened) : -1;
    }

    highlight(item) {
      if (item === this.current) return;
      this.current?.firstChild.removeAttribute("aria-current");
      this.current = item;
      if (!item) return;
      item.firstChild.setAttribute("aria-current", "true");
      requestAnimationFrame(() => this.reveal(item)); // the boxes above may just have taken room
    }

    reveal(item) {
      const [top, height] = [item.offsetTop - this.list.offsetTop, this.list.clientHeight];
      const above = Math.max(0, Math.min(height / 3, height - item.offsetHeight));
      if (top < this.list.scrollTop || top + item.offsetHeight > this.list.scrollTop + height) this.list.scrollTop = top - above;
    }

    /** The event after (1) or before (-1) the time, or undefined. */
    next(way) {
      const { at_s } = this.state;
      const here = this.openedIndex();
      const after = this.events.findIndex((event) => event.shown_s > at_s);
      const before = this.events.findLastIndex((event) => event.shown_s < at_s);
      return this.events[here >= 0 ? here + way : way > 0 ? after : before];
    }

    /** Opens that event, or says that there is none. */
    step(way) {
      const to = this.next(way);
      if (to) return replay.openEvent(this.state, to);
      const none = this.events.length ? `No ${way > 0 ? "later" : "earlier"} event in this list.` : "No events in this list.";
      byId("r-said").textContent = none;
    }

    /** Marks the buttons that lead to no event. */
    tellEnds() {
      for (const [id, way] of [["r-prev", -1], ["r-next", 1]]) {
        byId(id).setAttribute("aria-disabled", String(!this.next(way)));
      }
    }
  }

  Object.assign(replay, { ShipList, EventList });
})();
