"use strict";
/* Buttons, keys, the slider, the link to this moment. */
(() => {
  const { replay } = window.Shipwatch;
  const { byId, words, indexAt, HOUR_S } = replay;
  const LOOK_S = 90; // own
  const HASH_AFTER_MS = 300; // own: browsers refuse to have their address changed too often
  const SLIDER_STEPS = 1000;
  const SLIDER_EVERY_MS = 200;
  const OWN_KEYS = "input:not([type=checkbox]), select, textarea, [contenteditable]";

  /** What is known of a ship at the time. */
  function nowWords(state) {
    const { focus: ship, at_s } = state;
    if (!ship) return "";
    const { i, state: how, x, y } = ship.now;
    const { track } = ship;
    if (how === "before") return `${ship.label}: ${track.n ? `first position here ${words.stamp(track.t[0])}` : "no positions"}`;
    const at = words.place(replay.toLat(y), words.inWorld(replay.toLon(x)));
    if (how === "silent") return `${ship.label}: no AIS heard for ${words.since(track.t[i], at_s)}, last at ${at}`;
    return `${ship.label}: ${at}, ${words.speed(track.sog[i])}, ${words.course(track.cog[i])}`;
  }

  /** What is shown at the begin though it began earlier. */
  const beforeWords = ({ atOpened, opened }) =>
    atOpened && opened.before ? `${opened.what} began ${words.stamp(opened.t)}, before this replay` : "";

  function readHash(hash) {
    const asked = new URLSearchParams(hash.slice(1));
    return { at_s: asked.has("t") ? words.parse(asked.get("t")) : null, vessel_id: asked.get("ship") };
  }

  class Controls {
    constructor(state, events, { fitAll, zoomIn }) {
      Object.assign(this, { state, events, fitAll, zoomIn, slider: byId("r-slider"), told_ms: 0 });
      const { from_s, to_s } = state.scene;
      [this.slider.min, this.slider.max] = [from_s, to_s];
      this.slider.step = Math.max(60, Math.round((to_s - from_s) / SLIDER_STEPS / 60) * 60);
      this.chooseSpeed();
      this.buttons();
      this.options();
      document.addEventListener("keydown", (event) => this.key(event));
      window.addEventListener("hashchange", (event) => this.follow(new URL(event.newURL).hash));
      state.on("time focus", () => this.tellTime());
      state.on("play", () => this.tellPlay());
      state.on("jump focus play", () => this.writeHash());
      state.on("jump", () => this.say());
      this.follow();
      this.tellTime();
      this.tellPlay();
    }

    buttons() {
      const acts = {
        "r-play": () => this.state.play(), "r-prev": () => this.events.step(-1), "r-next": () => this.events.step(1),
        "r-fix-back": () => this.stepFix(-1), "r-fix-on": () => this.stepFix(1), "r-fit": this.fitAll, "r-near": this.zoomIn,
        "r-copy": () => this.copy(), "r-help": () => byId("r-keys").showModal(),
      };
      for (const [id, act] of Object.entries(acts)) byId(id).addEventListener("click", act);
      this.slider.addEventListener("input", () => this.state.setTime(Number(this.slider.value)));
      this.slider.addEventListener("change", () => this.state.jump(Number(this.slider.value)));
      byId("r-speed").addEventListener("change", (event) => (this.state.speed_h = Number(event.target.value)));
      this.stepSpeed(0);
    }

    /** The slowest speed at which the whole scene takes no longer than a person looks on. */
    chooseSpeed() {
      const hours = (this.state.scene.to_s - this.state.scene.from_s) / HOUR_S;
      const speeds = Array.from(byId("r-speed").options, (one) => Number(one.value));
      const enough = speeds.findIndex((speed_h) => hours / speed_h <= LOOK_S);
      byId("r-speed").selectedIndex = enough < 0 ? speeds.length - 1 : enough;
    }

    options() {
      const { state } = this;
      for (const name of ["zones", "neighbours", "background", "reach", "labels", "follow"]) {
        byId(`r-${name}`).addEventListener("change", (event) => state.set(name, event.target.checked));
        state.options[name] = byId(`r-${name}`).checked;
      }
      byId("r-trail").addEventListener("change", (event) => state.set("trail_h", Number(event.target.value)));
      byId("r-colour").addEventListener("change", (event) => state.set("colour", event.target.value));
      state.options.trail_h = Number(byId("r-trail").value);
      state.options.colour = byId("r-colour").value;
    }

    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || byId("r-keys").open || event.target.closest?.(OWN_KEYS)) return;
      const act = this.keys()[event.key];
      if (!act || (event.key === " " && event.target.closest?.("button, a, summary, input"))) return;
      event.preventDefault();
      act();
    }

    keys() {
      return {
        " ": () => this.state.play(), "[": () => this.events.step(-1), "]": () => this.events.step(1),
        ArrowLeft: () => this.stepFix(-1), ArrowRight: () => this.stepFix(1), ",": () => this.stepFix(-1), ".": () => this.stepFix(1),
        Home: () => this.state.jump(this.state.scene.from_s), End: () => this.state.jump(this.state.scene.to_s),
        "-": () => this.stepSpeed(-1), "+": () => this.stepSpeed(1), a: this.fitAll, z: this.zoomIn, f: () => byId("r-follow").click(),
        "?": () => byId("r-keys").showModal(),
      };
    }

    stepSpeed(way) {
      const select = byId("r-speed");
      select.selectedIndex = Math.max(0, Math.min(select.options.length - 1, select.selectedIndex + way));
      this.state.speed_h = Number(select.value);
    }

    stepFix(way) {
      const { focus: ship, at_s } = this.state;
      if (!ship?.track.n) return;
      const at = indexAt(ship.track, at_s);
      const i = way > 0 ? at + 1 : ship.track.t[at] < at_s ? at : at - 1;
      if (i >= 0 && i < ship.track.n) replay.openFix(this.state, { ship, i });
    }

    tellTime() {
      const { state } = this;
      byId("r-time").textContent = words.moment(state.at_s);
      byId("r-now").textContent = [beforeWords(state), nowWords(state)].filter(Boolean).join(" · ");
      const now_ms = performance.now();
      if (state.playing && now_ms - this.told_ms < SLIDER_EVERY_MS) return;
      this.told_ms = now_ms;
      this.slider.value = state.at_s;
      this.slider.setAttribute("aria-valuetext", words.moment(state.at_s));
    }

    tellPlay() {
      const { playing } = this.state;
      byId("r-play").textContent = playing ? "Pause" : "Play";
      if (playing) return;
      this.told_ms = 0;
      this.tellTime();
      this.say();
    }

    /** Tells those who do not see the map. */
    say() {
      const { state } = this;
      if (state.playing) return;
      const event = state.atOpened ? `${state.opened.what}${state.opened.where ? `, ${state.opened.where}` : ""}. ` : "";
      const before = beforeWords(state) && `${beforeWords(state)}. `;
      byId("r-said").textContent = `${words.moment(state.at_s)}. ${event}${before}${nowWords(state)}`;
    }

    hash() {
      const { at_s, focus } = this.state;
      return `#t=${words.address(at_s)}${focus ? `&ship=${encodeURIComponent(focus.vessel_id).replaceAll("%3A", ":")}` : ""}`;
    }

    writeHash() {
      if (this.state.playing) return;
      clearTimeout(this.writing);
      this.writing = setTimeout(() => history.replaceState(null, "", this.hash()), HASH_AFTER_MS);
    }

    /** Goes to the time and ship of the address; the clock may have written another one over it meanwhile. */
    follow(hash = location.hash) {
      const { at_s, vessel_id } = readHash(hash);
      const ship = this.state.scene.ships.find((one) => one.vessel_id === vessel_id);
      if (ship) this.state.choose(ship);
      if (at_s !== null) this.state.jump(at_s);
    }

    async copy() {
      const link = location.href.split("#")[0] + this.hash();
      const button = byId("r-copy");
      try {
        await navigator.clipboard.writeText(link);
        button.textContent = "Copied";
      } catch {
        history.replaceState(null, "", this.hash());
        button.textContent = "See the address bar";
      }
      setTimeout(() => (button.textContent = "Copy link"), 2000);
    }
  }

  Object.assign(replay, { Controls, nowWords });
})();
