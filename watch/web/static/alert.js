"use strict";
/* Keys for one alert. Everything they do can be done with the links and forms of the page. */
(() => {
  const byId = (id) => document.getElementById(id);
  const LIST = "/alerts";

  /** Lets "All alerts" lead back to the list as it was left. */
  function rememberList() {
    const back = byId("back");
    const from = document.referrer ? new URL(document.referrer) : null;
    if (from && from.origin === location.origin && from.pathname === LIST) {
      sessionStorage.setItem("shipwatch-list", from.search);
    }
    const search = sessionStorage.getItem("shipwatch-list");
    if (search && search.startsWith("?")) back.href = LIST + search;
  }

  const click = (id) => byId(id)?.click();

  function toField(id) {
    const field = byId(id);
    if (!field) return;
    field.scrollIntoView({ block: "center" });
    field.focus();
  }

  function toSilence() {
    const details = byId("silence");
    if (!details) return;
    details.open = true;
    toField("why");
  }

  const KEYS = {
    a: () => click("do-ack"),
    c: () => toField("reason"),
    r: () => click("do-reopen"),
    s: toSilence,
    p: () => click("replay"),
    j: () => click("after"),
    k: () => click("before"),
    u: () => click("back"),
    "?": () => byId("keys").showModal(),
  };

  /** Closing needs a reason; the browser says so before the server has to. */
  function askForReason() {
    const reason = byId("reason");
    byId("do-close")?.addEventListener("click", (event) => {
      reason.setCustomValidity(reason.value ? "" : "Choose why the alert is closed.");
      if (!reason.reportValidity()) event.preventDefault();
    });
    reason?.addEventListener("input", () => reason.setCustomValidity(""));
  }

  rememberList();
  askForReason();
  window.Shipwatch.listenToKeys(KEYS);
})();
