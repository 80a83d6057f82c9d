// For requesters' HTML: what is submitted while the browser is offline waits for the line to come back, and is submitted then.
// Else the browser would put a page of its own in place of the answer.
"use strict";
(function () {
  const { submit, requestSubmit } = HTMLFormElement.prototype;
  const waiting = new WeakSet();

  function waits(form) {
    // a field may be called "action"
    return !navigator.onLine && /\/externalSubmit$/.test((form.getAttribute("action") || "").split(/[?#]/)[0]);
  }

  function wait(form, send) {
    if (waiting.has(form)) {
      return;
    }
    waiting.add(form);
    window.addEventListener("online", function () {
      waiting.delete(form);
      send();
    }, { once: true });
  }

  HTMLFormElement.prototype.submit = function () {
    if (waits(this)) {
      wait(this, () => submit.call(this));
    } else {
      submit.call(this);
    }
  };

  // before the page's own scripts, which have their say when it is submitted
  window.addEventListener("submit", function (event) {
    const form = event.target;
    if (waits(form)) {
      const button = event.submitter;
      event.preventDefault();
      event.stopImmediatePropagation();
      wait(form, () => requestSubmit.call(form, button && button.form === form ? button : null));
    }
  }, true);
})();
