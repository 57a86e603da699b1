"use strict";
/* Keys of a page. They are a field's own while somebody writes in it, and a dialog's while it is open. */
(() => {
  const FIELDS = "textarea, select, input:not([type=checkbox], [type=radio])";

  /** Calls what a key stands for; `keyOf` may take an event for another key. */
  function listenToKeys(keys, keyOf = (event) => event.key) {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
      if (event.target.closest?.(FIELDS) || document.querySelector("dialog[open]")) return;
      const key = keyOf(event);
      if (!Object.hasOwn(keys, key)) return;
      event.preventDefault();
      keys[key]();
    });
  }

  (window.Shipwatch ??= {}).listenToKeys = listenToKeys;
})();
