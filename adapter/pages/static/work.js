// On the page of an accepted HIT: the time that is left, unsent answers, other tabs, and going on when a frame has submitted.
"use strict";
(function () {
  const SECONDS_TO_REACH = 10;
  const task = document.getElementById("task");
  const answer = document.getElementById("answer");
  const notice = document.getElementById("notice");
  const onwards = document.getElementById("onwards");
  const frame = task.querySelector("iframe.question");
  const assignmentId = task.dataset.assignmentId;
  let unsent = "unsent" in task.dataset;
  let leaving = false;
  let ended = false;

  function say(words) {
    notice.textContent = words;
    notice.hidden = !words;
  }

  // Nothing can be sent any more. What was written stays, to be read and copied.
  function end(words) {
    if (ended) {
      return;
    }
    ended = true;
    say(words);
    for (const button of document.querySelectorAll("button[form=answer], #answer button:not([type=button])")) {
      button.disabled = true;
    }
    for (const field of answer ? answer.querySelectorAll("input, textarea") : []) {
      field.readOnly = true;
    }
  }

  // The time that is left.
  const clock = document.getElementById("countdown");
  const left = Number(clock.dataset.deadline) - Number(clock.dataset.now);
  const started = Date.now();
  const timer = setInterval(tick, 1000);
  tick();
  function tick() {
    const seconds = Math.max(0, Math.floor((left - (Date.now() - started)) / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    clock.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
    clock.classList.toggle("short", seconds < 60);
    if (seconds === 0) {
      clearInterval(timer);
      end("The time for this HIT is over. Nothing can be sent any more, but you can still copy what you wrote.");
    }
  }

  // Leaving with something unsent asks. What happens in a frame is hidden from this page, but not that somebody was in it.
  if (answer) {
    answer.addEventListener("input", () => { unsent = true; });
  }
  window.addEventListener("blur", function () {
    if (frame && document.activeElement === frame) {
      unsent = true;
    }
  });
  window.addEventListener("beforeunload", function (event) {
    if (unsent && !leaving) {
      event.preventDefault();
      event.returnValue = "";
    }
  });

  // A form is sent once, and only when the site can be reached: else the browser would put its own page in place of this one.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.classList.contains("once")) {
      return;
    }
    if (form.dataset.sent || (ended && form === answer)) {
      stop(event);
    } else if (form.dataset.reached) {
      delete form.dataset.reached;
      form.dataset.sent = "yes";
      leaving = true;
      setTimeout(function () {
        if (event.defaultPrevented) {
          delete form.dataset.sent;
          leaving = false;
        }
      });
    } else {
      stop(event);
      form.dataset.sent = "asking";
      reach().then(function (reached) {
        delete form.dataset.sent;
        if (reached) {
          form.dataset.reached = "yes";
          form.requestSubmit(event.submitter);
        } else {
          say("This site cannot be reached just now, so nothing was sent. What you wrote is still here: try again in a moment.");
        }
      });
    }
  }, true);
  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  async function reach() {
    try {
      const signal = AbortSignal.timeout(SECONDS_TO_REACH * 1000);
      await fetch("/mturk/static/work.css", { method: "HEAD", cache: "no-store", signal });
      return true;
    } catch {
      return false;
    }
  }
  window.addEventListener("offline", function () {
    if (!ended) {
      say("You are offline. Do not submit until this message is gone: what you wrote stays here as long as you stay on this page.");
    }
  });
  window.addEventListener("online", function () {
    if (!ended) {
      say("");
    }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      // back to a page that the browser kept as it was left: the server knows what became of the HIT
      leaving = true;
      window.location.reload();
    }
  });

  // The frame, or a window that it opened, has submitted.
  window.addEventListener("message", function (event) {
    const data = event.data;
    if (onwards && data && data.mturk === "submitted" && data.assignmentId === assignmentId) {
      leaving = true;
      window.location.assign(onwards.href);
    }
  });
  if (onwards) {
    onwards.addEventListener("click", () => { leaving = true; });
  }

  // The switch for the next HIT is remembered at once, without leaving this page.
  const automatic = document.getElementById("automatic");
  automatic.hidden = false;
  automatic.addEventListener("change", async function () {
    const box = automatic.elements.on;
    try {
      const answer = await fetch(automatic.action, { method: "POST", body: new URLSearchParams(new FormData(automatic)) });
      if (!answer.ok || !answer.url.endsWith("/mturk/myhits")) {
        throw new Error("not remembered");
      }
    } catch {
      box.checked = !box.checked;
      say("The switch for the next HIT could not be changed just now.");
    }
  });

  // Who comes from the HIT before goes on with the keyboard where the question begins.
  if (new URLSearchParams(window.location.search).has("after")) {
    document.getElementById("question").focus();
  }

  // Other tabs with the same HIT.
  if (window.BroadcastChannel) {
    const tabs = new BroadcastChannel("mturk-work");
    tabs.addEventListener("message", function (event) {
      if (event.data.done === assignmentId && !leaving) {
        end("This HIT was submitted or returned in another tab. Nothing can be sent from here any more, but you can still copy what you wrote.");
      } else if (event.data.opened === assignmentId || event.data.open === assignmentId) {
        if (event.data.opened) {
          tabs.postMessage({ open: assignmentId });
        }
        if (!ended) {
          say("This HIT is open in another tab, too. Work in one of them: only what is submitted first counts.");
        }
      }
    });
    tabs.postMessage({ opened: assignmentId });
  }
})();
