"use strict";
/* How the replay writes moments, places and lengths of time, and how it makes elements: text goes in as text. */
(() => {
  const replay = ((window.Shipwatch ??= {}).replay ??= {});
  const HOUR_S = 3600;

  /** A new element; `props` are properties (or, with a dash, attributes), children are elements or text. */
  function el(tag, props = {}, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (key.includes("-")) made.setAttribute(key, value);
      else made[key] = value;
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const byId = (id) => document.getElementById(id);
  const iso = (at_s) => new Date(at_s * 1000).toISOString();

  const words = {
    /** 2020-05-03 04:10 */
    stamp: (at_s) => iso(at_s).slice(0, 16).replace("T", " "),
    /** 3 May 04:10 */
    short: (at_s) => `${words.day(at_s)} ${iso(at_s).slice(11, 16)}`,
    /** 3 May */
    day(at_s) {
      const at = new Date(at_s * 1000);
      return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
    },
    /** 2020-05-03T04:10Z, as addresses have it; with seconds where there are some. */
    address: (at_s) => `${iso(at_s).slice(0, Math.round(at_s) % 60 ? 19 : 16)}Z`,
    moment: (at_s) => `${words.stamp(at_s)} UTC`,
    /** Seconds since 1970 of a moment in an address, or null; without a zone it is UTC. */
    parse(text) {
      const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes("T") ? text : `${text}Z`;
      const ms = Date.parse(zoned);
      return Number.isFinite(ms) ? ms / 1000 : null;
    },
    lasting(hours) {
      if (hours >= 72) return `${(hours / 24).toFixed(hours >= 240 ? 0 : 1)} days`;
      return hours >= 2 ? `${Math.round(hours)} h` : `${Math.round(hours * 60)} min`;
    },
    /** 25°30.0'S 057°06.5'E, as charts have it. */
    place: (lat, lon) => `${angle(lat, 2, "NS")} ${angle(lon, 3, "EW")}`,
    speed: (tenths_kn) => (tenths_kn < 0 ? "not sent" : `${(tenths_kn / 10).toFixed(1)} kn`),
    /** A longitude of any copy of the world as -180..180. */
    inWorld: (lon) => ((((lon + 180) % 360) + 360) % 360) - 180,
    course: (deg) => (deg < 0 ? "not sent" : `${String(deg).padStart(3, "0")}°`),
    since: (from_s, to_s) => words.lasting((to_s - from_s) / HOUR_S),
  };
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  function angle(deg, digits, sides) {
    const tenths = Math.round(Math.abs(deg) * 600);
    const whole = String(Math.floor(tenths / 600)).padStart(digits, "0");
    return `${whole}°${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}'${sides[deg < 0 ? 1 : 0]}`;
  }

  Object.assign(replay, { el, byId, words, HOUR_S });
})();
