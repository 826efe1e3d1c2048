// Slides: start reveal.js, and shrink what is taller than its slide.
(() => {
  "use strict";
  const WIDTH = 1200, HEIGHT = 760;

  function fit(slide) {
    const box = slide && slide.querySelector(":scope > .dq-slide");
    if (!box || box.dataset.fitted) return;
    box.dataset.fitted = "yes";
    let zoom = 1;
    while (box.scrollHeight * zoom > HEIGHT + 2 && zoom > 0.55) box.style.zoom = zoom -= 0.05;
    if (box.scrollHeight * zoom > HEIGHT + 2) box.tabIndex = 0; // it scrolls, by keyboard too
  }

  const start = () => Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0.06, center: false, hash: true, slideNumber: "c/t", transition: "none",
    controlsTutorial: false, scrollActivationWidth: 600, viewDistance: 2,
  }).then(() => {
    fit(Reveal.getCurrentSlide());
    document.documentElement.dataset.ready = "yes";
  });
  Reveal.on("slidechanged", event => fit(event.currentSlide));
  window.addEventListener("load", () => MathJax.startup.promise.then(start, start));
})();
