// In the queue: the time that is left of each HIT.
"use strict";
(function () {
  const started = Date.now();
  const clocks = [...document.querySelectorAll("[data-left]")];
  function tick() {
    for (const clock of clocks) {
      const seconds = Math.max(0, Math.floor((Number(clock.dataset.left) - (Date.now() - started)) / 1000));
      const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      clock.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
      clock.classList.toggle("short", seconds < 60);
    }
  }
  if (clocks.length) {
    setInterval(tick, 1000);
    tick();
  }
})();
