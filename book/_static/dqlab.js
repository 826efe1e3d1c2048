// What the theme leaves out for those who read with a keyboard or a screen reader.
(() => {
  "use strict";

  const scrollable = ".bd-article pre, .bd-article .math, .bd-article .pst-scrollable-table-container, .bd-article .cell_output > div";

  // A box that scrolls must be reachable by keyboard, and say what it is.
  function reachable() {
    for (const box of document.querySelectorAll(scrollable)) {
      const overflows = box.scrollWidth > box.clientWidth + 1;
      if (overflows && !box.querySelector("a[href], button, input, [tabindex]")) {
        box.tabIndex = 0;
      }
    }
  }

  function label() {
    for (const button of document.querySelectorAll("button:not([aria-label])")) {
      if (!button.textContent.trim()) {
        const name = button.title || button.dataset.bsOriginalTitle || button.dataset.bsTitle || button.dataset.tooltip;
        if (name) button.setAttribute("aria-label", name);
      }
    }
  }

  // The bibliography calls itself a list, but its entries are not list items.
  function plain() {
    for (const list of document.querySelectorAll(".citation-list[role=list]")) list.removeAttribute("role");
  }

  function all() {
    label();
    plain();
    reachable();
  }

  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", all) : all();
  window.addEventListener("load", () => {
    all();
    if (window.MathJax && MathJax.startup) MathJax.startup.promise.then(reachable);
  });
  window.addEventListener("resize", reachable);
})();
