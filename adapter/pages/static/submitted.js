// Tells the worker page, which frames this one, that an assignment may have changed; the page asks the server itself.
"use strict";
(function () {
  const assignmentId = document.currentScript.dataset.assignmentId;
  if (window.top !== window) {
    window.top.postMessage({ mturk: "submitted", assignmentId }, window.location.origin);
  }
})();
