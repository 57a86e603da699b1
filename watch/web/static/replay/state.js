"use strict";
/* What is shown at the moment: the time, the chosen ship, gap and fix, and how it is drawn. Parts listen to changes. */
(() => {
  const { replay } = window.Shipwatch;
  const { HOUR_S, place } = replay;
  const STEP_MAX_S = 0.25; // own: a page that was asleep does not leap over days
  const DRAWS_KEPT = 4096;

  const isWaters = (zone) => /^waters/.test(zone?.kind ?? "");

  const isPassing = (state, event) => event.kind === "zone_visit" && isWaters(state.zoneById.get(event.zone_id));

  /** Choices of events: words, and which fit. The waters of each coast passed are no news. */
  const WHICH = {
    main: ["without coastal waters", (state, event) => Boolean(event.number) || (event.ship === state.focus && !isPassing(state, event))],
    steps: ["steps of the alert", (state, event) => Boolean(event.number)],
    ship: ["all of the chosen ship", (state, event) => event.ship === state.focus || Boolean(event.number)],
    all: ["all of all ships", () => true],
  };

  class State {
    constructor(scene) {
      this.scene = scene;
      this.zoneById = new Map(scene.zones.map((zone) => [zone.id, zone]));
      this.focus = scene.ships[scene.focus] ?? null;
      this.at_s = Math.max(scene.from_s, Math.min(scene.to_s, this.focus?.track.t[0] ?? scene.from_s));
      this.gap = null; // chosen by hand
      this.fix = null;
      this.opened = null; // the event that was chosen last
      this.playing = false;
      this.which = "main";
      this.speed_h = 6;
      this.options = {
        trail_h: 0, colour: "ship", zones: true, neighbours: true, background: true, reach: true, labels: true, follow: false,
      };
      this.listeners = {};
      this.frame = 0;
      this.drawn_ms = new Float64Array(DRAWS_KEPT);
      this.draws = 0;
      this.placeAll();
    }

    /** Kinds of news: time, jump, play, focus, gap, fix, option, ships, frame. */
    on(kinds, listener) {
      for (const kind of kinds.split(" ")) (this.listeners[kind] ??= []).push(listener);
    }

    tell(kind) {
      for (const listener of this.listeners[kind] ?? []) listener(this);
      if (kind !== "frame") this.wake();
    }

    placeAll() {
      for (const ship of this.scene.ships) place(ship, this.at_s);
    }

    setTime(at_s) {
      this.at_s = Math.max(this.scene.from_s, Math.min(this.scene.to_s, at_s));
      this.placeAll();
      this.tell("time");
    }

    /** Whether the clock stands at the event that was opened last. */
    get atOpened() {
      return Boolean(this.opened) && this.at_s === Math.min(this.scene.to_s, this.opened.shown_s);
    }

    /** Moves the clock at once, by hand. */
    jump(at_s) {
      this.setTime(at_s);
      this.tell("jump");
    }

    play(on = !this.playing) {
      if (on && this.at_s >= this.scene.to_s) this.setTime(this.scene.from_s);
      this.playing = on && this.scene.to_s > this.scene.from_s;
      this.before_ms = null;
      this.tell("play");
    }

    choose(ship) {
      this.focus = ship;
      ship.shown = true;
      this.tell("focus");
    }

    chooseGap(gap) {
      this.gap = gap;
      this.tell("gap");
    }

    chooseFix(fix) {
      this.fix = fix;
      this.tell("fix");
    }

    set(option, value) {
      this.options[option] = value;
      this.tell("option");
    }

    /** Whether the list of events, the map and the strip show an event, and the keys stop at it. */
    lists(event) {
      return WHICH[this.which][1](this, event) && this.visible(event.ship);
    }

    visible(ship) {
      return ship.shown && (ship.role !== "neighbour" || this.options.neighbours || ship === this.focus);
    }

    /** The gap that the panel tells of: the chosen one, else the one that the chosen ship is in. */
    get toldGap() {
      return this.gap ?? this.focus?.now.gap ?? null;
    }

    /** Asks for one picture more. */
    wake() {
      this.frame ||= requestAnimationFrame((at_ms) => this.step(at_ms));
    }

    step(at_ms) {
      this.frame = 0;
      const began_ms = performance.now();
      if (this.playing) this.advance(at_ms);
      this.tell("frame");
      this.drawn_ms[this.draws++ % DRAWS_KEPT] = performance.now() - began_ms;
      if (this.playing) this.wake();
    }

    advance(at_ms) {
      const passed_s = Math.min(STEP_MAX_S, (at_ms - (this.before_ms ?? at_ms)) / 1000);
      this.before_ms = at_ms;
      this.setTime(this.at_s + passed_s * this.speed_h * HOUR_S);
      if (this.at_s >= this.scene.to_s) this.play(false);
    }
  }

  Object.assign(replay, { State, WHICH, isWaters });
})();
