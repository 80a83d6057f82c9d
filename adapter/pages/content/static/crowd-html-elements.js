// For requesters' HTML that was written for Crowd HTML Elements: the form, and the elements that are plain inputs at heart.
// What is submitted has the names and shapes of the documented output: one field `taskAnswers` with a JSON list of one
// object, or, with answer-format="flatten-objects" on the form, one field for each answer.
"use strict";
(function () {
  const parameters = new URLSearchParams(window.location.search);
  const assignmentId = parameters.get("assignmentId") || "";
  const isPreview = assignmentId === "" || assignmentId === "ASSIGNMENT_ID_NOT_AVAILABLE";
  const host = parameters.get("turkSubmitTo") || window.location.protocol + "//" + window.location.host;
  const UNABLE = [
    "crowd-bounding-box", "crowd-polygon", "crowd-polyline", "crowd-keypoint", "crowd-semantic-segmentation",
    "crowd-instance-segmentation", "crowd-entity-annotation", "crowd-line", "crowd-3d-point-cloud",
  ];
  let number = 0;

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) {
        element.setAttribute(key, value === true ? "" : value);
      }
    }
    element.append(...children);
    return element;
  }

  // Lists stand in attributes as JSON, often in single quotes.
  function listOf(text) {
    for (const attempt of [text, text.replace(/'/g, '"')]) {
      try {
        const list = JSON.parse(attempt);
        return Array.isArray(list) ? list.map(String) : [];
      } catch {
        continue;
      }
    }
    return text.replace(/^\s*\[|\]\s*$/g, "").split(",").map((each) => each.trim().replace(/^['"]|['"]$/g, "")).filter(Boolean);
  }

  function copied(element, names) {
    return Object.fromEntries(names.filter((name) => element.hasAttribute(name)).map((name) => [name, element.getAttribute(name)]));
  }

  // An input in the place of a crowd element; the element's own name goes, so that nothing is sent twice.
  function field(element, input, label) {
    const id = "crowd-" + ++number;
    input.id = id;
    const parts = label ? [make("label", { for: id }, label), " ", input] : [input];
    if (!label && element.getAttribute("placeholder")) {
      input.setAttribute("aria-label", element.getAttribute("placeholder"));
    }
    element.append(...parts);
  }

  const ONE_LINE = ["name", "value", "type", "placeholder", "required", "disabled", "min", "max", "step", "pattern", "maxlength", "minlength", "autofocus"];
  const BUILDERS = {
    "crowd-input"(element) {
      const input = make("input", copied(element, ONE_LINE));
      if (element.hasAttribute("allowed-pattern")) {
        const allowed = new RegExp("^" + element.getAttribute("allowed-pattern") + "$");
        input.addEventListener("beforeinput", (event) => {
          if (event.data && ![...event.data].every((letter) => allowed.test(letter))) {
            event.preventDefault();
          }
        });
      }
      field(element, input, element.getAttribute("label"));
      read(element, () => input.value);
    },
    "crowd-text-area"(element) {
      const area = make("textarea", copied(element, ["placeholder", "required", "disabled", "maxlength", "rows", "autofocus"]));
      area.value = element.getAttribute("value") || element.textContent.trim();
      element.textContent = "";
      field(element, area, element.getAttribute("label"));
      read(element, () => area.value);
    },
    "crowd-slider"(element) {
      const input = make("input", { type: "range", ...copied(element, ["min", "max", "step", "value", "required", "disabled"]) });
      const shown = make("output", {}, input.value);
      input.addEventListener("input", () => (shown.value = input.value));
      field(element, input, element.getAttribute("label"));
      element.append(" ", shown);
      read(element, () => Number(input.value));
    },
    "crowd-checkbox"(element) {
      choice(element, "checkbox", "crowd-" + element.getAttribute("name"));
    },
    "crowd-toggle-button"(element) {
      choice(element, "checkbox", "crowd-" + element.getAttribute("name"));
    },
    "crowd-radio-button"(element) {
      const group = element.closest("crowd-radio-group");
      if (group && !group.id) {
        group.id = "crowd-group-" + ++number;
      }
      choice(element, "radio", group ? group.id : "crowd-" + element.getAttribute("name"));
    },
    "crowd-classifier"(element) {
      classifier(element, "radio");
    },
    "crowd-image-classifier"(element) {
      classifier(element, "radio");
    },
    "crowd-classifier-multi-select"(element) {
      classifier(element, "checkbox");
    },
    "crowd-image-classifier-multi-select"(element) {
      classifier(element, "checkbox");
    },
    "crowd-button"(element) {
      const submits = element.getAttribute("form-action") === "submit";
      const resets = element.getAttribute("form-action") === "reset";
      const button = make("button", { type: submits ? "submit" : resets ? "reset" : "button", ...copied(element, ["disabled"]) });
      button.append(...element.childNodes);
      element.append(button);
    },
    "crowd-instructions"(element) {
      const details = make("details", { open: true }, make("summary", {}, element.getAttribute("link-text") || "Instructions"));
      details.append(...element.childNodes);
      element.append(details);
    },
    "full-instructions"(element) {
      headed(element);
    },
    "short-instructions"(element) {
      headed(element);
    },
    "crowd-alert"(element) {
      element.setAttribute("role", "alert");
    },
  };

  const STYLE =
    "crowd-form{font-family:system-ui,sans-serif}" +
    "crowd-input,crowd-text-area,crowd-slider,crowd-checkbox,crowd-toggle-button,crowd-radio-button,crowd-classifier," +
    "crowd-image-classifier,crowd-classifier-multi-select,crowd-image-classifier-multi-select,crowd-instructions,crowd-alert," +
    "classification-target,full-instructions,short-instructions,crowd-card{display:block;margin:.75rem 0}" +
    "crowd-form input:not([type=checkbox],[type=radio]),crowd-form textarea{max-width:100%;box-sizing:border-box}" +
    "crowd-form img{max-width:100%}crowd-alert{border-left:4px solid;padding:.25rem .75rem}";

  const readers = [];

  function headed(element) {
    if (element.getAttribute("header")) {
      element.prepend(make("h3", {}, element.getAttribute("header")));
    }
  }

  function read(element, value) {
    const name = element.getAttribute("name");
    element.removeAttribute("name");
    element.querySelectorAll("[name]").forEach((each) => each.dataset.crowd || each.removeAttribute("name"));
    if (name) {
      readers.push((answers) => {
        answers[name] = value();
      });
    }
  }

  function choice(element, type, group) {
    const id = "crowd-" + ++number;
    const name = element.getAttribute("name");
    const value = element.getAttribute("value");
    const input = make("input", { type, id, "data-crowd": "yes", name: type === "radio" ? group : null, ...copied(element, ["checked", "required", "disabled"]) });
    const label = make("label", { for: id });
    label.append(...element.childNodes);
    element.append(input, " ", label);
    element.removeAttribute("name");
    if (name) {
      readers.push((answers) => {
        if (value === null && type === "checkbox") {
          answers[name] = input.checked;
        } else {
          answers[name] = { ...(answers[name] || {}), [value === null ? "on" : value]: input.checked };
        }
      });
    }
  }

  function classifier(element, type) {
    const name = element.getAttribute("name");
    const group = "crowd-group-" + ++number;
    const set = make("fieldset", {}, make("legend", {}, element.getAttribute("header") || name || ""));
    const inputs = listOf(element.getAttribute("categories") || "[]").map((category) => {
      const input = make("input", { type, name: group, value: category, "data-crowd": "yes", required: type === "radio" });
      set.append(make("label", {}, input, " ", category), make("br"));
      return input;
    });
    if (element.hasAttribute("src")) {
      element.prepend(make("img", { src: element.getAttribute("src"), alt: "" }));
    }
    element.append(set);
    element.removeAttribute("name");
    if (name) {
      readers.push((answers) => {
        const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
        answers[name] = type === "radio" ? { label: chosen[0] } : { labels: chosen };
      });
    }
  }

  // Plain inputs in the form count too.
  function plain(form, answers) {
    for (const input of form.elements) {
      if (!input.name || input.dataset.crowd || input.disabled || /^(submit|button|reset|image)$/.test(input.type)) {
        continue;
      }
      if (input.type === "radio" || input.type === "checkbox") {
        answers[input.name] = { ...(answers[input.name] || {}), [input.value]: input.checked };
      } else if (input.type === "select-multiple") {
        answers[input.name] = [...input.selectedOptions].map((option) => option.value);
      } else if (input.type === "file") {
        answers[input.name] = [...input.files].map((file) => file.name).join("|");
      } else {
        answers[input.name] = input.value;
      }
    }
  }

  function flattened(value, name, into) {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) {
        flattened(inner, name ? name + "." + key : key, into);
      }
    } else {
      into[name] = Array.isArray(value) ? value.join("|") : String(value);
    }
    return into;
  }

  function send(form, format) {
    const answers = {};
    readers.forEach((reader) => reader(answers));
    plain(form, answers);
    const fields = format === "flatten-objects" ? flattened(answers, "", {}) : { taskAnswers: JSON.stringify([answers]) };
    const outgoing = make("form", { method: "post", action: host.replace(/\/$/, "") + "/mturk/externalSubmit", hidden: true });
    for (const [name, value] of Object.entries({ assignmentId, ...fields })) {
      const input = make("input", { type: "hidden", name });
      input.value = value;
      outgoing.append(input);
    }
    document.body.append(outgoing);
    HTMLFormElement.prototype.submit.call(outgoing);
  }

  function build(element) {
    const form = make("form");
    form.append(...element.childNodes);
    element.append(form);
    for (const name of UNABLE) {
      for (const each of form.querySelectorAll(name)) {
        each.prepend(make("p", { role: "alert" }, "This site cannot show <" + name + ">. Return this HIT, please."));
      }
    }
    const all = [...form.querySelectorAll(Object.keys(BUILDERS).join(","))];
    all.forEach((each) => BUILDERS[each.localName](each));
    if (!form.querySelector("button[type=submit], input[type=submit], button:not([type])")) {
      form.append(make("p", {}, make("button", { type: "submit" }, "Submit")));
    }
    if (isPreview) {
      form.querySelectorAll("button[type=submit], input[type=submit], button:not([type])").forEach((button) => (button.disabled = true));
      form.append(make("p", {}, "You must accept the HIT before you can submit the results."));
    }
    let sent = false;
    // at the end of its way up, after what the requester's page does with it at the crowd-form
    document.addEventListener("submit", function (event) {
      if (event.target !== form || event.defaultPrevented) {
        return;
      }
      event.preventDefault();
      if (!sent && !isPreview) {
        sent = true;
        send(form, element.getAttribute("answer-format"));
      }
    });
    element.submit = () => form.requestSubmit();
    element.reset = () => form.reset();
  }

  function start() {
    document.head.append(make("style", {}, STYLE));
    document.querySelectorAll("crowd-form").forEach(build);
    document.dispatchEvent(new Event("all-crowd-elements-ready"));
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
