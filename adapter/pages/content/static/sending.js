// For requesters' HTML: what is submitted while the browser is offline waits for the line to come back, and is submitted then.
// Else the browser would put a page of its own in place of the answer. And what a script has addressed to the old service comes here.
"use strict";
(function () {
  const { submit, requestSubmit } = HTMLFormElement.prototype;
  const waiting = new WeakSet();
  const here = document.currentScript.src.replace(/\/mturk\/static\/.*/, "");
  const AMAZON = /^\s*(?:https?:)?\/\/(?:(?:www|worker|workersandbox)\.)?mturk\.com(?::\d+)?(?=\/{1,2}mturk\/externalSubmit)/i;

  // an address that a script puts together cannot be found in the page's text
  function bringHere(form) {
    const action = form.getAttribute("action") || "";
    if (AMAZON.test(action)) {
      form.setAttribute("action", action.replace(AMAZON, here));
    }
    // Amazon's frames could lead the page around them elsewhere, this one cannot
    if (/^_(parent|top)$/i.test(form.getAttribute("target"))) {
      form.removeAttribute("target");
    }
  }

  function waits(form) {
    // a field may be called "action"
    return !navigator.onLine && /\/externalSubmit\/?$/.test((form.getAttribute("action") || "").split(/[?#]/)[0]);
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
    bringHere(this);
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

  // after them: they may have set the address
  window.addEventListener("submit", (event) => bringHere(event.target));
})();
