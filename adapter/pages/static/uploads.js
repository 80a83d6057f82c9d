// Sends the files of a form before the form itself, from a megabyte on: with their progress, and so that what fails leaves
// everything else as it is. Without this script they go with the form.
"use strict";
(function () {
  const SHOWN_FROM = 1000000;
  const STALLED = 60000;
  const size = (bytes) => (bytes < 1000000 ? `${Math.ceil(bytes / 1000)} kB` : `${Number((bytes / 1000000).toFixed(1))} MB`);

  // What is said of a file, below its field: a note, or what is wrong.
  function say(input, text, bad) {
    const id = `${input.id}-state`;
    let line = document.getElementById(id);
    if (!line) {
      line = document.createElement("p");
      line.id = id;
      line.setAttribute("role", "status");
      input.after(line);
      input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") || ""} ${id}`.trim());
    }
    line.className = bad ? "q-problem" : "q-hint";
    line.textContent = text;
    if (bad) {
      input.setAttribute("aria-invalid", "true");
    } else {
      input.removeAttribute("aria-invalid");
    }
  }

  // Sends one file; resolves when it is stored, rejects with a sentence, or with nothing where the form has to be sent as it is.
  function send(form, input) {
    const file = input.files[0];
    const address = new URL(form.action);
    address.pathname = "/mturk/upload";
    address.searchParams.set("question", input.name);
    const body = new FormData();
    body.append("form_key", form.elements.namedItem("form_key").value);
    body.append("file", file);
    const row = document.createElement("p");
    row.className = "q-progress";
    const bar = document.createElement("progress");
    bar.max = file.size;
    bar.setAttribute("aria-label", `Sending ${file.name}`);
    const words = document.createElement("span");
    const stop = document.createElement("button");
    stop.type = "button";
    stop.textContent = "Stop";
    row.append(bar, words, stop);
    input.after(row);
    say(input, `Sending ${file.name} …`);
    const show = (sent) => {
      bar.value = Math.min(sent, file.size);
      words.textContent = `${size(bar.value)} of ${size(file.size)}, ${Math.floor((100 * bar.value) / file.size)} %`;
    };
    show(0);
    return new Promise((stored, failed) => {
      const request = new XMLHttpRequest();
      let reason = "The connection was lost.";
      const give = (why) => () => {
        reason = why;
        request.abort();
      };
      let timer = setTimeout(give("The connection has stalled."), STALLED);
      stop.addEventListener("click", give("Stopped."));
      request.upload.addEventListener("progress", (event) => {
        clearTimeout(timer);
        timer = setTimeout(give("The connection has stalled."), STALLED);
        show(event.loaded);
      });
      request.addEventListener("loadend", () => {
        clearTimeout(timer);
        row.remove();
        if (request.status === 204) {
          say(input, `${file.name} (${size(file.size)}) is stored.`);
          stored();
        } else if (request.status === 413) {
          failed("It is larger than this site takes.");
        } else if ((request.getResponseHeader("Content-Type") || "").startsWith("text/plain")) {
          failed(request.responseText);
        } else if (request.status === 0 || request.status >= 500) {
          failed(reason);
        } else {
          failed();
        }
      });
      request.open("POST", address.href);
      request.send(body);
    });
  }

  function watch(form, inputs) {
    let state = "";
    const stored = new Map();
    const tooLarge = (input) => {
      const file = input.files[0];
      const large = file && file.size > Number(input.dataset.most);
      if (large) {
        say(input, `${file.name} has ${size(file.size)}, and at most ${size(Number(input.dataset.most))} may be sent. Choose a smaller file.`, true);
      }
      return large;
    };
    const problem = (input, text) => {
      say(input, text, true);
      input.focus();
      delete form.dataset.sent;
    };
    for (const input of inputs) {
      input.addEventListener("change", () => tooLarge(input) || say(input, ""));
    }
    form.addEventListener("submit", async (event) => {
      if (state === "stored") {
        return;
      }
      const given = inputs.filter((input) => input.files.length);
      const large = given.find(tooLarge);
      if (large) {
        event.preventDefault();
        problem(large, document.getElementById(`${large.id}-state`).textContent);
        return;
      }
      if (state !== "sending" && given.reduce((sum, input) => sum + input.files[0].size, 0) < SHOWN_FROM) {
        return;
      }
      event.preventDefault();
      if (state === "sending") {
        return;
      }
      state = "sending";
      let at;
      try {
        for (at of given) {
          if (stored.get(at) !== at.files[0]) {
            await send(form, at);
            stored.set(at, at.files[0]);
          }
        }
        given.forEach((input) => (input.disabled = true));
      } catch (reason) {
        if (reason) {
          state = "";
          problem(at, `${at.files[0].name} was not stored. ${reason} Nothing else is lost: press Submit to try again.`);
          return;
        }
      }
      state = "stored";
      delete form.dataset.sent;
      form.requestSubmit();
    });
  }

  for (const form of document.querySelectorAll("form[enctype='multipart/form-data']")) {
    const inputs = [...form.querySelectorAll(".q-question input[type=file]")];
    if (inputs.length && new URL(form.action).pathname === "/mturk/submit") {
      watch(form, inputs);
    }
  }
})();
