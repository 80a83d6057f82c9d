// On the page of a Qualification's test: the time that is left, and one submission however often the button is pressed.
"use strict";
(function () {
  const clock = document.getElementById("countdown");
  const left = Number(clock.dataset.deadline) - Number(clock.dataset.now);
  const started = Date.now();
  function show() {
    const seconds = Math.max(0, Math.floor((left - (Date.now() - started)) / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    clock.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
    clock.classList.toggle("short", seconds < 60);
    if (seconds === 0) {
      clearInterval(timer);
      document.getElementById("over").hidden = false;
    }
  }
  const timer = setInterval(show, 1000);
  show();
  const form = document.querySelector("form.once");
  form.addEventListener("submit", function (event) {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    form.dataset.sent = "yes";
  });
  // who comes back to this page by the back button can send it again
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });
})();
