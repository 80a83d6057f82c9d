// On the page of an accepted HIT: the time that is left, and going on when the frame has submitted.
"use strict";
(function () {
  const clock = document.getElementById("countdown");
  if (clock) {
    const left = Number(clock.dataset.deadline) - Number(clock.dataset.now);
    const started = performance.now();
    const show = function () {
      const seconds = Math.max(0, Math.floor((left - (performance.now() - started)) / 1000));
      const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      clock.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
      clock.classList.toggle("short", seconds < 60);
      if (seconds === 0) {
        clearInterval(timer);
        document.getElementById("over").hidden = false;
      }
    };
    const timer = setInterval(show, 1000);
    show();
  }
  const frame = document.querySelector("iframe.question");
  const onwards = document.getElementById("onwards");
  if (frame && onwards) {
    window.addEventListener("message", function (event) {
      const data = event.data;
      if (data && data.mturk === "submitted" && data.assignmentId === onwards.dataset.assignmentId) {
        window.location.assign(onwards.href);
      }
    });
  }
  for (const form of document.querySelectorAll("form.once")) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) {
        event.preventDefault();
      }
      form.dataset.sent = "yes";
    });
  }
})();
