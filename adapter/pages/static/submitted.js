// Tells the pages on which this assignment is open that it is submitted; they ask the server themselves.
"use strict";
(function () {
  const assignmentId = document.currentScript.dataset.assignmentId;
  const said = { mturk: "submitted", assignmentId };
  const framed = window.top !== window;
  // a page that a HIT opened in a window of its own: the HIT is in a frame, and the worker page around it is told
  const around = framed ? window.top : window.opener && window.opener.top;
  if (around && around !== window) {
    around.postMessage(said, window.location.origin);
  }
  if (window.BroadcastChannel) {
    new BroadcastChannel("mturk-work").postMessage({ done: assignmentId });
  }
  const alone = document.getElementById("alone");
  if (alone && !framed) {
    alone.hidden = false;
    document.getElementById("framed").hidden = true;
    const close = document.getElementById("close");
    // browsers let a script close only what a script opened; another window may be that of the HIT itself
    close.hidden = document.getElementById("closing").hidden = !window.opener;
    close.addEventListener("click", () => window.close());
  }
})();
